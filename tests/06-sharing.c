/* Chapter 6, Sharing: its programs, the machine code that the text shows, and
 * what it says about tools that see nothing. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the wrong programs are built without a sanitizer, which would report
 * what is wrong with them. */
#define PLAIN "$PWD/build/bin/06-sharing"

/* ---------- counting ---------- */

START_TEST(an_atomic_counter_loses_nothing)
{
    ck_assert_str_eq(run_well("counted")->out,
                     "expected 10000000, counted 10000000, lost 0\n");
    ck_assert_str_eq(run_well("counted 3")->out,
                     "expected 10000000, counted 10000000, lost 0\n");
}
END_TEST

START_TEST(a_plain_counter_accounts_for_its_losses)
{
    long expected = -1, counted = -1, lost = -1;
    const struct run *r = run_well(PLAIN "/lost_update 1");
    ck_assert_int_eq(sscanf(r->out, "expected %ld, counted %ld, lost %ld\n",
                            &expected, &counted, &lost),
                     3);
    ck_assert_int_eq(expected, 10000000);
    ck_assert_int_eq(counted + lost, expected);
    ck_assert_int_ge(lost, 0);
    ck_assert_int_ge(counted, 2);
}
END_TEST

START_TEST(losses_prints_histograms)
{
    const struct run *r = run_well("losses=$(command -v losses); PATH=" PLAIN
                                   ":$PATH; $losses 2");
    ck_assert_msg(matches(r->out, "^# machine: .*; cores: "), "%s", r->out);
    const char *line = strstr(r->out, "case\tbin\truns\n");
    ck_assert_ptr_nonnull(line);
    static const char *const cases[] = {"bare", "work", "one core"};
    int sums[3] = {0}, rows[3] = {0}, bin, runs, used;
    line = strchr(line, '\n') + 1;
    for (; *line; line += used) {
        char name[32];
        ck_assert_int_eq(
            sscanf(line, "%31[^\t]\t%d\t%d\n%n", name, &bin, &runs, &used), 3);
        for (int i = 0; i < 3; i++)
            if (strcmp(name, cases[i]) == 0) {
                ck_assert_int_eq(bin, rows[i]++);
                sums[i] += runs;
            }
    }
    for (int i = 0; i < 3; i++) {
        ck_assert_msg(rows[i] == 51, "%s has %d bins", cases[i], rows[i]);
        ck_assert_msg(sums[i] == 2, "%s has %d runs, not 2", cases[i], sums[i]);
    }
}
END_TEST

START_TEST(losses_refuses_bad_numbers)
{
    static const char *const bad[] = {"0", "-1", "many", "2 3"};
    for (int i = 0; i < 4; i++) {
        const struct run *r = run("losses %s", bad[i]);
        ck_assert_int_eq(r->status, 1);
        ck_assert_str_eq(r->err, "losses: usage: losses [RUNS]\n");
    }
}
END_TEST

START_TEST(losses_says_what_it_cannot_run)
{
    const struct run *r =
        run("d=$(mktemp -d); printf '#!/bin/sh\\necho hello\\n' "
            ">$d/lost_update; chmod +x $d/lost_update; PATH=$d:$PATH losses 1; "
            "s=$?; rm -r $d; exit $s");
    ck_assert_int_eq(r->status, 1);
    ck_assert_str_eq(r->err, "losses: lost_update: cannot read what it says\n");
}
END_TEST

/* ---------- what the compiler makes of it ---------- */

/* The text shows code for x86-64, as gcc writes it. */
static bool code_is_as_shown(void)
{
#ifdef __x86_64__
    return run("gcc --version | grep -q '^gcc'")->status == 0;
#else
    return false;
#endif
}

static const char *code_of(const char *change, const char *program,
                           const char *function)
{
    return run("sed '%s' tangled/06-sharing/%s.c | gcc -O2 -S -Itangled "
               "-x c -o - - | sed -n '/^%s:/,/cfi_endproc/p' | "
               "grep -v '^\t\\.' | tr '\t' ' '",
               change, program, function)
        ->out;
}

START_TEST(counting_is_load_add_store)
{
    if (!code_is_as_shown())
        return;
    const char *code = code_of("", "lost_update", "count_up");
    const char *load = strstr(code, "counter(%rip), %r");
    const char *add = load ? strstr(load, "addq $1, %r") : NULL;
    ck_assert_msg(add && strstr(add, ", counter(%rip)"), "%s", code);
}
END_TEST

