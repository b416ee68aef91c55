/* lib/executor.h: what its docstrings promise, of each of the three executors;
 * then at random, and with each call of the system failing in turn.
 *
 * All tests are loops over the kinds of executor: "name:1" is the test with the
 * second of them. Of the environment,
 *   KIND=fast   tests this kind alone (threads, processes, fast)
 *   TEST=map    runs those whose name holds this, alone
 *   SEED=123    gives the random tests another beginning
 *   ROUNDS=3    makes so many of them a kind
 *
 * A task may run in another process: what tests and tasks share lies in shared
 * memory, made before the executor. A test waits for a state, never for a
 * time; what never comes is ended by Check's timeout. */
#define _GNU_SOURCE
#include "lib/executor.h"
#include "lib/deadline.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How much work each build can bear. */
#if defined __SANITIZE_THREAD__
enum { TSAN = 1, ASAN = 0, SLOWER = 20, LARGE = 16 << 20 };
#elif defined __SANITIZE_ADDRESS__
enum { TSAN = 0, ASAN = 1, SLOWER = 8, LARGE = 64 << 20 };
int __lsan_do_recoverable_leak_check(void);
#else
enum { TSAN = 0, ASAN = 0, SLOWER = 1, LARGE = 64 << 20 };
#endif

/* ── The kinds ────────────────────────────────────────────────────────────── */

static const struct kind {
    const char *name;
    struct executor *(*create)(const struct executor_options *options);
    bool in_processes, helps; /* helps: a task may wait for others */
} all_kinds[] = {
    {"threads", executor_threads, false, false},
    {"processes", executor_processes, true, false},
    {"fast", executor_fast, false, true},
};
enum { ALL_KINDS = sizeof all_kinds / sizeof all_kinds[0] };
static const struct kind *kinds[ALL_KINDS], *kind;
static int kind_count;

/* ── What tests and tasks share ───────────────────────────────────────────── */

enum { GATES = 80 };

static struct shared {
    atomic_bool open[GATES]; /* a task that waits at this gate may go on */
    atomic_int at[GATES]; /* how many have come to it */
    atomic_int runs, running, most_running;
    atomic_int many_calls, many_items, most_many;
    atomic_int inits, failed_inits, exits, wrong, fail_first;
    atomic_int exits_of[GATES];
    atomic_int packs, deaths;
    atomic_ulong order; /* tasks push a digit */
} * shared;

static void *map_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    return memory;
}

static void nap(void)
{
    nanosleep(&(struct timespec){0, 50000}, NULL);
}

static void await(atomic_int *number, int value)
{
    while (atomic_load(number) < value)
        nap();
}

static void raise_to(atomic_int *most, int value)
{
    int before = atomic_load(most);
    while (before < value &&
           !atomic_compare_exchange_weak(most, &before, value))
        ;
}

/* ── Nothing may be left behind ───────────────────────────────────────────── */

static int threads_before, descriptors_before, shared_before;

static int entries(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    ck_assert_ptr_nonnull(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static int shared_mappings(void)
{
    char line[1024];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof line, maps))
        count += strstr(line, " rw-s ") != NULL;
    fclose(maps);
    return count;
}

static void *tell_thread(void *data)
{
    *(int *)data = (int)syscall(SYS_gettid);
    return data;
}

static void setup(void)
{
    pthread_t thread;
    int number;
    char path[64];
    shared = map_shared(sizeof *shared);
    /* The first thread brings along TSan's own. */
    ck_assert_int_eq(pthread_create(&thread, NULL, tell_thread, &number), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    snprintf(path, sizeof path, "/proc/self/task/%d", number);
    while (access(path, F_OK) == 0)
        nap();
    /* What a child leaves behind becomes a child of this process. */
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    threads_before = entries("/proc/self/task");
    descriptors_before = entries("/proc/self/fd");
    shared_before = shared_mappings();
}

/* A thread that has been joined may still be seen for a moment. */
static void nothing_is_left(void)
{
    int threads = 0, patience = 100000;
    while ((threads = entries("/proc/self/task")) > threads_before &&
           patience-- > 0)
        nap();
    ck_assert_msg(threads <= threads_before, "%d threads are left",
                  threads - threads_before);
    int left = entries("/proc/self/fd") - descriptors_before;
    ck_assert_msg(left == 0, "%d descriptors are left", left);
    int status;
    pid_t child = waitpid(-1, &status, WNOHANG);
    ck_assert_msg(child == -1 && errno == ECHILD,
                  "a child is left: %ld (0: it still runs)", (long)child);
    left = shared_mappings() - shared_before;
    ck_assert_msg(left <= 0, "%d shared mappings are left", left);
}

/* ── Making executors, submitting, waiting ────────────────────────────────── */

#define make(...) make_with(&(struct executor_options){__VA_ARGS__})

static struct executor *make_with(const struct executor_options *options)
{
    errno = 0;
    struct executor *executor = kind->create(options);
    ck_assert_msg(executor != NULL, "executor_%s: %s", kind->name,
                  strerror(errno));
    return executor;
}

static struct future *submit(struct executor *executor, const struct task *task,
                             const void *argument)
{
    errno = 0;
    struct future *future = executor_submit(executor, task, argument);
    ck_assert_msg(future != NULL, "executor_submit: %s", strerror(errno));
    return future;
}

static const struct timespec past; /* the machine had not yet started */

static struct timespec far_away(void)
{
    return deadline_after(INT64_MAX);
}

static void finish(struct executor *executor)
{
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    executor_free(executor);
}

/* x → x², and a count of the runs. */
static int square(const void *argument, void *result)
{
    uint64_t x = *(const uint64_t *)argument;
    *(uint64_t *)result = x * x;
    atomic_fetch_add(&shared->runs, 1);
    return 0;
}
static const struct task square_task = {
    .name = "square",
    .run = square,
    .argument_size = sizeof(uint64_t),
    .result_size = sizeof(uint64_t),
};

static struct future *submit_square(struct executor *executor, uint64_t x)
{
    return submit(executor, &square_task, &x);
}

static uint64_t got(struct future *future)
{
    uint64_t result = UINT64_MAX;
    int error = future_get(future, &result, NULL);
    ck_assert_msg(error == 0, "future_get: %s", strerror(error));
    return result;
}

/* The executor works: it runs a task. */
static void still_works(struct executor *executor)
{
    struct future *future = submit_square(executor, 12);
    ck_assert_uint_eq(got(future), 144);
    future_free(future);
}

/* Fails with its argument. */
static int fail_with(const void *argument, void *result)
{
    (void)result;
    atomic_fetch_add(&shared->runs, 1);
    return *(const int *)argument;
}
static const struct task fail_task = {
    .name = "fail", .run = fail_with, .argument_size = sizeof(int)};

/* Waits until its gate is open, and gives the number of the gate. */
static int wait_at(const void *argument, void *result)
{
    int gate = *(const int *)argument;
    raise_to(&shared->most_running, atomic_fetch_add(&shared->running, 1) + 1);
    atomic_fetch_add(&shared->at[gate], 1);
    while (!atomic_load(&shared->open[gate]))
        nap();
    atomic_fetch_sub(&shared->running, 1);
    *(int *)result = gate;
    return 0;
}
static const struct task gate_task = {
    .name = "gate",
    .run = wait_at,
    .argument_size = sizeof(int),
    .result_size = sizeof(int),
};

static struct future *submit_gate(struct executor *executor, int gate)
{
    return submit(executor, &gate_task, &gate);
}

/* A task that holds one worker: it has begun when this returns. */
static struct future *hold(struct executor *executor, int gate)
{
    int before = atomic_load(&shared->at[gate]);
    struct future *future = submit_gate(executor, gate);
    await(&shared->at[gate], before + 1);
    return future;
}

static void open_gate(int gate)
{
    atomic_store(&shared->open[gate], true);
}

static void let_go(struct future *held, int gate)
{
    open_gate(gate);
    int result = -1;
    ck_assert_int_eq(future_get(held, &result, NULL), 0);
    ck_assert_int_eq(result, gate);
    future_free(held);
}

/* Another thread. */
struct helper {
    pthread_t thread;
    atomic_int entered, left;
    struct executor *executor;
    struct future *future;
    enum shutdown how;
    int error;
    uint64_t result;
};

static void start(struct helper *helper, void *(*run_it)(void *))
{
    ck_assert_int_eq(pthread_create(&helper->thread, NULL, run_it, helper), 0);
}

static void join(struct helper *helper)
{
    ck_assert_int_eq(pthread_join(helper->thread, NULL), 0);
}

static void enter(struct helper *helper)
{
    atomic_store(&helper->entered, (int)syscall(SYS_gettid));
}

/* Return when the helper sleeps or has returned from what it entered. */
static void await_sleep(struct helper *helper)
{
    await(&helper->entered, 1);
    for (int asleep = 0; asleep < 20 && !atomic_load(&helper->left);) {
        char path[64], line[512], state = 0;
        snprintf(path, sizeof path, "/proc/self/task/%d/stat",
                 atomic_load(&helper->entered));
        FILE *file = fopen(path, "re");
        if (file && fgets(line, sizeof line, file) && strrchr(line, ')'))
            state = strrchr(line, ')')[2];
        if (file)
            fclose(file);
        asleep = state == 'S' ? asleep + 1 : 0;
        nap();
    }
}

static void *get_in_thread(void *data)
{
    struct helper *helper = data;
    enter(helper);
    helper->error = future_get(helper->future, &helper->result, NULL);
    atomic_store(&helper->left, 1);
    return NULL;
}

static void *submit_in_thread(void *data)
{
    struct helper *helper = data;
    uint64_t x = 5;
    enter(helper);
    helper->future = executor_submit(helper->executor, &square_task, &x);
    helper->error = helper->future ? 0 : errno;
    atomic_store(&helper->left, 1);
    return NULL;
}

static void *post_in_thread(void *data)
{
    struct helper *helper = data;
    uint64_t x = 5;
    enter(helper);
    helper->error = executor_post(helper->executor, &square_task, &x);
    atomic_store(&helper->left, 1);
    return NULL;
}

static void *shut_down_in_thread(void *data)
{
    struct helper *helper = data;
    enter(helper);
    helper->error = executor_shutdown(helper->executor, helper->how);
    atomic_store(&helper->left, 1);
    return NULL;
}

/* ── Submit and get ───────────────────────────────────────────────────────── */

START_TEST(a_task_has_a_result)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    struct future *futures[100];
    for (uint64_t i = 0; i < 100; i++)
        futures[i] = submit_square(executor, i);
    for (uint64_t i = 0; i < 100; i++) {
        ck_assert_uint_eq(got(futures[i]), i * i);
        ck_assert_uint_eq(got(futures[i]), i * i); /* again */
        ck_assert_int_eq(future_get(futures[i], NULL, NULL), 0);
        ck_assert(future_done(futures[i]));
        size_t size = 0;
        const uint64_t *result = future_result(futures[i], &size);
        ck_assert_ptr_nonnull(result);
        ck_assert_uint_eq(*result, i * i);
        ck_assert_uint_eq(size, sizeof *result);
        ck_assert_ptr_eq(future_result(futures[i], NULL), result);
        ck_assert_int_eq(future_failure(futures[i]).error, 0);
        future_free(futures[i]);
    }
    ck_assert_int_eq(shared->runs, 100);
    finish(executor);
}
END_TEST

START_TEST(no_options_are_good_options)
{
    kind = kinds[_i];
    struct executor *executor = kind->create(NULL);
    ck_assert_ptr_nonnull(executor);
    still_works(executor);
    executor_free(executor); /* without a shutdown */
    executor_free(NULL);
    future_free(NULL);
    completed_free(NULL);
}
END_TEST

START_TEST(a_pool_may_have_nothing_to_do)
{
    kind = kinds[_i];
    for (int i = 0; i < 10; i++) {
        struct executor *executor = make(.max_workers = 4);
        if (!kind->in_processes) /* workers start when there is work */
            ck_assert_int_le(entries("/proc/self/task"), threads_before);
        if (i % 2)
            ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
        executor_free(executor);
        nothing_is_left();
    }
}
END_TEST

START_TEST(the_argument_is_copied)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    uint64_t x = 7;
    struct future *future = submit(executor, &square_task, &x);
    x = 8;
    let_go(held, 0);
    ck_assert_uint_eq(got(future), 49);
    future_free(future);
    finish(executor);
}
END_TEST

/* Copy, and change each byte: for arguments and results of any size. */
static int change(const void *argument, void *result, size_t size)
{
    if (size == 0)
        return argument ? EBADMSG : 0;
    if ((uintptr_t)argument % alignof(max_align_t))
        return EBADMSG;
    const unsigned char *from = argument;
    unsigned char *to = result;
    for (size_t i = 0; i < size; i++)
        to[i] = from[i] ^ 0x5a;
    return 0;
}
#define SIZES(each)                                                            \
    each(0) each(1) each(8) each(9) each(31) each(64) each(4096) each(65537)   \
        each(1048576)
#define CHANGE(size)                                                           \
    static int change_##size(const void *argument, void *result)               \
    {                                                                          \
        return change(argument, result, size);                                 \
    }
#define CHANGE_TASK(size)                                                      \
    {.run = change_##size, .argument_size = size, .result_size = size},
SIZES(CHANGE)
static const struct task change_tasks[] = {SIZES(CHANGE_TASK)};

START_TEST(arguments_and_results_have_any_size)
{
    kind = kinds[_i];
    enum { TASKS = sizeof change_tasks / sizeof change_tasks[0], EACH = 5 };
    struct executor *executor = make(.max_workers = 2);
    struct future *futures[TASKS][EACH];
    unsigned char *bytes = malloc(1 << 20), *result = malloc((1 << 20) + 1);
    ck_assert(bytes && result);
    for (int i = 0; i < TASKS; i++)
        for (int j = 0; j < EACH; j++) {
            for (size_t k = 0; k < change_tasks[i].argument_size; k++)
                bytes[k] = (unsigned char)(k * 7 + (size_t)j);
            futures[i][j] = submit(executor, &change_tasks[i], bytes);
        }
    for (int i = 0; i < TASKS; i++)
        for (int j = 0; j < EACH; j++) {
            size_t size = change_tasks[i].result_size, reported = 1;
            memset(result, 1, size + 1);
            ck_assert_int_eq(future_get(futures[i][j], result, NULL), 0);
            for (size_t k = 0; k < size; k++)
                if (result[k] != ((unsigned char)(k * 7 + (size_t)j) ^ 0x5a))
                    ck_abort_msg("size %zu: byte %zu is wrong", size, k);
            ck_assert_msg(result[size] == 1, "size %zu: too much", size);
            const void *there = future_result(futures[i][j], &reported);
            if (size)
                ck_assert_uint_eq(reported, size);
            ck_assert(size ? memcmp(there, result, size) == 0 : !there);
            future_free(futures[i][j]);
        }
    finish(executor);
    free(bytes);
    free(result);
}
END_TEST

START_TEST(an_error_travels_to_the_future)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    int errors[] = {EIO, 1, ECANCELED, 12345};
    struct future *futures[4];
    for (int i = 0; i < 4; i++)
        futures[i] = submit(executor, &fail_task, &errors[i]);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(future_get(futures[i], NULL, NULL), errors[i]);
        ck_assert_int_eq(future_get(futures[i], NULL, NULL), errors[i]);
        ck_assert(future_done(futures[i]));
        ck_assert_ptr_null(future_result(futures[i], NULL));
        struct failure failure = future_failure(futures[i]);
        ck_assert_int_eq(failure.error, errors[i]);
        ck_assert_str_eq(failure.task, "fail");
        ck_assert(failure.number == 0 || failure.number == (uint64_t)i + 1);
        ck_assert_int_eq(failure.process, 0);
        ck_assert_int_eq(failure.signal, 0);
        future_free(futures[i]);
    }
    still_works(executor);
    finish(executor);
}
END_TEST

