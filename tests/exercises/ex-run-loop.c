/* Exercise "An event loop of your own", with a clock that stands still unless
 * somebody sleeps or a call moves it. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct timed_call {
    int64_t when;
    long number;
    void (*call)(void *argument);
    void *argument;
    struct timed_call *next;
};

struct run_loop {
    int64_t (*now)(void);
    void (*sleep_until)(int64_t moment);
    struct timed_call *first;
    long entered;
};

long loop_call_at(struct run_loop *loop, int64_t when,
                  void (*call)(void *argument), void *argument);
bool loop_cancel(struct run_loop *loop, long number);
void loop_run(struct run_loop *loop);

/* ---------- a clock that can be watched ---------- */

static int64_t clock_shows;
static int slept, early; /* how often; how often it wakes too early */
static long taken_back_asleep; /* the call that is taken back in a sleep */
static struct run_loop loop;
static char made[64]; /* the letters of the calls that were made */

static int64_t fake_now(void)
{
    return clock_shows;
}

static void fake_sleep_until(int64_t moment)
{
    ck_assert_msg(moment > clock_shows,
                  "the loop sleeps until %lld, and the clock shows %lld: "
                  "something was due",
                  (long long)moment, (long long)clock_shows);
    ck_assert_msg(loop.first != NULL,
                  "the loop sleeps, and nothing is left: what it sleeps for "
                  "must still be in the list");
    slept++;
    ck_assert_msg(slept < 1000, "the loop sleeps again and again");
    if (taken_back_asleep) {
        long number = taken_back_asleep;
        taken_back_asleep = 0;
        ck_assert_msg(loop_cancel(&loop, number),
                      "while the loop sleeps for a call, the call must still "
                      "be in the list, and can be taken back");
    }
    if (early > 0) {
        early--;
        clock_shows++; /* a little has passed */
        if (clock_shows < moment)
            return;
    }
    clock_shows = moment;
}

static void begin(void)
{
    loop = (struct run_loop){fake_now, fake_sleep_until, NULL, 0};
    clock_shows = 1000;
    slept = early = 0;
    taken_back_asleep = 0;
    memset(made, 0, sizeof made);
}

struct letter {
    char letter;
    int64_t when;
};

static void make(void *argument)
{
    const struct letter *letter = argument;
    ck_assert_msg(clock_shows >= letter->when,
                  "call %c is for moment %lld and was made at %lld",
                  letter->letter, (long long)letter->when,
                  (long long)clock_shows);
    size_t length = strlen(made);
    ck_assert_uint_lt(length, sizeof made - 1);
    made[length] = letter->letter;
}

static struct letter letters[26];

static long enter(char letter, int64_t when)
{
    struct letter *one = &letters[letter - 'a'];
    *one = (struct letter){letter, when};
    long number = loop_call_at(&loop, when, make, one);
    ck_assert_msg(number > 0, "loop_call_at returned %ld", number);
    return number;
}

static void expect(const char *wanted)
{
    loop_run(&loop);
    ck_assert_msg(strcmp(made, wanted) == 0,
                  "the calls must be made in the order %s, not %s", wanted,
                  made);
    ck_assert_msg(loop.first == NULL, "after loop_run something is left");
}

START_TEST(by_their_moments)
{
    begin();
    int64_t apart = vary(10, 5000);
    enter('c', 1000 + 3 * apart);
    enter('a', 1000 + 1 * apart);
    enter('d', 1000 + 4 * apart);
    enter('b', 1000 + 2 * apart);
    expect("abcd");
    ck_assert_int_eq(clock_shows, 1000 + 4 * apart);
}
END_TEST

START_TEST(same_moment_in_the_order_of_entry)
{
    begin();
    enter('b', 2000);
    enter('c', 2000);
    enter('a', 1500);
    enter('d', 2000);
    enter('e', 2000);
    expect("abcde");
    ck_assert_msg(slept == 2, "two moments are waited for, and %d sleeps",
                  slept);
}
END_TEST

START_TEST(what_is_due_is_made_without_sleep)
{
    begin();
    enter('b', 1000);
    enter('a', -5);
    expect("ab");
    ck_assert_msg(slept == 0, "both were due, and the loop slept");
}
END_TEST

START_TEST(wakes_too_early)
{
    begin();
    early = 5;
    enter('a', 1500);
    enter('b', 1501);
    expect("ab");
}
END_TEST

static void make_for_long(void *argument)
{
    make(argument);
    clock_shows = 5000;
}

START_TEST(a_call_takes_long)
{
    begin();
    letters[0] = (struct letter){'a', 1500};
    ck_assert_int_gt(loop_call_at(&loop, 1500, make_for_long, &letters[0]), 0);
    enter('b', 2000); /* due when a has ended */
    enter('c', 6000);
    expect("abc");
    ck_assert_msg(slept == 2,
                  "the loop must sleep for a and for c, and slept "
                  "%d times",
                  slept);
}
END_TEST

START_TEST(moments_far_apart)
{
    begin();
    enter('c', 3000001500);
    enter('a', INT64_MIN);
    enter('d', INT64_MAX);
    enter('b', 1500);
    expect("abcd");
}
END_TEST

static void enter_more(void *argument)
{
    make(argument);
    enter('c', 2500);
    enter('b', 1200); /* has passed by now */
    enter('a', 3000);
}

