/* What students get, and what they must not get: the handout of the assignment
 * week-1 and the instructor's edition. Runs in the project's directory, after
 * both were made. What it makes itself is in a directory of its own. */
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECONDS = 600 };
static char scratch[] = "/tmp/handout-XXXXXX";
static char root[4096];

/* In each command, $scratch is the tests' directory, $root the project's, and
 * $handout the unpacked archive. */
static void unpack(void)
{
    if (!mkdtemp(scratch) || !getcwd(root, sizeof root))
        abort();
    setenv("scratch", scratch, 1);
    setenv("root", root, 1);
    char path[4200];
    snprintf(path, sizeof path, "%s/week-1", scratch);
    setenv("handout", path, 1);
    if (system("tar -C $scratch -xzf build/handouts/week-1.tar.gz"))
        abort();
}

static void remove_all(void)
{
    if (system("rm -rf $scratch"))
        abort();
}

static const struct run *succeeds(const char *command)
{
    const struct run *r = run_for(SECONDS, command);
    ck_assert_msg(r->status == 0, "%s\nstatus %d\n%.1000s%.1000s", command,
                  r->status, r->out, r->err);
    return r;
}

static const struct run *says(const char *command, int status,
                              const char *pattern)
{
    const struct run *r = run_for(SECONDS, command);
    ck_assert_msg(r->status == status,
                  "%s\nmust end with %d, not %d\n%.1000s%.1000s", command,
                  status, r->status, r->out, r->err);
    ck_assert_msg(matches(r->out, pattern) || matches(r->err, pattern),
                  "%s\nmust say %s, but says\n%.1000s%.1000s", command, pattern,
                  r->out, r->err);
    return r;
}

START_TEST(has_what_a_student_needs)
{
    succeeds("cd $handout && ls index.html week-1.pdf Makefile"
             " common/lib/die.h ex-join/join.c ex-join/test.c"
             " ex-join/statement.html ex-join/hints/2.txt"
             " ex-own-number/own_number.c");
    says("pdftotext -layout $handout/week-1.pdf -", 0, "20 points");
    says("cat $handout/index.html", 0, "Due 2026-12-04 18:00");
    /* a page needs no other file, and leads to none that is not there */
    says("grep -ohE '(href|src)=\"[^\"]*\"' $handout/*.html $handout/*/*.html "
         "| grep -vE 'href=\"(ex-[a-z-]*/statement.html|https?:[^\"]*)\"' | wc "
         "-l",
         0, "^0$");
}
END_TEST

START_TEST(is_the_same_bytes_again)
{
    succeeds("cp build/handouts/week-1.tar.gz $scratch/first.tar.gz");
    succeeds(
        "umask 077; TZ=Asia/Tokyo sh tangled/F-teaching/handout.sh week-1");
    succeeds("cmp build/handouts/week-1.tar.gz $scratch/first.tar.gz");
}
END_TEST

/* The lines that could give something away: of solutions, mutants and hidden
 * tests, if they are long enough to mean something and stand nowhere in what
 * students may read. Blanks do not count. */
static const char canaries[] =
    "cd $root && squeeze() { sed -E 's/[[:space:]]+/ /g; s/^ //; s/ $//' |"
    " LC_ALL=C sort -u; }\n"
    "hidden='empty_words every_length'\n"
    "{ awk '/^<<.*>>=$/ { on = 1; next } /^@( |$)/ { on = 0 } on'"
    "   solutions/*.nw\n"
    "  for test in $hidden; do sed -n \"/^START_TEST($test)/,/^END_TEST/p\""
    "   tests/exercises/ex-join.c; done\n"
    "  sed -n '/^START_TEST(question_/,/^END_TEST/p' tests/exercises/*.c\n"
    "} | squeeze | awk 'length($0) >= 20' >$scratch/secret\n"
    "{ cat chapters/*.nw tangled/lib/* tests/run.* tests/schedule.*\n"
    "  awk -v hidden=\"$hidden\" -f tangled/F-teaching/hide.awk"
    "   tests/exercises/ex-join.c\n"
    "  cat tests/exercises/ex-number.c tests/exercises/ex-own-number.c\n"
    "} | squeeze >$scratch/public\n"
    "export LC_ALL=C; comm -23 $scratch/secret $scratch/public"
    " >$scratch/canaries\n"
    "# what is part of a longer line that all may read is no secret either\n"
    "while grep -oFf $scratch/canaries $scratch/public | sort -u"
    " >$scratch/known; [ -s $scratch/known ]; do\n"
    "  comm -23 $scratch/canaries $scratch/known >$scratch/rest\n"
    "  mv $scratch/rest $scratch/canaries; done\n"
    "wc -l <$scratch/canaries";

