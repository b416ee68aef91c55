/* Exercise "A log that may lose lines": log_put, log_take, log_close. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum policy { LOG_WAIT, DROP_NEWEST, DROP_OLDEST };
enum { LINE = 80, LINES = 16 };

struct log {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    enum policy policy;
    size_t capacity;
    size_t first, count;
    struct {
        char line[LINE];
        uint64_t lost;
    } ring[LINES];
    uint64_t lost;
    bool closed;
};

int log_put(struct log *log, const char *line);
int log_take(struct log *log, char line[LINE], uint64_t *lost);
void log_close(struct log *log);

/* Alone in memory of its size, so that ASan sees who writes behind it. */
static struct log *the_log;

static void make_log(enum policy policy, size_t capacity)
{
    the_log = calloc(1, sizeof *the_log);
    ck_assert_ptr_nonnull(the_log);
    the_log->policy = policy;
    the_log->capacity = capacity;
    pthread_mutex_init(&the_log->lock, NULL);
    pthread_cond_init(&the_log->not_empty, NULL);
    pthread_cond_init(&the_log->not_full, NULL);
}

static void free_log(void)
{
    free(the_log);
    the_log = NULL;
}

static const char *word_for(int error)
{
    return error == 0           ? "0"
           : error == EAGAIN    ? "EAGAIN"
           : error == ECANCELED ? "ECANCELED"
                                : strerror(error);
}

static void must_have_locked(long before, const char *what)
{
    ck_assert_msg(schedule_count(AFTER_LOCK) > before,
                  "%s has not taken the lock, which guards also `closed`",
                  what);
}

static void expect_put(int wanted, int number)
{
    char line[32];
    snprintf(line, sizeof line, "line %d", number);
    long locked = schedule_count(AFTER_LOCK);
    int got = log_put(the_log, line);
    must_have_locked(locked, "log_put");
    memset(line, '?', sizeof line - 1); /* it was to be copied */
    ck_assert_msg(got == wanted, "log_put of line %d: expected %s, got %s",
                  number, word_for(wanted), word_for(got));
    ck_assert_msg(schedule_held() == 0,
                  "log_put of line %d still holds the lock", number);
}

static void expect_take(int number, uint64_t lost)
{
    char line[LINE] = "", wanted[32];
    uint64_t got = 12345;
    snprintf(wanted, sizeof wanted, "line %d", number);
    long locked = schedule_count(AFTER_LOCK);
    int error = log_take(the_log, line, &got);
    must_have_locked(locked, "log_take");
    ck_assert_msg(error == 0, "\"%s\" must be taken, but there is: %s", wanted,
                  word_for(error));
    ck_assert_msg(strcmp(line, wanted) == 0, "\"%s\" comes next, not \"%s\"",
                  wanted, line);
    ck_assert_msg(got == lost,
                  "%" PRIu64 " lines were dropped before line %d, not %" PRIu64,
                  lost, number, got);
    ck_assert_msg(schedule_held() == 0, "log_take still holds the lock");
}

static void expect_end(uint64_t lost)
{
    char line[LINE];
    uint64_t got = 12345;
    long locked = schedule_count(AFTER_LOCK);
    int error = log_take(the_log, line, &got);
    must_have_locked(locked, "log_take");
    ck_assert_msg(error == ECANCELED,
                  "the log is closed and empty: log_take must return "
                  "ECANCELED, not %s",
                  word_for(error));
    ck_assert_msg(got == lost,
                  "%" PRIu64 " lines were dropped after the last one that was "
                  "taken, not %" PRIu64,
                  lost, got);
    ck_assert_msg(schedule_held() == 0, "log_take still holds the lock");
}

START_TEST(nothing_is_lost_while_there_is_room)
{
    make_log((enum policy)_i, 3);
    for (int i = 0; i < 30; i += 3) {
        for (int k = 0; k < 3; k++)
            expect_put(0, i + k);
        for (int k = 0; k < 3; k++)
            expect_take(i + k, 0);
    }
    expect_put(0, 100);
    log_close(the_log);
    ck_assert_msg(schedule_held() == 0, "log_close still holds the lock");
    expect_put(ECANCELED, 101);
    expect_take(100, 0);
    expect_end(0);
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0, "nobody had to wait");
}
END_TEST

