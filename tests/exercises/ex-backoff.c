/* Exercise "How long to wait": pause_before. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

int64_t pause_before(unsigned attempt, const char *retry_after, int64_t now,
                     double luck);

enum { NOW = 784111777 }; /* Sun, 06 Nov 1994 08:49:37 GMT */

static void expect(int64_t wanted, unsigned attempt, const char *field,
                   double luck)
{
    int64_t got = pause_before(attempt, field, NOW, luck);
    ck_assert_msg(got == wanted,
                  "attempt %u, Retry-After %s%s%s, luck %.2f: expected %" PRId64
                  " ms, got %" PRId64,
                  attempt, field ? "\"" : "", field ? field : "NULL",
                  field ? "\"" : "", luck, wanted, got);
}

START_TEST(it_doubles_up_to_a_minute)
{
    static const int64_t full[] = {500,   1000,  2000,  4000, 8000,
                                   16000, 32000, 60000, 60000};
    for (unsigned i = 0; i < 9; i++)
        expect(full[i] / 2, i, NULL, 0);
    for (unsigned i = 9; i < 200; i++)
        expect(30000, i, NULL, 0);
    expect(30000, 4000000000u, NULL, 0);
}
END_TEST

START_TEST(luck_is_for_the_upper_half)
{
    expect(250, 0, NULL, 0);
    expect(375, 0, NULL, 0.5);
    expect(1500, 2, NULL, 0.5);
    expect(45000, 99, NULL, 0.5);
}
END_TEST

START_TEST(seconds_are_obeyed)
{
    expect(0, 3, "0", 0.5);
    expect(7000, 0, "7", 0.5);
    expect(120000, 0, "120", 0.9);
    char field[32];
    long seconds = vary(1, 86400);
    snprintf(field, sizeof field, "%ld", seconds);
    expect(1000 * seconds, 0, field, 0.5);
    expect(86400000, 0, "86401", 0);
    expect(86400000, 0, "99999999999999999999999999999999999999", 0);
}
END_TEST

START_TEST(dates_are_obeyed)
{
    setenv("TZ", "XYZ-5", 1);
    tzset();
    expect(60000, 0, "Sun, 06 Nov 1994 08:50:37 GMT", 0.5);
    expect(0, 0, "Sun, 06 Nov 1994 08:49:37 GMT", 0.5);
    expect(0, 5, "Sat, 05 Nov 1994 08:49:37 GMT", 0.5);
    expect(86400000, 0, "Fri, 01 Jan 2100 00:00:00 GMT", 0.5);
    char date[64];
    long seconds = vary(1, 86400);
    time_t then = NOW + seconds;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
    expect(1000 * seconds, 0, date, 0.5);
}
END_TEST

START_TEST(anything_else_is_no_field)
{
    static const char *const fields[] = {
        "",           "soon", "12 o'clock",
        "-5",         "+5",   " 5",
        "5 ",         "1.5",  "Sun, 06 Nov 1994 08:50:37 GMT+1",
        "Sun, 06 Nov"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        expect(500, 1, fields[i], 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("How long to wait");
    TCase *tcase = tcase_create("pause_before");
    tcase_add_test(tcase, it_doubles_up_to_a_minute);
    tcase_add_test(tcase, luck_is_for_the_upper_half);
    tcase_add_test(tcase, seconds_are_obeyed);
    tcase_add_test(tcase, dates_are_obeyed);
    tcase_add_test(tcase, anything_else_is_no_field);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
