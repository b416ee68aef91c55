/* judge ex-slice error "section '.text.own'" allow=asm
 * Puts code where nobody looks for a student's. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((section(".text.own"), used)) static int elsewhere(void)
{
    return 1;
}

#include "slice.inc"
