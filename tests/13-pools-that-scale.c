/* Chapter 13, Pools that scale: its programs, and lib/deque, lib/futex,
 * lib/fork_join and what lib/fast_pool alone promises. What all executors
 * promise is in the suite "executor". */
#define _GNU_SOURCE
#include "lib/deadline.h"
#include "lib/deque.h"
#include "lib/executor.h"
#include "lib/fork_join.h"
#include "lib/futex.h"
#include "lib/worker.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---------- lib/futex ---------- */

START_TEST(a_futex_compares_before_it_sleeps)
{
    _Atomic uint32_t word = 1;
    struct timespec past = {0};
    errno = 7;
    ck_assert_int_eq(futex_wait(&word, 0, false), EAGAIN);
    ck_assert_int_eq(futex_wait_until(&word, 1, &past, false), ETIMEDOUT);
    ck_assert_int_eq(futex_wait_until(&word, 1, &past, true), ETIMEDOUT);
    ck_assert_int_eq(futex_wake(&word, 1, false), 0);
    ck_assert_msg(errno == 7, "errno was changed");
}
END_TEST

/* ---------- lib/deque ---------- */

static struct deque *new_deque(void)
{
    struct deque *deque = aligned_alloc(64, sizeof *deque);
    ck_assert(deque != NULL);
    deque_init(deque);
    return deque;
}

static void free_deque(struct deque *deque)
{
    deque_destroy(deque);
    free(deque);
}

START_TEST(owner_and_thief_have_different_ends)
{
    struct deque *deque = new_deque();
    struct deque_item item, three[3] = {{1, 10}, {2, 20}, {3, 30}};
    ck_assert(deque_empty(deque));
    ck_assert(!deque_take(deque, &item));
    ck_assert_int_eq(deque_steal(deque, &item), DEQUE_EMPTY);
    ck_assert_int_eq(deque_push(deque, three, 3), 0);
    ck_assert(!deque_empty(deque));
    ck_assert(deque_take(deque, &item));
    ck_assert_msg(item.what == 1, "several are taken in their order");
    ck_assert_int_eq(deque_steal(deque, &item), DEQUE_GOT);
    ck_assert_msg(item.what == 3 && item.argument == 30, "the oldest");
    ck_assert(deque_take(deque, &item) && item.what == 2);
    ck_assert(!deque_take(deque, &item));
    free_deque(deque);
}
END_TEST

START_TEST(a_deque_grows_round_its_end)
{
    struct deque *deque = new_deque();
    struct deque_item item;
    uintptr_t next = 0, stolen = 0;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 7; i++) {
            item = (struct deque_item){next, ~next};
            ck_assert_int_eq(deque_push(deque, &item, 1), 0);
            next++;
        }
        for (int i = 0; i < 3; i++, stolen++) {
            ck_assert_int_eq(deque_steal(deque, &item), DEQUE_GOT);
            ck_assert(item.what == stolen && item.argument == ~stolen);
        }
    }
    while (deque_take(deque, &item))
        ck_assert(item.what == --next);
    ck_assert(next == stolen);
    free_deque(deque);
}
END_TEST

START_TEST(no_memory_for_a_deque)
{
    struct deque *deque = new_deque();
    struct deque_item item = {1, 1};
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    ck_assert_int_eq(deque_push(deque, &item, 1), ENOMEM);
    schedule_reset();
    ck_assert(deque_empty(deque));
    ck_assert_int_eq(deque_push(deque, &item, 1), 0);
    free_deque(deque);
}
END_TEST

enum { ITEMS = 100000 };
static struct deque *shared;
static atomic_uchar seen[ITEMS];
static atomic_int left;

static void see(struct deque_item item)
{
    ck_assert_msg(item.argument == ~(uint64_t)item.what, "a torn item");
    ck_assert_msg(atomic_fetch_add(&seen[item.what], 1) == 0,
                  "an item came twice");
    atomic_fetch_sub(&left, 1);
}

