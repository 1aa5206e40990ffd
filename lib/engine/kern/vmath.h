/* engine/kern/vmath.h - the elementary functions behind the activations.
 *
 * Each states its range and its largest error in units in the last place, for
 * any instruction set; tests/engine/test_vmath.c measures both on dense grids.
 * NaN in, NaN out, where nothing else is said.
 * Coefficients: weighted least squares towards equal ripple, in 40 digits.
 */

/* 2^n for whole n in -126..127. */
INLINE vec v_exp2_whole(ivec n) { return (vec)((n + 127) << 23); }

/* x = n ln2 + r with n whole and |r| <= ln2/2 (a little more by rounding).
 * Adding 1.5 * 2^23 rounds x / ln2 to n and leaves n in the low bits.  ln2 is
 * subtracted in two parts, the first of 11 bits: n times it is exact. */
INLINE vec v_exp_reduce(vec x, ivec *n)
{
    const float magic = 0x1.8p23f;
    const vec t = x * 1.44269504f + magic;
    const vec whole = t - magic;
    *n = (ivec)t - (ivec)spread(magic);
    return (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
}

/* (exp(r) - 1 - r) / r^2 for r from v_exp_reduce, and its square: pairs of
 * terms wait for each other less than one after the other. */
INLINE vec v_exp_rest(vec r, vec square)
{
    const vec high = r * 1.9907570e-4f + 1.3933643e-3f;
    const vec middle = r * 8.3332860e-3f + 4.1666465e-2f;
    const vec low = r * 1.6666667e-1f + 0.5f;
    return (high * square + middle) * square + low;
}

/* exp(r) - 1 and exp(r) for r from v_exp_reduce. */
INLINE vec v_expm1_core(vec r)
{
    const vec square = r * r;
    return r + square * v_exp_rest(r, square);
}
INLINE vec v_exp_core(vec r)
{
    const vec square = r * r;
    return (1 + r) + square * v_exp_rest(r, square);
}

/* exp(x), 2 ulp for -87.3 <= x <= 88.3; outside, x is first moved to the
 * nearer end, so the result is finite, positive and normal. */
INLINE vec v_exp(vec x)
{
    ivec n;
    x = pick(x < -87.3f, spread(-87.3f), x);
    x = pick(x > 88.3f, spread(88.3f), x);
    const vec r = v_exp_reduce(x, &n);
    return v_exp2_whole(n) * v_exp_core(r);
}

/* exp(-|x|), 2 ulp up to 87.3, beyond, and for NaN, as there.  Floats that are
 * not negative are in the order of their bits as whole numbers. */
INLINE vec v_decay(vec x)
{
    ivec n;
    x = (vec)i_min((ivec)v_abs(x), 0x42ae999a); /* 87.3 */
    const vec r = v_exp_reduce(-x, &n);
    return v_exp2_whole(n) * v_exp_core(r);
}

/* exp(x) - 1, 3 ulp for x <= 88, also near 0; below -87.3 as at -87.3. */
INLINE vec v_expm1(vec x)
{
    ivec n;
    x = pick(x < -87.3f, spread(-87.3f), x);
    x = pick(x > 88.0f, spread(88.0f), x);
    const vec r = v_exp_reduce(x, &n);
    const vec scale = v_exp2_whole(n);
    return scale * v_expm1_core(r) + (scale - 1);
}

/* log(1 + x), 3 ulp for 0 <= x <= 1e30.
 *
 * w = 1 + x loses low digits of x; what it lost, divided by w, is added back
 * (Kahan).  w = 2^e m with m in [sqrt(1/2), sqrt(2)). */
INLINE vec v_log1p(vec x)
{
    const vec w = 1 + x;
    const vec lost = pick(x < 1, x - (w - 1), 1 - (w - x));
    const ivec e = ((ivec)w - 0x3f3504f3) >> 23; /* 0x3f3504f3: sqrt(1/2) */
    const vec m = (vec)((ivec)w - (e << 23)) - 1;
    const vec n = __builtin_convertvector(e, vec);

    vec q = m * 7.3324373e-2f - 1.1659887e-1f;
    q = q * m + 1.1634677e-1f;
    q = q * m - 1.2396707e-1f;
    q = q * m + 1.4251155e-1f;
    q = q * m - 1.6669151e-1f;
    q = q * m + 2.0000688e-1f;
    q = q * m - 2.4999981e-1f;
    q = q * m + 3.3333331e-1f;
    const vec square = m * m;
    const vec low = q * m * square - n * 2.12194440e-4f + lost / w;
    return (low - 0.5f * square + m) + n * 0.693359375f;
}

/* tanh(x), 3 ulp, all x. */
INLINE vec v_tanh(vec x)
{
    const vec z = x * x;
    vec q = z * -6.1131885e-3f + 2.1010079e-2f;
    q = q * z - 5.3854069e-2f;
    q = q * z + 1.3332795e-1f;
    q = q * z - 3.3333329e-1f;
    const vec small = x + x * z * q;

    const vec magnitude = 1 - 2 / (v_exp(2 * v_abs(x)) + 1);
    const vec large = (vec)((ivec)magnitude | ((ivec)x & (int)0x80000000));
    return pick(v_abs(x) < 0.625f, small, large);
}

/* erfc(z) for z >= 0, 8 ulp up to z = 9, tiny but not 0 above; *gauss is
 * exp(-z^2), which its callers need as well.
 *
 * erfc(z) = gauss * p(u) / (1 + 2 z) with u = (z - 3) / (z + 3) in [-1, 0.52]
 * (Shepherd and Laframboise 1981).  z is split so that the square of its first
 * 12 bits is exact: an error in z^2 would be z^2 times as large in gauss. */
INLINE vec v_erfc_gauss(vec z, vec *gauss)
{
    z = pick(z > 1e4f, spread(1e4f), z);
    const vec head = (vec)((ivec)z & (int)0xfffff000);
    const vec rest = (z - head) * (z + head); /* at most z^2 / 2^11 */
    *gauss =
        v_exp(-head * head) * (1 + v_expm1_core(-v_min(rest, 0.34f + 0 * z)));

    const vec u = (z - 3) / (z + 3);
    vec q = u * -2.7389514e-4f - 7.9289936e-4f;
    q = q * u + 1.9915490e-3f;
    q = q * u + 2.5717119e-3f;
    q = q * u - 2.3791364e-2f;
    q = q * u + 6.8296146e-2f;
    q = q * u - 1.1927200e-1f;
    q = q * u + 1.2964627e-1f;
    q = q * u - 4.7562344e-2f;
    q = q * u - 1.3562113e-1f;
    q = q * u + 1.2530081e+0f;
    return *gauss * q / (1 + 2 * z);
}

INLINE vec v_erfc(vec z)
{
    vec gauss;
    return v_erfc_gauss(z, &gauss);
}

/* s = 1 / (1 + exp(-x)); *bend is its derivative s (1 - s), without the
 * cancellation that 1 - s would suffer for large x.  NaN in, 1 out. */
INLINE vec v_sigmoid_bend(vec x, vec *bend)
{
    const vec e = v_decay(x), r = 1 / (1 + e);
    *bend = e * r * r;
    return pick(x < 0, e * r, r);
}

/* By the same exponential: a value and a slope computed together share it. */
INLINE vec v_sigmoid(vec x)
{
    vec bend;
    return v_sigmoid_bend(x, &bend);
}
