/* Chapter 16, A data pipeline: its programs in folders of their own; what it
 * makes is compared with what is computed here, and with itself after kills. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <png.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/pipeline-XXXXXX";

static void enter_new_folder(void)
{
    strcpy(dir, "/tmp/pipeline-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
}

static void leave_folder(void)
{
    char command[100];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", dir, dir);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static const char *get(const char *path)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s should exist", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* Run it and expect this status, with a match on standard error. */
static const struct run *expect(int status, const char *error,
                                const char *command)
{
    const struct run *r = run("%s", command);
    ck_assert_msg(r->status == status, "%s: status %d, not %d:\n%s%s", command,
                  r->status, status, r->out, r->err);
    ck_assert_msg(*error ? matches(r->err, error) : !*r->err,
                  "%s: standard error should match '%s':\n%s", command, error,
                  r->err);
    return r;
}

static void one_line(const char *error, const char *command)
{
    const struct run *r = expect(2, error, command);
    ck_assert_msg(count_in(r->err, "\n") == 1, "one line, not\n%s", r->err);
    ck_assert_msg(strncmp(r->err, "pipeline: ", 10) == 0, "%s", r->err);
}

static const char table_conf[] = "output = out\n"
                                 "[table t]\n"
                                 "from = t.csv\n"
                                 "model = m\n"
                                 "key = id\n";
static const char small_model[] = "logistic\nbias 0.5\na 1\nb -2\n";

/* Score a table; the result and the rejects must be these. */
static void scores(const char *rows, const char *result, const char *rejects)
{
    put("t.conf", table_conf);
    put("m", small_model);
    put("t.csv", rows);
    const struct run *r = run("pipeline --quiet --fresh t.conf");
    bool bad = strcmp(rejects, "line,reason\n") != 0;
    ck_assert_msg(r->status == bad, "status %d:\n%s%s", r->status, r->out,
                  r->err);
    ck_assert_str_eq(get("out/t.csv"), result);
    ck_assert_str_eq(get("out/t.rejects"), rejects);
}

#define NONE "line,reason\n"

/* ---------- tables ---------- */

START_TEST(scores_are_those_of_the_formula)
{
    char expected[100];
    snprintf(expected, sizeof expected, "id,score\nx,%.6f\ny,%.6f\n",
             1 / (1 + exp(-(0.5 + 1.5 - 2 * 0.25))),
             1 / (1 + exp(-(0.5 - 3 - 2 * -1e-3))));
    scores("id,a,b\nx,1.5,0.25\ny,-3,-1e-3\n", expected, NONE);
}
END_TEST

START_TEST(lines_may_end_in_many_ways)
{
    const char *expected = "id,score\nx,0.622459\ny,0.622459\n";
    scores("id,a,b\nx,0,0\ny,0,0", expected, NONE);
    scores("id,a,b\r\nx,0,0\r\ny,0,0\r\n", expected, NONE);
    scores("id,a,b\r\nx,0,0\r\ny,0,0\r", expected, NONE);
    scores("id,a,b\n\n\nx,0,0\n\r\ny,0,0\n\n", expected, NONE);
    scores("\xef\xbb\xbfid,a,b\nx,0,0\ny,0,0\n", expected, NONE);
    scores("id,a,b", "id,score\n", NONE);
    scores("id,a,b\n", "id,score\n", NONE);
}
END_TEST

START_TEST(quotes_are_understood)
{
    scores("c,id,\"a\",b\n\"one, two\",x,\"0\",\"0\"\n\"a \"\"b\"\"\",\"y,z\","
           "0,0\n\"\",\"\",0,0\n",
           "id,score\nx,0.622459\n\"y,z\",0.622459\n\"\",0.622459\n", NONE);
}
END_TEST

START_TEST(bad_rows_are_told_by_line)
{
    scores("id,a,b\n1,x,0\n2,0,0\n3,0\n4,0,0,0\n\n\"7,0,0\n8,\"0\"0,0\n9,,0\n"
           "10,nan,0\n11,0x10,0\n12,1e999,0\n13,1e,0\n14,1 2,0\n15,.,0\n"
           "16,inf,0\n17, 0 ,0\n",
           "id,score\n2,0.622459\n17,0.622459\n",
           NONE "2,'x' in column a is not a number\n"
                "4,2 fields where the header has 3\n"
                "5,4 fields where the header has 3\n"
                "7,quotes that are not closed in this line\n"
                "8,quotes that are not closed in this line\n"
                "9,'' in column a is not a number\n"
                "10,'nan' in column a is not a number\n"
                "11,'0x10' in column a is not a number\n"
                "12,'1e999' in column a is not a number\n"
                "13,'1e' in column a is not a number\n"
                "14,'1 2' in column a is not a number\n"
                "15,'.' in column a is not a number\n"
                "16,'inf' in column a is not a number\n");
}
END_TEST

START_TEST(sums_that_are_no_number_are_refused)
{
    put("m", "logistic\na 1e10\nb -1e10\n");
    put("t.conf", table_conf);
    put("t.csv", "id,a,b\n1,1e308,1e308\n2,1e308,0\n3,0,1e308\n");
    expect(1, "t.csv:2: numbers too large", "pipeline --quiet t.conf");
    ck_assert_str_eq(get("out/t.csv"), "id,score\n2,1.000000\n3,0.000000\n");
}
END_TEST