START_TEST(a_failure_is_a_line)
{
    if (_i != 0)
        return;
    char line[128], part[8];
    struct failure killed = {.error = EOWNERDEAD,
                             .task = "factorial",
                             .number = 7,
                             .process = 4711,
                             .signal = SIGSEGV};
    failure_text(&killed, line, sizeof line);
    ck_assert_str_eq(line, "task 7 (factorial): worker 4711 was killed by "
                           "signal 11 (Segmentation fault)");
    memset(part, 'x', sizeof part);
    failure_text(&killed, part, 5);
    ck_assert_mem_eq(part, "task\0xxx", 8);
    failure_text(&killed, part, 1);
    ck_assert_mem_eq(part, "\0ask\0xxx", 8);
    failure_text(&killed, part, 0);
    ck_assert_mem_eq(part, "\0ask\0xxx", 8);
    killed.signal = 0;
    killed.status = 3;
    failure_text(&killed, line, sizeof line);
    ck_assert_msg(matches(line, "^task 7 \\(factorial\\): .*4711.* 3$"), "%s",
                  line);
    struct failure failed = {.error = EIO, .number = 8};
    failure_text(&failed, line, sizeof line);
    ck_assert_msg(matches(line, "^task 8.*: Input/output error$"), "%s", line);
}
END_TEST

START_TEST(a_deadline_ends_a_get)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    struct future *future = submit_square(executor, 3);
    uint64_t result = 1;
    struct timespec soon = deadline_after(2000000), later = far_away();
    ck_assert_int_eq(future_get(future, &result, &past), ETIMEDOUT);
    ck_assert_int_eq(future_get(future, &result, &soon), ETIMEDOUT);
    ck_assert_int_eq(future_get(held, NULL, &soon), ETIMEDOUT);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    ck_assert_msg(now.tv_sec > soon.tv_sec || (now.tv_sec == soon.tv_sec &&
                                               now.tv_nsec >= soon.tv_nsec),
                  "it came back before the deadline");
    ck_assert_uint_eq(result, 1);
    ck_assert(!future_done(future));
    ck_assert_ptr_null(future_result(future, NULL));
    ck_assert_int_eq(future_failure(future).error, 0);
    open_gate(0);
    ck_assert_int_eq(future_get(future, &result, &later), 0);
    ck_assert_uint_eq(result, 9);
    result = 1;
    ck_assert_int_eq(future_get(future, &result, &past), 0); /* it is done */
    ck_assert_uint_eq(result, 9);
    future_free(future);
    let_go(held, 0);
    finish(executor);
}
END_TEST

START_TEST(many_may_ask)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    struct future *held[] = {hold(executor, 0), hold(executor, 1)};
    struct future *future = submit_square(executor, 11);
    struct helper helpers[8];
    memset(helpers, 0, sizeof helpers);
    for (int i = 0; i < 8; i++) {
        helpers[i].future = future;
        start(&helpers[i], get_in_thread);
    }
    for (int i = 0; i < 8; i++)
        await_sleep(&helpers[i]);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(helpers[i].left, 0);
    let_go(held[1], 1);
    for (int i = 0; i < 8; i++) {
        join(&helpers[i]);
        ck_assert_int_eq(helpers[i].error, 0);
        ck_assert_uint_eq(helpers[i].result, 121);
    }
    let_go(held[0], 0);
    future_free(future);
    finish(executor);
}
END_TEST

static void count_call(struct future *future, void *context)
{
    (void)future;
    atomic_fetch_add((atomic_int *)context, 1);
}

START_TEST(a_future_may_be_freed_early)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    static atomic_int called;
    struct future *held = hold(executor, 0);
    for (int i = 0; i < 10; i++) {
        struct future *future = submit_square(executor, 3);
        ck_assert_int_eq(future_on_done(future, count_call, &called), 0);
        future_free(future);
    }
    future_free(held); /* this one runs */
    ck_assert_int_eq(called, 0);
    open_gate(0);
    finish(executor);
    ck_assert_int_eq(shared->runs, 10);
    ck_assert_int_eq(called, 10);
}
END_TEST

START_TEST(posts_are_run)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    int error = EIO;
    uint64_t x = 2;
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(executor_post(executor, &square_task, &x), 0);
        ck_assert_int_eq(executor_post(executor, &fail_task, &error), 0);
    }
    finish(executor);
    ck_assert_int_eq(shared->runs, 2000);
}
END_TEST

static int push(const void *argument, void *result)
{
    (void)result;
    unsigned long digit = *(const unsigned char *)argument;
    unsigned long before = atomic_load(&shared->order);
    atomic_store(&shared->order, before * 10 + digit); /* one worker only */
    return 0;
}
static const struct task push_task = {.run = push, .argument_size = 1};

START_TEST(one_simple_worker_takes_tasks_in_order)
{
    kind = kinds[_i];
    if (kind->helps) /* the fast pool promises no order */
        return;
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    for (unsigned char i = 1; i <= 9; i++)
        ck_assert_int_eq(executor_post(executor, &push_task, &i), 0);
    let_go(held, 0);
    finish(executor);
    ck_assert_uint_eq(shared->order, 123456789);
}
END_TEST

/* ── Cancelling ───────────────────────────────────────────────────────────── */

START_TEST(what_waits_can_be_cancelled)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    static atomic_int called;
    struct future *held = hold(executor, 0), *futures[30];
    for (uint64_t i = 0; i < 30; i++) {
        futures[i] = submit_square(executor, i);
        ck_assert_int_eq(future_on_done(futures[i], count_call, &called), 0);
    }
    ck_assert_int_eq(future_cancel(held), EBUSY); /* it runs */
    for (int i = 0; i < 30; i += 3) {
        ck_assert_int_eq(future_cancel(futures[i]), 0);
        ck_assert_int_eq(called, i / 3 + 1);
        ck_assert(future_done(futures[i]));
        uint64_t result = 1;
        ck_assert_int_eq(future_get(futures[i], &result, NULL), ECANCELED);
        ck_assert_int_eq(future_get(futures[i], &result, &past), ECANCELED);
        ck_assert_uint_eq(result, 1);
        ck_assert_ptr_null(future_result(futures[i], NULL));
        ck_assert_int_eq(future_failure(futures[i]).error, ECANCELED);
        int error = future_cancel(futures[i]); /* it has ended: as you like */
        ck_assert(error == 0 || error == EBUSY);
        ck_assert_int_eq(called, i / 3 + 1);
    }
    let_go(held, 0);
    for (uint64_t i = 0; i < 30; i++)
        if (i % 3) {
            ck_assert_uint_eq(got(futures[i]), i * i);
            ck_assert_int_eq(future_cancel(futures[i]), EBUSY); /* done */
            ck_assert_uint_eq(got(futures[i]), i * i);
        }
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    ck_assert_int_eq(called, 30);
    ck_assert_int_eq(shared->runs, 20);
    for (int i = 0; i < 30; i++)
        future_free(futures[i]);
    executor_free(executor);
}
END_TEST

START_TEST(a_cancel_wakes_who_waits)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    struct helper helpers[3];
    memset(helpers, 0, sizeof helpers);
    struct future *future = submit_square(executor, 1);
    for (int i = 0; i < 3; i++) {
        helpers[i].future = future;
        start(&helpers[i], get_in_thread);
    }
    for (int i = 0; i < 3; i++)
        await_sleep(&helpers[i]);
    ck_assert_int_eq(future_cancel(future), 0);
    for (int i = 0; i < 3; i++) {
        join(&helpers[i]);
        ck_assert_int_eq(helpers[i].error, ECANCELED);
    }
    future_free(future);
    let_go(held, 0);
    finish(executor);
    ck_assert_int_eq(shared->runs, 0);
}
END_TEST

START_TEST(a_cancelled_future_may_be_freed_at_once)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    for (int i = 0; i < 10; i++) {
        struct future *future = submit_square(executor, 1);
        ck_assert_int_eq(future_cancel(future), 0);
        future_free(future);
    }
    let_go(held, 0);
    still_works(executor);
    finish(executor);
    ck_assert_int_eq(shared->runs, 1);
}
END_TEST

/* ── Callbacks ────────────────────────────────────────────────────────────── */

/* All atomic: two may come from different threads, with processes between
 * them, which TSan does not see. */
static struct {
    atomic_int count;
    _Atomic(struct future *) futures[16];
    atomic_int digits[16], thread, error;
    atomic_bool done;
    _Atomic uint64_t result;
} calls;

static void note_digit(struct future *future, void *context)
{
    int n = atomic_load(&calls.count);
    calls.futures[n] = future;
    calls.digits[n] = (int)(intptr_t)context;
    calls.thread = (int)syscall(SYS_gettid);
    calls.done = future_done(future);
    uint64_t result = 0;
    calls.error = future_get(future, &result, NULL);
    calls.result = result;
    atomic_store(&calls.count, n + 1);
}

/* When the thread that ends tasks calls back for another one, it has returned
 * from all earlier callbacks. */
static void let_callbacks_return(struct executor *executor)
{
    static atomic_int called;
    struct future *held = hold(executor, 1);
    struct future *future = submit_square(executor, 7);
    ck_assert_int_eq(future_on_done(future, count_call, &called), 0);
    let_go(held, 1);
    await(&called, 1);
    future_free(future);
}

START_TEST(callbacks_come_in_order)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    struct future *future = submit_square(executor, 6);
    for (intptr_t i = 0; i < 9; i++)
        ck_assert_int_eq(future_on_done(future, note_digit, (void *)i), 0);
    ck_assert_int_eq(calls.count, 0);
    let_go(held, 0);
    await(&calls.count, 9);
    for (int i = 0; i < 9; i++) {
        ck_assert_int_eq(calls.digits[i], i);
        ck_assert_ptr_eq(calls.futures[i], future);
    }
    ck_assert(calls.done);
    ck_assert_int_eq(calls.error, 0);
    ck_assert_uint_eq(calls.result, 36);
    let_callbacks_return(executor);
    /* It has ended: now the callback comes at once, from this thread. */
    ck_assert_int_eq(future_on_done(future, note_digit, (void *)9), 0);
    ck_assert_int_eq(calls.count, 10);
    ck_assert_int_eq(calls.digits[9], 9);
    ck_assert_int_eq(calls.thread, (int)syscall(SYS_gettid));
    future_free(future);
    finish(executor);
    ck_assert_int_eq(calls.count, 10);
}
END_TEST

START_TEST(callbacks_come_after_failures_too)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    int error = ENOENT;
    struct future *failing = submit(executor, &fail_task, &error);
    struct future *cancelled = submit_square(executor, 6);
    ck_assert_int_eq(future_on_done(failing, note_digit, (void *)1), 0);
    ck_assert_int_eq(future_on_done(cancelled, note_digit, (void *)2), 0);
    ck_assert_int_eq(future_cancel(cancelled), 0);
    ck_assert_int_eq(calls.count, 1);
    ck_assert_int_eq(calls.digits[0], 2);
    ck_assert_int_eq(calls.error, ECANCELED);
    ck_assert_int_eq(calls.thread, (int)syscall(SYS_gettid));
    let_go(held, 0);
    await(&calls.count, 2);
    ck_assert_int_eq(calls.digits[1], 1);
    ck_assert_int_eq(calls.error, ENOENT);
    future_free(failing);
    future_free(cancelled);
    finish(executor);
}
END_TEST

/* A callback may use the executor: a chain of tasks, each submitted when the
 * one before it has ended. */
static struct executor *chain_executor;
static atomic_int chain_errors, chain_links;

static void next_link(struct future *future, void *context)
{
    (void)future;
    (void)context;
    uint64_t x = 3;
    if (atomic_fetch_add(&chain_links, 1) >= 100)
        return;
    struct future *next = executor_submit(chain_executor, &square_task, &x);
    if (!next || future_on_done(next, next_link, NULL))
        atomic_fetch_add(&chain_errors, 1);
    future_free(next);
}

START_TEST(a_callback_may_submit)
{
    kind = kinds[_i];
    chain_executor = make(.max_workers = 2);
    struct future *first = submit_square(chain_executor, 3);
    ck_assert_int_eq(future_on_done(first, next_link, NULL), 0);
    await(&chain_links, 101);
    future_free(first);
    finish(chain_executor);
    ck_assert_int_eq(chain_errors, 0);
    ck_assert_int_eq(chain_links, 101);
    ck_assert_int_eq(shared->runs, 101);
}
END_TEST

/* ── As they end ──────────────────────────────────────────────────────────── */

START_TEST(of_no_futures_none_ends)
{
    kind = kinds[_i];
    struct completed *completed = executor_as_completed(NULL, 0);
    struct future *future = NULL;
    ck_assert_ptr_nonnull(completed);
    ck_assert_int_eq(completed_next(completed, &future, NULL), ENOENT);
    ck_assert_int_eq(completed_next(completed, &future, &past), ENOENT);
    completed_free(completed);
}
END_TEST

START_TEST(futures_come_as_they_end)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 4);
    struct future *futures[4], *future;
    for (int i = 0; i < 4; i++)
        futures[i] = hold(executor, i);
    struct completed *completed = executor_as_completed(futures, 4);
    ck_assert_ptr_nonnull(completed);
    ck_assert_int_eq(completed_next(completed, &future, &past), ETIMEDOUT);
    struct timespec soon = deadline_after(2000000), later = far_away();
    ck_assert_int_eq(completed_next(completed, &future, &soon), ETIMEDOUT);
    int order[] = {2, 0, 3, 1};
    for (int i = 0; i < 4; i++) {
        open_gate(order[i]);
        ck_assert_int_eq(
            completed_next(completed, &future, i % 2 ? NULL : &later), 0);
        ck_assert_ptr_eq(future, futures[order[i]]);
        ck_assert(future_done(future));
    }
    ck_assert_int_eq(completed_next(completed, &future, NULL), ENOENT);
    completed_free(completed);
    for (int i = 0; i < 4; i++)
        future_free(futures[i]);
    finish(executor);
}
END_TEST

