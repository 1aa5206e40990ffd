/* engine/kern/advance.h - pixels on their way to a plane, each until it is
 * stopped at 0 or 1.
 *
 * A pixel of weight 0 neither goes nor counts, and such are the lanes past the
 * last one.
 */

/* How far x may go where w leads up, and where it leads down. */
INLINE vec room_of(vec w, vec x) { return pick(w > 0, 1 - x, x); }

INLINE vec speed_of(const struct sr_advance *a, vec w)
{
    return a->alike ? pick(w != 0, spread(1), (vec){0}) : v_abs(w);
}

INLINE dvec d_pick(lvec mask, dvec yes, dvec no)
{
    return (dvec)((mask & (lvec)yes) | (~mask & (lvec)no));
}

INLINE double d_total(dvec v)
{
    double sum = 0;
    for (int i = 0; i < VL / 2; i++)
        sum += v[i];
    return sum;
}

static void gone(const struct sr_advance *a, double t, double *sum,
                 double *rate)
{
    dvec sums[2] = {{0}}, rates[2] = {{0}};
    for (size_t i = 0; i < a->count; i += VL) {
        const size_t left = a->count - i;
        const vec w = load_upto(a->w + i, left) * a->sign;
        float room[VL], speed[VL], weight[VL];
        store(room, room_of(w, load_upto(a->x + i, left)));
        store(speed, speed_of(a, w));
        store(weight, v_abs(w));
        for (int k = 0; k < 2; k++) {
            const int lane = k * (VL / 2);
            const dvec stop = widen(room + lane), own = widen(speed + lane),
                       weights = widen(weight + lane), by = t * own;
            sums[k] += weights * d_pick(stop < by, stop, by);
            rates[k] += d_pick(stop > by, weights * own, (dvec){0});
        }
    }
    *sum = d_total(sums[0] + sums[1]);
    *rate = d_total(rates[0] + rates[1]);
}

/* A way that is NaN is none. */
static void advance(const struct sr_advance *a, float t, float *d)
{
    for (size_t i = 0; i < a->count; i += VL) {
        const size_t left = a->count - i;
        const vec w = load_upto(a->w + i, left) * a->sign;
        const vec room = room_of(w, load_upto(a->x + i, left));
        const vec by = v_max(t * speed_of(a, w), (vec){0});
        const vec to = v_min(room, by);
        store_upto(d + i, pick(w > 0, to, -to), left);
    }
}
