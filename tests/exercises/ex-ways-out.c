/* Exercise "Every way out": shop_sell. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct sale {
    long count;
    struct sale *next;
};

struct shop {
    pthread_mutex_t lock;
    long shelf, sold;
    struct sale *sales;
};

int shop_sell(struct shop *shop, long count);

enum { START = 10 };
static struct shop shop;
static const char *unsound; /* what the hook found */

static void open_shop(void)
{
    pthread_mutexattr_t how;
    ck_assert_int_eq(pthread_mutexattr_init(&how), 0);
    ck_assert_int_eq(pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK),
                     0);
    ck_assert_int_eq(pthread_mutex_init(&shop.lock, &how), 0);
    pthread_mutexattr_destroy(&how);
    shop.shelf = START;
    shop.sold = 0;
}

static void close_shop(void)
{
    while (shop.sales) {
        struct sale *next = shop.sales->next;
        free(shop.sales);
        shop.sales = next;
    }
}

static long pieces(void)
{
    long sum = 0;
    for (const struct sale *sale = shop.sales; sale; sale = sale->next)
        sum += sale->count;
    return sum;
}

static void expect(long shelf, long sold, int sales)
{
    int count = 0;
    for (const struct sale *sale = shop.sales; sale; sale = sale->next)
        count++;
    ck_assert_msg(shop.shelf == shelf && shop.sold == sold,
                  "expected %ld on the shelf and %ld sold, not %ld and %ld",
                  shelf, sold, shop.shelf, shop.sold);
    ck_assert_msg(count == sales && pieces() == sold,
                  "expected %d sales of %ld pieces, not %d of %ld", sales, sold,
                  count, pieces());
}

static void lock_is_free(const char *when)
{
    ck_assert_msg(schedule_held() == 0,
                  "%s the lock is still held when shop_sell returns. See "
                  "\"The path that forgot\".",
                  when);
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == schedule_count(AFTER_UNLOCK),
                  "%s a lock is unlocked that is not held (any more): with "
                  "another kind of mutex this is undefined. See \"A mutex "
                  "that objects\".",
                  when);
}

START_TEST(sells)
{
    open_shop();
    long first = vary(1, 4), second = START - first;
    ck_assert_int_eq(shop_sell(&shop, first), 0);
    lock_is_free("after a sale");
    expect(second, first, 1);
    ck_assert_int_eq(shop_sell(&shop, second), 0);
    expect(0, START, 2);
    ck_assert_msg(shop.sales->count == second, "the newest sale must be first");
    close_shop();
}
END_TEST

START_TEST(refuses_what_is_not_there)
{
    open_shop();
    int error = shop_sell(&shop, START + 1);
    ck_assert_msg(error == EAGAIN, "11 of 10: expected EAGAIN, not %d", error);
    lock_is_free("if there are too few");
    expect(START, 0, 0);
}
END_TEST

START_TEST(survives_a_lack_of_memory)
{
    open_shop();
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    int error = shop_sell(&shop, 3);
    ck_assert_msg(error == ENOMEM, "malloc failed: expected ENOMEM, not %d",
                  error);
    lock_is_free("without memory");
    expect(START, 0, 0);
    schedule_reset();
    ck_assert_msg(shop_sell(&shop, 3) == 0, "the next sale must succeed");
    close_shop();
}
END_TEST

START_TEST(returns_the_error_of_the_lock)
{
    open_shop();
    schedule_fail(CALL_LOCK, EDEADLK, 0);
    int error = shop_sell(&shop, 3);
    ck_assert_msg(error == EDEADLK,
                  "pthread_mutex_lock failed with EDEADLK: this must be the "
                  "result, not %d",
                  error);
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == 0,
                  "a lock that was not taken must not be given back");
    expect(START, 0, 0);
}
END_TEST

/* Whoever comes in at the moment when the lock is free must find a sound shop. */
static void look_in(enum point point, const void *object)
{
    (void)object;
    if (point != AFTER_UNLOCK || schedule_held() != 0)
        return;
    if (pieces() != shop.sold)
        unsound = "the sales do not add up to what was sold";
    else if (shop.shelf + shop.sold != START)
        unsound = "what left the shelf was not sold";
}

START_TEST(is_sound_whenever_the_lock_is_free)
{
    open_shop();
    schedule_hook(look_in);
    ck_assert_int_eq(shop_sell(&shop, 3), 0);
    schedule_hook(NULL);
    ck_assert_msg(!unsound,
                  "at the moment of the unlock %s. See "
                  "\"An invariant that is written down\".",
                  unsound);
    close_shop();
}
END_TEST

/* Another customer buys nine while we wait for a lock: for the first that is
 * taken, or for a later one. */
static int busy_lock;

static void buy_nine(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_LOCK && schedule_held() == 0 &&
        schedule_count(BEFORE_LOCK) == busy_lock && shop.shelf == START) {
        struct sale *sale = malloc(sizeof *sale);
        ck_assert(sale != NULL);
        *sale = (struct sale){9, NULL};
        shop.sales = sale;
        shop.shelf -= 9;
        shop.sold += 9;
    }
}

START_TEST(looks_under_the_lock)
{
    for (busy_lock = 1; busy_lock <= 3; busy_lock++) {
        open_shop();
        schedule_hook(buy_nine);
        int error = shop_sell(&shop, 3);
        schedule_reset();
        if (busy_lock == 1 || shop.sold >= 9)
            ck_assert_msg(error == EAGAIN && shop.shelf == 1,
                          "while shop_sell waited for lock %d, another "
                          "customer left 1 on the shelf: 3 must be refused, "
                          "but the result is %d and the shelf %ld. See "
                          "\"Every access locked, and wrong\".",
                          busy_lock, error, shop.shelf);
        close_shop();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Every way out");
    TCase *tcase = tcase_create("shop_sell");
    tcase_add_test(tcase, sells);
    tcase_add_test(tcase, refuses_what_is_not_there);
    tcase_add_test(tcase, survives_a_lack_of_memory);
    tcase_add_test(tcase, returns_the_error_of_the_lock);
    tcase_add_test(tcase, is_sound_whenever_the_lock_is_free);
    tcase_add_test(tcase, looks_under_the_lock);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
