/* Chapter 5, Start and join: its programs, and lib/worker.h with workers of
 * both kinds. */
#define _GNU_SOURCE
#include "lib/worker.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Do these lines all occur, each after the one before? */
static void check_order(const char *text, const char *const lines[], int count)
{
    const char *place = text;
    for (int i = 0; i < count; i++) {
        place = strstr(place, lines[i]);
        ck_assert_msg(place != NULL, "no or misplaced '%s' in\n%s", lines[i],
                      text);
    }
}

/* ---------- lib/worker.h, by kind ---------- */

static const enum worker_kind kinds[] = {WORKER_THREAD, WORKER_PROCESS};

static int give(void *argument)
{
    return *(const int *)argument;
}

static int result_of(enum worker_kind kind, const char *name,
                     int (*work)(void *argument), void *argument)
{
    struct worker worker;
    int result = -1000;
    ck_assert_int_eq(worker_start(&worker, kind, name, work, argument), 0);
    ck_assert_int_eq(worker_join(&worker, &result), 0);
    return result;
}

START_TEST(a_result_comes_back)
{
    const int given[] = {0, 1, 7, 255, 256, 511, -1};
    const int expected[] = {0, 1, 7, 255, 0, 255, 255};
    for (int i = 0; i < 7; i++) {
        int number = given[i];
        ck_assert_int_eq(result_of(kinds[_i], "giver", give, &number),
                         expected[i]);
    }
}
END_TEST

static int spell_name(void *argument)
{
    char name[16] = "";
    (void)argument;
    if (pthread_getname_np(pthread_self(), name, sizeof name) != 0)
        return 1;
    return strcmp(name, argument);
}

START_TEST(a_worker_has_its_name)
{
    char name[32] = "short";
    ck_assert_int_eq(result_of(kinds[_i], name, spell_name, "short"), 0);
    strcpy(name, "a name that is too long");
    ck_assert_int_eq(result_of(kinds[_i], name, spell_name, "a name that is "),
                     0);
    ck_assert_int_eq(result_of(kinds[_i], "", spell_name, ""), 0);
}
END_TEST

START_TEST(a_name_may_change_after_the_start)
{
    char name[32] = "before";
    struct worker worker;
    int result;
    ck_assert_int_eq(
        worker_start(&worker, kinds[_i], name, spell_name, "before"), 0);
    strcpy(name, "after");
    ck_assert_int_eq(worker_join(&worker, &result), 0);
    ck_assert_int_eq(result, 0);
}
END_TEST

START_TEST(a_worker_is_joined_once)
{
    struct worker worker;
    int number = 3, result = -5;
    ck_assert_int_eq(worker_start(&worker, kinds[_i], "one", give, &number), 0);
    ck_assert_int_eq(worker_join(&worker, &result), 0);
    result = -5;
    ck_assert_int_eq(worker_join(&worker, &result), EINVAL);
    ck_assert_int_eq(result, -5);
}
END_TEST

static int pipes[2][2];

/* Tell the other one through pipe i, and wait to be told through the other. */
static int meet(void *argument)
{
    int i = *(const int *)argument;
    char byte = 'x';
    if (write(pipes[i][1], &byte, 1) != 1 ||
        read(pipes[1 - i][0], &byte, 1) != 1)
        return 1;
    return 0;
}

START_TEST(workers_run_at_the_same_time)
{
    struct worker workers[2];
    int indices[2] = {0, 1}, result;
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pipe(pipes[i]), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            worker_start(&workers[i], kinds[_i], "one", meet, &indices[i]), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(worker_join(&workers[i], &result), 0);
        ck_assert_int_eq(result, 0);
    }
}
END_TEST

static int join_given(void *argument)
{
    int result;
    return worker_join(argument, &result);
}

#ifndef __SANITIZE_THREAD__ /* gcc 12's takes a failed join for a join */
START_TEST(nobody_joins_himself)
{
    static struct worker worker;
    int result;
    ck_assert_int_eq(
        worker_start(&worker, WORKER_THREAD, "self", join_given, &worker), 0);
    ck_assert_int_eq(worker_join(&worker, &result), 0);
    ck_assert_int_eq(result, EDEADLK);
}
END_TEST
#endif

static int never_run(void *argument)
{
    (void)argument;
    return 0;
}

