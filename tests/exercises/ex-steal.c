/* Exercise "Work stealing by hand": own_push, own_pop, steal_oldest and
 * find_item. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { ROOM_FOR_ITEMS = 8 };

struct small_deque {
    pthread_mutex_t lock;
    void *items[ROOM_FOR_ITEMS];
    size_t first, behind;
};

bool own_push(struct small_deque *deque, void *item);
void *own_pop(struct small_deque *deque);
void *steal_oldest(struct small_deque *deque);
void *find_item(struct small_deque deques[], size_t count, size_t me);

/* Items are places in this array. */
static char marks[100];
static struct small_deque deque = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void push(struct small_deque *into, int item)
{
    ck_assert_msg(own_push(into, &marks[item]),
                  "own_push must return true while fewer than %d items are in "
                  "the deque",
                  ROOM_FOR_ITEMS);
}

static void expect(void *got, int wanted, const char *call, const char *when)
{
    int item = got ? (int)((char *)got - marks) : -1;
    ck_assert_msg(item == wanted,
                  "%s %s must return item %d, not %d (-1 stands for NULL)",
                  when, call, wanted, item);
    ck_assert_msg(schedule_held() == 0, "%s %s a lock is still held", when,
                  call);
}

START_TEST(newest_here_oldest_there)
{
    for (int i = 0; i < 4; i++)
        push(&deque, i);
    expect(own_pop(&deque), 3, "own_pop", "after pushing 0 to 3");
    expect(steal_oldest(&deque), 0, "steal_oldest", "with 0 to 2 left");
    expect(steal_oldest(&deque), 1, "steal_oldest", "with 1 and 2 left");
    expect(own_pop(&deque), 2, "own_pop", "with 2 left");
    expect(own_pop(&deque), -1, "own_pop", "when the deque is empty");
    expect(steal_oldest(&deque), -1, "steal_oldest", "when the deque is empty");
    push(&deque, 5);
    expect(own_pop(&deque), 5, "own_pop", "with 5 alone");
    push(&deque, 6);
    expect(steal_oldest(&deque), 6, "steal_oldest", "with 6 alone");
}
END_TEST

START_TEST(holds_eight)
{
    for (int i = 0; i < ROOM_FOR_ITEMS; i++)
        push(&deque, i);
    ck_assert_msg(!own_push(&deque, &marks[99]),
                  "own_push must return false when %d items are in the deque",
                  ROOM_FOR_ITEMS);
    ck_assert_msg(schedule_held() == 0, "after a push to a full deque its lock "
                                        "is still held");
    expect(steal_oldest(&deque), 0, "steal_oldest", "with 0 to 7");
    push(&deque, 8);
    for (int i = 1; i <= ROOM_FOR_ITEMS; i++)
        expect(steal_oldest(&deque), i, "steal_oldest", "with 1 to 8");
}
END_TEST

START_TEST(goes_round)
{
    int first = (int)vary(0, 8);
    for (int i = first; i < 90; i += 3) {
        for (int j = 0; j < 3; j++)
            push(&deque, i + j);
        expect(own_pop(&deque), i + 2, "own_pop", "as the numbers grow");
        expect(steal_oldest(&deque), i, "steal_oldest", "as the numbers grow");
        expect(steal_oldest(&deque), i + 1, "steal_oldest",
               "as the numbers grow");
    }
}
END_TEST

/* Who looks outside of the lock sees another deque, empty or full of old
 * items, and what is written there is lost. */
static size_t first_inside, behind_inside;
static bool full_outside;

static void show_outside(void)
{
    deque.first = 40;
    deque.behind = full_outside ? 40 + ROOM_FOR_ITEMS : 40;
}

static void mislead_outside(enum point point, const void *object)
{
    if (object == &deque.lock && point == AFTER_LOCK) {
        deque.first = first_inside;
        deque.behind = behind_inside;
    }
    if (object == &deque.lock && point == BEFORE_UNLOCK) {
        first_inside = deque.first;
        behind_inside = deque.behind;
        show_outside();
    }
}

