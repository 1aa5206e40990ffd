#include "eval/eval.h"

#include <math.h>
#include <signal.h>

#include "base/stop.h"
#include "eval/little.h"
#include "test.h"

enum { N = 150, PIXELS = LITTLE_PIXELS, CLASSES = LITTLE_CLASSES };

/* Rows a_k v: class 0 wins where v.x < 0 and class 2 where v.x > 0, so the
 * worst image is x -+ eps sign(v), cut by [0, 1]. */
static const float v[PIXELS] = {1,     -0.5f, 0.25f, -1,    0.75f, -0.3f,
                                0.45f, -0.8f, 0.1f,  -0.2f, 0.55f, -0.4f};

static struct sr_model *rank_one(int batch)
{
    static const float a[CLASSES] = {-1, 0, 1};
    float w[CLASSES * PIXELS];
    for (int k = 0; k < CLASSES; k++)
        for (int j = 0; j < PIXELS; j++)
            w[k * PIXELS + j] = a[k] * v[j];
    return little_linear(w, batch);
}

/* v.x of image i, and at its worst within eps. */
static void known(const struct sr_data *data, int i, double eps, double *now,
                  double *worst)
{
    const struct sr_split *split = &data->split[SR_TEST];
    struct sr_par *par;
    struct sr_err err;
    float x[PIXELS];
    uint64_t id;
    int y;

    SR_GOOD(sr_par_open(1, &par, &err), err);
    SR_GOOD(sr_data_fill(data, split, par, 1, &i, NULL, x, &y, &id, &err), err);
    sr_par_close(par);
    *now = *worst = 0;
    for (int j = 0; j < PIXELS; j++)
        *now += (double)v[j] * (double)x[j];
    for (int j = 0; j < PIXELS; j++) {
        const double way = *now > 0 ? -eps : eps;
        const double to = (double)x[j] + (v[j] > 0 ? way : -way);
        *worst += (double)v[j] * fmin(fmax(to, 0), 1);
    }
}

/* Every verdict against the closed form; images within rounding of the border
 * may go either way, and there must be few. */
START_TEST(linear_model)
{
    struct sr_data *data = little_data(N);
    const struct sr_eval_opts opts = little_opts("pgd-10,fgsm");
    const struct sr_eval e = little_eval(&opts, data, rank_one(64));
    int clean = 0, robust = 0;

    ck_assert_int_eq(e.images, N);
    for (int i = 0; i < N; i++) {
        const struct sr_verdict *d = &e.verdict[i];
        double now, worst;
        known(data, i, 0.1, &now, &worst);
        const bool right = d->label == (now > 0 ? 2 : 0);
        const bool survives = right && (now > 0) == (worst > 0);
        ck_assert_double_gt(fabs(now), 1e-6);
        ck_assert_double_gt(fabs(worst), 1e-6);
        ck_assert_int_eq(d->index, i);
        ck_assert_int_eq(d->label, i % CLASSES);
        ck_assert_int_eq(d->clean, now > 0 ? 2 : 0);
        ck_assert_int_eq(d->robust, survives);
        ck_assert_int_eq(d->broken_by, right && !survives ? 0 : -1);
        if (right && !survives)
            ck_assert_float_eq_tol(d->distance, 0.1f, 1e-6f);
        clean += right;
        robust += survives;
    }
    ck_assert_int_eq(e.clean, clean);
    ck_assert_int_eq(e.worst, robust);
    ck_assert_int_eq(e.attack[0].robust, robust);
    ck_assert_int_eq(e.attack[1].robust, robust);
    ck_assert_int_gt(clean, robust);
    ck_assert_int_gt(robust, 0);
}
END_TEST

/* 10 queries of each kind for every image that is correct without attack. */
START_TEST(queries)
{
    struct sr_data *data = little_data(N);
    struct sr_eval_opts opts = little_opts("pgd-10");
    const struct sr_eval e = little_eval(&opts, data, rank_one(64));

    ck_assert_uint_eq(e.attack[0].stage[0].forwards, (uint64_t)(10 * e.clean));
    ck_assert_uint_eq(e.attack[0].stage[0].backwards, (uint64_t)(10 * e.clean));
}
END_TEST

static void same_verdicts(const struct sr_eval *a, const struct sr_eval *b,
                          int n)
{
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(a->verdict[i].clean, b->verdict[i].clean);
        ck_assert_int_eq(a->verdict[i].robust, b->verdict[i].robust);
        ck_assert_int_eq(a->verdict[i].adversarial, b->verdict[i].adversarial);
        ck_assert_float_eq(a->verdict[i].distance, b->verdict[i].distance);
    }
}