START_TEST(a_process_is_joined_by_its_parent_only)
{
    static struct worker worker;
    int result;
    ck_assert_int_eq(
        worker_start(&worker, WORKER_PROCESS, "brother", never_run, NULL), 0);
    ck_assert_int_eq(result_of(WORKER_PROCESS, "sister", join_given, &worker),
                     ECHILD);
    ck_assert_int_eq(worker_join(&worker, &result), 0);
}
END_TEST

static int be_killed(void *argument)
{
    return raise(*(const int *)argument);
}

START_TEST(a_killed_process_has_a_negative_result)
{
    int signals[] = {SIGKILL, SIGUSR1};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(
            result_of(WORKER_PROCESS, "victim", be_killed, &signals[i]),
            -signals[i]);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static int shared_number;

static int set_shared(void *argument)
{
    shared_number = *(const int *)argument;
    return 0;
}

START_TEST(only_a_thread_shares_memory)
{
    int number = 9;
    ck_assert_int_eq(result_of(kinds[_i], "setter", set_shared, &number), 0);
    ck_assert_int_eq(shared_number, kinds[_i] == WORKER_THREAD ? 9 : 0);
}
END_TEST

static int print_word(void *argument)
{
    printf("%s\n", (const char *)argument);
    return 0;
}

/* Standard output becomes the file for as long as action runs. */
static void with_output_to(const char *path, void (*action)(void *),
                           void *argument)
{
    ck_assert_int_eq(fflush(stdout), 0);
    int keep = dup(STDOUT_FILENO);
    ck_assert(freopen(path, "w", stdout) != NULL);
    action(argument);
    fflush(stdout);
    clearerr(stdout);
    ck_assert_int_ge(dup2(keep, STDOUT_FILENO), 0);
    close(keep);
}

static void print_with_worker(void *argument)
{
    printf("before\n");
    (void)result_of(*(const enum worker_kind *)argument, "printer", print_word,
                    "worker");
    printf("after\n");
}

START_TEST(every_line_is_printed_once)
{
    char path[] = "/tmp/worker-XXXXXX", text[256];
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    enum worker_kind kind = kinds[_i];
    with_output_to(path, print_with_worker, &kind);
    ssize_t length = read(file, text, sizeof text - 1);
    unlink(path);
    close(file);
    ck_assert_int_ge((int)length, 0);
    text[length] = '\0';
    ck_assert_str_eq(text, "before\nworker\nafter\n");
}
END_TEST

static int full_disk_result;

static void print_to_full_disk(void *argument)
{
    (void)argument;
    full_disk_result =
        result_of(WORKER_PROCESS, "printer", print_word, "worker");
}

START_TEST(a_process_that_cannot_print_has_failed)
{
    with_output_to("/dev/full", print_to_full_disk, NULL);
    ck_assert_int_eq(full_disk_result, EXIT_FAILURE);
}
END_TEST

static int exits;

static void note_exit(void)
{
    if (write(pipes[0][1], "e", 1) == 1)
        exits++;
}

START_TEST(a_process_does_not_run_exit_handlers)
{
    char byte;
    int number = 0;
    ck_assert_int_eq(pipe(pipes[0]), 0);
    ck_assert_int_eq(atexit(note_exit), 0);
    ck_assert_int_eq(result_of(WORKER_PROCESS, "child", give, &number), 0);
    close(pipes[0][1]);
    ck_assert_int_eq((int)read(pipes[0][0], &byte, 1), 0);
}
END_TEST

/* ---------- run_threads ---------- */

enum { MANY = 40 };
static atomic_int turns[MANY];

static void take_turn(int index, void *argument)
{
    char name[16], expected[24];
    snprintf(expected, sizeof expected, "worker %d", index);
    if (pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
        strcmp(name, expected) == 0 && argument == turns)
        atomic_fetch_add(&turns[index], 1);
}

START_TEST(run_threads_gives_each_its_turn)
{
    const int counts[] = {0, 1, 2, MANY};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < MANY; j++)
            atomic_store(&turns[j], 0);
        run_threads(counts[i], take_turn, turns);
        for (int j = 0; j < MANY; j++)
            ck_assert_int_eq(atomic_load(&turns[j]), j < counts[i]);
    }
}
END_TEST

static void meet_in_pairs(int index, void *argument)
{
    int *failures = argument;
    failures[index] = meet(&index);
}

