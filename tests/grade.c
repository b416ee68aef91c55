/* Chapter 22, many at once: unpack and grade. The judge here is a double, a
 * script that gives the verdict which a submission asks for, so that what is
 * tested is what is done with verdicts; the real one has tests/judge.c. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { MANY = 60, SANITIZED = 1 };
#else
enum { MANY = 1000, SANITIZED = 0 };
#endif

static char dir[64], tests[4096]; /* a folder of our own; the suites' */
static const char *tier = "auto";

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static char *get(const char *path)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s should exist", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Run it and expect this status; returns what it did. */
static const struct run *expect(int status, const char *command)
{
    const struct run *r = run_for(300, command);
    ck_assert_msg(r->status == status, "%s: status %d, not %d:\n%s%s", command,
                  r->status, status, r->out, r->err);
    return r;
}

/* The first word of a file says what the judge does; each call is noted. */
static const char judge[] =
    "#!/bin/sh\n"
    "id=${1##*/} out=$6\n"
    "read -r word points <\"$2\"\n"
    "echo \"$2\" >>\"$CALLS\"\n"
    "if [ \"$word\" = once ]; then\n"
    "  if [ -e \"$MARK\" ]; then word=full; else : >\"$MARK\"; exit 3; fi; fi\n"
    "case $word in\n"
    "full) points=10 status=pass;;\n"
    "points) status=fail;;\n"
    "slow) sleep 0.05; status=fail;;\n"
    "seed) points=$(($4 % 10)) status=fail;;\n"
    "silent) exit 0;;\n"
    "torn) printf '{\"id\": \"' >\"$out\"; exit 0;;\n"
    "greedy) points=11 status=pass;;\n"
    "crash) kill -SEGV $$;;\n"
    "worker) kill -KILL $PPID; exit 0;;\n"
    "infra) points=0 status=infra;;\n"
    "*) points=0 status=error;;\n"
    "esac\n"
    "result=fail; [ $status = pass ] && result=pass\n"
    "printf '{\"id\":\"%s\",\"file\":\"%s\",\"sha256\":\"\",\"seed\":%s,'"
    "'\"tier\":\"none\",\"points\":%s,\"max\":10,\"status\":\"%s\",'"
    "'\"message\":\"\",\"tests\":[{\"name\":\"guard\",\"result\":\"pass\",'"
    "'\"points\":0,\"max\":0,\"feedback\":\"\",\"section\":\"\",\"notes\":\"\","
    "'"
    "'\"evidence\":\"\"},{\"name\":\"adds <all>\",\"result\":\"%s\",'"
    "'\"points\":%s,\"max\":10,\"feedback\":\"=expected 3, \\\"got\\\" 4\",'"
    "'\"section\":\"sec-x\",\"notes\":\"\",'"
    "'\"evidence\":\"<script>alert(1)</script>\\u001b[2J ]]>\"}]}' "
    "\"$id\" \"${2##*/}\" \"$4\" \"$points\" \"$status\" \"$result\" "
    "\"$points\" >\"$out.new\" && mv \"$out.new\" \"$out\"\n";

static const char assignment[] =
    "{\"schema\":\"many-hands/assignment/1\",\"name\":\"week & 1\","
    "\"visibility\":\"after_due_date\",\"kit\":\"../exercises\",\"exercises\":["
    "{\"id\":\"ex-a\",\"file\":\"a.c\",\"points\":10,\"max\":10},"
    "{\"id\":\"ex-b\",\"file\":\"b.c\",\"points\":5,\"max\":10}]}";

