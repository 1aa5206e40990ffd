#include "report/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/gnuplot.h"

/* Sizes of one panel; gnuplot counts pixels, or centimetres for a PDF. */
static const struct format {
    const char *ending, *terminal, *unit;
    double w, h;
} formats[] = {
    {".svg", "svg noenhanced font 'sans,12' background 'white'", "", 420, 320},
    {".pdf", "pdfcairo noenhanced font 'sans,10'", "cm", 11, 8},
    {".png", "pngcairo noenhanced font 'sans,11'", "", 560, 420},
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* Told apart by colour-blind readers as well; the eighth of them, yellow, is
 * too pale on white.  Source: Okabe and Ito 2008, "Color universal design". */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#e69f00", "#56b4e9",
                                      "#000000"};
enum { LEGEND_LETTERS = 32 }; /* that fit beside the line and its point */

enum { COLOURS = sizeof colours / sizeof *colours };

/* gnuplot's filled points, and one open: in print each colour has another. */
static const int shapes[COLOURS] = {7, 5, 9, 13, 11, 15, 6};
enum { DASHES = 5 }; /* that gnuplot has */

static const struct format *format_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < FORMATS; i++)
        if (strcmp(dot, formats[i].ending) == 0)
            return &formats[i];
    return NULL;
}

enum sr_status sr_plot_check(const char *path, struct sr_err *err)
{
    if (format_of(path))
        return SR_OK;
    return sr_fail(err, SR_EUSAGE,
                   "a plot is a file that ends in .svg, .pdf or .png, not '%s'",
                   path);
}

/* ---- what is written ---- */

/* In quotes, which are doubled inside: CSV (RFC 4180), and with the single ones
 * gnuplot. */
static void put_quoted(FILE *out, const char *text, char quote)
{
    putc(quote, out);
    for (const char *p = text; *p; p++) {
        if (*p == quote)
            putc(quote, out);
        putc((unsigned char)*p < ' ' ? ' ' : *p, out); /* a line ends a text */
    }
    putc(quote, out);
}

static bool has_bars(const struct sr_plot *plot)
{
    for (int i = 0; i < plot->panels; i++)
        for (int k = 0; k < plot->panel[i].curves; k++)
            if (plot->panel[i].curve[k].stroke == SR_STROKE_BARS)
                return true;
    return false;
}

/* Points without bars leave their columns empty. */
static void put_bars(FILE *out, const struct sr_curve *curve, size_t j)
{
    if (curve->stroke != SR_STROKE_BARS) {
        fputs(",,,,", out);
        return;
    }
    const struct sr_bars *b = &curve->bars[j];
    fprintf(out, "%.9g,%.9g,%.9g,%.9g,", b->x_low, b->x_high, b->y_low,
            b->y_high);
}

static void put_curve(FILE *out, const struct sr_panel *panel,
                      const struct sr_curve *curve, bool bars)
{
    for (size_t j = 0; j < curve->n; j++) {
        fprintf(out, "%.9g,%.9g,", curve->x[j], curve->y[j]);
        if (bars)
            put_bars(out, curve, j);
        put_quoted(out, panel->title, '"');
        putc(',', out);
        put_quoted(out, curve->name, '"');
        putc('\n', out);
    }
}

/* The texts come last, where no quote or comma in them can shift a number. */
static void put_numbers(FILE *out, const struct sr_plot *plot)
{
    const bool bars = has_bars(plot);
    fputs(bars ? "x,y,x_low,x_high,y_low,y_high,panel,curve\n"
               : "x,y,panel,curve\n",
          out);
    for (int i = 0; i < plot->panels; i++)
        for (int k = 0; k < plot->panel[i].curves; k++)
            put_curve(out, &plot->panel[i], &plot->panel[i].curve[k], bars);
}

/* Bytes of the first n letters of a text. */
static size_t bytes_of(const char *text, size_t n)
{
    size_t i = 0;
    for (size_t letters = 0; text[i]; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80 && letters++ == n)
            break;
    return i;
}

static size_t letters_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* A name as a legend has room for: a long one without its middle, as names tell
 * what differs at their ends. */
static void put_name(FILE *out, const char *name)
{
    char text[8 * LEGEND_LETTERS];
    const size_t n = letters_of(name), kept = LEGEND_LETTERS / 2;
    if (n <= LEGEND_LETTERS)
        snprintf(text, sizeof text, "%s", name);
    else
        snprintf(text, sizeof text, "%.*s…%s", (int)bytes_of(name, kept), name,
                 name + bytes_of(name, n - (LEGEND_LETTERS - kept - 1)));
    put_quoted(out, text, '\'');
}

