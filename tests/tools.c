/* The tools of the tests themselves: run.h and schedule.h. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One test takes locks in orders that can deadlock. TSan sees it too. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "detect_deadlocks=0";
}

START_TEST(a_command_has_output_and_status)
{
    const struct run *r = run("echo out; echo err >&2; exit 3");
    ck_assert_int_eq(r->status, 3);
    ck_assert_str_eq(r->out, "out\n");
    ck_assert_str_eq(r->err, "err\n");
    ck_assert_int_eq(run("kill -9 $$")->status, 137);
}
END_TEST

START_TEST(what_hangs_is_ended)
{
    /* Two processes that wait for each other. */
    const struct run *r =
        run_until_still(50, "echo stuck; mkfifo $$ && { : <$$ & : <$$; }; :");
    ck_assert(r->still);
    ck_assert_int_eq(r->status, 137);
    ck_assert_str_eq(r->out, "stuck\n");
    ck_assert_int_eq(run("rm -f [0-9]*")->status, 0);
}
END_TEST

START_TEST(what_a_test_runs_ends_with_it)
{
    int held[2];
    char begun;
    ck_assert(pipe(held) == 0 && dup2(held[1], 9) == 9);
    pid_t test = fork();
    ck_assert_int_ge(test, 0);
    if (test == 0)
        run("sleep 1000 & echo >&9; sleep 1000");
    ck_assert_int_eq(read(held[0], &begun, 1), 1);
    ck_assert_int_eq(kill(test, SIGKILL), 0);
    ck_assert_int_eq(waitpid(test, NULL, 0), test);
    close(held[1]);
    close(9);
    ck_assert_int_eq(read(held[0], &begun, 1), 0); /* nobody holds it */
    close(held[0]);
}
END_TEST

START_TEST(what_works_is_not_still)
{
    const struct run *r = run_until_still(2, "while :; do :; done");
    ck_assert(!r->still);
    ck_assert_int_eq(r->status, 137);
    r = run_until_still(50, "exit 3");
    ck_assert(!r->still);
    ck_assert_int_eq(r->status, 3);
}
END_TEST

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER,
                       second = PTHREAD_MUTEX_INITIALIZER,
                       third = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int flag;

static void take_both(pthread_mutex_t *one, pthread_mutex_t *other)
{
    pthread_mutex_lock(one);
    pthread_mutex_lock(other);
    pthread_mutex_unlock(other);
    pthread_mutex_unlock(one);
}

START_TEST(held_locks_are_known)
{
    pthread_mutex_lock(&first);
    ck_assert_int_eq(pthread_mutex_trylock(&second), 0);
    ck_assert_int_eq(pthread_mutex_trylock(&second), EBUSY);
    ck_assert_int_eq(schedule_held(), 2);
    pthread_mutex_unlock(&first);
    ck_assert_int_eq(schedule_held(), 1);
    ck_assert(schedule_holds(&second) && !schedule_holds(&first));
    pthread_mutex_unlock(&second);
    ck_assert_int_eq(schedule_held(), 0);
    ck_assert_int_eq(schedule_count(AFTER_LOCK), 2);
    ck_assert_int_eq(schedule_count(AFTER_UNLOCK), 2);
}
END_TEST

START_TEST(orders_make_a_cycle)
{
    take_both(&first, &second);
    take_both(&second, &third);
    take_both(&first, &third);
    ck_assert(!schedule_order_cycle());
    take_both(&third, &first);
    ck_assert(schedule_order_cycle());
    schedule_reset();
    ck_assert(!schedule_order_cycle());
}
END_TEST

START_TEST(a_trylock_makes_no_order)
{
    take_both(&first, &second);
    pthread_mutex_lock(&second);
    ck_assert_int_eq(pthread_mutex_trylock(&first), 0);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
    ck_assert(!schedule_order_cycle());
}
END_TEST

static int hooked;
static const void *hooked_object;

