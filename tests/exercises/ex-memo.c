/* Exercise "Compute outside": memo_get. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

enum { MEMO_MOST = 8 };

struct memo {
    pthread_mutex_t lock;
    int count;
    struct memo_entry {
        long key, value;
    } entries[MEMO_MOST];
};

int memo_get(struct memo *memo, long key,
             int (*compute)(long key, void *argument, long *value),
             void *argument, long *value);

static struct memo memo;
static long factor; /* drawn anew in each test */
static int calls, held_while_computing, busy_lock;

static void begin(void)
{
    factor = vary(10, 1000);
    pthread_mutexattr_t how;
    ck_assert_int_eq(pthread_mutexattr_init(&how), 0);
    ck_assert_int_eq(pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK),
                     0);
    ck_assert_int_eq(pthread_mutex_init(&memo.lock, &how), 0);
    pthread_mutexattr_destroy(&how);
}

static long value_of(long key)
{
    return key * factor;
}

static int multiply(long key, void *argument, long *value)
{
    (void)argument;
    calls++;
    held_while_computing += schedule_held();
    *value = value_of(key);
    return 0;
}

static int fail_to_compute(long key, void *argument, long *value)
{
    (void)argument;
    calls++;
    *value = -key; /* no result */
    return ERANGE;
}

static void lock_is_free(const char *when)
{
    ck_assert_msg(schedule_held() == 0,
                  "%s the lock is still held when memo_get returns. See \"The "
                  "path that forgot\".",
                  when);
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == schedule_count(AFTER_UNLOCK),
                  "%s a lock is unlocked that is not held (any more): with "
                  "another kind of mutex this is undefined. See \"A mutex "
                  "that objects\".",
                  when);
}

static void get(long key)
{
    long value = -1, wanted = value_of(key);
    int error = memo_get(&memo, key, multiply, NULL, &value);
    ck_assert_msg(error == 0 && value == wanted,
                  "the value of %ld is %ld (result 0), not %ld (result %d)",
                  key, wanted, value, error);
}

START_TEST(remembers)
{
    begin();
    get(3);
    lock_is_free("after a new key");
    get(4);
    get(3);
    lock_is_free("after a known key");
    ck_assert_msg(calls == 2,
                  "two keys are computed twice in all, not %d "
                  "times",
                  calls);
    ck_assert_int_eq(memo.count, 2);
}
END_TEST

START_TEST(computes_outside)
{
    begin();
    get(3);
    ck_assert_msg(held_while_computing == 0,
                  "compute is called with the lock held; it may take long, "
                  "and may want the lock itself. See \"The cure that cures "
                  "nothing\".");
}
END_TEST

/* What another thread does while this one computes: it enters the same key. */
static int slower_than_others(long key, void *argument, long *value)
{
    (void)argument;
    calls++;
    if (schedule_held() == 0)
        get(key);
    *value = value_of(key) + 1;
    return 0;
}

START_TEST(the_first_entry_wins)
{
    begin();
    long value = -1;
    ck_assert_int_eq(memo_get(&memo, 5, slower_than_others, NULL, &value), 0);
    int found = 0;
    for (int i = 0; i < memo.count; i++)
        found += memo.entries[i].key == 5;
    ck_assert_msg(found == 1,
                  "while 5 was computed another thread entered it: it must "
                  "stand in the memo once, not %d times. See \"Readers and "
                  "writers\".",
                  found);
    ck_assert_msg(value == value_of(5),
                  "another thread entered %ld for this key first: all callers "
                  "get that value, not %ld",
                  value_of(5), value);
    ck_assert_msg(calls == 2,
                  "each of two threads calls compute once, which is 2 calls "
                  "and not %d",
                  calls);
    lock_is_free("after the second look");
    get(5);
}
END_TEST

START_TEST(the_first_entry_wins_the_last_place)
{
    begin();
    for (long key = 1; key < MEMO_MOST; key++)
        get(key);
    long value = -1;
    ck_assert_int_eq(memo_get(&memo, 99, slower_than_others, NULL, &value), 0);
    ck_assert_msg(value == value_of(99),
                  "another thread entered %ld for this key first, and the memo "
                  "is full now: all callers get that value, not %ld. Look "
                  "again in a full memo too.",
                  value_of(99), value);
}
END_TEST

START_TEST(does_not_remember_a_failure)
{
    begin();
    long value = -1;
    int error = memo_get(&memo, 3, fail_to_compute, NULL, &value);
    ck_assert_msg(error == ERANGE, "compute returned %d, memo_get %d", ERANGE,
                  error);
    ck_assert_msg(value == -1,
                  "compute stored %ld and failed: *value must be left as it "
                  "was, not %ld",
                  -3L, value);
    ck_assert_msg(memo.count == 0, "a failure must not be remembered");
    lock_is_free("after a failed computation");
    get(3);
}
END_TEST