/* The batch size, the model's own batch and the limit change no verdict. */
START_TEST(batches_do_not_matter)
{
    static const struct {
        int batch, model;
        long long limit;
    } cases[] = {
        {1, 64, 0}, {7, 64, 0}, {64, 5, 0}, {1000, 200, 0}, {16, 16, 40}};
    struct sr_data *data = little_data(N);
    struct sr_eval_opts opts = little_opts("pgd-3x2");
    opts.how.norm = SR_L2;
    opts.how.epsilon = 0.3;
    opts.how.step_size = 0.1;
    little_label(data, little_net("silu", NULL, NULL, 2, 8));
    const struct sr_eval whole =
        little_eval(&opts, data, little_net("silu", NULL, NULL, 2, 64));

    ck_assert_int_lt(whole.worst, whole.clean);
    ck_assert_int_gt(whole.worst, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        opts.batch_size = cases[i].batch;
        opts.limit = cases[i].limit;
        const struct sr_eval e = little_eval(
            &opts, data, little_net("silu", NULL, NULL, 2, cases[i].model));
        ck_assert_int_eq(e.images, cases[i].limit ? (int)cases[i].limit : N);
        same_verdicts(&whole, &e, e.images);
    }
}
END_TEST

/* Worst case: an image is robust when every attack left it so. */
START_TEST(worst_case_is_all_of_them)
{
    struct sr_data *data = little_data(N);
    struct sr_model *model = little_net("relu", NULL, NULL, 2, 64);
    little_label(data, model);
    const struct sr_eval_opts both = little_opts("fgsm,pgd-4"),
                              fgsm = little_opts("fgsm"),
                              pgd = little_opts("pgd-4");
    const struct sr_eval e = little_eval(&both, data, model);
    const struct sr_eval f = little_eval(&fgsm, data, model);
    const struct sr_eval p = little_eval(&pgd, data, model);
    int left = 0;

    for (int i = 0; i < N; i++) {
        const int all = f.verdict[i].robust && p.verdict[i].robust;
        ck_assert_int_eq(e.verdict[i].robust, all);
        ck_assert_int_eq(e.verdict[i].broken_by, all                   ? -1
                                                 : f.verdict[i].robust ? 1
                                                                       : 0);
        left += all;
    }
    ck_assert_int_eq(e.worst, left);
    ck_assert_int_eq(e.attack[0].robust, f.attack[0].robust);
    ck_assert_int_eq(e.attack[1].robust, p.attack[0].robust);
}
END_TEST

/* A network whose own slope is flat where it counts: relu forward, and the
 * attack slope of the identity.  `worst` is at least as strong as each. */
START_TEST(worst_slope)
{
    struct sr_data *data = little_data(N);
    struct sr_model *model = little_net("relu", "identity", "softplus", 2, 64);
    int robust[SR_BACKWARD_WORST + 1];

    little_label(data, model);
    for (int b = 0; b <= SR_BACKWARD_WORST; b++) {
        struct sr_eval_opts opts = little_opts("pgd-5");
        opts.backward = b;
        const struct sr_eval e = little_eval(&opts, data, model);
        robust[b] = e.worst;
        ck_assert_uint_eq(
            e.attack[0].stage[0].forwards,
            (uint64_t)(5 * e.clean * (b == SR_BACKWARD_WORST ? 3 : 1)));
    }
    ck_assert_int_ne(robust[SR_BACKWARD_FORWARD], robust[SR_BACKWARD_ATTACK]);
    for (int b = 0; b < SR_BACKWARD_WORST; b++)
        ck_assert_int_le(robust[SR_BACKWARD_WORST], robust[b]);
}
END_TEST

/* Slopes that are the same are tried once. */
START_TEST(equal_slopes_once)
{
    struct sr_data *data = little_data(20);
    struct sr_eval_opts opts = little_opts("pgd-5");
    opts.backward = SR_BACKWARD_WORST;
    const struct sr_eval e =
        little_eval(&opts, data, little_net("silu", NULL, NULL, 2, 64));
    ck_assert_uint_eq(e.attack[0].stage[0].forwards, (uint64_t)(5 * e.clean));
}
END_TEST

/* Each stage attacks what the ones before have left; with 3 classes the
 * sequence does without apgd-t, and says so; batches change nothing; a
 * verdict's stage, step and distance are those of the attack alone. */
