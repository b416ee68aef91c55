/* The judge's hand within the box: runs the tests of one suite, each in a process
 * of its own, and tells the judge what was seen. It decides nothing.
 *
 * The process that main runs in, the parent, never executes a line of the
 * student's. Two lines lead to the judge, sequenced packets both, so that a
 * message is whole or is none:
 *
 *   parent  "test NAME TURNS" and waits for "run" or "skip"; before each turn
 *           "turn"; "report …" for what a sanitizer wrote; at last
 *           "over STATUS STILL LEFT"
 *   child   from the judge: the nonce, once a turn. To it: "fail …", "left …",
 *           "waits …"; at the end "place NONCE …" and "ended NONCE …"
 *
 * The child closes the parent's line. Its own it must keep, and so may whatever
 * the student starts; but who does not know the nonce cannot say "ended", and the
 * nonce lies in a page that nobody may read while the test runs. */
#define _GNU_SOURCE
#include "check.h"
#include "run.h"
#include "schedule.h"

#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MESSAGE = 60000, /* the longest, in bytes */
    REPORT = 16000, /* of a sanitizer, what is told of it */
    NONCE = 32, /* hexadecimal digits */
    PAGE = 65536 /* a whole number of pages on every machine */
};

/* What only the sanitizers' libraries have; absent from the plain build. */
void __sanitizer_set_report_path(const char *path) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* The student's code lies in a section of its own, which the linker brackets. */
extern const char __start_student[] __attribute__((weak));
extern const char __stop_student[] __attribute__((weak));

static int parent_line = -1, child_line = -1;
static pid_t parent, test_process;
static char *nonce; /* in its own page */
static bool watching; /* note places: not where it could hide a data race */
static unsigned long cpu_seconds;
static int descriptors_before;
static _Atomic(const char *) stack_top; /* of the test's own thread */

/* ── What a suite registers ───────────────────────────────────────────────── */

struct test {
    const TTest *what;
    int start, end;
    struct test *next;
};

struct fixture {
    SFun function;
    struct fixture *next;
};

struct TCase {
    struct test *tests, **last;
    struct fixture *set_up, *tear_down, *open, *close;
    struct TCase *next;
};

struct Suite {
    struct TCase *cases, **last;
};

static void *room(size_t size)
{
    void *block = calloc(1, size);
    if (!block)
        abort();
    return block;
}

Suite *suite_create(const char *name)
{
    (void)name;
    Suite *suite = room(sizeof *suite);
    suite->last = &suite->cases;
    return suite;
}

TCase *tcase_create(const char *name)
{
    (void)name;
    TCase *tcase = room(sizeof *tcase);
    tcase->last = &tcase->tests;
    return tcase;
}

void suite_add_tcase(Suite *suite, TCase *tcase)
{
    *suite->last = tcase;
    suite->last = &tcase->next;
}

void tcase_add_loop_test(TCase *tcase, const TTest *what, int start, int end)
{
    struct test *test = room(sizeof *test);
    *test = (struct test){what, start, end, NULL};
    *tcase->last = test;
    tcase->last = &test->next;
}

/* Limits are the judge's. */
void tcase_set_timeout(TCase *tcase, double seconds)
{
    (void)tcase, (void)seconds;
}

static void add_fixture(struct fixture **list, SFun function, bool first)
{
    if (!function)
        return;
    struct fixture *fixture = room(sizeof *fixture);
    while (!first && *list)
        list = &(*list)->next;
    *fixture = (struct fixture){function, *list};
    *list = fixture;
}

void tcase_add_checked_fixture(TCase *tcase, SFun set_up, SFun tear_down)
{
    add_fixture(&tcase->set_up, set_up, false);
    add_fixture(&tcase->tear_down, tear_down, true);
}

void tcase_add_unchecked_fixture(TCase *tcase, SFun set_up, SFun tear_down)
{
    add_fixture(&tcase->open, set_up, false);
    add_fixture(&tcase->close, tear_down, true);
}

static void call_all(const struct fixture *fixture)
{
    for (; fixture; fixture = fixture->next)
        fixture->function();
}

/* ── Messages ─────────────────────────────────────────────────────────────── */

/* One message, cut if it is too long. Nothing here may be steered, nor fail a
 * test: who cannot be told has gone. */