/* Which files of a folder hold one of them, as bytes, or as text of a PDF? */
static const char search[] =
    "search() { for file in $(find $1 -type f); do\n"
    "  case $file in\n"
    "  *.pdf) pdftotext -layout $file - ;;\n"
    "  *) cat $file ;;\n"
    "  esac | LC_ALL=C tr -s '\\0\\t ' '   ' |\n"
    "  LC_ALL=C grep -aqFf $scratch/canaries && echo $file; done; true; }\n";

START_TEST(gives_nothing_away)
{
    char command[4096];
    const struct run *r = succeeds(canaries);
    ck_assert_msg(atoi(r->out) > 1000,
                  "too few lines to look for, %s: what is hidden or what is "
                  "read has another form now",
                  r->out);
    snprintf(command, sizeof command, "%ssearch $handout", search);
    r = succeeds(command);
    ck_assert_msg(!*r->out,
                  "lines of solutions, mutants or hidden tests are "
                  "in\n%s",
                  r->out);
    /* the PDF can be read, or nothing would be found in it */
    says("pdftotext -layout $handout/week-1.pdf -", 0,
         "char \\*join\\(int count, char \\*const words\\[\\]\\)");
}
END_TEST

/* The search itself, tried: a line indented otherwise, and one in an object. */
START_TEST(would_find_what_was_given_away)
{
    char command[4096];
    succeeds(canaries);
    succeeds("mkdir $scratch/leaky && cd $scratch/leaky && "
             "line=$(shuf -n 1 --random-source=$root/README.md "
             "$scratch/canaries) && "
             "printf 'x;\\n\\t    %s\\n' \"$line\" >starter.c && "
             "printf '\\177ELF\\0\\0%s\\0' \"$line\" >test.o && "
             "cp $handout/ex-join/join.c clean.c");
    snprintf(command, sizeof command, "%ssearch $scratch/leaky", search);
    const struct run *r = succeeds(command);
    ck_assert_msg(strstr(r->out, "starter.c") && strstr(r->out, "test.o") &&
                      !strstr(r->out, "clean.c"),
                  "a line of a solution was put into starter.c and test.o, and "
                  "found in: %s",
                  r->out);
}
END_TEST

START_TEST(hides_tests)
{
    const struct run *r = succeeds("cat $handout/ex-join/test.c");
    ck_assert_msg(!strstr(r->out, "empty_words") &&
                      !strstr(r->out, "every_length") &&
                      strstr(r->out, "two_words"),
                  "empty_words and every_length are hidden, and two_words is "
                  "not");
}
END_TEST

START_TEST(hides_the_answers_of_a_quiz)
{
    succeeds("mkdir -p $scratch/quiz && sh tangled/F-teaching/folder.sh "
             "ex-outcomes $scratch/quiz '' ''");
    const struct run *r = succeeds("cat $scratch/quiz/ex-outcomes/test.c");
    ck_assert_msg(!strstr(r->out, "START_TEST(question_") &&
                      !strstr(r->out, "wipe out"),
                  "an answer is handed out");
    says("make -C $scratch/quiz/ex-outcomes check", 2,
         "question 1 has no answer");
    succeeds("cd $scratch/quiz/ex-outcomes && sed -i 's/:$/: a/' outcomes.txt "
             "&& make check");
    says("cat $scratch/quiz/ex-outcomes/.result", 0, "^1\t7\t0\t5\t1\t6$");
}
END_TEST

/* The way of a student, from the archive to what is handed in. */
START_TEST(a_student_works_in_it)
{
    says("cd $handout/ex-join && make check", 2, "See|expected|explains it");
    says("cd $handout/ex-join && make check", 2,
         "^Section [0-9.]+, \"A write beyond the end\", explains it");
    says("cd $handout/ex-join && make hint", 0, "^Hint 1:$");
    says("cd $handout/ex-join && make hint", 0, "^Hint 2:$");
    says("cd $handout/ex-join && make hint", 0, "no more hints");
    says("cd $handout && make progress", 0, "^Next: ex-join, Join the words");
    succeeds("cp build/exercises/ex-join/solution/join.c $handout/ex-join");
    says("cd $handout/ex-join && make check", 0, "The grader has more: 2");
    says("cd $handout/ex-join && make race", 0, "The grader has more: 2");
    says("cd $handout && make progress", 0, "^ex-join .* rest hidden +6.6/10$");
    says("cd $handout && make progress", 0, "^1 of 3 done, 6.6 of 45 points$");
    succeeds("grep -q 'Explained in Section' $handout/ex-join/statement.html");
    succeeds("tidy -q -e $handout/progress.html");
    says("cd $handout && make submit STUDENT=../x", 2, "STUDENT is a name");
    succeeds("cd $handout && make submit STUDENT=\"Zoe O'Hara\"");
    const struct run *r =
        succeeds("tar -tzf \"$handout/Zoe O'Hara.tar.gz\" | sort");
    ck_assert_str_eq(r->out, "ex-join/join.c\nex-number/number.c\n"
                             "ex-own-number/own_number.c\n");
}
END_TEST

