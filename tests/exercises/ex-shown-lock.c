/* Exercise "A lock that shows itself": shown_lock and shown_unlock.
 *
 * The test has a trace of its own in place of the library's: it keeps the marks
 * of the thread that is tested, and looks at each whether the mutex is held. */
#include "lib/trace.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int shown_lock(pthread_mutex_t *mutex, const char *name);
int shown_unlock(pthread_mutex_t *mutex);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char marks[512]; /* in words, one after the other */
static sem_t taken, waits;

bool trace_on = true;

void trace_record(char kind, enum trace_state state, const char *name)
{
    static const char *const states[] = {"run", "wait", "hold"};
    char *end = marks + strlen(marks);
    size_t room = sizeof marks - strlen(marks);
    const char *held = schedule_holds(&mutex) ? "held" : "not held";
    if (kind == 'B')
        snprintf(end, room, "begin %s %s (%s); ", states[state], name, held);
    else
        snprintf(end, room, "end (%s); ", held);
    if (kind == 'B' && state == TRACE_WAIT)
        sem_post(&waits);
}

static void expect(const char *expected, const char *hint)
{
    ck_assert_msg(strcmp(marks, expected) == 0,
                  "the marks, and whether the mutex is held by the thread, "
                  "must be: %s\nbut are: %s\n%s",
                  expected, marks, hint);
}

START_TEST(a_free_lock)
{
    ck_assert_int_eq(shown_lock(&mutex, "door"), 0);
    expect("begin hold door (held); ",
           "The mutex was free: there is no wait, and a hold that has begun.");
    ck_assert_msg(schedule_holds(&mutex), "shown_lock must lock the mutex");
    ck_assert_int_eq(shown_unlock(&mutex), 0);
    ck_assert_msg(schedule_held() == 0, "shown_unlock must unlock the mutex");
    expect("begin hold door (held); end (held); ",
           "The hold ends before the mutex is released. See \"Four marks\".");
}
END_TEST

START_TEST(twice)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(shown_lock(&mutex, "door"), 0);
        ck_assert_int_eq(shown_unlock(&mutex), 0);
    }
    expect("begin hold door (held); end (held); "
           "begin hold door (held); end (held); ",
           "Two holds, one after the other.");
}
END_TEST

/* Holds the mutex until the other thread has said that it waits. Where it does
 * not say so, the time ends that: a right answer never comes to it. */
static void *hold_for_a_while(void *nothing)
{
    struct timespec end;
    pthread_mutex_lock(&mutex);
    sem_post(&taken);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 10;
    sem_timedwait(&waits, &end);
    pthread_mutex_unlock(&mutex);
    return nothing;
}

START_TEST(a_busy_lock)
{
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, hold_for_a_while, NULL), 0);
    sem_wait(&taken);
    ck_assert_int_eq(shown_lock(&mutex, "door"), 0);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    expect("begin wait door (not held); end (held); begin hold door (held); ",
           "Another thread held the mutex: there is a wait, then a hold, and "
           "neither lies in the other.");
    ck_assert_int_eq(shown_unlock(&mutex), 0);
    expect("begin wait door (not held); end (held); begin hold door (held); "
           "end (held); ",
           "The hold ends, once, before the mutex is released.");
}
END_TEST

START_TEST(the_attempt_fails)
{
    schedule_fail(CALL_TRYLOCK, EINVAL, 0);
    schedule_fail(CALL_LOCK, EINVAL, 0);
    int error = shown_lock(&mutex, "door");
    ck_assert_msg(error == EINVAL,
                  "a mutex that is not valid: shown_lock must return EINVAL "
                  "(%d), not %d",
                  EINVAL, error);
    expect("", "It is not busy and was not taken: no wait, and no hold.");
}
END_TEST

/* An error-checking mutex says to its own holder that it is busy, and then
 * refuses to be locked again. */
START_TEST(the_lock_fails)
{
    pthread_mutexattr_t checking;
    pthread_mutex_t own;
    pthread_mutexattr_init(&checking);
    pthread_mutexattr_settype(&checking, PTHREAD_MUTEX_ERRORCHECK);
    ck_assert_int_eq(pthread_mutex_init(&own, &checking), 0);
    pthread_mutex_lock(&own);
    int error = shown_lock(&own, "own");
    ck_assert_msg(error == EDEADLK,
                  "the thread holds the mutex already: shown_lock must return "
                  "EDEADLK (%d), as pthread_mutex_lock does, not %d",
                  EDEADLK, error);
    expect("begin wait own (not held); end (not held); ",
           "The lock failed: the wait must be closed, and there is no hold.");
    pthread_mutex_unlock(&own);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A lock that shows itself");
    if (sem_init(&taken, 0, 0) < 0 || sem_init(&waits, 0, 0) < 0)
        return EXIT_FAILURE;
    TCase *tcase = tcase_create("shown_lock");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_free_lock);
    tcase_add_test(tcase, twice);
    tcase_add_test(tcase, a_busy_lock);
    tcase_add_test(tcase, the_attempt_fails);
    tcase_add_test(tcase, the_lock_fails);
    suite_add_tcase(suite, tcase);
    return run_suite(suite) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