/* A folder with the programs, the double beside them, and a kit. */
static void enter_new_folder(void)
{
    strcpy(dir, "/tmp/grade-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chmod(dir, 0755), 0);
    ck_assert_int_eq(chdir(dir), 0);
    run_well("mkdir -p bin kit/week in "
             "kit/exercises/ex-a kit/exercises/ex-b kit/exercises/common;"
             "for p in grade unpack box; do cp -L $(command -v $p) bin; done");
    put("bin/judge", judge);
    ck_assert_int_eq(chmod("bin/judge", 0755), 0);
    put("kit/week/assignment.json", assignment);
    put("kit/exercises/ex-a/exercise.json", "{}");
    put("kit/exercises/ex-b/exercise.json", "{}");
    char path[100];
    snprintf(path, sizeof path, "%s/calls", dir);
    put(path, "");
    setenv("CALLS", path, 1);
    snprintf(path, sizeof path, "%s/mark", dir);
    setenv("MARK", path, 1);
    setenv("TIER", tier, 1);
}

static void leave_folder(void)
{
    char command[100];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

/* Hand in an archive with these two files; NULL leaves one out. */
static void hand_in(const char *student, const char *a, const char *b)
{
    run_well("rm -rf pack; mkdir -p pack/ex-a pack/ex-b");
    if (a)
        put("pack/ex-a/a.c", a);
    if (b)
        put("pack/ex-b/b.c", b);
    const struct run *r = run("tar -C pack -czf 'in/%s.tar.gz' .", student);
    ck_assert_msg(r->status == 0, "%s", r->err);
}

#define GRADE "bin/grade kit/week in -o out --tier $TIER -j 2"

static json_t *result_of(const char *student)
{
    char path[300];
    snprintf(path, sizeof path, "out/%s/result.json", student);
    json_error_t error;
    json_t *result = json_load_file(path, 0, &error);
    ck_assert_msg(result != NULL, "%s: %s", path, error.text);
    return result;
}

static void expect_result(const char *student, const char *status,
                          double points)
{
    json_t *result = result_of(student);
    const char *got = json_string_value(json_object_get(result, "status"));
    json_t *number = json_object_get(result, "points");
    ck_assert_msg(got && strcmp(got, status) == 0, "%s: status %s, not %s\n%s",
                  student, got, status,
                  json_string_value(json_object_get(result, "feedback")));
    if (points < 0)
        ck_assert_msg(json_is_null(number), "%s: no points, please", student);
    else
        ck_assert_msg(json_number_value(number) == points, "%s: %g points",
                      student, json_number_value(number));
    json_decref(result);
}

static int calls(void)
{
    return count_in(get("calls"), "\n");
}

/* ---------- what comes in ---------- */

START_TEST(good_submissions_of_each_kind)
{
    hand_in("ada", "full", "full");
    hand_in("bob", "points 7.5", "points 3.3");
    hand_in("cyd", "full", NULL);
    hand_in("dan", NULL, NULL);
    run_well("mkdir pack/plain in/hal; echo full >pack/plain/a.c;"
             "tar -C pack/plain -cf in/eve.tar a.c;"
             "tar -C pack/plain -cJf in/hal/work.tar.xz a.c;"
             "mkdir -p in/fay/ex-a; echo full >in/fay/ex-a/a.c;"
             "mkdir -p x/gus-main/ex-b x/gus-main/other; cd x;"
             "echo full >gus-main/ex-b/b.c; echo full >gus-main/other/b.c;"
             "python3 -c 'import shutil; shutil.make_archive(\"../in/gus\","
             "\"zip\")'");
    const struct run *r = expect(0, GRADE);
    ck_assert_msg(matches(r->out, "^8 submissions: 1 pass, 6 fail, 1 error, 0 "
                                  "infra$"),
                  "%s", r->out);
    ck_assert_str_eq(get("out/grades.csv"),
                     "student,status,points,max,ex-a,ex-b\r\n"
                     "ada,pass,15,15,10,5\r\n"
                     "bob,fail,9.2,15,7.5,1.7\r\n"
                     "cyd,fail,10,15,10,0\r\n"
                     "dan,error,0,15,0,0\r\n"
                     "eve,fail,10,15,10,0\r\n"
                     "fay,fail,10,15,10,0\r\n"
                     "gus,fail,5,15,0,5\r\n"
                     "hal,fail,10,15,10,0\r\n");
    json_t *result = result_of("cyd");
    const char *feedback =
        json_string_value(json_object_get(result, "feedback"));
    ck_assert_msg(matches(feedback, "there is no ex-b/b.c"), "%s", feedback);
    json_decref(result);
    glob_t left;
    ck_assert_int_eq(glob("out/*/.work-*", 0, NULL, &left), GLOB_NOMATCH);
}
END_TEST

START_TEST(hashes_are_right)
{
    hand_in("ada", "full", "full");
    expect(0, GRADE);
    const struct run *r = run_well("sha256sum in/ada.tar.gz");
    char sum[65];
    memcpy(sum, r->out, 64);
    sum[64] = '\0';
    json_t *result = result_of("ada");
    ck_assert_str_eq(sum,
                     json_string_value(json_object_get(
                         json_object_get(result, "submission"), "sha256")));
    json_decref(result);
}
END_TEST

/* One hostile archive of each kind among good ones: all are refused, none
 * gets a point, and the good ones get what they get alone. */
START_TEST(hostile_archives_disturb_nobody)
{
    hand_in("ada", "full", "full");
    hand_in("zoe", "points 5", "full");
    expect(0, GRADE);
    run_well("mv out alone");
    put("right", "full");
    const struct run *r =
        run("%s/hostile/archives.py in ex-a/a.c right && ls in", tests);
    ck_assert_msg(r->status == 0, "%s", r->err);
    int archives = count_in(r->out, "\n");
    ck_assert_int_ge(archives, 30);
    expect(0, GRADE);
    const char *table = get("out/grades.csv");
    ck_assert_msg(count_in(table, ",error,0,15,0,0\r\n") == archives - 2 &&
                      count_in(table, "\r\n") == archives + 1,
                  "%d archives:\n%s", archives, table);
    glob_t hostile;
    ck_assert_int_eq(glob("/tmp/hostile*", 0, NULL, &hostile), GLOB_NOMATCH);
    run_well("mkdir both; cp -r out/ada out/zoe both");
    expect(0, "bin/grade collect both");
    expect(0, "bin/grade diff alone both");
    expect(0,
           "bin/grade collect alone && cmp alone/grades.csv both/grades.csv");
}
END_TEST

static void refused(const char *student, const char *why)
{
    json_t *result = result_of(student);
    const char *feedback =
        json_string_value(json_object_get(result, "feedback"));
    ck_assert_msg(matches(feedback, why), "%s should be told '%s':\n%s",
                  student, why, feedback);
    json_decref(result);
}

START_TEST(refusals_say_why)
{
    put("right", "full");
    ck_assert_int_eq(
        run("%s/hostile/archives.py in ex-a/a.c right", tests)->status, 0);
    expect(0, GRADE);
    refused("dotdot", "'[.][.]/[.][.]/tmp/hostile' leads out of its folder");
    refused("absolute", "'/tmp/hostile' has an absolute name");
    refused("duplicate", "holds ex-a/a.c more than once");
    refused("symlink", "'link' is a link");
    refused("hardlink", "'link' is a link");
    refused("fifo", "'fifo' is neither a file nor a folder");
    refused("newline", "'first.x0asecond.c' has a name that is no text");
    refused("utf8", "'caf.xe9.c' has a name that is no text");
    refused("bomb", "unpacks to more than 64 MiB");
    refused("large", "its ex-a/a.c has more than 1 MiB");
    refused("million", "holds more than 10000 files");
    refused("empty", "it is empty");
    refused("binary", "neither .tar.gz nor .zip");
    refused("cut", "it is damaged");
    refused("newline", "what make submit makes");
}
END_TEST

START_TEST(folders_with_traps)
{
    run_well("mkdir -p in/link/ex-a in/way in/fifo/ex-a in/dir/ex-a/a.c secret;"
             "echo full >secret/a.c; ln -s $PWD/secret/a.c in/link/ex-a/a.c;"
             "ln -s $PWD/secret in/way/ex-a; mkfifo in/fifo/ex-a/a.c;"
             "mkdir -p in/big/ex-a; head -c 2000000 /dev/zero >in/big/ex-a/a.c;"
             "mkdir -p in/good/ex-a; echo full >in/good/ex-a/a.c;"
             "mkdir in/eve; ln -s ../ada.tar.gz in/eve");
    hand_in("ada", "full", "full");
    expect(0, GRADE);
    static const char *const bad[] = {"link", "way", "fifo",
                                      "dir",  "big", "eve"};
    for (int i = 0; i < 6; i++)
        expect_result(bad[i], "error", 0);
    expect_result("good", "fail", 10);
    ck_assert_int_eq(calls(), 3);
}
END_TEST

START_TEST(names_of_students_are_only_names)
{
    hand_in("ada", "full", "points 2");
    run_well(
        "cd in; c() { cp ada.tar.gz ./\"$1\"; };"
        "c '<b onclick=1>.tar.gz'; c '=1+2.tar.gz'; c '-j.tar.gz';"
        "c \"$(printf 'two\\nlines').zip\"; c \"$(printf 'caf\\351').tgz\";"
        "c ' blank.tar.gz'; c grades.csv.tar.gz; c report.html.tar.gz;"
        "c 'Zoë.tar.gz'; c \"$(printf '%0240d' 1).tar.gz\";"
        "c 'a,\"b\".tar.gz'; c '&amp;.zip'; c '@x.tar';"
        "c \"$(printf '\\342\\200\\256evil').tgz\"; c '..tar.gz'");
    expect(0, GRADE);
    ck_assert_int_eq(count_in(get("out/grades.csv"), ",11,15,10,1\r\n"), 15);
    expect(0, "bin/grade one kit/week in/..tar.gz -o out --tier $TIER");
    expect(0, "bin/grade collect out");
    expect(0, "mkdir e; for f in gradescope classroom50; do bin/grade export $f"
              " out -o e/$f || exit 1; done; bin/grade export junit out -o "
              "e/junit.xml; bin/grade export csv out -o e/all.csv");
    const struct run *r =
        run("%s/read-exports.py %s/schemas out e", tests, tests);
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
    static const char *const names[] = {"two%0Alines",  "caf%E9", "Zoë",
                                        "%67rades.csv", "%2E",    "%3D1+2"};
    for (int i = 0; i < 6; i++) {
        char path[80];
        snprintf(path, sizeof path, "out/%s/result.json", names[i]);
        ck_assert_msg(exists(path), "%s should exist", path);
    }
}
END_TEST

START_TEST(wrong_use_is_told)
{
    hand_in("ada", "full", "full");
    expect(2, "bin/grade");
    expect(2, "bin/grade kit/week -o out");
    expect(2, "bin/grade kit/week in");
    expect(2, "bin/grade kit/none in -o out");
    expect(2, "bin/grade kit/week none -o out");
    expect(2, "bin/grade kit/week in -o out -j x");
    expect(2, "bin/grade export word out -o e");
    expect(2, "bin/grade diff out");
    expect(0, "bin/grade --help");
    ck_assert_int_eq(calls(), 0);
    run_well("cp in/ada.tar.gz in/ada.zip");
    const struct run *r = expect(2, GRADE);
    ck_assert_msg(matches(r->err, "two submissions of ada"), "%s", r->err);
    run_well("rm in/ada.zip");
    expect(0, GRADE);
    r = expect(2, GRADE);
    ck_assert_msg(matches(r->err, "has results; go on with --resume"), "%s",
                  r->err);
    run_well("mv kit/exercises/ex-b kit/exercises/ex-c");
    r = expect(2, "bin/grade kit/week in -o new");
    ck_assert_msg(matches(r->err, "make kits"), "%s", r->err);
}
END_TEST

/* ---------- whose fault ---------- */

START_TEST(our_faults_cost_no_points)
{
    static const char *const faults[] = {"silent", "torn", "greedy", "crash",
                                         "infra"};
    for (int i = 0; i < 5; i++)
        hand_in(faults[i], faults[i], "full");
    hand_in("good", "full", "full");
    const struct run *r = expect(1, GRADE);
    ck_assert_msg(matches(r->out, "1 pass, 0 fail, 0 error, 5 infra"), "%s",
                  r->out);
    ck_assert_msg(matches(r->err, "5 could not be graded, by no fault"), "%s",
                  r->err);
    for (int i = 0; i < 5; i++) {
        char row[80];
        snprintf(row, sizeof row, "\n%s,infra,,15,,5\r\n", faults[i]);
        expect_result(faults[i], "infra", -1);
        ck_assert_msg(strstr(get("out/grades.csv"), row), "%s",
                      get("out/grades.csv"));
    }
    expect_result("good", "pass", 15);
    ck_assert_int_eq(calls(), 5 * 3 + 2); /* each fault was tried twice */
    run_well("mkdir e; bin/grade export junit out -o e/junit.xml;"
             "bin/grade export csv out -o e/all.csv");
    expect(1, "bin/grade export gradescope out -o e/gradescope");
    expect(1, "bin/grade export classroom50 out -o e/classroom50");
    r = run("%s/read-exports.py %s/schemas out e", tests, tests);
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
}
END_TEST

START_TEST(a_fault_that_passes_is_forgotten)
{
    hand_in("ada", "once", "full");
    expect(0, GRADE);
    expect_result("ada", "pass", 15);
    ck_assert_int_eq(calls(), 3);
}
END_TEST

START_TEST(a_worker_that_dies_costs_nobody_else)
{
    hand_in("ada", "full", "full");
    hand_in("mal", "worker", "full");
    hand_in("zoe", "full", "points 4");
    const struct run *r = expect(1, GRADE);
    ck_assert_msg(matches(r->out, "1 pass, 1 fail, 0 error, 1 infra"), "%s",
                  r->out);
    expect_result("ada", "pass", 15);
    expect_result("mal", "infra", -1);
    expect_result("zoe", "fail", 12);
}
END_TEST

START_TEST(a_broken_box_is_our_fault)
{
    hand_in("ada", "full", "full");
    run_well("mv bin/box bin/real; printf '#!/bin/sh\\nexit 125\\n' >bin/box;"
             "chmod +x bin/box");
    expect(1, GRADE);
    expect_result("ada", "infra", -1);
    ck_assert_int_eq(calls(), 0);
    run_well("mv bin/real bin/box");
    expect(0, GRADE " --resume");
    expect_result("ada", "pass", 15);
}
END_TEST

START_TEST(a_broken_unpack_is_our_fault)
{
    static const char *const ways[] = {
        "exit 1",
        "exit 0",
        "kill -SEGV $$",
        "echo file 5; exit 0",
        "echo none; echo file 7; echo full; exit 0",
        "echo refused; exit 1",
        "echo none; echo none; echo none; exit 0",
        "exit 127"};
    hand_in("ada", "full", "full");
    run_well("mv bin/unpack bin/real");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char script[200];
        snprintf(script, sizeof script, "#!/bin/sh\n%s\n", ways[i]);
        put("bin/unpack", script);
        ck_assert_int_eq(chmod("bin/unpack", 0755), 0);
        expect(1, GRADE " --resume");
        expect_result("ada", "infra", -1);
    }
    ck_assert_int_eq(calls(), 0);
    run_well("mv bin/real bin/unpack");
    expect(0, GRADE " --resume");
    expect_result("ada", "pass", 15);
}
END_TEST

START_TEST(a_tier_that_is_unknown_is_not_lowered)
{
    hand_in("ada", "full", "full");
    const struct run *r =
        expect(2, "bin/grade kit/week in -o out --tier nonsense");
    ck_assert_msg(matches(r->err, "^grade: there is no tier 'nonsense'"), "%s",
                  r->err);
    ck_assert(!exists("out"));
}
END_TEST

START_TEST(a_full_disk_costs_no_points)
{
    if (geteuid() != 0 ||
        run("unshare -m mount -t tmpfs none in")->status != 0) {
        puts("skipped: a full disk (wants root, and leave to mount)");
        return;
    }
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%02d", i);
        hand_in(name, "full", "points 5");
    }
    expect(0, "bin/grade kit/week in -o whole --tier $TIER");
    const struct run *r = expect(
        0, "unshare -m sh -c 'mkdir out; mount -t tmpfs -o size=100k none out;"
           "bin/grade kit/week in -o out --tier $TIER; s=$?;"
           "mkdir kept; cp -r out/s* kept; exit $((s == 0))'");
    (void)r;
    expect(
        0,
        "cd kept; grep -l '^ \"status\": \"\\(fail\\|error\\)\"' */result.json"
        " | while read f; do grep -q '^ \"points\": 12.5' $f || exit 1;"
        "done");
    expect(0, "rmdir out; mkdir out; cp -r kept/s* out; bin/grade kit/week in "
              "-o out --resume --tier $TIER; cmp out/grades.csv "
              "whole/grades.csv");
}
END_TEST

