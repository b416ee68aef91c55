/* Exercise "Time left": progress_add, progress_rate, progress_left. */
#include "run.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 8, UNKNOWN = -1, LONGEST = 359999 };

struct progress {
    struct sample {
        int64_t time;
        uint64_t done;
    } samples[SAMPLES];
    size_t count;
};

void progress_add(struct progress *progress, int64_t time, uint64_t done);
double progress_rate(const struct progress *progress);
int64_t progress_left(const struct progress *progress, uint64_t total);

static struct progress progress;

enum { BEGAN = 1000 }; /* seconds on the clock when the program starts */

static void add(double seconds, uint64_t done)
{
    progress_add(&progress, (int64_t)((BEGAN + seconds) * 1e9), done);
}

static void expect_rate(double wanted, const char *when)
{
    double got = progress_rate(&progress);
    ck_assert_msg(fabs(got - wanted) <= wanted * 1e-6,
                  "%s the rate must be %g items per second, not %g", when,
                  wanted, got);
}

/* What is expected is not near a border, so that it does not matter how exactly
 * somebody computes; but for one item a second, which all compute exactly. */
static void expect_left(int64_t wanted, uint64_t total, const char *when)
{
    int64_t got = progress_left(&progress, total);
    ck_assert_msg(got == wanted,
                  "%s, %" PRIu64 " items in all: %" PRId64
                  " seconds left expected (-1: unknown), got %" PRId64,
                  when, total, wanted, got);
}

START_TEST(in_the_beginning)
{
    expect_rate(0, "without a sample");
    expect_left(UNKNOWN, 100, "without a sample");
    expect_left(0, 0, "without a sample");
    add(0, 10);
    expect_rate(0, "with one sample");
    expect_left(UNKNOWN, 100, "with one sample");
    expect_left(0, 10, "with one sample");
}
END_TEST

START_TEST(two_samples)
{
    add(0, 0);
    add(2, 20);
    expect_rate(10, "20 items in 2 seconds:");
    expect_left(1, 24, "10 items a second, 4 left");
    expect_left(8, 95, "10 items a second, 75 left");
    expect_left(9999, 100005, "10 items a second, 99985 left");
    expect_left(0, 20, "all are done");
    expect_left(0, 15, "more are done than there were");
}
END_TEST

START_TEST(whole_seconds)
{
    add(0, 0);
    add(1, 1);
    expect_left(7, 8, "one item a second, 7 left");
    expect_left(LONGEST, 1 + (uint64_t)LONGEST,
                "one item a second, LONGEST left");
    expect_left(UNKNOWN, 2 + (uint64_t)LONGEST,
                "one item a second, one more than LONGEST left");
}
END_TEST

START_TEST(an_earlier_run_does_not_count)
{
    uint64_t before = (uint64_t)vary(1000, 1000000);
    add(0, before);
    add(1, before + 100);
    expect_rate(100, "many items were done before, 100 in this second:");
    expect_left(3, before + 350, "100 items a second, 250 left");
}
END_TEST

START_TEST(slow_work)
{
    add(0, 0);
    add(40, 3);
    expect_rate(0.075, "three items in 40 seconds:");
    expect_left(27, 5, "three items in 40 seconds, two left");
}
END_TEST

START_TEST(only_the_last_ones_count)
{
    char when[60];
    /* One a second, and from 20 on a hundred a second. */
    for (int i = 0; i < 60; i++) {
        uint64_t done = i <= 20 ? (uint64_t)i : 20 + 100 * (uint64_t)(i - 20);
        add(i, done);
        if (i == 0)
            continue;
        int from = i < SAMPLES ? 0 : i - SAMPLES + 1;
        double before = from <= 20 ? from : 20 + 100 * (from - 20);
        snprintf(when, sizeof when, "after %d samples (see the first hint)",
                 i + 1);
        expect_rate(((double)done - before) / (i - from), when);
    }
}
END_TEST

START_TEST(one_slow_item_is_no_jump)
{
    for (int i = 0; i <= 6; i++)
        add(i, 10 * (uint64_t)i);
    add(7, 60);
    expect_rate(60.0 / 7, "six seconds with 10 items, and one without any:");
}
END_TEST

START_TEST(nothing_is_done)
{
    add(0, 5);
    add(1, 5);
    add(2, 5);
    expect_rate(0, "nothing was done in two seconds:");
    expect_left(UNKNOWN, 10, "nothing was done in two seconds");
    expect_left(0, 5, "all was done before");
}
END_TEST

START_TEST(two_samples_at_one_time)
{
    add(0, 0);
    add(0, 4);
    expect_rate(0, "two samples at one time are one sample:");
    expect_left(UNKNOWN, 10, "two samples at one time are one sample");
    add(2, 10);
    expect_rate(3, "4 items in the beginning, 10 after 2 seconds:");
    add(2, 24);
    expect_rate(10, "a second count for the same time, 24:");
    expect_left(0, 24, "the newest count is 24");
    add(1, 34);
    expect_rate(15, "a sample that comes late, 34, is in place of 24:");
    add(3, 34);
    expect_rate(10, "4 items in the beginning, 34 after 3 seconds:");
}
END_TEST

START_TEST(somebody_began_anew)
{
    for (int i = 0; i < 12; i++)
        add(i, 1000 + 10 * (uint64_t)i);
    add(12, 3);
    expect_rate(0, "the count went down, and this is the first sample:");
    expect_left(UNKNOWN, 10, "the count went down");
    expect_left(0, 3, "the count went down to 3");
    add(14, 9);
    expect_rate(3, "3 items in the new beginning, 9 after 2 seconds:");
    for (int i = 0; i < 12; i++)
        add(15 + i, 9);
    expect_rate(0, "nothing was done since:");
}
END_TEST

START_TEST(somebody_began_anew_before)
{
    add(0, 10);
    add(10, 50);
    add(_i ? 10 : 5, 3);
    expect_rate(0, "the count went down, and the time is not later:");
    add(12, 3 + 2 * (uint64_t)(_i ? 2 : 7));
    expect_rate(2, "two items a second since the count went down:");
}
END_TEST

START_TEST(longer_than_anybody_waits)
{
    add(0, 0);
    add(100000, 3);
    expect_left(133334, 7, "three items in 100,000 seconds, four left");
    expect_left(UNKNOWN, 16, "433,333 seconds are too long");
    expect_left(UNKNOWN, UINT64_MAX, "more seconds than fit into an int64_t");
}
END_TEST

START_TEST(large_counts)
{
    uint64_t many = UINT64_C(1) << 62;
    add(0, many);
    add(1, many + (UINT64_C(1) << 40));
    expect_rate(0x1p40, "2 to the power of 40 items in a second:");
    expect_left(4, many + (UINT64_C(9) << 39), "three and a half seconds");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Time left");
    TCase *tcase = tcase_create("progress");
    tcase_add_test(tcase, in_the_beginning);
    tcase_add_test(tcase, two_samples);
    tcase_add_test(tcase, whole_seconds);
    tcase_add_test(tcase, an_earlier_run_does_not_count);
    tcase_add_test(tcase, slow_work);
    tcase_add_test(tcase, only_the_last_ones_count);
    tcase_add_test(tcase, one_slow_item_is_no_jump);
    tcase_add_test(tcase, nothing_is_done);
    tcase_add_test(tcase, two_samples_at_one_time);
    tcase_add_test(tcase, somebody_began_anew);
    tcase_add_loop_test(tcase, somebody_began_anew_before, 0, 2);
    tcase_add_test(tcase, longer_than_anybody_waits);
    tcase_add_test(tcase, large_counts);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
