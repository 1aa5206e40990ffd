/* The picture of `satrun attack`. */
#include <math.h>
#include <string.h>

#include "attack_files.h"
#include "eval_flags.h"
#include "report/grid.h"

enum { ROWS = 3, COLUMNS = 8 };

struct picture {
    const struct sr_examples *e;
    const struct sr_setup *s;
    int columns, pick[COLUMNS];
    float magnify;
    struct sr_grid_cell cell[ROWS * COLUMNS];
};

static const char *class_name(const struct sr_setup *s, int class)
{
    return s->data->class_name ? s->data->class_name[class]
                               : sr_arena_format(s->arena, "class %d", class);
}

static struct sr_grid_cell said(const struct picture *p, const float *x, int at,
                                const struct sr_saying *says)
{
    const char *confidence =
        sr_arena_format(p->s->arena, "%.1f%%", 100 * (double)says->confidence);
    return (struct sr_grid_cell){x + (size_t)at * p->e->pixels,
                                 {class_name(p->s, says->class), confidence},
                                 says->right ? SR_INK_RIGHT : SR_INK_WRONG};
}

static float largest_change(const struct picture *p)
{
    float largest = 0;
    for (int k = 0; k < p->columns; k++) {
        const size_t at = (size_t)p->pick[k] * p->e->pixels;
        for (size_t i = at; i < at + p->e->pixels; i++)
            largest =
                fmaxf(largest, fabsf(p->e->adversarial[i] - p->e->clean[i]));
    }
    return largest;
}

/* Grey is no change. */
static struct sr_grid_cell difference(const struct picture *p, int at)
{
    const struct sr_examples *e = p->e;
    const size_t from = (size_t)at * e->pixels;
    float *x = SR_TAKE(p->s->arena, e->pixels, float);

    for (size_t i = 0; i < e->pixels; i++)
        x[i] =
            0.5f + p->magnify * (e->adversarial[from + i] - e->clean[from + i]);
    const char *size = sr_arena_format(
        p->s->arena, "%s %.3g", sr_norm_name(e->attack.stage[0].opts.norm),
        e->distance[at]);
    return (struct sr_grid_cell){x, {size, NULL}, SR_INK_PLAIN};
}

static void lay_out(struct picture *p)
{
    const struct sr_examples *e = p->e;
    const float largest = largest_change(p);

    p->magnify = largest > 0 ? 0.5f / largest : 1;
    for (int k = 0; k < p->columns; k++) {
        const int at = p->pick[k];
        p->cell[k] = said(p, e->clean, at, &e->before[at]);
        p->cell[p->columns + k] = said(p, e->adversarial, at, &e->after[at]);
        p->cell[2 * p->columns + k] = difference(p, at);
    }
}

enum sr_status sr_attack_grid_write(const char *path,
                                    const struct sr_examples *e,
                                    const struct sr_setup *s,
                                    struct sr_err *err)
{
    struct picture p = {.e = e, .s = s};
    p.columns = sr_eval_pick(e, COLUMNS, p.pick, s->arena);
    lay_out(&p);

    const char *label[ROWS] = {
        "clean", "adversarial",
        sr_arena_format(s->arena, "difference\nx %.3g", (double)p.magnify)};
    const struct sr_grid grid = {
        .title = sr_arena_format(
            s->arena, "%s: %s, %s, epsilon %s", s->exp->top.name,
            e->attack.word, sr_norm_name(e->attack.stage[0].opts.norm),
            sr_eval_levels(e->attack.stage[0].opts.epsilon, s->arena)),
        .rows = ROWS,
        .columns = p.columns,
        .h = s->data->h,
        .w = s->data->w,
        .c = s->data->c,
        .label = label,
        .cell = p.cell,
    };
    return sr_grid_write(&grid, path, s->arena, err);
}
