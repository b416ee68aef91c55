/* Exercise "Pay without fear": pay. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct purse {
    pthread_mutex_t lock;
    long coins;
};
int pay(struct purse *from, struct purse *to, long coins);

static struct purse purses[3] = {{PTHREAD_MUTEX_INITIALIZER, 100},
                                 {PTHREAD_MUTEX_INITIALIZER, 50},
                                 {PTHREAD_MUTEX_INITIALIZER, 0}};

static void check_coins(long first, long second, long third)
{
    ck_assert_msg(purses[0].coins == first && purses[1].coins == second &&
                      purses[2].coins == third,
                  "the purses must hold %ld, %ld and %ld coins, not %ld, %ld "
                  "and %ld",
                  first, second, third, purses[0].coins, purses[1].coins,
                  purses[2].coins);
}

static bool is_of_a_purse(const void *mutex)
{
    for (int i = 0; i < 3; i++)
        if (mutex == &purses[i].lock)
            return true;
    return false;
}

/* A second lock of the same mutex would wait for ever: say so instead. */
static void no_second_lock(enum point point, const void *object)
{
    if (point == BEFORE_LOCK && !is_of_a_purse(object))
        ck_abort_msg("a lock is taken that is in no purse: payments between "
                     "other purses would wait for it");
    if (point == BEFORE_LOCK && schedule_holds(object))
        ck_abort_msg("a purse is locked by a thread that holds it already. "
                     "What if both purses are the same?");
}

START_TEST(moves_coins)
{
    schedule_hook(no_second_lock);
    long coins = vary(1, 100);
    ck_assert_int_eq(pay(&purses[0], &purses[1], coins), 0);
    check_coins(100 - coins, 50 + coins, 0);
    ck_assert_int_eq(pay(&purses[1], &purses[0], 50 + coins), 0);
    check_coins(150, 0, 0);
    ck_assert_int_eq(pay(&purses[1], &purses[2], 0), 0);
    check_coins(150, 0, 0);
    ck_assert_int_eq(schedule_held(), 0);
}
END_TEST

START_TEST(refuses_what_is_not_there)
{
    schedule_hook(no_second_lock);
    int result = pay(&purses[1], &purses[0], 51);
    ck_assert_msg(result == -1, "51 coins of 50: the result must be -1, not %d",
                  result);
    check_coins(100, 50, 0);
    ck_assert_msg(schedule_held() == 0,
                  "after a payment that was refused, %d lock(s) are still "
                  "held",
                  schedule_held());
}
END_TEST

START_TEST(pays_into_the_same_purse)
{
    schedule_hook(no_second_lock);
    int result = pay(&purses[1], &purses[1], vary(1, 50));
    ck_assert_int_eq(result, 0);
    check_coins(100, 50, 0);
    result = pay(&purses[1], &purses[1], 51);
    ck_assert_msg(result == -1,
                  "51 coins of 50, into the same purse: the result must be -1, "
                  "not %d",
                  result);
    ck_assert_int_eq(schedule_held(), 0);
}
END_TEST

/* Somebody else takes all coins before the first lock is had. */
static void empty_the_first(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_LOCK && schedule_held() == 0)
        purses[0].coins = 0;
}

START_TEST(counts_under_the_locks)
{
    schedule_hook(empty_the_first);
    int result = pay(&purses[0], &purses[1], 30);
    ck_assert_msg(result == -1 && purses[0].coins == 0,
                  "another payment has emptied the purse before it was "
                  "locked: the result must be -1, not %d, and it must hold 0 "
                  "coins, not %ld. Count them under the lock.",
                  result, purses[0].coins);
    ck_assert_int_eq(schedule_held(), 0);
}
END_TEST

/* No lock is given back while a coin is on its way. */
static bool both_were_held;

static void coins_are_all_there(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_UNLOCK && purses[0].coins + purses[1].coins != 150)
        ck_abort_msg("a lock is given back while %ld coins are in no purse: "
                     "both must be held while they move",
                     150 - purses[0].coins - purses[1].coins);
    if (schedule_holds(&purses[0].lock) && schedule_holds(&purses[1].lock))
        both_were_held = true;
}

START_TEST(holds_both_while_coins_move)
{
    schedule_hook(coins_are_all_there);
    ck_assert_int_eq(pay(&purses[0], &purses[1], 30), 0);
    ck_assert_msg(both_were_held,
                  "at no moment were both purses locked: whoever counts all "
                  "coins then finds too few or too many");
    check_coins(70, 80, 0);
}
END_TEST

START_TEST(keeps_one_order)
{
    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 3; to++)
            if (from != to)
                pay(&purses[from], &purses[to], 1);
    ck_assert_msg(!schedule_order_cycle(),
                  "the purses are locked in different orders, depending on who "
                  "pays: two payments can deadlock. See \"An order\".");
}
END_TEST

START_TEST(keeps_its_order_when_coins_have_moved)
{
    ck_assert_int_eq(pay(&purses[0], &purses[1], 90), 0);
    ck_assert_int_eq(pay(&purses[0], &purses[1], 1), 0);
    ck_assert_msg(!schedule_order_cycle(),
                  "the order of the locks has changed with the coins. It must "
                  "depend on something that stays. See \"An order\".");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Pay without fear");
    TCase *tcase = tcase_create("pay");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, moves_coins);
    tcase_add_test(tcase, refuses_what_is_not_there);
    tcase_add_test(tcase, pays_into_the_same_purse);
    tcase_add_test(tcase, counts_under_the_locks);
    tcase_add_test(tcase, holds_both_while_coins_move);
    tcase_add_test(tcase, keeps_one_order);
    tcase_add_test(tcase, keeps_its_order_when_coins_have_moved);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
