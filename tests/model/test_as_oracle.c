#include "models.h"

enum { N = 3, PIXELS = 8 * 8 * 3, CLASSES = 10 };

/* The oracle's gradient is that of its logits: central differences along
 * random directions, signs included.  silu and gelu are smooth; the maxima of
 * the pool move little within h, so the error is of the order of h. */
START_TEST(gradient_is_of_the_logits)
{
    struct sr_model *model = models_small();
    const struct sr_pass pass = {.want = SR_WANT_INPUT};
    struct sr_oracle f = sr_model_oracle(model, &pass);
    const float h = 1e-3f;
    const float *x = noise(N * PIXELS, 1), *dz = noise(N * CLASSES, 2);
    float *z = noise(N * CLASSES, 3), *gx = noise(N * PIXELS, 4);
    float *moved = noise(N * PIXELS, 5);
    f.forward(f.model, N, x, z);
    f.backward(f.model, N, dz, gx);
    for (uint64_t i = 0; i < 4; i++) {
        const float *v = noise(N * PIXELS, 10 + i);
        double side[2];
        for (int s = 0; s < 2; s++) {
            memcpy(moved, x, N * PIXELS * sizeof *x);
            sr_vec_axpy(N * PIXELS, s ? -h : h, v, moved);
            f.forward(f.model, N, moved, z);
            side[s] = sr_vec_dot(N * CLASSES, z, dz);
        }
        const double want = (side[0] - side[1]) / (2 * (double)h);
        const double got = sr_vec_dot(N * PIXELS, gx, v);
        ck_assert_double_eq_tol(got, want, 2e-2 * sr_vec_norm2(N * PIXELS, gx));
    }
}
END_TEST

/* Two oracles on one model, used in turns, keep their own slopes. */
START_TEST(oracles_do_not_disturb_each_other)
{
    struct sr_activation a = models_activation("relu");
    struct sr_model *model;
    struct sr_err err;
    const struct sr_problem problem = {8, 8, 3, 10, {0}, {0}};
    a.act[SR_ROLE_ATTACK] = nets_act("softplus");
    a.alpha[SR_ROLE_ATTACK] = 10;
    SR_GOOD(sr_model_build(models_all_kinds(), &a, &problem, N, SR_WANT_INPUT,
                           nets_engine(), sr_test_arena(), &model, &err),
            err);
    sr_model_init(model, 1);
    struct sr_pass pass = {.want = SR_WANT_INPUT, .role = SR_ROLE_FORWARD};
    struct sr_oracle relu = sr_model_oracle(model, &pass);
    pass.role = SR_ROLE_ATTACK;
    struct sr_oracle softplus = sr_model_oracle(model, &pass);

    const float *x = noise(N * PIXELS, 1), *dz = noise(N * CLASSES, 2);
    float *z1 = noise(N * CLASSES, 3), *z2 = noise(N * CLASSES, 4);
    float *g1 = noise(N * PIXELS, 5), *g2 = noise(N * PIXELS, 6);
    float *again = noise(N * PIXELS, 7);
    relu.forward(relu.model, N, x, z1);
    relu.backward(relu.model, N, dz, g1);
    softplus.forward(softplus.model, N, x, z2);
    softplus.backward(softplus.model, N, dz, g2);
    relu.forward(relu.model, N, x, z1);
    relu.backward(relu.model, N, dz, again);
    ck_assert_mem_eq(z1, z2, N * CLASSES * sizeof *z1);
    ck_assert_mem_eq(g1, again, N * PIXELS * sizeof *g1);
    ck_assert_mem_ne(g1, g2, N * PIXELS * sizeof *g1);
}
END_TEST

