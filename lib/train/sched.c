#include "train/sched.h"

#include <math.h>
#include <string.h>

#include "train/train.h"

static const double PI = 3.141592653589793;

/* Where a step stands: all counts are steps, behind the warm-up but `step`. */
struct moment {
    double step, per_epoch; /* from the start of the run */
    double t, T;
};

/* From a to b as share goes from 0 to 1, along half a cosine. */
static double cosine_between(double a, double b, double share)
{
    return b + (a - b) / 2 * (1 + cos(PI * share));
}

static double constant(const struct sr_train_opts *o, const struct moment *m)
{
    (void)m;
    return o->lr;
}

static double piecewise(const struct sr_train_opts *o, const struct moment *m)
{
    double lr = o->lr;
    for (int i = 0; i < o->schedule.milestones.n; i++)
        if (m->step >= o->schedule.milestones.v[i] * m->per_epoch)
            lr *= o->schedule.factor;
    return lr;
}

static double cosine(const struct sr_train_opts *o, const struct moment *m)
{
    return cosine_between(o->lr, o->schedule.final, m->t / m->T);
}

static double linear(const struct sr_train_opts *o, const struct moment *m)
{
    return o->lr + (o->schedule.final - o->lr) * (m->t / m->T);
}

/* The peak falls on step peak_at T - 1 and the end on step T - 1, fractions
 * and all, as OneCycleLR counts. */
static double one_cycle(const struct sr_train_opts *o, const struct moment *m)
{
    const double start = o->lr / o->schedule.start_factor;
    const double end = start / o->schedule.final_factor;
    const double peak = o->schedule.peak_at * m->T - 1;
    const bool rising = m->t <= peak;
    const double from = rising ? start : o->lr, to = rising ? o->lr : end;
    const double length = rising ? peak : m->T - 1 - peak;
    const double share = length > 0 ? (m->t - (rising ? 0 : peak)) / length : 1;

    if (o->schedule.anneal == SR_ANNEAL_COSINE)
        return cosine_between(from, to, share);
    return from + (to - from) * share;
}

static double cyclic(const struct sr_train_opts *o, const struct moment *m)
{
    const double peak = o->schedule.peak_at;
    const double at = fmod(m->t * (double)o->schedule.cycles / m->T, 1);
    const double share = at <= peak ? at / peak : (1 - at) / (1 - peak);
    return o->schedule.final + (o->lr - o->schedule.final) * share;
}

static const struct {
    const char *name;
    double (*lr)(const struct sr_train_opts *o, const struct moment *m);
} schedules[] = {
    {"constant", constant}, {"piecewise", piecewise}, {"cosine", cosine},
    {"linear", linear},     {"one-cycle", one_cycle}, {"cyclic", cyclic},
};
enum { SCHEDULES = sizeof schedules / sizeof *schedules };

const char *sr_schedule_name(int i)
{
    return i >= 0 && i < SCHEDULES ? schedules[i].name : NULL;
}

double sr_train_lr(const struct sr_train_opts *opts, int64_t step,
                   int64_t steps, int64_t steps_per_epoch)
{
    const double warmup = opts->schedule.warmup * (double)steps_per_epoch;
    const double from = opts->schedule.warmup_from;
    if ((double)step < warmup)
        return from + (opts->lr - from) * fmin(1, ((double)step + 1) / warmup);

    const struct moment m = {
        .step = (double)step,
        .per_epoch = (double)steps_per_epoch,
        .t = (double)step - warmup,
        .T = (double)steps - warmup,
    };
    for (int i = 0; i < SCHEDULES; i++)
        if (strcmp(schedules[i].name, opts->schedule.name) == 0)
            return schedules[i].lr(opts, &m);
    SR_REQUIRE(!"a schedule the rows have accepted");
    return 0;
}