static bool seen; /* `closed`, when the lock was let go */

static void look_at_closed(enum point point, const void *object)
{
    if (object != &the_log->lock)
        return;
    if (point == AFTER_LOCK)
        ck_assert_msg(the_log->closed == seen,
                      "log_close changes `closed` without the lock: a thread "
                      "that has looked and does not wait yet is missed");
    if (point == BEFORE_UNLOCK)
        seen = the_log->closed;
}

START_TEST(closed_under_the_lock)
{
    make_log(LOG_WAIT, 1);
    schedule_hook(look_at_closed);
    log_close(the_log);
    schedule_hook(NULL);
    ck_assert_msg(the_log->closed, "log_close must set `closed`");
    ck_assert_msg(seen,
                  "log_close changes `closed` without the lock: a thread that "
                  "has looked and does not wait yet is missed");
}
END_TEST

START_TEST(a_closed_full_log)
{
    make_log((enum policy)_i, 2);
    expect_put(0, 1);
    expect_put(0, 2);
    log_close(the_log);
    expect_put(ECANCELED, 3);
    expect_take(1, 0);
    expect_take(2, 0);
    expect_end(0);
}
END_TEST

START_TEST(long_lines_are_cut)
{
    char text[200], line[LINE + 1];
    uint64_t lost;
    make_log(DROP_NEWEST, LINES); /* the last place is at the end of memory */
    for (size_t length = LINE - 3; length <= 140; length++) {
        memset(text, 'x', length);
        text[length] = '\0';
        int error = log_put(the_log, text);
        ck_assert_msg(error == 0, "log_put must return 0, not %s",
                      word_for(error));
        memset(line, '?', sizeof line);
        ck_assert_int_eq(log_take(the_log, line, &lost), 0);
        size_t wanted = length < LINE - 1 ? length : LINE - 1;
        ck_assert_msg(memchr(line, '\0', LINE) && strlen(line) == wanted,
                      "of a line of %zu bytes %zu must be taken, and a NUL",
                      length, wanted);
        ck_assert_msg(line[LINE] == '?', "the caller has LINE bytes of room");
        ck_assert_msg(the_log->policy == DROP_NEWEST && !the_log->closed &&
                          lost == 0,
                      "a line of %zu bytes was written over what lies beside "
                      "its place",
                      length);
    }
}
END_TEST

START_TEST(the_newest_are_dropped)
{
    make_log(DROP_NEWEST, 3);
    for (int i = 1; i <= 3; i++)
        expect_put(0, i);
    expect_put(EAGAIN, 4);
    expect_put(EAGAIN, 5);
    expect_take(1, 0);
    expect_put(0, 6); /* 4 and 5 were before it */
    expect_put(EAGAIN, 7);
    expect_take(2, 0);
    expect_take(3, 0);
    expect_put(0, 8);
    expect_take(6, 2);
    expect_take(8, 1);
    expect_put(0, 9);
    expect_take(9, 0);
    for (int i = 10; i < 13; i++)
        expect_put(0, i);
    for (int i = 13; i < 18; i++)
        expect_put(EAGAIN, i);
    log_close(the_log);
    expect_put(ECANCELED, 18); /* does not count */
    for (int i = 10; i < 13; i++)
        expect_take(i, 0);
    expect_end(5);
    expect_end(5); /* a further call says the same */
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "a thread whose line may be dropped never waits");
}
END_TEST

