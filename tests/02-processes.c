/* Chapter 2, Processes: its programs, on good input and bad, and the library
 * functions of lib/measure.h. */
#include "lib/measure.h"
#include "run.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------- pid, separate, cow ---------- */

START_TEST(pid_knows_its_family)
{
    long self, parent, child, child_parent, again, parent_again, told;
    int used = 0;
    const struct run *r = run_well("pid");
    int found = sscanf(r->out,
                       "alone: I am process %ld, started by %ld "
                       "child: I am process %ld, started by %ld "
                       "parent: I am process %ld, started by %ld "
                       "parent: fork told me %ld%n",
                       &self, &parent, &child, &child_parent, &again,
                       &parent_again, &told, &used);
    ck_assert_msg(found == 7, "%s", r->out);
    ck_assert_str_eq(r->out + used, "\n");
    ck_assert_int_eq(again, self);
    ck_assert_int_eq(parent_again, parent);
    ck_assert_int_eq(child_parent, self);
    ck_assert_int_eq(told, child);
    ck_assert_int_ne(child, self);
}
END_TEST

START_TEST(a_write_in_the_child_is_invisible)
{
    int before, child, parent;
    void *address, *in_child, *in_parent;
    const struct run *r = run_well("separate");
    int found =
        sscanf(r->out, "before: %d at %p child: %d at %p parent: %d at %p",
               &before, &address, &child, &in_child, &parent, &in_parent);
    ck_assert_msg(found == 6, "%s", r->out);
    ck_assert_int_eq(before, 1);
    ck_assert_int_eq(child, 2);
    ck_assert_int_eq(parent, 1);
    ck_assert_ptr_eq(address, in_child);
    ck_assert_ptr_eq(address, in_parent);
}
END_TEST

START_TEST(only_writing_copies)
{
    long none, none_mib, reads, read_mib, writes, write_mib;
    const struct run *r = run_well("cow");
    int found =
        sscanf(r->out,
               "does nothing: %ld page faults, %ld MiB of its own "
               "reads every page: %ld page faults, %ld MiB of its own "
               "writes every page: %ld page faults, %ld MiB of its own",
               &none, &none_mib, &reads, &read_mib, &writes, &write_mib);
    ck_assert_msg(found == 6, "%s", r->out);
    /* A page may be larger than 4 KiB; a sanitizer has faults of its own. */
    ck_assert_msg(writes > 2 * reads + 500, "%s", r->out);
    ck_assert_msg(write_mib - read_mib >= 60, "%s", r->out);
    ck_assert_msg(read_mib - none_mib <= 4, "%s", r->out);
}
END_TEST

/* ---------- reaped, orphan ---------- */

START_TEST(a_reaped_child_is_gone)
{
    const struct run *r = run_well("reaped");
    ck_assert_msg(matches(r->out, "^process [0-9]+: Z \\(zombie\\)$") &&
                      matches(r->out, "^process [0-9]+ left with status 7$") &&
                      matches(r->out, "^process [0-9]+: there is none$"),
                  "%s", r->out);
}
END_TEST

START_TEST(an_orphan_is_adopted_and_reaped)
{
    long middle, adopter, self, orphan;
    const struct run *r = run_well("orphan");
    int found = sscanf(r->out,
                       "my parent was %ld, now it is %ld I am %ld and have "
                       "reaped %ld",
                       &middle, &adopter, &self, &orphan);
    ck_assert_msg(found == 4, "%s", r->out);
    ck_assert_int_eq(adopter, self);
    ck_assert_int_ne(middle, self);
    ck_assert_int_ne(orphan, middle);
}
END_TEST

/* ---------- forkexec, spawn ---------- */

START_TEST(both_starters_tell_how_it_ended)
{
    const char *starters[] = {"forkexec", "spawn"};
    for (int i = 0; i < 2; i++) {
        const struct run *r = run("%s sh -c 'exit 3'", starters[i]);
        ck_assert_int_eq(r->status, 0);
        ck_assert(matches(r->out, "^process [0-9]+ left with status 3$"));
        r = run("%s sh -c 'kill -KILL $$'", starters[i]);
        ck_assert_int_eq(r->status, 0);
        ck_assert(matches(r->out, "^process [0-9]+ was killed by signal 9 "));
        r = run("%s echo 'two  words' three", starters[i]);
        ck_assert_int_eq(r->status, 0);
        ck_assert(matches(r->out, "^two  words three$"));
    }
}
END_TEST

