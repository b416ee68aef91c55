/* Exercise "In a minute": timer_add and timer_run, with an executor that
 * writes down what is posted, and when. */
#include "lib/deadline.h"
#include "lib/executor_kind.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct entry;
struct timer {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct entry *first;
    bool closed;
    struct executor *executor;
};

int timer_add(struct timer *timer, struct timespec moment,
              const struct task *task, const void *argument);
void timer_run(struct timer *timer);
void timer_close(struct timer *timer);

enum { MS = 1000000 };

static struct executor executor;
static struct timer timer = {.lock = PTHREAD_MUTEX_INITIALIZER,
                             .executor = &executor};
static const struct task task = {.name = "ring"};

/* What a test posts: a letter, and the moment before which it must not come. */
struct bell {
    char letter;
    struct timespec moment;
    bool last; /* close the timer when it rings */
};

static char rung[16];
static _Atomic int count;

static int fake_post(struct executor *self, const struct task *kind,
                     const void *argument)
{
    const struct bell *bell = argument;
    struct timespec now = deadline_after(0);
    ck_assert_ptr_eq(self, &executor);
    ck_assert_ptr_eq(kind, &task);
    ck_assert_msg(schedule_held() == 0,
                  "the lock is held while the task is posted");
    ck_assert_msg(now.tv_sec > bell->moment.tv_sec ||
                      (now.tv_sec == bell->moment.tv_sec &&
                       now.tv_nsec >= bell->moment.tv_nsec),
                  "task %c is posted before its moment", bell->letter);
    rung[count] = bell->letter;
    count++;
    if (bell->last)
        timer_close(&timer);
    return 0;
}

static const struct executor_kind kind = {.post = fake_post};

static void set_up(void)
{
    executor_begin(&executor, &kind);
    ck_assert_int_eq(deadline_cond_init(&timer.changed), 0);
}

static void add(struct bell *bell, char letter, int64_t nanoseconds, bool last)
{
    *bell = (struct bell){letter, deadline_after(nanoseconds), last};
    ck_assert_int_eq(timer_add(&timer, bell->moment, &task, bell), 0);
    ck_assert_msg(schedule_held() == 0, "timer_add keeps the lock");
}

START_TEST(in_the_order_of_moments)
{
    struct bell bells[4];
    set_up();
    int64_t apart = vary(1, 250) * MS;
    add(&bells[0], 'c', -1 * apart, true);
    add(&bells[1], 'a', -3 * apart, false);
    add(&bells[2], 'b', -2 * apart, false);
    timer_run(&timer);
    ck_assert_str_eq(rung, "abc");
}
END_TEST

START_TEST(equals_in_the_order_of_their_coming)
{
    struct bell bells[3];
    struct timespec moment = deadline_after(-MS);
    set_up();
    for (int i = 0; i < 3; i++) {
        bells[i] = (struct bell){(char)('a' + i), moment, i == 2};
        ck_assert_int_eq(timer_add(&timer, moment, &task, &bells[i]), 0);
    }
    timer_run(&timer);
    ck_assert_msg(rung[0] == 'a' && rung[1] == 'b' && rung[2] == 'c',
                  "of equal moments the first that was added comes first");
}
END_TEST

START_TEST(never_before_its_moment)
{
    struct bell bell;
    set_up();
    schedule_spurious(3);
    add(&bell, 'a', 50 * MS, true);
    timer_run(&timer);
    ck_assert_str_eq(rung, "a");
}
END_TEST

START_TEST(posts_nothing_after_the_close)
{
    struct bell bells[3];
    set_up();
    add(&bells[0], 'a', -300 * MS, true); /* closes the timer */
    add(&bells[1], 'b', -200 * MS, false);
    add(&bells[2], 'c', -100 * MS, false);
    timer_run(&timer);
    ck_assert_msg(count == 1, "closed when %c rang, and \"%s\" was posted",
                  rung[0], rung);
    ck_assert_msg(timer.first == NULL, "what is left must be freed");
}
END_TEST

/* The list must change while the lock is held, from the first to the last. */
static const struct entry *at_lock, *at_unlock;
static bool locked;

