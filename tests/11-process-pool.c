/* Chapter 11: a pool whose workers are processes, and what becomes of it when
 * they do not behave. */
#define _GNU_SOURCE
#include "lib/deadline.h"
#include "lib/executor.h"
#include "run.h"
#include "schedule.h"
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { SECOND = 1000000000, TASKS = SANITIZED ? 5000 : 100000 };

/* What tests and tasks tell each other, in memory that they share. */
static struct board {
    _Atomic int runs[100000], pids[64], turns, gate;
} * board;

static void share(void)
{
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(board, MAP_FAILED);
}

static struct executor *pool(struct executor_options options)
{
    share();
    struct executor *executor = executor_processes(&options);
    ck_assert_msg(executor, "executor_processes: %s", strerror(errno));
    return executor;
}

static int square(const void *argument, void *result)
{
    int number = *(const int *)argument;
    *(long *)result = (long)number * number;
    return 0;
}

static const struct task squares = {.name = "square",
                                    .run = square,
                                    .argument_size = sizeof(int),
                                    .result_size = sizeof(long)};

enum end { EXIT, FAULT, KILLED, ABORTED, RAISED, ENDS };

static int *volatile nowhere = (int *)8;

static int end(const void *argument, void *result)
{
    (void)result;
    switch (*(const enum end *)argument) {
    case EXIT:
        _exit(3);
    case FAULT:
        *nowhere = 1;
        break;
    case KILLED:
        return kill(getpid(), SIGKILL);
    case ABORTED:
        abort();
    case RAISED:
        return raise(SIGSEGV);
    default:
        break;
    }
    return 0;
}

static const struct task ends = {
    .name = "end", .run = end, .argument_size = sizeof(enum end)};

static int wait_at_gate(const void *argument, void *result)
{
    (void)argument;
    (void)result;
    board->pids[executor_worker_index()] = getpid();
    while (!board->gate)
        (void)usleep(1000);
    return 0;
}

static const struct task waits = {.name = "wait", .run = wait_at_gate};

static struct future *must_submit(struct executor *executor,
                                  const struct task *task, const void *argument)
{
    struct future *future = executor_submit(executor, task, argument);
    ck_assert_msg(future, "executor_submit: %s", strerror(errno));
    return future;
}

static void ask_square(struct executor *executor, int number)
{
    long result = 0;
    struct future *future = must_submit(executor, &squares, &number);
    ck_assert_int_eq(future_get(future, &result, NULL), 0);
    ck_assert_int_eq(result, (long)number * number);
    future_free(future);
}

static pid_t worker_at_gate(int index)
{
    while (!board->pids[index])
        (void)usleep(1000);
    return board->pids[index];
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    (void)closedir(directory);
    return count;
}

START_TEST(names_each_death)
{
    static const int signals[ENDS] = {0, SIGSEGV, SIGKILL, SIGABRT, SIGSEGV};
    struct executor *executor = pool((struct executor_options){0});
    for (enum end how = EXIT; how < ENDS; how++) {
        struct future *future = must_submit(executor, &ends, &how);
        ck_assert_int_eq(future_get(future, NULL, NULL), EOWNERDEAD);
        struct failure failure = future_failure(future);
        ck_assert_int_eq(failure.error, EOWNERDEAD);
        ck_assert_str_eq(failure.task, "end");
        ck_assert_uint_eq(failure.number, 2 * (uint64_t)how + 1);
        ck_assert_int_gt(failure.process, 0);
        ck_assert_int_eq(failure.signal, signals[how]);
        ck_assert_int_eq(failure.status, how == EXIT ? 3 : 0);
        ck_assert_int_eq(kill(failure.process, 0), -1);
        future_free(future);
        ask_square(executor, 7);
    }
    executor_free(executor);
}
END_TEST

