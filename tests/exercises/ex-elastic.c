/* Exercise "A pool that breathes": the three decisions of an elastic pool. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chore {
    void (*run)(struct chore *chore);
    struct chore *next;
};

struct elastic {
    pthread_mutex_t lock;
    pthread_cond_t work, gone;
    struct chore *first, **last;
    size_t waiting;
    size_t workers, idle, min, max;
    int64_t patience;
    bool closed;
};

bool elastic_wants_worker(const struct elastic *pool);
bool elastic_lets_go(const struct elastic *pool, int error);
void elastic_run_one(struct elastic *pool);
void elastic_begin(struct elastic *pool);
int elastic_submit(struct elastic *pool, struct chore *chore);
void elastic_end(struct elastic *pool);

static struct elastic pool = {.min = 1, .max = 4, .patience = INT64_MAX};

static void expect_growth(size_t waiting, size_t idle, size_t workers,
                          bool wanted)
{
    static struct chore one;
    struct elastic state = {.first = waiting > 0 ? &one : NULL,
                            .waiting = waiting,
                            .idle = idle,
                            .workers = workers,
                            .max = 4};
    ck_assert_msg(elastic_wants_worker(&state) == wanted,
                  "%zu in line, %zu workers of at most 4, %zu of them idle: "
                  "one more worker is %s (section \"Workers, when they are "
                  "needed\")",
                  waiting, workers, idle, wanted ? "needed" : "wrong");
}

START_TEST(grows_when_more_is_in_line_than_idle)
{
    expect_growth(1, 0, 0, true);
    expect_growth(1, 1, 1, false);
    expect_growth(2, 1, 1, true);
    expect_growth(3, 2, 3, true);
    expect_growth(2, 2, 3, false);
    expect_growth(1, 3, 3, false);
    for (int i = 0; i < 10; i++) {
        size_t waiting = (size_t)vary(1, 9), idle = (size_t)vary(0, 3);
        expect_growth(waiting, idle, 3, waiting > idle);
    }
}
END_TEST

START_TEST(does_not_grow_beyond_the_most)
{
    expect_growth(9, 0, 3, true);
    expect_growth(9, 0, 4, false);
    expect_growth(9, 4, 4, false);
}
END_TEST

static void expect_end(size_t waiting, size_t workers, bool closed, int error,
                       bool wanted)
{
    static struct chore one;
    struct elastic state = {.first = waiting > 0 ? &one : NULL,
                            .waiting = waiting,
                            .workers = workers,
                            .idle = workers,
                            .min = 2,
                            .max = 4,
                            .closed = closed};
    ck_assert_msg(elastic_lets_go(&state, error) == wanted,
                  "%zu in line, %zu workers, at least 2, %s, the wait %s: "
                  "the worker must %s",
                  waiting, workers, closed ? "closed" : "open",
                  error ? "timed out" : "ended in time",
                  wanted ? "leave" : "stay");
}

START_TEST(lets_the_idle_go)
{
    expect_end(0, 3, false, ETIMEDOUT, true);
    expect_end(0, 3, false, 0, false);
    expect_end(1, 3, false, ETIMEDOUT, false);
    expect_end(0, 2, false, ETIMEDOUT, false);
    expect_end(0, 1, false, ETIMEDOUT, false);
}
END_TEST

START_TEST(lets_all_go_at_the_close)
{
    expect_end(0, 1, true, 0, true);
    expect_end(0, 4, true, 0, true);
    expect_end(0, 2, true, ETIMEDOUT, true);
    expect_end(1, 4, true, 0, false);
    expect_end(1, 4, true, ETIMEDOUT, false);
}
END_TEST

static int ran;

static void look(struct chore *chore)
{
    ck_assert_msg(schedule_held() == 0, "a lock is held while a chore runs");
    ck_assert_msg(pool.idle == 0 && pool.workers == 1,
                  "a worker that runs a chore is not idle");
    ck_assert_msg(pool.first != chore, "a chore that runs is still in line");
    chore->next = NULL;
    ran++;
}

START_TEST(runs_one_and_keeps_count)
{
    struct chore chores[3] = {{.run = look}, {.run = look}, {.run = look}};
    elastic_begin(&pool);
    pool.workers = pool.idle = 1;
    pool.max = 1; /* nobody is started */
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(elastic_submit(&pool, &chores[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&pool.lock);
        ck_assert_uint_eq(pool.waiting, i < 2 ? (size_t)(2 - i) : 1);
        elastic_run_one(&pool);
        ck_assert_msg(schedule_holds(&pool.lock),
                      "elastic_run_one must return with the lock held");
        pthread_mutex_unlock(&pool.lock);
        ck_assert_int_eq(ran, i + 1);
        ck_assert_msg(pool.idle == 1, "afterwards the worker is idle again");
        if (i == 1) { /* the line was empty in between */
            ck_assert_msg(pool.first == NULL, "the line must be empty");
            ck_assert_int_eq(elastic_submit(&pool, &chores[2]), 0);
            ck_assert_msg(pool.first == &chores[2],
                          "what comes into an empty line is its first");
        }
    }
}
END_TEST

START_TEST(a_chore_is_refused_if_nobody_can_run_it)
{
    struct chore chore = {.run = look};
    elastic_begin(&pool);
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    ck_assert_int_eq(elastic_submit(&pool, &chore), EAGAIN);
    ck_assert(pool.waiting == 0 && pool.first == NULL);
    pool.workers = pool.idle = 1;
    pool.max = 1;
    ck_assert_int_eq(elastic_submit(&pool, &chore), 0);
    ck_assert(pool.waiting == 1 && pool.first == &chore);
}
END_TEST

static int count;

static void add(struct chore *chore)
{
    (void)chore;
    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
}

START_TEST(works_with_threads)
{
    static struct chore chores[200];
    int many = (int)vary(50, 200);
    pool.patience = _i ? 0 : INT64_MAX;
    elastic_begin(&pool);
    for (int i = 0; i < many; i++) {
        chores[i].run = add;
        ck_assert_int_eq(elastic_submit(&pool, &chores[i]), 0);
    }
    elastic_end(&pool);
    ck_assert_int_eq(count, many);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A pool that breathes");
    TCase *tests = tcase_create("elastic");
    tcase_set_timeout(tests, 8);
    tcase_add_test(tests, grows_when_more_is_in_line_than_idle);
    tcase_add_test(tests, does_not_grow_beyond_the_most);
    tcase_add_test(tests, lets_the_idle_go);
    tcase_add_test(tests, lets_all_go_at_the_close);
    tcase_add_test(tests, runs_one_and_keeps_count);
    tcase_add_test(tests, a_chore_is_refused_if_nobody_can_run_it);
    tcase_add_loop_test(tests, works_with_threads, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
