/* CIFAR-10 and CIFAR-100 in the official binary layout: records of one or two
 * label bytes, then the red, green and blue plane of 32 x 32 bytes, row by row;
 * files of nothing but records.
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html */
#include <string.h>

#include "base/file.h"
#include "data/data_list.h"
#include "data/gzip.h"
#include "data/images.h"
#include "data/tar.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, MOST_FILES = 6 };

struct layout {
    int files;                    /* the last one is the test set */
    const char *name[MOST_FILES]; /* [files]                      */
    int records, test_records;    /* of a training file, the test file */
    int labels;                   /* bytes before the pixels           */
};

static const struct layout layout10 = {
    6,
    {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
     "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"},
    10000,
    10000,
    1,
};
static const struct layout layout100 = {
    2, {"train.bin", "test.bin"}, 50000, 10000, 2};

/* The set while it is read. */
struct cifar {
    const struct layout *layout;
    const char *path;
    size_t record;                 /* bytes                            */
    size_t size[MOST_FILES];       /* of each file, bytes ...          */
    unsigned char *at[MOST_FILES]; /* ... and where they go            */
    unsigned char *split[2];       /* the training and the test files  */
    bool seen[MOST_FILES];
    const char *file[MOST_FILES]; /* for messages */
};

static struct cifar plan(const struct layout *layout, const char *path)
{
    struct cifar cifar = {.layout = layout, .path = path};
    cifar.record = (size_t)layout->labels + PIXELS;
    for (int i = 0; i < layout->files; i++)
        cifar.size[i] = cifar.record * (size_t)(i < layout->files - 1
                                                    ? layout->records
                                                    : layout->test_records);
    return cifar;
}

/* The training files end up one behind the other. */
static void take_memory(struct cifar *cifar, struct sr_arena *arena)
{
    const int last = cifar->layout->files - 1;
    cifar->split[0] = sr_arena_take(arena, (size_t)last, cifar->size[0]);
    cifar->split[1] = sr_arena_take(arena, 1, cifar->size[last]);
    for (int i = 0; i < last; i++)
        cifar->at[i] = cifar->split[0] + (size_t)i * cifar->size[0];
    cifar->at[last] = cifar->split[1];
}

static enum sr_status check_size(const struct cifar *cifar, int i,
                                 int64_t found, struct sr_err *err)
{
    if (found == (int64_t)cifar->size[i])
        return SR_OK;
    return sr_fail(err, SR_EDATA,
                   "%s has %lld bytes; it must have %zu, %zu records of %zu",
                   cifar->file[i], (long long)found, cifar->size[i],
                   cifar->size[i] / cifar->record, cifar->record);
}

static enum sr_status check_seen(const struct cifar *cifar, struct sr_err *err)
{
    for (int i = 0; i < cifar->layout->files; i++)
        if (!cifar->seen[i])
            return sr_fail(err, SR_EDATA, "%s lacks %s", cifar->path,
                           cifar->layout->name[i]);
    return SR_OK;
}

static enum sr_status read_file(struct cifar *cifar, int i,
                                struct sr_arena *arena, struct sr_err *err)
{
    struct sr_gzip *gz;
    SR_TRY(sr_gzip_open(cifar->file[i], arena, &gz, err));
    enum sr_status done = sr_gzip_read(gz, cifar->at[i], cifar->size[i], err);
    if (done == SR_OK)
        done = sr_gzip_end(gz, err);
    sr_gzip_close(gz);
    return done;
}

static enum sr_status read_directory(struct cifar *cifar,
                                     struct sr_arena *arena, struct sr_err *err)
{
    for (int i = 0; i < cifar->layout->files; i++) {
        cifar->file[i] =
            sr_file_join(arena, cifar->path, cifar->layout->name[i]);
        cifar->seen[i] = sr_file_exists(cifar->file[i]);
        if (cifar->seen[i])
            SR_TRY(check_size(cifar, i, sr_file_size(cifar->file[i]), err));
    }
    SR_TRY(check_seen(cifar, err));
    take_memory(cifar, arena);
    for (int i = 0; i < cifar->layout->files; i++)
        SR_TRY(read_file(cifar, i, arena, err));
    return SR_OK;
}

/* Which of the set's files a member of an archive is; -1 for none. */
static int file_of(const struct layout *layout, const char *member)
{
    const char *slash = strrchr(member, '/');
    const char *name = slash ? slash + 1 : member;
    for (int i = 0; i < layout->files; i++)
        if (strcmp(name, layout->name[i]) == 0)
            return i;
    return -1;
}

static enum sr_status read_members(struct cifar *cifar, struct sr_tar *tar,
                                   struct sr_err *err)
{
    for (;;) {
        struct sr_member member;
        bool more;
        SR_TRY(sr_tar_next(tar, &member, &more, err));
        if (!more)
            return SR_OK;
        const int i = file_of(cifar->layout, member.name);
        if (i < 0)
            continue;
        if (cifar->seen[i])
            return sr_fail(err, SR_EDATA, "%s appears twice", cifar->file[i]);
        SR_TRY(check_size(cifar, i, member.size, err));
        SR_TRY(sr_tar_read(tar, cifar->at[i], cifar->size[i], err));
        cifar->seen[i] = true;
    }
}

static enum sr_status read_archive(struct cifar *cifar, struct sr_arena *arena,
                                   struct sr_err *err)
{
    struct sr_tar *tar;
    for (int i = 0; i < cifar->layout->files; i++)
        cifar->file[i] = sr_arena_format(arena, "%s: %s", cifar->path,
                                         cifar->layout->name[i]);
    SR_TRY(sr_tar_open(cifar->path, arena, &tar, err));
    take_memory(cifar, arena);
    const enum sr_status done = read_members(cifar, tar, err);
    sr_tar_close(tar);
    SR_TRY(done);
    return check_seen(cifar, err);
}

