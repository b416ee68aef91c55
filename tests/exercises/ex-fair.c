/* Exercise "A waiter with a memory": table_ask. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

enum { FAIR_SEATS = 5 };
struct table {
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool in_use[FAIR_SEATS];
    long ticket[FAIR_SEATS];
    long drawn;
};
void table_ask(struct table *table, int seat);
void table_give_back(struct table *table, int seat);

static struct table table = {.lock = PTHREAD_MUTEX_INITIALIZER,
                             .change = PTHREAD_COND_INITIALIZER};

/* A guest asks in a thread of its own, and gives back when it is told to. */
static struct guest {
    pthread_t thread;
    int seat, held;
    sem_t may_go;
    bool eats; /* guarded by looking */
} guests[FAIR_SEATS];
static pthread_mutex_t looking = PTHREAD_MUTEX_INITIALIZER;

static void set_eats(struct guest *guest, bool eats)
{
    pthread_mutex_lock(&looking);
    guest->eats = eats;
    pthread_mutex_unlock(&looking);
}

static bool eats(int seat)
{
    pthread_mutex_lock(&looking);
    bool is = guests[seat].eats;
    pthread_mutex_unlock(&looking);
    return is;
}

static void *dine(void *data)
{
    struct guest *guest = data;
    table_ask(&table, guest->seat);
    guest->held = schedule_held();
    set_eats(guest, true);
    while (sem_wait(&guest->may_go) < 0)
        ;
    set_eats(guest, false);
    table_give_back(&table, guest->seat);
    return NULL;
}

static void sit_down(int seat)
{
    guests[seat].seat = seat;
    sem_init(&guests[seat].may_go, 0, 0);
    ck_assert_int_eq(
        pthread_create(&guests[seat].thread, NULL, dine, &guests[seat]), 0);
}

static void leave(int seat)
{
    sem_post(&guests[seat].may_go);
    ck_assert_int_eq(pthread_join(guests[seat].thread, NULL), 0);
    ck_assert_msg(guests[seat].held == 0,
                  "table_ask has returned with %d lock(s) held",
                  guests[seat].held);
}

static int count_eating(void)
{
    int count = 0;
    for (int i = 0; i < FAIR_SEATS; i++)
        count += eats(i);
    return count;
}

/* Return when of those who sit, `sitting` in number, each eats or sleeps. */
static void settle(int sitting)
{
    for (;;) {
        pthread_mutex_lock(&table.lock); /* who is counted as waiting sleeps */
        int waiting = schedule_waiting();
        pthread_mutex_unlock(&table.lock);
        if (count_eating() + waiting >= sitting)
            return;
        sched_yield();
    }
}

START_TEST(takes_free_forks)
{
    table_ask(&table, 2);
    ck_assert_int_eq(schedule_held(), 0);
    for (int i = 0; i < FAIR_SEATS; i++)
        ck_assert_msg(table.in_use[i] == (i == 2 || i == 3),
                      "seat 2 eats: fork %d must be %s", i,
                      i == 2 || i == 3 ? "in use" : "free");
    table_ask(&table, 0); /* forks 0 and 1: no reason to wait */
    table_give_back(&table, 2);
    table_ask(&table, 3); /* forks 3 and 4 */
    table_give_back(&table, 0);
    table_give_back(&table, 3);
}
END_TEST

/* What the table was when its lock was last given back. */
static struct table left_as;

static void check_left(void)
{
    for (int i = 0; i < FAIR_SEATS; i++)
        if (table.in_use[i] != left_as.in_use[i] ||
            table.ticket[i] != left_as.ticket[i] ||
            table.drawn != left_as.drawn)
            ck_abort_msg("the table has changed while its lock was not held: "
                         "two who ask at once could draw one number, or take "
                         "one fork");
}

