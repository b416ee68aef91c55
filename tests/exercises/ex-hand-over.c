/* Exercise "Hand it over": start_greeter.
 *
 * The new thread is held before its first statement until start_greeter has
 * returned and the caller's name is overwritten. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int start_greeter(pthread_t *thread, const char *name, int times,
                  void (*say)(const char *text));

/* ---------- what was said ---------- */

enum { LONG = 1 << 16 };
static char said[LONG + 64];
static int says;

static void listen(const char *text)
{
    says++;
    snprintf(said, sizeof said, "%s", text);
    for (char *c = said; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?'; /* to be printed by a failing test */
}

/* Greet `name`, from a buffer that is overwritten at once. */
static void greet(const char *name, int times)
{
    char *buffer = strdup(name);
    pthread_t thread;
    ck_assert(buffer != NULL);
    schedule_hold_starts(true);
    int error = start_greeter(&thread, buffer, times, listen);
    ck_assert_msg(error == 0, "start_greeter must return 0, not %d (%s)", error,
                  strerror(error));
    memset(buffer, '?', strlen(buffer));
    free(buffer);
    schedule_hold_starts(false);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void expect(const char *text, int times)
{
    ck_assert_msg(says == times, "say must be called %d times, not %d", times,
                  says);
    ck_assert_msg(strcmp(said, text) == 0,
                  "say must be told '%.60s', not '%.60s'. Whose memory does "
                  "the thread read? See \"Three ways that are right\".",
                  text, said);
}

START_TEST(says_hello)
{
    char name[32], text[64];
    int times = (int)vary(2, 9);
    vary_letters(name, vary(1, 31));
    snprintf(text, sizeof text, "hello, %s", name);
    greet(name, times);
    expect(text, times);
}
END_TEST

START_TEST(says_nothing)
{
    greet("Ada", 0);
    expect("", 0);
}
END_TEST

START_TEST(no_name_is_a_name)
{
    greet("", 1);
    expect("hello, ", 1);
}
END_TEST

START_TEST(a_long_name)
{
    static char name[LONG], text[LONG + 64];
    memset(name, 'x', sizeof name - 1);
    snprintf(text, sizeof text, "hello, %s", name);
    greet(name, 1);
    expect(text, 1);
}
END_TEST

START_TEST(a_missing_thread)
{
    pthread_t thread;
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    int error = start_greeter(&thread, "Ada", 1, listen);
    ck_assert_msg(error == EAGAIN,
                  "pthread_create returns EAGAIN (%d), so start_greeter must "
                  "return it, not %d. See \"One thread\".",
                  EAGAIN, error);
    expect("", 0);
}
END_TEST

/* Start, with all mallocs and callocs good but the one that follows `after`
 * others, and join. */
static int start_without_memory(int after)
{
    pthread_t thread;
    schedule_reset();
    schedule_hold_starts(true);
    schedule_fail(CALL_MALLOC, ENOMEM, after);
    int error = start_greeter(&thread, "Ada", 1, listen);
    long started = schedule_count(AFTER_CREATE);
    schedule_reset(); /* the thread goes on, and has memory */
    ck_assert_msg(started == (error == 0),
                  "the result is %d, and %ld threads were started", error,
                  started);
    if (error == 0)
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return error;
}

START_TEST(no_memory)
{
    int error = start_without_memory(0);
    ck_assert_msg(error == ENOMEM,
                  "without memory the result is ENOMEM, not %d", error);
    expect("", 0);
    error = start_without_memory(1);
    ck_assert_msg(error == ENOMEM || error == 0,
                  "without memory for a second allocation the result is "
                  "ENOMEM, not %d",
                  error);
}
END_TEST

/* ---------- what remains ---------- */

/* A sanitizer that has taken the place of malloc tells how much is allocated;
 * in the ordinary build this is no function. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* The bytes that are allocated, if all comes from one arena. */
static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

enum { TURNS = 500 };
static char long_name[200];

static void check_nothing_remains(void (*turn)(void), const char *what)
{
    memset(long_name, 'x', sizeof long_name - 1);
    mallopt(M_ARENA_MAX, 1);
    size_t before = 0;
    for (int i = -10; i < TURNS; i++) {
        if (i == 0)
            before = allocated();
        turn();
    }
    size_t after = allocated();
    ck_assert_msg(after < before + TURNS * 8, "%d %s %zu bytes behind. %s",
                  TURNS, what, after - before,
                  "Who owns the greeting, and who frees it? See \"Three ways "
                  "that are right\".");
}

static void have_no_thread(void)
{
    pthread_t thread;
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    ck_assert_int_eq(start_greeter(&thread, long_name, 1, listen), EAGAIN);
}

static void have_half_the_memory(void)
{
    start_without_memory(1);
}

static void have_all(void)
{
    pthread_t thread;
    ck_assert_int_eq(start_greeter(&thread, long_name, 1, listen), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

START_TEST(nothing_remains_of_a_failure)
{
    check_nothing_remains(have_no_thread,
                          "starts for which there was no thread left");
}
END_TEST

START_TEST(nothing_remains_of_half)
{
    check_nothing_remains(have_half_the_memory,
                          "starts whose second malloc failed left");
}
END_TEST

START_TEST(nothing_remains_of_a_success)
{
    check_nothing_remains(have_all, "threads that have ended left");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("greetings");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, says_hello);
    tcase_add_test(tcase, says_nothing);
    tcase_add_test(tcase, no_name_is_a_name);
    tcase_add_test(tcase, a_long_name);
    tcase_add_test(tcase, a_missing_thread);
    tcase_add_test(tcase, no_memory);
    tcase_add_test(tcase, nothing_remains_of_a_failure);
    tcase_add_test(tcase, nothing_remains_of_half);
    tcase_add_test(tcase, nothing_remains_of_a_success);
    Suite *suite = suite_create("Hand it over");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
