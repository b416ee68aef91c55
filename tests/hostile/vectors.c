/* judge ex-slice error "vector instructions"
 * Stores in a way into which no sanitizer looks. */
#define _GNU_SOURCE
#include <emmintrin.h>
#include <stdlib.h>
#include <string.h>

static int place;

#define ATTACK _mm_stream_si32(&place, 1)
#include "slice.inc"
