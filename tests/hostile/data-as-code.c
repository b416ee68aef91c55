/* judge ex-slice error "'code' is data that lies among the code" allow=asm
 * Instructions as numbers, into which no sanitizer looks. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((section(".text"))) static const unsigned char code[] = {0xc3};

#define ATTACK ((void (*)(void))(size_t)code)()
#include "slice.inc"
