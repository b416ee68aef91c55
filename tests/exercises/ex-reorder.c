/* Exercise "Back in order": window_put, window_take, window_close. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 16 };

struct window {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    pthread_cond_t came;
    size_t size;
    size_t next;
    void *results[PLACES];
    bool closed;
};

int window_put(struct window *window, size_t index, void *result);
int window_take(struct window *window, size_t *index, void **result);
void window_close(struct window *window);

static struct window window = {.lock = PTHREAD_MUTEX_INITIALIZER,
                               .moved = PTHREAD_COND_INITIALIZER,
                               .came = PTHREAD_COND_INITIALIZER,
                               .size = 3};

static const char *word_for(int error)
{
    return error == 0           ? "0"
           : error == ECANCELED ? "ECANCELED"
                                : strerror(error);
}

static int results[2000]; /* what is put: the address of its index */

static int put(size_t index)
{
    return window_put(&window, index, &results[index]);
}

static void must_have_locked(long before, const char *what)
{
    ck_assert_msg(schedule_count(AFTER_LOCK) > before,
                  "%s has not taken the lock, which guards also `closed`",
                  what);
}

static void expect_put(int wanted, size_t index)
{
    long locked = schedule_count(AFTER_LOCK);
    int got = put(index);
    must_have_locked(locked, "window_put");
    ck_assert_msg(got == wanted,
                  "window_put of result %zu: expected %s, got %s", index,
                  word_for(wanted), word_for(got));
    ck_assert_msg(schedule_held() == 0,
                  "window_put of result %zu still holds the lock", index);
}

static void expect_take(size_t wanted)
{
    size_t index = 1999;
    void *result = NULL;
    long locked = schedule_count(AFTER_LOCK);
    int error = window_take(&window, &index, &result);
    must_have_locked(locked, "window_take");
    ck_assert_msg(error == 0, "result %zu must be taken, but there is: %s",
                  wanted, word_for(error));
    ck_assert_msg(schedule_held() == 0, "window_take still holds the lock");
    ck_assert_msg(index == wanted, "index %zu comes next, not %zu", wanted,
                  index);
    ck_assert_msg(result == &results[wanted],
                  "with index %zu comes the result that was put for %td",
                  wanted, result ? (int *)result - results : -1);
}

static void expect_end(void)
{
    size_t index = 1999;
    void *result = &window;
    long locked = schedule_count(AFTER_LOCK);
    int error = window_take(&window, &index, &result);
    must_have_locked(locked, "window_take");
    ck_assert_msg(error == ECANCELED,
                  "the window is closed and empty: window_take must return "
                  "ECANCELED, not %s",
                  word_for(error));
    ck_assert_msg(index == 1999 && result == &window,
                  "ECANCELED: *index and *result must be unchanged");
    ck_assert_msg(schedule_held() == 0, "window_take still holds the lock");
}

START_TEST(in_order)
{
    for (size_t i = 0; i < 40; i++) {
        expect_put(0, i);
        expect_take(i);
    }
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0, "nobody had to wait");
}
END_TEST

START_TEST(out_of_order)
{
    static const size_t order[] = {2, 0, 1};
    for (size_t round = 0; round < 60; round += 3) {
        for (size_t i = 0; i < 3; i++)
            expect_put(0, round + order[i]);
        for (size_t i = 0; i < 3; i++)
            expect_take(round + i);
    }
}
END_TEST

START_TEST(a_window_that_moves)
{
    expect_put(0, 0);
    expect_put(0, 2);
    expect_take(0);
    expect_put(0, 3);
    expect_put(0, 1);
    expect_take(1);
    expect_put(0, 4);
    expect_take(2);
    expect_take(3);
    expect_put(0, 6);
    expect_put(0, 5);
    expect_take(4);
    expect_put(0, 7);
    expect_take(5);
    expect_take(6);
    expect_take(7);
}
END_TEST