static void note_signal(enum point point, const void *object)
{
    if (point == BEFORE_SIGNAL) {
        hooked++;
        hooked_object = object;
        pthread_cond_signal(&changed); /* passes no point */
    }
}

START_TEST(a_hook_sees_each_point)
{
    schedule_hook(note_signal);
    pthread_cond_signal(&changed);
    schedule_hook(NULL);
    pthread_cond_signal(&changed);
    ck_assert_int_eq(hooked, 1);
    ck_assert_ptr_eq(hooked_object, &changed);
    ck_assert_int_eq(schedule_count(BEFORE_SIGNAL), 2);
}
END_TEST

static void *wait_for_flag(void *data)
{
    pthread_mutex_lock(&first);
    while (!flag)
        pthread_cond_wait(&changed, &first);
    pthread_mutex_unlock(&first);
    return data;
}

START_TEST(waiters_are_counted)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_for_flag, NULL),
                         0);
    schedule_await_waiting(2);
    pthread_mutex_lock(&first);
    ck_assert_int_eq(schedule_waiting(), 2);
    flag = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&first);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(schedule_waiting(), 0);
}
END_TEST

static void *set_flag(void *data)
{
    flag = 1;
    return data;
}

START_TEST(a_start_can_be_held)
{
    pthread_t thread;
    schedule_hold_starts(true);
    ck_assert_int_eq(pthread_create(&thread, NULL, set_flag, &flag), 0);
    flag = 2;
    schedule_hold_starts(false);
    void *result;
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_int_eq(flag, 1); /* it came after the 2 */
    ck_assert_ptr_eq(result, &flag);
}
END_TEST

START_TEST(a_wake_up_can_be_spurious)
{
    pthread_mutex_lock(&first);
    schedule_spurious(2);
    ck_assert_int_eq(pthread_cond_wait(&changed, &first), 0);
    ck_assert_int_eq(pthread_cond_wait(&changed, &first), 0);
    ck_assert(schedule_holds(&first));
    pthread_mutex_unlock(&first);
    ck_assert_int_eq(schedule_count(AFTER_WAIT), 2);
}
END_TEST

START_TEST(calls_fail_when_told)
{
    schedule_fail(CALL_LOCK, EINVAL, 1);
    ck_assert_int_eq(pthread_mutex_lock(&first), 0);
    ck_assert_int_eq(pthread_mutex_lock(&second), EINVAL);
    ck_assert_int_eq(schedule_held(), 1);
    pthread_mutex_unlock(&first);
    pthread_t thread;
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_flag, NULL),
                     EAGAIN);
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    ck_assert_ptr_null(malloc(8));
    ck_assert_int_eq(errno, ENOMEM);
    void *block = malloc(8);
    ck_assert_ptr_nonnull(block);
    free(block);
    schedule_fail(CALL_FORK, EAGAIN, 0);
    ck_assert_int_eq(fork(), -1);
    ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(all_that_allocates_fails_when_told)
{
    void *block = malloc(8), *other = NULL;
    for (int i = 0; i < 4; i++) {
        schedule_fail(CALL_MALLOC, ENOMEM, 0);
        ck_assert(!schedule_failed(CALL_MALLOC));
        errno = 0;
        switch (i) {
        case 0:
            other = realloc(block, 100);
            break;
        case 1:
            other = strdup("text");
            break;
        case 2:
            other = aligned_alloc(64, 64);
            break;
        default:
            ck_assert_int_eq(posix_memalign(&other, 64, 64), ENOMEM);
            errno = ENOMEM;
        }
        ck_assert_ptr_null(other);
        ck_assert_int_eq(errno, ENOMEM);
        ck_assert(schedule_failed(CALL_MALLOC));
    }
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    schedule_fail(CALL_MALLOC, ENOMEM, -1); /* none, after all */
    block = realloc(block, 100);
    ck_assert_ptr_nonnull(block);
    free(block);
    ck_assert_int_eq(posix_memalign(&other, 64, 64), 0);
    free(other);
    ck_assert(!schedule_failed(CALL_MALLOC));
}
END_TEST

