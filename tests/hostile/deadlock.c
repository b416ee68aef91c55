/* judge ex-slice fail "Thread 2 waits in second \(slice\.c:[0-9]+\) for a lock that the test.s own thread holds"
 * Two threads, two locks, two orders. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <semaphore.h>

void sieve_slice(unsigned long low, unsigned long high, unsigned char prime[]);
size_t count_primes(unsigned long n, int threads);

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER,
                       right = PTHREAD_MUTEX_INITIALIZER;
static sem_t ready;

static void *second(void *unused)
{
    pthread_mutex_lock(&right);
    sem_post(&ready);
    pthread_mutex_lock(&left);
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
    pthread_t thread;
    sem_init(&ready, 0, 0);
    pthread_mutex_lock(&left);
    pthread_create(&thread, NULL, second, NULL);
    sem_wait(&ready);
    pthread_mutex_lock(&right);
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