static void watch_list(enum point point, const void *object)
{
    if (object != &timer.lock)
        return;
    if (point == AFTER_LOCK) {
        at_lock = timer.first;
        locked = true;
    } else if (point == BEFORE_UNLOCK && at_unlock == at_lock) {
        at_unlock = timer.first;
    }
}

START_TEST(the_list_changes_under_the_lock)
{
    struct bell bell;
    set_up();
    schedule_hook(watch_list);
    add(&bell, 'a', -MS, true);
    schedule_hook(NULL);
    ck_assert_msg(timer.first != NULL, "the entry is not in the list");
    ck_assert_msg(locked, "timer_add does not take the lock");
    ck_assert_msg(at_lock == NULL && at_unlock == timer.first,
                  "the list is changed while the lock is not held");
    timer_run(&timer);
}
END_TEST

static _Atomic bool returned;

static void *run_timer(void *data)
{
    timer_run(&timer);
    returned = true;
    return data;
}

/* Wait until something is so; up to 5 s. */
static bool comes_true(bool (*is_so)(void))
{
    struct timespec moment = {.tv_nsec = MS};
    for (int i = 0; i < 5000 && !is_so(); i++)
        (void)nanosleep(&moment, NULL);
    return is_so();
}

static bool is_asleep(void)
{
    return schedule_waiting() == 1;
}

static bool has_returned(void)
{
    return returned;
}

static void sleep_in_timer(pthread_t *thread)
{
    ck_assert_int_eq(pthread_create(thread, NULL, run_timer, NULL), 0);
    ck_assert_msg(comes_true(is_asleep),
                  "timer_run does not sleep on its condition variable");
}

static void await_end(pthread_t thread, const char *why)
{
    ck_assert_msg(comes_true(has_returned), "timer_run sleeps on, though %s",
                  why);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

START_TEST(it_does_not_ask_again_and_again)
{
    pthread_t thread;
    struct bell bell;
    struct timespec moment = {.tv_nsec = 100 * MS};
    set_up();
    if (_i == 1)
        add(&bell, 'z', (int64_t)3600 * 1000 * MS, false);
    sleep_in_timer(&thread);
    (void)nanosleep(&moment, NULL);
    ck_assert_msg(schedule_count(BEFORE_WAIT) < 8,
                  "nothing has happened, and the timer has waited %ld times",
                  schedule_count(BEFORE_WAIT));
    timer_close(&timer);
    await_end(thread, "it was closed");
}
END_TEST

START_TEST(an_earlier_entry_wakes_it)
{
    pthread_t thread;
    struct bell bells[2];
    set_up();
    if (_i == 1)
        add(&bells[0], 'z', (int64_t)3600 * 1000 * MS, false);
    sleep_in_timer(&thread);
    add(&bells[1], 'a', -MS, true);
    await_end(thread, "an entry was added whose moment has come");
    ck_assert_str_eq(rung, "a");
    ck_assert_msg(timer.first == NULL, "what is left must be freed");
}
END_TEST

START_TEST(a_close_ends_it)
{
    pthread_t thread;
    struct bell bell;
    set_up();
    if (_i == 1)
        add(&bell, 'z', (int64_t)3600 * 1000 * MS, false);
    sleep_in_timer(&thread);
    timer_close(&timer);
    await_end(thread, "it was closed");
    ck_assert_msg(count == 0, "posted after the close");
    ck_assert_msg(timer.first == NULL, "what is left must be freed");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ex-timer");
    const TTest *once[] = {
        in_the_order_of_moments, equals_in_the_order_of_their_coming,
        never_before_its_moment, posts_nothing_after_the_close,
        the_list_changes_under_the_lock};
    const TTest *twice[] = {an_earlier_entry_wakes_it, a_close_ends_it,
                            it_does_not_ask_again_and_again};
    TCase *tc = tcase_create("a timer");
    for (size_t i = 0; i < 5; i++)
        tcase_add_loop_test(tc, once[i], 0, 1);
    for (size_t i = 0; i < 3; i++)
        tcase_add_loop_test(tc, twice[i], 0, 2);
    tcase_set_timeout(tc, 20);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
