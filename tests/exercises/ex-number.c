/* A number, or a reason: the tests that a student runs. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int parse_number(const char *text, long *number);

static void accepts(const char *text, long expected)
{
    long number = 4711;
    errno = ERANGE; /* left over from an earlier failure */
    int error = parse_number(text, &number);
    ck_assert_msg(error == 0,
                  "\"%s\" is a number, but the result was %d (%s); the section"
                  " on errno says what a successful call leaves in it",
                  text, error, strerror(error));
    ck_assert_msg(number == expected, "\"%s\": expected %ld, got %ld", text,
                  expected, number);
}

static void refuses(const char *text, int expected)
{
    long number = 4711;
    errno = 0;
    int error = parse_number(text, &number);
    ck_assert_msg(error == expected, "\"%s\": expected %d (%s), got %d (%s)",
                  text, expected, strerror(expected), error,
                  error ? strerror(error) : "accepted");
    ck_assert_msg(number == 4711,
                  "\"%s\" was refused, but *number was changed to %ld", text,
                  number);
}

START_TEST(numbers)
{
    accepts("0", 0);
    accepts("42", 42);
    accepts("-12", -12);
    accepts("+7", 7);
    accepts("007", 7);
    for (int i = 0; i < 10; i++) {
        char text[64];
        long number = vary(-1000000000000, 1000000000000);
        snprintf(text, sizeof text, "%ld", number);
        accepts(text, number);
        snprintf(text, sizeof text, "%+ldx", number);
        refuses(text, EINVAL);
    }
}
END_TEST

START_TEST(the_limits)
{
    char text[64];
    snprintf(text, sizeof text, "%ld", LONG_MAX);
    accepts(text, LONG_MAX);
    snprintf(text, sizeof text, "%ld", LONG_MIN);
    accepts(text, LONG_MIN);
}
END_TEST

START_TEST(too_large)
{
    refuses("99999999999999999999", ERANGE);
    refuses("-99999999999999999999", ERANGE);
    refuses("9223372036854775808", ERANGE);
}
END_TEST

START_TEST(something_behind)
{
    refuses("12abc", EINVAL);
    refuses("12 ", EINVAL);
    refuses("1.5", EINVAL);
    refuses("0x10", EINVAL);
    refuses("99999999999999999999x", EINVAL);
}
END_TEST

START_TEST(something_in_front)
{
    refuses(" 12", EINVAL);
    refuses("\t12", EINVAL);
    refuses("\n12", EINVAL);
}
END_TEST

START_TEST(no_digits)
{
    refuses("", EINVAL);
    refuses("+", EINVAL);
    refuses("-", EINVAL);
    refuses("--1", EINVAL);
    refuses("abc", EINVAL);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("parse_number");
    tcase_add_test(cases, numbers);
    tcase_add_test(cases, the_limits);
    tcase_add_test(cases, too_large);
    tcase_add_test(cases, something_behind);
    tcase_add_test(cases, something_in_front);
    tcase_add_test(cases, no_digits);
    Suite *suite = suite_create("ex-number");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