START_TEST(long_lines_cost_only_themselves)
{
    FILE *file = fopen("t.csv", "w");
    fputs("id,a,b\n1,0,0\n", file);
    for (int line = 0; line < 3; line++) {
        static const int lengths[] = {65537, 262144, 1000000};
        for (int i = 0; i < lengths[line]; i++)
            fputc('9', file);
        fprintf(file, "\n%d,0,0\n", line + 3);
    }
    fprintf(file, "6,%065531d,0\n", 0); /* 65,536 bytes may be */
    fclose(file);
    put("m", small_model);
    put("t.conf", table_conf);
    expect(1, "t.csv:3: longer than 65536 bytes", "pipeline --quiet t.conf");
    ck_assert_str_eq(get("out/t.rejects"), NONE "3,longer than 65536 bytes\n"
                                                "5,longer than 65536 bytes\n"
                                                "7,longer than 65536 bytes\n");
    ck_assert_str_eq(get("out/t.csv"),
                     "id,score\n1,0.622459\n3,0.622459\n4,0.622459\n"
                     "5,0.622459\n6,0.622459\n");
}
END_TEST

START_TEST(numbers_are_read_as_strtod_reads_them)
{
    static const char *const numbers[] = {"9007199254740993",
                                          "0.30000000000000004",
                                          "1.7976931348623157e308",
                                          "2.2250738585072014e-308",
                                          "4.9e-324",
                                          "123456789012345678901234567890",
                                          "1e22",
                                          "1e23",
                                          "8.5e22",
                                          "00000000000000000000000.5",
                                          "+1.",
                                          "-.5",
                                          "1E-5",
                                          "9007199254740992e-22"};
    enum { NUMBERS = sizeof numbers / sizeof numbers[0] };
    put("t.conf", table_conf);
    for (int i = 0; i < NUMBERS; i++) {
        char text[200], expected[100];
        double value = strtod(numbers[i], NULL);
        snprintf(text, sizeof text, "logistic\nbias 0\na %s\nb 0\n",
                 value > 1e3 ? "1e-300" : "1");
        put("m", text);
        snprintf(text, sizeof text, "id,a,b\nx,%s,0\n", numbers[i]);
        put("t.csv", text);
        snprintf(expected, sizeof expected, "id,score\nx,%.6f\n",
                 1 / (1 + exp(-(0 + (value > 1e3 ? 1e-300 : 1) * value))));
        run("pipeline --quiet --fresh t.conf");
        ck_assert_msg(strcmp(get("out/t.csv"), expected) == 0, "%s: %snot\n%s",
                      numbers[i], get("out/t.csv"), expected);
    }
}
END_TEST

static long most_memory(void)
{
    struct rusage used;
    ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &used), 0);
    return used.ru_maxrss;
}

/* Rows of two bytes, none of them good (_i == 0) or all, cost no more memory
 * than those of a usual table; nor does the log grow with the bad ones. */
START_TEST(short_rows_cost_no_more_memory)
{
    run_well("sample s 100000 0; pipeline --quiet s/sample.conf");
    long usual = most_memory();
    put("m", "logistic\na 0.5\n");
    put("t.conf", table_conf);
    run_well(_i ? "sed -i s/id/a/ t.conf; { echo a; yes 1 | head -c 2000000; } "
                  ">t.csv"
                : "{ echo id,a; yes x | head -c 2000000; } >t.csv");
    const struct run *r = run("pipeline --quiet t.conf");
    ck_assert_int_eq(r->status, !_i);
    ck_assert_msg(strstr(r->out, _i ? "t: 1000000 rows, 0 bad"
                                    : "t: 0 rows, 1000000 bad") != NULL,
                  "%s", r->out);
    ck_assert_msg(most_memory() <= usual + usual / 4,
                  "%ld KiB, and %ld for a usual table", most_memory(), usual);
    unsigned long lines = 0;
    ck_assert_int_eq(sscanf(strstr(r->out, "log: "), "log: %lu", &lines), 1);
    ck_assert_msg(lines < 100, "%lu lines in the log", lines);
    ck_assert_int_eq(count_in(r->err, "t.csv:"), _i ? 0 : 10);
}
END_TEST

START_TEST(bad_rows_among_good_ones_stay_in_order)
{
    put("m", small_model);
    put("t.conf", table_conf);
    run_well("seq 200000 | awk 'BEGIN { print \"id,a,b\"; "
             "print \"id,score\" >\"good\"; print \"line,reason\" >\"bad\" } "
             "$1 % 3 { print \"x\"; "
             "print $1 + 1 \",1 fields where the header has 3\" >\"bad\" } "
             "$1 % 3 == 0 { print $1 \",0,0\"; "
             "print $1 \",0.622459\" >\"good\" }' >t.csv");
    expect(1, "t.csv:2: 1 fields", "pipeline --quiet t.conf");
    run_well("cmp out/t.csv good; cmp out/t.rejects bad");
}
END_TEST

