/* Chapter 15, Big factorials: its programs, against GMP, Python and each other,
 * on good input and bad, and with workers that are killed. */
#include "run.h"

#include <check.h>
#include <gmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"--one", "--threads", "--processes",
                                    "--processes --digits"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* The digits of n!, which the caller frees. */
static char *digits_of(unsigned long n)
{
    mpz_t factorial;
    mpz_init(factorial);
    mpz_fac_ui(factorial, n);
    char *digits = mpz_get_str(NULL, 10, factorial);
    mpz_clear(factorial);
    return digits;
}

/* ---------- factorials ---------- */

START_TEST(four_factorials)
{
    static const unsigned long numbers[] = {5000, 6000, 700, 8000};
    const struct run *r = run("factorials %s 5000 6000 700 8000 | cut -c "
                              "-14000",
                              kinds[_i]);
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->err, "");
    const char *rest = r->out;
    for (int i = 0; i < 4; i++) {
        char begin[32];
        char *digits = digits_of(numbers[i]);
        snprintf(begin, sizeof begin, "%lu! = ", numbers[i]);
        ck_assert_msg(strncmp(rest, begin, strlen(begin)) == 0, "%.40s", rest);
        rest += strlen(begin);
        size_t most = 14000 - strlen(begin), length = strlen(digits);
        length = length < most ? length : most;
        ck_assert_msg(strncmp(rest, digits, length) == 0 &&
                          rest[length] == '\n',
                      "%lu! is wrong", numbers[i]);
        rest += length + 1;
        free(digits);
    }
    ck_assert_str_eq(rest, "");
}
END_TEST

static const char *const in_python =
    "import math, sys\n"
    "if hasattr(sys, \"set_int_max_str_digits\"):\n"
    "    sys.set_int_max_str_digits(0)\n"
    "for n in sys.argv[1:]:\n"
    "    print(f\"{n}! = {math.factorial(int(n))}\")\n";

START_TEST(as_python_has_it)
{
    static const char *const numbers = "5000 6000 700 8000 0 1 2 20 21 22 "
                                       "1000 4096 9999";
    const struct run *r = run("factorials %s %s >ours.$$ && python3 -c '%s' %s "
                              ">theirs.$$; cmp ours.$$ theirs.$$; result=$?; "
                              "rm ours.$$ theirs.$$; exit $result",
                              kinds[_i], numbers, in_python, numbers);
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
}
END_TEST

START_TEST(small_numbers_and_many)
{
    const struct run *r = run("factorials %s 0 1 2 3 20 21 0", kinds[_i]);
    ck_assert_str_eq(r->out, "0! = 1\n1! = 1\n2! = 2\n3! = 6\n"
                             "20! = 2432902008176640000\n"
                             "21! = 51090942171709440000\n0! = 1\n");
    r = run("factorials %s --workers 3 $(seq 0 300) | md5sum; factorials --one "
            "$(seq 0 300) | md5sum",
            kinds[_i]);
    ck_assert_int_eq(strncmp(r->out, r->out + strlen(r->out) / 2, 32), 0);
    ck_assert_str_eq(r->err, "");
}
END_TEST

/* ---------- bad input ---------- */

static void must_refuse(const char *arguments, const char *pattern)
{
    static const char *const programs[] = {"factorials", "bigfact"};
    for (int i = 0; i < 2; i++) {
        const struct run *r = run("%s %s", programs[i], arguments);
        ck_assert_msg(r->status == 2, "%s %s: status %d, %s", programs[i],
                      arguments, r->status, r->err);
        ck_assert_str_eq(r->out, "");
        ck_assert_msg(count_in(r->err, "\n") == 1 && matches(r->err, pattern),
                      "%s %s: %s", programs[i], arguments, r->err);
    }
}

START_TEST(what_is_no_number)
{
    must_refuse("-5", "^[a-z]+: -5: a negative number has no factorial$");
    must_refuse("-- -5", "-5: a negative number has no factorial$");
    must_refuse("-0", "a negative number");
    must_refuse("five", "^[a-z]+: 'five' is not a whole number$");
    must_refuse("''", "'' is not a whole number");
    must_refuse("' 5'", "' 5' is not a whole number");
    must_refuse("5.0", "'5.0' is not a whole number");
    must_refuse("1e3", "'1e3' is not a whole number");
    must_refuse("0x10", "'0x10' is not a whole number");
    must_refuse("+5", "'\\+5' is not a whole number");
    must_refuse("5,000", "'5,000' is not a whole number");
    must_refuse("inf", "'inf' is not a whole number");
    must_refuse("$(seq -s '' 100)x", "is not a whole number");
}
END_TEST

