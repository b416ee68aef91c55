/* Exercise "The cash machine": withdraw. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

struct account {
    pthread_mutex_t lock;
    long balance;
};
bool withdraw(struct account *account, long amount,
              void (*pay_out)(long amount));

static struct account account = {PTHREAD_MUTEX_INITIALIZER, 10000};
static atomic_long paid, balance_seen;
static atomic_int payments;

static void count_notes(long amount)
{
    balance_seen = account.balance;
    paid += amount;
    payments++;
}

START_TEST(pays_if_there_is_enough)
{
    long amount = vary(1, 10000);
    ck_assert_msg(withdraw(&account, amount, count_notes),
                  "%ld of 10000 can be paid out: withdraw must return true",
                  amount);
    ck_assert_msg(payments == 1 && paid == amount,
                  "pay_out must be called once, with the amount, not %d times",
                  payments);
    ck_assert_msg(balance_seen == 10000,
                  "while pay_out runs the balance still has its old value, "
                  "10000, not %ld",
                  balance_seen);
    ck_assert_msg(account.balance == 10000 - amount,
                  "%ld must be left, not %ld", 10000 - amount, account.balance);
    ck_assert_msg(schedule_held() == 0, "withdraw must release the mutex");
}
END_TEST

START_TEST(refuses_if_there_is_too_little)
{
    ck_assert_msg(!withdraw(&account, 10001, count_notes),
                  "100.01 of 100 cannot be paid out: return false");
    ck_assert_msg(payments == 0, "pay_out must not be called");
    ck_assert_int_eq(account.balance, 10000);
    ck_assert_msg(schedule_held() == 0,
                  "withdraw must release the mutex on this way out too");
    ck_assert_msg(schedule_count(AFTER_LOCK) > 0,
                  "withdraw looked at the balance without the mutex, while "
                  "another thread may be changing it. See \"What C says\".");
}
END_TEST

START_TEST(refuses_without_the_lock)
{
    schedule_fail(CALL_LOCK, EAGAIN, 0);
    ck_assert_msg(!withdraw(&account, 8000, count_notes),
                  "pthread_mutex_lock failed: return false");
    ck_assert_msg(payments == 0 && account.balance == 10000,
                  "without the mutex nothing may be paid out or booked");
    ck_assert_msg(withdraw(&account, 8000, count_notes),
                  "and the next customer must be served as always");
}
END_TEST

START_TEST(pays_the_last_cent)
{
    ck_assert_msg(withdraw(&account, 10000, count_notes),
                  "all of the balance can be paid out: return true");
    ck_assert_int_eq(account.balance, 0);
    ck_assert_int_eq(paid, 10000);
}
END_TEST

/* The second customer, who comes while the notes for the first are counted. */
static pthread_t second;
static _Thread_local bool is_second;
static atomic_bool second_at_lock, second_done, second_got;
static long second_wants = 8000;

static void note_lock(enum point point, const void *object)
{
    if (point == BEFORE_LOCK && object == &account.lock && is_second)
        second_at_lock = true;
}

static void *come_second(void *nothing)
{
    is_second = true;
    second_got = withdraw(&account, second_wants, count_notes);
    second_done = true;
    return nothing;
}

/* Where the mutex is held, the other must come to wait for it; where it is
 * not, the other must be able to go through. */
static void pay_slowly(long amount)
{
    count_notes(amount);
    bool held = schedule_held() > 0;
    schedule_hook(note_lock);
    ck_assert_int_eq(pthread_create(&second, NULL, come_second, NULL), 0);
    while (!second_done && !(held && second_at_lock))
        sched_yield();
}

START_TEST(two_machines_one_account)
{
    bool first_got = withdraw(&account, 8000, pay_slowly);
    ck_assert_int_eq(pthread_join(second, NULL), 0);
    ck_assert_msg(account.balance >= 0,
                  "two machines paid out at the same time, and the balance is "
                  "%ld. Check and act must be one step: see \"The bank\".",
                  account.balance);
    ck_assert_msg(first_got && !second_got,
                  "with 100 in the account, of two who want 80 the first "
                  "must get it and the second must not");
    ck_assert_msg(paid == 8000 && account.balance == 2000,
                  "8000 must be paid out and 2000 left, not %ld and %ld", paid,
                  account.balance);
}
END_TEST

START_TEST(there_is_enough_for_two)
{
    long first_wants = vary(1, 4999);
    second_wants = vary(1, 4999);
    schedule_fail(CALL_TRYLOCK, EBUSY, 1); /* busy for who only tries */
    bool first_got = withdraw(&account, first_wants, pay_slowly);
    ck_assert_int_eq(pthread_join(second, NULL), 0);
    ck_assert_msg(first_got && second_got,
                  "with 10000 in the account two who want %ld and %ld must "
                  "both get it; the second has to wait for the first, not to "
                  "be refused",
                  first_wants, second_wants);
    long sum = first_wants + second_wants;
    ck_assert_msg(paid == sum && account.balance == 10000 - sum,
                  "%ld must be paid out and %ld left, not %ld and %ld", sum,
                  10000 - sum, paid, account.balance);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("The cash machine");
    TCase *tcase = tcase_create("withdraw");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, pays_if_there_is_enough);
    tcase_add_test(tcase, refuses_if_there_is_too_little);
    tcase_add_test(tcase, refuses_without_the_lock);
    tcase_add_test(tcase, pays_the_last_cent);
    tcase_add_test(tcase, two_machines_one_account);
    tcase_add_test(tcase, there_is_enough_for_two);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
