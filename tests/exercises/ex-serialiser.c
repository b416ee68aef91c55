/* Exercise "Pack a parcel": parcel_pack and parcel_unpack. */
#include "run.h"

#include <check.h>
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* With a sanitizer, undefined behaviour ends the test. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "halt_on_error=1";
}

struct parcel {
    const char *name;
    size_t count;
    const double *weights;
};

size_t parcel_pack(const void *argument, void *bytes, size_t room);
int parcel_unpack(const void *bytes, size_t size, void *argument);

static double first_weight;

/* A parcel whose memory can be spoilt after it was packed. */
static struct parcel *new_parcel(const char *name, size_t count)
{
    struct parcel *parcel = malloc(sizeof *parcel);
    double *weights = count ? malloc(count * sizeof *weights) : NULL;
    for (size_t i = 0; i < count; i++)
        weights[i] = first_weight + (double)i / 4;
    *parcel = (struct parcel){strdup(name), count, weights};
    return parcel;
}

static void spoil(struct parcel *parcel)
{
    memset((char *)parcel->name, '?', strlen(parcel->name));
    if (parcel->count)
        memset((double *)parcel->weights, 0x55, parcel->count * sizeof(double));
}

static void free_parcel(struct parcel *parcel)
{
    free((char *)parcel->name);
    free((double *)parcel->weights);
    free(parcel);
}

static const struct {
    const char *name;
    size_t count;
} samples[] = {{"tea", 3}, {"", 0}, {"a longer name than most", 100}, {"x", 0}};

START_TEST(comes_back_at_another_address)
{
    first_weight = (double)vary(-1000, 1000);
    struct parcel *parcel = new_parcel(samples[_i].name, samples[_i].count);
    size_t size = parcel_pack(parcel, NULL, 0);
    ck_assert_msg(size > 0 && size < 100000, "a parcel needs %zu bytes?", size);
    char *bytes = malloc(size), *elsewhere = malloc(size);
    memset(bytes, 'x', size);
    ck_assert_uint_eq(parcel_pack(parcel, bytes, size), size);
    memcpy(elsewhere, bytes, size);
    memset(bytes, 0x55, size);
    spoil(parcel);
    struct parcel copy;
    memset(&copy, 0x55, sizeof copy);
    ck_assert_int_eq(parcel_unpack(elsewhere, size, &copy), 0);
    ck_assert_uint_eq(copy.count, samples[_i].count);
    ck_assert_msg(copy.name >= elsewhere && copy.name < elsewhere + size,
                  "the name must lie in the bytes: a pointer means nothing "
                  "in another process (see \"What can cross\")");
    ck_assert_msg(
        memchr(copy.name, '\0', size - (size_t)(copy.name - elsewhere)) != NULL,
        "the name has no end within the bytes");
    ck_assert_str_eq(copy.name, samples[_i].name);
    const char *weights = (const char *)copy.weights;
    ck_assert_msg(copy.count == 0 || (weights >= elsewhere &&
                                      weights + copy.count * sizeof(double) <=
                                          elsewhere + size),
                  "the weights must lie in the bytes: nothing else crosses");
    ck_assert_msg((uintptr_t)copy.weights % alignof(double) == 0,
                  "the weights are not aligned");
    for (size_t i = 0; i < copy.count; i++)
        ck_assert_double_eq(copy.weights[i], first_weight + (double)i / 4);
    free(bytes);
    free(elsewhere);
    free_parcel(parcel);
}
END_TEST

START_TEST(writes_nothing_without_room)
{
    struct parcel *parcel = new_parcel(samples[_i].name, samples[_i].count);
    size_t size = parcel_pack(parcel, NULL, 0);
    char *bytes = malloc(size);
    for (size_t room = 0; room < size; room += 1 + room / 2) {
        memset(bytes, 'x', size);
        ck_assert_msg(parcel_pack(parcel, bytes, room) == size,
                      "the size that is needed does not depend on the room");
        for (size_t i = 0; i < size; i++)
            ck_assert_msg(bytes[i] == 'x', "written with a room of %zu", room);
    }
    free(bytes);
    free_parcel(parcel);
}
END_TEST

START_TEST(refuses_what_was_cut)
{
    struct parcel *parcel = new_parcel("some name", 5), copy;
    size_t size = parcel_pack(parcel, NULL, 0);
    char *bytes = malloc(size);
    (void)parcel_pack(parcel, bytes, size);
    for (size_t cut = 0; cut < size; cut++) {
        char *rest = malloc(cut + 1); /* of which only cut bytes count */
        memcpy(rest, bytes, cut);
        rest[cut] = '\0';
        ck_assert_msg(parcel_unpack(rest, cut, &copy) == EINVAL,
                      "%zu of %zu bytes must be refused with EINVAL", cut,
                      size);
        free(rest);
    }
    free(bytes);
    free_parcel(parcel);
}
END_TEST

/* Whatever number in the bytes has become a huge one: EINVAL, or a parcel that
 * lies within the bytes. */
START_TEST(believes_no_number)
{
    static const size_t huge[] = {SIZE_MAX, SIZE_MAX / sizeof(double) + 2};
    struct parcel *parcel = new_parcel("some name", 5);
    size_t size = parcel_pack(parcel, NULL, 0);
    char *bytes = malloc(size);
    for (size_t at = 0; at + sizeof huge[_i] <= size; at += sizeof huge[_i]) {
        struct parcel copy = {0};
        (void)parcel_pack(parcel, bytes, size);
        memcpy(bytes + at, &huge[_i], sizeof huge[_i]);
        int error = parcel_unpack(bytes, size, &copy);
        if (error == EINVAL)
            continue;
        ck_assert_msg(error == 0, "an error of %d; EINVAL was meant", error);
        ck_assert_msg(copy.count <= size / sizeof(double),
                      "%zu bytes became a parcel of %zu weights: a number from "
                      "the other side is not to be trusted, and a product can "
                      "overflow",
                      size, copy.count);
        ck_assert_msg(
            copy.name >= bytes && copy.name < bytes + size &&
                memchr(copy.name, '\0', size - (size_t)(copy.name - bytes)),
            "the name does not lie within the bytes");
    }
    free(bytes);
    free_parcel(parcel);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ex-serialiser");
    const TTest *each[] = {comes_back_at_another_address,
                           writes_nothing_without_room};
    const TTest *once[] = {refuses_what_was_cut};
    const TTest *twice[] = {believes_no_number};
    add_tests(suite, "each", 4, each, 2);
    add_tests(suite, "once", 1, once, 1);
    add_tests(suite, "twice", 2, twice, 1);
    return run_suite(suite);
}