START_TEST(loses_no_other_future)
{
    enum { COUNT = 200 };
    struct future *futures[COUNT];
    struct executor *executor =
        pool((struct executor_options){.max_workers = 2});
    for (int i = 0; i < COUNT; i++) {
        enum end how = KILLED;
        futures[i] = i % 50 == 7 ? must_submit(executor, &ends, &how)
                                 : must_submit(executor, &squares, &i);
    }
    for (int i = 0; i < COUNT; i++) {
        long result = -1;
        int error = future_get(futures[i], i % 50 == 7 ? NULL : &result, NULL);
        ck_assert_int_eq(error, i % 50 == 7 ? EOWNERDEAD : 0);
        if (!error)
            ck_assert_int_eq(result, (long)i * i);
        future_free(futures[i]);
    }
    executor_free(executor);
}
END_TEST

START_TEST(goes_on_beside_a_stopped_worker)
{
    struct executor *executor =
        pool((struct executor_options){.max_workers = 2});
    struct future *future = must_submit(executor, &waits, NULL);
    while (!board->pids[0] && !board->pids[1])
        (void)usleep(1000);
    pid_t worker = board->pids[0] + board->pids[1];
    ck_assert_int_eq(kill(worker, SIGSTOP), 0);
    board->gate = 1;
    for (int i = 0; i < 100; i++)
        ask_square(executor, i);
    struct timespec soon = deadline_after(SECOND / 20);
    ck_assert_int_eq(future_get(future, NULL, &soon), ETIMEDOUT);
    ck_assert(!future_done(future));
    if (_i == 0) { /* told to go on */
        ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_WAIT), 0);
        ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    } else {
        ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_KILL), 0);
        ck_assert_int_eq(future_get(future, NULL, NULL), EOWNERDEAD);
        ck_assert_int_eq(future_failure(future).signal, SIGKILL);
    }
    future_free(future);
    executor_free(executor);
}
END_TEST

START_TEST(wakes_another_than_a_stopped_sleeper)
{
    struct executor *executor =
        pool((struct executor_options){.max_workers = 2});
    struct future *futures[2];
    for (int i = 0; i < 2; i++)
        futures[i] = must_submit(executor, &waits, NULL);
    (void)worker_at_gate(1);
    pid_t worker = worker_at_gate(_i);
    board->gate = 1;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(future_get(futures[i], NULL, NULL), 0);
        future_free(futures[i]);
    }
    (void)usleep(20000);
    ck_assert_int_eq(kill(worker, SIGSTOP), 0);
    for (int i = 0; i < 100; i++)
        ask_square(executor, i);
    ck_assert_int_eq(kill(worker, SIGCONT), 0);
    executor_free(executor);
}
END_TEST

static int die_once(const void *argument, void *result)
{
    (void)argument;
    *(int *)result = atomic_fetch_add(&board->turns, 1);
    if (*(int *)result < 2)
        abort();
    return 0;
}

START_TEST(retries_what_may_be_repeated)
{
    struct task task = {.run = die_once, .result_size = sizeof(int)};
    int turns = -1;
    task.repeatable = true;
    struct executor *executor =
        pool((struct executor_options){.retries = _i == 0 ? 2 : 1});
    struct future *future = must_submit(executor, &task, NULL);
    ck_assert_int_eq(future_get(future, &turns, NULL),
                     _i == 0 ? 0 : EOWNERDEAD);
    ck_assert_int_eq(board->turns, _i == 0 ? 3 : 2);
    if (_i == 0)
        ck_assert_int_eq(turns, 2);
    future_free(future);
    board->turns = 0;
    task.repeatable = false;
    future = must_submit(executor, &task, NULL);
    ck_assert_int_eq(future_get(future, &turns, NULL), EOWNERDEAD);
    ck_assert_int_eq(board->turns, 1);
    future_free(future);
    executor_free(executor);
}
END_TEST