/* ---------- the same again ---------- */

START_TEST(seeds_are_the_same_for_all)
{
    hand_in("ada", "seed", "seed");
    hand_in("bob", "seed", "seed");
    expect(0, GRADE);
    json_t *ada = result_of("ada"), *bob = result_of("bob");
    json_t *seeds = json_object_get(ada, "seeds");
    ck_assert(json_equal(seeds, json_object_get(bob, "seeds")));
    ck_assert(json_integer_value(json_object_get(seeds, "ex-a")) !=
              json_integer_value(json_object_get(seeds, "ex-b")));
    expect(0, "bin/grade kit/week in -o again --tier $TIER && bin/grade diff "
              "out again");
    expect(0, "bin/grade kit/week in -o seven --seed 7 --tier $TIER;"
              "bin/grade kit/week in -o eight --seed 7 --tier $TIER;"
              "cmp seven/ada/result.json eight/ada/result.json");
    expect(1, "cmp -s seven/ada/result.json out/ada/result.json");
    put("kit/exercises/ex-a/new", "a test was mended");
    expect(0, GRADE " --resume");
    json_t *after = result_of("ada");
    ck_assert(!json_equal(seeds, json_object_get(after, "seeds")));
    json_decref(ada);
    json_decref(bob);
    json_decref(after);
}
END_TEST