START_TEST(calls_enter_calls)
{
    begin();
    letters['m' - 'a'] = (struct letter){'m', 2000};
    ck_assert_int_gt(loop_call_at(&loop, 2000, enter_more, &letters['m' - 'a']),
                     0);
    enter('n', 2000);
    enter('o', 2700);
    expect("mbncoa");
}
END_TEST

static int again;

static void enter_again(void *argument)
{
    make(argument);
    if (again-- > 0)
        ck_assert_int_gt(
            loop_call_at(&loop, clock_shows + 10, enter_again, argument), 0);
}

START_TEST(the_last_call_enters_another)
{
    begin();
    char wanted[16] = "a";
    again = (int)vary(2, 9);
    memset(wanted, 'a', (size_t)again + 1);
    letters[0] = (struct letter){'a', 1000};
    ck_assert_int_gt(loop_call_at(&loop, 1000, enter_again, &letters[0]), 0);
    expect(wanted);
}
END_TEST

START_TEST(numbers_are_new)
{
    begin();
    long one = enter('a', 2000), two = enter('b', 1000), three;
    ck_assert_msg(one != two, "two calls have the number %ld", one);
    ck_assert(loop_cancel(&loop, one));
    three = enter('c', 2000);
    ck_assert_msg(three != one && three != two,
                  "the number %ld comes again after a cancel", three);
    expect("bc");
    ck_assert_msg(enter('d', 0) > three, "numbers begin anew after loop_run");
    loop_run(&loop);
}
END_TEST

START_TEST(cancels_at_every_place)
{
    for (int k = 0; k < 3; k++) {
        static const char *const rest[] = {"bc", "ac", "ab"};
        long numbers[3];
        begin();
        for (int i = 0; i < 3; i++)
            numbers[i] = enter((char)('a' + i), 2000 + i);
        ck_assert_msg(loop_cancel(&loop, numbers[k]), "it was there");
        ck_assert_msg(!loop_cancel(&loop, numbers[k]),
                      "the second cancel of the same call must say false");
        ck_assert_msg(!loop_cancel(&loop, 4711), "there is no call 4711");
        expect(rest[k]);
        for (int i = 0; i < 3; i++)
            ck_assert_msg(!loop_cancel(&loop, numbers[i]),
                          "all calls have been made");
    }
}
END_TEST

START_TEST(nobody_waits_for_what_was_taken_back)
{
    begin();
    long first = enter('a', 1200);
    enter('b', 1500);
    long last = enter('c', 3000);
    ck_assert(loop_cancel(&loop, first));
    ck_assert(loop_cancel(&loop, last));
    expect("b");
    ck_assert_msg(slept == 1 && clock_shows == 1500,
                  "only b is left, for moment 1500, and the loop slept %d "
                  "times, until %lld",
                  slept, (long long)clock_shows);
}
END_TEST

START_TEST(taken_back_while_the_loop_sleeps_for_it)
{
    begin();
    taken_back_asleep = enter('a', 1500);
    enter('b', 2000);
    expect("b");
    begin();
    taken_back_asleep = enter('a', 1500);
    expect("");
}
END_TEST

static long own, later;
static bool own_there, later_there;

static void cancel_two(void *argument)
{
    make(argument);
    own_there = loop_cancel(&loop, own);
    later_there = loop_cancel(&loop, later);
}

START_TEST(a_call_takes_back)
{
    begin();
    letters['a' - 'a'] = (struct letter){'a', 1500};
    own = loop_call_at(&loop, 1500, cancel_two, &letters[0]);
    later = enter('b', 1500);
    enter('c', 1500);
    expect("ac");
    ck_assert_msg(!own_there, "while a call runs it counts as made");
    ck_assert_msg(later_there, "the call behind it could be taken back");
}
END_TEST

START_TEST(no_memory)
{
    begin();
    enter('a', 2000);
    schedule_fail(CALL_MALLOC, ENOMEM, 0);
    errno = 0;
    long number = loop_call_at(&loop, 1500, make, &letters[1]);
    if (schedule_failed(CALL_MALLOC)) {
        ck_assert_msg(number == 0, "no memory, and the number %ld", number);
        ck_assert_int_eq(errno, ENOMEM);
    }
    schedule_reset();
    expect("a");
}
END_TEST

START_TEST(nothing_to_do)
{
    begin();
    expect("");
    ck_assert_int_eq(slept, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("An event loop of your own");
    TCase *tests = tcase_create("run_loop");
    tcase_set_timeout(tests, 10);
    tcase_add_test(tests, by_their_moments);
    tcase_add_test(tests, same_moment_in_the_order_of_entry);
    tcase_add_test(tests, what_is_due_is_made_without_sleep);
    tcase_add_test(tests, wakes_too_early);
    tcase_add_test(tests, a_call_takes_long);
    tcase_add_test(tests, moments_far_apart);
    tcase_add_test(tests, calls_enter_calls);
    tcase_add_test(tests, the_last_call_enters_another);
    tcase_add_test(tests, numbers_are_new);
    tcase_add_test(tests, cancels_at_every_place);
    tcase_add_test(tests, nobody_waits_for_what_was_taken_back);
    tcase_add_test(tests, taken_back_while_the_loop_sleeps_for_it);
    tcase_add_test(tests, a_call_takes_back);
    tcase_add_test(tests, no_memory);
    tcase_add_test(tests, nothing_to_do);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
