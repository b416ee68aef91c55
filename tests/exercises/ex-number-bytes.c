/* Exercise "A number in bytes": number_pack and number_unpack. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <gmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t number_pack(const mpz_t number, void *bytes, size_t room);
int number_unpack(const void *bytes, size_t size, mpz_t number);

enum { HEAD = 8 };

static const char *const numbers[] = {
    "0",
    "1",
    "-1",
    "18446744073709551615",
    "-18446744073709551616",
    "15511210043330985984000000",
    "-340282366920938463463374607431768211457",
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static size_t bytes_of(const mpz_t number)
{
    return HEAD + mpz_size(number) * sizeof(mp_limb_t);
}

/* Packed into memory of exactly that size, at an odd address. The caller frees
 * what *block points to. */
static unsigned char *packed(const mpz_t number, unsigned char **block)
{
    size_t size = bytes_of(number);
    *block = malloc(size + 1);
    ck_assert_ptr_nonnull(*block);
    memset(*block, 0x55, size + 1);
    size_t said = number_pack(number, *block + 1, size);
    ck_assert_msg(said == size,
                  "a number of %zu limbs takes %zu bytes, not %zu. See \"The "
                  "number and its address\".",
                  mpz_size(number), size, said);
    return *block + 1;
}

START_TEST(there_and_back)
{
    mpz_t number, copy;
    unsigned char *block;
    ck_assert_int_eq(mpz_init_set_str(number, numbers[_i], 10), 0);
    mpz_init_set_si(copy, -77);
    unsigned char *bytes = packed(number, &block);
    int error = number_unpack(bytes, bytes_of(number), copy);
    memset(block, 0xaa, bytes_of(number) + 1); /* no longer needed */
    ck_assert_msg(error == 0, "%s cannot be unpacked: %d", numbers[_i], error);
    char *text = mpz_get_str(NULL, 10, copy);
    ck_assert_msg(strcmp(text, numbers[_i]) == 0,
                  "%s went in, %s came out. Does the number still need the "
                  "bytes, and where is its sign?",
                  numbers[_i], text);
    free(text);
    free(block);
    mpz_add_ui(copy, copy, 1); /* an ordinary number */
    mpz_clears(number, copy, NULL);
}
END_TEST

START_TEST(as_described)
{
    mpz_t number;
    unsigned char *block;
    int64_t head;
    mp_limb_t limbs[2];
    mpz_init_set_str(number, "-36893488147419103235", 10); /* 2^65 + 3 */
    unsigned char *bytes = packed(number, &block);
    memcpy(&head, bytes, sizeof head);
    memcpy(limbs, bytes + HEAD, sizeof limbs);
    ck_assert_msg(head == -2,
                  "a negative number of two limbs begins with -2, not %lld",
                  (long long)head);
    ck_assert_msg(limbs[0] == 3 && limbs[1] == 2,
                  "the limbs must follow, lowest first");
    free(block);
    mpz_clear(number);
}
END_TEST

START_TEST(no_room)
{
    mpz_t number;
    mpz_init_set_str(number, numbers[_i], 10);
    size_t size = bytes_of(number);
    for (size_t room = 0; room < size; room++) {
        unsigned char *bytes = malloc(size);
        ck_assert_ptr_nonnull(bytes);
        memset(bytes, 0x55, size);
        size_t said = number_pack(number, bytes, room);
        ck_assert_msg(said == size,
                      "with room for %zu bytes, number_pack "
                      "must still say %zu, not %zu",
                      room, size, said);
        for (size_t i = 0; i < size; i++)
            ck_assert_msg(bytes[i] == 0x55,
                          "with room for %zu of %zu bytes nothing may be "
                          "written, but byte %zu was",
                          room, size, i);
        free(bytes);
    }
    ck_assert_uint_eq(number_pack(number, NULL, 0), size);
    mpz_clear(number);
}
END_TEST

static void must_refuse(const void *bytes, size_t size, const char *why)
{
    mpz_t number;
    unsigned char *exact = malloc(size > 0 ? size : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, size);
    mpz_init_set_si(number, -77);
    int error = number_unpack(exact, size, number);
    ck_assert_msg(error == EINVAL, "%s must give EINVAL, not %d", why, error);
    ck_assert_msg(mpz_cmp_si(number, -77) == 0,
                  "%s: the number must stay as it was", why);
    mpz_clear(number);
    free(exact);
}

