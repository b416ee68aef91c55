/* Exercise "Where were we?": journal_read and journal_note. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int journal_read(int fd, size_t count, bool done[]);
int journal_note(int fd, size_t index);

static const char *word_for(int error)
{
    return error == 0        ? "0"
           : error == EINVAL ? "EINVAL"
           : error == EIO    ? "EIO"
           : error == EINTR  ? "EINTR"
           : error == EFBIG  ? "EFBIG"
                             : strerror(error);
}

static int fd = -1;
static bool *done;

static void make_journal(void)
{
    char name[] = "/tmp/journal-XXXXXX";
    fd = mkostemp(name, O_APPEND | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "mkostemp: %s", strerror(errno));
    unlink(name);
}

static void close_journal(void)
{
    free(done);
    close(fd);
}

static void begin_with(const char *bytes, size_t size)
{
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    for (size_t at = 0; at < size;) {
        ssize_t wrote = write(fd, bytes + at, size - at);
        ck_assert_msg(wrote > 0, "the test cannot write its file");
        at += (size_t)wrote;
    }
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
}

/* What is in the file, in new memory. */
static char *content(size_t *size)
{
    struct stat status;
    ck_assert_int_eq(fstat(fd, &status), 0);
    *size = (size_t)status.st_size;
    char *bytes = malloc(*size + 1);
    ck_assert(bytes && pread(fd, bytes, *size, 0) == status.st_size);
    bytes[*size] = '\0';
    return bytes;
}

static void expect_content(const char *wanted, size_t wanted_size,
                           const char *when)
{
    size_t size;
    char *bytes = content(&size);
    ck_assert_msg(size == wanted_size && memcmp(bytes, wanted, size) == 0,
                  "%s the file must be '%.*s' (%zu bytes), not '%.*s' (%zu "
                  "bytes)",
                  when, wanted_size < 60 ? (int)wanted_size : 60, wanted,
                  wanted_size, size < 60 ? (int)size : 60, bytes, size);
    free(bytes);
}

/* The array is exactly as long as it has to be, so that ASan sees who goes
 * beyond. */
static int read_again(size_t count)
{
    free(done);
    done = calloc(count ? count : 1, sizeof *done);
    ck_assert_ptr_nonnull(done);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    return journal_read(fd, count, done);
}

static void expect_read(int wanted, size_t count, const char *text)
{
    int got = read_again(count);
    ck_assert_msg(got == wanted,
                  "a journal of %zu items, with '%.60s': journal_read must "
                  "return %s, not %s",
                  count, text, word_for(wanted), word_for(got));
}

/* `list` has a letter for each item: 'd' done, '-' not. */
static void expect_done(const char *list, const char *text)
{
    for (size_t i = 0; list[i]; i++)
        ck_assert_msg(done[i] == (list[i] == 'd'),
                      "after '%.60s', item %zu must be %s", text, i,
                      list[i] == 'd' ? "done" : "not done");
}

/* A journal `text`, of which `whole` bytes are whole lines. */
static void check_journal(const char *text, size_t whole, const char *list)
{
    begin_with(text, strlen(text));
    expect_read(0, strlen(list), text);
    expect_done(list, text);
    expect_content(text, whole, "after journal_read");
}

START_TEST(a_new_journal)
{
    check_journal("", 0, "---");
    check_journal("", 0, "");
}
END_TEST

START_TEST(whole_lines)
{
    check_journal("1\n", 2, "-d---");
    check_journal("0\n4\n2\n", 6, "d-d-d");
    check_journal("3\n3\n1\n3\n", 8, "-d-d-"); /* one twice, one thrice */
    check_journal("10\n", 3, "----------d");
}
END_TEST

START_TEST(a_torn_end)
{
    check_journal("1\n2\n3", 4, "-dd--");
    check_journal("3", 0, "-----");
    check_journal("0\n1", 2, "d----------");
    check_journal("1\n2x", 2, "-d---");
    check_journal("1\n99999", 2, "-d---");
    check_journal("1\n ", 2, "-d---");
}
END_TEST

START_TEST(a_torn_end_of_zeros)
{
    static char text[100000] = "1\n2\n";
    begin_with(text, sizeof text);
    expect_read(0, 4, "1\\n2\\n and 99996 zero bytes");
    expect_done("-dd-", "1\\n2\\n and zero bytes");
    expect_content("1\n2\n", 4, "after journal_read");
}
END_TEST

START_TEST(not_ours)
{
    static const char *const files[] = {
        "5\n",
        "1\n5\n",
        "999\n1\n",
        "-1\n",
        "1x\n",
        "x\n",
        "\n",
        "1\n\n2\n",
        "1 \n",
        " 1\n",
        "+1\n",
        "0x1\n",
        "1\r\n",
        "1,2\n",
        "1.0\n",
        "1\n2x\n3\n",
        "read me\n1\n2",
        "1\nx\n3",
        "18446744073709551617\n",
        "4294967297\n",
        "100000000000000000000000000000000000000000000000000001\n"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        begin_with(files[i], strlen(files[i]));
        expect_read(EINVAL, 5, files[i]);
        expect_content(files[i], strlen(files[i]),
                       "somebody else's file: after journal_read");
    }
    begin_with("1\0\n2\n", 5);
    expect_read(EINVAL, 5, "1\\0\\n2\\n");
    begin_with("0\n", 2);
    expect_read(EINVAL, 0, "0\\n");
}
END_TEST

