/* Each check against a result made to break it. */
#include "eval/sanity.h"

#include "eval/little.h"
#include "test.h"

START_TEST(outside_the_ball)
{
    const struct sr_oracle f = {.h = 2, .w = 1, .c = 1, .classes = 2};
    const float x[4] = {0.5f, 0.5f, 0.05f, 0.5f};
    const uint64_t id[2] = {70, 71};
    const struct sr_attack_batch b = {.n = 2, .x = x, .id = id};
    struct sr_attack_opts o = {.norm = SR_LINF, .epsilon = 0.1};
    struct sr_err err;

    SR_GOOD(sr_sanity_ball("pgd-10", &o, &f, &b, (float[]){0.6f, 0.4f, 0, 0.5f},
                           &err),
            err);
    SR_BAD(sr_sanity_ball("pgd-10", &o, &f, &b,
                          (float[]){0.6f, 0.4f, 0.1500021f, 0.5f}, &err),
           err, SR_EVERIFY, "image 71");
    SR_BAD(sr_sanity_ball("pgd-10", &o, &f, &b,
                          (float[]){0.6f, 0.4f, -0.00001f, 0.5f}, &err),
           err, SR_EVERIFY, "image 71");
    o.norm = SR_L2;
    SR_BAD(sr_sanity_ball("pgd-10", &o, &f, &b,
                          (float[]){0.58f, 0.42f, 0.05f, 0.5f}, &err),
           err, SR_EVERIFY, "image 70");
}
END_TEST

START_TEST(epsilon_zero)
{
    struct sr_err err;
    SR_GOOD(sr_sanity_zero("pgd-10", 100, 87, 87, &err), err);
    SR_BAD(sr_sanity_zero("pgd-10", 100, 87, 88, &err), err, SR_EVERIFY,
           "epsilon 0");
}
END_TEST

/* Of 100 images, `lost` survive the longer attack alone and `won` the shorter
 * one alone. */
static enum sr_status order(const char *a, const char *b, int lost, int won,
                            struct sr_err *err)
{
    enum { N = 100 };
    unsigned char survived[2 * N] = {0};
    struct sr_eval e = {.images = N, .attacks = 2};
    const struct sr_eval_opts opts = little_opts("[]");

    SR_GOOD(sr_eval_attack_of(&opts, a, 0, &e.attack[0], err), *err);
    SR_GOOD(sr_eval_attack_of(&opts, b, 0, &e.attack[1], err), *err);
    for (int i = 0; i < lost; i++)
        survived[N + i] = 1;
    for (int i = 0; i < won; i++)
        survived[50 + i] = 1;
    return sr_sanity_order(&e, survived, err);
}

/* 10 against 0 is more than 3 sqrt(10) = 9.5, 9 against 0 is not more than 9.
 */
START_TEST(more_steps_do_not_help_the_network)
{
    struct sr_err err;
    SR_GOOD(order("pgd-10", "pgd-50", 9, 0, &err), err);
    SR_BAD(order("pgd-10", "pgd-50", 10, 0, &err), err, SR_EVERIFY, "pgd-50");
    SR_GOOD(order("pgd-10", "pgd-50", 20, 10, &err), err);
    SR_GOOD(order("pgd-10", "pgd-50", 0, 40, &err), err);
    SR_BAD(order("pgd-50", "pgd-10", 0, 10, &err), err, SR_EVERIFY, "pgd-50");
    SR_BAD(order("pgd-10", "pgd-10x2", 10, 0, &err), err, SR_EVERIFY,
           "pgd-10x2");
    SR_GOOD(order("pgd-10x5", "pgd-50", 40, 0, &err), err); /* not comparable */
    SR_GOOD(order("fgsm", "pgd-50", 40, 0, &err), err);
}
END_TEST

SR_SUITE(eval_sanity)
{
    return sr_suite("eval/sanity",
                    (const TTest *[]){outside_the_ball, epsilon_zero,
                                      more_steps_do_not_help_the_network,
                                      NULL});
}
