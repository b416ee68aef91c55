/* Chapter 10, A pool of threads: its programs, what lib/thread_pool adds to the
 * common contract (which the suite "executor" tests), lib/executor and
 * lib/cores. */
#define _GNU_SOURCE
#include "lib/cores.h"
#include "lib/deadline.h"
#include "lib/executor.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct executor *pool;

static void begin(size_t workers)
{
    pool = executor_threads(&(struct executor_options){.max_workers = workers});
    ck_assert(pool != NULL);
}

static struct future *submit(const struct task *task, const void *argument)
{
    struct future *future = executor_submit(pool, task, argument);
    ck_assert(future != NULL);
    return future;
}

static void expect_get(struct future *future, int wanted)
{
    ck_assert_int_eq(future_get(future, NULL, NULL), wanted);
    future_free(future);
}

static int do_nothing(const void *argument, void *result)
{
    (void)argument, (void)result;
    return 0;
}

static const struct task nothing = {.name = "nothing", .run = do_nothing};

/* A task that runs until the semaphore is posted. */
static sem_t go;

static int stay(const void *argument, void *result)
{
    (void)argument, (void)result;
    while (sem_wait(&go) != 0)
        ;
    return 0;
}

static const struct task held = {.name = "held", .run = stay};

static void begin_held(size_t workers)
{
    ck_assert_int_eq(sem_init(&go, 0, 0), 0);
    begin(workers);
}

static void let_go(int count)
{
    while (count-- > 0)
        ck_assert_int_eq(sem_post(&go), 0);
}

/* ---------- nested waits ---------- */

static int nest(const void *argument, void *result)
{
    int depth = *(const int *)argument;
    (void)result;
    static const struct task kind = {
        .name = "nest", .run = nest, .argument_size = sizeof(int)};
    if (depth == 0)
        return 0;
    struct future *inner = executor_submit(pool, &kind, &(int){depth - 1});
    if (!inner)
        return errno;
    int error = future_get(inner, NULL, NULL);
    future_free(inner);
    return error;
}

static const struct task nested = {
    .name = "nested", .run = nest, .argument_size = sizeof(int)};

START_TEST(a_wait_that_would_not_end_is_refused)
{
    for (int workers = 1; workers <= 4; workers++) {
        begin((size_t)workers);
        expect_get(submit(&nested, &(int){workers - 1}), 0);
        expect_get(submit(&nested, &(int){workers}), EDEADLK);
        executor_free(pool);
    }
}
END_TEST

static struct future *myself;

static int wait_for_myself(const void *argument, void *result)
{
    (void)argument, (void)result;
    while (sem_wait(&go) != 0)
        ;
    return future_get(myself, NULL, NULL);
}

static const struct task selfish = {.name = "selfish", .run = wait_for_myself};

START_TEST(a_task_does_not_wait_for_itself)
{
    begin_held(3); /* two more workers could run */
    myself = submit(&selfish, NULL);
    let_go(1);
    expect_get(myself, EDEADLK);
    executor_free(pool);
}
END_TEST

/* Two tasks that wait for each other, with a third worker idle. */
static struct future *pair[2];

static int wait_for_other(const void *argument, void *result)
{
    (void)result;
    while (sem_wait(&go) != 0)
        ;
    return future_get(pair[1 - *(const int *)argument], NULL, NULL);
}

static const struct task mutual = {
    .name = "mutual", .run = wait_for_other, .argument_size = sizeof(int)};

START_TEST(a_cycle_of_waits_is_refused)
{
    int errors[2];
    begin_held(4);
    for (int i = 0; i < 2; i++)
        pair[i] = submit(&mutual, &i);
    let_go(2);
    for (int i = 0; i < 2; i++)
        errors[i] = future_get(pair[i], NULL, NULL);
    ck_assert_msg(errors[0] == EDEADLK && errors[1] == EDEADLK,
                  "one is refused, and the other passes its error on");
    for (int i = 0; i < 2; i++)
        future_free(pair[i]);
    executor_free(pool);
}
END_TEST

