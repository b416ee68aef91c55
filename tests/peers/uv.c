/* libuv's thread pool: one for the whole process, never destroyed; its size is
 * an environment variable. Only the thread of a loop may queue work, and gets
 * the results in its loop. No map, no fork-join. */
#include <stdlib.h>
#include <stdio.h>
#include <uv.h>

#define NO_CREATE

struct job {
    uv_work_t work;
    void (*run)(void *);
    void *argument;
};

static _Thread_local uv_loop_t loop;

static void run_job(uv_work_t *work)
{
    struct job *job = (struct job *)work;
    job->run(job->argument);
}

static void end_job(uv_work_t *work, int status)
{
    (void)status;
    free(work);
}

static void drain(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void producer(void (*body)(void *), void *context)
{
    uv_loop_init(&loop);
    body(context);
    drain();
    uv_loop_close(&loop);
}

static void with_pool(int workers, void (*body)(void *), void *context)
{
    char size[16];
    snprintf(size, sizeof size, "%d", workers);
    setenv("UV_THREADPOOL_SIZE", size, 1);
    producer(body, context);
}

static void post(void (*run)(void *), void *argument)
{
    struct job *job = malloc(sizeof *job);
    job->run = run;
    job->argument = argument;
    uv_queue_work(&loop, &job->work, run_job, end_job);
}

/* The loop tells when work is done, and a future's result is read after that. */
#define HAVE_AWAIT
struct cell;
static void await(struct cell *cell);

#define OTHERS(workers) (workers)
#include "workloads.h"

static void await(struct cell *cell)
{
    while (__atomic_load_n(&cell->state, __ATOMIC_ACQUIRE) != 2)
        uv_run(&loop, UV_RUN_ONCE);
}
