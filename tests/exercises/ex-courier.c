/* Exercise "The courier": copy_all. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

long long copy_all(int from, int to);

enum { SIZE = 30000 };
static char text[SIZE], copied[2 * SIZE];

/* A file with `size` bytes of text, read from its beginning. */
static int make_input(size_t size)
{
    size_t step = (size_t)vary(3, 99) | 1;
    FILE *file = tmpfile();
    ck_assert(file != NULL);
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (char)(i * step + i / 251);
    ck_assert(fwrite(text, 1, size, file) == size);
    rewind(file);
    return fileno(file);
}

static int make_output(void)
{
    FILE *file = tmpfile();
    ck_assert(file != NULL);
    return fileno(file);
}

static size_t contents_of(int file)
{
    schedule_reset();
    ssize_t size = pread(file, copied, sizeof copied, 0);
    ck_assert_int_ge(size, 0);
    return (size_t)size;
}

/* Copy `size` bytes, under the conditions that the caller has set. */
static void copies(size_t size, int input, int output, const char *where)
{
    long long count = copy_all(input, output);
    int error = errno;
    ck_assert_msg(count == (long long)size,
                  "%s: %zu bytes are to be copied, copy_all returned %lld "
                  "(errno: %s). See \"What one read returns\".",
                  where, size, count, strerror(error));
    size_t arrived = contents_of(output);
    ck_assert_msg(arrived == size,
                  "%s: %zu bytes were to be copied, %zu have arrived. See "
                  "\"All of it, or an error\".",
                  where, size, arrived);
    ck_assert_msg(memcmp(text, copied, size) == 0,
                  "%s: the copy is not the same as the original", where);
}

START_TEST(copies_files)
{
    size_t sizes[] = {0, 1, 4095, 4096, 4097, SIZE, (size_t)vary(2, SIZE)};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        copies(sizes[i], make_input(sizes[i]), make_output(),
               "from file to file");
}
END_TEST

START_TEST(goes_on_after_short_transfers)
{
    size_t size = (size_t)vary(4500, 6000);
    int input = make_input(size), output = make_output();
    schedule_short((size_t)vary(2, 40));
    copies(size, input, output, "with a few bytes in each read and write");
}
END_TEST

/* Reads are whole and writes are not. */
static void shorten_writes(enum point point, const void *object)
{
    (void)object;
    schedule_short(point == BEFORE_WRITE ? 7 : 0);
}

START_TEST(goes_on_after_short_writes)
{
    int input = make_input(5000), output = make_output();
    schedule_hook(shorten_writes);
    copies(5000, input, output, "with at most 7 bytes in each write");
}
END_TEST

START_TEST(goes_on_after_signals)
{
    int input = make_input(SIZE), output = make_output();
    schedule_eintr(3);
    copies(SIZE, input, output, "when the first three calls are interrupted");
}
END_TEST

START_TEST(reads_until_the_sender_closes)
{
    int ends[2], output = make_output();
    make_input(SIZE);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < SIZE; i += 100)
            if (write(ends[1], text + i, 100) != 100)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    copies(SIZE, ends[0], output, "from a pipe, in pieces of 100 bytes");
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(reports_a_failed_read)
{
    int input = make_input(SIZE), output = make_output();
    schedule_short(1000);
    schedule_fail(CALL_READ, EIO, 2);
    errno = 0;
    long long count = copy_all(input, output);
    int error = errno;
    ck_assert_msg(count == -1 && error == EIO,
                  "the third read fails with EIO: copy_all must return -1 and "
                  "leave EIO in errno, not %lld and %s",
                  count, strerror(error));
}
END_TEST

START_TEST(reports_a_failed_write)
{
    int input = make_input(SIZE), output = make_output();
    schedule_short(1000);
    schedule_fail(CALL_WRITE, ENOSPC, 2);
    errno = 0;
    long long count = copy_all(input, output);
    int error = errno;
    ck_assert_msg(count == -1 && error == ENOSPC,
                  "the third write fails, as on a full disk: copy_all must "
                  "return -1 and leave ENOSPC in errno, not %lld and %s",
                  count, strerror(error));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("The courier");
    TCase *tcase = tcase_create("copy_all");
    tcase_add_test(tcase, copies_files);
    tcase_add_test(tcase, goes_on_after_short_transfers);
    tcase_add_test(tcase, goes_on_after_short_writes);
    tcase_add_test(tcase, goes_on_after_signals);
    tcase_add_test(tcase, reads_until_the_sender_closes);
    tcase_add_test(tcase, reports_a_failed_read);
    tcase_add_test(tcase, reports_a_failed_write);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
