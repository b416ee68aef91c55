/* Appendix E, Pictures of time: lib/trace and the program timeline.
 *
 * What is recorded must come from a program that is started with TRACE set. The
 * suite starts itself for that: with an argument, it is the little program of
 * that name at the end of this file, and $SELF is how to call it. */
#define _GNU_SOURCE
#include "lib/trace.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof array / sizeof array[0])

/* ---------- a fresh directory for each test ---------- */

static char directory[PATH_MAX];

static void enter_directory(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%s/E-trace.XXXXXX",
             parent ? parent : "/tmp");
    ck_assert_msg(mkdtemp(directory) != NULL, "%s", strerror(errno));
    ck_assert_int_eq(chdir(directory), 0);
    unsetenv("TRACE");
    unsetenv("TRACE_EVENTS");
}

static void leave_directory(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    run("rm -rf '%s'", directory);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert(file != NULL);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* ---------- looking into a record ---------- */

static json_t *root;

static void load_trace(const char *path)
{
    json_error_t error;
    json_decref(root);
    root = json_load_file(path, 0, &error);
    ck_assert_msg(root != NULL, "%s:%d: %s", path, error.line, error.text);
}

static json_t *list_of_events(void)
{
    json_t *list = json_object_get(root, "traceEvents");
    ck_assert_msg(json_is_array(list), "no traceEvents");
    return list;
}

static const char *text_of(json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

/* How many events have this ph and, unless it is NULL, this name? */
static int count_of(const char *kind, const char *name)
{
    int count = 0;
    size_t i;
    json_t *event;
    json_array_foreach(list_of_events(), i, event)
    {
        if (strcmp(text_of(event, "ph"), kind) == 0 &&
            (!name || strcmp(text_of(event, "name"), name) == 0))
            count++;
    }
    return count;
}

/* How many lanes (or processes) were given this name? */
static int count_names(const char *what, const char *name)
{
    int count = 0;
    size_t i;
    json_t *event;
    json_array_foreach(list_of_events(), i, event)
    {
        json_t *arguments = json_object_get(event, "args");
        if (strcmp(text_of(event, "ph"), "M") == 0 &&
            strcmp(text_of(event, "name"), what) == 0 &&
            strcmp(text_of(arguments, "name"), name) == 0)
            count++;
    }
    return count;
}

/* Every event is complete, and in each thread, in the order of the file, time
 * does not go back and no interval ends that has not begun. Returns how many
 * are open at the end of the file, in all threads together. */
static int check_lanes(void)
{
    enum { LANES = 200 };
    struct {
        json_int_t tid;
        double time;
        int depth;
    } lanes[LANES] = {{0, 0, 0}};
    int open = 0, used = 0;
    size_t i;
    json_t *event;
    json_array_foreach(list_of_events(), i, event)
    {
        const char *kind = text_of(event, "ph");
        json_int_t tid = json_integer_value(json_object_get(event, "tid"));
        ck_assert_int_gt(tid, 0);
        ck_assert(json_is_integer(json_object_get(event, "pid")));
        if (strcmp(kind, "M") == 0)
            continue;
        int lane = 0;
        while (lane < used && lanes[lane].tid != tid)
            lane++;
        ck_assert_int_lt(lane, LANES);
        used += lane == used;
        lanes[lane].tid = tid;
        ck_assert(json_is_real(json_object_get(event, "ts")));
        double time = json_real_value(json_object_get(event, "ts"));
        ck_assert_msg(time >= lanes[lane].time, "time goes back in %d",
                      (int)tid);
        lanes[lane].time = time;
        lanes[lane].depth +=
            (strcmp(kind, "B") == 0) - (strcmp(kind, "E") == 0);
        ck_assert_int_ge(lanes[lane].depth, 0);
        if (strcmp(kind, "B") == 0)
            ck_assert(strstr("run wait hold", text_of(event, "cat")) != NULL);
    }
    for (int lane = 0; lane < used; lane++)
        open += lanes[lane].depth;
    return open;
}

static void expect_status(const struct run *r, int status)
{
    ck_assert_msg(r->status == status, "status %d, expected %d\n%s%s",
                  r->status, status, r->out, r->err);
}

/* Run a program of this suite with a record into t.json, and load it. */
static void record(const char *program, int status)
{
    const struct run *r = run("exec env TRACE=t.json \"$SELF\" %s", program);
    expect_status(r, status);
    ck_assert_str_eq(r->err, "");
    load_trace("t.json");
}

static void expect_files(const char *files)
{
    const struct run *r = run("ls -A");
    ck_assert_str_eq(r->out, files);
}

/* ---------- the record ---------- */

START_TEST(off_leaves_nothing)
{
    expect_status(
        run("\"$SELF\" threads 2 10 && TRACE= \"$SELF\" threads 2 10"), 0);
    expect_files("");
}
END_TEST

START_TEST(lanes_are_complete)
{
    const struct run *r = run("TRACE=t.json lanes");
    expect_status(r, 0);
    ck_assert_str_eq(r->out, "");
    ck_assert_str_eq(r->err, "");
    expect_files("t.json\n");
    load_trace("t.json");
    ck_assert_int_eq(check_lanes(), 0);
    ck_assert_int_eq(count_of("B", NULL), 25);
    ck_assert_int_eq(count_of("E", NULL), 25);
    ck_assert_int_eq(count_of("B", "prepare"), 6);
    ck_assert_int_eq(count_of("i", "ready"), 3);
    ck_assert_int_eq(count_names("process_name", "lanes"), 1);
    ck_assert_int_eq(count_names("thread_name", "main"), 1);
    ck_assert_int_eq(count_names("thread_name", "worker 2"), 1);
    ck_assert_int_eq(count_of("M", NULL), 5);
}
END_TEST

START_TEST(says_what_was_recorded)
{
    record("threads 1 1", 0);
    json_t *about = json_object_get(root, "otherData");
    ck_assert(matches(text_of(about, "machine"), "cores: [0-9]+; kernel: "));
    ck_assert(matches(text_of(about, "date"),
                      "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}Z$"));
    ck_assert_str_eq(text_of(about, "program"), "E-trace");
    json_t *arguments = json_object_get(about, "arguments");
    ck_assert_int_eq((int)json_array_size(arguments), 3);
    ck_assert_str_eq(json_string_value(json_array_get(arguments, 0)),
                     "threads");
    json_t *dropped = json_object_get(about, "dropped");
    ck_assert(json_is_integer(dropped) && json_integer_value(dropped) == 0);
}
END_TEST

START_TEST(many_threads)
{
    record("threads 60 1000", 0);
    ck_assert_int_eq(check_lanes(), 0);
    ck_assert_int_eq(count_of("B", "step"), 60 * 1000);
    ck_assert_int_eq(count_of("E", NULL), 60 * 1000);
    ck_assert_int_eq(count_names("thread_name", "hand 59"), 1);
}
END_TEST

START_TEST(forked_children)
{
    record("fork", 0);
    ck_assert_int_eq(check_lanes(), 0);
    ck_assert_int_eq(count_of("B", "child"), 3);
    ck_assert_int_eq(count_of("B", "parent"), 1);
    ck_assert_int_eq(count_names("process_name", "E-trace"), 1);
    ck_assert_int_eq(count_names("process_name", "E-trace, child 3"), 1);
    ck_assert_int_eq(count_names("thread_name", "main"), 1);
    ck_assert_int_eq(count_names("thread_name", "kid"), 3);
}
END_TEST

START_TEST(killed_child)
{
    record("kill-child", 0);
    ck_assert_int_eq(check_lanes(), 1);
    ck_assert_int_eq(count_of("B", "doomed"), 1);
    ck_assert_int_eq(count_of("E", NULL), 1); /* the parent's own */
}
END_TEST

START_TEST(full_record)
{
    const struct run *r =
        run("TRACE=t.json TRACE_EVENTS=100 \"$SELF\" threads 3 1000");
    expect_status(r, 0);
    ck_assert_msg(matches(r->err, "^E-trace: trace: the record was full; "
                                  "events are missing in .*/t.json$"),
                  "%s", r->err);
    load_trace("t.json");
    int kept = count_of("B", NULL) + count_of("E", NULL);
    json_t *about = json_object_get(root, "otherData");
    json_int_t dropped = json_integer_value(json_object_get(about, "dropped"));
    ck_assert_int_ge(check_lanes(), 0);
    ck_assert_int_gt(kept, 0);
    ck_assert_int_le(kept, 4 * 31);
    /* three threads, each with a name and 1000 intervals */
    ck_assert_int_eq(kept + count_names("thread_name", "hand 0") +
                         count_names("thread_name", "hand 1") +
                         count_names("thread_name", "hand 2") + (int)dropped,
                     3 * 2001);
}
END_TEST

START_TEST(no_room_at_all)
{
    const struct run *r =
        run("TRACE=t.json TRACE_EVENTS=0 \"$SELF\" threads 1 5");
    expect_status(r, 0);
    load_trace("t.json");
    ck_assert_int_eq((int)json_array_size(list_of_events()), 0);
}
END_TEST

START_TEST(strange_names)
{
    static const char *const names[] = {"quote \" and \\ back",
                                        "line\nand \001 control",
                                        "umlaut ä, 漢, 🖐",
                                        "bad \xEF\xBF\xBD byte",
                                        "half \xEF\xBF\xBD",
                                        "",
                                        "thirty-one bytes are kept of th"};
    record("names", 0);
    for (size_t i = 0; i < COUNT(names); i++)
        ck_assert_msg(count_of("i", names[i]) == 1, "no event named '%s'",
                      names[i]);
    ck_assert_int_eq(count_names("thread_name", "\"main\""), 1);
}
END_TEST

START_TEST(signal_handler_marks)
{
    const struct run *r = run("TRACE=t.json \"$SELF\" handler");
    expect_status(r, 0);
    load_trace("t.json");
    int pairs, told;
    ck_assert_int_eq(sscanf(r->out, "%d %d", &pairs, &told), 2);
    ck_assert_int_eq(count_of("B", "busy"), pairs);
    ck_assert_int_eq(count_of("E", NULL), pairs);
    ck_assert_int_eq(count_of("i", "tick"), told);
    ck_assert_int_ge(told, 1);
}
END_TEST

START_TEST(ends_by_signal)
{
    record("raise 15", 128 + SIGTERM);
    ck_assert_int_eq(count_of("B", "last"), 1);
    record("raise 2", 128 + SIGINT);
    record("raise 14", 128 + SIGALRM);
    record("abort", 128 + SIGABRT);
    expect_files("t.json\n");
}
END_TEST

START_TEST(a_signal_of_the_program)
{
    const struct run *r = run("TRACE=t.json \"$SELF\" own-handler");
    expect_status(r, 0);
    ck_assert_str_eq(r->out, "handled\n");
    load_trace("t.json");
    r = run("trap '' TERM; TRACE=t.json \"$SELF\" raise 15");
    expect_status(r, 0); /* an ignored signal stays ignored */
}
END_TEST

/* The record goes into a pipe, so that the first signal's handler waits until
 * somebody reads; the others come meanwhile and find the other thread. */
START_TEST(only_the_first_signal_ends)
{
    const struct run *r =
        run("mkfifo pipe; TRACE=pipe \"$SELF\" pause & "
            "until test -e ready; do sleep 0.01; done; "
            "for i in 1 2 3 4 5 6 7 8 9 10; do kill $!; sleep 0.01; done; "
            "timeout 20 cat pipe > t.json; wait $!; echo $?");
    ck_assert_str_eq(r->out, "143\n");
    load_trace("t.json");
    ck_assert_int_eq(count_of("B", "pause"), 1);
}
END_TEST

START_TEST(a_child_does_not_write)
{
    record("child-ends", 0);
    ck_assert_int_eq(count_of("i", "after the children"), 1);
    ck_assert_int_eq(count_of("i", "by exit"), 1);
    ck_assert_int_eq(count_of("i", "by signal"), 1);
}
END_TEST

START_TEST(written_before_the_kill)
{
    record("write-and-die", 128 + SIGKILL);
    ck_assert_int_eq(count_of("B", "before"), 1);
    ck_assert_int_eq(count_of("B", "after"), 0);
    expect_files("t.json\n");
}
END_TEST

START_TEST(written_while_threads_mark)
{
    const struct run *r = run("TRACE=t.json \"$SELF\" write-often");
    expect_status(r, 0);
    ck_assert_str_eq(r->err, "");
    ck_assert_str_eq(r->out, "good\n");
    load_trace("t.json");
    ck_assert_int_eq(check_lanes(), 0);
    expect_files("t.json\n");
}
END_TEST

START_TEST(children_write_too)
{
    record("all-write", 0);
    ck_assert_int_eq(count_of("B", "child"), 4);
    expect_files("t.json\n");
}
END_TEST

START_TEST(exec_begins_nothing)
{
    record("exec", 0);
    json_t *about = json_object_get(root, "otherData");
    json_t *arguments = json_object_get(about, "arguments");
    ck_assert_str_eq(json_string_value(json_array_get(arguments, 0)), "exec");
    ck_assert_int_eq(count_of("B", "parent"), 1);
    ck_assert_int_eq(count_of("B", "step"), 0);
}
END_TEST

START_TEST(another_directory)
{
    record("chdir", 0);
    ck_assert_int_eq(count_of("B", "elsewhere"), 1);
    expect_status(run("TRACE=%s/u.json \"$SELF\" chdir", directory), 0);
    expect_files("t.json\nu.json\n");
}
END_TEST

START_TEST(cannot_write)
{
    const struct run *r = run("TRACE=no/t.json \"$SELF\" threads 1 1");
    expect_status(r, 0);
    ck_assert_msg(matches(r->err, "^E-trace: trace: cannot write .*/no/t.json: "
                                  "No such file or directory\n$"),
                  "%s", r->err);
    r = run("TRACE=/dev/full \"$SELF\" threads 1 1");
    expect_status(r, 0);
    ck_assert_str_eq(r->err, "E-trace: trace: cannot write /dev/full: No space "
                             "left on device\n");
    r = run("TRACE=/ \"$SELF\" threads 1 1");
    ck_assert_msg(matches(r->err, "cannot write /: Is a directory\n$"), "%s",
                  r->err);
    expect_files("");
}
END_TEST

START_TEST(the_old_file_stays)
{
    write_file("t.json", "old\n");
    const struct run *r = run("trap '' XFSZ; ulimit -f 1; TRACE=t.json "
                              "\"$SELF\" threads 1 1000; cat t.json");
    expect_status(r, 0);
    ck_assert_msg(matches(r->err, "cannot write .*/t.json: File too large"),
                  "%s", r->err);
    ck_assert_str_eq(r->out, "old\n");
    expect_files("t.json\n");
}
END_TEST

START_TEST(special_files)
{
    const struct run *r =
        run("TRACE=/dev/stdout \"$SELF\" threads 1 1 | tee t.json >/dev/null");
    expect_status(r, 0);
    load_trace("t.json");
    ck_assert_int_eq(count_of("B", "step"), 1);
    expect_status(
        run("test -c /dev/null && TRACE=/dev/null \"$SELF\" threads 1 "
            "1 && test -c /dev/null"),
        0);
}
END_TEST

START_TEST(bad_size)
{
    static const char *const sizes[] = {"ten", "-1", "10x", "99999999999999"};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        const struct run *r =
            run("TRACE=t.json TRACE_EVENTS=%s \"$SELF\" threads 1 1", sizes[i]);
        expect_status(r, EXIT_FAILURE);
        ck_assert_msg(matches(r->err, "TRACE_EVENTS=.*not a number of events"),
                      "%s", r->err);
    }
    expect_files("");
}
END_TEST

#ifdef __SANITIZE_THREAD__
START_TEST(hides_no_race)
{
    const struct run *r = run("TRACE=t.json \"$SELF\" race");
    ck_assert_msg(matches(r->err, "data race") &&
                      matches(r->err, " race tests"),
                  "with marks around it, the race was not seen: %s", r->err);
}
END_TEST
#endif

/* ---------- the picture ---------- */

#define B(time, cat, name)                                                     \
    "{\"ph\":\"B\",\"pid\":1,\"tid\":1,\"ts\":" time ",\"cat\":\"" cat         \
    "\",\"name\":\"" name "\"}"
#define E(time) "{\"ph\":\"E\",\"pid\":1,\"tid\":1,\"ts\":" time "}"

static const struct run *draw(const char *events)
{
    FILE *file = fopen("t.json", "w");
    ck_assert(file != NULL);
    fprintf(file, "{\"traceEvents\":[%s]}\n", events);
    ck_assert_int_eq(fclose(file), 0);
    const struct run *r = run("timeline t.json > t.svg && python3 -c 'import "
                              "xml.dom.minidom as x; x.parse(\"t.svg\")' && "
                              "cat t.svg");
    expect_status(r, 0);
    ck_assert_str_eq(r->err, "");
    return r;
}

static int occurrences(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

START_TEST(bad_input)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "t.json: line 1: not JSON"},
        {"{\"traceEvents\":[\n{\"ph\":", "t.json: line 2: not JSON"},
        {"not json", "t.json: line 1: not JSON"},
        {"{}", "t.json: not a trace: there is no list traceEvents"},
        {"{\"traceEvents\":3}", "there is no list traceEvents"},
        {"{\"traceEvents\":[]}", "t.json: the trace has no events"},
        {"[]", "t.json: the trace has no events"},
        {"[{\"ph\":\"C\",\"ts\":1}]", "t.json: the trace has no events"},
        {"[3]", "t.json: event 1 has no ph"},
        {"[" B("1", "run", "a") ",{\"pid\":1}]", "t.json: event 2 has no ph"},
        {"[{\"ph\":\"B\"}]", "event 1 has no ts that makes sense"},
        {"[{\"ph\":\"E\",\"ts\":\"1\"}]", "event 1 has no ts that"},
        {"[{\"ph\":\"i\",\"ts\":1e300}]", "event 1 has no ts that"},
        {"[{\"ph\":\"X\",\"ts\":1}]", "event 1 has no dur that"},
        {"[{\"ph\":\"X\",\"ts\":1,\"dur\":-1}]", "event 1 has no dur that"},
        {"[\"\xFF\"]", "t.json: line 1: not JSON"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_file("t.json", cases[i].text);
        const struct run *r = run("timeline t.json");
        ck_assert_msg(r->status == EXIT_FAILURE && *r->out == '\0' &&
                          strstr(r->err, cases[i].message) &&
                          occurrences(r->err, "\n") == 1 &&
                          strncmp(r->err, "timeline: ", 10) == 0,
                      "%s: status %d, '%s', but %s", cases[i].text, r->status,
                      r->err, cases[i].message);
    }
}
END_TEST

