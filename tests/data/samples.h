/* tests/data/samples.h - ten images of every data set, and files to spoil.
 */
#ifndef SR_TESTS_SAMPLES_H
#define SR_TESTS_SAMPLES_H

#include <stddef.h>

#include "data/data.h"

/* Options that open ten training images (CIFAR: ten in each file, the rest
 * black) of the data set.  Most are in tests/fixtures; CIFAR's files have a
 * fixed size of 180 MB and are made anew, with holes, in a directory of their
 * own. */
struct sr_data_opts sample_opts(const char *dataset);

/* The directory of sample_opts("cifar10") or ("cifar100"). */
const char *sample_cifar(const char *dataset);

/* The bytes of a file in tests/fixtures; living as long as the test. */
unsigned char *fixture(const char *name, size_t *size);

/* A new directory with the four files of fixtures/mnist, of which `name` holds
 * these bytes instead; NULL bytes: it is missing. */
const char *spoiled_mnist(const char *name, const void *bytes, size_t size);

/* A tar file that is written member by member; two zero blocks follow what has
 * been written so far. */
struct sample_tar {
    unsigned char bytes[1 << 17];
    size_t size; /* without the two blocks */
};
void sample_tar_add(struct sample_tar *tar, const char *name, const void *bytes,
                    size_t size);
void sample_tar_photo(struct sample_tar *tar, const char *name);
/* Give the member whose head is at `at` another size, a lie. */
void sample_tar_resize(struct sample_tar *tar, size_t at, uint64_t size);
/* Write dir/name. */
void sample_tar_write(const struct sample_tar *tar, const char *dir,
                      const char *name);

/* "dir/name" with these bytes. */
void sample_write(const char *dir, const char *name, const void *bytes,
                  size_t size);

/* Open and expect failure with this status and piece of a sentence. */
void expect_bad_data(const struct sr_data_opts *opts, enum sr_status status,
                     const char *piece);

/* Open and expect success.  From sr_test_arena(). */
struct sr_data *open_good(const struct sr_data_opts *opts);

#endif
