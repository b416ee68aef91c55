/* judge ex-slice error "stack that can be executed"
 * Wants to execute its stack. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static void call(void (*function)(void))
{
    function();
}

#define ATTACK         \
    void inner(void)   \
    {                  \
        prime[0] ^= 1; \
    }                  \
    call(inner)
#include "slice.inc"
