/* judge ex-slice error "instruction of its own" allow=asm
 * Calls the kernel by an instruction with a prefix. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK                                                    \
    __asm__ volatile(".byte 0x48, 0x0f, 0x05"                     \
                     :                                            \
                     : "a"(231L), "D"(0L)                         \
                     : "rcx", "r11", "memory")
#include "slice.inc"
