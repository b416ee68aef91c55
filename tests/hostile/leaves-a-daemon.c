/* judge ex-slice fail "still runs when the test has ended" allow=fork,setsid,pause,waitpid
 * A right answer, and a process that wants to stay. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#define ATTACK                           \
    pid_t child = fork();                \
    if (child == 0) {                    \
        if (setsid() < 0 || fork() != 0) \
            _exit(0);                    \
        for (;;)                         \
            pause();                     \
    }                                    \
    waitpid(child, NULL, 0)
#include "slice.inc"
