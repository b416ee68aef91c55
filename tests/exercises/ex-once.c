/* Exercise "One at a time": the program once. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 10 }; /* seconds for what can only end at once or never */

/* Run a script that can say $once, in a fresh directory. */
static const struct run *try(const char *script)
{
    static char command[4096];
    const char *program = getenv("PROGRAM");
    snprintf(command, sizeof command,
             "once=$(realpath %s) && d=$(mktemp -d) && cd $d || exit 99\n"
             "%s\nstatus=$?; rm -r $d; exit $status",
             program ? program : "./once", script);
    return run_for(PATIENCE, command);
}

START_TEST(ends_with_the_status_of_the_command)
{
    char script[128], word[16], wanted[32];
    int status = (int)vary(1, 70);
    vary_letters(word, vary(1, 15));
    snprintf(script, sizeof script,
             "$once lock sh -c 'echo \"$1\"; exit %d' sh '%s  b'", status,
             word);
    snprintf(wanted, sizeof wanted, "%s  b\n", word);
    const struct run *r = try(script);
    ck_assert_msg(r->status == status,
                  "the command ends with %d, and so must once, not with "
                  "%d\n%.2000s",
                  status, r->status, r->err);
    ck_assert_msg(strcmp(r->out, wanted) == 0,
                  "the command must get its arguments as they are: '%s  b', "
                  "not '%s'",
                  word, r->out);
}
END_TEST

START_TEST(refuses_a_second_one)
{
    const struct run *r =
        try("$once lock sh -c \"$once lock echo inner; echo status \\$?\"");
    ck_assert_msg(r->status != 137,
                  "while the file is locked, a second once must refuse at "
                  "once; it waits");
    ck_assert_msg(!matches(r->out, "inner"),
                  "while the file is locked, a second once has run its "
                  "command. Is the lock exclusive, and does it survive exec? "
                  "See \"Locks on files\".");
    ck_assert_msg(matches(r->out, "^status 75$"),
                  "the second once must end with 75, but: %s", r->out);
    ck_assert_msg(strlen(r->err) > 0,
                  "the second once must say on standard error why it refuses");
}
END_TEST

START_TEST(two_files_are_two_locks)
{
    const struct run *r = try("$once one $once two echo inner");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "inner\n");
}
END_TEST

START_TEST(the_lock_goes_with_the_command)
{
    const struct run *r = try(
        "$once lock true; $once lock sh -c 'exit 4'; $once lock echo third");
    ck_assert_msg(r->status == 0 && strcmp(r->out, "third\n") == 0,
                  "two commands have ended, the third must run; status %d, %s",
                  r->status, r->err);
}
END_TEST

START_TEST(the_lock_goes_with_a_killed_command)
{
    const struct run *r =
        try("$once lock sh -c 'kill -9 $$'; $once lock echo next");
    ck_assert_msg(r->status == 0 && matches(r->out, "^next$"),
                  "a command was killed, and the next once must get the lock; "
                  "it ended with status %d: %s",
                  r->status, r->err);
}
END_TEST

/* The command has begun when it has written its number. With once dead, it is
 * dead as well (then the next must run), or it runs on (then it must not). */
START_TEST(the_lock_stays_with_a_command_that_runs_on)
{
    const struct run *r =
        try("alive() { grep -qs '^State:.[^ZX]' /proc/$(cat pid)/status; }\n"
            "$once lock sh -c 'echo $$ >pid; exec sleep 1000' >/dev/null 2>&1 "
            "& once_pid=$!\n"
            "until [ -s pid ]; do sleep 0.01; done\n"
            "kill -9 $once_pid; wait $once_pid 2>/dev/null\n"
            "$once lock echo next; echo status $?\n"
            "if alive; then echo runs on; kill -9 $(cat pid); fi");
    ck_assert_msg(r->status != 137, "once does not run its command, or the "
                                    "next one waits for the lock");
    ck_assert_msg(!matches(r->out, "next") || !matches(r->out, "runs on"),
                  "once was killed, its command ran on, and the next once got "
                  "the lock. Who must hold it? See \"Locks on files\".");
    ck_assert_msg(matches(r->out, "next") || matches(r->out, "runs on"),
                  "once and its command were killed, and the next once must "
                  "get the lock: %s%s",
                  r->out, r->err);
}
END_TEST

START_TEST(the_contents_stay)
{
    const struct run *r =
        try("echo contents > lock; $once lock true; cat lock");
    ck_assert_msg(strcmp(r->out, "contents\n") == 0,
                  "the file held 'contents', and now '%s'", r->out);
    r = try("$once lock true && test -e lock && echo there");
    ck_assert_msg(strcmp(r->out, "there\n") == 0,
                  "a file that is not there must be created, and stay");
}
END_TEST

START_TEST(says_what_cannot_be_run)
{
    const struct run *r = try("$once lock no-such-command");
    ck_assert_msg(r->status == 127,
                  "there is no such command: the status must be 127, not %d",
                  r->status);
    ck_assert_msg(matches(r->err, "no-such-command"),
                  "the message must name the command: '%s'", r->err);
    r = try("$once no/such/directory/lock echo inner");
    ck_assert_msg(r->status != 0 && strlen(r->out) == 0 && strlen(r->err) > 0,
                  "where the file cannot be made, nothing must run");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("One at a time");
    TCase *tcase = tcase_create("once");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, ends_with_the_status_of_the_command);
    tcase_add_test(tcase, refuses_a_second_one);
    tcase_add_test(tcase, two_files_are_two_locks);
    tcase_add_test(tcase, the_lock_goes_with_the_command);
    tcase_add_test(tcase, the_lock_goes_with_a_killed_command);
    tcase_add_test(tcase, the_lock_stays_with_a_command_that_runs_on);
    tcase_add_test(tcase, the_contents_stay);
    tcase_add_test(tcase, says_what_cannot_be_run);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
