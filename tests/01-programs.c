/* Chapter 1, Programs: what each program promises, on good input and bad. */
#include "lib/die.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/programs-XXXXXX";

/* ---------- hello, args ---------- */

START_TEST(hello_greets)
{
    const struct run *r = run("hello");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "Hello, world\n");
    r = run("hello 'you two'");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "Hello, you two\n");
}
END_TEST

START_TEST(hello_refuses_two_names)
{
    const struct run *r = run("hello you two");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert_str_eq(r->out, "");
    ck_assert_str_eq(r->err, "hello: usage: hello [NAME]\n");
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    const char *commands[] = {"hello", "args", "sections", "image"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct run *r = run("%s > /dev/full", commands[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_msg(matches(r->err, "standard output: No space left"),
                      "%s said: %s", commands[i], r->err);
    }
}
END_TEST

START_TEST(a_long_name_on_a_full_disk_is_noticed)
{
    /* longer than stdio's buffer: printf fails, not fflush */
    const struct run *r =
        run("hello $(head -c 20000 /dev/zero | tr '\\0' x) > /dev/full");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert(matches(r->err, "^hello: standard output"));
}
END_TEST

START_TEST(args_prints_what_it_was_given)
{
    const struct run *r =
        run("env -i A=1 B= C=x=y \"$(command -v args)\" one '' 'two three'");
    ck_assert_int_eq(r->status, 3);
    ck_assert(matches(r->out, "^argv\\[0\\] = .*args$"));
    ck_assert(strstr(r->out, "argv[1] = one\n"
                             "argv[2] = \n"
                             "argv[3] = two three\n"
                             "argv[4] = (null)\n"
                             "environment: A=1\n"
                             "environment: B=\n"
                             "environment: C=x=y\n"));
}
END_TEST

START_TEST(a_status_has_eight_bits)
{
    ck_assert_int_eq(run("args $(seq 255)")->status, 255);
    ck_assert_int_eq(run("args $(seq 256)")->status, 0);
}
END_TEST

/* ---------- die ---------- */

/* Do `action` in a child; return its exit status, its stderr in `text`. */
static int in_child(void (*action)(void), char *text, size_t size)
{
    int ends[2], status;
    size_t length = 0;
    ssize_t got;
    ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(ends[0]);
        if (dup2(ends[1], STDERR_FILENO) < 0)
            _exit(99);
        action();
        _exit(98); /* die must not return */
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char text[20000];

static void die_of_errno(void)
{
    errno = EACCES;
    die("file %d of %s", 3, "four");
}

START_TEST(die_names_program_message_and_reason)
{
    ck_assert_int_eq(in_child(die_of_errno, text, sizeof text), EXIT_FAILURE);
    ck_assert_msg(matches(text, "^[^ :]+: file 3 of four: Permission denied$"),
                  "die wrote: %s", text);
    ck_assert_msg(strchr(text, '\n') == strrchr(text, '\n'),
                  "die wrote more than one line: %s", text);
}
END_TEST

static void die_of_nothing(void)
{
    errno = 0;
    die("no reason");
}

START_TEST(die_gives_no_reason_for_errno_zero)
{
    in_child(die_of_nothing, text, sizeof text);
    ck_assert_msg(matches(text, ": no reason$"), "die wrote: %s", text);
}
END_TEST

static void die_of_a_number(void)
{
    errno = EACCES;
    die_with(EDEADLK, "lock");
}

START_TEST(die_with_takes_the_number_it_is_given)
{
    ck_assert_int_eq(in_child(die_of_a_number, text, sizeof text),
                     EXIT_FAILURE);
    ck_assert_msg(matches(text, ": lock: Resource deadlock avoided$"),
                  "die_with wrote: %s", text);
}
END_TEST

static void die_of_zero(void)
{
    errno = EACCES;
    die_with(0, "100%%: %s", "plain");
}

START_TEST(die_with_zero_gives_no_reason)
{
    in_child(die_of_zero, text, sizeof text);
    ck_assert_msg(matches(text, ": 100%: plain$"), "die_with wrote: %s", text);
}
END_TEST

static void die_at_length(void)
{
    static char message[10001];
    memset(message, 'x', sizeof message - 1);
    die_with(0, "%s", message);
}

START_TEST(die_cuts_a_long_message_and_ends_its_line)
{
    ck_assert_int_eq(in_child(die_at_length, text, sizeof text), EXIT_FAILURE);
    size_t length = strlen(text);
    ck_assert_uint_gt(length, 4000);
    ck_assert_uint_lt(length, 5000);
    ck_assert_int_eq(text[length - 1], '\n');
}
END_TEST

static void say_goodbye(void)
{
    fputs("goodbye\n", stderr);
}

static void die_with_a_handler(void)
{
    if (atexit(say_goodbye) == 0)
        die_with(0, "the end");
}

START_TEST(die_runs_the_handlers_of_atexit)
{
    in_child(die_with_a_handler, text, sizeof text);
    ck_assert_msg(matches(text, ": the end$") && matches(text, "^goodbye$"),
                  "die wrote: %s", text);
}
END_TEST

START_TEST(output_comes_before_the_message)
{
    const struct run *r = run("sections '%s/torn' 2>&1", directory);
    ck_assert(matches(r->out, "damaged"));
    r = run("(hello a b; echo after) 2>&1");
    ck_assert_str_eq(r->out, "hello: usage: hello [NAME]\nafter\n");
}
END_TEST

/* ---------- sections ---------- */

START_TEST(sections_lists_itself)
{
    const struct run *r = run("sections");
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->out, "^ +file +memory  use$"));
    ck_assert(matches(r->out, "^ *([0-9]+) +([1-9][0-9]*)  r-x  \\.text$"));
    ck_assert(matches(r->out, "^ *[0-9]+ +[1-9][0-9]*  r--  \\.rodata$"));
    ck_assert(matches(r->out, "^ *[0-9]+ +[1-9][0-9]*  rw-  \\.data$"));
    ck_assert(matches(r->out, "^ +0 +[1-9][0-9]*  rw-  \\.bss$"));
    ck_assert(matches(r->out, "^ *[1-9][0-9]* +0  ---  \\.symtab$"));
}
END_TEST

START_TEST(sections_agrees_with_readelf)
{
    const struct run *r =
        run("sections \"$(command -v hello)\" | awk 'NR > 1 {print $4}' >"
            " '%s/ours'; readelf -SW \"$(command -v hello)\" |"
            " sed -n 's/^ *\\[ *[1-9][0-9]*\\] *\\([^ ]*\\).*/\\1/p' >"
            " '%s/theirs'; cmp '%s/ours' '%s/theirs' && wc -l < '%s/ours'",
            directory, directory, directory, directory, directory);
    ck_assert_int_eq(r->status, 0);
    ck_assert_int_gt(atoi(r->out), 10);
}
END_TEST

START_TEST(sections_shows_room_that_takes_no_room)
{
    const struct run *r = run("sections \"$(command -v image)\"");
    ck_assert_msg(matches(r->out, "^ +0 +4[0-9]{6}  rw-  \\.bss$"),
                  "image's array is not where it belongs:\n%s", r->out);
}
END_TEST

START_TEST(sections_reads_an_object)
{
    const struct run *r =
        run("cd '%s' && echo 'int x = 1; int f(void) { return x; }' |"
            " cc -x c -c -o object.o - && sections object.o",
            directory);
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->out, "r-x  \\.text$"));
}
END_TEST