START_TEST(one_is_like_many)
{
    hand_in("ada", "seed", "points 4");
    hand_in("bob", "full", "wrong");
    expect(0, GRADE);
    expect(0, "bin/grade one kit/week in/ada.tar.gz -o one --tier $TIER;"
              "bin/grade one kit/week in/bob.tar.gz -o one --tier $TIER");
    expect(0, "cmp one/ada/result.json out/ada/result.json");
    expect(0, "cmp one/bob/result.json out/bob/result.json");
    expect(0, "bin/grade collect one && cmp one/grades.csv out/grades.csv &&"
              "cmp one/report.html out/report.html");
    run_well("mkdir -p packed/ada; cp in/ada.tar.gz packed/ada");
    expect(0, "bin/grade one kit/week packed/ada -o two --tier $TIER;"
              "jq .points two/ada/result.json out/ada/result.json | uniq -c | "
              "grep -q ' 2 '");
    hand_in("cyd", "silent", "full");
    expect(1, "bin/grade one kit/week in/cyd.tar.gz -o one --tier $TIER");
}
END_TEST

START_TEST(the_parallel_line_works)
{
    if (run("command -v parallel")->status != 0) {
        puts("skipped: GNU parallel is not installed");
        return;
    }
    hand_in("ada", "full", "points 4");
    hand_in("bob", "once", "full");
    hand_in("c d", "seed", "full");
    hand_in("mal", "silent", "full");
    expect(1, GRADE);
    run_well("rm mark");
    static const char line[] =
        "PATH=$PWD/bin:$PATH; parallel --will-cite -j 2 --joblog jobs "
        "--resume-failed grade one kit/week {} -o far --tier $TIER ::: in/*";
    expect(1, line); /* the number of those that failed */
    expect(1, line);
    ck_assert_int_eq(count_in(get("calls"), "far/mal/"), 2 * 3);
    ck_assert_int_eq(count_in(get("calls"), "far/ada/"), 2);
    hand_in("mal", "full", "full");
    expect(0, line);
    expect(0, GRADE " --resume");
    expect(0, "bin/grade collect far && cmp far/grades.csv out/grades.csv");
    expect(0, "rm -r far jobs; PATH=$PWD/bin:$PATH; cd $PWD; parallel "
              "--will-cite -j 2 --sshlogin : bin/grade one kit/week {} -o far "
              "--tier $TIER ::: in/*; bin/grade collect far && "
              "cmp far/grades.csv out/grades.csv");
}
END_TEST

