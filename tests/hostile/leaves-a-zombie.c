/* judge ex-slice fail "a zombie stays" allow=fork,_exit
 * A right answer, and a child that nobody waits for. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTACK       \
    if (fork() == 0) \
        _exit(0);    \
    usleep(20000)
#include "slice.inc"
