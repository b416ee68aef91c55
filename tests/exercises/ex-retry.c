/* Exercise "Try again, but not everything": persist, on an executor that does
 * what the test has written down. */
#include "lib/executor_kind.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

int persist(struct executor *executor, const struct task *task,
            const void *argument, void *result, unsigned tries);

/* What becomes of each attempt: an error, and whether the worker died, by a
 * signal or by an exit. */
struct fate {
    int error;
    bool dies;
    int signal, status;
};

static const struct fate *fates;
static int attempts, open_futures, refuse;

struct fake_future {
    struct future base;
    struct fate fate;
};

static struct future *fake_submit(struct executor *executor,
                                  const struct task *task, const void *argument)
{
    (void)task;
    (void)argument;
    if (refuse && attempts == refuse - 1) {
        errno = ECANCELED;
        return NULL;
    }
    struct fake_future *future = malloc(sizeof *future);
    future->base.executor = executor;
    future->fate = fates[attempts++];
    open_futures++;
    return &future->base;
}

static int fake_get(struct future *base, void *result,
                    const struct timespec *deadline)
{
    const struct fake_future *future = (const struct fake_future *)base;
    ck_assert_ptr_null(deadline);
    if (!future->fate.error)
        *(int *)result = attempts;
    return future->fate.error;
}

static struct failure fake_failure(const struct future *base)
{
    const struct fake_future *future = (const struct fake_future *)base;
    return (struct failure){.error = future->fate.error,
                            .process = future->fate.dies ? 4711 : 0,
                            .signal = future->fate.signal,
                            .status = future->fate.status};
}

static void fake_free(struct future *base)
{
    open_futures--;
    free(base);
}

static const struct executor_kind kind = {.submit = fake_submit,
                                          .get = fake_get,
                                          .failure = fake_failure,
                                          .free_future = fake_free};

static const struct fate good = {.error = 0};
static const struct fate died = {EOWNERDEAD, true, SIGKILL, 0};
static const struct fate left = {EOWNERDEAD, true, 0, 3};

static int run_persist(bool repeatable, unsigned tries,
                       const struct fate script[])
{
    struct executor executor;
    struct task task = {.name = "try", .repeatable = repeatable};
    int result = -1;
    fates = script;
    executor_begin(&executor, &kind);
    int error = persist(&executor, &task, NULL, &result, tries);
    if (!error)
        ck_assert_msg(result == attempts,
                      "it returned 0, but the result was not fetched");
    ck_assert_msg(open_futures == 0, "%d futures were not freed", open_futures);
    return error;
}

static void check_error(int error, int expected)
{
    ck_assert_msg(error == expected, "persist returned %d (%s), not %d (%s)",
                  error, strerror(error), expected, strerror(expected));
}

START_TEST(an_answer_is_enough)
{
    struct fate script[] = {good, good, good};
    int error = run_persist(true, 3, script);
    ck_assert_msg(attempts == 1, "%d attempts for a good task", attempts);
    check_error(error, 0);
}
END_TEST

START_TEST(a_death_is_repeated)
{
    int deaths = (int)vary(2, 5);
    struct fate script[8] = {_i == 0 ? died : left};
    for (int i = 1; i < 8; i++)
        script[i] = i < deaths ? died : good;
    int error = run_persist(true, (unsigned)deaths + 1, script);
    ck_assert_msg(attempts == deaths + 1,
                  "the worker died %d times, the first time %s; there should "
                  "be %d attempts, and there were %d",
                  deaths, _i == 0 ? "by a signal" : "by exit(3)", deaths + 1,
                  attempts);
    check_error(error, 0);
}
END_TEST

START_TEST(tries_have_an_end)
{
    int tries = (int)vary(2, 5);
    struct fate script[8] = {died, died, died, died, died, good, good, good};
    int error = run_persist(true, (unsigned)tries, script);
    ck_assert_msg(attempts == tries, "tries was %d, and there were %d attempts",
                  tries, attempts);
    check_error(error, EOWNERDEAD);
}
END_TEST

START_TEST(an_error_is_an_answer)
{
    struct fate script[] = {
        {.error = _i == 0 ? ENOENT : EOWNERDEAD}, good, good};
    int error = run_persist(true, 3, script);
    ck_assert_msg(attempts == 1,
                  "the task itself has returned an error; no worker died "
                  "(future_failure tells the two apart)");
    check_error(error, script[0].error);
}
END_TEST

START_TEST(what_must_not_be_repeated_is_not)
{
    struct fate script[] = {died, good, good};
    int error = run_persist(false, 3, script);
    ck_assert_msg(attempts == 1, "the task is not repeatable (see \"A death "
                                 "in the pool\")");
    check_error(error, EOWNERDEAD);
}
END_TEST

START_TEST(a_refused_submit_is_the_end)
{
    struct fate script[] = {died, died, died};
    refuse = 1 + _i;
    check_error(run_persist(true, 3, script), ECANCELED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ex-retry");
    const TTest *once[] = {an_answer_is_enough, tries_have_an_end,
                           what_must_not_be_repeated_is_not};
    const TTest *twice[] = {a_death_is_repeated, an_error_is_an_answer,
                            a_refused_submit_is_the_end};
    add_tests(suite, "once", 1, once, 3);
    add_tests(suite, "twice", 2, twice, 3);
    return run_suite(suite);
}
