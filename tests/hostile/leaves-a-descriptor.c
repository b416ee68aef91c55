/* judge ex-slice fail "A descriptor is left open" allow=dup
 * A right answer, and something left open. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTACK      \
    if (dup(0) < 0) \
        abort()
#include "slice.inc"