START_TEST(goes_on_when_full)
{
    begin();
    for (long key = 1; key <= MEMO_MOST; key++)
        get(key);
    get(99);
    lock_is_free("if the memo is full");
    ck_assert_int_eq(memo.count, MEMO_MOST);
    for (long key = 1; key <= MEMO_MOST; key++)
        get(key);
    ck_assert_msg(calls == MEMO_MOST + 1,
                  "a full memo still knows its %d keys, but %d of them were "
                  "computed again",
                  MEMO_MOST, calls - MEMO_MOST - 1);
}
END_TEST

START_TEST(returns_the_error_of_the_lock)
{
    for (int after = 0; after <= 1; after++) {
        begin();
        memo.count = 0;
        long value = -1;
        schedule_fail(CALL_LOCK, EAGAIN, after);
        int error = memo_get(&memo, 3, multiply, NULL, &value);
        ck_assert_msg(error == EAGAIN && value == -1,
                      "lock %d failed with %d (%s): this must be the result "
                      "and *value left as it was, not %d and %ld",
                      after + 1, EAGAIN, strerror(EAGAIN), error, value);
        lock_is_free("after a failed lock");
        schedule_reset();
    }
}
END_TEST

/* Another thread enters the key just before this one gets a lock: the first
 * that is taken, or the second. */
static void enter_seven(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_LOCK && schedule_count(BEFORE_LOCK) == busy_lock &&
        memo.count == 0)
        memo.entries[memo.count++] = (struct memo_entry){7, value_of(7)};
}

START_TEST(looks_under_the_lock)
{
    begin();
    busy_lock = 1;
    schedule_hook(enter_seven);
    get(7);
    schedule_hook(NULL);
    ck_assert_msg(calls == 0,
                  "another thread had entered 7 when the lock was taken, and "
                  "compute was called all the same: the memo was read "
                  "without the lock");
}
END_TEST

static int multiply_and_one(long key, void *argument, long *value)
{
    (void)argument;
    *value = value_of(key) + 1;
    return 0;
}

START_TEST(looks_again_under_the_lock)
{
    begin();
    busy_lock = 2;
    schedule_hook(enter_seven);
    long value = -1;
    ck_assert_int_eq(memo_get(&memo, 7, multiply_and_one, NULL, &value), 0);
    schedule_hook(NULL);
    ck_assert_msg(schedule_count(AFTER_LOCK) >= 2,
                  "a new value was entered without the lock");
    ck_assert_msg(
        value == value_of(7) && memo.count == 1,
        "another thread had entered 7 when the lock was taken for "
        "the second time: its value is %ld, not %ld, and it stands in "
        "the memo once, not %d times. Look again while you hold the "
        "lock",
        value_of(7), value, memo.count);
}
END_TEST

/* Another thread lets the memo forget its entries as soon as the lock is free. */
static void forget_all(enum point point, const void *object)
{
    (void)object;
    if (point == AFTER_UNLOCK && schedule_held() == 0) {
        memo.count = 0;
        for (int i = 0; i < MEMO_MOST; i++)
            memo.entries[i] = (struct memo_entry){-1, -99};
    }
}

static void enter_seven_and_forget(enum point point, const void *object)
{
    enter_seven(point, object);
    forget_all(point, object);
}

START_TEST(reads_under_the_lock)
{
    begin();
    get(3);
    long value = -1;
    schedule_hook(forget_all);
    ck_assert_int_eq(memo_get(&memo, 3, multiply, NULL, &value), 0);
    ck_assert_msg(value == value_of(3),
                  "after the unlock another thread changed the entries, and "
                  "the value is %ld, not %ld: it was read without the lock",
                  value, value_of(3));
    get(5);
    schedule_reset();
    busy_lock = 2;
    schedule_hook(enter_seven_and_forget);
    get(7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Compute outside");
    TCase *tcase = tcase_create("memo_get");
    tcase_add_test(tcase, remembers);
    tcase_add_test(tcase, computes_outside);
    tcase_add_test(tcase, the_first_entry_wins);
    tcase_add_test(tcase, the_first_entry_wins_the_last_place);
    tcase_add_test(tcase, does_not_remember_a_failure);
    tcase_add_test(tcase, goes_on_when_full);
    tcase_add_test(tcase, returns_the_error_of_the_lock);
    tcase_add_test(tcase, looks_under_the_lock);
    tcase_add_test(tcase, looks_again_under_the_lock);
    tcase_add_test(tcase, reads_under_the_lock);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
