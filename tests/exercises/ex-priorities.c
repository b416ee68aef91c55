/* Exercise "The important ones first": a line of errands with priorities. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct errand {
    void (*run)(struct errand *errand);
    int priority;
    struct errand *next;
};

struct errands {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct errand *first;
    bool closed;
};

int errands_submit(struct errands *errands, struct errand *errand);
void errands_work(struct errands *errands);
void errands_close(struct errands *errands);

static struct errands line = {.lock = PTHREAD_MUTEX_INITIALIZER,
                              .changed = PTHREAD_COND_INITIALIZER};

enum { MOST = 16 };
static struct errand all[MOST];
static char order[MOST + 1];
static int count;

static void never(struct errand *errand)
{
    (void)errand;
    ck_abort_msg("errand->next was read after the errand had run; it may have "
                 "been freed by then");
}

static struct errand sentinel = {.run = never};

static void note(struct errand *errand)
{
    ck_assert_msg(schedule_held() == 0,
                  "a lock is held while an errand runs (section \"The pool\")");
    order[count++] = (char)('a' + (errand - all));
    errand->next = &sentinel;
}

static int submit(int number, int priority)
{
    all[number] = (struct errand){.run = note, .priority = priority};
    int error = errands_submit(&line, &all[number]);
    ck_assert_msg(schedule_held() == 0,
                  "errands_submit returned with the lock held");
    return error;
}

/* Run what is in line, in this thread. */
static void expect_order(const char *wanted)
{
    errands_close(&line);
    ck_assert_msg(schedule_held() == 0, "errands_close kept the lock");
    errands_work(&line);
    ck_assert_msg(schedule_held() == 0, "errands_work kept the lock");
    ck_assert_msg(strcmp(order, wanted) == 0,
                  "the errands must run in the order %s, not \"%s\"", wanted,
                  order);
}

START_TEST(higher_goes_first)
{
    static const int priorities[] = {3, 1, 5, 2, 4};
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(submit(i, priorities[i]), 0);
    expect_order("ceadb");
}
END_TEST

START_TEST(equals_keep_their_order)
{
    static const int priorities[] = {1, 2, 1, 2, 0, 2, 1};
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(submit(i, priorities[i]), 0);
    expect_order("bdfacge");
}
END_TEST

START_TEST(drawn_priorities)
{
    int priorities[MOST], length = 0;
    char wanted[MOST + 1] = "";
    for (int i = 0; i < MOST; i++) {
        priorities[i] = (int)vary(-2, 2);
        ck_assert_int_eq(submit(i, priorities[i]), 0);
    }
    for (int priority = 2; priority >= -2; priority--)
        for (int i = 0; i < MOST; i++)
            if (priorities[i] == priority)
                wanted[length++] = (char)('a' + i);
    expect_order(wanted);
}
END_TEST

START_TEST(a_closed_line_accepts_nothing)
{
    ck_assert_int_eq(submit(0, 1), 0);
    errands_close(&line);
    int error = submit(1, 9);
    ck_assert_msg(error == ECANCELED,
                  "a closed line must answer ECANCELED, not %d", error);
    expect_order("a");
}
END_TEST

static void submit_more(struct errand *errand)
{
    (void)errand;
    order[count++] = 'a';
    ck_assert_int_eq(submit(1, 5), 0);
    ck_assert_int_eq(submit(2, 7), 0);
    errands_close(&line);
}

START_TEST(an_errand_may_submit_and_close)
{
    all[0] = (struct errand){.run = submit_more, .priority = 1};
    ck_assert_int_eq(errands_submit(&line, &all[0]), 0);
    errands_work(&line);
    ck_assert_str_eq(order, "acb");
}
END_TEST

static int locked;
static bool before, after; /* what `closed` must be */

static void see_lock(enum point point, const void *object)
{
    if (object != &line.lock)
        return;
    if (point == BEFORE_LOCK && locked++ == 0)
        ck_assert_msg(line.closed == before, "closed changed before the lock");
    if (point == AFTER_UNLOCK)
        ck_assert_msg(line.closed == after, "closed changes after the unlock");
}

START_TEST(each_change_is_made_under_the_lock)
{
    schedule_hook(see_lock);
    ck_assert_int_eq(submit(0, 1), 0);
    ck_assert_msg(locked > 0, "errands_submit must take the lock");
    locked = 0;
    after = true;
    errands_close(&line);
    schedule_hook(NULL);
    ck_assert_msg(locked > 0,
                  "closed was changed without the lock: a worker that looks at "
                  "it and then sleeps may miss the signal (section \"The last "
                  "task, and nobody hears it\")");
}
END_TEST

static _Atomic int left;

static void *work(void *argument)
{
    errands_work(&line);
    left++;
    return argument;
}

/* Return when so many workers wait. */
static void await_waiting(int wanted)
{
    while (schedule_waiting() < wanted)
        ck_assert_msg(left == 0,
                      "errands_work returned although the line was open");
}

START_TEST(an_errand_wakes_a_worker)
{
    pthread_t worker;
    ck_assert_int_eq(pthread_create(&worker, NULL, work, NULL), 0);
    await_waiting(1);
    ck_assert_int_eq(submit(0, 1), 0);
    while (schedule_count(BEFORE_WAIT) < 2)
        ; /* until it has run and the worker waits again */
    errands_close(&line);
    ck_assert_int_eq(pthread_join(worker, NULL), 0);
    ck_assert_str_eq(order, "a");
}
END_TEST

START_TEST(the_close_ends_all_workers)
{
    pthread_t workers[3];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&workers[i], NULL, work, NULL), 0);
    await_waiting(3);
    pthread_mutex_lock(&line.lock); /* now all of them sleep */
    pthread_mutex_unlock(&line.lock);
    errands_close(&line);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_join(workers[i], NULL), 0);
}
END_TEST

START_TEST(a_false_alarm_changes_nothing)
{
    pthread_t worker;
    schedule_spurious(1);
    ck_assert_int_eq(pthread_create(&worker, NULL, work, NULL), 0);
    while (schedule_count(BEFORE_WAIT) < 2 &&
           schedule_count(BEFORE_UNLOCK) == 0)
        ; /* it waits again, or has left */
    ck_assert_msg(schedule_count(BEFORE_UNLOCK) == 0,
                  "after a wait that ended without a signal the worker left");
    await_waiting(1);
    ck_assert_int_eq(submit(0, 1), 0);
    errands_close(&line);
    ck_assert_int_eq(pthread_join(worker, NULL), 0);
    ck_assert_str_eq(order, "a");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("The important ones first");
    TCase *tests = tcase_create("errands");
    tcase_set_timeout(tests, 5);
    tcase_add_test(tests, higher_goes_first);
    tcase_add_test(tests, equals_keep_their_order);
    tcase_add_test(tests, drawn_priorities);
    tcase_add_test(tests, a_closed_line_accepts_nothing);
    tcase_add_test(tests, an_errand_may_submit_and_close);
    tcase_add_test(tests, each_change_is_made_under_the_lock);
    tcase_add_test(tests, an_errand_wakes_a_worker);
    tcase_add_test(tests, the_close_ends_all_workers);
    tcase_add_test(tests, a_false_alarm_changes_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
