/* The judge and the gate: each hostile submission is stopped as its first line
 * says, none gains a point, and what is right passes, the same every time.
 *
 * They stand in BIN; the kits of the exercises and the hostile submissions where
 * the Makefile has them. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/judge-test-XXXXXX", top[PATH_MAX];
static glob_t hostile;

/* The sanitized judge does the same as the plain one, more slowly: of the hostile
 * files it gets each fifth. */
#if defined(__SANITIZE_ADDRESS__)
enum { FIRST = 0, STEP = 5 };
#elif defined(__SANITIZE_THREAD__)
enum { FIRST = 2, STEP = 5 };
#else
enum { FIRST = 0, STEP = 1 };
#endif

static void make_directory(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chmod(directory, 0755), 0);
    ck_assert_int_eq(chdir(directory), 0);
}

static void remove_directory(void)
{
    run("rm -rf '%s'", directory);
}

static json_t *judge(const char *kit, const char *file, const char *options)
{
    const struct run *r =
        run("judge %s -o verdict.json '%s' '%s'", options, kit, file);
    ck_assert_msg(r->status == 0, "judge '%s' '%s': status %d\n%s", kit, file,
                  r->status, r->err);
    json_t *verdict = json_load_file("verdict.json", 0, NULL);
    ck_assert_ptr_nonnull(verdict);
    return verdict;
}

static const char *word(const json_t *verdict, const char *key)
{
    const char *value = json_string_value(json_object_get(verdict, key));
    return value ? value : "";
}

static double points(const json_t *verdict)
{
    return json_number_value(json_object_get(verdict, "points"));
}

/* All that the student is told, and what the tests saw. */
static const char *told(const json_t *verdict)
{
    static char text[100000];
    size_t i, length = 0;
    json_t *test;
    text[0] = '\0';
    length =
        (size_t)snprintf(text, sizeof text, "%s\n", word(verdict, "message"));
    json_array_foreach(json_object_get(verdict, "tests"), i, test) length +=
        (size_t)snprintf(text + length, sizeof text - length,
                         "%s: %s: %s\n%s\n", word(test, "name"),
                         word(test, "result"), word(test, "feedback"),
                         word(test, "evidence"));
    return text;
}

static const char *kit_of(const char *exercise)
{
    static char path[PATH_MAX + 100];
    snprintf(path, sizeof path, "%s/build/grading/exercises/%s", top, exercise);
    return path;
}

/* A copy of a kit in which more is allowed, or less time given. */
static const char *changed_kit(const char *exercise, const char *changes)
{
    static char path[4096];
    char allow[200] = "", limit[20];
    int value;
    const char *at = strstr(changes, "allow=");
    if (at)
        sscanf(at + 6, "%199s", allow);
    const struct run *r =
        run("mkdir -p kits && ln -sfn '%s/../common' kits/common && "
            "rm -rf kits/%s && cp -r '%s' kits/ && rm -rf kits/%s/seeds && "
            "echo '%s' | tr , '\\n' >>kits/%s/link/allow.txt",
            kit_of(exercise), exercise, kit_of(exercise), exercise, allow,
            exercise);
    ck_assert_msg(r->status == 0, "%s", r->err);
    snprintf(path, sizeof path, "kits/%s/exercise.json", exercise);
    json_t *json = json_load_file(path, 0, NULL);
    at = strstr(changes, "limits=");
    if (at && sscanf(at + 7, "%19[a-z]:%d", limit, &value) == 2)
        json_object_set_new(json_object_get(json, "limits"), limit,
                            json_integer(value));
    if (strstr(changes, "opens"))
        json_object_set_new(json, "opens", json_true());
    ck_assert_int_eq(json_dump_file(json, path, 0), 0);
    json_decref(json);
    snprintf(path, sizeof path, "kits/%s", exercise);
    return path;
}

/* The first line: judge EXERCISE STATUS "EXPRESSION" [CHANGES] */
START_TEST(hostile_file_is_stopped)
{
    const char *file = hostile.gl_pathv[FIRST + _i * STEP];
    char line[400], exercise[40], status[10], expression[300] = "",
                                              changes[100] = "";
    FILE *source = fopen(file, "r");
    ck_assert_ptr_nonnull(source);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, source));
    fclose(source);
    if (strncmp(line, "/* judge ", 9) != 0)
        return; /* another suite's */
    int found = sscanf(line, "/* judge %39s %9s \"%299[^\"]\" %99[^\n]",
                       exercise, status, expression, changes);
    ck_assert_msg(found >= 2, "%s: %s", file, line);
    const struct run *r =
        run("'%s/tests/hostile/submission.sh' '%s' >hostile.c", top, file);
    ck_assert_msg(r->status == 0, "%s", r->err);
    bool change = *changes && *changes != '*';
    json_t *verdict =
        judge(change ? changed_kit(exercise, changes) : kit_of(exercise),
              "hostile.c", "--seed 7");
    ck_assert_msg(strcmp(word(verdict, "status"), status) == 0,
                  "%s: status %s, not %s\n%s", file, word(verdict, "status"),
                  status, told(verdict));
    ck_assert_msg(strcmp(status, "pass") == 0 || points(verdict) == 0,
                  "%s: %g points\n%s", file, points(verdict), told(verdict));
    ck_assert_msg(!*expression || matches(told(verdict), expression),
                  "%s: nothing says '%s':\n%s", file, expression,
                  told(verdict));
    json_decref(verdict);
}
END_TEST