START_TEST(mappings_and_descriptors_fail_when_told)
{
    schedule_fail(CALL_MMAP, ENOMEM, 0);
    ck_assert_ptr_eq(
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        MAP_FAILED);
    void *page =
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    munmap(page, 4096);
    int ends[2];
    sigset_t none;
    sigemptyset(&none);
    for (int i = 0; i < 9; i++) {
        schedule_fail(CALL_DESCRIPTOR, EMFILE, 0);
        errno = 0;
        int got = i == 0   ? memfd_create("x", 0)
                  : i == 1 ? pidfd_open(getpid(), 0)
                  : i == 2 ? eventfd(0, 0)
                  : i == 3 ? pipe(ends)
                  : i == 4 ? pipe2(ends, 0)
                  : i == 5 ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends)
                  : i == 6 ? epoll_create1(0)
                  : i == 7 ? signalfd(-1, &none, 0)
                           : open("/dev/null", O_RDONLY);
        ck_assert_int_eq(got, -1);
        ck_assert_int_eq(errno, EMFILE);
    }
    schedule_fail(CALL_DESCRIPTOR, EMFILE, 0);
    ck_assert_ptr_null(fopen("/dev/null", "r"));
    int file = memfd_create("x", 0);
    ck_assert_int_ge(file, 0);
    schedule_fail(CALL_TRUNCATE, ENOSPC, 0);
    ck_assert_int_eq(ftruncate(file, 10), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_int_eq(ftruncate(file, 10), 0);
    close(file);
}
END_TEST

START_TEST(waits_by_futex_fail_when_told)
{
    int word = 1;
    schedule_fail(CALL_FUTEX, EINTR, 0);
    schedule_fail(CALL_SYSCALL, ENOSYS, 0);
    ck_assert_int_eq(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL), 0);
    ck_assert(!schedule_failed(CALL_FUTEX));
    ck_assert_int_eq(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL),
                     -1);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_int_eq(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL),
                     -1);
    ck_assert_int_eq(errno, EAGAIN); /* the word is not 0 */
    ck_assert_int_eq(syscall(SYS_getpid), -1);
    ck_assert_int_eq(errno, ENOSYS);
    ck_assert_int_eq(syscall(SYS_getpid), getpid());
}
END_TEST

