/* Exercise "Any update, in one step": update. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#if defined __x86_64__ && !defined __SANITIZE_THREAD__
#define CAN_STEP 1 /* TSan's own code must not be stopped in the middle */
#include <ucontext.h>
#endif

long update(atomic_long *cell, long (*change)(long old));

static atomic_long cell;
static int calls;

static long double_it(long old)
{
    calls++;
    return 2 * old;
}

START_TEST(changes_and_returns)
{
    long number = vary(1, 1000000);
    cell = number;
    long result = update(&cell, double_it);
    ck_assert_msg(cell == 2 * number,
                  "%ld doubled must be in the cell, not %ld", number, cell);
    ck_assert_msg(result == 2 * number,
                  "update must return the value that it stored, %ld, not %ld",
                  2 * number, result);
    ck_assert_msg(calls == 1, "nobody came in between, one call is enough");
}
END_TEST

/* Somebody else stores while we compute: once, or a number of times. */
static int rivals;

static long double_it_while_others_store(long old)
{
    if (rivals > 0)
        cell = 100 * rivals--;
    return 2 * old;
}

START_TEST(notices_one_who_was_faster)
{
    cell = 10;
    rivals = 1;
    long result = update(&cell, double_it_while_others_store);
    ck_assert_msg(cell != 20,
                  "while change computed 2 * 10, another thread stored 100. "
                  "Your 20 has overwritten it: a lost update.");
    ck_assert_msg(cell != 100, "the other thread's 100 is there, but your "
                               "update has not happened: try again");
    ck_assert_msg(cell == 200,
                  "another thread stored 100, which doubled is 200, not %ld",
                  cell);
    ck_assert_msg(result == 200, "update must return 200, not %ld", result);
}
END_TEST

START_TEST(tries_until_it_works)
{
    cell = 10;
    rivals = (int)vary(3, 9); /* who store …, 300, 200, 100 */
    long result = update(&cell, double_it_while_others_store);
    ck_assert_msg(cell == 200 && result == 200,
                  "several times another thread was faster, the last time with "
                  "100; 200 must be stored and returned, not %ld and %ld",
                  cell, result);
}
END_TEST

/* A value that comes back to what it was is the same value. */
static long away_and_back(long old)
{
    cell = -1;
    cell = old;
    return old + 1;
}

START_TEST(ends_if_the_value_is_what_it_was)
{
    cell = 7;
    ck_assert_int_eq(update(&cell, away_and_back), 8);
    ck_assert_int_eq(cell, 8);
}
END_TEST

#ifdef CAN_STEP
/* From here on the processor stops after each instruction, with SIGTRAP, until
 * the new value is in the cell. At once another thread stores its own. */
static void look_after_each_instruction(int signal, siginfo_t *info,
                                        void *context)
{
    (void)signal, (void)info;
    if (cell != 42)
        return;
    cell = 7;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}

static long double_it_watched(long old)
{
    __asm__ volatile("sub $128, %%rsp\n\t" /* keep off the red zone */
                     "pushfq\n\t"
                     "orq $0x100, (%%rsp)\n\t" /* the trap flag */
                     "popfq\n\t"
                     "add $128, %%rsp"
                     :
                     :
                     : "cc", "memory");
    return 2 * old;
}

START_TEST(returns_its_own_value)
{
    struct sigaction action = {.sa_sigaction = look_after_each_instruction,
                               .sa_flags = SA_SIGINFO};
    ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
    cell = 21;
    long result = update(&cell, double_it_watched);
    ck_assert_msg(cell == 7, "42 was never in the cell");
    ck_assert_msg(result == 42,
                  "update stored 42, and at once another thread stored 7; "
                  "update must return what it stored itself, not %ld",
                  result);
}
END_TEST
#endif

static long next(long old)
{
    return old + 1;
}

static void *count_up(void *nothing)
{
    for (int i = 0; i < 100000; i++)
        update(&cell, next);
    return nothing;
}

START_TEST(loses_nothing)
{
    pthread_t threads[2];
    cell = 0;
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_up, NULL), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_msg(cell == 200000, "two threads made 200000 updates, not %ld",
                  cell);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Any update, in one step");
    TCase *tcase = tcase_create("update");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, changes_and_returns);
    tcase_add_test(tcase, notices_one_who_was_faster);
    tcase_add_test(tcase, tries_until_it_works);
    tcase_add_test(tcase, ends_if_the_value_is_what_it_was);
#ifdef CAN_STEP
    tcase_add_test(tcase, returns_its_own_value);
#endif
    tcase_add_test(tcase, loses_nothing);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