START_TEST(sections_counts_past_sixteen_bits)
{
    /* 70,000 sections: the true numbers stand in the first header */
    const struct run *r =
        run("cd '%s' && awk 'BEGIN {for (i = 0; i < 70000; i++)"
            " printf \".section .s%%d,\\\"a\\\"\\n.byte 1\\n\", i}' > many.s &&"
            " cc -c -o many.o many.s && sections many.o | grep -c ' .s[0-9]'",
            directory);
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->out, "70000\n");
}
END_TEST

START_TEST(sections_refuses_what_is_no_elf_file)
{
    const char *const files[][2] = {
        {"/dev/null", "not a regular file"},
        {"/dev/zero", "not a regular file"},
        {"/", "not a regular file"},
        {"empty", "not an ELF file"},
        {"text", "not an ELF file"},
        {"missing", "No such file or directory"},
        {"pipe", "not a regular file"},
        {"word", "damaged or cut short"},
        {"torn", "damaged or cut short"},
        {"narrow", "not a 64-bit little-endian file"},
        {"far", "damaged or cut short"},
        {"wrap", "damaged or cut short"},
        {"crowd", "damaged or cut short"},
        {"nameless", "damaged or cut short"},
        {"bare", "no sections"},
        {"wide", "section headers of unknown size"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const struct run *r =
            run("cd '%s' && sections %s", directory, files[i][0]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert_str_eq(r->out, "");
        ck_assert_msg(
            matches(r->err, "^sections: ") && strstr(r->err, files[i][1]),
            "%s: expected '%s', got: %s", files[i][0], files[i][1], r->err);
    }
}
END_TEST

START_TEST(sections_shows_damaged_names)
{
    const struct run *r = run("cd '%s' && sections names", directory);
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->out, "\\(damaged\\)$"));
}
END_TEST

