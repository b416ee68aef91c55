/* Exercise "Capture both outputs": capture. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct capture {
    char *bytes;
    size_t room;
    size_t size;
};

int capture(char *const argv[], struct capture *out, struct capture *err);

enum { ROOM = 400000 };
static char out_bytes[ROOM + 1], err_bytes[ROOM + 1];
static struct capture out, err;

static int run_script(const char *script, size_t out_room, size_t err_room)
{
    char *argv[] = {"sh", "-c", (char *)script, NULL};
    out = (struct capture){out_bytes, out_room, 999};
    err = (struct capture){err_bytes, err_room, 999};
    return capture(argv, &out, &err);
}

/* A capture that stands still is told what it does; only a wrong one is. */
static void stands_still(int number)
{
    (void)number;
    ck_abort_msg("capture does not come back. Does it wait for one output, or "
                 "for the end, while the program waits for room in the other? "
                 "Are all writing ends closed? See \"Why both waited\".");
}

static void watch(void)
{
    struct sigaction action = {.sa_handler = stands_still};
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    alarm(25); /* which nothing right needs */
}

static void holds(const struct capture *text, const char *name,
                  const char *wanted)
{
    ck_assert_msg(text->size == strlen(wanted) &&
                      memcmp(text->bytes, wanted, text->size) == 0,
                  "%s must be '%s' (%zu bytes), but is '%.*s' (%zu bytes)",
                  name, wanted, strlen(wanted),
                  (int)(text->size < 80 ? text->size : 80), text->bytes,
                  text->size);
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    ck_assert(directory != NULL);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

START_TEST(keeps_the_two_apart)
{
    int status = run_script("echo good; echo bad >&2; exit 3", ROOM, ROOM);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 3,
                  "the program ends with 3; capture returned %d", status);
    holds(&out, "standard output", "good\n");
    holds(&err, "standard error", "bad\n");
    status = run_script("kill -9 $$", ROOM, ROOM);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == 9,
                  "the program was killed by signal 9; capture returned %d",
                  status);
    holds(&out, "standard output", "");
    holds(&err, "standard error", "");
}
END_TEST

/* Does `text` consist of `size` letters? */
static void is_row(const struct capture *text, const char *name, char letter,
                   size_t size)
{
    ck_assert_msg(text->size == size, "%zu bytes of %s are missing or too many",
                  size > text->size ? size - text->size : text->size - size,
                  name);
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(text->bytes[i] == letter, "%s is spoilt at byte %zu",
                      name, i);
}

#define ROW(letter) "head -c 300000 /dev/zero | tr '\\0' " letter

START_TEST(much_on_one_then_much_on_the_other)
{
    run_script(ROW("o") "; " ROW("e") " >&2", ROOM, ROOM);
    is_row(&out, "standard output", 'o', 300000);
    is_row(&err, "standard error", 'e', 300000);
}
END_TEST

START_TEST(the_other_way_round)
{
    run_script(ROW("e") " >&2; " ROW("o"), ROOM, ROOM);
    is_row(&out, "standard output", 'o', 300000);
    is_row(&err, "standard error", 'e', 300000);
}
END_TEST

START_TEST(both_by_turns)
{
    run_script("for i in 1 2 3; do " ROW("o") "; " ROW("e") " >&2; done | "
                                                            "head -c 300000",
               ROOM, ROOM);
    is_row(&out, "standard output", 'o', 300000);
}
END_TEST

START_TEST(what_does_not_fit)
{
    memset(out_bytes, '#', sizeof out_bytes);
    memset(err_bytes, '#', sizeof err_bytes);
    int status =
        run_script("set -e; " ROW("o") "; " ROW("e") " >&2; exit 5", 1000, 0);
    ck_assert_msg(status == 5 << 8,
                  "what does not fit must be read all the same, so that the "
                  "program ends by itself, with 5. Its status is %d.",
                  status);
    is_row(&out, "standard output", 'o', 1000);
    is_row(&err, "standard error", 'e', 0);
    ck_assert_msg(out_bytes[1000] == '#' && err_bytes[0] == '#',
                  "capture has written behind the end of a buffer");
}
END_TEST

