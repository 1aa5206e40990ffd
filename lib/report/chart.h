/* report/chart.h - the pictures of a report, as panels for plot.h.
 */
#ifndef SR_REPORT_CHART_H
#define SR_REPORT_CHART_H

#include <stdbool.h>

#include "report/plot.h"
#include "report/report.h"

struct sr_chart {
    const char *name;    /* of its file: "loss", "tradeoff" */
    const char *caption; /* a sentence                      */
    struct sr_panel panel;
};

enum { SR_CHARTS = SR_PLOT_PANELS };

/* Those of the list there are numbers for, in this order; returns how many:
 *   loss, train-robust    of training, by epoch, a line a run
 *   clean, robust         of validation, by epoch
 *   tradeoff              clean against robust accuracy, with 95 % intervals;
 *                         of several seeds a large point and a small one each
 *   epsilon, steps        robust accuracy where an attack has several
 * Accuracies are in per cent.  A network has one colour in all.  A caption
 * says of how many images; figures on others than most are in none. */
int sr_charts_of(const struct sr_report *report, struct sr_arena *arena,
                 struct sr_chart chart[SR_CHARTS]);

/* All of them in one picture, as plot.h has it. */
enum sr_status sr_charts_draw(int n, const struct sr_chart *chart,
                              const char *path, struct sr_arena *arena,
                              bool *drawn, struct sr_err *err);

/* One picture each, <dir>/<name>.svg; dir is made. */
enum sr_status sr_charts_draw_each(int n, const struct sr_chart *chart,
                                   const char *dir, struct sr_arena *arena,
                                   bool *drawn, struct sr_err *err);

#endif
