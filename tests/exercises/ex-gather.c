/* Exercise "All who have ended": gather. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int gather(void (*ended)(pid_t child, int status));

enum { MOST = 16 };
static struct {
    pid_t child;
    int status;
} news[MOST];
static int count;

static void note(pid_t child, int status)
{
    ck_assert_int_lt(count, MOST);
    news[count].child = child;
    news[count++].status = status;
    errno = EXDEV; /* what a callee may do */
}

/* A child that has ended with `status`, and was not waited for. */
static pid_t ended_child(int status)
{
    siginfo_t info;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(status);
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    return child;
}

/* A child that runs until it is killed. */
static pid_t running_child(void)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        for (;;)
            pause();
    return child;
}

static void end_child(pid_t child)
{
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert(waitpid(child, NULL, 0) == child);
}

static void was_noted(pid_t child, int status)
{
    for (int i = 0; i < count; i++)
        if (news[i].child == child) {
            ck_assert_msg(news[i].status == status,
                          "a child has the status %d, but %d was handed over",
                          status, news[i].status);
            return;
        }
    ck_abort_msg("a child that has ended was not handed over. See \"A signal "
                 "is one bit\".");
}

START_TEST(reaps_all_that_have_ended)
{
    pid_t children[MOST];
    int ended = (int)vary(3, MOST - 1), step = (int)vary(1, 15);
    for (int i = 0; i < ended; i++)
        children[i] = ended_child(i * step);
    int result = gather(note);
    ck_assert_msg(result == ended,
                  "%d children have ended: gather must return %d, not %d. "
                  "See \"A signal is one bit\".",
                  ended, ended, result);
    for (int i = 0; i < ended; i++)
        was_noted(children[i], i * step << 8);
    ck_assert_int_eq(count, ended);
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
                  "a zombie is left");
}
END_TEST

START_TEST(is_content_with_nobody)
{
    int result = gather(note);
    ck_assert_msg(result == 0, "without any child gather must return 0, not %d",
                  result);
    ck_assert_int_eq(count, 0);
}
END_TEST

START_TEST(does_not_wait)
{
    int status = (int)vary(1, 100);
    pid_t runs = running_child(), ended = ended_child(status);
    int result = gather(note);
    ck_assert_msg(result == 1,
                  "one of two children has ended: gather must return 1, not "
                  "%d",
                  result);
    was_noted(ended, status << 8);
    ck_assert_int_eq(gather(note), 0);
    end_child(runs);
}
END_TEST

START_TEST(leaves_errno_alone)
{
    ended_child(0);
    errno = ENOTTY;
    gather(note);
    ck_assert_msg(errno == ENOTTY,
                  "errno was %s before gather and is %s after it. See "
                  "\"Children, reaped as they end\".",
                  strerror(ENOTTY), strerror(errno));
    errno = ENOTTY;
    gather(note);
    ck_assert_msg(errno == ENOTTY,
                  "without children gather has left %s in errno",
                  strerror(errno));
}
END_TEST

START_TEST(goes_on_after_a_signal)
{
    int status = (int)vary(1, 100);
    pid_t child = ended_child(status);
    schedule_eintr(1);
    int result = gather(note);
    ck_assert_msg(result == 1,
                  "waitpid was interrupted once (EINTR): gather must ask "
                  "again and return 1, not %d",
                  result);
    was_noted(child, status << 8);
}
END_TEST

START_TEST(reaps_children_in_other_groups)
{
    siginfo_t info;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(setpgid(0, 0) == 0 ? 5 : 6);
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    int result = gather(note);
    ck_assert_msg(result == 1,
                  "a child that has made a process group of its own is a child "
                  "as well: gather must return 1, not %d",
                  result);
    was_noted(child, 5 << 8);
}
END_TEST

START_TEST(tells_of_signals)
{
    siginfo_t info;
    pid_t child = running_child();
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(gather(note), 1);
    was_noted(child, SIGKILL);
}
END_TEST

/* gather stands still for ever where it waits for a running child. */
int main(void)
{
    Suite *suite = suite_create("All who have ended");
    TCase *tcase = tcase_create("gather");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, reaps_all_that_have_ended);
    tcase_add_test(tcase, is_content_with_nobody);
    tcase_add_test(tcase, does_not_wait);
    tcase_add_test(tcase, leaves_errno_alone);
    tcase_add_test(tcase, goes_on_after_a_signal);
    tcase_add_test(tcase, reaps_children_in_other_groups);
    tcase_add_test(tcase, tells_of_signals);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