START_TEST(bytes_that_are_no_number)
{
    unsigned char bytes[HEAD + 24] = {0};
    int64_t head = 2;
    must_refuse(bytes, 0, "no bytes at all");
    must_refuse(bytes, HEAD - 1, "half a head");
    must_refuse(bytes, HEAD + 8, "a head of 0 with a limb");
    memset(bytes + HEAD, 1, 24);
    memcpy(bytes, &head, sizeof head);
    must_refuse(bytes, HEAD + 8, "a head of 2 with one limb");
    must_refuse(bytes, HEAD + 15, "a head of 2 with a limb and a half");
    must_refuse(bytes, HEAD + 17, "a head of 2 with a byte too many");
    must_refuse(bytes, HEAD + 24, "a head of 2 with three limbs");
    head = INT64_MIN;
    memcpy(bytes, &head, sizeof head);
    must_refuse(bytes, HEAD + 16, "a head of INT64_MIN");
    must_refuse(bytes, HEAD, "a head of INT64_MIN and no limb");
    head = INT64_MAX;
    memcpy(bytes, &head, sizeof head);
    must_refuse(bytes, HEAD + 16, "a head of INT64_MAX");
    /* the bytes that these would take do not fit into 64 bits */
    head = (int64_t)1 << 61;
    memcpy(bytes, &head, sizeof head);
    must_refuse(bytes, HEAD, "a head of 2^61 and no limb");
    head = -head;
    memcpy(bytes, &head, sizeof head);
    must_refuse(bytes, HEAD, "a head of -2^61 and no limb");
    head = ((int64_t)1 << 61) + 2;
    memcpy(bytes, &head, sizeof head);
    must_refuse(bytes, HEAD + 16, "a head of 2^61 + 2 and two limbs");
}
END_TEST

START_TEST(drawn_numbers)
{
    for (int i = 0; i < 20; i++) {
        mpz_t number, copy;
        unsigned char *block;
        mpz_init_set_si(number, vary(1, 1000000));
        mpz_init(copy);
        mpz_ui_pow_ui(copy, (unsigned long)vary(2, 99),
                      (unsigned long)vary(0, 90));
        mpz_mul(number, number, copy);
        if (vary(0, 1))
            mpz_neg(number, number);
        mpz_set_ui(copy, 0);
        unsigned char *bytes = packed(number, &block);
        int error = number_unpack(bytes, bytes_of(number), copy);
        char *text = mpz_get_str(NULL, 10, number);
        ck_assert_msg(error == 0 && mpz_cmp(number, copy) == 0,
                      "%s went in, and another number came out (error %d)",
                      text, error);
        free(text);
        free(block);
        mpz_clears(number, copy, NULL);
    }
}
END_TEST

/* 007 is a number, too. */
START_TEST(highest_limbs_of_zero)
{
    static const struct {
        int64_t head;
        mp_limb_t limbs[2];
        int value;
    } cases[] = {{-2, {5, 0}, -5}, {2, {0, 0}, 0}};
    mpz_t number;
    mpz_init_set_si(number, -77);
    for (int i = 0; i < 2; i++) {
        unsigned char bytes[HEAD + sizeof cases[i].limbs];
        memcpy(bytes, &cases[i].head, HEAD);
        memcpy(bytes + HEAD, cases[i].limbs, sizeof cases[i].limbs);
        int error = number_unpack(bytes, sizeof bytes, number);
        ck_assert_msg(error == 0 && mpz_cmp_si(number, cases[i].value) == 0,
                      "the highest limb may be 0: this is %d, and no error %d",
                      cases[i].value, error);
    }
    mpz_clear(number);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("A number in bytes");
    TCase *tcase = tcase_create("numbers");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, there_and_back, 0, NUMBERS);
    tcase_add_test(tcase, as_described);
    tcase_add_test(tcase, drawn_numbers);
    tcase_add_loop_test(tcase, no_room, 0, NUMBERS);
    tcase_add_test(tcase, bytes_that_are_no_number);
    tcase_add_test(tcase, highest_limbs_of_zero);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
