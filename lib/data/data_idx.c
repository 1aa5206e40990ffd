/* IDX files: MNIST, Fashion-MNIST, and whatever else comes as four of them.
 *
 * Layout   00 00 TT DD: type and number of dimensions; DD sizes, 32 bits, big
 *          end first; the values, last dimension fastest.  TT is 08, unsigned
 *          bytes.  Images are [n][h][w], labels [n].
 * Source   Y. LeCun, C. Cortes and C. Burges, "The MNIST database" */
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "data/data_list.h"
#include "data/gzip.h"
#include "data/images.h"

enum { MOST_DIMS = 3, MOST_SIDE = 4096 };

struct idx {
    const char *path;
    const char *name; /* as the publisher calls it */
    int dims, dim[MOST_DIMS];
    unsigned char head[4 + 4 * MOST_DIMS];
    unsigned char *bytes; /* the whole file */
    size_t size, header;
};

/* "train-images-idx3-ubyte", or with a dot before idx as some unpackers leave
 * it, or compressed. */
static enum sr_status find_file(const char *dir, const char *split,
                                const char *what, int dims,
                                struct sr_arena *arena, struct idx *idx,
                                struct sr_err *err)
{
    static const struct {
        const char *before, *after;
    } ways[] = {{"-", ""}, {"-", ".gz"}, {".", ""}, {".", ".gz"}};

    idx->name = sr_arena_format(arena, "%s-%s-idx%d-ubyte", split, what, dims);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *name =
            sr_arena_format(arena, "%s-%s%sidx%d-ubyte%s", split, what,
                            ways[i].before, dims, ways[i].after);
        idx->path = sr_file_join(arena, dir, name);
        if (sr_file_exists(idx->path))
            return SR_OK;
    }
    return sr_fail(err, SR_EDATA, "%s lacks %s (or %s.gz)", dir, idx->name,
                   idx->name);
}

/* Fill idx->dim from the header and check that the file can hold so much. */
static enum sr_status read_header(struct sr_gzip *gz, struct idx *idx,
                                  struct sr_err *err)
{
    unsigned char *head = idx->head;
    idx->header = 4 + 4 * (size_t)idx->dims;
    SR_TRY(sr_gzip_read(gz, head, idx->header, err));
    if (head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] != idx->dims)
        return sr_fail(err, SR_EDATA,
                       "%s starts with %02x %02x %02x %02x; an IDX file of "
                       "unsigned bytes in %d dimensions starts with 00 00 08 "
                       "%02x",
                       idx->path, head[0], head[1], head[2], head[3], idx->dims,
                       idx->dims);
    size_t values = 1;
    bool fits = true;
    for (int i = 0; i < idx->dims; i++) {
        const unsigned char *p = head + 4 + 4 * i;
        const uint32_t dim = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                             (uint32_t)p[2] << 8 | p[3];
        fits = fits && dim >= 1 && dim <= INT_MAX &&
               !__builtin_mul_overflow(values, (size_t)dim, &values);
        idx->dim[i] = (int)dim;
    }
    if (!fits || values > sr_gzip_most(gz))
        return sr_fail(
            err, SR_EDATA, "%s: its header promises %s, which cannot be in it",
            idx->path, fits ? "more bytes than it has" : "an impossible size");
    idx->size = idx->header + values;
    return SR_OK;
}

static enum sr_status read_body(struct sr_gzip *gz, struct idx *idx,
                                struct sr_arena *arena, struct sr_err *err)
{
    SR_TRY(read_header(gz, idx, err));
    idx->bytes = SR_TAKE(arena, idx->size, unsigned char);
    memcpy(idx->bytes, idx->head, idx->header);
    SR_TRY(sr_gzip_read(gz, idx->bytes + idx->header, idx->size - idx->header,
                        err));
    return sr_gzip_end(gz, err);
}

static enum sr_status read_idx(const char *dir, const char *split,
                               const char *what, int dims,
                               struct sr_arena *arena, struct idx *idx,
                               struct sr_err *err)
{
    struct sr_gzip *gz;
    *idx = (struct idx){.dims = dims};
    SR_TRY(find_file(dir, split, what, dims, arena, idx, err));
    SR_TRY(sr_gzip_open(idx->path, arena, &gz, err));
    const enum sr_status done = read_body(gz, idx, arena, err);
    sr_gzip_close(gz);
    return done;
}

/* The images of one split, as the size that data->h, w and c say, or, where
 * these are 0, as the size that they become. */
static enum sr_status check_shape(struct sr_data *data, const struct idx *idx,
                                  struct sr_err *err)
{
    const int h = idx->dim[1], w = idx->dim[2];
    if (h > MOST_SIDE || w > MOST_SIDE)
        return sr_fail(err, SR_EDATA,
                       "%s: images of %d x %d; at most %d a side", idx->path, h,
                       w, MOST_SIDE);
    if (data->h == 0) {
        data->h = h;
        data->w = w;
    }
    if (h != data->h || w != data->w)
        return sr_fail(err, SR_EDATA,
                       "%s: images of %d x %d where %d x %d are expected",
                       idx->path, h, w, data->h, data->w);
    return SR_OK;
}

static enum sr_status open_split(struct sr_data *data, const char *split,
                                 enum sr_split_name which,
                                 struct sr_arena *arena, struct sr_err *err)
{
    struct idx image, number;
    SR_TRY(read_idx(data->path, split, "images", 3, arena, &image, err));
    SR_TRY(read_idx(data->path, split, "labels", 1, arena, &number, err));
    if (image.dim[0] != number.dim[0])
        return sr_fail(err, SR_EDATA, "%s has %d images, %s has %d labels",
                       image.path, image.dim[0], number.path, number.dim[0]);
    SR_TRY(check_shape(data, &image, err));
    sr_data_add_file(data, image.name, image.bytes, image.size);
    sr_data_add_file(data, number.name, number.bytes, number.size);