START_TEST(without_volatile_one_store_is_left)
{
    if (!code_is_as_shown())
        return;
    const char *code = code_of("s/volatile long counter/long counter/",
                               "lost_update", "count_up");
    ck_assert_msg(strstr(code, "5000000(%r") != NULL, "%s", code);
    ck_assert_msg(strstr(code, "addq $1, %r") == NULL, "%s", code);
}
END_TEST

START_TEST(atomic_counting_is_one_locked_instruction)
{
    if (!code_is_as_shown())
        return;
    const char *code = code_of("", "counted", "count_up");
    ck_assert_msg(matches(code, "lock addq[[:space:]]+.1, counter"), "%s",
                  code);
}
END_TEST

START_TEST(the_loop_jumps_to_itself)
{
    if (!code_is_as_shown())
        return;
    const char *code = code_of("", "stop_flag", "go_round");
    char target[32], loop[96];
    const char *jump = strstr(code, "\n jmp ");
    ck_assert_msg(jump && sscanf(jump, " jmp %31s", target) == 1, "%s", code);
    snprintf(loop, sizeof loop, "%s:\n jmp %s\n", target, target);
    ck_assert_msg(strstr(code, loop) != NULL, "a jump must lead to itself:\n%s",
                  code);
    const char *look = strstr(code, "stop(%rip)");
    ck_assert_msg(look && !strstr(look + 1, "stop(%rip)"),
                  "the flag must be read once:\n%s", code);
}
END_TEST

/* ---------- forced orders ---------- */

START_TEST(a_deposit_is_lost_every_time)
{
    for (int i = 0; i < 10; i++)
        ck_assert_str_eq(run_well("deposits")->out,
                         "Alice reads 100\nBob reads 100\nBob writes 150\n"
                         "Alice writes 150\nbalance: 150\n");
}
END_TEST

START_TEST(the_account_is_overdrawn_every_time)
{
    for (int i = 0; i < 10; i++)
        ck_assert_str_eq(run_well("overdraft")->out,
                         "Bob takes 80, 20 left\nAlice takes 80, -60 left\n");
}
END_TEST

START_TEST(both_claim_and_one_claims_once)
{
    for (int i = 0; i < 10; i++) {
        ck_assert_str_eq(run_well("claim")->out, "Bob: mine\nAlice: mine\n");
        ck_assert_str_eq(run_well("claim_once")->out,
                         "Bob: mine\nAlice: taken\n");
    }
}
END_TEST

/* The sanitizers' builds of programs without a data race say nothing, though
 * the order is wrong. */
START_TEST(tsan_is_silent_about_orders)
{
    static const char *const programs[] = {"deposits", "overdraft"};
    for (int i = 0; i < 2; i++) {
        const struct run *r =
            run("gcc -g -fsanitize=thread -Itangled -o race.tsan "
                "tangled/06-sharing/%s.c tangled/lib/worker.c "
                "tangled/lib/trace.c tangled/lib/measure.c tangled/lib/die.c "
                "-lm && ./race.tsan; s=$?; rm -f race.tsan; exit $s",
                programs[i]);
        ck_assert_int_eq(r->status, 0);
        ck_assert_str_eq(r->err, "");
    }
}
END_TEST

/* ---------- the bank, the flags ---------- */

START_TEST(a_locked_bank_keeps_its_money)
{
    ck_assert_str_eq(run_well("bank_locked")->out, "total: 2000\n");
}
END_TEST

START_TEST(found_is_found)
{
    ck_assert_str_eq(run_well(PLAIN "/found")->out, "found\n");
}
END_TEST

START_TEST(an_atomic_flag_stops_the_loop)
{
    ck_assert_str_eq(run_well("stop_atomic")->out,
                     "stopped after some rounds\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Sharing");
    const TTest *counting[] = {
        an_atomic_counter_loses_nothing,
        a_plain_counter_accounts_for_its_losses, losses_prints_histograms,
        losses_refuses_bad_numbers, losses_says_what_it_cannot_run};
    const TTest *code[] = {
        counting_is_load_add_store, without_volatile_one_store_is_left,
        atomic_counting_is_one_locked_instruction, the_loop_jumps_to_itself};
    const TTest *orders[] = {
        a_deposit_is_lost_every_time, the_account_is_overdrawn_every_time,
        both_claim_and_one_claims_once, tsan_is_silent_about_orders};
    const TTest *rest[] = {a_locked_bank_keeps_its_money, found_is_found,
                           an_atomic_flag_stops_the_loop};
    add_tests(suite, "counting", 1, counting, 5);
    add_tests(suite, "code", 1, code, 4);
    add_tests(suite, "orders", 1, orders, 4);
    add_tests(suite, "bank and flags", 1, rest, 3);
    return run_suite(suite);
}
