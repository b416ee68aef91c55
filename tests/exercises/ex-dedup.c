/* Exercise "Seen already": seen_add. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 64 };

struct entry {
    char *address;
    struct entry *next;
};

struct bucket {
    pthread_mutex_t lock;
    struct entry *first;
};

struct seen {
    struct bucket buckets[BUCKETS];
};

bool seen_add(struct seen *seen, const char *address);
struct bucket *bucket_of(struct seen *seen, const char *address);

static struct seen seen;

static void prepare(void)
{
    for (int i = 0; i < BUCKETS; i++)
        pthread_mutex_init(&seen.buckets[i].lock, NULL);
}

static void empty(void)
{
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *entry = seen.buckets[i].first, *next; entry;
             entry = next) {
            next = entry->next;
            free(entry->address);
            free(entry);
        }
}

static void expect(bool wanted, const char *address)
{
    bool got = seen_add(&seen, address);
    ck_assert_msg(got == wanted, "%s is %s: expected %s", address,
                  wanted ? "new" : "in the set", wanted ? "true" : "false");
    ck_assert_msg(schedule_held() == 0, "after %s a lock is still held",
                  address);
}

START_TEST(new_and_not)
{
    expect(true, "http://a/");
    expect(true, "http://b/");
    expect(false, "http://a/");
    expect(false, "http://b/");
    expect(true, "");
    expect(false, "");
    ck_assert_msg(schedule_count(AFTER_LOCK) >= 6,
                  "each call must take its bucket's lock");
}
END_TEST

START_TEST(many_share_a_bucket)
{
    char address[64], host[32];
    vary_letters(host, vary(1, 30));
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < 1000; i++) {
            snprintf(address, sizeof address, "http://%s/%d", host, i);
            expect(turn == 0, address);
        }
}
END_TEST

START_TEST(the_text_is_the_callers)
{
    char address[] = "http://a/1";
    expect(true, address);
    address[9] = '2';
    expect(true, address);
    address[9] = '1';
    expect(false, address);
    memset(address, 'x', sizeof address - 1);
    expect(false, "http://a/1");
    expect(false, "http://a/2");
}
END_TEST

/* Somebody else, who adds the same address as soon as the lock is free. */
static bool other_got;

static void add_too(enum point point, const void *object)
{
    if (point == AFTER_UNLOCK &&
        object == &bucket_of(&seen, "http://both/")->lock) {
        schedule_hook(NULL);
        other_got = seen_add(&seen, "http://both/");
    }
}

START_TEST(one_of_two_gets_true)
{
    schedule_hook(add_too);
    bool got = seen_add(&seen, "http://both/");
    schedule_hook(NULL);
    ck_assert_msg(got != other_got,
                  "two threads added the same address, and %s got true. Hold "
                  "the lock over the look and the adding. See \"Atomic pieces, "
                  "and still wrong\".",
                  got ? "both" : "none");
}
END_TEST

START_TEST(there_is_no_memory)
{
    int failed = 0;
    for (int after = 0; after < 2; after++) {
        schedule_fail(CALL_MALLOC, ENOMEM, after);
        errno = 0;
        bool got = seen_add(&seen, "http://a/");
        int error = errno;
        if (!schedule_failed(CALL_MALLOC)) {
            schedule_fail(CALL_MALLOC, 0, -1);
            continue;
        }
        failed++;
        ck_assert_msg(!got, "there was no memory, and seen_add returned true");
        ck_assert_msg(error == ENOMEM, "errno must say that there is no "
                                       "memory");
        ck_assert_msg(schedule_held() == 0, "a lock is still held");
        for (struct entry *e = bucket_of(&seen, "http://a/")->first; e;
             e = e->next)
            ck_assert_msg(e->address && strcmp(e->address, "http://a/") != 0,
                          "there was no memory, and the set has the address");
    }
    ck_assert_msg(failed > 0, "seen_add takes no memory of its own: the text "
                              "is the caller's and may change");
    (void)seen_add(&seen, "http://a/");
    expect(false, "http://a/");
}
END_TEST

static void *add_many(void *argument)
{
    long *got = argument;
    char address[32];
    for (int i = 0; i < 2000; i++) {
        snprintf(address, sizeof address, "http://host/%d", i);
        *got += seen_add(&seen, address);
    }
    return NULL;
}

START_TEST(each_is_new_once)
{
    pthread_t threads[4];
    long got[4] = {0}, sum = 0;
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, &got[i]),
                         0);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        sum += got[i];
    }
    ck_assert_msg(sum == 2000,
                  "four threads added the same 2,000 addresses, "
                  "and %ld times one was new",
                  sum);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Seen already");
    TCase *tcase = tcase_create("seen_add");
    tcase_add_checked_fixture(tcase, prepare, empty);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, new_and_not);
    tcase_add_test(tcase, many_share_a_bucket);
    tcase_add_test(tcase, the_text_is_the_callers);
    tcase_add_test(tcase, one_of_two_gets_true);
    tcase_add_test(tcase, there_is_no_memory);
    tcase_add_test(tcase, each_is_new_once);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
