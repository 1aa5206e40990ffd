#include <stdlib.h>

#include "base/file.h"
#include "data/images.h"
#include "samples.h"
#include "test.h"

#define TRAIN "ILSVRC2012_img_train.tar"
#define VAL "ILSVRC2012_img_val.tar"
#define KIT "ILSVRC2012_devkit_t12.tar.gz"
#define TRUTH "ILSVRC2012_validation_ground_truth.txt"
#define LABELS "imagenet_2012_validation_synset_labels.txt"
#define SOLUTION "LOC_val_solution.csv"

/* A new directory with those of the fixture's files that are wanted. */
static struct sr_data_opts with(const char *const *names)
{
    struct sr_data_opts opts = sample_opts("ilsvrc");
    opts.path = sr_test_dir();
    for (; *names; names++) {
        size_t size;
        const unsigned char *bytes = fixture(
            sr_arena_format(sr_test_arena(), "ilsvrc/%s", *names), &size);
        sample_write(opts.path, *names, bytes, size);
    }
    return opts;
}
#define WITH(...) with((const char *const[]){__VA_ARGS__, NULL})

static const char *where(const struct sr_data *data, enum sr_split_name which,
                         int pos)
{
    char *text = SR_TAKE(sr_test_arena(), 512, char);
    sr_data_where(&data->split[which], pos, text, 512);
    return strstr(text, "ILSVRC2012_img");
}

static void check_labels(const struct sr_split *split, const int *want)
{
    ck_assert_int_eq(split->n, 10);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(split->label[i], want[i]);
}

/* In the archive the classes come as 3, 1, 2; in the kit they are numbered 2,
 * 3, 1; and their labels are the order of their names. */
static const int train_labels[] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 2};
static const int test_labels[] = {1, 2, 0, 1, 2, 0, 1, 2, 0, 1};

START_TEST(classes_and_places)
{
    const struct sr_data_opts opts = sample_opts("ilsvrc");
    struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->classes, 3);
    ck_assert_str_eq(data->class_name[0], "n00000001");
    ck_assert_str_eq(data->class_name[2], "n00000003");
    check_labels(&data->split[SR_TRAIN], train_labels);
    check_labels(&data->split[SR_TEST], test_labels);
    ck_assert_int_eq(strncmp(where(data, SR_TRAIN, 0),
                             TRAIN ": n00000001_1.JPEG at byte ",
                             strlen(TRAIN) + 27),
                     0);
    ck_assert_int_eq(strncmp(where(data, SR_TEST, 9),
                             VAL ": ILSVRC2012_val_00000010.JPEG at byte ",
                             strlen(VAL) + 39),
                     0);
    ck_assert_int_eq(data->notes, 1);
    ck_assert_ptr_nonnull(strstr(data->note[0], "has 3 classes; all of"));
    sr_data_close(data);
}
END_TEST

/* The bytes at each offset are the picture that make_data.py put there under
 * that name: n0000000k_i.JPEG of 24 + i rows, ILSVRC2012_val_0000000i.JPEG of
 * 23
 * + i columns. */
START_TEST(every_image_is_read_from_its_place)
{
    const struct sr_data_opts opts = sample_opts("ilsvrc");
    struct sr_data *data = open_good(&opts);
    for (int i = 0; i < 10; i++) {
        struct sr_err err;
        struct sr_view train, test;
        const struct sr_images *a = data->split[SR_TRAIN].images;
        const struct sr_images *b = data->split[SR_TEST].images;
        SR_GOOD(a->view(a, i, sr_test_arena(), &train, &err), err);
        SR_GOOD(b->view(b, i, sr_test_arena(), &test, &err), err);
        const char *name = strchr(where(data, SR_TRAIN, i) + 12, ':') + 12;
        ck_assert_int_eq(train.h, 24 + atoi(name));
        ck_assert_int_eq(test.w, 24 + i);
    }
    sr_data_close(data);
}
END_TEST

static struct sr_data_opts with_truth(const char *name, const char *text)
{
    const struct sr_data_opts opts = WITH(TRAIN, VAL);
    sample_write(opts.path, name, text, strlen(text));
    return opts;
}

