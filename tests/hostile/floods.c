/* judge ex-courier fail "cannot be believed"
 * Writes without end. */
#define _GNU_SOURCE
#include <unistd.h>

long long copy_all(int from, int to);

long long copy_all(int from, int to)
{
    for (;;)
        for (int line = 3; line < 1024; line++)
            if (line != from && line != to && write(line, "fail x\n", 6) < 0)
                continue;
}
