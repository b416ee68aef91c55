/* Exercise "The way out": leads_out and link_leads_out. */
#include "run.h"

#include <check.h>
#include <stdbool.h>

bool leads_out(const char *name);
bool link_leads_out(const char *name, const char *target);

static void in(const char *name)
{
    ck_assert_msg(!leads_out(name),
                  "'%s' stays within the folder, and leads_out says that it "
                  "leads out; the section on what strangers send tells why "
                  "names are followed",
                  name);
}

static void out(const char *name)
{
    ck_assert_msg(leads_out(name),
                  "'%s' leads out of the folder, and leads_out says that it "
                  "stays; follow it part by part, as the section on what "
                  "strangers send does",
                  name);
}

static void link_in(const char *name, const char *target)
{
    ck_assert_msg(!link_leads_out(name, target),
                  "a link '%s' to '%s' stays within the folder, and "
                  "link_leads_out says that it leads out; a target is followed "
                  "from the folder of its link",
                  name, target);
}

static void link_out(const char *name, const char *target)
{
    ck_assert_msg(link_leads_out(name, target),
                  "a link '%s' to '%s' leads out of the folder, and "
                  "link_leads_out says that it stays; a target is followed "
                  "from the folder of its link",
                  name, target);
}

START_TEST(names_at_the_beginning)
{
    in("slice.c");
    in("a/b/c");
    in("");
    out("..");
    out("../slice.c");
}
END_TEST

START_TEST(names_in_the_middle)
{
    in("a/../b");
    in("a/b/../../c");
    in("a/..");
    out("a/../..");
    out("a/../../b");
    out("a/b/../../../c");
}
END_TEST

START_TEST(a_way_back_is_too_late)
{
    in("a/../b/../c");
    out("../folder/slice.c");
    out("a/../../folder/b/c/d");
}
END_TEST

START_TEST(what_is_no_step)
{
    in("./a/./..");
    in("a//..//b");
    in("a/b/");
    out("./..");
    out("a/.//../..");
    out(".//..");
}
END_TEST

START_TEST(names_with_dots)
{
    in("..a");
    in("...");
    in("a../b");
    in(".../..");
    in("..config/..");
    out("a/..b/../../..");
    out(".../../..");
}
END_TEST

START_TEST(absolute_names)
{
    in("etc/passwd");
    out("/etc/passwd");
    out("/");
    out("//a");
}
END_TEST

START_TEST(links_to_their_neighbours)
{
    link_in("link", "slice.c");
    link_in("a/link", "slice.c");
    link_in("a/link", "../b");
    link_in("a/b/link", "../../c");
    link_in("a/b/link", "..");
    link_out("link", "..");
    link_out("a/link", "../..");
}
END_TEST

START_TEST(links_out)
{
    link_in("a/link", "..");
    link_out("link", "../slice.c");
    link_out("a/link", "../../b");
    link_out("a/b/link", "../../../c");
    link_out("a/./link", "../../b");
    link_out("a/../link", "../b");
}
END_TEST

START_TEST(links_with_bad_names)
{
    link_in("a/../b/link", "../c");
    link_out("../link", "a");
    link_out("/link", "a");
}
END_TEST

START_TEST(absolute_targets)
{
    link_in("a/b/link", "etc/passwd");
    link_out("link", "/etc/passwd");
    link_out("a/b/link", "/etc/passwd");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        names_at_the_beginning,    names_in_the_middle, a_way_back_is_too_late,
        what_is_no_step,           names_with_dots,     absolute_names,
        links_to_their_neighbours, links_out,           links_with_bad_names,
        absolute_targets};
    Suite *suite = suite_create("ex-way-out");
    add_tests(suite, "ex-way-out", 1, tests, sizeof tests / sizeof *tests);
    return run_suite(suite);
}
