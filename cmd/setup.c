#include "setup.h"

#include "advice.h"
#include "args.h"

#include <stdio.h>
#include <string.h>

enum sr_status sr_setup_read(const struct sr_call *call, const char *path,
                             struct sr_exp **exp, struct sr_err *err)
{
    struct sr_problems problems = {0};
    sr_exp_read(path, call->overrides, call->override, call->arena, exp,
                &problems);
    for (int i = 0; i < problems.n; i++)
        fputs(sr_call_explain(call, &problems.list[i]), stderr);
    if (problems.n == SR_PROBLEMS_MAX)
        fprintf(stderr, "satrun: these are the first %d problems\n",
                problems.n);
    if (problems.n > 0)
        return sr_fail(err, SR_ECONFIG, "%s", "");
    return SR_OK;
}

/* Memory is planned for one number of images, and training keeps twice as much
 * of an image as an attack does: evaluation beside it makes do with smaller
 * batches, its results being the same bits. */
static int batch_of(const struct sr_setup_for *what, const struct sr_exp *exp)
{
    if (what->batch > 0)
        return what->batch;
    return (int)(what->wants & SR_WANT_WEIGHTS ? exp->train.batch_size
                                               : exp->eval.batch_size);
}

static struct sr_problem problem_of(const struct sr_data *data)
{
    struct sr_problem p = {data->h, data->w, data->c, data->classes, {0}, {0}};
    memcpy(p.mean, data->mean, sizeof p.mean);
    memcpy(p.std, data->std, sizeof p.std);
    return p;
}

void sr_setup_tell(struct sr_log *log, const struct sr_data *data)
{
    for (int i = 0; i < data->notes; i++)
        sr_log_warn(log, "%s", data->note[i]);
}

enum sr_status sr_setup_check_network(const struct sr_exp *exp,
                                      struct sr_arena *arena,
                                      struct sr_model **outline,
                                      struct sr_err *err)
{
    struct sr_data *data;
    struct sr_model *made;
    if (outline)
        *outline = NULL;
    SR_TRY(sr_data_describe(&exp->data, arena, &data, err));
    if (data->h == 0)
        return SR_OK;
    const struct sr_problem problem = problem_of(data);
    SR_TRY(sr_model_outline(&exp->model, &exp->acts, &problem, NULL, arena,
                            &made, err));
    if (outline)
        *outline = made;
    return SR_OK;
}

/* Where the files are not there: noise, if that can be, and why. */
static enum sr_status open_stand_in(struct sr_setup *s, struct sr_err *err)
{
    struct sr_err absent = {0};
    if (sr_data_check_here(&s->exp->data, s->arena, &absent) == SR_OK)
        return SR_OK;
    SR_TRY(sr_data_stand_in(&s->exp->data, (uint64_t)s->exp->top.seed, s->arena,
                            &s->data, err));
    if (s->data)
        s->absent = sr_arena_text(s->arena, absent.text);
    return SR_OK;
}

static enum sr_status open_data(const struct sr_setup_for *what,
                                struct sr_setup *s, struct sr_err *err)
{
    const struct sr_exp *exp = s->exp;
    if (what->sizes_only) {
        SR_TRY(sr_data_describe(&exp->data, s->arena, &s->data, err));
        if (s->data->h > 0)
            return SR_OK;
    }
    if (what->stand_in) {
        SR_TRY(open_stand_in(s, err));
        if (s->absent)
            return SR_OK;
    }
    SR_TRY(sr_data_open(&exp->data, (uint64_t)exp->top.seed, s->log, s->arena,
                        &s->data, err));
    sr_setup_tell(s->log, s->data);
    return SR_OK;
}

/* Those of a file, random ones, or random ones where the file's do not fit. */
static enum sr_status give_weights(const struct sr_setup_for *what,
                                   const struct sr_setup *s, struct sr_err *err)
{
    const struct sr_model_opts *own = &s->exp->model;
    const char *path = what->weights ? what->weights : own->weights;
    const struct sr_load_opts *how = what->weights ? &what->load : &own->load;
    if (!*path || how->partial || how->reset_head)
        sr_model_init(s->model, (uint64_t)s->exp->top.seed);
    return *path ? sr_model_load(s->model, path, how, s->log, err) : SR_OK;
}

static enum sr_status open_all(const struct sr_call *call,
                               const struct sr_setup_for *what,
                               struct sr_setup *s, struct sr_err *err)
{
    SR_TRY(sr_setup_read(call, what->config, &s->exp, err));
    struct sr_exp *exp = s->exp;
    sr_advise(exp, s->log);

    SR_TRY(sr_engine_open(&exp->engine, &s->engine, err));
    s->engine_open = true;
    SR_TRY(open_data(what, s, err));
    sr_exp_normalise(exp, s->data->c, s->data->mean, s->data->std);

    const struct sr_problem problem = problem_of(s->data);
    SR_TRY(sr_model_build(&exp->model, &exp->acts, &problem,
                          batch_of(what, exp), what->wants, &s->engine,
                          s->arena, &s->model, err));
    return give_weights(what, s, err);
}

enum sr_status sr_setup_open(const struct sr_call *call,
                             const struct sr_setup_for *what,
                             struct sr_setup *setup, struct sr_err *err)
{
    *setup = (struct sr_setup){.arena = call->arena, .log = call->log};
    const enum sr_status status = open_all(call, what, setup, err);
    if (status != SR_OK)
        sr_setup_close(setup);
    return status;
}

static enum sr_status build_twin(struct sr_setup *s,
                                 const struct sr_activation *activation,
                                 struct sr_model **twin, struct sr_err *err)
{
    return sr_model_build(&s->exp->model, activation, &s->model->problem,
                          s->model->batch, SR_WANT_INPUT, &s->engine, s->arena,
                          twin, err);
}

enum sr_status sr_setup_twin(struct sr_setup *s, const char *weights,
                             struct sr_model **twin, struct sr_err *err)
{
    struct sr_model *made;
    SR_TRY(build_twin(s, &s->exp->acts, &made, err));
    SR_TRY(sr_model_load(made, weights, NULL, s->log, err));
    *twin = made;
    return SR_OK;
}

enum sr_status sr_setup_sloped(struct sr_setup *s, const struct sr_act *act,
                               struct sr_model **twin, struct sr_err *err)
{
    struct sr_activation activation = s->exp->acts;
    struct sr_model *made;
    activation.act[SR_ROLE_ATTACK] = act;
    activation.alpha[SR_ROLE_ATTACK] = act->alpha;
    SR_TRY(build_twin(s, &activation, &made, err));
    for (int i = 0; i < made->params; i++)
        memcpy(made->param[i].value, s->model->param[i].value,
               made->param[i].count * sizeof(float));
    sr_model_changed(made);
    *twin = made;
    return SR_OK;
}

void sr_setup_close(struct sr_setup *setup)
{
    if (setup->data)
        sr_data_close(setup->data);
    if (setup->engine_open)
        sr_engine_close(&setup->engine);
    setup->data = NULL;
    setup->engine_open = false;
}
