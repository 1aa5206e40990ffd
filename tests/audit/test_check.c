/* Every check on classifiers that are as it asks, and on some that are not. */
#include "audit/check.h"

#include <math.h>

#include "audit/suspects.h"
#include "eval/little.h"
#include "test.h"

static struct liar judge, liar, other;

static enum sr_ruling ruling(const struct sr_audit *audit, const char *check)
{
    return finding(audit, check)->ruling;
}

static double number(const struct sr_finding *f, const char *name)
{
    for (int i = 0; i < f->numbers; i++)
        if (strcmp(f->number[i].name, name) == 0)
            return f->number[i].value;
    ck_abort_msg("%s has no number '%s'", f->check->name, name);
    return NAN;
}

/* What is left is what must be, and no check has anything to say. */
START_TEST(a_linear_classifier_is_cleared)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, HONEST, 1);
    const int robust = truly_robust(&s, 0.1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");

    ck_assert_int_gt(robust, IMAGES / 10);
    ck_assert_int_lt(robust, IMAGES * 9 / 10);
    ck_assert_int_lt(audit.ruling, SR_RULING_SUSPECT);
    ck_assert_int_eq(audit.clean, IMAGES);
    ck_assert_int_eq(audit.standing, robust);
    for (int i = 0; i < audit.checks; i++) {
        const struct sr_finding *f = &audit.finding[i];
        ck_assert_msg(f->ruling < SR_RULING_SUSPECT, "%s: %s", f->check->name,
                      f->text);
        ck_assert_uint_gt(strlen(f->text), 10);
    }
    ck_assert_int_eq(ruling(&audit, "slopes"), SR_RULING_SKIPPED);
    ck_assert_int_eq(ruling(&audit, "transfer"), SR_RULING_SKIPPED);
    ck_assert_double_eq_tol(
        number(finding(&audit, "cosine"), "smallest cosine"), 1, 1e-2);
    ck_assert_double_eq(
        number(finding(&audit, "radius"), "correct at the whole range"), 0);
}
END_TEST

/* The curves are those of the images: they begin and end where they must. */
START_TEST(curves)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, HONEST, 1);
    const double left = 100.0 * truly_robust(&s, 0.1) / IMAGES;
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    const struct sr_curve *radius = finding(&audit, "radius")->panel->curve;
    const struct sr_curve *loss = finding(&audit, "loss")->panel->curve;

    ck_assert_double_eq(radius->x[0], 0);
    ck_assert_double_eq(radius->y[0], 100);
    ck_assert_double_eq(radius->x[radius->n - 1], 1);
    ck_assert_double_eq(radius->y[radius->n - 1], 0);
    for (size_t i = 1; i < radius->n; i++)
        ck_assert_double_le(radius->y[i], radius->y[i - 1]);
    ck_assert_double_eq_tol(radius->x[3], 0.1, 1e-12);
    ck_assert_double_ge(radius->y[3], left); /* PGD is not perfect */
    ck_assert_double_le(radius->y[3], left + 10);
    ck_assert_uint_eq(loss->n, 101);
    ck_assert_double_gt(loss->y[100], loss->y[0]);
    ck_assert_int_eq(sr_audit_plot(&audit).panels, 4);
}
END_TEST

/* Nothing to climb: what the gradient does not find, Square finds. */
START_TEST(a_zero_gradient_is_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, FLAT, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");

    ck_assert_int_eq(audit.ruling, SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "zeros"), SR_RULING_MASKED);
    ck_assert_double_eq(number(finding(&audit, "zeros"), "zero"), IMAGES);
    ck_assert_double_eq(
        number(finding(&audit, "zeros"), "share of zero gradients along PGD"),
        1);
    ck_assert_int_eq(ruling(&audit, "loss"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "radius"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "blackbox"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "gap"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "cosine"), SR_RULING_SKIPPED);
}
END_TEST

START_TEST(a_staircase_is_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, STAIRS, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "zeros"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "blackbox"), SR_RULING_MASKED);
}
END_TEST

/* It is robust, and no classifier: no image of all there are changes its mind.
 */
START_TEST(a_constant_is_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, CONSTANT, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(audit.standing, IMAGES);
    ck_assert_int_eq(ruling(&audit, "radius"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "zeros"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "blackbox"), SR_RULING_PASS);
    ck_assert_int_eq(ruling(&audit, "gap"), SR_RULING_PASS);
}
END_TEST

START_TEST(a_gradient_that_is_not_finite_is_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, BROKEN, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "zeros"), SR_RULING_MASKED);
    ck_assert_double_eq(number(finding(&audit, "zeros"), "not finite"), IMAGES);
}
END_TEST

/* A third of the way from the middle grey, where all classes meet, with the
 * same label. */
