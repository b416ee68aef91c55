/* judge ex-slice error "section .\.trap" allow=asm
 * Wants a section of its own. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((section(".trap"), used)) static int trap = 1;

#include "slice.inc"
