/* Exercise "Numbered lines": log_line.
 *
 * next() is called in the middle of log_line. While it runs, and after
 * log_line has returned, another thread tries to take the stream. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

int log_line(FILE *stream, long (*next)(void), const char *text);

static FILE *stream;
static long number, first;
static int calls, free_meanwhile;

static void *try_stream(void *argument)
{
    int *is_free = argument;
    *is_free = ftrylockfile(stream) == 0;
    if (*is_free)
        funlockfile(stream);
    return NULL;
}

/* Could another thread write to the stream now? */
static int is_free_for_others(void)
{
    pthread_t thread;
    int is_free = -1;
    ck_assert_int_eq(pthread_create(&thread, NULL, try_stream, &is_free), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    return is_free;
}

static long next(void)
{
    calls++;
    free_meanwhile = is_free_for_others();
    return number++;
}

static void open_stream(void)
{
    stream = tmpfile();
    ck_assert(stream != NULL);
    number = first = vary(1, 100000);
    free_meanwhile = -1;
}

/* What is in the file, past stdio's buffer. */
static const char *contents(void)
{
    static char text[512];
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(stream));
    FILE *again = fopen(path, "r");
    ck_assert(again != NULL);
    size_t length = fread(text, 1, sizeof text - 1, again);
    text[length] = '\0';
    fclose(again);
    return text;
}

START_TEST(lines_have_numbers)
{
    ck_assert_int_eq(log_line(stream, next, "one"), 0);
    ck_assert_int_eq(log_line(stream, next, ""), 0);
    ck_assert_int_eq(log_line(stream, next, "100 %d of it"), 0);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "%ld: one\n%ld: \n%ld: 100 %%d of it\n",
             first, first + 1, first + 2);
    ck_assert_msg(strcmp(contents(), wanted) == 0,
                  "after three lines the file must hold '%s', but it holds "
                  "'%s'. Is everything written out?",
                  wanted, contents());
    ck_assert_int_eq(calls, 3);
}
END_TEST

START_TEST(number_and_line_are_one_step)
{
    ck_assert_int_eq(log_line(stream, next, "one"), 0);
    ck_assert_msg(!free_meanwhile,
                  "while next() ran, another thread could take the stream, "
                  "and might have written a line with a later number. See "
                  "\"Why lines mix, and why they tear\".");
    ck_assert_msg(is_free_for_others(),
                  "after log_line nobody else can take the stream: the lock "
                  "was not given back");
}
END_TEST

START_TEST(a_text_with_a_newline_is_refused)
{
    const char *const bad[] = {"\n", "two\nlines", "one\n"};
    for (int i = 0; i < 3; i++) {
        int error = log_line(stream, next, bad[i]);
        ck_assert_msg(error == EINVAL,
                      "a text with a newline: EINVAL (%d) expected, not %d",
                      EINVAL, error);
        ck_assert_msg(is_free_for_others(),
                      "after a refused text nobody else can take the stream. "
                      "Which way out forgets the lock?");
        ck_assert_msg(calls == 0, "a refused text must take no number");
    }
    ck_assert_str_eq(contents(), "");
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
    stream = freopen("/dev/full", "w", stream);
    ck_assert(stream != NULL);
    int error = log_line(stream, next, "lost");
    ck_assert_msg(error == ENOSPC,
                  "the disk is full: ENOSPC (%d) expected, not %d. When does "
                  "stdio write?",
                  ENOSPC, error);
    ck_assert_msg(is_free_for_others(),
                  "after an error nobody else can take the stream. Which way "
                  "out forgets the lock?");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Numbered lines");
    TCase *tcase = tcase_create("log");
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, open_stream, NULL);
    tcase_add_test(tcase, lines_have_numbers);
    tcase_add_test(tcase, number_and_line_are_one_step);
    tcase_add_test(tcase, a_text_with_a_newline_is_refused);
    tcase_add_test(tcase, a_full_disk_is_reported);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
