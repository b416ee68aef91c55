/* Exercise "A journal that survives a fork": journal_protect. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern void (*journal_pause)(void);
void journal_add(const char *line);
size_t journal_take(char buffer[], size_t size);
int journal_protect(void);

static sem_t halfway, go_on, forked;
static pthread_t forker;

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) < 0 && errno == EINTR)
        ;
}

/* In the thread that writes: half of the line is noted, the lock is held. */
static void stop_halfway(void)
{
    sem_post(&halfway);
    await(&go_on);
}

/* The thread that forks has come to a lock: let the writer finish. */
static bool fork_took_the_lock;

static void let_go_on(enum point point, const void *object)
{
    (void)object;
    if (!pthread_equal(pthread_self(), forker))
        return;
    if (point == BEFORE_LOCK)
        sem_post(&go_on);
    if (point == AFTER_LOCK)
        fork_took_the_lock = true;
}

/* The writer lives on until the fork is over: TSan, in the child, would take
 * a thread that has ended and was not joined for a leak. */
static void *write_line(void *unused)
{
    journal_add("from a thread\n");
    await(&forked);
    return unused;
}

/* What the child finds out, told by its exit status. Where it hangs, the
 * alarm ends it, after a time that nothing right needs. */
static void look_from_the_child(void)
{
    char text[256];
    if (schedule_held() != 0)
        _exit(3);
    journal_pause = NULL;
    signal(SIGALRM, SIG_DFL); /* Check has a handler of its own */
    alarm(5);
    journal_add("from the child\n");
    journal_take(text, sizeof text);
    if (strcmp(text, "from the child\n") == 0)
        _exit(0);
    _exit(strstr(text, "before\n") ? 1 : 2);
}

static void check_child(pid_t child)
{
    int status;
    ck_assert(child > 0);
    while (waitpid(child, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    ck_assert_msg(!WIFSIGNALED(status),
                  "the child hangs in journal_add (signal %d): who holds its "
                  "lock? See \"pthread_atfork\".",
                  WTERMSIG(status));
    ck_assert_msg(WEXITSTATUS(status) != 1,
                  "the child has the parent's lines in its journal: they would "
                  "be written twice");
    ck_assert_msg(WEXITSTATUS(status) != 3,
                  "the lock was taken before the copy was made, and the child "
                  "has not given it back with pthread_mutex_unlock");
    ck_assert_msg(WEXITSTATUS(status) == 0,
                  "the child's journal must hold its own line and no other");
}

static void check_parent(const char *wanted)
{
    char text[256];
    ck_assert_msg(schedule_held() == 0,
                  "after the fork the parent still holds the lock: what "
                  "happens to it in the parent?");
    journal_add("after\n");
    journal_take(text, sizeof text);
    ck_assert_msg(strcmp(text, wanted) == 0,
                  "the parent's journal must hold '%s', not '%s'", wanted,
                  text);
}

START_TEST(a_fork_in_peace)
{
    ck_assert_int_eq(journal_protect(), 0);
    journal_add("before\n");
    pid_t child = fork();
    if (child == 0)
        look_from_the_child();
    check_child(child);
    check_parent("before\nafter\n");
}
END_TEST

START_TEST(a_fork_while_a_line_is_half_written)
{
    ck_assert_int_eq(journal_protect(), 0);
    journal_add("before\n");
    forker = pthread_self();
    sem_init(&halfway, 0, 0);
    sem_init(&go_on, 0, 0);
    sem_init(&forked, 0, 0);
    journal_pause = stop_halfway;
    pthread_t writer;
    ck_assert_int_eq(pthread_create(&writer, NULL, write_line, NULL), 0);
    await(&halfway);
    schedule_hook(let_go_on);
    pid_t child = fork();
    if (child == 0)
        look_from_the_child();
    schedule_hook(NULL);
    sem_post(&go_on); /* for a fork that did not wait */
    sem_post(&forked);
    ck_assert_int_eq(schedule_held(), 0);
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    journal_pause = NULL;
    check_child(child);
    ck_assert_msg(fork_took_the_lock,
                  "the copy was made while a thread held the lock and a line "
                  "was half noted: the fork must wait for it");
    check_parent("before\nfrom a thread\nafter\n");
}
END_TEST

START_TEST(forks_one_after_the_other)
{
    ck_assert_int_eq(journal_protect(), 0);
    journal_add("before\n");
    int forks = (int)vary(2, 5);
    for (int i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0)
            look_from_the_child();
        ck_assert_msg(schedule_held() == 0,
                      "after the fork the parent still holds the lock");
        check_child(child);
    }
    check_parent("before\nafter\n");
}
END_TEST

static int failures_of(TCase *tcase)
{
    tcase_set_timeout(tcase, 30);
    Suite *suite = suite_create("A journal that survives a fork");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* Where not even a fork in peace works, the others would hang one by one. */
int main(void)
{
    TCase *first = tcase_create("one thread");
    tcase_add_test(first, a_fork_in_peace);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;
    TCase *rest = tcase_create("two threads");
    tcase_add_test(rest, a_fork_while_a_line_is_half_written);
    tcase_add_test(rest, forks_one_after_the_other);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