START_TEST(leaves_nothing_behind)
{
    int before = count_descriptors();
    run_script("echo good; echo bad >&2", ROOM, ROOM);
    int after = count_descriptors();
    ck_assert_msg(after == before,
                  "%d descriptors are open that were not before",
                  after - before);
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
                  "a child was not reaped");
}
END_TEST

START_TEST(says_why_it_could_not_start)
{
    char *argv[] = {"no-such-program", NULL};
    int before = count_descriptors();
    out = (struct capture){out_bytes, ROOM, 999};
    err = (struct capture){err_bytes, ROOM, 999};
    errno = 0;
    int status = capture(argv, &out, &err), error = errno;
    int after = count_descriptors();
    ck_assert_msg(status == -1 && error == ENOENT,
                  "there is no such program: capture must return -1 with "
                  "ENOENT, not %d with %s",
                  status, strerror(error));
    ck_assert_msg(after == before,
                  "%d descriptors are open that were not before",
                  after - before);
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
                  "a child was not reaped");
}
END_TEST

START_TEST(the_program_gets_no_other_ends)
{
    const char *count = "ls /proc/self/fd | wc -l";
    int usual = -1;
    FILE *shell = popen(count, "r");
    ck_assert(shell != NULL && fscanf(shell, "%d", &usual) == 1);
    pclose(shell);
    run_script(count, ROOM, ROOM);
    ck_assert_msg(atoi(out_bytes) == usual,
                  "the program has inherited %d descriptors too many",
                  atoi(out_bytes) - usual);
}
END_TEST

static void only_interrupt(int number)
{
    (void)number;
}

/* The program sends its signal when it sees that capture sleeps, and writes
 * nothing before the signal has arrived. */
START_TEST(sleeps_and_goes_on_after_a_signal)
{
    struct sigaction action = {.sa_handler = only_interrupt};
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    int status = run_script(
        "n=0; until grep -q '^State:.S' /proc/$PPID/status; do "
        "n=$((n + 1)); [ $n -lt 300 ] || exit 9; sleep 0.01; done; "
        "kill -USR1 $PPID; "
        "while grep -qs '^ShdPnd:.*[1-9a-f]' /proc/$PPID/status; do :; done; "
        "echo good; exit 3",
        ROOM, ROOM);
    ck_assert_msg(status != 9 << 8,
                  "while the program writes nothing, capture must sleep; it "
                  "was seen running 300 times");
    ck_assert_msg(status == 3 << 8,
                  "a signal came while capture waited: it must go on and "
                  "return the status of the program, %d, not %d. See \"Calls "
                  "that are interrupted\".",
                  3 << 8, status);
    holds(&out, "standard output", "good\n");
}
END_TEST

START_TEST(goes_on_after_interrupted_calls)
{
    schedule_eintr(3);
    int status = run_script("echo good; exit 3", ROOM, ROOM);
    schedule_reset();
    ck_assert_msg(status == 3 << 8,
                  "three calls of read or waitpid were interrupted (EINTR): "
                  "capture must make them again and return %d, not %d",
                  3 << 8, status);
    holds(&out, "standard output", "good\n");
    schedule_fail(CALL_WAITPID, EINTR, 0);
    status = run_script("exit 4", ROOM, ROOM);
    schedule_reset();
    bool reaped = waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
    ck_assert_msg(status == 4 << 8 && reaped,
                  "waitpid was interrupted (EINTR): capture must call it "
                  "again, reap the program and return %d, not %d",
                  4 << 8, status);
}
END_TEST

static int fails(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create("Capture both outputs");
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, watch, NULL);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return run_suite(suite) != 0;
}

/* Where capture does not come back at all, the other tests would hang too. */
int main(void)
{
    const TTest *little[] = {keeps_the_two_apart};
    const TTest *much[] = {much_on_one_then_much_on_the_other,
                           the_other_way_round};
    const TTest *rest[] = {both_by_turns,
                           what_does_not_fit,
                           leaves_nothing_behind,
                           says_why_it_could_not_start,
                           the_program_gets_no_other_ends,
                           sleeps_and_goes_on_after_a_signal,
                           goes_on_after_interrupted_calls};
    if (fails("little output", little, 1) || fails("much output", much, 2) ||
        fails("in all cases", rest, 7))
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