START_TEST(run_threads_runs_them_at_the_same_time)
{
    int failures[2] = {-1, -1};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pipe(pipes[i]), 0);
    run_threads(2, meet_in_pairs, failures);
    ck_assert_int_eq(failures[0], 0);
    ck_assert_int_eq(failures[1], 0);
}
END_TEST

/* ---------- the programs ---------- */

START_TEST(start_join_is_the_same_with_both_kinds)
{
    const char *const commands[] = {"start_join", "start_join thread",
                                    "start_join process"};
    const char *const numbers[] = {"number 1\n", "number 2\n", "number 3\n",
                                   "number 4\n", "number 5\n"};
    const char *const letters[] = {"letter a\n", "letter b\n", "letter c\n",
                                   "letter d\n", "letter e\n"};
    const char *const squares[] = {
        "the square of 1 is 1\n", "the square of 2 is 4\n",
        "the square of 3 is 9\n", "the square of 4 is 16\n",
        "the square of 5 is 25\n"};
    const char *const cubes[] = {
        "the cube of 1 is 1\n", "the cube of 2 is 8\n", "the cube of 3 is 27\n",
        "the cube of 4 is 64\n", "the cube of 5 is 125\n"};
    for (int i = 0; i < 3; i++) {
        const struct run *r = run_well(commands[i]);
        check_order(r->out, numbers, 5);
        check_order(r->out, letters, 5);
        check_order(r->out, squares, 5);
        check_order(r->out, cubes, 5);
        ck_assert_int_eq(count_in(r->out, "\n"), 21);
        ck_assert_str_eq(strstr(r->out, "all"), "all have ended\n");
    }
}
END_TEST

