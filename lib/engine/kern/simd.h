/* engine/kern/simd.h - vectors of VL floats and the few words spoken of them.
 * Included only by kern.c, which defines VL.
 *
 * GNU vector types: + - * / and comparisons work lane by lane, a float next to
 * a vector is spread over its lanes, and a comparison yields lanes of all ones
 * or all zeros.
 */
typedef float vec __attribute__((vector_size(4 * VL)));
typedef int ivec __attribute__((vector_size(4 * VL)));
typedef float vec_at_any
    __attribute__((vector_size(4 * VL), aligned(4), may_alias));
/* Half as many lanes as a vec: __builtin_convertvector needs both halves. */
typedef float half __attribute__((vector_size(2 * VL)));
typedef float half_at_any
    __attribute__((vector_size(2 * VL), aligned(4), may_alias));
typedef double dvec __attribute__((vector_size(4 * VL)));
typedef double dvec_at_any
    __attribute__((vector_size(4 * VL), aligned(8), may_alias));

typedef long long lvec __attribute__((vector_size(4 * VL)));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) { return *(const vec_at_any *)p; }
INLINE void store(float *p, vec v) { *(vec_at_any *)p = v; }

/* The first n < VL floats at p, zeros behind; nothing else is touched. */
INLINE vec load_part(const float *p, size_t n)
{
    float part[VL] = {0};
    memcpy(part, p, n * sizeof *p);
    return load(part);
}

INLINE void store_part(float *p, vec v, size_t n)
{
    float part[VL];
    store(part, v);
    memcpy(p, part, n * sizeof *p);
}

/* Loops over `left` remaining floats use these two, so that the arithmetic
 * between them exists once and the last lanes get the same bits as the rest. */
INLINE vec load_upto(const float *p, size_t left)
{
    return left >= VL ? load(p) : load_part(p, left);
}

INLINE void store_upto(float *p, vec v, size_t left)
{
    if (left >= VL)
        store(p, v);
    else
        store_part(p, v, left);
}

INLINE dvec widen(const float *p)
{
    const half h = *(const half_at_any *)p;
    return __builtin_convertvector(h, dvec);
}

/* 0, 1, 2 ...: a constant to the compiler, and so is what is made of it. */
INLINE ivec lane_numbers(void)
{
    static const int numbers[16] __attribute__((aligned(64))) = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return *(const ivec *)numbers;
}

INLINE vec spread(float a) { return a - (vec){0}; }
INLINE vec pick(ivec mask, vec yes, vec no)
{
    return (vec)((mask & (ivec)yes) | (~mask & (ivec)no));
}
/* Where either is NaN: b. */
INLINE vec v_min(vec a, vec b) { return pick(a < b, a, b); }
INLINE vec v_max(vec a, vec b) { return pick(a > b, a, b); }
INLINE vec v_abs(vec x) { return (vec)((ivec)x & 0x7fffffff); }

/* A lane at a time it becomes a single instruction. */
INLINE ivec i_min(ivec a, int b)
{
    int lane[VL];
    memcpy(lane, &a, sizeof a);
    for (int i = 0; i < VL; i++)
        lane[i] = lane[i] < b ? lane[i] : b;
    memcpy(&a, lane, sizeof a);
    return a;
}

INLINE vec v_sqrt(vec x)
{
    float lane[VL];
    store(lane, x);
    for (int i = 0; i < VL; i++)
        lane[i] = __builtin_sqrtf(lane[i]);
    return load(lane);
}
