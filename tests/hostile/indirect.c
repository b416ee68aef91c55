/* judge ex-slice error "indirect function"
 * Runs while the program is loaded. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static void *choose(void)
{
    return malloc;
}

void other(void) __attribute__((ifunc("choose")));

#include "slice.inc"
