/* GLib's GThreadPool. Idle threads are shared by all pools (exclusive: FALSE),
 * its default and best. It has no futures, no map and no fork-join: a task
 * that waits for another would keep a thread, so that fib cannot be. */
#include <glib.h>

struct job {
    void (*run)(void *);
    void *argument;
};

static GThreadPool *pool;

static void run_job(gpointer data, gpointer context)
{
    struct job *job = data;
    (void)context;
    job->run(job->argument);
    g_free(job);
}

static void drain(void)
{
    if (pool)
        g_thread_pool_free(pool, FALSE, TRUE);
    pool = NULL;
}

static void with_pool(int workers, void (*body)(void *), void *context)
{
    pool = g_thread_pool_new(run_job, NULL, workers, FALSE, NULL);
    body(context);
    drain();
}

static void producer(void (*body)(void *), void *context)
{
    body(context);
}

static void post(void (*run)(void *), void *argument)
{
    struct job *job = g_new(struct job, 1);
    job->run = run;
    job->argument = argument;
    g_thread_pool_push(pool, job, NULL);
}

#define OTHERS(workers) (workers)
#include "workloads.h"
