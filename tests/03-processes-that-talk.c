/* Chapter 3, Processes that talk: its programs, on good input and bad, and the
 * library functions of lib/io.h. */
#include "lib/io.h"
#include "run.h"
#include "schedule.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void prints(const char *command, const char *wanted)
{
    const struct run *r = run_well(command);
    ck_assert_msg(strcmp(r->out, wanted) == 0,
                  "%s must print\n%sbut printed\n%s", command, wanted, r->out);
}

static void refuses(const char *command, const char *message)
{
    const struct run *r = run("%s", command);
    ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", command,
                  r->status);
    ck_assert_str_eq(r->out, "");
    ck_assert_msg(matches(r->err, message), "%s said '%s'", command, r->err);
}

/* ---------- lib/io ---------- */

static char sent[200000], received[200000 + 1];

static void fill(void)
{
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 7 + i / 251);
    memset(received, 0, sizeof received);
}

/* A child that sends `sent` in pieces of odd sizes. */
static pid_t start_sender(int ends[2])
{
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        size_t done = 0;
        for (size_t piece = 1; done < sizeof sent; piece = piece * 3 % 9973) {
            size_t rest = sizeof sent - done;
            if (write_full(ends[1], sent + done, piece < rest ? piece : rest))
                _exit(1);
            done += piece < rest ? piece : rest;
        }
        _exit(0);
    }
    close(ends[1]);
    return child;
}

static void reap(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

START_TEST(read_full_reads_all)
{
    int ends[2];
    fill();
    pid_t child = start_sender(ends);
    ck_assert_int_eq(read_full(ends[0], received, sizeof sent), sizeof sent);
    ck_assert_mem_eq(received, sent, sizeof sent);
    ck_assert_int_eq(read_full(ends[0], received, 1), 0);
    close(ends[0]);
    reap(child);
}
END_TEST

START_TEST(read_full_takes_no_more_than_asked)
{
    int ends[2];
    fill();
    pid_t child = start_sender(ends);
    ck_assert_int_eq(read_full(ends[0], received, 0), 0);
    ck_assert_int_eq(read_full(ends[0], received, 1000), 1000);
    ck_assert_mem_eq(received, sent, 1000);
    ck_assert_int_eq(received[1000], 0);
    ck_assert_int_eq(read_full(ends[0], received, sizeof received),
                     sizeof sent - 1000);
    ck_assert_mem_eq(received, sent + 1000, sizeof sent - 1000);
    close(ends[0]);
    reap(child);
}
END_TEST

START_TEST(short_transfers_and_signals_do_not_matter)
{
    int ends[2];
    fill();
    ck_assert_int_eq(pipe(ends), 0);
    schedule_short(7);
    schedule_eintr(5);
    ck_assert_int_eq(write_full(ends[1], sent, 1000), 0);
    schedule_eintr(5);
    ck_assert_int_eq(read_full(ends[0], received, 1000), 1000);
    ck_assert_mem_eq(received, sent, 1000);
    ck_assert_int_ge(schedule_count(BEFORE_READ), 1000 / 7 + 5);
    ck_assert_int_ge(schedule_count(BEFORE_WRITE), 1000 / 7 + 5);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(errors_are_reported)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    schedule_short(10);
    schedule_fail(CALL_WRITE, ENOSPC, 2);
    ck_assert_int_eq(write_full(ends[1], sent, 100), -1);
    ck_assert_int_eq(errno, ENOSPC);
    schedule_fail(CALL_READ, EIO, 1);
    ck_assert_int_eq(read_full(ends[0], received, 20), -1);
    ck_assert_int_eq(errno, EIO);
    ck_assert_int_eq(read_full(-1, received, 1), -1);
    ck_assert_int_eq(errno, EBADF);
    ck_assert_int_eq(write_full(-1, sent, 1), -1);
    ck_assert_int_eq(errno, EBADF);
    ck_assert_int_eq(write_full(ends[1], sent, 0), 0);
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(write_full(ends[1], sent, 1), -1);
    ck_assert_int_eq(errno, EPIPE);
    close(ends[1]);
}
END_TEST

/* ---------- both_wait, both_flow ---------- */

START_TEST(both_flow_with_any_amount)
{
    const char *sizes[] = {"1", "4096", "50000", "135168", "135169", "3000000"};
    char command[64], wanted[128];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        snprintf(command, sizeof command, "both_flow %s", sizes[i]);
        snprintf(wanted, sizeof wanted,
                 "sending %s bytes\n%s bytes came back\n", sizes[i], sizes[i]);
        prints(command, wanted);
    }
    prints("both_wait 50000", "sending 50000 bytes\n50000 bytes came back\n");
}
END_TEST

