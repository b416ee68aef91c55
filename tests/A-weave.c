/* Tests of weave, the weaver of this book.
 *
 * Most are small books in tests/corpus: adding a case is adding a folder.
 *
 *   bad/CASE/   has errors; the file `expected` is what weave must say. It must
 *               end with status 1 and leave the pages of before untouched.
 *   good/CASE/  has none; expected/PATH is what build/PATH must be. A line …
 *               in it stands for any number of lines. If there is a shell
 *               script `check`, it runs afterwards and must print `checked`.
 *
 * What cannot lie in a folder (a full disk, an unreadable file, a huge chapter)
 * is made here. All happens in a fresh directory under $TMPDIR. */
#define _GNU_SOURCE
#include "run.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECONDS = 300 };

static const char old_page[] = "The page of before.\n";
static const char front[] = "---\n"
                            "title: One\n"
                            "summary: A tiny chapter.\n"
                            "read: 1\n"
                            "---\n";

/* The command that weaves all of a book. Errors of noweb's own programs are
 * dropped: weave must say what is wrong by itself. %s: what wraps weave. */
#define WEAVE                                                                  \
    "F=$(ls -d chapters/*.nw solutions/*.nw 2>/dev/null)\n"                    \
    "{ markup -t $F | autodefs.c | finduses | noidx; } 2>/dev/null |\n"        \
    "    %s weave -b weave/book.bib -o build $F"

static char corpus[PATH_MAX]; /* tests/corpus, absolute */
static char scratch[PATH_MAX]; /* the directory for all tests */

/* The folders of a corpus, sorted. */
struct cases {
    struct dirent **entries;
    int count;
};

static struct cases bad, good;

/* ---------- files ---------- */

static char *text_of(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    /* No file that a test reads whole has a zero byte. */
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(file);
    return text;
}

static void write_file(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void write_file(const char *path, const char *format, ...)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    va_list arguments;
    va_start(arguments, format);
    ck_assert_int_ge(vfprintf(file, format, arguments), 0);
    va_end(arguments);
    ck_assert_int_eq(fclose(file), 0);
}

static void assert_text(const char *path, const char *expected)
{
    char *text = text_of(path);
    ck_assert_msg(strcmp(text, expected) == 0,
                  "%s must be:\n%.1500s\nbut is:\n%.2000s", path, expected,
                  text);
    free(text);
}

static void shell(const char *command)
{
    const struct run *r = run("%s", command);
    ck_assert_msg(r->status == 0, "%s: status %d, %s", command, r->status,
                  r->err);
}

/* ---------- a fresh directory for each test ---------- */

/* Begin a book: a directory of its own, with what every book has. */
static void begin_book(const char *name)
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", scratch, name);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    ck_assert_int_eq(chdir(path), 0);
    shell("mkdir chapters solutions weave build build/md");
    write_file("weave/book.bib", "%s", "");
}

/* Begin a book, named `name`, with a copy of a case from the corpus. */
static void begin_case(const char *name, const char *kind, const char *folder)
{
    begin_book(name);
    const struct run *r = run("cp -R '%s/%s/%s/.' .", corpus, kind, folder);
    ck_assert_msg(r->status == 0, "%s", r->err);
}

static const struct run *weave(void)
{
    return run(WEAVE, "");
}

/* Put an old page where each chapter's new one would go. */
static void put_old_pages(void)
{
    shell("for f in chapters/*.nw chapters/index.nw; do\n"
          "    page=build/md/$(basename \"$f\" .nw).md\n"
          "    echo 'The page of before.' >\"$page\"\n"
          "done");
}

/* The old pages are as they were, and there is no other file. */
static void assert_old_pages(void)
{
    const struct run *r =
        run("for f in chapters/*.nw chapters/index.nw; do\n"
            "    echo build/md/$(basename \"$f\" .nw).md\n"
            "done | sort >listed; find build -type f | sort | diff listed - &&"
            " for page in $(cat listed); do\n"
            "    echo 'The page of before.' | cmp - $page || exit 1\n"
            "done");
    ck_assert_msg(r->status == 0, "the old pages are not left alone:\n%s%s",
                  r->out, r->err);
}