START_TEST(many_batches_stay_in_order)
{
    run_well("sample s 120000 0");
    const struct run *r = run_well("pipeline --quiet s/sample.conf");
    ck_assert_ptr_nonnull(strstr(r->out, "customers: 120000 rows, 0 bad\n"));
    run_well("cut -d, -f1 s/customers.csv >a; cut -d, -f1 "
             "s/results/customers.csv | cmp - a");
    run_well("pipeline --quiet --fresh --workers 1 s/sample.conf; tail -n +2 a "
             "| sort -c");
}
END_TEST

/* ---------- images ---------- */

static unsigned char *decoded(const char *path, png_image *image)
{
    *image = (png_image){.version = PNG_IMAGE_VERSION};
    ck_assert_msg(png_image_begin_read_from_file(image, path), "%s: %s", path,
                  image->message);
    image->format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(*image));
    ck_assert_msg(png_image_finish_read(image, NULL, pixels, 0, NULL), "%s: %s",
                  path, image->message);
    return pixels;
}

static void encode(const char *path, unsigned width, unsigned height,
                   unsigned format, const unsigned char *pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = width,
                       .height = height,
                       .format = format};
    ck_assert(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
}

static void transform(const char *steps)
{
    char text[200];
    snprintf(text, sizeof text,
             "output = out\n[images p]\nfrom = in\nsteps = %s", steps);
    put("i.conf", text);
    const struct run *r = run("pipeline --quiet --fresh i.conf");
    ck_assert_msg(r->status == 0, "%s: %s%s", steps, r->out, r->err);
}

START_TEST(a_blur_is_the_mean_of_a_box)
{
    enum { W = 700, H = 500, R = 3 };
    static unsigned char pixels[H][W][3];
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            for (int c = 0; c < 3; c++)
                pixels[y][x][c] = (unsigned char)(x * 7 + y * 13 + c * 99);
    ck_assert_int_eq(mkdir("in", 0777), 0);
    encode("in/a.png", W, H, PNG_FORMAT_RGB, &pixels[0][0][0]);
    transform("blur 3");
    png_image image;
    unsigned char *got = decoded("out/p/a.png", &image);
    ck_assert_int_eq(image.width, W);
    ck_assert_int_eq(image.height, H);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double sum = 0;
            for (int dy = -R; dy <= R; dy++)
                for (int dx = -R; dx <= R; dx++) {
                    int u = x + dx < 0 ? 0 : x + dx >= W ? W - 1 : x + dx;
                    int v = y + dy < 0 ? 0 : y + dy >= H ? H - 1 : y + dy;
                    sum += pixels[v][u][1];
                }
            int value = got[(y * W + x) * 3 + 1];
            ck_assert_msg(fabs(value - sum / 49) <= 1.01,
                          "%d, %d: %d and not %.2f", x, y, value, sum / 49);
        }
    free(got);
}
END_TEST

START_TEST(each_format_has_its_steps)
{
    static const unsigned formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA,
                                       PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    static unsigned char pixels[5 * 3 * 4];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(200 + i % 4);
    ck_assert_int_eq(mkdir("in", 0777), 0);
    for (int f = 0; f < 4; f++) {
        char path[32];
        snprintf(path, sizeof path, "in/%d.png", f);
        encode(path, 5, 3, formats[f], pixels);
    }
    transform("resize 40%, blur 2, grey, resize 7x9");
    for (int f = 0; f < 4; f++) {
        char path[32];
        png_image image;
        snprintf(path, sizeof path, "out/p/%d.png", f);
        free(decoded(path, &image));
        ck_assert_int_eq(image.width, 7);
        ck_assert_int_eq(image.height, 9);
        ck_assert_int_eq(image.format, formats[f] & PNG_FORMAT_FLAG_ALPHA);
    }
}
END_TEST

START_TEST(grey_and_resize_are_exact)
{
    static const unsigned char pixels[] = {255, 0, 0, 0, 255, 0, 0, 0,
                                           255, 9, 9, 9, 0,   0, 0, 1,
                                           1,   1, 2, 2, 2,   3, 3, 3};
    png_image image;
    ck_assert_int_eq(mkdir("in", 0777), 0);
    encode("in/a.png", 4, 2, PNG_FORMAT_RGB, pixels);
    transform("grey");
    unsigned char *got = decoded("out/p/a.png", &image);
    ck_assert_mem_eq(got, ((unsigned char[]){76, 150, 29, 9, 0, 1, 2, 3}), 8);
    free(got);
    transform("grey, resize 50%");
    got = decoded("out/p/a.png", &image);
    ck_assert_int_eq(image.width * 10 + image.height, 21);
    ck_assert_mem_eq(got, ((unsigned char[]){57, 11}), 2);
    free(got);
}
END_TEST

