/* judge ex-slice error "kind of symbol" allow=asm
 * Takes the place of send() by a common symbol. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__asm__(".comm send, 64, 16");

#include "slice.inc"