START_TEST(the_oldest_are_dropped)
{
    make_log(DROP_OLDEST, 3);
    for (int i = 1; i <= 5; i++)
        expect_put(0, i);
    expect_take(3, 2); /* 1 and 2 were before it */
    expect_put(0, 6);
    expect_take(4, 0);
    expect_take(5, 0);
    expect_take(6, 0);
    for (int i = 7; i <= 16; i++)
        expect_put(0, i);
    expect_take(14, 7);
    expect_put(0, 17);
    expect_put(0, 18); /* 15 is dropped */
    expect_take(16, 1);
    expect_take(17, 0);
    log_close(the_log);
    expect_take(18, 0);
    expect_end(0);
    ck_assert_msg(schedule_count(BEFORE_WAIT) == 0,
                  "a thread whose line may be dropped never waits");
}
END_TEST

START_TEST(one_place)
{
    make_log(_i ? DROP_OLDEST : DROP_NEWEST, 1);
    for (int i = 1; i <= 4; i++)
        expect_put(_i || i == 1 ? 0 : EAGAIN, i);
    if (_i) {
        expect_take(4, 3);
        expect_put(0, 5);
        expect_take(5, 0);
        log_close(the_log);
        expect_end(0);
    } else {
        expect_take(1, 0);
        expect_put(0, 5);
        expect_take(5, 3);
        log_close(the_log);
        expect_end(0);
    }
}
END_TEST

/* Lines taken and lines lost add up to the lines put, whatever the order. */
START_TEST(the_sum_is_right)
{
    make_log(_i ? DROP_OLDEST : DROP_NEWEST, 5);
    uint64_t taken = 0, all = 0, put = 0, lost;
    unsigned dice = 16;
    char line[LINE];
    for (int i = 0; i < 5000; i++) {
        dice = dice * 1103515245 + 12345;
        if (dice >> 16 & 3 || the_log->count == 0) {
            put++;
            int error = log_put(the_log, "line");
            ck_assert(error == 0 || error == EAGAIN);
        } else {
            ck_assert_int_eq(log_take(the_log, line, &lost), 0);
            taken++;
            all += lost;
        }
    }
    log_close(the_log);
    while (log_take(the_log, line, &lost) == 0) {
        taken++;
        all += lost;
    }
    all += lost;
    ck_assert_msg(taken + all == put,
                  "%" PRIu64 " lines were put, %" PRIu64 " taken, and %" PRIu64
                  " are said to be lost",
                  put, taken, all);
}
END_TEST

/* ── With threads ────────────────────────────────────────────────────────── */

static int ended;

static int have_ended(void)
{
    return __atomic_load_n(&ended, __ATOMIC_RELAXED);
}

struct caller {
    pthread_t thread;
    int error;
    char line[LINE];
    uint64_t lost;
};

