#define _GNU_SOURCE
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
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

const struct run *run_for(unsigned seconds, const char *command)
{
    static struct run result;
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        ck_abort_msg("pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0)
        ck_abort_msg("fork: %s", strerror(errno));
    if (pid == 0)
        become_shell(command, out[1], err[1]);
    setpgid(pid, pid); /* both sides set it: whoever comes first */
    close(out[1]);
    close(err[1]);

    struct pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    size_t out_length = 0, err_length = 0;
    long long end = now_ms() + seconds * 1000LL;
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        long long left = end - now_ms();
        if (left <= 0 || poll(fds, 2, (int)left) == 0) {
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
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    result.status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return &result;
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
    return run_for(60, command);
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