START_TEST(bad_use)
{
    const struct run *r = run("timeline");
    expect_status(r, EXIT_FAILURE);
    ck_assert_str_eq(r->err,
                     "timeline: usage: timeline FILE.json > FILE.svg\n");
    r = run("timeline none.json");
    expect_status(r, EXIT_FAILURE);
    ck_assert_str_eq(r->err,
                     "timeline: none.json: No such file or directory\n");
    r = run("timeline .");
    expect_status(r, EXIT_FAILURE);
    ck_assert_str_eq(r->err, "timeline: .: Is a directory\n");
    draw(B("0", "run", "a"));
    r = run("timeline t.json > /dev/full");
    expect_status(r, EXIT_FAILURE);
    ck_assert_msg(matches(r->err, "standard output: No space left"), "%s",
                  r->err);
}
END_TEST

/* Boxes, dashed boxes and bars, without those of the legend. */
static void expect_shapes(const struct run *r, int runs, int waits, int holds)
{
    ck_assert_int_eq(occurrences(r->out, "<g><path class=\"accent2\""), runs);
    ck_assert_int_eq(occurrences(r->out, "<g><path class=\"wait\""), waits);
    ck_assert_int_eq(occurrences(r->out, "<g><path class=\"hold\""), holds);
}

START_TEST(nested_intervals)
{
    const struct run *r =
        draw(B("0", "run", "work") "," B("2", "wait", "door") "," E("5") "," B(
            "6", "hold",
            "door") "," B("7", "wait",
                          "bell") "," E("8") "," E("9") "," E("10"));
    expect_shapes(r, 3, 2, 1); /* work, door, work, bell, work */
    ck_assert_int_eq(occurrences(r->out, "<title>work: runs, 0 ns to 10000"),
                     0);
    ck_assert_int_eq(occurrences(r->out, "<title>work: runs, 0 µs to 10 µs"),
                     3);
    ck_assert_int_eq(occurrences(r->out, "<title>door: holds, 6 µs to 9 µs"),
                     1);
    ck_assert_int_eq(occurrences(r->out, "no end"), 0);
    ck_assert_int_eq(occurrences(r->out, ">has not ended<"), 0);
    ck_assert_int_eq(occurrences(r->out, ">holds a lock<"), 1);
}
END_TEST

