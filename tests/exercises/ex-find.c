/* Find a section, trust nothing: the tests that a student runs.
 *
 * They hand over small ELF files which lie. What follows the file in memory,
 * and what stands before it, is made to look like a right answer: a function
 * that reads there finds a section that the file does not hold. */
#include "run.h"

#include <check.h>
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int find_section(const unsigned char *bytes, size_t size, const char *name,
                 Elf64_Shdr *found);

/* The names; the offsets below count along this line. The last name does not
 * end within its 36 bytes. */
static const char name_table[] = "\0.data.rel.ro\0.data\0.text\0.shstrtab.x";

enum {
    RELRO = 1,
    DATA = 14,
    TEXT = 20,
    NAMES = 26,
    NAMES_SIZE = 36,
    BEFORE = 512, /* memory before the file */
    NAMES_AT = sizeof(Elf64_Ehdr),
    TABLE_AT = NAMES_AT + NAMES_SIZE + 1, /* odd on purpose */
    COUNT = 5,
    SIZE = TABLE_AT + COUNT * sizeof(Elf64_Shdr),
    ROOM = BEFORE + SIZE + 1024
};

static unsigned char room[ROOM];
static unsigned char *const bytes = room + BEFORE;
static Elf64_Ehdr header;
static Elf64_Shdr sections[COUNT];
static Elf64_Addr first_address;

static void set_up(void)
{
    memset(room, 0, sizeof room);
    memset(sections, 0, sizeof sections);
    memset(&header, 0, sizeof header);
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_shoff = TABLE_AT;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = COUNT;
    header.e_shstrndx = COUNT - 1;
    const uint32_t name_at[COUNT] = {0, RELRO, DATA, TEXT, NAMES};
    first_address = (Elf64_Addr)vary(1000, 1000000);
    for (int i = 1; i < COUNT; i++) {
        sections[i].sh_name = name_at[i];
        sections[i].sh_type = SHT_PROGBITS;
        sections[i].sh_addr = first_address + (unsigned)i;
    }
    sections[COUNT - 1].sh_offset = NAMES_AT;
    sections[COUNT - 1].sh_size = NAMES_SIZE;
}

/* Write the file; a copy of its table also stands right before it. */
static void write_file(void)
{
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + NAMES_AT, name_table, NAMES_SIZE);
    memcpy(bytes + TABLE_AT, sections, sizeof sections);
    memcpy(bytes - sizeof sections, sections, sizeof sections);
}

/* Look in a block of exactly `size` bytes, so that AddressSanitizer sees a
 * step outside, and again where wrong answers lie in wait. */
static void expect(size_t size, const char *name, Elf64_Addr address)
{
    unsigned char *exact = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(exact);
    write_file();
    memcpy(exact, bytes, size);
    for (int i = 0; i < 2; i++) {
        Elf64_Shdr found = {.sh_addr = 0};
        int result = find_section(i == 0 ? bytes : exact, size, name, &found);
        ck_assert_msg(result == (address ? 0 : -1),
                      "%s: expected %d, got %d; the section \"Trust no"
                      " offset\" shows what to check",
                      name, address ? 0 : -1, result);
        ck_assert_msg(found.sh_addr == address,
                      "%s: expected the section with address %lu, got %lu",
                      name, (unsigned long)address,
                      (unsigned long)found.sh_addr);
    }
    free(exact);
}

START_TEST(sections_that_exist)
{
    expect(SIZE, ".text", first_address + 3);
    expect(SIZE, ".data.rel.ro", first_address + 1);
}
END_TEST

START_TEST(a_name_that_begins_another)
{
    expect(SIZE, ".data", first_address + 2);
    expect(SIZE, ".dat", 0);
    expect(SIZE, ".data.rel.ro2", 0);
}
END_TEST

START_TEST(a_section_that_does_not_exist)
{
    expect(SIZE, ".bss", 0);
    expect(SIZE, "", 0);
}
END_TEST

START_TEST(a_name_that_does_not_end)
{
    /* the table of names ends in the middle of it */
    expect(SIZE, ".shstrtab", 0);
    expect(SIZE, ".shstrtab.", 0);
    expect(SIZE, ".shstrtab.x", 0);
}
END_TEST

START_TEST(a_name_outside_the_names)
{
    sections[3].sh_name = UINT32_MAX;
    expect(SIZE, ".text", 0);
    expect(SIZE, ".data", first_address + 2);
}
END_TEST

START_TEST(a_file_cut_short)
{
    expect(SIZE - 1, ".data", 0);
    expect(TABLE_AT + 2 * sizeof(Elf64_Shdr), ".data", 0);
    expect(TABLE_AT, ".data", 0);
    expect(sizeof(Elf64_Ehdr), ".data", 0);
    expect(sizeof(Elf64_Ehdr) - 1, ".data", 0);
    expect(0, ".data", 0);
}
END_TEST

START_TEST(an_offset_that_wraps)
{
    header.e_shoff = 0 - (uint64_t)sizeof sections;
    expect(SIZE, ".data", 0);
}
END_TEST

START_TEST(too_many_sections)
{
    /* the file ends after the sections; one more follows in memory */
    Elf64_Shdr more = {.sh_name = DATA, .sh_addr = 2000};
    sections[2].sh_name = TEXT;
    header.e_shnum = COUNT + 1;
    memcpy(bytes + SIZE, &more, sizeof more);
    expect(SIZE, ".data", 0);
}
END_TEST

START_TEST(names_outside_the_file)
{
    memcpy(bytes + SIZE, name_table, NAMES_SIZE);
    sections[COUNT - 1].sh_offset = SIZE;
    expect(SIZE, ".data", 0);
    sections[COUNT - 1].sh_offset = UINT64_MAX;
    expect(SIZE, ".data", 0);
}
END_TEST

START_TEST(names_longer_than_the_file)
{
    sections[COUNT - 1].sh_size = UINT64_MAX;
    expect(SIZE, ".data", 0);
}
END_TEST

START_TEST(the_names_are_no_section)
{
    /* right behind the table a header of names lies in wait */
    Elf64_Shdr names = {.sh_offset = NAMES_AT, .sh_size = NAMES_SIZE};
    memcpy(bytes + SIZE, &names, sizeof names);
    header.e_shstrndx = COUNT;
    expect(SIZE, ".data", 0);
}
END_TEST

START_TEST(no_sections)
{
    header.e_shnum = 0;
    header.e_shoff = 0;
    header.e_shstrndx = 0;
    expect(SIZE, ".data", 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("find_section");
    tcase_add_checked_fixture(cases, set_up, NULL);
    tcase_add_test(cases, sections_that_exist);
    tcase_add_test(cases, a_name_that_begins_another);
    tcase_add_test(cases, a_section_that_does_not_exist);
    tcase_add_test(cases, a_name_that_does_not_end);
    tcase_add_test(cases, a_name_outside_the_names);
    tcase_add_test(cases, a_file_cut_short);
    tcase_add_test(cases, an_offset_that_wraps);
    tcase_add_test(cases, too_many_sections);
    tcase_add_test(cases, names_outside_the_file);
    tcase_add_test(cases, names_longer_than_the_file);
    tcase_add_test(cases, the_names_are_no_section);
    tcase_add_test(cases, no_sections);
    Suite *suite = suite_create("ex-find");
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
