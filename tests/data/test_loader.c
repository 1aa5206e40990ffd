#include "data/loader.h"

#include "base/file.h"
#include "samples.h"
#include "test.h"

enum { MOST = 5, ROUNDS = 40 };

static struct sr_loader *opened(const struct sr_data *data)
{
    struct sr_err err;
    struct sr_loader *loader;
    SR_GOOD(sr_loader_open(data, &data->split[SR_TRAIN], MOST, 2,
                           sr_test_arena(), &loader, &err),
            err);
    return loader;
}

/* Positions of round i: 1 to MOST images, each time others. */
static int choose(const struct sr_data *data, int round, int *pos)
{
    const int n = 1 + round % MOST;
    for (int i = 0; i < n; i++)
        pos[i] = (3 * round + 7 * i) % data->split[SR_TRAIN].n;
    return n;
}

/* Is the batch what sr_data_fill makes of the same images? */
static void check_batch(const struct sr_data *data, const struct sr_batch *b,
                        int round, const struct sr_augment *augment)
{
    struct sr_err err;
    struct sr_par *par;
    int pos[MOST], y[MOST];
    uint64_t id[MOST];
    const int n = choose(data, round, pos);
    const size_t floats = (size_t)(n * data->h * data->w * data->c);
    float *x = noise(floats, 1);
    SR_GOOD(sr_par_open(1, &par, &err), err);
    SR_GOOD(sr_data_fill(data, &data->split[SR_TRAIN], par, n, pos, augment, x,
                         y, id, &err),
            err);
    sr_par_close(par);
    ck_assert_int_eq(b->n, n);
    ck_assert_mem_eq(b->x, x, floats * sizeof *x);
    ck_assert_mem_eq(b->y, y, (size_t)n * sizeof *y);
    ck_assert_mem_eq(b->id, id, (size_t)n * sizeof *id);
}

/* One batch ahead, as training does it: the batch in use stays what it is while
 * the next one is made, and pos and augment may change at once. */
static void check_ahead(const char *dataset, int threads)
{
    struct sr_data_opts opts = sample_opts(dataset);
    opts.threads = threads;
    opts.augment = (struct sr_names){2, {"crop", "flip"}};
    struct sr_data *data = open_good(&opts);
    struct sr_loader *loader = opened(data);
    struct sr_augment augment = {1, 0};
    int pos[MOST];
    sr_loader_ask(loader, choose(data, 0, pos), pos, &augment);
    for (int round = 0; round < ROUNDS; round++) {
        struct sr_err err;
        struct sr_batch b;
        SR_GOOD(sr_loader_take(loader, &b, &err), err);
        augment.epoch = (uint64_t)round + 1;
        sr_loader_ask(loader, choose(data, round + 1, pos), pos, &augment);
        memset(pos, 0xff, sizeof pos);
        check_batch(data, &b, round, &(struct sr_augment){1, (uint64_t)round});
    }
    sr_loader_close(loader);
    sr_data_close(data);
}

START_TEST(a_batch_ahead_has_the_same_bits)
{
    for (int threads = 0; threads <= 3; threads++) {
        check_ahead("mnist", threads);
        check_ahead("folder", threads);
        check_ahead("shards", threads);
    }
}
END_TEST

START_TEST(a_batch_not_taken_is_forgotten)
{
    const struct sr_data_opts opts = sample_opts("folder");
    struct sr_data *data = open_good(&opts);
    struct sr_loader *loader = opened(data);
    struct sr_batch b;
    struct sr_err err;
    int pos[MOST];
    sr_loader_ask(loader, choose(data, 3, pos), pos,
                  &(struct sr_augment){1, 1});
    sr_loader_ask(loader, choose(data, 4, pos), pos, NULL);
    SR_GOOD(sr_loader_take(loader, &b, &err), err);
    check_batch(data, &b, 4, NULL);
    sr_loader_ask(loader, choose(data, 5, pos), pos, NULL);
    sr_loader_close(loader); /* with work under way */
    sr_loader_close(NULL);
    sr_data_close(data);
}
END_TEST