static void put_setting(FILE *out, const char *what, const char *text)
{
    fprintf(out, "set %s ", what);
    put_quoted(out, text, '\'');
    putc('\n', out);
}

/* From 4 points down to 1.5, so that curves that lie on each other are seen. */
static double width_of(int curve, int curves)
{
    return curves > 1 ? 4 - 2.5 * curve / (curves - 1) : 2;
}

static int colour_of(const struct sr_panel *panel, int k)
{
    return panel->curve[k].colour ? panel->curve[k].colour : k + 1;
}

/* What an axis can show: gnuplot reads a NaN, and a logarithm of nothing. */
static bool is_drawn(const struct sr_panel *panel, bool x, double value)
{
    return isfinite(value) && (!x || !panel->log_x || value > 0);
}

/* Has the line fewer than two points?  Then only points show it. */
static bool is_point(const struct sr_panel *panel, const struct sr_curve *c)
{
    size_t n = 0;
    for (size_t j = 0; j < c->n; j++)
        n += is_drawn(panel, true, c->x[j]) && is_drawn(panel, false, c->y[j]);
    return n < 2 &&
           (c->stroke == SR_STROKE_LINE || c->stroke == SR_STROKE_TRACE);
}

/* Curves of points are told apart by these, lines alone by their dashes. */
static void put_stroke(FILE *out, const struct sr_panel *panel, int k)
{
    static const char *const with[] = {
        [SR_STROKE_LINE] = "1:2 with lines",
        [SR_STROKE_TRACE] = "1:2 with linespoints pointsize 0.7",
        [SR_STROKE_DOTS] = "1:2 with points pointsize 0.5",
        [SR_STROKE_BARS] = "1:2:3:4:5:6 with xyerrorbars pointsize 1.1"};
    const struct sr_curve *curve = &panel->curve[k];
    const int place = colour_of(panel, k) - 1, turn = place / COLOURS;
    const bool point = is_point(panel, curve);
    const bool line = curve->stroke == SR_STROKE_LINE && !point;
    fprintf(out, "%s linewidth %.2g linecolor rgb '%s' dashtype %d ",
            point ? "1:2 with points pointsize 1.3" : with[curve->stroke],
            curve->colour ? 2 : width_of(k, panel->curves),
            colours[place % COLOURS], (line ? place : turn) % DASHES + 1);
    if (!line)
        fprintf(out, "pointtype %d ", shapes[place % COLOURS]);
    if (curve->untitled) {
        fputs("notitle", out);
    } else {
        fputs("title ", out);
        put_name(out, curve->name);
    }
}

static void widen(const struct sr_panel *panel, bool x, double value,
                  double range[2])
{
    if (!is_drawn(panel, x, value))
        return;
    range[0] = fmin(range[0], value);
    range[1] = fmax(range[1], value);
}

/* The least and the most of an axis over all curves, bars included; the first
 * is the larger where there is nothing to draw. */
static void find_range(const struct sr_panel *panel, bool x, double range[2])
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (int k = 0; k < panel->curves; k++) {
        const struct sr_curve *c = &panel->curve[k];
        for (size_t j = 0; j < c->n; j++) {
            const double at = x ? c->x[j] : c->y[j];
            const struct sr_bars *b =
                c->stroke == SR_STROKE_BARS ? &c->bars[j] : NULL;
            widen(panel, x, !b ? at : x ? b->x_low : b->y_low, range);
            widen(panel, x, !b ? at : x ? b->x_high : b->y_high, range);
        }
    }
}

/* Room around one value: an epoch on both sides, five per cent of the images,
 * a tenth of a loss; around none, 1 is as good as any. */
static void make_room(const struct sr_panel *panel, bool x, double range[2])
{
    const bool per_cent = x ? panel->x_per_cent : panel->y_per_cent;
    const double at = range[0] > range[1] ? 1 : range[0];
    const double margin = per_cent       ? 5
                          : x || at == 0 ? fmax(1, 0.1 * fabs(at))
                                         : 0.1 * fabs(at);
    const bool log = x && panel->log_x;
    range[0] = log ? at / 2 : per_cent ? fmax(0, at - margin) : at - margin;
    range[1] = log ? at * 2 : per_cent ? fmin(100, at + margin) : at + margin;
}