START_TEST(what_comes_back_is_merged)
{
    hand_in("ada", "full", "full");
    hand_in("bob", "points 3", "full");
    hand_in("cyd", "silent", "full");
    expect(1, GRADE);
    expect(0, "mkdir -p a/x b/y; rmdir a/x b/y; cp -r out/ada out/cyd a;"
              "cp -r out/bob out/ada b");
    expect(1, "bin/grade collect all a b"); /* cyd is infra still */
    expect(0, "cmp all/grades.csv out/grades.csv");
    hand_in("cyd", "points 9", "full");
    expect(0, "bin/grade one kit/week in/cyd.tar.gz -o c --tier $TIER");
    expect(0, "bin/grade collect all c");
    expect(0, "bin/grade collect all a"); /* infra comes late, and is nothing */
    ck_assert_ptr_nonnull(strstr(get("all/grades.csv"), "cyd,fail,14"));
    hand_in("ada", "points 1", "full");
    expect(0, "bin/grade one kit/week in/ada.tar.gz -o d --tier $TIER");
    const struct run *r = expect(2, "bin/grade collect all d");
    ck_assert_msg(matches(r->err, "all/ada.*and d/ada.*differ"), "%s", r->err);
}
END_TEST

/* What the assignment hides is counted and not named; where the book stands is
 * told to the judge; and a student is written a letter. */