/* Attack passes never move the running statistics or the gradients. */
START_TEST(an_attack_leaves_no_trace)
{
    struct sr_model *model = models_small();
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_BATCH};
    struct sr_oracle f = sr_model_oracle(model, &pass);
    float *grads = noise(model->trainable, 1);
    float *z = noise(N * CLASSES, 3), *gx = noise(N * PIXELS, 4);
    memcpy(model->grads, grads, model->trainable * sizeof *grads);
    f.forward(f.model, N, noise(N * PIXELS, 5), z);
    f.backward(f.model, N, noise(N * CLASSES, 6), gx);
    ck_assert_mem_eq(model->grads, grads, model->trainable * sizeof *grads);
    ck_assert_int_eq((int)model->batches_tracked, 0);
    for (int i = 0; i < model->params; i++)
        if (strcmp(model->param[i].name, "1.running_mean") == 0)
            for (int k = 0; k < 6; k++)
                ck_assert_float_eq(model->param[i].value[k], 0);
}
END_TEST

static struct sr_model *two_convolutions(void)
{
    static struct sr_layer list[6];
    const char *kinds[] = {"conv",       "activation", "conv",
                           "activation", "flatten",    "linear"};
    for (int i = 0; i < 6; i++)
        list[i] = models_layer(kinds[i]);
    list[0].out = 8;
    list[2].out = 12;
    list[0].kernel = list[2].kernel = 3;
    list[0].padding = list[2].padding = 1;
    list[2].stride = 2;
    list[5].out = CLASSES;
    return models_build(models_sequence(list, 6), "silu",
                        (struct sr_problem){8, 8, 3, CLASSES, {0}, {0}}, N);
}

/* Square asks about neighbours where it can, and finds the very same. */
START_TEST(neighbours_are_asked_about_to_the_same_end)
{
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    struct sr_attack_opts o = {.name = "square",
                               .norm = SR_LINF,
                               .epsilon = 0.01,
                               .steps = 300,
                               .restarts = 1};
    struct sr_oracle f = sr_model_oracle(two_convolutions(), &pass);
    float *x = noise(N * PIXELS, 1), *z = noise(N * CLASSES, 2);
    float *near = noise(N * PIXELS, 3), *whole = noise(N * PIXELS, 4);
    const uint64_t id[N] = {5, 6, 7};
    int y[N];
    for (int i = 0; i < N * PIXELS; i++)
        x[i] = 0.5f + 0.5f * x[i];
    sr_oracle_logits(&f, N, x, z);
    for (int i = 0; i < N; i++)
        y[i] = sr_argmax(CLASSES, z + i * CLASSES);
    const struct sr_attack_batch b = {.n = N, .x = x, .y = y, .id = id};

    ck_assert(f.near && f.kept_floats > 0);
    sr_attack_run(&o, &f, &b, near, sr_test_arena());
    const uint64_t asked = f.forwards;
    f.near = NULL;
    f.forwards = N;
    sr_attack_run(&o, &f, &b, whole, sr_test_arena());
    ck_assert_mem_eq(near, whole, N * PIXELS * sizeof *near);
    ck_assert_uint_eq(f.forwards, asked);
}
END_TEST

/* Batch statistics, dropped layers and gradients need whole passes. */
START_TEST(neighbours_of_plain_passes_only)
{
    struct sr_model *model = two_convolutions();
    const uint64_t drop[N] = {0};
    const struct sr_pass passes[] = {
        {.want = SR_WANT_INPUT},
        {.want = SR_WANT_LOGITS, .batchnorm = SR_BN_BATCH},
        {.want = SR_WANT_LOGITS, .drop = drop}};
    for (int i = 0; i < 3; i++)
        ck_assert(!sr_model_oracle(model, &passes[i]).near);
}
END_TEST

SR_SUITE(model_as_oracle)
{
    return sr_suite(
        "model/as_oracle",
        (const TTest *[]){gradient_is_of_the_logits,
                          oracles_do_not_disturb_each_other,
                          an_attack_leaves_no_trace,
                          neighbours_are_asked_about_to_the_same_end,
                          neighbours_of_plain_passes_only, NULL});
}
