/* Exercise "A binomial coefficient": prime_exponent and binomial. */
#include "run.h"

#include <check.h>
#include <gmp.h>
#include <stdlib.h>

unsigned long prime_exponent(unsigned long n, unsigned long k,
                             unsigned long prime);
void binomial(mpz_t result, unsigned long n, unsigned long k);

static void exponent_must_be_right(unsigned long n, unsigned long k,
                                   unsigned long prime)
{
    mpz_t coefficient, divisor;
    mpz_init(coefficient);
    mpz_init_set_ui(divisor, prime);
    mpz_bin_uiui(coefficient, n, k);
    unsigned long right = mpz_remove(coefficient, coefficient, divisor);
    unsigned long exponent = prime_exponent(n, k, prime);
    ck_assert_msg(exponent == right,
                  "%lu divides %lu over %lu %lu times, not %lu. See \"By "
                  "prime powers\".",
                  prime, n, k, right, exponent);
    mpz_clears(coefficient, divisor, NULL);
}

START_TEST(exponents)
{
    static const unsigned long primes[] = {2, 3, 5, 7, 11, 13, 17, 97};
    for (unsigned long n = 0; n <= 100; n++)
        for (unsigned long k = 0; k <= n; k++)
            for (int i = 0; i < 8; i++)
                exponent_must_be_right(n, k, primes[i]);
}
END_TEST

static void must_be_right(unsigned long n, unsigned long k)
{
    mpz_t mine, yours;
    mpz_init(mine);
    mpz_init_set_ui(yours, 3); /* whatever it was before */
    mpz_bin_uiui(mine, n, k);
    binomial(yours, n, k);
    char *text = mpz_get_str(NULL, 10, yours);
    ck_assert_msg(mpz_cmp(mine, yours) == 0, "%lu over %lu is not %.60s", n, k,
                  text);
    free(text);
    mpz_clears(mine, yours, NULL);
}

START_TEST(small_coefficients)
{
    for (unsigned long n = 0; n <= 60; n++)
        for (unsigned long k = 0; k <= n + 3; k++)
            must_be_right(n, k);
}
END_TEST

START_TEST(large_coefficients)
{
    must_be_right(10007, 5000); /* 10007 is a prime */
    must_be_right(100000, 3);
    must_be_right(100000, 99998);
    must_be_right(65536, 32768);
    must_be_right(7, 1000000);
    for (int i = 0; i < 5; i++) {
        unsigned long n = (unsigned long)vary(1000, 20000);
        must_be_right(n, (unsigned long)vary(0, (long)n));
    }
    must_be_right(1000000, 500000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A binomial coefficient");
    TCase *tcase = tcase_create("coefficients");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, exponents);
    tcase_add_test(tcase, small_coefficients);
    tcase_add_test(tcase, large_coefficients);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
