/* Audits of networks: honest ones are cleared, masked ones convicted. */
#include "audit/audit.h"

#include <math.h>

#include "audit/masked.h"
#include "audit/suspects.h"
#include "eval/little.h"
#include "test.h"

static struct sr_audit audit_model(struct sr_model *model, struct sr_data *data,
                                   const struct sr_eval_opts *eval,
                                   const struct sr_audit_opts *opts)
{
    struct sr_suspect s = sr_audit_suspect(eval, model);
    struct sr_audit audit;
    struct sr_err err;

    SR_GOOD(sr_audit_images(eval, 1, data, sr_test_arena(), &s, &err), err);
    SR_GOOD(sr_audit_run(opts, &s, little_log(), sr_test_arena(), &audit, &err),
            err);
    return audit;
}

static void expect(const struct sr_audit *audit, const char *check,
                   enum sr_ruling ruling)
{
    const struct sr_finding *f = finding(audit, check);
    ck_assert_msg(f->ruling == ruling, "%s: %s, not %s: %s", check,
                  sr_ruling_name(f->ruling), sr_ruling_name(ruling), f->text);
}

/* ---- the network that everybody can have ---- */

enum { LITTLE = 60 };

static struct sr_audit audit_little(const char *attack_slope, float scale,
                                    int backward)
{
    struct sr_eval_opts eval = little_opts("pgd-10");
    const struct sr_audit_opts opts = {.eval = &eval, .queries = 300};
    struct sr_data *data = little_data(LITTLE);
    struct sr_model *model = little_net("relu", attack_slope, NULL, scale, 32);

    eval.backward = backward;
    eval.how.epsilon = 0.2;
    for (int i = 2; attack_slope && i < model->params; i++)
        for (size_t k = 0; k < model->param[i].count; k++)
            model->param[i].value[k] /= scale * scale; /* quiet logits */
    sr_model_changed(model);
    little_label(data, model);
    return audit_model(model, data, &eval, &opts);
}

START_TEST(a_little_network_is_cleared)
{
    const struct sr_audit audit = audit_little(NULL, 1, SR_BACKWARD_FORWARD);
    ck_assert_int_eq(audit.clean, LITTLE);
    ck_assert_int_eq(audit.ruling, SR_RULING_UNSURE); /* of 60 images */
    expect(&audit, "slopes", SR_RULING_SKIPPED);
}
END_TEST

/* Weights times 1e4: logits times 1e8. */
START_TEST(a_loud_little_network_is_masked)
{
    const struct sr_audit audit = audit_little(NULL, 1e4F, SR_BACKWARD_FORWARD);
    expect(&audit, "zeros", SR_RULING_MASKED);
    expect(&audit, "scale", SR_RULING_MASKED);
}
END_TEST

/* The slope of a sigmoid at such weights is that of a step: no attack that
 * follows it gets anywhere, and the true slope does. */
START_TEST(a_little_network_with_no_slope_is_masked)
{
    const struct sr_audit audit =
        audit_little("sigmoid", 300, SR_BACKWARD_ATTACK);
    expect(&audit, "slopes", SR_RULING_MASKED);
    ck_assert_int_eq(audit.ruling, SR_RULING_MASKED);
}
END_TEST

/* With every slope of its own, there is no other one to find more. */
START_TEST(worst_has_every_slope)
{
    const struct sr_audit audit =
        audit_little("softplus", 1, SR_BACKWARD_WORST);
    expect(&audit, "slopes", SR_RULING_SKIPPED);
}
END_TEST

START_TEST(what_cannot_be_audited)
{
    struct sr_eval_opts eval = little_opts("pgd-10");
    const struct sr_audit_opts opts = {.eval = &eval, .queries = 10};
    struct sr_model *model = little_net("relu", NULL, NULL, 1, 32);
    struct sr_data *data = little_data(9);
    struct sr_suspect s = sr_audit_suspect(&eval, model);
    struct sr_audit audit;
    struct sr_err err;

    eval.split = SR_VALIDATION;
    SR_BAD(sr_audit_images(&eval, 1, data, sr_test_arena(), &s, &err), err,
           SR_EDATA, "validation");
    eval.split = SR_TEST;
    little_label(data, model);
    SR_GOOD(sr_audit_images(&eval, 1, data, sr_test_arena(), &s, &err), err);
    eval.how.epsilon = 0;
    SR_BAD(sr_audit_run(&opts, &s, little_log(), sr_test_arena(), &audit, &err),
           err, SR_ECONFIG, "epsilon is 0");
    eval = little_opts("pdg-10");
    SR_BAD(sr_audit_run(&opts, &s, little_log(), sr_test_arena(), &audit, &err),
           err, SR_ECONFIG, "pdg-10");
}
END_TEST

/* The document has one object a check, and says what the struct says.  Three
 * classes are too few for apgd-t. */
