/* Exercise "A verdict on the account": give_verdict, with accounts of all
 * kinds. Nothing is timed. */
#include "run.h"

#include <check.h>
#include <stdint.h>

enum verdict { UNKNOWN, WAITS, COMPUTES, MIXED };

struct times {
    int64_t wall, cpu, ready;
};

enum verdict give_verdict(const struct times *times, double *busy);

static const char *const names[] = {"UNKNOWN", "WAITS", "COMPUTES", "MIXED"};

static void expect(int64_t wall, int64_t cpu, int64_t ready,
                   enum verdict wanted, double cores)
{
    struct times times = {wall, cpu, ready};
    double busy = -1;
    enum verdict verdict = give_verdict(&times, &busy);
    ck_assert_msg(verdict == wanted,
                  "wall %lld, cpu %lld, ready %lld: the verdict must be %s, "
                  "not %s (section \"Which kind is it?\")",
                  (long long)wall, (long long)cpu, (long long)ready,
                  names[wanted], names[verdict]);
    double off = busy - cores;
    ck_assert_msg(off < 1e-9 && off > -1e-9,
                  "wall %lld, cpu %lld: %.3f cores were busy, not %.3f",
                  (long long)wall, (long long)cpu, cores, busy);
}

START_TEST(clear_cases)
{
    expect(1000, 10, 0, WAITS, 0.01);
    expect(1000, 990, 0, COMPUTES, 0.99);
    expect(1000, 500, 0, MIXED, 0.5);
    expect(1000, 1000, 0, COMPUTES, 1);
    expect(1000, 0, 0, WAITS, 0);
    for (int i = 0; i < 10; i++) {
        int64_t unit = vary(1, 1000000), waits = vary(81, 99);
        expect(100 * unit, (100 - waits) * unit, 0, WAITS,
               (double)(100 - waits) / 100);
        expect(100 * unit, waits * unit, 0, COMPUTES, (double)waits / 100);
    }
}
END_TEST

START_TEST(a_busy_machine_is_not_held_against_a_task)
{
    expect(1000, 250, 750, COMPUTES, 0.25);
    expect(1000, 200, 790, COMPUTES, 0.2);
    expect(1000, 10, 500, WAITS, 0.01);
    expect(1000, 100, 800, MIXED, 0.1);
    expect(1000, 0, 1000, UNKNOWN, 0);
}
END_TEST

START_TEST(the_borders_are_four_to_one)
{
    expect(1000, 200, 0, MIXED, 0.2); /* 800 to 200: not more than four */
    expect(1000, 199, 0, WAITS, 0.199);
    expect(1000, 800, 0, MIXED, 0.8);
    expect(1000, 801, 0, COMPUTES, 0.801);
}
END_TEST

START_TEST(clocks_disagree_a_little)
{
    expect(1000, 1003, 0, COMPUTES, 1.003);
    expect(1000, 600, 402, COMPUTES, 0.6);
    expect(1000, 1, 1005, COMPUTES, 0.001);
}
END_TEST

START_TEST(several_threads)
{
    expect(1000, 1900, 0, COMPUTES, 1.9);
    expect(1000, 3000, 2000, COMPUTES, 3);
}
END_TEST

START_TEST(nothing_has_happened)
{
    expect(0, 0, 0, UNKNOWN, 0);
    expect(0, 5, 0, COMPUTES, 0);
    expect(7, 0, 7, UNKNOWN, 0);
    expect(1000, 0, 1003, UNKNOWN, 0);
}
END_TEST

START_TEST(large_numbers)
{
    const int64_t large = 1000000000000000000;
    expect(large, large / 4, 0, MIXED, 0.25);
    expect(large, large / 10, 0, WAITS, 0.1);
    expect(large, large, 0, COMPUTES, 1);
    expect(large, large, large, COMPUTES, 1);
    expect(1, large, 0, COMPUTES, 1e18);
    expect(large, 1, 0, WAITS, 1e-18);
}
END_TEST

START_TEST(borders_of_large_numbers)
{
    /* One nanosecond beside the border: a double does not see it. */
    const int64_t large = 1000000000000000000;
    expect(large, large / 5, 0, MIXED, 0.2);
    expect(large, large / 5 - 1, 0, WAITS, 0.2);
    expect(large, large / 5 * 4, 0, MIXED, 0.8);
    expect(large, large / 5 * 4 + 1, 0, COMPUTES, 0.8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A verdict on the account");
    TCase *tests = tcase_create("give_verdict");
    tcase_add_test(tests, clear_cases);
    tcase_add_test(tests, a_busy_machine_is_not_held_against_a_task);
    tcase_add_test(tests, the_borders_are_four_to_one);
    tcase_add_test(tests, clocks_disagree_a_little);
    tcase_add_test(tests, several_threads);
    tcase_add_test(tests, nothing_has_happened);
    tcase_add_test(tests, large_numbers);
    tcase_add_test(tests, borders_of_large_numbers);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
