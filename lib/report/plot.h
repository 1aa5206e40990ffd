/* report/plot.h - curves and points in panels, drawn by gnuplot.
 *
 * A picture NAME.svg comes with NAME.csv, the numbers, and NAME.gp, the script
 * that draws them: whoever wants it otherwise changes the script and runs
 * gnuplot beside it.  The program itself neither draws nor links anything.
 */
#ifndef SR_REPORT_PLOT_H
#define SR_REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum sr_stroke {
    SR_STROKE_LINE,
    SR_STROKE_TRACE, /* a line with a point at each value             */
    SR_STROKE_DOTS,  /* small points                                   */
    SR_STROKE_BARS,  /* large ones with error bars, the name beside it */
};

struct sr_bars {
    double x_low, x_high, y_low, y_high;
};

struct sr_curve {
    const char *name; /* for the legend; unique in its panel */
    size_t n;
    const double *x, *y; /* [n] */
    enum sr_stroke stroke;
    const struct sr_bars *bars; /* [n], of SR_STROKE_BARS */
    int colour;                 /* 1 ...; 0: its place in the panel */
    bool untitled;              /* the legend does without it       */
};

struct sr_panel {
    const char *title, *x_label, *y_label;
    int curves; /* the i-th of every panel has the same colour */
    const struct sr_curve *curve;
    const char *key; /* where gnuplot puts the legend; NULL: top left */
    bool log_x;
    bool x_per_cent, y_per_cent; /* values within 0 and 100 */
};

enum { SR_PLOT_PANELS = 8 };
struct sr_plot {
    int panels; /* 1 to SR_PLOT_PANELS */
    struct sr_panel panel[SR_PLOT_PANELS];
};

/* Is this a path to draw to: does it end in .svg, .pdf or .png?  Fails with
 * SR_EUSAGE. */
enum sr_status sr_plot_check(const char *path, struct sr_err *err);

/* Write the numbers and the script beside `path`, and let gnuplot draw.
 *   drawn   filled: false without gnuplot; what there is to draw is there
 * Fails: SR_EUSAGE as above; SR_ERESOURCE when a file cannot be written or
 * gnuplot fails. */
enum sr_status sr_plot_write(const struct sr_plot *plot, const char *path,
                             struct sr_arena *arena, bool *drawn,
                             struct sr_err *err);

#endif
