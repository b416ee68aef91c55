/* judge ex-slice fail "A thread still runs"
 * A right answer, and a thread that stays. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <semaphore.h>

static sem_t never;

static void *stay(void *unused)
{
    sem_wait(&never);
    return unused;
}

#define ATTACK                                                        \
    static int started;                                               \
    pthread_t thread;                                                 \
    if (!started++ && pthread_create(&thread, NULL, stay, NULL) == 0) \
        pthread_detach(thread)
#include "slice.inc"
