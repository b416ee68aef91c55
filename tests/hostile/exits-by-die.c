/* judge ex-slice fail "ended the whole program, with status 1"
 * Leaves by the library. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

_Noreturn void die(const char *format, ...);

#define ATTACK die("no reason")
#include "slice.inc"
