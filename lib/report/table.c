#include "report/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

const char *sr_table_format_name(int i)
{
    static const char *const names[] = {"md", "csv", "json"};
    return i >= 0 && i < 3 ? names[i] : NULL;
}

/* Cells are made first, because a column is as wide as its widest. */
enum { COLUMNS = 96, CELL = 256 };

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

static json_t *interval_of(const json_t *value)
{
    return json_object_get(value, "interval_95");
}

static double bound(const json_t *value, size_t i)
{
    return json_number_value(json_array_get(interval_of(value), i));
}

static double accuracy(const json_t *value)
{
    return json_number_value(json_object_get(value, "accuracy"));
}

/* A scalar as text, a real with so many digits; a proportion as per cent. */
static void format_cell(const json_t *value, int digits, char *text)
{
    text[0] = '\0';
    if (json_is_string(value))
        snprintf(text, CELL, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, CELL, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, CELL, "%.*g", digits, json_real_value(value));
    else if (json_is_boolean(value))
        snprintf(text, CELL, "%s", json_is_true(value) ? "true" : "false");
    else if (json_is_object(value))
        snprintf(text, CELL, "%.2f (%.2f-%.2f)", 100 * accuracy(value),
                 100 * bound(value, 0), 100 * bound(value, 1));
}

static char **cell_at(const struct grid *g, int row, int column)
{
    return &g->cell[row * g->columns + column];
}

static struct grid make_grid(const json_t *rows, int digits,
                             struct sr_arena *arena)
{
    struct grid g = {.rows = (int)json_array_size(rows)};
    char text[CELL];
    size_t i;
    json_t *row, *value;
    const char *key;
    json_array_foreach (rows, i, row) {
        json_object_foreach (row, key, value) {
            add_column(&g, key);
        }
    }
    g.cell = SR_TAKE(arena, (1 + g.rows) * g.columns, char *);
    for (int c = 0; c < g.columns; c++)
        *cell_at(&g, 0, c) = sr_arena_text(arena, g.key[c]);
    json_array_foreach (rows, i, row) {
        for (int c = 0; c < g.columns; c++) {
            format_cell(json_object_get(row, g.key[c]), digits, text);
            *cell_at(&g, 1 + (int)i, c) = sr_arena_text(arena, text);
        }
    }
    return g;
}

/* ---- markdown ---- */

static int width_of(const struct grid *g, int column)
{
    int width = 3;
    for (int r = 0; r <= g->rows; r++) {
        const int length = (int)strlen(*cell_at(g, r, column));
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

static void write_rule(const struct grid *g, FILE *out)
{
    for (int c = 0; c < g->columns; c++) {
        fputs(c ? " | " : "| ", out);
        for (int i = 0; i < width_of(g, c); i++)
            fputc('-', out);
    }
    fputs(" |\n", out);
}

static void write_markdown(const struct grid *g, FILE *out)
{
    for (int r = 0; r <= g->rows; r++) {
        for (int c = 0; c < g->columns; c++) {
            replace_bars(*cell_at(g, r, c));
            fprintf(out, "%s%-*s", c ? " | " : "| ", width_of(g, c),
                    *cell_at(g, r, c));
        }
        fputs(" |\n", out);
        if (r == 0)
            write_rule(g, out);
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

static bool is_proportion(const json_t *rows, const char *key)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        if (interval_of(json_object_get(row, key)))
            return true;
    }
    return false;
}

static void write_proportion(const json_t *value, FILE *out)
{
    if (interval_of(value))
        fprintf(out, "%.6f,%.6f,%.6f", accuracy(value), bound(value, 0),
                bound(value, 1));
    else
        fputs(",,", out);
}

static void write_csv_head(const struct grid *g, const json_t *rows, FILE *out)
{
    static const char *const ends[] = {"", "_low", "_high"};
    char name[CELL + 8];
    for (int c = 0; c < g->columns; c++)
        for (int i = 0; i < (is_proportion(rows, g->key[c]) ? 3 : 1); i++) {
            snprintf(name, sizeof name, "%s%s", g->key[c], ends[i]);
            fputs(c || i ? "," : "", out);
            write_quoted(name, out);
        }
    fputc('\n', out);
}

static void write_csv(const struct grid *g, const json_t *rows, FILE *out)
{
    write_csv_head(g, rows, out);
    for (int r = 0; r < g->rows; r++) {
        const json_t *row = json_array_get(rows, (size_t)r);
        for (int c = 0; c < g->columns; c++) {
            fputs(c ? "," : "", out);
            if (is_proportion(rows, g->key[c]))
                write_proportion(json_object_get(row, g->key[c]), out);
            else
                write_quoted(*cell_at(g, 1 + r, c), out);
        }
        fputc('\n', out);
    }
}

/* ---- all three ---- */

static void write_json(const json_t *rows, FILE *out)
{
    json_t *all = json_pack("{s:s, s:O}", "schema", "satrun.report/1", "rows",
                            (json_t *)rows);
    json_dumpf(all, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(all);
}

char *sr_table_text(const json_t *rows, enum sr_table_format format,
                    struct sr_arena *arena)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    SR_REQUIRE(out != NULL);
    const struct grid g =
        make_grid(rows, format == SR_TABLE_CSV ? 9 : 6, arena);
    if (format == SR_TABLE_MD)
        write_markdown(&g, out);
    else if (format == SR_TABLE_CSV)
        write_csv(&g, rows, out);
    else
        write_json(rows, out);
    SR_REQUIRE(fclose(out) == 0);
    char *copy = sr_arena_text(arena, text);
    free(text);
    return copy;
}
