/* Exercise "Who may say that it ended?": hear_out. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum worth { PASSED, FAILED, UNFINISHED, FOUL };
enum worth hear_out(const char *const messages[], size_t count,
                    const char *nonce);

static const char *const worths[] = {"PASSED", "FAILED", "UNFINISHED", "FOUL"};

/* What is spoken of, made with this test's nonce. */
static char nonce[40], ended[80], place[80];

static void draw(void)
{
    vary_letters(nonce, vary(8, 32));
    snprintf(ended, sizeof ended, "ended %s", nonce);
    snprintf(place, sizeof place, "place %s test.c:%ld", nonce, vary(1, 999));
}

static void must_be(enum worth wanted, const char *const messages[],
                    size_t count, const char *why)
{
    enum worth got = hear_out(messages, count, nonce);
    ck_assert_msg(got == wanted, "%s: that is %s, not %s", why, worths[wanted],
                  (unsigned)got <= FOUL ? worths[got] : "anything known");
}

#define MUST_BE(wanted, why, ...)                                              \
    must_be(wanted, (const char *const[]){__VA_ARGS__},                        \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), why)

START_TEST(a_good_end)
{
    MUST_BE(PASSED, "the end, with the nonce", ended);
    MUST_BE(PASSED, "places and the end, with the nonce", place, place, ended);
}
END_TEST

START_TEST(no_end)
{
    must_be(UNFINISHED, NULL, 0, "not one message came");
    MUST_BE(UNFINISHED, "places, and no end", place, place);
}
END_TEST

START_TEST(a_failure)
{
    MUST_BE(FAILED, "an assertion has failed", "fail test.c:7 no");
    MUST_BE(FAILED, "an assertion has failed, and the end came all the same",
            place, "fail test.c:7 no", ended);
    MUST_BE(FAILED, "a failure may have any text, also another's words",
            "fail ended 0", ended);
}
END_TEST

START_TEST(a_nonce_that_is_none)
{
    char text[120];
    MUST_BE(FOUL, "the end without a nonce", "ended ");
    MUST_BE(FOUL, "the end without a nonce", "ended");
    snprintf(text, sizeof text, "%.*s", (int)strlen(ended) - 1, ended);
    MUST_BE(FOUL, "the end with all of the nonce but its last letter", text);
    snprintf(text, sizeof text, "%.7s", ended);
    MUST_BE(FOUL, "the end with the first letter of the nonce", text);
    snprintf(text, sizeof text, "%sx", ended);
    MUST_BE(FOUL, "the end with the nonce and a letter more", text);
    snprintf(text, sizeof text, "%s ", ended);
    MUST_BE(FOUL, "the end with something behind the nonce", text);
    strcpy(text, ended);
    text[6 + vary(0, (long)strlen(nonce) - 1)] ^= 1;
    MUST_BE(FOUL, "the end with a nonce in which one letter is wrong", text);
}
END_TEST

START_TEST(a_place_with_a_wrong_nonce)
{
    char text[120];
    strcpy(text, place);
    text[6] ^= 1;
    MUST_BE(FOUL, "a place with another nonce", text, ended);
    snprintf(text, sizeof text, "place %sx test.c:7", nonce);
    MUST_BE(FOUL, "a place whose nonce has a letter more", text, ended);
    MUST_BE(FOUL, "a place with nothing behind it", "place ", ended);
}
END_TEST

START_TEST(a_message_that_nobody_knows)
{
    MUST_BE(FOUL, "an empty message", "", ended);
    MUST_BE(FOUL, "ok 1 is no message of ours", place, "ok 1", ended);
    MUST_BE(FOUL, "failure is not fail", "failure x", ended);
}
END_TEST

START_TEST(after_the_end)
{
    MUST_BE(FOUL, "the end came twice, and the nonce counts once", ended,
            ended);
    MUST_BE(FOUL, "a place after the end", ended, place);
    MUST_BE(FOUL, "a failure after the end", ended, "fail test.c:7 no");
}
END_TEST

START_TEST(foul_weighs_most)
{
    MUST_BE(FOUL, "a failure, and later a message that nobody knows",
            "fail test.c:7 no", "ok 1");
    MUST_BE(FOUL, "a message that nobody knows, and no end", "ok 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Who may say that it ended?");
    TCase *tcase = tcase_create("hear_out");
    tcase_add_checked_fixture(tcase, draw, NULL);
    tcase_add_test(tcase, a_good_end);
    tcase_add_test(tcase, no_end);
    tcase_add_test(tcase, a_failure);
    tcase_add_test(tcase, a_nonce_that_is_none);
    tcase_add_test(tcase, a_place_with_a_wrong_nonce);
    tcase_add_test(tcase, a_message_that_nobody_knows);
    tcase_add_test(tcase, after_the_end);
    tcase_add_test(tcase, foul_weighs_most);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