START_TEST(kinds_are_spelled_right)
{
    const char *const commands[] = {"start_join fibre", "start_join thread 2",
                                    "whole_lines 'process '"};
    for (int i = 0; i < 3; i++) {
        const struct run *r = run("%s", commands[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_msg(matches(r->err, "usage: .*\\[thread \\| process\\]"),
                      "%s", r->err);
        ck_assert_str_eq(r->out, "");
    }
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
    const char *const commands[] = {
        "start_join thread",   "start_join process", "numbers_letters",
        "whole_lines process", "whole_lines thread", "thread_vs_process",
        "join_errors",         "left_behind",        "cleaned_up",
        "ask_to_stop",         "linecost 1"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct run *r = run("%s > /dev/full", commands[i]);
        ck_assert_msg(r->status == EXIT_FAILURE && strlen(r->err) > 0,
                      "%s: status %d, '%s'", commands[i], r->status, r->err);
    }
}
END_TEST

START_TEST(the_kinds_differ_where_the_chapter_says)
{
    long self, child, same, thread;
    int used = 0;
    const struct run *r = run_well("thread_vs_process");
    int found = sscanf(r->out,
                       "process %ld, thread %*d process %ld, thread %*d: "
                       "number is 2 at %*p as a process: result 2, number is "
                       "1 process %ld, thread %ld: number is 2 at %*p as a "
                       "thread: result 2, number is 2%n",
                       &self, &child, &same, &thread, &used);
    ck_assert_msg(found == 4 && used > 0, "%s", r->out);
    ck_assert_int_ne(self, child);
    ck_assert_int_eq(self, same);
    ck_assert_int_ne(self, thread);
    ck_assert(matches(r->out, "^a process falls: +result -9$"));
    ck_assert(matches(r->out, "^a thread falls; its process: result -9$"));
}
END_TEST

START_TEST(numbers_and_letters_keep_their_order)
{
    const char *const numbers[] = {"number 1\n", "number 2\n", "number 3\n",
                                   "number 4\n", "number 5\n", "done\n"};
    const char *const letters[] = {"letter a\n", "letter b\n", "letter c\n",
                                   "letter d\n", "letter e\n", "done\n"};
    const struct run *r = run_well("numbers_letters");
    check_order(r->out, numbers, 6);
    check_order(r->out, letters, 6);
    ck_assert_int_eq(count_in(r->out, "\n"), 11);
}
END_TEST

START_TEST(lines_are_whole)
{
    const char *const kind_names[] = {"thread", "process"};
    const struct run *r = run("whole_lines %s | grep -cxE 'the (square|cube) "
                              "of [0-9]+ is [0-9]+'",
                              kind_names[_i]);
    ck_assert_str_eq(r->out, "2000\n");
    r = run("whole_lines %s | sort -u | wc -l", kind_names[_i]);
    ck_assert_str_eq(r->out, "2000\n");
}
END_TEST

START_TEST(joins_that_cannot_be_are_refused)
{
    const struct run *r = run_well("join_errors");
    ck_assert(matches(r->out, "^join myself +Resource deadlock avoided$"));
    ck_assert(matches(r->out, "^join a detached thread +Invalid argument$"));
    ck_assert(matches(r->out, "^reap it again +No child processes$"));
}
END_TEST

START_TEST(what_is_forgotten_stays)
{
    long ended, joined;
    const struct run *r = run_well("left_behind");
    int found = sscanf(r->out,
                       "100 threads have ended: %ld MiB of addresses, %*d KiB "
                       "of memory 100 threads are joined: %ld MiB",
                       &ended, &joined);
    ck_assert_msg(found == 2, "%s", r->out);
    ck_assert_msg(ended >= joined + 100, "%s", r->out);
}
END_TEST

START_TEST(endings_are_orderly)
{
    const struct run *r = run("cleaned_up");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "one half main goes on\n");
    ck_assert_str_eq(r->err, "the thread is cancelled\n");
    r = run_well("ask_to_stop");
    ck_assert_msg(
        matches(r->out, "^stopped after [0-9]{4,} whole rounds, result 0$"),
        "%s", r->out);
}
END_TEST

START_TEST(linecost_prints_a_table)
{
    const struct run *r = run_well("linecost 1");
    ck_assert(matches(r->out, "^# machine: .+; cores: "));
    ck_assert(matches(r->out, "^# runs: 1; lines: 50000; "));
    ck_assert_int_eq(count_in(r->out, "\n"), 3 + 18);
    ck_assert_int_eq(count_in(r->out, "\nthread\t"), 9);
    ck_assert_int_eq(count_in(r->out, "\nprocess\tone call\t"), 3);
    const char *bad[] = {"linecost 0", "linecost 1001", "linecost 1 1"};
    for (int i = 0; i < 3; i++) {
        r = run("%s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: linecost"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Start and join");
    TCase *both = tcase_create("both kinds");
    tcase_set_timeout(both, 60);
    tcase_add_loop_test(both, a_result_comes_back, 0, 2);
    tcase_add_loop_test(both, a_worker_has_its_name, 0, 2);
    tcase_add_loop_test(both, a_name_may_change_after_the_start, 0, 2);
    tcase_add_loop_test(both, a_worker_is_joined_once, 0, 2);
    tcase_add_loop_test(both, workers_run_at_the_same_time, 0, 2);
    tcase_add_loop_test(both, only_a_thread_shares_memory, 0, 2);
    tcase_add_loop_test(both, every_line_is_printed_once, 0, 2);
    tcase_add_loop_test(both, lines_are_whole, 0, 2);
    suite_add_tcase(suite, both);

    TCase *one = tcase_create("one kind");
    tcase_set_timeout(one, 60);
#ifndef __SANITIZE_THREAD__
    tcase_add_test(one, nobody_joins_himself);
#endif
    tcase_add_test(one, a_process_is_joined_by_its_parent_only);
    tcase_add_test(one, a_killed_process_has_a_negative_result);
    tcase_add_test(one, a_process_that_cannot_print_has_failed);
    tcase_add_test(one, a_process_does_not_run_exit_handlers);
    tcase_add_test(one, run_threads_gives_each_its_turn);
    tcase_add_test(one, run_threads_runs_them_at_the_same_time);
    suite_add_tcase(suite, one);

    TCase *programs = tcase_create("programs");
    tcase_set_timeout(programs, 120);
    tcase_add_test(programs, start_join_is_the_same_with_both_kinds);
    tcase_add_test(programs, kinds_are_spelled_right);
    tcase_add_test(programs, a_full_disk_is_reported);
    tcase_add_test(programs, the_kinds_differ_where_the_chapter_says);
    tcase_add_test(programs, numbers_and_letters_keep_their_order);
    tcase_add_test(programs, joins_that_cannot_be_are_refused);
    tcase_add_test(programs, what_is_forgotten_stays);
    tcase_add_test(programs, endings_are_orderly);
    tcase_add_test(programs, linecost_prints_a_table);
    suite_add_tcase(suite, programs);
    return run_suite(suite);
}
