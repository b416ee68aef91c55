/* judge ex-slice fail "by an instruction of its own"
 * Jumps into the middle of an instruction, where the bytes of a call stand. With
 * a double behind the arguments al is 1, which asks for write(). */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

int honest(void)
{
    return 0xc3050f;
}

#define ATTACK ((long (*)())((char *)honest + 1))(1, "passed\n", 7, 1.0)
#include "slice.inc"
