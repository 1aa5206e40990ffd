#include "data/look.h"

#include "base/file.h"
#include "base/par.h"
#include "samples.h"
#include "test.h"

/* A folder of one class with the bytes of fixtures/images under these names. */
static struct sr_data *folder_of(const char *const *from, const char *const *to)
{
    const char *dir = sr_test_dir();
    const char *class = sr_arena_format(sr_test_arena(), "%s/a", dir);
    struct sr_err err;
    SR_GOOD(sr_file_mkdir(class, &err), err);
    for (int i = 0; from[i]; i++) {
        size_t size;
        const unsigned char *bytes = fixture(
            sr_arena_format(sr_test_arena(), "images/%s", from[i]), &size);
        sample_write(class, to[i], bytes, size);
    }
    struct sr_data_opts *opts =
        SR_TAKE(sr_test_arena(), 1, struct sr_data_opts); /* borrowed by data */
    *opts = sample_opts("folder");
    opts->path = dir;
    return open_good(opts);
}

static float *room_for(const struct sr_data *data)
{
    return noise((size_t)(data->h * data->w * data->c), 1);
}

static struct sr_look look(const struct sr_data *data, int pos)
{
    struct sr_err err;
    struct sr_look found;
    SR_GOOD(sr_look(data, &data->split[SR_TRAIN], pos, sr_test_arena(),
                    room_for(data), &found, &err),
            err);
    return found;
}

START_TEST(what_a_file_is)
{
    static const char *const from[] = {"photo.png",      "grey.jpg", "cmyk.jpg",
                                       "png_called.jpg", "tall.jpg", NULL};
    static const char *const to[] = {"0.png", "1.jpg", "2.JPEG",
                                     "3.jpg", "4.png", NULL};
    static const struct {
        const char *kind;
        bool grey, cmyk, misnamed;
    } want[] = {{"PNG", false, false, false},
                {"JPEG", true, false, false},
                {"JPEG", false, true, false},
                {"PNG", false, false, true},
                {"JPEG", false, false, true}};
    struct sr_data *data = folder_of(from, to);
    for (int i = 0; i < 5; i++) {
        size_t size;
        const struct sr_look found = look(data, i);
        fixture(sr_arena_format(sr_test_arena(), "images/%s", from[i]), &size);
        ck_assert_str_eq(found.kind, want[i].kind);
        ck_assert_int_eq(found.grey, want[i].grey);
        ck_assert_int_eq(found.cmyk, want[i].cmyk);
        ck_assert_int_eq(found.misnamed, want[i].misnamed);
        ck_assert_int_eq(found.bytes, size);
        ck_assert_int_ge(found.w, 1);
        ck_assert_int_ge(found.h, 1);
    }
    sr_data_close(data);
}
END_TEST

/* The same pixels in three kinds of files are one content, others another. */
START_TEST(content_is_what_is_seen)
{
    static const char *const from[] = {"photo.png", "photo.bmp", "photo.ppm",
                                       "photo.jpg", "grey.png",  NULL};
    struct sr_data *data = folder_of(from, from);
    uint64_t content[5]; /* in the order of names: grey, bmp, jpg, png, ppm */
    for (int i = 0; i < 5; i++)
        content[i] = look(data, i).content;
    ck_assert_uint_eq(content[1], content[3]);
    ck_assert_uint_eq(content[1], content[4]);
    ck_assert_uint_ne(content[1], content[0]);
    ck_assert_uint_ne(content[1], content[2]);
    sr_data_close(data);
}
END_TEST

/* x is what a fill writes, of photos and of records. */
static void check_floats(const char *dataset)
{
    const struct sr_data_opts opts = sample_opts(dataset);
    struct sr_data *data = open_good(&opts);
    const size_t floats = (size_t)(data->h * data->w * data->c);
    struct sr_par *par;
    struct sr_err err;
    SR_GOOD(sr_par_open(1, &par, &err), err);
    for (int i = 0; i < data->split[SR_TRAIN].n; i++) {
        float *x = room_for(data), *want = noise(floats, 2);
        struct sr_look found;
        int y;
        uint64_t id;
        SR_GOOD(sr_look(data, &data->split[SR_TRAIN], i, sr_test_arena(), x,
                        &found, &err),
                err);
        SR_GOOD(sr_data_fill(data, &data->split[SR_TRAIN], par, 1, &i, NULL,
                             want, &y, &id, &err),
                err);
        ck_assert_mem_eq(x, want, floats * sizeof *x);
    }
    sr_par_close(par);
    sr_data_close(data);
}

START_TEST(floats_are_those_of_a_fill)
{
    check_floats("mnist");
    check_floats("svhn");
    check_floats("folder");
    check_floats("shards");
}
END_TEST

START_TEST(damage_is_named)
{
    static const char *const from[] = {"photo.png", NULL};
    struct sr_data *data = folder_of(from, from);
    struct sr_err err;
    struct sr_look found;
    const char *file =
        sr_arena_format(sr_test_arena(), "%s/a/photo.png", data->path);
    size_t size;
    const unsigned char *bytes = fixture("images/photo.png", &size);
    unsigned char *spoiled = SR_TAKE(sr_test_arena(), size, unsigned char);
    memcpy(spoiled, bytes, size);
    spoiled[size / 2] ^= 1;
    SR_GOOD(sr_file_write(file, spoiled, size, &err), err);
    SR_BAD(sr_look(data, &data->split[SR_TRAIN], 0, sr_test_arena(),
                   room_for(data), &found, &err),
           err, SR_EDATA, "a/photo.png: damaged PNG");
    sr_data_close(data);
}
END_TEST

SR_SUITE(data_look)
{
    return sr_suite("data/look",
                    (const TTest *[]){what_a_file_is, content_is_what_is_seen,
                                      floats_are_those_of_a_fill,
                                      damage_is_named, NULL});
}
