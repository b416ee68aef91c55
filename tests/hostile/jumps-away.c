/* judge ex-slice error "left by return"
 * Would leave the test behind. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>

static jmp_buf away;

#define ATTACK             \
    if (setjmp(away) == 0) \
        longjmp(away, 1)
#include "slice.inc"