START_TEST(open_intervals)
{
    const struct run *r =
        draw(B("0", "run", "work") "," B("1000", "wait", "never"));
    expect_shapes(r, 1, 1, 0);
    ck_assert_int_eq(occurrences(r->out, "no end"), 2);
    ck_assert_int_eq(occurrences(r->out, ">has not ended<"), 1);
    /* the wait's box is wide enough for its name and has no right edge */
    ck_assert(matches(r->out, "class=\"wait\"[^>]*H690.0\"/>"));
    ck_assert(matches(r->out, ">never</text>"));
}
END_TEST

START_TEST(two_locks)
{
    const struct run *r =
        draw(B("0", "hold", "one") "," B("1", "hold", "two") "," E("2") "," E(
            "3") "," B("4", "hold", "three") "," E("5"));
    expect_shapes(r, 0, 0, 3);
    double y[3];
    const char *at = r->out;
    for (int i = 0; i < 3; i++) {
        at = strstr(at, "<g><path class=\"hold\" d=\"M") + 1;
        ck_assert_int_eq(
            sscanf(at, "g><path class=\"hold\" d=\"M%*f %lf", &y[i]), 1);
    }
    ck_assert(y[0] < y[1]);
    ck_assert(y[2] == y[0]);
}
END_TEST

START_TEST(traces_of_others)
{
    const struct run *r = draw(
        E("0") ",{\"ph\":\"X\",\"ts\":10,\"dur\":20,\"name\":\"second\"},"
               "{\"ph\":\"X\",\"ts\":0,\"dur\":10,\"name\":\"first\"},"
               "{\"ph\":\"I\",\"ts\":5,\"name\":\"old\",\"s\":\"p\"},"
               "{\"ph\":\"C\",\"ts\":5,\"name\":\"counter\"},"
               "{\"ph\":\"s\",\"id\":1,\"ts\":5},"
               "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":9,\"tid\":9,"
               "\"args\":{\"name\":\"silent\"}},"
               "{\"ph\":\"X\",\"ts\":12,\"dur\":1,\"cat\":\"gpu\"}");
    expect_shapes(r, 4, 0, 0); /* first, second, inner, second */
    ck_assert_int_eq(occurrences(r->out, ">first</text>"), 1);
    ck_assert_int_eq(occurrences(r->out, ">old</text>"), 1);
    ck_assert_int_eq(occurrences(r->out, "counter"), 0);
    ck_assert_int_eq(occurrences(r->out, "silent"), 0);
    ck_assert_int_eq(occurrences(r->out, "no end"), 0);
    write_file("u.json", "[{\"ph\":\"X\",\"ts\":0,\"dur\":10,\"name\":\"a\"}]");
    expect_status(run("timeline u.json"), 0);
}
END_TEST

