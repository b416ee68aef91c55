/* judge ex-slice error "'__tsan_(read|write)[0-9]' is a name of the sanitizers"
 * Defines what the compiler calls for ThreadSanitizer. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

void __tsan_read4(void *place);
void __tsan_write4(void *place);

void __tsan_read4(void *place)
{
    (void)place;
}

void __tsan_write4(void *place)
{
    (void)place;
}

#include "slice.inc"
