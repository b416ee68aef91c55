/* Exercise: lines of code, by chunk. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *what, const char *stream, const char *wanted)
{
    const char *program = getenv("PROGRAM");
    const struct run *r =
        run("'%s' <<'END'\n%sEND", program ? program : "./codelines", stream);
    ck_assert_msg(r->status == 0,
                  "%s: expected exit status 0, got %d; it wrote:\n%.2000s",
                  what, r->status, r->err);
    ck_assert_msg(strcmp(r->out, wanted) == 0,
                  "%s: of the stream\n%s\nexpected\n%s\ngot\n%.2000s\nSee the "
                  "section \"What noweb hands over\".",
                  what, stream, wanted, r->out);
}

#define BEGIN "@begin code 1\n"
#define END "@end code 1\n"

START_TEST(one_chunk)
{
    expect("One chunk of two lines",
           "@file a.nw\n" BEGIN "@defn a.c\n@nl\n@text int x;\n@nl\n"
           "@text int y;\n@nl\n" END,
           "2\ta.c\n");
    char stream[1024] = BEGIN "@defn drawn.c\n@nl\n", wanted[32];
    int lines = (int)vary(1, 30);
    for (int i = 0; i < lines; i++)
        strcat(stream, "@text x;\n@nl\n");
    strcat(stream, END);
    snprintf(wanted, sizeof wanted, "%d\tdrawn.c\n", lines);
    expect("One chunk of some lines", stream, wanted);
}
END_TEST

START_TEST(names_with_blanks_in_order)
{
    expect("Two chunks",
           BEGIN "@defn say hello\n@nl\n@text hello();\n@nl\n" END BEGIN
                 "@defn a b c\n@nl\n@text x\n@nl\n@text y\n@nl\n" END,
           "1\tsay hello\n2\ta b c\n");
}
END_TEST

START_TEST(blank_lines_do_not_count)
{
    expect("Empty lines, and lines of blanks",
           BEGIN "@defn a.c\n@nl\n@text \n@nl\n@text     \n@nl\n@nl\n"
                 "@text x\n@nl\n" END,
           "1\ta.c\n");
}
END_TEST

START_TEST(uses_count)
{
    expect("A line with a use and nothing else",
           BEGIN "@defn a.c\n@nl\n@text {\n@nl\n@text     \n@use say so\n@nl\n"
                 "@text }\n@nl\n" END,
           "3\ta.c\n");
}
END_TEST

START_TEST(definitions_of_one_name)
{
    expect("Two definitions of one name",
           BEGIN "@defn a\n@nl\n@text x\n@nl\n" END BEGIN
                 "@defn b\n@nl\n@text x\n@nl\n" END BEGIN
                 "@defn a\n@nl\n@text y\n@nl\n" END,
           "2\ta\n1\tb\n");
}
END_TEST

START_TEST(prose_does_not_count)
{
    expect("Prose before and after",
           "@begin docs 0\n@text Prose.\n@nl\n@end docs 0\n" BEGIN
           "@defn a.c\n@nl\n@text x\n@nl\n" END
           "@begin docs 2\n@text More\n@nl\n@text prose.\n@nl\n@end docs 2\n",
           "1\ta.c\n");
}
END_TEST

START_TEST(quoted_code_in_prose)
{
    expect("A use that prose quotes",
           BEGIN "@defn a.c\n@nl\n@text x\n@nl\n" END
                 "@begin docs 2\n@quote\n@use a.c\n@endquote\n@nl\n@end docs 2"
                 "\n",
           "1\ta.c\n");
}
END_TEST

START_TEST(after_other_filters)
{
    expect("A line that finduses has cut, with tokens of noidx",
           BEGIN "@xref label N1\n@xref ref N1\n@defn a.c\n@xref notused a.c\n"
                 "@nl\n@index use sum\n@text sum\n@text  += \n@index use x\n"
                 "@text x\n@text ;\n@nl\n@index defn sum\n@index nl\n" END,
           "1\ta.c\n");
}
END_TEST

START_TEST(an_empty_stream)
{
    expect("No chunks", "@file a.nw\n", "");
}
END_TEST

START_TEST(an_empty_chunk)
{
    expect("A chunk without code", BEGIN "@defn a.c\n@nl\n" END, "0\ta.c\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Lines of code, by chunk");
    TCase *tests = tcase_create("codelines");
    tcase_add_test(tests, one_chunk);
    tcase_add_test(tests, names_with_blanks_in_order);
    tcase_add_test(tests, blank_lines_do_not_count);
    tcase_add_test(tests, uses_count);
    tcase_add_test(tests, definitions_of_one_name);
    tcase_add_test(tests, prose_does_not_count);
    tcase_add_test(tests, quoted_code_in_prose);
    tcase_add_test(tests, after_other_filters);
    tcase_add_test(tests, an_empty_stream);
    tcase_add_test(tests, an_empty_chunk);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