START_TEST(names_in_the_picture)
{
    const struct run *r = draw(B("0", "run", "a<b>&\\u0001") "," E("100") "," B(
        "101", "run",
        "much too long for its box") "," E("102") ","
                                                  "{\"ph\":\"M\",\"name\":"
                                                  "\"thread_name\",\"pid\":1,"
                                                  "\"tid\":1,"
                                                  "\"args\":{\"name\":\"a lane "
                                                  "whose name is too long for "
                                                  "its "
                                                  "margin\"}}");
    ck_assert(strstr(r->out, ">a&#60;b&#62;&#38;\xEF\xBF\xBD</text>"));
    ck_assert_int_eq(occurrences(r->out, ">much too long for its box</text>"),
                     0);
    ck_assert_int_eq(
        occurrences(r->out, "<title>much too long for its box: runs"), 1);
    ck_assert(strstr(r->out, ">a lane whose"));
    ck_assert(strstr(r->out, "…</text>"));
}
END_TEST

START_TEST(processes_have_headings)
{
    const struct run *r =
        draw("{\"ph\":\"X\",\"pid\":7,\"tid\":7,\"ts\":5,\"dur\":1},"
             "{\"ph\":\"X\",\"pid\":3,\"tid\":4,\"ts\":6,\"dur\":1},"
             "{\"ph\":\"X\",\"pid\":7,\"tid\":8,\"ts\":9,\"dur\":1},"
             "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":3,\"tid\":3,"
             "\"args\":{\"name\":\"the third\"}}");
    const char *seven = strstr(r->out, ">process 7</text>");
    const char *third = strstr(r->out, ">the third</text>");
    ck_assert(seven != NULL && third != NULL && seven < third);
    ck_assert_int_eq(occurrences(r->out, ">thread 1</text>"), 2);
    ck_assert_int_eq(occurrences(r->out, ">thread 2</text>"), 1);
    r = draw(B("0", "run", "alone"));
    ck_assert_int_eq(occurrences(r->out, "process"), 0);
}
END_TEST

