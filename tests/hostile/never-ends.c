/* judge ex-slice fail "seconds of processor time" limits=cpu:2
 * Computes for ever. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define ATTACK                     \
    for (volatile int i = 0;; i++) \
        
#include "slice.inc"
