#define _DEFAULT_SOURCE /* ftruncate */
#include "samples.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "test.h"

unsigned char *fixture(const char *name, size_t *size)
{
    struct sr_err err;
    unsigned char *bytes;
    const char *path = sr_file_join(sr_test_arena(), "tests/fixtures", name);
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes, size,
                         &err),
            err);
    return bytes;
}

/* A file of `records` black images of class 0, the first ten of which are
 * noise of class 0..9; other label bytes are 0. */
static void write_cifar(const char *dir, const char *name, int records,
                        int labels, uint64_t seed)
{
    unsigned char record[2 + 3072] = {0};
    const size_t size = (size_t)labels + 3072;
    const char *path = sr_file_join(sr_test_arena(), dir, name);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ck_assert_int_ge(file, 0);
    for (int i = 0; i < 10; i++) {
        const uint64_t key = sr_rng_key(seed, SR_RNG_TEST, (uint64_t)i, 0, 0);
        for (size_t j = 0; j < size; j++)
            record[j] = (unsigned char)sr_rng_bits(key, j);
        record[0] = record[labels - 1] = (unsigned char)i;
        ck_assert_int_eq(write(file, record, size), (ssize_t)size);
    }
    ck_assert_int_eq(ftruncate(file, (off_t)size * records), 0);
    close(file);
}

const char *sample_cifar(const char *dataset)
{
    const char *dir = sr_test_dir();
    if (strcmp(dataset, "cifar100") == 0) {
        write_cifar(dir, "train.bin", 50000, 2, 1);
        write_cifar(dir, "test.bin", 10000, 2, 2);
        return dir;
    }
    for (int i = 1; i <= 5; i++) {
        char name[32];
        snprintf(name, sizeof name, "data_batch_%d.bin", i);
        write_cifar(dir, name, 10000, 1, (uint64_t)i);
    }
    write_cifar(dir, "test_batch.bin", 10000, 1, 6);
    return dir;
}

struct sr_data_opts sample_opts(const char *dataset)
{
    struct sr_data_opts opts;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.dataset = dataset;
    for (int i = 0; sr_dataset_at(i); i++)
        if (strcmp(sr_dataset_at(i)->name, dataset) == 0 &&
            sr_dataset_at(i)->takes & SR_TAKES_SIZES) {
            opts.resize = 20;
            opts.image_size = 18;
        }
    if (strncmp(dataset, "cifar", 5) == 0) {
        opts.path = sample_cifar(dataset);
        opts.limit = 10;
    } else if (strcmp(dataset, "shards") == 0) {
        opts.path = "tests/fixtures/shards/ten-{000000..000001}.tar";
    } else {
        opts.path =
            sr_arena_format(sr_test_arena(), "tests/fixtures/%s", dataset);
    }
    return opts;
}

const char *spoiled_mnist(const char *name, const void *bytes, size_t size)
{
    static const char *const names[] = {
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
    const char *dir = sr_test_dir();
    for (int i = 0; i < 4; i++) {
        struct sr_err err;
        size_t good_size;
        char path[64];
        snprintf(path, sizeof path, "mnist/%s", names[i]);
        const unsigned char *good = fixture(path, &good_size);
        const bool spoil = strcmp(names[i], name) == 0;
        if (spoil && !bytes)
            continue;
        SR_GOOD(sr_file_write(sr_file_join(sr_test_arena(), dir, names[i]),
                              spoil ? bytes : good, spoil ? size : good_size,
                              &err),
                err);
    }
    return dir;
}

static void sum_head(unsigned char *head)
{
    unsigned sum = 0;
    memset(head + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += head[i];
    snprintf((char *)head + 148, 8, "%06o", sum);
}

void sample_tar_add(struct sample_tar *tar, const char *name, const void *bytes,
                    size_t size)
{
    char *head = (char *)tar->bytes + tar->size;
    ck_assert_uint_lt(tar->size + size + 2048, sizeof tar->bytes);
    snprintf(head, 100, "%s", name);
    snprintf(head + 100, 8, "0000644");
    snprintf(head + 124, 12, "%011zo", size);
    snprintf(head + 136, 12, "%011o", 0);
    head[156] = '0';
    memcpy(head + 257, "ustar\00000", 8);
    sum_head((unsigned char *)head);
    memcpy(head + 512, bytes, size);
    tar->size += 512 + (size + 511) / 512 * 512;
}

void sample_tar_photo(struct sample_tar *tar, const char *name)
{
    size_t size;
    const unsigned char *bytes = fixture("images/photo.png", &size);
    sample_tar_add(tar, name, bytes, size);
}

/* In base 256, which allows for more than 8 GiB. */
void sample_tar_resize(struct sample_tar *tar, size_t at, uint64_t size)
{
    unsigned char *field = tar->bytes + at + 124;
    memset(field, 0, 12);
    field[0] = 0x80;
    for (int i = 0; i < 8; i++)
        field[11 - i] = (unsigned char)(size >> 8 * i);
    sum_head(tar->bytes + at);
}

void sample_write(const char *dir, const char *name, const void *bytes,
                  size_t size)
{
    struct sr_err err;
    SR_GOOD(sr_file_write(sr_file_join(sr_test_arena(), dir, name), bytes, size,
                          &err),
            err);
}

void sample_tar_write(const struct sample_tar *tar, const char *dir,
                      const char *name)
{
    sample_write(dir, name, tar->bytes, tar->size + 1024);
}

void expect_bad_data(const struct sr_data_opts *opts, enum sr_status status,
                     const char *piece)
{
    struct sr_err err;
    struct sr_data *data;
    SR_BAD(sr_data_open(opts, 1, NULL, sr_test_arena(), &data, &err), err,
           status, piece);
}

struct sr_data *open_good(const struct sr_data_opts *opts)
{
    struct sr_err err;
    struct sr_data *data;
    SR_GOOD(sr_data_open(opts, 1, NULL, sr_test_arena(), &data, &err), err);
    return data;
}
