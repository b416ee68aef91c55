/* Exercise "Find the cycle": find_cycle. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

int find_cycle(const int waits_for[], int count, int cycle[]);

enum { MOST = 8 };

static void check_cycle(const int waits_for[], int count, const int wanted[],
                        int length)
{
    int cycle[MOST + 2];
    char arrows[128] = "";
    for (int i = 0; i < MOST + 2; i++)
        cycle[i] = -7;
    for (int i = 0; i < count; i++)
        snprintf(arrows + strlen(arrows), sizeof arrows - strlen(arrows), " %d",
                 waits_for[i]);
    int got = find_cycle(waits_for, count, cycle);
    ck_assert_msg(got == length,
                  "waits:%s: the cycle has %d members, not %d. See \"A "
                  "detector\".",
                  arrows, length, got);
    for (int i = 0; i < length; i++)
        ck_assert_msg(cycle[i] == wanted[i],
                      "waits:%s: member %d of the cycle is %d, not %d", arrows,
                      i, wanted[i], cycle[i]);
    for (int i = count; i < MOST + 2; i++)
        ck_assert_msg(cycle[i] == -7, "written past the end of cycle");
}

#define CHECK_CYCLE(waits, ...)                                                \
    check_cycle((int[]){waits}, (int)(sizeof((int[]){waits}) / sizeof(int)),   \
                (int[]){__VA_ARGS__},                                          \
                (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)))
#define W(...) __VA_ARGS__

START_TEST(nobody_waits_for_ever)
{
    int none[1] = {0};
    check_cycle(none, 0, none, 0);
    check_cycle((int[]){-1}, 1, none, 0);
    check_cycle((int[]){1, 2, 3, -1}, 4, none, 0);
    check_cycle((int[]){3, -1, 3, -1}, 4, none, 0);
}
END_TEST

START_TEST(all_are_in_the_cycle)
{
    CHECK_CYCLE(W(1, 0), 0, 1);
    CHECK_CYCLE(W(1, 2, 3, 4, 0), 0, 1, 2, 3, 4);
    CHECK_CYCLE(W(4, 0, 1, 2, 3), 0, 4, 3, 2, 1);
}
END_TEST

START_TEST(one_waits_for_itself)
{
    CHECK_CYCLE(W(0), 0);
    CHECK_CYCLE(W(-1, 1, 0), 1);
}
END_TEST

START_TEST(the_cycle_begins_elsewhere)
{
    CHECK_CYCLE(W(-1, 2, 1), 1, 2);
    CHECK_CYCLE(W(3, 2, 4, -1, 1), 1, 2, 4);
}
END_TEST

START_TEST(some_wait_for_the_cycle)
{
    CHECK_CYCLE(W(1, 2, 1), 1, 2);
    CHECK_CYCLE(W(1, 2, 3, 4, 5, 3), 3, 4, 5);
    CHECK_CYCLE(W(2, 2, 2, 0), 2);
}
END_TEST

/* A ring of drawn length behind a drawn number of those who wait for nobody;
 * all others wait for its first member. */
START_TEST(a_drawn_cycle)
{
    for (int turn = 0; turn < 10; turn++) {
        int waits_for[MOST], wanted[MOST];
        int free = (int)vary(0, 3), length = (int)vary(1, MOST - free);
        for (int i = 0; i < MOST; i++)
            waits_for[i] = i < free ? -1 : i - free < length - 1 ? i + 1 : free;
        for (int i = 0; i < length; i++)
            wanted[i] = free + i;
        check_cycle(waits_for, MOST, wanted, length);
    }
}
END_TEST

START_TEST(of_two_the_lowest)
{
    CHECK_CYCLE(W(-1, 4, 3, 2, 1), 1, 4);
    CHECK_CYCLE(W(5, 2, 1, 4, 3, 3), 1, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Find the cycle");
    TCase *tcase = tcase_create("find_cycle");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, nobody_waits_for_ever);
    tcase_add_test(tcase, all_are_in_the_cycle);
    tcase_add_test(tcase, one_waits_for_itself);
    tcase_add_test(tcase, the_cycle_begins_elsewhere);
    tcase_add_test(tcase, some_wait_for_the_cycle);
    tcase_add_test(tcase, a_drawn_cycle);
    tcase_add_test(tcase, of_two_the_lowest);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
