/* judge ex-slice fail "ended from outside" allow=kill
 * Ends the process that runs the tests. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>

#define ATTACK                \
    kill(getppid(), SIGKILL); \
    sleep(1)
#include "slice.inc"
