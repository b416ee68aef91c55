/* Chapter 9, Deadlock and its cousins: lib/lock_order.h, and the programs that
 * are right. Those that are wrong on purpose are the business of wrong.c. */
#define _GNU_SOURCE
#include "lib/lock_order.h"
#include "lib/worker.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The orders taken here are wrong on purpose, and TSan would say so too. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "detect_deadlocks=0";
}

/* ---------- lib/lock_order ---------- */

static struct order_mutex first = ORDER_MUTEX("first");
static struct order_mutex second = ORDER_MUTEX("second");
static struct order_mutex third = ORDER_MUTEX("third");

/* What the detector prints, from hush() to heard(). */
static FILE *paper;
static int old_error;

static void hush(void)
{
    paper = tmpfile();
    ck_assert(paper != NULL);
    old_error = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(fileno(paper), STDERR_FILENO), 0);
}

static const char *heard(void)
{
    static char text[4096];
    ck_assert_int_ge(dup2(old_error, STDERR_FILENO), 0);
    close(old_error);
    rewind(paper);
    text[fread(text, 1, sizeof text - 1, paper)] = '\0';
    fclose(paper);
    return text;
}

static void take_two(struct order_mutex *one, struct order_mutex *other)
{
    ck_assert_int_eq(order_lock(one), 0);
    ck_assert_int_eq(order_lock(other), 0);
    ck_assert_int_eq(order_unlock(other), 0);
    ck_assert_int_eq(order_unlock(one), 0);
}

START_TEST(one_order_is_no_cycle)
{
    hush();
    for (int i = 0; i < 3; i++) {
        take_two(&first, &second);
        take_two(&second, &third);
        take_two(&first, &third);
    }
    ck_assert_str_eq(heard(), "");
    ck_assert_int_eq(order_reports(), 0);
}
END_TEST

START_TEST(two_orders_are_a_cycle_reported_once)
{
    pthread_setname_np(pthread_self(), "tester");
    hush();
    for (int i = 0; i < 3; i++) {
        take_two(&first, &second);
        take_two(&second, &first);
    }
    ck_assert_str_eq(heard(),
                     "lock order: tester took second under first\n"
                     "lock order: tester takes first under second: a cycle\n");
    ck_assert_int_eq(order_reports(), 1);
}
END_TEST

START_TEST(a_cycle_of_three_is_found)
{
    pthread_setname_np(pthread_self(), "tester");
    hush();
    take_two(&first, &second);
    take_two(&second, &third);
    take_two(&third, &first);
    ck_assert_str_eq(heard(),
                     "lock order: tester took third under second\n"
                     "lock order: tester took second under first\n"
                     "lock order: tester takes first under third: a cycle\n");
}
END_TEST

static void take_backwards(int index, void *unused)
{
    (void)index, (void)unused;
    take_two(&second, &first);
}

START_TEST(threads_that_never_met_are_compared)
{
    take_two(&first, &second);
    hush();
    run_threads(1, take_backwards, NULL);
    ck_assert(matches(heard(), "worker 0 takes first under second: a cycle$"));
}
END_TEST

START_TEST(a_try_is_no_order)
{
    take_two(&first, &second);
    ck_assert_int_eq(order_lock(&second), 0);
    ck_assert_int_eq(order_trylock(&first), 0);
    ck_assert_int_eq(order_reports(), 0);
    ck_assert_int_eq(order_unlock(&first), 0);
    ck_assert_int_eq(order_unlock(&second), 0);
}
END_TEST

START_TEST(what_a_try_has_taken_is_held)
{
    take_two(&second, &first);
    hush();
    ck_assert_int_eq(order_trylock(&first), 0);
    ck_assert_int_eq(order_lock(&second), 0);
    ck_assert(matches(heard(), "takes second under first: a cycle"));
}
END_TEST

static void try_first(int index, void *result)
{
    (void)index;
    *(int *)result = order_trylock(&first);
}

static void unlock_first(int index, void *result)
{
    (void)index;
    *(int *)result = order_unlock(&first);
}

START_TEST(a_lock_has_one_owner)
{
    int result = -1;
    ck_assert_int_eq(order_unlock(&first), EPERM);
    ck_assert_int_eq(order_lock(&first), 0);
    run_threads(1, try_first, &result);
    ck_assert_int_eq(result, EBUSY);
    run_threads(1, unlock_first, &result);
    ck_assert_int_eq(result, EPERM);
    ck_assert_int_eq(order_unlock(&first), 0);
    ck_assert_int_eq(order_unlock(&first), EPERM);
}
END_TEST

START_TEST(a_second_lock_is_a_deadlock)
{
    pthread_setname_np(pthread_self(), "tester");
    hush();
    ck_assert_int_eq(order_lock(&first), 0);
    int error = order_lock(&first);
    ck_assert_str_eq(heard(),
                     "deadlock: tester wants first, which tester holds\n");
    ck_assert_int_eq(error, EDEADLK);
    ck_assert_int_eq(order_reports(), 1);
    ck_assert_int_eq(order_unlock(&first), 0);
}
END_TEST

