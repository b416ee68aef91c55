/* Exercise "Capstone: hunt", tested from outside, with each executor. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const executors[] = {"threads", "processes", "fast"};
enum { EXECUTORS = sizeof executors / sizeof *executors };

static const char *program(void)
{
    const char *name = getenv("PROGRAM");
    return name ? name : "./hunt";
}

/* Run hunt in a new directory with the files of this exercise, whose names
 * `arguments` may use. */
static const struct run *hunt(const char *executor, const char *arguments)
{
    return run("hunt=$(realpath %s); d=$(mktemp -d); cd \"$d\" || exit 99;"
               "printf 'one\\ntwo two\\nthree\\nand two' >small;"
               "printf 'a\\nb\\nc\\n' >without; : >empty;"
               "awk 'BEGIN { for (i = 0; i < 20000; i++) print \"line\", i }'"
               " >large;"
               "awk 'BEGIN { d = sprintf(\"%%4089s\", \"\");"
               " printf \"    %%s\", d; for (i = 0; i < 40; i++)"
               " print \"across\" d }' >across;"
               "awk 'BEGIN { for (i = 0; i < 200000; i++) printf \"x\";"
               " print \"\"; print \"x\" }' >long;"
               "\"$hunt\" %s %s; status=$?; cd /; rm -rf \"$d\"; exit $status",
               program(), executor, arguments);
}

static void expect(const char *arguments, int status, const char *out,
                   const char *why)
{
    for (int i = 0; i < EXECUTORS; i++) {
        const struct run *it = hunt(executors[i], arguments);
        ck_assert_msg(strcmp(it->out, out) == 0,
                      "hunt %s %s must print\n%sand printed\n%s%s(%s)",
                      executors[i], arguments, out, it->out, it->err, why);
        ck_assert_msg(it->status == status,
                      "hunt %s %s must end with status %d, not %d (%s)",
                      executors[i], arguments, status, it->status, why);
        ck_assert_msg(!*it->err, "hunt %s %s wrote to standard error: %s",
                      executors[i], arguments, it->err);
    }
}

START_TEST(counts_lines)
{
    expect("2 two small", 0, "small:2\n",
           "a line with the text twice is one line, and a last line without a "
           "newline is a line");
    expect("2 line large", 0, "large:20000\n", "each line has it");
    char arguments[64], wanted[32];
    long from = vary(1001, 1999); /* and ten times as many, line 10010 … */
    snprintf(arguments, sizeof arguments, "2 'line %ld' large", from);
    snprintf(wanted, sizeof wanted, "large:%d\n", 1 + 10);
    expect(arguments, 0, wanted, "a number, and those that it begins");
    expect("1 'line 777' large", 0, "large:11\n",
           "line 777, and line 7770 to line 7779");
}
END_TEST

START_TEST(keeps_the_order_of_the_arguments)
{
    expect("3 two large small without empty small", 0,
           "large:0\nsmall:2\nwithout:0\nempty:0\nsmall:2\n",
           "one line for each argument, in their order");
}
END_TEST

START_TEST(finds_what_lies_across_two_pieces)
{
    expect("2 across across", 0, "across:40\n",
           "a text lies across the place where one piece ends and the next "
           "begins");
    expect("2 x long", 0, "long:2\n",
           "a line that is longer than a piece is one line");
}
END_TEST

START_TEST(says_whether_it_was_found)
{
    expect("2 zebra small large", 1, "small:0\nlarge:0\n",
           "found in none of the files");
    expect("2 two small without", 0, "small:2\nwithout:0\n",
           "found in the first file");
    expect("2 two without small", 0, "without:0\nsmall:2\n",
           "found in the last file");
}
END_TEST

