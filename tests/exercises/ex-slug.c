/* Exercise: slugs that fit. */
#include "run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

size_t slug(char *out, size_t size, const char *text);

#define SECTION "see the section \"Small questions\", where slugs are defined"

/* Call slug with a buffer of exactly `size` bytes in the middle of a larger
 * one, whose other bytes must stay as they are. */
static void expect(const char *text, size_t size, const char *wanted,
                   size_t length)
{
    enum { AROUND = 8 };
    char *memory = malloc(size + 2 * (size_t)AROUND);
    ck_assert_ptr_nonnull(memory);
    memset(memory, '#', size + 2 * (size_t)AROUND);
    size_t got = slug(memory + AROUND, size, text);
    for (size_t i = 0; i < AROUND; i++) {
        ck_assert_msg(memory[i] == '#',
                      "slug(out, %zu, \"%s\") wrote before out", size, text);
        ck_assert_msg(memory[AROUND + size + i] == '#',
                      "slug(out, %zu, \"%s\") wrote to out[%zu]; the last byte "
                      "it may write is out[size - 1], and the zero byte needs "
                      "room too",
                      size, text, size + i);
    }
    if (size > 0) {
        ck_assert_msg(memchr(memory + AROUND, '\0', size) != NULL,
                      "slug(out, %zu, \"%s\") wrote no zero byte", size, text);
        ck_assert_msg(strcmp(memory + AROUND, wanted) == 0,
                      "slug(out, %zu, \"%s\"): expected \"%s\", got \"%s\"; "
                      "%s",
                      size, text, wanted, memory + AROUND, SECTION);
    }
    ck_assert_msg(got == length,
                  "slug(out, %zu, \"%s\"): expected the return value %zu, the "
                  "length of the whole slug, got %zu; read the statement again",
                  size, text, length, got);
    free(memory);
}

START_TEST(letters_and_digits)
{
    expect("main", 100, "main", 4);
    expect("Chapter 11", 100, "chapter-11", 10);
    char text[64], wanted[64];
    long first = vary(1, 20), second = vary(1, 20);
    vary_letters(wanted, first);
    wanted[first] = '-';
    vary_letters(wanted + first + 1, second);
    strcpy(text, wanted);
    text[0] = (char)(text[0] - 'a' + 'A');
    text[first] = " !/_("[vary(0, 4)];
    expect(text, 100, wanted, (size_t)(first + 1 + second));
}
END_TEST

START_TEST(one_hyphen_for_all_else)
{
    expect("Check the magic, twice", 100, "check-the-magic-twice", 21);
    expect("a --- b", 100, "a-b", 3);
    expect("lib/die.h", 100, "lib-die-h", 9);
}
END_TEST

START_TEST(no_hyphen_at_the_ends)
{
    expect("  (first)", 100, "first", 5);
    expect("last!?", 100, "last", 4);
    expect("...", 100, "", 0);
    expect("", 100, "", 0);
}
END_TEST

START_TEST(other_bytes_are_not_letters)
{
    expect("caf\303\251 au lait", 100, "caf-au-lait", 11);
}
END_TEST

START_TEST(cut_to_size)
{
    expect("Check the magic, twice", 9, "check-th", 21);
    expect("main", 5, "main", 4);
    expect("main", 4, "mai", 4);
    expect("main", 1, "", 4);
    expect("main", 0, "", 4);
}
END_TEST

START_TEST(no_hyphen_at_the_cut)
{
    expect("Check the magic, twice", 10, "check-the", 21);
    expect("Check the magic, twice", 11, "check-the", 21);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Slugs that fit");
    TCase *tests = tcase_create("slug");
    tcase_add_test(tests, letters_and_digits);
    tcase_add_test(tests, one_hyphen_for_all_else);
    tcase_add_test(tests, no_hyphen_at_the_ends);
    tcase_add_test(tests, other_bytes_are_not_letters);
    tcase_add_test(tests, cut_to_size);
    tcase_add_test(tests, no_hyphen_at_the_cut);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