START_TEST(closed)
{
    expect_put(0, 0);
    expect_put(0, 1);
    window_close(&window);
    ck_assert_msg(schedule_held() == 0, "window_close still holds the lock");
    expect_put(ECANCELED, 2);
    expect_put(ECANCELED, 50);
    expect_take(0);
    expect_take(1);
    expect_end();
    expect_end();
    expect_put(ECANCELED, 3);
}
END_TEST

static bool seen; /* `closed`, when the lock was let go */

static void look_at_closed(enum point point, const void *object)
{
    if (object != &window.lock)
        return;
    if (point == AFTER_LOCK)
        ck_assert_msg(window.closed == seen,
                      "window_close changes `closed` without the lock: a "
                      "thread that has looked and does not wait yet is missed");
    if (point == BEFORE_UNLOCK)
        seen = window.closed;
}

START_TEST(closed_under_the_lock)
{
    schedule_hook(look_at_closed);
    window_close(&window);
    schedule_hook(NULL);
    ck_assert_msg(window.closed, "window_close must set `closed`");
    ck_assert_msg(seen,
                  "window_close changes `closed` without the lock: a thread "
                  "that has looked and does not wait yet is missed");
}
END_TEST

START_TEST(closed_with_gaps)
{
    window.size = 6;
    expect_put(0, 4);
    expect_put(0, 1);
    expect_put(0, 5);
    window_close(&window);
    expect_take(1);
    expect_take(4);
    expect_take(5);
    expect_end();
}
END_TEST

/* ── With threads ────────────────────────────────────────────────────────── */

static int ended; /* puts that have returned */
static int codes[2000]; /* with what; -1: not yet */

static void *put_there(void *argument)
{
    size_t index = (size_t)((int *)argument - results);
    int code = put(index);
    __atomic_store_n(&codes[index], code, __ATOMIC_RELAXED);
    __atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
    return NULL;
}

static int have_ended(void)
{
    return __atomic_load_n(&ended, __ATOMIC_RELAXED);
}

static bool has_ended(size_t index)
{
    return __atomic_load_n(&codes[index], __ATOMIC_RELAXED) != -1;
}

/* Start a thread that puts this result; return when it waits or has ended. */
static pthread_t start_put(size_t index)
{
    pthread_t thread;
    int sleepers = schedule_waiting(), before = have_ended();
    codes[index] = -1;
    ck_assert_int_eq(pthread_create(&thread, NULL, put_there, &results[index]),
                     0);
    while (schedule_waiting() == sleepers && have_ended() == before)
        sched_yield();
    return thread;
}

static void expect_waits(size_t index, const char *why)
{
    ck_assert_msg(!has_ended(index), "%s: window_put of result %zu must wait",
                  why, index);
}

static void join(pthread_t thread, size_t index, int wanted)
{
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_msg(codes[index] == wanted,
                  "window_put of result %zu, which had to wait: expected %s, "
                  "got %s",
                  index, word_for(wanted), word_for(codes[index]));
}

START_TEST(beyond_the_window_one_waits)
{
    pthread_t beyond = start_put(3 + (size_t)_i);
    expect_waits(3 + (size_t)_i, "the window is empty and ends with result 2");
    for (size_t i = 0; i <= (size_t)_i; i++) {
        expect_put(0, i);
        expect_take(i);
    }
    join(beyond, 3 + (size_t)_i, 0);
    expect_put(0, (size_t)_i + 2);
    expect_put(0, (size_t)_i + 1);
    for (size_t i = (size_t)_i + 1; i <= (size_t)_i + 3; i++)
        expect_take(i);
}
END_TEST

/* The place for the result that everybody waits for is never taken. */
START_TEST(the_awaited_one_has_a_place)
{
    expect_put(0, 1);
    expect_put(0, 2);
    pthread_t beyond = start_put(3);
    expect_waits(3, "results 1 and 2 are there, 0 is not");
    expect_put(0, 0);
    for (size_t i = 0; i < 3; i++)
        expect_take(i);
    join(beyond, 3, 0);
    expect_take(3);
}
END_TEST

