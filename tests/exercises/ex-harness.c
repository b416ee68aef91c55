/* Exercise "A stopwatch that takes turns": compare, with a clock of its own that
 * moves only when a way is run. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct contender {
    long (*run)(void *argument);
    void *argument;
};

int compare(const struct contender ways[], size_t count, size_t runs,
            int64_t (*clock_now)(void), double medians[]);

/* Under ASan and TSan malloc and calloc of too much shall return NULL, as they
 * do without them. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* ---------- a clock and ways that can be watched ---------- */

static int64_t now;
static char
    order[256]; /* what happened: 't' for the clock, or a way's letter */

static void note(char what)
{
    size_t length = strlen(order);
    ck_assert_uint_lt(length, sizeof order - 1);
    order[length] = what;
}

static int64_t fake_clock(void)
{
    note('t');
    return now;
}

struct way {
    char letter;
    int times; /* how often it was run */
    int64_t takes[16]; /* in the warm-up, and in each run */
    long result, wrong_at, wrong;
};

static long run_way(void *argument)
{
    struct way *way = argument;
    note(way->letter);
    int turn = way->times++;
    now += way->takes[turn % 16];
    return turn == way->wrong_at ? way->wrong : way->result;
}

static struct way ways[3];
static long right; /* what all ways give, unless they are wrong */
static struct contender contenders[3];

static void begin(void)
{
    memset(ways, 0, sizeof ways);
    memset(order, 0, sizeof order);
    now = 1000000;
    right = vary(1, 1000000);
    for (int i = 0; i < 3; i++) {
        ways[i].letter = (char)('A' + i);
        ways[i].result = right;
        ways[i].wrong_at = -1;
        contenders[i] = (struct contender){run_way, &ways[i]};
    }
}

static void measure(size_t count, size_t runs, const double wanted[])
{
    double medians[3] = {-1, -1, -1};
    int error = compare(contenders, count, runs, fake_clock, medians);
    ck_assert_msg(error == 0, "compare returned %d", error);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(medians[i] == wanted[i],
                      "the median of way %c must be %.1f, not %.1f",
                      (int)('A' + i), wanted[i], medians[i]);
}

/* What happened, without the looks at the clock. */
static const char *runs_in_order(void)
{
    static char letters[256];
    size_t length = 0;
    for (const char *c = order; *c; c++)
        if (*c != 't')
            letters[length++] = *c;
    letters[length] = '\0';
    return letters;
}

START_TEST(takes_turns_after_a_warm_up)
{
    begin();
    measure(3, 4, (double[]){0, 0, 0});
    ck_assert_msg(strcmp(runs_in_order(), "ABC"
                                          "ABC"
                                          "BCA"
                                          "CAB"
                                          "ABC") == 0,
                  "three ways and four rounds must run in the order "
                  "ABC ABC BCA CAB ABC, not %s (section \"The mean, and the "
                  "fool's order\")",
                  runs_in_order());
}
END_TEST

START_TEST(forgets_the_warm_up)
{
    begin();
    int64_t first[16] = {900, 10, 10, 10}, second[16] = {5, 20, 20, 20};
    memcpy(ways[0].takes, first, sizeof first);
    memcpy(ways[1].takes, second, sizeof second);
    measure(2, 1, (double[]){10, 20});
    begin();
    memcpy(ways[0].takes, first, sizeof first);
    memcpy(ways[1].takes, second, sizeof second);
    measure(2, 2, (double[]){10, 20});
}
END_TEST

START_TEST(gives_medians)
{
    begin();
    int64_t first[16] = {0, 40, 10, 5000, 20, 30};
    int64_t second[16] = {0, 7, 3, 5, 1, 1};
    memcpy(ways[0].takes, first, sizeof first);
    memcpy(ways[1].takes, second, sizeof second);
    measure(2, 5, (double[]){30, 3});
}
END_TEST

START_TEST(of_an_even_number_too)
{
    begin();
    int64_t first[16] = {0, 40, 10, 5000, 21};
    memcpy(ways[0].takes, first, sizeof first);
    measure(1, 4, (double[]){30.5});
}
END_TEST

START_TEST(times_are_long_and_late)
{
    begin();
    now = (int64_t)1 << 60; /* beyond the whole numbers of a double */
    int64_t first[16] = {0, 3000000001, 9000000003, 5000000002};
    memcpy(ways[0].takes, first, sizeof first);
    measure(1, 3, (double[]){5000000002});
}
END_TEST