/* gnuplot chooses, but for an axis with one value, of one epoch say. */
static void put_range(FILE *out, const struct sr_panel *panel, bool x)
{
    const char *axis = x ? "x" : "y";
    double range[2];
    find_range(panel, x, range);
    if (range[0] < range[1]) {
        fprintf(out, "set autoscale %s\n", axis);
        return;
    }
    make_room(panel, x, range);
    fprintf(out, "set %srange [%.9g:%.9g]\n", axis, range[0], range[1]);
}

/* A curve is its rows of the file, of which *row is the first. */
static void put_panel(FILE *out, const struct sr_panel *panel, const char *csv,
                      size_t *row)
{
    putc('\n', out);
    put_setting(out, "title", panel->title);
    put_setting(out, "xlabel", panel->x_label);
    fputs("set xlabel offset 0,0.4\n", out);
    put_setting(out, "ylabel", panel->y_label);
    fprintf(out, "set key %s\n%sset logscale x\n",
            panel->key ? panel->key : "on inside top left Left reverse",
            panel->log_x ? "" : "un");
    put_range(out, panel, true);
    put_range(out, panel, false);
    for (int k = 0; k < panel->curves; k++) {
        fputs(k ? ", \\\n     " : "plot ", out);
        put_quoted(out, csv, '\'');
        fprintf(out, " skip 1 every ::%zu::%zu using ", *row,
                *row + panel->curve[k].n - 1);
        put_stroke(out, panel, k);
        *row += panel->curve[k].n;
    }
    putc('\n', out);
}

/* How much higher a panel has to be for the longest legend that is below one:
 * two names fit, each more takes a twentieth. */
static double stretch_of(const struct sr_plot *plot)
{
    int most = 2;
    for (int i = 0; i < plot->panels; i++) {
        int names = 0;
        for (int k = 0; k < plot->panel[i].curves; k++)
            names += !plot->panel[i].curve[k].untitled;
        if (plot->panel[i].key && names > most)
            most = names;
    }
    return 1 + 0.05 * (most - 2);
}

static void put_script(FILE *out, const struct sr_plot *plot,
                       const struct format *format, const char *csv,
                       const char *picture)
{
    const int cols = plot->panels > 1 ? 2 : 1, rows = (plot->panels + 1) / 2;
    size_t row = 0;
    fprintf(out, "# gnuplot draws this\nset terminal %s size %g%s,%g%s\n",
            format->terminal, cols * format->w, format->unit,
            rows * format->h * stretch_of(plot), format->unit);
    put_setting(out, "output", picture);
    fprintf(out,
            "set encoding utf8\n"
            "set datafile separator ','\n"
            "set grid linetype 1 linecolor rgb '#dddddd'\n"
            "set rmargin 3\n"
            "set multiplot layout %d,%d\n",
            rows, cols);
    for (int i = 0; i < plot->panels; i++)
        put_panel(out, &plot->panel[i], csv, &row);
    fputs("\nunset multiplot\n", out);
}

/* ---- where it goes ---- */

/* path with another ending */
static char *beside(struct sr_arena *arena, const char *path,
                    const char *ending)
{
    const int stem = (int)(strrchr(path, '.') - path);
    return sr_arena_format(arena, "%.*s%s", stem, path, ending);
}

enum sr_status sr_plot_write(const struct sr_plot *plot, const char *path,
                             struct sr_arena *arena, bool *drawn,
                             struct sr_err *err)
{
    SR_TRY(sr_plot_check(path, err));
    const char *csv = beside(arena, path, ".csv");
    const char *script = beside(arena, path, ".gp");
    char *text[2] = {NULL, NULL};
    size_t size[2] = {0, 0};
    FILE *out[2] = {open_memstream(&text[0], &size[0]),
                    open_memstream(&text[1], &size[1])};
    SR_REQUIRE(out[0] && out[1]);
    put_numbers(out[0], plot);
    put_script(out[1], plot, format_of(path), sr_file_name(csv),
               sr_file_name(path));
    for (int i = 0; i < 2; i++)
        SR_REQUIRE(fclose(out[i]) == 0);

    enum sr_status status = sr_file_write(csv, text[0], size[0], err);
    if (status == SR_OK)
        status = sr_file_write(script, text[1], size[1], err);
    free(text[0]);
    free(text[1]);
    return status == SR_OK ? sr_gnuplot_run(sr_file_dir(arena, path),
                                            sr_file_name(script), drawn, err)
                           : status;
}
