/* Exercise: a tangler in thirty lines. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "@begin code 1\n"
#define END "@end code 1\n"

static const struct run *expand(const char *root, const char *stream)
{
    const char *program = getenv("PROGRAM");
    return run("'%s' '%s' <<'END'\n%sEND", program ? program : "./expand", root,
               stream);
}

static void expect(const char *what, const char *stream, const char *wanted)
{
    const struct run *r = expand("a.c", stream);
    ck_assert_msg(r->status == 0,
                  "%s: expected exit status 0, got %d; it wrote:\n%.2000s",
                  what, r->status, r->err);
    ck_assert_msg(strcmp(r->out, wanted) == 0,
                  "%s: of the stream\n%s\nexpected\n%s\ngot\n%.2000s\nSee the "
                  "exercise's statement, and the section \"What noweb hands "
                  "over\".",
                  what, stream, wanted, r->out);
}

static void expect_complaint(const char *what, const char *stream,
                             const char *name)
{
    const struct run *r = expand("a.c", stream);
    ck_assert_msg(r->status == 1,
                  "%s: expected exit status 1, which die_with gives, got %d; "
                  "see the section \"What a chapter may not do\"",
                  what, r->status);
    ck_assert_msg(strstr(r->err, name) != NULL,
                  "%s: expected the name \"%s\" in the message, got \"%.300s\"",
                  what, name, r->err);
}

START_TEST(no_uses)
{
    expect("Two lines without a use",
           BEGIN "@defn a.c\n@nl\n@text int x;\n@nl\n@text int y;\n@nl\n" END,
           "int x;\nint y;\n");
    char stream[256], name[16], wanted[64];
    vary_letters(name, vary(1, 15));
    snprintf(stream, sizeof stream,
             BEGIN "@defn a.c\n@nl\n@text int %s;\n@nl\n" END, name);
    snprintf(wanted, sizeof wanted, "int %s;\n", name);
    expect("One line", stream, wanted);
}
END_TEST

START_TEST(a_use_in_a_line)
{
    expect("A use between two texts",
           BEGIN
           "@defn a.c\n@nl\n@text x = \n@use one\n@text ;\n@nl\n" END BEGIN
           "@defn one\n@nl\n@text 1\n@nl\n" END,
           "x = 1;\n");
}
END_TEST

START_TEST(definitions_of_one_name)
{
    expect("Two definitions of one name",
           BEGIN "@defn a.c\n@nl\n@text x\n@nl\n" END BEGIN
                 "@defn a.c\n@nl\n@text y\n@nl\n" END,
           "x\ny\n");
}
END_TEST

START_TEST(lines_are_indented)
{
    expect("A use at column 4, of a chunk of two lines",
           BEGIN "@defn a.c\n@nl\n@text {\n@nl\n@text     \n@use two\n@nl\n"
                 "@text }\n@nl\n" END BEGIN
                 "@defn two\n@nl\n@text x;\n@nl\n@text y;\n@nl\n" END,
           "{\n    x;\n    y;\n}\n");
}
END_TEST

START_TEST(columns_add_up)
{
    expect("A use at column 4, in the second line of a chunk used at column 2",
           BEGIN "@defn a.c\n@nl\n@text   \n@use if\n@nl\n" END BEGIN
                 "@defn if\n@nl\n@text if (x)\n@nl\n@text     \n@use two\n"
                 "@nl\n" END BEGIN
                 "@defn two\n@nl\n@text y;\n@nl\n@text z;\n@nl\n" END,
           "  if (x)\n      y;\n      z;\n");
}
END_TEST

START_TEST(empty_lines_stay_empty)
{
    expect("An empty line in a chunk used at column 4",
           BEGIN "@defn a.c\n@nl\n@text     \n@use two\n@nl\n" END BEGIN
                 "@defn two\n@nl\n@text x;\n@nl\n@nl\n@text \n@nl\n@text y;\n"
                 "@nl\n" END,
           "    x;\n\n\n    y;\n");
}
END_TEST

START_TEST(two_uses)
{
    expect("Two uses of one chunk, one after the other",
           BEGIN "@defn a.c\n@nl\n@use x\n@nl\n@use x\n@nl\n" END BEGIN
                 "@defn x\n@nl\n@text x;\n@nl\n" END,
           "x;\nx;\n");
}
END_TEST

START_TEST(an_undefined_chunk)
{
    expect_complaint("A use of a chunk that is not defined",
                     BEGIN "@defn a.c\n@nl\n@text x\n@nl\n@use no such\n@nl"
                           "\n" END,
                     "no such");
}
END_TEST

START_TEST(an_undefined_root)
{
    expect_complaint("A root that is not defined",
                     BEGIN "@defn b.c\n@nl\n@text x\n@nl\n" END, "a.c");
}
END_TEST

START_TEST(a_circle)
{
    expect_complaint("A chunk that uses itself through another",
                     BEGIN "@defn a.c\n@nl\n@use round\n@nl\n" END BEGIN
                           "@defn round\n@nl\n@use and round\n@nl\n" END BEGIN
                           "@defn and round\n@nl\n@use round\n@nl\n" END,
                     "round");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A tangler in thirty lines");
    TCase *tests = tcase_create("expand");
    tcase_add_test(tests, no_uses);
    tcase_add_test(tests, a_use_in_a_line);
    tcase_add_test(tests, definitions_of_one_name);
    tcase_add_test(tests, lines_are_indented);
    tcase_add_test(tests, columns_add_up);
    tcase_add_test(tests, empty_lines_stay_empty);
    tcase_add_test(tests, two_uses);
    tcase_add_test(tests, an_undefined_chunk);
    tcase_add_test(tests, an_undefined_root);
    tcase_add_test(tests, a_circle);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
