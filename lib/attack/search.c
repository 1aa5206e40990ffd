#include "attack/search.h"

#include <math.h>
#include <string.h>

/* A row of the batch, and the image that has it. */
struct place {
    struct sr_trial t;
    int image;  /* of job->b                                              */
    int run;    /* restarts of the first target, then of the next; -1: the
                   image itself is being looked at                        */
    float best; /* largest margin inside the ball so far           */
    long long looked; /* points of all runs so far                       */
    float *kept;      /* the oracle's, about t.base */
    uint64_t forwards, backwards; /* queries made for it                 */
    bool broken, over;
};

struct crew {
    const struct sr_search *how;
    const struct sr_attack_job *job;
    struct sr_oracle *f;
    struct sr_ball ball;
    int places, n; /* rows there are; rows taken, the first ones */
    int next;      /* images taken so far                        */
    int done, broken;
    struct place *place;
    struct sr_neighbour *neighbour; /* [places]; NULL: points are asked about as
                                       they are */
    float *at, *z, *dz, *g;         /* [places] rows of pixels or classes */
    float *sum;                     /* with eot: g added up               */
    int k;                          /* the loss g is the gradient of      */
};

static float *pixel_row(const struct crew *c, float *rows, int i)
{
    return rows + (size_t)i * c->ball.pixels;
}

static float *class_row(const struct crew *c, float *rows, int i)
{
    return rows + (size_t)i * (size_t)c->f->classes;
}

static void furnish(const struct crew *c, struct place *p,
                    struct sr_arena *scratch)
{
    p->t = (struct sr_trial){.o = c->job->o,
                             .ball = &c->ball,
                             .h = c->f->h,
                             .w = c->f->w,
                             .c = c->f->c,
                             .classes = c->f->classes,
                             .clean = SR_TAKE(scratch, c->f->classes, float),
                             .state = SR_TAKE(scratch, c->how->state, char)};
    if (c->neighbour)
        p->kept = SR_TAKE(scratch, c->f->kept_floats, float);
    SR_REQUIRE(c->how->rows <= SR_SEARCH_ROWS);
    for (int r = 0; r < c->how->rows; r++)
        p->t.row[r] = SR_TAKE(scratch, c->ball.pixels, float);
}

/* Fills what its places will point into. */
static void assemble(struct crew *c, const struct sr_search *how,
                     const struct sr_attack_job *job, struct sr_oracle *f,
                     struct sr_arena *scratch)
{
    *c = (struct crew){.how = how,
                       .job = job,
                       .f = f,
                       .ball = sr_ball_of(job->o, f),
                       .places = job->n < f->batch ? job->n : f->batch};
    const size_t pixels = (size_t)c->places * c->ball.pixels;
    const size_t logits = (size_t)c->places * (size_t)f->classes;

    c->place = SR_TAKE(scratch, c->places, struct place);
    c->at = SR_TAKE(scratch, pixels, float);
    c->z = SR_TAKE(scratch, logits, float);
    c->dz = SR_TAKE(scratch, logits, float);
    c->g = SR_TAKE(scratch, how->slopes == SR_SLOPES_NONE ? 0 : pixels, float);
    if (how->near && f->near)
        c->neighbour = SR_TAKE(scratch, c->places, struct sr_neighbour);
    c->sum = SR_TAKE(scratch, job->o->eot > 1 ? pixels : 0, float);
    for (int i = 0; i < c->places; i++)
        furnish(c, &c->place[i], scratch);
}

/* ---- coming and going ---- */

/* The next point is like none before. */
static void forget(struct sr_trial *t)
{
    t->base = t->at;
    t->news = (struct sr_patch){0, 0, t->h, t->w};
    t->renewed = (struct sr_patch){0};
}

static void seat(struct crew *c, int i, int image)
{
    const struct sr_attack_batch *b = c->job->b;
    struct place *p = &c->place[i];
    p->image = image;
    p->run = -1;
    p->best = -INFINITY;
    p->looked = -1;
    p->forwards = p->backwards = 0;
    p->broken = p->over = false;
    p->t.x = b->x + (size_t)image * c->ball.pixels;
    p->t.y = b->y[image];
    p->t.at = pixel_row(c, c->at, i);
    memcpy(p->t.at, p->t.x, c->ball.pixels * sizeof *p->t.at);
    forget(&p->t);
}

