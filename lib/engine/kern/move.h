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