START_TEST(looks_under_the_lock)
{
    const char *when = "looking and changing under the lock,";
    full_outside = _i == 1;
    show_outside();
    schedule_hook(mislead_outside);
    push(&deque, 1);
    push(&deque, 2);
    ck_assert_msg(behind_inside - first_inside == 2,
                  "own_push must change the numbers while it holds the lock");
    expect(steal_oldest(&deque), 1, "steal_oldest", when);
    expect(own_pop(&deque), 2, "own_pop", when);
    expect(own_pop(&deque), -1, "own_pop", when);
    expect(steal_oldest(&deque), -1, "steal_oldest", when);
    schedule_hook(NULL);
}
END_TEST

/* Between the look and the taking nobody else may come: the hook is the owner,
 * who takes the last item before the thief has the lock. */
static void owner_is_faster(enum point point, const void *object)
{
    if (point == BEFORE_LOCK && object == &deque.lock) {
        schedule_hook(NULL);
        deque.behind = deque.first;
    }
}

START_TEST(the_last_item_is_taken_once)
{
    push(&deque, 7);
    schedule_hook(owner_is_faster);
    expect(steal_oldest(&deque), -1, "steal_oldest",
           "when the owner takes the last item before the thief has the lock,");
    ck_assert_msg(deque.first == deque.behind,
                  "a steal from an empty deque must leave it as it is");
}
END_TEST

static struct small_deque deques[4];
static bool two_locks;

static void watch_locks(enum point point, const void *object)
{
    (void)object;
    if (point == AFTER_LOCK && schedule_held() > 1)
        two_locks = true;
}

static void expect_found(size_t me, int wanted, const char *when)
{
    expect(find_item(deques, 4, me), wanted, "find_item", when);
}

START_TEST(finds_its_own_first)
{
    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&deques[i].lock, NULL);
    push(&deques[1], 10);
    push(&deques[1], 11);
    push(&deques[2], 20);
    expect_found(1, 11, "worker 1, with 10 and 11 of its own:");
    expect_found(1, 10, "worker 1, with 10 of its own:");
    expect_found(1, 20, "worker 1, with none of its own, and 20 at worker 2:");
    expect_found(1, -1, "when all deques are empty,");
}
END_TEST

/* Its own lock lets a thread in again here, so that one that holds it too long
 * is seen and does not hang. */
START_TEST(steals_from_the_next)
{
    pthread_mutexattr_t again;
    pthread_mutexattr_init(&again);
    pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
    for (int i = 0; i < 4; i++)
        pthread_mutex_init(&deques[i].lock, &again);
    for (int i = 0; i < 4; i++)
        if (i != 2)
            for (int j = 0; j < 2; j++)
                push(&deques[i], 10 * i + j);
    schedule_hook(watch_locks);
    expect_found(2, 30,
                 "worker 2, with none of its own, begins with worker 3:");
    expect_found(2, 31,
                 "worker 2, with none of its own, begins with worker 3:");
    expect_found(2, 0,
                 "worker 2, when worker 3 has nothing left, goes on with "
                 "worker 0:");
    expect_found(2, 1,
                 "worker 2, when worker 3 has nothing left, goes on with "
                 "worker 0:");
    expect_found(2, 10, "worker 2, with items at worker 1 alone:");
    expect_found(3, 11, "worker 3, with an item at worker 1 alone:");
    long locks = schedule_count(AFTER_LOCK);
    expect_found(2, -1, "when all deques are empty,");
    locks = schedule_count(AFTER_LOCK) - locks;
    schedule_hook(NULL);
    ck_assert_msg(locks <= 5,
                  "a worker asks its own deque and each of the three others "
                  "once, which is four locks; here %ld were taken",
                  locks);
    ck_assert_msg(!two_locks,
                  "a worker held two locks at once. Two workers who "
                  "do so can wait for each other for ever. See "
                  "\"Four conditions, all needed\".");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Work stealing by hand");
    TCase *tcase =
        tcase_create("one thread (a hang: a lock was not given back)");
    tcase_set_timeout(tcase, 10);
    tcase_add_test(tcase, newest_here_oldest_there);
    tcase_add_test(tcase, holds_eight);
    tcase_add_test(tcase, goes_round);
    tcase_add_loop_test(tcase, looks_under_the_lock, 0, 2);
    tcase_add_test(tcase, the_last_item_is_taken_once);
    tcase_add_test(tcase, finds_its_own_first);
    tcase_add_test(tcase, steals_from_the_next);
    suite_add_tcase(suite, tcase);
    return run_suite(suite) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