static void move_to_borders(struct sr_suspect *s)
{
    float *x = SR_TAKE(sr_test_arena(), IMAGES * PIXELS, float);
    for (int i = 0; i < IMAGES * PIXELS; i++)
        x[i] = 0.5f + (s->batch.x[i] - 0.5f) / 3;
    s->batch.x = x;
}

/* Downhill from the first step: noise does better.  The images are near the
 * borders, so that noise finds some. */
START_TEST(a_reversed_gradient_is_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, REVERSED, 1);
    move_to_borders(&s);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "loss"), SR_RULING_MASKED);
    ck_assert_int_ge(ruling(&audit, "noise"), SR_RULING_SUSPECT);
    ck_assert_int_eq(ruling(&audit, "zeros"), SR_RULING_PASS);
}
END_TEST

START_TEST(gradients_at_random_are_suspect)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, RANDOM, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "cosine"), SR_RULING_SUSPECT);
    ck_assert_int_eq(ruling(&audit, "blackbox"), SR_RULING_MASKED);
}
END_TEST

/* One start in ten has a gradient. */
START_TEST(restarts_that_matter_are_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, NARROW, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "restarts"), SR_RULING_MASKED);
}
END_TEST

/* Up to step 20 it leads there, then back again. */
START_TEST(steps_that_lead_back_are_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, LATER, 1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    const struct sr_finding *f = finding(&audit, "steps");
    ck_assert_int_eq(f->ruling, SR_RULING_MASKED);
    ck_assert_double_lt(number(f, "after 20"), number(f, "after 50"));
}
END_TEST

/* A softmax of such logits is one-hot in float: exp(-103) is 0. */
START_TEST(loud_logits_are_masked)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, HONEST, 1e5F);
    const int robust = truly_robust(&s, 0.1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "scale"), SR_RULING_MASKED);
    ck_assert_int_eq(ruling(&audit, "temperature"), SR_RULING_MASKED);
    ck_assert_int_eq(audit.standing, robust);
}
END_TEST

/* The evaluation has one slope; another one finds what it does not. */
START_TEST(a_better_slope_is_evidence)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, FLAT, 1);
    s.slope[s.slopes++] =
        (struct sr_slope){"other", liar_oracle(&other, HONEST, 1), false};
    const int robust = truly_robust(&s, 0.1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "slopes"), SR_RULING_MASKED);
    ck_assert_double_le(number(finding(&audit, "slopes"), "other"),
                        IMAGES - robust);
}
END_TEST

/* Slopes that are the same one are asked once. */
START_TEST(equal_slopes_are_one)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, HONEST, 1);
    s.slope[s.slopes++] =
        (struct sr_slope){"other", liar_oracle(&other, HONEST, 1), false};
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(s.slopes, 1);
    ck_assert_int_eq(ruling(&audit, "slopes"), SR_RULING_SKIPPED);
}
END_TEST

START_TEST(transfer_is_evidence)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, FLAT, 1);
    struct sr_oracle honest = liar_oracle(&other, HONEST, 1);
    s.transfer = &honest;
    const int robust = truly_robust(&s, 0.1);
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "transfer"), SR_RULING_MASKED);
    ck_assert_int_ge(audit.standing, robust);
}
END_TEST

/* A weak attack is no masked network. */
START_TEST(a_weak_evaluation_is_suspect)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, HONEST, 1);
    const struct sr_audit audit = audit_of(&s, "noise");
    const struct sr_finding *f = finding(&audit, "gap");
    ck_assert_int_eq(f->ruling, SR_RULING_SUSPECT);
    ck_assert_int_eq(audit.ruling, SR_RULING_SUSPECT);
    ck_assert_msg(strstr(f->text, "noise says"), "%s", f->text);
}
END_TEST

/* An image that is broken in a ball of radius 0 was never right. */
START_TEST(a_network_must_repeat_itself)
{
    struct sr_suspect s = liar_suspect(&judge, &liar, HONEST, 1);
    judge.trick = FORGETFUL;
    judge.questions = 0;
    const struct sr_audit audit = audit_of(&s, "pgd-10");
    ck_assert_int_eq(ruling(&audit, "radius"), SR_RULING_MASKED);
}
END_TEST

SR_SUITE(audit_check)
{
    return sr_suite(
        "audit/check",
        (const TTest *[]){
            a_linear_classifier_is_cleared, curves, a_zero_gradient_is_masked,
            a_staircase_is_masked, a_constant_is_masked,
            a_gradient_that_is_not_finite_is_masked,
            a_reversed_gradient_is_masked, gradients_at_random_are_suspect,
            restarts_that_matter_are_masked, steps_that_lead_back_are_masked,
            loud_logits_are_masked, a_better_slope_is_evidence,
            equal_slopes_are_one, transfer_is_evidence,
            a_weak_evaluation_is_suspect, a_network_must_repeat_itself, NULL});
}
