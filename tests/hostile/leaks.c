/* judge ex-slice fail "allocated in sieve_slice \(slice\.c:[0-9]+\) is never freed"
 * A right answer, and memory that nobody frees. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK                        \
    char *volatile copy = malloc(10); \
    copy = NULL
#include "slice.inc"
