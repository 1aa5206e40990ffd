#include "report/label.h"

#include <stdio.h>
#include <string.h>

#include "report/runs.h"
#include "test.h"

/* A row of two runs with one setting. */
static json_t *row_of(const char *a, const char *b, const char *epochs)
{
    json_t *row =
        json_pack("{s:s, s:[s, s], s:{s:s, s:s}}", "run", a, "runs", a, b,
                  "settings", "seed", "0", "train.epochs", epochs);
    ck_assert_ptr_nonnull(row);
    return row;
}

static const char *label_at(const json_t *rows, size_t i)
{
    return sr_json_text(json_array_get(rows, i), "run");
}

START_TEST(what_names_share)
{
    static const struct {
        const char *a, *b, *want;
    } cases[] = {
        {"relu-0", "relu-1", "relu"},
        {"003-split-both-seed0", "004-split-both-seed1", "split-both"},
        {"001-relu-seed9", "012-relu-seed10", "relu"},
        {"seed0-relu", "seed1-relu", "relu"},
        {"relu_seed_0", "relu_seed_1", "relu"},
        {"a-s0-lr.1", "a-s1-lr.1", "a-lr-1"},
        {"relu0", "relu1", "relu"},
        {"c10-20261122-101500", "c10-20261122-114200", "c10"},
        {"resnet20-0", "resnet20-1", "resnet20"},
        {"relu", "relu-1", "relu"},
        {"monday", "tuesday", "2 seeds"},
        {"monday", "month", "2 seeds"},
        {"0", "1", "2 seeds"},
        {"---", "--", "2 seeds"},
        {"\xc3\xa9-0", "\xc3\xa9-1", "\xc3\xa9"},
        {"\xc3\xa9", "\xc3\xa8", "2 seeds"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *rows = json_pack("[o]", row_of(cases[i].a, cases[i].b, "3"));
        sr_label_groups(rows);
        ck_assert_str_eq(label_at(rows, 0), cases[i].want);
        json_decref(rows);
    }
}
END_TEST

/* Two experiments, however their runs are called, are two labels. */
START_TEST(settings_tell_apart)
{
    json_t *rows = json_pack(
        "[o, o, o, o]", row_of("x-1", "x-2", "3"), row_of("x-3", "x-4", "5"),
        row_of("monday", "tuesday", "7"), row_of("y-1", "y-2", "3"));
    sr_label_groups(rows);
    ck_assert_str_eq(label_at(rows, 0), "x (epochs 3)");
    ck_assert_str_eq(label_at(rows, 1), "x (epochs 5)");
    ck_assert_str_eq(label_at(rows, 2), "epochs 7");
    ck_assert_str_eq(label_at(rows, 3), "y");
    json_decref(rows);
}
END_TEST

/* A letter that is cut costs no row its name. */
START_TEST(long_settings)
{
    char text[301];
    json_t *rows = json_pack("[o, o]", row_of("x-1", "x-2", "3"),
                             row_of("x-3", "x-4", "5"));
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 300; k += 2)
            memcpy(text + k, "\xc3\xa9", 3);
        memcpy(text, i ? "a" : "bb",
               1); /* a byte more or less before the cut */
        memmove(text + 1, text + 2, 299);
        json_object_set_new(
            json_object_get(json_array_get(rows, (size_t)i), "settings"),
            "train.epochs", json_string(i ? text : text + 1));
    }
    sr_label_groups(rows);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(strncmp(label_at(rows, i), "x (epochs ", 10), 0);
    json_decref(rows);
}
END_TEST

/* The same runs on other images are the same experiment; a run for itself keeps
 * its name. */
START_TEST(what_keeps_its_name)
{
    json_t *rows =
        json_pack("[o, o, {s:s, s:[s], s:{}}]", row_of("x-1", "x-2", "3"),
                  row_of("x-1", "x-2", "3"), "run", "003-x-seed2", "runs",
                  "003-x-seed2", "settings");
    sr_label_groups(rows);
    ck_assert_str_eq(label_at(rows, 0), "x");
    ck_assert_str_eq(label_at(rows, 1), "x");
    ck_assert_str_eq(label_at(rows, 2), "003-x-seed2");
    json_decref(rows);
}
END_TEST

SR_SUITE(report_label)
{
    return sr_suite("report/label",
                    (const TTest *[]){what_names_share, settings_tell_apart,
                                      long_settings, what_keeps_its_name,
                                      NULL});
}
