/* Exercise "Who is in there?": threads_of, looking at this very process. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct run *run_program(const char *argument)
{
    const char *program = getenv("PROGRAM");
    return run("%s %s", program ? program : "./threads_of", argument);
}

static const struct run *look_at_me(void)
{
    char argument[32];
    snprintf(argument, sizeof argument, "%ld", (long)getpid());
    const struct run *r = run_program(argument);
    ck_assert_msg(r->status == 0, "threads_of %s must end with 0, not %d\n%s",
                  argument, r->status, r->err);
    return r;
}

static int lines_of(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

static int count_tasks(void)
{
    int count = 0;
    struct dirent *entry;
    DIR *tasks = opendir("/proc/self/task");
    ck_assert(tasks != NULL);
    while ((entry = readdir(tasks)))
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(tasks);
    return count;
}

static pthread_barrier_t gate;
static struct fellow {
    const char *name;
    pid_t number;
} fellows[] = {{"reader", 0}, {"two words", 0}, {"fifteen letters", 0}};
enum { FELLOWS = sizeof fellows / sizeof fellows[0] };

static void *stay(void *argument)
{
    struct fellow *fellow = argument;
    pthread_setname_np(pthread_self(), fellow->name);
    fellow->number = gettid();
    pthread_barrier_wait(&gate); /* all are named */
    pthread_barrier_wait(&gate); /* and have been looked at */
    return NULL;
}

START_TEST(all_and_their_names)
{
    pthread_t threads[FELLOWS];
    char drawn[16];
    fellows[0].name = vary_letters(drawn, vary(1, 15));
    pthread_barrier_init(&gate, NULL, FELLOWS + 1);
    for (int i = 0; i < FELLOWS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, stay, &fellows[i]),
                         0);
    pthread_barrier_wait(&gate);
    const struct run *r = look_at_me();
    int tasks = count_tasks();
    pthread_barrier_wait(&gate);
    for (int i = 0; i < FELLOWS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < FELLOWS; i++) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "^%ld %s$", (long)fellows[i].number,
                 fellows[i].name);
        ck_assert_msg(matches(r->out, pattern),
                      "there must be a line '%ld %s', in:\n%s\nSee \"Seen from "
                      "outside\".",
                      (long)fellows[i].number, fellows[i].name, r->out);
    }
    char pattern[64];
    snprintf(pattern, sizeof pattern, "^%ld ", (long)getpid());
    ck_assert_msg(matches(r->out, pattern),
                  "there must be a line for the main thread, %ld, in:\n%s",
                  (long)getpid(), r->out);
    ck_assert_msg(lines_of(r->out) == tasks,
                  "%d threads are %d lines, not %d:\n%s", tasks, tasks,
                  lines_of(r->out), r->out);
    ck_assert_msg(!matches(r->out, "^[^0-9]") && !strstr(r->out, "\n\n"),
                  "each line must begin with a TID:\n%s", r->out);
}
END_TEST

static void check_refused(const char *argument)
{
    const struct run *r = run_program(argument);
    ck_assert_msg(r->status == EXIT_FAILURE,
                  "threads_of %s must end with status 1, not %d", argument,
                  r->status);
    ck_assert_msg(r->out[0] == '\0', "threads_of %s must print nothing, not %s",
                  argument, r->out);
    ck_assert_msg(r->err[0] != '\0', "threads_of %s must say what is wrong",
                  argument);
}

START_TEST(no_such_process)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    ck_assert(waitpid(child, NULL, 0) == child);
    char argument[32];
    snprintf(argument, sizeof argument, "%ld", (long)child);
    check_refused(argument); /* has just ended, and its number is not reused */
}
END_TEST

START_TEST(no_number)
{
    check_refused("");
    check_refused("''");
    check_refused("self");
    check_refused("-1");
    check_refused("1 2");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("threads_of");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, all_and_their_names);
    tcase_add_test(tcase, no_such_process);
    tcase_add_test(tcase, no_number);
    Suite *suite = suite_create("Who is in there?");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
