/* What the test suites share: run a suite; run a program and look at what it did.
 *
 * The tests find the programs of a chapter in the directory named by the
 * environment variable BIN (make sets it: build/bin/NN-slug, or the same
 * programs built with a sanitizer). */
#ifndef RUN_H
#define RUN_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

/* Run all tests of `suite`, which is freed, and print what fails.
 * Returns the exit status for main. */
int run_suite(Suite *suite);

/* Add `count` tests to the suite as one case, each to run `turns` times (_i
 * counts them), with a bound of four minutes that no test needs. */
void add_tests(Suite *suite, const char *name, int turns,
               const TTest *const *tests, size_t count);

/* What a finished command left behind. */
struct run {
    int status; /* exit status; 128 + N if signal N ended it */
    bool still; /* run_until_still ended it because nothing moved any more */
    char out[65536]; /* standard output, NUL-terminated, cut if longer */
    char err[65536]; /* standard error, likewise */
};

/* Run `command` with sh -c in the current directory, with $BIN first on PATH
 * and standard input empty, and wait for it. After `seconds` it is killed with
 * its whole process group, which then shows as status 137; killed it is, too,
 * when the test is, by Check's bound or by who runs the tests.
 * Returns the result in static storage, overwritten by the next call; not
 * thread-safe. A failure of the machinery itself (fork, pipe) aborts the
 * test with a message. */
const struct run *run_for(unsigned seconds, const char *command);

/* run_for with the bound that the suites use: 240 seconds, which no test needs;
 * it only turns a hang into a failure. The command is a printf format. */
const struct run *run(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* run, for a command that must end with status 0 and no word on standard
 * error. */
const struct run *run_well(const char *command);

/* run_for, which also ends the command as soon as all its threads and children
 * have been asleep for a second and none was given the processor meanwhile: so
 * ends a deadlock. A sleep by the clock of more than a second looks the same. */
const struct run *run_until_still(unsigned seconds, const char *command);

/* Does `text` match the extended regular expression `pattern` anywhere?
 * `^` and `$` match at line ends. */
int matches(const char *text, const char *pattern);

/* A number from `low` to `high`, both included, drawn for this test. The drawing
 * begins anew with each test, from the seed in the environment variable SEED, 1
 * if there is none: so the same seed gives the same test, and who grades draws
 * another one. For the test's own thread. */
long vary(long low, long high);

/* Let the drawing begin from this seed, and not from SEED's. */
void vary_from(uint64_t seed);

/* Fill text[0] to text[length - 1] with small letters that are drawn, and end
 * it with a zero byte. Returns text. */
static inline char *vary_letters(char *text, long length)
{
    for (long i = 0; i < length; i++)
        text[i] = (char)('a' + vary(0, 25));
    text[length] = '\0';
    return text;
}

/* How often does `part` occur in `text`? */
int count_in(const char *text, const char *part);

#endif
