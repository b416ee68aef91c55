/* Exercise "One process for each": run_each. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int run_each(int (*task)(int), int count, int results[]);

static pid_t caller;

/* Call run_each and make sure that only the caller comes back from it. */
static void run_in_caller(int (*task)(int), int count, int results[])
{
    caller = getpid();
    int result = run_each(task, count, results);
    if (getpid() != caller)
        _exit(99); /* a child has run on; the caller will see the 99 */
    ck_assert_msg(result == 0, "run_each must return 0, not %d", result);
}

static int more; /* drawn anew in each test */

static int number_plus_more(int number)
{
    return getpid() == caller ? 98 : number + more;
}

static void draw(void)
{
    more = (int)vary(5, 80);
}

START_TEST(results_in_order)
{
    enum { MOST = 12 };
    int results[MOST], count = (int)vary(3, MOST);
    run_in_caller(number_plus_more, count, results);
    for (int i = 0; i < count; i++)
        ck_assert_msg(results[i] == i + more,
                      "task %d ended with %d, but results[%d] is %d. 98 means "
                      "that it ran in the caller, 99 that a child did not "
                      "end: see \"The child that ran on\".",
                      i, i + more, i, results[i]);
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
                  "run_each must reap every child. See \"Zombies\".");
}
END_TEST

START_TEST(no_tasks)
{
    run_in_caller(number_plus_more, 0, NULL);
}
END_TEST

static int there[2], back[2];

/* Task 0 waits for a byte from task 1, which waits for the answer. */
static int meet(int number)
{
    char byte = 'x';
    int from = number == 0 ? there[0] : back[0];
    int to = number == 0 ? back[1] : there[1];
    struct pollfd fd = {from, POLLIN, 0};
    if (number == 1 && write(to, &byte, 1) != 1)
        return 2;
    if (poll(&fd, 1, 10000) != 1 || read(from, &byte, 1) != 1)
        return 1;
    if (number == 0 && write(to, &byte, 1) != 1)
        return 2;
    return 0;
}

START_TEST(at_the_same_time)
{
    int results[2];
    ck_assert(pipe(there) == 0 && pipe(back) == 0);
    run_in_caller(meet, 2, results);
    ck_assert_msg(results[0] == 0 && results[1] == 0,
                  "two tasks that talk to each other must both run; one of "
                  "them waited in vain. Start all children before you wait "
                  "for the first: see \"Squares and cubes\".");
}
END_TEST

START_TEST(other_children)
{
    int results[2], status;
    siginfo_t news;
    pid_t stranger = fork();
    if (stranger == 0)
        _exit(77);
    ck_assert(stranger > 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)stranger, &news, WEXITED | WNOWAIT),
                     0);
    run_in_caller(number_plus_more, 2, results);
    ck_assert_msg(waitpid(stranger, &status, WNOHANG) == stranger &&
                      WIFEXITED(status) && WEXITSTATUS(status) == 77,
                  "the caller had a child of its own, and run_each has taken "
                  "it. Wait for your children by their numbers.");
    ck_assert_int_eq(results[0], more);
    ck_assert_int_eq(results[1], more + 1);
}
END_TEST

static int kill_yourself(int number)
{
    if (number == 1)
        raise(SIGKILL);
    return number;
}

START_TEST(a_killed_task)
{
    int results[3];
    run_in_caller(kill_yourself, 3, results);
    ck_assert_int_eq(results[0], 0);
    ck_assert_msg(results[1] == -1,
                  "task 1 was killed by a signal: results[1] must be -1, not "
                  "%d. See \"How a child ends\".",
                  results[1]);
    ck_assert_int_eq(results[2], 2);
}
END_TEST

START_TEST(unflushed_output)
{
    int results[3];
    char text[64];
    FILE *file = tmpfile();
    ck_assert(file != NULL);
    fputs("once\n", file); /* stays in the buffer */
    run_in_caller(number_plus_more, 3, results);
    ck_assert_int_eq(fflush(file), 0);
    rewind(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    ck_assert_str_eq(text, "once\n");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("children");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, draw, NULL);
    tcase_add_test(tcase, results_in_order);
    tcase_add_test(tcase, no_tasks);
    tcase_add_test(tcase, at_the_same_time);
    tcase_add_test(tcase, other_children);
    tcase_add_test(tcase, a_killed_task);
    tcase_add_test(tcase, unflushed_output);
    Suite *suite = suite_create("One process for each");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
