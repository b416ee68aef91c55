/* judge ex-slice fail "goes beyond the memory"
 * A right answer, and a write that does no harm here. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK                           \
    char *copy = malloc(10);             \
    if (copy)                            \
        ((volatile char *)copy)[10] = 1; \
    free(copy)
#include "slice.inc"
