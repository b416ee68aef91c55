/* Exercise "Mine, or nobody's": take. */
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int take(const char *path);

static char directory[64], path[80], mine[32];
static bool was_open[256];

static int find_files(char *last, size_t size)
{
    int count = 0;
    DIR *files = opendir(directory);
    ck_assert_ptr_nonnull(files);
    for (struct dirent *file; (file = readdir(files));)
        if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0) {
            snprintf(last, size, "%s/%s", directory, file->d_name);
            count++;
        }
    closedir(files);
    return count;
}

static void empty_directory(void)
{
    char file[512];
    while (find_files(file, sizeof file) > 0)
        if (unlink(file) < 0)
            break;
}

/* One directory for all tests, made and removed by the process that starts
 * them, so that nothing stays when one fails. */
static void make_directory(void)
{
    char made[] = "/tmp/ex-take-XXXXXX", real[PATH_MAX];
    ck_assert_ptr_nonnull(mkdtemp(made));
    ck_assert_ptr_nonnull(realpath(made, real)); /* /tmp may be a link */
    ck_assert_uint_lt(strlen(real), sizeof directory);
    strcpy(directory, real);
    snprintf(path, sizeof path, "%s/mark", directory);
}

static void remove_directory(void)
{
    empty_directory();
    rmdir(directory);
}

