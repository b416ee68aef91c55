/* Exercise "Two locks, one order": move_money. */
#include "lib/worker.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

struct account {
    int number;
    pthread_mutex_t lock;
    long balance;
};

int move_money(struct account *from, struct account *to, long amount);

static struct account accounts[3];
static bool taken_twice, torn;

static void open_accounts(void)
{
    int base = (int)vary(1, 1000);
    pthread_mutexattr_t how;
    ck_assert_int_eq(pthread_mutexattr_init(&how), 0);
    ck_assert_int_eq(pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK),
                     0);
    for (int i = 0; i < 3; i++) {
        /* numbers in another order than addresses */
        accounts[i].number = (i + 1) % 3 + base;
        accounts[i].balance = 100;
        ck_assert_int_eq(pthread_mutex_init(&accounts[i].lock, &how), 0);
    }
    pthread_mutexattr_destroy(&how);
}

static void expect(long first, long second)
{
    ck_assert_msg(accounts[0].balance == first && accounts[1].balance == second,
                  "expected balances of %ld and %ld, not %ld and %ld", first,
                  second, accounts[0].balance, accounts[1].balance);
    ck_assert_msg(schedule_held() == 0,
                  "%d lock(s) still held when move_money returns. See \"The "
                  "path that forgot\".",
                  schedule_held());
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == schedule_count(AFTER_UNLOCK),
                  "a lock is unlocked that is not held (any more): with "
                  "another kind of mutex this is undefined. See \"A mutex "
                  "that objects\".");
}

START_TEST(moves)
{
    open_accounts();
    long amount = vary(1, 99);
    ck_assert_int_eq(move_money(&accounts[0], &accounts[1], amount), 0);
    expect(100 - amount, 100 + amount);
    ck_assert_int_eq(move_money(&accounts[1], &accounts[0], 100 + amount), 0);
    expect(200, 0);
}
END_TEST

START_TEST(refuses_what_is_not_there)
{
    open_accounts();
    int error = move_money(&accounts[0], &accounts[1], 101);
    ck_assert_msg(error == EAGAIN, "101 of 100: expected EAGAIN, not %d",
                  error);
    expect(100, 100);
    ck_assert_int_eq(move_money(&accounts[1], &accounts[0], 101), EAGAIN);
    expect(100, 100);
}
END_TEST

static void watch_for_twice(enum point point, const void *object)
{
    if (point == BEFORE_LOCK && schedule_holds(object))
        taken_twice = true;
}

START_TEST(moves_to_itself)
{
    open_accounts();
    schedule_hook(watch_for_twice);
    int error = move_money(&accounts[0], &accounts[0], 30);
    int too_much = move_money(&accounts[0], &accounts[0], 101);
    schedule_hook(NULL);
    ck_assert_msg(!taken_twice,
                  "from and to are the same account, and its lock is taken "
                  "twice. See \"The same lock, by the same thread\".");
    ck_assert_int_eq(error, 0);
    ck_assert_msg(too_much == EAGAIN,
                  "101 of 100 to itself: expected EAGAIN, not %d", too_much);
    expect(100, 100);
}
END_TEST

START_TEST(has_one_order)
{
    open_accounts();
    for (int from = 0; from < 3; from++)
        for (int to = 0; to < 3; to++)
            if (from != to)
                ck_assert_int_eq(move_money(&accounts[from], &accounts[to], 1),
                                 0);
    ck_assert_msg(!schedule_order_cycle(),
                  "locks were taken in orders that can deadlock: one thread "
                  "in one direction and one in the other may each wait for "
                  "the lock that the other holds. Let the accounts' numbers "
                  "decide.");
}
END_TEST

/* Whoever can have both locks must find all the money. */
static void add_up(enum point point, const void *object)
{
    (void)object;
    if (point == AFTER_UNLOCK && schedule_held() == 0 &&
        accounts[0].balance + accounts[1].balance != 200)
        torn = true;
}

