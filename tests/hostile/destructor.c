/* judge ex-slice error "section .\.fini_array"
 * Runs behind main. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((destructor)) static void last(void)
{
    abort();
}

#include "slice.inc"
