#include "show_plot.h"

#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "report/plot.h"

enum { POINTS = 801, MOST = 16, LABEL = 80 };
static const double LEFT = -4, RIGHT = 4;

/* What Xie et al. 2020 compare. */
static const char *const usual[] = {"relu", "softplus:10", "softplus:1", "silu",
                                    "gelu", "elu",         "smoothrelu"};
enum { USUAL = sizeof usual / sizeof *usual };

/* One activation of the picture, with its columns. */
struct subject {
    struct sr_activation activation;
    double value[POINTS], slope[SR_ROLES][POINTS];
};

/* ---- words to activations ---- */

static enum sr_status set(struct sr_activation_opts *opts, const char *key,
                          const char *text, struct sr_err *err)
{
    char why[512];
    const struct sr_opt *row = sr_activation_rows;
    while (strcmp(row->key, key) != 0)
        row++;
    if (sr_opt_set(row, opts, text, why, sizeof why))
        return SR_OK;
    return sr_fail(err, SR_EUSAGE, "%s", why);
}

/* "softplus:10" of one role; nothing is as forward.  Spoils the text. */
static enum sr_status read_role(char *text, enum sr_role role,
                                struct sr_activation_opts *opts,
                                struct sr_err *err)
{
    static const char *const keys[SR_ROLES][2] = {
        {"forward", "alpha.forward"},
        {"backward.attack", "alpha.attack"},
        {"backward.update", "alpha.update"},
    };
    char *alpha = strchr(text, ':');
    if (alpha)
        *alpha++ = 0;
    if (*text || role == SR_ROLE_FORWARD)
        SR_TRY(set(opts, keys[role][0], text, err));
    return alpha ? set(opts, keys[role][1], alpha, err) : SR_OK;
}

/* A slope that is left out is the forward function's with its alpha. */
static void follow_forward(struct sr_activation_opts *opts)
{
    if (!opts->backward.attack && opts->alphas.attack != opts->alphas.attack)
        opts->alphas.attack = opts->alphas.forward;
    if (!opts->backward.update && opts->alphas.update != opts->alphas.update)
        opts->alphas.update = opts->alphas.forward;
}

static enum sr_status read_word(const char *word, struct sr_arena *arena,
                                struct sr_activation *activation,
                                struct sr_err *err)
{
    struct sr_activation_opts opts;
    char *rest = sr_arena_text(arena, word);
    enum sr_status status = SR_OK;
    sr_opt_defaults(sr_activation_rows, &opts);
    for (int role = 0; role < SR_ROLES && rest && status == SR_OK; role++) {
        char *slash = strchr(rest, '/');
        if (slash)
            *slash++ = 0;
        status = read_role(rest, (enum sr_role)role, &opts, err);
        rest = slash;
    }
    if (status == SR_OK && rest)
        status = sr_fail(err, SR_EUSAGE,
                         "more than FORWARD/ATTACK/UPDATE: '%s'", rest);
    follow_forward(&opts);
    if (status == SR_OK)
        status = sr_activation_resolve(&opts, activation, err);
    if (status == SR_OK)
        return SR_OK;
    sr_fail_within(err, "'%s'", word);
    return err->status = SR_EUSAGE;
}

/* ---- activations to columns ---- */

static void params_of(const struct sr_activation *a, enum sr_role role,
                      float p[SR_ACT_PARAMS])
{
    for (int i = 0; i < SR_ACT_PARAMS; i++)
        p[i] = (float)a->act[role]->start[i];
    if (a->act[role]->alphas)
        p[0] = (float)a->alpha[role];
}

/* Computed by the functions that training computes with. */
static void compute(const struct sr_engine *engine, const float *x,
                    struct subject *s)
{
    float p[SR_ACT_PARAMS], y[POINTS];
    const struct sr_activation *a = &s->activation;
    params_of(a, SR_ROLE_FORWARD, p);
    sr_act_forward(engine, a->act[SR_ROLE_FORWARD], p, POINTS, x, y);
    for (int i = 0; i < POINTS; i++)
        s->value[i] = (double)y[i];
    for (int role = 0; role < SR_ROLES; role++) {
        params_of(a, (enum sr_role)role, p);
        sr_act_slope(engine, a->act[role], p, POINTS, x, y);
        for (int i = 0; i < POINTS; i++)
            s->slope[role][i] = (double)y[i];
    }
}