/* An error report: status 1, exactly these lines, nothing rewritten. */
static void assert_refused(const struct run *r, const char *expected)
{
    ck_assert_msg(strcmp(r->err, expected) == 0,
                  "weave must say:\n%.1500s\nbut says:\n%.2000s", expected,
                  r->err);
    ck_assert_msg(r->status == 1, "status must be 1, is %d", r->status);
    ck_assert_str_eq(r->out, "");
    assert_old_pages();
}

/* Not even a warning. */
static void assert_woven(const struct run *r)
{
    ck_assert_msg(r->status == 0 && !*r->err, "status %d, says:\n%.2000s",
                  r->status, r->err);
}

/* ---------- the corpus ---------- */

START_TEST(bad_book_is_refused)
{
    const char *folder = bad.entries[_i]->d_name;
    char name[NAME_MAX + 8];
    snprintf(name, sizeof name, "bad-%s", folder);
    begin_case(name, "bad", folder);
    put_old_pages();
    char *expected = text_of("expected");
    assert_refused(weave(), expected);
    free(expected);
}
END_TEST

/* The first place from `text` on where `part` stands as whole lines. */
static const char *find_lines(const char *text, const char *part)
{
    for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
        if (strncmp(text, part, strlen(part)) == 0)
            return text;
    return NULL;
}

/* Does the text consist of the parts between the lines … in `expected`? */
static int fits(const char *text, char *expected)
{
    static const char gap[] = "…\n";
    int free_start = 0;
    for (char *part = expected;;) {
        char *end = (char *)find_lines(part, gap);
        if (!end) /* the last part reaches to the end of the text */
            return free_start ? strlen(text) >= strlen(part) &&
                                    strcmp(text + strlen(text) - strlen(part),
                                           part) == 0
                              : strcmp(text, part) == 0;
        *end = '\0';
        const char *found = find_lines(text, part);
        if (!found || (!free_start && found != text))
            return 0;
        text = found + strlen(part);
        part = end + strlen(gap);
        free_start = 1;
        if (!*part) /* … stands at the end */
            return 1;
    }
}

static int compare_expected(const char *path, const struct stat *status,
                            int type, struct FTW *where)
{
    (void)status, (void)where;
    if (type != FTW_F)
        return 0;
    char made[PATH_MAX];
    snprintf(made, sizeof made, "build/%s", path + strlen("expected/"));
    char *expected = text_of(path), *text = text_of(made);
    char *shown = strdup(expected);
    ck_assert_msg(fits(text, expected),
                  "%s must be:\n%.1500s\nbut is:\n%.2000s", made, shown, text);
    free(shown);
    free(expected);
    free(text);
    return 0;
}

START_TEST(good_book_is_woven)
{
    const char *folder = good.entries[_i]->d_name;
    char name[NAME_MAX + 8];
    snprintf(name, sizeof name, "good-%s", folder);
    begin_case(name, "good", folder);
    assert_woven(weave());
    if (access("expected", F_OK) == 0)
        nftw("expected", compare_expected, 16, FTW_PHYS);
    if (access("check", F_OK) == 0) {
        char *checked = text_of("checked");
        const struct run *r = run("sh check");
        ck_assert_msg(strcmp(r->out, checked) == 0,
                      "check must print:\n%.1000s\nbut prints:\n%.2000s%.1000s",
                      checked, r->out, r->err);
        free(checked);
    }
}
END_TEST

/* ---------- errors that need preparation ---------- */

static void assert_unreadable(const char *reason)
{
    char expected[512];
    snprintf(expected, sizeof expected,
             "chapters/02-b.nw:1: cannot be read: %s; check the file and its "
             "rights\n",
             reason);
    write_file("chapters/01-a.nw", "%s\n<<a.c>>=\nint x;\n@\n", front);
    put_old_pages();
    assert_refused(weave(), expected);
}

START_TEST(dangling_link_is_refused)
{
    begin_book("dangling");
    ck_assert_int_eq(symlink("nowhere", "chapters/02-b.nw"), 0);
    assert_unreadable("No such file or directory");
}
END_TEST