static int wait_a_little(const void *argument, void *result)
{
    (void)argument, (void)result;
    struct timespec deadline = deadline_after(1000000);
    struct future *inner = executor_submit(pool, &nothing, NULL);
    if (!inner)
        return errno;
    int error = future_get(inner, NULL, &deadline);
    future_free(inner);
    return error;
}

static const struct task patient = {.name = "patient", .run = wait_a_little};

START_TEST(a_wait_with_a_deadline_is_allowed)
{
    begin(1);
    expect_get(submit(&patient, NULL), ETIMEDOUT);
    executor_free(pool);
}
END_TEST

static int map_inside(const void *argument, void *result)
{
    int numbers[100];
    (void)argument;
    for (int i = 0; i < 100; i++)
        numbers[i] = 0; /* depth 0 */
    *(int *)result = executor_map(pool, &nested, numbers, NULL, 100, NULL);
    return 0;
}

static const struct task mapper = {
    .name = "mapper", .run = map_inside, .result_size = sizeof(int)};

START_TEST(a_worker_may_map)
{
    begin(1);
    int error = -1;
    struct future *future = submit(&mapper, NULL);
    ck_assert_int_eq(future_get(future, &error, NULL), 0);
    ck_assert_int_eq(error, 0);
    future_free(future);
    executor_free(pool);
}
END_TEST

/* ---------- a waiter that wakes late ---------- */

/* The thread that is late: when its wait ends, it goes back to sleep without
 * the lock, as if it had not woken yet, until it is let go. */
static _Thread_local bool late;
static _Thread_local pthread_mutex_t *late_lock;
static _Thread_local int late_waits;
static sem_t woken;

static void wake_late(enum point point, const void *object)
{
    if (point == AFTER_LOCK)
        late_lock = (pthread_mutex_t *)(uintptr_t)object;
    if (point != AFTER_WAIT || !late || late_waits++ > 0)
        return;
    ck_assert_int_eq(pthread_mutex_unlock(late_lock), 0);
    while (sem_wait(&woken) != 0)
        ;
    ck_assert_int_eq(pthread_mutex_lock(late_lock), 0);
}

static struct future *awaited;

static int wait_late(const void *argument, void *result)
{
    (void)argument, (void)result;
    late = true;
    awaited = executor_submit(pool, &held, NULL);
    if (!awaited)
        return errno;
    int error = future_get(awaited, NULL, NULL);
    late = false;
    return error;
}

static const struct task sleepy = {.name = "sleepy", .run = wait_late};

START_TEST(who_need_not_wait_any_more_is_not_stuck)
{
    ck_assert_int_eq(sem_init(&woken, 0, 0), 0);
    begin_held(2);
    schedule_hook(wake_late);
    struct future *outer = submit(&sleepy, NULL);
    schedule_await_waiting(1); /* the second worker runs `awaited` */
    struct future *other = submit(&nested, &(int){1});
    let_go(1);
    while (schedule_count(BEFORE_WAIT) < 2 && !future_done(other))
        sched_yield();
    ck_assert_int_eq(sem_post(&woken), 0);
    ck_assert_msg(future_get(other, NULL, NULL) == 0,
                  "what the other worker waited for had ended: it was about to "
                  "go on, and nobody was stuck");
    future_free(other);
    expect_get(outer, 0);
    future_free(awaited);
    executor_free(pool);
}
END_TEST

static int fail_second_init(void *count, void **state)
{
    (void)state;
    if (++*(_Atomic int *)count < 2)
        return 0;
    while (sem_wait(&go) != 0)
        ;
    return ENOTCONN;
}

