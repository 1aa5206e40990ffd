#include "report/grid.h"

#include "base/file.h"
#include "test.h"

/* Width and height as the IHDR of a PNG tells them. */
static void size_of(const char *path, int *w, int *h)
{
    unsigned char *file;
    size_t size;
    struct sr_err err;
    SR_GOOD(sr_file_read(path, 1 << 24, SR_EDATA, sr_test_arena(), &file, &size,
                         &err),
            err);
    ck_assert_uint_gt(size, 24);
    *w = file[18] << 8 | file[19];
    *h = file[22] << 8 | file[23];
}

static void draw(int rows, int columns, int side, int c, const char *caption,
                 int *w, int *h)
{
    const char *label[8] = {"first", "second", "third\nrow"};
    struct sr_grid_cell cell[64];
    const float *pixels = noise((size_t)(side * side * c), 1);
    const char *path = sr_file_join(sr_test_arena(), sr_test_dir(), "g.png");
    struct sr_err err;

    for (int i = 0; i < rows * columns; i++)
        cell[i] = (struct sr_grid_cell){
            pixels, {caption, i % 2 ? "12.3%" : NULL}, i % SR_INKS};
    const struct sr_grid grid = {"a title", rows, columns, side,
                                 side,      c,    label,   cell};
    SR_GOOD(sr_grid_write(&grid, path, sr_test_arena(), &err), err);
    size_of(path, w, h);
}

/* Every size from a pixel to a photograph, and letters nobody expects. */
START_TEST(any_size_and_any_caption)
{
    static const char *const captions[] = {
        "", "cat", "\xc3\xa9t\xc3\xa9 \x01\x7f\xff",
        "a very long class name, longer than any picture and than the letters "
        "a caption may have, so that what does not fit has to be cut off"};
    static const int sides[] = {1, 28, 32, 224};

    for (size_t i = 0; i < sizeof captions / sizeof *captions; i++)
        for (size_t s = 0; s < sizeof sides / sizeof *sides; s++)
            for (int c = 1; c <= 3; c += 2) {
                int w, h;
                draw(3, 2, sides[s], c, captions[i], &w, &h);
                ck_assert_int_gt(w, 2 * 128);
                ck_assert_int_gt(h, 3 * 128);
            }
}
END_TEST

/* A row more costs a row, a column more a column. */
START_TEST(grows_by_rows_and_columns)
{
    int w1, h1, w2, h2, w3, h3;
    draw(1, 4, 32, 3, "cat", &w1, &h1);
    draw(2, 4, 32, 3, "cat", &w2, &h2);
    draw(2, 5, 32, 3, "cat", &w3, &h3);
    ck_assert_int_gt(h2, h1 + 128);
    ck_assert_int_eq(w3 - w2, 128 + 16);
    ck_assert_int_eq(h3, h2);
}
END_TEST

SR_SUITE(report_grid)
{
    return sr_suite("report/grid",
                    (const TTest *[]){any_size_and_any_caption,
                                      grows_by_rows_and_columns, NULL});
}
