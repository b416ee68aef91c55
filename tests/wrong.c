/* The programs that are wrong on purpose must fail as their chapter says.
 *
 * build/wrong.tsv, written by weave, has a line for each: program, fault, the
 * tools that see it, and what each must then report. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 256, SECONDS = 120 };

static struct {
    char program[256], fault[64], seen_by[64], report[512];
} wrongs[MOST];
static int count;

static void read_wrongs(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    while (count < MOST &&
           fscanf(file, "%255[^\t]\t%63[^\t]\t%63[^\t]\t%511[^\n]\n",
                  wrongs[count].program, wrongs[count].fault,
                  wrongs[count].seen_by, wrongs[count].report) == 4)
        count++;
    int whole = feof(file);
    fclose(file);
    if (!whole) {
        fprintf(stderr, "%s:%d: not program, fault, tool, report\n", path,
                count + 1);
        exit(EXIT_FAILURE);
    }
}

/* The tools that can see a fault, and how each runs the program. */
static const struct {
    const char *name, *command;
} tools[] = {
    {"run", "build/bin/%s 2>&1"},
    {"hang", "build/bin/%s 2>&1"},
    {"asan", "build/asan/%s 2>&1"},
    {"tsan", "build/tsan/%s 2>&1"},
    {"valgrind", "valgrind --leak-check=full build/bin/%s 2>&1"},
    {"helgrind", "valgrind --tool=helgrind build/bin/%s 2>&1"},
};
enum { TOOLS = sizeof tools / sizeof *tools };

static void must_be_seen_by(const char *tool, int which)
{
    int i = 0;
    while (i < TOOLS && strcmp(tools[i].name, tool) != 0)
        i++;
    const char *program = wrongs[which].program;
    ck_assert_msg(i < TOOLS,
                  "%s: seen-by=\"%s\" is not run, hang, asan, tsan, valgrind "
                  "or helgrind",
                  program, tool);
    char command[1024];
    snprintf(command, sizeof command, tools[i].command, program);
    bool hangs = strcmp(tool, "hang") == 0;
    const struct run *r =
        hangs ? run_until_still(SECONDS, command) : run_for(SECONDS, command);
    ck_assert_msg(matches(r->out, wrongs[which].report),
                  "%s must show its %s (%s): no match for '%s' in\n%.2000s",
                  program, wrongs[which].fault, tool, wrongs[which].report,
                  r->out);
    ck_assert_msg(!hangs || r->still,
                  "%s must hang, but it ended with status %d after\n%.2000s",
                  program, r->status, r->out);
}

START_TEST(fails_as_its_chapter_says)
{
    char list[sizeof wrongs[_i].seen_by], *rest = NULL;
    strcpy(list, wrongs[_i].seen_by);
    for (char *tool = strtok_r(list, " ", &rest); tool;
         tool = strtok_r(NULL, " ", &rest))
        must_be_seen_by(tool, _i);
}
END_TEST

int main(void)
{
    read_wrongs("build/wrong.tsv");
    Suite *suite = suite_create("wrong on purpose");
    TCase *tcase = tcase_create("faults");
    tcase_set_timeout(tcase, 4 * SECONDS);
    tcase_add_loop_test(tcase, fails_as_its_chapter_says, 0, count);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
