#include "report/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "report/figure.h"

/* Cells are made first, because a column is as wide as its widest. */
enum { COLUMNS = 96 };

/* For people six digits, for programs the nine that tell floats apart. */
static const struct sr_table_style styles[] = {
    [SR_TABLE_MD] = {6, "**", "**", "†", " ± ", "-"},
    [SR_TABLE_CSV] = {9, "", "", "", "", ""},
    [SR_TABLE_LATEX] = {6, "\\textbf{", "}", "$^{\\dagger}$", " $\\pm$ ", "--"},
};

struct grid {
    int columns, rows;
    const char *key[COLUMNS];
    char **cell; /* [1 + rows][columns], the first row being the keys */
};

/* ---- columns and cells ---- */

static void add_column(struct grid *g, const char *key)
{
    for (int i = 0; i < g->columns; i++)
        if (strcmp(g->key[i], key) == 0)
            return;
    if (g->columns < COLUMNS)
        g->key[g->columns++] = key;
}

static void format_figure(const json_t *value,
                          const struct sr_table_style *style, char *text)
{
    const bool best = json_is_true(json_object_get(value, "best"));
    const bool overlaps = json_is_true(json_object_get(value, "overlaps_best"));
    const json_t *sd = json_object_get(value, "sd");
    const char *of = json_string_value(json_object_get(value, "of"));
    sr_text_add(text, SR_TABLE_CELL, "%s%.2f%s%s", best ? style->best : "",
                100 * sr_figure_accuracy(value), best ? style->best_end : "",
                overlaps ? style->overlaps : "");
    if (sd)
        sr_text_add(text, SR_TABLE_CELL, "%s%.2f", style->plus_minus,
                    100 * json_number_value(sd));
    if (sr_figure_has_interval(value))
        sr_text_add(text, SR_TABLE_CELL, " (%.2f%s%.2f)",
                    100 * sr_figure_bound(value, 0), style->dash,
                    100 * sr_figure_bound(value, 1));
    if (of)
        sr_text_add(text, SR_TABLE_CELL, " %s", of);
}