START_TEST(axis_has_round_steps)
{
    static const char *const cases[][2] = {
        {"0.5", ">100 ns</text>"},    {"7", ">2 µs</text>"},
        {"900.25", ">200 µs</text>"}, {"35000", ">5 ms</text>"},
        {"9000000", ">2 s</text>"},   {"0", ">1 ns</text>"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char events[256];
        snprintf(events, sizeof events,
                 "{\"ph\":\"X\",\"ts\":1e9,\"dur\":%s,\"name\":\"a\"}",
                 cases[i][0]);
        const struct run *r = draw(events);
        ck_assert_msg(strstr(r->out, cases[i][1]), "%s: no %s", cases[i][0],
                      cases[i][1]);
    }
}
END_TEST

START_TEST(same_input_same_picture)
{
    draw(B("0", "run", "a") "," B("3", "wait", "b") "," E("4") "," E("9"));
    expect_status(run("mv t.svg first.svg"), 0);
    draw(E("9") "," E("4") "," B("3", "wait", "b") "," B("0", "run", "a"));
    expect_status(run("cmp first.svg t.svg"), 0);
    expect_status(run("TRACE=l.json lanes; timeline l.json > a.svg; timeline "
                      "l.json > b.svg; cmp a.svg b.svg"),
                  0);
}
END_TEST

START_TEST(no_colours)
{
    const struct run *r = draw(B("0", "run", "a") "," B("1", "hold", "b"));
    ck_assert(!matches(r->out, "#[0-9a-fA-F]{3}|rgb|black|white"));
    ck_assert(matches(r->out, "viewBox=\"0 0 720 [0-9]+\""));
}
END_TEST

START_TEST(a_large_trace)
{
    expect_status(run("TRACE=t.json \"$SELF\" threads 4 20000"), 0);
    const struct run *r = run("timeline t.json > t.svg && wc -c < t.svg");
    expect_status(r, 0);
    ck_assert_int_lt(atoi(r->out), 2000000);
}
END_TEST

START_TEST(a_killed_child_has_no_end)
{
    record("kill-child", 0);
    const struct run *r = run("timeline t.json");
    expect_status(r, 0);
    ck_assert_int_eq(occurrences(r->out, "<title>doomed: runs"), 1);
    ck_assert_int_eq(occurrences(r->out, "no end"), 1);
    ck_assert_int_eq(occurrences(r->out, ">E-trace, child 1</text>"), 1);
}
END_TEST

/* ---------- tracecost ---------- */

START_TEST(the_table_is_complete)
{
    const struct run *r = run("tracecost 1");
    expect_status(r, 0);
    ck_assert(matches(r->out, "^# machine: .*cores: "));
    static const char *const rows[] = {"off\t1",      "clock\t1",  "print\t2",
                                       "on\t1",       "on\t2",     "on-new\t2",
                                       "lost-off\t2", "lost-on\t2"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "^%s(\t-?[0-9.]+){5}$", rows[i]);
        ck_assert_msg(matches(r->out, pattern), "no row %s in %s", rows[i],
                      r->out);
    }
    expect_status(run("tracecost 0"), EXIT_FAILURE);
    expect_status(run("tracecost 1 2"), EXIT_FAILURE);
}
END_TEST

