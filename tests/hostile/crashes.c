/* judge ex-slice fail "SEGV|follows a pointer that leads nowhere"
 * A pointer that leads nowhere. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK *(volatile char *)16 = 1
#include "slice.inc"