START_TEST(directory_as_chapter_is_refused)
{
    begin_book("directory");
    ck_assert_int_eq(mkdir("chapters/02-b.nw", 0777), 0);
    assert_unreadable("Is a directory");
}
END_TEST

START_TEST(missing_bibliography_is_refused)
{
    begin_book("bibliography");
    write_file("chapters/01-a.nw", "%s\nText.\n", front);
    unlink("weave/book.bib");
    put_old_pages();
    assert_refused(weave(), "weave/book.bib:1: cannot be read: No such file "
                            "or directory; give the bibliography with -b\n");
}
END_TEST

START_TEST(citation_without_bibliography_is_refused)
{
    begin_book("no-bibliography");
    write_file("chapters/01-a.nw", "%s\nSee @me.\n", front);
    put_old_pages();
    assert_refused(run("markup -t chapters/01-a.nw | noidx |"
                       " weave -o build chapters/01-a.nw"),
                   "chapters/01-a.nw:7: unknown citation @me; add it to the "
                   "bibliography, or write \\@\n");
}
END_TEST

/* Where build/ cannot be written, the reason is the system's. */
START_TEST(output_that_is_no_directory_is_refused)
{
    begin_book("no-directory");
    write_file("chapters/01-a.nw", "%s\nText.\n", front);
    shell("rm -R build; echo old >build");
    const struct run *r = weave();
    ck_assert_int_eq(r->status, 1);
    ck_assert_msg(matches(r->err, "^build/md:1: .*Not a directory; "), "%s",
                  r->err);
    assert_text("build", "old\n");
}
END_TEST

/* A chapter that begins with front matter; the caller writes the rest. */
static FILE *begin_chapter(void)
{
    FILE *file = fopen("chapters/01-a.nw", "w");
    ck_assert_ptr_nonnull(file);
    fputs(front, file);
    return file;
}

/* A chapter whose page is larger than the disks of the next two tests. */
static void write_large_chapter(void)
{
    FILE *file = begin_chapter();
    for (int i = 0; i < 10000; i++)
        fprintf(file, "\nParagraph %d.\n", i);
    ck_assert_int_eq(fclose(file), 0);
}

/* The page of the large chapter cannot be written, all others can. */
static const char no_room[] =
    "chapters/01-a.nw:1: cannot write build/md/01-a.md: %s; free some space "
    "and run make again\n";

/* No file may grow beyond 16 KiB: the kernel refuses as on a full disk, and
 * this needs no rights. */
START_TEST(file_that_cannot_grow_leaves_old_page)
{
    char expected[512];
    begin_book("limit");
    write_large_chapter();
    put_old_pages();
    const struct run *r =
        run(WEAVE, "sh -c 'trap \"\" XFSZ; ulimit -f 32; exec \"$@\"' sh");
    snprintf(expected, sizeof expected, no_room, "File too large");
    ck_assert_str_eq(r->err, expected);
    ck_assert_int_eq(r->status, 1);
    assert_text("build/md/01-a.md", old_page);
    r = run("find build -name '*.new'");
    ck_assert_str_eq(r->out, "");
}
END_TEST

/* A disk of 64 KiB, in a mount namespace that ends with the command. The pages
 * on it vanish with it, so the command itself looks at them. */
START_TEST(full_disk_leaves_old_page)
{
    char expected[512];
    const char *alone = geteuid() == 0 ? "unshare -m" : "unshare -rm";
    begin_book("disk");
    if (run("%s mount -t tmpfs -o size=64k none build", alone)->status != 0) {
        printf("full_disk_leaves_old_page: skipped, as mounting a file system "
               "is not permitted here\n");
        return;
    }
    write_large_chapter();
    write_file("try",
               "mount -t tmpfs -o size=64k none build || exit 99\n"
               "mkdir build/md\n"
               "echo 'The page of before.' >build/md/01-a.md\n" WEAVE
               "\necho status $?\n"
               "cat build/md/01-a.md\n"
               "find build -name '*.new'\n",
               "");
    const struct run *r = run("%s sh try", alone);
    snprintf(expected, sizeof expected, no_room, "No space left on device");
    ck_assert_str_eq(r->err, expected);
    ck_assert_str_eq(r->out, "status 1\nThe page of before.\n");
}
END_TEST

