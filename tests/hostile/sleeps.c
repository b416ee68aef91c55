/* judge ex-slice fail "did not end within 3 seconds" limits=wall:3
 * Sleeps by the clock, for ever. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTACK \
    for (;;) \
        sleep(1000)
#include "slice.inc"
