/* Exercise "Memory for many": budget_take, budget_give and budget_close. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct budget {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    long free;
    bool closed;
};

int budget_take(struct budget *budget, long amount);
void budget_give(struct budget *budget, long amount);
void budget_close(struct budget *budget);

static struct budget budget = {PTHREAD_MUTEX_INITIALIZER,
                               PTHREAD_COND_INITIALIZER, 0, false};

static void expect_free(long wanted, const char *when)
{
    ck_assert_msg(budget.free == wanted, "%s %ld must be free, not %ld", when,
                  wanted, budget.free);
    ck_assert_msg(schedule_held() == 0, "%s the lock is still held", when);
}

static void expect_take(long amount, int wanted, const char *when)
{
    int got = budget_take(&budget, amount);
    ck_assert_msg(got == wanted,
                  "%s budget_take(b, %ld) must return %d (%s), not %d", when,
                  amount, wanted, strerror(wanted), got);
}

START_TEST(takes_and_gives_in_one_thread)
{
    long all = vary(10, 1000), part = vary(1, 9);
    budget.free = all;
    expect_take(part, 0, "with enough free");
    expect_free(all - part, "after taking a part");
    expect_take(all - part, 0, "with exactly that free");
    expect_free(0, "after taking all");
    long locks = schedule_count(AFTER_LOCK);
    budget_give(&budget, all);
    expect_free(all, "after giving all back");
    ck_assert_msg(schedule_count(AFTER_LOCK) > locks,
                  "budget_give must change what is free under the lock");
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "there was enough: nobody had to wait");
}
END_TEST

START_TEST(closes_in_one_thread)
{
    budget.free = 10;
    expect_take(3, 0, "with 10 free");
    budget_close(&budget);
    ck_assert_msg(budget.closed, "budget_close must close");
    expect_take(1, ECANCELED, "closed, with 7 free,");
    expect_take(8, ECANCELED, "closed, with 7 free,");
    expect_free(7, "after the close");
    budget_give(&budget, 3);
    expect_free(10, "after giving back to a closed budget");
    budget_close(&budget);
    expect_free(10, "after a second close");
}
END_TEST

/* Who looks outside of the lock sees the wrong thing, and what is written
 * there is lost: the hook keeps what there is under the lock. */
static long free_under_lock, free_outside;
static bool closed_under_lock;

static void mislead_outside(enum point point, const void *object)
{
    if (object == &budget.lock && point == AFTER_LOCK) {
        budget.free = free_under_lock;
        budget.closed = closed_under_lock;
    }
    if (object == &budget.lock && point == BEFORE_UNLOCK) {
        free_under_lock = budget.free;
        closed_under_lock = budget.closed;
        budget.free = free_outside;
        budget.closed = !closed_under_lock;
    }
}

static void expect_under_lock(long free, bool closed, const char *function)
{
    ck_assert_msg(free_under_lock == free && closed_under_lock == closed,
                  "%s must look and change things while it holds the lock: "
                  "here it looked or changed them before or after. See \"The "
                  "signal that nobody heard\".",
                  function);
}

/* Outside nothing seems to be free at first, and then much. */
START_TEST(only_what_is_done_under_the_lock_counts)
{
    free_outside = 1000 * _i;
    budget.free = free_outside;
    budget.closed = true;
    schedule_hook(mislead_outside);
    budget_give(&budget, 5);
    expect_under_lock(5, false, "budget_give");
    expect_take(2, 0, "with 5 free");
    expect_under_lock(3, false, "budget_take");
    budget_close(&budget);
    expect_under_lock(3, true, "budget_close");
    expect_take(1, ECANCELED, "closed, with 3 free,");
    expect_under_lock(3, true, "budget_take");
    schedule_hook(NULL);
}
END_TEST

struct taker {
    pthread_t thread;
    long amount;
    int result;
    bool done;
};

static void *take(void *data)
{
    struct taker *taker = data;
    taker->result = budget_take(&budget, taker->amount);
    __atomic_store_n(&taker->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void start_taker(struct taker *taker, long amount)
{
    *taker = (struct taker){.amount = amount};
    ck_assert_int_eq(pthread_create(&taker->thread, NULL, take, taker), 0);
}

static bool is_done(struct taker *taker)
{
    return __atomic_load_n(&taker->done, __ATOMIC_ACQUIRE);
}

/* Start a taker for which there is too little; returns when it sleeps. */
static void start_waiting_taker(struct taker *taker, long amount)
{
    int before = schedule_waiting();
    start_taker(taker, amount);
    while (schedule_waiting() == before && !is_done(taker))
        sched_yield();
    pthread_mutex_lock(&budget.lock);
    long left = budget.free;
    pthread_mutex_unlock(&budget.lock);
    ck_assert_msg(!is_done(taker),
                  "budget_take(b, %ld) came back although there was less; "
                  "%ld are free now. See \"Awake, and still too early\".",
                  amount, left);
}

static void expect_end(struct taker *taker, int wanted, const char *when)
{
    ck_assert_int_eq(pthread_join(taker->thread, NULL), 0);
    ck_assert_msg(taker->result == wanted,
                  "%s budget_take(b, %ld) must return %d (%s), not %d", when,
                  taker->amount, wanted, strerror(wanted), taker->result);
}

START_TEST(nobody_takes_more_than_there_is)
{
    struct taker taker;
    budget.free = 2;
    start_waiting_taker(&taker, 3);
    expect_free(2, "while somebody waits for 3,");
    budget_give(&budget, 1);
    expect_end(&taker, 0, "with 3 free");
    expect_free(0, "after taking 3 of 3");
}
END_TEST

START_TEST(who_is_woken_for_nothing_waits_on)
{
    struct taker taker;
    budget.free = 2;
    schedule_spurious(2);
    start_waiting_taker(&taker, 3);
    budget_give(&budget, 1);
    expect_end(&taker, 0, "with 3 free");
    expect_free(0, "after taking 3 of 3");
}
END_TEST

START_TEST(one_gift_can_serve_many)
{
    struct taker big, small;
    long more = vary(3, 100);
    start_waiting_taker(&big, more);
    start_waiting_taker(&small, 1);
    budget_give(&budget, more + 2);
    expect_end(&big, 0, "with enough for both"); /* hangs if not woken */
    expect_end(&small, 0, "with enough for both");
    expect_free(1, "after both have taken theirs");
}
END_TEST

START_TEST(a_close_wakes_all)
{
    struct taker takers[3];
    budget.free = 1;
    for (int i = 0; i < 3; i++)
        start_waiting_taker(&takers[i], 2 + i);
    budget_close(&budget);
    for (int i = 0; i < 3; i++) /* hangs if one was not woken */
        expect_end(&takers[i], ECANCELED, "after the close");
    expect_free(1, "after the close, which gives nobody anything,");
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("Memory for many");
    tcase_set_timeout(tcase, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread");
    tcase_add_test(first, takes_and_gives_in_one_thread);
    tcase_add_test(first, closes_in_one_thread);
    tcase_add_loop_test(first, only_what_is_done_under_the_lock_counts, 0, 2);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest =
        tcase_create("waiting threads (a hang: somebody was not woken, or "
                     "did not look at the right thing)");
    tcase_add_test(rest, nobody_takes_more_than_there_is);
    tcase_add_test(rest, who_is_woken_for_nothing_waits_on);
    tcase_add_test(rest, one_gift_can_serve_many);
    tcase_add_test(rest, a_close_wakes_all);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
