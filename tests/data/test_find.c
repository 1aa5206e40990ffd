#define _DEFAULT_SOURCE /* setenv */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "samples.h"
#include "test.h"

static const struct sr_dataset *row_of(const char *name)
{
    int i = 0;
    while (strcmp(sr_dataset_at(i)->name, name) != 0)
        i++;
    return sr_dataset_at(i);
}

static const char *make(const char *dir, const char *name)
{
    struct sr_err err;
    const char *path = sr_file_join(sr_test_arena(), dir, name);
    SR_GOOD(sr_file_mkdir(path, &err), err);
    return path;
}

static void expect_found(const char *path, const char *want)
{
    struct sr_err err;
    const char *found;
    SR_GOOD(
        sr_data_find(row_of("cifar10"), path, sr_test_arena(), &found, &err),
        err);
    ck_assert_str_eq(found, want);
}

/* Each place, found only when those before it have nothing. */
START_TEST(places_in_their_order)
{
    const char *own = sr_test_dir(), *xdg = sr_test_dir();
    const char *here = sr_test_dir();
    setenv("SATRUN_DATA", own, 1);
    setenv("XDG_DATA_HOME", xdg, 1);
    ck_assert_int_eq(chdir(here), 0);

    expect_found("", make(xdg, "satrun/cifar-10-binary.tar.gz"));
    make(here, "data/cifar-10-batches-bin");
    expect_found(NULL, "data/cifar-10-batches-bin");
    expect_found("", make(own, "data/cifar-10-batches-bin"));
    expect_found("", make(own, "cifar-10-binary.tar.gz"));
    expect_found("", make(own, "cifar-10-batches-bin"));
}
END_TEST

START_TEST(a_given_path_is_not_searched_for)
{
    struct sr_err err;
    const char *found, *dir = sr_test_dir();
    expect_found(dir, dir);
    expect_found(dir, make(dir, "cifar-10-batches-bin"));
    SR_BAD(sr_data_find(row_of("cifar10"), "no/where", sr_test_arena(), &found,
                        &err),
           err, SR_EDATA, "data.path: there is no no/where; ");
    SR_BAD(sr_data_find(row_of("folder"), "", sr_test_arena(), &found, &err),
           err, SR_ECONFIG, "data.path is not set");
}
END_TEST

START_TEST(nothing_found)
{
    struct sr_err err;
    const char *found;
    setenv("SATRUN_DATA", "/nonexistent/own", 1);
    setenv("XDG_DATA_HOME", "/nonexistent/xdg", 1);
    ck_assert_int_eq(chdir(sr_test_dir()), 0);
    SR_BAD(sr_data_find(row_of("cifar10"), "", sr_test_arena(), &found, &err),
           err, SR_EDATA,
           "the data set cifar10 is not here: looked for cifar-10-batches-bin "
           "or cifar-10-binary.tar.gz in /nonexistent/own/, "
           "/nonexistent/own/data/, data/, /nonexistent/xdg/satrun/, "
           "/usr/share/datasets/; `scripts/get_data.sh cifar10` fetches it");
    unsetenv("SATRUN_DATA");
    SR_BAD(sr_data_find(row_of("mnist"), "", sr_test_arena(), &found, &err),
           err, SR_EDATA, " in data/, /nonexistent/xdg/satrun/, ");
    ck_assert_ptr_nonnull(strstr(err.text, "(SATRUN_DATA is not set)"));
}
END_TEST

SR_SUITE(data_find)
{
    return sr_suite("data/find",
                    (const TTest *[]){places_in_their_order,
                                      a_given_path_is_not_searched_for,
                                      nothing_found, NULL});
}