START_TEST(many_futures_come_once_each)
{
    kind = kinds[_i];
    enum { MANY = 1000 };
    struct executor *executor = make(.max_workers = 4);
    static struct future *futures[MANY], *future;
    static bool seen[MANY];
    int error = EIO;
    for (uint64_t i = 0; i < MANY; i++)
        futures[i] = i % 10 ? submit_square(executor, i)
                            : submit(executor, &fail_task, &error);
    for (int i = 5; i < MANY; i += 50)
        (void)future_cancel(futures[i]);
    struct completed *completed = executor_as_completed(futures, MANY);
    ck_assert_ptr_nonnull(completed);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(completed_next(completed, &future, NULL), 0);
        ck_assert(future_done(future));
        int j = 0;
        while (j < MANY && futures[j] != future)
            j++;
        ck_assert_int_lt(j, MANY);
        ck_assert(!seen[j]);
        seen[j] = true;
    }
    ck_assert_int_eq(completed_next(completed, &future, NULL), ENOENT);
    completed_free(completed);
    for (int i = 0; i < MANY; i++)
        future_free(futures[i]);
    finish(executor);
}
END_TEST

START_TEST(completed_may_be_freed_before_all_have_ended)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *futures[3] = {hold(executor, 0)}, *future;
    futures[1] = submit_square(executor, 1);
    futures[2] = submit_square(executor, 2);
    struct completed *completed = executor_as_completed(futures, 3);
    ck_assert_ptr_nonnull(completed);
    ck_assert_int_eq(future_cancel(futures[1]), 0);
    ck_assert_int_eq(completed_next(completed, &future, NULL), 0);
    ck_assert_ptr_eq(future, futures[1]);
    completed_free(completed);
    open_gate(0);
    ck_assert_uint_eq(got(futures[2]), 4);
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    for (int i = 0; i < 3; i++)
        future_free(futures[i]);
    executor_free(executor);
}
END_TEST

/* ── Map ──────────────────────────────────────────────────────────────────── */

static void square_all(struct executor *executor, const struct task *task,
                       size_t count, size_t chunk)
{
    uint64_t *x = malloc((count + 1) * sizeof *x), *y = calloc(count + 1, 8);
    ck_assert(x && y);
    for (size_t i = 0; i < count; i++)
        x[i] = i + 3;
    y[count] = 1;
    struct timespec later = far_away();
    struct map_options options = {.chunk = chunk, .deadline = &later};
    ck_assert_int_eq(
        executor_map(executor, task, x, y, count, chunk ? &options : NULL), 0);
    for (size_t i = 0; i < count; i++)
        if (y[i] != (i + 3) * (i + 3))
            ck_abort_msg("of %zu items, in chunks of %zu: item %zu is wrong",
                         count, chunk, i);
    ck_assert_uint_eq(y[count], 1);
    free(x);
    free(y);
}

START_TEST(a_map_gives_results_in_order)
{
    kind = kinds[_i];
    size_t counts[] = {0, 1, 2, 7, 64, 1000, 10000};
    size_t chunks[] = {0, 1, 3, 1000, SIZE_MAX};
    struct executor *executor = make(.max_workers = 3);
    int runs = 0;
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 5; j++) {
            square_all(executor, &square_task, counts[i], chunks[j]);
            runs += (int)counts[i];
            ck_assert_int_eq(shared->runs, runs); /* each once */
        }
    finish(executor);
}
END_TEST

static int increment(const void *argument, void *result)
{
    *(uint32_t *)result = *(const uint32_t *)argument + 1;
    return 0;
}
static const struct task increment_task = {
    .run = increment, .argument_size = 4, .result_size = 4};

START_TEST(a_map_may_be_very_large)
{
    kind = kinds[_i];
    size_t count = SLOWER == 1 ? 10000000 : 200000;
    uint32_t *x = malloc(count * sizeof *x), *y = malloc(count * sizeof *y);
    ck_assert(x && y);
    for (size_t i = 0; i < count; i++)
        x[i] = (uint32_t)i;
    struct executor *executor = make(.max_workers = 2);
    ck_assert_int_eq(executor_map(executor, &increment_task, x, y, count, NULL),
                     0);
    for (size_t i = 0; i < count; i++)
        if (y[i] != i + 1)
            ck_abort_msg("item %zu is wrong", i);
    finish(executor);
    free(x);
    free(y);
}
END_TEST

static int square_many(const void *arguments, void *results, size_t count)
{
    const uint64_t *x = arguments;
    uint64_t *y = results;
    atomic_fetch_add(&shared->many_calls, 1);
    atomic_fetch_add(&shared->many_items, (int)count);
    raise_to(&shared->most_many, (int)count);
    for (size_t i = 0; i < count; i++)
        if (x[i] == 25)
            return EDOM;
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] * x[i];
    return 0;
}
static const struct task square_many_task = {
    .run = square,
    .run_many = square_many,
    .argument_size = sizeof(uint64_t),
    .result_size = sizeof(uint64_t),
};

START_TEST(a_map_calls_run_many)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    square_all(executor, &square_many_task, 20, 10);
    square_all(executor, &square_many_task, 1, 0);
    ck_assert_int_eq(shared->many_items, 21);
    ck_assert_int_le(shared->most_many, 10);
    ck_assert_int_ge(shared->many_calls, 3);
    ck_assert_int_eq(shared->runs, 0);
    /* Where run_many fails, the whole chunk has failed. */
    uint64_t x[100], y[100];
    int errors[100];
    for (uint64_t i = 0; i < 100; i++)
        x[i] = i;
    struct map_options options = {.chunk = 10, .errors = errors};
    ck_assert_int_eq(
        executor_map(executor, &square_many_task, x, y, 100, &options), EDOM);
    ck_assert_int_eq(errors[25], EDOM);
    int failed = 0, first = -1;
    for (uint64_t i = 0; i < 100; i++)
        if (errors[i]) {
            ck_assert_int_eq(errors[i], EDOM);
            ck_assert(failed == 0 || errors[i - 1]); /* they are neighbours */
            first = failed++ ? first : (int)i;
        } else {
            ck_assert_uint_eq(y[i], i * i);
        }
    ck_assert_int_le(failed, 10);
    ck_assert_int_le(first, 25);
    /* submit does not use it */
    still_works(executor);
    struct future *future = submit(executor, &square_many_task, &x[9]);
    ck_assert_uint_eq(got(future), 81);
    future_free(future);
    finish(executor);
}
END_TEST

static int even_only(const void *argument, void *result)
{
    int x = *(const int *)argument;
    *(int *)result = -x;
    atomic_fetch_add(&shared->runs, 1);
    return x % 2 ? x : 0;
}
static const struct task even_task = {
    .run = even_only, .argument_size = sizeof(int), .result_size = sizeof(int)};

START_TEST(a_map_reports_the_first_error_by_order)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 3);
    int x[300], y[300], errors[300];
    size_t chunks[] = {0, 1, 7};
    for (int i = 0; i < 300; i++)
        x[i] = i < 20 ? 2 * i : i;
    for (int j = 0; j < 3; j++) {
        struct map_options options = {.chunk = chunks[j], .errors = errors};
        memset(errors, 1, sizeof errors);
        memset(y, 1, sizeof y);
        ck_assert_int_eq(
            executor_map(executor, &even_task, x, y, 300, &options), 21);
        for (int i = 0; i < 300; i++) {
            ck_assert_int_eq(errors[i], x[i] % 2 ? x[i] : 0);
            if (!errors[i])
                ck_assert_int_eq(y[i], -x[i]);
        }
        ck_assert_int_eq(shared->runs, 300 * (2 * j + 1));
        options.errors = NULL;
        ck_assert_int_eq(
            executor_map(executor, &even_task, x, y, 300, &options), 21);
        memset(errors, 1, sizeof errors);
        options.errors = errors;
        ck_assert_int_eq(executor_map(executor, &even_task, x, y, 20, &options),
                         0);
        for (int i = 0; i < 20; i++)
            ck_assert_int_eq(errors[i], 0);
        atomic_fetch_sub(&shared->runs, 20);
    }
    finish(executor);
}
END_TEST

static int count_only(const void *argument, void *result)
{
    (void)result;
    atomic_fetch_add(&shared->runs, 1);
    return argument ? EBADMSG : 0;
}
static const struct task count_task = {.name = "count", .run = count_only};

START_TEST(a_map_may_have_no_bytes)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    ck_assert_int_eq(
        executor_map(executor, &count_task, NULL, NULL, 1000, NULL), 0);
    ck_assert_int_eq(shared->runs, 1000);
    struct map_options options = {.chunk = 1};
    ck_assert_int_eq(
        executor_map(executor, &count_task, NULL, NULL, 10, &options), 0);
    ck_assert_int_eq(shared->runs, 1010);
    ck_assert_int_eq(executor_post(executor, &count_task, NULL), 0);
    struct future *future = submit(executor, &count_task, NULL);
    ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    future_free(future);
    finish(executor);
    ck_assert_int_eq(shared->runs, 1012);
}
END_TEST

static int fill(const void *argument, void *result)
{
    memset(result, *(const int *)argument, LARGE);
    return 0;
}
static const struct task fill_task = {
    .run = fill, .argument_size = sizeof(int), .result_size = LARGE};

static bool is_filled(const unsigned char *bytes, int value)
{
    return bytes[0] == value && memcmp(bytes, bytes + 1, LARGE - 1) == 0;
}

START_TEST(results_may_be_larger_than_any_ring)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    int x[] = {1, 2, 3};
    unsigned char *y = malloc(3 * (size_t)LARGE);
    ck_assert_ptr_nonnull(y);
    struct map_options options = {.chunk = 1};
    ck_assert_int_eq(executor_map(executor, &fill_task, x, y, 3, &options), 0);
    for (int i = 0; i < 3; i++)
        ck_assert(is_filled(y + (size_t)i * LARGE, i + 1));
    struct future *future = submit(executor, &fill_task, &x[1]);
    ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    ck_assert(is_filled(future_result(future, NULL), 2));
    ck_assert_int_eq(future_get(future, y, NULL), 0);
    ck_assert(is_filled(y, 2));
    future_free(future);
    finish(executor);
    free(y);
}
END_TEST

static int wait_if_3(const void *argument, void *result)
{
    int x = *(const int *)argument;
    atomic_fetch_add(&shared->runs, 1);
    while (x == 3 && !atomic_load(&shared->open[3]))
        nap();
    *(int *)result = x + 100;
    return 0;
}
static const struct task wait_if_3_task = {
    .run = wait_if_3, .argument_size = sizeof(int), .result_size = sizeof(int)};

START_TEST(a_map_ends_at_its_deadline)
{
    kind = kinds[_i];
    static int x[100], y[100], errors[100];
    for (int i = 0; i < 100; i++)
        x[i] = i;
    struct executor *executor = make(.max_workers = 2);
    /* One task never returns. */
    struct timespec soon = deadline_after(50000000);
    struct map_options options = {
        .chunk = 1, .deadline = &soon, .errors = errors};
    memset(errors, 1, sizeof errors);
    ck_assert_int_eq(
        executor_map(executor, &wait_if_3_task, x, y, 100, &options),
        ETIMEDOUT);
    ck_assert_int_eq(errors[3], ETIMEDOUT);
    for (int i = 0; i < 100; i++)
        if (errors[i])
            ck_assert_int_eq(errors[i], ETIMEDOUT);
        else
            ck_assert_int_eq(y[i], i + 100);
    still_works(executor);
    if (kind->in_processes) {
        ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_KILL), 0);
    } else {
        open_gate(3);
        ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    }
    executor_free(executor);
}
END_TEST

START_TEST(a_map_whose_deadline_has_passed_begins_nothing)
{
    kind = kinds[_i];
    static int x[100], y[100], errors[100];
    struct executor *executor = make(.max_workers = 2);
    struct map_options options = {.deadline = &past, .errors = errors};
    ck_assert_int_eq(executor_map(executor, &even_task, x, y, 0, &options), 0);
    ck_assert_int_eq(executor_map(executor, &even_task, x, y, 100, &options),
                     ETIMEDOUT);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(errors[i], ETIMEDOUT);
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    ck_assert_int_eq(shared->runs, 0);
    executor_free(executor);
}
END_TEST

START_TEST(a_map_needs_no_room_in_the_queue)
{
    kind = kinds[_i];
    for (int refuse = 0; refuse < 2; refuse++) {
        struct executor *executor = make(.max_workers = 2, .queue_capacity = 1,
                                         .refuse_when_full = refuse);
        square_all(executor, &square_task, 1000, 1);
        square_all(executor, &square_task, 1000, 0);
        finish(executor);
    }
}
END_TEST

static void *map_in_thread(void *data)
{
    struct helper *helper = data;
    uint64_t x[200], y[200] = {0};
    for (uint64_t i = 0; i < 200; i++)
        x[i] = i;
    for (int turn = 0; turn < 20 && !helper->error; turn++) {
        helper->error =
            executor_map(helper->executor, &square_task, x, y, 200, NULL);
        for (uint64_t i = 0; i < 200; i++)
            helper->result += y[i] != i * i;
    }
    return NULL;
}

START_TEST(maps_of_several_threads_do_not_mix)
{
    kind = kinds[_i];
    struct helper helpers[4];
    memset(helpers, 0, sizeof helpers);
    struct executor *executor = make(.max_workers = 3);
    for (int i = 0; i < 4; i++) {
        helpers[i].executor = executor;
        start(&helpers[i], map_in_thread);
    }
    for (int i = 0; i < 4; i++) {
        join(&helpers[i]);
        ck_assert_int_eq(helpers[i].error, 0);
        ck_assert_uint_eq(helpers[i].result, 0);
    }
    finish(executor);
    ck_assert_int_eq(shared->runs, 4 * 20 * 200);
}
END_TEST

/* ── Results of another size ──────────────────────────────────────────────── */

/* Replies as many bytes as its argument says; before that, if `twice`, others.
 * A kind of task whose result would have eight bytes. */
struct wish {
    size_t size;
    bool twice;
    unsigned char value;
};

static int reply(const void *argument, void *result)
{
    const struct wish *wish = argument;
    memset(result, 0xee, 8);
    if (wish->twice) {
        unsigned char *first = task_reply(wish->size / 2 + 100);
        if (!first)
            return errno;
        memset(first, 0xdd, wish->size / 2 + 100);
    }
    unsigned char *bytes = task_reply(wish->size);
    if (!bytes)
        return errno;
    memset(bytes, wish->value, wish->size);
    return 0;
}
static const struct task reply_task = {.name = "reply",
                                       .run = reply,
                                       .argument_size = sizeof(struct wish),
                                       .result_size = 8};

