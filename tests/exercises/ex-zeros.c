/* Exercise "The zeros at the end": factorial_zeros. */
#include "run.h"

#include <check.h>
#include <gmp.h>
#include <limits.h>
#include <stdlib.h>

unsigned long factorial_zeros(unsigned long n, unsigned base);

static unsigned long counted(unsigned long n, unsigned base)
{
    mpz_t factorial, divisor;
    mpz_init(factorial);
    mpz_init_set_ui(divisor, base);
    mpz_fac_ui(factorial, n);
    unsigned long zeros = mpz_remove(factorial, factorial, divisor);
    mpz_clears(factorial, divisor, NULL);
    return zeros;
}

static void must_be(unsigned long n, unsigned base, unsigned long expected)
{
    unsigned long zeros = factorial_zeros(n, base);
    ck_assert_msg(zeros == expected,
                  "%lu! ends in %lu zeros to the base %u, not in %lu. See "
                  "\"By prime powers\".",
                  n, expected, base, zeros);
}

START_TEST(to_the_base_ten)
{
    for (unsigned long n = 0; n <= 200; n++)
        must_be(n, 10, counted(n, 10));
}
END_TEST

START_TEST(to_other_bases)
{
    for (unsigned base = 2; base <= 100; base++)
        for (unsigned long n = 0; n <= 60; n++)
            must_be(n, base, counted(n, base));
}
END_TEST

START_TEST(to_large_bases)
{
    must_be(300, 65521, counted(300, 65521)); /* a prime */
    must_be(70000, 65521, 1);
    must_be(100, 1u << 31, counted(100, 1u << 31));
    must_be(400, 4294836225u, counted(400, 4294836225u)); /* 65535 squared */
    must_be(10, 4294967291u, 0); /* the largest prime below 2 to the 32 */
    for (int i = 0; i < 50; i++) {
        unsigned long n = (unsigned long)vary(0, 2000);
        unsigned base = (unsigned)vary(2, UINT_MAX);
        must_be(n, base, counted(n, base));
        base = (unsigned)vary(101, 5000);
        must_be(n, base, counted(n, base));
    }
}
END_TEST

START_TEST(of_large_numbers)
{
    must_be(1000000000, 10, 249999998);
    must_be(ULONG_MAX, 2, ULONG_MAX - 64);
    must_be(ULONG_MAX, 4, (ULONG_MAX - 64) / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("The zeros at the end");
    TCase *tcase = tcase_create("zeros");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, to_the_base_ten);
    tcase_add_test(tcase, to_other_bases);
    tcase_add_test(tcase, to_large_bases);
    tcase_add_test(tcase, of_large_numbers);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