START_TEST(both_starters_refuse_nothing_to_start)
{
    const char *starters[] = {"forkexec", "spawn"};
    for (int i = 0; i < 2; i++) {
        const struct run *r = run("%s", starters[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "usage: [a-z]+ PROGRAM"));
        ck_assert_str_eq(r->out, "");
    }
}
END_TEST

START_TEST(only_spawn_knows_why_it_failed)
{
    const struct run *r = run("forkexec no-such-program");
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->out, "left with status 127"));
    ck_assert(matches(r->err, "cannot run no-such-program"));
    r = run("spawn no-such-program");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert_str_eq(r->err,
                     "spawn: no-such-program: No such file or directory\n");
    r = run("spawn /");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert_str_eq(r->err, "spawn: /: Permission denied\n");
}
END_TEST

/* ---------- squares_cubes ---------- */

START_TEST(squares_and_cubes_are_all_there)
{
    const struct run *r = run_well("squares_cubes");
    const char *squares = r->out, *cubes = r->out;
    for (int n = 1; n <= 5; n++) {
        char line[64];
        snprintf(line, sizeof line, "the square of %d is %d\n", n, n * n);
        squares = strstr(squares, line); /* each after the one before */
        ck_assert_msg(squares != NULL, "no or misplaced %s%s", line, r->out);
        snprintf(line, sizeof line, "the cube of %d is %d\n", n, n * n * n);
        cubes = strstr(cubes, line);
        ck_assert_msg(cubes != NULL, "no or misplaced %s%s", line, r->out);
    }
    ck_assert_int_eq(count_in(r->out, "\n"), 11);
    ck_assert(matches(r->out, "^both have ended$"));
    ck_assert_str_eq(strstr(r->out, "both"), "both have ended\n");
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    const char *programs[] = {"pid",    "separate", "cow",          "reaped",
                              "orphan", "spawn :",  "squares_cubes"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const struct run *r = run("%s > /dev/full", programs[i]);
        ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", programs[i],
                      r->status);
        ck_assert_msg(strlen(r->err) > 0, "%s said nothing", programs[i]);
    }
}
END_TEST

/* ---------- forkcost ---------- */

