/* Exercise "An event": event_set and event_wait. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

struct event {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool set;
};

void event_set(struct event *event);
void event_clear(struct event *event);
void event_wait(struct event *event);

static struct event event = {PTHREAD_MUTEX_INITIALIZER,
                             PTHREAD_COND_INITIALIZER, false};

static void *wait_for_event(void *data)
{
    event_wait(&event);
    return data;
}

static void start_waiters(pthread_t threads[], int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, wait_for_event, NULL), 0);
    schedule_await_waiting(count);
}

static void join_all(pthread_t threads[], int count)
{
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

START_TEST(a_set_event_lets_on)
{
    event_set(&event);
    ck_assert_msg(event.set, "after event_set the event must be set");
    ck_assert_msg(schedule_held() == 0, "event_set must release the lock");
    ck_assert_msg(schedule_count(AFTER_LOCK) >= 1,
                  "event_set changes what others look at, and must hold the "
                  "lock while it does. See \"The signal that nobody heard\".");
    event_wait(&event);
    ck_assert_msg(schedule_held() == 0,
                  "event_wait must release the lock, also if it need not "
                  "wait");
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "the event was set before: event_wait must not wait");
    event_wait(&event);
    ck_assert_msg(event.set, "event_wait must leave the event set");
}
END_TEST

/* Who looks outside of the lock sees the wrong thing, and what is written
 * there is lost: the hook keeps what the event is under the lock. */
static bool under_lock;

static void mislead_outside(enum point point, const void *object)
{
    if (point == BEFORE_WAIT) {
        ck_assert_msg(!event.set,
                      "the event is set, and event_wait waits: it must look "
                      "while it holds the lock. See \"The signal that nobody "
                      "heard\".");
        event.set = true; /* as by another thread, while this one waits */
    }
    if (object != &event.lock)
        return;
    if (point == AFTER_LOCK)
        event.set = under_lock;
    if (point == BEFORE_UNLOCK) {
        under_lock = event.set;
        event.set = !under_lock;
    }
}

START_TEST(only_what_is_done_under_the_lock_counts)
{
    event.set = true; /* outside; under the lock it is not set */
    schedule_hook(mislead_outside);
    event_set(&event);
    ck_assert_msg(under_lock,
                  "event_set must change the event while it holds the lock, "
                  "neither before nor after. See \"The signal that nobody "
                  "heard\".");
    event_wait(&event);
    event_clear(&event); /* outside the event now seems to be set */
    schedule_spurious(1);
    event_wait(&event);
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 1,
                  "the event is not set, and event_wait does not wait: it "
                  "must look while it holds the lock.");
    schedule_hook(NULL);
}
END_TEST

static void *wait_alone(void *done)
{
    event_wait(&event);
    __atomic_store_n((bool *)done, true, __ATOMIC_RELEASE);
    return NULL;
}

START_TEST(who_is_woken_for_nothing_stays)
{
    pthread_t thread;
    bool done = false;
    schedule_spurious(1);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_alone, &done), 0);
    while (schedule_waiting() < 1 && !__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        sched_yield();
    ck_assert_msg(!__atomic_load_n(&done, __ATOMIC_ACQUIRE),
                  "event_wait came back and the event was not set: it was "
                  "woken for nothing and did not look again. See \"Awake, and "
                  "still too early\".");
    event_set(&event);
    join_all(&thread, 1);
}
END_TEST

START_TEST(all_waiters_go_on)
{
    pthread_t threads[6];
    int count = (int)vary(2, 6);
    start_waiters(threads, count);
    event_set(&event);
    join_all(threads, count); /* hangs if one was left asleep */
}
END_TEST

START_TEST(a_cleared_event_waits_again)
{
    pthread_t thread;
    event_set(&event);
    event_clear(&event);
    start_waiters(&thread, 1);
    event_set(&event);
    join_all(&thread, 1);
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("An event");
    tcase_set_timeout(tcase, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread");
    tcase_add_test(first, a_set_event_lets_on);
    tcase_add_test(first, only_what_is_done_under_the_lock_counts);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest =
        tcase_create("waiting threads (a hang: somebody was not woken)");
    tcase_add_test(rest, who_is_woken_for_nothing_stays);
    tcase_add_test(rest, all_waiters_go_on);
    tcase_add_test(rest, a_cleared_event_waits_again);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
