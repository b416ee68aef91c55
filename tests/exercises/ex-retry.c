/* Exercise "Try again, but not everything": persist, on an executor that does
 * what the test has written down. */
#include "lib/executor_kind.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

int persist(struct executor *executor, const struct task *task,
            const void *argument, void *result, unsigned tries);

/* What becomes of each attempt: an error, and whether the worker died. */
struct fate {
    int error;
    bool dies;
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
                            .signal = future->fate.dies ? SIGKILL : 0};
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

static struct fate died = {EOWNERDEAD, true}, good = {0, false};

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

START_TEST(an_answer_is_enough)
{
    struct fate script[] = {good, good, good};
    ck_assert_int_eq(run_persist(true, 3, script), 0);
    ck_assert_msg(attempts == 1, "%d attempts for a good task", attempts);
}
END_TEST

START_TEST(a_death_is_repeated)
{
    struct fate script[] = {died, died, good, good};
    ck_assert_int_eq(run_persist(true, 3, script), 0);
    ck_assert_int_eq(attempts, 3);
}
END_TEST

START_TEST(tries_have_an_end)
{
    struct fate script[] = {died, died, died, good, good};
    ck_assert_int_eq(run_persist(true, 3, script), EOWNERDEAD);
    ck_assert_msg(attempts == 3, "tries was 3, and there were %d attempts",
                  attempts);
}
END_TEST

START_TEST(an_error_is_an_answer)
{
    struct fate script[] = {{_i == 0 ? ENOENT : EOWNERDEAD, false}, good, good};
    ck_assert_int_eq(run_persist(true, 3, script), script[0].error);
    ck_assert_msg(attempts == 1,
                  "the task itself has returned an error; no worker died");
}
END_TEST

START_TEST(what_must_not_be_repeated_is_not)
{
    struct fate script[] = {died, good, good};
    ck_assert_int_eq(run_persist(false, 3, script), EOWNERDEAD);
    ck_assert_msg(attempts == 1, "the task is not repeatable (see \"A death "
                                 "in the pool\")");
}
END_TEST

START_TEST(a_refused_submit_is_the_end)
{
    struct fate script[] = {died, died, died};
    refuse = 1 + _i;
    ck_assert_int_eq(run_persist(true, 3, script), ECANCELED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ex-retry");
    const TTest *once[] = {an_answer_is_enough, a_death_is_repeated,
                           tries_have_an_end, what_must_not_be_repeated_is_not};
    const TTest *twice[] = {an_error_is_an_answer, a_refused_submit_is_the_end};
    add_tests(suite, "once", 1, once, 4);
    add_tests(suite, "twice", 2, twice, 2);
    return run_suite(suite);
}
