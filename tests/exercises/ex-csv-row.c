/* Exercise "A row, or what is wrong with it": parse_row. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum row_fault {
    ROW_FINE,
    ROW_EMPTY,
    ROW_LONG,
    ROW_NO_NUMBER,
    ROW_RANGE,
    ROW_FEW,
    ROW_MANY
};

struct row_verdict {
    enum row_fault fault;
    size_t column;
};

struct row_verdict parse_row(const char *row, size_t size, double values[],
                             size_t columns);

static const char *name_of(enum row_fault fault)
{
    static const char *const names[] = {
        "ROW_FINE",  "ROW_EMPTY", "ROW_LONG", "ROW_NO_NUMBER",
        "ROW_RANGE", "ROW_FEW",   "ROW_MANY"};
    return (unsigned)fault <= ROW_MANY ? names[fault] : "no row_fault";
}

/* The row as it can be printed. */
static const char *shown(const char *row, size_t size)
{
    static char text[2000];
    char *to = text;
    for (size_t i = 0; i < size && to < text + sizeof text - 5; i++)
        to += sprintf(to, row[i] < ' ' || row[i] > '~' ? "\\x%02x" : "%c",
                      (unsigned char)row[i]);
    *to = '\0';
    return text;
}

enum { MOST = 4 };
static double values[MOST];

/* Parse `size` bytes in memory of exactly that size, so that ASan sees who
 * reads beyond it; then with more digits and another row behind them. */
static void expect_bytes(enum row_fault fault, size_t column, const char *row,
                         size_t size, size_t columns)
{
    static const char behind[] = "7,8,9\n5,6\n";
    for (int more = 0; more < 2; more++) {
        size_t room = size + (more ? sizeof behind : 0);
        char *bytes = malloc(room > 0 ? room : 1);
        double *numbers = malloc(sizeof *numbers * (columns + MOST));
        ck_assert(bytes && numbers);
        memcpy(bytes, row, size);
        if (more)
            memcpy(bytes + size, behind, sizeof behind);
        for (size_t i = 0; i < columns + MOST; i++)
            numbers[i] = -77;
        struct row_verdict got = parse_row(bytes, size, numbers, columns);
        ck_assert_msg(
            got.fault == fault && (fault == ROW_FINE || got.column == column),
            "\"%s\"%s, %zu columns: expected %s, column %zu; got "
            "%s, column %zu",
            shown(row, size), more ? " with another row behind it" : "",
            columns, name_of(fault), fault ? column : 0, name_of(got.fault),
            got.fault ? got.column : 0);
        for (size_t i = columns; i < columns + MOST; i++)
            ck_assert_msg(numbers[i] == -77,
                          "\"%s\": there are %zu columns, and values[%zu] "
                          "was written",
                          shown(row, size), columns, i);
        for (size_t i = 0; i < columns && i < MOST; i++)
            values[i] = numbers[i];
        free(bytes);
        free(numbers);
    }
}

static void expect(enum row_fault fault, size_t column, const char *row,
                   size_t columns)
{
    expect_bytes(fault, column, row, strlen(row), columns);
}

static void expect_values(const char *row, size_t columns, double a, double b,
                          double c)
{
    double wanted[3] = {a, b, c};
    expect(ROW_FINE, 0, row, columns);
    for (size_t i = 0; i < columns; i++)
        ck_assert_msg(fabs(values[i] - wanted[i]) <= 1e-12 * fabs(wanted[i]),
                      "\"%s\": column %zu is %.17g, not %.17g",
                      shown(row, strlen(row)), i, wanted[i], values[i]);
}

START_TEST(good_rows)
{
    expect_values("1,2,3", 3, 1, 2, 3);
    expect_values("42", 1, 42, 0, 0);
    expect_values("-1.5e3,.5,7.", 3, -1500, 0.5, 7);
    expect_values("+1E-2,0,-0", 3, 0.01, 0, 0);
    expect_values("1e+2,2e0", 2, 100, 2, 0);
    for (int i = 0; i < 20; i++) {
        char row[128];
        long a = vary(-1000000, 1000000), b = vary(0, 999), c = vary(-9, 9);
        snprintf(row, sizeof row, "%ld,%ld.5,%lde1", a, b, c);
        expect_values(row, 3, (double)a, (double)b + 0.5, 10 * (double)c);
    }
}
END_TEST

START_TEST(blanks_do_not_count)
{
    expect_values(" 1 ,\t2\t,  3 \t", 3, 1, 2, 3);
    expect_values("   42", 1, 42, 0, 0);
}
END_TEST

