/* engine/kern/acts.h - values and slopes of the activations.
 *
 * slope is d value / d x at the same x; at a corner it is the derivative from
 * the left.  NAME_param fills d value / d p[i] of what is learned.  The
 * formulas are in act_list.h; what is written here are the forms of them that
 * neither overflow nor cancel for |x| <= 1e4.  The value of a NaN is a NaN.
 */
INLINE vec relu_value(vec x, const float *p)
{
    (void)p;
    return pick(x < 0, (vec){0}, x);
}
INLINE vec relu_slope(vec x, const float *p)
{
    (void)p;
    return pick(x > 0, spread(1), (vec){0});
}

/* log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)) */
INLINE vec v_softplus(vec x)
{
    return relu_value(x, NULL) + v_log1p(v_exp(-v_abs(x)));
}

INLINE vec softplus_value(vec x, const float *p)
{
    return v_softplus(p[0] * x) * (1 / p[0]);
}
INLINE vec softplus_slope(vec x, const float *p) { return v_sigmoid(p[0] * x); }

INLINE vec silu_value(vec x, const float *p)
{
    (void)p;
    return x * v_sigmoid(x);
}
INLINE vec silu_slope(vec x, const float *p)
{
    (void)p;
    vec bend;
    const vec s = v_sigmoid_bend(x, &bend);
    return s + x * bend;
}

/* Phi(x) by its smaller tail, which keeps its digits for large |x|. */
INLINE vec v_normal(vec x, vec *gauss)
{
    const vec tail = 0.5f * v_erfc_gauss(v_abs(x) * 0.70710678f, gauss);
    return pick(x < 0, tail, 1 - tail);
}
INLINE vec gelu_value(vec x, const float *p)
{
    (void)p;
    vec gauss;
    return x * v_normal(x, &gauss);
}
INLINE vec gelu_slope(vec x, const float *p)
{
    (void)p;
    vec gauss;
    const vec phi = v_normal(x, &gauss);
    return phi + x * gauss * 0.39894228f; /* 1 / sqrt(2 pi) */
}

/* (1 + tanh(u)) / 2 = sigmoid(2 u), which keeps its digits for negative u. */
INLINE vec gelu_tanh_value(vec x, const float *p)
{
    (void)p;
    const vec u = 1.59576912f * (x + 0.044715f * x * x * x);
    return x * v_sigmoid(u);
}
INLINE vec gelu_tanh_slope(vec x, const float *p)
{
    (void)p;
    const vec u = 1.59576912f * (x + 0.044715f * x * x * x);
    vec bend;
    const vec s = v_sigmoid_bend(u, &bend);
    return s + x * bend * (1.59576912f * (1 + 0.134145f * x * x));
}

INLINE vec elu_value(vec x, const float *p)
{
    return pick(x <= 0, p[0] * v_expm1(x), x);
}
INLINE vec elu_slope(vec x, const float *p)
{
    return pick(x > 0, spread(1), p[0] * v_exp(x));
}

INLINE vec celu_value(vec x, const float *p)
{
    return pick(x <= 0, p[0] * v_expm1(x * (1 / p[0])), x);
}
INLINE vec celu_slope(vec x, const float *p)
{
    return pick(x > 0, spread(1), v_exp(x * (1 / p[0])));
}

/* With u = a x below 0.1 the difference u - log(1 + u) would cancel; there it
 * is u^2 (1/2 - u/3 + u^2/4 - ...). */
INLINE vec v_smoothrelu(vec x, float a)
{
    const vec u = a * relu_value(x, NULL);
    vec q = u * -0.1111111f + 0.125f;
    q = q * u - 0.14285714f;
    q = q * u + 0.16666667f;
    q = q * u - 0.2f;
    q = q * u + 0.25f;
    q = q * u - 0.33333333f;
    q = q * u + 0.5f;
    return pick(u < 0.1f, u * u * q, u - v_log1p(u)) * (1 / a);
}
INLINE vec v_smoothrelu_slope(vec x, float a)
{
    const vec u = a * relu_value(x, NULL);
    return u / (1 + u);
}

INLINE vec smoothrelu_value(vec x, const float *p)
{
    return v_smoothrelu(x, p[0]);
}
INLINE vec smoothrelu_slope(vec x, const float *p)
{
    return v_smoothrelu_slope(x, p[0]);
}

/* The raw parameter is the square root of alpha, as in the authors' code, so
 * that alpha stays positive; at 0, where the formula would divide by it, alpha
 * is taken as 1e-6, for which the function is 0 to within x^2 / 2e6. */
