/* The workloads of make bench-pools for peers in C and C++. Each peer's program
 * says what its pool is, in a few functions, and this file does the same with
 * all of them; what the peer can do better by its own means it defines itself.
 * What is measured and in which unit is said in tests/bench-pools.py.
 *
 * Before it includes this file, a peer defines
 *   with_pool(workers, body, context)  make a pool, call body, end the pool,
 *       waiting for what was posted
 *   producer(body, context)  call body in a thread that may post
 *   post(run, argument)      submit a task
 *   drain()                  wait until all that was posted has run
 *   OTHERS(workers)          threads that run tasks while the poster does not
 * and may define HAVE_... and the function that it names. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 2, MANY = 1000000, PINGS = 20000, ROWS = 400 };

static double now(void) /* in nanoseconds */
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void rest(long microseconds)
{
    struct timespec time = {0, microseconds * 1000};
    while (nanosleep(&time, &time) == -1)
        ;
}

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double samples[], size_t count)
{
    qsort(samples, count, sizeof samples[0], compare);
    return (samples[(count - 1) / 2] + samples[count / 2]) / 2;
}

/* A future for the pools that have none, or a slower one: 0, 1 if somebody
 * sleeps until it is done, 2 when it is. */
struct cell {
    uint64_t number;
    uint32_t state;
};

