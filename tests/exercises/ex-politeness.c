/* Exercise "A few at a time, for each host": gate_enter and gate_leave. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <stdio.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t left;
    int limit;
    struct place {
        char host[64];
        int inside;
    } places[16];
};

void gate_enter(struct gate *gate, const char *host);
void gate_leave(struct gate *gate, const char *host);

static struct gate gate = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 2, {{"", 0}}};

static int inside(const char *host)
{
    int count = 0;
    for (int i = 0; i < 16; i++)
        if (strcmp(gate.places[i].host, host) == 0)
            count += gate.places[i].inside;
    return count;
}

static void expect_inside(const char *host, int wanted, const char *when)
{
    ck_assert_msg(inside(host) == wanted,
                  "%s there must be %d inside for %s, not %d", when, wanted,
                  host, inside(host));
    ck_assert_msg(schedule_held() == 0, "%s the lock is still held", when);
}

START_TEST(one_thread_enters_and_leaves)
{
    gate_enter(&gate, "a");
    expect_inside("a", 1, "after entering a");
    gate_enter(&gate, "a");
    gate_enter(&gate, "b");
    expect_inside("a", 2, "after entering a twice");
    expect_inside("b", 1, "after entering b");
    gate_leave(&gate, "a");
    expect_inside("a", 1, "after leaving a once");
    gate_leave(&gate, "a");
    gate_leave(&gate, "b");
    expect_inside("a", 0, "at the end");
    expect_inside("b", 0, "at the end");
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0, "nobody had to wait");
    ck_assert_msg(schedule_count(AFTER_LOCK) >= 6,
                  "each call must take the lock");
}
END_TEST

START_TEST(places_are_given_on)
{
    char host[32], name[8];
    for (int i = 0; i < 100; i++) {
        snprintf(host, sizeof host, "%s %d", vary_letters(name, 6), i);
        gate_enter(&gate, host);
        expect_inside(host, 1, "after entering");
        gate_leave(&gate, host);
        expect_inside(host, 0, "after leaving");
    }
}
END_TEST

/* The number that there is under the lock; what is written outside is lost. */
static int under_lock;

static void mislead_outside(enum point point, const void *object)
{
    if (object == &gate.lock && point == AFTER_LOCK)
        gate.places[0].inside = under_lock;
    if (object == &gate.lock && point == BEFORE_UNLOCK) {
        under_lock = gate.places[0].inside;
        gate.places[0].inside = 1;
    }
}

START_TEST(only_what_is_done_under_the_lock_counts)
{
    gate.limit = 100;
    strcpy(gate.places[0].host, "a");
    gate.places[0].inside = under_lock = 1;
    schedule_hook(mislead_outside);
    gate_enter(&gate, "a");
    ck_assert_msg(under_lock == 2, "gate_enter must count under the lock");
    gate_leave(&gate, "a");
    ck_assert_msg(under_lock == 1, "gate_leave must count under the lock. See "
                                   "\"The signal that nobody heard\".");
    schedule_hook(NULL);
}
END_TEST

static int through;

static void *enter(void *host)
{
    gate_enter(&gate, host);
    __atomic_fetch_add(&through, 1, __ATOMIC_RELAXED);
    return NULL;
}

static pthread_t start(char *host)
{
    pthread_t thread;
    int sleepers = schedule_waiting(),
        before = __atomic_load_n(&through, __ATOMIC_RELAXED);
    ck_assert_int_eq(pthread_create(&thread, NULL, enter, host), 0);
    while (schedule_waiting() == sleepers &&
           __atomic_load_n(&through, __ATOMIC_RELAXED) == before)
        sched_yield();
    return thread;
}

static void expect_through(int wanted, const char *why)
{
    int now = __atomic_load_n(&through, __ATOMIC_RELAXED);
    ck_assert_msg(now == wanted, "%s: %d have entered, not %d", why, now,
                  wanted);
}

