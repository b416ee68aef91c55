/* Chapter 8, Waiting: its programs, and lib/queue and lib/deadline. */
#include "lib/deadline.h"
#include "lib/measure.h"
#include "lib/queue.h"
#include "lib/worker.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------- lib/queue: one thread ---------- */

static int one = 1, two = 2, three = 3;

static struct queue *new_queue(size_t capacity)
{
    struct queue *queue = queue_new(capacity);
    ck_assert(queue != NULL);
    return queue;
}

/* What comes out of the queue now; NULL with *error if nothing does. */
static void *try_get(struct queue *queue, int *error)
{
    void *item = &error; /* an address that no item has */
    *error = queue_try_get(queue, &item);
    if (*error)
        ck_assert_msg(item == (void *)&error, "*item changed after an error");
    return *error ? NULL : item;
}

START_TEST(first_in_first_out)
{
    int error;
    struct queue *queue = new_queue(2);
    for (int round = 0; round < 3; round++) { /* the ring goes round */
        ck_assert_int_eq(queue_put(queue, &one), 0);
        ck_assert_int_eq(queue_put(queue, &two), 0);
        ck_assert_uint_eq(queue_length(queue), 2);
        ck_assert_ptr_eq(try_get(queue, &error), &one);
        ck_assert_int_eq(queue_put(queue, &three), 0);
        ck_assert_ptr_eq(try_get(queue, &error), &two);
        ck_assert_ptr_eq(try_get(queue, &error), &three);
        ck_assert_uint_eq(queue_length(queue), 0);
    }
    queue_free(queue);
}
END_TEST

START_TEST(a_try_does_not_wait)
{
    int error;
    struct queue *queue = new_queue(1);
    try_get(queue, &error);
    ck_assert_int_eq(error, EAGAIN);
    ck_assert_int_eq(queue_try_put(queue, &one), 0);
    ck_assert_int_eq(queue_try_put(queue, &two), EAGAIN);
    ck_assert_uint_eq(queue_length(queue), 1);
    ck_assert_ptr_eq(try_get(queue, &error), &one);
    queue_free(queue);
}
END_TEST

START_TEST(a_closed_queue_gives_what_it_has)
{
    int error;
    struct queue *queue = new_queue(3);
    ck_assert_int_eq(queue_put(queue, &one), 0);
    ck_assert_int_eq(queue_put(queue, NULL), 0);
    queue_close(queue);
    queue_close(queue);
    struct timespec deadline = deadline_after(INT64_MAX);
    ck_assert_int_eq(queue_put(queue, &two), ECANCELED);
    ck_assert_int_eq(queue_try_put(queue, &two), ECANCELED);
    ck_assert_int_eq(queue_put_until(queue, &two, &deadline), ECANCELED);
    void *item = &two;
    ck_assert_int_eq(queue_get(queue, &item), 0);
    ck_assert_ptr_eq(item, &one);
    ck_assert_int_eq(queue_get_until(queue, &item, &deadline), 0);
    ck_assert_ptr_eq(item, NULL);
    ck_assert_int_eq(queue_get(queue, &item), ECANCELED);
    ck_assert_int_eq(queue_get_until(queue, &item, &deadline), ECANCELED);
    try_get(queue, &error);
    ck_assert_int_eq(error, ECANCELED);
    queue_free(queue);
}
END_TEST

START_TEST(a_deadline_ends_a_wait)
{
    void *item = &two;
    struct queue *queue = new_queue(1);
    int64_t begin = measure_now(), length = 20000000;
    struct timespec deadline = deadline_after(length);
    ck_assert_int_eq(queue_get_until(queue, &item, &deadline), ETIMEDOUT);
    ck_assert_ptr_eq(item, &two);
    ck_assert_msg(measure_now() - begin >= length, "ended before its time");
    ck_assert_int_eq(queue_put_until(queue, &one, &deadline), 0);
    ck_assert_int_eq(queue_put_until(queue, &two, &deadline), ETIMEDOUT);
    ck_assert_int_eq(queue_get_until(queue, &item, &deadline), 0);
    ck_assert_ptr_eq(item, &one);
    queue_free(queue);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
    void *item;
    struct queue *queue = new_queue(1);
    struct timespec bad = {.tv_sec = 1, .tv_nsec = 1000000000};
    ck_assert_int_eq(queue_get_until(queue, &item, &bad), EINVAL);
    ck_assert_int_eq(queue_put_until(queue, &one, &bad), 0); /* no wait */
    ck_assert_int_eq(queue_put_until(queue, &two, &bad), EINVAL);
    ck_assert_int_eq(queue_get_until(queue, &item, &bad), 0);
    queue_free(queue);
}
END_TEST

