/* Exercise "Four at a time": limiter_submit. Most tests use an executor of
 * their own, whose tasks end when the test says so. */
#include "lib/executor.h"
#include "lib/executor_kind.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct limiter {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    int permits;
};

struct future *limiter_submit(struct limiter *limiter,
                              struct executor *executor,
                              const struct task *task, const void *argument);

static struct limiter limiter = {PTHREAD_MUTEX_INITIALIZER,
                                 PTHREAD_COND_INITIALIZER, 2};

/* ---------- an executor that can be watched ---------- */

static struct executor fake;
static int refusal; /* what executor_submit fails with */
static bool ends_at_once, no_callbacks, no_cancel;
static int got, cancelled, freed;
static _Atomic int submitted;

struct fake_future {
    struct future base;
    void (*callback)(struct future *future, void *context);
    void *context;
};

static struct future *fake_submit(struct executor *executor,
                                  const struct task *task, const void *argument)
{
    static struct fake_future futures[8];
    (void)task, (void)argument;
    ck_assert_msg(schedule_held() == 0,
                  "executor_submit was called with the lock held");
    ck_assert_msg(limiter.permits >= 0,
                  "a task was submitted without a permit (there are %d)",
                  limiter.permits);
    if (refusal) {
        errno = refusal;
        return NULL;
    }
    ck_assert_int_lt(submitted, 8);
    struct fake_future *future = &futures[submitted++];
    future->base.executor = executor;
    return &future->base;
}

static int fake_on_done(struct future *base,
                        void (*callback)(struct future *, void *),
                        void *context)
{
    struct fake_future *future = (struct fake_future *)base;
    if (no_callbacks)
        return ENOMEM;
    if (ends_at_once) {
        callback(base, context);
    } else {
        future->callback = callback;
        future->context = context;
    }
    return 0;
}

static void end_task(struct future *base)
{
    struct fake_future *future = (struct fake_future *)base;
    ck_assert_msg(future->callback != NULL,
                  "nobody has asked to be told when the task ends");
    future->callback(base, future->context);
}

static void expect_kept(void)
{
    if (no_callbacks)
        ck_assert_msg(limiter.permits == 1,
                      "the permit was given back before the task had ended");
}

static int fake_get(struct future *base, void *result,
                    const struct timespec *deadline)
{
    (void)base, (void)result, (void)deadline;
    expect_kept();
    got++;
    return 0;
}

static int fake_cancel(struct future *base)
{
    (void)base;
    expect_kept();
    cancelled += !no_cancel;
    return no_cancel ? EBUSY : 0;
}

static void fake_free(struct future *base)
{
    (void)base;
    freed++;
}

static const struct executor_kind fake_kind = {.submit = fake_submit,
                                               .get = fake_get,
                                               .cancel = fake_cancel,
                                               .on_done = fake_on_done,
                                               .free_future = fake_free};

static int do_nothing(const void *argument, void *result)
{
    (void)argument, (void)result;
    return 0;
}

static const struct task nothing = {.name = "nothing", .run = do_nothing};

static struct future *submit(void)
{
    return limiter_submit(&limiter, &fake, &nothing, NULL);
}

static void expect_permits(int wanted, const char *when)
{
    ck_assert_msg(limiter.permits == wanted,
                  "%s %d permits must be free, not "
                  "%d",
                  when, wanted, limiter.permits);
    ck_assert_msg(schedule_held() == 0, "%s the lock is still held", when);
}

START_TEST(a_permit_is_kept_until_the_task_ends)
{
    executor_begin(&fake, &fake_kind);
    struct future *first = submit(), *second;
    ck_assert(first != NULL);
    expect_permits(1, "while one task runs");
    second = submit();
    ck_assert(second != NULL);
    expect_permits(0, "while two tasks run");
    ck_assert_msg(got == 0, "limiter_submit must not wait for the task");
    end_task(second);
    expect_permits(1, "after the end of one");
    end_task(first);
    expect_permits(2, "after the end of both");
}
END_TEST

static int locked;

