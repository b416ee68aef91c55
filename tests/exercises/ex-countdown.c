/* Exercise "A latch that loses patience": countdown_arrive and
 * countdown_wait. */
#include "lib/deadline.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct countdown {
    pthread_mutex_t lock;
    pthread_cond_t done;
    int left;
};

void countdown_arrive(struct countdown *countdown);
int countdown_wait(struct countdown *countdown, int64_t nanoseconds);

/* The clock goes forward by an hour each time somebody reads it, so that a
 * deadline which is computed twice lies two hours apart. What the library does
 * by itself, it does with the true one. */
static int jumps, hours;

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && __atomic_load_n(&jumps, __ATOMIC_RELAXED))
        time->tv_sec += 3600 * __atomic_fetch_add(&hours, 1, __ATOMIC_RELAXED);
    return result;
}

static struct countdown countdown;
static const int64_t millisecond = 1000000, hour = 3600000000000;

static void count_from(int left)
{
    ck_assert_int_eq(pthread_mutex_init(&countdown.lock, NULL), 0);
    ck_assert_int_eq(deadline_cond_init(&countdown.done), 0);
    countdown.left = left;
}

static void expect_result(int got, int wanted, const char *when)
{
    ck_assert_msg(got == wanted,
                  "%s countdown_wait must return %d (%s), not %d (%s)", when,
                  wanted, strerror(wanted), got, strerror(got));
    ck_assert_msg(schedule_held() == 0, "%s the lock is still held", when);
}

START_TEST(counts_in_one_thread)
{
    int left = (int)vary(2, 9);
    count_from(left);
    countdown_arrive(&countdown);
    ck_assert_msg(schedule_count(AFTER_LOCK) > 0,
                  "countdown_arrive must count under the lock");
    ck_assert_msg(schedule_held() == 0,
                  "countdown_arrive must release the lock");
    ck_assert_msg(countdown.left == left - 1,
                  "after one of %d arrivals %d is left, not %d", left, left - 1,
                  countdown.left);
    while (--left > 0)
        countdown_arrive(&countdown);
    expect_result(countdown_wait(&countdown, hour), 0, "with all arrived");
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "all have arrived: there is nothing to wait for");
    countdown_arrive(&countdown);
    ck_assert_msg(countdown.left == 0,
                  "an arrival too many must change nothing, but left is %d",
                  countdown.left);
    ck_assert_msg(schedule_held() == 0,
                  "after an arrival too many the lock is still held");
    expect_result(countdown_wait(&countdown, 0), 0,
                  "with all arrived, and no time at all,");
}
END_TEST

START_TEST(the_time_comes_to_an_end)
{
    count_from(1);
    expect_result(countdown_wait(&countdown, 20 * millisecond), ETIMEDOUT,
                  "when nobody arrives");
    expect_result(countdown_wait(&countdown, 0), ETIMEDOUT,
                  "with no time at all");
}
END_TEST

/* Who looks outside of the lock sees the wrong count, and what is written
 * there is lost: the hook keeps the count that there is under the lock. */
static int under_lock, outside;

static void mislead_outside(enum point point, const void *object)
{
    if ((point == AFTER_LOCK && object == &countdown.lock) ||
        (point == AFTER_WAIT && object == &countdown.done))
        countdown.left = under_lock;
    if ((point == BEFORE_UNLOCK && object == &countdown.lock) ||
        (point == BEFORE_WAIT && object == &countdown.done)) {
        under_lock = countdown.left;
        countdown.left = outside;
    }
}

/* Outside the count seems to be 0 at first, and then 7. */
START_TEST(only_what_is_done_under_the_lock_counts)
{
    outside = 7 * _i;
    under_lock = 2;
    count_from(outside);
    schedule_hook(mislead_outside);
    countdown_arrive(&countdown);
    ck_assert_msg(under_lock == 1,
                  "countdown_arrive must look and count while it holds the "
                  "lock, neither before nor after. See \"The signal that "
                  "nobody heard\".");
    expect_result(countdown_wait(&countdown, millisecond), ETIMEDOUT,
                  "when the count was 1 under the lock");
    countdown_arrive(&countdown);
    expect_result(countdown_wait(&countdown, millisecond), 0,
                  "when the count was 0 under the lock");
    schedule_hook(NULL);
}
END_TEST

START_TEST(false_alarms_do_not_end_it)
{
    count_from(1);
    schedule_spurious(2);
    expect_result(countdown_wait(&countdown, 20 * millisecond), ETIMEDOUT,
                  "when it was woken for nothing");
}
END_TEST

START_TEST(false_alarms_do_not_put_it_off)
{
    count_from(1);
    schedule_spurious(2);
    jumps = 1;
    int result = countdown_wait(&countdown, 20 * millisecond);
    jumps = 0;
    expect_result(result, ETIMEDOUT, "when it was woken for nothing");
}
END_TEST

/* The last arrival comes while the waiter, whose time is up, waits for the
 * lock. */
static void arrive_late(enum point point, const void *object)
{
    if (point == AFTER_WAIT && object == &countdown.done)
        countdown.left = 0;
}

START_TEST(the_count_has_the_last_word)
{
    count_from(1);
    schedule_hook(arrive_late);
    expect_result(countdown_wait(&countdown, millisecond), 0,
                  "when the time is up and the count is 0,");
}
END_TEST

static void *wait_long(void *result)
{
    *(int *)result = countdown_wait(&countdown, hour);
    return NULL;
}

START_TEST(all_waiters_go_on)
{
    pthread_t threads[3];
    int results[3];
    int arrivals = (int)vary(1, 5);
    count_from(arrivals);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, wait_long, &results[i]), 0);
    schedule_await_waiting(3);
    for (int i = 0; i < arrivals; i++)
        countdown_arrive(&countdown);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        expect_result(results[i], 0, "after the last arrival");
    }
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("A latch that loses patience");
    tcase_set_timeout(tcase, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread (a hang: the deadline is on "
                                "another clock)");
    tcase_add_test(first, counts_in_one_thread);
    tcase_add_test(first, the_time_comes_to_an_end);
    tcase_add_loop_test(first, only_what_is_done_under_the_lock_counts, 0, 2);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest =
        tcase_create("false alarms and many threads (a hang: the deadline is "
                     "computed anew, or somebody was not woken)");
    tcase_add_test(rest, false_alarms_do_not_end_it);
    tcase_add_test(rest, false_alarms_do_not_put_it_off);
    tcase_add_test(rest, the_count_has_the_last_word);
    tcase_add_test(rest, all_waiters_go_on);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
