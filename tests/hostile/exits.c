/* judge ex-slice fail "ended the whole program, with status 0"
 * Says that all is well and goes. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTACK _exit(0)
#include "slice.inc"