START_TEST(a_queue_needs_room)
{
    size_t bad[] = {SIZE_MAX, SIZE_MAX / sizeof(void *)};
    errno = 0;
    ck_assert_ptr_eq(queue_new(0), NULL);
    ck_assert_int_eq(errno, EINVAL);
    for (int i = 0; i < 2; i++) {
        errno = 0;
        ck_assert_ptr_eq(queue_new(bad[i]), NULL);
        ck_assert_int_eq(errno, ENOMEM);
    }
    queue_free(NULL);
}
END_TEST

/* ---------- lib/queue: many threads ---------- */

enum { EACH = 2000, HANDS = 3 };

struct traffic {
    struct queue *queue;
    long sums[HANDS];
    int numbers[HANDS][EACH], left;
    bool in_order, timed;
};

static void produce(struct traffic *traffic, int hand)
{
    struct timespec deadline = deadline_after(INT64_MAX);
    for (int i = 0; i < EACH; i++) {
        int *item = &traffic->numbers[hand][i];
        *item = hand * EACH + i;
        int error = traffic->timed
                        ? queue_put_until(traffic->queue, item, &deadline)
                        : queue_put(traffic->queue, item);
        if (error)
            abort();
    }
    if (__atomic_sub_fetch(&traffic->left, 1, __ATOMIC_RELAXED) == 0)
        queue_close(traffic->queue);
}

/* The numbers of one producer must come to one consumer in rising order. */
static void consume(struct traffic *traffic, int hand)
{
    struct timespec deadline = deadline_after(INT64_MAX);
    int last[HANDS] = {-1, -1, -1};
    void *item;
    while ((traffic->timed ? queue_get_until(traffic->queue, &item, &deadline)
                           : queue_get(traffic->queue, &item)) == 0) {
        int number = *(int *)item, from = number / EACH;
        if (number <= last[from])
            __atomic_store_n(&traffic->in_order, false, __ATOMIC_RELAXED);
        last[from] = number;
        traffic->sums[hand] += number;
    }
}

static void take_part(int index, void *argument)
{
    if (index < HANDS)
        produce(argument, index);
    else
        consume(argument, index - HANDS);
}

START_TEST(nothing_is_lost_and_nothing_comes_twice)
{
    static const size_t capacities[] = {1, 2, 7, 100000};
    for (int i = 0; i < 8; i++) {
        static struct traffic traffic;
        traffic = (struct traffic){.left = HANDS, .in_order = true};
        traffic.queue = new_queue(capacities[i / 2]);
        traffic.timed = i % 2;
        run_threads(2 * HANDS, take_part, &traffic);
        long count = HANDS * EACH, sum = 0;
        for (int hand = 0; hand < HANDS; hand++)
            sum += traffic.sums[hand];
        ck_assert_int_eq(sum, count * (count - 1) / 2);
        ck_assert(traffic.in_order);
        queue_free(traffic.queue);
    }
}
END_TEST

/* Threads 0 to 2 wait, thread 3 closes; the result of each is kept. */
struct closing {
    struct queue *queue;
    bool full;
    int results[3];
};

static void wait_or_close(int index, void *argument)
{
    struct closing *closing = argument;
    void *item;
    if (index == 3)
        queue_close(closing->queue);
    else
        closing->results[index] = closing->full
                                      ? queue_put(closing->queue, NULL)
                                      : queue_get(closing->queue, &item);
}

START_TEST(a_close_ends_all_waits)
{
    for (int round = 0; round < 100; round++) {
        struct closing closing = {new_queue(1), round % 2, {0}};
        if (closing.full)
            ck_assert_int_eq(queue_put(closing.queue, &one), 0);
        run_threads(4, wait_or_close, &closing);
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(closing.results[i], ECANCELED);
        ck_assert_uint_eq(queue_length(closing.queue), closing.full);
        queue_free(closing.queue);
    }
}
END_TEST

/* ---------- lib/deadline ---------- */