static void share(int index, void *unused)
{
    struct deque_item item;
    (void)unused;
    if (index == 0)
        for (uintptr_t i = 0; i < ITEMS; i++) {
            item = (struct deque_item){i, ~(uint64_t)i};
            ck_assert_int_eq(deque_push(shared, &item, 1), 0);
            if (i % 3 == 0 && deque_take(shared, &item))
                see(item);
        }
    while (atomic_load(&left))
        if (index == 0 ? deque_take(shared, &item)
                       : deque_steal(shared, &item) == DEQUE_GOT)
            see(item);
        else
            sched_yield();
}

START_TEST(each_item_comes_once)
{
    shared = new_deque();
    atomic_store(&left, ITEMS);
    run_threads(3, share, NULL);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_int_eq(atomic_load(&seen[i]), 1);
    free_deque(shared);
}
END_TEST

/* ---------- lib/fork_join ---------- */

struct sum {
    struct fork fork;
    int depth;
    int64_t value;
};

static void run_sum(struct fork *fork)
{
    struct sum *sum = (struct sum *)fork;
    if (sum->depth == 0) {
        sum->value = 1;
        return;
    }
    struct sum left_half = {.depth = sum->depth - 1};
    struct sum right_half = {.depth = sum->depth - 1};
    fork_task(&left_half.fork, run_sum);
    run_sum(&right_half.fork);
    fork_join(&left_half.fork);
    sum->value = left_half.value + right_half.value;
}

static void run_list(struct fork *fork)
{
    struct sum *sum = (struct sum *)fork;
    enum { FORKS = FORK_DEPTH + 100 };
    static struct sum part[FORKS];
    for (int i = 0; i < FORKS; i++) {
        part[i].depth = i % 3;
        fork_task(&part[i].fork, run_sum);
    }
    sum->value = 0;
    for (int i = FORKS - 1; i >= 0; i--) {
        fork_join(&part[i].fork);
        sum->value += part[i].value;
    }
}

static int64_t in_region(struct executor *executor, size_t workers, int depth)
{
    struct sum root = {.fork = {.run = run_sum}, .depth = depth};
    fork_region(executor, workers, &root.fork);
    return root.value;
}

START_TEST(a_tree_is_joined)
{
    struct executor_options three = {.max_workers = 3};
    struct executor *executor = executor_fast(&three);
    ck_assert(executor != NULL);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(in_region(executor, (size_t)i % 5, 12), 4096);
    ck_assert_int_eq(in_region(NULL, 2, 10), 1024);
    struct sum outside = {.fork = {.run = run_sum}, .depth = 3};
    run_sum(&outside.fork);
    ck_assert_int_eq(outside.value, 8);
    executor_free(executor);
}
END_TEST

START_TEST(more_forks_than_there_is_room)
{
    struct executor *executor = executor_fast(NULL);
    ck_assert(executor != NULL);
    int64_t expected = 0;
    for (int i = 0; i < FORK_DEPTH + 100; i++)
        expected += 1 << i % 3;
    for (int i = 0; i < 20; i++) {
        struct sum root = {.fork = {.run = run_list}};
        fork_region(executor, 2, &root.fork);
        ck_assert_int_eq(root.value, expected);
    }
    executor_free(executor);
}
END_TEST

static int sum_in_task(const void *argument, void *result)
{
    struct executor *executor;
    memcpy(&executor, argument, sizeof executor);
    *(int64_t *)result = in_region(executor, 2, 8);
    return 0;
}
static const struct task sum_task = {.name = "sum",
                                     .run = sum_in_task,
                                     .argument_size = sizeof(void *),
                                     .result_size = sizeof(int64_t)};

START_TEST(a_region_in_a_task)
{
    struct executor_options two = {.max_workers = 2};
    struct executor *executor = executor_fast(&two);
    struct future *futures[8];
    for (int i = 0; i < 8; i++)
        ck_assert((futures[i] = executor_submit(executor, &sum_task,
                                                &executor)) != NULL);
    for (int i = 0; i < 8; i++) {
        int64_t value;
        ck_assert_int_eq(future_get(futures[i], &value, NULL), 0);
        ck_assert_int_eq(value, 256);
        future_free(futures[i]);
    }
    executor_free(executor);
}
END_TEST

/* ---------- lib/fast_pool ---------- */

static struct executor *pool;

static int fib(const void *argument, void *result);
static const struct task fib_task = {.name = "fib",
                                     .run = fib,
                                     .argument_size = sizeof(long),
                                     .result_size = sizeof(long)};

