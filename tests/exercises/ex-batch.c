/* Exercise "Company, but not for ever": batch_add and batch_tick. The executor
 * is the test's own and remembers what it was given. */
#include "lib/executor.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CROWD_AT_MOST = 16 };

struct crowd {
    size_t count;
    long numbers[CROWD_AT_MOST];
};

struct batch {
    struct executor *executor;
    const struct task *task;
    size_t most;
    int64_t patience;
    pthread_mutex_t lock;
    struct crowd crowd;
    int64_t oldest;
};

int batch_add(struct batch *batch, long number, int64_t now);
void batch_tick(struct batch *batch, int64_t now);

static int run_nothing(const void *argument, void *result)
{
    (void)argument;
    (void)result;
    return 0;
}

static const struct task task = {.run = run_nothing,
                                 .argument_size = sizeof(struct crowd)};
static char the_executor;
static struct batch batch = {.executor = (struct executor *)&the_executor,
                             .task = &task,
                             .most = 4,
                             .patience = 100,
                             .lock = PTHREAD_MUTEX_INITIALIZER};

static struct crowd posted[64];
static int posts, tries;
static bool full;

int executor_post(struct executor *executor, const struct task *kind,
                  const void *argument)
{
    tries++;
    ck_assert_msg((void *)executor == &the_executor && kind == &task,
                  "post to batch->executor a task of the kind batch->task");
    if (full)
        return EAGAIN;
    ck_assert(posts < 64);
    memcpy(&posted[posts++], argument, sizeof(struct crowd));
    return 0;
}

static void add(long number, int64_t now)
{
    int error = batch_add(&batch, number, now);
    ck_assert_msg(error == 0, "batch_add of %ld at %d returned %d (%s)", number,
                  (int)now, error, strerror(error));
    ck_assert_msg(schedule_held() == 0,
                  "batch_add came back and still held the lock");
}

static void tick(int64_t now)
{
    batch_tick(&batch, now);
    ck_assert_msg(schedule_held() == 0,
                  "batch_tick came back and still held the lock");
}

static void expect_posts(int wanted, const char *when)
{
    ck_assert_msg(posts == wanted, "%s %d tasks must have been posted, not %d",
                  when, wanted, posts);
}

