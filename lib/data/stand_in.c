/* A data set whose files are not there, as its row describes it: every image is
 * the same noise. */
#include "base/rng.h"
#include "data/images.h"

static const int *labels(int n, int classes, struct sr_arena *arena)
{
    int *label = SR_TAKE(arena, n, int);
    for (int i = 0; i < n; i++)
        label[i] = i % classes;
    return label;
}

static struct sr_images *noise(const struct sr_data *data, int n,
                               struct sr_arena *arena)
{
    static const char *const file = "noise";
    const size_t bytes = (size_t)data->h * (size_t)data->w * (size_t)data->c;
    const uint64_t key = sr_rng_key(0, SR_RNG_BENCH, bytes, 0, 0);
    unsigned char *pixel = SR_TAKE(arena, bytes, unsigned char);
    for (size_t i = 0; i < bytes; i++)
        pixel[i] = (unsigned char)sr_rng_bits(key, i);
    const struct sr_records records = {
        .first = pixel,
        .stride = 0, /* the next image is the same one */
        .row = data->w * data->c,
        .column = data->c,
        .channel = 1,
        .file = &file,
        .per_file = n,
    };
    return sr_images_records(data, n, labels(n, data->classes, arena), &records,
                             arena);
}

enum sr_status sr_data_stand_in(const struct sr_data_opts *opts, uint64_t seed,
                                struct sr_arena *arena, struct sr_data **data,
                                struct sr_err *err)
{
    const struct sr_dataset *row;
    struct sr_data *made;
    SR_TRY(sr_data_describe(opts, arena, &made, err));
    SR_TRY(sr_dataset_find(opts->dataset, &row, err));
    *data = NULL;
    if (made->h == 0 || row->train_images == 0 || row->test_images == 0)
        return SR_OK;
    made->path = "";
    made->split[SR_TRAIN].images = noise(made, row->train_images, arena);
    made->split[SR_TEST].images = noise(made, row->test_images, arena);
    SR_TRY(sr_data_divide(made, seed, arena, err));
    *data = made;
    return SR_OK;
}