START_TEST(forkcost_prints_a_table)
{
    const struct run *r = run_well("forkcost 2");
    ck_assert(matches(r->out, "^# machine: .+; cores: [0-9]+; kernel: .+; "
                              "compiler: .+$"));
    ck_assert(matches(r->out, "^# runs: 2; times in microseconds$"));
    ck_assert_int_eq(count_in(r->out, "\n"), 2 + 1 + 15 + 2);
    ck_assert_int_eq(count_in(r->out, "\nfork\t"), 5);
    ck_assert_int_eq(count_in(r->out, "\nfork+exec\t"), 5);
    ck_assert_int_eq(count_in(r->out, "\nposix_spawn\t"), 5);
    const char *row = strstr(r->out, "\ncase\t");
    ck_assert(row != NULL);
    for (row = strchr(row + 1, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
        char name[32];
        double mib, v[5];
        ck_assert_int_eq(sscanf(row, "%31s %lf %lf %lf %lf %lf %lf", name, &mib,
                                &v[0], &v[1], &v[2], &v[3], &v[4]),
                         7);
        ck_assert(v[0] > 0);
        for (int i = 1; i < 5; i++)
            ck_assert_msg(v[i - 1] <= v[i], "%.80s", row);
    }
}
END_TEST

START_TEST(forkcost_refuses_bad_numbers)
{
    const char *bad[] = {"0", "-3", "1001", "many", "3 4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct run *r = run("forkcost %s", bad[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_str_eq(r->out, "");
        ck_assert(matches(r->err, "usage: forkcost"));
    }
}
END_TEST

/* ---------- lib/measure ---------- */

START_TEST(the_clock_does_not_go_back)
{
    int64_t last = measure_now();
    ck_assert(last > 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now = measure_now();
        ck_assert(now >= last);
        last = now;
    }
}
END_TEST

static void check_spread(double samples[], size_t count, struct spread wanted)
{
    struct spread got = measure_spread(samples, count);
    ck_assert_double_eq_tol(got.min, wanted.min, 1e-9);
    ck_assert_double_eq_tol(got.lower, wanted.lower, 1e-9);
    ck_assert_double_eq_tol(got.median, wanted.median, 1e-9);
    ck_assert_double_eq_tol(got.upper, wanted.upper, 1e-9);
    ck_assert_double_eq_tol(got.max, wanted.max, 1e-9);
}

START_TEST(spreads_are_those_of_definition_seven)
{
    check_spread((double[]){3}, 1, (struct spread){3, 3, 3, 3, 3});
    check_spread((double[]){2, 1}, 2, (struct spread){1, 1.25, 1.5, 1.75, 2});
    check_spread((double[]){5, 1, 4, 2, 3}, 5, (struct spread){1, 2, 3, 4, 5});
    check_spread((double[]){40, 10, 30, 20}, 4,
                 (struct spread){10, 17.5, 25, 32.5, 40});
    check_spread((double[]){-1, 1e12, 0.3, 0, 0.1}, 5,
                 (struct spread){-1, 0, 0.1, 0.3, 1e12});
    check_spread((double[]){7, 7, 7}, 3, (struct spread){7, 7, 7, 7, 7});
}
END_TEST

START_TEST(spread_sorts_its_samples)
{
    double samples[] = {0.3, 0.1, -2, 0.2};
    measure_spread(samples, 4);
    for (int i = 1; i < 4; i++)
        ck_assert(samples[i - 1] <= samples[i]);
}
END_TEST

START_TEST(no_samples_have_no_spread)
{
    struct spread none = measure_spread(NULL, 0);
    ck_assert(isnan(none.min) && isnan(none.lower) && isnan(none.median) &&
              isnan(none.upper) && isnan(none.max));
}
END_TEST

START_TEST(the_machine_has_a_name)
{
    char line[512];
    measure_machine(line, sizeof line);
    ck_assert_msg(matches(line, "^machine: .+; cores: [1-9][0-9]*; kernel: "
                                ".+; compiler: .+$"),
                  "%s", line);
    ck_assert_ptr_eq(strchr(line, '\n'), NULL);
}
END_TEST

START_TEST(the_machine_fits_any_room)
{
    char line[16] = "123456789012345";
    measure_machine(line, 10);
    ck_assert_str_eq(line, "machine: ");
    ck_assert_str_eq(line + 10, "12345");
    line[0] = 'x';
    measure_machine(line, 1);
    ck_assert_str_eq(line, "");
    line[0] = 'x';
    measure_machine(line, 0);
    ck_assert_int_eq(line[0], 'x');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Processes");
    const TTest *memory[] = {pid_knows_its_family,
                             a_write_in_the_child_is_invisible,
                             only_writing_copies};
    const TTest *ends[] = {a_reaped_child_is_gone,
                           an_orphan_is_adopted_and_reaped};
    const TTest *starters[] = {both_starters_tell_how_it_ended,
                               both_starters_refuse_nothing_to_start,
                               only_spawn_knows_why_it_failed};
    const TTest *two[] = {squares_and_cubes_are_all_there,
                          a_full_disk_is_noticed};
    const TTest *cost[] = {forkcost_prints_a_table,
                           forkcost_refuses_bad_numbers};
    const TTest *measure[] = {
        the_clock_does_not_go_back, spreads_are_those_of_definition_seven,
        spread_sorts_its_samples,   no_samples_have_no_spread,
        the_machine_has_a_name,     the_machine_fits_any_room};
    add_tests(suite, "memory", 1, memory, 3);
    add_tests(suite, "ends", 1, ends, 2);
    add_tests(suite, "starters", 1, starters, 3);
    add_tests(suite, "two children", 1, two, 2);
    add_tests(suite, "forkcost", 1, cost, 2);
    add_tests(suite, "measure", 1, measure, 6);

    return run_suite(suite);
}
