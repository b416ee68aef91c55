/* Exercise "What does it want?": first_import. */
#include "run.h"

#include <check.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char first_import_malformed[];
const char *first_import(const Elf64_Sym symbols[], size_t count,
                         const char names[], size_t size,
                         const char *const allowed[]);

/* A table of names in memory of exactly its size, and symbols that use it. */
static char *names;
static size_t size, count;
static Elf64_Sym symbols[16];
static const char *const allowed[] = {"printf", "malloc", "free", NULL};

static void begin(void)
{
    free(names);
    names = calloc(1, 1);
    ck_assert_ptr_nonnull(names);
    size = 1;
    count = 0;
    symbols[count++] = (Elf64_Sym){.st_shndx = SHN_UNDEF};
}

static void end(void)
{
    free(names);
    names = NULL;
}

static void add(const char *name, int bind, unsigned section)
{
    size_t length = strlen(name) + 1;
    names = realloc(names, size + length);
    ck_assert_ptr_nonnull(names);
    memcpy(names + size, name, length);
    symbols[count++] =
        (Elf64_Sym){.st_name = (Elf64_Word)size,
                    .st_info = (unsigned char)ELF64_ST_INFO(bind, STT_NOTYPE),
                    .st_shndx = (Elf64_Section)section};
    size += length;
}

static void must_find(const char *wanted, const char *why)
{
    const char *found = first_import(symbols, count, names, size, allowed);
    if (!wanted)
        ck_assert_msg(found == NULL,
                      "nothing here is forbidden, but '%s' was found: %s",
                      found ? found : "", why);
    else
        ck_assert_msg(found && strcmp(found, wanted) == 0,
                      "'%s' must be found, not '%s': %s", wanted,
                      found ? found : "(nothing)", why);
}

static void must_refuse(const char *why)
{
    const char *found = first_import(symbols, count, names, size, allowed);
    ck_assert_msg(found == first_import_malformed,
                  "the tables are damaged (%s): return "
                  "first_import_malformed, not '%s'. See \"Trust no offset\".",
                  why, found ? found : "(nothing)");
}

START_TEST(what_is_allowed_passes)
{
    must_find(NULL, "the symbol without a name wants nothing");
    add("printf", STB_GLOBAL, SHN_UNDEF);
    add("free", STB_GLOBAL, SHN_UNDEF);
    must_find(NULL, "all of it is on the list");
}
END_TEST

START_TEST(what_it_defines_is_its_own)
{
    char name[12];
    add(vary_letters(name, vary(1, 11)), STB_GLOBAL, 1);
    add("helper", STB_LOCAL, 2);
    must_find(NULL, "what the object defines it does not want from others");
}
END_TEST

START_TEST(the_first_is_found)
{
    char first[12], second[12];
    vary_letters(first, vary(7, 11));
    vary_letters(second, vary(7, 11));
    add("malloc", STB_GLOBAL, SHN_UNDEF);
    add(first, STB_GLOBAL, SHN_UNDEF);
    add(second, STB_GLOBAL, SHN_UNDEF);
    must_find(first, "it is the first that is not allowed");
}
END_TEST

START_TEST(weak_is_wanted_too)
{
    add("ptrace", STB_WEAK, SHN_UNDEF);
    must_find("ptrace", "a weak import leads elsewhere as well, if there is "
                        "something to lead to");
}
END_TEST

START_TEST(whole_names_count)
{
    add("printf_all", STB_GLOBAL, SHN_UNDEF);
    must_find("printf_all", "the name only begins like one that is allowed");
    begin();
    add("print", STB_GLOBAL, SHN_UNDEF);
    must_find("print", "the name is only the beginning of one that is allowed");
}
END_TEST

START_TEST(a_name_beyond_the_end)
{
    add("printf", STB_GLOBAL, SHN_UNDEF);
    symbols[1].st_name = (Elf64_Word)size + (Elf64_Word)vary(1, 1000);
    must_refuse("a name begins beyond the end of the names");
    symbols[1].st_name = (Elf64_Word)size;
    must_refuse(
        "a name begins at the end of the names, where there is nothing");
    symbols[1].st_name = 0xffffffff;
    must_refuse("a name begins at 4294967295");
}
END_TEST

START_TEST(a_name_without_an_end)
{
    add("printf", STB_GLOBAL, SHN_UNDEF);
    char *cut = malloc(size - 1); /* ASan sees who goes on */
    ck_assert_ptr_nonnull(cut);
    memcpy(cut, names, size - 1);
    free(names);
    names = cut;
    size--;
    must_refuse("the last name has no null character");
}
END_TEST

START_TEST(a_damaged_name_of_its_own)
{
    add("answer", STB_GLOBAL, 1);
    symbols[1].st_name = (Elf64_Word)size + 5;
    must_refuse("the name of a symbol that the object defines lies beyond the "
                "end");
}
END_TEST

START_TEST(damage_before_anything_else)
{
    add("ptrace", STB_GLOBAL, SHN_UNDEF);
    add("free", STB_GLOBAL, SHN_UNDEF);
    symbols[2].st_name = (Elf64_Word)size;
    must_find("ptrace", "it comes before the damage");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("What does it want?");
    TCase *tcase = tcase_create("first_import");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, what_is_allowed_passes);
    tcase_add_test(tcase, what_it_defines_is_its_own);
    tcase_add_test(tcase, the_first_is_found);
    tcase_add_test(tcase, weak_is_wanted_too);
    tcase_add_test(tcase, whole_names_count);
    tcase_add_test(tcase, a_name_beyond_the_end);
    tcase_add_test(tcase, a_name_without_an_end);
    tcase_add_test(tcase, a_damaged_name_of_its_own);
    tcase_add_test(tcase, damage_before_anything_else);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