START_TEST(a_race_is_seen)
{
    succeeds("cp build/exercises/ex-own-number/solution/own_number.c "
             "$handout/ex-own-number");
    says("cd $handout/ex-own-number && make race", 0, "Well done");
    succeeds("cp build/exercises/ex-own-number/"
             "mutant-shares-the-variable-of-the-loop/own_number.c "
             "$handout/ex-own-number");
    says("cd $handout/ex-own-number && make race", 2, "Not there yet");
}
END_TEST

START_TEST(an_assignment_must_be_right)
{
    succeeds(
        "printf 'title: x\\nexercise: ex-join\\nexercise: ex-join\\n'"
        " >$scratch/twice; printf 'exercise: ex-none\\n' >$scratch/none;"
        " printf 'exercise: ex-join ten\\n' >$scratch/ten;"
        " printf 'title: x\\n' >$scratch/empty;"
        " printf 'exercise: 2.2\\n' >$scratch/number;"
        " printf 'due: 2026-13-01 10:00\\n' >$scratch/date;"
        " printf 'title: x\\ntitle: y\\n' >$scratch/titles;"
        " printf '\\357\\273\\277title: x\\r\\nexercise: ex-join\\t7\\r\\n'"
        " >$scratch/windows");
    static const struct {
        const char *name, *complaint;
    } cases[] = {{"twice", "twice:3: ex-join is there twice"},
                 {"none", "none:1: there is no exercise ex-none"},
                 {"ten", "ten:1: write exercise: ID"},
                 {"empty", "empty:1: no exercise"},
                 {"number", "number:1: call exercise 2.2 by its ID, ex-"},
                 {"date", "date:1: write due"},
                 {"titles", "titles:2: title is there twice"}};
    for (int i = 0; i < 7; i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "awk -v name=x -f tangled/F-teaching/assignment.awk "
                 "build/exercises.tsv $scratch/%s",
                 cases[i].name);
        says(command, 1, cases[i].complaint);
    }
    says("awk -v name=x -f tangled/F-teaching/assignment.awk "
         "build/exercises.tsv $scratch/windows",
         0, "^ \"title\": \"x\", ");
    says("awk -v name=x -f tangled/F-teaching/assignment.awk "
         "build/exercises.tsv $scratch/windows",
         0, "\"points\": 7, \"max\": 10,");
}
END_TEST

/* What decides whether an assignment is handed out: here a mutant lives. */
START_TEST(an_exercise_that_fails_is_not_handed_out)
{
    succeeds(
        "cd $scratch && for v in starter solution mutant-a; do "
        "mkdir -p build/exercises/ex-x/$v; done && cd build/exercises/ex-x"
        " && echo fail >starter/verdict.bin && "
        "for b in bin asan tsan; do echo pass >solution/verdict.$b; done &&"
        " echo pass >mutant-a/verdict.bin");
    says("cd $scratch && awk -f $root/tests/exercises.awk "
         "build/exercises/ex-x/*/verdict.*",
         1, "mutant-a: lives, but must caught");
}
END_TEST

START_TEST(the_instructor_sees_it_all)
{
    const struct run *r =
        succeeds("cd build/instructor && for id in $(awk 'NR > 1 { print $1 }' "
                 "$root/build/exercises.tsv); do grep -q \"solution-$id\" "
                 "teaching.html && grep -q \"id=\\\"solution-$id\\\"\" "
                 "solutions-*.html || echo $id; done");
    ck_assert_msg(!*r->out, "no solution for instructors: %s", r->out);
    says("grep -c 'Caught *by' build/instructor/solutions-01-programs.html", 0,
         "^[1-9]");
    says("grep -c solutions-01-programs.html#solution-ex-join"
         " build/instructor/01-programs.html",
         0, "^[1-9]");
    says("cat book/html/01-programs.html | grep -c for.instructors", 1, "^0$");
    says("ls book/html | grep -c solutions", 1, "^0$");
    succeeds("tidy -q -e --warn-proprietary-attributes no "
             "build/instructor/teaching.html "
             "build/instructor/solutions-*.html");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handout");
    TCase *tcase = tcase_create("week-1");
    tcase_set_timeout(tcase, SECONDS);
    tcase_add_unchecked_fixture(tcase, unpack, remove_all);
    tcase_add_test(tcase, has_what_a_student_needs);
    tcase_add_test(tcase, is_the_same_bytes_again);
    tcase_add_test(tcase, gives_nothing_away);
    tcase_add_test(tcase, would_find_what_was_given_away);
    tcase_add_test(tcase, hides_tests);
    tcase_add_test(tcase, hides_the_answers_of_a_quiz);
    tcase_add_test(tcase, a_student_works_in_it);
    tcase_add_test(tcase, a_race_is_seen);
    tcase_add_test(tcase, an_assignment_must_be_right);
    tcase_add_test(tcase, an_exercise_that_fails_is_not_handed_out);
    tcase_add_test(tcase, the_instructor_sees_it_all);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
