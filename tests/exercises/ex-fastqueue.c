/* Exercise "Three of twenty thousand": cell_submit, cell_run_one, cell_get and
 * cell_let_go. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

struct cell {
    struct cell *next;
    int (*run)(int argument);
    int argument, result;
    bool done;
    bool let_go;
};

struct cell_pool {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct cell *free;
    struct cell *oldest, *newest;
};

struct cell *cell_submit(struct cell_pool *pool, int (*run)(int argument),
                         int argument);
bool cell_run_one(struct cell_pool *pool);
int cell_get(struct cell_pool *pool, struct cell *cell);
void cell_let_go(struct cell_pool *pool, struct cell *cell);

static struct cell_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
                                .ended = PTHREAD_COND_INITIALIZER};

static int square(int number)
{
    ck_assert_msg(schedule_held() == 0,
                  "a task runs while its worker holds the lock: then the "
                  "workers of the pool work one after the other");
    return number * number;
}

static struct cell *submit(int number)
{
    struct cell *cell = cell_submit(&pool, square, number);
    ck_assert(cell != NULL);
    return cell;
}

static void run_one(void)
{
    ck_assert_msg(cell_run_one(&pool),
                  "a task was submitted, and cell_run_one found none");
    ck_assert_msg(schedule_held() == 0, "cell_run_one came back with the lock");
}

static void expect_no_task(void)
{
    ck_assert_msg(!cell_run_one(&pool),
                  "all tasks have run, and cell_run_one ran one more: a cell "
                  "was in the queue that nobody has submitted");
}

/* One owner who asks for a result. */
struct owner {
    pthread_t thread;
    struct cell *cell;
    int result;
    bool came_back;
};

static void *ask(void *data)
{
    struct owner *owner = data;
    owner->result = cell_get(&pool, owner->cell);
    __atomic_store_n(&owner->came_back, true, __ATOMIC_RELEASE);
    return NULL;
}

/* Start an owner who asks for the result of a task that has not run. Returns
 * when it sleeps. */
static void start_owner(struct owner *owner, struct cell *cell,
                        const char *when)
{
    int before = schedule_waiting();
    *owner = (struct owner){.cell = cell};
    ck_assert_int_eq(pthread_create(&owner->thread, NULL, ask, owner), 0);
    while (schedule_waiting() == before &&
           !__atomic_load_n(&owner->came_back, __ATOMIC_ACQUIRE))
        (void)sched_yield();
    pthread_mutex_lock(&pool.lock); /* it sleeps now, or has come back */
    pthread_mutex_unlock(&pool.lock);
    ck_assert_msg(!__atomic_load_n(&owner->came_back, __ATOMIC_ACQUIRE),
                  "%s cell_get came back before the task had run, with %d",
                  when, owner->result);
}

static void expect_result(struct owner *owner, int wanted, const char *when)
{
    ck_assert_int_eq(pthread_join(owner->thread, NULL), 0);
    ck_assert_msg(owner->result == wanted, "%s cell_get must return %d, not %d",
                  when, wanted, owner->result);
}

static void expect_get(struct cell *cell, int wanted, const char *when)
{
    int result = cell_get(&pool, cell);
    ck_assert_msg(result == wanted, "%s cell_get must return %d, not %d", when,
                  wanted, result);
    ck_assert_msg(schedule_held() == 0, "cell_get came back with the lock");
}

START_TEST(works_once)
{
    struct cell *three = submit(3), *four = submit(4);
    run_one();
    run_one();
    expect_no_task();
    expect_get(four, 16, "with new cells");
    expect_get(three, 9, "with new cells");
    expect_get(three, 9, "asked again,");
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "the tasks had run: cell_get had no reason to wait");
    cell_let_go(&pool, three);
    cell_let_go(&pool, four);
}
END_TEST

/* Whether the result is there when the end is announced: looked at whenever
 * the lock is given back. */
static struct cell *watched;
static bool early;

static void look_at_the_end(enum point point, const void *object)
{
    if (point == BEFORE_UNLOCK && object == &pool.lock && watched->done &&
        watched->result != 81)
        early = true;
}

START_TEST(the_result_is_there_before_the_end_is_announced)
{
    watched = submit(9);
    schedule_hook(look_at_the_end);
    run_one();
    schedule_hook(NULL);
    ck_assert_msg(watched->done, "after its task has run, a cell is done");
    ck_assert_msg(!early, "a cell was done and the lock free, and the result "
                          "was not in it yet: an owner who comes now takes "
                          "what was there before");
    expect_get(watched, 81, "after the run");
    cell_let_go(&pool, watched);
}
END_TEST

START_TEST(a_used_cell_is_used_again)
{
    struct cell *first = submit(2);
    run_one();
    expect_get(first, 4, "with a new cell");
    cell_let_go(&pool, first);
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    struct cell *second = cell_submit(&pool, square, 3);
    ck_assert_msg(second == first,
                  "a cell whose task has run and that was let go is free: the "
                  "next submit must use it");
    struct cell *third = cell_submit(&pool, square, 4);
    ck_assert_msg(third == NULL,
                  "one cell was free, and memory there was none: the second "
                  "submit must return NULL, or it used a cell that has an "
                  "owner");
    run_one();
    expect_no_task();
    expect_get(second, 9, "with a used cell");
    cell_let_go(&pool, second);
}
END_TEST

