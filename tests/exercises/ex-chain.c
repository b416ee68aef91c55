/* Exercise "A chain of processes": the output and status of chain N. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct run *run_chain(const char *arguments)
{
    const char *program = getenv("PROGRAM");
    return run("%s %s", program ? program : "./chain", arguments);
}

/* A chain of `length` must print one line per generation, in order, each
 * process the child of the one before, and end with the status `length`. */
static void check_chain(int length)
{
    char argument[16];
    snprintf(argument, sizeof argument, "%d", length);
    const struct run *r = run_chain(argument);
    const char *line = r->out;
    long last = 0;
    for (int wanted = 1; wanted <= length; wanted++) {
        int generation, used = 0;
        long process, parent;
        int found = sscanf(line, "generation %d, process %ld, parent %ld%n",
                           &generation, &process, &parent, &used);
        ck_assert_msg(found == 3 && line[used] == '\n',
                      "chain %d: line %d must read 'generation %d, process "
                      "PID, parent PPID', but the output is\n%.600s",
                      length, wanted, wanted, r->out);
        ck_assert_msg(generation == wanted,
                      "chain %d: line %d must be of generation %d, not %d. A "
                      "line that appears twice was copied in a buffer: see "
                      "\"One line, printed twice\".\n%.600s",
                      length, wanted, wanted, generation, r->out);
        ck_assert_msg(wanted == 1 || parent == last,
                      "chain %d: generation %d must be the child of process "
                      "%ld, but its parent is %ld. See \"The child that ran "
                      "on\".",
                      length, wanted, last, parent);
        ck_assert_msg(process != last,
                      "chain %d: two generations in one "
                      "process",
                      length);
        last = process;
        line += used + 1;
    }
    ck_assert_msg(*line == '\0',
                  "chain %d: %d lines were expected, but there are more. See "
                  "\"One line, printed twice\".\n%.600s",
                  length, length, r->out);
    ck_assert_msg(r->status == length,
                  "chain %d: the exit status must be %d, the number of "
                  "processes, but is %d. See \"How a child ends\".",
                  length, length, r->status);
}

START_TEST(alone)
{
    check_chain(1);
}
END_TEST

START_TEST(three)
{
    check_chain((int)vary(3, 9));
}
END_TEST

START_TEST(hundred)
{
    check_chain(100);
}
END_TEST

/* A child of `parent` that has not ended, and whether it sleeps; or 0. */
static long child_of(long parent, bool *asleep)
{
    long found = 0;
    DIR *processes = opendir("/proc");
    ck_assert_msg(processes != NULL, "/proc cannot be read");
    for (struct dirent *entry; !found && (entry = readdir(processes));) {
        char path[300], line[1000], state = 'Z';
        long of = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = atol(entry->d_name) > 0 ? fopen(path, "r") : NULL;
        const char *rest = NULL;
        if (file && fgets(line, sizeof line, file))
            rest = strrchr(line, ')');
        if (file)
            fclose(file);
        if (rest && sscanf(rest, ") %c %ld", &state, &of) == 2 &&
            of == parent && state != 'Z') {
            found = atol(entry->d_name);
            *asleep = state == 'S';
        }
    }
    closedir(processes);
    return found;
}

static int length_of_chain(bool *end_sleeps)
{
    int length = 0;
    *end_sleeps = false;
    for (long one = getpid(); (one = child_of(one, end_sleeps)) > 0;)
        length++;
    return length;
}

static pid_t start_chain(int output)
{
    const char *path = getenv("PROGRAM");
    pid_t program = fork();
    if (program == 0) {
        dup2(output, 1);
        execl(path ? path : "./chain", "chain", "100", (char *)NULL);
        _exit(127);
    }
    return program;
}

/* Lines can be printed without a process behind them. So the output goes into a
 * pipe with room for some twenty lines: who prints the next one waits, and so do
 * all before. The end of a chain that is shorter waits for something else. */
START_TEST(processes_are_there)
{
    enum { ROOM = 1000, LINE = 50, WANTED = ROOM / LINE, LOOKS = 50 };
    int output[2], length = 0, still = 0;
    bool asleep;
    siginfo_t ended = {0};
    ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
    int size = fcntl(output[1], F_SETPIPE_SZ, 4096);
    char *bytes = calloc(1, (size_t)size);
    ck_assert_msg(size > ROOM && bytes, "there is no small pipe");
    ck_assert_int_eq(write(output[1], bytes, (size_t)(size - ROOM)),
                     size - ROOM);
    pid_t program = start_chain(output[1]);
    close(output[1]);
    while (length < WANTED && still < LOOKS && ended.si_pid == 0) {
        usleep(1000);
        length = length_of_chain(&asleep);
        still = asleep ? still + 1 : 0;
        waitid(P_PID, (id_t)program, &ended, WEXITED | WNOHANG | WNOWAIT);
    }
    while (read(output[0], bytes, (size_t)size) > 0)
        ;
    close(output[0]);
    free(bytes);
    waitpid(program, NULL, 0);
    ck_assert_msg(length >= WANTED,
                  "chain 100: at most %d processes were alive, each the child "
                  "of the one before, where %d and more should be. Each "
                  "generation is a process, which waits for its child. See "
                  "\"How a child ends\".",
                  length, WANTED);
}
END_TEST

START_TEST(bad_length)
{
    const char *bad[] = {"", "0", "101", "-1", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct run *r = run_chain(bad[i]);
        ck_assert_msg(r->status == 1 && strstr(r->err, "usage") &&
                          r->out[0] == '\0',
                      "chain %s: expected the usage message and status 1, not "
                      "status %d",
                      bad[i], r->status);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("chains");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, alone);
    tcase_add_test(tcase, three);
    tcase_add_test(tcase, hundred);
    tcase_add_test(tcase, processes_are_there);
    tcase_add_test(tcase, bad_length);
    Suite *suite = suite_create("A chain of processes");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
