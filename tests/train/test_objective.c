#include "train/trainers.h"

#include <math.h>

#include "engine/loss.h"

/* One step of the objective alone, on a fresh model: no update. */
static struct training *gradient_of(const char *method, double epsilon,
                                    double smoothing)
{
    struct training *t = training_defaults();
    t->train.method = method;
    t->train.label_smoothing = smoothing;
    t->attack.epsilon = epsilon;
    training_begin(t);
    struct sr_step *s = &t->trainer->step;
    s->batch = (struct sr_attack_batch){
        .n = TRAINER_BATCH, .x = t->x, .y = t->y, .id = t->id, .epoch = 1};
    sr_model_zero_grads(t->model);
    t->trainer->objective->step(s);
    return t;
}

static bool same_floats(const float *a, const float *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

/* An attack that may not move leaves standard training, to the bit, running
 * statistics included: it looks at them without tracking. */
START_TEST(adversarial_without_a_ball_is_standard)
{
    struct training *a = gradient_of("standard", 0, 0);
    struct training *b = gradient_of("adversarial", 0, 0);
    ck_assert_double_eq(a->trainer->step.loss, b->trainer->step.loss);
    ck_assert(
        same_floats(a->model->grads, b->model->grads, a->model->trainable));
    for (int i = 0; i < a->model->params; i++)
        ck_assert_msg(same_floats(a->model->param[i].value,
                                  b->model->param[i].value,
                                  a->model->param[i].count),
                      "%s", a->model->param[i].name);
}
END_TEST

START_TEST(adversarial_images_cost_more)
{
    struct training *a = gradient_of("standard", 0, 0);
    struct training *b = gradient_of("adversarial", 0.1, 0);
    ck_assert_double_gt(b->trainer->step.loss, a->trainer->step.loss);
}
END_TEST

/* Smoothing belongs to the update: the attack's images do not know of it. */
START_TEST(smoothing_does_not_reach_the_attack)
{
    struct training *a = gradient_of("adversarial", 0.1, 0);
    struct training *b = gradient_of("adversarial", 0.1, 0.2);
    ck_assert(same_floats(a->trainer->step.adv, b->trainer->step.adv,
                          TRAINER_BATCH * TRAINER_PIXELS));
    ck_assert_double_ne(a->trainer->step.loss, b->trainer->step.loss);
}
END_TEST

/* The loss is the mean over the batch, and so is its gradient: that of the
 * last layer's bias is the mean of softmax - one_hot (sums of 4 numbers below
 * 1, so a few roundings). */
START_TEST(gradients_are_means)
{
    struct training *t = gradient_of("standard", 0, 0);
    const struct sr_step *s = &t->trainer->step;
    float p[TRAINER_BATCH * 10];
    double loss = 0, want[10] = {0};
    sr_softmax(TRAINER_BATCH, 10, s->z, p);
    for (int i = 0; i < TRAINER_BATCH; i++) {
        loss -= log((double)p[10 * i + t->y[i]]) / TRAINER_BATCH;
        for (int k = 0; k < 10; k++)
            want[k] += ((double)p[10 * i + k] - (k == t->y[i])) / TRAINER_BATCH;
    }
    ck_assert_double_eq_tol(s->loss, loss, 1e-5);
    const struct sr_param *bias = &t->model->param[t->model->params - 1];
    ck_assert_uint_eq(bias->count, 10);
    for (int k = 0; k < 10; k++)
        ck_assert_double_eq_tol((double)bias->grad[k], want[k], 1e-6);
}
END_TEST

START_TEST(rows_have_their_words)
{
    ck_assert_str_eq(sr_objective_name(0), "standard");
    ck_assert_str_eq(sr_objective_name(1), "adversarial");
    ck_assert_ptr_null(sr_objective_name(-1));
    for (int i = 0; sr_objective_at(i); i++)
        ck_assert_ptr_eq(sr_objective_find(sr_objective_name(i)),
                         sr_objective_at(i));
}
END_TEST

SR_SUITE(train_objective)
{
    return sr_suite("train/objective",
                    (const TTest *[]){adversarial_without_a_ball_is_standard,
                                      adversarial_images_cost_more,
                                      smoothing_does_not_reach_the_attack,
                                      gradients_are_means,
                                      rows_have_their_words, NULL});
}
