/* Chapter 4, Threads: its programs, on good input and bad. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int lines_of(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* All of these lines, each once, in any order, and no others. */
static void check_lines(const char *text, const char *const lines[], int count)
{
    ck_assert_msg(lines_of(text) == count, "%d lines, not %d:\n%s",
                  lines_of(text), count, text);
    for (int i = 0; i < count; i++) {
        char pattern[128];
        snprintf(pattern, sizeof pattern, "^%s$", lines[i]);
        ck_assert_msg(matches(text, pattern), "no line '%s' in\n%s", lines[i],
                      text);
    }
}

/* ---------- addresses ---------- */

enum { THREAD_1, THREAD_2, MAIN, PROCESS_1, PROCESS_2, PARENT, HANDS };

struct seen {
    void *global, *heap, *local;
    int in_global, in_heap, in_local;
};

static void look_at(struct seen seen[HANDS])
{
    static const char *const names[] = {"thread 1 ",  "thread 2 ",  "main ",
                                        "process 1 ", "process 2 ", "parent "};
    const struct run *r = run_well("addresses");
    ck_assert_int_eq(lines_of(r->out), HANDS + 1);
    for (int i = 0; i < HANDS; i++) {
        const char *line = strstr(r->out, names[i]);
        ck_assert_msg(line != NULL, "no line '%s':\n%s", names[i], r->out);
        int found = sscanf(line + strlen(names[i]), " %p = %d %p = %d %p = %d",
                           &seen[i].global, &seen[i].in_global, &seen[i].heap,
                           &seen[i].in_heap, &seen[i].local, &seen[i].in_local);
        ck_assert_msg(found == 6, "cannot read line '%s':\n%s", names[i],
                      r->out);
    }
}

START_TEST(globals_and_heap_are_at_one_address)
{
    struct seen seen[HANDS];
    look_at(seen);
    for (int i = 1; i < HANDS; i++) {
        ck_assert_ptr_eq(seen[i].global, seen[0].global);
        ck_assert_ptr_eq(seen[i].heap, seen[0].heap);
    }
}
END_TEST

START_TEST(threads_share_values_and_processes_do_not)
{
    static const int shared[HANDS] = {1, 3, 3, 4, 5, 3};
    static const int own[HANDS] = {1, 2, 0, 1, 2, 0};
    struct seen seen[HANDS];
    look_at(seen);
    for (int i = 0; i < HANDS; i++) {
        ck_assert_int_eq(seen[i].in_global, shared[i]);
        ck_assert_int_eq(seen[i].in_heap, shared[i]);
        ck_assert_int_eq(seen[i].in_local, own[i]);
    }
}
END_TEST

START_TEST(every_thread_has_a_stack)
{
    struct seen seen[HANDS];
    look_at(seen);
    ck_assert_ptr_ne(seen[THREAD_1].local, seen[THREAD_2].local);
    ck_assert_ptr_ne(seen[THREAD_1].local, seen[MAIN].local);
    ck_assert_ptr_ne(seen[THREAD_2].local, seen[MAIN].local);
    ck_assert_ptr_eq(seen[PROCESS_1].local, seen[PROCESS_2].local);
    ck_assert_ptr_eq(seen[MAIN].local, seen[PARENT].local);
}
END_TEST

/* ---------- one_thread, with_args, tls ---------- */

START_TEST(both_count_to_three)
{
    static const char *const lines[] = {
        "main: one",   "main: two",     "main: three",  "thread: one",
        "thread: two", "thread: three", "both are done"};
    const struct run *r = run_well("one_thread");
    check_lines(r->out, lines, 7);
    static const char *const who[] = {"main", "thread"};
    for (int i = 0; i < 2; i++) {
        char text[32];
        const char *place = r->out;
        static const char *const words[] = {"one", "two", "three"};
        for (int k = 0; k < 3; k++) {
            snprintf(text, sizeof text, "%s: %s\n", who[i], words[k]);
            place = strstr(place, text); /* each after the one before */
            ck_assert_msg(place != NULL, "misplaced %s%s", text, r->out);
        }
    }
    ck_assert_str_eq(strstr(r->out, "both"), "both are done\n");
}
END_TEST

START_TEST(every_argument_arrives)
{
    static const char *const lines[] = {"the sum of 1 to 10 is 55",
                                        "the sum of 1 to 20 is 210",
                                        "hello, Ada",
                                        "hello, Ada",
                                        "hello, Grace",
                                        "hello, Barbara"};
    const struct run *r = run_well("with_args");
    check_lines(r->out, lines, 6);
    const char *first = strstr(r->out, "hello, Ada\n");
    ck_assert_msg(strstr(first + 1, "hello, Ada\n") != NULL, "%s", r->out);
}
END_TEST

START_TEST(every_thread_has_its_label)
{
    static const char *const lines[] = {
        "thread 1: 1 calls, label 11", "thread 2: 2 calls, label 22",
        "freeing 'label 11'", "freeing 'label 22'", "main: 0 calls"};
    const struct run *r = run_well("tls");
    check_lines(r->out, lines, 5);
    for (int i = 1; i <= 2; i++) {
        char says[32], frees[48];
        snprintf(says, sizeof says, "thread %d:", i);
        snprintf(frees, sizeof frees, "freeing 'label %d%d'", i, i);
        ck_assert_msg(strstr(r->out, says) < strstr(r->out, frees), "%s",
                      r->out);
    }
}
END_TEST

/* ---------- current ---------- */