/* The last that was posted is `count` numbers from `first` on. */
static void expect_last(size_t count, long first, const char *when)
{
    ck_assert(posts > 0);
    const struct crowd *last = &posted[posts - 1];
    ck_assert_msg(last->count == count,
                  "%s the last task must have %zu numbers, not %zu", when,
                  count, last->count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(last->numbers[i] == first + (long)i,
                      "%s number %zu of the last task must be %ld, not %ld",
                      when, i, first + (long)i, last->numbers[i]);
}

START_TEST(posts_a_full_batch)
{
    long most = vary(2, CROWD_AT_MOST), first = vary(-1000, 1000);
    batch.most = (size_t)most;
    for (long i = 0; i < most - 1; i++)
        add(first + i, 1000);
    expect_posts(0, "with one number less than a full batch,");
    add(first + most - 1, 1000);
    expect_posts(1, "as soon as the batch is full,");
    expect_last((size_t)most, first, "with one full batch,");
    for (long i = most; i < 3 * most; i++)
        add(first + i, 1000);
    expect_posts(3, "after three times as many numbers");
    expect_last((size_t)most, first + 2 * most, "after three full batches");
}
END_TEST

START_TEST(a_batch_of_one)
{
    batch.most = 1;
    for (int i = 0; i < 3; i++) {
        add(i, 1000);
        expect_posts(i + 1, "with batches of one,");
        expect_last(1, i, "with batches of one,");
    }
}
END_TEST

START_TEST(loses_patience)
{
    int64_t patience = batch.patience = vary(50, 1000);
    add(1, 1000);
    tick(1000 + patience - 1);
    expect_posts(0, "one before the end of patience,");
    tick(1000 + patience);
    expect_posts(1, "at the end of patience,");
    expect_last(1, 1, "after a tick");
    tick(5000);
    ck_assert_msg(tries == 1, "an empty batch must not be posted");
}
END_TEST

START_TEST(the_oldest_counts)
{
    add(1, 1000);
    add(2, 1060);
    expect_posts(0, "patience is 100; after 60");
    add(3, 1120);
    expect_posts(1, "patience is 100, and the first number has waited for 120: "
                    "after the third was added,");
    expect_last(3, 1, "when the oldest has waited too long,");
}
END_TEST

START_TEST(a_new_batch_is_new)
{
    add(1, 1000);
    tick(1200);
    expect_posts(1, "after 200");
    add(2, 2000);
    expect_posts(1, "the second batch has one number, which has come right "
                    "now:");
    tick(2099);
    expect_posts(1, "the oldest of the second batch has waited for 99:");
    tick(2100);
    expect_posts(2, "the oldest of the second batch has waited for 100:");
    expect_last(1, 2, "in the second batch");
}
END_TEST

START_TEST(time_may_begin_at_zero)
{
    add(1, 0);
    add(2, 50);
    tick(99);
    expect_posts(0, "the oldest came at 0; at 99");
    tick(100);
    expect_posts(1, "the oldest came at 0; at 100");
}
END_TEST

START_TEST(loses_nothing_when_refused)
{
    full = true;
    for (int i = 0; i < 4; i++)
        add(i, 1000);
    expect_posts(0, "while the executor is full,");
    ck_assert_msg(tries > 0, "the batch was full: it must have been tried");
    int error = batch_add(&batch, 99, 1001);
    ck_assert_msg(error == EAGAIN,
                  "the batch is full and the executor refuses it: batch_add "
                  "must return EAGAIN (%d), not %d",
                  EAGAIN, error);
    ck_assert_msg(schedule_held() == 0,
                  "batch_add returned an error and still held the lock");
    full = false;
    add(4, 1002);
    expect_posts(1, "when the executor has room again, with the next number");
    expect_last(4, 0, "the four that were refused first:");
    tick(1101);
    expect_posts(1, "the fifth number came at 1002; at 1101");
    tick(1102);
    expect_posts(2, "the fifth number came at 1002; at 1102");
    expect_last(1, 4,
                "the number that came to a full batch, and nothing "
                "else:");
}
END_TEST

START_TEST(a_tick_tries_again)
{
    full = true;
    add(7, 1000);
    tick(1100);
    expect_posts(0, "while the executor is full,");
    full = false;
    tick(1101);
    expect_posts(1, "when the executor has room again, with the next tick");
    expect_last(1, 7, "after two ticks");
}
END_TEST

START_TEST(a_tick_posts_a_full_batch)
{
    full = true;
    for (int i = 0; i < 4; i++)
        add(i, 1000);
    full = false;
    tick(1050);
    expect_posts(1, "a full batch was refused; when the executor has room "
                    "again, with the next tick, however early,");
    expect_last(4, 0, "the four that were refused first:");
}
END_TEST

/* Who looks outside of the lock sees another batch, and what is written there
 * is lost. */
static struct crowd inside;

static void mislead_outside(enum point point, const void *object)
{
    if (object == &batch.lock && point == AFTER_LOCK)
        batch.crowd = inside;
    if (object == &batch.lock && point == BEFORE_UNLOCK) {
        inside = batch.crowd;
        batch.crowd = (struct crowd){.count = 3, .numbers = {-1, -1, -1}};
    }
}

START_TEST(looks_under_the_lock)
{
    schedule_hook(mislead_outside);
    add(1, 1000);
    add(2, 1000);
    expect_posts(0, "with two of four numbers under the lock,");
    tick(1100);
    expect_posts(1, "patience is 100; after 100");
    expect_last(2, 1, "with all under the lock,");
    tick(1300);
    schedule_hook(NULL);
    ck_assert_msg(posts == 1 && inside.count == 0,
                  "batch_add and batch_tick must look at the batch, post and "
                  "change it while they hold the lock");
}
END_TEST

/* Two threads add; every number must be posted once. */
static void *add_many(void *data)
{
    for (long i = 0; i < 100; i++)
        if (batch_add(&batch, *(long *)data + i, 0) != 0)
            abort();
    return NULL;
}

START_TEST(two_threads_add)
{
    static long first[2] = {0, 100};
    pthread_t threads[2];
    bool seen[200] = {false};
    for (int i = 0; i < 2; i++)
        ck_assert(!pthread_create(&threads[i], NULL, add_many, &first[i]));
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    expect_posts(50, "after 200 numbers");
    for (int i = 0; i < posts; i++)
        for (size_t j = 0; j < posted[i].count; j++) {
            long number = posted[i].numbers[j];
            ck_assert_msg(number >= 0 && number < 200 && !seen[number],
                          "each of 200 numbers must be posted once");
            seen[number] = true;
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Company, but not for ever");
    TCase *tcase = tcase_create("batches");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, posts_a_full_batch);
    tcase_add_test(tcase, a_batch_of_one);
    tcase_add_test(tcase, loses_patience);
    tcase_add_test(tcase, the_oldest_counts);
    tcase_add_test(tcase, a_new_batch_is_new);
    tcase_add_test(tcase, time_may_begin_at_zero);
    tcase_add_test(tcase, loses_nothing_when_refused);
    tcase_add_test(tcase, a_tick_tries_again);
    tcase_add_test(tcase, a_tick_posts_a_full_batch);
    tcase_add_test(tcase, looks_under_the_lock);
    tcase_add_test(tcase, two_threads_add);
    suite_add_tcase(suite, tcase);
    return run_suite(suite) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
