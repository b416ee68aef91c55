#define _GNU_SOURCE
#include "schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
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
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Relaxed, all of them: what is counted here orders nothing. */
#define GET(object) atomic_load_explicit(&(object), memory_order_relaxed)
#define SET(object, value)                                                     \
    atomic_store_explicit(&(object), value, memory_order_relaxed)
#define ADD(object, value)                                                     \
    atomic_fetch_add_explicit(&(object), value, memory_order_relaxed)

static void (*_Atomic the_hook)(enum point point, const void *object);
static atomic_long counts[POINTS];
static atomic_int waiting, spurious, interruptions;
static atomic_size_t most_bytes;
static atomic_bool starts_held;
struct plan {
    atomic_int left, error; /* left: calls until it fails, that one included */
    atomic_bool struck;
};
static struct plan own_plans[CALLS];
static struct plan *_Atomic plans = own_plans;

static _Thread_local bool in_hook;

static void pass(enum point point, const void *object)
{
    if (in_hook)
        return;
    ADD(counts[point], 1);
    void (*hook)(enum point, const void *) = GET(the_hook);
    if (hook) {
        in_hook = true;
        hook(point, object);
        in_hook = false;
    }
}

/* One less, if there is one: whoever gets it has it for itself. */
static bool take_one(atomic_int *number)
{
    int value = GET(*number);
    while (value > 0)
        if (atomic_compare_exchange_weak_explicit(number, &value, value - 1,
                                                  memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    return false;
}

/* The error that this call must fail with, or 0. */
static int due(enum call call)
{
    if (in_hook)
        return 0;
    struct plan *plan = GET(plans) + call;
    int value = GET(plan->left);
    while (value > 0)
        if (atomic_compare_exchange_weak_explicit(
                &plan->left, &value, value - 1, memory_order_relaxed,
                memory_order_relaxed)) {
            if (value > 1)
                return 0;
            SET(plan->struck, true);
            return GET(plan->error);
        }
    return 0;
}

/* ── Which locks a thread holds, and the orders they were taken in ────────── */

enum { MOST_HELD = 64, MOST_LOCKS = 256 };
static _Thread_local const void *held[MOST_HELD];
static _Thread_local int held_count;
static _Atomic(const void *) locks[MOST_LOCKS];
static atomic_bool taken_while[MOST_LOCKS][MOST_LOCKS]; /* [first][then] */

static int number_of(const void *lock)
{
    for (int i = 0; i < MOST_LOCKS; i++) {
        const void *here = NULL;
        if (atomic_compare_exchange_strong_explicit(&locks[i], &here, lock,
                                                    memory_order_relaxed,
                                                    memory_order_relaxed) ||
            here == lock)
            return i;
    }
    abort(); /* a test with more locks needs a greater MOST_LOCKS */
}

static void note_order(const void *lock)
{
    for (int i = 0; i < held_count; i++)
        if (held[i] != lock)
            SET(taken_while[number_of(held[i])][number_of(lock)], true);
}

static void hold(const void *lock)
{
    if (held_count == MOST_HELD)
        abort();
    held[held_count++] = lock;
}

static void let_go(const void *lock)
{
    for (int i = held_count - 1; i >= 0; i--)
        if (held[i] == lock) {
            for (; i < held_count - 1; i++)
                held[i] = held[i + 1];
            held_count--;
            return;
        }
}

static bool reaches(int from, int to, bool *seen)
{
    if (from == to)
        return true;
    seen[from] = true;
    for (int next = 0; next < MOST_LOCKS; next++)
        if (GET(taken_while[from][next]) && !seen[next] &&
            reaches(next, to, seen))
            return true;
    return false;
}

bool schedule_order_cycle(void)
{
    for (int first = 0; first < MOST_LOCKS; first++)
        for (int then = 0; then < MOST_LOCKS; then++)
            if (GET(taken_while[first][then])) {
                bool seen[MOST_LOCKS] = {false};
                if (reaches(then, first, seen))
                    return true;
            }
    return false;
}

/* ── Who waits ────────────────────────────────────────────────────────────── */

struct waiter {
    atomic_int thread;
    const char *_Atomic what;
    const void *_Atomic object, *_Atomic caller;
};
static struct waiter waiters[SCHEDULE_THREADS];
static atomic_int waiters_known, made;
static _Thread_local struct waiter *my_wait;

/* A thread has a line in the table from its first wait on; those that come when
 * the table is full are not seen. */
static void begin_wait(const char *what, const void *object, const void *caller)
{
    if (!my_wait) {
        int number = ADD(waiters_known, 1);
        if (number >= SCHEDULE_THREADS)
            return;
        my_wait = &waiters[number];
    }
    SET(my_wait->thread, (int)syscall(SYS_gettid));
    SET(my_wait->object, object);
    SET(my_wait->caller, caller);
    SET(my_wait->what, what);
}

static void end_wait(void)
{
    if (my_wait)
        SET(my_wait->what, NULL);
}

#define WAITING(what, object, call)                                            \
    do {                                                                       \
        begin_wait(what, object, __builtin_return_address(0));                 \
        error = (call);                                                        \
        end_wait();                                                            \
    } while (0)

bool schedule_wait_of(int number, struct schedule_wait *wait)
{
    struct waiter *waiter = &waiters[number];
    *wait = (struct schedule_wait){.thread = GET(waiter->thread),
                                   .what = GET(waiter->what),
                                   .object = GET(waiter->object),
                                   .caller = GET(waiter->caller)};
    if (!wait->what)
        return false;
    if (strcmp(wait->what, "lock") == 0) /* glibc notes the owner */
        wait->holder = ((const pthread_mutex_t *)wait->object)->__data.__owner;
    return true;
}

int schedule_made(void)
{
    return GET(made);
}

/* ── What tests say ───────────────────────────────────────────────────────── */

void schedule_hook(void (*hook)(enum point point, const void *object))
{
    SET(the_hook, hook);
}

long schedule_count(enum point point)
{
    return GET(counts[point]);
}

void schedule_reset(void)
{
    SET(the_hook, NULL);
    for (int i = 0; i < POINTS; i++)
        SET(counts[i], 0);
    for (int i = 0; i < CALLS; i++)
        schedule_fail((enum call)i, 0, -1);
    SET(spurious, 0);
    SET(interruptions, 0);
    SET(most_bytes, 0);
    SET(starts_held, false);
    for (int i = 0; i < MOST_LOCKS; i++)
        for (int j = 0; j < MOST_LOCKS; j++)
            SET(taken_while[i][j], false);
}

int schedule_held(void)
{
    return held_count;
}

bool schedule_holds(const pthread_mutex_t *mutex)
{
    for (int i = 0; i < held_count; i++)
        if (held[i] == mutex)
            return true;
    return false;
}

int schedule_waiting(void)
{
    return GET(waiting);
}

void schedule_await_waiting(int count)
{
    while (schedule_waiting() < count)
        nanosleep(&(struct timespec){0, 100000}, NULL);
}

void schedule_hold_starts(bool held_back)
{
    SET(starts_held, held_back);
}

void schedule_spurious(int count)
{
    SET(spurious, count);
}

void schedule_fail(enum call call, int error, int after)
{
    struct plan *plan = GET(plans) + call;
    SET(plan->left, 0);
    SET(plan->error, error);
    SET(plan->struck, false);
    SET(plan->left, after + 1);
}

bool schedule_failed(enum call call)
{
    return GET(GET(plans)[call].struck);
}

void schedule_share_failures(void)
{
    struct plan *shared = mmap(NULL, sizeof own_plans, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    for (int i = 0; i < CALLS; i++) {
        SET(shared[i].left, GET(own_plans[i].left));
        SET(shared[i].error, GET(own_plans[i].error));
        SET(shared[i].struck, GET(own_plans[i].struck));
    }
    SET(plans, shared);
}

void schedule_short(size_t most)
{
    SET(most_bytes, most);
}

void schedule_eintr(int count)
{
    SET(interruptions, count);
}

/* ── The calls themselves ─────────────────────────────────────────────────────
 *
 * schedule.names renames calls of f to steered_f in what is tested and in the
 * tests, but not here, nor in the libraries. */
#define STEERED(type, name, ...)                                               \
    type steered_##name(__VA_ARGS__);                                          \
    type steered_##name(__VA_ARGS__)

STEERED(int, pthread_mutex_lock, pthread_mutex_t *mutex)
{
    pass(BEFORE_LOCK, mutex);
    int error = due(CALL_LOCK);
    if (error)
        return error;
    note_order(mutex);
    WAITING("lock", mutex, pthread_mutex_lock(mutex));
    if (!error || error == EOWNERDEAD) {
        hold(mutex);
        pass(AFTER_LOCK, mutex);
    }
    return error;
}

STEERED(int, pthread_mutex_trylock, pthread_mutex_t *mutex)
{
    pass(BEFORE_LOCK, mutex);
    int error = due(CALL_TRYLOCK);
    if (error)
        return error;
    error = pthread_mutex_trylock(mutex);
    if (!error || error == EOWNERDEAD) {
        hold(mutex);
        pass(AFTER_LOCK, mutex);
    }
    return error;
}

STEERED(int, pthread_mutex_unlock, pthread_mutex_t *mutex)
{
    pass(BEFORE_UNLOCK, mutex);
    int error = pthread_mutex_unlock(mutex);
    if (!error) {
        let_go(mutex);
        pass(AFTER_UNLOCK, mutex);
    }
    return error;
}

/* A spurious wake-up, if one is due: the mutex is free for a moment. */
static bool wake_for_nothing(pthread_mutex_t *mutex)
{
    if (in_hook || !take_one(&spurious))
        return false;
    pthread_mutex_unlock(mutex);
    pthread_mutex_lock(mutex);
    return true;
}

#define WAIT(cond, mutex, call)                                                \
    pass(BEFORE_WAIT, cond);                                                   \
    int error = 0;                                                             \
    if (!wake_for_nothing(mutex)) {                                            \
        ADD(waiting, 1);                                                       \
        WAITING("condition", cond, call);                                      \
        ADD(waiting, -1);                                                      \
    }                                                                          \
    pass(AFTER_WAIT, cond);                                                    \
    return error;

STEERED(int, pthread_cond_wait, pthread_cond_t *cond, pthread_mutex_t *mutex){
    WAIT(cond, mutex, pthread_cond_wait(cond, mutex))}

STEERED(int, pthread_cond_timedwait, pthread_cond_t *cond,
        pthread_mutex_t *mutex, const struct timespec *deadline){
    WAIT(cond, mutex, pthread_cond_timedwait(cond, mutex, deadline))}

STEERED(int, pthread_cond_clockwait, pthread_cond_t *cond,
        pthread_mutex_t *mutex, clockid_t clock,
        const struct timespec *deadline){
    WAIT(cond, mutex, pthread_cond_clockwait(cond, mutex, clock, deadline))}

STEERED(int, pthread_cond_signal, pthread_cond_t *cond)
{
    pass(BEFORE_SIGNAL, cond);
    return pthread_cond_signal(cond);
}

STEERED(int, pthread_cond_broadcast, pthread_cond_t *cond)
{
    pass(BEFORE_BROADCAST, cond);
    return pthread_cond_broadcast(cond);
}

STEERED(int, pthread_rwlock_rdlock, pthread_rwlock_t *lock)
{
    pass(BEFORE_READ_LOCK, lock);
    int error;
    WAITING("rwlock", lock, pthread_rwlock_rdlock(lock));
    if (!error)
        hold(lock);
    return error;
}

STEERED(int, pthread_rwlock_wrlock, pthread_rwlock_t *lock)
{
    pass(BEFORE_WRITE_LOCK, lock);
    int error;
    WAITING("rwlock", lock, pthread_rwlock_wrlock(lock));
    if (!error)
        hold(lock);
    return error;
}

STEERED(int, pthread_rwlock_unlock, pthread_rwlock_t *lock)
{
    pass(BEFORE_RW_UNLOCK, lock);
    int error = pthread_rwlock_unlock(lock);
    if (!error)
        let_go(lock);
    return error;
}

STEERED(int, sem_wait, sem_t *semaphore)
{
    pass(BEFORE_SEM_WAIT, semaphore);
    int error;
    WAITING("semaphore", semaphore, sem_wait(semaphore));
    return error;
}

STEERED(int, sem_post, sem_t *semaphore)
{
    pass(BEFORE_SEM_POST, semaphore);
    return sem_post(semaphore);
}

struct start {
    void *(*routine)(void *);
    void *argument;
};

static void *start_when_allowed(void *data)
{
    struct start start = *(struct start *)data;
    free(data);
    while (GET(starts_held))
        nanosleep(&(struct timespec){0, 100000}, NULL);
    return start.routine(start.argument);
}

STEERED(int, pthread_create, pthread_t *thread,
        const pthread_attr_t *attributes, void *(*start)(void *),
        void *argument)
{
    pass(BEFORE_CREATE, thread);
    int error = due(CALL_CREATE);
    if (error)
        return error;
    if (GET(starts_held)) {
        struct start *later = malloc(sizeof *later);
        if (!later)
            abort();
        *later = (struct start){start, argument};
        error = pthread_create(thread, attributes, start_when_allowed, later);
        if (error)
            free(later);
    } else {
        error = pthread_create(thread, attributes, start, argument);
    }
    if (!error) {
        ADD(made, 1);
        pass(AFTER_CREATE, thread);
    }
    return error;
}

STEERED(int, pthread_join, pthread_t thread, void **result)
{
    pass(BEFORE_JOIN, NULL);
    int error = due(CALL_JOIN);
    if (!error)
        WAITING("join", NULL, pthread_join(thread, result));
    if (!error)
        pass(AFTER_JOIN, NULL);
    return error;
}

STEERED(int, pthread_detach, pthread_t thread)
{
    pass(BEFORE_DETACH, NULL);
    return pthread_detach(thread);
}

static bool fails(enum call call)
{
    int error = due(call);
    if (error)
        errno = error;
    return error;
}

static bool is_interrupted(void)
{
    bool interrupted = !in_hook && take_one(&interruptions);
    if (interrupted)
        errno = EINTR;
    return interrupted;
}

static size_t shortened(size_t size)
{
    size_t most = GET(most_bytes);
    return most && most < size ? most : size;
}

STEERED(pid_t, fork, void)
{
    pass(BEFORE_FORK, NULL);
    return fails(CALL_FORK) ? -1 : fork();
}

STEERED(pid_t, waitpid, pid_t child, int *status, int options)
{
    pass(BEFORE_WAITPID, NULL);
    if (is_interrupted() || fails(CALL_WAITPID))
        return -1;
    int error;
    WAITING("child", NULL, waitpid(child, status, options));
    return error;
}

STEERED(ssize_t, read, int descriptor, void *buffer, size_t size)
{
    pass(BEFORE_READ, NULL);
    if (is_interrupted() || fails(CALL_READ))
        return -1;
    begin_wait("read", NULL, __builtin_return_address(0));
    ssize_t result = read(descriptor, buffer, shortened(size));
    end_wait();
    return result;
}

STEERED(ssize_t, write, int descriptor, const void *buffer, size_t size)
{
    pass(BEFORE_WRITE, NULL);
    if (is_interrupted() || fails(CALL_WRITE))
        return -1;
    return write(descriptor, buffer, shortened(size));
}

STEERED(void *, malloc, size_t size)
{
    return fails(CALL_MALLOC) ? NULL : malloc(size);
}

STEERED(void *, calloc, size_t count, size_t size)
{
    return fails(CALL_MALLOC) ? NULL : calloc(count, size);
}

STEERED(void *, realloc, void *block, size_t size)
{
    return fails(CALL_MALLOC) ? NULL : realloc(block, size);
}

STEERED(char *, strdup, const char *text)
{
    return fails(CALL_MALLOC) ? NULL : strdup(text);
}

STEERED(void *, aligned_alloc, size_t alignment, size_t size)
{
    return fails(CALL_MALLOC) ? NULL : aligned_alloc(alignment, size);
}

STEERED(int, posix_memalign, void **block, size_t alignment, size_t size)
{
    int error = due(CALL_MALLOC);
    return error ? error : posix_memalign(block, alignment, size);
}

STEERED(void *, mmap, void *address, size_t length, int protection, int flags,
        int descriptor, off_t offset)
{
    if (fails(CALL_MMAP))
        return MAP_FAILED;
    return mmap(address, length, protection, flags, descriptor, offset);
}

/* syscall takes up to six arguments; which are there, only the kernel knows. */
STEERED(long, syscall, long number, ...)
{
    long a[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    int operation = (int)a[1] & FUTEX_CMD_MASK;
    bool waits = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
    if (number == SYS_futex ? waits && fails(CALL_FUTEX) : fails(CALL_SYSCALL))
        return -1;
    return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

STEERED(int, memfd_create, const char *name, unsigned flags)
{
    return fails(CALL_DESCRIPTOR) ? -1 : memfd_create(name, flags);
}

STEERED(int, pidfd_open, pid_t process, unsigned flags)
{
    return fails(CALL_DESCRIPTOR) ? -1 : pidfd_open(process, flags);
}

STEERED(int, eventfd, unsigned value, int flags)
{
    return fails(CALL_DESCRIPTOR) ? -1 : eventfd(value, flags);
}

STEERED(int, pipe, int *ends)
{
    return fails(CALL_DESCRIPTOR) ? -1 : pipe(ends);
}

STEERED(int, pipe2, int *ends, int flags)
{
    return fails(CALL_DESCRIPTOR) ? -1 : pipe2(ends, flags);
}

STEERED(int, socketpair, int domain, int type, int protocol, int *ends)
{
    return fails(CALL_DESCRIPTOR) ? -1
                                  : socketpair(domain, type, protocol, ends);
}

STEERED(int, signalfd, int descriptor, const sigset_t *signals, int flags)
{
    return fails(CALL_DESCRIPTOR) ? -1 : signalfd(descriptor, signals, flags);
}

STEERED(int, epoll_create1, int flags)
{
    return fails(CALL_DESCRIPTOR) ? -1 : epoll_create1(flags);
}

STEERED(int, open, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return fails(CALL_DESCRIPTOR) ? -1 : open(path, flags, mode);
}

STEERED(FILE *, fopen, const char *path, const char *mode)
{
    return fails(CALL_DESCRIPTOR) ? NULL : fopen(path, mode);
}

STEERED(int, ftruncate, int descriptor, off_t length)
{
    return fails(CALL_TRUNCATE) ? -1 : ftruncate(descriptor, length);
}
