#include "eval/examples.h"

#include "attack/ball.h"
#include "eval/little.h"
#include "test.h"

enum { N = 60 };

/* What is kept says the same as the evaluation. */
START_TEST(agrees_with_eval)
{
    struct sr_data *data = little_data(N);
    struct sr_model *model = little_net("silu", NULL, NULL, 2, 16);
    struct sr_eval_opts opts = little_opts("pgd-4");
    struct sr_examples e;
    struct sr_err err;

    little_label(data, model);
    opts.limit = 50;
    opts.batch_size = 7;
    const struct sr_eval eval = little_eval(&opts, data, model);
    SR_GOOD(sr_eval_examples(&opts, 5, data, model, little_log(),
                             sr_test_arena(), &e, &err),
            err);
    ck_assert_int_eq(e.n, 50);
    ck_assert_int_eq(e.attack.robust, eval.worst);
    ck_assert_int_lt(eval.worst, 50);
    for (int i = 0; i < e.n; i++) {
        const struct sr_verdict *v = &eval.verdict[i];
        const size_t at = (size_t)i * e.pixels;
        ck_assert_int_eq(e.label[i], v->label);
        ck_assert_int_eq(e.index[i], v->index);
        ck_assert_int_eq(e.before[i].class, v->clean);
        ck_assert_int_eq(e.after[i].class, v->adversarial);
        ck_assert_int_eq(e.after[i].right, v->robust);
        ck_assert_float_ge(e.after[i].confidence, 1.0f / LITTLE_CLASSES);
        ck_assert_float_le(e.after[i].confidence, 1);
        ck_assert_double_eq(e.distance[i],
                            sr_ball_distance(SR_LINF, e.pixels, e.clean + at,
                                             e.adversarial + at));
    }
}
END_TEST

START_TEST(one_attack)
{
    const struct sr_eval_opts two = little_opts("fgsm,pgd-2"),
                              none = little_opts("[]");
    struct sr_data *data = little_data(4);
    struct sr_model *model = little_net("silu", NULL, NULL, 2, 4);
    struct sr_examples e;
    struct sr_err err;

    SR_BAD(sr_eval_examples(&two, 5, data, model, little_log(), sr_test_arena(),
                            &e, &err),
           err, SR_EUSAGE, "by one attack, not by 2");
    SR_BAD(sr_eval_examples(&none, 5, data, model, little_log(),
                            sr_test_arena(), &e, &err),
           err, SR_EUSAGE, "not by 0");
}
END_TEST

/* label: 0 0 1 1 2; fooled: no yes no yes yes.  One of each class first, then
 * other fooled ones, then the rest. */
START_TEST(picks)
{
    enum { IMAGES = 7 };
    int label[IMAGES] = {0, 0, 1, 1, 1, 2, 2};
    struct sr_saying right = {.right = true}, wrong = {.right = false};
    struct sr_saying before[IMAGES] = {right, right, right, right,
                                       right, wrong, right};
    struct sr_saying after[IMAGES] = {right, wrong, right, wrong,
                                      wrong, wrong, wrong};
    const struct sr_examples e = {
        .n = IMAGES, .label = label, .before = before, .after = after};
    const int want[IMAGES] = {1, 3, 6, 4, 0, 2, 5};
    int pick[10];

    ck_assert_int_eq(sr_eval_pick(&e, 10, pick, sr_test_arena()), IMAGES);
    ck_assert_mem_eq(pick, want, sizeof want);
    ck_assert_int_eq(sr_eval_pick(&e, 2, pick, sr_test_arena()), 2);
    ck_assert_mem_eq(pick, want, 2 * sizeof *want);
}
END_TEST

SR_SUITE(eval_examples)
{
    return sr_suite(
        "eval/examples",
        (const TTest *[]){agrees_with_eval, one_attack, picks, NULL});
}
