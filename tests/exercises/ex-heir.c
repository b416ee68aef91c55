/* Exercise "The heir": ledger_lock. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEDGER_MOST = 100 };

struct ledger {
    pthread_mutex_t lock;
    int count;
    long sum;
    long entries[LEDGER_MOST];
};

int ledger_lock(struct ledger *ledger);

static struct ledger *ledger;

static long begun; /* the sum at first */

/* A ledger with two entries. */
static void open_ledger(void)
{
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(ledger != MAP_FAILED);
    pthread_mutexattr_t how;
    ck_assert_int_eq(pthread_mutexattr_init(&how), 0);
    ck_assert_int_eq(pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED),
                     0);
    ck_assert_int_eq(pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST),
                     0);
    ck_assert_int_eq(pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK),
                     0);
    ck_assert_int_eq(pthread_mutex_init(&ledger->lock, &how), 0);
    pthread_mutexattr_destroy(&how);
    ledger->entries[0] = vary(1, 1000);
    ledger->entries[1] = vary(1, 1000);
    ledger->count = 2;
    ledger->sum = begun = ledger->entries[0] + ledger->entries[1];
}

/* This takes the place of the library's pthread_mutex_consistent. It notes
 * whether the ledger is sound when it is called, and can fail. */
static long sum_when_declared;
static int declared, fail_to_declare;

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    declared++;
    if (fail_to_declare)
        return fail_to_declare;
    if (ledger)
        sum_when_declared = ledger->sum;
    int (*library)(pthread_mutex_t *);
    *(void **)&library = dlsym(RTLD_NEXT, "pthread_mutex_consistent");
    if (!library)
        abort();
    return library(mutex);
}

/* What a process does between its lock and its death. */
enum deed { NOTHING, WRITE, WRITE_AND_COUNT };

/* Let a process take the lock, add 4 half-way or not at all, and be killed. */
static void let_one_die(enum deed deed)
{
    pid_t child = fork();
    ck_assert(child >= 0);
    if (child == 0) {
        int error = pthread_mutex_lock(&ledger->lock);
        if (error && error != EOWNERDEAD)
            _exit(1);
        if (error == EOWNERDEAD)
            pthread_mutex_consistent(&ledger->lock);
        if (deed != NOTHING)
            ledger->entries[ledger->count] = 4;
        if (deed == WRITE_AND_COUNT)
            ledger->count++; /* and no sum */
        raise(SIGKILL);
    }
    int status;
    ck_assert(waitpid(child, &status, 0) == child);
    ck_assert_msg(WIFSIGNALED(status),
                  "the next process could not take the lock any more after "
                  "the ledger was mended. See \"A lock whose holder died\".");
}

static void expect_lock(const char *when)
{
    int error = ledger_lock(ledger);
    ck_assert_msg(error == 0,
                  "%s ledger_lock must return 0, not %d (%s). See \"A lock "
                  "whose holder died\".",
                  when, error, strerror(error));
    ck_assert_msg(schedule_holds(&ledger->lock),
                  "%s ledger_lock returns 0 without the lock", when);
}

static void expect(int count, long sum)
{
    ck_assert_msg(ledger->count == count,
                  "%d entries can be trusted; count must not be %d", count,
                  ledger->count);
    ck_assert_msg(ledger->sum == sum, "the sum of the entries is %ld, not %ld",
                  sum, ledger->sum);
}

static void give_back(void)
{
    ck_assert_int_eq(pthread_mutex_unlock(&ledger->lock), 0);
}

START_TEST(locks_as_usual)
{
    open_ledger();
    expect_lock("without a death");
    expect(2, begun);
    give_back();
}
END_TEST

START_TEST(mends_what_was_left)
{
    open_ledger();
    let_one_die(WRITE_AND_COUNT);
    expect_lock("after the holder's death");
    expect(3, begun + 4);
    give_back();
    expect_lock("for the next caller");
    expect(3, begun + 4);
    give_back();
}
END_TEST

START_TEST(mends_every_time)
{
    open_ledger();
    for (int i = 1; i <= 3; i++) {
        let_one_die(WRITE_AND_COUNT);
        expect_lock("after another death");
        expect(2 + i, begun + 4 * i);
        give_back();
    }
    let_one_die(NOTHING);
    expect_lock("after a death without a change");
    expect(5, begun + 12);
    give_back();
}
END_TEST

START_TEST(trusts_the_count)
{
    open_ledger();
    let_one_die(WRITE);
    expect_lock("after a death before the count was raised");
    expect(2, begun);
    give_back();
}
END_TEST

START_TEST(mends_before_it_declares)
{
    open_ledger();
    let_one_die(WRITE_AND_COUNT);
    expect_lock("after the holder's death");
    ck_assert_msg(declared == 1,
                  "pthread_mutex_consistent must be called once after a death, "
                  "not %d times",
                  declared);
    ck_assert_msg(sum_when_declared == begun + 4,
                  "when pthread_mutex_consistent was called the sum was %ld "
                  "and not yet %ld: if you are killed now, the next process "
                  "finds a wrong sum and no warning. Mend, then declare. See "
                  "\"A lock whose holder died\".",
                  sum_when_declared, begun + 4);
    give_back();
}
END_TEST

START_TEST(tells_that_it_could_not_declare)
{
    open_ledger();
    let_one_die(WRITE_AND_COUNT);
    fail_to_declare = EINVAL;
    int error = ledger_lock(ledger);
    ck_assert_msg(error == EINVAL,
                  "pthread_mutex_consistent failed with %d (%s): this must be "
                  "the result, not %d",
                  EINVAL, strerror(EINVAL), error);
    ck_assert_msg(schedule_held() == 0,
                  "ledger_lock returns the error of pthread_mutex_consistent "
                  "and keeps the lock");
}
END_TEST

START_TEST(tells_what_cannot_be_mended)
{
    open_ledger();
    let_one_die(WRITE_AND_COUNT);
    ck_assert_int_eq(pthread_mutex_lock(&ledger->lock), EOWNERDEAD);
    give_back(); /* without pthread_mutex_consistent */
    int error = ledger_lock(ledger);
    ck_assert_msg(error == ENOTRECOVERABLE,
                  "a ledger given up must be refused with ENOTRECOVERABLE, "
                  "not %d (%s)",
                  error, strerror(error));
    ck_assert_int_eq(schedule_held(), 0);
}
END_TEST

START_TEST(tells_other_errors)
{
    open_ledger();
    expect_lock("at first");
    int error = ledger_lock(ledger);
    ck_assert_msg(error == EDEADLK,
                  "this lock checks errors, and I hold it: expected EDEADLK, "
                  "not %d (%s)",
                  error, strerror(error));
    give_back();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("The heir");
    TCase *tcase = tcase_create("ledger_lock");
    tcase_add_test(tcase, locks_as_usual);
    tcase_add_test(tcase, mends_what_was_left);
    tcase_add_test(tcase, mends_every_time);
    tcase_add_test(tcase, trusts_the_count);
    tcase_add_test(tcase, mends_before_it_declares);
    tcase_add_test(tcase, tells_that_it_could_not_declare);
    tcase_add_test(tcase, tells_what_cannot_be_mended);
    tcase_add_test(tcase, tells_other_errors);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