    const int n = image.dim[0];
    int *label = SR_TAKE(arena, n, int);
    for (int i = 0; i < n; i++)
        label[i] = number.bytes[number.header + (size_t)i];
    const char **file = SR_TAKE(arena, 1, const char *);
    *file = number.path;
    const struct sr_records records = {
        .first = image.bytes + image.header,
        .stride = (size_t)data->h * (size_t)data->w,
        .row = data->w,
        .column = 1,
        .channel = 1,
        .file = file,
        .per_file = n,
    };
    data->split[which].images =
        sr_images_records(data, n, label, &records, arena);
    return SR_OK;
}

static enum sr_status open_idx(const struct sr_dataset *row,
                               struct sr_data *data, struct sr_arena *arena,
                               struct sr_err *err)
{
    (void)row;
    if (!sr_file_is_dir(data->path))
        return sr_fail(err, SR_EDATA,
                       "%s is not a directory with IDX files in it",
                       data->path);
    SR_TRY(open_split(data, "train", SR_TRAIN, arena, err));
    return open_split(data, "t10k", SR_TEST, arena, err);
}

static int highest_label(const struct sr_images *images)
{
    int highest = 0;
    for (int i = 0; i < images->n; i++)
        if (images->label[i] > highest)
            highest = images->label[i];
    return highest;
}

static enum sr_status open_any(const struct sr_dataset *row,
                               struct sr_data *data, struct sr_arena *arena,
                               struct sr_err *err)
{
    SR_TRY(open_idx(row, data, arena, err));
    const int train = highest_label(data->split[SR_TRAIN].images);
    const int test = highest_label(data->split[SR_TEST].images);
    return sr_data_count_classes(data, 1 + (train > test ? train : test), err);
}

static const char *const digits[] = {"0", "1", "2", "3", "4",
                                     "5", "6", "7", "8", "9"};
static const char *const clothes[] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot",
};

/* clang-format off */
#define MNIST   "https://ossci-datasets.s3.amazonaws.com/mnist/"
#define FASHION "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
static const struct sr_published published_mnist[] = {
    {"train-images-idx3-ubyte.gz", MNIST "train-images-idx3-ubyte.gz", 9912422,
     "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
    {"train-labels-idx1-ubyte.gz", MNIST "train-labels-idx1-ubyte.gz", 28881,
     "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
    {"t10k-images-idx3-ubyte.gz", MNIST "t10k-images-idx3-ubyte.gz", 1648877,
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
    {"t10k-labels-idx1-ubyte.gz", MNIST "t10k-labels-idx1-ubyte.gz", 4542,
     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
    {0},
};
static const struct sr_unpacked unpacked_mnist[] = {
    {"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte",  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte",  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
    {0},
};
static const struct sr_published published_fashion[] = {
    {"train-images-idx3-ubyte.gz", FASHION "train-images-idx3-ubyte.gz", 26421880,
     "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
    {"train-labels-idx1-ubyte.gz", FASHION "train-labels-idx1-ubyte.gz", 29515,
     "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
    {"t10k-images-idx3-ubyte.gz", FASHION "t10k-images-idx3-ubyte.gz", 4422102,
     "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
    {"t10k-labels-idx1-ubyte.gz", FASHION "t10k-labels-idx1-ubyte.gz", 5148,
     "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"},
    {0},
};
static const struct sr_unpacked unpacked_fashion[] = {
    {"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
    {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
    {"t10k-images-idx3-ubyte",  "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
    {"t10k-labels-idx1-ubyte",  "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
    {0},
};
/* clang-format on */

static const char *const looked_for_mnist[] = {"mnist", "MNIST/raw", NULL};
static const char *const looked_for_fashion[] = {"fashion-mnist",
                                                 "FashionMNIST/raw", NULL};

const struct sr_dataset sr_dataset_mnist = {
    .name = "mnist",
    .title = "MNIST: 70,000 handwritten digits, 28 x 28, grey",
    .h = 28,
    .w = 28,
    .c = 1,
    .classes = 10,
    .class_name = digits,
    .mean = {.1307},
    .std = {.3081},
    .looked_for = looked_for_mnist,
    .train_images = 60000,
    .test_images = 10000,
    .get = "`scripts/get_data.sh mnist` fetches it",
    .published = published_mnist,
    .unpacked = unpacked_mnist,
    .open = open_idx,
};

const struct sr_dataset sr_dataset_fashion_mnist = {
    .name = "fashion-mnist",
    .title = "Fashion-MNIST: 70,000 pieces of clothing, 28 x 28, grey",
    .h = 28,
    .w = 28,
    .c = 1,
    .classes = 10,
    .class_name = clothes,
    .mean = {.28604},
    .std = {.35302},
    .looked_for = looked_for_fashion,
    .train_images = 60000,
    .test_images = 10000,
    .get = "`apt install dataset-fashion-mnist` brings it on Debian, "
           "`scripts/get_data.sh fashion-mnist` fetches it elsewhere",
    .published = published_fashion,
    .unpacked = unpacked_fashion,
    .open = open_idx,
};

const struct sr_dataset sr_dataset_idx = {
    .name = "idx",
    .title = "your own grey images as IDX files: train- and t10k- images-idx3 "
             "and labels-idx1",
    .c = 1,
    .mean = {0.5},
    .std = {0.5},
    .get = "set data.path to the directory of the four files",
    .takes = SR_TAKES_CLASSES,
    .open = open_any,
};