/* ---------- what is called wrongly ---------- */

static const struct {
    const char *arguments, *message;
} misuses[] = {
    {"", "^usage: markup -t FILE"},
    {"-o build", "^usage: markup"},
    {"chapters/01-a.nw", "^usage: markup"},
    {"-z -o build chapters/01-a.nw", "^weave: invalid option -- 'z'\nusage: "},
    {"-o", "^weave: option requires an argument -- 'o'\nusage: "},
    {"chapters/01-a.nw -b", "^weave: option requires an argument -- 'b'\n"},
};

START_TEST(misuse_shows_usage)
{
    char name[32];
    snprintf(name, sizeof name, "misuse-%d", _i);
    begin_book(name);
    write_file("chapters/01-a.nw", "%s", front);
    put_old_pages();
    const struct run *r = run("weave %s", misuses[_i].arguments);
    ck_assert_msg(r->status == 1, "status must be 1, is %d", r->status);
    ck_assert_msg(matches(r->err, misuses[_i].message), "%s", r->err);
    ck_assert_msg(!matches(r->err, "Sanitizer"), "%s", r->err);
    ck_assert_str_eq(r->out, "");
    assert_old_pages();
}
END_TEST

START_TEST(help_is_no_error)
{
    const struct run *r = run("weave -h");
    ck_assert_int_eq(r->status, 0);
    ck_assert_str_eq(r->err, "");
    ck_assert_msg(matches(r->out, "^usage: markup -t FILE"), "%s", r->out);
}
END_TEST

/* ---------- a second run ---------- */

/* Name, inode and time in nanoseconds of all that was generated. */
#define LIST "find build -type f -printf '%%p %%i %%T@\\n' | sort"

START_TEST(unchanged_outputs_are_left_alone)
{
    begin_case("twice", "good", "indexes");
    assert_woven(weave());
    run(LIST " >before");
    assert_woven(weave());
    const struct run *r = run(LIST " | diff before -");
    ck_assert_msg(r->status == 0, "files are rewritten:\n%s", r->out);
    /* What does change is written, and nothing else. */
    shell("echo 'One line more.' >>chapters/01-a.nw");
    assert_woven(weave());
    r = run(LIST " | diff before - | sed -n 's/^> \\([^ ]*\\).*/\\1/p'");
    ck_assert_str_eq(r->out, "build/md/01-a.md\n");
}
END_TEST

/* ---------- whatever comes in ---------- */

/* AddressSanitizer ends a program with status 1, as weave does on errors. */
static void assert_no_crash(const struct run *r, const char *input)
{
    ck_assert_msg(r->status <= 1 && !matches(r->err, "Sanitizer|runtime error"),
                  "weave crashes (status %d) on:\n%.1000s\n%.2000s", r->status,
                  input, r->err);
}

/* What is on standard input though noweb's filters should be. */
static const char *const streams[] = {
    "",
    "\\n\\n",
    "hello\\n",
    "\\377\\376 @text\\001\\n",
    "@\\n@text\\n@nl\\n@use\\n@quote\\n@index\\n@xref\\n",
    "@defn a chunk without a file\\n",
    "@file chapters/01-a.nw\\n@defn a chunk without code\\n@nl\\n",
    "@file chapters/01-a.nw\\n@use x\\n@endquote\\n@end code\\n",
    "@xref chunkbegin label\\n",
    "@index entrybegin label\\n",
    "@index entrydefn label\\n",
    ("@file chapters/01-a.nw\\n@begin code 1\\n@xref label L\\n@defn a.c\\n"
     "@nl\\n@index entrydefn L\\n@xref entryuse L\\n"),
    "@file\\n@file \\n@file /\\n@file chapters/02-b.nw\\n",
    "@fatal markup gave up\\n",
    "@text without an end",
};