static void changes_under_the_lock(enum point point, const void *object)
{
    if (object == &table.lock && point == BEFORE_LOCK)
        check_left();
    if (object == &table.lock && point == BEFORE_UNLOCK)
        left_as = table;
}

START_TEST(is_changed_under_the_lock_only)
{
    schedule_hook(changes_under_the_lock);
    table_ask(&table, 2);
    check_left();
    table_give_back(&table, 2);
    check_left();
}
END_TEST

START_TEST(waits_for_a_fork_in_use)
{
    sit_down(_i);
    settle(1);
    int right = (_i + 1) % FAIR_SEATS;
    sit_down(right);
    settle(2);
    ck_assert_msg(!eats(right), "seats %d and %d eat with one fork", _i, right);
    leave(_i);
    while (!eats(right))
        sched_yield();
    leave(right);
}
END_TEST

START_TEST(wakes_for_nothing_and_sleeps_again)
{
    sit_down(0);
    settle(1);
    schedule_spurious(1);
    sit_down(1);
    while (schedule_count(AFTER_WAIT) == 0 && !eats(1))
        sched_yield();
    settle(2);
    ck_assert_msg(!eats(1),
                  "a wake-up without a reason, and seat 1 has taken a fork "
                  "that seat 0 eats with: look again after every wait");
    leave(0);
    leave(1);
}
END_TEST

/* 0 eats; its neighbour on one side waits; the next one there has two free
 * forks, but takes one of those that the one who waits came for first. */
START_TEST(does_not_overtake_a_neighbour)
{
    int first = _i ? 4 : 1, second = _i ? 3 : 2;
    sit_down(0);
    settle(1);
    sit_down(first);
    settle(2);
    ck_assert(!eats(first));
    sit_down(second);
    settle(3);
    ck_assert_msg(!eats(second),
                  "seat %d has waited before its neighbour %d came, and was "
                  "overtaken. See \"Starvation\".",
                  first, second);
    leave(0);
    while (!eats(first))
        sched_yield();
    settle(2);
    ck_assert_msg(!eats(second), "seats %d and %d share a fork", first, second);
    leave(first);
    while (!eats(second))
        sched_yield();
    leave(second);
}
END_TEST

START_TEST(overtakes_those_far_away)
{
    sit_down(0);
    settle(1);
    sit_down(1); /* waits for fork 1 */
    settle(2);
    sit_down(3); /* forks 3 and 4: nobody's */
    settle(3);
    ck_assert_msg(eats(3), "forks 3 and 4 are free, and no neighbour of seat 3 "
                           "waits: it need not wait either");
    leave(3);
    leave(0);
    leave(1);
}
END_TEST

START_TEST(forgets_who_has_eaten)
{
    table_ask(&table, 0);
    table_give_back(&table, 0);
    sit_down(1);
    settle(1);
    ck_assert_msg(eats(1),
                  "seat 0 has eaten and gone, and seat 1 still waits for it: "
                  "what became of the ticket?");
    leave(1);
}
END_TEST

static int failures_of(TCase *tcase, unsigned seconds)
{
    tcase_set_timeout(tcase, seconds);
    Suite *suite = suite_create("A waiter with a memory");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* Where forks that are free cannot be had, the other tests would hang. */
int main(void)
{
    TCase *first = tcase_create("free forks");
    tcase_add_test(first, forgets_who_has_eaten);
    tcase_add_test(first, takes_free_forks);
    tcase_add_test(first, is_changed_under_the_lock_only);
    if (failures_of(first, 10) != 0)
        return EXIT_FAILURE;
    TCase *rest = tcase_create("forks in use");
    tcase_add_loop_test(rest, waits_for_a_fork_in_use, 0, FAIR_SEATS);
    tcase_add_test(rest, wakes_for_nothing_and_sleeps_again);
    tcase_add_loop_test(rest, does_not_overtake_a_neighbour, 0, 2);
    tcase_add_test(rest, overtakes_those_far_away);
    return failures_of(rest, 20) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