static int fib(const void *argument, void *result)
{
    long n = *(const long *)argument, less = n - 1, least = n - 2, a = 0, b = 0;
    *(long *)result = n;
    if (n < 2)
        return 0;
    struct future *future = executor_submit(pool, &fib_task, &less);
    if (!future)
        return errno;
    int error = fib(&least, &b);
    if (!error)
        error = future_get(future, &a, NULL);
    future_free(future);
    *(long *)result = a + b;
    return error;
}

START_TEST(nested_waits_do_not_deadlock)
{
    for (size_t workers = 1; workers <= 3; workers++) {
        struct executor_options options = {.max_workers = workers};
        long n = 16, result = 0;
        ck_assert((pool = executor_fast(&options)) != NULL);
        struct future *future = executor_submit(pool, &fib_task, &n);
        ck_assert(future != NULL);
        ck_assert_int_eq(future_get(future, &result, NULL), 0);
        ck_assert_int_eq(result, 987);
        future_free(future);
        executor_free(pool);
    }
}
END_TEST

static int after(const void *argument, void *result)
{
    struct future *before = *(struct future *const *)argument;
    long number = 0;
    int error = before ? future_get(before, &number, NULL) : 0;
    *(long *)result = number + 1;
    return error;
}
static const struct task after_task = {.name = "after",
                                       .run = after,
                                       .argument_size = sizeof(void *),
                                       .result_size = sizeof(long)};

START_TEST(a_chain_of_waits_does_not_deadlock)
{
    enum { LINKS = 300 };
    for (size_t workers = 1; workers <= 3; workers++) {
        struct executor_options options = {.max_workers = workers};
        struct future *futures[LINKS], *before = NULL;
        long result;
        ck_assert((pool = executor_fast(&options)) != NULL);
        for (int i = 0; i < LINKS; i++) {
            futures[i] = executor_submit(pool, &after_task, &before);
            ck_assert(futures[i] != NULL);
            before = futures[i];
        }
        ck_assert_int_eq(future_get(before, &result, NULL), 0);
        ck_assert_int_eq(result, LINKS);
        for (int i = 0; i < LINKS; i++)
            future_free(futures[i]);
        executor_free(pool);
    }
}
END_TEST

static int index_of(const void *argument, void *result)
{
    (void)argument;
    *(int *)result = executor_worker_index();
    return 0;
}
static const struct task index_task = {
    .name = "index", .run = index_of, .result_size = sizeof(int)};

static int hold(const void *argument, void *result)
{
    (void)result;
    atomic_int *const *gate = argument;
    atomic_store(*gate, 1);
    while (atomic_load(*gate) != 2)
        sched_yield();
    return 0;
}
static const struct task hold_task = {
    .name = "hold", .run = hold, .argument_size = sizeof(void *)};

START_TEST(get_runs_the_task_itself)
{
    struct executor_options options = {.max_workers = 1, .run_in_get = true};
    atomic_int gate = 0, *at = &gate;
    int index = 0;
    ck_assert((pool = executor_fast(&options)) != NULL);
    ck_assert_int_eq(executor_post(pool, &hold_task, &at), 0);
    while (!atomic_load(&gate))
        sched_yield();
    struct future *future = executor_submit(pool, &index_task, NULL);
    ck_assert(future != NULL);
    ck_assert_int_eq(future_get(future, &index, NULL), 0);
    ck_assert_int_eq(index, -1);
    future_free(future); /* while its job lies in the queue */
    atomic_store(&gate, 2);
    executor_free(pool);
}
END_TEST

static void submit_and_leave(int index, void *sum)
{
    (void)index;
    long n = 5;
    for (int i = 0; i < 100; i++) {
        struct future *future = executor_submit(pool, &fib_task, &n);
        ck_assert(future != NULL);
        if (i % 2) {
            ck_assert_int_eq(future_get(future, &n, NULL), 0);
            atomic_fetch_add((atomic_long *)sum, n);
        }
        future_free(future);
    }
}