/* Three threads, each with one lock, and each wants the next one's: exactly
 * one is refused, gives back, and all come to their end. */
static struct order_mutex *const ring[] = {&first, &second, &third};
static pthread_barrier_t all_have_one;
static int refused;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static void join_ring(int index, void *unused)
{
    (void)unused;
    ck_assert_int_eq(order_lock(ring[index]), 0);
    pthread_barrier_wait(&all_have_one);
    struct order_mutex *next = ring[(index + 1) % 3];
    int error = order_lock(next);
    if (error) {
        pthread_mutex_lock(&counting);
        refused += error == EDEADLK ? 1 : 100;
        pthread_mutex_unlock(&counting);
    } else {
        ck_assert_int_eq(order_unlock(next), 0);
    }
    ck_assert_int_eq(order_unlock(ring[index]), 0);
}

START_TEST(the_last_of_a_ring_is_refused)
{
    pthread_barrier_init(&all_have_one, NULL, 3);
    hush();
    run_threads(3, join_ring, NULL);
    const char *text = heard();
    ck_assert_int_eq(refused, 1);
    for (int i = 0; i < 3; i++) {
        char line[128];
        snprintf(line, sizeof line,
                 "deadlock: worker %d wants %s, which worker %d holds\n", i,
                 ring[(i + 1) % 3]->name, (i + 1) % 3);
        ck_assert_msg(strstr(text, line) != NULL, "no '%s' in '%s'", line,
                      text);
    }
}
END_TEST

static long sum;

static void add(int index, void *unused)
{
    (void)index, (void)unused;
    for (int i = 0; i < 2000; i++) {
        ck_assert_int_eq(order_lock(&first), 0);
        sum++;
        ck_assert_int_eq(order_unlock(&first), 0);
    }
}

START_TEST(it_is_a_lock)
{
    run_threads(4, add, NULL);
    ck_assert_int_eq(sum, 8000);
    ck_assert_int_eq(order_reports(), 0);
}
END_TEST

START_TEST(what_is_forgotten_makes_room)
{
    struct order_mutex passing = ORDER_MUTEX("passing");
    for (int i = 0; i < 3 * ORDER_MOST; i++) {
        take_two(&first, &passing);
        order_forget(&passing);
        ck_assert_int_eq(passing.number, 0);
    }
    take_two(&passing, &first); /* the old orders are gone */
    ck_assert_int_eq(order_reports(), 0);
    order_forget(&passing);
}
END_TEST

START_TEST(the_books_are_full)
{
    static struct order_mutex many[ORDER_MOST + 1];
    hush();
    for (int i = 0; i <= ORDER_MOST; i++) {
        many[i] = (struct order_mutex)ORDER_MUTEX("one of many");
        ck_assert_int_eq(order_lock(&many[i]), 0);
        ck_assert_int_eq(order_unlock(&many[i]), 0);
    }
}
END_TEST

/* ---------- the programs ---------- */

START_TEST(everybody_eats_with_every_cure)
{
    const char *cures[] = {"order", "backoff", "waiter"};
    for (int i = 0; i < 3; i++) {
        char command[32];
        snprintf(command, sizeof command, "dinner %s", cures[i]);
        ck_assert_str_eq(run_well(command)->out, "Ada has eaten 2 times\n"
                                                 "Ben has eaten 2 times\n"
                                                 "Cleo has eaten 2 times\n"
                                                 "Dan has eaten 2 times\n"
                                                 "Eve has eaten 2 times\n");
    }
}
END_TEST

START_TEST(dinner_wants_a_cure)
{
    const char *bad[] = {"", "hope", "order waiter"};
    for (int i = 0; i < 3; i++) {
        const struct run *r = run("dinner %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: dinner"));
    }
}
END_TEST

START_TEST(meals_prints_a_table)
{
    const struct run *r = run_well("meals 2");
    ck_assert(matches(r->out, "^# machine: .+; cores: [0-9]+"));
    ck_assert(matches(r->out, "^# runs: 2 of 1000 meals; rate: meals/ms$"));
    const char *row = strstr(r->out, "\nwhat\t");
    ck_assert(row != NULL);
    int rows = 0;
    for (row = strchr(row + 1, '\n') + 1; *row;
         row = strchr(row, '\n') + 1, rows++) {
        char what[16], name[16];
        double v[5];
        ck_assert_int_eq(sscanf(row,
                                "%15[^\t]\t%15[^\t]\t%lf\t%lf\t%lf\t%lf\t%lf",
                                what, name, &v[0], &v[1], &v[2], &v[3], &v[4]),
                         7);
        ck_assert(v[0] > 0);
        for (int i = 1; i < 5; i++)
            ck_assert_msg(v[i - 1] <= v[i], "%.80s", row);
        if (strcmp(what, "fairness") == 0)
            ck_assert_msg(v[4] <= 1, "%.80s", row);
    }
    ck_assert_int_eq(rows, 8);
}
END_TEST

