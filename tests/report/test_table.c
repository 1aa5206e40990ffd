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

/* One of several seeds that is the best, one of one seed that overlaps it. */
static json_t *marked(void)
{
    static json_t *made;
    if (!made)
        made = json_pack("[{s:s, s:{s:f, s:f, s:i, s:[f, f], s:b}}, "
                         "{s:s, s:{s:f, s:[f, f], s:b, s:s}}]",
                         "a_b", "50% & {x}", "p", "accuracy", 0.5, "sd", 0.0125,
                         "n", 3, "interval_95", 0.25, 0.75, "best", 1, "a_b",
                         "<\\^~|>", "p", "accuracy", 0.4, "interval_95", 0.3,
                         0.5, "overlaps_best", 1, "of", "n=1");
    ck_assert_ptr_nonnull(made);
    return made;
}

START_TEST(the_best_stands_out)
{
    ck_assert_str_eq(sr_table_text(marked(), SR_TABLE_MD, sr_test_arena()),
                     "| a_b       | p                              |\n"
                     "| --------- | ------------------------------ |\n"
                     "| 50% & {x} | **50.00** ± 1.25 (25.00-75.00) |\n"
                     "| <\\^~/>    | 40.00† (30.00-50.00) n=1       |\n");
}
END_TEST

START_TEST(csv_has_the_spread)
{
    ck_assert_str_eq(sr_table_text(marked(), SR_TABLE_CSV, sr_test_arena()),
                     "a_b,p,p_low,p_high,p_sd,p_n\n"
                     "50% & {x},0.500000,0.250000,0.750000,0.012500,3\n"
                     "<\\^~|>,0.400000,0.300000,0.500000,,1\n");
}
END_TEST

START_TEST(latex_is_escaped)
{
    ck_assert_str_eq(
        sr_table_text(marked(), SR_TABLE_LATEX, sr_test_arena()),
        "\\begin{tabular}{lr}\n\\toprule\n"
        "a\\_b & p \\\\\n\\midrule\n"
        "50\\% \\& \\{x\\} & \\textbf{50.00} $\\pm$ 1.25 (25.00--75.00) \\\\\n"
        "\\textless{}\\textbackslash{}\\textasciicircum{}\\textasciitilde{}"
        "\\textbar{}\\textgreater{} & 40.00$^{\\dagger}$ (30.00--50.00) n=1 "
        "\\\\\n"
        "\\bottomrule\n\\end{tabular}\n");
}
END_TEST

/* Columns come as they are told, also one that no row has. */
START_TEST(columns_may_be_told)
{
    json_t *columns = json_pack("[s, s, s]", "lr", "none", "run");
    ck_assert_str_eq(
        sr_table_of(rows(), columns, SR_TABLE_CSV, sr_test_arena()),
        "lr,none,run\n,,a|b\n0.1,,\"say \"\"x\"\", y\"\n");
    json_decref(columns);
}
END_TEST

SR_SUITE(report_table)
{
    return sr_suite("report/table",
                    (const TTest *[]){
                        markdown_is_aligned, csv_is_quoted_and_has_the_interval,
                        the_best_stands_out, csv_has_the_spread,
                        latex_is_escaped, columns_may_be_told, NULL});
}