static void put(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void expect_error(const char *file, const char *words)
{
    json_t *verdict = judge(kit_of("ex-slice"), file, "--seed 7");
    ck_assert_str_eq(word(verdict, "status"), "error");
    ck_assert(points(verdict) == 0);
    ck_assert_msg(matches(told(verdict), words), "%s", told(verdict));
    json_decref(verdict);
}

START_TEST(what_is_no_text)
{
    put("empty.c", "", 0);
    expect_error("empty.c", "is empty");
    put("binary.c", "\177ELF\0\1\2\3\0\0\377\376", 12);
    expect_error("binary.c", "is not a text");
    put("random.c", "\377\376\200\201 int \303( ;\n", 14);
    expect_error("random.c", "does not compile");
    expect_error("nothing.c", "There is no file");
    ck_assert_int_eq(symlink("/etc/passwd", "link.c"), 0);
    expect_error("link.c", "There is no file");
    ck_assert_int_eq(mkdir("folder.c", 0755), 0);
    expect_error("folder.c", "There is no file");
    ck_assert_int_eq(mkfifo("fifo.c", 0644), 0);
    expect_error("fifo.c", "There is no file");
}
END_TEST

static json_t *judge_variant(const char *exercise, const char *variant,
                             const char *options)
{
    char path[4096];
    const struct run *r = run("ls '%s/%s'/*.c", kit_of(exercise), variant);
    snprintf(path, sizeof path, "%.*s", (int)strcspn(r->out, "\n"), r->out);
    return judge(kit_of(exercise), path, options);
}

static const char *const exercises[] = {"ex-slice", "ex-courier",
                                        "ex-lock-both", "ex-chain"};

START_TEST(the_starter_has_nothing)
{
    json_t *verdict = judge_variant(exercises[_i], "starter", "--seed 3");
    ck_assert_str_eq(word(verdict, "status"), "fail");
    ck_assert_msg(points(verdict) == 0, "%s", told(verdict));
    json_decref(verdict);
}
END_TEST

/* What does not depend on the machine. */
static char *essence(json_t *verdict)
{
    json_object_del(verdict, "cost");
    char *text = json_dumps(verdict, JSON_SORT_KEYS);
    json_decref(verdict);
    return text;
}

START_TEST(the_solution_has_all_also_under_load)
{
    json_t *verdict = judge_variant(exercises[_i], "reference", "--seed 3");
    ck_assert_msg(strcmp(word(verdict, "status"), "pass") == 0, "%s",
                  told(verdict));
    ck_assert(points(verdict) ==
              json_number_value(json_object_get(verdict, "max")));
    char *first = essence(verdict);
    pid_t spinners[4];
    for (int i = 0; i < 4; i++)
        if ((spinners[i] = fork()) == 0)
            for (;;)
                ;
    char *second =
        essence(judge_variant(exercises[_i], "reference", "--seed 3"));
    for (int i = 0; i < 4; i++)
        kill(spinners[i], SIGKILL);
    ck_assert_str_eq(second, first);
    free(first);
    free(second);
}
END_TEST

/* The numbers of processes are the same in each new PID namespace, if nobody
 * takes care. */
START_TEST(no_process_number_is_wanted)
{
    const char *kit = kit_of("ex-courier");
    run("rm -f '%s/seeds/4.json'", kit);
    json_decref(judge_variant("ex-courier", "reference", "--seed 4"));
    const struct run *r =
        run("line=$(grep -n 'waitpid(child' '%s/tests/exercises/ex-courier.c' "
            "| cut -d : -f 1); jq --arg where ex-courier.c:$line "
            "'.[].places[] | select(.where == $where) | .any' "
            "'%s/seeds/4.json'",
            top, kit);
    ck_assert_str_eq(r->out, "true\n");
}
END_TEST

/* A function that finds, above itself on the stack, what the test will compare
 * its result with, and writes its own result there. */
START_TEST(a_changed_expectation_is_seen)
{
    static const char cheat[] =
        "#include <stdlib.h>\n#include <string.h>\n"
        "char *join(int count, char *const words[]);\n"
        "char *join(int count, char *const words[])\n{\n"
        "    char right[400] = \"\", *result = malloc(2);\n"
        "    for (int i = 0; i < count; i++)\n"
        "        strcat(strcat(right, i ? \" \" : \"\"), words[i]);\n"
        "    strcpy(result, \"x\");\n"
        "    char *top = (char *)__builtin_frame_address(0);\n"
        "    for (char *at = top; at < top + 2000; at++)\n"
        "        if (*right && strcmp(at, right) == 0)\n"
        "            strcpy(at, \"x\");\n"
        "    return result;\n}\n";
    put("cheat.c", cheat, sizeof cheat - 1);
    json_t *verdict = judge(kit_of("ex-join"), "cheat.c", "--seed 7");
    ck_assert_msg(points(verdict) == 0, "%s", told(verdict));
    ck_assert_msg(strstr(told(verdict), "not the same as for the reference"),
                  "%s", told(verdict));
    json_decref(verdict);
}
END_TEST

/* The gate reads what may be anything: it refuses or not, and nothing else. */
START_TEST(the_gate_withstands_damage)
{
    static const char source[] =
        "int answer(void);\nint answer(void)\n{\n    return 42;\n}\n";
    put("good.c", source, sizeof source - 1);
    put("api", "answer\n", 7);
    ck_assert_int_eq(run("gcc -g -c -o bin good.c && gate api api bin")->status,
                     0);
    size_t size;
    static unsigned char good[65536], bad[65536];
    FILE *file = fopen("bin", "r");
    size = fread(good, 1, sizeof good, file);
    fclose(file);
    for (int i = 0; i < 400; i++) {
        memcpy(bad, good, size);
        size_t cut = i % 4 == 0 ? (size_t)vary(0, (long)size) : size;
        for (int k = 0; k < 1 + i % 3; k++) {
            /* the header, the section table, or anything */
            long at = i % 2 ? vary(0, 63) : vary(0, (long)size - 1);
            if (i % 5 == 0)
                at = (long)size - vary(1, 1000);
            bad[at] = (unsigned char)vary(0, 255);
        }
        mkdir("bad", 0755);
        put("bad/bin", bad, cut);
        const struct run *r = run("gate api api bad/bin");
        ck_assert_msg(r->status >= 0 && r->status <= 2 &&
                          !strstr(r->err, "Sanitizer"),
                      "damage %d: status %d\n%s", i, r->status, r->err);
    }
}
END_TEST

/* What a killed judge leaves behind, the next one removes; what one that is at
 * work needs, it does not. In place of its first box they find a script that
 * says that they have come so far, and waits. */
START_TEST(the_next_removes_what_a_killed_judge_left)
{
    const char *kit = kit_of("ex-slice");
    const struct run *r =
        run("mkdir scratch stuck; mkfifo begun; export TMPDIR=$PWD/scratch; "
            "cp $(command -v judge) stuck; "
            "printf '#!/bin/sh\\ntest -e go || : >begun; "
            "until [ -e go ]; do sleep 0.01; done' >stuck/box; "
            "chmod +x stuck/box; set -- --quick '%s' '%s/reference/slice.c'; "
            "stuck/judge -o killed \"$@\" & cat begun; kill -KILL $!; wait $!; "
            "stuck/judge -o slow \"$@\" & cat begun; ls scratch | wc -l; "
            "judge -o whole \"$@\" && ls scratch | wc -l; >go; wait $!; "
            "rmdir scratch && echo gone; ls killed slow whole",
            kit, kit);
    ck_assert_str_eq(r->out, "1\n1\ngone\nslow\nwhole\n");
}
END_TEST

/* Where a finding sends its reader, there must be something. */
START_TEST(sections_exist)
{
    const struct run *r =
        run("grep -oE '\"sec-[a-z-]+\"' '%s/tangled/22-grader/judge.c' | "
            "tr -d '\"' | sort -u >named; test -s named && "
            "cut -f 1 '%s' | sort | comm -23 named - >missing; "
            "cat missing; ! test -s missing",
            top, kit_of("common/sections.tsv"));
    ck_assert_msg(r->status == 0, "no such section: %s", r->out);
}
END_TEST

int main(void)
{
    char pattern[PATH_MAX + 20];
    if (!getcwd(top, sizeof top))
        return EXIT_FAILURE;
    snprintf(pattern, sizeof pattern, "%s/tests/hostile/*.c", top);
    if (glob(pattern, 0, NULL, &hostile) != 0)
        return EXIT_FAILURE;
    Suite *suite = suite_create("judge");
    TCase *tcase = tcase_create("judge");
    tcase_set_timeout(tcase, 600);
    tcase_add_unchecked_fixture(tcase, make_directory, remove_directory);
    tcase_add_test(tcase, sections_exist);
    tcase_add_test(tcase, the_gate_withstands_damage);
    tcase_add_test(tcase, what_is_no_text);
    tcase_add_test(tcase, the_next_removes_what_a_killed_judge_left);
    tcase_add_loop_test(tcase, hostile_file_is_stopped, 0,
                        ((int)hostile.gl_pathc - FIRST + STEP - 1) / STEP);
    tcase_add_test(tcase, a_changed_expectation_is_seen);
    tcase_add_test(tcase, no_process_number_is_wanted);
    tcase_add_loop_test(tcase, the_starter_has_nothing, 0,
                        sizeof exercises / sizeof *exercises);
    tcase_add_loop_test(tcase, the_solution_has_all_also_under_load, 0,
                        sizeof exercises / sizeof *exercises);
    suite_add_tcase(suite, tcase);
    int status = run_suite(suite);
    globfree(&hostile);
    return status;
}