START_TEST(broken_images_are_told_by_name)
{
    run_well("sample -f s 10 2 90; head -c 2000 s/photos/lake-1.png "
             ">s/photos/half.png; : >s/photos/empty.png; mkdir "
             "s/photos/folder.png; echo text >s/photos/readme.txt");
    const struct run *r = run("pipeline --quiet s/sample.conf");
    ck_assert_int_eq(r->status, 1);
    ck_assert_ptr_nonnull(strstr(r->out, "photos: 2 images, 3 broken (s/res"));
    ck_assert(matches(r->err, "photos/half.png: cannot be decoded: ."));
    ck_assert(matches(r->err, "photos/empty.png: cannot be decoded: ."));
    ck_assert(matches(r->err, "photos/torn.png: cannot be decoded: ."));
    ck_assert(matches(get("s/results/photos/half.png.error"), "cannot"));
    ck_assert(!exists("s/results/photos/half.png"));
    /* the same is said of them again, and when mended they are made */
    r = run("pipeline --quiet s/sample.conf");
    ck_assert_int_eq(r->status, 1);
    ck_assert_int_eq(count_in(r->err, "cannot be decoded"), 3);
    run_well("cp s/photos/lake-2.png s/photos/half.png");
    r = run("pipeline --quiet s/sample.conf");
    ck_assert_ptr_nonnull(strstr(r->out, "photos: 3 images, 2 broken"));
    run_well("cmp s/results/photos/half.png s/results/photos/lake-2.png; "
             "test ! -e s/results/photos/half.png.error");
}
END_TEST

START_TEST(an_image_too_large_for_memory_is_skipped)
{
    run_well("sample s 10 1 600; sample u 10 1 90; cp u/photos/lake-1.png "
             "s/photos/small.png; sed '1i memory = 500K' s/sample.conf >s/c");
    expect(1, "lake-1.png: needs [0-9]+ KiB, and its folder has 500 of 'mem",
           "pipeline --quiet s/c");
    ck_assert(exists("s/results/photos/small.png"));
    ck_assert(!exists("s/results/photos/lake-1.png.error"));
    /* with more memory, the same results go on */
    run_well("pipeline --quiet s/sample.conf");
    ck_assert(exists("s/results/photos/lake-1.png"));
    /* folders share the memory */
    run_well("rm -r s/results; sed -n '/^.images/,/^$/s/photos]/again]/p' "
             "s/c >>s/c; sed -n '/^from = p/p; /^steps/p' s/c >>s/c");
    expect(1, "lake-1.png: needs [0-9]+ KiB, and its folder has 250 of 'mem",
           "pipeline --quiet s/c");
}
END_TEST

START_TEST(workers_do_not_change_a_byte)
{
    run_well("sample s 3000 3 700; pipeline --quiet --workers 1 s/sample.conf; "
             "mv s/results s/one; pipeline --quiet --workers 5 s/sample.conf; "
             "rm s/one/pipeline.log s/results/pipeline.log; "
             "diff -r s/one s/results");
}
END_TEST

/* ---------- after a kill ---------- */

/* Start the pipeline, and return when it has written a state with an offset of
 * some rows, or has ended. */
static pid_t start_and_wait(const char *conf, const char *state)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char path[600];
        snprintf(path, sizeof path, "%s/pipeline", getenv("BIN"));
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        execl(path, path, "--quiet", conf, (char *)NULL);
        _exit(127);
    }
    for (;;) {
        unsigned long rows = 0;
        char *at = NULL;
        if (exists(state))
            at = strstr(get(state), "\nrows ");
        if (at && sscanf(at, "\nrows %lu", &rows) == 1 && rows > 0)
            return child;
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) ==
                0 &&
            info.si_pid == child)
            return child;
        usleep(1000);
    }
}

