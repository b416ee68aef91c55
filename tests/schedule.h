/* Watch and steer what an exercise does with threads, locks and calls of the
 * system, so that a test can force the order in which a mistake shows.
 *
 * In the objects of a suite, an exercise and lib/, objcopy renames the calls
 * listed in schedule.names, so that they lead through schedule.c. With nothing
 * set, they do what they always do. Nothing here makes threads synchronise with each other
 * (all its atomics are relaxed), so it hides no data race from TSan.
 *
 * All functions may be called from any thread. State is global; Check runs each
 * test in a process of its own, which begins with everything at zero. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* A place that a thread passes. The object is what the call is about: the
 * mutex, condition variable, rwlock or semaphore; for AFTER_CREATE the
 * pthread_t *; NULL for the others. AFTER_LOCK comes after a successful
 * trylock too. */
enum point {
    BEFORE_LOCK,
    AFTER_LOCK,
    BEFORE_UNLOCK,
    AFTER_UNLOCK,
    BEFORE_WAIT, /* pthread_cond_wait, _timedwait, _clockwait */
    AFTER_WAIT,
    BEFORE_SIGNAL,
    BEFORE_BROADCAST,
    BEFORE_READ_LOCK, /* pthread_rwlock_* */
    BEFORE_WRITE_LOCK,
    BEFORE_RW_UNLOCK,
    BEFORE_SEM_WAIT,
    BEFORE_SEM_POST,
    BEFORE_CREATE,
    AFTER_CREATE,
    BEFORE_JOIN,
    AFTER_JOIN,
    BEFORE_DETACH,
    BEFORE_FORK,
    BEFORE_WAITPID,
    BEFORE_READ, /* read(2) */
    BEFORE_WRITE,
    POINTS
};

/* A call that can be made to fail. */
enum call {
    CALL_LOCK,
    CALL_TRYLOCK,
    CALL_CREATE,
    CALL_JOIN,
    CALL_FORK,
    CALL_WAITPID,
    CALL_READ,
    CALL_WRITE,
    CALL_MALLOC, /* malloc, calloc, realloc, strdup, posix_memalign and
                  * aligned_alloc, counted together */
    CALL_MMAP,
    CALL_FUTEX, /* waits by syscall(SYS_futex, …); a wake-up never fails */
    CALL_SYSCALL, /* syscall() for anything else */
    CALL_DESCRIPTOR, /* memfd_create, pidfd_open, eventfd, pipe, pipe2,
                      * socketpair, signalfd, epoll_create1, open, fopen */
    CALL_TRUNCATE, /* ftruncate */
    CALLS
};

/* Have `hook` called by every thread that passes a point, in that thread; NULL
 * for none. What the hook itself calls passes no points. */
void schedule_hook(void (*hook)(enum point point, const void *object));

/* How often `point` was passed, by all threads, since the test began or since
 * schedule_reset. */
long schedule_count(enum point point);

/* Forget counts, failures, limits, orders of locks, held starts and the hook. */
void schedule_reset(void);

/* The number of mutexes and rwlocks that the calling thread holds, and whether
 * `mutex` is among them. */
int schedule_held(void);
bool schedule_holds(const pthread_mutex_t *mutex);

/* How many threads are in a wait for a condition variable. A waiter is counted
 * while it still holds the mutex: lock that mutex after you have seen the
 * number, and all of them sleep. */
int schedule_waiting(void);

/* Return when `count` threads wait for condition variables. Never returns if
 * that never happens; Check's timeout then ends the test. */
void schedule_await_waiting(int count);

/* While `held` is true, a new thread waits before its start routine; when it is
 * made false, all that wait go on. So whoever creates a thread is always ahead
 * of it. */
void schedule_hold_starts(bool held);

/* Let the next `count` waits for a condition variable return at once, with 0
 * and without a signal, as POSIX allows. The mutex is released and taken
 * again. */
void schedule_spurious(int count);

/* Let one call fail: the next one if `after` is 0, else the one that follows
 * `after` good ones; none if `after` is -1. pthread functions and
 * posix_memalign return `error`, the others set errno to it and return -1
 * (those that return a pointer NULL, mmap MAP_FAILED). The call is not made. */
void schedule_fail(enum call call, int error, int after);

/* Has a call failed as the last schedule_fail for it said? */
bool schedule_failed(enum call call);

/* Count the calls that may fail over this process and all that it forks from
 * now on, so that one call fails, in whichever process it comes. Without this
 * each child goes on counting for itself from where its parent was. */
void schedule_share_failures(void);

/* Let read and write move at most this many bytes a call; 0: no limit. */
void schedule_short(size_t most);

/* Let the next `count` calls of read, write and waitpid fail with EINTR. */
void schedule_eintr(int count);

/* Were mutexes taken in orders that can deadlock: one taken (not by trylock)
 * while another was held, and, through however many others, the reverse? */
bool schedule_order_cycle(void);

/* What a thread waits for in a call that leads through here: which call, with
 * what (the object of enum point), called from where; and for a mutex the thread
 * that holds it, else 0. Threads by their numbers in the kernel. */
struct schedule_wait {
    int thread, holder;
    const char *what;
    const void *object, *caller;
};
enum { SCHEDULE_THREADS = 256 };

/* The wait of one of this process's threads, `number` below SCHEDULE_THREADS;
 * false if there is no such thread or it does not wait. Async-signal-safe. */
bool schedule_wait_of(int number, struct schedule_wait *wait);

/* How many threads this process has started since the test began; no reset
 * makes it forget. */
int schedule_made(void);

#endif
