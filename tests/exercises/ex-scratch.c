/* Exercise "Scratch paper": scratch. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void *scratch(size_t size);

/* AddressSanitizer and TSan end the program at a huge malloc unless told. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static unsigned char *get(size_t size)
{
    unsigned char *block = scratch(size);
    ck_assert_msg(block != NULL, "scratch(%zu) must find memory", size);
    return block;
}

static void fill(unsigned char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(i * 7 + i / 256);
}

static void check_filled(const unsigned char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(block[i] == (unsigned char)(i * 7 + i / 256),
                      "byte %zu of the block is not what was written there", i);
}

START_TEST(all_bytes_can_be_used)
{
    const size_t sizes[] = {1,   2,    15,   16,     17,
                            100, 4096, 5000, 100000, (size_t)vary(18, 200000)};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *block = get(sizes[i]);
        fill(block, sizes[i]);
        check_filled(block, sizes[i]);
    }
}
END_TEST

START_TEST(aligned_for_all)
{
    ck_assert_msg((uintptr_t)get(1) % alignof(max_align_t) == 0,
                  "the block must be aligned for any type");
}
END_TEST

START_TEST(stays_while_it_is_enough)
{
    size_t size = (size_t)vary(500, 2000);
    unsigned char *block = get(size);
    ck_assert_msg(get(size) == block && get(1) == block && get(size) == block,
                  "as long as the block is large enough, it must stay");
}
END_TEST

START_TEST(keeps_what_was_written)
{
    fill(get(16), 16);
    void *wall = malloc(1000); /* so that the block cannot grow in place */
    check_filled(get(5000), 16);
    fill(get(5000), 5000);
    void *second = malloc(1000);
    check_filled(get(1000000), 5000);
    check_filled(get(1), 5000); /* and is found again */
    fill(get(1000000), 1000000);
    check_filled(get(1), 1000000);
    free(second);
    free(wall);
}
END_TEST

START_TEST(survives_a_refusal)
{
    unsigned char *block = get(100);
    fill(block, 100);
    static const size_t huge[] = {SIZE_MAX,      SIZE_MAX - 7,    SIZE_MAX - 15,
                                  SIZE_MAX - 16, SIZE_MAX - 4096, SIZE_MAX / 2};
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        errno = 0;
        ck_assert_msg(scratch(huge[i]) == NULL,
                      "nobody has %zu bytes: the result must be NULL", huge[i]);
        ck_assert_msg(errno == ENOMEM,
                      "for %zu bytes errno must be ENOMEM, not %d", huge[i],
                      errno);
    }
    ck_assert_msg(get(100) == block, "the old block must stay as it was");
    check_filled(block, 100);
}
END_TEST

START_TEST(no_key)
{
    enum { REFUSED = 42 };
    pid_t child = fork();
    ck_assert(child >= 0);
    if (child == 0) {
        pthread_key_t key;
        while (pthread_key_create(&key, NULL) == 0)
            ; /* a process has PTHREAD_KEYS_MAX of them */
        _exit(scratch(1) ? 0 : REFUSED);
    }
    int status;
    ck_assert(waitpid(child, &status, 0) == child);
    ck_assert_msg(
        (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED) ||
            (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT),
        "there are no more keys, and pthread_key_create returns EAGAIN: call "
        "abort() then, or let scratch return NULL, but do not go on");
}
END_TEST

static pthread_barrier_t gate;

static void *scribble(void *letter)
{
    unsigned char *block = get(256);
    memset(block, *(const char *)letter, 256);
    pthread_barrier_wait(&gate); /* both have written */
    for (int i = 0; i < 256; i++)
        ck_assert_msg(get(256)[i] == *(const char *)letter,
                      "another thread has written into this thread's block. "
                      "See \"Variables of one's own\".");
    return NULL;
}

START_TEST(each_thread_has_its_own)
{
    pthread_t thread;
    char here = 'a', there = 'b';
    pthread_barrier_init(&gate, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, scribble, &there), 0);
    scribble(&here);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_barrier_destroy(&gate);
}
END_TEST

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

static void *use(void *size)
{
    fill(get(*(const size_t *)size), *(const size_t *)size);
    return NULL;
}

static void check_leak(size_t size)
{
    enum { THREADS = 200 };
    mallopt(M_ARENA_MAX, 1);
    size_t before = 0;
    for (int i = -10; i < THREADS; i++) {
        pthread_t thread;
        if (i == 0)
            before = allocated();
        ck_assert_int_eq(pthread_create(&thread, NULL, use, &size), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    size_t after = allocated();
    ck_assert_msg(after < before + THREADS * size / 2,
                  "%d threads with blocks of %zu bytes left %zu bytes behind. "
                  "Who frees a block when its thread ends? See \"Variables of "
                  "one's own\".",
                  THREADS, size, after - before);
}

START_TEST(freed_with_the_thread)
{
    check_leak(1000);
    check_leak(100000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("scratch");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, all_bytes_can_be_used);
    tcase_add_test(tcase, aligned_for_all);
    tcase_add_test(tcase, stays_while_it_is_enough);
    tcase_add_test(tcase, keeps_what_was_written);
    tcase_add_test(tcase, survives_a_refusal);
    tcase_add_test(tcase, no_key);
    tcase_add_test(tcase, each_thread_has_its_own);
    tcase_add_test(tcase, freed_with_the_thread);
    Suite *suite = suite_create("Scratch paper");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