START_TEST(breaks_if_asked_to)
{
    struct executor *executor = pool(
        (struct executor_options){.max_workers = 2, .break_on_death = true});
    struct future *waiting = must_submit(executor, &waits, NULL);
    struct future *queued[20];
    enum end how = KILLED;
    struct future *deadly = must_submit(executor, &ends, &how);
    for (int i = 0; i < 20; i++) {
        queued[i] = executor_submit(executor, &waits, NULL);
        if (!queued[i])
            ck_assert_int_eq(errno, EOWNERDEAD);
    }
    ck_assert_int_eq(future_get(deadly, NULL, NULL), EOWNERDEAD);
    ck_assert_int_eq(future_get(waiting, NULL, NULL), EOWNERDEAD);
    for (int i = 0; i < 20; i++)
        if (queued[i]) {
            ck_assert_int_eq(future_get(queued[i], NULL, NULL), EOWNERDEAD);
            future_free(queued[i]);
        }
    ck_assert_ptr_null(executor_submit(executor, &waits, NULL));
    ck_assert_int_eq(errno, EOWNERDEAD);
    future_free(waiting);
    future_free(deadly);
    executor_free(executor);
}
END_TEST

static _Atomic int deaths;

static void count_death(const struct failure *failure, void *hook_argument)
{
    (void)hook_argument;
    if (failure->signal == SIGKILL && failure->process > 0)
        deaths++;
}

START_TEST(tells_of_an_idle_worker)
{
    struct executor *executor = pool((struct executor_options){
        .max_workers = 1, .worker_died = count_death});
    board->gate = 1;
    struct future *future = must_submit(executor, &waits, NULL);
    ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    future_free(future);
    ck_assert_int_eq(kill(worker_at_gate(0), SIGKILL), 0);
    while (!deaths)
        (void)usleep(1000);
    ask_square(executor, 5);
    executor_free(executor);
    ck_assert_int_eq(deaths, 1);
}
END_TEST

static int limit_memory(void *argument, void **state)
{
    (void)argument;
    (void)state;
    struct rlimit limit = {64 << 20, 64 << 20};
    return setrlimit(RLIMIT_DATA, &limit) == 0 ? 0 : errno;
}

static int allocate(const void *argument, void *result)
{
    (void)result;
    char *volatile memory = malloc(*(const size_t *)argument);
    if (!memory)
        return ENOMEM;
    free(memory);
    return 0;
}

START_TEST(carries_the_error_of_a_worker_out_of_memory)
{
    static const struct task task = {.run = allocate,
                                     .argument_size = sizeof(size_t)};
    size_t sizes[] = {1 << 20, 256 << 20, 1 << 20};
    int errors[3];
    if (SANITIZED)
        return;
    struct executor *executor =
        pool((struct executor_options){.worker_init = limit_memory});
    ck_assert_int_eq(executor_map(executor, &task, sizes, NULL, 3,
                                  &(struct map_options){.errors = errors}),
                     ENOMEM);
    ck_assert_int_eq(errors[0], 0);
    ck_assert_int_eq(errors[1], ENOMEM);
    ck_assert_int_eq(errors[2], 0);
    executor_free(executor);
}
END_TEST

static int spoil_heap(const void *argument, void *result)
{
    (void)argument;
    (void)result;
    char *volatile memory = malloc(100);
    free(memory);
    free(memory);
    return 0;
}

START_TEST(names_a_worker_with_a_spoilt_heap)
{
    static const struct task task = {.name = "spoil", .run = spoil_heap};
    if (SANITIZED)
        return; /* they say it themselves */
    struct executor *executor = pool((struct executor_options){0});
    (void)close(STDERR_FILENO); /* glibc says so, too */
    struct future *future = must_submit(executor, &task, NULL);
    ck_assert_int_eq(future_get(future, NULL, NULL), EOWNERDEAD);
    struct failure failure = future_failure(future);
    ck_assert(failure.signal == SIGABRT || failure.signal == SIGSEGV);
    future_free(future);
    executor_free(executor);
}
END_TEST

static int die_of_thirteen(const void *argument, void *result)
{
    if (*(const int *)argument == 13)
        abort();
    return square(argument, result);
}

