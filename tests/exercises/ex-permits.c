/* Exercise "A semaphore of your own": permits_take, permits_try_take and
 * permits_give. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

struct permits {
    pthread_mutex_t lock;
    pthread_cond_t more;
    long free;
};

void permits_take(struct permits *permits);
bool permits_try_take(struct permits *permits);
void permits_give(struct permits *permits, long count);

static struct permits permits = {PTHREAD_MUTEX_INITIALIZER,
                                 PTHREAD_COND_INITIALIZER, 0};

static void expect_free(long wanted, const char *when)
{
    ck_assert_msg(permits.free == wanted,
                  "%s there must be %ld permits, not %ld", when, wanted,
                  permits.free);
    ck_assert_msg(schedule_held() == 0, "%s the lock is still held", when);
}

START_TEST(counts_in_one_thread)
{
    long given = vary(3, 1000);
    permits_give(&permits, given);
    expect_free(given, "after giving that many");
    ck_assert_msg(schedule_count(AFTER_LOCK) > 0,
                  "permits_give must change the number under the lock. See "
                  "\"The signal that nobody heard\".");
    permits_take(&permits);
    expect_free(given - 1, "after taking one");
    ck_assert_msg(permits_try_take(&permits),
                  "permits_try_take must take one of those that are left");
    expect_free(given - 2, "after taking two");
    permits_take(&permits);
    expect_free(given - 3, "after taking three");
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "there were permits: nobody had to wait");
}
END_TEST

START_TEST(a_try_does_not_wait)
{
    ck_assert_msg(!permits_try_take(&permits),
                  "there is no permit: permits_try_take must return false");
    expect_free(0, "after a try in vain");
    ck_assert_msg(schedule_count(AFTER_LOCK) > 0,
                  "permits_try_take must look at the number under the lock");
}
END_TEST

/* Who looks outside of the lock sees the wrong number, and what is written
 * there is lost: the hook keeps the number that there is under the lock. */
static long under_lock, outside;

static void mislead_outside(enum point point, const void *object)
{
    if (object == &permits.lock && point == AFTER_LOCK)
        permits.free = under_lock;
    if (object == &permits.lock && point == BEFORE_UNLOCK) {
        under_lock = permits.free;
        permits.free = outside;
    }
}

static void expect_under_lock(long wanted, const char *function)
{
    ck_assert_msg(under_lock == wanted,
                  "%s must look at the number and change it while it holds "
                  "the lock: here it looked or changed it before or after. See "
                  "\"The signal that nobody heard\".",
                  function);
}

/* Outside there seem to be none at first, and then many. */
START_TEST(only_what_is_done_under_the_lock_counts)
{
    outside = 1000 * _i;
    under_lock = 0;
    permits.free = outside;
    schedule_hook(mislead_outside);
    permits_give(&permits, 3);
    expect_under_lock(3, "permits_give");
    if (outside > 0) { /* else a wrong one would wait for ever */
        permits_take(&permits);
        expect_under_lock(2, "permits_take");
    }
    bool got = permits_try_take(&permits);
    expect_under_lock(outside > 0 ? 1 : 2, "permits_try_take");
    ck_assert_msg(got, "permits_try_take must take the one permit there is");
    under_lock = 0;
    got = permits_try_take(&permits);
    expect_under_lock(0, "permits_try_take");
    ck_assert_msg(!got, "there is no permit: permits_try_take must see that "
                        "under the lock, and return false");
    schedule_hook(NULL);
}
END_TEST

/* Between the look and the taking nobody else may come: the hook is somebody
 * else, who takes the permit as soon as the lock is free. */
static void take_the_last(enum point point, const void *object)
{
    if (point == AFTER_UNLOCK && object == &permits.lock) {
        schedule_hook(NULL);
        if (permits.free > 0)
            permits.free--;
    }
}

START_TEST(look_and_take_are_one_step)
{
    permits.free = 1;
    schedule_hook(take_the_last);
    bool got = permits_try_take(&permits);
    ck_assert_msg(got, "permits_try_take must take the one permit there is");
    ck_assert_msg(permits.free == 0,
                  "another thread came between the look and the taking, and "
                  "there are %ld permits now. Hold the lock over both.",
                  permits.free);
}
END_TEST

static int through; /* how many have taken theirs */

static void *take(void *data)
{
    permits_take(&permits);
    __atomic_fetch_add(&through, 1, __ATOMIC_RELAXED);
    return data;
}

static void start_takers(pthread_t threads[], int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take, NULL), 0);
}

static void join_all(pthread_t threads[], int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

START_TEST(who_is_woken_for_nothing_waits_on)
{
    pthread_t thread;
    schedule_spurious(1);
    start_takers(&thread, 1);
    while (schedule_waiting() < 1 &&
           __atomic_load_n(&through, __ATOMIC_RELAXED) == 0)
        sched_yield();
    ck_assert_msg(__atomic_load_n(&through, __ATOMIC_RELAXED) == 0,
                  "permits_take came back although there was no permit: it "
                  "was woken for nothing and did not look again. See \"Awake, "
                  "and still too early\".");
    permits_give(&permits, 1);
    join_all(&thread, 1);
    expect_free(0, "after giving one to the one who waited");
}
END_TEST

START_TEST(many_permits_serve_many)
{
    pthread_t threads[5];
    int count = (int)vary(2, 5);
    start_takers(threads, count);
    schedule_await_waiting(count);
    permits_give(&permits, count + 1);
    join_all(threads, count); /* hangs if one was left asleep */
    expect_free(1, "after giving one more than there were waiting");
}
END_TEST

/* The test holds the lock, which lets its holder in again, over both gifts: so
 * the second comes before any sleeper can have taken the first. */
START_TEST(two_gifts_serve_two)
{
    pthread_t threads[2];
    pthread_mutexattr_t again;
    pthread_mutexattr_init(&again);
    pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&permits.lock, &again);
    start_takers(threads, 2);
    schedule_await_waiting(2);
    pthread_mutex_lock(&permits.lock);
    permits_give(&permits, 1);
    permits_give(&permits, 1);
    pthread_mutex_unlock(&permits.lock);
    join_all(threads, 2); /* hangs if one was left asleep */
    expect_free(0, "after giving twice to two who waited");
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("A semaphore of your own");
    tcase_set_timeout(tcase, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread");
    tcase_add_test(first, counts_in_one_thread);
    tcase_add_test(first, a_try_does_not_wait);
    tcase_add_test(first, look_and_take_are_one_step);
    tcase_add_loop_test(first, only_what_is_done_under_the_lock_counts, 0, 2);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest =
        tcase_create("waiting threads (a hang: nobody sleeps at the "
                     "condition variable, or somebody was not woken)");
    tcase_add_test(rest, who_is_woken_for_nothing_waits_on);
    tcase_add_test(rest, many_permits_serve_many);
    tcase_add_test(rest, two_gifts_serve_two);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
