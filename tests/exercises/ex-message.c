/* Exercise "Messages on a stream": send_message and receive_message. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int send_message(int fd, const void *text, uint32_t size);
int receive_message(int fd, void *buffer, size_t room, size_t *size);

static int ends[2];

static void open_pipe(void)
{
    ck_assert_int_eq(pipe(ends), 0);
}

static void put(const void *bytes, size_t size)
{
    ck_assert(write(ends[1], bytes, size) == (ssize_t)size);
}

/* Put four bytes of length into the pipe, and a text. */
static void put_message(uint32_t length, const char *text)
{
    put(&length, sizeof length);
    put(text, strlen(text));
}

static void receives(const char *wanted)
{
    char buffer[256] = "";
    size_t size = 999;
    int result = receive_message(ends[0], buffer, sizeof buffer, &size);
    int error = errno;
    ck_assert_msg(result == 1,
                  "the message '%s' is in the pipe: receive_message must "
                  "return 1, not %d (errno: %s)",
                  wanted, result, strerror(error));
    ck_assert_msg(size == strlen(wanted) && memcmp(buffer, wanted, size) == 0,
                  "received '%.*s' (%zu bytes) in the place of '%s'",
                  (int)(size < 256 ? size : 255), buffer, size, wanted);
}

START_TEST(has_the_agreed_form)
{
    char text[21];
    unsigned char wanted[4 + sizeof text], got[32];
    uint32_t length = (uint32_t)vary(2, 20);
    vary_letters(text, length);
    memcpy(wanted, &length, 4);
    memcpy(wanted + 4, text, length);
    open_pipe();
    ck_assert_int_eq(send_message(ends[1], text, length), 0);
    ssize_t size = read(ends[0], got, sizeof got);
    ck_assert_msg(size == 4 + (ssize_t)length,
                  "the message '%s' takes 4 bytes for its length and %u for "
                  "its text, but %zd bytes were sent",
                  text, length, size);
    ck_assert_msg(memcmp(got, wanted, 4 + length) == 0,
                  "the length must come first, as a uint32_t, then the text");
}
END_TEST

START_TEST(keeps_the_borders)
{
    open_pipe();
    char drawn[64];
    const char *texts[] = {"one", "", vary_letters(drawn, vary(2, 63)), "x",
                           ""};
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(
            send_message(ends[1], texts[i], (uint32_t)strlen(texts[i])), 0);
    put("", 1); /* so that a message that was not sent is no hang */
    put("\0\0", 2);
    for (int i = 0; i < 5; i++)
        receives(texts[i]);
}
END_TEST

START_TEST(survives_short_transfers_and_signals)
{
    open_pipe();
    schedule_short((size_t)vary(1, 3));
    schedule_eintr(2);
    ck_assert_int_eq(send_message(ends[1], "a longer message", 16), 0);
    ck_assert_int_eq(send_message(ends[1], "the next", 8), 0);
    close(ends[1]);
    schedule_eintr(2);
    receives("a longer message");
    receives("the next");
}
END_TEST

static void fails(int wanted, int wanted_error, const char *what)
{
    char buffer[256];
    size_t size = 0;
    errno = 0;
    int result = receive_message(ends[0], buffer, sizeof buffer, &size);
    int error = errno;
    ck_assert_msg(result == wanted,
                  "%s: receive_message must return %d, not %d (errno: %s)",
                  what, wanted, result, strerror(error));
    ck_assert_msg(wanted == 0 || error == wanted_error,
                  "%s: errno must be %s, not %s", what, strerror(wanted_error),
                  strerror(error));
}

START_TEST(knows_the_end)
{
    open_pipe();
    put_message(3, "bye");
    close(ends[1]);
    receives("bye");
    fails(0, 0, "the stream has ended after a whole message");
    fails(0, 0, "and a second look at the end");
}
END_TEST

START_TEST(notices_what_has_broken_off)
{
    open_pipe();
    put("\5\0", 2);
    close(ends[1]);
    fails(-1, EPROTO, "the stream ends after two of the four bytes of length");
    close(ends[0]);
    open_pipe();
    put_message(10, "half");
    close(ends[1]);
    fails(-1, EPROTO, "the stream ends after 4 of the 10 bytes of text");
    close(ends[0]);
    open_pipe();
    put_message(10, "");
    close(ends[1]);
    fails(-1, EPROTO, "the stream ends between the length and the text");
}
END_TEST

/* Lengths that are too large, some of them negative for who takes an int. */
static const uint32_t too_large[] = {9, 12, 0x7fffffff, 0x80000008, 0xffffffff};

START_TEST(trusts_no_length)
{
    struct {
        char buffer[8], behind[8];
    } area;
    size_t size;
    memset(&area, '#', sizeof area);
    open_pipe();
    put_message(too_large[_i], "123456789012");
    close(ends[1]);
    errno = 0;
    int result = receive_message(ends[0], area.buffer, 8, &size);
    int error = errno;
    ck_assert_msg(result == -1 && error == EMSGSIZE,
                  "%u bytes do not fit into 8: receive_message must return -1 "
                  "with EMSGSIZE, not %d with %s",
                  too_large[_i], result, strerror(error));
    ck_assert_msg(memcmp(area.behind, "########", 8) == 0,
                  "of a message of %u bytes, receive_message has written some "
                  "behind the end of the buffer",
                  too_large[_i]);
}
END_TEST

START_TEST(fills_the_buffer_to_the_last_byte)
{
    char buffer[8];
    size_t size = 0;
    open_pipe();
    put_message(8, "12345678");
    ck_assert_msg(receive_message(ends[0], buffer, 8, &size) == 1 && size == 8,
                  "a message of 8 bytes fits into 8 bytes");
}
END_TEST

START_TEST(reports_errors)
{
    open_pipe();
    put_message(4, "text");
    schedule_fail(CALL_READ, EIO, 0);
    fails(-1, EIO, "the read of the length fails");
    close(ends[0]);
    close(ends[1]);
    open_pipe();
    put_message(4, "text");
    schedule_fail(CALL_READ, EIO, 1);
    fails(-1, EIO, "the read of the text fails");
    for (int after = 0; after < 2; after++) {
        schedule_fail(CALL_WRITE, ENOSPC, after);
        errno = 0;
        ck_assert_msg(send_message(ends[1], "text", 4) == -1 && errno == ENOSPC,
                      "a write fails: send_message must return -1 and leave "
                      "errno as it is");
        schedule_reset();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Messages on a stream");
    TCase *tcase = tcase_create("messages");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, has_the_agreed_form);
    tcase_add_test(tcase, keeps_the_borders);
    tcase_add_test(tcase, survives_short_transfers_and_signals);
    tcase_add_test(tcase, knows_the_end);
    tcase_add_test(tcase, notices_what_has_broken_off);
    tcase_add_loop_test(tcase, trusts_no_length, 0,
                        sizeof too_large / sizeof too_large[0]);
    tcase_add_test(tcase, fills_the_buffer_to_the_last_byte);
    tcase_add_test(tcase, reports_errors);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