/* The failure belongs to its batch; the next one is whole again. */
START_TEST(a_damaged_image_fails_its_batch)
{
    const char *dir = sr_test_dir();
    size_t size;
    struct sr_err err;
    const unsigned char *bytes = fixture("images/photo.png", &size);
    const char *class = sr_file_join(sr_test_arena(), dir, "a");
    SR_GOOD(sr_file_mkdir(class, &err), err);
    for (int i = 0; i < 4; i++)
        SR_GOOD(sr_file_write(
                    sr_arena_format(sr_test_arena(), "%s/%d.png", class, i),
                    bytes, i == 1 ? size / 2 : size, &err),
                err);
    struct sr_data_opts opts = sample_opts("folder");
    opts.path = dir;
    struct sr_data *data = open_good(&opts);
    struct sr_loader *loader = opened(data);
    struct sr_batch b;
    sr_loader_ask(loader, 3, (const int[]){0, 1, 2}, NULL);
    SR_BAD(sr_loader_take(loader, &b, &err), err, SR_EDATA,
           "a/1.png: truncated PNG");
    sr_loader_ask(loader, 2, (const int[]){3, 2}, NULL);
    SR_GOOD(sr_loader_take(loader, &b, &err), err);
    ck_assert_uint_eq(b.id[0], 3);
    sr_loader_close(loader);
    sr_data_close(data);
}
END_TEST

/* With skip the next image that can be read stands for a damaged one, in
 * training alone, and it is told. */
START_TEST(damaged_images_can_be_skipped)
{
    const char *dir = sr_test_dir();
    size_t size;
    struct sr_err err;
    const unsigned char *bytes = fixture("images/photo.png", &size);
    const char *class = sr_file_join(sr_test_arena(), dir, "a");
    SR_GOOD(sr_file_mkdir(class, &err), err);
    for (int i = 0; i < 5; i++)
        sample_write(class, sr_arena_format(sr_test_arena(), "%d.png", i),
                     bytes, i == 1 || i == 2 || i == 4 ? size / 2 : size);
    struct sr_data_opts opts = sample_opts("folder");
    opts.path = dir;
    opts.on_error = SR_ON_ERROR_SKIP;
    struct sr_data *data = open_good(&opts);
    struct sr_loader *loader = opened(data);
    const struct sr_augment augment = {1, 1};
    struct sr_batch b;
    for (int round = 0; round < 2; round++) {
        static const uint64_t want[] = {3, 3, 0, 0, 3};
        sr_loader_ask(loader, 5, (const int[]){1, 3, 4, 0, 2}, &augment);
        SR_GOOD(sr_loader_take(loader, &b, &err), err);
        ck_assert_mem_eq(b.id, want, sizeof want);
        ck_assert_int_eq(b.skipped, 4);
        ck_assert_ptr_nonnull(strstr(b.why, "a/1.png: truncated PNG"));
    }
    sr_loader_ask(loader, 1, (const int[]){3}, &augment);
    SR_GOOD(sr_loader_take(loader, &b, &err), err);
    ck_assert_int_eq(b.skipped, 0);
    ck_assert_ptr_null(b.why);
    sr_loader_ask(loader, 1, (const int[]){1}, NULL);
    SR_BAD(sr_loader_take(loader, &b, &err), err, SR_EDATA, "a/1.png: trunc");
    sr_loader_close(loader);
    sr_data_close(data);
}
END_TEST

START_TEST(nothing_but_damaged_images)
{
    const char *dir = sr_test_dir();
    struct sr_err err;
    const char *class = sr_file_join(sr_test_arena(), dir, "a");
    SR_GOOD(sr_file_mkdir(class, &err), err);
    for (int i = 0; i < 3; i++)
        sample_write(class, sr_arena_format(sr_test_arena(), "%d.jpg", i),
                     "\xff\xd8\xff", 3);
    struct sr_data_opts opts = sample_opts("folder");
    opts.path = dir;
    opts.on_error = SR_ON_ERROR_SKIP;
    struct sr_data *data = open_good(&opts);
    struct sr_loader *loader = opened(data);
    struct sr_batch b;
    sr_loader_ask(loader, 1, (const int[]){1}, &(struct sr_augment){1, 1});
    SR_BAD(sr_loader_take(loader, &b, &err), err, SR_EDATA,
           "3 images in a row are damaged: ");
    sr_loader_close(loader);
    sr_data_close(data);
}
END_TEST

SR_SUITE(data_loader)
{
    return sr_suite("data/loader",
                    (const TTest *[]){a_batch_ahead_has_the_same_bits,
                                      a_batch_not_taken_is_forgotten,
                                      a_damaged_image_fails_its_batch,
                                      damaged_images_can_be_skipped,
                                      nothing_but_damaged_images, NULL});
}
