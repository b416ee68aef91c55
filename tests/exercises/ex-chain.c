/* Exercise "A chain of processes": the output and status of chain N. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct run *run_chain(const char *arguments)
{
    const char *program = getenv("PROGRAM");
    return run("%s %s", program ? program : "./chain", arguments);
}

/* A chain of `length` must print one line per generation, in order, each
 * process the child of the one before, and end with the status `length`. */
static void check_chain(int length)
{
    char argument[16];
    snprintf(argument, sizeof argument, "%d", length);
    const struct run *r = run_chain(argument);
    const char *line = r->out;
    long last = 0;
    for (int wanted = 1; wanted <= length; wanted++) {
        int generation, used = 0;
        long process, parent;
        int found = sscanf(line, "generation %d, process %ld, parent %ld%n",
                           &generation, &process, &parent, &used);
        ck_assert_msg(found == 3 && line[used] == '\n',
                      "chain %d: line %d must read 'generation %d, process "
                      "PID, parent PPID', but the output is\n%s",
                      length, wanted, wanted, r->out);
        ck_assert_msg(generation == wanted,
                      "chain %d: line %d must be of generation %d, not %d. A "
                      "line that appears twice was copied in a buffer: see "
                      "\"One line, printed twice\".\n%s",
                      length, wanted, wanted, generation, r->out);
        ck_assert_msg(wanted == 1 || parent == last,
                      "chain %d: generation %d must be the child of process "
                      "%ld, but its parent is %ld. See \"The child that ran "
                      "on\".",
                      length, wanted, last, parent);
        ck_assert_msg(process != last,
                      "chain %d: two generations in one "
                      "process",
                      length);
        last = process;
        line += used + 1;
    }
    ck_assert_msg(*line == '\0',
                  "chain %d: %d lines were expected, but there are more. See "
                  "\"One line, printed twice\".\n%s",
                  length, length, r->out);
    ck_assert_msg(r->status == length,
                  "chain %d: the exit status must be %d, the number of "
                  "processes, but is %d. See \"How a child ends\".",
                  length, length, r->status);
}

START_TEST(alone)
{
    check_chain(1);
}
END_TEST

START_TEST(three)
{
    check_chain((int)vary(3, 9));
}
END_TEST

START_TEST(hundred)
{
    check_chain(100);
}
END_TEST

START_TEST(bad_length)
{
    const char *bad[] = {"", "0", "101", "-1", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct run *r = run_chain(bad[i]);
        ck_assert_msg(r->status == 1 && strstr(r->err, "usage") &&
                          r->out[0] == '\0',
                      "chain %s: expected the usage message and status 1, not "
                      "status %d",
                      bad[i], r->status);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("chains");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, alone);
    tcase_add_test(tcase, three);
    tcase_add_test(tcase, hundred);
    tcase_add_test(tcase, bad_length);
    Suite *suite = suite_create("A chain of processes");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