START_TEST(who_need_not_wait_any_more_runs_what_is_left)
{
    static _Atomic int count;
    ck_assert_int_eq(sem_init(&woken, 0, 0), 0);
    ck_assert_int_eq(sem_init(&go, 0, 0), 0);
    pool = executor_threads(
        &(struct executor_options){.max_workers = 2,
                                   .worker_init = fail_second_init,
                                   .hook_argument = (void *)&count});
    ck_assert(pool != NULL);
    schedule_hook(wake_late);
    struct future *outer = submit(&sleepy, NULL);
    schedule_await_waiting(1); /* the second worker cannot begin yet */
    struct future *left = submit(&nothing, NULL);
    ck_assert_int_eq(future_cancel(awaited), 0);
    let_go(1);
    while (!future_done(left) && schedule_count(BEFORE_BROADCAST) < 2)
        sched_yield();
    ck_assert_int_eq(sem_post(&woken), 0);
    ck_assert_msg(future_get(left, NULL, NULL) == 0,
                  "a task was dropped although a worker was left to run it");
    future_free(left);
    expect_get(outer, ECANCELED);
    future_free(awaited);
    executor_free(pool);
}
END_TEST

/* ---------- workers ---------- */

START_TEST(workers_start_when_they_are_needed)
{
    struct future *futures[4];
    begin_held(3);
    ck_assert_int_eq(schedule_count(AFTER_CREATE), 0);
    schedule_hold_starts(true); /* nobody is awake between two submits */
    for (int i = 0; i < 4; i++) {
        futures[i] = submit(&held, NULL);
        ck_assert_int_eq(schedule_count(AFTER_CREATE), i < 3 ? i + 1 : 3);
    }
    schedule_hold_starts(false);
    let_go(4);
    for (int i = 0; i < 4; i++)
        expect_get(futures[i], 0);
    executor_free(pool);
}
END_TEST

START_TEST(an_idle_worker_is_used_again)
{
    begin(3);
    for (int i = 0; i < 20; i++) {
        expect_get(submit(&nothing, NULL), 0);
        schedule_await_waiting(1);
    }
    ck_assert_int_eq(schedule_count(AFTER_CREATE), 1);
    executor_free(pool);
}
END_TEST

START_TEST(a_pool_without_threads_says_so)
{
    begin(2);
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    errno = 0;
    ck_assert(executor_submit(pool, &nothing, NULL) == NULL);
    ck_assert_int_eq(errno, EAGAIN);
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    ck_assert_int_eq(executor_post(pool, &nothing, NULL), EAGAIN);
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    ck_assert_int_eq(executor_map(pool, &nothing, NULL, NULL, 9, NULL), EAGAIN);
    expect_get(submit(&nothing, NULL), 0);
    executor_free(pool);
}
END_TEST

START_TEST(one_thread_is_enough)
{
    struct future *first, *second;
    begin_held(2);
    first = submit(&held, NULL);
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    second = submit(&nothing, NULL); /* the first worker will run it */
    let_go(1);
    expect_get(first, 0);
    expect_get(second, 0);
    executor_free(pool);
}
END_TEST

static int tell_name(const void *argument, void *result)
{
    char name[16];
    sigset_t blocked;
    (void)argument;
    if (prctl(PR_GET_NAME, name) != 0)
        return errno;
    if (pthread_sigmask(SIG_SETMASK, NULL, &blocked) != 0 ||
        !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGUSR1))
        return EINTR;
    memcpy(result, name, 16);
    return 0;
}

static const struct task namer = {
    .name = "namer", .run = tell_name, .result_size = 16};

START_TEST(workers_have_names_and_block_signals)
{
    static const char *const names[][2] = {
        {NULL, "worker 0"},
        {"fetch", "fetch 0"},
        {"a name that is far too long", "a name that i 0"}};
    for (int i = 0; i < 3; i++) {
        char name[16], given[32];
        struct executor_options options = {.max_workers = 1};
        if (names[i][0]) { /* the pool keeps a copy */
            snprintf(given, sizeof given, "%s", names[i][0]);
            options.name = given;
        }
        pool = executor_threads(&options);
        memset(given, 'x', sizeof given);
        struct future *future = submit(&namer, NULL);
        ck_assert_int_eq(future_get(future, name, NULL), 0);
        ck_assert_str_eq(name, names[i][1]);
        future_free(future);
        executor_free(pool);
    }
}
END_TEST

/* ---------- hooks ---------- */

static _Atomic int inits, exits;

static int count_init(void *failures, void **state)
{
    int number = inits++;
    *state = &exits;
    return number < *(int *)failures ? ENOTCONN : 0;
}

