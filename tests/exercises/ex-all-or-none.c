/* Exercise "All or none": start_all and join_all. */
#include "lib/worker.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int start_all(struct worker workers[], int count, enum worker_kind kind,
              int (*work)(void *argument), void *const arguments[]);
int join_all(struct worker workers[], int count, int *failures);

enum { COUNT = 5 };
static const enum worker_kind kinds[] = {WORKER_THREAD, WORKER_PROCESS};
static const char *const kind_names[] = {"threads", "processes"};
static int numbers[COUNT];
static void *arguments[COUNT];
static struct worker workers[COUNT];
static int news[2];

static void prepare(void)
{
    for (int i = 0; i < COUNT; i++) {
        numbers[i] = i;
        arguments[i] = &numbers[i];
    }
    ck_assert_int_eq(pipe(news), 0);
}

/* Send the number that the argument points to, as a letter. */
static int send_number(void *argument)
{
    char letter = (char)('a' + *(const int *)argument);
    return write(news[1], &letter, 1) != 1;
}

static int give_number(void *argument)
{
    return *(const int *)argument;
}

static int die_if_odd(void *argument)
{
    if (*(const int *)argument % 2 == 1)
        raise(SIGKILL);
    return 0;
}

static void check_nothing_left(int kind)
{
    ck_assert_msg(schedule_count(AFTER_JOIN) == schedule_count(AFTER_CREATE),
                  "%ld threads were started and %ld joined. See \"What nobody "
                  "takes away\".",
                  schedule_count(AFTER_CREATE), schedule_count(AFTER_JOIN));
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
                  "a child is left over, of %s. See \"What nobody takes "
                  "away\".",
                  kind_names[kind]);
}

START_TEST(all_are_started_and_joined)
{
    int failures = -1;
    int error = start_all(workers, COUNT, kinds[_i], send_number, arguments);
    ck_assert_msg(error == 0, "start_all, %s: 0 expected, not %d",
                  kind_names[_i], error);
    error = join_all(workers, COUNT, &failures);
    ck_assert_msg(error == 0, "join_all, %s: 0 expected, not %d",
                  kind_names[_i], error);
    ck_assert_msg(failures == 0, "no worker has failed, *failures is %d",
                  failures);
    check_nothing_left(_i);
    close(news[1]);
    char letters[COUNT + 2] = "";
    int seen = 0;
    ssize_t got = read(news[0], letters, sizeof letters);
    for (int i = 0; i < got; i++)
        seen |= 1 << (letters[i] - 'a');
    ck_assert_msg(got == COUNT && seen == (1 << COUNT) - 1,
                  "%s: each of the %d workers must get its own argument; "
                  "those with the arguments '%.*s' have run",
                  kind_names[_i], COUNT, (int)got, letters);
}
END_TEST

START_TEST(none_if_one_cannot_be_started)
{
    for (int after = 0; after < COUNT; after++) {
        schedule_reset();
        schedule_fail(_i == 0 ? CALL_CREATE : CALL_FORK, EAGAIN, after);
        int error =
            start_all(workers, COUNT, kinds[_i], send_number, arguments);
        ck_assert_msg(error == EAGAIN,
                      "start number %d, of %s, has failed with EAGAIN: "
                      "start_all must return %d, not %d",
                      after, kind_names[_i], EAGAIN, error);
        check_nothing_left(_i);
    }
}
END_TEST

/* Join what a failed join has left behind; for the others it says EINVAL. */
static void join_the_rest(void)
{
    int result;
    for (int i = 0; i < COUNT; i++)
        (void)worker_join(&workers[i], &result);
    check_nothing_left(0);
}

/* The third start fails, and then the first join of the clean-up too. */
START_TEST(the_first_reason_is_told)
{
    schedule_fail(CALL_CREATE, EAGAIN, 2);
    schedule_fail(CALL_JOIN, EDEADLK, 0);
    int error =
        start_all(workers, COUNT, WORKER_THREAD, send_number, arguments);
    ck_assert_msg(error == EAGAIN,
                  "a start has failed with EAGAIN (%d), and then a join with "
                  "EDEADLK (%d): start_all must return the error of the "
                  "start, not %d",
                  EAGAIN, EDEADLK, error);
    join_the_rest();
}
END_TEST