static void fill_places(struct crew *c)
{
    for (; c->n < c->places && c->next < c->job->n; c->n++, c->next++)
        seat(c, c->n, c->job->which ? c->job->which[c->next] : c->next);
}

/* The last place takes over that of one who is done. */
static void vacate(struct crew *c, int i)
{
    struct place *to = &c->place[i], *from = &c->place[--c->n];
    const struct place left = *to;

    c->job->found[to->image] =
        (struct sr_found){to->broken ? c->job->stage : -1, to->looked,
                          to->forwards, to->backwards};
    c->done++;
    c->broken += to->broken;
    if (to == from)
        return;
    memcpy(left.t.at, from->t.at, c->ball.pixels * sizeof *left.t.at);
    *to = *from;
    *from = left; /* its memory is still needed */
    from->t.at = to->t.at;
    to->t.at = left.t.at;
}

/* Does class i come after class `last` in the order of ranks? */
static bool follows(const float *z, int i, int last)
{
    if (last < 0)
        return true;
    return z[i] == z[last] ? i > last : z[i] < z[last];
}

/* The class of the rank-th largest logit but y's, rank from 0; of equals the
 * first.  y where there are not so many. */
static int ranked(int classes, const float *z, int y, int rank)
{
    int last = -1;
    for (int r = 0; r <= rank; r++) {
        int best = y;
        for (int i = 0; i < classes; i++)
            if (i != y && follows(z, i, last) && (best == y || z[i] > z[best]))
                best = i;
        if (best == y)
            return y;
        last = best;
    }
    return last;
}

static int targets_of(const struct crew *c)
{
    const long long most = c->f->classes - 1, want = c->job->o->targets;
    return (int)(want < 1 ? 1 : want < most ? want : most);
}

static uint64_t hash(const char *name)
{
    uint64_t h = 0;
    for (; *name; name++)
        h = sr_rng_mix(h ^ (unsigned char)*name);
    return h;
}

uint64_t sr_search_key(const struct sr_attack_opts *o,
                       const struct sr_attack_batch *b, int image, int rank,
                       int restart)
{
    return sr_rng_key(b->seed, SR_RNG_SEARCH, b->epoch ^ hash(o->name),
                      b->id[image], (uint64_t)rank << 32 | (uint64_t)restart);
}

static void begin_next_run(const struct crew *c, struct place *p)
{
    const struct sr_attack_opts *o = c->job->o;
    const int restarts = (int)o->restarts;

    if (++p->run == targets_of(c) * restarts) {
        p->over = true;
        return;
    }
    const int rank = p->run / restarts;
    p->t.restart = p->run % restarts;
    p->t.target = ranked(c->f->classes, p->t.clean, p->t.y, rank);
    p->t.key = sr_search_key(o, c->job->b, p->image, rank, p->t.restart);
    p->t.looked = 0;
    memset(p->t.state, 0, c->how->state);
    forget(&p->t);
    c->how->begin(&p->t);
}

/* ---- a round: every place looks at one point ---- */

static void ask(struct crew *c)
{
    for (int i = 0; c->neighbour && i < c->n; i++) {
        const struct sr_trial *t = &c->place[i].t;
        c->neighbour[i] = (struct sr_neighbour){t->at, t->base, t->news,
                                                t->renewed, c->place[i].kept};
    }
    if (c->neighbour)
        sr_oracle_near(c->f, c->n, c->neighbour, c->z);
    else
        sr_oracle_logits(c->f, c->n, c->at, c->z);
}

static void hear_piece(void *of, int i, int worker)
{
    (void)worker;
    struct crew *c = of;
    struct place *p = &c->place[i];
    struct sr_trial *t = &p->t;

    t->z = class_row(c, c->z, i);
    t->g = pixel_row(c, c->g, i);
    t->looked++;
    p->looked++;
    const bool wrong = sr_oracle_wrong(t->classes, t->z, t->y);
    sr_loss(SR_LOSS_MARGIN, 1, t->classes, t->z, &t->y, &t->margin, NULL);
    if (!isfinite(t->margin))
        t->margin = INFINITY;

    const bool inside = !c->how->roams || p->run < 0 ||
                        sr_ball_excess(t->ball, t->x, t->at) <= 0;
    p->broken = p->over = wrong && inside;
    if (p->broken || (inside && t->margin > p->best)) {
        p->best = t->margin;
        memcpy(pixel_row(c, c->job->adv, p->image), t->at,
               t->ball->pixels * sizeof *t->at);
    }
}

