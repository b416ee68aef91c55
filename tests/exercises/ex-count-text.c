/* Exercise "Characters, also of broken text": count_characters. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t count_characters(const unsigned char *bytes, size_t size);

/* The text goes into memory of its own size, so that the address sanitizer
 * sees a look beyond its end. */
static void expect(size_t wanted, const char *text, size_t size)
{
    unsigned char *bytes = malloc(size ? size : 1);
    char shown[200] = "";
    ck_assert(bytes != NULL);
    memcpy(bytes, text, size);
    for (size_t i = 0; i < size && i < 40; i++)
        snprintf(shown + 3 * i, 4, "%02X ", bytes[i]);
    size_t got = count_characters(bytes, size);
    free(bytes);
    ck_assert_msg(got == wanted, "%sexpected %zu, got %zu", shown, wanted, got);
}
#define EXPECT(wanted, text) expect(wanted, text, sizeof(text) - 1)

START_TEST(sound_text)
{
    EXPECT(0, "");
    EXPECT(5, "hello");
    EXPECT(5, "Gr\xC3\xBC\xC3\x9F"
              "e");
    EXPECT(2, "\xE4\xB8\x96\xE7\x95\x8C");
    EXPECT(1, "\xF0\x9F\x98\x80");
    EXPECT(3, "a\0b");
    EXPECT(6, "\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xF0\x90\x80\x80"
              "\xF4\x8F\xBF\xBF");
    EXPECT(3, "\xE0\xA0\x80\xE0\xBF\x80\xED\x80\xBF");
    EXPECT(4, "\xF1\x80\x80\x80\xF2\xBF\x80\xBF\xF3\xBF\xBF\xBF"
              "\xEE\x80\x80");
    ck_assert_msg(count_characters(NULL, 0) == 0, "no bytes at all count 0");
    /* drawn: characters of one to four bytes, in any order */
    static const char *const kinds[] = {"a", "\xC3\xA9", "\xE4\xB8\x96",
                                        "\xF0\x9F\x98\x80"};
    char text[33] = "";
    size_t characters = (size_t)vary(1, 8);
    for (size_t i = 0; i < characters; i++)
        strcat(text, kinds[vary(0, 3)]);
    expect(characters, text, strlen(text));
}
END_TEST

START_TEST(bytes_that_begin_nothing)
{
    EXPECT(3, "a\xFF"
              "b");
    EXPECT(3, "\x80\xBF\x80");
    EXPECT(4, "\xC0\xAF\xC1\xBF");
    EXPECT(4, "\xF5\x80\x80\x80");
}
END_TEST

START_TEST(characters_that_break_off)
{
    EXPECT(2, "\xE4\xB8"
              "A");
    EXPECT(2, "\xC3"
              "A");
    EXPECT(2, "\xF0\x9F\x98"
              "A");
    EXPECT(2, "\xC3\xC3\xA9");
    EXPECT(2, "\xE4\xB8\xE4\xB8\x96");
}
END_TEST

START_TEST(the_end_of_the_text)
{
    EXPECT(1, "\xC3");
    EXPECT(1, "\xE4\xB8");
    EXPECT(1, "\xF0\x9F\x98");
    EXPECT(2, "a\xF0");
}
END_TEST

START_TEST(second_bytes)
{
    EXPECT(3, "\xE0\x80"
              "A");
    EXPECT(3, "\xE0\x9F\xBF");
    EXPECT(3, "\xED\xA0\x80");
    EXPECT(4, "\xF0\x8F\xBF\xBF");
    EXPECT(4, "\xF4\x90\x80\x80");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Characters, also of broken text");
    TCase *tcase = tcase_create("count_characters");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, sound_text);
    tcase_add_test(tcase, bytes_that_begin_nothing);
    tcase_add_test(tcase, characters_that_break_off);
    tcase_add_test(tcase, the_end_of_the_text);
    tcase_add_test(tcase, second_bytes);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