static int end_of(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void make_long_work(void)
{
    run_well("sample s 150000 6 900; sed '1i checkpoint = 256K' "
             "s/sample.conf >s/c; pipeline --quiet s/c; mv s/results s/whole; "
             "rm s/whole/pipeline.log");
}

static void must_end_as_if_nothing_had_been(void)
{
    const struct run *r = run("pipeline --quiet s/c");
    ck_assert_msg(r->status == 0, "status %d: %s", r->status, r->err);
    ck_assert_ptr_nonnull(strstr(r->out, "photos: 6 images, 0 broken\n"));
    ck_assert_ptr_nonnull(strstr(r->out, "customers: 150000 rows, 0 bad\n"));
    run_well("rm -f s/results/pipeline.log s/results/photos/.*.part; "
             "diff -r s/whole s/results");
}

START_TEST(a_killed_run_goes_on)
{
    make_long_work();
    for (int kills = 0; kills < 3; kills++) {
        pid_t child = start_and_wait("s/c", "s/results/customers.state");
        kill(child, SIGKILL);
        (void)end_of(child);
    }
    must_end_as_if_nothing_had_been();
}
END_TEST

START_TEST(an_interrupted_run_tidies_up_and_goes_on)
{
    make_long_work();
    pid_t child = start_and_wait("s/c", "s/results/customers.state");
    kill(child, _i ? SIGTERM : SIGINT);
    int status = end_of(child);
    ck_assert_msg(status == 128 + (_i ? SIGTERM : SIGINT) || status == 0,
                  "status %d", status);
    const struct run *r = run("ls -A s/results/photos");
    ck_assert_msg(count_in(r->out, ".part") == 0, "half-written: %s", r->out);
    run_well("for f in s/results/photos/*.png; do test ! -e $f || "
             "cmp $f s/whole/photos/${f##*/}; done");
    must_end_as_if_nothing_had_been();
}
END_TEST

START_TEST(a_done_run_does_nothing_again)
{
    run_well("sample s 1000 2 90; pipeline --quiet s/sample.conf; ls -i "
             "s/results s/results/photos >before; pipeline --quiet "
             "s/sample.conf; ls -i s/results s/results/photos | cmp - before");
    /* killed between "complete" and the renames */
    run_well("cp s/results/customers.csv good; mv s/results/customers.csv "
             "s/results/customers.csv.part; pipeline --quiet s/sample.conf; "
             "cmp s/results/customers.csv good");
}
END_TEST

START_TEST(a_lost_result_is_missed)
{
    static const char *const names[] = {"customers.csv", "customers.rejects"};
    char text[200];
    run_well("sample s 1000 1 90; pipeline --quiet s/sample.conf; "
             "cp -r s/results s/whole");
    snprintf(text, sizeof text, "rm s/results/%s", names[_i]);
    run_well(text);
    snprintf(text, sizeof text, "^pipeline: s/results/%s is missing.*--fresh$",
             names[_i]);
    expect(3, text, "pipeline --quiet s/sample.conf");
    expect(3, text, "pipeline --quiet s/sample.conf");
    run_well("pipeline --quiet --fresh s/sample.conf; "
             "rm s/results/pipeline.log s/whole/pipeline.log; "
             "diff -r s/results s/whole");
}
END_TEST

/* No kill shows what is not on the disk, so look at what is forced there. */
START_TEST(the_names_of_results_are_forced_to_the_disk)
{
    if (!strstr(getenv("BIN"), "/bin/"))
        return; /* the sanitizers want to be loaded first */
    put("see.c", "#define _GNU_SOURCE\n"
                 "#include <stdio.h>\n"
                 "#include <sys/syscall.h>\n"
                 "#include <unistd.h>\n"
                 "int fsync(int fd)\n"
                 "{\n"
                 "    char link[40], name[400] = {0};\n"
                 "    sprintf(link, \"/proc/self/fd/%d\", fd);\n"
                 "    if (readlink(link, name, sizeof name - 1) > 0)\n"
                 "        dprintf(2, \"forced: %s\\n\", name);\n"
                 "    return (int)syscall(SYS_fsync, fd);\n"
                 "}\n");
    run_well("cc -shared -fPIC -o see.so see.c; sample s 1000 1 90");
    const struct run *r =
        run("LD_PRELOAD=$PWD/see.so pipeline --quiet s/sample.conf");
    ck_assert_msg(r->status == 0 && matches(r->err, "/.lake-1.png.part$") &&
                      matches(r->err, "^forced: .*s/results$") &&
                      matches(r->err, "^forced: .*s/results/photos$"),
                  "%s", r->err);
}
END_TEST

START_TEST(a_full_disk_among_bad_rows_is_survived)
{
    put("m", small_model);
    put("t.conf", table_conf);
    run_well("{ echo id,a,b; yes x | head -c 500000; } >t.csv; "
             "sed -e 's/= out/= whole/' t.conf >w; "
             "sed -i '1i checkpoint = 1K' t.conf; "
             "pipeline --quiet w 2>/dev/null; test $? = 1");
    expect(3, "out/t.rejects: File too large; make room",
           "ulimit -f 10000; pipeline --quiet t.conf");
    ck_assert(matches(get("out/t.state"), "^bad [1-9]"));
    expect(1, "t.csv:[0-9]*: 1 fields", "pipeline --quiet t.conf");
    run_well("cmp out/t.csv whole/t.csv; cmp out/t.rejects whole/t.rejects");
}
END_TEST

START_TEST(a_full_disk_is_said_and_survived)
{
    run_well("sample s 200000 0; sed '1i checkpoint = 1M' s/sample.conf >s/c; "
             "sed 's/= results/= whole/' s/c >s/d; pipeline --quiet s/d");
    expect(3,
           "^pipeline: s/results/customers.csv: File too large; make room .*: "
           "it goes on where it stopped$",
           "ulimit -f 2000; pipeline --quiet s/c");
    ck_assert(exists("s/results/customers.csv.part"));
    ck_assert(!exists("s/results/customers.csv"));
    run_well("pipeline --quiet s/c; cmp s/results/customers.csv "
             "s/whole/customers.csv");
}
END_TEST

START_TEST(no_room_for_images_is_no_fault_of_theirs)
{
    run_well("sample s 10 2 900; sed 's/50%, grey, blur 2/90%/' s/sample.conf "
             ">s/c");
    expect(3, "results/photos: File too large; make room",
           "ulimit -f 100; pipeline --quiet s/c");
    const struct run *r = run_well("pipeline --quiet s/c");
    ck_assert_ptr_nonnull(strstr(r->out, "photos: 2 images, 0 broken"));
}
END_TEST

START_TEST(changed_settings_are_noticed)
{
    run_well("sample s 100 1 90; pipeline --quiet s/sample.conf");
    run_well(
        "sed 's/blur 2/blur 3/' s/sample.conf >s/a; sed "
        "'s/key = id/key = name/' s/sample.conf >s/b; sed 's/[.]model/.m/'"
        " s/sample.conf >s/c; sed s/0.031/0.032/ s/churn.model >s/churn.m");
    one_line("photos.state is of other settings.*--fresh",
             "pipeline --quiet s/a");
    one_line("customers.state is of other settings.*--fresh",
             "pipeline --quiet s/b");
    one_line("customers.state is of other settings.*--fresh",
             "pipeline --quiet s/c");
    run_well("pipeline --quiet --fresh s/a && pipeline --quiet s/a");
    run_well("touch s/customers.csv");
    one_line("customers.state is of other settings or another input",
             "pipeline --quiet s/a");
    run_well("echo no >s/results/customers.state");
    one_line("customers.state is of other settings", "pipeline --quiet s/a");
}
END_TEST

START_TEST(results_replace_nothing_else)
{
    run_well("sample s 100 1 90; cp -r s t");
    run_well("sed -e 's/= results/= ./' s/sample.conf >s/c");
    one_line("s/photos: the results would replace the images",
             "pipeline --quiet s/c");
    one_line("s/customers.csv: the result would replace the table",
             "sed '/^.images/,/^$/d' s/c >s/d; pipeline --quiet s/d");
    run_well("mkdir s/results; echo mine >s/results/customers.csv");
    one_line("s/results/customers.csv is there and of something else.*--fresh",
             "pipeline --quiet s/sample.conf");
    run_well("pipeline --quiet --fresh s/sample.conf; rm -r s/results");
    run_well("diff s/customers.csv t/customers.csv; diff -r s/photos t/photos; "
             "mkdir -p s/results/photos; cp t/photos/* s/results/photos");
    one_line("s/results/photos has files of something else.*--fresh",
             "pipeline --quiet s/sample.conf");
}
END_TEST

START_TEST(two_runs_do_not_meet)
{
    run_well("sample s 100 1 90; mkdir s/results");
    one_line("s/results: another pipeline works there",
             "flock s/results/.lock pipeline --quiet s/sample.conf");
    run_well("pipeline --quiet s/sample.conf");
}
END_TEST

/* ---------- what is refused ---------- */

START_TEST(bad_configurations_are_refused)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "c: no dataset; add a line"},
        {"output = o\n", "c: no dataset"},
        {"[table t]\nfrom = t.csv\nmodel = m\n", "c: no 'output = FOLDER'"},
        {"nonsense\n", "c:1: 'nonsense' is neither"},
        {"colour = red\n", "c:1: there is no setting 'colour'.*: output"},
        {"\n\nworkers =\n", "c:3: 'workers' has no value"},
        {"workers = many\n", "c:1: workers = many: not a number"},
        {"workers = -1\n", "c:1: workers = -1: not a number"},
        {"memory = 5T\n", "c:1: memory = 5T: not a number"},
        {"memory = 99999999999999999999\n", "not a number"},
        {"log-room = 0\n", "c:1: log-room = 0: not a number from 1 on"},
        {"log-full = drop\n", "c:1: log-full is wait, drop-new or drop-old"},
        {"output = o\n[films f]\n", "c:2: '.films f.' is not .images NAME."},
        {"output = o\n[table ../t]\n", "c:2: .* is not .images NAME."},
        {"output = o\n[table t]\nsteps = grey\n", "no setting 'steps' for a"},
        {"output = o\n[table t]\n[images t]\n", "c:3: there is a dataset 't'"},
        {"output = o\n[table t]\nfrom = t.csv\n", "'t' has no 'model'"},
        {"output = o\n[images i]\nfrom = in\n", "'i' has no 'steps'"},
        {"output = o\n[images i]\nsteps = gray\n", "'gray' is no step"},
        {"output = o\n[images i]\nsteps = blur 0\n", "'blur 0' is no step"},
        {"output = o\n[images i]\nsteps = resize 0%\n", "is no step"},
        {"output = o\n[images i]\nsteps = resize 5x\n", "is no step"},
        {"output = o\n[images i]\nfrom = no\nsteps = grey\n",
         "no: No such file or directory; 'from' of c:2 must be a folder"},
        {"output = o\n[images i]\nfrom = c\nsteps = grey\n",
         "c: Not a directory; 'from' of c:2 must be a folder"},
        {"output = o\n[table t]\nfrom = no\nmodel = m\n",
         "no: No such file or directory; 'from' of c:2"},
        {"output = o\n[table t]\nfrom = /\nmodel = m\n", "this is no file"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = no\n",
         "no: No such file or directory; it is the model that c:2 asks for"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = m\nkey = x\n",
         "t.csv: no column 'x', which c:2 has for 'key'"},
        {"output = o\n[table t]\nfrom = empty\nmodel = m\n",
         "empty: it is empty; a table begins with"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = other\n",
         "t.csv: no column 'z', which the model other has"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = t.csv\n",
         "t.csv:1: a model begins with the word logistic"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = twice\n",
         "twice:3: a second weight for 'a'"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = words\n",
         "words:2: 'a one' is not COLUMN WEIGHT"},
        {"output = o\n[table t]\nfrom = t.csv\nmodel = empty\n",
         "empty: no weights in it"},
        {"output = o\n[table t]\nfrom = double\nmodel = m\n",
         "double:1: a column of the model stands there twice"},
        {"output = none/p\n[table t]\nfrom = t.csv\nmodel = m\n",
         "none/p: No such file or directory; 'output' must be a folder"},
        {"output = c\n[table t]\nfrom = t.csv\nmodel = m\n",
         "c: Not a directory; 'output' must be a folder"},
    };
    put("m", small_model);
    put("t.csv", "id,a,b\nx,1,2\n");
    put("empty", "");
    put("other", "logistic\nz 1\n");
    put("twice", "logistic\na 1\na 2\n");
    put("words", "logistic\na one\n");
    put("double", "id,a,b,a\nx,1,2,3\n");
    ck_assert_int_eq(mkdir("in", 0777), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put("c", cases[i].text);
        one_line(cases[i].error, "pipeline --quiet c");
    }
}
END_TEST