static void set(struct cell *cell)
{
    if (__atomic_exchange_n(&cell->state, 2, __ATOMIC_ACQ_REL) == 1)
        syscall(SYS_futex, &cell->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#ifndef HAVE_AWAIT
static void await(struct cell *cell)
{
    for (int i = 0; i < 200; i++) {
        if (__atomic_load_n(&cell->state, __ATOMIC_ACQUIRE) == 2)
            return;
#ifdef __x86_64__
        __builtin_ia32_pause();
#endif
    }
    uint32_t unset = 0;
    __atomic_compare_exchange_n(&cell->state, &unset, 1, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    while (__atomic_load_n(&cell->state, __ATOMIC_ACQUIRE) != 2)
        syscall(SYS_futex, &cell->state, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}
#endif

/* The tasks. */

static void do_nothing(void *argument)
{
    (void)argument;
}

static void do_set(void *argument)
{
    set((struct cell *)argument);
}

static void do_square(void *argument)
{
    struct cell *cell = (struct cell *)argument;
    cell->number *= cell->number;
    set(cell);
}

static void do_sleep(void *argument)
{
    (void)argument;
    rest(10000);
}

/* Once round: a first task, so that workers have been started. */
static void warm_up(void)
{
    struct cell cell = {0, 0};
    post(do_set, &cell);
    await(&cell);
}

/* post, post2 */

static void post_many(void *many)
{
    for (int i = 0; i < *(int *)many; i++)
        post(do_nothing, NULL);
}

static void time_post(void *result)
{
    int many = MANY;
    warm_up();
    double start = now();
    post_many(&many);
    drain();
    *(double *)result = (now() - start) / MANY;
}

static double measure_post(void)
{
    double result;
    with_pool(WORKERS, time_post, &result);
    return result;
}

#ifndef HAVE_POST2
static void *produce(void *many)
{
    producer(post_many, many);
    return NULL;
}

static void time_post2(void *result)
{
    int half = MANY / 2;
    pthread_t threads[2];
    warm_up();
    double start = now();
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, produce, &half) != 0)
            die("pthread_create");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    drain();
    *(double *)result = (now() - start) / MANY;
}

static double measure_post2(void)
{
    double result;
    with_pool(WORKERS, time_post2, &result);
    return result;
}
#endif

/* futures */

static void time_futures(void *result)
{
    struct cell **cells = (struct cell **)malloc(MANY * sizeof *cells);
    memset(cells, 1, MANY * sizeof *cells);
    uint64_t sum = 0, expected = 0;
    warm_up();
    double start = now();
    for (uint64_t i = 0; i < MANY; i++) {
        cells[i] = (struct cell *)malloc(sizeof *cells[i]);
        cells[i]->number = i;
        cells[i]->state = 0;
        post(do_square, cells[i]);
    }
    for (uint64_t i = 0; i < MANY; i++) {
        await(cells[i]);
        sum += cells[i]->number;
        expected += i * i;
        free(cells[i]);
    }
    *(double *)result = (now() - start) / MANY;
    free(cells);
    if (sum != expected)
        die("a wrong result");
}

static double measure_futures(void)
{
    double result;
    with_pool(WORKERS, time_futures, &result);
    return result;
}

/* ping, idle_ping, idle_cpu */

static double round_trip(void)
{
    struct cell cell = {0, 0};
    double start = now();
    post(do_set, &cell);
    await(&cell);
    return now() - start;
}

static void time_ping(void *result)
{
    static double samples[PINGS];
    for (int i = 0; i < PINGS / 10; i++)
        round_trip();
    for (int i = 0; i < PINGS; i++)
        samples[i] = round_trip();
    *(double *)result = median(samples, PINGS);
}

static double measure_ping(void)
{
    double result;
    with_pool(WORKERS, time_ping, &result);
    return result;
}

#ifdef HAVE_RUN_HERE /* run_here(run, argument): post; wait, and take part */
static void time_ping_in_get(void *result)
{
    enum { GROUP = 100, GROUPS = PINGS / GROUP };
    static double samples[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
        double start = now();
        for (int j = 0; j < GROUP; j++)
            run_here(do_nothing, NULL);
        samples[i] = (now() - start) / GROUP;
    }
    *(double *)result = median(samples, GROUPS);
}

static double measure_ping_in_get(void)
{
    double result;
    with_pool(WORKERS, time_ping_in_get, &result);
    return result;
}
#endif

static void time_idle_ping(void *result)
{
    enum { IDLE_PINGS = 500 };
    static double samples[IDLE_PINGS];
    round_trip();
    for (int i = 0; i < IDLE_PINGS; i++) {
        rest(300);
        samples[i] = round_trip() / 1e3;
    }
    *(double *)result = median(samples, IDLE_PINGS);
}

static double measure_idle_ping(void)
{
    double result;
    with_pool(WORKERS, time_idle_ping, &result);
    return result;
}

static double processor_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static void time_idle_cpu(void *result)
{
    for (int i = 0; i < 1000; i++)
        round_trip();
    rest(10000);
    double used = processor_ms(), start = now();
    rest(300000);
    *(double *)result = (processor_ms() - used) / ((now() - start) / 1e9);
}

static double measure_idle_cpu(void)
{
    double result;
    with_pool(WORKERS, time_idle_cpu, &result);
    return result;
}

/* map: a peer has map_squares(numbers, squares, count), or its user cuts the
 * numbers into PIECES tasks. */

#ifndef HAVE_MAP
struct piece {
    const uint64_t *numbers;
    uint64_t *squares;
    size_t count;
    struct cell done;
};

static void do_piece(void *argument)
{
    struct piece *piece = (struct piece *)argument;
    for (size_t i = 0; i < piece->count; i++)
        piece->squares[i] = piece->numbers[i] * piece->numbers[i];
    set(&piece->done);
}

static void map_squares(const uint64_t *numbers, uint64_t *squares,
                        size_t count)
{
    enum { PIECES = 8 };
    struct piece pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        size_t from = count * i / PIECES, to = count * (i + 1) / PIECES;
        pieces[i].numbers = numbers + from;
        pieces[i].squares = squares + from;
        pieces[i].count = to - from;
        pieces[i].done.state = 0;
        post(do_piece, &pieces[i]);
    }
    for (size_t i = 0; i < PIECES; i++)
        await(&pieces[i].done);
}
#endif

static void time_map(void *result)
{
    enum { MAPS = 20 };
    double samples[MAPS];
    uint64_t *numbers = (uint64_t *)malloc(MANY * sizeof *numbers);
    uint64_t *squares = (uint64_t *)malloc(MANY * sizeof *squares);
    for (uint64_t i = 0; i < MANY; i++)
        numbers[i] = i;
    for (int i = -1; i < MAPS; i++) {
        memset(squares, 0, MANY * sizeof *squares);
        double start = now();
        map_squares(numbers, squares, MANY);
        if (i >= 0)
            samples[i] = (now() - start) / 1e3;
        for (uint64_t j = 0; j < MANY; j++)
            if (squares[j] != j * j)
                die("a wrong result");
    }
    free(numbers);
    free(squares);
    *(double *)result = median(samples, MAPS);
}

static double measure_map(void)
{
    double result;
    with_pool(WORKERS, time_map, &result);
    return result;
}

/* mandelbrot */

struct row {
    int number;
    uint64_t inside;
    struct cell done;
};

static void do_row(struct row *row)
{
    enum { WIDTH = 600, LIMIT = 500 };
    uint64_t inside = 0;
    double y = row->number * 2.4 / ROWS - 1.2;
    for (int column = 0; column < WIDTH; column++) {
        double x = column * 3.0 / WIDTH - 2.1, a = 0, b = 0;
        int i = 0;
        for (; i < LIMIT && a * a + b * b <= 4; i++) {
            double next = a * a - b * b + x;
            b = 2 * a * b + y;
            a = next;
        }
        inside += i == LIMIT;
    }
    row->inside = inside;
}

#ifndef HAVE_ROWS
static void do_posted_row(void *argument)
{
    struct row *row = (struct row *)argument;
    do_row(row);
    set(&row->done);
}

static void do_rows(struct row *rows)
{
    for (int i = 0; i < ROWS; i++)
        post(do_posted_row, &rows[i]);
    for (int i = 0; i < ROWS; i++)
        await(&rows[i].done);
}
#endif

static void time_mandelbrot(void *result)
{
    enum { ROUNDS = 3 };
    double samples[ROUNDS];
    static struct row alone[ROWS], together[ROWS];
    warm_up();
    for (int round = 0; round < ROUNDS; round++) {
        memset(together, 0, sizeof together);
        for (int i = 0; i < ROWS; i++)
            alone[i].number = together[i].number = i;
        double start = now();
        for (int i = 0; i < ROWS; i++)
            do_row(&alone[i]);
        double sequential = now() - start;
        start = now();
        do_rows(together);
        samples[round] = sequential / (now() - start);
        for (int i = 0; i < ROWS; i++)
            if (alone[i].inside != together[i].inside)
                die("a wrong result");
    }
    *(double *)result = median(samples, ROUNDS);
}

static double measure_mandelbrot(void)
{
    double result;
    with_pool(WORKERS, time_mandelbrot, &result);
    return result;
}

/* create, create_task */

static void do_nothing_inside(void *context)
{
    (void)context;
}

static void do_one_task(void *context)
{
    (void)context;
    warm_up();
}

static double measure_creation(int times, void (*body)(void *))
{
    double start = now();
    for (int i = 0; i < times; i++)
        with_pool(WORKERS, body, NULL);
    return (now() - start) / 1e3 / times;
}

static inline double measure_create(void)
{
    return measure_creation(1000, do_nothing_inside);
}

static inline double measure_create_task(void)
{
    return measure_creation(200, do_one_task);
}

/* sleeps */

static void post_sleeps(void *context)
{
    (void)context;
    for (int i = 0; i < 1000; i++)
        post(do_sleep, NULL);
    drain();
}

static double measure_sleeps(void)
{
    double start = now();
    with_pool(100, post_sleeps, NULL);
    return (now() - start) / 1e6;
}

/* memory_task, memory_worker */

static double resident(void) /* in bytes */
{
    unsigned long pages;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%*u %lu", &pages) != 1)
        die("/proc/self/statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static pthread_barrier_t arrived, leave;

static void do_wait(void *argument)
{
    (void)argument;
    pthread_barrier_wait(&arrived);
    pthread_barrier_wait(&leave);
}

struct memory {
    unsigned workers;
    int tasks;
    double before, grown;
};

static void weigh(void *context)
{
    struct memory *memory = (struct memory *)context;
    for (unsigned i = 0; i < OTHERS(memory->workers); i++)
        post(do_wait, NULL);
    pthread_barrier_wait(&arrived);
    if (memory->tasks)
        memory->before = resident();
    for (int i = 0; i < memory->tasks; i++)
        post(do_nothing, NULL);
    memory->grown = resident() - memory->before;
    pthread_barrier_wait(&leave);
}

static double measure_memory(unsigned workers, int tasks)
{
    struct memory memory = {workers, tasks, resident(), 0};
    pthread_barrier_init(&arrived, NULL, OTHERS(workers) + 1);
    pthread_barrier_init(&leave, NULL, OTHERS(workers) + 1);
    with_pool(workers, weigh, &memory);
    return memory.grown;
}

static double measure_memory_task(void)
{
    return measure_memory(WORKERS, MANY) / MANY;
}

static double measure_memory_worker(void)
{
    return measure_memory(64, 0) / OTHERS(64) / 1024;
}

/* The rest is main: PROGRAM WORKLOAD prints a number, or "-" where the peer has
 * no such notion. */

static const struct {
    const char *name;
    double (*run)(void);
} workloads[] = {
    {"post", measure_post},
    {"post2", measure_post2},
    {"futures", measure_futures},
    {"ping", measure_ping},
#ifdef HAVE_RUN_HERE
    {"ping_in_get", measure_ping_in_get},
#endif
    {"idle_ping", measure_idle_ping},
    {"idle_cpu", measure_idle_cpu},
    {"map", measure_map},
#ifdef HAVE_FIB
    {"fib", measure_fib},
#endif
    {"mandelbrot", measure_mandelbrot},
#ifndef NO_CREATE
    {"create", measure_create},
    {"create_task", measure_create_task},
#endif
    {"sleeps", measure_sleeps},
    {"memory_task", measure_memory_task},
    {"memory_worker", measure_memory_worker},
};

int main(int argc, char *argv[])
{
    if (argc != 2)
        die("usage: PEER WORKLOAD");
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
        if (strcmp(argv[1], workloads[i].name) == 0) {
            printf("%g\n", workloads[i].run());
            return 0;
        }
    puts("-");
    return 0;
}
