/* Exercise: columns on paper. */
#include "run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

int columns(const char *text);

/* Measure a copy of exactly the text's size, so that a sanitizer sees a step
 * beyond it. */
static void expect(const char *text, const char *shown, int wanted)
{
    char *copy = strdup(text);
    ck_assert_ptr_nonnull(copy);
    int got = columns(copy);
    free(copy);
    ck_assert_msg(got == wanted, "columns(\"%s\"): expected %d, got %d; %s",
                  shown, wanted, got,
                  wanted < 0
                      ? "the section \"Bytes first\" says which bytes are UTF-8"
                      : "look at the tables above your function");
}

START_TEST(ascii)
{
    expect("", "", 0);
    expect("int main(void)", "int main(void)", 14);
    char word[64];
    long length = vary(1, 63);
    vary_letters(word, length);
    expect(word, word, (int)length);
}
END_TEST

START_TEST(longer_sequences)
{
    expect("caf\303\251", "caf\\303\\251 (café)", 4);
    expect("\342\237\250x\342\237\251", "⟨x⟩", 3);
    expect("\320\237\321\200", "Пр", 2);
}
END_TEST

START_TEST(wide_characters)
{
    expect("\346\274\242\345\255\227", "漢字", 4);
    expect("a\352\260\200b", "a가b", 4);
    expect("\360\237\230\200", "U+1F600", 2);
}
END_TEST

START_TEST(marks)
{
    expect("e\314\201", "e and U+0301", 1);
    expect("\314\201", "U+0301", 0);
}
END_TEST

START_TEST(wrong_bytes)
{
    expect("\200", "\\200", -1);
    expect("ab\377", "ab\\377", -1);
    expect("\303(", "\\303(", -1);
    expect("\342\202x", "\\342\\202x", -1);
}
END_TEST

START_TEST(cut_off)
{
    expect("a\342\202", "a\\342\\202", -1);
    expect("\303", "\\303", -1);
    expect("\360\237\230", "\\360\\237\\230", -1);
}
END_TEST

START_TEST(too_long)
{
    expect("\300\257", "\\300\\257 (a slash in two bytes)", -1);
    expect("\340\200\257", "\\340\\200\\257 (a slash in three bytes)", -1);
    expect("\360\202\202\254", "\\360\\202\\202\\254", -1);
}
END_TEST

START_TEST(surrogates)
{
    expect("\355\240\200", "\\355\\240\\200 (U+D800)", -1);
    expect("\355\277\277", "\\355\\277\\277 (U+DFFF)", -1);
    expect("\355\237\277", "\\355\\237\\277 (U+D7FF)", 1);
}
END_TEST

START_TEST(beyond_unicode)
{
    expect("\364\217\277\277", "\\364\\217\\277\\277 (U+10FFFF)", 1);
    expect("\364\220\200\200", "\\364\\220\\200\\200 (U+110000)", -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Columns on paper");
    TCase *tests = tcase_create("columns");
    tcase_add_test(tests, ascii);
    tcase_add_test(tests, longer_sequences);
    tcase_add_test(tests, wide_characters);
    tcase_add_test(tests, marks);
    tcase_add_test(tests, wrong_bytes);
    tcase_add_test(tests, cut_off);
    tcase_add_test(tests, too_long);
    tcase_add_test(tests, surrogates);
    tcase_add_test(tests, beyond_unicode);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