static void count_exit(void *failures, void *state)
{
    (void)failures;
    if (state == &exits)
        exits++;
}

static int see_state(const void *argument, void *result)
{
    (void)argument, (void)result;
    return executor_worker_state() == &exits && executor_worker_index() == 0
               ? 0
               : ENOENT;
}

static const struct task seer = {.name = "seer", .run = see_state};

static void begin_hooks(int *failures)
{
    pool =
        executor_threads(&(struct executor_options){.max_workers = 1,
                                                    .worker_init = count_init,
                                                    .worker_exit = count_exit,
                                                    .hook_argument = failures});
    ck_assert(pool != NULL);
}

START_TEST(hooks_frame_the_life_of_a_worker)
{
    int failures = 0;
    begin_hooks(&failures);
    for (int i = 0; i < 3; i++)
        expect_get(submit(&seer, NULL), 0);
    ck_assert_int_eq(inits, 1);
    executor_free(pool);
    ck_assert_int_eq(exits, 1);
    ck_assert_ptr_eq(executor_worker_state(), NULL);
    ck_assert_int_eq(executor_worker_index(), -1);
}
END_TEST

START_TEST(an_error_of_init_reaches_the_tasks)
{
    int failures = 2;
    begin_hooks(&failures);
    expect_get(submit(&seer, NULL), ENOTCONN);
    ck_assert_int_eq(executor_map(pool, &seer, NULL, NULL, 7, NULL), ENOTCONN);
    expect_get(submit(&seer, NULL), 0); /* the third worker could begin */
    executor_free(pool);
    ck_assert_int_eq(inits, 3);
    ck_assert_int_eq(exits, 1);
}
END_TEST

/* ---------- as_completed ---------- */

START_TEST(futures_come_as_they_end)
{
    struct future *futures[3], *next = NULL;
    struct timespec past = deadline_after(0);
    begin_held(1);
    futures[0] = submit(&held, NULL);
    futures[1] = submit(&nothing, NULL);
    futures[2] = submit(&nothing, NULL);
    struct completed *completed = executor_as_completed(futures, 3);
    ck_assert(completed != NULL);
    ck_assert_int_eq(completed_next(completed, &next, &past), ETIMEDOUT);
    ck_assert_int_eq(future_cancel(futures[2]), 0);
    ck_assert_int_eq(completed_next(completed, &next, NULL), 0);
    ck_assert_ptr_eq(next, futures[2]);
    let_go(1);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(completed_next(completed, &next, NULL), 0);
        ck_assert_ptr_eq(next, futures[i]);
    }
    ck_assert_int_eq(completed_next(completed, &next, NULL), ENOENT);
    completed_free(completed);
    for (int i = 0; i < 3; i++)
        future_free(futures[i]);
    executor_free(pool);
}
END_TEST

START_TEST(the_list_may_be_freed_early)
{
    struct future *futures[3];
    begin_held(1);
    for (int i = 0; i < 3; i++)
        futures[i] = submit(&held, NULL);
    completed_free(executor_as_completed(futures, 3));
    completed_free(NULL);
    let_go(3);
    for (int i = 0; i < 3; i++)
        expect_get(futures[i], 0);
    executor_free(pool);
}
END_TEST

START_TEST(a_list_that_fails_half_way_leaves_nothing)
{
    struct future *futures[3];
    begin_held(1);
    for (int i = 0; i < 3; i++)
        futures[i] = submit(&held, NULL);
    for (int after = 0; after < 4; after++) {
        schedule_fail(CALL_MALLOC, ENOMEM, after);
        errno = 0;
        ck_assert(executor_as_completed(futures, 3) == NULL);
        ck_assert_int_eq(errno, ENOMEM);
    }
    errno = 0;
    ck_assert(executor_as_completed(futures, SIZE_MAX / 8) == NULL);
    ck_assert_int_eq(errno, ENOMEM);
    let_go(3);
    for (int i = 0; i < 3; i++)
        expect_get(futures[i], 0);
    executor_free(pool);
}
END_TEST

