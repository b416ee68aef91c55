/* OpenMP's tasks, by gcc (libgomp) and clang (libomp). A team has as many
 * threads as workers are asked for; the one that posts is a member and joins
 * in when it waits. There is no object that one could create or destroy. */
#include <stddef.h>

/* OpenMP keeps its threads between regions and ends them with the program. */
#define NO_CREATE

static void with_pool(int workers, void (*body)(void *), void *context)
{
#pragma omp parallel num_threads(workers)
#pragma omp single
    body(context);
}

static void post(void (*run)(void *), void *argument)
{
#pragma omp task firstprivate(run, argument)
    run(argument);
}

static void drain(void)
{
#pragma omp taskwait
}

#define HAVE_RUN_HERE
static void run_here(void (*run)(void *), void *argument)
{
    post(run, argument);
    drain();
}

/* Both members of the team produce: a thread from outside cannot. */
#define HAVE_POST2
static double measure_post2(void);

#define HAVE_MAP
#include <stdint.h>
static void map_squares(const uint64_t *numbers, uint64_t *squares,
                        size_t count);

#define HAVE_FIB
static double measure_fib(void);

#define OTHERS(workers) ((workers)-1)
#include "workloads.h"

static double measure_post2(void)
{
    double start = 0;
#pragma omp parallel num_threads(WORKERS)
    {
#pragma omp single
        start = now();
        for (int i = 0; i < MANY / 2; i++)
            post(do_nothing, NULL);
    }
    return (now() - start) / MANY;
}

/* Within the pool's region, a loop is shared out as tasks. */
static void map_squares(const uint64_t *numbers, uint64_t *squares,
                        size_t count)
{
#pragma omp taskloop num_tasks(8)
    for (size_t i = 0; i < count; i++)
        squares[i] = numbers[i] * numbers[i];
}

static int fib(int n)
{
    if (n < 2)
        return n;
    int left, right;
#pragma omp task shared(left)
    left = fib(n - 1);
    right = fib(n - 2);
#pragma omp taskwait
    return left + right;
}

static void time_fib(void *result)
{
    fib(20); /* so that the workers have begun */
    double start = now();
    if (fib(32) != 2178309)
        die("a wrong result");
    *(double *)result = (now() - start) / 1e6;
}

static double measure_fib(void)
{
    double result;
    with_pool(WORKERS, time_fib, &result);
    return result;
}