START_TEST(foreign_stream_is_refused)
{
    char name[32];
    snprintf(name, sizeof name, "stream-%d", _i);
    begin_book(name);
    write_file("chapters/01-a.nw", "%s\nText.\n", front);
    put_old_pages();
    const struct run *r =
        run("printf '%s' | weave -o build chapters/01-a.nw", streams[_i]);
    assert_no_crash(r, streams[_i]);
    ck_assert_msg(r->status == 1, "weave accepts the stream '%s'", streams[_i]);
    assert_old_pages();
}
END_TEST

/* Numbers that look random and are the same in every run. */
static unsigned next(unsigned below)
{
    static unsigned state = 1;
    state = state * 1103515245 + 12345;
    return (state >> 8) % below;
}

/* Lose, double or cut some lines of a stream. */
static void damage(const char *stream, const char *path)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    while (*stream) {
        size_t length = strcspn(stream, "\n") + 1;
        unsigned what = next(60);
        if (what != 0)
            fwrite(stream, 1, what == 1 ? length / 2 : length, file);
        if (what == 1)
            fputc('\n', file);
        if (what == 2)
            fwrite(stream, 1, length, file);
        stream += length;
    }
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(damaged_stream_crashes_nothing)
{
    begin_case("damaged", "good", "indexes");
    shell("F='chapters/01-a.nw chapters/02-b.nw solutions/02-b.nw'\n"
          "{ markup -t $F | autodefs.c | finduses | noidx; } >whole");
    char *whole = text_of("whole");
    for (int i = 0; i < 100; i++) {
        damage(whole, "damaged");
        const struct run *r = run("weave -o build chapters/01-a.nw <damaged");
        char *damaged = text_of("damaged");
        assert_no_crash(r, damaged);
        free(damaged);
    }
    free(whole);
}
END_TEST

static void repeat(FILE *file, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        fputs(text, file);
}

enum { MEGA = 1000000 };

START_TEST(long_line_of_prose_is_woven)
{
    begin_book("long-prose");
    FILE *file = begin_chapter();
    repeat(file, "0123456789", MEGA / 10);
    fputs("\n\n", file);
    repeat(file, "`[[x]]` \\@", MEGA / 10);
    fputs("\nThe end.\n", file);
    fclose(file);
    assert_woven(weave());
    const struct run *r = run("grep -c '^The end.$' build/md/01-a.md;"
                              "wc -L <build/md/01-a.md");
    ck_assert_str_eq(r->out, "1\n1000000\n");
}
END_TEST

START_TEST(long_line_of_code_is_refused)
{
    begin_book("long-code");
    FILE *file = begin_chapter();
    fputs("<<a.c>>=\nint x =\n", file);
    repeat(file, "x + 12345 ", MEGA / 200);
    repeat(file, "0123456789", MEGA / 10 - MEGA / 200);
    fputs("\n;\n@\n", file);
    fclose(file);
    put_old_pages();
    assert_refused(weave(), "chapters/01-a.nw:8: 1000000 columns of code; "
                            "break the line at 80\n");
}
END_TEST

START_TEST(deep_nesting_is_woven)
{
    enum { DEPTH = 2000 };
    begin_book("deep");
    FILE *file = begin_chapter();
    fputs("<<a.c>>=\n<<level 1>>\n@\n", file);
    for (int i = 1; i <= DEPTH; i++) {
        fprintf(file, "<<level %d>>=\n", i);
        if (i < DEPTH)
            fprintf(file, "<<level %d>>\n", i + 1);
        fputs("@\n", file);
    }
    fclose(file);
    assert_woven(weave());
    const struct run *r = run("grep -c 'used in .*chunk-uses' build/md/01-a.md;"
                              "grep '^.inside .level 1999' build/md/01-a.md");
    ck_assert_str_eq(r->out, "2000\n[inside [level 1999](#chunk-level-1999)"
                             "{.chunk-link}]{.chunk-where}\n");
}
END_TEST

START_TEST(deep_cycle_is_refused)
{
    enum { DEPTH = 2000 };
    begin_book("deep-cycle");
    FILE *file = begin_chapter();
    fputs("<<a.c>>=\n<<level 1>>\n@\n", file);
    for (int i = 1; i <= DEPTH; i++)
        fprintf(file, "<<level %d>>=\n<<level %d>>\n@\n", i, i % DEPTH + 1);
    fclose(file);
    put_old_pages();
    assert_refused(weave(),
                   "chapters/01-a.nw:6007: chunk ⟨level 1⟩ uses itself through "
                   "⟨level 2000⟩; break the cycle\n");
}
END_TEST