/* ---------- callbacks ---------- */

static char order[8];

static void third(struct future *future, void *context)
{
    (void)future, (void)context;
    strcat(order, "3");
}

static void first(struct future *future, void *context)
{
    ck_assert_int_eq(schedule_held(), 0);
    ck_assert(future_done(future));
    strcat(order, context);
    ck_assert_int_eq(future_on_done(future, third, NULL), 0);
}

static void second(struct future *future, void *context)
{
    (void)future;
    strcat(order, context);
}

START_TEST(callbacks_keep_their_order)
{
    begin_held(1);
    struct future *future = submit(&held, NULL);
    ck_assert_int_eq(future_on_done(future, first, "1"), 0);
    ck_assert_int_eq(future_on_done(future, second, "2"), 0);
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    ck_assert_int_eq(future_on_done(future, second, "x"), ENOMEM);
    let_go(1);
    executor_shutdown(pool, SHUTDOWN_WAIT);
    ck_assert_str_eq(order, "123");
    ck_assert_int_eq(future_on_done(future, second, "4"), 0);
    ck_assert_str_eq(order, "1234");
    future_free(future);
    executor_free(pool);
}
END_TEST

/* ---------- what is refused ---------- */

START_TEST(sizes_do_not_wrap_round)
{
    struct task huge = {.run = do_nothing, .argument_size = SIZE_MAX - 8};
    begin(1);
    errno = 0;
    ck_assert(executor_submit(pool, &huge, &huge) == NULL);
    ck_assert_int_eq(errno, ENOMEM);
    huge = (struct task){
        .run = do_nothing, .argument_size = 8, .result_size = SIZE_MAX - 64};
    errno = 0;
    ck_assert(executor_submit(pool, &huge, &huge) == NULL);
    ck_assert_int_eq(errno, ENOMEM);
    executor_free(pool);
}
END_TEST

