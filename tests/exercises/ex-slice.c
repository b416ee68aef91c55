/* Exercise "A sieve in slices": sieve_slice. */
#include "run.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void sieve_slice(unsigned long low, unsigned long high, unsigned char prime[]);
size_t count_primes(unsigned long n, int threads);

static bool is_prime(unsigned long n)
{
    for (unsigned long p = 2; p * p <= n; p++)
        if (n % p == 0)
            return false;
    return n >= 2;
}

/* The slice lies in memory of exactly its size; what is written before it or
 * after it is found by ASan, or by the bytes around it. */
static void must_be_right(unsigned long low, unsigned long high)
{
    enum { AROUND = 64 };
    size_t size = high - low;
    unsigned char *block = malloc(size + 2 * AROUND), *prime = block + AROUND;
    ck_assert_ptr_nonnull(block);
    memset(block, 0x55, size + 2 * AROUND);
    sieve_slice(low, high, prime);
    for (size_t i = 0; i < AROUND; i++)
        ck_assert_msg(block[i] == 0x55 && prime[size + i] == 0x55,
                      "the slice from %lu to %lu: something outside of the "
                      "array was written",
                      low, high);
    for (unsigned long i = low; i < high; i++)
        ck_assert_msg(prime[i - low] == is_prime(i),
                      "in the slice from %lu to %lu, %lu is %sprime, but the "
                      "array says %d",
                      low, high, i, is_prime(i) ? "" : "not ", prime[i - low]);
    free(block);
}

START_TEST(small_slices)
{
    for (unsigned long low = 0; low <= 130; low++)
        for (unsigned long high = low; high <= 130; high++)
            must_be_right(low, high);
}
END_TEST

START_TEST(large_slices)
{
    must_be_right(0, 20000);
    must_be_right(99990000, 99990500);
    must_be_right(999999999400, 1000000000000);
    for (int i = 0; i < 10; i++) {
        unsigned long low = (unsigned long)vary(0, 100000000);
        must_be_right(low, low + (unsigned long)vary(0, 300));
    }
}
END_TEST

START_TEST(all_slices_together)
{
    for (int threads = 1; threads <= 7; threads++) {
        size_t count = count_primes(100000, threads);
        ck_assert_msg(count == 9592,
                      "there are 9592 primes up to 100,000; %d threads found "
                      "%zu",
                      threads, count);
    }
    ck_assert_uint_eq(count_primes(1, 3), 0);
    ck_assert_uint_eq(count_primes(2, 3), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A sieve in slices");
    TCase *tcase = tcase_create("slices");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, small_slices);
    tcase_add_test(tcase, large_slices);
    tcase_add_test(tcase, all_slices_together);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