START_TEST(wrong_use_is_refused)
{
    one_line("name one configuration", "pipeline");
    one_line("name one configuration", "pipeline a b");
    one_line("no.conf: No such file or directory; name", "pipeline no.conf");
    one_line("there is no option '--slow'", "pipeline --slow c");
    one_line("there is no option '-x'", "pipeline -xy c");
    one_line("there is no option '-x'", "pipeline --quiet -x c");
    one_line("there is no option '--slow'", "pipeline c --slow");
    one_line("there is no option '--quiet=5'", "pipeline --quiet=5 c");
    one_line("--workers wants a value", "pipeline --workers");
    one_line("pipeline: --workers 0: not a number from 1 on$",
             "pipeline --workers 0 c");
    put("m", small_model);
    put("t.csv", "id,a,b\nx,1,2\n");
    put("c", table_conf);
    one_line("5000 workers: .*set fewer", "pipeline --workers 5000 c");
    const struct run *r = run_well("pipeline --help");
    ck_assert(strncmp(r->out, "usage: pipeline ", 16) == 0);
}
END_TEST

START_TEST(what_may_not_be_read_is_refused)
{
    if (geteuid() == 0)
        return; /* root may read all */
    run_well("sample s 10 1 90; chmod 0 s/photos");
    one_line("s/photos: Permission denied; 'from'",
             "pipeline --quiet s/sample.conf");
}
END_TEST

