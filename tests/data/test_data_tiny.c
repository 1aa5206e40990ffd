#include <unistd.h>

#include "base/file.h"
#include "samples.h"
#include "test.h"

static const char *where(const struct sr_data *data, enum sr_split_name which,
                         int pos)
{
    char *text = SR_TAKE(sr_test_arena(), 256, char);
    sr_data_where(&data->split[which], pos, text, 256);
    return text;
}

/* The classes in the order of wnids.txt, which is not that of their names. */
START_TEST(classes_and_splits)
{
    static const int labels[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2};
    static const int test_labels[] = {0, 2, 1, 0, 2};
    const struct sr_data_opts opts = sample_opts("tiny-imagenet");
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->classes, 3);
    ck_assert_str_eq(data->class_name[0], "n00000008");
    ck_assert_str_eq(data->class_name[1], "n00000004");
    ck_assert_int_eq(data->split[SR_TRAIN].n, 10);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(data->split[SR_TRAIN].label[i], labels[i]);
    ck_assert_int_eq(data->split[SR_TEST].n, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(data->split[SR_TEST].label[i], test_labels[i]);
    ck_assert_ptr_nonnull(strstr(where(data, SR_TRAIN, 4),
                                 "train/n00000004/images/n00000004_1.JPEG"));
    ck_assert_ptr_nonnull(
        strstr(where(data, SR_TEST, 1), "val/images/val_1.JPEG"));
}
END_TEST

START_TEST(sizes)
{
    struct sr_data_opts opts = sample_opts("tiny-imagenet");
    opts.resize = opts.image_size = 0;
    const struct sr_data *data = open_good(&opts);
    ck_assert(data->h == 64 && data->w == 64);
}
END_TEST

/* A copy of the fixture, by links, one of whose files has another content. */
static struct sr_data_opts with(const char *name, const char *text)
{
    static const char *const kept[] = {"wnids.txt", "train", "val/images",
                                       "val/val_annotations.txt"};
    struct sr_arena *a = sr_test_arena();
    struct sr_err err;
    char top[1024];
    struct sr_data_opts opts = sample_opts("tiny-imagenet");
    const char *dir = sr_test_dir();
    ck_assert_ptr_nonnull(getcwd(top, sizeof top));
    SR_GOOD(sr_file_mkdir(sr_file_join(a, dir, "val"), &err), err);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const char *to = sr_arena_format(
            a, "%s/tests/fixtures/tiny-imagenet/%s", top, kept[i]);
        if (strcmp(kept[i], name) != 0)
            ck_assert_int_eq(symlink(to, sr_file_join(a, dir, kept[i])), 0);
        else if (text)
            sample_write(dir, name, text, strlen(text));
    }
    opts.path = dir;
    return opts;
}

START_TEST(files_that_are_not_it)
{
    static const struct {
        const char *name, *text, *piece;
    } cases[] = {
        {"wnids.txt", NULL, "wnids.txt is not there"},
        {"wnids.txt", "", "wnids.txt is empty"},
        {"wnids.txt", "n00000004\ncat\n", "wnids.txt:2: 'cat' is not a class"},
        {"wnids.txt", "n00000004\n\xff\xc3(\n", "wnids.txt:2: '\?\?('"},
        {"wnids.txt", "n00000004\nn00000004\n",
         "has the class n00000004 twice"},
        {"wnids.txt", "n00000004\n",
         "val_annotations.txt:1: 'n00000008' is no"},
        {"wnids.txt", "n00000005\n", "train/n00000005/images is not there"},
        {"train", NULL, "train/n00000008/images is not there"},
        {"val/images", NULL, "val/images is not there"},
        {"val/val_annotations.txt", NULL, "annotations.txt is not there"},
        {"val/val_annotations.txt", "", "annotations.txt is empty"},
        {"val/val_annotations.txt", "val_0.JPEG n00000008\n", "a tab and a"},
        {"val/val_annotations.txt", "../val_annotations.txt\tn00000008\n",
         "val_annotations.txt:1: '../val_annotations.txt"},
        {"val/val_annotations.txt",
         "val_0.JPEG\tn00000008\r\nno.JPEG\tn00000008",
         "val_annotations.txt:2: there is no no.JPEG"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct sr_data_opts opts = with(cases[i].name, cases[i].text);
        expect_bad_data(&opts, SR_EDATA, cases[i].piece);
    }
}
END_TEST

SR_SUITE(data_data_tiny)
{
    return sr_suite("data/data_tiny",
                    (const TTest *[]){classes_and_splits, sizes,
                                      files_that_are_not_it, NULL});
}
