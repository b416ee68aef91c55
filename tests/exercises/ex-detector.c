/* Exercise "Your own race detector": find_race. */
#include "run.h"

#include <check.h>
#include <stdlib.h>

enum kind { READ, WRITE, LOCK, UNLOCK, CREATE, JOIN };

struct event {
    int thread;
    enum kind kind;
    int object;
};
int find_race(const struct event events[], int count);

#define COUNT(events) ((int)(sizeof(events) / sizeof *(events)))

static void expect(const struct event events[], int count, int index,
                   const char *why)
{
    int found = find_race(events, count);
    ck_assert_msg(found == index,
                  "find_race must return %d, not %d: %s. See \"What C says\" "
                  "and the exercise's own text.",
                  index, found, why);
    found = find_race(events, count);
    ck_assert_msg(found == index,
                  "a second call with the same events returned %d, not %d",
                  found, index);
}

START_TEST(the_lost_update)
{
    const struct event events[] = {
        {0, WRITE, 0}, {0, CREATE, 1}, {0, CREATE, 2}, {1, READ, 0},
        {1, WRITE, 0}, {2, READ, 0},   {2, WRITE, 0},  {0, JOIN, 1},
        {0, JOIN, 2},  {0, READ, 0},
    };
    expect(events, COUNT(events), 5,
           "thread 2 reads what thread 1 wrote, and nothing orders them");
}
END_TEST

START_TEST(with_a_lock)
{
    const struct event events[] = {
        {0, WRITE, 0}, {0, CREATE, 1}, {0, CREATE, 2}, {1, LOCK, 3},
        {1, READ, 0},  {1, WRITE, 0},  {1, UNLOCK, 3}, {2, LOCK, 3},
        {2, READ, 0},  {2, WRITE, 0},  {2, UNLOCK, 3}, {0, JOIN, 1},
        {0, JOIN, 2},  {0, READ, 0},   {0, WRITE, 0},
    };
    expect(events, COUNT(events), -1, "every access is under the same lock");
}
END_TEST

START_TEST(two_locks_are_none)
{
    const struct event events[] = {
        {0, CREATE, 1}, {1, LOCK, 0},  {1, WRITE, 5},  {1, UNLOCK, 0},
        {0, LOCK, 1},   {0, WRITE, 5}, {0, UNLOCK, 1},
    };
    expect(events, COUNT(events), 5, "the two hold different locks");
}
END_TEST

START_TEST(reads_do_not_conflict)
{
    const struct event events[] = {
        {0, WRITE, 0}, {0, CREATE, 1}, {0, CREATE, 2},
        {1, READ, 0},  {2, READ, 0},   {0, READ, 0},
        {0, JOIN, 1},  {0, JOIN, 2},   {0, WRITE, 0},
    };
    expect(events, COUNT(events), -1, "two reads never conflict");
}
END_TEST

START_TEST(each_variable_has_its_own_record)
{
    const struct event events[] = {
        {0, CREATE, 1}, {0, WRITE, 0}, {1, WRITE, 1}, {0, READ, 2},
        {1, WRITE, 3},  {0, READ, 4},  {1, READ, 3},
    };
    expect(events, COUNT(events), -1,
           "no two accesses of the two threads are to the same variable");
    const struct event same[] = {
        {0, CREATE, 1}, {0, READ, 6}, {1, READ, 5}, {1, WRITE, 6}};
    expect(same, COUNT(same), 3, "thread 0 has read what thread 1 writes");
}
END_TEST

START_TEST(a_write_after_a_read)
{
    const struct event events[] = {
        {0, CREATE, 1}, {0, CREATE, 2}, {1, READ, 7},
        {2, READ, 7},   {0, JOIN, 2},   {0, WRITE, 7},
    };
    expect(events, COUNT(events), 5,
           "thread 0 has joined thread 2 but not thread 1, which read");
}
END_TEST

