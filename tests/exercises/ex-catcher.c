/* Exercise "A thread for signals": catcher_start. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int catcher_start(const sigset_t *signals, bool (*caught)(int number),
                  pthread_t *thread);

static sem_t was_caught;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int last, count; /* guarded by lock, as is in_caller */
static pthread_t catcher, caller;
static bool in_caller;

static bool note(int number)
{
    pthread_mutex_lock(&lock);
    last = number;
    count++;
    in_caller = in_caller || pthread_equal(pthread_self(), caller);
    pthread_mutex_unlock(&lock);
    sem_post(&was_caught);
    return number != SIGTERM;
}

static void await_catch(void)
{
    while (sem_wait(&was_caught) < 0 && errno == EINTR)
        ;
}

static sigset_t set_of(int first, int second, int third)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    sigaddset(&set, third);
    return set;
}

/* In a function of its own, so that the set is gone when it returns. */
static int start(pthread_t *thread)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR2, SIGTERM);
    int error = catcher_start(&set, note, thread);
    sigfillset(&set);
    return error;
}

static bool is_blocked(int number)
{
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, number) == 1;
}

/* A thread begins with the mask that its creator has at this moment. */
static void look_at_the_mask(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_CREATE &&
        !(is_blocked(SIGUSR1) && is_blocked(SIGUSR2) && is_blocked(SIGTERM)))
        ck_abort_msg("a thread is made while the signals are not blocked: it "
                     "inherits this mask. See \"Signals and threads\".");
}

START_TEST(blocks_before_it_creates)
{
    sem_init(&was_caught, 0, 0);
    schedule_hook(look_at_the_mask);
    int error = start(&catcher);
    ck_assert_msg(error == 0, "the result must be 0, not %d (%s)", error,
                  strerror(error));
    ck_assert_msg(schedule_count(AFTER_CREATE) == 1,
                  "one thread was to be made, not %ld",
                  schedule_count(AFTER_CREATE));
    ck_assert_msg(is_blocked(SIGUSR1) && is_blocked(SIGUSR2) &&
                      is_blocked(SIGTERM),
                  "the signals must be blocked in the caller too, so that its "
                  "later threads block them");
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    ck_assert_int_eq(pthread_join(catcher, NULL), 0);
}
END_TEST

START_TEST(catches_until_told_to_stop)
{
    int sent[6];
    for (int i = 0; i < 5; i++)
        sent[i] = vary(0, 1) ? SIGUSR1 : SIGUSR2;
    sent[5] = SIGTERM;
    sem_init(&was_caught, 0, 0);
    caller = pthread_self();
    ck_assert_int_eq(start(&catcher), 0);
    ck_assert_msg(is_blocked(SIGUSR1) && is_blocked(SIGUSR2) &&
                      is_blocked(SIGTERM),
                  "the signals are not blocked in the caller");
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(kill(getpid(), sent[i]), 0);
        await_catch();
        pthread_mutex_lock(&lock);
        ck_assert_msg(count == i + 1 && last == sent[i],
                      "signal %d was sent, and caught() was called with %d",
                      sent[i], last);
        pthread_mutex_unlock(&lock);
    }
    ck_assert_int_eq(pthread_join(catcher, NULL), 0);
    ck_assert_msg(!in_caller, "caught() was called in the caller's thread");
}
END_TEST

START_TEST(leaves_other_signals_alone)
{
    sem_init(&was_caught, 0, 0);
    ck_assert_int_eq(start(&catcher), 0);
    ck_assert_msg(!is_blocked(SIGINT) && !is_blocked(SIGHUP),
                  "only the signals of the set may be blocked, but SIGINT or "
                  "SIGHUP is");
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    ck_assert_int_eq(pthread_join(catcher, NULL), 0);
}
END_TEST

START_TEST(changes_nothing_when_it_fails)
{
    sigset_t usr2;
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &usr2, NULL); /* blocked before, and after */
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    int error = start(&catcher);
    ck_assert_msg(error == EAGAIN,
                  "there can be no thread: the result must be EAGAIN (%d), not "
                  "%d",
                  EAGAIN, error);
    ck_assert_msg(!is_blocked(SIGUSR1) && !is_blocked(SIGTERM),
                  "the thread could not be made, and the signals are still "
                  "blocked");
    ck_assert_msg(is_blocked(SIGUSR2),
                  "SIGUSR2 was blocked before the call and must be after it");
}
END_TEST

/* A catcher that asks for no memory starts, and is ended again. */
START_TEST(changes_nothing_without_memory)
{
    sem_init(&was_caught, 0, 0);
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    int error = start(&catcher);
    if (error == 0) {
        ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
        ck_assert_int_eq(pthread_join(catcher, NULL), 0);
        return;
    }
    ck_assert_msg(error == ENOMEM,
                  "there is no memory: the result must be ENOMEM (%d), not %d",
                  ENOMEM, error);
    ck_assert_msg(schedule_count(AFTER_CREATE) == 0,
                  "there is no memory, and a thread was made all the same");
    ck_assert_msg(!is_blocked(SIGUSR1) && !is_blocked(SIGUSR2) &&
                      !is_blocked(SIGTERM),
                  "there is no memory, and the signals are still blocked");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A thread for signals");
    TCase *tcase = tcase_create("catcher_start");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, blocks_before_it_creates);
    tcase_add_test(tcase, catches_until_told_to_stop);
    tcase_add_test(tcase, leaves_other_signals_alone);
    tcase_add_test(tcase, changes_nothing_when_it_fails);
    tcase_add_test(tcase, changes_nothing_without_memory);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