static enum sr_status compute_all(int n, struct subject *subject,
                                  const double *x, struct sr_err *err)
{
    const struct sr_engine_opts opts = {.threads = 1};
    struct sr_engine engine;
    float points[POINTS];
    for (int i = 0; i < POINTS; i++)
        points[i] = (float)x[i];
    SR_TRY(sr_engine_open(&opts, &engine, err));
    for (int i = 0; i < n; i++)
        compute(&engine, points, &subject[i]);
    sr_engine_close(&engine);
    return SR_OK;
}

/* ---- columns to a picture ---- */

/* "relu", or where the slope is another's "relu: softplus(10)". */
static const char *name_of(const struct sr_activation *a, enum sr_role role,
                           struct sr_arena *arena)
{
    struct sr_activation one = *a;
    char own[LABEL], slope[LABEL];
    for (int r = 0; r < SR_ROLES; r++) {
        one.act[r] = a->act[SR_ROLE_FORWARD];
        one.alpha[r] = a->alpha[SR_ROLE_FORWARD];
    }
    sr_activation_text(&one, own, sizeof own);
    for (int r = 0; r < SR_ROLES; r++) {
        one.act[r] = a->act[role];
        one.alpha[r] = a->alpha[role];
    }
    sr_activation_text(&one, slope, sizeof slope);
    return strcmp(own, slope) == 0
               ? sr_arena_text(arena, own)
               : sr_arena_format(arena, "%s: %s", own, slope);
}

/* What is drawn: for each panel, whose numbers.  role -1: values. */
static void add_panel(struct sr_plot *plot, const char *title, int role, int n,
                      const struct subject *subject, const double *x,
                      struct sr_arena *arena)
{
    struct sr_curve *curve = SR_TAKE(arena, n, struct sr_curve);
    for (int i = 0; i < n; i++)
        curve[i] = (struct sr_curve){
            .name =
                name_of(&subject[i].activation,
                        role < 0 ? SR_ROLE_FORWARD : (enum sr_role)role, arena),
            .n = POINTS,
            .x = x,
            .y = role < 0 ? subject[i].value : subject[i].slope[role]};
    plot->panel[plot->panels++] =
        (struct sr_panel){.title = title,
                          .x_label = "x",
                          .y_label = role < 0 ? "f(x)" : "f'(x)",
                          .curves = n,
                          .curve = curve};
}

static bool is_split(const struct subject *s, struct sr_arena *arena)
{
    const char *own = name_of(&s->activation, SR_ROLE_FORWARD, arena);
    for (int role = 0; role < SR_ROLES; role++) {
        const enum sr_role r = (enum sr_role)role;
        if (strcmp(name_of(&s->activation, r, arena), own) != 0)
            return true;
    }
    return false;
}

static void compose(struct sr_plot *plot, int n, const struct subject *subject,
                    const double *x, struct sr_arena *arena)
{
    bool split = false;
    for (int i = 0; i < n; i++)
        split = split || is_split(&subject[i], arena);
    plot->panels = 0;
    add_panel(plot, "value", -1, n, subject, x, arena);
    add_panel(plot, "slope", SR_ROLE_FORWARD, n, subject, x, arena);
    if (!split)
        return;
    add_panel(plot, "slope for the attack", SR_ROLE_ATTACK, n, subject, x,
              arena);
    add_panel(plot, "slope for the update", SR_ROLE_UPDATE, n, subject, x,
              arena);
}

enum sr_status sr_show_plot(const struct sr_call *call, int n, char **word,
                            const char *path, struct sr_err *err)
{
    struct sr_arena *arena = call->arena;
    const int count = n ? n : USUAL;
    SR_TRY(sr_plot_check(path, err));
    if (count > MOST)
        return sr_fail(err, SR_EUSAGE,
                       "%d activations are more than the %d of a picture",
                       count, MOST);
    struct subject *subject = SR_TAKE(arena, count, struct subject);
    double *x = SR_TAKE(arena, POINTS, double);
    for (int i = 0; i < POINTS; i++)
        x[i] = LEFT + (RIGHT - LEFT) * i / (POINTS - 1);
    for (int i = 0; i < count; i++)
        SR_TRY(read_word(n ? word[i] : usual[i], arena, &subject[i].activation,
                         err));
    SR_TRY(compute_all(count, subject, x, err));

    struct sr_plot plot;
    bool drawn = false;
    compose(&plot, count, subject, x, arena);
    SR_TRY(sr_plot_write(&plot, path, arena, &drawn, err));
    if (drawn)
        sr_log_say(call->log, "%s, with its numbers and script beside it",
                   path);
    else
        sr_log_warn(call->log,
                    "gnuplot is not installed, so there is no %s, but the .csv "
                    "and .gp beside it to draw it from",
                    path);
    return SR_OK;
}
