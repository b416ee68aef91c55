/* judge ex-slice pass "pass" allow=asm
 * Has the assembler print what stands before the objects that are handed back. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__asm__(".print \"bin 4\\n\\nnone\"");

#include "slice.inc"