START_TEST(sections_survives_any_single_byte)
{
    /* every byte of the header, set to 255 */
    for (int i = 0; i < 64; i++) {
        const struct run *r =
            run("cd '%s' && cp sound.o bent && printf '\\377' |"
                " dd of=bent bs=1 seek=%d conv=notrunc 2>/dev/null &&"
                " sections bent",
                directory, i);
        ck_assert_msg(r->status == 0 || r->status == EXIT_FAILURE,
                      "byte %d: status %d\n%s", i, r->status, r->err);
        ck_assert_msg(!strstr(r->err, "Sanitizer") &&
                          !strstr(r->err, "runtime error"),
                      "byte %d: %s", i, r->err);
    }
}
END_TEST

/* ---------- image, first_test, startcost ---------- */

START_TEST(image_has_the_rights_of_its_sections)
{
    const struct run *r = run("image");
    ck_assert_int_eq(r->status, 0);
    const char *const lines[] = {
        "^code +0x[0-9a-f]+  r-xp$",     "^constant +0x[0-9a-f]+  r--p$",
        "^variable +0x[0-9a-f]+  rw-p$", "^zeroed +0x[0-9a-f]+  rw-p$",
        "^heap +0x[0-9a-f]+  rw-p$",     "^library +0x[0-9a-f]+  r-xp$",
        "^stack +0x[0-9a-f]+  rw-p$",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(matches(r->out, lines[i]), "no line like %s in\n%s",
                      lines[i], r->out);
}
END_TEST

START_TEST(the_first_test_passes)
{
    const struct run *r = run("first_test");
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->out, "100%: Checks: 2, Failures: 0, Errors: 0"));
}
END_TEST

START_TEST(startcost_prints_a_table)
{
    const struct run *r = run("startcost 3");
    ck_assert_msg(r->status == 0, "%s", r->err);
    ck_assert(matches(r->out, "^# machine: ."));
    ck_assert(matches(r->out, "^# cores: [1-9]"));
    ck_assert(matches(r->out, "^# compiler: ."));
    ck_assert(matches(r->out, "^# runs: 3$"));
    ck_assert(matches(r->out, "^program\tp10\tmedian\tp90$"));
    const char *names[] = {"static", "dynamic", "sanitized", "python"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        double low, median, high;
        const char *line = strstr(r->out, names[i]);
        ck_assert_ptr_nonnull(line);
        ck_assert_int_eq(sscanf(line, "%*s %lf %lf %lf", &low, &median, &high),
                         3);
        ck_assert(0 < low && low <= median && median <= high);
    }
}
END_TEST

START_TEST(startcost_refuses_bad_counts)
{
    const char *counts[] = {"0", "-1", "1001", "many", "1 2"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const struct run *r = run("startcost %s", counts[i]);
        ck_assert_int_eq(r->status, EXIT_FAILURE);
        ck_assert(matches(r->err, "^startcost: usage"));
    }
}
END_TEST

START_TEST(startcost_leaves_nothing_behind)
{
    /* a compiler that fails, and notes where it was called */
    const struct run *r = run("cd '%s' && mkdir bin &&"
                              " printf '#!/bin/sh\\npwd > %s/where\\nexit 1\\n'"
                              " > bin/cc && chmod +x bin/cc &&"
                              " PATH=\"$PWD/bin:$PATH\" startcost 1; echo $?;"
                              " test -s where && ! test -e \"$(cat where)\"",
                              directory, directory);
    ck_assert(matches(r->err, "^startcost: cannot build the static program$"));
    ck_assert_str_eq(r->out, "1\n");
    ck_assert_int_eq(r->status, 0);
}
END_TEST