START_TEST(a_task_may_reply_any_size)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    size_t sizes[] = {1, 7, 8, 9, 4096, 100000, 3 << 20};
    for (int twice = 0; twice < 2; twice++)
        for (unsigned char i = 0; i < 7; i++) {
            struct wish wish = {sizes[i], twice, i};
            struct future *future = submit(executor, &reply_task, &wish);
            unsigned char *copy = malloc(sizes[i] + 1);
            ck_assert_ptr_nonnull(copy);
            copy[sizes[i]] = 0xcc;
            ck_assert_int_eq(future_get(future, NULL, NULL), 0);
            size_t size = 0;
            const unsigned char *bytes = future_result(future, &size);
            ck_assert_uint_eq(size, sizes[i]);
            for (size_t j = 0; j < size; j++)
                if (bytes[j] != i)
                    ck_abort_msg("byte %zu of %zu is wrong", j, size);
            ck_assert_int_eq(future_get(future, copy, NULL), 0);
            ck_assert_mem_eq(copy, bytes, size);
            ck_assert_uint_eq(copy[size], 0xcc);
            free(copy);
            future_free(future);
        }
    finish(executor);
}
END_TEST

static int reply_nothing_sized(const void *argument, void *result)
{
    (void)result;
    size_t size = *(const size_t *)argument;
    char *bytes = task_reply(size);
    if (!bytes)
        return errno == EINVAL ? EINVAL : EBADMSG;
    memset(bytes, 'r', size);
    return 0;
}
static const struct task reply_only_task = {.run = reply_nothing_sized,
                                            .argument_size = sizeof(size_t)};

static int reply_error(const void *argument, void *result)
{
    (void)argument;
    (void)result;
    if (!task_reply(50))
        atomic_fetch_add(errno == EINVAL ? &shared->runs : &shared->wrong, 1);
    else
        atomic_fetch_add(&shared->wrong, 1);
    return 0;
}
static const struct task reply_error_task = {.run = reply_error};

static int reply_and_fail(const void *argument, void *result)
{
    (void)argument;
    (void)result;
    return task_reply(1000) ? EIO : EBADMSG;
}
static const struct task reply_and_fail_task = {.run = reply_and_fail};

START_TEST(only_a_task_with_a_future_may_reply)
{
    kind = kinds[_i];
    errno = 0;
    ck_assert_ptr_null(task_reply(10));
    ck_assert_int_eq(errno, EINVAL);
    struct executor *executor = make(.max_workers = 1);
    size_t size = 1000;
    struct future *future = submit(executor, &reply_only_task, &size);
    ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    size = 0;
    const char *bytes = future_result(future, &size);
    ck_assert_uint_eq(size, 1000);
    ck_assert_int_eq(bytes[999], 'r');
    future_free(future);
    ck_assert_int_eq(executor_post(executor, &reply_error_task, NULL), 0);
    ck_assert_int_eq(
        executor_map(executor, &reply_error_task, NULL, NULL, 3, NULL), 0);
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    ck_assert_int_eq(shared->runs, 4);
    ck_assert_int_eq(shared->wrong, 0);
    executor_free(executor);
}
END_TEST

START_TEST(a_reply_of_a_failure_is_dropped)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 1);
    struct future *future = submit(executor, &reply_and_fail_task, NULL);
    ck_assert_int_eq(future_get(future, NULL, NULL), EIO);
    ck_assert_ptr_null(future_result(future, NULL));
    future_free(future);
    size_t too_much = SIZE_MAX - 4096;
    if (!ASAN && !TSAN) { /* which end the program */
        struct future *vast = submit(executor, &reply_only_task, &too_much);
        ck_assert_int_eq(future_get(vast, NULL, NULL), EBADMSG); /* ENOMEM */
        future_free(vast);
    }
    still_works(executor);
    finish(executor);
}
END_TEST

/* ── Workers ──────────────────────────────────────────────────────────────── */

/* What a worker says about itself. */
struct worker_facts {
    int index;
    pid_t process;
    long thread;
    intptr_t state;
    char name[16];
    bool blocks_all;
};

static int tell_facts(const void *argument, void *result)
{
    (void)argument;
    struct worker_facts *facts = result;
    *facts = (struct worker_facts){
        .index = executor_worker_index(),
        .process = getpid(),
        .thread = syscall(SYS_gettid),
        .state = (intptr_t)executor_worker_state(),
        .blocks_all = true,
    };
    prctl(PR_GET_NAME, facts->name);
    int signals[] = {SIGHUP,  SIGINT,  SIGTERM, SIGUSR1, SIGUSR2,
                     SIGALRM, SIGCHLD, SIGPIPE, SIGRTMIN};
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    for (int i = 0; i < 9; i++)
        facts->blocks_all &= sigismember(&blocked, signals[i]) == 1;
    return 0;
}
/* The facts of all workers, each once: as many tasks at a time as there are
 * workers, which wait for each other. */
static int tell_facts_together(const void *argument, void *result)
{
    int error = tell_facts(NULL, result), crowd = *(const int *)argument;
    atomic_fetch_add(&shared->at[0], 1);
    await(&shared->at[0], crowd);
    return error;
}
static const struct task together_task = {.run = tell_facts_together,
                                          .argument_size = sizeof(int),
                                          .result_size =
                                              sizeof(struct worker_facts)};

static void ask_all(struct executor *executor, int count,
                    struct worker_facts *facts)
{
    struct future *futures[64];
    bool seen[64] = {false};
    atomic_store(&shared->at[0], 0);
    for (int i = 0; i < count; i++)
        futures[i] = submit(executor, &together_task, &count);
    for (int i = 0; i < count; i++) {
        struct worker_facts one;
        ck_assert_int_eq(future_get(futures[i], &one, NULL), 0);
        future_free(futures[i]);
        ck_assert_int_ge(one.index, 0);
        ck_assert_int_lt(one.index, count);
        ck_assert_msg(!seen[one.index], "two workers are number %d", one.index);
        seen[one.index] = true;
        facts[one.index] = one;
    }
}

START_TEST(workers_have_numbers_and_names)
{
    kind = kinds[_i];
    char name[8] = "crew";
    struct executor *executors[] = {make(.max_workers = 12, .name = name),
                                    make(.max_workers = 2)};
    strcpy(name, "other");
    struct worker_facts facts[12];
    char expected[32];
    ask_all(executors[0], 12, facts);
    for (int i = 0; i < 12; i++) {
        snprintf(expected, sizeof expected, "crew %d", i);
        ck_assert_str_eq(facts[i].name, expected);
        ck_assert_int_eq(facts[i].state, 0);
        ck_assert_int_ne(facts[i].thread, syscall(SYS_gettid));
        ck_assert((facts[i].process == getpid()) != kind->in_processes);
        for (int j = 0; j < i; j++)
            ck_assert_int_ne(facts[i].thread, facts[j].thread);
        ck_assert_msg(facts[i].blocks_all, "worker %d takes signals", i);
    }
    ask_all(executors[1], 2, facts);
    ck_assert_str_eq(facts[1].name, "worker 1");
    finish(executors[0]);
    finish(executors[1]);
    struct executor *executor =
        make(.max_workers = 1,
             .name = "a name much longer than the sixteen bytes of the kernel");
    still_works(executor);
    finish(executor);
    ck_assert_int_eq(executor_worker_index(), -1);
    ck_assert_ptr_null(executor_worker_state());
}
END_TEST

START_TEST(no_more_tasks_run_at_once_than_there_are_workers)
{
    kind = kinds[_i];
    int cores = (int)executor_cores();
    cpu_set_t cpus, one;
    ck_assert_int_eq(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    ck_assert_int_ge(cores, 1);
    ck_assert_int_le(cores, CPU_COUNT(&cpus));
    int sizes[] = {3, 0, 1};
    for (int i = 0; i < 3; i++) {
        int count = sizes[i] ? sizes[i] : cores < 20 ? cores : 20;
        struct executor *executor = make(.max_workers = (size_t)sizes[i]);
        struct future *futures[100];
        for (int j = 0; j < 5 * count; j++)
            futures[j] = submit_gate(executor, i);
        await(&shared->at[i], count); /* they all begin */
        open_gate(i);
        for (int j = 0; j < 5 * count; j++) {
            ck_assert_int_eq(future_get(futures[j], NULL, NULL), 0);
            future_free(futures[j]);
        }
        finish(executor);
        if (count == sizes[i] || cores < 20)
            ck_assert_int_le(shared->most_running, count);
        atomic_store(&shared->most_running, 0);
    }
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &cpus))
            CPU_SET(cpu, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    ck_assert_uint_eq(executor_cores(), 1);
}
END_TEST

START_TEST(there_may_be_4096_workers_and_no_more)
{
    kind = kinds[_i];
    errno = 0;
    ck_assert_ptr_null(
        kind->create(&(struct executor_options){.max_workers = 4097}));
    ck_assert_int_eq(errno, EINVAL);
    errno = 0;
    ck_assert_ptr_null(
        kind->create(&(struct executor_options){.max_workers = SIZE_MAX}));
    ck_assert_int_eq(errno, EINVAL);
    struct executor *executor = make(.max_workers = 4096);
    still_works(executor);
    finish(executor);
}
END_TEST

/* ── Hooks ────────────────────────────────────────────────────────────────── */

static int hook_word; /* its address is the hooks' argument */

static int begin_worker(void *argument, void **state)
{
    int index = executor_worker_index();
    int n = atomic_fetch_add(&shared->inits, 1);
    if (argument != &hook_word || index < 0 || index >= GATES)
        atomic_fetch_add(&shared->wrong, 1);
    if (task_reply(1))
        atomic_fetch_add(&shared->wrong, 1);
    if (n < atomic_load(&shared->fail_first)) {
        atomic_fetch_add(&shared->failed_inits, 1);
        return EACCES;
    }
    *state = (void *)(intptr_t)(1000 + index);
    return 0;
}

static void end_worker(void *argument, void *state)
{
    int index = executor_worker_index();
    atomic_fetch_add(&shared->exits, 1);
    if (argument != &hook_word || index < 0 || index >= GATES ||
        state != (void *)(intptr_t)(1000 + index) ||
        executor_worker_state() != state)
        atomic_fetch_add(&shared->wrong, 1);
    else
        atomic_fetch_add(&shared->exits_of[index], 1);
}
#define HOOKS                                                                  \
    .worker_init = begin_worker, .worker_exit = end_worker,                    \
    .hook_argument = &hook_word

START_TEST(hooks_are_called_once_a_worker)
{
    kind = kinds[_i];
    struct worker_facts facts[4];
    for (int how = SHUTDOWN_WAIT; how <= SHUTDOWN_CANCEL_PENDING; how++) {
        memset(shared, 0, sizeof *shared);
        struct executor *executor = make(.max_workers = 4, HOOKS);
        ask_all(executor, 4, facts);
        for (int i = 0; i < 4; i++)
            ck_assert_int_eq(facts[i].state, 1000 + i);
        ck_assert_int_eq(shared->inits, 4);
        ck_assert_int_eq(shared->exits, 0);
        ck_assert_int_eq(executor_shutdown(executor, (enum shutdown)how), 0);
        ck_assert_int_eq(shared->inits, 4);
        ck_assert_int_eq(shared->exits, 4);
        for (int i = 0; i < 4; i++)
            ck_assert_int_eq(shared->exits_of[i], 1);
        ck_assert_int_eq(shared->wrong, 0);
        executor_free(executor);
    }
}
END_TEST

START_TEST(a_worker_that_cannot_begin_leaves_the_work_to_others)
{
    kind = kinds[_i];
    for (int failing = 1; failing <= 2; failing++) {
        memset(shared, 0, sizeof *shared);
        atomic_store(&shared->fail_first, failing);
        struct executor *executor = make(.max_workers = 3, HOOKS);
        struct future *futures[20];
        for (uint64_t i = 0; i < 20; i++)
            futures[i] = submit_square(executor, i);
        for (uint64_t i = 0; i < 20; i++) {
            ck_assert_uint_eq(got(futures[i]), i * i);
            future_free(futures[i]);
        }
        square_all(executor, &square_task, 100, 1);
        finish(executor);
        ck_assert_int_ge(shared->failed_inits, 1);
        ck_assert_int_eq(shared->exits, shared->inits - shared->failed_inits);
        ck_assert_int_eq(shared->wrong, 0);
    }
}
END_TEST

START_TEST(where_no_worker_can_begin_tasks_fail)
{
    kind = kinds[_i];
    atomic_store(&shared->fail_first, INT32_MAX);
    static atomic_int called;
    int submitted = 0;
    struct executor *executor = make(.max_workers = 3, HOOKS);
    for (uint64_t i = 0; i < 20; i++) {
        errno = 0;
        struct future *future = executor_submit(executor, &square_task, &i);
        if (!future) {
            ck_assert_int_eq(errno, EACCES);
            continue;
        }
        submitted++;
        ck_assert_int_eq(future_on_done(future, count_call, &called), 0);
        ck_assert_int_eq(future_get(future, NULL, NULL), EACCES);
        ck_assert_int_eq(future_failure(future).error, EACCES);
        future_free(future);
    }
    uint64_t x[10] = {0}, y[10];
    int error = executor_post(executor, &square_task, x);
    ck_assert(error == 0 || error == EACCES);
    ck_assert_int_eq(executor_map(executor, &square_task, x, y, 10, NULL),
                     EACCES);
    finish(executor);
    ck_assert_int_eq(called, submitted);
    ck_assert_int_eq(shared->runs, 0);
    ck_assert_int_eq(shared->exits, 0);
    ck_assert_int_eq(shared->wrong, 0);
}
END_TEST

/* ── A queue with a bound ─────────────────────────────────────────────────── */

START_TEST(a_full_queue_refuses)
{
    kind = kinds[_i];
    struct executor *executor =
        make(.max_workers = 2, .queue_capacity = 3, .refuse_when_full = true);
    struct future *held[] = {hold(executor, 0), hold(executor, 1)};
    struct future *futures[3];
    uint64_t x = 4;
    for (int i = 0; i < 3; i++)
        futures[i] = submit_square(executor, x);
    errno = 0;
    ck_assert_ptr_null(executor_submit(executor, &square_task, &x));
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(executor_post(executor, &square_task, &x), EAGAIN);
    /* A cancelled task waits no more. */
    ck_assert_int_eq(future_cancel(futures[1]), 0);
    struct future *another = submit_square(executor, 5);
    ck_assert_int_eq(executor_post(executor, &square_task, &x), EAGAIN);
    let_go(held[0], 0);
    ck_assert_uint_eq(got(futures[2]), 16);
    ck_assert_uint_eq(got(another), 25);
    ck_assert_int_eq(executor_post(executor, &square_task, &x), 0);
    let_go(held[1], 1);
    for (int i = 0; i < 3; i++)
        future_free(futures[i]);
    future_free(another);
    finish(executor);
    ck_assert_int_eq(shared->runs, 4);
}
END_TEST