static void see_lock(enum point point, const void *object)
{
    if (object != &limiter.lock)
        return;
    if (point == BEFORE_LOCK && locked++ == 0)
        ck_assert_msg(limiter.permits == 1, "permits changed before the lock");
    if (point == AFTER_UNLOCK)
        ck_assert_msg(limiter.permits == 2, "permits changes after the unlock");
}

START_TEST(a_permit_comes_back_under_the_lock)
{
    executor_begin(&fake, &fake_kind);
    struct future *future = submit();
    ck_assert(future != NULL);
    schedule_hook(see_lock);
    end_task(future);
    schedule_hook(NULL);
    ck_assert_msg(locked > 0,
                  "permits was changed without the lock: who looks at it and "
                  "then sleeps may miss the signal (section \"The last task, "
                  "and nobody hears it\")");
}
END_TEST

START_TEST(a_task_may_end_at_once)
{
    executor_begin(&fake, &fake_kind);
    ends_at_once = true;
    for (int i = 0; i < 5; i++) {
        ck_assert(submit() != NULL);
        expect_permits(2, "after a task that ended at once");
    }
}
END_TEST

START_TEST(a_refusal_costs_no_permit)
{
    executor_begin(&fake, &fake_kind);
    refusal = ECANCELED;
    for (int i = 0; i < 3; i++) {
        errno = 0;
        ck_assert(submit() == NULL);
        ck_assert_msg(errno == ECANCELED,
                      "errno must be what executor_submit "
                      "set, ECANCELED, not %d",
                      errno);
        expect_permits(2, "after a task that was refused");
    }
}
END_TEST

START_TEST(no_callback_no_task)
{
    executor_begin(&fake, &fake_kind);
    no_callbacks = true;
    no_cancel = _i;
    errno = 0;
    ck_assert_msg(submit() == NULL,
                  "without a callback nobody gives the permit back");
    ck_assert_int_eq(errno, ENOMEM);
    expect_permits(2, "after future_on_done has failed");
    ck_assert_msg(_i ? got == 1 : cancelled == 1,
                  "the task must be cancelled, or waited for");
    ck_assert_msg(freed == 1, "its future must be freed");
}
END_TEST

static void *submit_one(void *argument)
{
    (void)argument;
    return submit();
}

START_TEST(the_third_waits_for_the_first)
{
    pthread_t third;
    void *future;
    executor_begin(&fake, &fake_kind);
    struct future *first = submit();
    ck_assert(first != NULL && submit() != NULL);
    schedule_spurious(_i);
    ck_assert_int_eq(pthread_create(&third, NULL, submit_one, NULL), 0);
    while (schedule_count(BEFORE_WAIT) < 1 + _i && submitted < 3)
        ;
    ck_assert_msg(submitted == 2, "two tasks run, two are allowed, and a third "
                                  "was submitted");
    schedule_await_waiting(1);
    end_task(first);
    ck_assert_int_eq(pthread_join(third, &future), 0);
    ck_assert(future != NULL && submitted == 3);
    expect_permits(0, "after the third has begun");
}
END_TEST

START_TEST(works_with_threads)
{
    enum { MOST = 300 };
    int tasks = (int)vary(100, MOST);
    struct future *futures[MOST];
    struct executor *executor =
        executor_threads(&(struct executor_options){.max_workers = 4});
    ck_assert(executor != NULL);
    for (int i = 0; i < tasks; i++) {
        futures[i] = limiter_submit(&limiter, executor, &nothing, NULL);
        ck_assert(futures[i] != NULL);
    }
    executor_shutdown(executor, SHUTDOWN_WAIT);
    expect_permits(2, "after the end of all tasks");
    for (int i = 0; i < tasks; i++)
        future_free(futures[i]);
    executor_free(executor);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Four at a time");
    TCase *tests = tcase_create("limiter");
    tcase_set_timeout(tests, 8);
    tcase_add_test(tests, a_permit_is_kept_until_the_task_ends);
    tcase_add_test(tests, a_permit_comes_back_under_the_lock);
    tcase_add_test(tests, a_task_may_end_at_once);
    tcase_add_test(tests, a_refusal_costs_no_permit);
    tcase_add_loop_test(tests, no_callback_no_task, 0, 2);
    tcase_add_loop_test(tests, the_third_waits_for_the_first, 0, 2);
    tcase_add_test(tests, works_with_threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