START_TEST(threads_come_and_go)
{
    atomic_long sum = 0;
    ck_assert((pool = executor_fast(NULL)) != NULL);
    for (int i = 0; i < 20; i++)
        run_threads(3, submit_and_leave, &sum);
    executor_free(pool);
    ck_assert_int_eq(atomic_load(&sum), 20 * 3 * 50 * 5);
}
END_TEST

START_TEST(pools_come_and_go)
{
    struct executor_options one = {.max_workers = 1};
    for (long i = 0; i < 300; i++) {
        struct executor *first = executor_fast(&one);
        struct executor *second = executor_fast(NULL);
        pool = second;
        long n = i % 5, result;
        struct future *a = executor_submit(second, &fib_task, &n);
        ck_assert(a != NULL);
        ck_assert_int_eq(executor_post(first, &index_task, NULL), 0);
        ck_assert_int_eq(future_get(a, &result, NULL), 0);
        future_free(a);
        executor_free(i % 2 ? first : second);
        executor_free(i % 2 ? second : first);
    }
}
END_TEST

START_TEST(many_pending_are_cancelled)
{
    enum { PENDING = 200000 };
    struct executor_options two = {.max_workers = 2};
    atomic_int gate[2] = {0}, *at[2] = {&gate[0], &gate[1]};
    ck_assert((pool = executor_fast(&two)) != NULL);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(executor_post(pool, &hold_task, &at[i]), 0);
    while (!atomic_load(&gate[0]) || !atomic_load(&gate[1]))
        sched_yield();
    struct future **futures = calloc(PENDING, sizeof(struct future *));
    ck_assert(futures != NULL);
    for (int i = 0; i < PENDING; i++)
        ck_assert((futures[i] = executor_submit(pool, &index_task, NULL)) !=
                  NULL);
    atomic_store(&gate[0], 2);
    atomic_store(&gate[1], 2);
    ck_assert_int_eq(executor_shutdown(pool, SHUTDOWN_CANCEL_PENDING), 0);
    for (int i = 0; i < PENDING; i++) {
        int error = future_get(futures[i], NULL, NULL);
        ck_assert(error == 0 || error == ECANCELED);
        future_free(futures[i]);
    }
    executor_free(pool);
    free(futures);
}
END_TEST

static double processor_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e3 + (double)used.tv_nsec / 1e6;
}

START_TEST(an_idle_pool_sleeps)
{
    struct executor_options many = {.max_workers = 8};
    ck_assert((pool = executor_fast(&many)) != NULL);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(executor_post(pool, &index_task, NULL), 0);
    struct timespec rest = {.tv_nsec = 300000000};
    nanosleep(&rest, NULL);
    double before = processor_ms();
    nanosleep(&rest, NULL);
    ck_assert_msg(processor_ms() - before < 50, "the workers do not sleep");
    executor_free(pool);
}
END_TEST

static atomic_int gate_of_hold;
static atomic_int sleeper; /* the thread of the worker that has run note_task */
static struct future *quiet; /* submitted while a start is going to fail */

static int note(const void *argument, void *result)
{
    (void)argument, (void)result;
    atomic_store(&sleeper, gettid());
    return 0;
}
static const struct task note_task = {.name = "note", .run = note};

/* Wait until a thread of this process has slept for 50 ms. */
static void await_sleep(int thread)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    for (int slept = 0; slept < 50;) {
        const struct timespec moment = {.tv_nsec = 1000000};
        nanosleep(&moment, NULL);
        FILE *file = fopen(path, "re");
        ck_assert(file && fgets(line, sizeof line, file));
        (void)fclose(file);
        const char *name_end = strrchr(line, ')');
        slept = name_end && name_end[2] == 'S' ? slept + 1 : 0;
    }
}

static void submit_quietly(void)
{
    quiet = executor_submit(pool, &index_task, NULL);
    ck_assert(quiet != NULL);
}

/* The only worker runs all there is and parks; then comes another task, whose
 * submitter relies on the worker that is just being started. */
static void park_the_other(enum point point, const void *object)
{
    (void)object;
    if (point != BEFORE_CREATE || quiet)
        return;
    atomic_store(&gate_of_hold, 2);
    while (!atomic_load(&sleeper))
        sched_yield();
    await_sleep(atomic_load(&sleeper));
    submit_quietly();
}

