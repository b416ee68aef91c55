/* Exercise "An array that all can see": new_shared and scale. */
#include "lib/executor_kind.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

double *new_shared(size_t count);
int scale(struct executor *executor, double *array, size_t count, double factor,
          size_t shards);

struct shard {
    double *array;
    size_t first, count;
    double factor;
};

static const struct {
    size_t count, shards;
} cases[] = {{12, 3}, {10, 3}, {1, 1}, {2, 5}, {1000, 7}, {9, 10}};

START_TEST(scales_each_element_once)
{
    size_t count = cases[_i].count;
    double *array = new_shared(count);
    ck_assert_ptr_nonnull(array);
    struct executor *executor =
        executor_processes(&(struct executor_options){.max_workers = 2});
    ck_assert_ptr_nonnull(executor);
    for (size_t i = 0; i < count; i++) {
        ck_assert_double_eq(array[i], 0);
        array[i] = (double)i + 1; /* after the pool was made */
    }
    double factor = (double)vary(2, 1000);
    ck_assert_int_eq(scale(executor, array, count, factor, cases[_i].shards),
                     0);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(array[i] == ((double)i + 1) * factor,
                      "element %zu of %zu, in %zu shards, is %g and not %g "
                      "(see \"One memory for two\" in chapter 3)",
                      i, count, cases[_i].shards, array[i],
                      ((double)i + 1) * factor);
    executor_free(executor);
    ck_assert_int_eq(munmap(array, count * sizeof *array), 0);
}
END_TEST

START_TEST(says_what_the_map_says)
{
    double *array = new_shared(10);
    struct executor *executor = executor_processes(NULL);
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    ck_assert_msg(scale(executor, array, 10, 3, 2) == ECANCELED,
                  "the executor was shut down, and nobody learns of it");
    executor_free(executor);
}
END_TEST

/* An executor that looks at the pieces, runs none of them, and returns what
 * the test says. */
static double *whole;
static size_t whole_count, pieces;
static int maps, answer;

static void look_at_piece(const struct shard *piece, char *seen)
{
    ck_assert_msg(piece->array == whole, "a piece of another array");
    ck_assert_double_eq(piece->factor, 3);
    ck_assert_msg(piece->count == 0 ||
                      (piece->first < whole_count &&
                       piece->count <= whole_count - piece->first),
                  "a piece of %zu elements from %zu on, of %zu in all",
                  piece->count, piece->first, whole_count);
    ck_assert_msg(piece->count == whole_count / pieces ||
                      piece->count == (whole_count + pieces - 1) / pieces,
                  "%zu elements in %zu pieces, and one has %zu: no two may "
                  "differ by more than one",
                  whole_count, pieces, piece->count);
    for (size_t i = 0; i < piece->count; i++)
        ck_assert_msg(!seen[piece->first + i]++, "element %zu is in two pieces",
                      piece->first + i);
}

static int fake_map(struct executor *executor, const struct task *task,
                    const void *arguments, void *results, size_t count,
                    const struct map_options *options)
{
    const struct shard *shards = arguments;
    (void)executor;
    (void)results;
    (void)options;
    maps++;
    ck_assert_uint_eq(task->argument_size, sizeof *shards);
    ck_assert_msg(count == pieces, "%zu shards were asked for, not %zu", pieces,
                  count);
    char *seen = calloc(whole_count, 1);
    for (size_t i = 0; i < count; i++)
        look_at_piece(&shards[i], seen);
    for (size_t i = 0; i < whole_count; i++)
        ck_assert_msg(seen[i], "element %zu is in no piece", i);
    free(seen);
    return answer;
}

static const struct executor_kind looking_kind = {.map = fake_map};

static int scale_for_show(size_t count, size_t shards)
{
    struct executor executor;
    executor_begin(&executor, &looking_kind);
    whole = malloc(count * sizeof *whole);
    whole_count = count;
    pieces = shards;
    for (size_t i = 0; i < count; i++)
        whole[i] = 1;
    int error = scale(&executor, whole, count, 3, shards);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(whole[i] == 1,
                      "the program itself has scaled element %zu; that is the "
                      "workers' task",
                      i);
    free(whole);
    return error;
}

START_TEST(cuts_into_even_pieces)
{
    ck_assert_int_eq(scale_for_show(cases[_i].count, cases[_i].shards), 0);
    ck_assert_msg(maps == 1, "executor_map was called %d times, not once",
                  maps);
}
END_TEST

START_TEST(hands_on_any_error)
{
    answer = EOWNERDEAD;
    int error = scale_for_show(10, 3);
    ck_assert_msg(error == EOWNERDEAD,
                  "executor_map returned EOWNERDEAD, and scale %d", error);
}
END_TEST

START_TEST(says_that_memory_is_short)
{
    struct executor executor;
    double array[10] = {0};
    executor_begin(&executor, &looking_kind);
    whole = array;
    whole_count = 10;
    pieces = 3;
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    int error = scale(&executor, array, 10, 3, 3);
    if (schedule_failed(CALL_MALLOC))
        ck_assert_msg(error == ENOMEM,
                      "malloc failed, and scale returned %d and not ENOMEM",
                      error);
    schedule_fail(CALL_MMAP, ENOMEM, 0);
    ck_assert_msg(!new_shared(10), "mmap failed: new_shared returns NULL");
}
END_TEST

START_TEST(refuses_a_size_that_overflows)
{
    errno = 0;
    ck_assert_msg(!new_shared(SIZE_MAX / sizeof(double) + 2) && errno == ENOMEM,
                  "more elements than there is memory for: NULL and ENOMEM; "
                  "count * sizeof(double) can overflow");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ex-shards");
    const TTest *each[] = {scales_each_element_once, cuts_into_even_pieces};
    const TTest *once[] = {says_what_the_map_says, hands_on_any_error,
                           says_that_memory_is_short,
                           refuses_a_size_that_overflows};
    add_tests(suite, "each", 6, each, 2);
    add_tests(suite, "once", 1, once, 4);
    return run_suite(suite);
}
