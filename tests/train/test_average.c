#include "train/average.h"

#include <math.h>

#include "model/models.h"

enum { STEPS = 40 };

/* Gowal et al.'s ramp, and the two ends of it. */
START_TEST(the_decay_grows_to_its_value)
{
    struct sr_ema_opts opts = {.decay = 0.5, .start = 3, .ramp = true};
    struct sr_average a = {.opts = &opts, .start = 6}; /* 2 steps an epoch */
    ck_assert_double_eq(sr_average_decay(&a, 1), 0);
    ck_assert_double_eq(sr_average_decay(&a, 5), 0);
    ck_assert_double_eq(sr_average_decay(&a, 6), 1 / 10.0);
    ck_assert_double_eq(sr_average_decay(&a, 7), 2 / 11.0);
    ck_assert_double_eq(sr_average_decay(&a, 13), 8 / 17.0);
    ck_assert_double_eq(sr_average_decay(&a, 14), 0.5);
    ck_assert_double_eq(sr_average_decay(&a, 1000), 0.5);
    opts.ramp = false;
    ck_assert_double_eq(sr_average_decay(&a, 5), 0);
    ck_assert_double_eq(sr_average_decay(&a, 6), 0.5);
}
END_TEST

static struct sr_average begin(struct sr_ema_opts *opts, struct sr_model *model)
{
    struct sr_average a;
    sr_average_begin(&a, opts, 1, model, sr_test_arena());
    return a;
}

static void set_all(struct sr_model *model, float value)
{
    for (int i = 0; i < model->params; i++)
        for (size_t k = 0; k < model->param[i].count; k++)
            model->param[i].value[k] = value;
}

/* From 1 with weights at 0, an average that keeps d is d^t after t steps; with
 * d = 1/2 every one is exact.  Statistics are those of the weights where they
 * are copied. */
START_TEST(an_average_forgets_exponentially)
{
    for (int buffers = SR_BUFFERS_COPIED; buffers <= SR_BUFFERS_AVERAGED;
         buffers++) {
        struct sr_model *model = models_small();
        struct sr_ema_opts opts = {.decay = 0.5, .buffers = buffers};
        set_all(model, 1);
        struct sr_average a = begin(&opts, model);
        set_all(model, 0);
        for (int t = 1; t <= STEPS; t++) {
            sr_average_update(&a, nets_engine(), t, model);
            const float *v = a.values;
            for (int i = 0; i < model->params; i++) {
                const struct sr_param *p = &model->param[i];
                const bool averaged = p->grad || buffers == SR_BUFFERS_AVERAGED;
                for (size_t k = 0; k < p->count; k++)
                    ck_assert_float_eq(v[k], averaged ? ldexpf(1, -t) : 0);
                v += p->count;
            }
        }
    }
}
END_TEST

/* Before the start, and with nothing kept, the average is the weights to the
 * bit. */
START_TEST(until_the_start_it_is_the_weights)
{
    struct sr_model *model = models_small();
    struct sr_ema_opts opts = {.decay = 0.999, .start = 2};
    struct sr_average a = begin(&opts, model);
    float *value = noise(model->param[0].count, 3);
    memcpy(model->param[0].value, value, model->param[0].count * sizeof *value);
    sr_average_update(&a, nets_engine(), 1, model);
    ck_assert_mem_eq(a.values, value, model->param[0].count * sizeof *value);
    set_all(model, 0);
    sr_average_update(&a, nets_engine(), 2, model);
    ck_assert_float_eq_tol(a.values[0], 0.999f * value[0], 1e-6f);
}
END_TEST

START_TEST(two_exchanges_are_none)
{
    struct sr_model *model = models_small();
    struct sr_ema_opts opts = {.decay = 0.9};
    struct sr_average a = begin(&opts, model);
    float *was = SR_TAKE(sr_test_arena(), a.count, float);
    memcpy(was, a.values, a.count * sizeof *was);
    set_all(model, NAN);
    sr_average_swap(&a, model);
    const float *w = was;
    for (int i = 0; i < model->params; i++) {
        const size_t n = model->param[i].count;
        ck_assert_mem_eq(model->param[i].value, w, n * sizeof *w);
        w += n;
    }
    ck_assert_uint_eq((size_t)(w - was), a.count);
    ck_assert(isnan(a.values[0]) && isnan(a.values[a.count - 1]));
    sr_average_swap(&a, model);
    ck_assert_mem_eq(a.values, was, a.count * sizeof *was);
    ck_assert(isnan(model->param[0].value[0]));
}
END_TEST

SR_SUITE(train_average)
{
    return sr_suite("train/average",
                    (const TTest *[]){the_decay_grows_to_its_value,
                                      an_average_forgets_exponentially,
                                      until_the_start_it_is_the_weights,
                                      two_exchanges_are_none, NULL});
}