START_TEST(loses_one_item_of_a_chunk)
{
    enum { COUNT = 100 };
    static const struct task task = {.name = "thirteen",
                                     .run = die_of_thirteen,
                                     .argument_size = sizeof(int),
                                     .result_size = sizeof(long)};
    int numbers[COUNT], errors[COUNT];
    long results[COUNT];
    struct executor *executor = pool((struct executor_options){0});
    for (int i = 0; i < COUNT; i++)
        numbers[i] = i;
    ck_assert_int_eq(
        executor_map(executor, &task, numbers, results, COUNT,
                     &(struct map_options){.chunk = 50, .errors = errors}),
        EOWNERDEAD);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(errors[i], i == 13 ? EOWNERDEAD : 0);
        if (i != 13)
            ck_assert_int_eq(results[i], (long)i * i);
    }
    executor_free(executor);
}
END_TEST

START_TEST(maps_any_number)
{
    static const size_t counts[] = {0, 1, 2, 17, 10000, 1000000};
    size_t count = counts[_i];
    int *numbers = malloc((count + 1) * sizeof *numbers);
    long *results = malloc((count + 1) * sizeof *results);
    struct executor *executor = pool((struct executor_options){0});
    for (size_t i = 0; i < count; i++)
        numbers[i] = (int)i;
    ck_assert_int_eq(
        executor_map(executor, &squares, numbers, results, count, NULL), 0);
    for (size_t i = 0; i < count; i++)
        if (results[i] != (long)i * (long)i)
            ck_abort_msg("item %zu is %ld", i, results[i]);
    executor_free(executor);
    free(numbers);
    free(results);
}
END_TEST

static int stay_at_three(const void *argument, void *result)
{
    (void)result;
    while (*(const int *)argument == 3)
        (void)usleep(1000);
    return 0;
}

START_TEST(maps_until_the_deadline)
{
    static const struct task task = {.run = stay_at_three,
                                     .argument_size = sizeof(int)};
    int numbers[8], errors[8];
    struct executor *executor =
        pool((struct executor_options){.max_workers = 1});
    for (int i = 0; i < 8; i++)
        numbers[i] = i;
    struct timespec soon = deadline_after(SECOND);
    ck_assert_int_eq(executor_map(executor, &task, numbers, NULL, 8,
                                  &(struct map_options){.chunk = 2,
                                                        .errors = errors,
                                                        .deadline = &soon}),
                     ETIMEDOUT);
    for (int i = 0; i < 8; i++)
        ck_assert(errors[i] == ETIMEDOUT || (i < 3 && errors[i] == 0));
    ck_assert_int_eq(executor_shutdown(executor, SHUTDOWN_KILL), 0);
    executor_free(executor);
}
END_TEST

static int answer_long(const void *argument, void *result)
{
    (void)result;
    size_t size = *(const size_t *)argument;
    char *bytes = task_reply(size);
    if (!bytes)
        return errno;
    for (size_t i = 0; i < size; i += 512)
        bytes[i] = (char)(i / 512);
    return 0;
}

START_TEST(returns_results_of_any_size)
{
    static const size_t sizes[] = {
        1, 96, 97, 4096, 1 << 20, 10000000, 100 << 20, 1 << 20, SIZE_MAX, 3};
    static const struct task task = {.run = answer_long,
                                     .argument_size = sizeof(size_t)};
    struct executor *executor = pool((struct executor_options){0});
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (SANITIZED && sizes[i] > 10000000 && sizes[i] < SIZE_MAX)
            continue;
        struct future *future = must_submit(executor, &task, &sizes[i]);
        int error = future_get(future, NULL, NULL);
        ck_assert_int_eq(error, sizes[i] == SIZE_MAX ? ENOMEM : 0);
        size_t size;
        const char *bytes = future_result(future, &size);
        if (!error) {
            ck_assert_uint_eq(size, sizes[i]);
            for (size_t at = 0; at < size; at += 512)
                if (bytes[at] != (char)(at / 512))
                    ck_abort_msg("byte %zu of %zu is wrong", at, size);
        } else {
            ck_assert_ptr_null(bytes);
        }
        future_free(future);
    }
    executor_free(executor);
}
END_TEST