START_TEST(one_carriage_return_does_not_count)
{
    expect_values("1,2\r", 2, 1, 2, 0);
    expect_values("1,2 \r", 2, 1, 2, 0);
    expect(ROW_NO_NUMBER, 1, "1,2\r\r", 2);
    expect(ROW_NO_NUMBER, 0, "1\r,2", 2);
    expect(ROW_EMPTY, 0, "\r", 1);
}
END_TEST

START_TEST(empty_fields)
{
    expect(ROW_EMPTY, 0, "", 1);
    expect(ROW_EMPTY, 0, "", 3);
    expect(ROW_EMPTY, 0, " \t", 1);
    expect(ROW_EMPTY, 1, "1,,3", 3);
    expect(ROW_EMPTY, 1, "1, ,3", 3);
    expect(ROW_EMPTY, 0, ",2,3", 3);
    expect(ROW_EMPTY, 2, "1,2,", 3);
    expect(ROW_EMPTY, 1, "1,,", 2);
}
END_TEST

START_TEST(no_numbers)
{
    static const char *const fields[] = {
        "abc",  "12abc",    "1 2",  "1.2.3", "--1",   "+-1", "+",      ".",
        "e5",   "1e",       "1e+",  "-.",    "nan",   "NAN", "nan(1)", "inf",
        "-inf", "infinity", "0x10", "0x1p3", "\"1\"", "1;2", "1_000",  "1e5.5",
        "\v1",  "1\v",      "\f1",  "1\f",   "\r1"};
    char row[40];
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        expect(ROW_NO_NUMBER, 0, fields[i], 1);
        snprintf(row, sizeof row, "1,%s,3", fields[i]);
        expect(ROW_NO_NUMBER, 1, row, 3);
    }
    expect_bytes(ROW_NO_NUMBER, 1, "1,2\0,3", 6, 3);
    expect_bytes(ROW_NO_NUMBER, 0, "\0", 1, 1);
}
END_TEST

START_TEST(what_fits_into_a_double)
{
    expect(ROW_RANGE, 0, "1e309", 1);
    expect(ROW_RANGE, 1, "5,-1e999,3", 3);
    expect(ROW_FINE, 0, "1e308", 1);
    expect(ROW_FINE, 0, "1e-310", 1);
    expect(ROW_FINE, 0, "1e-999,1e-999", 2);
    errno = ERANGE;
    struct row_verdict got = parse_row("1", 1, values, 1);
    ck_assert_msg(got.fault == ROW_FINE,
                  "\"1\" with errno ERANGE from an earlier call: expected "
                  "ROW_FINE, got %s",
                  name_of(got.fault));
}
END_TEST

START_TEST(long_fields)
{
    char row[300] = "1,";
    memset(row + 2, '0', 63);
    row[64] = '7';
    expect_values(row, 2, 1, 7, 0); /* 63 characters */
    row[64] = '0';
    row[65] = '7';
    expect(ROW_LONG, 1, row, 2); /* 64 */
    memset(row + 2, 'x', 250);
    expect(ROW_LONG, 1, row, 2);
    memset(row + 2, ' ', 250);
    row[200] = '7';
    expect_values(row, 2, 1, 7, 0);
}
END_TEST

START_TEST(the_number_of_fields)
{
    expect(ROW_FEW, 1, "1", 2);
    expect(ROW_FEW, 1, "1", 4);
    expect(ROW_FEW, 3, "1,2,3", 4);
    expect(ROW_MANY, 2, "1,2,3", 2);
    expect(ROW_MANY, 1, "1,", 1);
    expect(ROW_MANY, 2, "1,2,abc", 2);
    expect(ROW_MANY, 1, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19", 1);
}
END_TEST

START_TEST(the_first_fault_counts)
{
    expect(ROW_NO_NUMBER, 0, "x,,1e999", 3);
    expect(ROW_EMPTY, 0, ",x", 3);
    expect(ROW_NO_NUMBER, 1, "1,x", 3);
    expect(ROW_RANGE, 0, "1e999,x,3,4,5", 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A row, or what is wrong with it");
    TCase *tcase = tcase_create("parse_row");
    tcase_add_test(tcase, good_rows);
    tcase_add_test(tcase, blanks_do_not_count);
    tcase_add_test(tcase, one_carriage_return_does_not_count);
    tcase_add_test(tcase, empty_fields);
    tcase_add_test(tcase, no_numbers);
    tcase_add_test(tcase, what_fits_into_a_double);
    tcase_add_test(tcase, long_fields);
    tcase_add_test(tcase, the_number_of_fields);
    tcase_add_test(tcase, the_first_fault_counts);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
