#include "attack/square.h"

#include <math.h>
#include <string.h>

#include "attack/attack_list.h"

enum { BEST, ROWS };

struct state {
    long long queries; /* proposed so far   */
    float margin;      /* of the best point */
};

int sr_square_side(long long query, int h, int w)
{
    static const int halved_after[] = {10,   50,   200,  500, 1000,
                                       2000, 4000, 6000, 8000};
    double share = 0.8;

    for (size_t i = 0; i < sizeof halved_after / sizeof *halved_after; i++)
        if (query > halved_after[i])
            share /= 2;
    return (int)lround(sqrt(share * h * w));
}

float sr_square_coin(uint64_t key, uint64_t i)
{
    return sr_rng_bits(key, i) >> 63 ? 1.0f : -1.0f;
}

/* As far up or down as ball and pixel range let it. */
static float edge_of(const struct sr_trial *t, size_t i, float sign)
{
    const float to = t->x[i] + sign * t->ball->epsilon;
    return to < 0 ? 0 : to > 1 ? 1 : to;
}

/* Vertical stripes, a draw for each column and channel. */
static void begin(struct sr_trial *t)
{
    const size_t row = (size_t)t->w * (size_t)t->c;
    for (size_t i = 0; i < t->ball->pixels; i++)
        t->at[i] = edge_of(t, i, sr_square_coin(t->key, i % row));
}

int sr_square_place(uint64_t key, uint64_t i, int n, int s)
{
    return n > s ? (int)sr_rng_below(key, i, (uint64_t)(n - s)) : 0;
}

/* Write the square of a query to t->at.  Does it change anything? */
static bool propose(struct sr_trial *t, long long query)
{
    const uint64_t key = sr_rng_mix(t->key ^ (uint64_t)(query + 1));
    const int most = t->h < t->w ? t->h : t->w;
    const int want = sr_square_side(query, t->h, t->w);
    const int s = want > most ? most : want < 1 ? 1 : want;
    const int top = sr_square_place(key, 0, t->h, s);
    const int left = sr_square_place(key, 1, t->w, s);
    bool changes = false;

    t->news = (struct sr_patch){top, left, s, s};
    for (int y = top; y < top + s; y++)
        for (int x = left; x < left + s; x++)
            for (int k = 0; k < t->c; k++) {
                const size_t i = (size_t)((y * t->w + x) * t->c + k);
                const float sign = sr_square_coin(key, 2 + (uint64_t)k);
                const float to = edge_of(t, i, sign);
                changes = changes || to != t->at[i];
                t->at[i] = to;
            }
    return changes;
}

/* A proposal that changes nothing is not asked about: it would be refused. */
static bool step(struct sr_trial *t)
{
    struct state *s = t->state;
    const size_t bytes = t->ball->pixels * sizeof *t->at;

    if (t->looked == 1 || t->margin > s->margin) {
        s->margin = t->margin;
        memcpy(t->row[BEST], t->at, bytes);
        t->renewed = t->news;
    } else {
        memcpy(t->at, t->row[BEST], bytes);
        t->renewed = (struct sr_patch){0};
    }
    t->base = t->row[BEST];
    while (s->queries < t->o->steps)
        if (propose(t, s->queries++))
            return true;
    return false;
}

const struct sr_search sr_square_linf_search = {
    .state = sizeof(struct state),
    .rows = ROWS,
    .near = true,
    .begin = begin,
    .step = step,
};

static const struct sr_search *const searches[SR_NORMS] = {
    [SR_LINF] = &sr_square_linf_search,
    [SR_L2] = &sr_square_lp_search,
    [SR_L1] = &sr_square_lp_search,
};

const struct sr_attack sr_attack_square = {
    .name = "square",
    .form = "square[-QUERIES[xRESTARTS]]",
    .source = "Andriushchenko et al. 2020",
    .number = SR_NUMBER_ALLOWED,
    .steps = 5000,
    .search = searches,
};