START_TEST(meals_refuses_bad_numbers)
{
    const char *bad[] = {"0", "1001", "many", "1 2"};
    for (int i = 0; i < 4; i++) {
        const struct run *r = run("meals %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: meals"));
    }
}
END_TEST

static int count_of(const char *text, char letter)
{
    int count = 0;
    for (; *text && *text != '\n'; text++)
        count += *text == letter;
    return count;
}

/* However it is scheduled, each task does its work and no other. */
static void check_work(const char *out)
{
    const char *high = strstr(out, "high "), *medium = strstr(out, "medium "),
               *low = strstr(out, "low ");
    ck_assert(high && medium && low);
    ck_assert_int_eq(count_of(high, '=') + count_of(high, '#'), 4);
    ck_assert_int_eq(count_of(medium, '='), 8);
    ck_assert_int_eq(count_of(low, '=') + count_of(low, '#'), 6);
}

START_TEST(inheritance_shortens_the_wait)
{
    const struct run *r = run_well("inversion");
    check_work(r->out);
    int plain = count_of(strstr(r->out, "high "), 'w');
    r = run_well("inversion inherit");
    check_work(r->out);
    ck_assert_int_eq(plain, 10);
    ck_assert_int_eq(count_of(strstr(r->out, "high "), 'w'), 2);
}
END_TEST

START_TEST(a_holder_inherits)
{
    long plain, inheriting;
    const struct run *r = run_well("inherit");
    const char *lines = strstr(r->out, "plain");
    ck_assert(lines != NULL);
    ck_assert_int_eq(sscanf(lines,
                            "plain: the holder runs at %ld inheriting: the "
                            "holder runs at %ld",
                            &plain, &inheriting),
                     2);
    if (matches(r->out, "^real priorities: granted$")) {
        ck_assert_int_eq(plain, -11);
        ck_assert_int_eq(inheriting, -21);
    } else {
        ck_assert(matches(r->out, "^real priorities: refused$"));
        ck_assert_int_eq(plain, inheriting);
    }
}
END_TEST

START_TEST(a_child_gets_its_lock)
{
    ck_assert_str_eq(run_well("fork_safe")->out,
                     "child: I want the lock\nchild: I have it\n");
}
END_TEST

START_TEST(one_thread_receives_all_signals)
{
    ck_assert_str_eq(run_well("signals")->out,
                     "the signal thread has received SIGUSR1\n"
                     "the signal thread has received SIGUSR2\n"
                     "the signal thread has received SIGTERM\n");
}
END_TEST

START_TEST(the_watchdog_bites)
{
    const struct run *r = run("philosophers watched");
    ck_assert_int_eq(r->status, 3);
    ck_assert(matches(r->out, "^watchdog: nobody has eaten$"));
    ck_assert(!matches(r->out, " eats"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Deadlock and its cousins");
    TCase *order = tcase_create("lock order");
    tcase_set_timeout(order, 60);
    tcase_add_test(order, one_order_is_no_cycle);
    tcase_add_test(order, two_orders_are_a_cycle_reported_once);
    tcase_add_test(order, a_cycle_of_three_is_found);
    tcase_add_test(order, threads_that_never_met_are_compared);
    tcase_add_test(order, a_try_is_no_order);
    tcase_add_test(order, what_a_try_has_taken_is_held);
    tcase_add_test(order, a_lock_has_one_owner);
    tcase_add_test(order, a_second_lock_is_a_deadlock);
    tcase_add_test(order, the_last_of_a_ring_is_refused);
    tcase_add_test(order, it_is_a_lock);
    tcase_add_test(order, what_is_forgotten_makes_room);
    tcase_add_exit_test(order, the_books_are_full, EXIT_FAILURE);
    suite_add_tcase(suite, order);

    TCase *programs = tcase_create("programs");
    tcase_set_timeout(programs, 120);
    tcase_add_test(programs, everybody_eats_with_every_cure);
    tcase_add_test(programs, dinner_wants_a_cure);
    tcase_add_test(programs, meals_prints_a_table);
    tcase_add_test(programs, meals_refuses_bad_numbers);
    tcase_add_test(programs, inheritance_shortens_the_wait);
    tcase_add_test(programs, a_holder_inherits);
    tcase_add_test(programs, a_child_gets_its_lock);
    tcase_add_test(programs, one_thread_receives_all_signals);
    tcase_add_test(programs, the_watchdog_bites);
    suite_add_tcase(suite, programs);

    return run_suite(suite);
}
