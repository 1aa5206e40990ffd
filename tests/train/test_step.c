#include "train/trainers.h"

#include <math.h>

START_TEST(the_loss_falls_on_one_batch)
{
    struct training *t = training_defaults();
    struct sr_err err;
    double first, last = 0;
    t->train.method = "standard";
    t->train.lr = 0.05;
    t->train.weight_decay = 0;
    training_begin(t);
    SR_GOOD(training_step(t, &first, &err), err);
    for (int i = 0; i < 30; i++)
        SR_GOOD(training_step(t, &last, &err), err);
    ck_assert_double_lt(last, first / 2);
}
END_TEST

/* The first step may ask for scratch; from then on there is enough. */
START_TEST(nothing_is_allocated_between_steps)
{
    for (int method = 0; sr_objective_at(method); method++) {
        struct training *t = training_defaults();
        struct sr_err err;
        double loss;
        t->train.method = sr_objective_name(method);
        t->train.ema.decay = 0.9;
        training_begin(t);
        SR_GOOD(training_step(t, &loss, &err), err);
        const uint64_t before = sr_arena_allocations();
        for (int i = 0; i < 5; i++)
            SR_GOOD(training_step(t, &loss, &err), err);
        ck_assert_uint_eq(sr_arena_allocations(), before);
    }
}
END_TEST

static float *copy_of(const float *values, size_t n)
{
    float *copy = SR_TAKE(sr_test_arena(), n, float);
    memcpy(copy, values, n * sizeof *copy);
    return copy;
}

/* The weight that is spoiled is there before the step; no other number may be
 * touched by it. */
START_TEST(a_number_that_is_not_finite_stops_before_the_update)
{
    struct training *t = training_defaults();
    struct sr_err err;
    double loss;
    training_begin(t);
    SR_GOOD(training_step(t, &loss, &err), err);
    const struct sr_param *p = &t->model->param[0];
    p->value[0] = INFINITY;
    sr_model_changed(t->model);

    const size_t n = t->model->trainable, bytes = n * sizeof(float);
    const float *w = copy_of(t->model->values, n);
    const float *m = copy_of(t->trainer->sgd.m, n);
    SR_BAD(training_step(t, &loss, &err), err, SR_EDIVERGED, "layer 0");
    ck_assert(strstr(err.text, "step 2 (epoch 1)") != NULL);
    ck_assert_int_eq(memcmp(w, t->model->values, bytes), 0);
    ck_assert_int_eq(memcmp(m, t->trainer->sgd.m, bytes), 0);
}
END_TEST

SR_SUITE(train_step)
{
    return sr_suite(
        "train/step",
        (const TTest *[]){
            the_loss_falls_on_one_batch, nothing_is_allocated_between_steps,
            a_number_that_is_not_finite_stops_before_the_update, NULL});
}
