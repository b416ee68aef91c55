/* judge ex-slice error "instruction of its own" allow=asm
 * Calls the kernel without the C library. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK \
    __asm__ volatile("syscall" : : "a"(231L), "D"(0L) : "rcx", "r11", "memory")
#include "slice.inc"
