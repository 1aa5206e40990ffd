#include "test.h"

#include <stdlib.h>

#include "base/file.h"
#include "report/made.h"
#include "report/metrics.h"

/* <dir>/metrics.jsonl with these bytes, read. */
static enum sr_status read_text(const char *text, json_t **rows,
                                struct sr_err *err)
{
    const char *path = sr_test_file("metrics.jsonl", text, strlen(text));
    return sr_metrics_read(sr_file_dir(sr_test_arena(), path), rows, NULL, err);
}

static void check_row(const json_t *rows, size_t i, const char *expected)
{
    char *text = json_dumps(json_array_get(rows, i), JSON_COMPACT);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(groups_become_names)
{
    struct sr_err err;
    json_t *rows;
    SR_GOOD(read_text("{\"kind\":\"step\",\"loss\":2}\n"
                      "{\"kind\":\"epoch\",\"test\":{\"clean\":1,"
                      "\"average\":{\"clean\":3}},\"lr\":4}\n",
                      &rows, &err),
            err);
    ck_assert_int_eq((int)json_array_size(rows), 2);
    check_row(rows, 0, "{\"kind\":\"step\",\"loss\":2}");
    check_row(rows, 1,
              "{\"kind\":\"epoch\",\"test.clean\":1,"
              "\"test.average.clean\":3,\"lr\":4}");
    json_decref(rows);
}
END_TEST

/* A run is writing its last line, or was killed while it did. */
START_TEST(a_line_without_its_end_is_left_out)
{
    struct sr_err err;
    json_t *rows;
    SR_GOOD(read_text("{\"a\":1}\n{\"a\":2}\n{\"a\":", &rows, &err), err);
    ck_assert_int_eq((int)json_array_size(rows), 2);
    json_decref(rows);
    SR_GOOD(read_text("", &rows, &err), err);
    ck_assert_int_eq((int)json_array_size(rows), 0);
    json_decref(rows);
}
END_TEST

START_TEST(a_damaged_line_is_named_and_left_out)
{
    static const char text[] = "{\"a\":1}\nnonsense\n[1]\n{\"a\":2}\n";
    struct sr_err skipped, err;
    json_t *rows;
    const char *path = sr_test_file("metrics.jsonl", text, strlen(text));
    SR_GOOD(sr_metrics_read(sr_file_dir(sr_test_arena(), path), &rows, &skipped,
                            &err),
            err);
    ck_assert_ptr_nonnull(
        strstr(skipped.text, "metrics.jsonl:2: the line is not JSON"));
    ck_assert_int_eq((int)json_array_size(rows), 2);
    check_row(rows, 1, "{\"a\":2}");
    json_decref(rows);
}
END_TEST

/* One rule for every reader: damage is named and stops nothing, be it all there
 * is; the end of a run that is over is no line that is being written. */
START_TEST(what_is_damage)
{
    static const struct {
        const char *state, *text, *says;
        size_t rows;
    } cases[] = {
        {"running", "[1]\n", ":1: expected an object", 0},
        {"finished", "x\n{}\ny\nz\n",
         ":1: the line is not JSON, and 2 more of its lines are damaged", 1},
        {"running", "{}\n{\"a\":", "", 1},
        {"finished", "{}\n{\"a\":", ":2: the line has no end", 1},
        {"finished", "{}\n", "", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *run = made_run("run", cases[i].state, NULL);
        struct sr_err skipped, err;
        json_t *rows;
        made_put(run, "metrics.jsonl", cases[i].text);
        SR_GOOD(sr_metrics_read(run, &rows, &skipped, &err), err);
        ck_assert_uint_eq(json_array_size(rows), cases[i].rows);
        ck_assert_msg(*cases[i].says
                          ? strstr(skipped.text, cases[i].says) != NULL
                          : !*skipped.text,
                      "%zu: %s", i, skipped.text);
        json_decref(rows);
    }
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    struct sr_err err;
    json_t *rows = NULL;
    SR_BAD(sr_metrics_read("/nonexistent", &rows, NULL, &err), err, SR_EUSAGE,
           "/nonexistent/metrics.jsonl");
    ck_assert_ptr_null(rows);
}
END_TEST

START_TEST(depth_is_limited)
{
    struct sr_err err;
    json_t *rows;
    SR_GOOD(read_text("{\"a\":{\"b\":{\"c\":{\"d\":1,\"e\":{\"f\":2}}}}}\n",
                      &rows, &err),
            err);
    check_row(rows, 0, "{\"a.b.c.d\":1}");
    json_decref(rows);
}
END_TEST

SR_SUITE(report_metrics)
{
    return sr_suite("report/metrics",
                    (const TTest *[]){
                        groups_become_names, a_line_without_its_end_is_left_out,
                        a_damaged_line_is_named_and_left_out, what_is_damage,
                        a_file_that_is_not_there, depth_is_limited, NULL});
}