START_TEST(many_parts_are_woven)
{
    enum { PARTS = 5000 };
    begin_book("parts");
    FILE *file = begin_chapter();
    fputs("<<a.c>>=\n<<go on>>\n@\n", file);
    for (int i = 1; i <= PARTS; i++)
        fprintf(file, "<<go on>>=\nint x%d = x%d;\n@\n", i, i - 1);
    fclose(file);
    assert_woven(weave());
    const struct run *r = run("grep -c '^.[0-9]* of 5000' build/md/01-a.md;"
                              "grep -c 'previous part' build/md/01-a.md;"
                              "grep -c 'next part' build/md/01-a.md;"
                              "grep -c 'idents=.x' build/md/01-a.md");
    ck_assert_str_eq(r->out, "5000\n4999\n4999\n4999\n");
}
END_TEST

/* ---------- main ---------- */

static int is_case(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void find_cases(struct cases *cases, const char *kind)
{
    char path[2 * PATH_MAX];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s/%s", corpus, kind);
    cases->count = scandir(path, &entries, is_case, alphasort);
    if (cases->count <= 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    cases->entries = entries;
}

static void forget_cases(struct cases *cases)
{
    for (int i = 0; i < cases->count; i++)
        free(cases->entries[i]);
    free(cases->entries);
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

static void prepare(void)
{
    char longer[8192];
    const char *parent = getenv("TMPDIR");
    if (!realpath("tests/corpus", corpus)) {
        perror("tests/corpus");
        exit(EXIT_FAILURE);
    }
    find_cases(&bad, "bad");
    find_cases(&good, "good");
    snprintf(scratch, sizeof scratch, "%s/weave-XXXXXX",
             parent && *parent ? parent : "/tmp");
    if (!mkdtemp(scratch)) {
        perror(scratch);
        exit(EXIT_FAILURE);
    }
    /* Messages and orders must not depend on who runs the tests. */
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("TMPDIR", scratch, 1); /* for what the programs leave behind */
    const char *path = getenv("PATH"); /* noweb's filters are not on it */
    snprintf(longer, sizeof longer, "%s:/usr/lib/noweb", path ? path : "");
    setenv("PATH", longer, 1);
}

static void add(Suite *suite, const char *name, const TTest *test, int count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, SECONDS); /* turns a hang into a failure */
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static Suite *weave_suite(void)
{
    Suite *suite = suite_create("weave");
    add(suite, "bad books", bad_book_is_refused, bad.count);
    add(suite, "good books", good_book_is_woven, good.count);
    add(suite, "dangling", dangling_link_is_refused, 1);
    add(suite, "directory", directory_as_chapter_is_refused, 1);
    add(suite, "bibliography", missing_bibliography_is_refused, 1);
    add(suite, "citation", citation_without_bibliography_is_refused, 1);
    add(suite, "output", output_that_is_no_directory_is_refused, 1);
    add(suite, "limit", file_that_cannot_grow_leaves_old_page, 1);
    add(suite, "full disk", full_disk_leaves_old_page, 1);
    add(suite, "misuse", misuse_shows_usage, COUNT(misuses));
    add(suite, "help", help_is_no_error, 1);
    add(suite, "second run", unchanged_outputs_are_left_alone, 1);
    add(suite, "streams", foreign_stream_is_refused, COUNT(streams));
    add(suite, "damage", damaged_stream_crashes_nothing, 1);
    add(suite, "long prose", long_line_of_prose_is_woven, 1);
    add(suite, "long code", long_line_of_code_is_refused, 1);
    add(suite, "deep nesting", deep_nesting_is_woven, 1);
    add(suite, "deep cycle", deep_cycle_is_refused, 1);
    add(suite, "many parts", many_parts_are_woven, 1);
    return suite;
}

int main(void)
{
    prepare();
    int status = run_suite(weave_suite());
    nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    forget_cases(&bad);
    forget_cases(&good);
    return status;
}
