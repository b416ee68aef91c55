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
    greet("Ada", 3);
    expect("hello, Ada", 3);
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

START_TEST(no_memory)
{
    pthread_t thread;
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    int error = start_greeter(&thread, "Ada", 1, listen);
    ck_assert_msg(error == ENOMEM,
                  "without memory the result is ENOMEM, not %d", error);
    ck_assert_int_eq(schedule_count(AFTER_CREATE), 0);
}
END_TEST

/* ---------- what remains ---------- */

/* The bytes that are allocated, if all comes from one arena. */
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

enum { TURNS = 2000 };

START_TEST(nothing_remains_of_a_failure)
{
    static char name[200];
    memset(name, 'x', sizeof name - 1);
    pthread_t thread;
    mallopt(M_ARENA_MAX, 1);
    size_t before = 0;
    for (int i = -10; i < TURNS; i++) {
        if (i == 0)
            before = allocated();
        schedule_fail(CALL_CREATE, EAGAIN, 0);
        ck_assert_int_eq(start_greeter(&thread, name, 1, listen), EAGAIN);
    }
    size_t after = allocated();
    ck_assert_msg(after < before + TURNS * 8,
                  "%d starts that failed left %zu bytes behind. Who owns the "
                  "greeting if there is no thread?",
                  TURNS, after - before);
}
END_TEST

START_TEST(nothing_remains_of_a_success)
{
    static char name[200];
    memset(name, 'x', sizeof name - 1);
    mallopt(M_ARENA_MAX, 1);
    size_t before = 0;
    for (int i = -10; i < TURNS; i++) {
        pthread_t thread;
        if (i == 0)
            before = allocated();
        ck_assert_int_eq(start_greeter(&thread, name, 1, listen), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    size_t after = allocated();
    ck_assert_msg(after < before + TURNS * 8,
                  "%d threads left %zu bytes behind. Who frees what the thread "
                  "was handed?",
                  TURNS, after - before);
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
    tcase_add_test(tcase, nothing_remains_of_a_success);
    Suite *suite = suite_create("Hand it over");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
