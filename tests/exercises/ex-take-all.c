/* Exercise "All or none": try_all. */
#include "lib/worker.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
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

/* An error-checking mutex tells its owner apart: a wait for it is EDEADLK, a
 * try is EBUSY. So here nothing hangs. */
START_TEST(never_waits)
{
    pthread_mutex_t mutex;
    pthread_mutexattr_t checking;
    pthread_mutexattr_init(&checking);
    pthread_mutexattr_settype(&checking, PTHREAD_MUTEX_ERRORCHECK);
    ck_assert_int_eq(pthread_mutex_init(&mutex, &checking), 0);
    ck_assert_int_eq(pthread_mutex_lock(&mutex), 0);
    pthread_mutex_t *const taken[] = {&mutex};
    int error = try_all(taken, 1);
    ck_assert_msg(error == EBUSY,
                  "the lock is taken: the result must be EBUSY, not %d (%s). "
                  "Lock without ever waiting: see \"Try, and back off\".",
                  error, strerror(error));
}
END_TEST

START_TEST(says_why_it_failed)
{
    int after = (int)vary(1, COUNT - 1);
    schedule_fail(CALL_TRYLOCK, EINVAL, after);
    int error = try_all(locks, COUNT);
    ck_assert_msg(error == EINVAL,
                  "lock %d failed with EINVAL: the result must be EINVAL, not "
                  "%d (%s)",
                  after, error, strerror(error));
    ck_assert_msg(schedule_held() == 0,
                  "lock %d failed, and %d of the others are still held", after,
                  schedule_held());
}
END_TEST

static int failures_of(TCase *tcase)
{
    tcase_set_timeout(tcase, 10);
    Suite *suite = suite_create("All or none");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* Where try_all waits, the other tests would hang one by one. */
int main(void)
{
    TCase *first = tcase_create("never waits");
    tcase_add_test(first, never_waits);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;
    TCase *rest = tcase_create("try_all");
    tcase_add_test(rest, takes_all_that_are_free);
    tcase_add_test(rest, takes_none_of_none);
    tcase_add_loop_test(rest, gives_back_what_it_has, 0, COUNT);
    tcase_add_test(rest, says_why_it_failed);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