START_TEST(a_full_queue_makes_wait)
{
    kind = kinds[_i];
    struct helper helpers[3];
    memset(helpers, 0, sizeof helpers);
    struct executor *executor = make(.max_workers = 1, .queue_capacity = 2);
    struct future *held = hold(executor, 0);
    struct future *futures[] = {submit_square(executor, 1),
                                submit_gate(executor, 1)};
    for (int i = 0; i < 3; i++) {
        helpers[i].executor = executor;
        start(&helpers[i], i == 2 ? post_in_thread : submit_in_thread);
    }
    for (int i = 0; i < 3; i++) {
        await_sleep(&helpers[i]);
        ck_assert_msg(!helpers[i].left, "it did not wait for room");
    }
    let_go(held, 0); /* room for two, for the second gate waits in its turn */
    open_gate(1);
    for (int i = 0; i < 3; i++) {
        join(&helpers[i]);
        ck_assert_int_eq(helpers[i].error, 0);
    }
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(got(helpers[i].future), 25);
        future_free(helpers[i].future);
        ck_assert_int_eq(future_get(futures[i], NULL, NULL), 0);
        future_free(futures[i]);
    }
    finish(executor);
    ck_assert_int_eq(shared->runs, 4);
}
END_TEST

START_TEST(a_cancel_makes_room)
{
    kind = kinds[_i];
    struct helper helper = {.left = 0};
    struct executor *executor = make(.max_workers = 1, .queue_capacity = 1);
    struct future *held = hold(executor, 0);
    struct future *future = submit_square(executor, 1);
    helper.executor = executor;
    start(&helper, submit_in_thread);
    await_sleep(&helper);
    ck_assert_int_eq(helper.left, 0);
    ck_assert_int_eq(future_cancel(future), 0);
    join(&helper); /* although the worker is still held */
    ck_assert_int_eq(helper.error, 0);
    let_go(held, 0);
    ck_assert_uint_eq(got(helper.future), 25);
    future_free(helper.future);
    future_free(future);
    finish(executor);
}
END_TEST

START_TEST(a_shutdown_ends_the_wait_for_room)
{
    kind = kinds[_i];
    for (int how = SHUTDOWN_WAIT; how <= SHUTDOWN_CANCEL_PENDING; how++) {
        memset(shared, 0, sizeof *shared);
        struct executor *executor = make(.max_workers = 1, .queue_capacity = 1);
        struct future *held = hold(executor, 0);
        struct future *pending = submit_square(executor, 1);
        struct helper helpers[3] = {
            {.executor = executor},
            {.executor = executor},
            {.executor = executor, .how = (enum shutdown)how}};
        start(&helpers[0], submit_in_thread);
        start(&helpers[1], post_in_thread);
        await_sleep(&helpers[0]);
        await_sleep(&helpers[1]);
        ck_assert_int_eq(helpers[0].left + helpers[1].left, 0);
        start(&helpers[2], shut_down_in_thread);
        join(&helpers[0]);
        join(&helpers[1]);
        ck_assert_int_eq(helpers[0].error, ECANCELED);
        ck_assert_int_eq(helpers[1].error, ECANCELED);
        ck_assert_int_eq(helpers[2].left, 0);
        let_go(held, 0);
        join(&helpers[2]);
        ck_assert_int_eq(helpers[2].error, 0);
        ck_assert_int_eq(future_get(pending, NULL, NULL),
                         how == SHUTDOWN_WAIT ? 0 : ECANCELED);
        future_free(pending);
        executor_free(executor);
    }
}
END_TEST

/* ── Shutting down ────────────────────────────────────────────────────────── */

static void refuses_all(struct executor *executor)
{
    uint64_t x = 1, y;
    errno = 0;
    ck_assert_ptr_null(executor_submit(executor, &square_task, &x));
    ck_assert_int_eq(errno, ECANCELED);
    ck_assert_int_eq(executor_post(executor, &square_task, &x), ECANCELED);
    ck_assert_int_eq(executor_map(executor, &square_task, &x, &y, 1, NULL),
                     ECANCELED);
}

START_TEST(a_shutdown_waits_for_all)
{
    kind = kinds[_i];
    static atomic_int called;
    struct executor *executor = make(.max_workers = 3);
    struct future *futures[300];
    for (uint64_t i = 0; i < 300; i++) {
        futures[i] = submit_square(executor, i);
        ck_assert_int_eq(future_on_done(futures[i], count_call, &called), 0);
    }
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
    ck_assert_int_eq(shared->runs, 300);
    ck_assert_int_eq(called, 300);
    refuses_all(executor);
    for (int i = 0; i < 3; i++) /* again, and harsher */
        ck_assert_int_eq(executor_shutdown(executor, (enum shutdown)(i % 2)),
                         0);
    for (uint64_t i = 0; i < 300; i++) { /* the futures stay valid */
        ck_assert(future_done(futures[i]));
        ck_assert_int_eq(future_cancel(futures[i]), EBUSY);
        ck_assert_uint_eq(got(futures[i]), i * i);
        ck_assert_int_eq(future_on_done(futures[i], count_call, &called), 0);
        future_free(futures[i]);
    }
    ck_assert_int_eq(called, 600);
    executor_free(executor);
}
END_TEST

START_TEST(a_shutdown_may_cancel)
{
    kind = kinds[_i];
    static atomic_int called;
    struct helper helper = {.how = SHUTDOWN_CANCEL_PENDING};
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0), *futures[50];
    for (uint64_t i = 0; i < 50; i++) {
        futures[i] = submit_square(executor, i);
        ck_assert_int_eq(future_on_done(futures[i], count_call, &called), 0);
        ck_assert_int_eq(executor_post(executor, &square_task, &i), 0);
    }
    helper.executor = executor;
    start(&helper, shut_down_in_thread);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(future_get(futures[i], NULL, NULL), ECANCELED);
    ck_assert_int_eq(helper.left, 0); /* one task still runs */
    let_go(held, 0);
    join(&helper);
    ck_assert_int_eq(helper.error, 0);
    ck_assert_int_eq(called, 50);
    ck_assert_int_eq(shared->runs, 0);
    refuses_all(executor);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(future_failure(futures[i]).error, ECANCELED);
        future_free(futures[i]);
    }
    executor_free(executor);
}
END_TEST

START_TEST(a_second_shutdown_may_be_harsher)
{
    kind = kinds[_i];
    struct helper helpers[2];
    memset(helpers, 0, sizeof helpers);
    struct executor *executor = make(.max_workers = 1);
    struct future *held = hold(executor, 0);
    struct future *future = submit_square(executor, 1);
    for (int i = 0; i < 2; i++) {
        helpers[i].executor = executor;
        helpers[i].how = i ? SHUTDOWN_CANCEL_PENDING : SHUTDOWN_WAIT;
        start(&helpers[i], shut_down_in_thread);
        await_sleep(&helpers[i]);
        ck_assert_int_eq(helpers[i].left, 0);
        ck_assert_int_eq(future_done(future), i == 1);
    }
    ck_assert_int_eq(future_get(future, NULL, NULL), ECANCELED);
    let_go(held, 0);
    for (int i = 0; i < 2; i++) {
        join(&helpers[i]);
        ck_assert_int_eq(helpers[i].error, 0);
    }
    future_free(future);
    executor_free(executor);
}
END_TEST

START_TEST(a_million_may_be_pending)
{
    kind = kinds[_i];
    size_t many = 1000000 / SLOWER;
    struct future **futures = malloc(many / 2 * sizeof *futures);
    ck_assert_ptr_nonnull(futures);
    struct helper helper = {.how = SHUTDOWN_CANCEL_PENDING};
    struct executor *executor = make(.max_workers = 2);
    struct future *held[] = {hold(executor, 0), hold(executor, 1)};
    for (uint64_t i = 0; i < many / 2; i++) {
        futures[i] = executor_submit(executor, &square_task, &i);
        if (!futures[i] || executor_post(executor, &square_task, &i))
            ck_abort_msg("task %lu was refused", (unsigned long)i);
    }
    helper.executor = executor;
    start(&helper, shut_down_in_thread);
    for (size_t i = 0; i < many / 2; i++) {
        if (future_get(futures[i], NULL, NULL) != ECANCELED)
            ck_abort_msg("future %zu was not cancelled", i);
        future_free(futures[i]);
    }
    let_go(held[0], 0);
    let_go(held[1], 1);
    join(&helper);
    ck_assert_int_eq(helper.error, 0);
    executor_free(executor);
    free(futures);
    ck_assert_int_eq(shared->runs, 0);
    /* and some, run to the end */
    many /= 10;
    executor = make(.max_workers = 2);
    for (uint64_t i = 0; i < many; i++)
        if (executor_post(executor, &count_task, NULL))
            ck_abort_msg("task %lu was refused", (unsigned long)i);
    executor_free(executor);
    ck_assert_int_eq(shared->runs, (int)many);
}
END_TEST

static struct executor *this_executor;

static int shut_itself_down(const void *argument, void *result)
{
    (void)argument;
    *(int *)result = executor_shutdown(this_executor, SHUTDOWN_WAIT);
    return 0;
}
static const struct task shutdown_task = {.run = shut_itself_down,
                                          .result_size = sizeof(int)};

START_TEST(a_worker_cannot_shut_down)
{
    kind = kinds[_i];
    int result = 0;
    /* A worker process knows the executor only if it was there at the fork. */
    if (kind->in_processes)
        return;
    this_executor = make(.max_workers = 2);
    struct future *future = submit(this_executor, &shutdown_task, NULL);
    ck_assert_int_eq(future_get(future, &result, NULL), 0);
    ck_assert_int_eq(result, EDEADLK);
    future_free(future);
    ck_assert_int_eq(executor_shutdown(this_executor, SHUTDOWN_WAIT), 0);
    executor_free(this_executor);
}
END_TEST

START_TEST(threads_cannot_be_killed)
{
    kind = kinds[_i];
    if (kind->in_processes)
        return;
    struct executor *executor = make(.max_workers = 2);
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_KILL), ENOTSUP);
    finish(executor);
}
END_TEST

START_TEST(a_map_ends_when_the_executor_is_shut_down)
{
    kind = kinds[_i];
    struct helper helper = {.how = SHUTDOWN_WAIT};
    for (int how = SHUTDOWN_WAIT; how <= SHUTDOWN_CANCEL_PENDING; how++) {
        struct executor *executor = make(.max_workers = 2);
        helper = (struct helper){.executor = executor};
        start(&helper, map_in_thread);
        await(&shared->runs, 100);
        ck_assert_int_eq(executor_shutdown(executor, (enum shutdown)how), 0);
        join(&helper);
        ck_assert(helper.error == 0 || helper.error == ECANCELED);
        if (helper.error == 0)
            ck_assert_uint_eq(helper.result, 0);
        executor_free(executor);
        atomic_store(&shared->runs, 0);
    }
}
END_TEST

/* ── Children and signals ─────────────────────────────────────────────────── */

static int try_all_in_child(struct executor *executor, struct future *future)
{
    uint64_t x = 1, y;
    int wrong = 0;
    wrong |= executor_submit(executor, &square_task, &x) || errno != EPERM;
    wrong |= (executor_post(executor, &square_task, &x) != EPERM) << 1;
    wrong |= (executor_map(executor, &square_task, &x, &y, 1, NULL) != EPERM)
             << 2;
    wrong |= (future_get(future, &y, NULL) != EPERM) << 3;
    wrong |= (future_cancel(future) != EPERM) << 4;
    wrong |= (future_on_done(future, count_call, &x) != EPERM) << 5;
    wrong |= (executor_shutdown(executor, SHUTDOWN_WAIT) != EPERM) << 6;
    future_free(future); /* these do nothing */
    executor_free(executor);
    if (TSAN || ASAN) /* TSan lets no child of several threads start more,
                       * and in ASan's allocator it may find a lock held */
        return wrong;
    /* The child may make executors of its own. */
    executor = kind->create(&(struct executor_options){.max_workers = 2});
    if (!executor)
        return wrong | 128;
    future = executor_submit(executor, &square_task, &x);
    if (!future || future_get(future, &y, NULL) || y != 1)
        wrong |= 128;
    future_free(future);
    executor_free(executor);
    return wrong;
}

START_TEST(a_child_cannot_use_its_parents_executor)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    struct future *held = hold(executor, 0), *other = hold(executor, 1);
    struct future *future = submit_square(executor, 5);
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ne(child, -1);
    if (child == 0) {
        int wrong = try_all_in_child(executor, future);
        if (ASAN) /* which would miss what lies on the workers' stacks */
            _exit(wrong);
        exit(wrong);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "the child ended with status %d", status);
    ck_assert_msg(WEXITSTATUS(status) == 0, "calls in the child: wrong is %x",
                  (unsigned)WEXITSTATUS(status));
    let_go(held, 0); /* the parent's goes on */
    let_go(other, 1);
    ck_assert_uint_eq(got(future), 25);
    future_free(future);
    still_works(executor);
    finish(executor);
}
END_TEST

static atomic_int handled;

static void note_signal(int signal)
{
    (void)signal;
    atomic_store(&handled, (int)syscall(SYS_gettid));
}

START_TEST(workers_take_no_signals)
{
    kind = kinds[_i];
    struct worker_facts facts[3];
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t usr1, pending;
    struct executor *executor = make(.max_workers = 3);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    ask_all(executor, 3, facts);
    for (int i = 0; i < 3; i++)
        ck_assert_msg(facts[i].blocks_all, "worker %d takes signals", i);
    /* Now nobody should take it: not the workers, not the pool's helpers. */
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &usr1, NULL), 0);
    ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
    ask_all(executor, 3, facts);
    ck_assert_int_eq(handled, 0);
    ck_assert_int_eq(sigpending(&pending), 0);
    ck_assert(sigismember(&pending, SIGUSR1));
    ck_assert_int_eq(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL), 0);
    ck_assert_int_eq(handled, (int)syscall(SYS_gettid));
    finish(executor);
    sigset_t blocked; /* and the caller's own mask is as it was */
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    ck_assert(!sigismember(&blocked, SIGTERM));
}
END_TEST

/* ── Tasks that submit tasks ──────────────────────────────────────────────── */

static struct executor *nest;

/* x → x + (x - 1) + … + 1: each task submits one and waits for it. The result
 * is negative if something failed: minus the error. */
static int sum_down(const void *argument, void *result)
{
    int64_t x = *(const int64_t *)argument, less = x - 1, rest = 0;
    static const struct task self = {
        .run = sum_down, .argument_size = 8, .result_size = 8};
    if (less > 0) {
        struct future *future = executor_submit(nest, &self, &less);
        int error = future ? future_get(future, &rest, NULL) : errno;
        future_free(future);
        if (error)
            rest = -error;
    }
    *(int64_t *)result = rest < 0 ? rest : x + rest;
    return 0;
}

/* n → the sum of the squares below n: one task submits n. */
static int sum_of_squares(const void *argument, void *result)
{
    int64_t n = *(const int64_t *)argument, sum = 0;
    struct future *futures[200];
    for (int64_t i = 0; i < n; i++)
        futures[i] = executor_submit(nest, &square_task, &i);
    for (int64_t i = 0; i < n; i++) {
        uint64_t y;
        int error = futures[i] ? future_get(futures[i], &y, NULL) : EAGAIN;
        sum = sum < 0 ? sum : error ? -error : sum + (int64_t)y;
        future_free(futures[i]);
    }
    *(int64_t *)result = sum;
    return 0;
}