/* The exit status of a child in which one malloc of two fails: which one? */
static int failing_malloc_of_a_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        void *one = malloc(8), *other = malloc(8);
        _exit(!one ? 1 : !other ? 2 : 0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

START_TEST(failures_are_counted_over_processes_if_told)
{
    schedule_fail(CALL_MALLOC, ENOMEM, 1);
    ck_assert_int_eq(failing_malloc_of_a_child(), 2);
    ck_assert_int_eq(failing_malloc_of_a_child(), 2);
    ck_assert(!schedule_failed(CALL_MALLOC));
    schedule_share_failures();
    schedule_fail(CALL_MALLOC, ENOMEM, 2);
    ck_assert_int_eq(failing_malloc_of_a_child(), 0);
    ck_assert(!schedule_failed(CALL_MALLOC));
    ck_assert_int_eq(failing_malloc_of_a_child(), 1);
    ck_assert(schedule_failed(CALL_MALLOC));
    ck_assert_int_eq(failing_malloc_of_a_child(), 0);
}
END_TEST

START_TEST(transfers_can_be_short_and_interrupted)
{
    int ends[2];
    char buffer[8];
    ck_assert_int_eq(pipe(ends), 0);
    schedule_short(3);
    ck_assert_int_eq(write(ends[1], "12345678", 8), 3);
    schedule_short(0);
    ck_assert_int_eq(write(ends[1], "45678", 5), 5);
    schedule_eintr(1);
    ck_assert_int_eq(read(ends[0], buffer, 8), -1);
    ck_assert_int_eq(errno, EINTR);
    schedule_short(2);
    ck_assert_int_eq(read(ends[0], buffer, 8), 2);
    schedule_reset();
    ck_assert_int_eq(read(ends[0], buffer, 8), 6);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* What a process of its own draws first, with this seed. */
static int first_drawn(const char *seed)
{
    int status = 0;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        setenv("SEED", seed, 1);
        _exit((int)vary(0, 200));
    }
    ck_assert(waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status);
}

START_TEST(a_seed_draws_the_same_again)
{
    bool seen[3] = {false};
    for (int i = 0; i < 1000; i++) {
        long drawn = vary(-1, 1);
        ck_assert(drawn >= -1 && drawn <= 1);
        seen[drawn + 1] = true;
    }
    ck_assert(seen[0] && seen[1] && seen[2]);
    ck_assert_int_eq(vary(7, 7), 7);
    for (int i = 0; i < 100; i++)
        (void)vary(LONG_MIN, LONG_MAX);
}
END_TEST

START_TEST(each_test_draws_anew)
{
    bool differ = false;
    int once = first_drawn("1");
    ck_assert_int_eq(first_drawn("1"), once);
    for (int seed = 2; seed < 10; seed++)
        differ |= first_drawn((char[]){(char)('0' + seed), '\0'}) != once;
    ck_assert(differ);
}
END_TEST

static pthread_mutex_t wanted = PTHREAD_MUTEX_INITIALIZER;

static void *want_it(void *unused)
{
    pthread_mutex_lock(&wanted);
    pthread_mutex_unlock(&wanted);
    return unused;
}

START_TEST(who_waits_for_whom_is_known)
{
    pthread_t thread;
    struct schedule_wait wait = {0};
    ck_assert_int_eq(schedule_made(), 0);
    pthread_mutex_lock(&wanted);
    ck_assert_int_eq(pthread_create(&thread, NULL, want_it, NULL), 0);
    for (bool found = false; !found;) {
        nanosleep(&(struct timespec){0, 100000}, NULL);
        for (int i = 0; i < SCHEDULE_THREADS && !found; i++)
            found = schedule_wait_of(i, &wait) && wait.object == &wanted &&
                    wait.holder == gettid();
    }
    ck_assert_str_eq(wait.what, "lock");
    ck_assert_int_ne(wait.thread, gettid());
    pthread_mutex_unlock(&wanted);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    for (int i = 0; i < SCHEDULE_THREADS; i++)
        ck_assert(!schedule_wait_of(i, &wait));
    ck_assert_int_eq(schedule_made(), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools");
    TCase *tcase = tcase_create("run");
    tcase_add_test(tcase, a_seed_draws_the_same_again);
    tcase_add_test(tcase, each_test_draws_anew);
    tcase_add_test(tcase, who_waits_for_whom_is_known);
    tcase_add_test(tcase, a_command_has_output_and_status);
    tcase_add_test(tcase, what_hangs_is_ended);
    tcase_add_test(tcase, what_a_test_runs_ends_with_it);
    tcase_add_test(tcase, what_works_is_not_still);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("schedule");
    tcase_add_test(tcase, held_locks_are_known);
    tcase_add_test(tcase, orders_make_a_cycle);
    tcase_add_test(tcase, a_trylock_makes_no_order);
    tcase_add_test(tcase, a_hook_sees_each_point);
    tcase_add_test(tcase, waiters_are_counted);
    tcase_add_test(tcase, a_start_can_be_held);
    tcase_add_test(tcase, a_wake_up_can_be_spurious);
    tcase_add_test(tcase, calls_fail_when_told);
    tcase_add_test(tcase, all_that_allocates_fails_when_told);
    tcase_add_test(tcase, mappings_and_descriptors_fail_when_told);
    tcase_add_test(tcase, waits_by_futex_fail_when_told);
    tcase_add_test(tcase, failures_are_counted_over_processes_if_told);
    tcase_add_test(tcase, transfers_can_be_short_and_interrupted);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
