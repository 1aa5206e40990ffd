#include "data/gzip.h"
#include "samples.h"
#include "test.h"

static struct sr_data_opts opts_of(const struct sample_tar *tar)
{
    struct sr_data_opts opts = sample_opts("shards");
    opts.path = sr_test_file("x.tar", tar->bytes, tar->size + 1024);
    return opts;
}

static const char *where(const struct sr_data *data, int pos)
{
    char *text = SR_TAKE(sr_test_arena(), 256, char);
    sr_data_where(&data->split[SR_TRAIN], pos, text, 256);
    return text;
}

START_TEST(samples_in_order)
{
    const struct sr_data_opts opts = sample_opts("shards");
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 10);
    ck_assert_int_eq(data->split[SR_TEST].n, 10);
    ck_assert_int_eq(data->classes, 4);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(data->split[SR_TRAIN].label[i], i % 4);
    ck_assert_str_eq(
        where(data, 3),
        "tests/fixtures/shards/ten-000000.tar: s/0003.png at byte 8192");
    ck_assert_str_eq(
        where(data, 5),
        "tests/fixtures/shards/ten-000001.tar: s/0005.jpg at byte 512");
    ck_assert_int_eq(data->notes, 1);
    ck_assert_ptr_nonnull(strstr(data->note[0], "data.test_path is not set"));
}
END_TEST

START_TEST(another_split)
{
    struct sr_data_opts opts = sample_opts("shards");
    opts.path = "tests/fixtures/shards/ten-000000.tar";
    opts.test_path = "tests/fixtures/shards/ten-000001.tar";
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 5);
    ck_assert_int_eq(data->split[SR_TEST].n, 5);
    ck_assert_int_eq(data->split[SR_TEST].label[0], 1);
    ck_assert_int_eq(data->notes, 0);
}
END_TEST

/* Keys end at the first dot of the base name; case, notes and other members do
 * not matter; a label may come first. */
START_TEST(keys)
{
    struct sample_tar tar = {0};
    sample_tar_add(&tar, "d.ir/a.cls", "2", 1);
    sample_tar_photo(&tar, "d.ir/a.PNG");
    sample_tar_add(&tar, "d.ir/a.seg.png", "no", 2);
    sample_tar_add(&tar, "__note__", "no", 2);
    sample_tar_photo(&tar, "d.ir/b.jpeg");
    sample_tar_add(&tar, "d.ir/b.json", "{}", 2);
    sample_tar_add(&tar, "d.ir/b.cls", "0\r\n", 3);
    const struct sr_data_opts opts = opts_of(&tar);
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 2);
    ck_assert_int_eq(data->split[SR_TRAIN].label[0], 2);
    ck_assert_int_eq(data->split[SR_TRAIN].label[1], 0);
}
END_TEST

START_TEST(samples_that_are_not)
{
    static const struct {
        const char *image, *label, *text, *piece;
    } cases[] = {
        {"a.png", NULL, "", "x.tar: the sample a has no label"},
        {NULL, "a.cls", "1", "the sample a has no image"},
        {"a.png", "b.cls", "1", "the sample a has no label"},
        {"a.png", "a.cls", "cat", "the label of a is 'cat', expected a number"},
        {"a.png", "a.cls", "-1", "the label of a is '-1'"},
        {"a.png", "a.cls", "", "the label of a is ''"},
        {"a.png", "a.cls", "1000000", "the label of a is '1000000'"},
        {"a.png", "a.cls", "00000000000000000001",
         "the label of a has 20 bytes"},
        {"a.png", "a.jpg", "x", "the sample a has two images"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sample_tar tar = {0};
        if (cases[i].image)
            sample_tar_photo(&tar, cases[i].image);
        if (cases[i].label)
            sample_tar_add(&tar, cases[i].label, cases[i].text,
                           strlen(cases[i].text));
        const struct sr_data_opts opts = opts_of(&tar);
        expect_bad_data(&opts, SR_EDATA, cases[i].piece);
    }
    const struct sample_tar none = {0};
    const struct sr_data_opts opts = opts_of(&none);
    expect_bad_data(&opts, SR_EDATA, "holds no training images");
}
END_TEST

/* What stands behind a zero byte is not left out. */
START_TEST(a_zero_byte_in_a_label)
{
    struct sample_tar tar = {0};
    sample_tar_photo(&tar, "a.png");
    sample_tar_add(&tar, "a.cls", "1\0002", 3);
    const struct sr_data_opts opts = opts_of(&tar);
    expect_bad_data(&opts, SR_EDATA, "the label of a is '1', expected");
}
END_TEST

/* A name is shown, never opened. */
START_TEST(names_that_lead_elsewhere)
{
    struct sample_tar tar = {0};
    sample_tar_photo(&tar, "../../a.png");
    sample_tar_add(&tar, "../../a.cls", "1", 1);
    sample_tar_photo(&tar, "/dev/b\xff.png");
    sample_tar_add(&tar, "/dev/b\xff.cls", "0", 1);
    const struct sr_data_opts opts = opts_of(&tar);
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 2);
    ck_assert_ptr_nonnull(strstr(where(data, 0), "x.tar: ../../a.png at"));
}
END_TEST

