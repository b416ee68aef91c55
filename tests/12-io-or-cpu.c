/* Chapter 12, I/O or CPU?: its programs do what they say, in every way, on good
 * arguments and bad. Nothing here depends on how long anything takes. */
#include "run.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Primes below a limit, by another algorithm than the programs'. */
static long primes_below(int limit)
{
    bool *composite = calloc((size_t)limit + 1, sizeof *composite);
    ck_assert(composite != NULL);
    long count = 0;
    for (int n = 2; n < limit; n++) {
        count += !composite[n];
        for (int m = 2 * n; m < limit; m += n)
            composite[m] = true;
    }
    free(composite);
    return count;
}

/* ---------- io_bound, cpu_bound ---------- */

START_TEST(all_is_downloaded_twice)
{
    const struct run *r = run_well("io_bound");
    ck_assert_int_eq(count_in(r->out, "photos.zip is here\n"), 2);
    ck_assert_int_eq(count_in(r->out, "music.tar is here\n"), 2);
    ck_assert_int_eq(count_in(r->out, "film.mkv is here\n"), 2);
    ck_assert(matches(r->out, "^one after another: [0-9]+ ms, "));
    ck_assert(matches(r->out, "^a thread for each: [0-9]+ ms, "));
    ck_assert_msg(strstr(r->out, "photos") < strstr(r->out, "music") &&
                      strstr(r->out, "music") < strstr(r->out, "film"),
                  "one after another means in order:\n%s", r->out);
}
END_TEST

START_TEST(all_ways_find_the_same_primes)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "    %ld primes\n", primes_below(400000));
    const struct run *r = run_well("cpu_bound");
    ck_assert_msg(count_in(r->out, wanted) == 3, "three times %sin\n%s", wanted,
                  r->out);
}
END_TEST

/* ---------- kind ---------- */

START_TEST(kinds_are_told_apart)
{
    const struct run *r = run_well("kind");
    ck_assert_msg(matches(r->out, "^sleeps: .*: waits$"), "%s", r->out);
    ck_assert_msg(matches(r->out, "^computes: .*: computes$"), "%s", r->out);
    ck_assert_msg(matches(r->out, "^does both: .*: does both$"), "%s", r->out);
    ck_assert_msg(matches(r->out, "^reads a file: .*: "), "%s", r->out);
    ck_assert_msg(matches(r->out, "^sleeps: .*switches [1-9]"), "%s", r->out);
}
END_TEST

START_TEST(commands_are_judged_too)
{
    const struct run *r = run("kind sleep 0.2");
    ck_assert_int_eq(r->status, 0);
    ck_assert_msg(matches(r->out, "^sleep: .*: waits$"), "%s", r->out);
    r = run("kind sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'");
    ck_assert_int_eq(r->status, 0);
    ck_assert_msg(matches(r->out, "^sh: .*: (computes|does both)$"), "%s",
                  r->out);
}
END_TEST

START_TEST(the_status_of_a_command_is_kept)
{
    ck_assert_int_eq(run("kind false")->status, 1);
    ck_assert_int_eq(run("kind sh -c 'exit 7'")->status, 7);
    ck_assert_int_eq(run("kind sh -c 'kill -9 $$'")->status, 128 + 9);
    const struct run *r = run("kind ./there-is-no-such-program");
    ck_assert_int_eq(r->status, 1);
    ck_assert(matches(r->err, "^kind: ./there-is-no-such-program: No such"));
}
END_TEST

/* ---------- choose ---------- */

static const char *const ways[] = {"loop",        "threads",      "processes",
                                   "thread-pool", "process-pool", "fast-pool",
                                   "event-loop"};
enum { WAYS = sizeof ways / sizeof ways[0] };

START_TEST(each_way_waits_for_all)
{
    const struct run *r = run("choose --tasks 9 --ms 2 waiting %s", ways[_i]);
    ck_assert_int_eq(r->status, 0);
    ck_assert_msg(matches(r->out, "^[0-9]+\\.[0-9]+ 45$"), "%s: %s", ways[_i],
                  r->out);
    ck_assert_str_eq(r->err, "");
}
END_TEST

START_TEST(each_way_computes_the_same)
{
    static const int limits[] = {1, 2, 3, 1000, 30001};
    if (strcmp(ways[_i], "event-loop") == 0)
        return; /* only waits */
    for (int i = 0; i < 5; i++) {
        char wanted[64];
        const struct run *r = run("choose --tasks 7 --limit %d computing %s",
                                  limits[i], ways[_i]);
        ck_assert_int_eq(r->status, 0);
        snprintf(wanted, sizeof wanted, " %ld\n", primes_below(limits[i]));
        ck_assert_msg(strstr(r->out, wanted) != NULL,
                      "%s, below %d: %s, and not%s", ways[_i], limits[i],
                      r->out, wanted);
    }
}
END_TEST

START_TEST(one_task_and_many)
{
    const struct run *r = run("choose --tasks 1 --ms 1 waiting %s", ways[_i]);
    ck_assert_msg(matches(r->out, " 1$"), "%s: %s", ways[_i], r->out);
    r = run("choose --tasks 256 --ms 1 waiting %s", ways[_i]);
    ck_assert_msg(matches(r->out, " 32896$"), "%s: %s", ways[_i], r->out);
}
END_TEST

