#include "model/models.h"
#include "engine/vec.h"
#include "train/sgd.h"

enum { N = 3 };

/* One run of three steps, with its own rates, on the quadratic
 * sum(a w^2 / 2 + b w); w and momentum after them by torch.optim.SGD 1.13. */
static const struct {
    const char *why;
    bool nesterov;
    double decay;
    float w[N], m[N];
} golden[] = {
    {"plain",
     false,
     0,
     {1.07052004f, 0.0238400046f, 2.60979986f},
     {4.3739996f, -2.59200001f, 4.11000013f}},
    {"weight decay",
     false,
     0.01,
     {1.06713164f, 0.0242866632f, 2.6026566f},
     {4.4054594f, -2.59421372f, 4.18249941f}},
    {"Nesterov",
     true,
     0,
     {0.849355996f, 0.146035522f, 2.39567542f},
     {4.01678991f, -2.14703989f, 3.94602013f}},
    {"Nesterov with decay",
     true,
     0.01,
     {0.844516933f, 0.146490872f, 2.38487864f},
     {4.04191017f, -2.14641285f, 4.01221228f}},
};

/* Three steps of five float operations: 16 half-units of the largest value. */
START_TEST(steps_are_pytorchs)
{
    static const float a[N] = {1, 2, 0.5f}, b[N] = {0.3f, -0.7f, 0.1f};
    static const double lr[] = {0.1, 0.05, 0.02};
    for (size_t k = 0; k < sizeof golden / sizeof *golden; k++) {
        const struct sr_sgd sgd = {.momentum = 0.9,
                                   .nesterov = golden[k].nesterov};
        float w[N] = {1.5f, -0.25f, 3}, m[N] = {0}, g[N];
        for (int t = 0; t < 3; t++) {
            for (int i = 0; i < N; i++)
                g[i] = a[i] * w[i] + b[i];
            sr_sgd_update(&sgd, lr[t], golden[k].decay, N, g, m, w);
        }
        for (int i = 0; i < N; i++) {
            ck_assert_msg(fabsf(w[i] - golden[k].w[i]) < 4e-6f, "%s: w[%d]",
                          golden[k].why, i);
            ck_assert_msg(fabsf(m[i] - golden[k].m[i]) < 4e-6f, "%s: m[%d]",
                          golden[k].why, i);
        }
    }
}
END_TEST

/* On a w^2 / 2 the momentum method is a linear recursion with a known root:
 * with mu = 0 every step multiplies w by 1 - lr (a + decay). */
START_TEST(a_quadratic_shrinks_by_its_factor)
{
    const struct sr_sgd sgd = {0};
    float w = 8, m = 123; /* without momentum its past must not matter */
    for (int t = 0; t < 10; t++) {
        const float g = 3 * w;
        sr_sgd_update(&sgd, 0.125, 1, 1, &g, &m, &w);
    }
    /* 1 - (3 + 1) / 8 = 1/2 exactly, and powers of two are exact. */
    ck_assert_float_eq(w, 8.0f / 1024);
}
END_TEST

static bool decays(int decay, enum sr_param_kind kind)
{
    switch (decay) {
    case SR_DECAY_WEIGHTS: return kind == SR_PARAM_WEIGHT;
    case SR_DECAY_NO_NORM: return kind != SR_PARAM_NORM;
    default: return true;
    }
}

/* `weights` leaves biases and batch norm alone; without a gradient, all that a
 * step does is to shrink what decays by lr decay, here a power of two. */
START_TEST(decay_may_spare_all_but_weights)
{
    for (int decay = SR_DECAY_ALL; decay <= SR_DECAY_NO_NORM; decay++) {
        struct sr_model *model = models_small();
        const struct sr_sgd sgd = {
            .weight_decay = 0.5,
            .decay = (enum sr_decay)decay,
            .m = SR_TAKE(sr_test_arena(), model->trainable, float)};
        float *before = SR_TAKE(sr_test_arena(), model->trainable, float);
        for (size_t i = 0; i < model->trainable; i++)
            before[i] = model->values[i] += 1;
        sr_model_zero_grads(model);
        sr_sgd_step(&sgd, nets_engine(), 0.5, model);
        for (int i = 0; i < model->params; i++) {
            const struct sr_param *p = &model->param[i];
            if (p->grad)
                ck_assert_float_eq_tol(p->value[0],
                                       before[p->value - model->values] *
                                           (decays(decay, p->kind) ? 0.75f : 1),
                                       1e-6f);
        }
    }
}
END_TEST

/* A gradient within the limit is left alone to the bit; a longer one keeps its
 * direction and gets that length, but for PyTorch's 1e-6. */
START_TEST(long_gradients_are_shortened)
{
    struct sr_model *model = models_small();
    const size_t n = model->trainable;
    const float *g = noise(n, 4);
    const double norm = sr_vec_norm2(n, g);
    memcpy(model->grads, g, n * sizeof *g);
    sr_sgd_clip(nets_engine(), 1.01 * norm, norm, model);
    ck_assert_mem_eq(model->grads, g, n * sizeof *g);
    sr_sgd_clip(nets_engine(), 2, norm, model);
    ck_assert_double_eq_tol(sr_vec_norm2(n, model->grads),
                            2 * norm / (norm + 1e-6), 1e-5);
    ck_assert_float_eq_tol(model->grads[7], g[7] * (float)(2 / norm), 1e-6f);
}
END_TEST

SR_SUITE(train_sgd)
{
    return sr_suite("train/sgd",
                    (const TTest *[]){steps_are_pytorchs,
                                      a_quadratic_shrinks_by_its_factor,
                                      decay_may_spare_all_but_weights,
                                      long_gradients_are_shortened, NULL});
}