static bool is_searching(const struct place *p)
{
    return !p->over && p->run >= 0;
}

/* g = gradients of loss k of every place, from the logits of the last forward;
 * who does not need one gets zeros. */
static void differentiate(struct crew *c)
{
    for (int i = 0; i < c->n; i++) {
        struct sr_trial *t = &c->place[i].t;
        float *dz = class_row(c, c->dz, i);
        const int k = c->k + (c->how->slopes == SR_SLOPES_EACH && c->k >= t->y);
        if (is_searching(&c->place[i]))
            t->value = c->how->loss(t, k, dz);
        else
            memset(dz, 0, (size_t)t->classes * sizeof *dz);
    }
    sr_oracle_backward(c->f, c->n, c->dz, c->g);
}

/* The mean over o->eot passes, for networks that draw at random. */
static void average(struct crew *c)
{
    const size_t count = (size_t)c->n * c->ball.pixels;
    const long long eot = c->job->o->eot;

    memcpy(c->sum, c->g, count * sizeof *c->g);
    for (long long e = 1; e < eot; e++) {
        sr_oracle_logits(c->f, c->n, c->at, c->z);
        differentiate(c);
        for (size_t i = 0; i < count; i++)
            c->sum[i] += c->g[i];
    }
    for (size_t i = 0; i < count; i++)
        c->g[i] = c->sum[i] / (float)eot;
}

static void gather_piece(void *of, int i, int worker)
{
    (void)worker;
    struct crew *c = of;
    struct sr_trial *t = &c->place[i].t;
    if (is_searching(&c->place[i]))
        c->how->gather(t, c->k + (c->k >= t->y));
}

static void ask_slopes(struct crew *c)
{
    const int losses[] = {[SR_SLOPES_NONE] = 0,
                          [SR_SLOPES_ONE] = 1,
                          [SR_SLOPES_EACH] = c->f->classes - 1};
    for (c->k = 0; c->k < losses[c->how->slopes]; c->k++) {
        differentiate(c);
        if (c->job->o->eot > 1)
            average(c);
        if (c->how->gather)
            sr_par_run(c->f->engine->par, c->n, gather_piece, c);
    }
}

static void step_piece(void *of, int i, int worker)
{
    (void)worker;
    const struct crew *c = of;
    struct place *p = &c->place[i];
    if (p->over)
        return;
    if (p->run < 0)
        memcpy(p->t.clean, p->t.z, (size_t)p->t.classes * sizeof *p->t.z);
    else if (c->how->step(&p->t))
        return;
    begin_next_run(c, p);
}

static bool go_on(const struct crew *c)
{
    const struct sr_watch *w = c->job->watch;
    return !w || w->look(w->of, c->done, c->broken);
}

/* Every place has had the same queries in a round. */
static void charge(struct crew *c, uint64_t forwards, uint64_t backwards)
{
    for (int i = 0; i < c->n; i++) {
        c->place[i].forwards += (c->f->forwards - forwards) / (uint64_t)c->n;
        c->place[i].backwards += (c->f->backwards - backwards) / (uint64_t)c->n;
    }
}

bool sr_search_run(const struct sr_search *how, const struct sr_attack_job *job,
                   struct sr_oracle *f, struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    struct crew c;
    bool going = true;

    assemble(&c, how, job, f, scratch);
    for (fill_places(&c); c.n > 0 && going; fill_places(&c)) {
        const uint64_t forwards = f->forwards, backwards = f->backwards;
        ask(&c);
        sr_par_run(f->engine->par, c.n, hear_piece, &c);
        ask_slopes(&c);
        charge(&c, forwards, backwards);
        sr_par_run(f->engine->par, c.n, step_piece, &c);
        for (int i = c.n - 1; i >= 0; i--)
            if (c.place[i].over)
                vacate(&c, i);
        going = go_on(&c);
    }
    sr_arena_release(scratch, mark);
    return going;
}

float sr_search_loss(const struct sr_trial *t, int k, float *dz)
{
    float value;
    (void)k;
    sr_loss((enum sr_loss)t->o->loss, 1, t->classes, t->z, &t->y, &value, dz);
    return value;
}

float sr_search_lead(const struct sr_trial *t, int k, float *dz)
{
    for (int i = 0; i < t->classes; i++)
        dz[i] = (float)((i == k) - (i == t->y));
    return t->z[k] - t->z[t->y];
}