START_TEST(what_is_no_option)
{
    must_refuse("", "^[a-z]+: usage: ");
    must_refuse("--nonsense 5", "usage: ");
    must_refuse("-x 5", "usage: ");
    must_refuse("--workers", "usage: ");
    must_refuse("--workers 0 5", "--workers: '0' is not an amount");
    must_refuse("--workers 5000 5", "--workers: '5000' is not an amount");
    must_refuse("--workers two 5", "--workers: 'two' is not an amount");
    must_refuse("--workers nan 5", "--workers: 'nan' is not an amount");
    must_refuse("--memory 5X 5", "--memory: '5X' is not an amount");
    must_refuse("--memory 5MB 5", "--memory: '5MB' is not an amount");
    ck_assert_int_eq(run("factorials --bits 5")->status, 2);
    ck_assert_int_eq(run("bigfact --digits 5")->status, 2);
    ck_assert_int_eq(run("bigfact 5 6")->status, 2);
}
END_TEST

START_TEST(what_memory_would_not_hold)
{
    must_refuse("99999999999",
                "99999999999! takes [0-9.]+ GB, more than GMP's");
    must_refuse("18446744073709551616", "takes [0-9.e+]+ EB");
    must_refuse("$(seq -s '' 300)", "takes inf EB");
    /* the last finite doubles: the estimate must not be inf - inf */
    must_refuse("$(printf '9%0307d' 0)", "takes inf EB, more than GMP's");
    must_refuse("--force $(printf '9%0307d' 0)", "takes inf EB, more than");
    ck_assert_int_eq(run("factorials --force 5 $(printf '9%%0307d' 0)")->status,
                     2);
    must_refuse("--force 99999999999", "more than GMP's largest number");
    must_refuse("--memory 1M 1000000", "needs about [0-9.]+ MB of memory; "
                                       "1 MB is free$");
    must_refuse("--memory 1k 1000", "; 1 kB is free$");
    const struct run *r = run("factorials --memory 1M 5 6 1000000 7");
    ck_assert_int_eq(r->status, 2);
    ck_assert_str_eq(r->out, "");
}
END_TEST

/* The limit of the process counts too, and it counts addresses: those of the
 * board, and those that a pool takes. A program is refused or it runs, between
 * the two there is nothing. A sanitizer's own shadow would not let itself be
 * limited. */
START_TEST(what_the_process_may_not_have)
{
    static const struct {
        int limit; /* in kB */
        const char *command, *says;
    } cases[] = {
        {200000, "factorials --one 10000000", "205 MB is free"},
        {210000, "bigfact --bits 3000000", "215 MB is free"},
        {300000, "bigfact --bits 3000000", "307 MB is free"},
        {400000, "bigfact --bits 3000000", "410 MB is free"},
        {420000, "bigfact --bits 3000000", NULL},
        {520000, "bigfact --bits 3000000", NULL},
        {100000, "factorials --digits --workers 2 3000000 5", "102 MB is free"},
        {270000, "factorials --digits --workers 2 3000000 5", NULL},
        {300000, "factorials --digits --workers 2 3000000 5", NULL},
    };
    const struct run *r = run("ulimit -v %d && %s 2>&1 >/dev/null",
                              cases[_i].limit, cases[_i].command);
    if (strstr(r->out, "anitizer"))
        return;
    ck_assert_msg(r->status == (cases[_i].says ? 2 : 0), "%d %s", r->status,
                  r->out);
    ck_assert_msg(cases[_i].says ? strstr(r->out, cases[_i].says) &&
                                       count_in(r->out, "\n") == 1
                                 : r->out[0] == '\0',
                  "%s", r->out);
}
END_TEST

START_TEST(force_is_never_silent)
{
    const struct run *r = run("factorials --memory 1k --force 25");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "25! = 15511210043330985984000000\n");
    ck_assert_str_eq(r->err, "");
    r = run("factorials --memory 1 --force 25");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "25! = 15511210043330985984000000\n");
    ck_assert_msg(count_in(r->err, "\n") == 1 &&
                      matches(r->err, "25! it needs about .* forced$"),
                  "%s", r->err);
    r = run("bigfact --memory 1 --force 25");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "15511210043330985984000000\n");
    ck_assert_msg(matches(r->err, "25! it needs about .* forced$"), "%s",
                  r->err);
}
END_TEST

START_TEST(the_disk_is_full)
{
    static const char *const commands[] = {
        "factorials --one 3000 3001",
        "factorials --threads 3000 3001",
        "factorials 3000 3001",
        "factorials --digits 3 4",
        "factorials 5",
        "bigfact --one 3000",
        "bigfact --threads 3000",
        "bigfact 3000",
        "bigfact --bits 5",
        "limbs",
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct run *r = run("%s >/dev/full", commands[i]);
        ck_assert_msg(r->status == 1 && count_in(r->err, "\n") == 1 &&
                          strstr(r->err, ": No space left on device"),
                      "%s: %d, %s", commands[i], r->status, r->err);
    }
}
END_TEST