START_TEST(the_third_waits)
{
    static char a[] = "a";
    gate_enter(&gate, "a");
    gate_enter(&gate, "a");
    pthread_t third = start(a);
    expect_through(0, "two are inside and that is the limit");
    gate_leave(&gate, "a");
    pthread_join(third, NULL);
    expect_inside("a", 2, "after one left and one came");
}
END_TEST

START_TEST(hosts_do_not_wait_for_each_other)
{
    static char b[] = "b";
    gate_enter(&gate, "a");
    gate_enter(&gate, "a");
    pthread_t other = start(b);
    expect_through(1, "nobody is inside for b");
    pthread_join(other, NULL);
}
END_TEST

START_TEST(who_is_woken_for_nothing_waits_on)
{
    static char a[] = "a";
    gate.limit = 1;
    gate_enter(&gate, "a");
    schedule_spurious(1);
    pthread_t second = start(a);
    expect_through(0, "woken for nothing, it has to look again");
    gate_leave(&gate, "a");
    pthread_join(second, NULL);
    expect_inside("a", 1, "after one left and one came");
}
END_TEST

/* Whoever sleeps first is one for another host: the one that can go on must
 * be woken all the same. Which one a signal wakes is chance; so both have to be,
 * and the other one goes back to sleep, which makes three waits. */
START_TEST(the_right_one_is_woken)
{
    static char a[] = "a", b[] = "b";
    gate.limit = 1;
    gate_enter(&gate, "a");
    gate_enter(&gate, "b");
    pthread_t first = start(a);
    schedule_await_waiting(1);
    pthread_t second = start(b);
    schedule_await_waiting(2);
    gate_leave(&gate, "b");
    pthread_join(second, NULL); /* hangs if the wrong one was woken */
    while (schedule_count(BEFORE_WAIT) < 3) /* or only the right one, by luck */
        sched_yield();
    expect_inside("b", 1, "after one left and one came");
    gate_leave(&gate, "a");
    pthread_join(first, NULL);
}
END_TEST

/* The same with the sleepers in the other order, for whoever wakes the last. */
START_TEST(the_other_one_is_woken)
{
    static char a[] = "a", b[] = "b";
    gate.limit = 1;
    gate_enter(&gate, "a");
    gate_enter(&gate, "b");
    pthread_t first = start(a);
    schedule_await_waiting(1);
    pthread_t second = start(b);
    schedule_await_waiting(2);
    gate_leave(&gate, "a");
    pthread_join(first, NULL);
    gate_leave(&gate, "b");
    pthread_join(second, NULL);
}
END_TEST

/* Before a sleeper is awake again, its host's place may be another host's. */
START_TEST(a_place_may_be_given_on_meanwhile)
{
    static char a[] = "a";
    gate.limit = 1;
    gate_enter(&gate, "a");
    pthread_t second = start(a);
    schedule_await_waiting(1);
    pthread_mutex_lock(&gate.lock); /* a leaves and b enters, in one go */
    for (int i = 0; i < 16; i++)
        if (gate.places[i].inside > 0)
            strcpy(gate.places[i].host, "b");
    pthread_cond_broadcast(&gate.left);
    pthread_mutex_unlock(&gate.lock);
    pthread_join(second, NULL); /* hangs if it still looks at that place */
    expect_inside("a", 1, "after a left, b came and a came");
    expect_inside("b", 1, "after a left, b came and a came");
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("A few at a time, for each host");
    tcase_set_timeout(tcase, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread");
    tcase_add_test(first, one_thread_enters_and_leaves);
    tcase_add_test(first, places_are_given_on);
    tcase_add_test(first, only_what_is_done_under_the_lock_counts);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("several threads (a hang: somebody who could "
                               "go on was not woken)");
    tcase_add_test(rest, the_third_waits);
    tcase_add_test(rest, hosts_do_not_wait_for_each_other);
    tcase_add_test(rest, who_is_woken_for_nothing_waits_on);
    tcase_add_test(rest, the_right_one_is_woken);
    tcase_add_test(rest, the_other_one_is_woken);
    tcase_add_test(rest, a_place_may_be_given_on_meanwhile);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
