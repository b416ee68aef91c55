/* Exercise "Cut the output": pass_on. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int pass_on(int from, int to, size_t most, bool *cut);

enum { MUCH = 50000 };
static char text[MUCH + 1];

/* A pipe that holds the first `length` bytes of text, and then ends. */
static int full_pipe(size_t length)
{
    int ends[2];
    vary_letters(text, MUCH);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(write(ends[1], text, length), (ssize_t)length);
    (void)close(ends[1]);
    return ends[0];
}

/* Pass on `length` bytes with a limit of `most`, and look at what came. The
 * caller may have told the schedule to make it hard. */
static void assert_passes(int from, size_t length, size_t most)
{
    static char passed[MUCH];
    bool cut = length <= most;
    size_t fits = length < most ? length : most;
    int to = memfd_create("output", MFD_CLOEXEC);
    ck_assert_int_ge(to, 0);
    int error = pass_on(from, to, most, &cut);
    schedule_reset();
    ck_assert_msg(error == 0, "pass_on returned %d (%s) where nothing failed",
                  error, strerror(error));
    off_t size = lseek(to, 0, SEEK_END);
    ck_assert_msg(size == (off_t)fits,
                  "%zu bytes came, at most %zu were to be passed on, and %lld "
                  "were. See section \"The keeper and the guard\".",
                  length, most, (long long)size);
    ck_assert_int_eq(pread(to, passed, fits, 0), (ssize_t)fits);
    ck_assert_msg(memcmp(passed, text, fits) == 0,
                  "what was passed on is not what came");
    ck_assert_msg(cut == (length > most),
                  "%zu bytes came, %zu were allowed, and cut is %s", length,
                  most, cut ? "true" : "false");
    ck_assert_msg(read(from, passed, 1) == 0,
                  "what is over the limit must be read, or the writer waits "
                  "for ever: there is something left in the pipe");
    (void)close(to);
    (void)close(from);
}

START_TEST(all_is_passed_on)
{
    assert_passes(full_pipe(0), 0, 10);
    assert_passes(full_pipe(1), 1, 10);
    size_t length = (size_t)vary(5000, 9999);
    assert_passes(full_pipe(length), length, MUCH);
}
END_TEST

START_TEST(it_is_cut_at_the_limit)
{
    size_t most = (size_t)vary(7, 100);
    assert_passes(full_pipe(most - 1), most - 1, most);
    assert_passes(full_pipe(most), most, most);
    assert_passes(full_pipe(most + 1), most + 1, most);
    assert_passes(full_pipe(MUCH), MUCH, most);
    assert_passes(full_pipe(MUCH), MUCH, (size_t)vary(20000, 40000));
    assert_passes(full_pipe(MUCH), MUCH, MUCH - 1);
    assert_passes(full_pipe(5), 5, 0);
    assert_passes(full_pipe(0), 0, 0);
}
END_TEST

START_TEST(calls_move_little)
{
    int from = full_pipe(1000);
    schedule_short(7);
    assert_passes(from, 1000, 2000);
    from = full_pipe(1000);
    schedule_short(7);
    assert_passes(from, 1000, 500);
}
END_TEST

static void shorten_writes(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_READ || point == BEFORE_WRITE)
        schedule_short(point == BEFORE_WRITE ? 7 : 0);
}

START_TEST(writes_take_a_part)
{
    int from = full_pipe(1000);
    schedule_hook(shorten_writes);
    assert_passes(from, 1000, 2000);
    from = full_pipe(1000);
    schedule_hook(shorten_writes);
    assert_passes(from, 1000, 500);
}
END_TEST

START_TEST(calls_are_interrupted)
{
    for (int times = 1; times < 5; times++) {
        int from = full_pipe(1000);
        schedule_eintr(times);
        assert_passes(from, 1000, 500);
    }
}
END_TEST

START_TEST(errors_are_told)
{
    bool cut;
    int from = full_pipe(9999), to = memfd_create("output", MFD_CLOEXEC);
    schedule_fail(CALL_WRITE, ENOSPC, 1);
    int error = pass_on(from, to, MUCH, &cut);
    ck_assert_msg(error == ENOSPC,
                  "the second write() failed with ENOSPC, and pass_on returned "
                  "%d",
                  error);
    schedule_fail(CALL_READ, EIO, 1);
    (void)close(from);
    from = full_pipe(9999);
    error = pass_on(from, to, MUCH, &cut);
    ck_assert_msg(error == EIO,
                  "the second read() failed with EIO, and pass_on returned %d",
                  error);
    (void)close(from);
    (void)close(to);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {all_is_passed_on,      it_is_cut_at_the_limit,
                                  calls_move_little,     writes_take_a_part,
                                  calls_are_interrupted, errors_are_told};
    Suite *suite = suite_create("pass_on");
    add_tests(suite, "pass_on", 1, tests, sizeof tests / sizeof tests[0]);
    return run_suite(suite);
}
