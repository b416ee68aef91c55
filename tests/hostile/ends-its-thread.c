/* judge ex-slice fail "did not come to its end"
 * Ends the test's own thread. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

#define ATTACK pthread_exit(NULL)
#include "slice.inc"
