/* engine/kern/move.h - elementwise loops without parameters per channel, and
 * moves.
 */

/* Exchange of what differs in bit BIT between number of row and of lane. */
INLINE void swap_bit(vec *rows, const int bit)
{
    const ivec lane = lane_numbers();
    const ivec from_b = ((lane & bit) != 0) & (VL - bit);
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        if (!(i & bit)) {
            const vec a = rows[i], b = rows[i + bit];
            rows[i] = __builtin_shuffle(a, b, lane + from_b);
            rows[i + bit] = __builtin_shuffle(a, b, lane + from_b + bit);
        }
}

static void transpose(const float *const *from, float *const *to)
{
    vec rows[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        rows[i] = load(from[i]);
#pragma GCC unroll 4
    for (int bit = 1; bit < VL; bit *= 2)
        swap_bit(rows, bit);
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        store(to[i], rows[i]);
}

enum { LINE = 16 }; /* floats of a cache line */

static void fetch(size_t count, const float *x)
{
    for (size_t i = 0; i < count; i += LINE)
        __builtin_prefetch(x + i);
}

static void add(size_t count, const float *a, const float *b, float *out)
{
    for (size_t i = 0; i < count; i += VL) {
        const size_t left = count - i;
        store_upto(out + i, load_upto(a + i, left) + load_upto(b + i, left),
                   left);
    }
}

/* Short spans: vectors of four and single floats. */
INLINE void add_short(int floats, const float *from, float *to)
{
    typedef float four __attribute__((vector_size(16), aligned(4), may_alias));
    int i = 0;
    for (; i + 4 <= floats; i += 4)
        *(four *)(to + i) += *(const four *)(from + i);
    for (; i < floats; i++)
        to[i] += from[i];
}

/* Spans that overlap are not added right after each other: a load that meets
 * the parts of two stores has to wait until both are done. */
static void scatter(int n, int floats, const float *from, ptrdiff_t from_step,
                    float *to, ptrdiff_t to_step)
{
    const int apart = (int)((floats + to_step - 1) / to_step);
    for (int first = 0; first < apart; first++)
        for (int i = first; i < n; i += apart)
            add_short(floats, from + i * from_step, to + i * to_step);
}

/* The last vector of a row ends with it, and so sums some once more. */
static void sum_shifted(int rows, int cols, const float *from,
                        ptrdiff_t row_step, ptrdiff_t col_step, int count,
                        float *to)
{
    for (int i = 0; i < count; i += VL) {
        const int at = i + VL <= count || count < VL ? i : count - VL;
        vec sum = {0};
        for (int r = 0; r < rows; r++)
            for (int k = 0; k < cols; k++)
                sum += load(from + r * row_step + k * col_step + at);
        store_upto(to + at, sum, (size_t)(count - at));
    }
}

static void multiply(size_t count, const float *a, const float *b, float *out)
{
    for (size_t i = 0; i < count; i += VL) {
        const size_t left = count - i;
        store_upto(out + i, load_upto(a + i, left) * load_upto(b + i, left),
                   left);
    }
}

/* g > 0 and g < 0 are both false for NaN; an infinite g is left out by the
 * comparison with the largest float. */
static void sign_step(size_t count, float step, float eps, const float *x,
                      const float *g, float *adv)
{
    const float largest = 0x1.fffffep127f;
    for (size_t i = 0; i < count; i += VL) {
        const size_t left = count - i;
        const vec clean = load_upto(x + i, left),
                  slope = load_upto(g + i, left);
        const vec up = pick(slope > 0, spread(step), (vec){0});
        const vec move = pick(slope < 0, spread(-step), up);
        vec to = load_upto(adv + i, left);
        to += pick(v_abs(slope) <= largest, move, (vec){0});
        to = v_min(v_max(to, clean - eps), clean + eps);
        store_upto(adv + i, v_min(v_max(to, (vec){0}), spread(1)), left);
    }
}

#define SR_MATH(name)                                                          \
    static void name##_loop(size_t count, const float *x, float *y)            \
    {                                                                          \
        for (size_t i = 0; i < count; i += VL)                                 \
            store_upto(y + i, v_##name(load_upto(x + i, count - i)),           \
                       count - i);                                             \
    }
SR_MATH_LIST(SR_MATH)
#undef SR_MATH
