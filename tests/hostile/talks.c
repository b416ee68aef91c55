/* judge ex-slice fail "fail"
 * Tells the judge so much that it would need 100 GiB to keep it all. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

int write_full(int fd, const void *bytes, size_t size);
void sieve_slice(unsigned long low, unsigned long high, unsigned char prime[]);
size_t count_primes(unsigned long n, int threads);

static void talk(void)
{
    static char words[60000] = "waits ";
    memset(words + 6, 'x', sizeof words - 6);
    for (int line = 500; line < 504; line++)
        for (int i = 0; i < 2000; i++)
            if (write_full(line, words, sizeof words) < 0)
                break;
}

void sieve_slice(unsigned long low, unsigned long high, unsigned char prime[])
{
    talk();
    memset(prime, 0, high - low);
}

size_t count_primes(unsigned long n, int threads)
{
    (void)threads;
    talk();
    return n;
}
