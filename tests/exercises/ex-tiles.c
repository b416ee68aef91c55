/* Exercise "What a tile must read": tile_count, tile_writes, tile_reads. */
#include "run.h"

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct rect {
    size_t x, y, width, height;
};

size_t tile_count(size_t width, size_t height, size_t side);
struct rect tile_writes(size_t width, size_t height, size_t side, size_t index);
struct rect tile_reads(size_t width, size_t height, size_t side, size_t index,
                       size_t radius);

static void expect_count(size_t wanted, size_t width, size_t height,
                         size_t side)
{
    size_t got = tile_count(width, height, side);
    ck_assert_msg(got == wanted,
                  "an image of %zu x %zu has %zu tiles of side %zu, not %zu",
                  width, height, wanted, side, got);
}

static void expect_rect(struct rect got, struct rect wanted, size_t width,
                        size_t height, size_t side, size_t index,
                        const char *what)
{
    ck_assert_msg(got.x == wanted.x && got.y == wanted.y &&
                      got.width == wanted.width && got.height == wanted.height,
                  "image %zu x %zu, side %zu: tile %zu %s %zu x %zu pixels "
                  "from (%zu, %zu), not %zu x %zu from (%zu, %zu)",
                  width, height, side, index, what, wanted.width, wanted.height,
                  wanted.x, wanted.y, got.width, got.height, got.x, got.y);
}

START_TEST(tiles_are_counted)
{
    expect_count(6, 10, 7, 4);
    expect_count(4, 8, 8, 4);
    expect_count(1, 4, 4, 4);
    expect_count(1, 1, 1, 4);
    expect_count(9, 9, 9, 4);
    expect_count(70, 10, 7, 1);
    expect_count(3, 3, 1, 1);
}
END_TEST

START_TEST(no_pixels_no_tiles)
{
    expect_count(0, 0, 0, 4);
    expect_count(0, 10, 0, 4);
    expect_count(0, 0, 7, 4);
}
END_TEST

START_TEST(the_example)
{
    expect_rect(tile_writes(10, 7, 4, 5), (struct rect){8, 4, 2, 3}, 10, 7, 4,
                5, "writes");
    expect_rect(tile_reads(10, 7, 4, 5, 1), (struct rect){7, 3, 3, 4}, 10, 7, 4,
                5, "with radius 1 reads");
}
END_TEST

/* Tiles in rows, from left to right: tile by tile what comes next. */
static void must_be_right(size_t width, size_t height, size_t side)
{
    size_t index = 0;
    for (size_t y = 0; y < height; y += side)
        for (size_t x = 0; x < width; x += side, index++) {
            struct rect tile = {x, y, x + side < width ? side : width - x,
                                y + side < height ? side : height - y};
            expect_rect(tile_writes(width, height, side, index), tile, width,
                        height, side, index, "writes");
        }
    expect_count(index, width, height, side);
}

/* Pixel by pixel: what is at most `radius` away from what the tile writes. */
static void must_read(size_t width, size_t height, size_t side, size_t radius)
{
    char what[40];
    snprintf(what, sizeof what, "with radius %zu reads", radius);
    for (size_t i = 0; i < tile_count(width, height, side); i++) {
        struct rect tile = tile_writes(width, height, side, i);
        size_t left = width, top = height, right = 0, bottom = 0;
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                if (x + radius >= tile.x && x < tile.x + tile.width + radius &&
                    y + radius >= tile.y && y < tile.y + tile.height + radius) {
                    left = x < left ? x : left;
                    top = y < top ? y : top;
                    right = x + 1 > right ? x + 1 : right;
                    bottom = y + 1 > bottom ? y + 1 : bottom;
                }
        expect_rect(tile_reads(width, height, side, i, radius),
                    (struct rect){left, top, right - left, bottom - top}, width,
                    height, side, i, what);
    }
}

START_TEST(all_small_images_are_cut)
{
    for (size_t width = 1; width <= 9; width++)
        for (size_t height = 1; height <= 9; height++)
            for (size_t side = 1; side <= 10; side++)
                must_be_right(width, height, side);
}
END_TEST

START_TEST(all_small_images_are_read)
{
    for (size_t width = 1; width <= 7; width++)
        for (size_t height = 1; height <= 7; height++)
            for (size_t side = 1; side <= 8; side++)
                for (size_t radius = 0; radius <= 9; radius++)
                    must_read(width, height, side, radius);
}
END_TEST

START_TEST(drawn_images_are_cut)
{
    for (int i = 0; i < 50; i++)
        must_be_right((size_t)vary(1, 300), (size_t)vary(1, 300),
                      (size_t)vary(1, 64));
}
END_TEST

START_TEST(a_large_side)
{
    expect_count(1, 5, 3, SIZE_MAX);
    expect_count(1, 5, 3, SIZE_MAX - 3);
    expect_rect(tile_writes(5, 3, SIZE_MAX, 0), (struct rect){0, 0, 5, 3}, 5, 3,
                SIZE_MAX, 0, "writes");
    expect_count(2, SIZE_MAX, 1, SIZE_MAX / 2 + 1);
    expect_rect(tile_writes(SIZE_MAX, 1, SIZE_MAX / 2 + 1, 1),
                (struct rect){SIZE_MAX / 2 + 1, 0, SIZE_MAX / 2, 1}, SIZE_MAX,
                1, SIZE_MAX / 2 + 1, 1, "writes");
    expect_rect(tile_reads(SIZE_MAX, 1, SIZE_MAX / 2 + 1, 1, 1),
                (struct rect){SIZE_MAX / 2, 0, SIZE_MAX / 2 + 1, 1}, SIZE_MAX,
                1, SIZE_MAX / 2 + 1, 1, "with radius 1 reads");
}
END_TEST

START_TEST(a_large_image)
{
    size_t odd = ((size_t)1 << 53) + 1; /* no double */
    expect_count(odd, odd, 1, 1);
    expect_rect(tile_writes(odd, 1, 1, odd - 1),
                (struct rect){odd - 1, 0, 1, 1}, odd, 1, 1, odd - 1, "writes");
    expect_rect(tile_reads(odd, 1, 1, odd - 1, 2),
                (struct rect){odd - 3, 0, 3, 1}, odd, 1, 1, odd - 1,
                "with radius 2 reads");
}
END_TEST

START_TEST(a_large_radius)
{
    static const size_t radii[] = {100, SIZE_MAX / 2, SIZE_MAX - 5,
                                   SIZE_MAX - 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof radii / sizeof radii[0]; i++)
        for (size_t index = 0; index < 6; index++) {
            char what[60];
            snprintf(what, sizeof what, "with radius %zu reads", radii[i]);
            expect_rect(tile_reads(10, 7, 4, index, radii[i]),
                        (struct rect){0, 0, 10, 7}, 10, 7, 4, index, what);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("What a tile must read");
    TCase *tcase = tcase_create("tiles");
    tcase_add_test(tcase, tiles_are_counted);
    tcase_add_test(tcase, no_pixels_no_tiles);
    tcase_add_test(tcase, the_example);
    tcase_add_test(tcase, all_small_images_are_cut);
    tcase_add_test(tcase, all_small_images_are_read);
    tcase_add_test(tcase, drawn_images_are_cut);
    tcase_add_test(tcase, a_large_side);
    tcase_add_test(tcase, a_large_image);
    tcase_add_test(tcase, a_large_radius);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
