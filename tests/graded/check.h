/* What stands in for Check where an exercise is graded.
 *
 * A suite of tests/exercises is compiled against this header instead of
 * Check's. Its tests are the same, and what an assertion finds is the same; but
 * nobody here says whether a test has passed. What is found goes to the judge, a
 * process that is not linked with the student's code (see harness.c).
 *
 * In ck_assert_int_eq(got, wanted) and its sisters, `wanted` must not depend on
 * how a right solution works: the judge compares it with what was wanted of the
 * reference solution. Where both sides come from the student, say
 * ck_assert_msg(one == other, ...). */
#ifndef GRADED_CHECK_H
#define GRADED_CHECK_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef struct Suite Suite;
typedef struct TCase TCase;
typedef struct SRunner SRunner;
typedef void (*SFun)(void);
typedef struct TTest {
    const char *name;
    void (*function)(int);
} TTest;
enum print_output { CK_SILENT, CK_MINIMAL, CK_NORMAL, CK_VERBOSE, CK_ENV };

Suite *suite_create(const char *name);
TCase *tcase_create(const char *name);
void suite_add_tcase(Suite *suite, TCase *tcase);
void tcase_add_loop_test(TCase *tcase, const TTest *test, int start, int end);
void tcase_set_timeout(TCase *tcase, double seconds);
void tcase_add_checked_fixture(TCase *tcase, SFun set_up, SFun tear_down);
void tcase_add_unchecked_fixture(TCase *tcase, SFun set_up, SFun tear_down);
SRunner *srunner_create(Suite *suite);
void srunner_run_all(SRunner *runner, enum print_output output);
int srunner_ntests_failed(SRunner *runner);
void srunner_free(SRunner *runner);

#define tcase_add_test(tcase, test) tcase_add_loop_test(tcase, test, 0, 1)

#define START_TEST(test)                                                       \
    static void test##_function(int _i __attribute__((unused)));               \
    static const TTest test##_test = {#test, test##_function};                 \
    static const TTest *const test = &test##_test;                             \
    static void test##_function(int _i __attribute__((unused)))
#define END_TEST

/* A place where something is asserted, and what was wanted there: different
 * values, as numbers that stand for them. */
enum { GRADED_VALUES = 64 };
struct graded_place {
    const char *file;
    int line;
    bool known, direct; /* direct: reached from the test, not by the student */
    int count;
    uint64_t values[GRADED_VALUES];
    struct graded_place *next;
};

/* The place was passed; the same with a value; the assertion does not hold. */
void graded_pass(struct graded_place *place);
void graded_value(struct graded_place *place, const void *bytes, size_t size);
_Noreturn void graded_fail(const char *file, int line, const char *assertion,
                           const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The ones that suites use. Each is a statement, not an expression. */
#define GRADED_HERE                                                            \
    static struct graded_place graded_here = {.file = __FILE__,                \
                                              .line = __LINE__}

#define ck_assert_msg(expression, ...)                                         \
    do {                                                                       \
        GRADED_HERE;                                                           \
        if (!(expression))                                                     \
            graded_fail(__FILE__, __LINE__, #expression, __VA_ARGS__);         \
        graded_pass(&graded_here);                                             \
    } while (0)
#define ck_assert(expression)                                                  \
    ck_assert_msg(expression, "Assertion '%s' failed", #expression)
#define ck_abort_msg(...) graded_fail(__FILE__, __LINE__, "abort", __VA_ARGS__)
#define ck_abort() ck_abort_msg("the test gave up")

#define GRADED_COMPARE(type, form, x, op, y)                                   \
    do {                                                                       \
        GRADED_HERE;                                                           \
        type graded_left = (x), graded_right = (y);                            \
        if (!(graded_left op graded_right))                                    \
            graded_fail(__FILE__, __LINE__, #x " " #op " " #y,                 \
                        "Assertion '%s' failed: %s is " form ", %s is " form,  \
                        #x " " #op " " #y, #x, graded_left, #y, graded_right); \
        if (strcmp(#op, "==") == 0)                                            \
            graded_value(&graded_here, &graded_right, sizeof graded_right);    \
        else                                                                   \
            graded_pass(&graded_here);                                         \
    } while (0)
#define GRADED_TEXT(x, op, y)                                                  \
    do {                                                                       \
        GRADED_HERE;                                                           \
        const char *graded_left = (x), *graded_right = (y);                    \
        if (!graded_left || !graded_right ||                                   \
            !(strcmp(graded_left, graded_right) op 0))                         \
            graded_fail(__FILE__, __LINE__, #x " " #op " " #y,                 \
                        "Assertion '%s' failed: %s is \"%s\", %s is \"%s\"",   \
                        #x " " #op " " #y, #x,                                 \
                        graded_left ? graded_left : "(null)", #y,              \
                        graded_right ? graded_right : "(null)");               \
        if (strcmp(#op, "==") == 0)                                            \
            graded_value(&graded_here, graded_right, strlen(graded_right));    \
        else                                                                   \
            graded_pass(&graded_here);                                         \
    } while (0)
/* Where a thing lies differs from run to run: an address is no value. */
#define GRADED_ADDRESS(x, op, y)                                               \
    ck_assert_msg((x)op(y), "Assertion '%s' failed", #x " " #op " " #y)

#define ck_assert_int_eq(x, y) GRADED_COMPARE(intmax_t, "%jd", x, ==, y)
#define ck_assert_int_ne(x, y) GRADED_COMPARE(intmax_t, "%jd", x, !=, y)
#define ck_assert_int_lt(x, y) GRADED_COMPARE(intmax_t, "%jd", x, <, y)
#define ck_assert_int_le(x, y) GRADED_COMPARE(intmax_t, "%jd", x, <=, y)
#define ck_assert_int_gt(x, y) GRADED_COMPARE(intmax_t, "%jd", x, >, y)
#define ck_assert_int_ge(x, y) GRADED_COMPARE(intmax_t, "%jd", x, >=, y)
#define ck_assert_uint_eq(x, y) GRADED_COMPARE(uintmax_t, "%ju", x, ==, y)
#define ck_assert_uint_ne(x, y) GRADED_COMPARE(uintmax_t, "%ju", x, !=, y)
#define ck_assert_uint_lt(x, y) GRADED_COMPARE(uintmax_t, "%ju", x, <, y)
#define ck_assert_uint_le(x, y) GRADED_COMPARE(uintmax_t, "%ju", x, <=, y)
#define ck_assert_uint_gt(x, y) GRADED_COMPARE(uintmax_t, "%ju", x, >, y)
#define ck_assert_uint_ge(x, y) GRADED_COMPARE(uintmax_t, "%ju", x, >=, y)
#define ck_assert_double_eq(x, y) GRADED_COMPARE(double, "%.17g", x, ==, y)
#define ck_assert_str_eq(x, y) GRADED_TEXT(x, ==, y)
#define ck_assert_str_ne(x, y) GRADED_TEXT(x, !=, y)
#define ck_assert_ptr_eq(x, y) GRADED_ADDRESS(x, ==, y)
#define ck_assert_ptr_ne(x, y) GRADED_ADDRESS(x, !=, y)
#define ck_assert_ptr_null(x) GRADED_ADDRESS(x, ==, NULL)
#define ck_assert_ptr_nonnull(x) GRADED_ADDRESS(x, !=, NULL)

#endif
