#include <math.h>

#include "base/file.h"
#include "eval/little.h"
#include "test.h"

/* Wilson's intervals as published in tables (Newcombe 1998, table I): 81 of
 * 263, 15 of 148, 0 of 20, 1 of 29. */
START_TEST(intervals)
{
    static const struct {
        int correct, images;
        double low, high;
    } cases[] = {{81, 263, 0.2553, 0.3662},
                 {15, 148, 0.0624, 0.1605},
                 {0, 20, 0.0000, 0.1611},
                 {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double low, high;
        sr_eval_interval(cases[i].correct, cases[i].images, &low, &high);
        ck_assert_double_eq_tol(low, cases[i].low, 5.1e-5);
        ck_assert_double_eq_tol(high, cases[i].high, 5.1e-5);
    }
}
END_TEST

/* Three images: robust, broken by the second attack, wrong from the start. */
static struct sr_eval example(const struct sr_eval_opts *opts)
{
    static struct sr_verdict verdict[3] = {{.index = 4,
                                            .label = 1,
                                            .clean = 1,
                                            .robust = 1,
                                            .broken_by = -1,
                                            .adversarial = 1},
                                           {.index = 5,
                                            .label = 2,
                                            .clean = 2,
                                            .broken_by = 1,
                                            .step = 7,
                                            .adversarial = 0,
                                            .distance = 0.1f},
                                           {.index = 6,
                                            .label = 0,
                                            .clean = 1,
                                            .broken_by = -1,
                                            .adversarial = 1}};
    struct sr_eval e = {.images = 3,
                        .clean = 2,
                        .worst = 1,
                        .attacks = 2,
                        .verdict = verdict,
                        .seconds = 1.5};
    struct sr_err err;

    for (int a = 0; a < 2; a++)
        SR_GOOD(
            sr_eval_attack_of(opts, opts->attack.v[a], 0, &e.attack[a], &err),
            err);
    e.attack[0].robust = 2;
    e.attack[1].robust = 1;
    e.attack[1].stage[0].seconds = 0.75;
    return e;
}

START_TEST(csv)
{
    const struct sr_eval_opts opts = little_opts("fgsm,pgd-5x2");
    const struct sr_eval e = example(&opts);
    const char *path = sr_file_join(sr_test_arena(), sr_test_dir(), "a.csv");
    unsigned char *text;
    size_t size;
    struct sr_err err;

    SR_GOOD(sr_eval_write_csv(&e, path, &err), err);
    SR_GOOD(
        sr_file_read(path, 4096, SR_EDATA, sr_test_arena(), &text, &size, &err),
        err);
    ck_assert_str_eq((const char *)text,
                     "index,label,clean,robust,broken_by,adversarial,distance,"
                     "attack,step\n"
                     "4,1,1,1,,1,0,,\n"
                     "5,2,2,0,pgd-5x2,0,0.1,pgd,7\n"
                     "6,0,1,0,clean,1,0,,\n");
    SR_BAD(sr_eval_write_csv(&e, "/nonexistent/a.csv", &err), err, SR_ERESOURCE,
           "/nonexistent/a.csv");
}
END_TEST

START_TEST(json)
{
    const struct sr_eval_opts opts = little_opts("fgsm,pgd-5x2");
    const struct sr_eval e = example(&opts);
    json_t *j = sr_eval_json(&opts, &e);
    const char *schema, *word, *norm;
    int images, clean, robust, worst, steps, restarts;
    double accuracy, epsilon, seconds;
    json_t *attacks;

    ck_assert_ptr_nonnull(j);
    ck_assert_int_eq(json_unpack(j, "{s:s, s:i, s:{s:i, s:f}, s:o, s:{s:i}}",
                                 "schema", &schema, "images", &images, "clean",
                                 "correct", &clean, "accuracy", &accuracy,
                                 "attacks", &attacks, "worst_case", "correct",
                                 &worst),
                     0);
    ck_assert_str_eq(schema, "satrun.eval/1");
    ck_assert_int_eq(images, 3);
    ck_assert_int_eq(clean, 2);
    ck_assert_double_eq_tol(accuracy, 2 / 3.0, 1e-15);
    ck_assert_int_eq(worst, 1);
    ck_assert_uint_eq(json_array_size(attacks), 2);
    ck_assert_int_eq(json_unpack(json_array_get(attacks, 1),
                                 "{s:s, s:s, s:f, s:i, s:i, s:{s:i}, s:f}",
                                 "attack", &word, "norm", &norm, "epsilon",
                                 &epsilon, "steps", &steps, "restarts",
                                 &restarts, "robust", "correct", &robust,
                                 "seconds", &seconds),
                     0);
    ck_assert_str_eq(word, "pgd-5x2");
    ck_assert_str_eq(norm, "linf");
    ck_assert_double_eq(epsilon, 0.1);
    ck_assert_int_eq(steps, 5);
    ck_assert_int_eq(restarts, 2);
    ck_assert_int_eq(robust, 1);
    ck_assert_double_eq(seconds, 0.75);
    json_decref(j);
}
END_TEST

SR_SUITE(eval_eval_write)
{
    return sr_suite("eval/eval_write",
                    (const TTest *[]){intervals, csv, json, NULL});
}
