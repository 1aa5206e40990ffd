#include "models.h"

static struct sr_activation_opts defaults(void)
{
    struct sr_activation_opts opts;
    sr_opt_defaults(sr_activation_rows, &opts);
    return opts;
}

/* Left out: as forward, with the function's own alpha, in every role. */
START_TEST(what_is_left_out_is_filled)
{
    struct sr_activation_opts opts = defaults();
    struct sr_activation a;
    struct sr_err err;
    opts.forward = "softplus";
    SR_GOOD(sr_activation_resolve(&opts, &a, &err), err);
    for (int r = 0; r < SR_ROLES; r++) {
        ck_assert_str_eq(a.act[r]->name, "softplus");
        ck_assert_double_eq(a.alpha[r], a.act[r]->alpha);
    }
    ck_assert_str_eq(opts.backward.attack, "softplus");
    ck_assert_str_eq(opts.backward.update, "softplus");
    ck_assert(isnan(opts.alpha));
    ck_assert_double_eq(opts.alphas.update, a.alpha[SR_ROLE_UPDATE]);
}
END_TEST

/* Resolving what was resolved changes nothing: a dumped config reads back. */
START_TEST(resolving_twice)
{
    struct sr_activation_opts opts = defaults();
    struct sr_activation once, twice;
    struct sr_err err;
    opts.backward.attack = "softplus";
    opts.alpha = 3;
    SR_GOOD(sr_activation_resolve(&opts, &once, &err), err);
    SR_GOOD(sr_activation_resolve(&opts, &twice, &err), err);
    ck_assert_int_eq(memcmp(&once, &twice, sizeof once), 0);
}
END_TEST

/* The split of Xie et al. 2020, section 3. */
START_TEST(the_split)
{
    struct sr_activation_opts opts = defaults();
    struct sr_activation a;
    struct sr_err err;
    char text[200];
    opts.backward.attack = "softplus";
    opts.backward.update = "silu";
    opts.alpha = 5;
    SR_GOOD(sr_activation_resolve(&opts, &a, &err), err);
    ck_assert_str_eq(a.act[SR_ROLE_FORWARD]->name, "relu");
    ck_assert_double_eq(a.alpha[SR_ROLE_ATTACK], 5);
    sr_activation_text(&a, text, sizeof text);
    ck_assert_str_eq(text, "relu, attack slope softplus(5), update slope silu");
}
END_TEST

/* Alpha in common is for whom it means something; alone it has to. */
START_TEST(alphas)
{
    struct sr_activation_opts opts = defaults();
    struct sr_activation a;
    struct sr_err err;
    char text[200];
    opts.forward = "silu";
    opts.alpha = 10;
    SR_GOOD(sr_activation_resolve(&opts, &a, &err), err);
    sr_activation_text(&a, text, sizeof text);
    ck_assert_str_eq(text, "silu");

    opts = defaults();
    opts.alphas.forward = 10;
    SR_BAD(sr_activation_resolve(&opts, &a, &err), err, SR_ECONFIG,
           "activation.alpha.forward is 10, but relu takes no alpha");

    opts = defaults();
    opts.forward = "softplus";
    opts.alphas.attack = 1e5;
    SR_BAD(sr_activation_resolve(&opts, &a, &err), err, SR_ECONFIG,
           "alpha 100000 of softplus is outside [0.001, 10000]");
}
END_TEST

START_TEST(what_cannot_be)
{
    struct sr_activation_opts opts = defaults();
    struct sr_activation a;
    struct sr_err err;
    opts.backward.update = "pssilu";
    SR_BAD(sr_activation_resolve(&opts, &a, &err), err, SR_ECONFIG,
           "pssilu learns parameters");
    opts = defaults();
    opts.forward = "rellu";
    SR_BAD(sr_activation_resolve(&opts, &a, &err), err, SR_ECONFIG, "rellu");
}
END_TEST

SR_SUITE(model_activation)
{
    return sr_suite("model/activation",
                    (const TTest *[]){what_is_left_out_is_filled,
                                      resolving_twice, the_split, alphas,
                                      what_cannot_be, NULL});
}