static int sum_by_map(const void *argument, void *result)
{
    int64_t n = *(const int64_t *)argument, sum = 0;
    uint64_t x[200] = {0}, y[200];
    for (int64_t i = 0; i < n; i++)
        x[i] = (uint64_t)i;
    int error = executor_map(nest, &square_task, x, y, (size_t)n,
                             &(struct map_options){.chunk = (size_t)n % 2 * 7});
    for (int64_t i = 0; i < n; i++)
        sum += (int64_t)y[i];
    *(int64_t *)result = error ? -error : sum;
    return 0;
}

static int fib(const void *argument, void *result)
{
    int64_t n = *(const int64_t *)argument, a = n - 1, b = n - 2, y = 0, z = 0;
    static const struct task self = {
        .run = fib, .argument_size = 8, .result_size = 8};
    int error = 0;
    if (n < 2) {
        z = n;
    } else {
        struct future *first = executor_submit(nest, &self, &a);
        struct future *second = executor_submit(nest, &self, &b);
        error = !first || !second;
        if (first)
            error |= future_get(first, &y, NULL);
        if (second)
            error |= future_get(second, &z, NULL);
        future_free(first);
        future_free(second);
    }
    *(int64_t *)result = y + z;
    return error;
}

static const struct task nested_tasks[] = {
    {.run = sum_down, .argument_size = 8, .result_size = 8},
    {.run = sum_of_squares, .argument_size = 8, .result_size = 8},
    {.run = sum_by_map, .argument_size = 8, .result_size = 8},
};
enum { NESTED = 3 };

static int64_t nested_answer(int which, int64_t n)
{
    return which ? (n - 1) * n * (2 * n - 1) / 6 : n * (n + 1) / 2;
}

START_TEST(tasks_may_wait_for_tasks_on_the_fast_pool)
{
    kind = kinds[_i];
    if (!kind->helps)
        return;
    for (size_t workers = 1; workers <= 4; workers++)
        for (int which = 0; which < NESTED; which++) {
            nest = make(.max_workers = workers);
            struct future *futures[8];
            int64_t n[8], sum = 0;
            for (int i = 0; i < 8; i++) {
                n[i] = 100 + i;
                futures[i] = submit(nest, &nested_tasks[which], &n[i]);
            }
            for (int i = 0; i < 8; i++) {
                ck_assert_int_eq(future_get(futures[i], &sum, NULL), 0);
                ck_assert_int_eq(sum, nested_answer(which, n[i]));
                future_free(futures[i]);
            }
            finish(nest);
        }
}
END_TEST

START_TEST(fork_and_join_on_the_fast_pool)
{
    kind = kinds[_i];
    if (!kind->helps)
        return;
    static const struct task fib_task = {
        .name = "fib", .run = fib, .argument_size = 8, .result_size = 8};
    for (size_t workers = 1; workers <= 4; workers *= 2) {
        nest = make(.max_workers = workers);
        int64_t n = SLOWER == 1 ? 20 : 14, result = 0;
        struct future *future = submit(nest, &fib_task, &n);
        ck_assert_int_eq(future_get(future, &result, NULL), 0);
        ck_assert_int_eq(result, SLOWER == 1 ? 6765 : 377);
        future_free(future);
        finish(nest);
    }
}
END_TEST

START_TEST(a_thread_that_would_wait_for_ever_is_told)
{
    kind = kinds[_i];
    if (kind->in_processes || kind->helps)
        return;
    /* More tasks deep than there are workers: one of them is told. Alone, a
     * worker could only wait for itself. */
    for (size_t workers = 1; workers <= 3; workers++)
        for (int which = 0; which < NESTED; which++) {
            nest = make(.max_workers = workers);
            struct future *futures[8];
            int64_t n = 20, sum = 0;
            for (int i = 0; i < 8; i++)
                futures[i] = submit(nest, &nested_tasks[which], &n);
            for (int i = 0; i < 8; i++) {
                ck_assert_int_eq(future_get(futures[i], &sum, NULL), 0);
                if (which == 0 || (workers == 1 && sum < 0))
                    ck_assert_int_eq(sum, -EDEADLK);
                else if (which == 1 && workers == 1)
                    ck_abort_msg("a worker waited for itself");
                else
                    ck_assert(sum == -EDEADLK ||
                              sum == nested_answer(which, n));
                future_free(futures[i]);
            }
            still_works(nest);
            finish(nest);
        }
}
END_TEST

/* A task that submits and does not wait; and one that looks at a task that is
 * done already. */
static atomic_int nested_errors;
static struct future *done_already;

static int submit_more(const void *argument, void *result)
{
    (void)argument;
    uint64_t x = 2, y = 0;
    for (int i = 0; i < 50; i++) {
        struct future *future = executor_submit(nest, &square_task, &x);
        if (!future || executor_post(nest, &square_task, &x))
            atomic_fetch_add(&nested_errors, 1);
        future_free(future);
    }
    *(int *)result = future_get(done_already, &y, NULL) || y != 81;
    return 0;
}
static const struct task submit_more_task = {.run = submit_more,
                                             .result_size = sizeof(int)};

START_TEST(tasks_may_submit_tasks)
{
    kind = kinds[_i];
    if (kind->in_processes)
        return;
    nest = make(.max_workers = 2);
    struct future *futures[20];
    done_already = submit_square(nest, 9);
    ck_assert_uint_eq(got(done_already), 81);
    for (int i = 0; i < 20; i++)
        futures[i] = submit(nest, &submit_more_task, NULL);
    for (int i = 0; i < 20; i++) {
        int result = 1;
        ck_assert_int_eq(future_get(futures[i], &result, NULL), 0);
        ck_assert_int_eq(result, 0);
        future_free(futures[i]);
    }
    ck_assert_int_eq(executor_shutdown(nest, SHUTDOWN_WAIT), 0);
    ck_assert_int_eq(nested_errors, 0);
    ck_assert_int_eq(shared->runs, 1 + 20 * 100);
    future_free(done_already);
    executor_free(nest);
}
END_TEST

/* Fills the queue, and more: the error of the first submit that fails. */
static int overfill(const void *argument, void *result)
{
    (void)argument;
    uint64_t x = 2;
    int error = 0, more = 10;
    while (!error && more-- > 0)
        error = executor_post(nest, &square_task, &x);
    *(int *)result = error;
    return 0;
}
static const struct task overfill_task = {.run = overfill,
                                          .result_size = sizeof(int)};

START_TEST(a_worker_does_not_wait_for_room)
{
    kind = kinds[_i];
    if (kind->in_processes)
        return;
    for (int refuse = 0; refuse < 2; refuse++) {
        nest = make(.max_workers = 1, .queue_capacity = 2,
                    .refuse_when_full = refuse);
        int error = -1;
        struct future *future = submit(nest, &overfill_task, NULL);
        ck_assert_int_eq(future_get(future, &error, NULL), 0);
        ck_assert_int_eq(error, refuse ? EAGAIN : EDEADLK);
        future_free(future);
        finish(nest);
    }
    ck_assert_int_eq(shared->runs, 4);
}
END_TEST

/* Two executors: a task of one may wait for a task of the other. */
static int ask_the_other(const void *argument, void *result)
{
    struct future *future = executor_submit(nest, &square_task, argument);
    int error = future ? future_get(future, result, NULL) : errno;
    future_free(future);
    return error;
}
static const struct task other_task = {
    .run = ask_the_other, .argument_size = 8, .result_size = 8};

START_TEST(a_task_may_wait_for_another_executor)
{
    kind = kinds[_i];
    if (kind->in_processes)
        return;
    nest = make(.max_workers = 1);
    struct executor *executor = make(.max_workers = 2);
    struct future *futures[50];
    for (uint64_t i = 0; i < 50; i++)
        futures[i] = submit(executor, &other_task, &i);
    for (uint64_t i = 0; i < 50; i++) {
        ck_assert_uint_eq(got(futures[i]), i * i);
        future_free(futures[i]);
    }
    finish(executor);
    finish(nest);
}
END_TEST

START_TEST(get_may_run_the_task_itself)
{
    kind = kinds[_i];
    if (!kind->helps)
        return;
    struct executor *executor = make(.max_workers = 1, .run_in_get = true);
    struct future *held = hold(executor, 0);
    struct future *future = submit_square(executor, 9);
    ck_assert_uint_eq(got(future), 81); /* no worker is free */
    future_free(future);
    static atomic_int called;
    for (int i = 0; i < 10; i++) {
        future = submit_square(executor, 9);
        ck_assert_int_eq(future_on_done(future, count_call, &called), 0);
        if (i % 2)
            ck_assert_int_eq(future_cancel(future), 0);
        ck_assert_int_eq(future_get(future, NULL, NULL), i % 2 ? ECANCELED : 0);
        future_free(future);
    }
    int error = EIO;
    future = submit(executor, &fail_task, &error);
    ck_assert_int_eq(future_get(future, NULL, NULL), EIO);
    future_free(future);
    size_t size = 5000;
    future = submit(executor, &reply_only_task, &size);
    ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    ck_assert_ptr_nonnull(future_result(future, &size));
    ck_assert_uint_eq(size, 5000);
    future_free(future);
    let_go(held, 0);
    finish(executor);
    ck_assert_int_eq(called, 10);
    ck_assert_int_eq(shared->runs, 1 + 5 + 1);
}
END_TEST

/* ── Workers that die ─────────────────────────────────────────────────────── */

enum death { BY_SIGNAL, BY_EXIT, BY_FAULT };
struct death_wish {
    enum death how;
    int number, times; /* it dies this often, then it gives its number */
};

static int die_so(const void *argument, void *result)
{
    const struct death_wish *wish = argument;
    atomic_fetch_add(&shared->runs, 1);
    if (atomic_fetch_add(&shared->deaths, 1) < wish->times) {
        if (wish->how == BY_SIGNAL)
            raise(wish->number);
        if (wish->how == BY_EXIT)
            _exit(wish->number);
        signal(SIGSEGV, SIG_DFL);
        *(volatile int *)(uintptr_t)wish->number = 1; /* nothing is there */
    }
    *(int *)result = wish->number;
    return 0;
}
static const struct task die_task = {.name = "die",
                                     .run = die_so,
                                     .argument_size = sizeof(struct death_wish),
                                     .result_size = sizeof(int)};
static const struct task die_again_task = {.name = "die again",
                                           .run = die_so,
                                           .argument_size =
                                               sizeof(struct death_wish),
                                           .result_size = sizeof(int),
                                           .repeatable = true};

static atomic_int deaths_told;
static struct failure last_told;

static void note_death(const struct failure *failure, void *argument)
{
    if (argument == &hook_word)
        last_told = *failure;
    atomic_fetch_add(&deaths_told, 1);
}

START_TEST(a_death_costs_one_task)
{
    kind = kinds[_i];
    if (!kind->in_processes)
        return;
    struct death_wish wishes[] = {{BY_SIGNAL, SIGKILL, 1},
                                  {BY_EXIT, 3, 1},
                                  {BY_EXIT, 0, 1},
                                  {BY_FAULT, SIGSEGV, 1}};
    for (int i = 0; i < (ASAN || TSAN ? 3 : 4); i++) {
        struct executor *executor =
            make(.max_workers = 2, .worker_died = note_death,
                 .hook_argument = &hook_word);
        struct future *futures[20];
        atomic_store(&shared->deaths, 0);
        for (uint64_t j = 0; j < 20; j++)
            futures[j] = j == 10 ? submit(executor, &die_task, &wishes[i])
                                 : submit_square(executor, j);
        for (uint64_t j = 0; j < 20; j++) {
            if (j != 10) {
                ck_assert_uint_eq(got(futures[j]), j * j);
                continue;
            }
            ck_assert_int_eq(future_get(futures[j], NULL, NULL), EOWNERDEAD);
            struct failure failure = future_failure(futures[j]);
            ck_assert_int_eq(failure.error, EOWNERDEAD);
            ck_assert_str_eq(failure.task, "die");
            ck_assert_uint_eq(failure.number, 11);
            ck_assert_int_gt(failure.process, 0);
            ck_assert_int_ne(failure.process, getpid());
            bool by_exit = wishes[i].how == BY_EXIT;
            ck_assert_int_eq(failure.signal, by_exit ? 0 : wishes[i].number);
            ck_assert_int_eq(failure.status, by_exit ? wishes[i].number : 0);
            ck_assert_ptr_null(future_result(futures[j], NULL));
        }
        still_works(executor);
        await(&deaths_told, i + 1);
        ck_assert_int_eq(last_told.error, EOWNERDEAD);
        ck_assert_str_eq(last_told.task, "die");
        for (int j = 0; j < 20; j++)
            future_free(futures[j]);
        finish(executor);
        ck_assert_int_eq(deaths_told, i + 1);
    }
}
END_TEST

START_TEST(a_repeatable_task_is_run_again)
{
    kind = kinds[_i];
    if (!kind->in_processes)
        return;
    struct executor *executor = make(.max_workers = 2, .retries = 2);
    struct death_wish wish = {BY_SIGNAL, SIGKILL, 2};
    int result = 0;
    struct future *future = submit(executor, &die_again_task, &wish);
    ck_assert_int_eq(future_get(future, &result, NULL), 0);
    ck_assert_int_eq(result, SIGKILL);
    ck_assert_int_eq(shared->runs, 3);
    future_free(future);
    atomic_store(&shared->deaths, 0);
    wish.times = 3; /* once too often */
    future = submit(executor, &die_again_task, &wish);
    ck_assert_int_eq(future_get(future, &result, NULL), EOWNERDEAD);
    ck_assert_int_eq(shared->runs, 6);
    future_free(future);
    atomic_store(&shared->deaths, 0);
    future = submit(executor, &die_task, &wish); /* not repeatable */
    ck_assert_int_eq(future_get(future, &result, NULL), EOWNERDEAD);
    ck_assert_int_eq(shared->runs, 7);
    future_free(future);
    still_works(executor);
    finish(executor);
}
END_TEST

START_TEST(a_death_may_break_the_pool)
{
    kind = kinds[_i];
    if (!kind->in_processes)
        return;
    struct executor *executor = make(.max_workers = 1, .break_on_death = true);
    struct future *held = hold(executor, 0);
    struct death_wish wish = {BY_SIGNAL, SIGKILL, 1};
    uint64_t x = 1;
    struct future *dying = submit(executor, &die_task, &wish);
    struct future *pending = submit_square(executor, x);
    let_go(held, 0);
    ck_assert_int_eq(future_get(dying, NULL, NULL), EOWNERDEAD);
    ck_assert_int_eq(future_get(pending, NULL, NULL), EOWNERDEAD);
    errno = 0;
    ck_assert_ptr_null(executor_submit(executor, &square_task, &x));
    ck_assert_int_eq(errno, EOWNERDEAD);
    ck_assert_int_eq(executor_post(executor, &square_task, &x), EOWNERDEAD);
    future_free(dying);
    future_free(pending);
    finish(executor);
}
END_TEST

