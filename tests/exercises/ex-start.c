/* Exercise "An exec that reports": start. */
#include "run.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t start(char *const argv[]);

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

static int exit_status_of(pid_t child)
{
    int status;
    ck_assert_msg(child > 0, "start must return the child's number, not %ld",
                  (long)child);
    ck_assert(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(starts_a_program)
{
    char code[8];
    int wanted = (int)vary(1, 120);
    snprintf(code, sizeof code, "%d", wanted);
    char *argv[] = {"sh", "-c", "exit $1", "sh", code, NULL};
    int status = exit_status_of(start(argv));
    ck_assert_msg(status == wanted,
                  "sh -c 'exit $1' sh %d must end with %d, not %d", wanted,
                  wanted, status);
}
END_TEST

START_TEST(reports_a_missing_program)
{
    char *argv[] = {"no-such-program", NULL};
    errno = 0;
    pid_t child = start(argv);
    int error = errno;
    ck_assert_msg(child == -1,
                  "there is no such program: start must return -1, not %ld. "
                  "See \"Another program\".",
                  (long)child);
    ck_assert_msg(error == ENOENT, "errno must be ENOENT (%s), not %d (%s)",
                  strerror(ENOENT), error, strerror(error));
    ck_assert_msg(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
                  "a child is left over. See \"Zombies\".");
}
END_TEST

START_TEST(reports_other_reasons)
{
    char *argv[] = {"/", NULL};
    errno = 0;
    ck_assert_int_eq(start(argv), -1);
    ck_assert_msg(errno == EACCES,
                  "a directory cannot be run: errno must be EACCES, not %d "
                  "(%s)",
                  errno, strerror(errno));
}
END_TEST

/* The program looks whether it has the two descriptors that start, in this
 * process, will have used for its pipe: the two lowest that are free. */
START_TEST(gives_nothing_away)
{
    int lowest[2];
    ck_assert_int_eq(pipe(lowest), 0);
    close(lowest[0]);
    close(lowest[1]);
    char first[64], second[64];
    snprintf(first, sizeof first, "/proc/$$/fd/%d", lowest[0]);
    snprintf(second, sizeof second, "/proc/$$/fd/%d", lowest[1]);
    char script[256];
    snprintf(script, sizeof script, "! test -e %s && ! test -e %s", first,
             second);
    char *argv[] = {"sh", "-c", script, NULL};
    ck_assert_msg(exit_status_of(start(argv)) == 0,
                  "the program has inherited an end of the pipe, descriptor "
                  "%d or %d. Which flag closes it? See \"Another program\".",
                  lowest[0], lowest[1]);
}
END_TEST

START_TEST(keeps_nothing_open)
{
    char *good[] = {"true", NULL}, *bad[] = {"no-such-program", NULL};
    int before = count_descriptors();
    ck_assert_int_eq(exit_status_of(start(good)), 0);
    int after_good = count_descriptors();
    ck_assert_int_eq(start(bad), -1);
    int after_bad = count_descriptors();
    ck_assert_msg(after_good == before,
                  "after a success %d descriptors are open that were not "
                  "before",
                  after_good - before);
    ck_assert_msg(after_bad == after_good,
                  "after a failure %d descriptors are open that were not "
                  "before",
                  after_bad - after_good);
}
END_TEST

START_TEST(unflushed_output)
{
    char *argv[] = {"no-such-program", NULL}, text[64];
    FILE *file = tmpfile();
    ck_assert(file != NULL);
    fputs("once\n", file); /* stays in the buffer */
    ck_assert_int_eq(start(argv), -1);
    ck_assert_int_eq(fflush(file), 0);
    rewind(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    ck_assert_msg(strcmp(text, "once\n") == 0,
                  "the caller's unflushed text must appear once, but the file "
                  "holds '%s'. See \"One line, printed twice\".",
                  text);
}
END_TEST

static int failures_of(TCase *tcase)
{
    Suite *suite = suite_create("An exec that reports");
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

/* Where start does not come back from a good program, the other tests would
 * hang as well, and are not run. */
int main(void)
{
    TCase *first = tcase_create("comes back at all");
    tcase_set_timeout(first, 10);
    tcase_add_test(first, starts_a_program);
    if (failures_of(first) != 0)
        return EXIT_FAILURE;

    TCase *rest = tcase_create("in all cases");
    tcase_set_timeout(rest, 60);
    tcase_add_test(rest, reports_a_missing_program);
    tcase_add_test(rest, reports_other_reasons);
    tcase_add_test(rest, gives_nothing_away);
    tcase_add_test(rest, keeps_nothing_open);
    tcase_add_test(rest, unflushed_output);
    return failures_of(rest) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
