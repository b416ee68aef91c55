#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void add_tests(Suite *suite, const char *name, int turns,
               const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 240);
    for (size_t i = 0; i < count; i++)
        tcase_add_loop_test(tcase, tests[i], 0, turns);
    suite_add_tcase(suite, tcase);
}

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Append what `fd` holds to text[0..*length], keeping room for the NUL.
 * Returns 0 at end of file. What does not fit is read and dropped, so that the
 * command never blocks on a full pipe. */
static int drain(int fd, char *text, size_t size, size_t *length)
{
    char buffer[4096];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0)
        return errno == EINTR;
    size_t room = size - 1 - *length;
    size_t take = (size_t)n < room ? (size_t)n : room;
    memcpy(text + *length, buffer, take);
    *length += take;
    return n > 0;
}

static void become_shell(const char *command, int out, int err)
{
    setpgid(0, 0);
    int empty = open("/dev/null", O_RDONLY);
    dup2(empty, 0);
    dup2(out, 1);
    dup2(err, 2);
    const char *bin = getenv("BIN"), *path = getenv("PATH");
    char longer[8192];
    if (bin) {
        snprintf(longer, sizeof longer, "%s:%s", bin, path ? path : "");
        setenv("PATH", longer, 1);
    }
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Wait until nobody holds the other end of `life`, and end group `group`. For a
 * command has a group of its own, and what kills a test ends the test's alone. */
static void become_keeper(pid_t group, int life)
{
    char nothing;
    setpgid(0, 0); /* where what kills the test does not find it */
    dup2(life, 0);
    close_range(1, ~0U, 0);
    while (read(0, &nothing, 1) < 0 && errno == EINTR)
        ;
    kill(-group, SIGKILL);
    _exit(0);
}

/* What the threads of process group `group` have done so far, as one number,
 * or -1 if one of them can run. A process that ends meanwhile counts as gone;
 * the number changes with it. */
static long long activity(pid_t group)
{
    long long sum = 0;
    glob_t threads;
    if (glob("/proc/[0-9]*/task/[0-9]*", 0, NULL, &threads))
        return -1;
    for (size_t i = 0; i < threads.gl_pathc; i++) {
        char path[512], line[512], state = 0;
        long pgrp = 0, switches;
        snprintf(path, sizeof path, "%s/stat", threads.gl_pathv[i]);
        FILE *file = fopen(path, "re");
        const char *rest = NULL; /* behind the name, which may hold anything */
        if (file && fgets(line, sizeof line, file))
            rest = strrchr(line, ')');
        if (file)
            fclose(file);
        if (!rest || sscanf(rest, ") %c %*d %ld", &state, &pgrp) != 2 ||
            pgrp != group)
            continue;
        sum += 1000003;
        if (state != 'S' && state != 'Z')
            sum = -1;
        snprintf(path, sizeof path, "%s/status", threads.gl_pathv[i]);
        file = fopen(path, "re");
        while (file && sum >= 0 && fgets(line, sizeof line, file))
            if (sscanf(line, "voluntary_ctxt_switches: %ld", &switches) == 1)
                sum += switches;
        if (file)
            fclose(file);
        if (sum < 0)
            break;
    }
    globfree(&threads);
    return sum;
}

static const struct run *run_command(unsigned seconds, bool until_still,
                                     const char *command)
{
    static struct run result;
    enum { SAMPLE_MS = 100, ENOUGH = 10 };
    long long last = -1;
    int same = 0;
    result.still = false;
    int out[2], err[2], life[2];
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) ||
        pipe2(life, O_CLOEXEC))
        ck_abort_msg("pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0)
        ck_abort_msg("fork: %s", strerror(errno));
    if (pid == 0)
        become_shell(command, out[1], err[1]);
    setpgid(pid, pid); /* both sides set it: whoever comes first */
    pid_t keeper = fork();
    if (keeper < 0) {
        kill(-pid, SIGKILL);
        ck_abort_msg("fork: %s", strerror(errno));
    }
    if (keeper == 0) {
        close(life[1]);
        become_keeper(pid, life[0]);
    }
    close(life[0]);
    close(out[1]);
    close(err[1]);

    struct pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    size_t out_length = 0, err_length = 0;
    long long end = now_ms() + seconds * 1000LL;
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        long long left = end - now_ms();
        bool sampling = until_still && left > SAMPLE_MS;
        int ready =
            left > 0 ? poll(fds, 2, sampling ? SAMPLE_MS : (int)left) : 0;
        if (ready == 0 && sampling) {
            long long now = activity(pid);
            same = now >= 0 && now == last ? same + 1 : 0;
            last = now;
            if (same < ENOUGH)
                continue;
            result.still = true;
            until_still = false;
            left = 0;
        }
        if (ready == 0) {
            kill(-pid, SIGKILL);
            end = now_ms() + 1000; /* and read what is left */
            if (left < -2000)
                break;
            continue;
        }
        if (fds[0].revents &&
            !drain(out[0], result.out, sizeof result.out, &out_length))
            fds[0].fd = -1;
        if (fds[1].revents &&
            !drain(err[0], result.err, sizeof result.err, &err_length))
            fds[1].fd = -1;
        fds[0].revents = fds[1].revents = 0;
    }
    close(out[0]);
    close(err[0]);
    result.out[out_length] = '\0';
    result.err[err_length] = '\0';

    int status;
    kill(keeper, SIGKILL);
    close(life[1]);
    while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
        ;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    result.status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return &result;
}

const struct run *run_for(unsigned seconds, const char *command)
{
    return run_command(seconds, false, command);
}

const struct run *run_until_still(unsigned seconds, const char *command)
{
    return run_command(seconds, true, command);
}

const struct run *run(const char *format, ...)
{
    char command[8192];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n >= sizeof command)
        ck_abort_msg("run: the command is too long");
    return run_for(240, command);
}

const struct run *run_well(const char *command)
{
    const struct run *r = run("%s", command);
    ck_assert_msg(r->status == 0, "%s: status %d\n%s%s", command, r->status,
                  r->out, r->err);
    ck_assert_str_eq(r->err, "");
    return r;
}

int matches(const char *text, const char *pattern)
{
    regex_t expression;
    int error =
        regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (error)
        ck_abort_msg("matches: bad pattern '%s'", pattern);
    int found = regexec(&expression, text, 0, NULL, 0) == 0;
    regfree(&expression);
    return found;
}

static uint64_t vary_state;

void vary_from(uint64_t seed)
{
    vary_state = seed;
}

/* Each step of the state is Weyl's; splitmix64 makes a number of it. */
long vary(long low, long high)
{
    if (vary_state == 0) {
        const char *seed = getenv("SEED");
        vary_from(seed ? strtoull(seed, NULL, 10) : 1);
    }
    uint64_t bits = vary_state += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    bits ^= bits >> 31;
    uint64_t range = (uint64_t)high - (uint64_t)low + 1;
    return (long)((uint64_t)low + (range ? bits % range : bits));
}

int count_in(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}
