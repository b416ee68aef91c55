/* Join the words: the tests that a student runs. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

char *join(int count, char *const words[]);

static void expect(int count, char *const words[], const char *expected)
{
    char *joined = join(count, words);
    ck_assert_msg(joined != NULL,
                  "join of %d words: expected \"%s\", got a null pointer"
                  " (the exercise says when that is right)",
                  count, expected);
    ck_assert_str_eq(joined, expected);
    free(joined);
}

START_TEST(two_words)
{
    char *words[] = {"many", "hands"};
    expect(2, words, "many hands");
    char first[32], second[32], both[64];
    char *drawn[] = {vary_letters(first, vary(1, 31)),
                     vary_letters(second, vary(1, 31))};
    snprintf(both, sizeof both, "%s %s", first, second);
    expect(2, drawn, both);
}
END_TEST

START_TEST(one_word)
{
    char word[32];
    char *words[] = {vary_letters(word, vary(1, 31))};
    expect(1, words, word);
}
END_TEST

START_TEST(no_words)
{
    char *words[] = {NULL};
    expect(0, words, "");
}
END_TEST

START_TEST(empty_words)
{
    char *words[] = {"a", "", "b"};
    expect(3, words, "a  b");
    char *empty[] = {"", "", ""};
    expect(3, empty, "  ");
    char *last[] = {"a", ""};
    expect(2, last, "a ");
}
END_TEST

START_TEST(every_length)
{
    /* each block of malloc is full once: see section "What goes wrong" */
    for (int length = 0; length < 100; length++) {
        char word[101] = "", both[202] = "";
        for (int i = 0; i < length; i++)
            word[i] = both[i] = both[length + 1 + i] = 'x';
        both[length] = ' ';
        char *words[] = {word, word};
        expect(2, words, both);
    }
}
END_TEST

START_TEST(words_stay_as_they_were)
{
    char first[] = "first", second[] = "second";
    char *words[] = {first, second};
    expect(2, words, "first second");
    ck_assert_str_eq(first, "first");
    ck_assert_str_eq(second, "second");
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("join");
    tcase_add_test(cases, two_words);
    tcase_add_test(cases, one_word);
    tcase_add_test(cases, no_words);
    tcase_add_test(cases, empty_words);
    tcase_add_test(cases, every_length);
    tcase_add_test(cases, words_stay_as_they_were);
    Suite *suite = suite_create("ex-join");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