START_TEST(never_shows_half_a_move)
{
    open_accounts();
    schedule_hook(add_up);
    ck_assert_int_eq(move_money(&accounts[0], &accounts[1], 30), 0);
    schedule_hook(NULL);
    ck_assert_msg(!torn, "both locks were free while money was in neither "
                         "account, or in both. See \"Invariants\".");
}
END_TEST

/* Where a balance is first seen changed, its lock must be held. */
static long seen[2];
static int changed_unlocked = -1;

static void watch_balances(enum point point, const void *object)
{
    (void)point;
    (void)object;
    for (int i = 0; i < 2; i++) {
        if (accounts[i].balance != seen[i] &&
            !schedule_holds(&accounts[i].lock))
            changed_unlocked = i;
        seen[i] = accounts[i].balance;
    }
}

START_TEST(changes_each_balance_under_its_lock)
{
    open_accounts();
    for (int from = 0; from < 2; from++) {
        seen[0] = accounts[0].balance;
        seen[1] = accounts[1].balance;
        schedule_hook(watch_balances);
        ck_assert_int_eq(move_money(&accounts[from], &accounts[1 - from], 30),
                         0);
        schedule_hook(NULL);
        ck_assert_msg(changed_unlocked == -1,
                      "the balance of `%s` was changed, and its lock was not "
                      "held. See \"What a lock promises\".",
                      changed_unlocked == from ? "from" : "to");
    }
}
END_TEST

/* Another thread takes 90 out while we wait for a lock: for the first that is
 * taken, or for a later one, if its account is still free then. */
static int busy_lock;
static bool taken_out;

static void take_out(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_LOCK && schedule_count(BEFORE_LOCK) == busy_lock &&
        !schedule_holds(&accounts[0].lock) && accounts[0].balance == 100) {
        accounts[0].balance -= 90;
        taken_out = true;
    }
}

static void move_while_90_go(int to)
{
    for (busy_lock = 1; busy_lock <= 3; busy_lock++) {
        open_accounts();
        taken_out = false;
        schedule_hook(take_out);
        int error = move_money(&accounts[0], &accounts[to], 30);
        schedule_reset();
        if (busy_lock == 1 || taken_out)
            ck_assert_msg(error == EAGAIN && accounts[0].balance == 10,
                          "while move_money (%s) waited for lock %d, 90 of 100 "
                          "were taken out: 30 must be refused, but the result "
                          "is %d and the balance %ld. See \"Every access "
                          "locked, and wrong\".",
                          to == 0 ? "to the same account" : "to another",
                          busy_lock, error, accounts[0].balance);
    }
}

START_TEST(looks_under_the_lock)
{
    move_while_90_go(1);
}
END_TEST

START_TEST(looks_at_itself_under_the_lock)
{
    move_while_90_go(0);
}
END_TEST

static void move_about(int index, void *argument)
{
    (void)argument;
    for (int i = 0; i < 2000; i++)
        move_money(&accounts[index % 2], &accounts[1 - index % 2], i % 50);
}

START_TEST(works_with_many_hands)
{
    open_accounts();
    run_threads(4, move_about, NULL);
    ck_assert_int_eq(accounts[0].balance + accounts[1].balance, 200);
    ck_assert(accounts[0].balance >= 0 && accounts[1].balance >= 0);
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("Two locks, one order");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* The last test may hang where the ones before have found a fault, and is
 * run only if they have not. */
int main(void)
{
    TCase *alone = tcase_create("one thread");
    tcase_add_test(alone, moves);
    tcase_add_test(alone, refuses_what_is_not_there);
    tcase_add_test(alone, moves_to_itself);
    tcase_add_test(alone, has_one_order);
    tcase_add_test(alone, never_shows_half_a_move);
    tcase_add_test(alone, changes_each_balance_under_its_lock);
    tcase_add_test(alone, looks_under_the_lock);
    tcase_add_test(alone, looks_at_itself_under_the_lock);
    if (failures_of(alone) != 0)
        return 1;
    TCase *many = tcase_create("four threads");
    tcase_add_test(many, works_with_many_hands);
    return failures_of(many) != 0;
}