void sr_table_cell(const json_t *value, const struct sr_table_style *style,
                   char *text)
{
    text[0] = '\0';
    if (json_is_string(value))
        snprintf(text, SR_TABLE_CELL, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, SR_TABLE_CELL, "%lld",
                 (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, SR_TABLE_CELL, "%.*g", style->digits,
                 json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(text, SR_TABLE_CELL, "%s",
                 json_is_true(value) ? "true" : "false");
    else if (json_is_object(value))
        format_figure(value, style, text);
    sr_text_clean(text); /* a letter may have been cut */
}

static char **cell_at(const struct grid *g, int row, int column)
{
    return &g->cell[row * g->columns + column];
}

static void find_columns(struct grid *g, const json_t *rows,
                         const json_t *columns)
{
    size_t i;
    json_t *row, *value;
    const char *key;
    json_array_foreach (columns, i, value) {
        add_column(g, json_string_value(value));
    }
    json_array_foreach (rows, i, row) {
        if (columns)
            break;
        json_object_foreach (row, key, value) {
            add_column(g, key);
        }
    }
}

static struct grid make_grid(const json_t *rows, const json_t *columns,
                             const struct sr_table_style *style,
                             struct sr_arena *arena)
{
    struct grid g = {.rows = (int)json_array_size(rows)};
    char text[SR_TABLE_CELL];
    size_t i;
    json_t *row;
    find_columns(&g, rows, columns);
    g.cell = SR_TAKE(arena, (1 + g.rows) * g.columns, char *);
    for (int c = 0; c < g.columns; c++)
        *cell_at(&g, 0, c) = sr_arena_text(arena, g.key[c]);
    json_array_foreach (rows, i, row) {
        for (int c = 0; c < g.columns; c++) {
            sr_table_cell(json_object_get(row, g.key[c]), style, text);
            *cell_at(&g, 1 + (int)i, c) = sr_arena_text(arena, text);
        }
    }
    return g;
}

/* ---- markdown ---- */

/* Letters, not bytes: those that go on with a letter do not count. */
static int letters(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static int width_of(const struct grid *g, int column)
{
    int width = 3;
    for (int r = 0; r <= g->rows; r++) {
        const int length = letters(*cell_at(g, r, column));
        width = length > width ? length : width;
    }
    return width;
}

/* A bar would end the cell, whatever file it came from. */
static void replace_bars(char *text)
{
    for (; *text; text++)
        if (*text == '|' || *text == '\n')
            *text = '/';
}

static void write_rule(const struct grid *g, const int *width, FILE *out)
{
    for (int c = 0; c < g->columns; c++) {
        fputs(c ? " | " : "| ", out);
        for (int i = 0; i < width[c]; i++)
            fputc('-', out);
    }
    fputs(" |\n", out);
}

static void write_markdown(const struct grid *g, FILE *out)
{
    int width[COLUMNS];
    for (int c = 0; c < g->columns; c++)
        width[c] = width_of(g, c);
    for (int r = 0; r <= g->rows; r++) {
        for (int c = 0; c < g->columns; c++) {
            char *cell = *cell_at(g, r, c);
            replace_bars(cell);
            fprintf(out, "%s%s%*s", c ? " | " : "| ", cell,
                    width[c] - letters(cell), "");
        }
        fputs(" |\n", out);
        if (r == 0)
            write_rule(g, width, out);
    }
}

/* ---- CSV ---- */

static void write_quoted(const char *text, FILE *out)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* Columns a key takes: 1, a figure 3, one over seeds 5. */
static int parts_of(const json_t *rows, const char *key)
{
    size_t i;
    json_t *row;
    int parts = 1;
    json_array_foreach (rows, i, row) {
        const json_t *value = json_object_get(row, key);
        if (json_is_object(value) && parts < 3)
            parts = 3;
        if (json_object_get(value, "sd"))
            parts = 5;
    }
    return parts;
}

static void write_figure(const json_t *value, int parts, FILE *out)
{
    const json_t *sd = json_object_get(value, "sd");
    if (json_is_object(value))
        fprintf(out, "%.6f", sr_figure_accuracy(value));
    if (sr_figure_has_interval(value))
        fprintf(out, ",%.6f,%.6f", sr_figure_bound(value, 0),
                sr_figure_bound(value, 1));
    else
        fputs(",,", out);
    if (parts == 5 && sd)
        fprintf(out, ",%.6f,%lld", json_number_value(sd),
                (long long)json_integer_value(json_object_get(value, "n")));
    else if (parts == 5)
        fputs(json_is_object(value) ? ",,1" : ",,", out);
}

static void write_csv_head(const struct grid *g, const json_t *rows, FILE *out)
{
    static const char *const ends[] = {"", "_low", "_high", "_sd", "_n"};
    char name[SR_TABLE_CELL + 8];
    for (int c = 0; c < g->columns; c++)
        for (int i = 0; i < parts_of(rows, g->key[c]); i++) {
            snprintf(name, sizeof name, "%s%s", g->key[c], ends[i]);
            fputs(c || i ? "," : "", out);
            write_quoted(name, out);
        }
    fputc('\n', out);
}

static void write_csv(const struct grid *g, const json_t *rows, FILE *out)
{
    write_csv_head(g, rows, out);
    int parts[COLUMNS];
    for (int c = 0; c < g->columns; c++)
        parts[c] = parts_of(rows, g->key[c]);
    for (int r = 0; r < g->rows; r++) {
        const json_t *row = json_array_get(rows, (size_t)r);
        for (int c = 0; c < g->columns; c++) {
            fputs(c ? "," : "", out);
            if (parts[c] > 1)
                write_figure(json_object_get(row, g->key[c]), parts[c], out);
            else
                write_quoted(*cell_at(g, 1 + r, c), out);
        }
        fputc('\n', out);
    }
}

/* ---- LaTeX ---- */

void sr_table_put_latex(const char *text, FILE *out)
{
    static const struct {
        const char *is, *written;
    } special[] = {{"\\", "\\textbackslash{}"},
                   {"{", "\\{"},
                   {"}", "\\}"},
                   {"$", "\\$"},
                   {"&", "\\&"},
                   {"#", "\\#"},
                   {"_", "\\_"},
                   {"%", "\\%"},
                   {"~", "\\textasciitilde{}"},
                   {"^", "\\textasciicircum{}"},
                   {"<", "\\textless{}"},
                   {">", "\\textgreater{}"},
                   {"|", "\\textbar{}"},
                   {"†", "$^{\\dagger}$"},
                   {"±", "$\\pm$"},
                   {"\n", " "}};
    enum { SPECIAL = sizeof special / sizeof *special };
    while (*text) {
        int i = 0;
        while (i < SPECIAL &&
               strncmp(text, special[i].is, strlen(special[i].is)) != 0)
            i++;
        if (i < SPECIAL) {
            fputs(special[i].written, out);
            text += strlen(special[i].is);
        } else {
            fputc(*text++, out);
        }
    }
}

/* Figures are written by their style, which is LaTeX already. */
static void write_latex_row(const struct grid *g, const json_t *row, int r,
                            FILE *out)
{
    for (int c = 0; c < g->columns; c++) {
        fputs(c ? " & " : "", out);
        if (r > 0 && json_is_object(json_object_get(row, g->key[c])))
            fputs(*cell_at(g, r, c), out);
        else
            sr_table_put_latex(*cell_at(g, r, c), out);
    }
    fputs(" \\\\\n", out);
}

static void write_latex(const struct grid *g, const json_t *rows, FILE *out)
{
    fputs("\\begin{tabular}{", out);
    for (int c = 0; c < g->columns; c++)
        fputc(parts_of(rows, g->key[c]) > 1 ? 'r' : 'l', out);
    fputs("}\n\\toprule\n", out);
    write_latex_row(g, NULL, 0, out);
    fputs("\\midrule\n", out);
    for (int r = 1; r <= g->rows; r++)
        write_latex_row(g, json_array_get(rows, (size_t)r - 1), r, out);
    fputs("\\bottomrule\n\\end{tabular}\n", out);
}

/* ---- all three ---- */

char *sr_table_of(const json_t *rows, const json_t *columns,
                  enum sr_table_format format, struct sr_arena *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    SR_REQUIRE(out != NULL);
    const struct grid g = make_grid(rows, columns, &styles[format], arena);
    if (format == SR_TABLE_MD)
        write_markdown(&g, out);
    else if (format == SR_TABLE_CSV)
        write_csv(&g, rows, out);
    else
        write_latex(&g, rows, out);
    SR_REQUIRE(fclose(out) == 0);
    char *copy = sr_arena_text(arena, text);
    free(text);
    return copy;
}

char *sr_table_text(const json_t *rows, enum sr_table_format format,
                    struct sr_arena *arena)
{
    return sr_table_of(rows, NULL, format, arena);
}