START_TEST(a_cancel_may_kill)
{
    kind = kinds[_i];
    if (!kind->in_processes)
        return;
    struct executor *executor = make(.max_workers = 1, .kill_on_cancel = true);
    for (int i = 0; i < 3; i++) {
        struct future *held = hold(executor, 0);
        ck_assert_int_eq(future_cancel(held), 0);
        ck_assert_int_eq(future_get(held, NULL, NULL), ECANCELED);
        ck_assert_int_eq(future_failure(held).error, ECANCELED);
        future_free(held);
        still_works(executor);
    }
    finish(executor);
}
END_TEST

START_TEST(processes_can_be_killed)
{
    kind = kinds[_i];
    if (!kind->in_processes)
        return;
    struct executor *executor = make(.max_workers = 2);
    struct future *held[] = {hold(executor, 0), hold(executor, 1)};
    struct future *pending = submit_square(executor, 1);
    struct helper helper = {.executor = executor, .how = SHUTDOWN_WAIT};
    start(&helper, shut_down_in_thread);
    await_sleep(&helper);
    ck_assert_int_eq(helper.left, 0);
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_KILL), 0);
    join(&helper);
    ck_assert_int_eq(helper.error, 0);
    for (int i = 0; i < 2; i++) {
        int error = future_get(held[i], NULL, NULL);
        ck_assert(error == EOWNERDEAD || error == ECANCELED);
        future_free(held[i]);
    }
    ck_assert_int_eq(future_get(pending, NULL, NULL), ECANCELED);
    future_free(pending);
    refuses_all(executor);
    executor_free(executor);
}
END_TEST

/* A worker's executor answers EPERM. The executor must be known before it is
 * made: so a task of the first asks an outer executor, made before. */
static struct executor *outer;

static int use_outer(const void *argument, void *result)
{
    (void)argument;
    uint64_t x = 1, y;
    errno = 0;
    struct future *future = executor_submit(outer, &square_task, &x);
    *(int *)result =
        !future && errno == EPERM &&
        executor_post(outer, &square_task, &x) == EPERM &&
        executor_map(outer, &square_task, &x, &y, 1, NULL) == EPERM &&
        executor_shutdown(outer, SHUTDOWN_WAIT) == EPERM;
    return 0;
}
static const struct task outer_task = {.run = use_outer,
                                       .result_size = sizeof(int)};

START_TEST(a_worker_process_cannot_submit)
{
    kind = kinds[_i];
    if (!kind->in_processes)
        return;
    outer = make(.max_workers = 1);
    struct executor *executor = make(.max_workers = 1);
    int result = 0;
    struct future *future = submit(executor, &outer_task, NULL);
    ck_assert_int_eq(future_get(future, &result, NULL), 0);
    ck_assert_int_eq(result, 1);
    future_free(future);
    finish(executor);
    still_works(outer);
    finish(outer);
}
END_TEST

/* ── Arguments that hold pointers ─────────────────────────────────────────── */

struct sentence {
    const char *text;
    size_t length;
};

static size_t pack(const void *argument, void *bytes, size_t room)
{
    const struct sentence *sentence = argument;
    atomic_fetch_add(&shared->packs, 1);
    if (sentence->length > 0 && sentence->length <= room)
        memcpy(bytes, sentence->text, sentence->length);
    return sentence->length;
}

static int unpack(const void *bytes, size_t size, void *argument)
{
    *(struct sentence *)argument = (struct sentence){bytes, size};
    return size == 13 ? EPROTO : 0;
}

static int add_bytes(const void *argument, void *result)
{
    const struct sentence *sentence = argument;
    uint64_t sum = 0;
    for (size_t i = 0; i < sentence->length; i++)
        sum += (unsigned char)sentence->text[i];
    *(uint64_t *)result = sum;
    return 0;
}
static const struct task pack_task = {
    .name = "add bytes",
    .run = add_bytes,
    .argument_size = sizeof(struct sentence),
    .result_size = sizeof(uint64_t),
    .pack = pack,
    .unpack = unpack,
};

START_TEST(arguments_with_pointers_are_packed)
{
    kind = kinds[_i];
    struct executor *executor = make(.max_workers = 2);
    size_t lengths[] = {0, 1, 10, 1000, 70000, 3000000, 13};
    char *text = malloc(3000000);
    ck_assert_ptr_nonnull(text);
    struct sentence sentences[7];
    uint64_t sums[7];
    int errors[7];
    for (int i = 0; i < 7; i++) { /* made after the workers' fork */
        memset(text, 'a', lengths[i]);
        sentences[i] = (struct sentence){text, lengths[i]};
        struct future *future = submit(executor, &pack_task, &sentences[i]);
        int error = future_get(future, &sums[i], NULL);
        bool refused = kind->in_processes && lengths[i] == 13;
        ck_assert_int_eq(error, refused ? EPROTO : 0);
        if (!refused)
            ck_assert_uint_eq(sums[i], lengths[i] * 'a');
        future_free(future);
    }
    struct map_options options = {.chunk = 1, .errors = errors};
    for (size_t chunk = 0; chunk < 4; chunk += 3) {
        options.chunk = chunk;
        memset(sums, 0, sizeof sums);
        ck_assert_int_eq(
            executor_map(executor, &pack_task, sentences, sums, 6, &options),
            0);
        for (int i = 0; i < 6; i++)
            ck_assert_uint_eq(sums[i], lengths[i] * 'a');
    }
    if (kind->in_processes)
        ck_assert_int_ge(shared->packs, 7);
    else
        ck_assert_int_eq(shared->packs, 0);
    finish(executor);
    free(text);
}
END_TEST

/* ── At random ────────────────────────────────────────────────────────────────
 *
 * Several hands do at random what callers do: submit, post, map, get, cancel,
 * free, ask for callbacks. Each task has a number, and counts its runs in
 * shared memory; at the end each must have run as often as what its caller saw
 * allows: once, or not at all. */

enum { HANDS_MOST = 3, WINDOW = 48, MAP_MOST = 150 };
enum { TASKS_A_HAND = 24000 / SLOWER, NUMBERS = HANDS_MOST * TASKS_A_HAND };

enum verdict { NEVER, ONCE, PERHAPS }; /* it has run at most once, always */

/* [0] the tasks of hands, [1] those that they submit in their turn. */
static struct record {
    _Atomic unsigned char runs, verdict;
} (*records)[NUMBERS];

enum what { PLAIN, FAILS, NAPS, REPLIES, NESTS, WHATS };

struct job {
    uint32_t number;
    enum what what;
    uint64_t value;
};

static struct executor *stressed;

static uint64_t answer(const struct job *job)
{
    return job->value * 2654435761u + job->number;
}

static int nested_job(const void *argument, void *result)
{
    const struct job *job = argument;
    atomic_fetch_add(&records[1][job->number].runs, 1);
    *(uint64_t *)result = answer(job);
    return 0;
}
static const struct task nested_job_task = {
    .name = "nested job",
    .run = nested_job,
    .argument_size = sizeof(struct job),
    .result_size = sizeof(uint64_t),
};

/* One task more. What became of it is noted; an unexpected error is counted. */
static void nest_one(const struct job *outer_job)
{
    _Atomic unsigned char *verdict = &records[1][outer_job->number].verdict;
    struct job job = {outer_job->number, PLAIN, outer_job->value + 1};
    if (!stressed) /* a process that was forked as the executor was made */
        return;
    errno = 0;
    if (job.value % 3 == 0) {
        int error = executor_post(stressed, &nested_job_task, &job);
        atomic_store(verdict, error ? NEVER : PERHAPS);
        return;
    }
    struct future *future = executor_submit(stressed, &nested_job_task, &job);
    if (!future) { /* shut down, full, or in a process */
        if (errno != ECANCELED && errno != EAGAIN && errno != EDEADLK &&
            errno != EPERM)
            atomic_fetch_add(&shared->wrong, 1);
        return;
    }
    uint64_t result = 0;
    int error = future_get(future, &result, NULL);
    atomic_store(verdict, error == 0           ? ONCE
                          : error == ECANCELED ? NEVER
                                               : PERHAPS);
    if (error ? error != ECANCELED && error != EDEADLK : result != answer(&job))
        atomic_fetch_add(&shared->wrong, 1);
    future_free(future);
}