/* All kinds say the same. */
START_TEST(what_says_the_classes)
{
    static const char labels[] = "n00000002\nn00000003\nn00000001\nn00000002\n"
                                 "n00000003\nn00000001\nn00000002\nn00000003\n"
                                 "n00000001\nn00000002";
    static const char solution[] =
        "ImageId,PredictionString\r\n"
        "ILSVRC2012_val_00000010,n00000002 1 2 3 4 n00000002 5 6 7 8 \r\n"
        "ILSVRC2012_val_00000001,n00000002 1 2 3 4 \r\n"
        "ILSVRC2012_val_00000003,n00000001\r\n"
        "ILSVRC2012_val_00000002,n00000003 \r\n"
        "ILSVRC2012_val_00000004,n00000002 1 2 3 4\r\n"
        "ILSVRC2012_val_00000005,n00000003 1 2 3 4\r\n"
        "ILSVRC2012_val_00000006,n00000001 1 2 3 4\r\n"
        "ILSVRC2012_val_00000007,n00000002 1 2 3 4\r\n"
        "ILSVRC2012_val_00000008,n00000003 1 2 3 4\r\n"
        "ILSVRC2012_val_00000009,n00000001 1 2 3 4\r\n";
    struct sr_data_opts opts = with_truth(LABELS, labels);
    check_labels(&open_good(&opts)->split[SR_TEST], test_labels);
    opts = with_truth(SOLUTION, solution);
    check_labels(&open_good(&opts)->split[SR_TEST], test_labels);
}
END_TEST

/* The kit's two files, unpacked. */
START_TEST(an_unpacked_kit)
{
    struct sr_err err;
    struct sr_data_opts opts = WITH(TRAIN, VAL);
    const char *data = "ILSVRC2012_devkit_t12/data";
    size_t size;
    const char *truth = "1\n2\n3\n1\n2\n3\n1\n2\n3\n1\n";
    const unsigned char *meta = fixture("mat/all.mat", &size);
    const char *dir = sr_file_join(sr_test_arena(), opts.path, data);
    SR_GOOD(sr_file_mkdir(dir, &err), err);
    sample_write(dir, TRUTH, truth, strlen(truth));
    expect_bad_data(&opts, SR_EDATA, "data/meta.mat is not there");
    sample_write(dir, "meta.mat", meta, size);
    expect_bad_data(&opts, SR_EDATA,
                    "meta.mat: there is no variable 'synsets' of structs");
    meta = fixture("ilsvrc/meta.mat", &size);
    sample_write(dir, "meta.mat", meta, size);
    check_labels(&open_good(&opts)->split[SR_TEST], test_labels);
    sample_write(dir, TRUTH, "1\n4\n", 4);
    expect_bad_data(&opts, SR_EDATA,
                    TRUTH ":2: '4' is not the number of a class in meta.mat");
}
END_TEST

