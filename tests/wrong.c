/* The programs that are wrong on purpose must fail as their chapter says.
 *
 * build/wrong.tsv, written by weave, has a line for each: program, fault, the
 * build or tool that sees it, and what it must then report. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 256, SECONDS = 20 };

static struct {
    char program[256], fault[64], seen_by[32], report[512];
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
           fscanf(file, "%255[^\t]\t%63[^\t]\t%31[^\t]\t%511[^\n]\n",
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

START_TEST(fails_as_its_chapter_says)
{
    char command[1024];
    const char *program = wrongs[_i].program, *tool = wrongs[_i].seen_by;
    const char *form = strcmp(tool, "asan") == 0   ? "build/asan/%s 2>&1"
                       : strcmp(tool, "tsan") == 0 ? "build/tsan/%s 2>&1"
                       : strcmp(tool, "run") == 0  ? "build/bin/%s 2>&1"
                       : strcmp(tool, "valgrind") == 0
                           ? "valgrind --leak-check=full build/bin/%s 2>&1"
                           : NULL;
    ck_assert_msg(form != NULL,
                  "%s: seen-by=\"%s\" is not asan, tsan, run or "
                  "valgrind",
                  program, tool);
    snprintf(command, sizeof command, form, program);
    const struct run *r = run_for(SECONDS, command);
    ck_assert_msg(matches(r->out, wrongs[_i].report),
                  "%s must show its %s (%s): no match for '%s' in\n%.2000s",
                  program, wrongs[_i].fault, tool, wrongs[_i].report, r->out);
}
END_TEST

int main(void)
{
    read_wrongs("build/wrong.tsv");
    Suite *suite = suite_create("wrong on purpose");
    TCase *tcase = tcase_create("faults");
    tcase_set_timeout(tcase, 2 * SECONDS);
    tcase_add_loop_test(tcase, fails_as_its_chapter_says, 0, count);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
