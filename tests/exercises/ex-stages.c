/* Exercise "A pipeline of stages": stage_work. */
#include "lib/queue.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct stage {
    struct queue *from, *to;
    void *(*step)(void *item);
    void (*drop)(void *item);
    pthread_mutex_t lock;
    int working;
};

void stage_work(struct stage *stage);

/* Items are pointers into this array, and a step goes one place further: what
 * a stage makes of an item is never the item. */
static int items[512];

static void *go_on(void *item)
{
    ck_assert_msg(schedule_held() == 0,
                  "a worker holds a lock while it does its step: then the "
                  "workers of a stage work one after the other");
    return (int *)item + 1;
}

static void *drop_odd(void *item)
{
    return ((int *)item - items) % 2 == 0 ? item : NULL;
}

static void *dropped[16];
static int drops;

static void remember_drop(void *item)
{
    if (drops < 16)
        dropped[drops] = item;
    drops++;
}

static struct stage stage = {
    .step = go_on, .drop = remember_drop, .lock = PTHREAD_MUTEX_INITIALIZER};

static void make_stage(int workers, int count)
{
    stage.from = queue_new(16);
    stage.to = queue_new(16);
    ck_assert(stage.from && stage.to);
    stage.working = workers;
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(queue_put(stage.from, &items[i]), 0);
    queue_close(stage.from);
}

static void free_stage(void)
{
    queue_free(stage.from);
    queue_free(stage.to);
}

/* The item that comes next out of the stage: its number, or the error. */
static int next_item(void)
{
    void *item = NULL;
    int error = queue_try_get(stage.to, &item);
    return error ? -error : (int)((int *)item - items);
}

static void expect_closed(bool wanted, const char *when)
{
    int error = queue_try_put(stage.to, NULL);
    ck_assert_msg((error == ECANCELED) == wanted,
                  "%s the queue behind the stage must be %s. See \"Closing "
                  "time\".",
                  when, wanted ? "closed" : "open");
}

START_TEST(does_its_step)
{
    int count = (int)vary(2, 15);
    make_stage(1, count);
    stage_work(&stage);
    for (int i = 0; i < count; i++) {
        int item = next_item();
        ck_assert_msg(item == i + 1,
                      "what the step has made of item %d must come out of the "
                      "stage; next_item() is %d",
                      i, item);
    }
    ck_assert_msg(next_item() == -ECANCELED,
                  "after the last item the queue behind the stage must be "
                  "empty and closed");
    ck_assert_msg(drops == 0, "nothing had to be dropped");
    free_stage();
}
END_TEST

START_TEST(passes_on_what_came_of_it)
{
    stage.step = drop_odd;
    make_stage(1, 4);
    stage_work(&stage);
    ck_assert_msg(next_item() == 0 && next_item() == 2 &&
                      next_item() == -ECANCELED,
                  "a step that returns NULL has found nothing: nothing must "
                  "be put into the next queue");
    free_stage();
}
END_TEST

/* Several workers, one after the other, in one thread. */
START_TEST(the_last_one_closes)
{
    int workers = (int)vary(2, 6);
    make_stage(workers, 1);
    while (--workers > 0) {
        stage_work(&stage);
        expect_closed(false, "some workers have not left yet, and may have an "
                             "item in their hands:");
    }
    stage_work(&stage);
    expect_closed(true, "all workers have left:");
    free_stage();
}
END_TEST

/* The queue before the stage is open: a worker that does not close it waits
 * for more, for ever. */
START_TEST(stops_those_before_it)
{
    stage.from = queue_new(16);
    stage.to = queue_new(16);
    ck_assert(stage.from && stage.to);
    stage.working = 1;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(queue_put(stage.from, &items[10 * i]), 0);
    queue_close(stage.to);
    stage_work(&stage);
    ck_assert_msg(drops == 3,
                  "nobody wants the three things that were made: each must be "
                  "given to drop, not %d",
                  drops);
    for (int i = 0; i < 3; i++)
        ck_assert_msg(dropped[i] == &items[10 * i + 1],
                      "drop must get what the step has made, not the item that "
                      "the step was given");
    ck_assert_msg(queue_try_put(stage.from, NULL) == ECANCELED,
                  "the queue before the stage must be closed, so that those "
                  "who fill it stop");
    free_stage();
}
END_TEST

