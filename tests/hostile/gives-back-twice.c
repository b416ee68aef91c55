/* judge ex-slice fail "given back before|free\(\)|ended with signal 6"
 * Frees twice. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK                        \
    char *volatile copy = malloc(10); \
    free(copy);                       \
    free(copy)
#include "slice.inc"
