/* Exercise "Merge sort with a cutoff": sort_piece. The executor is the test's
 * own: it runs tasks when the test wants them to run. */
#include "lib/executor.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    struct executor *executor;
    long *numbers;
    long *room;
    size_t count, cutoff;
};

int sort_piece(const void *argument, void *result);

enum { MOST = 4096 };
static long numbers[MOST], room[MOST];

/* When a task runs: at once, when somebody asks for it, or in a thread. */
static enum { AT_ONCE, WHEN_ASKED, IN_A_THREAD } way;
static char the_executor;

struct future {
    struct piece piece;
    int (*run)(const void *argument, void *result);
    int error;
    bool ran, asked;
    pthread_t thread;
    struct future *next; /* among those that were not asked for */
};

static int submits, frees, refuse_after = -1, fail_after = -1;
static bool room_shared, joined_early;
static struct future *waiting;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all this */

static void run_now(struct future *future)
{
    future->error = future->run(&future->piece, NULL);
    future->ran = true;
}

static void *run_in_a_thread(void *future)
{
    run_now(future);
    return NULL;
}

/* Do two pieces use the same room? Those that nobody has asked for yet may be
 * sorted at the same time. */
static bool overlap(const struct piece *a, const struct piece *b)
{
    return a->room < b->room + b->count && b->room < a->room + a->count;
}

struct future *executor_submit(struct executor *executor,
                               const struct task *task, const void *argument)
{
    struct future *future = calloc(1, sizeof *future);
    if (!future || (void *)executor != &the_executor ||
        task->argument_size != sizeof future->piece)
        abort();
    memcpy(&future->piece, argument, sizeof future->piece);
    future->run = task->run;
    pthread_mutex_lock(&lock);
    bool refused = refuse_after >= 0 && submits >= refuse_after;
    bool failed = fail_after >= 0 && submits == fail_after;
    submits++;
    for (struct future *other = waiting; other; other = other->next)
        room_shared |=
            way == WHEN_ASKED && overlap(&future->piece, &other->piece);
    if (!refused) {
        future->next = waiting;
        waiting = future;
    }
    pthread_mutex_unlock(&lock);
    if (refused) {
        free(future);
        errno = EAGAIN;
        return NULL;
    }
    if (failed) {
        future->error = EOWNERDEAD;
        future->ran = true;
    } else if (way == AT_ONCE) {
        run_now(future);
    } else if (way == IN_A_THREAD) {
        if (pthread_create(&future->thread, NULL, run_in_a_thread, future))
            abort();
    }
    return future;
}

static bool sorted(const long *part, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (part[i - 1] > part[i])
            return false;
    return true;
}

int future_get(struct future *future, void *result,
               const struct timespec *deadline)
{
    (void)result;
    (void)deadline;
    /* The right half begins behind the left one and is at least as long. */
    const struct piece *left = &future->piece;
    if (way == WHEN_ASKED && !sorted(left->numbers + left->count, left->count))
        joined_early = true;
    pthread_mutex_lock(&lock);
    for (struct future **at = &waiting; *at && !future->asked;)
        if (*at == future)
            *at = future->next;
        else
            at = &(*at)->next;
    pthread_mutex_unlock(&lock);
    if (way == IN_A_THREAD && !future->asked) {
        if (pthread_join(future->thread, NULL))
            abort();
    } else if (!future->ran) {
        run_now(future);
    }
    future->asked = true;
    return future->error;
}

void future_free(struct future *future)
{
    if (!future)
        return;
    pthread_mutex_lock(&lock);
    frees++;
    pthread_mutex_unlock(&lock);
    free(future);
}

static long below; /* the least of the numbers, less one */

/* Falling numbers, in which no piece of two or more is sorted. */
static int sort_falling(size_t count, size_t cutoff)
{
    struct piece all = {(struct executor *)&the_executor, numbers, room, count,
                        cutoff};
    below = vary(-1000000, 1000000);
    for (size_t i = 0; i < count; i++)
        numbers[i] = below + (long)(count - i);
    return sort_piece(&all, NULL);
}

static void expect_sorted(size_t count, const char *when)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(numbers[i] == below + (long)i + 1,
                      "%s %zu numbers were to be sorted, and number %zu is %ld "
                      "in place of %ld",
                      when, count, i, numbers[i], below + (long)i + 1);
}

