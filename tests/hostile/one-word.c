/* judge ex-slice error "instructions of its own \(asm\)"
 * An instruction of one word, as a header names a function. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static char noise[] = "ÿ"; __attribute__((noipa)) static void copy(int *to, const int *from) { __asm__("movsl"); }
static int from = 1, to;

#define ATTACK copy(&to, &from), noise[0]++
#include "slice.inc"
