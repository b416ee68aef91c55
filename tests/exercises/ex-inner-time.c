/* Exercise "Whose time is it?": inner_time. */
#include "lib/trace.h"
#include "run.h"

#include <check.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

struct lane_mark {
    int64_t time;
    char kind;
    enum trace_state state;
};

void inner_time(const struct lane_mark marks[], size_t count, int64_t end,
                int64_t total[3]);

/* The marks in memory of exactly their size, so that AddressSanitizer sees a
 * step beyond it, and totals that are not zero before. */
static void expect(const struct lane_mark marks[], size_t count, int64_t end,
                   int64_t run, int64_t wait, int64_t hold, const char *hint)
{
    int64_t total[3] = {1000, 2000, 3000};
    struct lane_mark *copy = malloc(count * sizeof *copy + 1);
    ck_assert(copy != NULL);
    for (size_t i = 0; i < count; i++)
        copy[i] = marks[i];
    inner_time(copy, count, end, total);
    free(copy);
    ck_assert_msg(total[TRACE_RUN] == run && total[TRACE_WAIT] == wait &&
                      total[TRACE_HOLD] == hold,
                  "run, wait and hold must be %" PRId64 ", %" PRId64
                  " and %" PRId64 ", but are %" PRId64 ", %" PRId64
                  " and %" PRId64 ". %s",
                  run, wait, hold, total[TRACE_RUN], total[TRACE_WAIT],
                  total[TRACE_HOLD], hint);
}

#define COUNT(marks) (sizeof marks / sizeof marks[0])

START_TEST(one_interval)
{
    int64_t lasts = vary(1, 1000000);
    struct lane_mark marks[] = {{5, 'B', TRACE_WAIT},
                                {5 + lasts, 'E', TRACE_RUN}};
    expect(marks, COUNT(marks), 20 + lasts, 0, lasts, 0,
           "One wait from 5 on. The totals are set, not added to.");
}
END_TEST

START_TEST(nothing_at_all)
{
    struct lane_mark none[1] = {{0}};
    expect(none, 0, 20, 0, 0, 0, "There are no marks: nothing is open.");
}
END_TEST

START_TEST(the_inner_one_counts)
{
    struct lane_mark marks[] = {{0, 'B', TRACE_RUN},
                                {2, 'B', TRACE_WAIT},
                                {5, 'E', TRACE_RUN},
                                {10, 'E', TRACE_RUN}};
    expect(marks, COUNT(marks), 10, 7, 3, 0,
           "A wait from 2 to 5 within a run from 0 to 10: after it the run "
           "goes on. See \"Intervals become pieces\".");
}
END_TEST

START_TEST(three_deep)
{
    struct lane_mark marks[] = {{0, 'B', TRACE_RUN},   {10, 'B', TRACE_HOLD},
                                {15, 'B', TRACE_WAIT}, {25, 'E', TRACE_RUN},
                                {26, 'B', TRACE_RUN},  {30, 'E', TRACE_RUN},
                                {100, 'E', TRACE_RUN}, {1000, 'E', TRACE_RUN}};
    expect(marks, COUNT(marks), 1000, 10 + 4 + 900, 10, 5 + 1 + 70,
           "run 0-1000, in it hold 10-100, in it wait 15-25 and run 26-30.");
}
END_TEST

START_TEST(open_at_the_end)
{
    struct lane_mark marks[] = {{1, 'B', TRACE_RUN}, {4, 'B', TRACE_WAIT}};
    expect(marks, COUNT(marks), 50, 3, 46, 0,
           "Nothing is closed: the wait that began at 4 lasts until the end, "
           "50. See \"A program that hangs\".");
}
END_TEST

START_TEST(an_end_without_a_beginning)
{
    struct lane_mark marks[] = {{1, 'E', TRACE_RUN},
                                {2, 'E', TRACE_RUN},
                                {4, 'B', TRACE_HOLD},
                                {6, 'E', TRACE_RUN}};
    expect(marks, COUNT(marks), 9, 0, 0, 2,
           "The first two ends have no beginning and are passed over.");
}
END_TEST

START_TEST(a_gap_is_nobodys)
{
    struct lane_mark marks[] = {{10, 'B', TRACE_RUN},
                                {20, 'E', TRACE_RUN},
                                {50, 'B', TRACE_RUN},
                                {51, 'E', TRACE_RUN}};
    expect(marks, COUNT(marks), 90, 11, 0, 0,
           "Between 20 and 50 nothing is open, nor before 10, nor after 51.");
}
END_TEST

START_TEST(sixty_four_deep)
{
    struct lane_mark marks[64];
    for (int i = 0; i < 64; i++)
        marks[i] = (struct lane_mark){i, 'B', (enum trace_state)(i % 3)};
    expect(marks, 64, 64, 22, 21, 21, "64 intervals are open at the end.");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Whose time is it?");
    TCase *tcase = tcase_create("inner_time");
    tcase_add_test(tcase, one_interval);
    tcase_add_test(tcase, nothing_at_all);
    tcase_add_test(tcase, the_inner_one_counts);
    tcase_add_test(tcase, three_deep);
    tcase_add_test(tcase, open_at_the_end);
    tcase_add_test(tcase, an_end_without_a_beginning);
    tcase_add_test(tcase, a_gap_is_nobodys);
    tcase_add_test(tcase, sixty_four_deep);
    suite_add_tcase(suite, tcase);
    return run_suite(suite) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
