/* judge ex-slice pass ""
 * Two bytes of a constant look like a call of the kernel, and are none. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

volatile unsigned seen = 0;

#define ATTACK seen += 0x050f050f
#include "slice.inc"
