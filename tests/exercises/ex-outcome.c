/* Exercise "What the shell says": shell_status against real children. */
#include "run.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int shell_status(int status);

/* The status of a child that ends with `code`, or by `signal` if not 0. */
static int status_of(int code, int signal)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (signal)
            raise(signal);
        _exit(code);
    }
    ck_assert_msg(child > 0, "the test cannot fork");
    ck_assert(waitpid(child, &status, WUNTRACED) == child);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return status;
}

static void expect(int status, int wanted, const char *what)
{
    int got = shell_status(status);
    ck_assert_msg(got == wanted,
                  "for %s the shell shows %d, your function says %d. See "
                  "\"How a child ends, and who learns of it\".",
                  what, wanted, got);
}

START_TEST(exits)
{
    expect(status_of(0, 0), 0, "a child that exits with 0");
    expect(status_of(1, 0), 1, "a child that exits with 1");
    expect(status_of(255, 0), 255, "a child that exits with 255");
    for (int i = 0; i < 5; i++) {
        char what[64];
        int code = (int)vary(0, 255);
        snprintf(what, sizeof what, "a child that exits with %d", code);
        expect(status_of(code, 0), code, what);
    }
}
END_TEST

START_TEST(signals)
{
    expect(status_of(0, SIGKILL), 137, "a child killed by SIGKILL");
    expect(status_of(0, SIGUSR1), 138, "a child killed by SIGUSR1");
    expect(status_of(0, SIGHUP), 129, "a child killed by SIGHUP");
}
END_TEST

START_TEST(stopped)
{
    expect(status_of(0, SIGSTOP), -1, "a child that was only stopped");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("statuses");
    tcase_add_test(tcase, exits);
    tcase_add_test(tcase, signals);
    tcase_add_test(tcase, stopped);
    Suite *suite = suite_create("What the shell says");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
