/* judge ex-slice fail "Undefined behaviour at slice.c:28: signed integer overflow"
 * A right answer, and a sum that C does not define. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static volatile int most = 0x7fffffff;

#define ATTACK       \
    most = most + 1; \
    most = 0x7fffffff
#include "slice.inc"