__attribute__((format(printf, 2, 3))) static void tell(int line,
                                                       const char *format, ...)
{
    static char text[MESSAGE];
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&busy))
        ;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= MESSAGE)
        length = MESSAGE - 1;
    while (send(line, text, (size_t)length, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
    atomic_flag_clear(&busy);
}

static size_t hear(int line, char *text, size_t size)
{
    ssize_t length;
    do
        length = recv(line, text, size - 1, 0);
    while (length < 0 && errno == EINTR);
    text[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

_Noreturn void graded_fail(const char *file, int line, const char *assertion,
                           const char *format, ...)
{
    char text[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *base = strrchr(file, '/');
    tell(child_line, "fail %s:%d %s\n%s", base ? base + 1 : file, line,
         assertion, text);
    _exit(1);
}

/* The student's code and the library call these for exit, and for _exit and
 * _Exit. A process that the test or the student forked may end so. */
_Noreturn void graded_exit(int status);
_Noreturn void graded_exit(int status)
{
    if (getpid() == test_process) {
        tell(child_line, "left %d", status);
        _exit(1);
    }
    exit(status);
}

_Noreturn void graded_exit_now(int status);
_Noreturn void graded_exit_now(int status)
{
    if (getpid() == test_process)
        tell(child_line, "left %d", status);
    _exit(getpid() == test_process ? 1 : status);
}

_Noreturn void graded_exit_too(int status);
_Noreturn void graded_exit_too(int status)
{
    graded_exit_now(status);
}

/* ── Places ───────────────────────────────────────────────────────────────── */

static struct graded_place *places;
static atomic_flag places_busy = ATOMIC_FLAG_INIT;

/* Was this reached by way of the student's code? Each call of the student's
 * leaves on the stack where it will go on; to look at every word between here
 * and the test's first frame finds them all, and sometimes an old one. Then the
 * place counts for less, which harms nobody. */
__attribute__((noinline, no_sanitize("address", "undefined"))) static bool
called_by_student(void)
{
    const char *here = __builtin_frame_address(0);
    const char *top = atomic_load_explicit(&stack_top, memory_order_relaxed);
    for (const char *word = here; word < top; word += sizeof(void *)) {
        const char *value = *(const char *const *)word;
        if (value >= __start_student && value < __stop_student)
            return true;
    }
    return false;
}

static void note(struct graded_place *place, uint64_t value, bool has_value)
{
    if (!watching || getpid() != test_process)
        return;
    while (atomic_flag_test_and_set(&places_busy))
        ;
    if (!place->known) {
        place->known = true;
        place->next = places;
        places = place;
        if (syscall(SYS_gettid) == test_process && !called_by_student())
            place->direct = true;
    }
    int i = 0;
    while (i < place->count && place->values[i] != value)
        i++;
    if (has_value && i == place->count && i < GRADED_VALUES)
        place->values[place->count++] = value;
    atomic_flag_clear(&places_busy);
}

void graded_pass(struct graded_place *place)
{
    if (!place->known)
        note(place, 0, false);
}

void graded_value(struct graded_place *place, const void *bytes, size_t size)
{
    uint64_t hash = 14695981039346656037u; /* Fowler, Noll and Vo: FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    note(place, hash, true);
}

static void tell_places(const char *secret)
{
    for (const struct graded_place *place = places; place;
         place = place->next) {
        char values[GRADED_VALUES * 17 + 1] = "";
        for (int i = 0; i < place->count; i++)
            sprintf(values + 17 * i, " %016llx",
                    (unsigned long long)place->values[i]);
        const char *base = strrchr(place->file, '/');
        tell(child_line, "place %s %s:%d %d%s", secret,
             base ? base + 1 : place->file, place->line, place->direct, values);
    }
}

/* ── Who waits ────────────────────────────────────────────────────────────── */

/* The parent asks, when nothing moves any more. Nobody waits for this process
 * but the parent, and it is about to be ended: so a handler may do this. */
static void tell_waits(int signal)
{
    (void)signal;
    struct schedule_wait wait;
    for (int i = 0; i < SCHEDULE_THREADS; i++)
        if (schedule_wait_of(i, &wait))
            tell(child_line, "waits %d %s %p %p %d", wait.thread, wait.what,
                 wait.object, wait.caller, wait.holder);
}

/* ── The end of a test ────────────────────────────────────────────────────── */

static int count_names(const char *directory)
{
    int count = 0;
    DIR *names = opendir(directory);
    if (!names)
        return 0;
    while (readdir(names))
        count++;
    closedir(names);
    return count;
}

/* A thread of the process, as /proc shows it; false if it is gone. */
static bool thread_state(const char *task, char *state, long *switches)
{
    char path[300], line[512];
    const char *rest = NULL;
    snprintf(path, sizeof path, "%s/stat", task);
    FILE *file = fopen(path, "re");
    if (file && fgets(line, sizeof line, file))
        rest = strrchr(line, ')');
    if (file)
        fclose(file);
    if (!rest || sscanf(rest, ") %c", state) != 1)
        return false;
    *switches = 0;
    snprintf(path, sizeof path, "%s/status", task);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "voluntary_ctxt_switches: %ld", switches) == 1)
            break;
    if (file)
        fclose(file);
    return true;
}

/* How many other threads stay? One that was joined or detached may still be on
 * its way out: only who sleeps, and has slept through fifty looks, stays. */
static int threads_left(void)
{
    enum { LOOKS = 50, MOST = 2000 };
    int quiet = 0, count = 0;
    long before = -1;
    for (int look = 0; look < MOST && quiet < LOOKS; look++) {
        glob_t tasks;
        long sum = 0;
        bool moves = false;
        count = 0;
        if (glob("/proc/self/task/[0-9]*", 0, NULL, &tasks))
            return 0;
        for (size_t i = 0; i < tasks.gl_pathc; i++) {
            char state;
            long switches;
            if (atoi(strrchr(tasks.gl_pathv[i], '/') + 1) == test_process ||
                !thread_state(tasks.gl_pathv[i], &state, &switches))
                continue;
            count++;
            sum += 1000003 + switches;
            moves |= state != 'S';
        }
        globfree(&tasks);
        if (count == 0)
            return 0;
        quiet = !moves && sum == before ? quiet + 1 : 0;
        before = sum;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    return count;
}

/* Say what the test leaves behind, and that it has come to its end. */
static void end_test(void)
{
    siginfo_t child = {.si_pid = 0};
    bool children = waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
    int threads = watching ? threads_left() : 0;
    int descriptors = count_names("/proc/self/fd") - descriptors_before;
    bool zombie = children && child.si_pid != 0;
    if (__lsan_do_recoverable_leak_check)
        __lsan_do_recoverable_leak_check();
    char secret[NONCE + 1];
    mprotect(nonce, PAGE, PROT_READ);
    memcpy(secret, nonce, NONCE);
    secret[NONCE] = '\0';
    tell_places(secret);
    tell(child_line, "ended %s %d %d %d %d %d", secret, threads, zombie,
         children && !zombie, descriptors, schedule_made());
    _exit(0);
}

static void run_turn(const TCase *tcase, const struct test *test, int turn)
{
    test_process = getpid();
    close(parent_line);
    nonce = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (nonce == MAP_FAILED)
        _exit(2);
    hear(child_line, nonce, NONCE + 1);
    mprotect(nonce, PAGE, PROT_NONE);
    setrlimit(RLIMIT_CPU, &(struct rlimit){cpu_seconds, cpu_seconds + 1});
    sigaction(SIGURG, &(struct sigaction){.sa_handler = tell_waits}, NULL);
    descriptors_before = count_names("/proc/self/fd");
    atomic_store_explicit(&stack_top, __builtin_frame_address(0),
                          memory_order_relaxed);
    call_all(tcase->set_up);
    test->what->function(turn);
    call_all(tcase->tear_down);
    end_test();
}

/* ── The parent: does anything move? ──────────────────────────────────────── */

enum {
    LOOK_MS = 100, /* from one look to the next */
    STILL_LOOKS = 10, /* so many in a row at which nothing has moved … */
    STILL_POLLS = 10000 /* … or where only pollers have, so often */
};

/* A process or thread below the parent, at one look. */
struct task {
    long id, process, parent;
    char state;
    long switches;
    enum { ASLEEP, BY_THE_CLOCK, RUNNING } kind;
};

struct look {
    struct task tasks[2048];
    int count;
};

static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool ok = fgets(line, (int)size, file);
    fclose(file);
    return ok;
}

/* Will this sleeper wake by itself, because it gave a time? What cannot be seen
 * is taken for one that will. */
static bool has_a_deadline(const char *task)
{
    char path[300], line[300];
    long number;
    unsigned long a[6];
    snprintf(path, sizeof path, "%s/syscall", task);
    if (!read_line(path, line, sizeof line) ||
        sscanf(line, "%ld %lx %lx %lx %lx %lx %lx", &number, a, a + 1, a + 2,
               a + 3, a + 4, a + 5) != 7)
        return true;
    switch (number) {
    case SYS_futex:
        return a[3] != 0;
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
        return true;
#ifdef SYS_poll
    case SYS_poll:
        return (int)a[2] >= 0;
    case SYS_epoll_wait:
        return (int)a[3] >= 0;
    case SYS_select:
#endif
    case SYS_pselect6:
        return a[4] != 0;
    case SYS_ppoll:
    case SYS_rt_sigtimedwait:
        return a[2] != 0;
    case SYS_epoll_pwait:
        return (int)a[3] >= 0;
    default:
        return false;
    }
}

static void look_at(struct look *look, long process, long parent_of_it)
{
    char pattern[64];
    glob_t tasks;
    snprintf(pattern, sizeof pattern, "/proc/%ld/task/[0-9]*", process);
    if (glob(pattern, 0, NULL, &tasks))
        return;
    for (size_t i = 0; i < tasks.gl_pathc && look->count < 2048; i++) {
        const char *path = tasks.gl_pathv[i];
        struct task *task = &look->tasks[look->count];
        *task = (struct task){.id = atol(strrchr(path, '/') + 1),
                              .process = process,
                              .parent = parent_of_it};
        if (!thread_state(path, &task->state, &task->switches))
            continue;
        task->kind = task->state == 'Z' || task->state == 'X' ? ASLEEP
                     : task->state != 'S'                     ? RUNNING
                     : has_a_deadline(path)                   ? BY_THE_CLOCK
                                                              : ASLEEP;
        look->count++;
    }
    globfree(&tasks);
}

/* All processes that descend from this one, with their threads. Only one thread
 * of each counts if `deep` is false, without a look at what it does. */
static void look_around(struct look *look, bool deep)
{
    static struct {
        long id, parent;
        bool below;
    } all[4096];
    int count = 0;
    glob_t processes;
    look->count = 0;
    if (glob("/proc/[0-9]*", 0, NULL, &processes))
        return;
    for (size_t i = 0; i < processes.gl_pathc && count < 4096; i++) {
        char path[300], line[512], state;
        snprintf(path, sizeof path, "%s/stat", processes.gl_pathv[i]);
        const char *rest =
            read_line(path, line, sizeof line) ? strrchr(line, ')') : NULL;
        all[count].id = atol(strrchr(processes.gl_pathv[i], '/') + 1);
        all[count].below = false;
        if (rest && sscanf(rest, ") %c %ld", &state, &all[count].parent) == 2)
            count++;
    }
    globfree(&processes);
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < count; i++) {
            bool below = all[i].parent == parent;
            for (int k = 0; k < count && !below; k++)
                below = all[k].below && all[k].id == all[i].parent;
            if (below && !all[i].below)
                more = all[i].below = true;
        }
    }
    for (int i = 0; i < count; i++)
        if (all[i].below && deep)
            look_at(look, all[i].id, all[i].parent);
        else if (all[i].below && look->count < 2048)
            look->tasks[look->count++] =
                (struct task){.id = all[i].id, .process = all[i].id};
}

/* What has happened since the look before: nothing can be said because a thread
 * runs; something has moved; nothing but those that look again and again. */
enum change { UNKNOWN, MOVED, STILL };

static enum change compare(const struct look *before, const struct look *now,
                           long *polls)
{
    if (before->count != now->count)
        return MOVED;
    for (int i = 0; i < now->count; i++) {
        const struct task *was = &before->tasks[i], *is = &now->tasks[i];
        if (was->id != is->id || (is->kind == ASLEEP && was->kind == ASLEEP &&
                                  is->switches != was->switches))
            return MOVED;
    }
    for (int i = 0; i < now->count; i++) {
        const struct task *was = &before->tasks[i], *is = &now->tasks[i];
        if (is->kind == RUNNING || was->kind == RUNNING)
            return UNKNOWN;
        if (is->kind != was->kind)
            return MOVED;
        if (is->kind == BY_THE_CLOCK)
            *polls += is->switches - was->switches;
    }
    return STILL;
}

static bool has_sleeper_by_the_clock(const struct look *look)
{
    for (int i = 0; i < look->count; i++)
        if (look->tasks[i].kind == BY_THE_CLOCK)
            return true;
    return false;
}

/* Wait for the child. Returns true if it was ended because nothing moved. */
static bool wait_for(pid_t child, int *status)
{
    static struct look looks[2];
    int which = 0, still = 0;
    long polls = 0;
    bool stopped = false;
    int fd = pidfd_open(child, 0);
    looks[0].count = looks[1].count = 0;
    for (;;) {
        struct pollfd end = {fd, POLLIN, 0};
        if (poll(&end, 1, fd < 0 ? 0 : LOOK_MS) > 0)
            break;
        which = !which;
        look_around(&looks[which], true);
        enum change change = compare(&looks[!which], &looks[which], &polls);
        if (change == MOVED)
            still = 0, polls = 0;
        still += change == STILL;
        if (still < STILL_LOOKS ||
            (has_sleeper_by_the_clock(&looks[which]) && polls < STILL_POLLS))
            continue;
        for (int i = 0; i < looks[which].count; i++)
            if (looks[which].tasks[i].id == looks[which].tasks[i].process)
                kill((pid_t)looks[which].tasks[i].id, SIGURG);
        poll(&end, 1, 2 * LOOK_MS);
        kill(child, SIGKILL);
        stopped = true;
        break;
    }
    if (fd >= 0)
        close(fd);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    return stopped;
}

/* End what the test has left running. Returns how many processes that were. One
 * that is on its way out is given the time for it. */
static int end_the_rest(void)
{
    static struct look look;
    int left = -1;
    for (int i = 0; i < 2000; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        look_around(&look, false);
        if (look.count == 0)
            break;
        if (i >= 50 && left < 0)
            left = look.count;
        for (int k = 0; i >= 50 && k < look.count; k++)
            kill((pid_t)look.tasks[k].id, SIGKILL);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    return left < 0 ? 0 : left;
}

/* ── The parent: tests in their order ─────────────────────────────────────── */

static char report_path[4096];

static void tell_reports(void)
{
    char pattern[sizeof report_path + 2], text[REPORT];
    glob_t files;
    snprintf(pattern, sizeof pattern, "%s.*", report_path);
    if (glob(pattern, 0, NULL, &files))
        return;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        int file = open(files.gl_pathv[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
        if (length > 0) {
            text[length] = '\0';
            tell(parent_line, "report %s", text);
        }
        if (file >= 0)
            close(file);
        unlink(files.gl_pathv[i]);
    }
    globfree(&files);
}

static void run_test(const TCase *tcase, const struct test *test)
{
    char answer[16];
    int status = 0, left = 0;
    bool still = false;
    tell(parent_line, "test %s %d", test->what->name, test->end - test->start);
    hear(parent_line, answer, sizeof answer);
    if (strcmp(answer, "run") != 0)
        return;
    for (int turn = test->start; turn < test->end; turn++) {
        tell(parent_line, "turn");
        pid_t child = fork();
        if (child < 0) {
            tell(parent_line, "broken fork: %s", strerror(errno));
            exit(1);
        }
        if (child == 0)
            run_turn(tcase, test, turn);
        still = wait_for(child, &status);
        left = end_the_rest();
        tell_reports();
        if (status != 0 || still || left > 0)
            break;
    }
    tell(parent_line, "over %d %d %d",
         WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
         still, left);
}

/* Out of the way of tests that look at the numbers of descriptors. */
static int move_up(int line)
{
    int high = fcntl(line, F_DUPFD_CLOEXEC, 500);
    if (high < 0)
        return fcntl(line, F_SETFD, FD_CLOEXEC) < 0 ? -1 : line;
    close(line);
    return high;
}

/* Sanitizers write into files, this process's and those of programs that it
 * will start. The library for undefined behaviour has a path of its own. */
static void redirect_reports(void)
{
    static const char *const names[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS",
                                        "TSAN_OPTIONS"};
    for (int i = 0; i < 3; i++) {
        const char *old = getenv(names[i]);
        char options[sizeof report_path + 200];
        snprintf(options, sizeof options, "%s:log_path=%s", old ? old : "",
                 report_path);
        setenv(names[i], options, 1);
    }
    if (!__sanitizer_set_report_path)
        return;
    __sanitizer_set_report_path(report_path);
    void *library = dlopen("libubsan.so.1", RTLD_NOLOAD | RTLD_NOW);
    void (*set_path)(const char *) = NULL;
    if (library)
        *(void **)&set_path = dlsym(library, "__sanitizer_set_report_path");
    if (set_path)
        set_path(report_path);
}

/* Calls of the kernel out of the student's own code end the process. The gate has
 * looked for such instructions, but one may begin within another. */
static int refuse_calls_of_the_student(void)
{
    uintptr_t start = (uintptr_t)__start_student,
              stop = (uintptr_t)__stop_student;
    size_t from = offsetof(struct seccomp_data, instruction_pointer);
    struct sock_filter filter[] = { /* it is told the address behind the call */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)from + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(start >> 32), 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)from),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (unsigned)start, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (unsigned)stop, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (start == stop)
        return 0; /* a program of the student's runs on its own */
    if (start >> 32 != stop >> 32)
        return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* In a new PID namespace all runs would have the same numbers, and a test that
 * compares one would seem to want it. */
static void use_up_process_numbers(int count)
{
    for (pid_t child; count > 0 && (child = fork()) >= 0; count--) {
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
}

static void greet_judge(void)
{
    const char *lines = getenv("GRADED");
    char limits[200], directory[4000];
    unsigned long seed;
    int secret, run; /* of the reference; 0 if it is the student's */
    if (!lines || sscanf(lines, "%d %d", &parent_line, &child_line) != 2) {
        fputs("this program is run by the judge\n", stderr);
        exit(2);
    }
    unsetenv("GRADED");
    parent = getpid();
    parent_line = move_up(parent_line);
    child_line = move_up(child_line);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    hear(parent_line, limits, sizeof limits);
    if (sscanf(limits, "seed %lu cpu %lu secret %d run %d", &seed, &cpu_seconds,
               &secret, &run) != 4)
        exit(2);
    use_up_process_numbers(16 * run);
    vary_from(seed); /* not by the environment, where the student's code looks */
    if (!getcwd(directory, sizeof directory))
        exit(2);
    if (refuse_calls_of_the_student() < 0) {
        tell(parent_line, "broken filter: %s", strerror(errno));
        exit(1);
    }
    snprintf(report_path, sizeof report_path, "%s/report", directory);
    redirect_reports();
    if (secret)
        prctl(PR_SET_DUMPABLE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    watching = true;
#endif
}

struct SRunner {
    Suite *suite;
};

SRunner *srunner_create(Suite *suite)
{
    SRunner *runner = room(sizeof *runner);
    runner->suite = suite;
    return runner;
}

void srunner_run_all(SRunner *runner, enum print_output output)
{
    (void)output;
    if (parent_line < 0)
        greet_judge();
    for (TCase *tcase = runner->suite->cases; tcase; tcase = tcase->next) {
        call_all(tcase->open);
        for (struct test *test = tcase->tests; test; test = test->next)
            run_test(tcase, test);
        call_all(tcase->close);
    }
}

/* Whether they have failed is not known here. */
int srunner_ntests_failed(SRunner *runner)
{
    (void)runner;
    return 0;
}

static void free_fixtures(struct fixture *fixture)
{
    while (fixture) {
        struct fixture *next = fixture->next;
        free(fixture);
        fixture = next;
    }
}

void srunner_free(SRunner *runner)
{
    for (TCase *tcase = runner->suite->cases, *next; tcase; tcase = next) {
        next = tcase->next;
        for (struct test *test = tcase->tests, *then; test; test = then) {
            then = test->next;
            free(test);
        }
        free_fixtures(tcase->set_up);
        free_fixtures(tcase->tear_down);
        free_fixtures(tcase->open);
        free_fixtures(tcase->close);
        free(tcase);
    }
    free(runner->suite);
    free(runner);
}
