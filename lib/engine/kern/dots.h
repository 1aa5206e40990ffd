/* engine/kern/dots.h - tiles of one output, whose lanes are inputs.
 *
 * A single output would leave all but one lane of a vector of outputs idle.
 * Here the products of a window are summed lane by lane and the lanes of all
 * pixels are added up at the end, in the order of a binary tree, whatever the
 * pixel's place in the tile.  Weights are [rows][len]: the tile's width is 1.
 */

/* sums += `vectors` vectors of every pixel's window times their weights. */
INLINE void dots_step(vec *sums, const struct sr_tile *t, ptrdiff_t at,
                      const vec *weights, const int vectors)
{
#pragma GCC unroll 16
    for (int p = 0; p < VL; p++) {
        const float *x = t->x[p] + at;
#pragma GCC unroll 3
        for (int k = 0; k < vectors; k++)
            sums[p] += load(x + k * VL) * weights[k];
    }
}

/* One row of the windows, from x + at on.  The last vector of a row ends with
 * it: weights that the one before has had are 0 there.  len >= VL. */
INLINE void dots_row(vec *sums, const struct sr_tile *t, ptrdiff_t at,
                     const float *w)
{
    int i = 0;
    for (; i + 2 * VL <= t->len; i += 2 * VL) {
        const vec weights[] = {load(w + i), load(w + i + VL)};
        dots_step(sums, t, at + i, weights, 2);
    }
    for (; i + VL <= t->len; i += VL) {
        const vec weights = load(w + i);
        dots_step(sums, t, at + i, &weights, 1);
    }
    if (i == t->len)
        return;
    const int last = t->len - VL;
    const ivec fresh = lane_numbers() + last >= i;
    const vec weights = (vec)((ivec)load(w + last) & fresh);
    dots_step(sums, t, at + last, &weights, 1);
}

/* Where sums[i] and sums[i + BIT] hold sums of BIT lanes each, sums[i] becomes
 * those of 2 BIT lanes of both: of its own in the lanes without BIT. */
INLINE void add_neighbours(vec *sums, const int bit)
{
    const ivec lane = lane_numbers();
    const ivec even = lane + (((lane & bit) != 0) & (VL - bit));
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        if (i % (2 * bit) == 0)
            sums[i] = __builtin_shuffle(sums[i], sums[i + bit], even) +
                      __builtin_shuffle(sums[i], sums[i + bit], even + bit);
}

/* Lane i of sums[0] becomes the sum of all lanes of sums[i]. */
INLINE void add_lanes(vec *sums)
{
    add_neighbours(sums, 1);
    add_neighbours(sums, 2);
    if (VL > 4)
        add_neighbours(sums, 4 % VL);
    if (VL > 8)
        add_neighbours(sums, 8 % VL);
}

static void dots(const struct sr_tile *t)
{
    vec sums[VL];
    const float *w = t->w;
#pragma GCC unroll 16
    for (int p = 0; p < VL; p++)
        sums[p] = (vec){0};
    for (int r = 0; r < t->rows; r++, w += t->len + t->w_skip)
        dots_row(sums, t, r * t->row_step, w);
    add_lanes(sums);
    float total[VL];
    store(total, sums[0] + t->bias[0]);
    for (int p = 0; p < t->pixels; p++)
        t->y[p][0] = total[p];
}
