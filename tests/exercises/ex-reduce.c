/* Exercise "A sum over many tasks": reduce. Most tests use an executor of their
 * own, which runs a task when it is asked for the result. */
#include "lib/executor.h"
#include "lib/executor_kind.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reduction {
    long identity;
    long (*value)(long index);
    long (*combine)(long left, long right);
};

struct piece {
    const struct reduction *reduction;
    long begin, end;
};

int reduce(struct executor *executor, const struct reduction *reduction,
           long begin, long end, int parts, long *total);

/* ---------- an executor that can be watched ---------- */

static struct executor fake;
static int submitted, gotten, freed;
static long shortest, longest; /* of the pieces */
static int wanted_parts; /* nobody may get before so many are submitted */
static int refuse_at = -1, fail_at = -1;

struct fake_future {
    struct future base;
    int number, asked;
    const struct task *task;
    _Alignas(8) char argument[64], result[64];
};

static struct future *fake_submit(struct executor *executor,
                                  const struct task *task, const void *argument)
{
    if (submitted == refuse_at) {
        errno = EAGAIN;
        return NULL;
    }
    struct fake_future *future = calloc(1, sizeof *future);
    if (!future)
        abort();
    future->base.executor = executor;
    future->number = submitted++;
    future->task = task;
    ck_assert_uint_le(task->argument_size, sizeof future->argument);
    memcpy(future->argument, argument, task->argument_size);
    const struct piece *piece = (const struct piece *)future->argument;
    long length = piece->end - piece->begin;
    if (submitted == 1 || length < shortest)
        shortest = length;
    if (submitted == 1 || length > longest)
        longest = length;
    return &future->base;
}

static int fake_get(struct future *base, void *result,
                    const struct timespec *deadline)
{
    struct fake_future *future = (struct fake_future *)base;
    (void)deadline;
    ck_assert_msg(submitted >= wanted_parts || refuse_at >= 0,
                  "future_get was called when %d pieces had been submitted: "
                  "there must be %d, and all are submitted first (section \"A "
                  "future\")",
                  submitted, wanted_parts);
    gotten++;
    future->asked = 1;
    if (future->number == fail_at)
        return ECANCELED;
    int error = future->task->run(future->argument, future->result);
    memcpy(result, future->result, sizeof(long));
    return error;
}

static void fake_free(struct future *base)
{
    struct fake_future *future = (struct fake_future *)base;
    ck_assert_msg(future->asked, "the future of a piece was freed before the "
                                 "piece had ended: it still uses *reduction");
    freed++;
    free(future);
}

static const struct executor_kind fake_kind = {
    .submit = fake_submit, .get = fake_get, .free_future = fake_free};

static void begin_fake(int parts)
{
    submitted = gotten = freed = 0;
    wanted_parts = parts;
    executor_begin(&fake, &fake_kind);
}

/* ---------- what is reduced ---------- */

static long same(long index)
{
    return index;
}

static long add(long left, long right)
{
    return left + right;
}

/* Decimal digits side by side: the order shows. */
static long append(long left, long right)
{
    long shift = 1;
    while (shift <= right)
        shift *= 10;
    return left * shift + right;
}

static const struct reduction sum = {0, same, add}, digits = {0, same, append};

static void expect(const struct reduction *reduction, long begin, long end,
                   int parts, long wanted)
{
    long total = -77;
    begin_fake(end - begin < parts ? (int)(end - begin) : parts);
    int error = reduce(&fake, reduction, begin, end, parts, &total);
    ck_assert_msg(error == 0, "reduce returned %s", strerror(error));
    ck_assert_msg(total == wanted,
                  "%ld to %ld in %d parts must give %ld, not %ld", begin,
                  end - 1, parts, wanted, total);
    ck_assert_msg(freed == submitted, "%d futures, and %d freed", submitted,
                  freed);
    ck_assert_msg(submitted <= parts, "%d pieces, and at most %d wanted",
                  submitted, parts);
    ck_assert_msg(submitted >= wanted_parts, "%d pieces in place of %d",
                  submitted, wanted_parts);
    ck_assert_msg(submitted == 0 || longest - shortest <= 1,
                  "%ld items in %d parts: one piece has %ld and another %ld",
                  end - begin, parts, shortest, longest);
}

START_TEST(sums_whatever_the_parts)
{
    for (int parts = 1; parts <= 10; parts++)
        expect(&sum, 0, 10, parts, 45);
    expect(&sum, 3, 10, 4, 42);
    expect(&sum, -2, 3, 3, 0);
    for (int i = 0; i < 5; i++) {
        long begin = vary(-100, 100), length = vary(1, 200);
        expect(&sum, begin, begin + length, (int)vary(1, 12),
               length * begin + length * (length - 1) / 2);
    }
}
END_TEST

START_TEST(there_may_be_fewer_items_than_parts)
{
    expect(&sum, 0, 2, 5, 1);
    expect(&sum, 4, 5, 2, 4);
}
END_TEST

START_TEST(an_empty_range_gives_the_identity)
{
    expect(&sum, 5, 5, 3, 0);
    expect(&sum, 0, 0, 1, 0);
}
END_TEST

START_TEST(combines_from_left_to_right)
{
    for (int parts = 1; parts <= 9; parts++)
        expect(&digits, 1, 10, parts, 123456789);
}
END_TEST

START_TEST(an_error_of_submit_is_returned)
{
    for (refuse_at = 0; refuse_at < 4; refuse_at++) {
        long total = -77;
        begin_fake(4);
        int error = reduce(&fake, &sum, 0, 100, 4, &total);
        ck_assert_msg(error == EAGAIN,
                      "executor_submit failed with EAGAIN, reduce returned %s",
                      strerror(error));
        ck_assert_msg(total == -77, "after an error *total has changed");
        ck_assert_msg(freed == submitted,
                      "%d pieces were submitted before the error, and %d of "
                      "their futures freed",
                      submitted, freed);
    }
}
END_TEST

START_TEST(an_error_of_get_is_returned)
{
    for (fail_at = 0; fail_at < 4; fail_at++) {
        long total = -77;
        begin_fake(4);
        int error = reduce(&fake, &sum, 0, 100, 4, &total);
        ck_assert_msg(error == ECANCELED,
                      "future_get failed with ECANCELED, reduce returned %s",
                      strerror(error));
        ck_assert_msg(total == -77, "after an error *total has changed");
        ck_assert_int_eq(freed, submitted);
    }
}
END_TEST

START_TEST(works_with_threads)
{
    struct executor *executor =
        executor_threads(&(struct executor_options){.max_workers = 3});
    ck_assert(executor != NULL);
    long total = 0;
    long end = vary(1000, 20000);
    ck_assert_int_eq(reduce(executor, &sum, 0, end, 7, &total), 0);
    ck_assert_int_eq(total, end * (end - 1) / 2);
    executor_free(executor);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A sum over many tasks");
    TCase *tests = tcase_create("reduce");
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, sums_whatever_the_parts);
    tcase_add_test(tests, there_may_be_fewer_items_than_parts);
    tcase_add_test(tests, an_empty_range_gives_the_identity);
    tcase_add_test(tests, combines_from_left_to_right);
    tcase_add_test(tests, an_error_of_submit_is_returned);
    tcase_add_test(tests, an_error_of_get_is_returned);
    tcase_add_test(tests, works_with_threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