struct words {
    const char *text;
    size_t copies;
};

static size_t pack_words(const void *argument, void *bytes, size_t room)
{
    const struct words *words = argument;
    size_t size = sizeof words->copies + strlen(words->text) + 1;
    if (size <= room) {
        memcpy(bytes, &words->copies, sizeof words->copies);
        strcpy((char *)bytes + sizeof words->copies, words->text);
    }
    return size;
}

static int unpack_words(const void *bytes, size_t size, void *argument)
{
    struct words *words = argument;
    if (size < sizeof words->copies + 1)
        return EINVAL;
    memcpy(&words->copies, bytes, sizeof words->copies);
    words->text = (const char *)bytes + sizeof words->copies;
    return 0;
}

static int count_letters(const void *argument, void *result)
{
    const struct words *words = argument;
    *(size_t *)result = strlen(words->text) * words->copies;
    return 0;
}

START_TEST(crosses_the_border_with_pointers)
{
    static const struct task task = {.run = count_letters,
                                     .argument_size = sizeof(struct words),
                                     .result_size = sizeof(size_t),
                                     .pack = pack_words,
                                     .unpack = unpack_words};
    enum { COUNT = 30 };
    struct words words[COUNT];
    char texts[COUNT][COUNT * 20];
    size_t results[COUNT];
    struct executor *executor = pool((struct executor_options){0});
    for (size_t i = 0; i < COUNT; i++) {
        memset(texts[i], 'x', sizeof texts[i]);
        texts[i][i * 20] = '\0';
        words[i] = (struct words){texts[i], i};
    }
    ck_assert_int_eq(executor_map(executor, &task, words, results, COUNT, NULL),
                     0);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(results[i], i * i * 20);
        struct future *future = must_submit(executor, &task, &words[i]);
        ck_assert_int_eq(future_get(future, &results[0], NULL), 0);
        ck_assert_uint_eq(results[0], i * i * 20);
        future_free(future);
    }
    executor_free(executor);
}
END_TEST

START_TEST(cancels_what_waits_and_kills_what_runs)
{
    struct executor *executor = pool(
        (struct executor_options){.max_workers = 1, .kill_on_cancel = _i == 1});
    struct future *running = must_submit(executor, &waits, NULL);
    (void)worker_at_gate(0);
    struct future *queued = must_submit(executor, &waits, NULL);
    ck_assert_int_eq(future_cancel(queued), 0);
    ck_assert_int_eq(future_get(queued, NULL, NULL), ECANCELED);
    ck_assert_int_eq(future_cancel(running), _i == 1 ? 0 : EBUSY);
    if (_i == 0)
        board->gate = 1;
    ck_assert_int_eq(future_get(running, NULL, NULL), _i == 1 ? ECANCELED : 0);
    ask_square(executor, 3);
    future_free(running);
    future_free(queued);
    executor_free(executor);
}
END_TEST

static struct executor *inherited;

static int submit_more(const void *argument, void *result)
{
    int number = 1;
    (void)argument;
    errno = 0;
    struct future *future = executor_submit(inherited, &squares, &number);
    *(int *)result = future ? 0 : errno;
    return 0;
}

static int inherit(void *argument, void **state)
{
    (void)state;
    inherited = *(struct executor **)argument;
    return 0;
}

