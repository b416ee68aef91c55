/* judge ex-slice error "instructions of its own \(asm\)"
 * Counts in assembly, into which no sanitizer looks. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

static long times;

#define ATTACK __asm__ volatile("incq %0" : "+m"(times))
#include "slice.inc"