START_TEST(a_student_reads_what_is_shown)
{
    run_well("sed -i 's|\"name\":|\"title\":\"Pools\",'"
             "'\"book\":\"https://example.org/hands\",&|;"
             "s|\"file\":\"b.c\",|&\"hidden\":[\"adds <all>\"],|' "
             "kit/week/assignment.json;"
             "mv bin/judge bin/double; printf '#!/bin/sh\n"
             "echo \"$@\" >>$CALLS.words\nexec ${0%%/*}/double \"$@\"\n' "
             ">bin/judge; chmod 755 bin/judge");
    hand_in("ada", "points 7.5", "points 5");
    expect(0, GRADE);
    ck_assert_int_eq(
        count_in(get("calls.words"), "--book https://example.org/hands\n"), 2);
    expect(0, "bin/grade export feedback out -o letters");
    const char *letter = "Pools\nada: 10 of 15 points\n\n"
                         "ex-a: 7.5 of 10 points\n"
                         "  adds <all>: =expected 3, \"got\" 4\n"
                         "ex-b: 2.5 of 5 points\n"
                         "  hidden tests that do not pass: 1\n";
    ck_assert_str_eq(get("letters/ada.txt"), letter);
    expect(0, "bin/grade export gradescope out -o sent");
    ck_assert_int_eq(count_in(get("sent/ada.json"), "\"hidden\""), 2);
    expect(2, "bin/grade kit/week in -o in");
    expect(2, "bin/grade collect nowhere");
    ck_assert(!exists("nowhere"));
}
END_TEST

START_TEST(differences_are_told)
{
    hand_in("ada", "points 7.5", "full");
    hand_in("bob", "full", "full");
    hand_in("cyd", "full", "full");
    expect(0, GRADE);
    hand_in("ada", "full", "full");
    run_well("rm in/cyd*");
    hand_in("eve", "full", "full");
    expect(0, "bin/grade kit/week in -o new --tier $TIER");
    const struct run *r = expect(1, "bin/grade diff out new");
    ck_assert_str_eq(r->out, "ada: ex-a: adds <all>: fail -> pass\n"
                             "ada: ex-a: fail 7.5 -> pass 10\n"
                             "ada: fail 12.5 -> pass 15\n"
                             "only in out: 1\n"
                             "only in new: 1\n");
    run_well("mkdir part; cp -R new/bob part");
    r = expect(0, "bin/grade diff out part");
    ck_assert_str_eq(r->out, "only in out: 2\n");
    r = expect(0, "bin/grade diff new new");
    ck_assert_str_eq(r->out, "");
    expect(2, "bin/grade diff new none");
}
END_TEST

START_TEST(resume_grades_only_what_is_new)
{
    hand_in("ada", "full", "full");
    hand_in("bob", "points 2", "full");
    run_well("mkdir -p in/cyd/ex-a; echo full >in/cyd/ex-a/a.c");
    expect(0, GRADE);
    ck_assert_int_eq(calls(), 5);
    run_well("cp out/grades.csv before");
    expect(0, GRADE " --resume");
    ck_assert_int_eq(calls(), 5);
    run_well("cmp before out/grades.csv");
    hand_in("bob", "full", "full");
    expect(0, GRADE " --resume");
    ck_assert_int_eq(calls(), 7);
    run_well("echo points 4 >in/cyd/ex-a/a.c");
    expect(0, GRADE " --resume");
    ck_assert_int_eq(calls(), 8);
    run_well("rm out/ada/result.json");
    expect(0, GRADE " --resume");
    ck_assert_int_eq(calls(), 10);
    put("kit/exercises/ex-a/exercise.json", "{ }");
    expect(0, GRADE " --resume");
    ck_assert_int_eq(calls(), 15);
    run_well("mkdir kit/exercises/ex-a/seeds");
    put("kit/exercises/ex-a/seeds/1.json", "nobody's business");
    expect(0, GRADE " --resume");
    ck_assert_int_eq(calls(), 15);
    expect_result("bob", "pass", 15);
    expect_result("cyd", "fail", 4);
}
END_TEST

/* ---------- killed ---------- */

static pid_t start_grading(void)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
        ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
        char program[100];
        snprintf(program, sizeof program, "%s/bin/grade", dir);
        execl(program, program, "kit/week", "in", "-o", "out", "--tier", tier,
              "-j", "2", "--resume", (char *)NULL);
        _exit(127);
    }
    return child;
}