START_TEST(refuses_workers)
{
    static const struct task task = {.run = submit_more,
                                     .result_size = sizeof(int)};
    static struct executor **place;
    place = mmap(NULL, sizeof *place, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int error = 0;
    struct executor *executor = pool((struct executor_options){
        .worker_init = inherit, .hook_argument = place});
    *place = executor;
    struct future *future = must_submit(executor, &task, NULL);
    ck_assert_int_eq(future_get(future, &error, NULL), 0);
    ck_assert_int_eq(error, EPERM);
    future_free(future);
    executor_free(executor);
}
END_TEST

static int refuse_to_begin(void *argument, void **state)
{
    (void)argument;
    (void)state;
    return EADDRINUSE;
}

START_TEST(fails_if_no_worker_can_begin)
{
    int number = 1;
    struct executor *executor =
        pool((struct executor_options){.worker_init = refuse_to_begin});
    for (int i = 0; i < 3; i++) {
        struct future *future = must_submit(executor, &squares, &number);
        ck_assert_int_eq(future_get(future, NULL, NULL), EADDRINUSE);
        future_free(future);
    }
    executor_free(executor);
}
END_TEST

static void ask_squares(struct executor *executor)
{
    for (int i = 0; i < 500; i++)
        ask_square(executor, i);
}

static void *ask_in_thread(void *argument)
{
    ask_squares(argument);
    return NULL;
}

START_TEST(serves_many_threads)
{
    pthread_t threads[4];
    struct executor *executor = pool((struct executor_options){
        .max_workers = 3, .queue_capacity = (size_t)_i});
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, ask_in_thread, executor), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    executor_free(executor);
}
END_TEST

START_TEST(leaves_nothing_behind)
{
    int before = open_descriptors();
    enum end how = ABORTED;
    struct executor *executor = pool((struct executor_options){0});
    ask_squares(executor);
    struct future *future = must_submit(executor, &ends, &how);
    ck_assert_int_eq(future_get(future, NULL, NULL), EOWNERDEAD);
    future_free(future);
    executor_free(executor);
    ck_assert_int_eq(open_descriptors(), before);
    ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
    ck_assert_int_eq(errno, ECHILD);
    ck_assert_int_eq(munmap(board, sizeof *board), 0);
    const struct run *maps =
        run("grep -c 'zero (deleted)' /proc/%d/maps", getpid());
    ck_assert_str_eq(maps->out, "0\n");
}
END_TEST

/* Zygote and workers become children of this process, which reaps them. */
START_TEST(goes_with_the_program)
{
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    share();
    struct board *kept = board;
    pid_t program = fork();
    if (program == 0) {
        struct executor *executor =
            executor_processes(&(struct executor_options){.max_workers = 3});
        munmap(board, 0);
        board = kept;
        for (int i = 0; i < 3 - _i; i++)
            (void)executor_submit(executor, &waits, NULL);
        for (;;)
            (void)pause();
    }
    for (int i = 0; i < 3 - _i; i++)
        (void)worker_at_gate(i);
    if (_i == 1) /* a stopped worker goes, too */
        ck_assert_int_eq(kill(board->pids[0], SIGSTOP), 0);
    ck_assert_int_eq(kill(program, SIGKILL), 0);
    int reaped = 0;
    while (waitpid(-1, NULL, 0) > 0)
        reaped++;
    ck_assert_int_eq(errno, ECHILD);
    ck_assert_int_ge(reaped, 1);
    for (int i = 0; i < 3 - _i; i++)
        ck_assert_int_eq(kill(board->pids[i], 0), -1);
}
END_TEST

static int post_pid(void *argument, void **state)
{
    (void)argument;
    (void)state;
    board->pids[executor_worker_index()] = getpid();
    return 0;
}

static int count_run(const void *argument, void *result)
{
    int number = *(const int *)argument;
    board->runs[number]++;
    return square(argument, result);
}

static _Atomic bool stop_killing;
static _Atomic int kills;

static void *kill_at_random(void *argument)
{
    unsigned seed = *(unsigned *)argument;
    while (!stop_killing) {
        int index = (int)(rand_r(&seed) % 4);
        pid_t pid = atomic_exchange(&board->pids[index], 0);
        if (pid) {
            (void)usleep((unsigned)rand_r(&seed) % 300);
            kills += kill(pid, SIGKILL) == 0;
        }
        (void)usleep(50);
    }
    return NULL;
}