/* ---------- bigfact ---------- */

static void bigfact_must_be_right(const char *options, unsigned long n)
{
    char *digits = digits_of(n);
    const struct run *r = run("bigfact %s %lu", options, n);
    size_t length = strlen(digits);
    ck_assert_msg(r->status == 0 && r->err[0] == '\0', "bigfact %s %lu: %d %s",
                  options, n, r->status, r->err);
    ck_assert_msg(strncmp(r->out, digits, length) == 0 &&
                      strcmp(r->out + length, "\n") == 0,
                  "bigfact %s %lu is wrong", options, n);
    free(digits);
}

START_TEST(one_factorial_on_many_workers)
{
    static const char *const options[] = {
        "--one",
        "--threads --workers 1",
        "--threads --workers 2",
        "--threads --workers 3",
        "--threads --workers 5",
        "--threads --workers 8",
        "--processes --workers 1",
        "--processes --workers 2",
        "--processes --workers 4",
    };
    for (unsigned long n = 0; n <= 12; n++)
        bigfact_must_be_right(options[_i], n);
    bigfact_must_be_right(options[_i], 100);
    bigfact_must_be_right(options[_i], 1023);
    bigfact_must_be_right(options[_i], 1024);
    bigfact_must_be_right(options[_i], 9973); /* a prime */
}
END_TEST

/* The zeros at the seam between two pieces: they are digits. */
START_TEST(all_digits_of_many_factorials)
{
    for (unsigned long n = 800; n < 840; n++)
        bigfact_must_be_right("--threads --workers 4", n);
}
END_TEST

START_TEST(digits_against_one_process)
{
    const struct run *r =
        run("f=bigfact.$$; bigfact --one 200000 >$f; bigfact %s --workers 2 "
            "200000 | cmp $f - && bigfact %s --workers 4 200000 | cmp $f -; "
            "result=$?; rm $f; exit $result",
            _i ? "--threads" : "--processes", _i ? "--threads" : "--processes");
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
}
END_TEST

START_TEST(bits_and_times)
{
    const struct run *r = run_well("bigfact --bits 100000");
    ck_assert_str_eq(r->out, "100000! has 1516705 bits\n");
    r = run_well("bigfact --one --bits 100000");
    ck_assert_str_eq(r->out, "100000! has 1516705 bits\n");
    r = run("bigfact --times --bits --workers 2 10000");
    ck_assert_msg(matches(r->err, "^prime powers +[0-9.]+ ms$") &&
                      matches(r->err, "^last products +[0-9.]+ ms$"),
                  "%s", r->err);
}
END_TEST

/* The primes are dealt out by weight, the five only where it is multiplied. */
START_TEST(shares_are_equally_heavy)
{
    long bits[2] = {0, 0};
    const struct run *r = run("bigfact --times --workers 2 %s 100000 "
                              ">/dev/null",
                              _i ? "--bits" : "");
    for (int i = 0; i < 2; i++) {
        char begin[32];
        snprintf(begin, sizeof begin, "share %d", i);
        const char *row = strstr(r->err, begin);
        ck_assert_msg(row && sscanf(row + strlen(begin), "%ld bits", &bits[i]),
                      "%s", r->err);
    }
    long more = bits[0] > bits[1] ? bits[0] : bits[1];
    ck_assert_msg(more * 100 < (bits[0] + bits[1]) * 51, "%ld and %ld bits",
                  bits[0], bits[1]);
}
END_TEST

/* ---------- killed workers ---------- */

/* Start a command in the background, kill one of its workers with SIGKILL when
 * that has used the processor for at least 50 ms, and wait for the command.
 * A worker is found by its name, "factorial N". */
static const char *const kill_a_worker =
    "%s >out.$$ 2>err.$$ & program=$!\n"
    "killed=\n"
    "while [ -z \"$killed\" ] && kill -0 $program 2>/dev/null; do\n"
    "  for stat in $(grep -ls '(factorial [0-9]*)' /proc/[0-9]*/stat); do\n"
    "    read -r line <$stat || continue\n"
    "    set -- ${line##*) }\n"
    "    [ \"$3\" = \"$(ps -o pgid= -p $program | tr -d ' ')\" ] || continue\n"
    "    if [ \"${12}\" -ge 5 ]; then\n"
    "      kill -KILL ${line%%%% *} && killed=yes && break\n"
    "    fi\n"
    "  done 2>/dev/null\n"
    "done\n"
    "wait $program; status=$?\n"
    "cat err.$$ >&2; %s <out.$$; rm out.$$ err.$$\n"
    "[ -n \"$killed\" ] || status=99\n"
    "exit $status\n";

