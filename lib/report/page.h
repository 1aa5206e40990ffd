/* report/page.h - the report as one HTML file.
 *
 * The page has everything inside: style, pictures, configs; it runs no script
 * and asks no network, fits a phone (a row of the table is a card there) and
 * follows the reader's light or dark setting.
 */
#ifndef SR_REPORT_PAGE_H
#define SR_REPORT_PAGE_H

#include "report/chart.h"
#include "report/report.h"

struct sr_page {
    const struct sr_report *report;
    int charts;
    const struct sr_chart *chart;
    const char *chart_dir; /* where <name>.svg of each chart is ...     */
    bool drawn;            /* ... if gnuplot was there to draw them     */
};

/* Write it, atomically.  A run's pictures are the .png and .svg files in its
 * directory and one level below, eight at most; one that cannot be used is
 * named in the page.  Fails with SR_ERESOURCE. */
enum sr_status sr_page_write(const struct sr_page *page, const char *path,
                             struct sr_arena *arena, struct sr_err *err);

/* What the figures say, in sentences, for who reads no tables. */
json_t *sr_page_summary(const struct sr_report *report);

/* The section of one run [runs.h]: how its figures were measured, warnings,
 * pictures, provenance, command and config. */
void sr_page_put_run(FILE *out, const json_t *run, struct sr_arena *arena);

#endif
