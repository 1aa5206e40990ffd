#include "attack/oracles.h"
#include "test.h"

/* PGD that climbs the margin, whatever eval.loss says. */
START_TEST(is_pgd_on_the_margin)
{
    enum { N = 10, PIXELS = 20, CLASSES = 3 };
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    struct sr_attack_opts cw = test_attack("cw-9x2"),
                          pgd = test_attack("pgd-9x2");
    float *adv = noise(N * PIXELS, 1), *want = noise(N * PIXELS, 2);

    ck_assert_int_eq(cw.loss, SR_LOSS_MARGIN);
    pgd.loss = SR_LOSS_MARGIN;
    sr_attack_run(&cw, &f, &b, adv, sr_test_arena());
    sr_attack_run(&pgd, &f, &b, want, sr_test_arena());
    ck_assert_mem_eq(adv, want, N * PIXELS * sizeof *adv);
}
END_TEST

SR_SUITE(attack_cw)
{
    return sr_suite("attack/cw", (const TTest *[]){is_pgd_on_the_margin, NULL});
}
