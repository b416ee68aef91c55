/* Every link of the finished site leads somewhere: each page of book/html is
 * parsed, and each address in it that stays inside the site must name a file
 * that exists and, after a #, an id on that page. */
#include "run.h"

#include <check.h>
#include <glob.h>
#include <libxml/HTMLparser.h>
#include <libxml/hash.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SITE "book/html/"

static glob_t files;
static htmlDocPtr *pages;
static xmlHashTablePtr *ids; /* of each page */
static xmlChar **twice;

static xmlXPathObjectPtr select_nodes(htmlDocPtr page, const char *expression)
{
    xmlXPathContextPtr context = xmlXPathNewContext(page);
    xmlXPathObjectPtr found =
        xmlXPathEvalExpression((const xmlChar *)expression, context);
    if (!found)
        abort();
    xmlXPathFreeContext(context);
    return found;
}

/* Note the ids of page i; the first that stands there twice is kept apart. Links
 * are many, and a search through the page for each would take minutes. */
static void note_ids(size_t i)
{
    xmlXPathObjectPtr found = select_nodes(pages[i], "//@id");
    ids[i] = xmlHashCreate(1024);
    if (!ids[i])
        abort();
    for (int k = 0; found->nodesetval && k < found->nodesetval->nodeNr; k++) {
        xmlChar *id = xmlNodeGetContent(found->nodesetval->nodeTab[k]);
        if (xmlHashAddEntry(ids[i], id, (void *)SITE) != 0 && !twice[i])
            twice[i] = xmlStrdup(id);
        xmlFree(id);
    }
    xmlXPathFreeObject(found);
}

/* The ids of the page at `path`; NULL if there is no such page. */
static xmlHashTablePtr ids_of(const char *path)
{
    for (size_t i = 0; i < files.gl_pathc; i++)
        if (strcmp(files.gl_pathv[i], path) == 0)
            return ids[i];
    return NULL;
}

static int leads_out(const char *address)
{
    return strncmp(address, "https://", 8) == 0 ||
           strncmp(address, "http://", 7) == 0 ||
           strncmp(address, "mailto:", 7) == 0 ||
           strncmp(address, "data:", 5) == 0;
}

/* Does `address`, found on page `from`, lead nowhere? */
static int broken(size_t from, const char *address)
{
    char path[1024];
    size_t length = strcspn(address, "#");
    struct stat status;
    if (leads_out(address))
        return 0;
    xmlHashTablePtr there = ids[from];
    if (length) {
        snprintf(path, sizeof path, SITE "%.*s", (int)length, address);
        there = ids_of(path);
        if (!there && stat(path, &status) != 0)
            return 1;
    }
    return address[length] == '#' &&
           (!there ||
            !xmlHashLookup(there, (const xmlChar *)address + length + 1));
}

START_TEST(leads_somewhere)
{
    size_t i = (size_t)_i;
    xmlXPathObjectPtr found = select_nodes(pages[i], "//@href|//@src");
    int count = found->nodesetval ? found->nodesetval->nodeNr : 0, bad = 0;
    ck_assert_msg(count > 0, "%s has no link at all", files.gl_pathv[i]);
    for (int k = 0; k < count; k++) {
        xmlChar *address = xmlNodeGetContent(found->nodesetval->nodeTab[k]);
        if (broken(i, (const char *)address)) {
            fprintf(stderr, "%s: %s leads nowhere\n", files.gl_pathv[i],
                    address);
            bad++;
        }
        xmlFree(address);
    }
    xmlXPathFreeObject(found);
    ck_assert_msg(bad == 0, "%s: %d links lead nowhere", files.gl_pathv[i],
                  bad);
}
END_TEST

START_TEST(ids_are_unique)
{
    ck_assert_msg(!twice[_i], "%s: id %s twice", files.gl_pathv[_i], twice[_i]);
}
END_TEST

/* A broken address is seen: the test can fail. */
START_TEST(a_broken_link_is_seen)
{
    ck_assert(broken(0, "no-such-page.html"));
    ck_assert(broken(0, "#no-such-id"));
    ck_assert(broken(0, "index.html#no-such-id"));
    ck_assert(!broken(0, "index.html"));
}
END_TEST

int main(void)
{
    if (glob(SITE "*.html", 0, NULL, &files) || files.gl_pathc == 0) {
        fputs("tests/links: no pages in " SITE "; run make html\n", stderr);
        return EXIT_FAILURE;
    }
    pages = calloc(files.gl_pathc, sizeof *pages);
    ids = calloc(files.gl_pathc, sizeof *ids);
    twice = calloc(files.gl_pathc, sizeof *twice);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        pages[i] = htmlReadFile(files.gl_pathv[i], "utf-8",
                                HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                    HTML_PARSE_NONET);
        note_ids(i);
    }
    Suite *suite = suite_create("links");
    TCase *tcase = tcase_create("site");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, leads_somewhere, 0, (int)files.gl_pathc);
    tcase_add_loop_test(tcase, ids_are_unique, 0, (int)files.gl_pathc);
    tcase_add_test(tcase, a_broken_link_is_seen);
    suite_add_tcase(suite, tcase);
    int status = run_suite(suite);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        xmlFreeDoc(pages[i]);
        xmlHashFree(ids[i], NULL);
        xmlFree(twice[i]);
    }
    free(pages);
    free(ids);
    free(twice);
    globfree(&files);
    return status;
}