static void set_up(void)
{
    empty_directory();
    snprintf(mine, sizeof mine, "%ld\n", (long)getpid());
    for (int fd = 0; fd < 256; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static const char *content(void)
{
    static char text[64];
    FILE *file = fopen(path, "r");
    if (!file)
        return "(no file)";
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void expect_nothing_else(int files)
{
    char last[512] = "";
    int count = find_files(last, sizeof last);
    ck_assert_msg(count == files,
                  "%d file(s) must be in the directory, not %d (one is %s)",
                  files, count, last);
}

/* The close of this program, which can be made to close and then to fail. */
static int close_error;

int close(int fd)
{
    if (syscall(SYS_close, fd) < 0)
        return -1;
    if (!close_error)
        return 0;
    errno = close_error;
    close_error = 0;
    return -1;
}

/* Before its first write: what does take write to? The name of the file that
 * was not open before. */
static char draft[512];

static void find_draft(void)
{
    char link[32];
    for (int fd = 0; fd < 256; fd++)
        if (!was_open[fd] && fcntl(fd, F_GETFD) >= 0) {
            snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(link, draft, sizeof draft - 1);
            draft[length > 0 ? length : 0] = '\0';
        }
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

START_TEST(claims_a_free_name)
{
    int before = open_descriptors();
    ck_assert_msg(take(path) == 0, "the name is free: take must return 0");
    ck_assert_msg(strcmp(content(), mine) == 0,
                  "the file must hold the process's number and a newline, "
                  "not '%s'",
                  content());
    expect_nothing_else(1);
    ck_assert_msg(open_descriptors() == before, "a descriptor is left open");
}
END_TEST

START_TEST(leaves_what_is_taken)
{
    put("4711\n");
    int before = open_descriptors();
    errno = 0;
    ck_assert_msg(take(path) == -1, "the name is taken: return -1");
    ck_assert_msg(errno == EEXIST, "errno must be EEXIST, not %s",
                  strerror(errno));
    ck_assert_str_eq(content(), "4711\n");
    expect_nothing_else(1);
    ck_assert_msg(open_descriptors() == before, "a descriptor is left open");
}
END_TEST

/* Somebody else claims the name while we are about to write. */
static bool visible;

static void rival_comes(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_WRITE) {
        find_draft();
        visible = access(path, F_OK) == 0;
        put("4711\n");
    }
}

START_TEST(loses_to_one_who_was_faster)
{
    schedule_hook(rival_comes);
    int result = take(path), error = errno;
    schedule_hook(NULL);
    ck_assert_msg(schedule_count(BEFORE_WRITE) > 0,
                  "use write or write_full, so that the test can watch");
    ck_assert_msg(strncmp(draft, directory, strlen(directory)) == 0,
                  "link works within one file system only, so the other file "
                  "must be in the directory of path, not %s",
                  draft);
    ck_assert_msg(!visible,
                  "the file is at its place before its number is in it: who "
                  "reads it now finds nothing. See \"Between processes\".");
    ck_assert_msg(result == -1 && error == EEXIST,
                  "another process claimed the name after you looked, and both "
                  "of you believe to have it. Act, and look whether it "
                  "worked: see \"Between processes\".");
    ck_assert_msg(strcmp(content(), "4711\n") == 0,
                  "the other's file was overwritten");
    expect_nothing_else(1);
}
END_TEST

/* Another process claims the name with take itself. */
static void brother_comes(enum point point, const void *object)
{
    static int done;
    (void)object;
    if (point != BEFORE_WRITE || done++)
        return;
    int status = -1;
    pid_t brother = fork();
    if (brother == 0)
        _exit(take(path) == 0 ? 0 : 1);
    snprintf(mine, sizeof mine, "%ld\n", (long)brother);
    waitpid(brother, &status, 0);
    ck_assert_msg(status == 0, "while one process was about to write, take in "
                               "another failed, though nothing was at path. "
                               "Do both use one and the same other file?");
}

START_TEST(two_processes_keep_apart)
{
    schedule_hook(brother_comes);
    int result = take(path), error = errno;
    schedule_hook(NULL);
    ck_assert_msg(result == -1 && error == EEXIST,
                  "another process was faster: return -1 with EEXIST");
    ck_assert_msg(strcmp(content(), mine) == 0,
                  "the file must hold the number of the one who was faster, "
                  "not '%s'",
                  content());
    expect_nothing_else(1);
}
END_TEST

/* What take writes to was left by a process that had the same number. */
static void watch_draft(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_WRITE)
        find_draft();
}

START_TEST(a_crash_left_its_file)
{
    schedule_hook(watch_draft);
    ck_assert_int_eq(take(path), 0);
    schedule_hook(NULL);
    ck_assert_int_eq(rename(path, draft), 0);
    ck_assert_msg(take(path) == 0,
                  "nothing is at path, but a crash has left %s: take must "
                  "return 0, not fail with %s",
                  draft, strerror(errno));
    ck_assert_str_eq(content(), mine);
}
END_TEST

START_TEST(a_crash_left_both_names)
{
    schedule_hook(watch_draft);
    ck_assert_int_eq(take(path), 0);
    schedule_hook(NULL);
    put("4711\n");
    ck_assert_int_eq(link(path, draft), 0);
    int result = take(path), error = errno;
    ck_assert_msg(result == -1 && error == EEXIST,
                  "the name is taken: return -1 with EEXIST");
    ck_assert_msg(strcmp(content(), "4711\n") == 0,
                  "a crash between link and unlink has left %s, a second name "
                  "of the file at path, and take has written into it: '%s'",
                  draft, content());
}
END_TEST

START_TEST(close_fails)
{
    close_error = EIO;
    int result = take(path), error = errno;
    ck_assert_msg(!close_error, "take must close its file");
    ck_assert_msg(result == -1 && error == EIO,
                  "close failed with EIO, so the number may not be on the "
                  "disk; take must return -1 with that in errno, not %d",
                  result);
    expect_nothing_else(0);
}
END_TEST

START_TEST(a_full_disk)
{
    int before = open_descriptors();
    schedule_fail(CALL_WRITE, ENOSPC, 0);
    int result = take(path), error = errno;
    ck_assert_msg(result == -1 && error == ENOSPC,
                  "write failed with ENOSPC; take must return -1 with that "
                  "in errno, not %d with %s",
                  result, strerror(error));
    expect_nothing_else(0);
    ck_assert_msg(open_descriptors() == before, "a descriptor is left open");
}
END_TEST

START_TEST(short_writes)
{
    schedule_short(1);
    schedule_eintr(1);
    ck_assert_msg(take(path) == 0,
                  "write may transfer less than it was asked to, or be "
                  "interrupted, and that is no failure; use write_full");
    schedule_reset();
    ck_assert_msg(strcmp(content(), mine) == 0,
                  "write may transfer less than it was asked to, or be "
                  "interrupted; use write_full. The file holds '%s'",
                  content());
}
END_TEST

/* The disk is full, and then the clean-up fails too. */
static void draft_vanishes(enum point point, const void *object)
{
    (void)object;
    if (point == BEFORE_WRITE)
        empty_directory();
}

START_TEST(the_first_error_counts)
{
    schedule_hook(draft_vanishes);
    schedule_fail(CALL_WRITE, ENOSPC, 0);
    int result = take(path), error = errno;
    schedule_hook(NULL);
    ck_assert_msg(result == -1 && error == ENOSPC,
                  "write failed with ENOSPC and then the clean-up failed; "
                  "the first error must be reported, not %s",
                  strerror(error));
}
END_TEST

START_TEST(no_such_directory)
{
    errno = 0;
    ck_assert_int_eq(take("/tmp/no/such/directory/mark"), -1);
    ck_assert_msg(errno == ENOENT, "errno must be ENOENT, not %s",
                  strerror(errno));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Mine, or nobody's");
    TCase *tcase = tcase_create("take");
    tcase_set_timeout(tcase, 30);
    tcase_add_unchecked_fixture(tcase, make_directory, remove_directory);
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, claims_a_free_name);
    tcase_add_test(tcase, leaves_what_is_taken);
    tcase_add_test(tcase, loses_to_one_who_was_faster);
    tcase_add_test(tcase, two_processes_keep_apart);
    tcase_add_test(tcase, a_crash_left_its_file);
    tcase_add_test(tcase, a_crash_left_both_names);
    tcase_add_test(tcase, close_fails);
    tcase_add_test(tcase, a_full_disk);
    tcase_add_test(tcase, short_writes);
    tcase_add_test(tcase, the_first_error_counts);
    tcase_add_test(tcase, no_such_directory);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
