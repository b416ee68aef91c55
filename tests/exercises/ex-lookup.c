/* Your own getenv: the tests that a student runs. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

const char *look_up(char *const environment[], const char *name);

static char *environment[] = {
    "PATHOLOGY=none", "PATH=/bin:/usr/bin", "EMPTY=",     "SUM=1+1=2",
    "TWICE=first",    "TWICE=second",       "EMPTY=late", NULL};

static void expect(const char *name, const char *expected)
{
    const char *value = look_up(environment, name);
    ck_assert_msg(value != NULL, "%s: expected \"%s\", got a null pointer",
                  name, expected);
    ck_assert_str_eq(value, expected);
}

START_TEST(a_plain_name)
{
    expect("PATHOLOGY", "none");
}
END_TEST

START_TEST(a_name_that_begins_another)
{
    expect("PATH", "/bin:/usr/bin");
    ck_assert_ptr_null(look_up(environment, "PAT"));
}
END_TEST

START_TEST(a_name_that_is_not_there)
{
    ck_assert_ptr_null(look_up(environment, "MISSING"));
    ck_assert_ptr_null(look_up(environment, "PATHOLOGYX"));
    ck_assert_ptr_null(look_up(environment, "none"));
}
END_TEST

START_TEST(an_empty_value)
{
    expect("EMPTY", "");
}
END_TEST

START_TEST(a_value_with_an_equals_sign)
{
    expect("SUM", "1+1=2");
}
END_TEST

START_TEST(the_first_one_counts)
{
    expect("TWICE", "first");
}
END_TEST

START_TEST(an_empty_environment)
{
    char *nothing[] = {NULL};
    ck_assert_ptr_null(look_up(nothing, "PATH"));
}
END_TEST

START_TEST(drawn_names)
{
    char entries[6][32], name[8];
    char *drawn[7] = {NULL};
    for (int i = 0; i < 6; i++) {
        char digit = (char)('0' + i);
        snprintf(entries[i], sizeof entries[i], "%s%c=value %c",
                 vary_letters(name, 3), digit, digit);
        drawn[i] = entries[i];
    }
    long wanted = vary(0, 5);
    snprintf(name, sizeof name, "%.4s", entries[wanted]);
    const char *value = look_up(drawn, name);
    ck_assert_msg(value == entries[wanted] + 5,
                  "%s: expected what is behind the = in \"%s\", got %s", name,
                  entries[wanted], value ? value : "a null pointer");
}
END_TEST

START_TEST(the_value_itself_not_a_copy)
{
    ck_assert_msg(look_up(environment, "PATH") == environment[1] + 5,
                  "the value must lie inside the environment's own string:"
                  " see the figure in \"Arguments and environment\"");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("look_up");
    tcase_add_test(cases, a_plain_name);
    tcase_add_test(cases, a_name_that_begins_another);
    tcase_add_test(cases, a_name_that_is_not_there);
    tcase_add_test(cases, an_empty_value);
    tcase_add_test(cases, a_value_with_an_equals_sign);
    tcase_add_test(cases, the_first_one_counts);
    tcase_add_test(cases, an_empty_environment);
    tcase_add_test(cases, drawn_names);
    tcase_add_test(cases, the_value_itself_not_a_copy);
    Suite *suite = suite_create("ex-lookup");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