/* ---------- wrong on purpose ---------- */

START_TEST(blame_gives_the_wrong_reason)
{
    const struct run *r = run("blame");
    ck_assert_int_eq(r->status, EXIT_FAILURE);
    ck_assert_str_eq(r->err, "blame: /: No such file or directory\n");
}
END_TEST

/* Make the files that sections must refuse. */
static void make_files(void)
{
    if (!mkdtemp(directory))
        ck_abort_msg("mkdtemp: %s", strerror(errno));
    const struct run *r =
        run("cd '%s' && echo 'int x;' | cc -x c -c -o sound.o - && : > empty &&"
            " echo text > text && mkfifo pipe && printf '\\177ELF' > word &&"
            " head -c 200 sound.o > torn &&"
            " change() { cp sound.o $1; printf \"$3\" |"
            " dd of=$1 bs=1 seek=$2 conv=notrunc 2>/dev/null; } &&"
            " change narrow 4 '\\1' &&"
            " change far 40 '\\377\\377\\377' &&"
            " change wrap 40 '\\300\\377\\377\\377\\377\\377\\377\\377' &&"
            " change crowd 60 '\\377\\377' &&"
            " change nameless 62 '\\376\\377' &&"
            " change bare 40 '\\0\\0\\0\\0\\0\\0\\0\\0' &&"
            " change wide 58 '\\77' &&"
            " at=$(od -An -t u8 -j 40 -N 8 sound.o) &&"
            " change names $((at + 64)) '\\377\\377\\377\\377'",
            directory);
    if (r->status != 0)
        ck_abort_msg("cannot make the files: %s", r->err);
}

static void remove_files(void)
{
    if (run("rm -r '%s'", directory)->status != 0)
        ck_abort_msg("%s stays behind", directory);
}

int main(void)
{
    TCase *programs = tcase_create("programs");
    tcase_set_timeout(programs, 120);
    tcase_add_unchecked_fixture(programs, make_files, remove_files);
    tcase_add_test(programs, hello_greets);
    tcase_add_test(programs, hello_refuses_two_names);
    tcase_add_test(programs, a_full_disk_is_noticed);
    tcase_add_test(programs, a_long_name_on_a_full_disk_is_noticed);
    tcase_add_test(programs, args_prints_what_it_was_given);
    tcase_add_test(programs, a_status_has_eight_bits);
    tcase_add_test(programs, die_names_program_message_and_reason);
    tcase_add_test(programs, die_gives_no_reason_for_errno_zero);
    tcase_add_test(programs, die_with_takes_the_number_it_is_given);
    tcase_add_test(programs, die_with_zero_gives_no_reason);
    tcase_add_test(programs, die_cuts_a_long_message_and_ends_its_line);
    tcase_add_test(programs, die_runs_the_handlers_of_atexit);
    tcase_add_test(programs, output_comes_before_the_message);
    tcase_add_test(programs, sections_lists_itself);
    tcase_add_test(programs, sections_agrees_with_readelf);
    tcase_add_test(programs, sections_shows_room_that_takes_no_room);
    tcase_add_test(programs, sections_reads_an_object);
    tcase_add_test(programs, sections_counts_past_sixteen_bits);
    tcase_add_test(programs, sections_refuses_what_is_no_elf_file);
    tcase_add_test(programs, sections_shows_damaged_names);
    tcase_add_test(programs, sections_survives_any_single_byte);
    tcase_add_test(programs, image_has_the_rights_of_its_sections);
    tcase_add_test(programs, the_first_test_passes);
    tcase_add_test(programs, startcost_prints_a_table);
    tcase_add_test(programs, startcost_refuses_bad_counts);
    tcase_add_test(programs, startcost_leaves_nothing_behind);
    tcase_add_test(programs, blame_gives_the_wrong_reason);
    Suite *suite = suite_create("01-programs");
    suite_add_tcase(suite, programs);
    return run_suite(suite);
}
