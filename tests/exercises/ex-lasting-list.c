/* Exercise "A list that lasts": list_in_thread. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *list_in_thread(int count, int exponent);

/* What list_in_thread(count, exponent) must return, in static storage. */
static const char *expected_list(int count, int exponent)
{
    static char text[1000 * 21];
    size_t used = 0;
    text[0] = '\0';
    for (int number = 1; number <= count; number++) {
        long power = number;
        for (int i = 1; i < exponent; i++)
            power *= number;
        used +=
            (size_t)snprintf(text + used, sizeof text - used, " %ld", power);
    }
    return text;
}

static void check_list(int count, int exponent)
{
    const char *expected = expected_list(count, exponent);
    char *list = list_in_thread(count, exponent);
    ck_assert_msg(list != NULL,
                  "list_in_thread(%d, %d) must return a text, not NULL", count,
                  exponent);
    ck_assert_msg(strcmp(list, expected) == 0,
                  "list_in_thread(%d, %d) must be '%.60s', not '%.60s'", count,
                  exponent, expected, list);
    free(list);
}

START_TEST(lists_are_right)
{
    check_list(3, 2);
    check_list(0, 3);
    check_list(5, 1);
    check_list(5, 3);
    for (int i = 0; i < 5; i++)
        check_list((int)vary(1, 60), (int)vary(1, 5));
}
END_TEST

START_TEST(long_lists_are_right)
{
    check_list(100, 2);
    check_list(1000, 3);
}
END_TEST

START_TEST(two_lists_do_not_disturb_each_other)
{
    char *squares = list_in_thread(5, 2);
    ck_assert_msg(squares != NULL, "list_in_thread(5, 2) must not be NULL");
    char *cubes = list_in_thread(5, 3);
    ck_assert_msg(cubes != NULL, "list_in_thread(5, 3) must not be NULL");
    ck_assert_msg(strcmp(squares, " 1 4 9 16 25") == 0,
                  "after a second list was made, the squares must still be "
                  "' 1 4 9 16 25', but they are '%.60s'. Whose memory is the "
                  "text in? See \"Where the result may live\".",
                  squares);
    ck_assert_str_eq(cubes, " 1 8 27 64 125");
    free(squares);
    free(cubes);
}
END_TEST

START_TEST(a_thread_makes_the_list)
{
    free(list_in_thread(3, 2));
    ck_assert_msg(schedule_count(AFTER_CREATE) == 1,
                  "one thread must be started for the list, not %ld",
                  schedule_count(AFTER_CREATE));
    ck_assert_msg(schedule_count(AFTER_JOIN) == 1,
                  "the thread must be joined before the list is returned");
}
END_TEST

START_TEST(a_thread_that_cannot_be_started)
{
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    errno = 0;
    char *list = list_in_thread(3, 2);
    int error = errno;
    ck_assert_msg(list == NULL,
                  "pthread_create has failed: the result must be NULL");
    ck_assert_msg(error == EAGAIN,
                  "errno must be EAGAIN, as pthread_create said, and not %d. "
                  "pthread_create does not set it. See \"The two kinds, side "
                  "by side\".",
                  error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A list that lasts");
    TCase *tcase = tcase_create("lists");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, lists_are_right);
    tcase_add_test(tcase, long_lists_are_right);
    tcase_add_test(tcase, two_lists_do_not_disturb_each_other);
    tcase_add_test(tcase, a_thread_makes_the_list);
    tcase_add_test(tcase, a_thread_that_cannot_be_started);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
