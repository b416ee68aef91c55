/* judge ex-slice error "does not compile"
 * Not C. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK this is not C
#include "slice.inc"
