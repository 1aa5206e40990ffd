/* The Square attack for L2 and L1: the perturbation of one window is removed
 * and its length given to a bump in another.  square.h has the source. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attack/norm.h"
#include "attack/square.h"

enum { BEST, CHANGE, BUMP, ROWS };
enum { LEAST = 3, TILES = 5 };

struct state {
    long long queries; /* proposed so far   */
    float margin;      /* of the best point */
};

/* h x w pixels of the image. */
struct window {
    int top, left, h, w;
};

static size_t place(const struct sr_trial *t, const struct window *v, int y,
                    int x, int k)
{
    return (size_t)(((v->top + y) * t->w + v->left + x) * t->c + k);
}

static bool covers(const struct window *v, int y, int x)
{
    return y >= v->top && y < v->top + v->h && x >= v->left &&
           x < v->left + v->w;
}

/* ---- lengths, whose p-th powers add up ---- */

static double power(const struct sr_trial *t, double d)
{
    return t->ball->norm == SR_L2 ? d * d : fabs(d);
}

static double root(const struct sr_trial *t, double sum)
{
    return t->ball->norm == SR_L2 ? sqrt(sum) : sum;
}

/* Of channel k of a window, and of all of it that `out` does not cover. */
static double power_of_channel(const struct sr_trial *t, const float *d,
                               const struct window *v, int k)
{
    double sum = 0;
    for (int y = 0; y < v->h; y++)
        for (int x = 0; x < v->w; x++)
            sum += power(t, (double)d[place(t, v, y, x, k)]);
    return sum;
}

static double take_out(const struct sr_trial *t, float *d,
                       const struct window *v, const struct window *out)
{
    double sum = 0;
    for (int y = 0; y < v->h; y++)
        for (int x = 0; x < v->w; x++)
            for (int k = 0; k < t->c && !covers(out, v->top + y, v->left + x);
                 k++) {
                sum += power(t, (double)d[place(t, v, y, x, k)]);
                d[place(t, v, y, x, k)] = 0;
            }
    return sum;
}

/* ---- bumps ---- */

/* One half of a bump, h x w: rings around the middle, the r-th, from 1, 1 / r^2
 * above the next one. */
static double rings(int h, int w, int y, int x)
{
    const int outer = (h > w ? h : w) / 2;
    const int down = abs(y - h / 2), across = abs(x - w / 2);
    double sum = 0;
    for (int m = down > across ? down : across; m <= outer; m++)
        sum += 1.0 / ((m + 1.0) * (m + 1.0));
    return sum;
}

/* Write one half, whose powers add up to 1/2, into a bump of v->h x v->w: from
 * .. to - 1 of its rows, or, when flat, of its columns. */
static void half_bump(const struct sr_trial *t, const struct window *v,
                      bool flat, int from, int to, float *out)
{
    const int h = flat ? v->h : to - from, w = flat ? to - from : v->w;
    const int down = flat ? 0 : from, across = flat ? from : 0;
    const double sign = from == 0 ? 1 : -1;
    double sum = 0;

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            sum += power(t, rings(h, w, y, x));
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            out[(y + down) * v->w + x + across] =
                (float)(sign * rings(h, w, y, x) / root(t, 2 * sum));
}

/* Row BUMP = a bump of length 1, up in its first half and down in the other,
 * cut across its rows or, when flat, across its columns. */
static void make_bump(struct sr_trial *t, const struct window *v, bool flat)
{
    const int n = flat ? v->w : v->h;
    half_bump(t, v, flat, 0, n / 2, t->row[BUMP]);
    half_bump(t, v, flat, n / 2, n, t->row[BUMP]);
}

/* ---- points ---- */

/* t->at = the image changed so, at the length of the radius, cut by [0, 1]. */
static void apply(struct sr_trial *t, const float *change)
{
    const double length =
        sr_norm_at(t->ball->norm)->length(t->ball->pixels, change);
    const float scale =
        length > 0 ? (float)((double)t->ball->epsilon / length) : 0;
    for (size_t i = 0; i < t->ball->pixels; i++)
        t->at[i] = t->x[i] + scale * change[i];
    sr_ball_project(t->ball, t->x, t->at);
}

/* Pixels before the first of TILES tiles of this side, on an axis of n. */
static int border(int side, int n)
{
    const int rest = (n - TILES * side) / 2;
    return rest > 0 && rest < side ? rest : 0;
}