static int run_job(const void *argument, void *result)
{
    const struct job *job = argument;
    atomic_fetch_add(&records[0][job->number].runs, 1);
    atomic_fetch_add(&shared->runs, 1);
    switch (job->what) {
    case FAILS:
        return 1 + (int)(job->number % 100);
    case NAPS:
        job->number % 2 ? nap() : (void)sched_yield();
        break;
    case REPLIES:
        result = task_reply(sizeof(uint64_t) * 3);
        if (!result)
            return EBADMSG;
        ((uint64_t *)result)[2] = job->number;
        break;
    case NESTS:
        nest_one(job);
        break;
    default:;
    }
    *(uint64_t *)result = answer(job);
    return 0;
}
static const struct task job_task = {
    .name = "job",
    .run = run_job,
    .argument_size = sizeof(struct job),
    .result_size = sizeof(uint64_t),
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

struct slot {
    struct future *future;
    struct job job;
    bool cancelled;
};

struct hand {
    pthread_t thread;
    uint64_t random;
    uint32_t next, end; /* the numbers of its tasks */
    bool shuts_down;
    int how;
    struct slot window[WINDOW];
    atomic_int asked, called; /* callbacks */
    char complaint[160]; /* what went wrong first */
};

static void complain(struct hand *hand, const char *what, uint32_t number,
                     int error)
{
    if (!hand->complaint[0])
        snprintf(hand->complaint, sizeof hand->complaint, "%s: task %u: %s",
                 what, number, strerror(error));
}

static struct job new_job(struct hand *hand, bool in_map)
{
    uint64_t kinds_of_job = in_map ? REPLIES : 40, what;
    what = next_random(&hand->random) % kinds_of_job;
    return (struct job){hand->next++, what < WHATS ? (enum what)what : PLAIN,
                        next_random(&hand->random)};
}

static void judge(const struct job *job, enum verdict verdict)
{
    atomic_store(&records[0][job->number].verdict, verdict);
}

/* Look at a task that has ended: has it the result or the error it must have?
 */
static void check_end(struct hand *hand, struct slot *slot, int error,
                      const uint64_t *result)
{
    int due = slot->job.what == FAILS ? 1 + (int)(slot->job.number % 100) : 0;
    if (slot->cancelled || error == ECANCELED) {
        if (error != ECANCELED)
            complain(hand, "a cancelled one", slot->job.number, error);
        judge(&slot->job, NEVER);
        return;
    }
    judge(&slot->job, ONCE);
    if (error != due)
        complain(hand, "error", slot->job.number, error);
    else if (!error && *result != answer(&slot->job))
        complain(hand, "result", slot->job.number, 0);
}

static void get_slot(struct hand *hand, struct slot *slot,
                     const struct timespec *deadline)
{
    uint64_t result[3] = {0};
    int error = future_get(slot->future, result, deadline);
    if (deadline && error == ETIMEDOUT)
        return;
    check_end(hand, slot, error, result);
    if (!future_done(slot->future))
        complain(hand, "not done", slot->job.number, error);
    size_t size = 0;
    const uint64_t *there = future_result(slot->future, &size);
    if (!error && (!there || *there != answer(&slot->job) ||
                   size != (slot->job.what == REPLIES ? 24 : 8)))
        complain(hand, "future_result", slot->job.number, 0);
}

static void empty_slot(struct hand *hand, struct slot *slot)
{
    if (!slot->future)
        return;
    if (next_random(&hand->random) % 8 == 0)
        judge(&slot->job, slot->cancelled ? NEVER : PERHAPS);
    else
        get_slot(hand, slot, NULL);
    future_free(slot->future);
    *slot = (struct slot){NULL};
}

static void map_some(struct hand *hand)
{
    struct job jobs[MAP_MOST];
    uint64_t results[MAP_MOST];
    int errors[MAP_MOST], first = 0;
    size_t count = next_random(&hand->random) % MAP_MOST;
    size_t left = hand->end - hand->next;
    count = count < left ? count : left;
    struct timespec later = far_away();
    struct map_options options = {
        .chunk = next_random(&hand->random) % 3 * 5,
        .deadline = next_random(&hand->random) % 2 ? &later : NULL,
        .errors = errors};
    for (size_t i = 0; i < count; i++) {
        jobs[i] = new_job(hand, true);
        errors[i] = ENOMSG;
    }
    int error =
        executor_map(stressed, &job_task, jobs, results, count, &options);
    for (size_t i = 0; i < count; i++) {
        if (error == ECANCELED && errors[i] == ENOMSG)
            errors[i] = ECANCELED;
        first = first ? first : errors[i];
        check_end(hand, &(struct slot){.job = jobs[i]}, errors[i], &results[i]);
    }
    if (error != first && !(count == 0 && error == ECANCELED))
        complain(hand, "map", (uint32_t)count, error);
}

static void take_all_completed(struct hand *hand)
{
    struct future *futures[WINDOW], *future;
    size_t count = 0, got_back = 0;
    for (int i = 0; i < WINDOW; i++)
        if (hand->window[i].future)
            futures[count++] = hand->window[i].future;
    struct completed *completed = executor_as_completed(futures, count);
    if (!completed) {
        complain(hand, "executor_as_completed", 0, errno);
        return;
    }
    bool all = next_random(&hand->random) % 2;
    while ((all || got_back < count / 2) &&
           completed_next(completed, &future, NULL) == 0)
        if (got_back++, !future_done(future))
            complain(hand, "completed_next", 0, 0);
    if (got_back != (all ? count : count / 2))
        complain(hand, "completed_next", (uint32_t)got_back, 0);
    completed_free(completed);
}

/* One thing, at random. False when the executor has been shut down. */
static bool do_something(struct hand *hand)
{
    struct slot *slot = &hand->window[next_random(&hand->random) % WINDOW];
    uint64_t choice = next_random(&hand->random) % 100;
    int error = 0;
    if (choice < 50) {
        empty_slot(hand, slot);
        slot->job = new_job(hand, false);
        errno = 0;
        slot->future = executor_submit(stressed, &job_task, &slot->job);
        error = slot->future ? 0 : errno;
    } else if (choice < 70) {
        struct job job = new_job(hand, false);
        job.what = job.what == REPLIES ? PLAIN : job.what;
        error = executor_post(stressed, &job_task, &job);
        judge(&job, error ? NEVER : PERHAPS);
    } else if (choice < 72) {
        map_some(hand);
    } else if (choice < 73) {
        take_all_completed(hand);
    } else if (choice < 74) {
        nap();
    } else if (slot->future && choice < 82) {
        error = future_cancel(slot->future);
        slot->cancelled |= error == 0;
        if (error && error != EBUSY)
            complain(hand, "cancel", slot->job.number, error);
        error = 0;
    } else if (slot->future && choice < 88) {
        atomic_fetch_add(&hand->asked, 1);
        if (future_on_done(slot->future, count_call, &hand->called))
            complain(hand, "on_done", slot->job.number, 0);
    } else if (slot->future) {
        get_slot(hand, slot, choice % 2 ? &past : NULL);
    }
    if (error && error != EAGAIN && error != ECANCELED)
        complain(hand, "submit", hand->next, error);
    return error != ECANCELED;
}

static void *do_things(void *data)
{
    struct hand *hand = data;
    uint32_t begin = hand->next, length = hand->end - hand->next;
    bool open = true;
    while (open && hand->next < hand->end && !hand->complaint[0]) {
        if (hand->shuts_down && hand->next - begin > length / 2) {
            hand->shuts_down = false;
            int error = executor_shutdown(stressed, (enum shutdown)hand->how);
            if (error)
                complain(hand, "shutdown", 0, error);
        }
        open = do_something(hand);
    }
    for (int i = 0; i < WINDOW; i++)
        empty_slot(hand, &hand->window[i]);
    return NULL;
}

static uint64_t seed_of(int round)
{
    const char *given = getenv("SEED");
    return (given ? (uint64_t)atoll(given) : 2026) + (uint64_t)round;
}

static int rounds(void)
{
    const char *given = getenv("ROUNDS");
    return given ? atoi(given) : 16;
}

START_TEST(whatever_callers_do_no_task_is_lost)
{
    static struct hand hands[HANDS_MOST];
    int round = _i / kind_count;
    uint64_t seed = seed_of(round), random = seed * 977 + 5;
    size_t most[] = {1, 2, 3, 4, 8, 16, 32, 64};
    for (int i = 0; i < 10; i++)
        next_random(&random);
    kind = kinds[_i % kind_count];
    records = map_shared(2 * sizeof *records);
    shared_before = shared_mappings();
    size_t workers = most[seed % (SLOWER > 1 ? 6 : 8)];
    int hand_count = 1 + (int)(next_random(&random) % HANDS_MOST);
    size_t capacities[] = {0, 0, 3, 100};
    bool hooks = next_random(&random) % 2;
    struct executor_options options = {
        .max_workers = workers,
        .queue_capacity = capacities[next_random(&random) % 4],
        .refuse_when_full = next_random(&random) % 3 == 0,
        .run_in_get = next_random(&random) % 2,
        .retries = 1,
        .worker_init = hooks ? begin_worker : NULL,
        .worker_exit = hooks ? end_worker : NULL,
        .hook_argument = &hook_word,
    };
    bool in_the_middle = next_random(&random) % 3 == 0;
    int how = (int)(next_random(&random) % 2);
    stressed = make_with(&options);
    for (int i = 0; i < hand_count; i++) {
        hands[i].random = seed * 31 + (uint64_t)i;
        hands[i].next = (uint32_t)(i * TASKS_A_HAND);
        hands[i].end = hands[i].next + TASKS_A_HAND;
        hands[i].shuts_down = in_the_middle && i == 0;
        hands[i].how = how;
        ck_assert_int_eq(
            pthread_create(&hands[i].thread, NULL, do_things, &hands[i]), 0);
    }
    for (int i = 0; i < hand_count; i++)
        ck_assert_int_eq(pthread_join(hands[i].thread, NULL), 0);
    ck_assert_int_eq(executor_shutdown(stressed, (enum shutdown)how), 0);
    executor_free(stressed);
    for (int i = 0; i < hand_count; i++) {
        ck_assert_msg(!hands[i].complaint[0], "SEED=%lu, %s, %zu workers: %s",
                      (unsigned long)seed, kind->name, workers,
                      hands[i].complaint);
        ck_assert_msg(hands[i].called == hands[i].asked,
                      "SEED=%lu, %s: of %d callbacks %d were called",
                      (unsigned long)seed, kind->name, hands[i].asked,
                      hands[i].called);
    }
    for (int nested = 0; nested < 2; nested++)
        for (int i = 0; i < NUMBERS; i++) {
            int verdict = records[nested][i].verdict;
            int runs = records[nested][i].runs;
            /* Nothing was cancelled but by its caller: so all others ran. */
            if (verdict == PERHAPS && how == SHUTDOWN_WAIT)
                verdict = ONCE;
            if (verdict == PERHAPS ? runs > 1 : runs != verdict)
                ck_abort_msg("SEED=%lu, %s, %zu workers: %stask %d ran %d "
                             "times, and should have run %s",
                             (unsigned long)seed, kind->name, workers,
                             nested ? "nested " : "", i, runs,
                             verdict == ONCE    ? "once"
                             : verdict == NEVER ? "never"
                                                : "once at most");
        }
    ck_assert_msg(shared->wrong == 0, "SEED=%lu, %s: %d nested tasks are wrong",
                  (unsigned long)seed, kind->name, shared->wrong);
    if (hooks)
        ck_assert_int_eq(shared->exits, shared->inits);
    munmap(records, 2 * sizeof *records);
    shared_before--;
}
END_TEST

/* ── Each call fails in its turn ──────────────────────────────────────────────
 *
 * One run of all that an executor does, in which the first call of a sort
 * fails, then a run in which the second fails …, until a run makes fewer calls.
 * Each time all ends well or with the error of the call; afterwards the
 * executor works, and nothing is left. Calls are counted over this process and
 * all workers, so in each run one call fails, in one process. */

static const struct fault {
    enum call call;
    int error;
} faults[] = {
    {CALL_MALLOC, ENOMEM}, {CALL_CREATE, EAGAIN},     {CALL_FORK, EAGAIN},
    {CALL_MMAP, ENOMEM},   {CALL_DESCRIPTOR, EMFILE}, {CALL_FUTEX, EINTR},
    {CALL_SYSCALL, EPERM}, {CALL_TRUNCATE, ENOSPC},
};
enum { FAULTS = sizeof faults / sizeof faults[0], FAULTY = 6 };
static const struct fault *fault;
static int fault_number;

/* May a call have ended with this error? */
static void may_fail(const char *what, int error)
{
    bool died = kind->in_processes && error == EOWNERDEAD;
    ck_assert_msg(!error || error == fault->error || error == ENOMEM ||
                      error == EAGAIN || died,
                  "call %d fails, number %d: %s: %s", (int)fault->call,
                  fault_number, what, strerror(error));
}

static void submit_faulty(struct executor *executor, struct future **futures)
{
    static unsigned char bytes[1 << 20];
    static atomic_int called;
    struct wish wish = {5000, true, 1};
    int asked = 0;
    atomic_store(&called, 0);
    for (uint64_t i = 0; i < FAULTY; i++) {
        errno = 0;
        futures[i] = i == 3 ? executor_submit(executor, &change_tasks[8], bytes)
                     : i == 4 ? executor_submit(executor, &reply_task, &wish)
                              : executor_submit(executor, &square_task, &i);
        may_fail("submit", futures[i] ? 0 : errno);
        ck_assert(futures[i] || errno);
        int error =
            futures[i] ? future_on_done(futures[i], count_call, &called) : 0;
        may_fail("on_done", error);
        asked += futures[i] && !error;
    }
    struct future *there[FAULTY], *next;
    size_t count = 0;
    for (int i = 0; i < FAULTY; i++)
        if (futures[i])
            there[count++] = futures[i];
    errno = 0;
    struct completed *completed = executor_as_completed(there, count);
    may_fail("as_completed", completed ? 0 : errno);
    for (size_t i = 0; completed && i < count; i++)
        ck_assert_int_eq(completed_next(completed, &next, NULL), 0);
    completed_free(completed);
    for (uint64_t i = 0; i < FAULTY; i++) {
        if (!futures[i])
            continue;
        int error = future_get(futures[i], NULL, NULL);
        may_fail("get", error);
        size_t size = 0;
        const unsigned char *result = future_result(futures[i], &size);
        ck_assert_int_eq(result != NULL, error == 0);
        if (error)
            continue;
        ck_assert_uint_eq(size, i == 3 ? 1 << 20 : i == 4 ? 5000 : 8);
        uint64_t square_of_i = i * i;
        if (i == 3)
            ck_assert_uint_eq(result[(1 << 20) - 1], 0x5a);
        else if (i == 4)
            ck_assert_uint_eq(result[4999], 1);
        else
            ck_assert_mem_eq(result, &square_of_i, 8);
    }
    await(&called, asked); /* they may come after the result */
}

static void post_and_map_faulty(struct executor *executor)
{
    uint64_t x[40], y[40] = {0};
    int errors[40];
    for (uint64_t i = 0; i < 40; i++)
        x[i] = i;
    int error = executor_post(executor, &square_task, &x[1]);
    may_fail("post", error);
    memset(errors, -1, sizeof errors);
    struct map_options options = {.chunk = 4, .errors = errors};
    error = executor_map(executor, &square_task, x, y, 40, &options);
    may_fail("map", error);
    for (uint64_t i = 0; i < 40; i++)
        if (error == 0 || errors[i] == 0)
            ck_assert_uint_eq(y[i], i * i);
    error = executor_map(executor, &square_task, x, y, 40, NULL);
    may_fail("map", error);
}

static void run_with_fault(void)
{
    struct future *futures[FAULTY] = {NULL};
    schedule_fail(fault->call, fault->error, fault_number);
    errno = 0;
    struct executor *executor = kind->create(
        &(struct executor_options){.max_workers = 2, .name = "faulty", HOOKS});
    if (executor) {
        submit_faulty(executor, futures);
        post_and_map_faulty(executor);
        /* What happened once is forgotten. */
        if (schedule_failed(fault->call))
            still_works(executor);
        for (int i = 0; i < FAULTY; i++)
            future_free(futures[i]);
        ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
        executor_free(executor);
    } else {
        ck_assert_int_ne(errno, 0);
        may_fail("create", errno);
    }
}

START_TEST(a_call_that_fails_does_no_harm)
{
    kind = kinds[_i % kind_count];
    fault = &faults[_i / kind_count];
    schedule_share_failures();
    shared_before = shared_mappings();
    bool reached = true;
    for (fault_number = 0; reached; fault_number++) {
        ck_assert_int_lt(fault_number, 1000);
        memset(shared, 0, sizeof *shared);
        run_with_fault();
        reached = schedule_failed(fault->call);
        schedule_fail(fault->call, 0, -1);
        nothing_is_left();
        ck_assert_int_eq(shared->wrong, 0);
#if defined __SANITIZE_ADDRESS__
        ck_assert_msg(__lsan_do_recoverable_leak_check() == 0,
                      "call %d failed, number %d: something leaks",
                      (int)fault->call, fault_number);
#endif
    }
}
END_TEST

/* ── The suite ────────────────────────────────────────────────────────────── */

static const TTest *const *const contract[] = {
    &a_task_has_a_result,
    &no_options_are_good_options,
    &a_pool_may_have_nothing_to_do,
    &the_argument_is_copied,
    &arguments_and_results_have_any_size,
    &an_error_travels_to_the_future,
    &a_failure_is_a_line,
    &a_deadline_ends_a_get,
    &many_may_ask,
    &a_future_may_be_freed_early,
    &posts_are_run,
    &one_simple_worker_takes_tasks_in_order,
    &what_waits_can_be_cancelled,
    &a_cancel_wakes_who_waits,
    &a_cancelled_future_may_be_freed_at_once,
    &callbacks_come_in_order,
    &callbacks_come_after_failures_too,
    &a_callback_may_submit,
    &of_no_futures_none_ends,
    &futures_come_as_they_end,
    &many_futures_come_once_each,
    &completed_may_be_freed_before_all_have_ended,
    &a_map_gives_results_in_order,
    &a_map_may_be_very_large,
    &a_map_calls_run_many,
    &a_map_reports_the_first_error_by_order,
    &a_map_may_have_no_bytes,
    &results_may_be_larger_than_any_ring,
    &a_map_ends_at_its_deadline,
    &a_map_whose_deadline_has_passed_begins_nothing,
    &a_map_needs_no_room_in_the_queue,
    &maps_of_several_threads_do_not_mix,
    &a_task_may_reply_any_size,
    &only_a_task_with_a_future_may_reply,
    &a_reply_of_a_failure_is_dropped,
    &workers_have_numbers_and_names,
    &no_more_tasks_run_at_once_than_there_are_workers,
    &there_may_be_4096_workers_and_no_more,
    &hooks_are_called_once_a_worker,
    &a_worker_that_cannot_begin_leaves_the_work_to_others,
    &where_no_worker_can_begin_tasks_fail,
    &a_full_queue_refuses,
    &a_full_queue_makes_wait,
    &a_cancel_makes_room,
    &a_shutdown_ends_the_wait_for_room,
    &a_shutdown_waits_for_all,
    &a_shutdown_may_cancel,
    &a_second_shutdown_may_be_harsher,
    &a_million_may_be_pending,
    &a_worker_cannot_shut_down,
    &threads_cannot_be_killed,
    &a_map_ends_when_the_executor_is_shut_down,
    &a_child_cannot_use_its_parents_executor,
    &workers_take_no_signals,
    &tasks_may_wait_for_tasks_on_the_fast_pool,
    &fork_and_join_on_the_fast_pool,
    &a_thread_that_would_wait_for_ever_is_told,
    &tasks_may_submit_tasks,
    &a_worker_does_not_wait_for_room,
    &a_task_may_wait_for_another_executor,
    &get_may_run_the_task_itself,
    &a_death_costs_one_task,
    &a_repeatable_task_is_run_again,
    &a_death_may_break_the_pool,
    &a_cancel_may_kill,
    &processes_can_be_killed,
    &a_worker_process_cannot_submit,
    &arguments_with_pointers_are_packed,
};
enum { CONTRACT = sizeof contract / sizeof contract[0] };

static bool is_wanted(const TTest *test)
{
    const char *part = getenv("TEST");
    return !part || strstr(test->name, part);
}

int main(void)
{
    const char *only = getenv("KIND");
    for (int i = 0; i < ALL_KINDS; i++)
        if (!only || strcmp(only, all_kinds[i].name) == 0)
            kinds[kind_count++] = &all_kinds[i];
    Suite *suite = suite_create("executor");
    TCase *tcase = tcase_create("contract");
    tcase_add_checked_fixture(tcase, setup, nothing_is_left);
    for (int i = 0; i < CONTRACT; i++)
        if (is_wanted(*contract[i]))
            tcase_add_loop_test(tcase, *contract[i], 0, kind_count);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("at random");
    tcase_add_checked_fixture(tcase, setup, nothing_is_left);
    if (is_wanted(whatever_callers_do_no_task_is_lost))
        tcase_add_loop_test(tcase, whatever_callers_do_no_task_is_lost, 0,
                            kind_count * rounds());
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("faults");
    tcase_add_checked_fixture(tcase, setup, nothing_is_left);
    if (is_wanted(a_call_that_fails_does_no_harm))
        tcase_add_loop_test(tcase, a_call_that_fails_does_no_harm, 0,
                            kind_count * FAULTS);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