static struct sr_images *images_of(const struct sr_data *data,
                                   const struct cifar *cifar, int test,
                                   struct sr_arena *arena)
{
    const struct layout *layout = cifar->layout;
    const int per_file = test ? layout->test_records : layout->records;
    const int n = test ? per_file : per_file * (layout->files - 1);
    const unsigned char *bytes = cifar->split[test];
    /* CIFAR-100 has the coarse label first. */
    const int which = data->opts->coarse ? 0 : layout->labels - 1;
    int *label = SR_TAKE(arena, n, int);
    for (int i = 0; i < n; i++)
        label[i] = bytes[(size_t)i * cifar->record + (size_t)which];

    const char **file = SR_TAKE(arena, layout->files, const char *);
    for (int i = 0; i < layout->files; i++)
        file[i] = cifar->file[test ? layout->files - 1 : i];
    const struct sr_records records = {
        .first = bytes + layout->labels,
        .stride = cifar->record,
        .row = SIDE,
        .column = 1,
        .channel = PLANE,
        .file = file,
        .per_file = per_file,
    };
    return sr_images_records(data, n, label, &records, arena);
}

static enum sr_status open_cifar(const struct layout *layout,
                                 struct sr_data *data, struct sr_arena *arena,
                                 struct sr_err *err)
{
    struct cifar cifar = plan(layout, data->path);
    SR_TRY(sr_file_is_dir(data->path) ? read_directory(&cifar, arena, err)
                                      : read_archive(&cifar, arena, err));
    for (int i = 0; i < layout->files; i++)
        sr_data_add_file(data, layout->name[i], cifar.at[i], cifar.size[i]);
    data->split[SR_TRAIN].images = images_of(data, &cifar, 0, arena);
    data->split[SR_TEST].images = images_of(data, &cifar, 1, arena);
    return SR_OK;
}

static enum sr_status open10(const struct sr_dataset *row, struct sr_data *data,
                             struct sr_arena *arena, struct sr_err *err)
{
    (void)row;
    return open_cifar(&layout10, data, arena, err);
}

static const char *const coarse_names[] = {
    "aquatic_mammals",
    "fish",
    "flowers",
    "food_containers",
    "fruit_and_vegetables",
    "household_electrical_devices",
    "household_furniture",
    "insects",
    "large_carnivores",
    "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores",
    "medium_mammals",
    "non-insect_invertebrates",
    "people",
    "reptiles",
    "small_mammals",
    "trees",
    "vehicles_1",
    "vehicles_2",
};

static enum sr_status open100(const struct sr_dataset *row,
                              struct sr_data *data, struct sr_arena *arena,
                              struct sr_err *err)
{
    (void)row;
    return open_cifar(&layout100, data, arena, err);
}

static const char *const names10[] = {
    "airplane", "automobile", "bird",  "cat",  "deer",
    "dog",      "frog",       "horse", "ship", "truck",
};

/* clang-format off */
static const char *const names100[] = {
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle",
    "bicycle", "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel",
    "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock",
    "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
    "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster",
    "house", "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
    "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse",
    "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear",
    "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine",
    "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea",
    "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
    "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
    "telephone", "television", "tiger", "tractor", "train", "trout", "tulip",
    "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
};

static const struct sr_published published10[] = {
    {"cifar-10-binary.tar.gz",
     "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", 170052171,
     "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
    {0},
};
static const struct sr_unpacked unpacked10[] = {
    {"data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
    {"data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
    {"data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
    {"data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
    {"data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
    {"test_batch.bin",   "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
    {0},
};
static const struct sr_published published100[] = {
    {"cifar-100-binary.tar.gz",
     "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", 168513733,
     "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"},
    {0},
};
static const struct sr_unpacked unpacked100[] = {
    {"train.bin", "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29"},
    {"test.bin",  "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a"},
    {0},
};
/* clang-format on */

static const char *const looked_for10[] = {"cifar-10-batches-bin",
                                           "cifar-10-binary.tar.gz", NULL};
static const char *const looked_for100[] = {"cifar-100-binary",
                                            "cifar-100-binary.tar.gz", NULL};

const struct sr_dataset sr_dataset_cifar10 = {
    .name = "cifar10",
    .title = "CIFAR-10: 60,000 colour photos of 10 classes, 32 x 32",
    .h = SIDE,
    .w = SIDE,
    .c = 3,
    .classes = 10,
    .class_name = names10,
    .mean = {.4914, .4822, .4465},
    .std = {.2471, .2435, .2616},
    .looked_for = looked_for10,
    .train_images = 50000,
    .test_images = 10000,
    .get = "`scripts/get_data.sh cifar10` fetches it from "
           "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    .published = published10,
    .unpacked = unpacked10,
    .open = open10,
};

const struct sr_dataset sr_dataset_cifar100 = {
    .name = "cifar100",
    .title = "CIFAR-100: 60,000 colour photos of 100 classes, 32 x 32",
    .h = SIDE,
    .w = SIDE,
    .c = 3,
    .classes = 100,
    .class_name = names100,
    .mean = {.5071, .4865, .4409},
    .std = {.2673, .2564, .2762},
    .looked_for = looked_for100,
    .train_images = 50000,
    .test_images = 10000,
    .get = "`scripts/get_data.sh cifar100` fetches it from "
           "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    .coarse_classes = sizeof coarse_names / sizeof *coarse_names,
    .coarse_name = coarse_names,
    .takes = SR_TAKES_COARSE,
    .published = published100,
    .unpacked = unpacked100,
    .open = open100,
};
