/* Exercise "An array that all can see": new_shared and scale. */
#include "lib/executor.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <sys/mman.h>

double *new_shared(size_t count);
int scale(struct executor *executor, double *array, size_t count, double factor,
          size_t shards);

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
    ck_assert_int_eq(scale(executor, array, count, 3, cases[_i].shards), 0);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(array[i] == ((double)i + 1) * 3,
                      "element %zu of %zu, in %zu shards, is %g and not %g "
                      "(see \"One memory for two\" in chapter 3)",
                      i, count, cases[_i].shards, array[i],
                      ((double)i + 1) * 3);
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

int main(void)
{
    Suite *suite = suite_create("ex-shards");
    const TTest *each[] = {scales_each_element_once};
    const TTest *once[] = {says_what_the_map_says};
    add_tests(suite, "each", 6, each, 1);
    add_tests(suite, "once", 1, once, 1);
    return run_suite(suite);
}
