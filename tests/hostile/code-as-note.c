/* judge ex-slice error "section '.text.note'" allow=asm
 * Puts an instruction that calls the kernel into a section of notes. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__asm__(".section .text.note, \"ax\", @note\n"
        "syscall\n"
        ".previous");

#include "slice.inc"
