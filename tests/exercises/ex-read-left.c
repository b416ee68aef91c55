/* Exercise "Read what it left": read_left. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t read_left(int folder, const char *name, char *buffer, size_t size);

enum { SIZE = 1000 };
static char text[SIZE + 1], buffer[SIZE + 1];
static size_t length; /* of a file */
static char name_of_folder[] = "/tmp/read-left-XXXXXX";
static int folder;

/* The folder of a stranger, beside which lies a secret. */
static void make_folder(void)
{
    vary_letters(text, SIZE);
    text[SIZE] = '!';
    length = (size_t)vary(100, 400);
    ck_assert_ptr_nonnull(mkdtemp(name_of_folder));
    folder = open(name_of_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(folder, 0);
    ck_assert_int_eq(mkdirat(folder, "left", 0777), 0);
    int inner = openat(folder, "left", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)close(folder);
    folder = inner;
}

static void remove_folder(void)
{
    (void)close(folder);
    ck_assert_int_eq(run("rm -rf %s", name_of_folder)->status, 0);
}

static void put(const char *name, size_t size)
{
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(file, 0);
    for (size_t done = 0; done < size;)
        done += (size_t)write(file, text + done, size - done);
    (void)close(file);
}

/* Read `name` and check the bytes against the first `size` of text. */
static void assert_reads(const char *name, size_t size)
{
    memset(buffer, '?', sizeof buffer);
    ssize_t count = read_left(folder, name, buffer, SIZE);
    ck_assert_msg(count == (ssize_t)size,
                  "'%s' has %zu bytes, and read_left returned %zd (errno: %s). "
                  "See \"All of it, or an error\" in chapter 3.",
                  name, size, count, strerror(errno));
    ck_assert_msg(memcmp(buffer, text, size) == 0,
                  "the bytes in the buffer are not those of the file");
    ck_assert_msg(buffer[size] == '?' || size == SIZE,
                  "a byte after the end of the file was written");
}

static void assert_refuses(const char *name, int error, const char *because)
{
    errno = 0;
    ssize_t count = read_left(folder, name, buffer, SIZE);
    int reason = errno;
    ck_assert_msg(count == -1 && reason == error,
                  "%s: read_left returned %zd with errno %s, where -1 with %s "
                  "is right. See section \"The keeper and the guard\" on files "
                  "that a stranger may have made.",
                  because, count, strerrorname_np(reason),
                  strerrorname_np(error));
}

START_TEST(a_file_is_read)
{
    put("result", length);
    put("empty", 0);
    put("..x", 5);
    assert_reads("result", length);
    assert_reads("empty", 0);
    assert_reads("..x", 5);
    assert_refuses("nothing", ENOENT, "there is no such file");
}
END_TEST

START_TEST(a_long_file_is_refused)
{
    put("full", SIZE);
    put("long", SIZE + 1);
    assert_reads("full", SIZE);
    assert_refuses("long", EFBIG,
                   "the file is one byte longer than the buffer");
}
END_TEST

START_TEST(reads_come_back_early)
{
    put("result", length);
    schedule_short(7);
    assert_reads("result", length);
    schedule_short(0);
    schedule_eintr(3);
    assert_reads("result", length);
    schedule_eintr(0);
    schedule_fail(CALL_READ, EIO, 0);
    assert_refuses("result", EIO, "read() failed");
}
END_TEST

START_TEST(no_link_is_followed)
{
    put("result", length);
    put("../secret", 10);
    ck_assert_int_eq(symlinkat("result", folder, "near"), 0);
    ck_assert_int_eq(symlinkat("../secret", folder, "far"), 0);
    ck_assert_int_eq(symlinkat("nowhere", folder, "loose"), 0);
    assert_refuses("near", ELOOP, "a link to a file in the same folder");
    assert_refuses("far", ELOOP, "a link to a file elsewhere");
    assert_refuses("loose", ELOOP, "a link to nothing");
}
END_TEST

START_TEST(names_stay_in_the_folder)
{
    static const char *const names[] = {"../secret", "..", "", "./result",
                                        "inner/result"};
    put("../secret", 10);
    put("result", 10);
    ck_assert_int_eq(mkdirat(folder, "inner", 0777), 0);
    put("inner/result", 10);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_refuses(names[i], EINVAL, names[i]);
}
END_TEST

START_TEST(only_files_are_read)
{
    ck_assert_int_eq(mkdirat(folder, "inner", 0777), 0);
    assert_refuses("inner", EINVAL, "a folder");
    ck_assert_int_eq(mkfifoat(folder, "held", 0600), 0);
    int both = openat(folder, "held", O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(both, 0);
    ck_assert_int_eq(write(both, text, 10), 10);
    assert_refuses("held", EINVAL, "a FIFO with something in it");
    (void)close(both);
}
END_TEST

static volatile sig_atomic_t waited;

static void stop_waiting(int number)
{
    (void)number;
    waited = 1;
}

/* Who waits for a writer is interrupted after a while; who does not is done
 * long before, or is not disturbed. */
START_TEST(nobody_is_waited_for)
{
    struct sigaction interrupt = {.sa_handler = stop_waiting};
    ck_assert_int_eq(mkfifoat(folder, "fifo", 0600), 0);
    ck_assert_int_eq(sigaction(SIGALRM, &interrupt, NULL), 0);
    (void)alarm(3);
    errno = 0;
    ssize_t count = read_left(folder, "fifo", buffer, SIZE);
    int reason = errno;
    (void)alarm(0);
    ck_assert_msg(!waited || reason != EINTR,
                  "read_left waits for somebody to write to a FIFO; a stranger "
                  "who makes one stops you for ever");
    ck_assert_msg(count == -1 && reason == EINVAL,
                  "a FIFO that nobody writes to: read_left returned %zd with "
                  "errno %s, where -1 with EINVAL is right",
                  count, strerrorname_np(reason));
}
END_TEST

START_TEST(nothing_stays_open)
{
    put("result", length);
    put("long", SIZE + 1);
    ck_assert_int_eq(mkdirat(folder, "inner", 0777), 0);
    int before = dup(folder);
    (void)close(before);
    assert_reads("result", length);
    assert_refuses("long", EFBIG, "too long");
    assert_refuses("inner", EINVAL, "a folder");
    schedule_fail(CALL_READ, EIO, 0);
    assert_refuses("result", EIO, "read() failed");
    int after = dup(folder);
    ck_assert_msg(after == before,
                  "before, the next free descriptor was %d, and now it is %d: "
                  "read_left left one open",
                  before, after);
    (void)close(after);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_file_is_read,       a_long_file_is_refused,   reads_come_back_early,
        no_link_is_followed,  names_stay_in_the_folder, only_files_are_read,
        nobody_is_waited_for, nothing_stays_open};
    Suite *suite = suite_create("read_left");
    TCase *tcase = tcase_create("read_left");
    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
