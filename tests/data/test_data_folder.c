#define _DEFAULT_SOURCE /* truncate */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
#include "samples.h"
#include "test.h"

static const char *where(const struct sr_data *data, enum sr_split_name which,
                         int pos)
{
    char *text = SR_TAKE(sr_test_arena(), 256, char);
    sr_data_where(&data->split[which], pos, text, 256);
    return text;
}

/* A file below DIR, its directories made. */
static void add(const char *dir, const char *name, const void *bytes,
                size_t size)
{
    struct sr_err err;
    const char *path = sr_file_join(sr_test_arena(), dir, name);
    SR_GOOD(sr_file_mkdir(sr_file_dir(sr_test_arena(), path), &err), err);
    SR_GOOD(sr_file_write(path, bytes, size, &err), err);
}

static void add_image(const char *dir, const char *name)
{
    size_t size;
    const unsigned char *bytes = fixture("images/photo.png", &size);
    add(dir, name, bytes, size);
}

static struct sr_data_opts folder_at(const char *path)
{
    struct sr_data_opts opts = sample_opts("folder");
    opts.path = path;
    return opts;
}

/* Byte order of folders and names; the class eel has no images and keeps its
 * number. */
START_TEST(order_and_classes)
{
    static const char *const want[] = {
        "cat/0.jpg", "cat/2.JPEG", "cat/4.bmp", "cat/deep/x.png",
        "dog/1.png", "dog/3.ppm",  "dog/5.jpg"};
    static const int label[] = {0, 0, 0, 0, 1, 1, 1};
    const struct sr_data_opts opts = sample_opts("folder");
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->classes, 3);
    ck_assert_str_eq(data->class_name[2], "eel");
    ck_assert_int_eq(data->split[SR_TRAIN].n, 7);
    for (int i = 0; i < 7; i++) {
        ck_assert_str_eq(where(data, SR_TRAIN, i),
                         sr_arena_format(sr_test_arena(),
                                         "tests/fixtures/folder/train/%s",
                                         want[i]));
        ck_assert_int_eq(data->split[SR_TRAIN].label[i], label[i]);
    }
    ck_assert_int_eq(data->split[SR_TEST].n, 3);
    ck_assert_str_eq(where(data, SR_TEST, 0),
                     "tests/fixtures/folder/val/cat/2.png");
    ck_assert_int_eq(data->notes, 2);
    ck_assert_ptr_nonnull(strstr(data->note[0], "1 .txt"));
    ck_assert_str_eq(data->note[1],
                     "1 of 3 classes have no training images, eel the first");
}
END_TEST

/* A root of classes: told, not silent. */
START_TEST(training_images_as_test_images)
{
    struct sr_data_opts opts = folder_at("tests/fixtures/folder/train");
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TEST].n, 7);
    ck_assert_ptr_nonnull(strstr(data->note[0], "no test images of its own"));
    const char *hash = data->hash;

    opts.test_path = "tests/fixtures/folder/val";
    data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TEST].n, 3);
    ck_assert_str_ne(data->hash, hash);
}
END_TEST

START_TEST(classes_of_the_test_images)
{
    const char *dir = sr_test_dir();
    const struct sr_data_opts opts = folder_at(dir);
    add_image(dir, "train/a/1.png");
    add_image(dir, "train/b/1.png");
    add_image(dir, "train/.cache/1.png");
    add_image(dir, "val/b/1.png");
    ck_assert_int_eq(open_good(&opts)->split[SR_TEST].label[0], 1);
    ck_assert_int_eq(open_good(&opts)->classes, 2);
    add_image(dir, "val/c/1.png");
    expect_bad_data(&opts, SR_EDATA, "val/c is not one of the 2 classes");
}
END_TEST

START_TEST(damaged_image)
{
    const char *dir = sr_test_dir();
    const struct sr_data_opts opts = folder_at(dir);
    size_t size;
    const unsigned char *jpeg = fixture("images/photo.jpg", &size);
    add_image(dir, "a/1.png");
    add(dir, "a/2.jpg", jpeg, size - 100);
    add(dir, "a/3.jpg", "GIF89a", 6);
    struct sr_data *data = open_good(&opts);
    struct sr_err err;
    struct sr_par *par;
    const int pos[3] = {0, 2, 1};
    int y[3];
    uint64_t id[3];
    float *x = noise((size_t)(3 * data->h * data->w * data->c), 1);
    SR_GOOD(sr_par_open(2, &par, &err), err);
    const struct sr_split *train = &data->split[SR_TRAIN];
    SR_BAD(sr_data_fill(data, train, par, 3, pos, NULL, x, y, id, &err), err,
           SR_EDATA, "a/3.jpg: not a JPEG");
    SR_BAD(sr_data_fill(data, train, par, 1, pos + 2, NULL, x, y, id, &err),
           err, SR_EDATA, "a/2.jpg: damaged JPEG: Premature end of JPEG file");
    ck_assert_int_eq(
        truncate(sr_file_join(sr_test_arena(), dir, "a/1.png"), 10), 0);
    SR_BAD(sr_data_fill(data, train, par, 1, pos, NULL, x, y, id, &err), err,
           SR_EDATA, "a/1.png: it has 10 bytes where 1962 are expected");
    sr_par_close(par);
    sr_data_close(data);
}
END_TEST