START_TEST(a_cell_with_an_owner_is_not_free)
{
    struct cell *kept = submit(5);
    run_one();
    struct cell *other = submit(6);
    ck_assert_msg(other != kept, "a cell that was not let go was used again: "
                                 "its owner may still ask for the result");
    run_one();
    expect_get(kept, 25, "although other tasks have run since,");
    expect_get(other, 36, "with a new cell");
    cell_let_go(&pool, kept);
    cell_let_go(&pool, other);
}
END_TEST

/* Several used cells in the list of free ones, and one of them is used. */
START_TEST(a_used_cell_comes_alone)
{
    struct cell *cells[3];
    for (int i = 0; i < 3; i++) {
        cells[i] = submit(i);
        run_one();
    }
    for (int i = 0; i < 3; i++)
        cell_let_go(&pool, cells[i]);
    struct cell *again = submit(7);
    run_one();
    expect_no_task();
    expect_get(again, 49, "with one of three used cells");
    cell_let_go(&pool, again);
}
END_TEST

START_TEST(let_go_before_its_task_has_run)
{
    struct cell *early_one = submit(2);
    cell_let_go(&pool, early_one);
    struct cell *next = submit(3);
    ck_assert_msg(next != early_one,
                  "a cell was let go before its task had run, and then used "
                  "for another task: the pool still has it in the queue");
    run_one();
    ck_assert_msg(!next->done, "the first task has run, and the second "
                               "one's cell says that it is done");
    run_one();
    expect_no_task();
    expect_get(next, 9, "after both tasks have run");
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    struct cell *third = cell_submit(&pool, square, 4);
    ck_assert_msg(third == early_one,
                  "a cell that was let go before its task had run is free when "
                  "it has; the next submit must use it");
    schedule_reset();
    run_one();
    struct cell *fourth = submit(5);
    ck_assert_msg(fourth != third,
                  "a cell that had been let go early was used again, and taken "
                  "away from its new owner as soon as the task had run");
    run_one();
    expect_get(third, 16, "in its second use");
    expect_get(fourth, 25, "with a new cell");
    cell_let_go(&pool, next);
    cell_let_go(&pool, third);
    cell_let_go(&pool, fourth);
}
END_TEST

START_TEST(an_owner_waits_for_the_task)
{
    struct owner owner;
    struct cell *cell = submit(3);
    start_owner(&owner, cell, "with a new cell");
    run_one();
    expect_result(&owner, 9, "with a new cell");
    cell_let_go(&pool, cell);
    cell = submit(4);
    start_owner(&owner, cell, "with a used cell");
    run_one();
    expect_result(&owner, 16, "with a used cell");
    cell_let_go(&pool, cell);
}
END_TEST

START_TEST(an_owner_who_is_woken_for_nothing_waits_on)
{
    struct owner owner;
    struct cell *cell = submit(3);
    schedule_spurious(1);
    start_owner(&owner, cell, "woken without a reason,");
    run_one();
    expect_result(&owner, 9, "after a wake-up for nothing");
    cell_let_go(&pool, cell);
}
END_TEST

START_TEST(one_end_wakes_all_who_wait_for_it)
{
    struct owner owners[3];
    struct cell *cell = submit(6);
    for (int i = 0; i < 3; i++)
        start_owner(&owners[i], cell, "with a new cell");
    run_one();
    for (int i = 0; i < 3; i++) /* hangs if one was not woken */
        expect_result(&owners[i], 36, "for each of three who wait");
    cell_let_go(&pool, cell);
}
END_TEST

/* All together: owners who submit, ask and let go, and workers. */
static int left_to_run;

static void *be_worker(void *data)
{
    while (__atomic_load_n(&left_to_run, __ATOMIC_RELAXED) > 0)
        if (cell_run_one(&pool))
            __atomic_fetch_sub(&left_to_run, 1, __ATOMIC_RELAXED);
        else
            (void)sched_yield();
    return data;
}

static void *be_owner(void *data)
{
    for (int i = 0; i < 500; i++) {
        struct cell *cell = cell_submit(&pool, square, i);
        if (!cell)
            abort();
        if (i % 3 != 0 && cell_get(&pool, cell) != i * i)
            data = &left_to_run; /* a wrong result */
        cell_let_go(&pool, cell);
    }
    return data;
}

START_TEST(two_owners_and_two_workers)
{
    pthread_t owners[2], workers[2];
    left_to_run = 1000;
    for (int i = 0; i < 2; i++) {
        ck_assert(!pthread_create(&workers[i], NULL, be_worker, NULL));
        ck_assert(!pthread_create(&owners[i], NULL, be_owner, NULL));
    }
    for (int i = 0; i < 2; i++) {
        void *wrong;
        ck_assert_int_eq(pthread_join(owners[i], &wrong), 0);
        ck_assert_int_eq(pthread_join(workers[i], NULL), 0);
        ck_assert_msg(!wrong, "an owner got the result of another task");
    }
    expect_no_task();
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("Three of twenty thousand");
    tcase_set_timeout(tcase, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread (a hang: waiting although the task "
                                "has run)");
    tcase_add_test(first, works_once);
    tcase_add_test(first, the_result_is_there_before_the_end_is_announced);
    tcase_add_test(first, a_used_cell_is_used_again);
    tcase_add_test(first, a_cell_with_an_owner_is_not_free);
    tcase_add_test(first, a_used_cell_comes_alone);
    tcase_add_test(first, let_go_before_its_task_has_run);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("several threads (a hang: somebody was not "
                               "woken)");
    tcase_add_test(rest, an_owner_waits_for_the_task);
    tcase_add_test(rest, an_owner_who_is_woken_for_nothing_waits_on);
    tcase_add_test(rest, one_end_wakes_all_who_wait_for_it);
    tcase_add_test(rest, two_owners_and_two_workers);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