INLINE float learned_alpha(const float *p)
{
    const float a = p[0] * p[0];
    return a > 1e-6f ? a : 1e-6f;
}
INLINE vec smoothrelu_learned_value(vec x, const float *p)
{
    return v_smoothrelu(x, learned_alpha(p));
}
INLINE vec smoothrelu_learned_slope(vec x, const float *p)
{
    return v_smoothrelu_slope(x, learned_alpha(p));
}
/* d/da (x - log(1 + a x) / a) = (log(1 + u) - u / (1 + u)) / a^2, u = a x;
 * for small u that is u^2 (1/2 - 2u/3 + 3u^2/4 - ...) / a^2. */
INLINE void smoothrelu_learned_param(vec x, const float *p, vec d[2])
{
    const float a = learned_alpha(p);
    const vec u = a * relu_value(x, NULL);
    vec q = u * -0.8888889f + 0.875f;
    q = q * u - 0.85714286f;
    q = q * u + 0.83333333f;
    q = q * u - 0.8f;
    q = q * u + 0.75f;
    q = q * u - 0.66666667f;
    q = q * u + 0.5f;
    const vec by_a = pick(u < 0.05f, u * u * q, v_log1p(u) - u / (1 + u));
    d[0] = by_a * (2 * p[0] / a / a);
    d[1] = (vec){0};
}

/* tanh(log(1 + e)) = w / (w + 2) with e = exp(x) and w = e (e + 2).  From
 * x = 20 on it is 1 in float, and e^2 must not overflow. */
INLINE vec v_mish_gate(vec x, vec *e, vec *w)
{
    *e = v_exp(pick(x > 20, spread(20), x));
    *w = *e * (*e + 2);
    return *w / (*w + 2);
}
INLINE vec mish_value(vec x, const float *p)
{
    (void)p;
    vec e, w;
    return x * v_mish_gate(x, &e, &w);
}
/* 1 - tanh^2 = 4 (1 + e)^2 / (w + 2)^2 and softplus' = e / (1 + e). */
INLINE vec mish_slope(vec x, const float *p)
{
    (void)p;
    vec e, w;
    const vec gate = v_mish_gate(x, &e, &w);
    const vec bend = 4 * e * (1 + e) / (w + 2) / (w + 2);
    return gate + pick(x > 20, (vec){0}, x * bend);
}

INLINE vec leaky_relu_value(vec x, const float *p)
{
    return pick(x < 0, p[0] * x, x);
}
INLINE vec leaky_relu_slope(vec x, const float *p)
{
    return pick(x > 0, spread(1), spread(p[0]));
}

/* |p| and its derivative; 0 at 0, as PyTorch's abs. */
INLINE float size_of(float p) { return p < 0 ? -p : p; }
INLINE float sign_of(float p) { return (float)((p > 0) - (p < 0)); }

INLINE vec psilu_value(vec x, const float *p)
{
    return x * v_sigmoid(size_of(p[0]) * x);
}
INLINE vec psilu_slope(vec x, const float *p)
{
    const vec u = size_of(p[0]) * x;
    vec bend;
    const vec s = v_sigmoid_bend(u, &bend);
    return s + u * bend;
}
INLINE void psilu_param(vec x, const float *p, vec d[2])
{
    vec bend;
    v_sigmoid_bend(size_of(p[0]) * x, &bend);
    d[0] = sign_of(p[0]) * x * x * bend;
    d[1] = (vec){0};
}

/* 1 - |b|, kept away from the pole at |b| = 1. */
INLINE float pssilu_rest(const float *p)
{
    const float rest = 1 - size_of(p[1]);
    return size_of(rest) > 1e-6f ? rest : 1e-6f;
}
INLINE vec pssilu_value(vec x, const float *p)
{
    const vec s = v_sigmoid(size_of(p[0]) * x);
    return x * (s - size_of(p[1])) / pssilu_rest(p);
}
INLINE vec pssilu_slope(vec x, const float *p)
{
    const vec u = size_of(p[0]) * x;
    vec bend;
    const vec s = v_sigmoid_bend(u, &bend);
    return (s + u * bend - size_of(p[1])) / pssilu_rest(p);
}
INLINE void pssilu_param(vec x, const float *p, vec d[2])
{
    const float rest = pssilu_rest(p);
    const vec u = size_of(p[0]) * x;
    vec bend;
    v_sigmoid_bend(u, &bend);
    d[0] = sign_of(p[0]) * x * x * bend / rest;
    d[1] = -sign_of(p[1]) * x * v_sigmoid(-u) / rest / rest;
}

