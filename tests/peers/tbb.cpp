// oneTBB. A task_group in an arena; the thread that posts joins in when it
// waits, and is counted as one of the arena's threads.
#include <cstddef>
#include <cstdint>
#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

namespace tbb = oneapi::tbb;

#ifndef EXTRA
#define EXTRA 0
#endif
static tbb::task_group *group;
static tbb::task_arena *arena;

static void drain()
{
    group->wait();
}

static void with_pool(int workers, void (*body)(void *), void *context)
{
    tbb::global_control allow(tbb::global_control::max_allowed_parallelism,
                              static_cast<std::size_t>(workers + EXTRA));
    tbb::task_arena threads(workers + EXTRA);
    arena = &threads;
    threads.execute([=] {
        tbb::task_group tasks;
        group = &tasks;
        body(context);
        drain();
    });
}

static void producer(void (*body)(void *), void *context)
{
    arena->execute([=] { body(context); });
}

static void post(void (*run)(void *), void *argument)
{
    group->run([=] { run(argument); });
}

#define HAVE_RUN_HERE
static void run_here(void (*run)(void *), void *argument)
{
    post(run, argument);
    drain();
}

#define HAVE_MAP
static void map_squares(const std::uint64_t *numbers, std::uint64_t *squares,
                        std::size_t count)
{
    using range = tbb::blocked_range<std::size_t>;
    tbb::parallel_for(range(0, count), [=](const range &part) {
        for (std::size_t i = part.begin(); i < part.end(); i++)
            squares[i] = numbers[i] * numbers[i];
    });
}

#define HAVE_ROWS
static void do_rows(struct row *rows);

#define HAVE_FIB
static double measure_fib();

#define OTHERS(workers) ((workers) + EXTRA - 1)
#include "workloads.h"

static void do_rows(struct row *rows)
{
    tbb::parallel_for(0, +ROWS, [=](int i) { do_row(&rows[i]); });
}

static int fib(int n)
{
    if (n < 2)
        return n;
    int left, right;
    tbb::task_group both;
    both.run([&] { left = fib(n - 1); });
    right = fib(n - 2);
    both.wait();
    return left + right;
}

static void time_fib(void *result)
{
    fib(20); // so that the workers have begun
    double start = now();
    if (fib(32) != 2178309)
        die("a wrong result");
    *static_cast<double *>(result) = (now() - start) / 1e6;
}

static double measure_fib()
{
    double result;
    with_pool(WORKERS, time_fib, &result);
    return result;
}
