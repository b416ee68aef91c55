/* Exercise "All or none": try_all. */
#include "lib/worker.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

int try_all(pthread_mutex_t *const locks[], int count);

enum { COUNT = 4 };
static pthread_mutex_t mutexes[COUNT] = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_mutex_t *const locks[COUNT] = {&mutexes[0], &mutexes[1],
                                              &mutexes[2], &mutexes[3]};
static int result, held;

/* try_all in a thread of its own, while the test's thread holds some. */
static void try_elsewhere(int index, void *unused)
{
    (void)index, (void)unused;
    result = try_all(locks, COUNT);
    held = schedule_held();
    if (result == 0)
        for (int i = 0; i < COUNT; i++)
            pthread_mutex_unlock(locks[i]);
}

static bool is_free(int number)
{
    if (pthread_mutex_trylock(locks[number]) != 0)
        return false;
    pthread_mutex_unlock(locks[number]);
    return true;
}

static void look(int index, void *seen)
{
    (void)index;
    for (int i = 0; i < COUNT; i++)
        ((bool *)seen)[i] = is_free(i);
}

START_TEST(takes_all_that_are_free)
{
    ck_assert_int_eq(try_all(locks, COUNT), 0);
    for (int i = 0; i < COUNT; i++)
        ck_assert_msg(schedule_holds(locks[i]),
                      "the result was 0, but lock %d is not held", i);
    for (int i = 0; i < COUNT; i++)
        pthread_mutex_unlock(locks[i]);
}
END_TEST

START_TEST(takes_none_of_none)
{
    ck_assert_int_eq(try_all(locks, 0), 0);
    ck_assert_int_eq(schedule_held(), 0);
}
END_TEST

/* The test's thread holds lock _i; if try_all waits for it, it waits for
 * ever, and the time limit of the test ends it. */
START_TEST(gives_back_what_it_has)
{
    pthread_mutex_lock(locks[_i]);
    run_threads(1, try_elsewhere, NULL);
    ck_assert_msg(result == EBUSY,
                  "somebody holds lock %d: the result must be EBUSY, not %d "
                  "(%s)",
                  _i, result, strerror(result));
    ck_assert_msg(held == 0,
                  "lock %d was taken, and %d of the others are still held. See "
                  "\"Try, and back off\".",
                  _i, held);
    bool seen[COUNT];
    run_threads(1, look, seen);
    for (int i = 0; i < COUNT; i++)
        if (i == _i)
            ck_assert_msg(!seen[i],
                          "lock %d belongs to another thread, and was unlocked",
                          i);
        else
            ck_assert_msg(seen[i], "lock %d must be free again", i);
    pthread_mutex_unlock(locks[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("All or none");
    TCase *tcase = tcase_create("try_all");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, takes_all_that_are_free);
    tcase_add_test(tcase, takes_none_of_none);
    tcase_add_loop_test(tcase, gives_back_what_it_has, 0, COUNT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
