#include "train/trainers.h"

#include <math.h>

#include "engine/loss.h"

/* One step of the objective alone, on a fresh model: no update. */
static struct training *step_of(struct training *t, const char *method)
{
    t->train.method = method;
    training_begin(t);
    struct sr_step *s = &t->trainer->step;
    s->batch = (struct sr_attack_batch){
        .n = TRAINER_BATCH, .x = t->x, .y = t->y, .id = t->id, .epoch = 1};
    sr_model_zero_grads(t->model);
    t->trainer->objective->step(s);
    return t;
}

static struct training *gradient_of(const char *method, double epsilon,
                                    double smoothing)
{
    struct training *t = training_defaults();
    t->train.label_smoothing = smoothing;
    t->attack.epsilon = epsilon;
    return step_of(t, method);
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

/* Same numbers, but a 0 may have either sign. */
static void check_same_gradient(const struct training *a,
                                const struct training *b)
{
    ck_assert_double_eq_tol(a->trainer->step.loss, b->trainer->step.loss,
                            1e-12);
    for (size_t i = 0; i < a->model->trainable; i++)
        ck_assert_float_eq(a->model->grads[i], b->model->grads[i]);
}

/* At the ends of its weight a mixture is one of its parts. */
START_TEST(a_mixture_has_its_parts)
{
    static const char *const methods[] = {"mixed", "both"};
    const struct training *clean = gradient_of("standard", 0.1, 0);
    const struct training *robust = gradient_of("adversarial", 0.1, 0);
    for (int m = 0; m < 2; m++)
        for (int share = 0; share < 2; share++) {
            struct training *t = training_defaults();
            t->attack.epsilon = 0.1;
            t->train.clean_share = share;
            step_of(t, methods[m]);
            check_same_gradient(t, share ? clean : robust);
        }
}
END_TEST

/* The first images of the batch are attacked as in any other, the last are the
 * images themselves. */
START_TEST(mixed_leaves_the_last_images_alone)
{
    enum { CLEAN = 3, MOVED = (TRAINER_BATCH - CLEAN) * TRAINER_PIXELS };
    const struct training *robust = gradient_of("adversarial", 0.1, 0);
    struct training *t = training_defaults();
    t->attack.epsilon = 0.1;
    t->train.clean_share = (double)CLEAN / TRAINER_BATCH;
    step_of(t, "mixed");
    const float *adv = t->trainer->step.adv;
    ck_assert(same_floats(adv, robust->trainer->step.adv, MOVED));
    ck_assert(same_floats(adv + MOVED, t->x + MOVED, CLEAN * TRAINER_PIXELS));
}
END_TEST

/* Without its divergence TRADES is standard training; where the attack may not
 * move, the divergence is 0 and so is its slope. */
START_TEST(trades_is_standard_without_its_divergence)
{
    const struct training *clean = gradient_of("standard", 0, 0.1);
    for (int frozen = 0; frozen < 2; frozen++) {
        struct training *t = training_defaults();
        t->train.label_smoothing = 0.1;
        t->train.beta = frozen ? 6 : 0;
        t->attack.epsilon = frozen ? 0 : 0.1;
        step_of(t, "trades");
        check_same_gradient(t, clean);
    }
}
END_TEST

/* Without an attack MART is the sum of two logarithms, whose slopes are known:
 * softmax - one_hot(y) and, of the rival k, q_k / (1.0001 - q_k) times
 * one_hot(k) - softmax.  The last layer's bias gets the mean of their sums. */
START_TEST(mart_pushes_the_rival_down)
{
    struct training *t = gradient_of("mart", 0, 0);
    const struct training *clean = gradient_of("standard", 0, 0);
    const float *z = clean->trainer->step.z;
    double loss = 0, want[10] = {0};
    for (int i = 0; i < TRAINER_BATCH; i++) {
        float q[10];
        int k = t->y[i] == 0;
        sr_softmax(1, 10, z + 10 * i, q);
        for (int j = 0; j < 10; j++)
            k = j != t->y[i] && q[j] > q[k] ? j : k;
        const double room = 1.0001 - (double)q[k];
        loss -= (log((double)q[t->y[i]]) + log(room)) / TRAINER_BATCH;
        for (int j = 0; j < 10; j++)
            want[j] += ((double)q[j] - (j == t->y[i]) +
                        (double)q[k] / room * ((j == k) - (double)q[j])) /
                       TRAINER_BATCH;
    }
    ck_assert_double_eq_tol(t->trainer->step.loss, loss, 1e-5);
    const struct sr_param *bias = &t->model->param[t->model->params - 1];
    for (int j = 0; j < 10; j++)
        ck_assert_double_eq_tol((double)bias->grad[j], want[j], 1e-6);
}
END_TEST

/* How often batch norm collects, and that what it collects without the clean
 * images is what adversarial training does. */
START_TEST(clean_statistics_are_collected_or_not)
{
    static const struct {
        const char *method;
        int with, without;
    } cases[] = {{"trades", 3, 1}, {"mart", 2, 1}, {"both", 2, 1}};
    const struct training *robust = gradient_of("adversarial", 0.1, 0);
    for (int c = 0; c < 3; c++)
        for (int track = 0; track < 2; track++) {
            struct training *t = training_defaults();
            t->attack.epsilon = 0.1;
            t->train.track_clean = track;
            step_of(t, cases[c].method);
            ck_assert_int_eq((int)t->model->batches_tracked,
                             track ? cases[c].with : cases[c].without);
            for (int i = 0; i < t->model->params; i++) {
                const struct sr_param *p = &t->model->param[i];
                if (!p->grad)
                    ck_assert(track !=
                              same_floats(p->value,
                                          robust->model->param[i].value,
                                          p->count));
            }
        }
}
END_TEST

/* An attack in train mode collects at every look, as PyTorch's would. */
START_TEST(an_attack_in_train_mode_collects)
{
    struct training *t = training_defaults();
    t->attack.steps = 3;
    t->attack.batchnorm = SR_BN_TRAIN;
    step_of(t, "adversarial");
    ck_assert_int_eq((int)t->model->batches_tracked, 3 + 1);
}
END_TEST

/* A first step of free training is one of standard training, for nothing is
 * perturbed yet; then each pixel has gone a step, to one side or the other, and
 * a pixel that [0, 1] stops stays where it is. */
START_TEST(free_climbs_behind_the_update)
{
    const struct training *clean = gradient_of("standard", 0, 0);
    struct training *t = training_defaults();
    t->attack.epsilon = 0.1;
    t->attack.step_size = 0.075;
    step_of(t, "free");
    check_same_gradient(t, clean);
    struct sr_step *s = &t->trainer->step;
    for (int i = 0; i < TRAINER_BATCH * TRAINER_PIXELS; i++)
        ck_assert_float_eq(fabsf(s->perturbation[i]),
                           s->gx[i] < 0 || s->gx[i] > 0 ? 0.075f : 0);

    t->x[0] = 1;
    t->x[1] = 0;
    s->perturbation[0] = 0.01f;
    s->perturbation[1] = -0.01f;
    t->trainer->objective->step(s);
    ck_assert_float_eq(s->perturbation[0], 0.01f);
    ck_assert_float_eq(s->perturbation[1], -0.01f);
    ck_assert_float_eq(s->adv[0], 1);
    ck_assert_float_eq(s->adv[1], 0);
    for (int i = 2; i < TRAINER_BATCH * TRAINER_PIXELS; i++)
        ck_assert_float_le(fabsf(s->perturbation[i]), 0.1f);
}
END_TEST

static bool is_word(sr_words_fn *words, const char *word)
{
    for (int i = 0; words(i); i++)
        if (strcmp(words(i), word) == 0)
            return true;
    return false;
}

START_TEST(rows_have_their_words)
{
    ck_assert_str_eq(sr_objective_name(0), "standard");
    ck_assert_str_eq(sr_objective_name(1), "adversarial");
    ck_assert_ptr_null(sr_objective_name(-1));
    for (int i = 0; sr_objective_at(i); i++) {
        const struct sr_objective *o = sr_objective_at(i);
        ck_assert_ptr_eq(sr_objective_find(sr_objective_name(i)), o);
        ck_assert(is_word(sr_attack_loss_name, o->loss));
        ck_assert(is_word(sr_start_name, o->start));
        ck_assert(is_word(sr_bn_mode_name, o->batchnorm));
    }
}
END_TEST

/* An EfficientNet that loses much of itself, or one that is whole. */
static struct training *dropping(double share)
{
    static const struct sr_problem problem = {8, 8, 3, 10, {0}, {0}};
    struct training *t = training_defaults();
    struct sr_model_opts *opts = models_opts("efficientnet_b0");
    opts->width = 0.1;
    opts->dropout = opts->drop_connect = share;
    t->model = models_build(opts, "silu", problem, TRAINER_BATCH);
    return t;
}

/* The gradient of one more standard step, the number-th of the epoch; batch
 * norm by the batch, so that the steps before leave no trace in it. */
static const float *gradient_at(struct training *t, uint64_t number)
{
    struct sr_step *s = &t->trainer->step;
    const size_t n = t->model->trainable;
    double loss;
    struct sr_err err;
    t->trainer->state.step = (int64_t)number;
    t->train.lr = 0;
    SR_GOOD(training_step(t, &loss, &err), err);
    ck_assert_double_eq(loss, s->loss);
    float *copy = noise(n, 12);
    memcpy(copy, t->model->grads, n * sizeof *copy);
    return copy;
}

/* What an update goes without is drawn for each step, the same whenever that
 * step is made. */
START_TEST(a_step_has_its_draws)
{
    struct training *t = dropping(0.5);
    const size_t n = t->model->trainable;
    t->train.method = "standard";
    training_begin(t);
    const float *first = gradient_at(t, 0), *second = gradient_at(t, 1);
    ck_assert(!same_floats(first, second, n));
    ck_assert(same_floats(first, gradient_at(t, 0), n));

    struct training *whole = dropping(0);
    whole->train.method = "standard";
    training_begin(whole);
    ck_assert(!same_floats(first, gradient_at(whole, 0), n));
    ck_assert(same_floats(gradient_at(whole, 0), gradient_at(whole, 1), n));
}
END_TEST

/* An attack, in whatever mode of batch norm, and an evaluation see all of it:
 * the same logits and gradients, to the bit, as of the network that drops
 * nothing. */
START_TEST(attacks_see_the_whole_network)
{
    for (int mode = 0; mode < SR_BN_MODES; mode++) {
        const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                     .batchnorm = (enum sr_bn_mode)mode,
                                     .role = SR_ROLE_ATTACK};
        float *z[2], *gx[2];
        for (int i = 0; i < 2; i++) {
            struct training *t = dropping(i ? 0.5 : 0);
            struct sr_oracle f = sr_model_oracle(t->model, &pass);
            z[i] = noise(TRAINER_BATCH * 10, 13);
            gx[i] = noise(TRAINER_BATCH * TRAINER_PIXELS, 14);
            f.forward(f.model, TRAINER_BATCH, t->x, z[i]);
            f.backward(f.model, TRAINER_BATCH, noise(TRAINER_BATCH * 10, 15),
                       gx[i]);
        }
        ck_assert(same_floats(z[0], z[1], TRAINER_BATCH * 10));
        ck_assert(same_floats(gx[0], gx[1], TRAINER_BATCH * TRAINER_PIXELS));
    }
}
END_TEST

SR_SUITE(train_objective)
{
    return sr_suite(
        "train/objective",
        (const TTest *[]){
            adversarial_without_a_ball_is_standard,
            adversarial_images_cost_more, smoothing_does_not_reach_the_attack,
            gradients_are_means, a_mixture_has_its_parts,
            mixed_leaves_the_last_images_alone,
            trades_is_standard_without_its_divergence,
            mart_pushes_the_rival_down, clean_statistics_are_collected_or_not,
            an_attack_in_train_mode_collects, free_climbs_behind_the_update,
            a_step_has_its_draws, attacks_see_the_whole_network,
            rows_have_their_words, NULL});
}