START_TEST(sequences)
{
    struct sr_data *data = little_data(40);
    struct sr_model *model = little_net("silu", NULL, NULL, 2, 64);
    struct sr_eval_opts opts = little_opts("autoattack");
    int standing;

    little_label(data, model);
    const struct sr_eval e = little_eval(&opts, data, model);
    const struct sr_eval_attack *a = &e.attack[0];
    ck_assert_int_eq(a->stages, 3);
    ck_assert_str_eq(a->left_out[0], "apgd-t");
    ck_assert_int_ge(e.warnings.n, 1);
    ck_assert_ptr_nonnull(strstr(e.warnings.text[0], "without apgd-t"));
    standing = e.clean;
    for (int s = 0; s < a->stages; s++) {
        ck_assert_int_eq(a->stage[s].attacked, standing);
        standing -= a->stage[s].broken;
    }
    ck_assert_int_eq(a->robust, standing);
    ck_assert_int_eq(e.worst, standing);
    ck_assert_int_lt(standing, e.clean);
    ck_assert_int_gt(standing, 0);
    ck_assert_int_eq(a->stage[2].backwards, 0);

    opts.batch_size = 7;
    const struct sr_eval small = little_eval(&opts, data, model);
    same_verdicts(&e, &small, e.images);
    opts = little_opts("apgd-ce");
    const struct sr_eval alone = little_eval(&opts, data, model);
    for (int i = 0; i < e.images; i++) {
        const struct sr_verdict *d = &e.verdict[i], *one = &alone.verdict[i];
        ck_assert_int_eq(d->step, small.verdict[i].step);
        if (d->broken_by < 0)
            continue;
        ck_assert_int_gt(d->step, 0);
        ck_assert(d->distance > 0 && d->distance <= 0.1f + 1e-6f);
        ck_assert_int_eq(one->broken_by == 0, d->stage == 0);
        if (d->stage == 0)
            ck_assert_int_eq(d->step, one->step);
    }
}
END_TEST

/* What is made on the network itself is no transfer; what is made on another
 * one breaks fewer images. */
START_TEST(transfer)
{
    struct sr_data *data = little_data(N);
    struct sr_model *model = little_net("silu", NULL, NULL, 2, 64);
    struct sr_eval_opts opts = little_opts("pgd-6");

    little_label(data, model);
    const struct sr_eval white = little_eval(&opts, data, model);
    opts.source = little_net("silu", NULL, NULL, 2, 64);
    const struct sr_eval same = little_eval(&opts, data, model);
    same_verdicts(&white, &same, N);
    opts.source = rank_one(64);
    const struct sr_eval other = little_eval(&opts, data, model);
    ck_assert_int_eq(other.clean, white.clean);
    ck_assert_int_gt(other.worst, white.worst);
    ck_assert_uint_eq(other.attack[0].stage[0].backwards,
                      white.attack[0].stage[0].backwards);
}
END_TEST

/* Not a number is not correct, neither before an attack nor after. */
START_TEST(broken_networks_are_not_robust)
{
    struct sr_data *data = little_data(20);
    float w[CLASSES * PIXELS];
    for (int i = 0; i < CLASSES * PIXELS; i++)
        w[i] = i < PIXELS ? NAN : 1;
    const struct sr_eval_opts opts = little_opts("pgd-2");
    const struct sr_eval e = little_eval(&opts, data, little_linear(w, 8));

    ck_assert_int_eq(e.clean, 0);
    ck_assert_int_eq(e.worst, 0);
    ck_assert_int_eq(e.attack[0].robust, 0);
}
END_TEST

START_TEST(clean_alone)
{
    const struct sr_eval_opts opts = little_opts("[]");
    const struct sr_eval e = little_eval(&opts, little_data(N), rank_one(64));
    ck_assert_int_eq(e.attacks, 0);
    ck_assert_int_eq(e.worst, e.clean);
    ck_assert_int_gt(e.clean, 0);
}
END_TEST

static enum sr_status attempt(const struct sr_eval_opts *opts,
                              struct sr_err *err)
{
    struct sr_eval e;
    return sr_eval_run(opts, 5, little_data(N), rank_one(8), little_log(),
                       sr_test_arena(), &e, err);
}

START_TEST(refusals)
{
    struct sr_err err;
    struct sr_eval_opts opts = little_opts("pgd-10,pdg-10");
    SR_BAD(attempt(&opts, &err), err, SR_ECONFIG, "no attack 'pdg-10'");
    opts = little_opts("pgd-10");
    opts.split = SR_VALIDATION;
    SR_BAD(attempt(&opts, &err), err, SR_EDATA, "data.validation");
    opts = little_opts("pgd-10");
    opts.how.epsilon = 8;
    SR_BAD(attempt(&opts, &err), err, SR_ECONFIG, "8/255");
    opts = little_opts("pgd-1,pgd-2,pgd-3,pgd-4,pgd-5,pgd-6,pgd-7,pgd-8,pgd-9,"
                       "pgd-10,pgd-11,pgd-12,pgd-13,pgd-14,pgd-15,pgd-16,"
                       "pgd-17");
    SR_BAD(attempt(&opts, &err), err, SR_ECONFIG, "17 attacks");
}
END_TEST

START_TEST(stops_when_asked)
{
    const struct sr_eval_opts opts = little_opts("pgd-10");
    struct sr_err err;
    sr_stop_watch();
    raise(SIGTERM);
    SR_BAD(attempt(&opts, &err), err, SR_STOPPED, "interrupted");
}
END_TEST

SR_SUITE(eval_eval)
{
    return sr_suite(
        "eval/eval",
        (const TTest *[]){linear_model, queries, batches_do_not_matter,
                          worst_case_is_all_of_them, worst_slope,
                          equal_slopes_once, sequences, transfer,
                          broken_networks_are_not_robust, clean_alone, refusals,
                          stops_when_asked, NULL});
}