/* How many whole tiles follow: TILES, on a long axis more.  What is left over
 * at the end stays as it is: no square would ever reach it again, and its share
 * of the radius would be lost. */
static int tiles(int side, int n) { return (n - border(side, n)) / side; }

static struct window tile(const struct sr_trial *t, int side, int i, int j)
{
    return (struct window){border(side, t->h) + i * side,
                           border(side, t->w) + j * side, side, side};
}

/* Bumps side by side, about five times five. */
static void begin(struct sr_trial *t)
{
    const int least = t->h < t->w ? t->h : t->w;
    const int side = least >= TILES ? least / TILES : 1;
    float *change = t->row[CHANGE];
    uint64_t draw = 0;

    memset(change, 0, t->ball->pixels * sizeof *change);
    for (int i = 0; i < tiles(side, t->h); i++)
        for (int j = 0; j < tiles(side, t->w); j++) {
            const struct window v = tile(t, side, i, j);
            make_bump(t, &v, sr_square_coin(t->key, draw++) > 0);
            for (int k = 0; k < t->c; k++) {
                const float sign = sr_square_coin(t->key, draw++);
                for (int p = 0; p < v.h * v.w; p++)
                    change[place(t, &v, p / v.w, p % v.w, k)] =
                        sign * t->row[BUMP][p];
            }
        }
    apply(t, change);
}

static struct window draw_window(const struct sr_trial *t, uint64_t key,
                                 uint64_t i, int side)
{
    struct window v = {.h = side < t->h ? side : t->h,
                       .w = side < t->w ? side : t->w};
    v.top = sr_square_place(key, i, t->h, v.h);
    v.left = sr_square_place(key, i + 1, t->w, v.w);
    return v;
}

/* Channel k of the window: its direction of old and the bump, both of length 1,
 * added up and brought to this length. */
static void renew(const struct sr_trial *t, const struct window *v, int k,
                  float sign, double length, float *change)
{
    const double old = root(t, power_of_channel(t, change, v, k));
    for (int p = 0; p < v->h * v->w; p++) {
        float *d = &change[place(t, v, p / v->w, p % v->w, k)];
        *d = sign * t->row[BUMP][p] + (float)((double)*d / (1e-12 + old));
    }
    const double now = root(t, power_of_channel(t, change, v, k));
    for (int p = 0; p < v->h * v->w; p++)
        change[place(t, v, p / v->w, p % v->w, k)] *=
            (float)(length / (1e-12 + now));
}

/* What is left of the radius, and what was in both windows, goes to one. */
static void propose(struct sr_trial *t, uint64_t key, int side)
{
    const struct window to = draw_window(t, key, 0, side);
    const struct window from = draw_window(t, key, 2, side);
    const size_t pixels = t->ball->pixels;
    float *change = t->row[CHANGE];

    for (size_t i = 0; i < pixels; i++)
        change[i] = t->row[BEST][i] - t->x[i];
    const double used =
        power(t, sr_norm_at(t->ball->norm)->length(pixels, change));
    const double spare = power(t, (double)t->ball->epsilon) - used;
    double moved = take_out(t, change, &from, &to);
    for (int k = 0; k < t->c; k++)
        moved += power_of_channel(t, change, &to, k);
    const double length = root(t, (spare > 0 ? spare : 0) / t->c + moved);

    make_bump(t, &to, sr_square_coin(key, 4) > 0);
    for (int k = 0; k < t->c; k++)
        renew(t, &to, k, sr_square_coin(key, 5 + (uint64_t)k), length, change);
    apply(t, change);
}

static bool step(struct sr_trial *t)
{
    struct state *s = t->state;

    if (t->looked == 1 || t->margin > s->margin) {
        s->margin = t->margin;
        memcpy(t->row[BEST], t->at, t->ball->pixels * sizeof *t->at);
    }
    if (s->queries == t->o->steps)
        return false;
    const int side = sr_square_side(s->queries, t->h, t->w);
    s->queries++;
    propose(t, sr_rng_mix(t->key ^ (uint64_t)s->queries),
            (side > LEAST ? side : LEAST) | 1);
    return true;
}

const struct sr_search sr_square_lp_search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .begin = begin,
    .step = step,
};