/* ---------- log and watch ---------- */

START_TEST(log_lines_are_whole)
{
    static const char *const policies[] = {"wait", "drop-new", "drop-old"};
    char command[300];
    snprintf(command, sizeof command,
             "sample s 60000 60 60; sed '1i log-room = 2\\nlog-full = %s' "
             "s/sample.conf >s/c; pipeline --quiet s/c",
             policies[_i]);
    const struct run *r = run_well(command);
    unsigned long lines = 0, dropped = 0;
    const char *at = strstr(r->out, "log: ");
    ck_assert_int_eq(
        sscanf(at, "log: %lu lines, %lu dropped", &lines, &dropped), 2);
    if (_i == 0)
        ck_assert_uint_eq(dropped, 0);
    ck_assert_msg(lines + dropped >= 60, "%lu + %lu lines", lines, dropped);
    r = run("wc -l <s/results/pipeline.log");
    ck_assert_uint_eq(strtoul(r->out, NULL, 10), lines);
    r = run("grep -vc '^20[0-9T:.-]*Z [a-z0-9 ]*: [a-z]*: .*[a-z0-9]$' "
            "s/results/pipeline.log");
    ck_assert_str_eq(r->out, "0\n");
}
END_TEST

START_TEST(a_log_that_cannot_be_written_stops_nothing)
{
    run_well("sample s 100 2 60; sed '1i log = /dev/full' s/sample.conf >s/c");
    const struct run *r = run("pipeline --quiet s/c");
    ck_assert_int_eq(r->status, 0);
    ck_assert(matches(r->err, "^pipeline: [0-9]+ lines of the log could not"));
    one_line("no/log: No such file or directory; the setting 'log'",
             "sed '1i log = no/log' s/sample.conf >s/d; pipeline s/d");
}
END_TEST

START_TEST(the_state_is_shown_on_request)
{
    make_long_work();
    put("ask",
        "pipeline --quiet s/c 2>err & p=$!\n"
        "until test -e s/results/customers.state; do sleep 0.01; "
        "done\nuntil test -s err; do kill -USR1 $p || break; sleep 0.01; "
        "done\nwait $p\n");
    const struct run *r = run("sh ask");
    ck_assert_int_eq(r->status, 0);
    if (!*get("err"))
        return; /* it ended before the first signal */
    ck_assert_msg(matches(get("err"), "^state: photos: [0-6] of 6 images") &&
                      matches(get("err"), "^state: customers: [0-9]+ %") &&
                      matches(get("err"), "^state: log: [0-9]+ lines"),
                  "%s", get("err"));
}
END_TEST

START_TEST(progress_is_a_line_now_and_then)
{
    make_long_work();
    put("look", "pipeline s/c 2>err >/dev/null & p=$!\n"
                "until test -e s/results/customers.state; do sleep 0.01; "
                "done\nkill -STOP $p\nsleep 1.1\nkill -CONT $p\nwait $p\n");
    const struct run *r = run("sh look 2>/dev/null");
    ck_assert_int_eq(r->status, 0);
    const char *seen = get("err");
    ck_assert_msg(!*seen || matches(seen, "^photos: [0-6] of 6 images, .*/s.* "
                                          ". customers: [0-9]+ %, .* rows/s"),
                  "%s", seen);
}
END_TEST

START_TEST(progress_needs_no_terminal)
{
    run_well("sample s 100 2 60; pipeline --quiet s/sample.conf");
    const struct run *r = run("script -qec 'pipeline --fresh s/sample.conf' "
                              "/dev/null </dev/null");
    ck_assert_int_eq(r->status, 0);
    ck_assert_ptr_nonnull(strstr(r->out, "photos: 2 images, 0 broken"));
}
END_TEST

