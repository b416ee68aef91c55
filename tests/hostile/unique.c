/* judge ex-slice error "kind of symbol" allow=asm
 * Takes the place of strcmp() by a symbol that objcopy leaves as it is. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__asm__(".pushsection .text\n"
        ".globl strcmp\n"
        ".type strcmp, @gnu_unique_object\n"
        "strcmp: xor %eax, %eax\n"
        "ret\n"
        ".popsection");

#include "slice.inc"