/* Who looks outside of the lock sees the wrong number, and what is written
 * there is lost: the hook keeps what there is under the lock. */
static int under_lock, outside;

static void mislead_outside(enum point point, const void *object)
{
    if (object == &stage.lock && point == AFTER_LOCK)
        stage.working = under_lock;
    if (object == &stage.lock && point == BEFORE_UNLOCK) {
        under_lock = stage.working;
        stage.working = outside;
    }
}

START_TEST(counts_under_the_lock)
{
    make_stage(2, 0);
    under_lock = 2;
    stage.working = outside = _i;
    schedule_hook(mislead_outside);
    stage_work(&stage);
    ck_assert_msg(under_lock == 1,
                  "two workers: after the first has left, working must be 1 "
                  "under the lock, not %d",
                  under_lock);
    expect_closed(false, "the other worker has not left yet:");
    stage_work(&stage);
    schedule_hook(NULL);
    expect_closed(true, "both workers have left:");
    ck_assert_msg(schedule_held() == 0, "the lock is still held");
    free_stage();
}
END_TEST

/* Three stages with three workers each, all at once. */
static struct stage line[3];

static void *work(void *argument)
{
    stage_work(argument);
    return NULL;
}

START_TEST(three_stages_in_a_line)
{
    enum { STAGES = 3, WORKERS = 3, COUNT = 300 };
    struct queue *queues[STAGES + 1];
    pthread_t threads[STAGES][WORKERS];
    for (int i = 0; i <= STAGES; i++)
        ck_assert((queues[i] = queue_new(i == STAGES ? 512 : 4)) != NULL);
    for (int i = 0; i < STAGES; i++) {
        line[i] = (struct stage){.from = queues[i],
                                 .to = queues[i + 1],
                                 .step = go_on,
                                 .drop = remember_drop,
                                 .working = WORKERS};
        pthread_mutex_init(&line[i].lock, NULL);
        for (int w = 0; w < WORKERS; w++)
            ck_assert_int_eq(
                pthread_create(&threads[i][w], NULL, work, &line[i]), 0);
    }
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(queue_put(queues[0], &items[i]), 0);
    queue_close(queues[0]);
    for (int i = 0; i < STAGES; i++)
        for (int w = 0; w < WORKERS; w++)
            ck_assert_int_eq(pthread_join(threads[i][w], NULL), 0);
    bool seen[COUNT] = {false};
    stage.to = queues[STAGES];
    for (int i = 0; i < COUNT; i++) {
        int item = next_item() - STAGES;
        ck_assert_msg(item >= 0 && item < COUNT && !seen[item],
                      "each of %d items must come out once", COUNT);
        seen[item] = true;
    }
    ck_assert_int_eq(next_item(), -ECANCELED);
    for (int i = 0; i <= STAGES; i++)
        queue_free(queues[i]);
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("A pipeline of stages");
    tcase_set_timeout(tcase, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* What fails in one thread would hang in several, and these are not run. */
int main(void)
{
    TCase *first = tcase_create("one thread (a hang: the worker waits at a "
                                "queue that it should have closed)");
    tcase_add_test(first, does_its_step);
    tcase_add_test(first, passes_on_what_came_of_it);
    tcase_add_test(first, the_last_one_closes);
    tcase_add_loop_test(first, counts_under_the_lock, 1, 3);
    tcase_add_test(first, stops_those_before_it);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("nine workers (a hang: some queue was never "
                               "closed)");
    tcase_add_test(rest, three_stages_in_a_line);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
