/* Exercise "A number for each": start_each.
 *
 * The new threads are held before their first statement until the caller waits
 * for the first of them. One that then looks at the caller's variable finds
 * what the loop has left there. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

int start_each(int count, void (*work)(int number));

enum { MOST = 32 };

static long created_before_join;

static void note_first_join(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_JOIN && created_before_join == 0)
        created_before_join = schedule_count(AFTER_CREATE);
    if (point == BEFORE_JOIN)
        schedule_hold_starts(false);
}

/* ---------- tests ---------- */

static atomic_int seen[MOST];
static atomic_int calls;
static pthread_t test_thread;
static atomic_int in_test_thread;

static void note(int number)
{
    atomic_fetch_add(&calls, 1);
    if (pthread_equal(pthread_self(), test_thread))
        atomic_fetch_add(&in_test_thread, 1);
    if (number >= 0 && number < MOST)
        atomic_fetch_add(&seen[number], 1);
}

static void check_numbers(int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_msg(seen[i] == 1,
                      "work(%d) must be called once, it was called %d times. "
                      "See \"What is wrong with &i\".",
                      i, seen[i]);
    ck_assert_msg(calls == count, "%d calls of work in place of %d", calls,
                  count);
    ck_assert_msg(in_test_thread == 0,
                  "work must run in new threads, not in the caller's");
}

static void setup(void)
{
    test_thread = pthread_self();
}

START_TEST(everyone_has_a_number)
{
    schedule_hook(note_first_join);
    schedule_hold_starts(true);
    int count = (int)vary(MOST / 2, MOST);
    int error = start_each(count, note);
    schedule_hold_starts(false);
    ck_assert_msg(error == 0, "start_each must return 0, not %d", error);
    check_numbers(count);
}
END_TEST

START_TEST(all_at_the_same_time)
{
    schedule_hook(note_first_join);
    int count = (int)vary(3, 6);
    ck_assert_int_eq(start_each(count, note), 0);
    schedule_hook(NULL);
    ck_assert_msg(created_before_join == count,
                  "all threads must run at the same time, but when the first "
                  "was waited for, there were %ld of %d",
                  created_before_join, count);
}
END_TEST

START_TEST(nobody_is_nobody)
{
    ck_assert_msg(start_each(0, note) == 0, "no thread is no error");
    check_numbers(0);
}
END_TEST

START_TEST(a_missing_thread)
{
    schedule_fail(CALL_CREATE, EAGAIN, 2);
    int error = start_each(4, note);
    ck_assert_msg(error == EAGAIN,
                  "the third pthread_create returns EAGAIN (%d), so start_each "
                  "must return it, not %d. See \"One thread\".",
                  EAGAIN, error);
    ck_assert_msg(schedule_count(AFTER_JOIN) == 2,
                  "two threads were started and must be joined, not %ld",
                  schedule_count(AFTER_JOIN));
    ck_assert_msg(schedule_count(BEFORE_JOIN) == 2,
                  "two threads were started, but %ld handles were joined: the "
                  "others are no threads",
                  schedule_count(BEFORE_JOIN));
    check_numbers(2);
}
END_TEST

START_TEST(no_thread_at_all)
{
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    ck_assert_int_eq(start_each(3, note), EAGAIN);
    ck_assert_msg(schedule_count(BEFORE_JOIN) == 0,
                  "no thread was started, but %ld handles were joined",
                  schedule_count(BEFORE_JOIN));
    check_numbers(0);
}
END_TEST

/* Each malloc and calloc fails in turn, whatever start_each needs them for; it
 * may also do without. */
START_TEST(no_memory)
{
    for (int after = 0; after < 5; after++) {
        schedule_reset();
        calls = 0;
        schedule_fail(CALL_MALLOC, ENOMEM, after);
        int error = start_each(4, note);
        ck_assert_msg(error == ENOMEM || error == 0,
                      "without memory the result is ENOMEM, not %d", error);
        long started = schedule_count(AFTER_CREATE);
        ck_assert_msg(error != 0 || started == 4,
                      "the result is 0, but %ld of 4 threads were started",
                      started);
        ck_assert_msg(calls == started && schedule_count(AFTER_JOIN) == started,
                      "%ld threads were started, %ld joined, and work was "
                      "called %d times",
                      started, schedule_count(AFTER_JOIN), calls);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("numbers");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, everyone_has_a_number);
    tcase_add_test(tcase, all_at_the_same_time);
    tcase_add_test(tcase, nobody_is_nobody);
    tcase_add_test(tcase, a_missing_thread);
    tcase_add_test(tcase, no_thread_at_all);
    tcase_add_test(tcase, no_memory);
    Suite *suite = suite_create("A number for each");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