START_TEST(document)
{
    struct sr_eval_opts eval = little_opts("pgd-10,fgsm");
    const struct sr_audit_opts opts = {
        .eval = &eval, .strong = {2, {"apgd-t", "apgd-ce"}}, .queries = 50};
    struct sr_data *data = little_data(LITTLE);
    struct sr_model *model = little_net("relu", "softplus", NULL, 1, 32);

    little_label(data, model);
    const struct sr_audit audit = audit_model(model, data, &eval, &opts);
    json_t *all = sr_audit_json(&opts, &audit);
    const char *schema, *verdict, *word;
    int images, own, standing;
    json_t *checks;
    ck_assert_int_eq(
        json_unpack(all,
                    "{s:s, s:s, s:i, s:{s:{s:i}}, s:{s:[s], s:{s:i}}, s:o}",
                    "schema", &schema, "verdict", &verdict, "images", &images,
                    "evaluation", "robust", "correct", &own, "audit", "attacks",
                    &word, "robust", "correct", &standing, "checks", &checks),
        0);
    ck_assert_str_eq(schema, "satrun.audit/1");
    ck_assert_str_eq(verdict, sr_ruling_name(audit.ruling));
    ck_assert_int_eq(audit.strong.n, 1);
    ck_assert_str_eq(word, "apgd-ce");
    ck_assert_int_eq(images, LITTLE);
    ck_assert_int_eq(own, audit.own);
    ck_assert_int_eq(standing, audit.standing);
    ck_assert_uint_eq(json_array_size(checks), (size_t)audit.checks);
    json_decref(all);
}
END_TEST

/* ---- real images ---- */

/* Of 60 images some 52 are correct, more than enough for what is everywhere; of
 * 120 with ReLU in the place of SiLU some 44. */
static bool audit_fashion(enum mask mask, int images, int backward,
                          struct sr_audit *audit)
{
    struct sr_eval_opts eval = little_opts("pgd-10");
    const struct sr_audit_opts opts = {.eval = &eval, .queries = 200};
    struct sr_model *model = masked_net(mask);
    struct sr_data *data = masked_data();

    if (!model || !data)
        return false;
    eval.limit = images;
    eval.how.epsilon = mask == NO_SLOPE ? 0.3 : 0.1;
    eval.backward = backward;
    *audit = audit_model(model, data, &eval, &opts);
    ck_assert_int_ge(audit->clean, 30);
    sr_data_close(data);
    return true;
}

#define SKIPPED "no Fashion-MNIST, or no golden network in SATRUN_DATA"

START_TEST(an_adversarially_trained_network_is_cleared)
{
    struct sr_audit audit;
    if (!audit_fashion(NO_MASK, 60, SR_BACKWARD_FORWARD, &audit))
        SR_SKIP(SKIPPED);
    ck_assert_int_lt(audit.ruling, SR_RULING_SUSPECT);
}
END_TEST

START_TEST(a_loud_network_is_masked)
{
    struct sr_audit audit;
    if (!audit_fashion(LOUD, 60, SR_BACKWARD_FORWARD, &audit))
        SR_SKIP(SKIPPED);
    expect(&audit, "zeros", SR_RULING_MASKED);
    expect(&audit, "loss", SR_RULING_MASKED);
}
END_TEST

/* With the slope of the network itself there is nothing to convict it of. */
START_TEST(a_network_with_no_slope_is_masked)
{
    struct sr_audit audit;
    if (!audit_fashion(NO_SLOPE, 120, SR_BACKWARD_ATTACK, &audit))
        SR_SKIP(SKIPPED);
    expect(&audit, "zeros", SR_RULING_MASKED);
    expect(&audit, "slopes", SR_RULING_MASKED);
    audit_fashion(NO_SLOPE, 120, SR_BACKWARD_FORWARD, &audit);
    ck_assert_int_lt(finding(&audit, "slopes")->ruling, SR_RULING_SUSPECT);
    ck_assert_int_lt(audit.ruling, SR_RULING_MASKED);
}
END_TEST

START_TEST(a_quantised_network_is_masked)
{
    struct sr_audit audit;
    if (!audit_fashion(QUANTISED, 60, SR_BACKWARD_FORWARD, &audit))
        SR_SKIP(SKIPPED);
    expect(&audit, "zeros", SR_RULING_MASKED);
    expect(&audit, "loss", SR_RULING_MASKED);
}
END_TEST

SR_SUITE(audit_audit)
{
    return sr_suite(
        "audit/audit",
        (const TTest *[]){
            a_little_network_is_cleared, a_loud_little_network_is_masked,
            a_little_network_with_no_slope_is_masked, worst_has_every_slope,
            what_cannot_be_audited, document,
            an_adversarially_trained_network_is_cleared,
            a_loud_network_is_masked, a_network_with_no_slope_is_masked,
            a_quantised_network_is_masked, NULL});
}
