/* Three answers: the tests that a student runs, on the program in $PROGRAM. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char directory[] = "/tmp/same-XXXXXX";
static char *program;

static void make_files(void)
{
    const char *named = getenv("PROGRAM");
    program = realpath(named ? named : "./same", NULL);
    if (!program)
        ck_abort_msg("%s: %s", named ? named : "./same", strerror(errno));
    if (!mkdtemp(directory))
        ck_abort_msg("mkdtemp: %s", strerror(errno));
    const struct run *r =
        run("cd '%s' && mkdir folder other && : > empty && : > void &&"
            " echo many > many && echo many > more && echo mane > mane &&"
            " printf many > short && printf 'a\\0b' > zero-b &&"
            " printf 'a\\0c' > zero-c && printf 'a\\377b' > high-b &&"
            " printf 'a\\377c' > high-c && printf 'a\\377' > high",
            directory);
    if (r->status != 0)
        ck_abort_msg("cannot make the files: %s", r->err);
}

static void remove_files(void)
{
    if (run("rm -r '%s'", directory)->status != 0)
        ck_abort_msg("%s stays behind", directory);
    free(program);
}

static const struct run *same(const char *left, const char *right)
{
    return run("cd '%s' && '%s' %s %s", directory, program, left, right);
}

static void expect(const char *left, const char *right, int status)
{
    const struct run *r = same(left, right);
    ck_assert_msg(r->status == status,
                  "same %s %s: expected exit status %d, got %d; see the"
                  " section \"Failing well\"\n%s",
                  left, right, status, r->status, r->err);
    ck_assert_str_eq(r->out, "");
}

static void expect_trouble(const char *left, const char *right,
                           const char *named)
{
    char pattern[64] = "^same: ";
    expect(left, right, 2);
    const struct run *r = same(left, right);
    ck_assert_msg(matches(r->err, strcat(strcat(pattern, named), ": .")),
                  "same %s %s: expected a line \"same: %s: ...\" on standard"
                  " error, got: %s",
                  left, right, named, r->err);
}

START_TEST(the_same)
{
    expect("many", "more", 0);
    expect("many", "many", 0);
    expect("empty", "void", 0);
    expect("zero-b", "zero-b", 0);
    expect("high-b", "high-b", 0);
}
END_TEST

START_TEST(different)
{
    expect("many", "mane", 1);
    expect("mane", "many", 1);
}
END_TEST

START_TEST(one_is_the_beginning_of_the_other)
{
    expect("short", "many", 1);
    expect("many", "short", 1);
    expect("empty", "many", 1);
    expect("many", "empty", 1);
}
END_TEST

START_TEST(bytes_of_all_values)
{
    expect("zero-b", "zero-c", 1);
    expect("high-b", "high-c", 1);
    expect("high", "high-b", 1);
    /* two copies of a drawn text, of which one byte is then another */
    char text[65];
    long length = vary(2, 64), place = vary(1, length);
    vary_letters(text, length);
    run("cd '%s' && printf %s >drawn && printf %s >copy", directory, text,
        text);
    expect("drawn", "copy", 0);
    text[place - 1] = '#';
    run("cd '%s' && printf %s >copy", directory, text);
    expect("drawn", "copy", 1);
}
END_TEST

START_TEST(a_file_that_is_missing)
{
    expect_trouble("many", "nowhere", "nowhere");
    expect_trouble("nowhere", "many", "nowhere");
}
END_TEST

START_TEST(a_directory)
{
    expect_trouble("folder", "empty", "folder");
    expect_trouble("many", "folder", "folder");
    expect_trouble("folder", "other", "folder");
}
END_TEST

START_TEST(the_wrong_number_of_names)
{
    expect("many", "", 2);
    expect("many", "more mane", 2);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("same");
    tcase_set_timeout(cases, 60);
    tcase_add_unchecked_fixture(cases, make_files, remove_files);
    tcase_add_test(cases, the_same);
    tcase_add_test(cases, different);
    tcase_add_test(cases, one_is_the_beginning_of_the_other);
    tcase_add_test(cases, bytes_of_all_values);
    tcase_add_test(cases, a_file_that_is_missing);
    tcase_add_test(cases, a_directory);
    tcase_add_test(cases, the_wrong_number_of_names);
    Suite *suite = suite_create("ex-same");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
