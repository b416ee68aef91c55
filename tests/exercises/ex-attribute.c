/* Exercise: the value of an attribute. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *value_of(const char *line, const char *key);

#define SECTION                                                                \
    "see the exercise's statement, and the section \"Small questions\" on "    \
    "attribute lists"

static void expect(const char *line, const char *key, const char *wanted)
{
    char *got = value_of(line, key);
    if (!wanted) {
        ck_assert_msg(got == NULL,
                      "the value of %s in\n  %s\nexpected a null pointer, got "
                      "\"%s\"; %s",
                      key, line, got, SECTION);
        return;
    }
    ck_assert_msg(got != NULL,
                  "the value of %s in\n  %s\nexpected \"%s\", got a null "
                  "pointer; %s",
                  key, line, wanted, SECTION);
    ck_assert_msg(strcmp(got, wanted) == 0,
                  "the value of %s in\n  %s\nexpected \"%s\", got \"%s\"; %s",
                  key, line, wanted, got, SECTION);
    free(got);
}

START_TEST(plain_values)
{
    expect("::: {.exercise #ex-a points=10 level=2}", "points", "10");
    expect("::: {.exercise #ex-a points=10 level=2}", "level", "2");
    expect("``` {key=value}", "key", "value");
    expect("## Title {#sec-x  number=\"1.2\" }", "number", "1.2");
    char line[64], key[8], value[16];
    snprintf(line, sizeof line, "{.x %s=%s last=1}", vary_letters(key, 7),
             vary_letters(value, vary(1, 15)));
    expect(line, key, value);
}
END_TEST

START_TEST(quoted_values)
{
    expect("{.a title=\"Two words\" b=2}", "title", "Two words");
    expect("{.a title=\"A {brace}\" b=2}", "title", "A {brace}");
    expect("{.a title=\"A {brace}\" b=2}", "b", "2");
}
END_TEST

START_TEST(escaped_characters)
{
    expect("{title=\"say \\\"b=1\\\"\" b=2}", "title", "say \"b=1\"");
    expect("{title=\"say \\\"b=1\\\"\" b=2}", "b", "2");
    expect("{path=\"a\\\\b\"}", "path", "a\\b");
}
END_TEST

START_TEST(keys_inside_of_values)
{
    expect("{title=\"sum b=1 up\" b=2}", "b", "2");
    expect("{title=\"sum b=1 up\"}", "b", NULL);
}
END_TEST

START_TEST(keys_inside_of_keys)
{
    expect("{minpoints=1 points=2}", "points", "2");
    expect("{pointsmax=1 points=2}", "points", "2");
    expect("{minpoints=1}", "points", NULL);
}
END_TEST

START_TEST(empty_values)
{
    expect("{.figure alt=\"\" src=x}", "alt", "");
    expect("{.figure alt= src=x}", "alt", "");
    expect("{.figure alt=}", "alt", "");
}
END_TEST

START_TEST(no_such_key)
{
    expect("::: {.exercise #ex-a points=10}", "level", NULL);
    expect("::: objectives", "points", NULL);
    expect("points=1 {level=2}", "points", NULL);
    expect("{level=2} points=1", "points", NULL);
    expect("{.points #points}", "points", NULL);
    expect("{points}", "points", NULL);
    expect("", "points", NULL);
}
END_TEST

START_TEST(list_without_end)
{
    expect("{points=10", "points", "10");
    expect("{title=\"never closed", "title", "never closed");
    expect("{title=\"never closed\\", "level", NULL);
    expect("{", "level", NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("The value of an attribute");
    TCase *tests = tcase_create("value_of");
    tcase_add_test(tests, plain_values);
    tcase_add_test(tests, quoted_values);
    tcase_add_test(tests, escaped_characters);
    tcase_add_test(tests, keys_inside_of_values);
    tcase_add_test(tests, keys_inside_of_keys);
    tcase_add_test(tests, empty_values);
    tcase_add_test(tests, no_such_key);
    tcase_add_test(tests, list_without_end);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
