/* judge ex-slice fail "A data race: .*slice\.c:[0-9]+\) and .*slice\.c:[0-9]+\) touch the same memory"
 * A right answer, by luck. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

void sieve_slice(unsigned long low, unsigned long high, unsigned char prime[]);
size_t count_primes(unsigned long n, int threads);

static long times;

static void *add(void *unused)
{
    times++;
    return unused;
}

void sieve_slice(unsigned long low, unsigned long high, unsigned char prime[])
{
    memset(prime, 1, high - low);
    for (unsigned long i = low; i < high && i < 2; i++)
        prime[i - low] = 0;
    for (unsigned long p = 2; p * p < high; p++) {
        unsigned long first = (low + p - 1) / p * p;
        for (unsigned long j = first < p * p ? p * p : first; j < high; j += p)
            prime[j - low] = 0;
    }
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, add, NULL) != 0)
            abort();
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

size_t count_primes(unsigned long n, int threads)
{
    unsigned char *prime = malloc(n + 1);
    size_t sum = 0;
    (void)threads;
    if (!prime)
        abort();
    sieve_slice(0, n + 1, prime);
    for (unsigned long i = 0; i <= n; i++)
        sum += prime[i];
    free(prime);
    return sum;
}