START_TEST(a_worker_woken_for_nothing)
{
    schedule_spurious(1);
    pthread_t beyond = start_put(3);
    expect_waits(3,
                 "woken without a reason (see \"Awake, and still too early\")");
    expect_put(0, 0);
    expect_take(0);
    join(beyond, 3, 0);
}
END_TEST

static size_t taken_index;
static int taken_code;

static void *take_there(void *unused)
{
    void *result = NULL;
    size_t index = 1999;
    taken_code = window_take(&window, &index, &result);
    taken_index = result == &results[index] ? index : 1998;
    __atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
    return unused;
}

static pthread_t start_take(void)
{
    pthread_t thread;
    int before = have_ended();
    ck_assert_int_eq(pthread_create(&thread, NULL, take_there, NULL), 0);
    while (schedule_waiting() == 0 && have_ended() == before)
        sched_yield();
    return thread;
}

START_TEST(the_writer_waits)
{
    expect_put(0, 2);
    if (_i == 1)
        schedule_spurious(1);
    pthread_t writer = start_take();
    ck_assert_msg(
        have_ended() == 0,
        "result 2 is there, and 0 is not: window_take must wait%s",
        _i ? ", also if it is woken without a reason (see \"Awake, and "
             "still too early\")"
           : "");
    expect_put(0, 1);
    expect_put(0, 0);
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_msg(taken_code == 0 && taken_index == 0,
                  "the writer waited for result 0 and must get it");
    expect_take(1);
    expect_take(2);
}
END_TEST

/* Two workers wait, and one place moves into the window: that of the one that
 * waits longer (_i == 0), or of the other. */
START_TEST(the_right_worker_goes_on)
{
    size_t first = _i ? 4 : 3, second = _i ? 3 : 4;
    pthread_t threads[2] = {start_put(first), start_put(second)};
    schedule_await_waiting(2);
    expect_put(0, 0);
    expect_take(0);
    join(threads[_i], 3, 0); /* hangs if the other one was woken */
    schedule_await_waiting(1);
    expect_waits(4, "the window ends with result 3");
    expect_put(0, 1);
    expect_take(1);
    join(threads[!_i], 4, 0);
}
END_TEST

START_TEST(closing_ends_all_waits)
{
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++)
        threads[i] = start_put(10 + i);
    pthread_t writer = start_take();
    schedule_await_waiting(4);
    window_close(&window);
    for (size_t i = 0; i < 3; i++)
        join(threads[i], 10 + i, ECANCELED);
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_msg(taken_code == ECANCELED,
                  "the window was closed while window_take was waiting: it "
                  "must return ECANCELED");
    expect_end();
}
END_TEST

enum { WORKERS = 4, COUNT = 1000 };
static size_t next_batch;

static void *be_worker(void *unused)
{
    size_t index;
    while ((index = __atomic_fetch_add(&next_batch, 1, __ATOMIC_RELAXED)) <
           COUNT)
        ck_assert_int_eq(put(index), 0);
    return unused;
}

START_TEST(four_workers)
{
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, be_worker, NULL), 0);
    for (size_t i = 0; i < COUNT; i++)
        expect_take(i);
    for (int i = 0; i < WORKERS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    window_close(&window);
    expect_end();
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("Back in order");
    tcase_set_timeout(tcase, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread (a hang: it waits though it could "
                                "go on)");
    tcase_add_test(first, in_order);
    tcase_add_test(first, out_of_order);
    tcase_add_test(first, a_window_that_moves);
    tcase_add_test(first, closed);
    tcase_add_test(first, closed_under_the_lock);
    tcase_add_test(first, closed_with_gaps);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("several threads (a hang: somebody who could go "
                               "on was not woken)");
    tcase_add_loop_test(rest, beyond_the_window_one_waits, 0, 3);
    tcase_add_test(rest, the_awaited_one_has_a_place);
    tcase_add_test(rest, a_worker_woken_for_nothing);
    tcase_add_loop_test(rest, the_writer_waits, 0, 2);
    tcase_add_loop_test(rest, the_right_worker_goes_on, 0, 2);
    tcase_add_test(rest, closing_ends_all_waits);
    tcase_add_test(rest, four_workers);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
