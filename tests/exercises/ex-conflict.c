/* Exercise "Is it a data race?": data_race. */
#include "run.h"

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct access {
    int thread;
    uintptr_t address;
    size_t size;
    bool writes;
    bool atomic;
};
bool data_race(const struct access *one, const struct access *other,
               bool ordered);

static const struct {
    struct access one, other;
    bool ordered, race;
    const char *why;
} cases[] = {
    {{0, 64, 8, true, false},
     {1, 64, 8, true, false},
     false,
     true,
     "two plain writes to one place, in two threads, not ordered, are a race"},
    {{0, 64, 8, true, false},
     {1, 64, 8, false, false},
     false,
     true,
     "one writer is enough: a write and a read conflict"},
    {{0, 64, 8, false, false},
     {1, 64, 8, false, false},
     false,
     false,
     "two reads never conflict"},
    {{0, 64, 8, true, false},
     {1, 64, 8, true, false},
     true,
     false,
     "an order makes it no race"},
    {{2, 64, 8, true, false},
     {2, 64, 8, true, false},
     false,
     false,
     "the definition asks for two different threads"},
    {{0, 64, 8, true, true},
     {1, 64, 8, true, true},
     false,
     false,
     "two atomic accesses are no data race"},
    {{0, 64, 8, true, true},
     {1, 64, 8, false, false},
     false,
     true,
     "\"at least one of which is not atomic\": one plain access is enough"},
    {{0, 64, 8, true, false},
     {1, 64, 8, false, true},
     false,
     true,
     "\"at least one of which is not atomic\": one plain access is enough"},
    {{0, 64, 8, true, false},
     {1, 68, 1, true, false},
     false,
     true,
     "bytes 64 to 71 and byte 68 have a byte in common"},
    {{0, 71, 4, true, false},
     {1, 64, 8, false, false},
     false,
     true,
     "bytes 71 to 74 and bytes 64 to 71 have byte 71 in common"},
    {{0, 64, 8, true, false},
     {1, 72, 8, true, false},
     false,
     false,
     "neighbours are two memory locations"},
    {{0, 64, 1, true, false},
     {1, 63, 1, true, false},
     false,
     false,
     "neighbours are two memory locations"},
};

START_TEST(follows_the_definition)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool said = data_race(&cases[i].one, &cases[i].other, cases[i].ordered);
        bool back = data_race(&cases[i].other, &cases[i].one, cases[i].ordered);
        ck_assert_msg(said == cases[i].race,
                      "case %zu: you said %s, but %s. See \"What C says\".", i,
                      said ? "a data race" : "no data race", cases[i].why);
        ck_assert_msg(said == back,
                      "case %zu: the answer must not depend on which access is "
                      "named first (%s)",
                      i, cases[i].why);
    }
}
END_TEST

/* The same cases elsewhere: what counts is the distance, not the address, and
 * that the threads differ, not their numbers. */
START_TEST(wherever_it_happens)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct access one = cases[i].one, other = cases[i].other;
        uintptr_t away = (uintptr_t)vary(0, 1L << 40);
        int threads = (int)vary(1, 1000);
        one.address += away;
        other.address += away;
        one.thread += threads;
        other.thread += threads;
        bool said = data_race(&one, &other, cases[i].ordered);
        ck_assert_msg(said == cases[i].race,
                      "case %zu, %lu bytes further on, in threads %d and %d: "
                      "you said %s, but %s. See \"What C says\".",
                      i, (unsigned long)away, one.thread, other.thread,
                      said ? "a data race" : "no data race", cases[i].why);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Is it a data race?");
    TCase *tcase = tcase_create("data_race");
    tcase_add_test(tcase, follows_the_definition);
    tcase_add_test(tcase, wherever_it_happens);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
