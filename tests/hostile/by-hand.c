/* judge ex-slice error "places things by hand"
 * Has the compiler write assembly, as the name of a section. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

__attribute__((used, section(".data\n\t.text\nquiet:\n\tret\n\t.data\n#")))
static int carrier = 1;
void quiet(void);

#define ATTACK quiet()
#include "slice.inc"
