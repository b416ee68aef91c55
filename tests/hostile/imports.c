/* judge ex-slice error "uses .mprotect., which this exercise does not allow"
 * Wants to unlock the page. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ATTACK \
    mprotect((void *)((unsigned long)prime & -4096UL), 4096, PROT_READ)
#include "slice.inc"
