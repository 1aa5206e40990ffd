#include "report/inputs.h"

#include "base/file.h"
#include "report/made.h"
#include "test.h"

/* Files of a run and of the sweep it is of; what an earlier report has put
 * beside them, and what is elsewhere, may be replaced. */
START_TEST(what_is_read_stays)
{
    static const struct {
        const char *file;
        bool kept;
    } files[] = {
        {"sweep/runs/001-a/manifest.json", true},
        {"sweep/runs/001-a/eval/f.json", true},
        {"sweep/runs/../runs/001-a/grid.png", true},
        {"sweep/runs/001-a/chart.png", false}, /* chart.gp is beside it */
        {"sweep/runs/001-a/chart.gp", false},
        {"sweep/runs/001-a/report.html", false},
        {"sweep/runs/001-a/new.json", false}, /* not there */
        {"sweep/runs/001-ab/manifest.json", false},
        {"sweep/index.tsv", true},
        {"sweep/sweep.json", true},
        {"sweep/jobs/001-a/config.yaml", true},
        {"sweep/table.png", false},
    };
    enum { FILES = sizeof files / sizeof *files };
    struct sr_err err;
    for (int i = 0; i < FILES; i++)
        if (!strstr(files[i].file, "new"))
            made_put(made_home(), files[i].file, "x");
    char *run = sr_file_join(sr_test_arena(), made_home(), "sweep/runs/001-a");
    struct sr_report report = {.runs = json_pack("[{s:s}]", "path", run)};
    for (int i = 0; i < FILES; i++) {
        const char *path =
            sr_file_join(sr_test_arena(), made_home(), files[i].file);
        const enum sr_status status =
            sr_inputs_check(&report, 1, &run, path, sr_test_arena(), &err);
        ck_assert_msg(status == (files[i].kept ? SR_EUSAGE : SR_OK), "%s",
                      path);
    }
    sr_report_close(&report);
}
END_TEST

SR_SUITE(report_inputs)
{
    return sr_suite("report/inputs",
                    (const TTest *[]){what_is_read_stays, NULL});
}