START_TEST(killed_at_any_moment)
{
    enum { STUDENTS = 24, MOST_KILLS = 60 };
    for (int i = 0; i < STUDENTS; i++) {
        char name[16], a[32];
        snprintf(name, sizeof name, "s%02d", i);
        snprintf(a, sizeof a, "slow %d.%d", i % 10, i % 7);
        hand_in(name, a, i % 3 ? "seed" : "full");
    }
    expect(0, "bin/grade kit/week in -o whole --tier $TIER");
    put("calls", "");
    unsigned seed = (unsigned)time(NULL) ^ (unsigned)getpid();
    int kills = 0, status = 0;
    do {
        pid_t child = start_grading();
        long most = SANITIZED ? 1500 : 400; /* ms */
        struct timespec pause = {0};
        pause.tv_nsec = rand_r(&seed) % most * 1000000L;
        pause.tv_sec = pause.tv_nsec / 1000000000;
        pause.tv_nsec %= 1000000000;
        nanosleep(&pause, NULL);
        if (kills < MOST_KILLS)
            kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        kills += WIFSIGNALED(status);
        glob_t found; /* each result that is there is whole */
        if (glob("out/*/result.json", 0, NULL, &found) == 0) {
            for (size_t i = 0; i < found.gl_pathc; i++) {
                json_t *result = json_load_file(found.gl_pathv[i], 0, NULL);
                ck_assert_msg(result != NULL, "%s is torn", found.gl_pathv[i]);
                json_decref(result);
            }
            globfree(&found);
        }
    } while (WIFSIGNALED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    expect(0, "cmp out/grades.csv whole/grades.csv");
    expect(0, "cmp out/report.html whole/report.html");
    expect(0, "bin/grade diff out whole");
    expect(1, "ls -d out/*/.work-* out/*/.*.new out/.*.new 2>/dev/null | "
              "grep -q .");
    int least = 2 * STUDENTS, most = least + 4 * kills;
    ck_assert_msg(kills > 0 && calls() >= least && calls() <= most,
                  "%d kills, and %d calls of the judge where %d to %d are "
                  "needed",
                  kills, calls(), least, most);
}
END_TEST

START_TEST(nothing_of_a_killed_run_goes_on)
{
    for (int i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        hand_in(name, "slow 1", "slow 2");
    }
    for (int i = 0; i < 5; i++) {
        pid_t child = start_grading();
        struct timespec pause = {.tv_nsec = 150000000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        char pattern[100];
        snprintf(pattern, sizeof pattern, "pgrep -f '[/]%s/bin'", dir + 1);
        for (int tries = 0; run("%s", pattern)->status == 0; tries++) {
            ck_assert_msg(tries < 400, "still there");
            pause.tv_nsec = 10000000;
            nanosleep(&pause, NULL);
        }
        run_well("rm -rf out");
    }
}
END_TEST

START_TEST(two_runs_share_the_work)
{
    for (int i = 0; i < 12; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%02d", i);
        hand_in(name, "slow 5", "slow 6");
    }
    run_well("mkdir out");
    pid_t one = start_grading(), other = start_grading();
    int first, second;
    ck_assert_int_eq(waitpid(one, &first, 0), one);
    ck_assert_int_eq(waitpid(other, &second, 0), other);
    ck_assert_int_eq(first, 0);
    ck_assert_int_eq(second, 0);
    ck_assert_int_eq(calls(), 24);
}
END_TEST

/* ---------- many ---------- */

static long most_memory; /* KiB, of the largest process of a grading */

/* Folders, which need no box: what is measured is the grader. */
static void grade_many(int count)
{
    char command[200];
    snprintf(command, sizeof command,
             "rm -rf in out; for i in $(seq %d); do mkdir -p in/s$i/ex-a;"
             "echo points 5 >in/s$i/ex-a/a.c; done",
             count);
    run_well(command);
    pid_t child = start_grading();
    struct rusage used;
    int status;
    ck_assert_int_eq(wait4(child, &status, 0, &used), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(count_in(get("out/grades.csv"), ",fail,5,15,5,0\r\n"),
                     count);
    most_memory = used.ru_maxrss;
}

START_TEST(memory_is_flat)
{
    grade_many(MANY / 10);
    long few = most_memory;
    grade_many(MANY);
    ck_assert_msg(SANITIZED || most_memory < few + 2048,
                  "%d submissions need %ld KiB, and %d need %ld", MANY / 10,
                  few, MANY, most_memory);
}
END_TEST

START_TEST(progress_is_shown)
{
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        hand_in(name, "slow 5", "full");
    }
    const struct run *r = expect(0, GRADE " --progress");
    ck_assert_msg(matches(r->err, "\\[#* *\\] [0-6] of 6, [0-9.]+ a second"),
                  "%s", r->err);
    ck_assert_msg(matches(r->err, "\\[#+\\] 6 of 6, .* 0 s left"), "%s",
                  r->err);
    run_well("rm -r out");
    r = expect(0, GRADE);
    ck_assert_str_eq(r->err, "");
}
END_TEST

START_TEST(the_same_ten_times)
{
    hand_in("ada", "full", "full");
    hand_in("bob", "points 2.5", "seed");
    hand_in("cyd", "wrong", NULL);
    put("right", "full");
    ck_assert_int_eq(
        run("%s/hostile/archives.py in ex-a/a.c right", tests)->status, 0);
    run_well("rm -f in/bomb* in/million* in/long*");
    expect(0, GRADE);
    run_well("mv out first");
    pid_t busy[2] = {0};
    for (int i = 0; i < 10; i++) {
        for (int core = 0; core < 2 && i == 5; core++)
            if ((busy[core] = fork()) == 0)
                for (alarm(200);;)
                    continue;
        expect(0, GRADE);
        expect(0, "cmp out/grades.csv first/grades.csv");
        expect(0, "for s in first/*/; do cmp $s/result.json "
                  "out/${s#first/}/result.json || exit 1; done");
        run_well("rm -r out");
    }
    for (int core = 0; core < 2; core++)
        if (busy[core] > 0) {
            kill(busy[core], SIGKILL);
            waitpid(busy[core], NULL, 0);
        }
}
END_TEST

/* ---------- what goes out ---------- */

START_TEST(classroom50_takes_its_identity_from_the_runner)
{
    hand_in("ada", "points 7.5", "full");
    expect(0, GRADE);
    expect(0,
           "CLASSROOM=c ASSIGNMENT=hello OWNER=alice SUBMISSION_TAG=submit/1 "
           "COMMIT_URL=https://x/1 bin/grade export classroom50 "
           "out/ada/result.json -o result.json");
    json_t *told = json_load_file("result.json", 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(told, "owner")),
                     "alice");
    ck_assert_str_eq(json_string_value(json_object_get(told, "assignment")),
                     "hello");
    ck_assert_str_eq(json_string_value(json_object_get(told, "review")),
                     "https://x/1");
    ck_assert_int_eq(json_integer_value(json_object_get(told, "score")), 125);
    json_decref(told);
}
END_TEST

START_TEST(gradescope_runs_its_script)
{
    char script[4200];
    snprintf(script, sizeof script, "%s/../tangled/22-grader/run_autograder.sh",
             tests);
    ck_assert_msg(exists(script), "%s", script);
    expect(0, "mkdir -p g/source/grading g/submission/ex-a g/results;"
              "cp -r bin g/source; cp -r kit/exercises g/source/grading;"
              "cp -r kit/week g/source/grading/assignment;"
              "echo points 6 >g/submission/ex-a/a.c");
    setenv("AUTOGRADER", "g", 1);
    const struct run *r = run("TIER='--tier '$TIER sh %s", script);
    ck_assert_msg(r->status == 0, "%s%s", r->out, r->err);
    json_t *told = json_load_file("g/results/results.json", 0, NULL);
    ck_assert(json_number_value(json_object_get(told, "score")) == 6);
    ck_assert_str_eq(json_string_value(json_object_get(told, "visibility")),
                     "after_due_date");
    json_decref(told);
    expect(0, "rm g/results/results.json; echo silent >g/submission/ex-a/a.c");
    r = run("TIER='--tier '$TIER sh %s", script);
    ck_assert_msg(r->status != 0 && !exists("g/results/results.json"),
                  "a fault of ours must not become a score");
}
END_TEST

START_TEST(the_report_is_valid)
{
    hand_in("ada", "points 7.5", "wrong");
    hand_in("bob", "silent", "full");
    expect(1, GRADE);
    const struct run *r = run("tidy -q -e out/report.html");
    ck_assert_msg(r->status == 0, "%s", r->err);
}
END_TEST

/* Which tier works here? The real ones need privileges, or user namespaces;
 * where there is neither, the bare limits do for tests of what is around. */
static void choose_tier(void)
{
    const struct run *r = run("box --tier auto -- /bin/true");
    if (r->status != 0) {
        tier = "rlimit";
        puts("grade: no tier of box works here but rlimit: unpack is tested "
             "without walls");
    }
}

int main(void)
{
    const TTest *const intake[] = {good_submissions_of_each_kind,
                                   hashes_are_right,
                                   hostile_archives_disturb_nobody,
                                   refusals_say_why,
                                   folders_with_traps,
                                   names_of_students_are_only_names,
                                   wrong_use_is_told};
    const TTest *const faults[] = {our_faults_cost_no_points,
                                   a_fault_that_passes_is_forgotten,
                                   a_worker_that_dies_costs_nobody_else,
                                   a_broken_box_is_our_fault,
                                   a_broken_unpack_is_our_fault,
                                   a_tier_that_is_unknown_is_not_lowered,
                                   a_full_disk_costs_no_points};
    const TTest *const again[] = {seeds_are_the_same_for_all,
                                  one_is_like_many,
                                  the_parallel_line_works,
                                  what_comes_back_is_merged,
                                  a_student_reads_what_is_shown,
                                  differences_are_told,
                                  resume_grades_only_what_is_new,
                                  killed_at_any_moment,
                                  nothing_of_a_killed_run_goes_on,
                                  two_runs_share_the_work,
                                  the_same_ten_times};
    const TTest *const many[] = {memory_is_flat, progress_is_shown};
    const TTest *const exports[] = {
        classroom50_takes_its_identity_from_the_runner,
        gradescope_runs_its_script, the_report_is_valid};
    if (!realpath("tests", tests))
        return EXIT_FAILURE;
    choose_tier();
    Suite *suite = suite_create("grade");
    struct {
        const char *name;
        const TTest *const *tests;
        size_t count;
    } groups[] = {{"intake", intake, sizeof intake / sizeof *intake},
                  {"faults", faults, sizeof faults / sizeof *faults},
                  {"again", again, sizeof again / sizeof *again},
                  {"many", many, sizeof many / sizeof *many},
                  {"exports", exports, sizeof exports / sizeof *exports}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        TCase *tcase = tcase_create(groups[i].name);
        tcase_set_timeout(tcase, 600);
        tcase_add_checked_fixture(tcase, enter_new_folder, leave_folder);
        for (size_t j = 0; j < groups[i].count; j++)
            tcase_add_test(tcase, groups[i].tests[j]);
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