START_TEST(both_refuse_bad_numbers)
{
    const char *bad[] = {"0", "-1", "many", "3 4", "99999999999"};
    char command[64];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(command, sizeof command, "both_flow %s", bad[i]);
        refuses(command, "usage: .*both_flow");
        snprintf(command, sizeof command, "both_wait %s", bad[i]);
        refuses(command, "usage: .*both_wait");
    }
}
END_TEST

/* ---------- pipeline ---------- */

START_TEST(pipeline_joins_its_stages)
{
    prints("printf '3\\n1\\n2\\n' | filters cat", "3\n1\n2\n");
    prints("printf '3\\n1\\n2\\n' | filters sort '|' tail -n 2", "2\n3\n");
    prints("filters seq 200000 '|' sort -rn '|' sed -n 1,2p '|' cat",
           "200000\n199999\n");
    prints("filters echo 'a  b' '' '|' cat", "a  b \n");
}
END_TEST

START_TEST(pipeline_of_many_stages)
{
    char command[1024] = "echo through | filters cat";
    for (int i = 1; i < 64; i++)
        strcat(command, " '|' cat");
    prints(command, "through\n");
    strcat(command, " '|' cat");
    refuses(command, "more than 64 stages");
}
END_TEST

static void blames(const char *command, const char *out, const char *err)
{
    const struct run *r = run("%s", command);
    ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", command,
                  r->status);
    ck_assert_str_eq(r->out, out);
    ck_assert_str_eq(r->err, err);
}

START_TEST(pipeline_says_which_stage_failed)
{
    blames("filters echo hello '|' sh -c 'cat; exit 3' '|' cat", "hello\n",
           "filters: stage 2, sh, left with status 3\n");
    blames("filters sh -c 'kill -9 $$' '|' cat", "",
           "filters: stage 1, sh, was killed: Killed\n");
    blames("filters yes '|' no-such-stage '|' wc -l", "0\n",
           "filters: stage 2, no-such-stage, cannot be started: No such "
           "file or directory\n");
    blames("filters false '|' true '|' sh -c 'exit 9'", "",
           "filters: stage 1, false, left with status 1\n"
           "filters: stage 3, sh, left with status 9\n");
    blames("filters no-such-stage", "",
           "filters: stage 1, no-such-stage, cannot be started: No such "
           "file or directory\n");
}
END_TEST

START_TEST(pipeline_forgives_a_broken_pipe)
{
    prints("filters yes '|' head -n 2", "y\ny\n");
    blames("filters true '|' sh -c 'kill -PIPE $$'", "",
           "filters: stage 2, sh, was killed: Broken pipe\n");
}
END_TEST

START_TEST(pipeline_refuses_empty_stages)
{
    refuses("filters", "usage: filters");
    refuses("filters '|' cat", "usage: filters");
    refuses("filters cat '|'", "usage: filters");
    refuses("filters cat '|' '|' cat", "usage: filters");
}
END_TEST

START_TEST(stages_inherit_no_other_ends)
{
    const struct run *r =
        run_well("ls /proc/self/fd | wc -l; "
                 "filters true '|' ls /proc/self/fd '|' wc -l; "
                 "filters true '|' true '|' sh -c 'ls /proc/self/fd | wc -l'");
    int alone, middle, last;
    ck_assert_int_eq(sscanf(r->out, "%d %d %d", &alone, &middle, &last), 3);
    ck_assert_int_eq(middle, alone);
    ck_assert_int_eq(last, alone);
}
END_TEST

/* ---------- borders, interrupted ---------- */

