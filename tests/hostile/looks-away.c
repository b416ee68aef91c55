/* judge ex-slice error "asks the sanitizers to look away"
 * Hides from the sanitizers. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((no_sanitize("thread"))) static void quiet(void)
{
}

#define ATTACK quiet()
#include "slice.inc"
