#include "data/index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "samples.h"
#include "test.h"

/* A directory with a folder and a tar file, which the list function below
 * "looks through", counting how often. */
static struct sr_data_opts opts;
static int looks;

static const char *in(const char *name)
{
    return sr_file_join(sr_test_arena(), opts.path, name);
}

/* As if nothing had happened to it for an hour. */
static void make_old(const char *path)
{
    struct timespec t[2];
    clock_gettime(CLOCK_REALTIME, &t[0]);
    t[0].tv_sec -= 3600;
    t[1] = t[0];
    ck_assert_int_eq(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void write_file(const char *name, size_t size)
{
    struct sr_err err;
    const unsigned char *bytes = SR_TAKE(sr_test_arena(), size, unsigned char);
    SR_GOOD(sr_file_write(in(name), bytes, size, &err), err);
}

static void make_files(void)
{
    struct sr_err err;
    sr_opt_defaults(sr_data_rows, &opts);
    opts.dataset = "folder";
    opts.path = sr_test_dir();
    looks = 0;
    SR_GOOD(sr_file_mkdir(in("d"), &err), err);
    write_file("d/a.png", 10);
    write_file("d/b.png", 20);
    write_file("t.tar", 300);
    make_old(in("d"));
    make_old(in("t.tar"));
}

static enum sr_status look(struct sr_data *data, struct sr_maker *maker,
                           struct sr_err *err)
{
    static const char *const names[] = {"cat", "dog"};
    uint32_t d, t;
    looks++;
    if (!sr_file_exists(data->path))
        return sr_fail(err, SR_EDATA, "gone");
    SR_TRY(sr_maker_source(maker, in("d"), "d/", &d, err));
    SR_TRY(sr_maker_source(maker, in("t.tar"), "", &t, err));
    SR_TRY(sr_maker_image(maker, false, d, "a.png", 0,
                          sr_file_size(in("d/a.png")), 0, err));
    SR_TRY(sr_maker_image(maker, false, t, "x/1.jpg", 100, 50, 1, err));
    SR_TRY(sr_maker_image(maker, true, d, "b.png", 0, 20, 1, err));
    sr_maker_classes(maker, 2, names);
    sr_maker_note(maker, "a note of %d", 7);
    return SR_OK;
}

static const struct sr_index *opened(void)
{
    struct sr_err err;
    const struct sr_index *index;
    struct sr_data *data = SR_TAKE(sr_test_arena(), 1, struct sr_data);
    *data = (struct sr_data){.opts = &opts, .path = opts.path};
    SR_GOOD(sr_index_open(data, look, sr_test_arena(), &index, &err), err);
    return index;
}

static void check(const struct sr_index *x)
{
    char where[4096];
    ck_assert_int_eq(x->entries[0], 2);
    ck_assert_int_eq(x->entries[1], 1);
    ck_assert_int_eq(x->entry[0][1].offset, 100);
    ck_assert_int_eq(x->entry[0][1].size, 50);
    ck_assert_int_eq(x->entry[0][1].label, 1);
    sr_index_where(x, &x->entry[0][1], where, sizeof where);
    ck_assert_str_eq(where, sr_arena_format(sr_test_arena(),
                                            "%s/t.tar: x/1.jpg at byte 100",
                                            opts.path));
    sr_index_where(x, &x->entry[1][0], where, sizeof where);
    ck_assert_str_eq(where, in("d/b.png"));
    ck_assert_int_eq(x->named, 2);
    ck_assert_str_eq(x->text + x->class_name[1], "dog");
    ck_assert_int_eq(x->notes, 1);
    ck_assert_str_eq(x->text + x->note[0], "a note of 7");
}

START_TEST(made_once_and_read_back)
{
    make_files();
    const struct sr_index *first = opened();
    check(first);
    ck_assert_ptr_nonnull(first->kept);
    for (int i = 0; i < 3; i++) {
        const struct sr_index *again = opened();
        check(again);
        ck_assert_str_eq(again->hash, first->hash);
        ck_assert_str_eq(again->kept, first->kept);
    }
    ck_assert_int_eq(looks, 1);
}
END_TEST

/* printf '0 10 d/a.png\n1 50 x/1.jpg\n1 20 d/b.png\n' | sha256sum */
START_TEST(the_contents_name)
{
    make_files();
    ck_assert_str_eq(
        opened()->hash,
        "29403c7a645ce2278757cbbe00a8656d7f63cb269939c8c97ba3783a2701428a");
}
END_TEST

static void touch_folder(void) { utimensat(AT_FDCWD, in("d"), NULL, 0); }
static void touch_tar(void) { utimensat(AT_FDCWD, in("t.tar"), NULL, 0); }
static void add_file(void) { write_file("d/c.png", 1); }

/* The size alone, with the time it had. */
static void grow_tar(void)
{
    struct stat was;
    ck_assert_int_eq(stat(in("t.tar"), &was), 0);
    write_file("t.tar", 301);
    const struct timespec t[2] = {was.st_mtim, was.st_mtim};
    ck_assert_int_eq(utimensat(AT_FDCWD, in("t.tar"), t, 0), 0);
}

/* In place: the folder keeps its time. */
static void grow_image(void)
{
    FILE *f = fopen(in("d/a.png"), "a");
    ck_assert_ptr_nonnull(f);
    fputc(0, f);
    fclose(f);
}

START_TEST(made_anew_when_something_changed)
{
    static void (*const change[])(void) = {touch_folder, touch_tar, add_file,
                                           grow_tar, grow_image};
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        make_files();
        opened();
        opened();
        ck_assert_int_eq(looks, 1);
        change[i]();
        check(opened());
        ck_assert_msg(looks == 2, "change %zu is not seen", i);
        make_old(in("d"));
        make_old(in("t.tar"));
        opened();
        check(opened());
        ck_assert_int_le(looks, 3);
    }
}
END_TEST

/* What has just been written may be written again within the same tick. */
START_TEST(young_files_are_looked_at_again)
{
    make_files();
    touch_tar();
    for (int i = 1; i <= 3; i++) {
        opened();
        ck_assert_int_eq(looks, i);
    }
}
END_TEST

/* Another byte anywhere, or another length: made anew, never believed. */
START_TEST(damaged_files_are_not_believed)
{
    struct sr_err err;
    unsigned char *bytes;
    size_t size;
    make_files();
    const char *kept = opened()->kept;
    SR_GOOD(sr_file_read(kept, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    int want = 1;
    for (size_t at = 0; at < size; at += at < 240 ? 1 : 7) {
        bytes[at] ^= (unsigned char)(1 << at % 8);
        SR_GOOD(sr_file_write(kept, bytes, size, &err), err);
        check(opened());
        ck_assert_msg(looks == ++want, "byte %zu of %zu", at, size);
        bytes[at] ^= (unsigned char)(1 << at % 8);
    }
    for (size_t n = 0; n < size; n += 9) {
        SR_GOOD(sr_file_write(kept, bytes, n, &err), err);
        check(opened());
        ck_assert_int_eq(looks, ++want);
    }
    SR_GOOD(sr_file_write(kept, bytes, size, &err), err);
    opened();
    ck_assert_int_eq(looks, want);
}
END_TEST

/* The index of one set under the name of another's. */
START_TEST(an_index_of_other_files)
{
    struct sr_err err;
    unsigned char *bytes;
    size_t size;
    make_files();
    const char *kept = opened()->kept;
    SR_GOOD(sr_file_read(kept, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    make_files();
    const char *other = opened()->kept;
    ck_assert_str_ne(kept, other);
    SR_GOOD(sr_file_write(other, bytes, size, &err), err);
    check(opened());
    ck_assert_int_eq(looks, 2);
}
END_TEST

START_TEST(nowhere_to_keep_it)
{
    make_files();
    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    struct sr_err err;
    const struct sr_index *index;
    struct sr_data data = {.opts = &opts, .path = opts.path};
    SR_GOOD(sr_index_open(&data, look, sr_test_arena(), &index, &err), err);
    check(index);
    ck_assert_ptr_null(index->kept);
    ck_assert_int_eq(data.notes, 1);
    ck_assert_ptr_nonnull(strstr(data.note[0], "made anew each time: cannot"));
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    SR_GOOD(sr_index_open(&data, look, sr_test_arena(), &index, &err), err);
    ck_assert_ptr_nonnull(strstr(data.note[1], "nor HOME is set"));
}
END_TEST

/* Enough to make every list grow, in order. */
enum { MANY = 5000 };

static enum sr_status look_at_many(struct sr_data *data, struct sr_maker *maker,
                                   struct sr_err *err)
{
    uint32_t t = 0;
    (void)data;
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d", i);
        if (i % 10 == 0)
            SR_TRY(sr_maker_source(maker, in("t.tar"), name, &t, err));
        SR_TRY(sr_maker_image(maker, i % 3 == 0, t, name, i, 2 * i, i, err));
    }
    sr_maker_classes(maker, MANY, NULL);
    return SR_OK;
}

START_TEST(many_images)
{
    make_files();
    for (int round = 0; round < 2; round++) {
        struct sr_err err;
        const struct sr_index *x;
        struct sr_data data = {.opts = &opts, .path = opts.path};
        SR_GOOD(sr_index_open(&data, look_at_many, sr_test_arena(), &x, &err),
                err);
        for (int i = 0; i < MANY; i++) {
            const struct sr_entry *e =
                i % 3 == 0 ? &x->entry[1][i / 3] : &x->entry[0][i - i / 3 - 1];
            ck_assert_int_eq(e->offset, i);
            ck_assert_int_eq(e->label, i);
            ck_assert_int_eq(atoi(x->text + e->name), i);
            ck_assert_int_eq(atoi(x->text + x->source[e->source].shown),
                             i / 10 * 10);
        }
    }
}
END_TEST

START_TEST(what_the_list_function_says)
{
    make_files();
    struct sr_err err;
    const struct sr_index *index;
    struct sr_data data = {.opts = &opts, .path = "/nonexistent"};
    SR_BAD(sr_index_open(&data, look, sr_test_arena(), &index, &err), err,
           SR_EDATA, "gone");
}
END_TEST

SR_SUITE(data_index)
{
    return sr_suite(
        "data/index",
        (const TTest *[]){made_once_and_read_back, the_contents_name,
                          made_anew_when_something_changed,
                          young_files_are_looked_at_again,
                          damaged_files_are_not_believed,
                          an_index_of_other_files, nowhere_to_keep_it,
                          many_images, what_the_list_function_says, NULL});
}