static int64_t in_nanoseconds(struct timespec time)
{
    ck_assert(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

START_TEST(a_deadline_is_now_and_something)
{
    int64_t lengths[] = {0, 1, 999999999, 1000000000, 3600000000000, -1};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int64_t before = measure_now();
        int64_t moment = in_nanoseconds(deadline_after(lengths[i]));
        int64_t after = measure_now();
        ck_assert(moment >= before + lengths[i]);
        ck_assert(moment <= after + lengths[i]);
    }
}
END_TEST

START_TEST(a_deadline_does_not_wrap_round)
{
    ck_assert_int_eq(in_nanoseconds(deadline_after(INT64_MAX)), INT64_MAX);
    ck_assert_int_eq(in_nanoseconds(deadline_after(INT64_MIN)), 0);
}
END_TEST

/* ---------- programs ---------- */

START_TEST(used_numbers_come_in_order)
{
    const struct run *r = run_well("bounded_queue");
    ck_assert_str_eq(r->out, "used 1\nused 2\nused 3\nused 4\nused 5\nused 6\n"
                             "used 7\nused 8\n");
}
END_TEST

START_TEST(all_are_ready_before_one_runs)
{
    for (int i = 0; i < 20; i++) {
        const struct run *r = run_well("latch");
        const char *all = strstr(r->out, "all are ready\n");
        const char *runs = strstr(r->out, "runs");
        ck_assert_msg(all && runs > all, "%s", r->out);
        for (const char *p = r->out; (p = strstr(p, "is ready")); p++)
            ck_assert_msg(p < all, "%s", r->out);
    }
}
END_TEST

START_TEST(phases_do_not_mix)
{
    const char *barriers[] = {"rendezvous", "own_barrier"};
    for (int i = 0; i < 40; i++)
        ck_assert_str_eq(run_well(barriers[i % 2])->out,
                         "phase 1: the parts make 6\n"
                         "phase 2: the parts make 12\n");
}
END_TEST

START_TEST(two_processes_take_turns)
{
    ck_assert_str_eq(run_well("ping_pong")->out,
                     "ping 1\n  pong 1\nping 2\n  pong 2\n");
}
END_TEST

START_TEST(nobody_overtakes_the_writer)
{
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(run_well("readers_writers")->out,
                         "0 readers went in while the writer waited\n");
}
END_TEST

START_TEST(patience_has_an_end)
{
    ck_assert_str_eq(run_well("patience")->out,
                     "Connection timed out, not before the deadline\n");
}
END_TEST

START_TEST(handover_prints_a_table)
{
    /* Few items: a busy wait on a busy machine takes a time slice for each. */
    const struct run *r = run_well("handover 2 20");
    ck_assert(matches(r->out, "^# machine: .+; cores: [0-9]+; kernel: .+; "
                              "compiler: .+$"));
    ck_assert(matches(r->out, "^# runs: 2; nanoseconds for each item$"));
    const char *row = strstr(r->out, "\ncase\t");
    ck_assert(row != NULL);
    int rows = 0;
    for (row = strchr(row + 1, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
        char name[32];
        double capacity, v[5];
        ck_assert_int_eq(sscanf(row, "%31s %lf %lf %lf %lf %lf %lf", name,
                                &capacity, &v[0], &v[1], &v[2], &v[3], &v[4]),
                         7);
        ck_assert(matches(name, "^(sleep|spin)-(ns|cpu)$"));
        ck_assert(v[0] > 0);
        for (int i = 1; i < 5; i++)
            ck_assert_msg(v[i - 1] <= v[i], "%.80s", row);
        rows++;
    }
    ck_assert_int_eq(rows, 14);
}
END_TEST

START_TEST(handover_refuses_bad_numbers)
{
    const char *bad[] = {"0", "-3", "1001", "many", "3 0", "3 2001", "3 4 5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct run *r = run("handover %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_str_eq(r->out, "");
        ck_assert(matches(r->err, "usage: handover"));
    }
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    const char *programs[] = {"bounded_queue", "patience",       "latch",
                              "ping_pong",     "rendezvous",     "own_barrier",
                              "handover 1 20", "readers_writers"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const struct run *r = run("%s > /dev/full", programs[i]);
        ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", programs[i],
                      r->status);
        ck_assert_msg(strlen(r->err) > 0, "%s said nothing", programs[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Waiting");
    const TTest *alone[] = {first_in_first_out,
                            a_try_does_not_wait,
                            a_closed_queue_gives_what_it_has,
                            a_deadline_ends_a_wait,
                            what_is_no_time_is_refused,
                            a_queue_needs_room};
    const TTest *together[] = {nothing_is_lost_and_nothing_comes_twice,
                               a_close_ends_all_waits};
    const TTest *deadlines[] = {a_deadline_is_now_and_something,
                                a_deadline_does_not_wrap_round};
    const TTest *programs[] = {
        used_numbers_come_in_order,  all_are_ready_before_one_runs,
        phases_do_not_mix,           two_processes_take_turns,
        nobody_overtakes_the_writer, patience_has_an_end,
        a_full_disk_is_noticed};
    const TTest *costs[] = {handover_prints_a_table,
                            handover_refuses_bad_numbers};
    add_tests(suite, "queue, one thread", 1, alone, 6);
    add_tests(suite, "queue, many threads", 1, together, 2);
    add_tests(suite, "deadline", 1, deadlines, 2);
    add_tests(suite, "programs", 1, programs, 7);
    add_tests(suite, "handover", 1, costs, 2);
    return run_suite(suite);
}