static void expect_end(struct future *future, int error)
{
    struct timespec soon = deadline_after(5000000000);
    ck_assert_int_eq(future_get(future, NULL, &soon), error);
    future_free(future);
}

START_TEST(a_worker_that_cannot_start_is_not_relied_on)
{
    struct executor_options two = {.max_workers = 2};
    atomic_int *at = &gate_of_hold;
    ck_assert((pool = executor_fast(&two)) != NULL);
    struct future *held = executor_submit(pool, &hold_task, &at);
    ck_assert(held != NULL);
    while (!atomic_load(&gate_of_hold))
        sched_yield();
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    schedule_hook(park_the_other);
    struct future *noted = executor_submit(pool, &note_task, NULL);
    ck_assert(noted != NULL && schedule_failed(CALL_CREATE) && quiet);
    expect_end(quiet, 0);
    expect_end(noted, 0);
    expect_end(held, 0);
    executor_free(pool);
}
END_TEST

static int refuse(void *argument, void **state)
{
    (void)argument, (void)state;
    return ENOTNAM;
}

static atomic_int starting; /* 1: the second worker; 2: go on */

static void wait_for_a_task(enum point point, const void *object)
{
    (void)object;
    if (point != BEFORE_CREATE)
        return;
    atomic_store(&starting, 1);
    while (atomic_load(&starting) != 2)
        sched_yield();
}

START_TEST(the_last_worker_that_fails_relies_on_no_other)
{
    struct executor_options two = {.max_workers = 2, .worker_init = refuse};
    ck_assert((pool = executor_fast(&two)) != NULL);
    schedule_hold_starts(true);
    struct future *first = executor_submit(pool, &index_task, NULL);
    ck_assert(first != NULL);
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    schedule_hook(wait_for_a_task);
    schedule_hold_starts(false);
    while (!atomic_load(&starting))
        sched_yield();
    submit_quietly();
    atomic_store(&starting, 2);
    expect_end(first, ENOTNAM);
    expect_end(quiet, ENOTNAM);
    ck_assert(schedule_failed(CALL_CREATE));
    executor_free(pool);
}
END_TEST

/* ---------- programs ---------- */

START_TEST(fib_is_right)
{
    const struct run *r = run_well("fib 20");
    ck_assert_msg(matches(r->out, "^fib\\(20\\) is 6765; "), "%s", r->out);
    ck_assert_int_ne(run("fib 51")->status, 0);
}
END_TEST

START_TEST(steps_loses_no_task)
{
    const struct run *r = run_well("steps 1");
    ck_assert_int_eq(count_in(r->out, "\n"), 8);
    ck_assert_int_ne(run("steps 0")->status, 0);
}
END_TEST

START_TEST(poolbench_knows_its_workloads)
{
    ck_assert(matches(run_well("poolbench fast create")->out, "^[0-9.]+$"));
    ck_assert(matches(run_well("poolbench fast fib")->out, "^[0-9.]+$"));
    ck_assert(matches(run_well("poolbench fast message")->out, "^-$"));
    ck_assert_int_ne(run("poolbench slow post")->status, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Pools that scale");
    const TTest *parts[] = {a_futex_compares_before_it_sleeps,
                            owner_and_thief_have_different_ends,
                            a_deque_grows_round_its_end,
                            no_memory_for_a_deque,
                            each_item_comes_once,
                            a_tree_is_joined,
                            more_forks_than_there_is_room,
                            a_region_in_a_task};
    const TTest *fast[] = {nested_waits_do_not_deadlock,
                           a_chain_of_waits_does_not_deadlock,
                           get_runs_the_task_itself,
                           threads_come_and_go,
                           pools_come_and_go,
                           many_pending_are_cancelled,
                           an_idle_pool_sleeps,
                           a_worker_that_cannot_start_is_not_relied_on,
                           the_last_worker_that_fails_relies_on_no_other};
    const TTest *programs[] = {fib_is_right, steps_loses_no_task,
                               poolbench_knows_its_workloads};
    add_tests(suite, "deque, futex, fork and join", 1, parts, 8);
    add_tests(suite, "fast pool", 1, fast, 9);
    add_tests(suite, "programs", 1, programs, 3);
    return run_suite(suite);
}