static void *put_one(void *argument)
{
    struct caller *caller = argument;
    caller->error = log_put(the_log, caller->line);
    __atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void *take_one(void *argument)
{
    struct caller *caller = argument;
    caller->error = log_take(the_log, caller->line, &caller->lost);
    __atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* Start a thread; return when it waits or has ended. */
static void start(struct caller *caller, void *(*work)(void *), int number)
{
    int sleepers = schedule_waiting(), before = have_ended();
    caller->error = -1;
    snprintf(caller->line, LINE, "line %d", number);
    ck_assert_int_eq(pthread_create(&caller->thread, NULL, work, caller), 0);
    while (schedule_waiting() == sleepers && have_ended() == before)
        sched_yield();
}

static void join(struct caller *caller, int wanted, const char *what)
{
    ck_assert_int_eq(pthread_join(caller->thread, NULL), 0);
    ck_assert_msg(caller->error == wanted, "%s: expected %s, got %s", what,
                  word_for(wanted), word_for(caller->error));
}

START_TEST(a_full_log_makes_wait)
{
    make_log(LOG_WAIT, 2);
    struct caller caller;
    expect_put(0, 1);
    expect_put(0, 2);
    if (_i == 1)
        schedule_spurious(1);
    start(&caller, put_one, 3);
    ck_assert_msg(
        have_ended() == 0, "the log is full: log_put must wait%s",
        _i ? ", also if it is woken without a reason (see \"Awake, and "
             "still too early\")"
           : "");
    expect_take(1, 0);
    join(&caller, 0, "log_put, which had to wait");
    expect_take(2, 0);
    expect_take(3, 0);
}
END_TEST

START_TEST(an_empty_log_makes_wait)
{
    make_log(LOG_WAIT, 2);
    struct caller caller;
    if (_i == 1)
        schedule_spurious(1);
    start(&caller, take_one, 0);
    ck_assert_msg(
        have_ended() == 0, "the log is empty: log_take must wait%s",
        _i ? ", also if it is woken without a reason (see \"Awake, and "
             "still too early\")"
           : "");
    expect_put(0, 7);
    join(&caller, 0, "log_take, which had to wait");
    ck_assert_msg(strcmp(caller.line, "line 7") == 0 && caller.lost == 0,
                  "log_take had to wait, and must take line 7");
}
END_TEST

START_TEST(each_gets_its_turn)
{
    make_log(LOG_WAIT, 1);
    struct caller callers[3];
    expect_put(0, 9);
    for (int i = 0; i < 3; i++)
        start(&callers[i], put_one, i);
    schedule_await_waiting(3);
    char line[LINE];
    uint64_t lost;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(log_take(the_log, line, &lost), 0);
        ck_assert_int_eq((int)lost, 0);
    }
    for (int i = 0; i < 3; i++)
        join(&callers[i], 0, "log_put, which had to wait");
}
END_TEST

START_TEST(closing_ends_all_waits)
{
    make_log(LOG_WAIT, 1);
    struct caller callers[3];
    if (_i == 1)
        expect_put(0, 9);
    for (int i = 0; i < 3; i++)
        start(&callers[i], _i ? put_one : take_one, i);
    schedule_await_waiting(3);
    log_close(the_log);
    for (int i = 0; i < 3; i++)
        join(&callers[i], ECANCELED,
             _i ? "log_put, which waited when the log was closed"
                : "log_take, which waited when the log was closed");
    if (_i == 1)
        expect_take(9, 0);
    expect_end(0);
}
END_TEST

enum { THREADS = 4, EACH = 500 };

static void *put_many(void *unused)
{
    for (int i = 0; i < EACH; i++) {
        int error = log_put(the_log, "line");
        ck_assert(error == 0 || error == EAGAIN);
    }
    return unused;
}

static void *take_all(void *argument)
{
    char line[LINE];
    uint64_t lost, *sum = argument;
    while (log_take(the_log, line, &lost) == 0)
        *sum += 1 + lost;
    *sum += lost;
    return NULL;
}

START_TEST(four_threads_and_a_writer)
{
    make_log((enum policy)_i, 4);
    pthread_t threads[THREADS], writer;
    uint64_t sum = 0;
    ck_assert_int_eq(pthread_create(&writer, NULL, take_all, &sum), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, put_many, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    log_close(the_log);
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_msg(sum == THREADS * EACH,
                  "%d lines were put; taken and lost make %" PRIu64,
                  THREADS * EACH, sum);
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("A log that may lose lines");
    tcase_add_checked_fixture(tcase, NULL, free_log);
    tcase_set_timeout(tcase, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread (a hang: it waits though it could "
                                "go on)");
    tcase_add_loop_test(first, nothing_is_lost_while_there_is_room, 0, 3);
    tcase_add_test(first, closed_under_the_lock);
    tcase_add_loop_test(first, a_closed_full_log, 0, 3);
    tcase_add_test(first, long_lines_are_cut);
    tcase_add_test(first, the_newest_are_dropped);
    tcase_add_test(first, the_oldest_are_dropped);
    tcase_add_loop_test(first, one_place, 0, 2);
    tcase_add_loop_test(first, the_sum_is_right, 0, 2);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("several threads (a hang: somebody who could go "
                               "on was not woken)");
    tcase_add_loop_test(rest, a_full_log_makes_wait, 0, 2);
    tcase_add_loop_test(rest, an_empty_log_makes_wait, 0, 2);
    tcase_add_test(rest, each_gets_its_turn);
    tcase_add_loop_test(rest, closing_ends_all_waits, 0, 2);
    tcase_add_loop_test(rest, four_threads_and_a_writer, 0, 3);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