START_TEST(creating_orders_what_came_before_only)
{
    const struct event before[] = {
        {0, WRITE, 0}, {0, CREATE, 1}, {1, WRITE, 0}};
    expect(before, COUNT(before), -1,
           "what the creator did before happens before what the thread does");
    const struct event after[] = {{0, CREATE, 1}, {0, WRITE, 0}, {1, WRITE, 0}};
    expect(after, COUNT(after), 2,
           "what the creator does afterwards is not ordered");
}
END_TEST

START_TEST(an_unlock_hands_out_what_came_before_only)
{
    const struct event events[] = {
        {0, CREATE, 1}, {0, LOCK, 0}, {0, UNLOCK, 0}, {0, WRITE, 1},
        {1, LOCK, 0},   {1, READ, 1}, {1, UNLOCK, 0},
    };
    expect(events, COUNT(events), 5,
           "thread 0 wrote after it had released the lock");
}
END_TEST

START_TEST(knowledge_is_passed_on)
{
    const struct event events[] = {
        {0, CREATE, 1}, {0, CREATE, 2}, {0, WRITE, 4},  {0, LOCK, 0},
        {0, UNLOCK, 0}, {1, LOCK, 0},   {1, UNLOCK, 0}, {1, LOCK, 1},
        {1, UNLOCK, 1}, {2, LOCK, 1},   {2, READ, 4},   {2, UNLOCK, 1},
    };
    expect(events, COUNT(events), -1,
           "thread 0 handed to 1, and 1 to 2: what 1 knew, 2 knows");
}
END_TEST

START_TEST(a_lock_does_not_make_forget)
{
    const struct event events[] = {
        {0, WRITE, 2}, {0, CREATE, 1}, {0, CREATE, 2}, {1, LOCK, 0},
        {1, READ, 2},  {1, UNLOCK, 0}, {0, JOIN, 1},   {0, LOCK, 5},
        {0, WRITE, 3}, {0, UNLOCK, 5}, {0, WRITE, 2},
    };
    expect(events, COUNT(events), -1,
           "thread 0 has joined thread 1; taking a lock that knows less must "
           "not make it forget");
}
END_TEST

START_TEST(an_accidental_order_hides_a_race)
{
    const struct event events[] = {
        {0, CREATE, 1}, {0, WRITE, 0},  {0, LOCK, 0},  {0, UNLOCK, 0},
        {1, LOCK, 0},   {1, UNLOCK, 0}, {1, WRITE, 0},
    };
    expect(events, COUNT(events), -1,
           "in this run the lock has ordered the two writes");
    const struct event other_way[] = {
        {0, CREATE, 1}, {1, LOCK, 0}, {1, UNLOCK, 0}, {1, WRITE, 0},
        {0, WRITE, 0},  {0, LOCK, 0}, {0, UNLOCK, 0},
    };
    expect(other_way, COUNT(other_way), 4,
           "in this run nothing has ordered the two writes");
}
END_TEST

START_TEST(nothing_happened)
{
    expect(NULL, 0, -1, "there are no events");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Your own race detector");
    TCase *tcase = tcase_create("find_race");
    tcase_add_test(tcase, the_lost_update);
    tcase_add_test(tcase, with_a_lock);
    tcase_add_test(tcase, two_locks_are_none);
    tcase_add_test(tcase, reads_do_not_conflict);
    tcase_add_test(tcase, each_variable_has_its_own_record);
    tcase_add_test(tcase, a_write_after_a_read);
    tcase_add_test(tcase, creating_orders_what_came_before_only);
    tcase_add_test(tcase, an_unlock_hands_out_what_came_before_only);
    tcase_add_test(tcase, knowledge_is_passed_on);
    tcase_add_test(tcase, a_lock_does_not_make_forget);
    tcase_add_test(tcase, an_accidental_order_hides_a_race);
    tcase_add_test(tcase, nothing_happened);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