START_TEST(accounts_for_each_task_under_fire)
{
    static const struct task task = {.name = "count",
                                     .run = count_run,
                                     .argument_size = sizeof(int),
                                     .result_size = sizeof(long)};
    enum { WINDOW = 64, KILLS = SANITIZED ? 40 : 1000 };
    static struct future *futures[WINDOW];
    pthread_t killer;
    unsigned seed = 11;
    struct executor *executor = pool(
        (struct executor_options){.max_workers = 4, .worker_init = post_pid});
    ck_assert_int_eq(pthread_create(&killer, NULL, kill_at_random, &seed), 0);
    int failed = 0;
    for (int i = 0; i < TASKS + WINDOW; i++) {
        struct future **place = &futures[i % WINDOW];
        if (i >= WINDOW) {
            long result = -1, number = i - WINDOW;
            int error = future_get(*place, &result, NULL);
            if (error) {
                struct failure failure = future_failure(*place);
                ck_assert_int_eq(error, EOWNERDEAD);
                ck_assert_int_eq(failure.signal, SIGKILL);
                ck_assert_uint_eq(failure.number, (uint64_t)number + 1);
                failed++;
            } else {
                ck_assert_int_eq(result, number * number);
                ck_assert_int_eq(board->runs[number], 1);
            }
            ck_assert_int_le(board->runs[number], 1);
            future_free(*place);
        }
        if (i < TASKS)
            *place = must_submit(executor, &task, &i);
        /* the number of deaths sets the pace, not the clock */
        while (i < TASKS && kills < (int)((long)i * KILLS / TASKS))
            (void)usleep(20);
    }
    stop_killing = true;
    ck_assert_int_eq(pthread_join(killer, NULL), 0);
    ck_assert_int_ge(kills, KILLS - 1);
    ck_assert_int_le(failed, kills);
    executor_free(executor);
}
END_TEST

START_TEST(breaks_when_the_zygote_dies)
{
    int number = 1;
    struct executor *executor = pool((struct executor_options){0});
    struct future *future = must_submit(executor, &waits, NULL);
    char line[64] = "";
    (void)worker_at_gate(0);
    (void)snprintf(line, sizeof line, "/proc/%d/status", board->pids[0]);
    FILE *status = fopen(line, "r");
    int zygote = 0;
    while (fgets(line, sizeof line, status))
        (void)sscanf(line, "PPid: %d", &zygote);
    (void)fclose(status);
    ck_assert_int_eq(kill(zygote, SIGKILL), 0);
    ck_assert_int_eq(future_get(future, NULL, NULL), EOWNERDEAD);
    ck_assert_ptr_null(executor_submit(executor, &squares, &number));
    ck_assert_int_eq(errno, EOWNERDEAD);
    future_free(future);
    executor_free(executor);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        names_each_death,
        loses_no_other_future,
        breaks_if_asked_to,
        tells_of_an_idle_worker,
        carries_the_error_of_a_worker_out_of_memory,
        names_a_worker_with_a_spoilt_heap,
        loses_one_item_of_a_chunk,
        maps_until_the_deadline,
        returns_results_of_any_size,
        crosses_the_border_with_pointers,
        refuses_workers,
        fails_if_no_worker_can_begin,
        leaves_nothing_behind,
        accounts_for_each_task_under_fire,
        breaks_when_the_zygote_dies,
    };
    const TTest *const twice[] = {
        goes_on_beside_a_stopped_worker,
        wakes_another_than_a_stopped_sleeper,
        retries_what_may_be_repeated,
        cancels_what_waits_and_kills_what_runs,
        serves_many_threads,
        goes_with_the_program,
    };
    const TTest *const sizes[] = {maps_any_number};
    Suite *suite = suite_create("a pool of processes");
    add_tests(suite, "once", 1, once, sizeof once / sizeof once[0]);
    add_tests(suite, "twice", 2, twice, sizeof twice / sizeof twice[0]);
    add_tests(suite, "sizes", 6, sizes, 1);
    return run_suite(suite);
}
