/* Exercise "Room for recursion": start_roomy. The threads say themselves how
 * large their stacks are. */
#define _GNU_SOURCE
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int start_roomy(pthread_t *thread, size_t size, void *(*routine)(void *),
                void *argument);

/* A sanitizer may make a small stack larger. */
enum { KIB = 1024, MIB = 1024 * 1024, SPARE = MIB };

static void *say_size(void *result)
{
    pthread_attr_t attributes;
    void *lowest;
    ck_assert_int_eq(pthread_getattr_np(pthread_self(), &attributes), 0);
    ck_assert_int_eq(pthread_attr_getstack(&attributes, &lowest, result), 0);
    pthread_attr_destroy(&attributes);
    return result;
}

static void check_size(size_t size)
{
    size_t got = 0;
    pthread_t thread;
    void *returned = NULL;
    int error = start_roomy(&thread, size, say_size, &got);
    ck_assert_msg(error == 0,
                  "a stack of %zu bytes must be granted, not "
                  "refused with %d (%s). See \"Stacks\".",
                  size, error, strerror(error));
    ck_assert_int_eq(pthread_join(thread, &returned), 0);
    ck_assert_msg(returned == &got,
                  "the routine must get its argument, and its result must "
                  "reach the one who joins");
    ck_assert_msg(got >= size,
                  "a stack of %zu bytes was asked for, and the "
                  "thread has %zu",
                  size, got);
    ck_assert_msg(got <= size + SPARE,
                  "a stack of %zu bytes was asked for, and the thread has %zu: "
                  "far more than it needs. Do the attributes reach it?",
                  size, got);
}

/* Each size is larger than those before: the library may give a thread the
 * stack of one that has ended, if it is large enough. */
START_TEST(as_large_as_asked)
{
    check_size(64 * KIB);
    check_size(MIB);
    check_size(20 * MIB);
    check_size((size_t)vary(5200, 8000) * 4 * KIB);
    check_size(256 * MIB);
}
END_TEST

START_TEST(sizes_that_are_no_pages)
{
    check_size(64 * KIB + 1);
    check_size(MIB - 1);
    check_size(1000000);
    check_size(20000001);
    check_size((size_t)vary(20000002, 30000000));
}
END_TEST

START_TEST(small_wishes)
{
    check_size(0);
    check_size(1);
    check_size(4096);
    check_size((size_t)PTHREAD_STACK_MIN - 1);
    check_size((size_t)PTHREAD_STACK_MIN);
}
END_TEST

START_TEST(wishes_too_large)
{
    static const size_t sizes[] = {
        SIZE_MAX,        SIZE_MAX - 1, SIZE_MAX - 4094, SIZE_MAX - 4095,
        SIZE_MAX - 4096, SIZE_MAX / 2, (size_t)1 << 50};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pthread_t thread;
        size_t got;
        int error = start_roomy(&thread, sizes[i], say_size, &got);
        if (error == 0)
            pthread_join(thread, NULL);
        ck_assert_msg(error != 0,
                      "a stack of %zu bytes cannot be had, and a thread has "
                      "been started with %zu",
                      sizes[i], got);
        ck_assert_msg(error > 0, "the result must be the error number, not %d",
                      error);
    }
}
END_TEST

START_TEST(no_thread_to_be_had)
{
    pthread_t thread;
    size_t got;
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    int error = start_roomy(&thread, MIB, say_size, &got);
    ck_assert_msg(error == EAGAIN,
                  "pthread_create returns EAGAIN (%d), so start_roomy must "
                  "return it, not %d",
                  EAGAIN, error);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stacks");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, as_large_as_asked);
    tcase_add_test(tcase, sizes_that_are_no_pages);
    tcase_add_test(tcase, small_wishes);
    tcase_add_test(tcase, wishes_too_large);
    tcase_add_test(tcase, no_thread_to_be_had);
    Suite *suite = suite_create("Room for recursion");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