/* ---------- the smaller programs ---------- */

START_TEST(small_programs_say_what_they_do)
{
    const struct run *r = run_well("window");
    ck_assert_str_eq(r->out, "0 1 2 3 4 5\nat most 3 of 6 batches under "
                             "way\n");
    run_well("tiles 1 >a; tiles 3 | cmp - a");
    r = run_well("parsecost 1");
    ck_assert_int_eq(count_in(r->out, "\tours\t"), 5);
}
END_TEST

/* With all the memory it wants, and a scorer that is slow at the last batch. */
START_TEST(unbounded_ends_its_work)
{
    if (!strstr(getenv("BIN"), "/bin/"))
        return; /* it is built without sanitizers alone */
    put("see.c",
        "#define _GNU_SOURCE\n"
        "#include <sched.h>\n"
        "#include <stdatomic.h>\n"
        "#include <stdlib.h>\n"
        "#include <sys/resource.h>\n"
        "#include <time.h>\n"
        "#include <unistd.h>\n"
        "void *__libc_malloc(size_t size);\n"
        "static atomic_long read_in, scored;\n"
        "int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)\n"
        "{\n"
        "    return what || limit ? 0 : 0;\n"
        "}\n"
        "void *malloc(size_t size)\n"
        "{\n"
        "    if (size > 60000)\n"
        "        for (read_in++; read_in - scored > 100;)\n"
        "            sched_yield();\n"
        "    return __libc_malloc(size);\n"
        "}\n"
        "int nanosleep(const struct timespec *time, struct timespec *left)\n"
        "{\n"
        "    struct timespec last = {.tv_nsec = 300000000};\n"
        "    if (time && scored == 99999)\n"
        "        clock_nanosleep(CLOCK_MONOTONIC, 0, &last, left);\n"
        "    return scored++, 0;\n"
        "}\n"
        "__attribute__((destructor)) static void look(void)\n"
        "{\n"
        "    if (write(1, scored == 100000 ? \"all\\n\" : \"not\\n\", 4) < 0)\n"
        "        abort();\n"
        "}\n");
    run_well("cc -shared -fPIC -o see.so see.c");
    const struct run *r = run("LD_PRELOAD=$PWD/see.so unbounded");
    ck_assert_msg(r->status == 0 && strncmp(r->out, "all\n", 4) == 0,
                  "main must wait for the scorer: %d, %s%s", r->status, r->out,
                  r->err);
}
END_TEST

START_TEST(sample_makes_only_what_was_asked_for)
{
    static const char *const wrong[] = {
        "sample",           "sample -x",       "sample -f",
        "sample d abc",     "sample d -5",     "sample d 5 x",
        "sample d 5 1 2",   "sample d 5 1 9x", "sample d 5 1 '' ",
        "sample d 1 1 90 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect(2, "^usage: sample ", wrong[i]);
    ck_assert_ptr_nonnull(strstr(run_well("sample --help")->out, "usage: "));
    ck_assert_str_eq(run("ls -A")->out, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("16-data-pipeline");
    const TTest *once[] = {scores_are_those_of_the_formula,
                           lines_may_end_in_many_ways,
                           quotes_are_understood,
                           bad_rows_are_told_by_line,
                           sums_that_are_no_number_are_refused,
                           long_lines_cost_only_themselves,
                           numbers_are_read_as_strtod_reads_them,
                           bad_rows_among_good_ones_stay_in_order,
                           many_batches_stay_in_order,
                           a_blur_is_the_mean_of_a_box,
                           each_format_has_its_steps,
                           grey_and_resize_are_exact,
                           broken_images_are_told_by_name,
                           an_image_too_large_for_memory_is_skipped,
                           workers_do_not_change_a_byte,
                           a_killed_run_goes_on,
                           a_done_run_does_nothing_again,
                           the_names_of_results_are_forced_to_the_disk,
                           a_full_disk_among_bad_rows_is_survived,
                           a_full_disk_is_said_and_survived,
                           no_room_for_images_is_no_fault_of_theirs,
                           changed_settings_are_noticed,
                           results_replace_nothing_else,
                           two_runs_do_not_meet,
                           bad_configurations_are_refused,
                           wrong_use_is_refused,
                           what_may_not_be_read_is_refused,
                           a_log_that_cannot_be_written_stops_nothing,
                           the_state_is_shown_on_request,
                           progress_is_a_line_now_and_then,
                           progress_needs_no_terminal,
                           small_programs_say_what_they_do,
                           unbounded_ends_its_work,
                           sample_makes_only_what_was_asked_for};
    const TTest *twice[] = {an_interrupted_run_tidies_up_and_goes_on,
                            short_rows_cost_no_more_memory,
                            a_lost_result_is_missed};
    const TTest *thrice[] = {log_lines_are_whole};
    TCase *folders = tcase_create("in folders of their own");
    tcase_add_checked_fixture(folders, enter_new_folder, leave_folder);
    tcase_set_timeout(folders, 240);
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        tcase_add_test(folders, once[i]);
    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++)
        tcase_add_loop_test(folders, twice[i], 0, 2);
    tcase_add_loop_test(folders, thrice[0], 0, 3);
    suite_add_tcase(suite, folders);
    return run_suite(suite);
}
