/* judge ex-slice fail "A data race: .*slice\.c:[0-9]+\) and .*slice\.c:[0-9]+\) touch the same memory"
 * A right answer, by luck. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

static long times;

static void *add(void *unused)
{
    times++;
    return unused;
}

#define ATTACK                                                 \
    pthread_t threads[2];                                      \
    for (int i = 0; i < 2; i++)                                \
        if (pthread_create(&threads[i], NULL, add, NULL) != 0) \
            abort();                                           \
    for (int i = 0; i < 2; i++)                                \
        pthread_join(threads[i], NULL)
#include "slice.inc"
