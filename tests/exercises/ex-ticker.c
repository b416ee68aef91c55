/* Exercise "Until further notice": ticker_start and ticker_stop.
 *
 * A call of tick says that it has begun, through one pipe, and waits, in a
 * read of another one, until it may go on. It has taken memory meanwhile. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct ticker;
struct ticker *ticker_start(void (*tick)(void *data), void *data);
long ticker_stop(struct ticker *ticker);

static int begun[2], go_on[2];
static atomic_long begins, ends;
static void *seen;

static void open_pipes(void)
{
    ck_assert_int_eq(pipe(begun), 0);
    ck_assert_int_eq(pipe(go_on), 0);
}

static void tick(void *data)
{
    char byte = 'x';
    void *memory = malloc(100);
    seen = data;
    atomic_fetch_add(&begins, 1);
    if (write(begun[1], &byte, 1) != 1 || read(go_on[0], &byte, 1) != 1)
        abort();
    free(memory);
    atomic_fetch_add(&ends, 1);
}

static void await_begin(void)
{
    char byte;
    ck_assert_int_eq((int)read(begun[0], &byte, 1), 1);
}

static void let_one_go_on(void)
{
    ck_assert_int_eq((int)write(go_on[1], "g", 1), 1);
}

/* Whoever comes to the join in ticker_stop lets the call under way go on. */
static void at_join(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_JOIN)
        let_one_go_on();
}

START_TEST(ticks_until_stopped)
{
    int data;
    struct ticker *ticker = ticker_start(tick, &data);
    ck_assert_msg(ticker != NULL, "ticker_start must not return NULL");
    long whole = vary(2, 6);
    for (long i = 0; i < whole; i++) { /* and then one more begun */
        await_begin();
        let_one_go_on();
    }
    await_begin();
    ck_assert_ptr_eq(seen, &data);
    schedule_hook(at_join);
    long calls = ticker_stop(ticker);
    ck_assert_msg(schedule_count(AFTER_JOIN) == 1,
                  "ticker_stop must not return before the thread has ended. "
                  "See \"Lifetimes\".");
    ck_assert_msg(atomic_load(&ends) == atomic_load(&begins),
                  "%ld calls of tick have begun and %ld have come to their "
                  "end. See \"Ending early\".",
                  atomic_load(&begins), atomic_load(&ends));
    ck_assert_msg(atomic_load(&begins) == whole + 1,
                  "a call has begun after the stop: there were %ld, not %ld",
                  atomic_load(&begins), whole + 1);
    ck_assert_msg(calls == whole + 1,
                  "%ld calls were made, the last one while ticker_stop "
                  "waited; the result is %ld",
                  whole + 1, calls);
}
END_TEST

/* The thread does not get to its first step before ticker_stop joins it. */
static void release_at_join(enum point point, const void *object)
{
    (void)object;
    if (point != BEFORE_JOIN)
        return;
    let_one_go_on();
    schedule_hold_starts(false);
}

START_TEST(stopped_before_the_first_call)
{
    schedule_hold_starts(true);
    struct ticker *ticker = ticker_start(tick, NULL);
    ck_assert_msg(ticker != NULL, "ticker_start must not return NULL");
    schedule_hook(release_at_join);
    long calls = ticker_stop(ticker);
    ck_assert_msg(atomic_load(&begins) == 0 && calls == 0,
                  "the stop came before the first call: %ld calls were made "
                  "all the same, and the result is %ld. When does the thread "
                  "look at the flag?",
                  atomic_load(&begins), calls);
}
END_TEST

/* A ticker with pipes of its own. */
struct station {
    int begun[2], go_on[2];
};
static struct station stations[2];

static void tick_at(void *data)
{
    const struct station *station = data;
    char byte = 'x';
    if (write(station->begun[1], &byte, 1) != 1 ||
        read(station->go_on[0], &byte, 1) != 1)
        abort();
}

static void await_begin_at(int i)
{
    char byte;
    struct pollfd begin = {.fd = stations[i].begun[0], .events = POLLIN};
    ck_assert_msg(poll(&begin, 1, 10000) == 1,
                  "ticker %d of two makes no calls. What do your tickers "
                  "share?",
                  i + 1);
    ck_assert_int_eq((int)read(stations[i].begun[0], &byte, 1), 1);
}

static void let_go_on_at(int i)
{
    ck_assert_int_eq((int)write(stations[i].go_on[1], "g", 1), 1);
}

static int stopped;

static void let_go_on_at_join(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_JOIN)
        let_go_on_at(stopped);
}

/* Ticker 1 makes two calls and is stopped; ticker 2 makes four. */
START_TEST(two_tickers_share_nothing)
{
    struct ticker *tickers[2];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pipe(stations[i].begun), 0);
        ck_assert_int_eq(pipe(stations[i].go_on), 0);
        tickers[i] = ticker_start(tick_at, &stations[i]);
        ck_assert(tickers[i] != NULL);
        await_begin_at(i);
    }
    for (int i = 0; i < 2; i++) {
        let_go_on_at(i);
        await_begin_at(i);
    }
    schedule_hook(let_go_on_at_join);
    const long expected[] = {2, 4};
    for (int i = 0; i < 2; i++) {
        stopped = i;
        long calls = ticker_stop(tickers[i]);
        ck_assert_msg(calls == expected[i],
                      "ticker %d of two: %ld calls were made, the result is "
                      "%ld. What do your tickers share?",
                      i + 1, expected[i], calls);
        if (i == 0)
            for (int call = 0; call < 2; call++) {
                let_go_on_at(1);
                await_begin_at(1);
            }
    }
}
END_TEST

START_TEST(a_ticker_that_cannot_be_started)
{
    schedule_fail(CALL_CREATE, EAGAIN, 0);
    errno = 0;
    struct ticker *ticker = ticker_start(tick, NULL);
    int error = errno;
    ck_assert_msg(ticker == NULL,
                  "no thread could be started: the result must be NULL");
    ck_assert_msg(error == EAGAIN,
                  "errno must be EAGAIN (%d), not %d: pthread_create returns "
                  "the reason, and does not set errno",
                  EAGAIN, error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Until further notice");
    TCase *tcase = tcase_create("ticker");
    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, open_pipes, NULL);
    tcase_add_test(tcase, a_ticker_that_cannot_be_started);
    tcase_add_test(tcase, ticks_until_stopped);
    tcase_add_test(tcase, stopped_before_the_first_call);
    tcase_add_test(tcase, two_tickers_share_nothing);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
