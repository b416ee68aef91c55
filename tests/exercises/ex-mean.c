/* Exercise "Both numbers at once": series_mean. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

struct series {
    pthread_mutex_t lock;
    long count;
    double sum;
};

int series_mean(struct series *series, double *mean);

static struct series series;

static void begin_with(long count, double sum)
{
    pthread_mutexattr_t how;
    ck_assert_int_eq(pthread_mutexattr_init(&how), 0);
    ck_assert_int_eq(pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK),
                     0);
    ck_assert_int_eq(pthread_mutex_init(&series.lock, &how), 0);
    pthread_mutexattr_destroy(&how);
    series.count = count;
    series.sum = sum;
}

static void lock_is_free(const char *when)
{
    ck_assert_msg(schedule_held() == 0,
                  "%s the lock is still held when series_mean returns. See "
                  "\"The path that forgot\".",
                  when);
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == schedule_count(AFTER_UNLOCK),
                  "%s a lock is unlocked that is not held (any more): with "
                  "another kind of mutex this is undefined. See \"A mutex "
                  "that objects\".",
                  when);
}

START_TEST(takes_the_mean)
{
    double mean = -1;
    long count = 1L << vary(1, 6), sum = vary(1, 1000);
    double wanted = (double)sum / (double)count;
    begin_with(count, (double)sum);
    ck_assert_int_eq(series_mean(&series, &mean), 0);
    ck_assert_msg(mean == wanted,
                  "the mean of %ld values with sum %ld is %g, not %g", count,
                  sum, wanted, mean);
    ck_assert_msg(schedule_count(AFTER_LOCK) > 0,
                  "the numbers are read without the lock");
    lock_is_free("with a mean to take");
}
END_TEST

START_TEST(says_that_there_is_none)
{
    double mean = -1;
    begin_with(0, 0);
    int error = series_mean(&series, &mean);
    ck_assert_msg(error == EDOM,
                  "an empty series has no mean: EDOM (%d), not "
                  "%d",
                  EDOM, error);
    ck_assert_msg(mean == -1, "*mean must be left as it was");
    lock_is_free("for an empty series");
}
END_TEST

static double came; /* the sum of two values */

/* Another thread comes in at the last moment before the lock, and again at
 * the first after each unlock. */
static void add_in_between(enum point point, const void *object)
{
    (void)object;
    if (schedule_held() == 0 &&
        (point == BEFORE_LOCK || point == AFTER_UNLOCK)) {
        series.count += 2;
        series.sum += point == BEFORE_LOCK ? came : 600;
    }
}

START_TEST(looks_under_the_lock)
{
    double mean = -1;
    came = (double)vary(1, 100);
    begin_with(0, 0);
    schedule_hook(add_in_between);
    int error = series_mean(&series, &mean);
    schedule_hook(NULL);
    ck_assert_msg(error == 0,
                  "while series_mean waited for the lock, two values came: "
                  "their mean must be taken, but the result is %d. Who looks "
                  "before the lock is held sees the past. See \"Every access "
                  "locked, and wrong\".",
                  error);
    ck_assert_msg(mean == came / 2,
                  "the values were 2 with sum %g while the lock was held, and "
                  "more came after the unlock: the mean is %g, not %g. Both "
                  "numbers must be read in one critical section.",
                  came, came / 2, mean);
}
END_TEST

START_TEST(returns_the_error_of_the_lock)
{
    double mean = -1;
    begin_with(4, 10);
    schedule_fail(CALL_LOCK, EAGAIN, 0);
    int error = series_mean(&series, &mean);
    ck_assert_msg(error == EAGAIN,
                  "pthread_mutex_lock failed with %d (%s): this must be the "
                  "result, not %d",
                  EAGAIN, strerror(EAGAIN), error);
    ck_assert_msg(mean == -1, "*mean must be left as it was");
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == 0,
                  "a lock that was not taken must not be given back");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Both numbers at once");
    TCase *tcase = tcase_create("series_mean");
    tcase_add_test(tcase, takes_the_mean);
    tcase_add_test(tcase, says_that_there_is_none);
    tcase_add_test(tcase, looks_under_the_lock);
    tcase_add_test(tcase, returns_the_error_of_the_lock);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
