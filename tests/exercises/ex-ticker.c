/* Exercise "Until further notice": ticker_start and ticker_stop.
 *
 * A call of tick says that it has begun, through one pipe, and waits, in a
 * read of another one, until it may go on. It has taken memory meanwhile. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
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
    for (int i = 0; i < 3; i++) { /* three whole calls, and a fourth begun */
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
    ck_assert_msg(atomic_load(&begins) == 4,
                  "a call has begun after the stop: there were %ld, not 4",
                  atomic_load(&begins));
    ck_assert_msg(calls == 4,
                  "4 calls were made, the last one while ticker_stop waited; "
                  "the result is %ld",
                  calls);
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
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
