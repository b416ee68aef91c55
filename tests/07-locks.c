/* Chapter 7, Locks: its programs, on good input and bad. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------- counting, selling ---------- */

START_TEST(no_step_is_lost)
{
    const struct run *r = run_well("counter");
    ck_assert(matches(r->out, "^1 in all: 1000000 steps, [0-9.]+ ns each, "
                              "[0-9]+ sleeps$"));
    ck_assert(matches(r->out, "^2 in all: 2000000 steps, [0-9.]+ ns each, "
                              "[0-9]+ sleeps$"));
}
END_TEST

START_TEST(all_is_sold_and_the_rest_refused)
{
    const struct run *r = run_well("stock");
    int refused = 0, customers = 0, of_one, customer, length;
    const char *line = r->out;
    while (sscanf(line, "customer %d was refused %d times\n%n", &customer,
                  &of_one, &length) == 2) {
        refused += of_one;
        customers++;
        line += length;
    }
    ck_assert_int_eq(customers, 4);
    ck_assert_int_eq(refused, 1000);
    ck_assert_str_eq(line, "sold 3000, left 0, sound: yes\n");
}
END_TEST

START_TEST(a_postponed_sum_is_not_lost)
{
    long counted, postponed;
    const struct run *r = run_well("tally");
    ck_assert_int_eq(sscanf(r->out, "counted %ld, postponed %ld times\n",
                            &counted, &postponed),
                     2);
    ck_assert_int_eq(counted, 4000000);
    ck_assert(postponed >= 0 && postponed <= 40000);
}
END_TEST

/* ---------- one lock or many ---------- */

START_TEST(the_visits_are_the_same_with_one_lock_and_with_many)
{
    const char *visits = "row 0: 8 visits\nrow 1: 2 visits\n"
                         "row 2: 4 visits\nrow 3: 2 visits\n";
    ck_assert_str_eq(run_well("contend one")->out, visits);
    ck_assert_str_eq(run_well("contend striped")->out, visits);
}
END_TEST

START_TEST(contend_wants_one_word)
{
    const char *bad[] = {"", "many", "one striped"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct run *r = run("contend %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_str_eq(r->out, "");
        ck_assert_str_eq(r->err, "contend: usage: contend one | striped\n");
    }
}
END_TEST

/* ---------- readers and writers, once ---------- */

START_TEST(every_answer_of_the_cache_is_right)
{
    const struct run *r = run_well("cache_rw");
    for (int thread = 0; thread < 4; thread++) {
        char line[80];
        snprintf(line, sizeof line,
                 "^thread %d: 20000 right answers, [0-9]+ computed$", thread);
        ck_assert_msg(matches(r->out, line), "no %s in\n%s", line, r->out);
    }
}
END_TEST

START_TEST(only_one_kind_of_lock_starves_its_writer)
{
    ck_assert_str_eq(run_well("kept_out")->out,
                     "default: 100,000 readers came in, the writer did not\n"
                     "writers first: a reader had to wait for the writer\n");
}
END_TEST

START_TEST(the_table_is_built_once)
{
    const struct run *r = run_well("table_once");
    for (int thread = 0; thread < 4; thread++) {
        char line[40];
        snprintf(line, sizeof line, "^thread %d: 1024 bits$", thread);
        ck_assert_msg(matches(r->out, line), "no %s in\n%s", line, r->out);
    }
    ck_assert(matches(r->out, "^the table was built 1 time\\(s\\)$"));
}
END_TEST

/* ---------- a dead holder ---------- */

START_TEST(a_robust_lock_outlives_two_holders)
{
    const char *killed = "the child was killed by signal 9\n"
                         "lock: Owner died; shelf 7 of 10, sold 0: not sound\n";
    char wanted[512];
    snprintf(wanted, sizeof wanted,
             "%srepaired: sound\n%slock: State not recoverable\n", killed,
             killed);
    ck_assert_str_eq(run_well("robust")->out, wanted);
}
END_TEST

/* ---------- output and the measurement ---------- */

START_TEST(a_full_disk_is_noticed)
{
    const char *programs[] = {"counter",    "stock",       "tally",
                              "table_once", "contend one", "cache_rw",
                              "kept_out",   "robust",      "lockcost 1"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const struct run *r = run("%s > /dev/full", programs[i]);
        ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", programs[i],
                      r->status);
        ck_assert_msg(strlen(r->err) > 0, "%s said nothing", programs[i]);
    }
}
END_TEST

START_TEST(lockcost_prints_a_table)
{
    static const char *const names[] = {"none", "one", "striped", "rwlock"};
    int rows[3][4] = {{0}};
    const struct run *r = run_well("lockcost 2");
    ck_assert(matches(r->out, "^# machine: .+; cores: [0-9]+; kernel: .+; "
                              "compiler: .+$"));
    ck_assert(matches(r->out, "^# runs: 2; 1 thread: ns an access; 2 threads: "
                              "speed-up against 1 thread with no lock$"));
    const char *row = strstr(r->out, "\nthreads\t");
    ck_assert(row != NULL);
    for (row = strchr(row + 1, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
        int threads, name = 0;
        char lock[32];
        double work, v[5];
        ck_assert_int_eq(sscanf(row, "%d %31s %lf %lf %lf %lf %lf %lf",
                                &threads, lock, &work, &v[0], &v[1], &v[2],
                                &v[3], &v[4]),
                         8);
        ck_assert(threads == 1 || threads == 2);
        while (name < 4 && strcmp(names[name], lock) != 0)
            name++;
        ck_assert_msg(name < 4, "%.80s", row);
        rows[threads][name]++;
        ck_assert(work > 0 && v[0] > 0);
        for (int i = 1; i < 5; i++)
            ck_assert_msg(v[i - 1] <= v[i], "%.80s", row);
    }
    for (int name = 0; name < 4; name++) {
        ck_assert_int_eq(rows[1][name], 8);
        ck_assert_int_eq(rows[2][name], name == 0 ? 0 : 8);
    }
}
END_TEST

START_TEST(lockcost_refuses_bad_numbers)
{
    const char *bad[] = {"0", "-3", "1001", "many", "3 4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct run *r = run("lockcost %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_str_eq(r->out, "");
        ck_assert(matches(r->err, "usage: lockcost"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Locks");
    const TTest *mutexes[] = {no_step_is_lost, all_is_sold_and_the_rest_refused,
                              a_postponed_sum_is_not_lost};
    const TTest *many[] = {the_visits_are_the_same_with_one_lock_and_with_many,
                           contend_wants_one_word};
    const TTest *others[] = {every_answer_of_the_cache_is_right,
                             only_one_kind_of_lock_starves_its_writer,
                             the_table_is_built_once,
                             a_robust_lock_outlives_two_holders};
    const TTest *cost[] = {a_full_disk_is_noticed, lockcost_prints_a_table,
                           lockcost_refuses_bad_numbers};
    add_tests(suite, "mutexes", 1, mutexes, 3);
    add_tests(suite, "one lock or many", 1, many, 2);
    add_tests(suite, "other locks", 1, others, 4);
    add_tests(suite, "output and cost", 1, cost, 3);

    return run_suite(suite);
}