START_TEST(the_table_has_all_ways)
{
    const struct run *r =
        run_well("choose --runs 2 --tasks 3 --ms 1 --limit 1000");
    for (int i = 0; i < WAYS; i++) {
        char line[64];
        snprintf(line, sizeof line, "  %-12s ", ways[i]);
        ck_assert_msg(count_in(r->out, line) == (i == WAYS - 1 ? 1 : 2),
                      "%s\n%s", ways[i], r->out);
    }
    ck_assert(matches(r->out, "^machine: .*; cores: [0-9]+; "));
    ck_assert(matches(r->out, "^waiting, 3 tasks, sum 6$"));
    ck_assert(matches(r->out, "^computing, 3 tasks, sum 168$"));
}
END_TEST

START_TEST(choose_refuses_nonsense)
{
    static const char *const wrong[] = {
        "--runs 0",         "--runs 1001",
        "--tasks 257",      "--tasks x",
        "--tasks ''",       "--tasks 3x",
        "--ms -1",          "--limit 999999999999999999999",
        "--unknown 3",      "--runs",
        "waiting",          "waiting nowhere",
        "dreaming loop",    "computing event-loop",
        "waiting loop loop"};
    const struct run *r = run("choose %s", wrong[_i]);
    ck_assert_msg(r->status == 1, "choose %s: status %d", wrong[_i], r->status);
    ck_assert_msg(matches(r->err, "^choose: usage: "), "choose %s: %s",
                  wrong[_i], r->err);
    ck_assert_str_eq(r->out, "");
}
END_TEST

/* ---------- what figures are drawn from ---------- */

START_TEST(waiters_report_each_fact)
{
    const struct run *r = run_well("waiters 2 200");
    static const char *const facts[] = {"ms", "cpu-ms", "KiB", "kernel-KiB"};
    for (int i = 0; i < 4; i++) {
        char line[64];
        snprintf(line, sizeof line, "threads\t200\t%s\t", facts[i]);
        ck_assert_int_eq(count_in(r->out, line), 1);
        snprintf(line, sizeof line, "event-loop\t200\t%s\t", facts[i]);
        ck_assert_int_eq(count_in(r->out, line), 1);
    }
    ck_assert_int_eq(count_in(r->out, "\n"), 3 + 8);
    ck_assert_int_eq(run("waiters 0")->status, 1);
    ck_assert_int_eq(run("waiters 1 10001")->status, 1);
    ck_assert_int_eq(run("waiters 1 2 3")->status, 1);
}
END_TEST

START_TEST(few_descriptors_are_raised_or_named)
{
    const struct run *r =
        run("ulimit -S -n 50; waiters 1 100 | grep -c event-loop");
    ck_assert_msg(matches(r->out, "^4$"), "%s%s", r->out, r->err);
    r = run("ulimit -n 50; waiters 1 100");
    ck_assert_int_eq(r->status, 1);
    ck_assert_msg(matches(r->err, "timerfd_create for waiter [0-9]+: Too many"),
                  "%s", r->err);
}
END_TEST

START_TEST(amdahl_has_both_laws)
{
    const struct run *r = run_well("amdahl 1 4");
    ck_assert_int_eq(count_in(r->out, "amdahl\twaits\t"), 6);
    ck_assert_int_eq(count_in(r->out, "gustafson\twaits\t"), 6);
    ck_assert_int_eq(count_in(r->out, "\t0.05\t4\t"),
                     2 * (count_in(r->out, "computes\t0.05\t4\t") ? 2 : 1));
    ck_assert_int_eq(run("amdahl 0")->status, 1);
    ck_assert_int_eq(run("amdahl 1 257")->status, 1);
}
END_TEST

START_TEST(mixed_has_all_pools)
{
    const struct run *r = run_well("mixed 1 8");
    ck_assert_int_eq(count_in(r->out, "\n"), 3 + 3 * 11);
    ck_assert(matches(r->out, "^9\t40\t"));
    ck_assert_int_eq(run("mixed 1 0")->status, 1);
}
END_TEST

/* ---------- output ---------- */

START_TEST(a_program_that_cannot_write_says_so)
{
    static const char *const programs[] = {"io_bound", "cpu_bound", "kind",
                                           "choose waiting loop", "mixed 1 1"};
    const struct run *r = run("%s >/dev/full", programs[_i]);
    ck_assert_msg(r->status == 1, "%s: status %d", programs[_i], r->status);
    ck_assert_msg(matches(r->err, "No space left"), "%s: %s", programs[_i],
                  r->err);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("12-io-or-cpu");
    TCase *tests = tcase_create("programs");
    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, all_is_downloaded_twice);
    tcase_add_test(tests, all_ways_find_the_same_primes);
    tcase_add_test(tests, kinds_are_told_apart);
    tcase_add_test(tests, commands_are_judged_too);
    tcase_add_test(tests, the_status_of_a_command_is_kept);
    tcase_add_loop_test(tests, each_way_waits_for_all, 0, WAYS);
    tcase_add_loop_test(tests, each_way_computes_the_same, 0, WAYS);
    tcase_add_loop_test(tests, one_task_and_many, 0, WAYS);
    tcase_add_test(tests, the_table_has_all_ways);
    tcase_add_loop_test(tests, choose_refuses_nonsense, 0, 15);
    tcase_add_test(tests, waiters_report_each_fact);
    tcase_add_test(tests, few_descriptors_are_raised_or_named);
    tcase_add_test(tests, amdahl_has_both_laws);
    tcase_add_test(tests, mixed_has_all_pools);
    tcase_add_loop_test(tests, a_program_that_cannot_write_says_so, 0, 5);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
