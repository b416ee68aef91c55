/* Exercise "A slice for each": count_in_slices. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

int count_in_slices(int count, int workers, int (*test)(int number),
                    int *accepted);

enum { MOST = 1000 };

/* What was asked: how often each number, and by which thread. Threads get
 * their numbers in the order of their first question. */
static atomic_int asked[MOST], asker[MOST], askers;
static int expected_askers; /* a first question waits for that many threads */
static _Thread_local int me; /* 0: has asked nothing yet */

/* Every third number, beginning with a drawn one. */
static int third;

static void draw(void)
{
    third = (int)vary(0, 2);
}

static int is_accepted(int number)
{
    return number % 3 == third;
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 100000}, NULL);
}

static int ask(int number)
{
    ck_assert_msg(number >= 0 && number < MOST, "who has asked for %d?",
                  number);
    if (me == 0) {
        me = atomic_fetch_add(&askers, 1) + 1;
        while (atomic_load(&askers) < expected_askers)
            nap();
    }
    atomic_fetch_add(&asked[number], 1);
    atomic_store(&asker[number], me);
    return is_accepted(number);
}

static void count_well(int count, int workers)
{
    int accepted = -1, expected = 0;
    for (int i = 0; i < count; i++) {
        atomic_store(&asked[i], 0);
        expected += is_accepted(i);
    }
    atomic_store(&askers, 0);
    int error = count_in_slices(count, workers, ask, &accepted);
    ck_assert_msg(error == 0,
                  "%d numbers, %d workers: the result must be 0, "
                  "not %d",
                  count, workers, error);
    ck_assert_msg(schedule_count(AFTER_JOIN) == schedule_count(AFTER_CREATE),
                  "%ld threads were started and %ld joined when "
                  "count_in_slices returned",
                  schedule_count(AFTER_CREATE), schedule_count(AFTER_JOIN));
    for (int i = 0; i < count; i++)
        ck_assert_msg(atomic_load(&asked[i]) == 1,
                      "%d numbers, %d workers: %d must be asked for once, but "
                      "it was %d times. Where do slices begin and end, and "
                      "has each thread an argument of its own? See \"Several "
                      "threads at once\".",
                      count, workers, i, atomic_load(&asked[i]));
    ck_assert_msg(accepted == expected,
                  "%d numbers, %d workers: *accepted must be %d, not %d", count,
                  workers, expected, accepted);
}

START_TEST(every_number_once)
{
    const int cases[][2] = {{1, 1},  {12, 1},  {12, 3},  {10, 3}, {11, 4},
                            {3, 10}, {0, 1},   {0, 5},   {2, 2},  {100, 7},
                            {19, 5}, {999, 8}, {1000, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        count_well(cases[i][0], cases[i][1]);
    for (int i = 0; i < 5; i++)
        count_well((int)vary(0, MOST), (int)vary(1, 12));
}
END_TEST

START_TEST(slices_are_even)
{
    const int cases[][2] = {{10, 3}, {11, 4}, {19, 5}, {100, 7}, {1000, 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int count = cases[i][0], workers = cases[i][1], length = 0, slices = 0;
        expected_askers = workers;
        count_well(count, workers);
        for (int number = 0; number < count; number++) {
            length++;
            if (number + 1 < count &&
                atomic_load(&asker[number]) == atomic_load(&asker[number + 1]))
                continue;
            ck_assert_msg(length == count / workers ||
                              length == (count + workers - 1) / workers,
                          "%d numbers, %d workers: a slice has %d numbers, "
                          "but the lengths may differ by one only",
                          count, workers, length);
            length = 0;
            slices++;
        }
        ck_assert_msg(slices == workers,
                      "%d numbers, %d workers: there are %d slices", count,
                      workers, slices);
    }
}
END_TEST

/* Every thread's first question waits until all threads have come. */
START_TEST(all_at_the_same_time)
{
    expected_askers = 6;
    count_well(60, 6);
}
END_TEST

START_TEST(a_thread_that_cannot_be_started)
{
    for (int after = 0; after < 4; after++) {
        int accepted = -1;
        schedule_reset();
        schedule_fail(CALL_CREATE, EAGAIN, after);
        int error = count_in_slices(100, 4, ask, &accepted);
        ck_assert_msg(error == EAGAIN,
                      "pthread_create has failed with EAGAIN after %d "
                      "threads: the result must be %d, not %d",
                      after, EAGAIN, error);
        ck_assert_msg(schedule_count(AFTER_JOIN) ==
                          schedule_count(AFTER_CREATE),
                      "%ld threads had been started when one failed, and %ld "
                      "were joined. See \"What nobody takes away\".",
                      schedule_count(AFTER_CREATE), schedule_count(AFTER_JOIN));
        ck_assert_msg(accepted == -1, "*accepted must be left alone");
    }
}
END_TEST

/* With 80 slices of 30,000,000 numbers, i * count does not fit in an int. */
enum { LARGE = 30000000 };
static atomic_bool is_astray;

static int ask_large(int number)
{
    if (number < 0 || number >= LARGE)
        atomic_store(&is_astray, true);
    return is_accepted(number);
}

START_TEST(a_large_count)
{
    int accepted = -1;
    int error = count_in_slices(LARGE, 80, ask_large, &accepted);
    ck_assert_msg(error == 0, "%d numbers, 80 workers: 0 expected, not %d",
                  LARGE, error);
    ck_assert_msg(!atomic_load(&is_astray) && accepted == LARGE / 3,
                  "%d numbers, 80 workers: *accepted must be %d, not %d. Do "
                  "your products fit in an int?",
                  LARGE, LARGE / 3, accepted);
}
END_TEST

/* A solution that asks for no memory succeeds, of course. */
START_TEST(no_memory)
{
    for (int after = 0; after < 4; after++) {
        int accepted = -1;
        schedule_reset();
        schedule_fail(CALL_MALLOC, ENOMEM, after);
        int error = count_in_slices(99, 4, is_accepted, &accepted);
        ck_assert_msg((error == ENOMEM && accepted == -1) ||
                          (error == 0 && accepted == 33),
                      "malloc number %d has failed: the result must be ENOMEM "
                      "(%d) and *accepted left alone, but the result is %d "
                      "and *accepted %d (-1 before)",
                      after, ENOMEM, error, accepted);
        ck_assert_msg(schedule_count(AFTER_JOIN) ==
                          schedule_count(AFTER_CREATE),
                      "%ld threads had been started when there was no memory, "
                      "and %ld were joined",
                      schedule_count(AFTER_CREATE), schedule_count(AFTER_JOIN));
    }
}
END_TEST

static int run_case(const char *name, void (*add)(TCase *tcase))
{
    Suite *suite = suite_create("A slice for each");
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, draw, NULL);
    add(tcase);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

static void add_first(TCase *tcase)
{
    tcase_add_test(tcase, all_at_the_same_time);
}

static void add_rest(TCase *tcase)
{
    tcase_add_test(tcase, every_number_once);
    tcase_add_test(tcase, slices_are_even);
    tcase_add_test(tcase, a_thread_that_cannot_be_started);
    tcase_add_test(tcase, no_memory);
    tcase_add_test(tcase, a_large_count);
}

/* Where the threads do not run at the same time, the other tests would wait
 * for them in vain, and are not run. */
int main(void)
{
    int status = run_case("at the same time", add_first);
    return status != 0 ? status : run_case("slices", add_rest);
}
