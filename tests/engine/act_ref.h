/* tests/engine/act_ref.h - the activations of engine/act_list.h in double.
 *
 * value and slope are the definitions, written as the papers write them where
 * double has room for that; param fills d value / d p[i] for what is learned.
 * p holds alpha, or the learned parameters, as in engine/act.h.
 */
#ifndef SR_TESTS_ENGINE_ACT_REF_H
#define SR_TESTS_ENGINE_ACT_REF_H

#include <math.h>

struct act_ref {
    const char *name;
    double (*value)(double x, const double *p);
    double (*slope)(double x, const double *p);
    void (*param)(double x, const double *p, double *d);
};

static inline double ref_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static inline double ref_softplus1(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

#define REF(name, body)                                                        \
    static inline double ref_##name(double x, const double *p)                 \
    {                                                                          \
        (void)x, (void)p;                                                      \
        return body;                                                           \
    }

// clang-format off
REF(relu_value, x > 0 ? x : 0)
REF(relu_slope, x > 0 ? 1 : 0)

REF(softplus_value, ref_softplus1(p[0] * x) / p[0])
REF(softplus_slope, ref_sigmoid(p[0] * x))

REF(silu_value, x * ref_sigmoid(x))
REF(silu_slope, ref_sigmoid(x) * (1 + x * (1 - ref_sigmoid(x))))

/* erfc, because 1 + erf loses the left tail in double as well. */
REF(normal, 0.5 * erfc(-x / sqrt(2)))
REF(gauss, exp(-x * x / 2) / sqrt(2 * acos(-1)))
REF(gelu_value, x * ref_normal(x, p))
REF(gelu_slope, ref_normal(x, p) + x * ref_gauss(x, p))

/* (1 + tanh u) / 2 = sigmoid(2 u) */
REF(gelu_inner, 2 * sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x))
REF(gelu_inner_slope, 2 * sqrt(2 / acos(-1)) * (1 + 3 * 0.044715 * x * x))
REF(gelu_tanh_value, x * ref_sigmoid(ref_gelu_inner(x, p)))
REF(gelu_tanh_slope, ref_sigmoid(ref_gelu_inner(x, p)) *
    (1 + x * ref_sigmoid(-ref_gelu_inner(x, p)) * ref_gelu_inner_slope(x, p)))

REF(elu_value, x > 0 ? x : p[0] * expm1(x))
REF(elu_slope, x > 0 ? 1 : p[0] * exp(x))
REF(celu_value, x > 0 ? x : p[0] * expm1(x / p[0]))
REF(celu_slope, x > 0 ? 1 : exp(x / p[0]))

/* The difference loses x a / 2 of its digits near 0; long double has 11 more,
 * and below 1e-3 the series is exact to 1e-16. */
static inline double ref_smoothrelu_of(double x, double a)
{
    const double u = a * x;
    if (x <= 0)
        return 0;
    if (u < 1e-3)
        return u * u * (1.0/2 - u / 3 + u*u / 4 - u*u*u / 5 + u*u*u*u / 6) / a;
    return (double)((long double)u - log1pl((long double)u)) / a;
}
static inline double ref_smoothrelu_da(double x, double a)
{
    const double u = a * x;
    if (x <= 0)
        return 0;
    if (u < 1e-3)
        return u * u * (1.0/2 - 2*u / 3 + 3*u*u / 4 - 4*u*u*u / 5) / a / a;
    return (double)(log1pl((long double)u) - (long double)u / (1 + u)) / a / a;
}
REF(smoothrelu_value, ref_smoothrelu_of(x, p[0]))
REF(smoothrelu_slope, x > 0 ? p[0] * x / (1 + p[0] * x) : 0)
REF(smoothrelu_learned_value, ref_smoothrelu_of(x, p[0] * p[0]))
REF(smoothrelu_learned_slope, x > 0 ? p[0]*p[0] * x / (1 + p[0]*p[0] * x) : 0)
static inline void ref_smoothrelu_learned_param(double x, const double *p,
                                                double *d)
{
    d[0] = ref_smoothrelu_da(x, p[0] * p[0]) * 2 * p[0];
}

REF(mish_value, x * tanh(ref_softplus1(x)))
REF(mish_slope, tanh(ref_softplus1(x)) +
    x * ref_sigmoid(x) / pow(cosh(fmin(ref_softplus1(x), 300)), 2))

REF(leaky_relu_value, x > 0 ? x : p[0] * x)
REF(leaky_relu_slope, x > 0 ? 1 : p[0])

REF(sign, (x > 0) - (x < 0))
REF(psilu_value, x * ref_sigmoid(fabs(p[0]) * x))
REF(psilu_slope, ref_sigmoid(fabs(p[0]) * x) *
    (1 + fabs(p[0]) * x * ref_sigmoid(-fabs(p[0]) * x)))
static inline void ref_psilu_param(double x, const double *p, double *d)
{
    const double u = fabs(p[0]) * x;
    d[0] = ref_sign(p[0], p) * x * x * ref_sigmoid(u) * ref_sigmoid(-u);
}

REF(pssilu_value, x * (ref_sigmoid(fabs(p[0]) * x) - fabs(p[1])) /
    (1 - fabs(p[1])))
REF(pssilu_slope, (ref_psilu_slope(x, p) - fabs(p[1])) / (1 - fabs(p[1])))
static inline void ref_pssilu_param(double x, const double *p, double *d)
{
    const double rest = 1 - fabs(p[1]);
    ref_psilu_param(x, p, d);
    d[0] /= rest;
    d[1] = -ref_sign(p[1], p) * x * ref_sigmoid(-fabs(p[0]) * x) / rest / rest;
}

REF(psoftplus_value, ref_softplus1(fabs(p[0]) * x) / fabs(p[0]))
REF(psoftplus_slope, ref_sigmoid(fabs(p[0]) * x))
static inline void ref_psoftplus_param(double x, const double *p, double *d)
{
    const double a = fabs(p[0]), u = -fabs(a * x); /* even in x */
    d[0] = ref_sign(p[0], p) * (u * ref_sigmoid(u) - ref_softplus1(u)) / a / a;
}

/* x + sqrt(x^2 + 4) cancels for x < 0; multiplied by its conjugate it does
 * not. */
REF(squareplus_value, x < 0 ? 2 / (sqrt(x * x + 4) - x)
                            : (x + sqrt(x * x + 4)) / 2)
REF(squareplus_slope, ref_squareplus_value(x, p) / sqrt(x * x + 4))

REF(sigmoid_value, ref_sigmoid(x))
REF(sigmoid_slope, ref_sigmoid(x) * ref_sigmoid(-x))

REF(identity_value, x)
REF(identity_slope, 1)

#define REF_PARAM_0(name) NULL
#define REF_PARAM_1(name) ref_##name##_param
#define REF_PARAM_2(name) ref_##name##_param
static const struct act_ref act_refs[] = {
#define SR_ACT(name, learned, ...)                                             \
    {#name, ref_##name##_value, ref_##name##_slope, REF_PARAM_##learned(name)},
    SR_ACT_LIST(SR_ACT)
#undef SR_ACT
};
// clang-format on

#endif