START_TEST(looks_at_the_clock_around_each_run)
{
    begin();
    measure(2, 3, (double[]){0, 0});
    for (const char *c = order; *c; c++)
        if (*c != 't' && c - order >= 2 && c[-1] != 't' && c[-2] != 't')
            ck_abort_msg("the clock must be read right before and right after "
                         "each run that is measured: what happened was %s",
                         order);
    size_t length = strlen(order);
    ck_assert_msg(order[length - 1] == 't', "the last run has no end: %s",
                  order);
    ck_assert_msg(count_in(order, "tA") >= 3 && count_in(order, "tB") >= 3 &&
                      count_in(order, "At") >= 3 && count_in(order, "Bt") >= 3,
                  "the clock must be read before and after each run: %s",
                  order);
    ck_assert_msg(count_in(order, "t") >= 2 * 2 * 3,
                  "between two runs the clock must be read twice, or what is "
                  "done there counts: %s",
                  order);
}
END_TEST

START_TEST(what_comes_between_two_runs_is_nobodys)
{
    begin();
    int64_t first[16] = {0, 10, 10, 10}, second[16] = {0, 1000, 1000, 1000};
    memcpy(ways[0].takes, first, sizeof first);
    memcpy(ways[1].takes, second, sizeof second);
    measure(2, 3, (double[]){10, 1000});
}
END_TEST

START_TEST(a_wrong_result_ends_it)
{
    for (int turn = 0; turn < 4; turn++)
        for (int way = 0; way < 2; way++) {
            double medians[3];
            if (turn == 0 && way == 0)
                continue; /* that one says what is right */
            begin();
            ways[way].wrong_at = turn;
            ways[way].wrong = right - 1;
            int error = compare(contenders, 2, 3, fake_clock, medians);
            ck_assert_msg(error == -1,
                          "way %c gave another result in its run %d: compare "
                          "must return -1, not %d",
                          'A' + way, turn, error);
            ck_assert_msg(ways[way].times == turn + 1,
                          "compare went on after a wrong result");
        }
}
END_TEST

START_TEST(results_are_long)
{
    double medians[3];
    begin();
    ways[1].wrong_at = 1;
    ways[1].wrong = right + ((int64_t)1 << 32); /* the same, cut to an int */
    int error = compare(contenders, 2, 3, fake_clock, medians);
    ck_assert_msg(error == -1,
                  "results are numbers of type long: %ld is not "
                  "%ld, and compare returned %d",
                  ways[1].wrong, right, error);
}
END_TEST

START_TEST(zero_is_a_result)
{
    double medians[3];
    begin();
    ways[0].result = 0;
    int error = compare(contenders, 2, 3, fake_clock, medians);
    ck_assert_msg(error == -1,
                  "way A gives 0 and way B %ld: compare must "
                  "return -1, not %d",
                  right, error);
    ck_assert_msg(ways[0].times == 1 && ways[1].times == 1,
                  "compare went on after a wrong result: %s", runs_in_order());
    begin();
    ways[0].result = ways[1].result = 0;
    measure(2, 3, (double[]){0, 0});
}
END_TEST

START_TEST(no_memory)
{
    for (int after = 0; after < 5; after++) {
        double medians[3];
        begin();
        schedule_fail(CALL_MALLOC, ENOMEM, after);
        int error = compare(contenders, 3, 5, fake_clock, medians);
        bool failed = schedule_failed(CALL_MALLOC);
        schedule_reset();
        ck_assert_msg(error == (failed ? ENOMEM : 0),
                      "%s, and compare returned %d",
                      failed ? "there was no memory" : "all was well", error);
    }
}
END_TEST

START_TEST(more_than_any_memory)
{
    /* 2 times this many wrap round; and then, in bytes. */
    const size_t too_many[] = {SIZE_MAX / 2 + 2,
                               SIZE_MAX / 2 / sizeof(double) + 2};
    for (int i = 0; i < 2; i++) {
        double medians[3];
        begin();
        int error = compare(contenders, 2, too_many[i], fake_clock, medians);
        ck_assert_msg(error == ENOMEM,
                      "no memory has room for 2 times %zu times: compare must "
                      "return ENOMEM, not %d",
                      too_many[i], error);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A stopwatch that takes turns");
    TCase *tests = tcase_create("compare");
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, takes_turns_after_a_warm_up);
    tcase_add_test(tests, forgets_the_warm_up);
    tcase_add_test(tests, gives_medians);
    tcase_add_test(tests, of_an_even_number_too);
    tcase_add_test(tests, times_are_long_and_late);
    tcase_add_test(tests, looks_at_the_clock_around_each_run);
    tcase_add_test(tests, what_comes_between_two_runs_is_nobodys);
    tcase_add_test(tests, a_wrong_result_ends_it);
    tcase_add_test(tests, results_are_long);
    tcase_add_test(tests, zero_is_a_result);
    tcase_add_test(tests, no_memory);
    tcase_add_test(tests, more_than_any_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