START_TEST(a_bad_file_is_alone_bad)
{
    for (int i = 0; i < EXECUTORS; i++) {
        const struct run *it = hunt(executors[i], "2 two small absent small");
        ck_assert_msg(strcmp(it->out, "small:2\nsmall:2\n") == 0,
                      "hunt %s: a file that cannot be read prints nothing on "
                      "standard output, and the others are searched; printed "
                      "were\n%s",
                      executors[i], it->out);
        ck_assert_msg(matches(it->err, "absent.*No such file or directory"),
                      "hunt %s: standard error must name the file and say why; "
                      "it was \"%s\"",
                      executors[i], it->err);
        ck_assert_msg(it->status == 2,
                      "hunt %s: something went wrong, so the status is 2, "
                      "not %d",
                      executors[i], it->status);
    }
}
END_TEST

/* 509 times "./" and "small" fit with the NUL into 1024 bytes; one more letter
 * does not, and without it the name is that of a file. */
START_TEST(does_not_cut_a_name)
{
    static const char fits[] = "2 two $(printf './%.0s' $(seq 509))small";
    static const char longer[] = "2 two $(printf './%.0s' $(seq 509))smalle";
    for (int i = 0; i < EXECUTORS; i++) {
        const struct run *it = hunt(executors[i], fits);
        ck_assert_msg(it->status == 0 && matches(it->out, "/small:2$"),
                      "hunt %s: a name of 1,023 bytes must be searched; "
                      "status %d, printed %s%s",
                      executors[i], it->status, it->out, it->err);
        it = hunt(executors[i], longer);
        ck_assert_msg(it->status == 2 && !*it->out &&
                          matches(it->err, "smalle.*File name too long"),
                      "hunt %s: a name of 1,024 bytes does not fit and must be "
                      "refused as too long; status %d, printed %s%s",
                      executors[i], it->status, it->out, it->err);
    }
}
END_TEST

START_TEST(refuses_what_makes_no_sense)
{
    static const struct {
        const char *executor, *arguments;
    } bad[] = {{"thread", "2 two small"},   {"magic", "2 two small"},
               {"threads", "0 two small"},  {"threads", "2x two small"},
               {"threads", "-1 two small"}, {"threads", "65 two small"},
               {"threads", "two small"},    {"threads", "2 two"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct run *it = hunt(bad[i].executor, bad[i].arguments);
        ck_assert_msg(it->status == 2 && *it->err && !*it->out,
                      "hunt %s %s must end with status 2 and a message on "
                      "standard error, and print nothing else; status %d, "
                      "printed \"%s\"",
                      bad[i].executor, bad[i].arguments, it->status, it->out);
    }
}
END_TEST

/* The first file is a pipe that nobody writes to before the second one, a pipe
 * as well, has been opened by hunt. */
START_TEST(hands_out_all_files_first)
{
    for (int i = 0; i < EXECUTORS; i++) {
        const struct run *it =
            run("hunt=$(realpath %s); d=$(mktemp -d); cd \"$d\" || exit 99;"
                "mkfifo first second; \"$hunt\" %s 2 two first second >out & "
                "{ timeout 20 sh -c 'echo two >second; echo two >first' ||"
                " kill $!; }; wait $!; status=$?; cat out; cd /; rm -rf \"$d\";"
                "exit $status",
                program(), executors[i]);
        ck_assert_msg(it->status == 0 &&
                          strcmp(it->out, "first:1\nsecond:1\n") == 0,
                      "hunt %s with two workers and two files: the second file "
                      "was not opened while the first was being read, or the "
                      "results are not in the order of the arguments: "
                      "status %d, printed\n%s%s",
                      executors[i], it->status, it->out, it->err);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Capstone: hunt");
    const TTest *const tests[] = {counts_lines,
                                  keeps_the_order_of_the_arguments,
                                  finds_what_lies_across_two_pieces,
                                  says_whether_it_was_found,
                                  a_bad_file_is_alone_bad,
                                  does_not_cut_a_name,
                                  refuses_what_makes_no_sense,
                                  hands_out_all_files_first};
    add_tests(suite, "hunt", 1, tests, sizeof tests / sizeof *tests);
    return run_suite(suite) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