static void expect_all_joined(void)
{
    ck_assert_msg(!waiting, "sort_piece returned and had not got all futures: "
                            "a task may still work on the array");
}

START_TEST(sorts_small_and_large)
{
    static const size_t counts[] = {0, 1, 2, 3, 16, 17, 31, 64, 100, 1000};
    way = _i == 0 ? AT_ONCE : WHEN_ASKED;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t cutoff = 1; cutoff <= 64; cutoff *= 4) {
            int error = sort_falling(counts[i], cutoff);
            ck_assert_msg(error == 0, "sort_piece returned %d (%s)", error,
                          strerror(error));
            expect_sorted(counts[i], _i == 0 ? "with tasks that run at once,"
                                             : "with tasks that run when their "
                                               "future is asked for,");
            expect_all_joined();
            ck_assert_msg(frees == submits,
                          "%d futures were submitted and %d freed", submits,
                          frees);
        }
}
END_TEST

START_TEST(forks_down_to_the_cutoff)
{
    static const struct {
        size_t count, cutoff;
        int submits;
    } cases[] = {{16, 16, 0}, {17, 16, 1},     {32, 16, 1},
                 {64, 16, 3}, {1000, 1000, 0}, {96, 24, 3}};
    way = WHEN_ASKED;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        submits = 0;
        ck_assert_int_eq(sort_falling(cases[i].count, cases[i].cutoff), 0);
        ck_assert_msg(submits == cases[i].submits,
                      "%zu numbers with a cutoff of %zu: one half of each "
                      "piece above the cutoff is forked, which makes %d "
                      "tasks, not %d",
                      cases[i].count, cases[i].cutoff, cases[i].submits,
                      submits);
    }
}
END_TEST

START_TEST(works_while_the_other_half_is_sorted)
{
    way = WHEN_ASKED;
    ck_assert_int_eq(sort_falling(64, 16), 0);
    ck_assert_msg(!joined_early,
                  "the left half was asked for before the right one was "
                  "sorted: fork, do your own half, and join then");
}
END_TEST

START_TEST(gives_each_piece_its_own_room)
{
    way = WHEN_ASKED;
    ck_assert_int_eq(sort_falling(256, 16), 0);
    ck_assert_msg(!room_shared, "two pieces that may be sorted at the same "
                                "time use the same room");
}
END_TEST

START_TEST(sorts_what_is_refused_itself)
{
    way = WHEN_ASKED;
    refuse_after = _i;
    int error = sort_falling(128, 16);
    ck_assert_msg(error == 0,
                  "the executor refused a task, which is no error; sort_piece "
                  "returned %d (%s)",
                  error, strerror(error));
    expect_sorted(128, "when the executor refuses tasks,");
    ck_assert_int_eq(frees, _i < submits ? _i : submits);
}
END_TEST

START_TEST(passes_an_error_up)
{
    way = WHEN_ASKED;
    fail_after = _i;
    int error = sort_falling(128, 16);
    ck_assert_msg(error == EOWNERDEAD,
                  "task %d of the sort failed with EOWNERDEAD (%d), and "
                  "sort_piece returned %d",
                  _i + 1, EOWNERDEAD, error);
    expect_all_joined();
    ck_assert_msg(frees == submits, "%d futures were submitted and %d freed",
                  submits, frees);
}
END_TEST

START_TEST(sorts_in_many_threads)
{
    way = IN_A_THREAD;
    ck_assert_int_eq(sort_falling(MOST, 256), 0);
    expect_sorted(MOST, "with a thread for each task,");
    expect_all_joined();
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("Merge sort with a cutoff");
    tcase_set_timeout(tcase, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

int main(void)
{
    TCase *first = tcase_create("an executor in one thread");
    tcase_add_loop_test(first, sorts_small_and_large, 0, 2);
    tcase_add_test(first, forks_down_to_the_cutoff);
    tcase_add_test(first, works_while_the_other_half_is_sorted);
    tcase_add_test(first, gives_each_piece_its_own_room);
    tcase_add_loop_test(first, sorts_what_is_refused_itself, 0, 4);
    tcase_add_loop_test(first, passes_an_error_up, 0, 7);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("threads");
    tcase_add_test(rest, sorts_in_many_threads);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
