/* judge ex-slice fail "Thread 2 waits in second \(slice\.c:[0-9]+\) for a lock that the test.s own thread holds"
 * Two threads, two locks, two orders. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <semaphore.h>

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

#define ATTACK                                   \
    pthread_t thread;                            \
    sem_init(&ready, 0, 0);                      \
    pthread_mutex_lock(&left);                   \
    pthread_create(&thread, NULL, second, NULL); \
    sem_wait(&ready);                            \
    pthread_mutex_lock(&right)
#include "slice.inc"
