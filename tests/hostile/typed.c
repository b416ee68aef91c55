/* judge ex-slice error "section '.ctors'" allow=asm
 * A constructor in a section whose type says that it is a table of texts. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__asm__(".pushsection .ctors,\"aw\",@3\n"
        ".quad sieve_slice\n"
        ".popsection");

#include "slice.inc"