START_TEST(a_child_of_the_program_is_refused)
{
    begin(1);
    struct future *future = submit(&nothing, NULL);
    ck_assert_int_eq(future_get(future, NULL, NULL), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        errno = 0;
        bool good =
            !executor_submit(pool, &nothing, NULL) && errno == EPERM &&
            executor_post(pool, &nothing, NULL) == EPERM &&
            executor_map(pool, &nothing, NULL, NULL, 1, NULL) == EPERM &&
            future_get(future, NULL, NULL) == EPERM &&
            future_cancel(future) == EPERM && !future_done(future) &&
            !future_result(future, NULL) &&
            future_failure(future).error == EPERM &&
            executor_shutdown(pool, SHUTDOWN_WAIT) == EPERM;
        future_free(future);
        executor_free(pool);
        _exit(good ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    future_free(future);
    executor_free(pool);
}
END_TEST

START_TEST(a_map_may_come_too_late)
{
    int errors[5];
    struct timespec past = {0}, no_time = {.tv_nsec = 1000000000};
    begin(2);
    struct map_options options = {.deadline = &past, .errors = errors};
    ck_assert_int_eq(executor_map(pool, &nothing, NULL, NULL, 5, &options),
                     ETIMEDOUT);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(errors[i], ETIMEDOUT);
    options.deadline = &no_time;
    ck_assert_int_eq(executor_map(pool, &nothing, NULL, NULL, 5, &options),
                     EINVAL);
    executor_free(pool);
}
END_TEST

/* ---------- lib/cores ---------- */

static char root[64];

static void make_root(void)
{
    strcpy(root, "/tmp/cores-XXXXXX");
    ck_assert(mkdtemp(root) != NULL);
}

static void write_file(const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void remove_root(void)
{
    ck_assert_int_eq(run("rm -r %s", root)->status, 0);
}

#define MOUNT_2                                                                \
    "25 1 0:20 / /proc rw - proc proc rw\n"                                    \
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"

START_TEST(no_files_no_limit)
{
    make_root();
    ck_assert_uint_eq(cores_limit(root), 0);
    write_file("/proc/self/cgroup", "");
    ck_assert_uint_eq(cores_limit(root), 0);
    write_file("/proc/self/mountinfo", "nonsense\n1 2 3\n\n - \n");
    ck_assert_uint_eq(cores_limit(root), 0);
    write_file("/proc/self/mountinfo", MOUNT_2);
    write_file("/proc/self/cgroup", "0::/a/b\n");
    ck_assert_uint_eq(cores_limit(root), 0);
    remove_root();
}
END_TEST

START_TEST(version_2_counts_all_groups_above)
{
    make_root();
    write_file("/proc/self/mountinfo", MOUNT_2);
    write_file("/proc/self/cgroup", "0::/a/b c/d\n");
    write_file("/sys/fs/cgroup/a/b c/d/cpu.max", "max 100000\n");
    ck_assert_uint_eq(cores_limit(root), 0);
    write_file("/sys/fs/cgroup/a/b c/d/cpu.max", "800000 100000\n");
    ck_assert_uint_eq(cores_limit(root), 8);
    write_file("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    ck_assert_uint_eq(cores_limit(root), 3); /* two and a half */
    write_file("/sys/fs/cgroup/a/b c/cpu.max", "1000 50000\n");
    ck_assert_uint_eq(cores_limit(root), 1);
    write_file("/sys/fs/cgroup/a/b c/cpu.max", "5 0\n");
    ck_assert_uint_eq(cores_limit(root), 3);
    write_file("/sys/fs/cgroup/other/cpu.max", "100000 100000\n");
    ck_assert_uint_eq(cores_limit(root), 3);
    write_file("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    ck_assert_uint_eq(cores_limit(root), 2);
    remove_root();
}
END_TEST

START_TEST(version_1_has_two_files)
{
    make_root();
    write_file("/proc/self/mountinfo",
               "31 24 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup "
               "rw,cpuset\n"
               "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup "
               "rw,cpu,cpuacct\n");
    write_file("/proc/self/cgroup",
               "3:cpuset:/x\n2:cpu,cpuacct:/jobs/7\n1:name=systemd:/y\n0::/\n");
#define JOB "/sys/fs/cgroup/cpu,cpuacct/jobs/7/"
    write_file(JOB "cpu.cfs_quota_us", "-1\n");
    write_file(JOB "cpu.cfs_period_us", "100000\n");
    ck_assert_uint_eq(cores_limit(root), 0);
    write_file(JOB "cpu.cfs_quota_us", "400000\n");
    ck_assert_uint_eq(cores_limit(root), 4);
    write_file("/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us", "75000\n");
    write_file("/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us", "50000\n");
    ck_assert_uint_eq(cores_limit(root), 2);
    write_file("/sys/fs/cgroup/cpuset/x/cpu.cfs_quota_us", "1\n");
    write_file("/sys/fs/cgroup/cpuset/x/cpu.cfs_period_us", "1\n");
    ck_assert_uint_eq(cores_limit(root), 2);
    remove_root();
}
END_TEST

START_TEST(a_container_sees_a_part_of_the_tree)
{
    make_root();
    write_file("/proc/self/mountinfo",
               "30 23 0:26 /docker/abc /cg\\040roup rw - cgroup2 c rw\n");
    write_file("/proc/self/cgroup", "0::/docker/abc/in\n");
    write_file("/cg roup/in/cpu.max", "600000 100000\n");
    ck_assert_uint_eq(cores_limit(root), 6);
    write_file("/cg roup/cpu.max", "500000 100000\n");
    ck_assert_uint_eq(cores_limit(root), 5);
    write_file("/cpu.max", "100000 100000\n"); /* above the mount: not ours */
    ck_assert_uint_eq(cores_limit(root), 5);
    write_file("/proc/self/cgroup", "0::/docker/abc\n");
    ck_assert_uint_eq(cores_limit(root), 5);
    write_file("/proc/self/cgroup", "0::/../elsewhere\n");
    ck_assert_uint_eq(cores_limit(root), 5);
    write_file("/proc/self/cgroup", "0::/docker/abcdef\n");
    ck_assert_uint_eq(cores_limit(root), 5);
    remove_root();
}
END_TEST

static void *count_cores(void *count)
{
    cpu_set_t one;
    memset(&one, 0, sizeof one);
    ((unsigned char *)&one)[0] = 1; /* processor 0 */
    if (sched_setaffinity(0, sizeof one, &one) == 0)
        *(size_t *)count = executor_cores();
    return NULL;
}

START_TEST(affinity_is_counted)
{
    pthread_t thread;
    size_t count = 1; /* also where processor 0 is not ours */
    ck_assert_int_eq(pthread_create(&thread, NULL, count_cores, &count), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_ge(executor_cores(), 1);
}
END_TEST

/* ---------- programs ---------- */

START_TEST(at_most_three_at_a_time)
{
    const struct run *r = run_well("print_numbers");
    ck_assert(matches(r->out, "^results: 10 20 30 40 50$"));
    ck_assert(matches(r->out, "^at most three at a time$"));
    for (int i = 1; i <= 5; i++) {
        char line[32];
        snprintf(line, sizeof line, "number %d\n", i);
        ck_assert_int_eq(count_in(r->out, line), 1);
    }
}
END_TEST

START_TEST(all_jobs_are_run)
{
    const struct run *r = run_well("first_pool");
    ck_assert_int_eq(count_in(r->out, "is done\n"), 5);
    r = run_well("first_future");
    ck_assert_str_eq(r->out, "1 squared is 1\n2 squared is 4\n"
                             "3 squared is 9\n4 squared is 16\n"
                             "5 squared is 25\n");
}
END_TEST

START_TEST(taskcost_prints_a_table)
{
    const struct run *r = run_well("taskcost 1");
    ck_assert_int_eq(count_in(r->out, "\nloop\t"), 9);
    ck_assert_int_eq(count_in(r->out, "\nsubmit\t"), 9);
    ck_assert_int_eq(count_in(r->out, "\nmap\t"), 9);
    const char *bad[] = {"0", "-3", "1001", "many", "3 3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        r = run("taskcost %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: taskcost"));
    }
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    const char *programs[] = {"first_pool", "first_future", "print_numbers",
                              "endings",    "first_come",   "nested",
                              "taskcost 1"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const struct run *r = run("%s > /dev/full", programs[i]);
        ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", programs[i],
                      r->status);
        ck_assert_msg(strlen(r->err) > 0, "%s said nothing", programs[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A pool of threads");
    const TTest *waits[] = {a_wait_that_would_not_end_is_refused,
                            a_task_does_not_wait_for_itself,
                            a_cycle_of_waits_is_refused,
                            a_wait_with_a_deadline_is_allowed,
                            a_worker_may_map,
                            who_need_not_wait_any_more_is_not_stuck,
                            who_need_not_wait_any_more_runs_what_is_left};
    const TTest *workers[] = {
        workers_start_when_they_are_needed,   an_idle_worker_is_used_again,
        a_pool_without_threads_says_so,       one_thread_is_enough,
        workers_have_names_and_block_signals, hooks_frame_the_life_of_a_worker,
        an_error_of_init_reaches_the_tasks};
    const TTest *futures[] = {futures_come_as_they_end,
                              the_list_may_be_freed_early,
                              a_list_that_fails_half_way_leaves_nothing,
                              callbacks_keep_their_order,
                              sizes_do_not_wrap_round,
                              a_child_of_the_program_is_refused,
                              a_map_may_come_too_late};
    const TTest *cores[] = {
        no_files_no_limit, version_2_counts_all_groups_above,
        version_1_has_two_files, a_container_sees_a_part_of_the_tree,
        affinity_is_counted};
    const TTest *programs[] = {at_most_three_at_a_time, all_jobs_are_run,
                               taskcost_prints_a_table, a_full_disk_is_noticed};
    add_tests(suite, "nested waits", 1, waits, 7);
    add_tests(suite, "workers", 1, workers, 7);
    add_tests(suite, "futures", 1, futures, 7);
    add_tests(suite, "cores", 1, cores, 5);
    add_tests(suite, "programs", 1, programs, 4);
    return run_suite(suite);
}