/* ---------- the little programs ---------- */

static int steps;

static void *mark_steps(void *name)
{
    trace_name(name);
    for (int i = 0; i < steps; i++) {
        trace_begin(TRACE_RUN, "step");
        trace_end();
    }
    return NULL;
}

static int threads(int count, int each)
{
    enum { MOST = 100 };
    pthread_t thread[MOST];
    char names[MOST][32];
    steps = each;
    for (int i = 0; i < count && i < MOST; i++) {
        snprintf(names[i], sizeof names[i], "hand %d", i);
        if (pthread_create(&thread[i], NULL, mark_steps, names[i]) != 0)
            return EXIT_FAILURE;
    }
    for (int i = 0; i < count && i < MOST; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

static void reap(int count)
{
    while (count-- > 0)
        wait(NULL);
}

static int fork_three(void)
{
    trace_begin(TRACE_RUN, "parent");
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            trace_name("kid");
            trace_begin(TRACE_RUN, "child");
            trace_end();
            _exit(0);
        }
    reap(3);
    trace_end();
    return 0;
}

static int kill_child(void)
{
    trace_begin(TRACE_WAIT, "for the child");
    if (fork() == 0) {
        trace_begin(TRACE_RUN, "doomed");
        raise(SIGKILL);
    }
    reap(1);
    trace_end();
    return 0;
}

static int strange(void)
{
    char forty[] = "thirty-one bytes are kept of the forty";
    trace_name("\"main\"");
    trace_instant("quote \" and \\ back");
    trace_instant("line\nand \001 control");
    trace_instant("umlaut ä, 漢, 🖐");
    trace_instant("bad \xFF byte");
    trace_instant("half \xE6");
    trace_instant("");
    trace_instant(forty);
    memset(forty, 'x', sizeof forty - 1); /* it was copied */
    return 0;
}

static volatile sig_atomic_t ticks;

static void tick(int number)
{
    (void)number;
    trace_instant("tick");
    ticks = ticks + 1;
}

static pthread_t marking;
static _Atomic bool marked;

static void *interrupt(void *nothing)
{
    while (!marked)
        pthread_kill(marking, SIGUSR1);
    return nothing;
}

/* Another thread interrupts the marks as often as it can. */
static int handler(void)
{
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    pthread_t other;
    sigaction(SIGUSR1, &action, NULL);
    marking = pthread_self();
    if (pthread_create(&other, NULL, interrupt, NULL) != 0)
        return EXIT_FAILURE;
    while (ticks == 0) /* the other thread may be slow to begin */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    int pairs = 0;
    for (; pairs < 50000 && ticks < 2000; pairs++) {
        trace_begin(TRACE_RUN, "busy");
        trace_end();
    }
    marked = true;
    pthread_join(other, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigaddset(&none, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &none, NULL);
    printf("%d %d\n", pairs, (int)ticks);
    return 0;
}

static void say_handled(int number)
{
    (void)number;
    if (write(STDOUT_FILENO, "handled\n", 8) < 0)
        _exit(1);
}

static int own_handler(void)
{
    signal(SIGTERM, say_handled);
    raise(SIGTERM);
    return 0;
}

static void *pause_on(void *nothing)
{
    for (;;)
        pause();
    return nothing;
}

static int pause_in_two(void)
{
    pthread_t other;
    if (pthread_create(&other, NULL, pause_on, NULL) != 0)
        return EXIT_FAILURE;
    trace_begin(TRACE_WAIT, "pause");
    write_file("ready", "");
    pause_on(NULL);
    return 0;
}

static int child_ends(void)
{
    if (fork() == 0) {
        trace_instant("by exit");
        exit(0);
    }
    reap(1);
    if (fork() == 0) {
        trace_instant("by signal");
        raise(SIGTERM);
    }
    reap(1);
    if (access("t.json", F_OK) == 0)
        return 3;
    trace_instant("after the children");
    return 0;
}

static int write_and_die(void)
{
    trace_begin(TRACE_RUN, "before");
    if (trace_write() < 0)
        return EXIT_FAILURE;
    trace_begin(TRACE_RUN, "after");
    raise(SIGKILL);
    return 0;
}

static int write_often(void)
{
    pthread_t thread[2];
    json_error_t error;
    steps = 5000;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, mark_steps, (void *)"marking");
    for (int i = 0; i < 20; i++) {
        json_t *now =
            trace_write() < 0 ? NULL : json_load_file("t.json", 0, &error);
        if (!now)
            return EXIT_FAILURE;
        json_decref(now);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    puts("good");
    return 0;
}

static int all_write(void)
{
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            trace_begin(TRACE_RUN, "child");
            int failed = 0;
            for (int j = 0; j < 20; j++)
                failed |= trace_write();
            _exit(failed != 0);
        }
    int status, failed = 0;
    while (wait(&status) > 0)
        failed |= status;
    return failed != 0;
}

static int start_another(void)
{
    trace_begin(TRACE_RUN, "parent");
    if (fork() == 0) {
        execl("/proc/self/exe", "E-trace", "threads", "1", "1", NULL);
        _exit(127);
    }
    reap(1);
    return 0;
}

static int go_elsewhere(void)
{
    if (chdir("/") < 0)
        return EXIT_FAILURE;
    trace_begin(TRACE_RUN, "elsewhere");
    return 0;
}

static int raced;

static void *race(void *nothing)
{
    for (int i = 0; i < 1000; i++) {
        trace_begin(TRACE_RUN, "before");
        raced++;
        trace_end();
    }
    return nothing;
}

static int race_twice(void)
{
    pthread_t thread[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, race, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 0;
}

static int raise_number(int number)
{
    trace_begin(TRACE_RUN, "last");
    raise(number);
    return 0;
}

static int be_program(int argc, char *argv[])
{
    static const struct {
        const char *name;
        int (*act)(void);
    } programs[] = {{"fork", fork_three},
                    {"kill-child", kill_child},
                    {"names", strange},
                    {"handler", handler},
                    {"own-handler", own_handler},
                    {"child-ends", child_ends},
                    {"write-and-die", write_and_die},
                    {"write-often", write_often},
                    {"all-write", all_write},
                    {"exec", start_another},
                    {"chdir", go_elsewhere},
                    {"race", race_twice},
                    {"pause", pause_in_two}};
    if (strcmp(argv[1], "threads") == 0 && argc == 4)
        return threads(atoi(argv[2]), atoi(argv[3]));
    if (strcmp(argv[1], "raise") == 0 && argc == 3)
        return raise_number(atoi(argv[2]));
    if (strcmp(argv[1], "abort") == 0)
        abort();
    for (size_t i = 0; i < COUNT(programs); i++)
        if (strcmp(argv[1], programs[i].name) == 0)
            return programs[i].act();
    fprintf(stderr, "E-trace: there is no program %s\n", argv[1]);
    return EXIT_FAILURE;
}

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, enter_directory, leave_directory);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(int argc, char *argv[])
{
    if (argc > 1)
        return be_program(argc, argv);
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return EXIT_FAILURE;
    self[length] = '\0';
    setenv("SELF", self, 1);

    Suite *suite = suite_create("E-trace");
    TCase *tcase = add_case(suite, "the record");
    tcase_add_test(tcase, off_leaves_nothing);
    tcase_add_test(tcase, lanes_are_complete);
    tcase_add_test(tcase, says_what_was_recorded);
    tcase_add_test(tcase, many_threads);
    tcase_add_test(tcase, forked_children);
    tcase_add_test(tcase, killed_child);
    tcase_add_test(tcase, full_record);
    tcase_add_test(tcase, no_room_at_all);
    tcase_add_test(tcase, strange_names);
    tcase_add_test(tcase, signal_handler_marks);
    tcase_add_test(tcase, ends_by_signal);
    tcase_add_test(tcase, a_signal_of_the_program);
    tcase_add_test(tcase, only_the_first_signal_ends);
    tcase_add_test(tcase, a_child_does_not_write);
    tcase_add_test(tcase, written_before_the_kill);
    tcase_add_test(tcase, written_while_threads_mark);
    tcase_add_test(tcase, children_write_too);
    tcase_add_test(tcase, exec_begins_nothing);
    tcase_add_test(tcase, another_directory);
    tcase_add_test(tcase, cannot_write);
    tcase_add_test(tcase, the_old_file_stays);
    tcase_add_test(tcase, special_files);
    tcase_add_test(tcase, bad_size);
#ifdef __SANITIZE_THREAD__
    tcase_add_test(tcase, hides_no_race);
#endif
    tcase = add_case(suite, "the picture");
    tcase_add_test(tcase, bad_input);
    tcase_add_test(tcase, bad_use);
    tcase_add_test(tcase, nested_intervals);
    tcase_add_test(tcase, open_intervals);
    tcase_add_test(tcase, two_locks);
    tcase_add_test(tcase, traces_of_others);
    tcase_add_test(tcase, names_in_the_picture);
    tcase_add_test(tcase, processes_have_headings);
    tcase_add_test(tcase, axis_has_round_steps);
    tcase_add_test(tcase, same_input_same_picture);
    tcase_add_test(tcase, no_colours);
    tcase_add_test(tcase, a_large_trace);
    tcase_add_test(tcase, a_killed_child_has_no_end);
    tcase = add_case(suite, "what watching costs");
    tcase_add_test(tcase, the_table_is_complete);
    return run_suite(suite) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