START_TEST(a_killed_worker_costs_no_result)
{
    static const struct {
        const char *command, *alone;
    } cases[] = {
        {"factorials --workers 2 1500000 10 20",
         "factorials --one 1500000 10 20"},
        {"bigfact --workers 2 2000000 --bits", "bigfact --one --bits 2000000"},
    };
    char script[4096], expected[256];
    snprintf(script, sizeof script, kill_a_worker, cases[_i].command, "md5sum");
    const struct run *r = run("%s | md5sum", cases[_i].alone);
    ck_assert_int_eq(r->status, 0);
    snprintf(expected, sizeof expected, "%.200s", r->out);
    r = run_for(120, script);
    ck_assert_msg(r->status == 0, "%d: %s%s", r->status, r->out, r->err);
    ck_assert_str_eq(r->out, expected);
    ck_assert_msg(count_in(r->err, "\n") == 1 &&
                      matches(r->err, "task [0-9]+ \\(.*\\): worker [0-9]+ was "
                                      "killed by signal 9 \\(Killed\\)$"),
                  "%s", r->err);
}
END_TEST

START_TEST(the_accident_of_the_chapter)
{
    const struct run *r = run("one_killed");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "5000! has 54233 bits\n700! has 5613 bits\n"
                             "8000! has 92193 bits\n");
    ck_assert_msg(count_in(r->err, "\n") == 2 &&
                      strstr(r->err, "700! is computed, and its worker dies") &&
                      matches(r->err, "^one_killed: task 2 \\(factorial\\): "
                                      "worker [0-9]+ was killed by signal 9 "),
                  "%s", r->err);
}
END_TEST

/* ---------- wrong on purpose, and measuring ---------- */

START_TEST(overflow_and_pointer)
{
    const struct run *r = run_well("factorial_long");
    ck_assert_ptr_nonnull(strstr(r->out, "21! = 14197454024290336768\n"));
    r = run_well("sent_pointer");
    ck_assert_int_eq(count_in(r->out, "49! = "), 2);
}
END_TEST

START_TEST(limbs_of_a_number)
{
    const struct run *r = run_well("limbs");
    ck_assert_ptr_nonnull(strstr(r->out, "25! = 15511210043330985984000000\n"
                                         "limb 0: 619fb0907bc00000\n"));
}
END_TEST

START_TEST(tables)
{
    const struct run *r = run_well("handover_limbs 1");
    ck_assert_int_eq(count_in(r->out, "\n"), 3 + 4 * 4);
    ck_assert_msg(matches(r->out, "^place\t[0-9]+(\t[0-9.]+){5}$"), "%s",
                  r->out);
    r = run_well("factcost 1 2000"); /* it compares all products itself */
    ck_assert_int_eq(count_in(r->out, "\n"), 3 + 9);
    static const char *const wrong[] = {
        "handover_limbs 0", "handover_limbs many", "handover_limbs 1 2",
        "factcost 0",       "factcost 1001",       "factwhole -3",
        "factcost 1 999"};
    for (int i = 0; i < 7; i++) {
        r = run("%s", wrong[i]);
        ck_assert_msg(r->status == 1 && strstr(r->err, "usage: "), "%s: %s",
                      wrong[i], r->err);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("15 big factorials");
    TCase *tcase = tcase_create("programs");
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, four_factorials, 0, KINDS);
    tcase_add_loop_test(tcase, as_python_has_it, 0, KINDS);
    tcase_add_loop_test(tcase, small_numbers_and_many, 0, KINDS);
    tcase_add_test(tcase, what_is_no_number);
    tcase_add_test(tcase, what_is_no_option);
    tcase_add_test(tcase, what_memory_would_not_hold);
    tcase_add_loop_test(tcase, what_the_process_may_not_have, 0, 9);
    tcase_add_test(tcase, force_is_never_silent);
    tcase_add_test(tcase, the_disk_is_full);
    tcase_add_loop_test(tcase, one_factorial_on_many_workers, 0, 9);
    tcase_add_test(tcase, all_digits_of_many_factorials);
    tcase_add_loop_test(tcase, digits_against_one_process, 0, 2);
    tcase_add_test(tcase, bits_and_times);
    tcase_add_loop_test(tcase, shares_are_equally_heavy, 0, 2);
    tcase_add_loop_test(tcase, a_killed_worker_costs_no_result, 0, 2);
    tcase_add_test(tcase, the_accident_of_the_chapter);
    tcase_add_test(tcase, overflow_and_pointer);
    tcase_add_test(tcase, limbs_of_a_number);
    tcase_add_test(tcase, tables);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