START_TEST(small_demonstrations)
{
    prints("borders", "pipe      onetwo\nstream    onetwo\nseqpacket one\n");
    prints("interrupted", "without SA_RESTART: Interrupted system call\n"
                          "with SA_RESTART: 1 byte\n"
                          "the timer has ticked\n");
}
END_TEST

/* ---------- children, children_fd ---------- */

static const char *const supervisors[] = {"children", "children_fd"};

START_TEST(every_child_is_reported_once)
{
    const struct run *r =
        run("%s true 'exit 3' 'kill -9 $$' 'echo hello'", supervisors[_i]);
    ck_assert_int_eq(r->status, 0);
    ck_assert_int_eq(count_in(r->out, "\n"), 5);
    ck_assert(matches(r->out, "^command 1 left with status 0$"));
    ck_assert(matches(r->out, "^command 2 left with status 3$"));
    ck_assert(matches(r->out, "^command 3 was killed: Killed$"));
    ck_assert(matches(r->out, "^command 4 left with status 0$"));
    ck_assert(matches(r->out, "^hello$"));
}
END_TEST

/* All of them wait for the end of one input, and end at the same moment. */
START_TEST(none_of_many_is_lost)
{
    const struct run *r = run("set --; for i in $(seq 64); do "
                              "set -- \"$@\" \"read x; exit $i\"; done; "
                              "sleep 0.2 | %s \"$@\"; echo status $?",
                              supervisors[_i]);
    ck_assert_str_eq(r->err, "");
    ck_assert_int_eq(count_in(r->out, "left with status"), 64);
    ck_assert(matches(r->out, "^status 0$"));
    for (int i = 1; i <= 64; i++) {
        char line[64];
        snprintf(line, sizeof line, "^command %d left with status %d$", i, i);
        ck_assert_msg(matches(r->out, line), "no '%s' in\n%s", line, r->out);
    }
}
END_TEST

START_TEST(asked_to_stop_they_stop_all)
{
    const struct run *r =
        run("out=$(mktemp); %s 'echo ready; exec sleep 1000' "
            "'echo ready; exec sleep 1000' >$out & pid=$!; "
            "until [ $(grep -c ready $out) = 2 ]; do sleep 0.01; done; "
            "echo ready; kill -TERM $pid; wait $pid; echo status $?; "
            "cat $out; rm $out",
            supervisors[_i]);
    ck_assert_msg(r->status == 0, "%s: status %d\n%s%s", supervisors[_i],
                  r->status, r->out, r->err);
    ck_assert(matches(r->out, "^status 0$"));
    ck_assert(matches(r->out, "^command 1 was killed: Terminated$"));
    ck_assert(matches(r->out, "^command 2 was killed: Terminated$"));
    ck_assert_int_eq(count_in(r->out, "command"), 2);
}
END_TEST

START_TEST(what_is_inherited_does_not_matter)
{
    const struct run *r =
        run("out=$(mktemp); trap '' CHLD PIPE TERM; "
            "env --block-signal=CHLD --block-signal=TERM %s 'exit 3' "
            "'echo ready; exec sleep 1000' >$out & pid=$!; "
            "until grep -q ready $out; do sleep 0.01; done; "
            "kill -TERM $pid; wait $pid; echo status $?; cat $out; rm $out",
            supervisors[_i]);
    ck_assert(matches(r->out, "^status 0$"));
    ck_assert(matches(r->out, "^command 1 left with status 3$"));
    ck_assert(matches(r->out, "^command 2 was killed: Terminated$"));
}
END_TEST

START_TEST(they_refuse_too_few_and_too_many)
{
    char command[64];
    refuses(supervisors[_i], "usage: .*children.* COMMAND");
    snprintf(command, sizeof command, "%s $(seq 65)", supervisors[_i]);
    refuses(command, "usage: .*children.* COMMAND");
}
END_TEST

/* ---------- owners, shm_counter ---------- */

START_TEST(locks_have_the_owners_that_the_text_says)
{
    prints("owners", "        inherited  reopened   after a close\n"
                     "flock   granted    refused    refused\n"
                     "fcntl   refused    granted    granted\n"
                     "OFD     granted    refused    refused\n");
}
END_TEST