/* The second join fails with one error, the fourth with another. */
static void fail_second_and_fourth(enum point point, const void *object)
{
    (void)object;
    if (point != BEFORE_JOIN)
        return;
    if (schedule_count(BEFORE_JOIN) == 2)
        schedule_fail(CALL_JOIN, EDEADLK, 0);
    if (schedule_count(BEFORE_JOIN) == 4)
        schedule_fail(CALL_JOIN, ESRCH, 0);
}

START_TEST(the_first_error_of_several)
{
    int failures = -1;
    ck_assert_int_eq(
        start_all(workers, COUNT, WORKER_THREAD, send_number, arguments), 0);
    schedule_hook(fail_second_and_fourth);
    int error = join_all(workers, COUNT, &failures);
    schedule_hook(NULL);
    ck_assert_msg(error == EDEADLK,
                  "two joins have failed, the first with EDEADLK (%d), the "
                  "last with ESRCH (%d): join_all must return the first "
                  "error, not %d",
                  EDEADLK, ESRCH, error);
    ck_assert_msg(failures == 0,
                  "a worker that cannot be joined is no "
                  "failure; *failures is %d",
                  failures);
    join_the_rest();
}
END_TEST

START_TEST(failures_are_counted)
{
    int failures = -1;
    ck_assert_int_eq(
        start_all(workers, COUNT, kinds[_i], give_number, arguments), 0);
    ck_assert_int_eq(join_all(workers, COUNT, &failures), 0);
    ck_assert_msg(failures == COUNT - 1,
                  "%d of the %s had a result other than 0; *failures is %d",
                  COUNT - 1, kind_names[_i], failures);
    check_nothing_left(_i);
}
END_TEST

START_TEST(the_killed_are_failures)
{
    int failures = -1;
    ck_assert_int_eq(
        start_all(workers, COUNT, WORKER_PROCESS, die_if_odd, arguments), 0);
    ck_assert_int_eq(join_all(workers, COUNT, &failures), 0);
    ck_assert_msg(failures == 2,
                  "two processes were killed, *failures is %d. What is the "
                  "result of such a worker? See \"One API for both\".",
                  failures);
}
END_TEST

START_TEST(the_rest_is_joined_after_an_error)
{
    int failures = -1, result;
    ck_assert_int_eq(
        start_all(workers, COUNT, kinds[_i], give_number, arguments), 0);
    ck_assert_int_eq(worker_join(&workers[1], &result), 0);
    int error = join_all(workers, COUNT, &failures);
    ck_assert_msg(error == EINVAL,
                  "worker 1 was joined before: join_all must return %d, not "
                  "%d",
                  EINVAL, error);
    ck_assert_msg(failures == COUNT - 2,
                  "worker 0 gave 0, worker 1 was joined before, and %d have "
                  "failed; *failures is %d",
                  COUNT - 2, failures);
    check_nothing_left(_i);
}
END_TEST

START_TEST(nobody_at_all)
{
    int failures = -1;
    ck_assert_int_eq(start_all(NULL, 0, kinds[_i], give_number, NULL), 0);
    ck_assert_int_eq(join_all(NULL, 0, &failures), 0);
    ck_assert_int_eq(failures, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("All or none");
    TCase *tcase = tcase_create("both kinds");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, prepare, NULL);
    tcase_add_loop_test(tcase, all_are_started_and_joined, 0, 2);
    tcase_add_loop_test(tcase, none_if_one_cannot_be_started, 0, 2);
    tcase_add_loop_test(tcase, failures_are_counted, 0, 2);
    tcase_add_loop_test(tcase, the_rest_is_joined_after_an_error, 0, 2);
    tcase_add_loop_test(tcase, nobody_at_all, 0, 2);
    tcase_add_test(tcase, the_killed_are_failures);
    tcase_add_test(tcase, the_first_reason_is_told);
    tcase_add_test(tcase, the_first_error_of_several);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
