/* What an attack saw, against asking the classifier again. */
#include "audit/trail.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { N = 7, D = 12, STEPS = 5 };

/* PGD of k steps ends where the longer attack is after k: same start, same
 * steps.  So the k-th point of the trail is what PGD-k returns. */
START_TEST(its_points_are_those_of_shorter_attacks)
{
    struct classifier c;
    struct sr_oracle f = bent_oracle(&c, D, 5);
    struct sr_attack_opts o = test_attack("pgd-5");
    const struct sr_attack_batch b = test_batch(&f, N, 3);
    struct sr_trail trail;
    float *adv = noise(N * D, 9);

    o.keep = SR_KEEP_WORST;
    trail = sr_trail_take(&o, N, sr_test_arena());
    ck_assert_int_eq(trail.points, STEPS + 1);
    sr_trail_follow(&trail, 0, &o, &f, &b, sr_test_arena());
    ck_assert_int_eq(c.backwards, N * STEPS);
    o.keep = SR_KEEP_LAST;
    for (int k = 1; k <= STEPS; k++) {
        o.steps = k;
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        for (int i = 0; i < N; i++) {
            float z[5];
            const float loss = test_loss(&f, &o, adv + (size_t)i * D, b.y[i]);
            const size_t at = sr_trail_at(&trail, k, i);
            f.forward(f.model, 1, adv + (size_t)i * D, z);
            ck_assert_float_eq(trail.loss[at], loss);
            ck_assert_int_eq(trail.wrong[at], sr_oracle_wrong(5, z, b.y[i]));
            ck_assert(!trail.flat[at] && !trail.unusable[at]);
        }
    }
}
END_TEST

/* Pieces write into their own places. */
START_TEST(pieces_are_the_whole)
{
    struct classifier c;
    struct sr_oracle f = bent_oracle(&c, D, 5);
    struct sr_attack_opts o = test_attack("pgd-5");
    const struct sr_attack_batch b = test_batch(&f, N, 3);
    struct sr_attack_batch rest = b;

    o.keep = SR_KEEP_WORST;
    struct sr_trail whole = sr_trail_take(&o, N, sr_test_arena());
    struct sr_trail cut = sr_trail_take(&o, N, sr_test_arena());
    sr_trail_follow(&whole, 0, &o, &f, &b, sr_test_arena());
    rest.n = 3;
    sr_trail_follow(&cut, 0, &o, &f, &rest, sr_test_arena());
    rest.n = N - 3;
    rest.x += 3 * (size_t)D;
    rest.y += 3;
    rest.id += 3;
    sr_trail_follow(&cut, 3, &o, &f, &rest, sr_test_arena());
    for (size_t i = 0; i < (STEPS + 1) * (size_t)N; i++) {
        ck_assert_float_eq(whole.loss[i], cut.loss[i]);
        ck_assert_int_eq(whole.wrong[i], cut.wrong[i]);
    }
}
END_TEST

START_TEST(gradients_are_told_apart)
{
    const float zero[] = {0, -0.0F, 0}, some[] = {0, 1e-45F, 0},
                broken[] = {0, NAN, 0}, endless[] = {0, 0, -INFINITY};

    ck_assert(sr_trail_is_flat(3, zero) && !sr_trail_is_unusable(3, zero));
    ck_assert(!sr_trail_is_flat(3, some) && !sr_trail_is_unusable(3, some));
    ck_assert(!sr_trail_is_flat(3, broken) && sr_trail_is_unusable(3, broken));
    ck_assert(!sr_trail_is_flat(3, endless) &&
              sr_trail_is_unusable(3, endless));
}
END_TEST

SR_SUITE(audit_trail)
{
    return sr_suite("audit/trail",
                    (const TTest *[]){its_points_are_those_of_shorter_attacks,
                                      pieces_are_the_whole,
                                      gradients_are_told_apart, NULL});
}
