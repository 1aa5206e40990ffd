#include "report/grid.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <stb/stb_easy_font.h>

#include "report/png.h"

enum {
    FONT = 2,         /* pixels of the picture per unit of the font           */
    LINE = 12,        /* font units from one line to the next                 */
    GAP = 16,         /* pixels between columns, rows, and to the border      */
    IMAGE_SIDE = 128, /* images are enlarged to at least this                */
    LETTERS = 120,    /* of one text; the rest is cut                         */
};

struct ink {
    unsigned char r, g, b;
};
static const struct ink inks[SR_INKS] = {
    [SR_INK_PLAIN] = {45, 45, 45},
    [SR_INK_RIGHT] = {0, 110, 40},
    [SR_INK_WRONG] = {190, 20, 20},
};

struct canvas {
    int w, h;
    unsigned char *rgb; /* [h][w][3] */
};

/* Where everything goes, in pixels of the picture. */
struct layout {
    int zoom;
    int image_w, image_h; /* enlarged                    */
    int column, row;      /* from one cell to the next   */
    int left, top;        /* of the first cell           */
};

static void fill(struct canvas *to, int x, int y, int w, int h, struct ink ink)
{
    for (int i = y < 0 ? 0 : y; i < y + h && i < to->h; i++)
        for (int j = x < 0 ? 0 : x; j < x + w && j < to->w; j++)
            memcpy(to->rgb + 3 * ((size_t)i * (size_t)to->w + (size_t)j), &ink,
                   3);
}

/* The font's tables have rows for ' ' to '~'. */
static void printable(const char *text, char out[LETTERS + 1])
{
    size_t n = 0;
    for (; n < LETTERS && text[n]; n++) {
        const bool known =
            (text[n] >= ' ' && text[n] <= '~') || text[n] == '\n';
        out[n] = known ? text[n] : '?';
    }
    out[n] = '\0';
}

static int text_width(const char *text)
{
    char letters[LETTERS + 1];
    if (!text)
        return 0;
    printable(text, letters);
    return FONT * stb_easy_font_width(letters);
}

/* The font comes as axis-parallel boxes, four corners each. */
static void write_text(struct canvas *to, int x, int y, const char *text,
                       struct ink ink)
{
    struct corner {
        float x, y, z;
        unsigned char colour[4];
    } corners[LETTERS * 4 * 24];
    char letters[LETTERS + 1];

    printable(text, letters);
    const int boxes =
        stb_easy_font_print(0, 0, letters, NULL, corners, sizeof corners);
    for (int i = 0; i < boxes; i++) {
        const struct corner *a = &corners[4 * i], *b = &corners[4 * i + 2];
        fill(to, x + FONT * (int)lrintf(a->x), y + FONT * (int)lrintf(a->y),
             FONT * (int)lrintf(b->x - a->x), FONT * (int)lrintf(b->y - a->y),
             ink);
    }
}

static void paint_image(struct canvas *to, int x, int y, int zoom,
                        const struct sr_grid *grid, const float *pixels)
{
    for (int i = 0; i < grid->h; i++)
        for (int j = 0; j < grid->w; j++) {
            unsigned char v[3];
            const float *p =
                pixels +
                ((size_t)i * (size_t)grid->w + (size_t)j) * (size_t)grid->c;
            sr_png_bytes((size_t)grid->c, p, v);
            const bool colour = grid->c == 3;
            fill(to, x + j * zoom, y + i * zoom, zoom, zoom,
                 (struct ink){v[0], v[colour ? 1 : 0], v[colour ? 2 : 0]});
        }
}

static int larger(int a, int b) { return a > b ? a : b; }

static int widest_caption(const struct sr_grid *grid)
{
    int widest = 0;
    for (int i = 0; i < grid->rows * grid->columns; i++)
        for (int l = 0; l < 2; l++)
            widest = larger(widest, text_width(grid->cell[i].line[l]));
    return widest;
}

static struct layout plan(const struct sr_grid *grid)
{
    struct layout at = {0};
    int labels = 0;

    for (int i = 0; i < grid->rows; i++)
        labels = larger(labels, text_width(grid->label[i]));
    const int side = larger(grid->h, grid->w);
    at.zoom = (IMAGE_SIDE + side - 1) / side;
    at.image_w = grid->w * at.zoom;
    at.image_h = grid->h * at.zoom;
    at.column = larger(at.image_w, widest_caption(grid)) + GAP;
    at.row = at.image_h + 2 * LINE * FONT + GAP + GAP / 2;
    at.left = GAP + labels + GAP;
    at.top = GAP + LINE * FONT + GAP;
    return at;
}

/* Captions and image are centred on the column. */
static void paint_cell(struct canvas *to, const struct sr_grid *grid,
                       const struct layout *at, int row, int column)
{
    const struct sr_grid_cell *cell = &grid->cell[row * grid->columns + column];
    const int middle = at->left + column * at->column + (at->column - GAP) / 2;
    int y = at->top + row * at->row;

    paint_image(to, middle - at->image_w / 2, y, at->zoom, grid, cell->pixels);
    y += at->image_h + GAP / 2;
    for (int l = 0; l < 2; l++, y += LINE * FONT)
        if (cell->line[l])
            write_text(to, middle - text_width(cell->line[l]) / 2, y,
                       cell->line[l], inks[cell->ink]);
}

enum sr_status sr_grid_write(const struct sr_grid *grid, const char *path,
                             struct sr_arena *scratch, struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const struct layout at = plan(grid);
    struct canvas to = {
        .w = larger(at.left + grid->columns * at.column,
                    2 * GAP + text_width(grid->title)),
        .h = at.top + grid->rows * at.row,
    };

    to.rgb = SR_TAKE(scratch, 3 * (size_t)to.w * (size_t)to.h, unsigned char);
    memset(to.rgb, 255, 3 * (size_t)to.w * (size_t)to.h);
    write_text(&to, GAP, GAP, grid->title, inks[SR_INK_PLAIN]);
    for (int i = 0; i < grid->rows; i++) {
        write_text(&to, GAP, at.top + i * at.row + at.image_h / 2 - LINE,
                   grid->label[i], inks[SR_INK_PLAIN]);
        for (int j = 0; j < grid->columns; j++)
            paint_cell(&to, grid, &at, i, j);
    }
    const enum sr_status status =
        sr_png_write(path, to.h, to.w, 3, to.rgb, err);
    sr_arena_release(scratch, mark);
    return status;
}