START_TEST(all_know_who_they_are)
{
    long main_thread, main_process, thread, process;
    const struct run *r = run_well("current");
    ck_assert_int_eq(lines_of(r->out), 3);
    ck_assert_int_eq(sscanf(r->out, "current: thread %ld of process %ld\n",
                            &main_thread, &main_process),
                     2);
    ck_assert_int_eq(main_thread, main_process);
    static const char *const names[] = {"reader", "writer"};
    for (int i = 0; i < 2; i++) {
        const char *line = strstr(r->out, names[i]);
        ck_assert_msg(line != NULL, "%s", r->out);
        ck_assert_int_eq(
            sscanf(line + 6, ": thread %ld of process %ld", &thread, &process),
            2);
        ck_assert_int_eq(process, main_process);
        ck_assert_int_ne(thread, main_thread);
    }
}
END_TEST

START_TEST(names_are_seen_from_outside)
{
    const struct run *r =
        run("current 'cat /proc/$PPID/task/*/comm' | sort -u");
    ck_assert_int_eq(r->status, 0);
    ck_assert_msg(matches(r->out, "^current$") && matches(r->out, "^reader$") &&
                      matches(r->out, "^writer$"),
                  "%s", r->out);
    r = run("current 'exit 3'");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert_str_eq(r->err, "current: the command failed\n");
}
END_TEST

/* ---------- how_many ---------- */

static int count_threads(const char *out, long *reserved, long *used)
{
    int count;
    ck_assert_msg(sscanf(out, "%d threads: %ld KiB reserved, %ld KiB in use",
                         &count, reserved, used) == 3,
                  "%s", out);
    return count;
}

START_TEST(as_many_as_asked)
{
    long reserved, used;
    static const struct {
        const char *command;
        int count;
    } cases[] = {
        {"how_many 1", 1}, {"how_many 50 256", 50}, {"how_many 50", 50}};
    for (int i = 0; i < 3; i++) {
        const struct run *r = run_well(cases[i].command);
        ck_assert_int_eq(count_threads(r->out, &reserved, &used),
                         cases[i].count);
    }
    /* A stack is reserved, not used; a sanitizer uses some more. */
    ck_assert_msg(reserved > 2 * used, "%ld KiB reserved, %ld KiB in use",
                  reserved, used);
}
END_TEST

START_TEST(a_refusal_is_reported)
{
    const struct run *r = run_well("how_many 5 1099511627776");
    long reserved, used;
    ck_assert_int_eq(count_threads(r->out, &reserved, &used), 0);
    ck_assert(matches(r->out, "^no more: Resource temporarily unavailable$"));
    r = run("how_many 1 1");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert_str_eq(r->err, "how_many: stacks of 1 KiB: Invalid argument\n");
    static const char *const bad[] = {"", "0", "-1", "many", "1 64 3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        r = run("how_many %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: how_many"));
    }
}
END_TEST

/* ---------- turns, cost ---------- */

START_TEST(cores_are_counted)
{
    double one, two;
    const struct run *r = run_well("turns");
    int found = sscanf(r->out,
                       "1 counting, %lf cores busy "
                       "2 counting, %lf cores busy",
                       &one, &two);
    ck_assert_msg(found == 2, "%s", r->out);
    ck_assert_msg(one > 0 && two > 0 && one < 1.2 && two < 2.4, "%s", r->out);
}
END_TEST

START_TEST(cost_prints_a_table)
{
    const struct run *r = run_well("cost 2");
    ck_assert(matches(r->out, "^# machine: .+; cores: [0-9]+; kernel: .+; "
                              "compiler: .+$"));
    ck_assert(matches(r->out, "^# runs: 2; times in microseconds$"));
    ck_assert_int_eq(lines_of(r->out), 2 + 1 + 2 + 10);
    const char *row = strstr(r->out, "\ncase\t");
    ck_assert(row != NULL);
    for (row = strchr(row + 1, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
        char name[32];
        double mib, v[5];
        int found = sscanf(row, "%31[a-z ]\t%lf %lf %lf %lf %lf %lf", name,
                           &mib, &v[0], &v[1], &v[2], &v[3], &v[4]);
        ck_assert_msg(found == 7 && v[0] > 0, "%.80s", row);
        for (int i = 1; i < 5; i++)
            ck_assert_msg(v[i - 1] <= v[i], "%.80s", row);
    }
    static const char *const bad[] = {"0", "-3", "1001", "many", "3 4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        r = run("cost %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: cost"));
    }
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    static const char *const programs[] = {
        "addresses", "one_thread", "with_args",  "current",
        "tls",       "turns",      "how_many 2", "cost 1"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const struct run *r = run("%s > /dev/full", programs[i]);
        ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", programs[i],
                      r->status);
        ck_assert_msg(strlen(r->err) > 0, "%s said nothing", programs[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Threads");
    const TTest *addresses[] = {globals_and_heap_are_at_one_address,
                                threads_share_values_and_processes_do_not,
                                every_thread_has_a_stack};
    const TTest *small[] = {both_count_to_three, every_argument_arrives,
                            every_thread_has_its_label};
    const TTest *names[] = {all_know_who_they_are, names_are_seen_from_outside};
    const TTest *many[] = {as_many_as_asked, a_refusal_is_reported};
    const TTest *measured[] = {cores_are_counted, cost_prints_a_table,
                               a_full_disk_is_noticed};
    add_tests(suite, "addresses", 1, addresses, 3);
    add_tests(suite, "one thread, arguments, storage", 1, small, 3);
    add_tests(suite, "names", 1, names, 2);
    add_tests(suite, "how many", 1, many, 2);
    add_tests(suite, "measured", 1, measured, 3);
    return run_suite(suite);
}