/* |a|, kept away from 0, where the function has no limit. */
INLINE float psoftplus_size(const float *p)
{
    const float a = size_of(p[0]);
    return a > 1e-6f ? a : 1e-6f;
}
INLINE vec psoftplus_value(vec x, const float *p)
{
    const float a = psoftplus_size(p);
    return v_softplus(a * x) * (1 / a);
}
INLINE vec psoftplus_slope(vec x, const float *p)
{
    return v_sigmoid(psoftplus_size(p) * x);
}
/* d/da softplus(u) / a = (u sigmoid(u) - softplus(u)) / a^2 with u = a x; the
 * difference is even in u, and for u < 0 its terms do not cancel. */
INLINE void psoftplus_param(vec x, const float *p, vec d[2])
{
    const float a = psoftplus_size(p);
    const vec u = -v_abs(a * x);
    d[0] = sign_of(p[0]) * (u * v_sigmoid(u) - v_softplus(u)) / a / a;
    d[1] = (vec){0};
}

/* For x < 0, x + h cancels; there (x + h) / 2 = 2 / (h - x). */
INLINE vec squareplus_value(vec x, const float *p)
{
    (void)p;
    const vec h = v_sqrt(x * x + 4);
    return pick(x < 0, 2 / (h - x), 0.5f * (x + h));
}
INLINE vec squareplus_slope(vec x, const float *p)
{
    return squareplus_value(x, p) / v_sqrt(x * x + 4);
}

INLINE vec sigmoid_value(vec x, const float *p)
{
    (void)p;
    return pick(x == x, v_sigmoid(x), x);
}
INLINE vec sigmoid_slope(vec x, const float *p)
{
    (void)p;
    vec bend;
    v_sigmoid_bend(x, &bend);
    return bend;
}

INLINE vec identity_value(vec x, const float *p)
{
    (void)p;
    return x;
}
INLINE vec identity_slope(vec x, const float *p)
{
    (void)x, (void)p;
    return spread(1);
}

/* The loops, and one instance of them per row of the list. */
typedef vec act_fn(vec x, const float *p);
typedef void act_param_fn(vec x, const float *p, vec d[2]);

INLINE void act_value(act_fn *value, const float *p, size_t count,
                      const float *x, float *y)
{
    const float q[2] = {p[0], p[1]}; /* a copy y cannot alias */
    for (size_t i = 0; i < count; i += VL)
        store_upto(y + i, value(load_upto(x + i, count - i), q), count - i);
}

/* Where both contain the same exponential, the compiler computes it once. */
INLINE void act_value_slope(act_fn *value, act_fn *slope, const float *p,
                            size_t count, const float *x, float *y, float *s)
{
    const float q[2] = {p[0], p[1]};
    for (size_t i = 0; i < count; i += VL) {
        const vec at = load_upto(x + i, count - i);
        store_upto(y + i, value(at, q), count - i);
        store_upto(s + i, slope(at, q), count - i);
    }
}

INLINE void act_param(act_param_fn *param, const float *p, size_t count,
                      const float *x, const float *dy, double *sum)
{
    dvec total[2][2] = {{{0}}};
    for (size_t i = 0; i < count; i += VL) {
        vec d[2];
        param(load_upto(x + i, count - i), p, d);
        const vec g = load_upto(dy + i, count - i);
        for (int k = 0; k < 2; k++) {
            float part[VL];
            store(part, g * d[k]);
            total[k][0] += widen(part);
            total[k][1] += widen(part + VL / 2);
        }
    }
    for (int k = 0; k < 2; k++) {
        const dvec both = total[k][0] + total[k][1];
        sum[k] = 0;
        for (int i = 0; i < VL / 2; i++)
            sum[k] += both[i];
    }
}

// clang-format off
#define ACT_PARAM_0(name)
#define ACT_PARAM_1(name)                                                      \
    static void name##_param_loop(const float *p, size_t n, const float *x,    \
                                  const float *dy, double *sum)                \
    { act_param(name##_param, p, n, x, dy, sum); }
#define ACT_PARAM_2(name) ACT_PARAM_1(name)

#define SR_ACT(name, learned, ...)                                             \
    static void name##_value_loop(const float *p, size_t n, const float *x,    \
                                  float *y)                                    \
    { act_value(name##_value, p, n, x, y); }                                   \
    static void name##_slope_loop(const float *p, size_t n, const float *x,    \
                                  float *s)                                    \
    { act_value(name##_slope, p, n, x, s); }                                   \
    static void name##_value_slope_loop(const float *p, size_t n,              \
                                        const float *x, float *y, float *s)    \
    { act_value_slope(name##_value, name##_slope, p, n, x, y, s); }            \
    ACT_PARAM_##learned(name)
SR_ACT_LIST(SR_ACT)
#undef SR_ACT
// clang-format on