/* train/a/<i>.ppm, of one pixel. */
static void add_pixel(const char *dir, int i, const char *colour)
{
    const char *name = sr_arena_format(sr_test_arena(), "train/a/%03d.ppm", i);
    const char *ppm = sr_arena_format(sr_test_arena(), "P6 1 1 255 %s", colour);
    add(dir, name, ppm, strlen(ppm));
}

static const char *sample_of(const struct sr_data *data, int n)
{
    char *sum = SR_TAKE(sr_test_arena(), 65, char);
    struct sr_err err;
    SR_GOOD(
        sr_data_sample(&data->split[SR_TRAIN], n, sr_test_arena(), sum, &err),
        err);
    return sum;
}

/* Of 512 images every second one is looked at, of ten each. */
START_TEST(other_pixels_under_the_old_names)
{
    enum { FILES = 2 * SR_DATA_SAMPLE };
    const char *dir = sr_test_dir();
    const struct sr_data_opts opts = folder_at(dir);
    struct sr_err err;
    char sum[65];
    for (int i = 0; i < FILES; i++)
        add_pixel(dir, i, "abc");
    struct sr_data *data = open_good(&opts);
    const char *all = sample_of(data, FILES), *few = sample_of(data, 10);
    ck_assert_int_eq((int)strlen(all), 64);
    ck_assert_str_ne(all, few);
    add_pixel(dir, 1, "bbc");
    ck_assert_str_eq(sample_of(data, FILES), all);
    ck_assert_str_ne(sample_of(data, 10), few);
    add_pixel(dir, 1, "abc");
    add_pixel(dir, FILES - 2, "abd");
    ck_assert_str_ne(sample_of(data, FILES), all);
    ck_assert_str_eq(sample_of(data, 10), few);
    ck_assert_str_eq(open_good(&opts)->hash, data->hash);
    add_pixel(dir, 0, "abcd");
    SR_BAD(
        sr_data_sample(&data->split[SR_TRAIN], 1, sr_test_arena(), sum, &err),
        err, SR_EDATA, "a/000.ppm: it has 15 bytes where 14 are expected");
    sr_data_close(data);
}
END_TEST

START_TEST(no_sample_of_what_is_hashed_whole)
{
    const struct sr_data_opts opts = sample_opts("mnist");
    ck_assert_str_eq(sample_of(open_good(&opts), 10), "");
}
END_TEST

START_TEST(a_link_that_leads_back)
{
    const char *dir = sr_test_dir();
    const struct sr_data_opts opts = folder_at(dir);
    add_image(dir, "a/1.png");
    ck_assert_int_eq(symlink("..", sr_file_join(sr_test_arena(), dir, "a/up")),
                     0);
    ck_assert_int_eq(
        symlink("../a", sr_file_join(sr_test_arena(), dir, "a/on")), 0);
    expect_bad_data(&opts, SR_EDATA, "is a link to a folder that it is in");
}
END_TEST

START_TEST(broken_links_are_told)
{
    const char *dir = sr_test_dir();
    const struct sr_data_opts opts = folder_at(dir);
    add_image(dir, "a/1.png");
    struct sr_err err;
    SR_GOOD(sr_file_link("none", sr_file_join(sr_test_arena(), dir, "a/2.jpg"),
                         &err),
            err);
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 1);
    ck_assert_ptr_nonnull(strstr(data->note[1], "1 (broken link or"));
}
END_TEST

/* A million of them take minutes to list. */
START_TEST(told_to_stop)
{
    const char *dir = sr_test_dir();
    const struct sr_data_opts opts = folder_at(dir);
    add_image(dir, "a/1.png");
    sr_stop_watch();
    raise(SIGTERM);
    expect_bad_data(&opts, SR_STOPPED, "while images were looked for");
}
END_TEST

START_TEST(nothing_there)
{
    struct sr_data_opts opts = folder_at("tests/none");
    expect_bad_data(&opts, SR_EDATA, "tests/none is not a folder");
    opts.path = "tests/fixtures/images";
    expect_bad_data(&opts, SR_EDATA, "has no folders in it");
    opts.path = "tests/fixtures/folder";
    opts.test_path = "tests/none";
    expect_bad_data(&opts, SR_EDATA, "tests/none");
    const char *dir = sr_test_dir();
    add(dir, "a/readme.txt", "", 0);
    opts = folder_at(dir);
    expect_bad_data(&opts, SR_EDATA, "holds no training images");
}
END_TEST

SR_SUITE(data_data_folder)
{
    return sr_suite(
        "data/data_folder",
        (const TTest *[]){order_and_classes, training_images_as_test_images,
                          classes_of_the_test_images, damaged_image,
                          other_pixels_under_the_old_names,
                          no_sample_of_what_is_hashed_whole,
                          a_link_that_leads_back, broken_links_are_told,
                          told_to_stop, nothing_there, NULL});
}
