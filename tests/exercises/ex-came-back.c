/* Exercise "What came back": ledger_lend and ledger_return. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <string.h>

enum { NO_VERDICT = -1, MOST_TRIES = 3 };
enum place { OPEN, LENT, DONE, GIVEN_UP };

struct loan {
    enum place place;
    int machine;
    long until;
    int tries;
    int tenths;
};

struct ledger {
    struct loan *loans;
    size_t count;
    long patience;
};

long ledger_lend(struct ledger *ledger, int machine, long now);
int ledger_return(struct ledger *ledger, size_t index, int machine, int tenths);

static struct loan loans[4];
static struct ledger ledger = {loans, 4, 60};

static void lends(int machine, long now, long expected)
{
    long got = ledger_lend(&ledger, machine, now);
    ck_assert_msg(got == expected,
                  "at %ld s machine %d should be lent submission %ld, and was "
                  "lent %ld (-1: none); the section on more than one machine "
                  "tells what may happen to a loan",
                  now, machine, expected, got);
    if (expected < 0)
        return;
    const struct loan *loan = &loans[expected];
    ck_assert_msg(loan->place == LENT && loan->machine == machine,
                  "submission %ld should be lent to machine %d, and is in "
                  "place %d, machine %d",
                  expected, machine, (int)loan->place, loan->machine);
    ck_assert_msg(loan->until == now + ledger.patience,
                  "the loan should run out at %ld s, not at %ld",
                  now + ledger.patience, loan->until);
}

static void returns(size_t index, int machine, int tenths, int expected)
{
    int got = ledger_return(&ledger, index, machine, tenths);
    ck_assert_msg(got == expected,
                  "machine %d brings %d for submission %zu: the result should "
                  "be %d, and is %d",
                  machine, tenths, index, expected, got);
}

static void is_at(size_t index, enum place place)
{
    static const char *const names[] = {"OPEN", "LENT", "DONE", "GIVEN_UP"};
    ck_assert_msg(loans[index].place == place,
                  "submission %zu should be %s, and is %s; the section on more "
                  "than one machine tells why a delivery may come late or "
                  "twice",
                  index, names[place], names[loans[index].place & 3]);
}

START_TEST(lends_in_order)
{
    for (int i = 0; i < 4; i++)
        lends(10 + i, i, i);
    lends(1, 5, -1);
    ck_assert_msg(loans[2].tries == 1, "one loan is one try, not %d",
                  loans[2].tries);
}
END_TEST

START_TEST(takes_points)
{
    lends(1, 0, 0);
    lends(2, 0, 1);
    returns(1, 2, 75, 0);
    is_at(1, DONE);
    is_at(0, LENT);
    ck_assert_msg(loans[1].tenths == 75, "75 tenths were brought, not %d",
                  loans[1].tenths);
    lends(3, 1, 2);
}
END_TEST

START_TEST(lends_again_what_has_run_out)
{
    lends(1, 0, 0);
    lends(2, 59, 1);
    lends(3, 60, 0);
    lends(4, 119, 1);
    lends(5, 119, 2);
    lends(6, 120, 0);
}
END_TEST

START_TEST(gives_up_after_three)
{
    lends(1, 0, 0);
    lends(2, 100, 0);
    lends(3, 200, 0);
    lends(4, 300, 1);
    is_at(0, GIVEN_UP);
    returns(1, 4, NO_VERDICT, 0);
    is_at(1, OPEN);
}
END_TEST

START_TEST(a_failure_opens)
{
    lends(1, 0, 0);
    returns(0, 1, NO_VERDICT, 0);
    is_at(0, OPEN);
    lends(1, 1, 0);
    returns(0, 1, NO_VERDICT, 0);
    lends(1, 2, 0);
    returns(0, 1, NO_VERDICT, 0);
    is_at(0, GIVEN_UP);
    lends(1, 3, 1);
}
END_TEST

START_TEST(late_points_count)
{
    lends(1, 0, 0);
    lends(2, 60, 0);
    returns(0, 1, 40, 0);
    is_at(0, DONE);
    ck_assert_msg(loans[0].tenths == 40, "40 tenths were brought, not %d",
                  loans[0].tenths);
    returns(0, 2, NO_VERDICT, 0);
    is_at(0, DONE);
}
END_TEST

START_TEST(points_count_after_giving_up)
{
    for (int i = 0; i < 3; i++)
        lends(i, 100 * i, 0);
    lends(3, 300, 1);
    is_at(0, GIVEN_UP);
    returns(0, 1, 90, 0);
    is_at(0, DONE);
}
END_TEST

START_TEST(a_late_failure_changes_nothing)
{
    lends(1, 0, 0);
    lends(2, 60, 0);
    returns(0, 1, NO_VERDICT, 0);
    is_at(0, LENT);
    ck_assert_msg(loans[0].machine == 2, "machine 2 has it, not %d",
                  loans[0].machine);
    lends(3, 61, 1);
}
END_TEST

START_TEST(twice_the_same_is_once)
{
    lends(1, 0, 0);
    returns(0, 1, 55, 0);
    returns(0, 1, 55, 0);
    returns(0, 2, 55, 0);
    is_at(0, DONE);
    returns(0, 1, NO_VERDICT, 0);
    is_at(0, DONE);
}
END_TEST

START_TEST(what_differs_is_told)
{
    lends(1, 0, 0);
    returns(0, 1, 55, 0);
    returns(0, 2, 56, EBADMSG);
    ck_assert_msg(loans[0].tenths == 55,
                  "the first verdict stays until somebody has looked: 55, not "
                  "%d",
                  loans[0].tenths);
    returns(0, 1, 0, EBADMSG);
    returns(4, 1, 10, ERANGE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {lends_in_order,
                                  takes_points,
                                  lends_again_what_has_run_out,
                                  gives_up_after_three,
                                  a_failure_opens,
                                  late_points_count,
                                  points_count_after_giving_up,
                                  a_late_failure_changes_nothing,
                                  twice_the_same_is_once,
                                  what_differs_is_told};
    Suite *suite = suite_create("ex-came-back");
    add_tests(suite, "ex-came-back", 1, tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