START_TEST(truth_that_is_none)
{
    static const struct {
        const char *name, *text, *piece;
    } cases[] = {
        {LABELS, "", "tells of nothing"},
        {LABELS, "n00000002\ncat\n", LABELS ":2: 'cat' is not a class, n and"},
        {LABELS, "n00000002\n\n", LABELS ":2: '' is not a class"},
        {LABELS, "n00000002\n", "says nothing of ILSVRC2012_val_00000002.JPEG"},
        {SOLUTION, "ImageId,PredictionString\n", "tells of nothing"},
        {SOLUTION, "ILSVRC2012_val_00000001,n00000001\n",
         "is not ImageId,Pred"},
        {SOLUTION, "ImageId,x\nILSVRC2012_val_00000001,cat\n",
         ":2: 'ILSVRC2012"},
        {SOLUTION, "ImageId,x\nILSVRC2012_val_00000002,n00000001\n",
         ":2: 'ILSV"},
        {SOLUTION,
         "ImageId,x\nILSVRC2012_val_00000001,n00000001\n"
         "ILSVRC2012_val_00000001,n00000001\n",
         SOLUTION ":3: 'ILSVRC2012_val_00000001' is not a new"},
        {SOLUTION, "ImageId,x\nILSVRC2012_val_00000001\n", "is not a new"},
        {SOLUTION, "ImageId,x\n\x01\xff,n00000001\n",
         ":2: '\?\?' is not a new"},
        {TRUTH, "1\n", "meta.mat is not there"},
        {KIT, "no archive", KIT ": damaged tar file"},
        {"readme.txt", "", "says of which classes the validation images are"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sr_data_opts opts =
            with_truth(cases[i].name, cases[i].text);
        expect_bad_data(&opts, SR_EDATA, cases[i].piece);
    }
}
END_TEST

START_TEST(one_archive_serves_as_both)
{
    struct sr_data_opts opts = WITH(VAL, KIT);
    const struct sr_data *data = open_good(&opts);
    check_labels(&data->split[SR_TRAIN], test_labels);
    check_labels(&data->split[SR_TEST], test_labels);
    ck_assert_ptr_nonnull(strstr(data->note[0], TRAIN " is not in "));

    opts = WITH(TRAIN);
    data = open_good(&opts);
    check_labels(&data->split[SR_TEST], train_labels);
    ck_assert_ptr_nonnull(strstr(data->note[1], VAL " is not in "));

    opts = WITH(KIT);
    expect_bad_data(&opts, SR_EDATA, "has neither " TRAIN " nor " VAL);
    opts.path = "/nonexistent";
    expect_bad_data(&opts, SR_EDATA,
                    "there is no /nonexistent; put ILSVRC2012");
}
END_TEST

/* The other archive comes later: the kept list no longer holds. */
START_TEST(an_archive_that_comes_later)
{
    const struct sr_data_opts opts = WITH(TRAIN, KIT);
    size_t size;
    check_labels(&open_good(&opts)->split[SR_TEST], train_labels);
    const unsigned char *bytes = fixture("ilsvrc/" VAL, &size);
    sample_write(opts.path, VAL, bytes, size);
    check_labels(&open_good(&opts)->split[SR_TEST], test_labels);
}
END_TEST

/* Cut anywhere, also between two members or two classes. */
START_TEST(truncated_archives)
{
    static const char *const names[] = {TRAIN, VAL, KIT};
    for (int k = 0; k < 3; k++) {
        const struct sr_data_opts opts = WITH(TRAIN, VAL, KIT);
        size_t size;
        const unsigned char *bytes = fixture(
            sr_arena_format(sr_test_arena(), "ilsvrc/%s", names[k]), &size);
        /* Without the zero blocks at the end of a plain one nothing is lost. */
        const size_t end = k < 2 ? size - 1024 : size;
        for (size_t n = 0; n < end; n += n % 512 ? 512 - n % 512 : 100) {
            sample_write(opts.path, names[k], bytes, n);
            expect_bad_data(&opts, SR_EDATA, names[k]);
        }
    }
}
END_TEST

/* An archive of one class, made here. */
static struct sr_data_opts with_class(const char *name,
                                      const struct sample_tar *class)
{
    static struct sample_tar train;
    struct sr_data_opts opts = sample_opts("ilsvrc");
    train = (struct sample_tar){0};
    sample_tar_add(&train, name, class->bytes, class->size + 1024);
    opts.path = sr_test_dir();
    sample_tar_write(&train, opts.path, TRAIN);
    return opts;
}

START_TEST(members_that_do_not_belong)
{
    static const struct {
        const char *class, *photo, *piece;
    } cases[] = {
        {"n00000001.tar", "n00000001_1.JPEG", NULL},
        {"train/n00000001.tar", "x/n00000001_1.jpg", NULL},
        {"n0000001.tar", "a.JPEG", "'n0000001.tar' is not a class's tar file"},
        {"n00000001", "a.JPEG", "'n00000001' is not a class's tar file"},
        {"n00000001_1.JPEG", "a.JPEG", "is not a class's tar file"},
        {"\xff\x1b[31m.tar", "a.JPEG", "'\?\?[31m.tar' is not a class's"},
        {"n00000001.tar", "readme",
         "n00000001.tar: the member 'readme' is not"},
        {"n00000001.tar", "\xc0\xaf", "the member '\?\?' is not a photo"},
        {"n00000001.tar", "._a.JPEG", "n00000001.tar holds no photos"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct sample_tar class;
        class = (struct sample_tar){0};
        sample_tar_photo(&class, cases[i].photo);
        const struct sr_data_opts opts = with_class(cases[i].class, &class);
        if (cases[i].piece)
            expect_bad_data(&opts, SR_EDATA, cases[i].piece);
        else
            ck_assert_int_eq(open_good(&opts)->split[SR_TRAIN].n, 1);
    }
}
END_TEST

START_TEST(classes_that_do_not_belong)
{
    static struct sample_tar class, train;
    struct sr_data_opts opts = sample_opts("ilsvrc");
    opts.path = sr_test_dir();
    sample_tar_write(&train, opts.path, TRAIN);
    expect_bad_data(&opts, SR_EDATA, TRAIN " holds no training images");
    sample_tar_add(&train, "n00000001.tar", "no tar file, but long", 21);
    sample_tar_write(&train, opts.path, TRAIN);
    expect_bad_data(&opts, SR_EDATA, TRAIN ": n00000001.tar: damaged tar file");

    sample_tar_photo(&class, "a.JPEG");
    train.size = 0;
    for (int i = 0; i < 2; i++)
        sample_tar_add(&train, "n00000001.tar", class.bytes, class.size + 1024);
    sample_tar_write(&train, opts.path, TRAIN);
    expect_bad_data(&opts, SR_EDATA, TRAIN " has the class n00000001 twice");
}
END_TEST

/* Heads that promise more than there is, up to 2^63 - 1 bytes. */
START_TEST(sizes_that_lie)
{
    static const uint64_t sizes[] = {UINT64_C(100000), UINT64_C(9000000000),
                                     UINT64_C(1) << 40, INT64_MAX - 511,
                                     INT64_MAX};
    static struct sample_tar class, train;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        class = train = (struct sample_tar){0};
        sample_tar_photo(&class, "a.JPEG");
        sample_tar_photo(&class, "b.JPEG");
        sample_tar_resize(&class, class.size / 2, sizes[i]);
        struct sr_data_opts opts = with_class("n00000001.tar", &class);
        expect_bad_data(&opts, SR_EDATA, "n00000001.tar");

        sample_tar_resize(&class, class.size / 2, 10);
        sample_tar_add(&train, "n00000001.tar", class.bytes, class.size + 1024);
        sample_tar_resize(&train, 0, sizes[i]);
        sample_tar_write(&train, opts.path, TRAIN);
        expect_bad_data(&opts, SR_EDATA, TRAIN);
    }
    /* Less than there is: the inner archive ends in the middle. */
    train.size = 0;
    class.size = 0;
    sample_tar_photo(&class, "a.JPEG");
    sample_tar_add(&train, "n00000001.tar", class.bytes, class.size + 1024);
    sample_tar_resize(&train, 0, 700);
    struct sr_data_opts opts = sample_opts("ilsvrc");
    opts.path = sr_test_dir();
    sample_tar_write(&train, opts.path, TRAIN);
    expect_bad_data(&opts, SR_EDATA, TRAIN);
}
END_TEST

/* Any flipped bit of a head, inner or outer: refused or read, no crash. */
START_TEST(flipped_bits_do_not_crash)
{
    const struct sr_data_opts opts = WITH(TRAIN);
    size_t size;
    unsigned char *bytes = fixture("ilsvrc/" TRAIN, &size);
    for (size_t at = 0; at < 1024; at += 3) {
        struct sr_err err;
        struct sr_data *data;
        bytes[at] ^= (unsigned char)(1 << at % 8);
        sample_write(opts.path, TRAIN, bytes, size);
        const enum sr_status status =
            sr_data_open(&opts, 1, NULL, sr_test_arena(), &data, &err);
        ck_assert(status == SR_OK || status == SR_EDATA);
        bytes[at] ^= (unsigned char)(1 << at % 8);
    }
}
END_TEST

START_TEST(validation_images_that_do_not_belong)
{
    static const struct {
        const char *name, *piece;
    } cases[] = {
        {"cat.JPEG", "'cat.JPEG' is not named ILSVRC2012_val_NNNNNNNN.JPEG"},
        {"ILSVRC2012_val_00000000.JPEG", "is not named"},
        {"ILSVRC2012_val_00000011.JPEG",
         "says nothing of ILSVRC2012_val_00000011"
         ".JPEG, only of 10"},
        {"ILSVRC2012_val_00000001.JPEG",
         VAL " has ILSVRC2012_val_00000001.JPEG "
             "twice"},
        {"ILSVRC2012_val_1.JPEG", "is not named"},
        {"ILSVRC2012_val_00000002.JPEG", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct sample_tar val;
        const struct sr_data_opts opts = WITH(TRAIN, KIT);
        val = (struct sample_tar){0};
        sample_tar_photo(&val, "val/ILSVRC2012_val_00000001.JPEG");
        sample_tar_photo(&val, cases[i].name);
        sample_tar_write(&val, opts.path, VAL);
        if (cases[i].piece) {
            expect_bad_data(&opts, SR_EDATA, cases[i].piece);
            continue;
        }
        const struct sr_data *data = open_good(&opts);
        ck_assert_int_eq(data->split[SR_TEST].n, 2);
        ck_assert_ptr_nonnull(strstr(data->note[1], "has 2 of the 10 images"));
    }
}
END_TEST

START_TEST(a_class_without_training_images)
{
    static struct sample_tar class;
    sample_tar_photo(&class, "a.JPEG");
    const struct sr_data_opts opts = with_class("n00000002.tar", &class);
    size_t size;
    const unsigned char *bytes = fixture("ilsvrc/" VAL, &size);
    sample_write(opts.path, VAL, bytes, size);
    bytes = fixture("ilsvrc/" KIT, &size);
    sample_write(opts.path, KIT, bytes, size);
    expect_bad_data(&opts, SR_EDATA,
                    "ILSVRC2012_val_00000002.JPEG is of class n00000003, of "
                    "which ");
}
END_TEST

SR_SUITE(data_data_ilsvrc)
{
    return sr_suite("data/data_ilsvrc",
                    (const TTest *[]){
                        classes_and_places, every_image_is_read_from_its_place,
                        what_says_the_classes, an_unpacked_kit,
                        truth_that_is_none, one_archive_serves_as_both,
                        an_archive_that_comes_later, truncated_archives,
                        members_that_do_not_belong, classes_that_do_not_belong,
                        sizes_that_lie, flipped_bits_do_not_crash,
                        validation_images_that_do_not_belong,
                        a_class_without_training_images, NULL});
}