START_TEST(nothing_is_lost_under_the_lock)
{
    prints("shm_counter", "left 40000, right 40000\n");
    prints("shm_counter 1 0", "left 0, right 0\n");
    prints("shm_counter 1 1", "left 1, right 1\n");
    prints("shm_counter 8 500", "left 4000, right 4000\n");
    refuses("shm_counter 0", "usage: shm_counter");
    refuses("shm_counter 101", "usage: shm_counter");
    refuses("shm_counter 2 -1", "usage: shm_counter");
    refuses("shm_counter 2 3 4", "usage: shm_counter");
}
END_TEST

/* ---------- talkcost ---------- */

START_TEST(talkcost_prints_a_table)
{
    const struct run *r = run_well("talkcost 2");
    ck_assert(matches(r->out, "^# machine: .+; cores: [0-9]+; kernel: .+; "
                              "compiler: .+$"));
    ck_assert(matches(r->out, "^# runs: 2; MiB per second$"));
    ck_assert_int_eq(count_in(r->out, "\n"), 2 + 1 + 3 * 8);
    ck_assert_int_eq(count_in(r->out, "\npipe\t"), 8);
    ck_assert_int_eq(count_in(r->out, "\nsocketpair\t"), 8);
    ck_assert_int_eq(count_in(r->out, "\nshared\t"), 8);
    const char *row = strstr(r->out, "\nway\t");
    ck_assert(row != NULL);
    for (row = strchr(row + 1, '\n') + 1; *row; row = strchr(row, '\n') + 1) {
        char name[32];
        double size, v[5];
        ck_assert_int_eq(sscanf(row, "%31s %lf %lf %lf %lf %lf %lf", name,
                                &size, &v[0], &v[1], &v[2], &v[3], &v[4]),
                         7);
        ck_assert(v[0] > 0);
        for (int i = 1; i < 5; i++)
            ck_assert_msg(v[i - 1] <= v[i], "%.80s", row);
    }
}
END_TEST

START_TEST(talkcost_refuses_bad_numbers)
{
    refuses("talkcost 0", "usage: talkcost");
    refuses("talkcost 1001", "usage: talkcost");
    refuses("talkcost many", "usage: talkcost");
    refuses("talkcost 3 4", "usage: talkcost");
}
END_TEST

START_TEST(a_full_disk_is_noticed)
{
    const char *programs[] = {"both_flow 10",    "borders",       "interrupted",
                              "children :",      "children_fd :", "owners",
                              "shm_counter 1 1", "talkcost 1"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const struct run *r = run("%s > /dev/full", programs[i]);
        ck_assert_msg(r->status == EXIT_FAILURE, "%s: status %d", programs[i],
                      r->status);
        ck_assert_msg(strlen(r->err) > 0, "%s said nothing", programs[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("Processes that talk");
    const TTest *io[] = {
        read_full_reads_all, read_full_takes_no_more_than_asked,
        short_transfers_and_signals_do_not_matter, errors_are_reported};
    const TTest *both[] = {both_flow_with_any_amount, both_refuse_bad_numbers};
    const TTest *pipeline[] = {
        pipeline_joins_its_stages,        pipeline_of_many_stages,
        pipeline_says_which_stage_failed, pipeline_forgives_a_broken_pipe,
        pipeline_refuses_empty_stages,    stages_inherit_no_other_ends};
    const TTest *children[] = {
        every_child_is_reported_once, none_of_many_is_lost,
        asked_to_stop_they_stop_all, what_is_inherited_does_not_matter,
        they_refuse_too_few_and_too_many};
    const TTest *rest[] = {small_demonstrations,
                           locks_have_the_owners_that_the_text_says,
                           nothing_is_lost_under_the_lock,
                           talkcost_prints_a_table,
                           talkcost_refuses_bad_numbers,
                           a_full_disk_is_noticed};
    add_tests(suite, "io", 1, io, 4);
    add_tests(suite, "both", 1, both, 2);
    add_tests(suite, "pipeline", 1, pipeline, 6);
    add_tests(suite, "children", 2, children, 5);
    add_tests(suite, "rest", 1, rest, 6);
    return run_suite(suite);
}