/* `_i` bytes a read; 0: as many as there are. */
START_TEST(a_long_journal)
{
    enum { ITEMS = 20000 };
    char *text = malloc(8 * ITEMS);
    size_t size = 0;
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < ITEMS; i++)
        if (i % 3 != 0)
            size += (size_t)sprintf(text + size, "%d\n", i);
    begin_with(text, size);
    schedule_short((size_t)_i);
    schedule_eintr(_i ? 3 : 0);
    int error = read_again(ITEMS);
    schedule_short(0);
    schedule_eintr(0);
    ck_assert_msg(error == 0,
                  "a journal of %zu bytes, %d bytes a read (0: any number)%s: "
                  "journal_read must return 0, not %s",
                  size, _i, _i ? " and some interrupted" : "", word_for(error));
    for (int i = 0; i < ITEMS; i++)
        ck_assert_msg(done[i] == (i % 3 != 0),
                      "a journal of %zu bytes, %d bytes a read (0: any "
                      "number): item %d must be %s",
                      size, _i, i, i % 3 ? "done" : "not done");
    expect_content(text, size, "after journal_read");
    free(text);
}
END_TEST

START_TEST(a_read_that_fails)
{
    begin_with("1\n2", 3);
    schedule_fail(CALL_READ, EIO, _i);
    int error = read_again(5);
    if (schedule_failed(CALL_READ)) {
        ck_assert_msg(error == EIO,
                      "a read fails with EIO: journal_read must return it, "
                      "not %s",
                      word_for(error));
        expect_content("1\n2", 3, "after a read that failed");
    }
}
END_TEST

START_TEST(a_cut_that_fails)
{
    begin_with("1\n2", 3);
    schedule_fail(CALL_TRUNCATE, EIO, 0);
    int error = read_again(5);
    if (schedule_failed(CALL_TRUNCATE))
        ck_assert_msg(error == EIO,
                      "there is a torn end, and ftruncate fails with EIO: "
                      "journal_read must return it, not %s",
                      word_for(error));
}
END_TEST

static void expect_note(size_t index)
{
    int error = journal_note(fd, index);
    ck_assert_msg(error == 0, "journal_note of item %zu must return 0, not %s",
                  index, word_for(error));
}

START_TEST(notes_are_lines)
{
    expect_note(3);
    expect_content("3\n", 2, "after a note of 3");
    expect_note(0);
    expect_note(12345);
    expect_content("3\n0\n12345\n", 10, "after notes of 3, 0 and 12345");
}
END_TEST

START_TEST(a_note_after_a_torn_end)
{
    begin_with("1\n2\n10", 6);
    expect_read(0, 200, "1\\n2\\n10");
    expect_note(7);
    expect_content("1\n2\n7\n", 6, "torn at 10, read, and 7 noted:");
    expect_read(0, 200, "1\\n2\\n7\\n");
    expect_done("-dd----d---", "1\\n2\\n7\\n");
}
END_TEST

START_TEST(short_and_interrupted_writes)
{
    schedule_short((size_t)_i);
    schedule_eintr(2);
    int error = journal_note(fd, 1234567);
    schedule_short(0);
    schedule_eintr(0);
    ck_assert_msg(error == 0,
                  "%d bytes a write, and the first one interrupted: "
                  "journal_note must return 0, not %s",
                  _i, word_for(error));
    expect_content("1234567\n", 8, "after a note with short writes");
}
END_TEST

/* The file may not become longer than so many bytes: a full disk. */
static int note_on_a_full_disk(size_t room, size_t index)
{
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = room;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int error = journal_note(fd, index);
    setrlimit(RLIMIT_FSIZE, &before);
    return error;
}

START_TEST(a_full_disk)
{
    begin_with("1\n2\n", 4);
    int error = note_on_a_full_disk(4 + (size_t)_i, 1234567);
    ck_assert_msg(error == EFBIG,
                  "there is room for %d of the 8 bytes of a line, and then "
                  "write fails with EFBIG: journal_note must return it, not %s",
                  _i, word_for(error));
    expect_content("1\n2\n", 4, "after a note that failed");
    expect_note(3);
    expect_content("1\n2\n3\n", 6, "after a note that failed, and one of 3:");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Where were we?");
    TCase *tcase = tcase_create("journal");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, make_journal, close_journal);
    tcase_add_test(tcase, a_new_journal);
    tcase_add_test(tcase, whole_lines);
    tcase_add_test(tcase, a_torn_end);
    tcase_add_test(tcase, a_torn_end_of_zeros);
    tcase_add_test(tcase, not_ours);
    tcase_add_loop_test(tcase, a_long_journal, 0, 4);
    tcase_add_loop_test(tcase, a_read_that_fails, 0, 2);
    tcase_add_test(tcase, a_cut_that_fails);
    tcase_add_test(tcase, notes_are_lines);
    tcase_add_test(tcase, a_note_after_a_torn_end);
    tcase_add_loop_test(tcase, short_and_interrupted_writes, 1, 4);
    tcase_add_loop_test(tcase, a_full_disk, 0, 8);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
