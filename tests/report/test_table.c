#include "test.h"

#include "report/table.h"

/* Kept until the process of the test ends. */
static json_t *rows(void)
{
    static json_t *made;
    if (!made)
        made =
            json_pack("[{s:s, s:i, s:{s:f, s:[f, f]}}, {s:s, s:f}]", "run",
                      "a|b", "seed", 1, "clean", "accuracy", 0.5, "interval_95",
                      0.25, 0.75, "run", "say \"x\", y", "lr", 0.1);
    ck_assert_ptr_nonnull(made);
    return made;
}

/* Columns appear in the order of the first row that has them; a bar inside a
 * cell would end it. */
START_TEST(markdown_is_aligned)
{
    ck_assert_str_eq(sr_table_text(rows(), SR_TABLE_MD, sr_test_arena()),
                     "| run        | seed | clean               | lr  |\n"
                     "| ---------- | ---- | ------------------- | --- |\n"
                     "| a/b        | 1    | 50.00 (25.00-75.00) |     |\n"
                     "| say \"x\", y |      |                     | 0.1 |\n");
}
END_TEST

START_TEST(csv_is_quoted_and_has_the_interval)
{
    ck_assert_str_eq(sr_table_text(rows(), SR_TABLE_CSV, sr_test_arena()),
                     "run,seed,clean,clean_low,clean_high,lr\n"
                     "a|b,1,0.500000,0.250000,0.750000,\n"
                     "\"say \"\"x\"\", y\",,,,,0.1\n");
}
END_TEST

START_TEST(json_has_the_rows_as_they_are)
{
    struct sr_err err;
    json_t *back;
    const char *text = sr_table_text(rows(), SR_TABLE_JSON, sr_test_arena());
    SR_GOOD(sr_json_parse(text, strlen(text), "table", SR_EDATA, &back, &err),
            err);
    ck_assert(json_equal(json_object_get(back, "rows"), rows()));
    json_decref(back);
}
END_TEST

SR_SUITE(report_table)
{
    return sr_suite("report/table",
                    (const TTest *[]){markdown_is_aligned,
                                      csv_is_quoted_and_has_the_interval,
                                      json_has_the_rows_as_they_are, NULL});
}