START_TEST(ranges_and_paths)
{
    static const struct {
        const char *path, *piece;
    } cases[] = {
        {"tests/fixtures/shards", "is a directory; shards are named"},
        {"tests/fixtures/shards/ten-{000000..000002}.tar",
         "cannot open tests/fixtures/shards/ten-000002.tar"},
        {"tests/fixtures/shards/ten-{0..1}.tar", "cannot open"},
        {"x-{1..0}.tar", "a range of shards is written {000000..000004}"},
        {"x-{0..100000}.tar", "a range of shards is written"},
        {"x-{a..b}.tar", "a range of shards is written"},
        {"x-{0.1}.tar", "a range of shards is written"},
        {"x-{}.tar", "a range of shards is written"},
        {"tests/fixtures/mnist/t10k-labels-idx1-ubyte.gz", "damaged tar file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_data_opts opts = sample_opts("shards");
        opts.path = cases[i].path;
        expect_bad_data(&opts, SR_EDATA, cases[i].piece);
    }
}
END_TEST

START_TEST(truncated_shard)
{
    size_t size;
    const unsigned char *bytes = fixture("shards/ten-000000.tar", &size);
    struct sr_data_opts opts = sample_opts("shards");
    /* Without the zero blocks at the end nothing is lost yet. */
    for (size_t n = 0; n < size - 1024; n += 500) {
        opts.path = sr_test_file("x.tar", bytes, n);
        expect_bad_data(&opts, SR_EDATA, "x.tar");
    }
}
END_TEST

/* One stored block, as gzip writes what cannot be made smaller. */
START_TEST(compressed_shard)
{
    struct sample_tar tar = {0};
    sample_tar_photo(&tar, "a.png");
    sample_tar_add(&tar, "a.cls", "1", 1);
    const size_t size = tar.size + 1024;
    unsigned char *gz = SR_TAKE(sr_test_arena(), size + 23, unsigned char);
    const unsigned char head[15] = {0x1f,
                                    0x8b,
                                    8,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    3,
                                    1,
                                    (unsigned char)size,
                                    (unsigned char)(size >> 8),
                                    (unsigned char)~size,
                                    (unsigned char)(~size >> 8)};
    memcpy(gz, head, 15);
    memcpy(gz + 15, tar.bytes, size);
    const uint32_t crc = sr_gzip_crc(tar.bytes, size);
    for (int i = 0; i < 4; i++) {
        gz[15 + size + (size_t)i] = (unsigned char)(crc >> 8 * i);
        gz[19 + size + (size_t)i] = (unsigned char)(size >> 8 * i);
    }
    struct sr_data_opts opts = sample_opts("shards");
    opts.path = sr_test_file("x.tar.gz", gz, size + 23);
    expect_bad_data(&opts, SR_EDATA, "is compressed, so its images cannot");
}
END_TEST

SR_SUITE(data_data_shards)
{
    return sr_suite(
        "data/data_shards",
        (const TTest *[]){samples_in_order, another_split, keys,
                          samples_that_are_not, a_zero_byte_in_a_label,
                          names_that_lead_elsewhere, ranges_and_paths,
                          truncated_shard, compressed_shard, NULL});
}
