/* Exercise "How many workers?": workers_for. */
#include "run.h"

#include <check.h>
#include <stddef.h>
#include <stdint.h>

size_t workers_for(size_t cores, uint64_t wait, uint64_t compute, size_t tasks,
                   size_t most);

enum { MANY = 1000000 };

static void expect(size_t wanted, size_t cores, uint64_t wait, uint64_t compute,
                   size_t tasks, size_t most)
{
    size_t workers = workers_for(cores, wait, compute, tasks, most);
    ck_assert_msg(workers == wanted,
                  "%zu cores, wait %llu, compute %llu, %zu tasks, at most %zu: "
                  "%zu workers, not %zu (section \"Both in one task\")",
                  cores, (unsigned long long)wait, (unsigned long long)compute,
                  tasks, most, wanted, workers);
}

START_TEST(the_formula)
{
    expect(2, 2, 0, 1000, MANY, MANY);
    expect(4, 2, 1000, 1000, MANY, MANY);
    expect(20, 2, 9000, 1000, MANY, MANY);
    expect(800, 8, 99, 1, MANY, MANY);
    for (int i = 0; i < 20; i++) {
        uint64_t cores = (uint64_t)vary(1, 64),
                 compute = (uint64_t)vary(1, 999);
        uint64_t wait = (uint64_t)vary(0, 9999);
        uint64_t all = cores * (wait + compute);
        expect((all + compute - 1) / compute, cores, wait, compute, MANY, MANY);
    }
}
END_TEST

START_TEST(what_is_behind_the_point_counts)
{
    expect(6, 4, 1, 2, MANY, MANY);
    expect(15, 8, 7, 8, MANY, MANY);
    expect(5, 2, 3, 2, MANY, MANY);
}
END_TEST

START_TEST(rounded_up_once_and_at_the_end)
{
    expect(3, 2, 1, 1000, MANY, MANY);
    expect(4, 2, 501, 1000, MANY, MANY);
    expect(3, 2, 500, 1000, MANY, MANY);
    expect(9, 8, 1, 8, MANY, MANY); /* not 8 times 2 */
}
END_TEST

START_TEST(exactly)
{
    /* Whole numbers, by fractions that no floating point number has. */
    for (uint64_t compute = 1; compute <= 60; compute++)
        for (uint64_t wait = 1; wait <= 60; wait++)
            expect(compute + wait, compute, wait, compute, MANY, MANY);
}
END_TEST

START_TEST(no_more_than_tasks_and_most)
{
    expect(7, 2, 9000, 1000, 7, MANY);
    expect(5, 2, 9000, 1000, 7, 5);
    expect(5, 2, 9000, 1000, 5, 7);
    expect(1, 8, 0, 1000, 1, MANY);
    expect(3, 8, 0, 1000, MANY, 3);
    expect(3000000000, 2, 1, 0, 3000000000, SIZE_MAX); /* above an int */
    expect(3000000000, 2, 1, 0, SIZE_MAX, 3000000000);
}
END_TEST

START_TEST(tasks_that_only_wait)
{
    expect(50, 2, 1000, 0, 50, MANY);
    expect(40, 2, 1, 0, 50, 40);
}
END_TEST

START_TEST(nothing_is_known)
{
    expect(6, 6, 0, 0, MANY, MANY);
    expect(2, 6, 0, 0, 2, MANY);
    expect(2, 6, 0, 0, MANY, 2);
}
END_TEST

START_TEST(at_least_one)
{
    expect(1, 4, 1000, 1000, 0, MANY);
    expect(1, 4, 1000, 0, 0, MANY);
    expect(1, 4, 0, 0, 0, 9);
}
END_TEST

START_TEST(large_times)
{
    const uint64_t large = 1000000000000000000;
    expect(MANY, 64, large, 1, MANY, MANY);
    expect(64, 64, 0, large, MANY, MANY);
    expect(128, 64, large, large, MANY, MANY);
    expect(65, 64, 1, large, MANY, MANY);
    expect(1, 1, large, 1, 1, MANY);
    expect(128, 64, large - 1, large, MANY, MANY);
    expect(MANY, 32, (uint64_t)1 << 59, 1, MANY, MANY); /* 2 to the 64th */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("How many workers?");
    TCase *tests = tcase_create("workers_for");
    tcase_add_test(tests, the_formula);
    tcase_add_test(tests, what_is_behind_the_point_counts);
    tcase_add_test(tests, rounded_up_once_and_at_the_end);
    tcase_add_test(tests, exactly);
    tcase_add_test(tests, no_more_than_tasks_and_most);
    tcase_add_test(tests, tasks_that_only_wait);
    tcase_add_test(tests, nothing_is_known);
    tcase_add_test(tests, at_least_one);
    tcase_add_test(tests, large_times);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
