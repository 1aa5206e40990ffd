/* What all attacks that go image by image share: full batches, results that do
 * not depend on them, and when an image is done. */
#include "attack/search.h"

#include <math.h>

#include "attack/oracles.h"
#include "test.h"

enum { PIXELS = 24, CLASSES = 5, N = 20, SEARCHES = 9 };

static const char *const word[SEARCHES] = {
    "apgd-ce-12", "apgd-dlr-12x2", "apgd-t-9",   "fab-9",           "fab-t-9x2",
    "square-60",  "noise-9",       "deepfool-5", "hopskipjump-400",
};

struct result {
    float adv[N * PIXELS];
    struct sr_found found[N];
};

/* The images of `which`, or all, in batches of `batch`, seen by `watch`. */
static bool search(const struct sr_attack_opts *o, int batch, int n,
                   const int *which, const struct sr_watch *watch,
                   struct classifier *c, struct result *r)
{
    struct sr_oracle f = bent_oracle(c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 40);
    memcpy(r->adv, noise(N * PIXELS, (uint64_t)batch), sizeof r->adv);
    f.batch = batch;
    const struct sr_attack_job job = {.o = o,
                                      .b = &b,
                                      .n = n,
                                      .which = which,
                                      .stage = 3,
                                      .adv = r->adv,
                                      .found = r->found,
                                      .watch = watch};
    return sr_attack_work(&job, &f, sr_test_arena());
}

static struct sr_attack_opts how(int i, int norm)
{
    struct sr_attack_opts o = test_attack(word[i]);
    o.norm = norm;
    o.epsilon = norm == SR_LINF ? 0.1 : norm == SR_L2 ? 0.4 : 1;
    return o;
}

static void same(const struct result *a, const struct result *b, int i)
{
    ck_assert_mem_eq(a->adv + i * PIXELS, b->adv + i * PIXELS,
                     PIXELS * sizeof *a->adv);
    ck_assert_int_eq(a->found[i].stage, b->found[i].stage);
    ck_assert_int_eq(a->found[i].step, b->found[i].step);
}

START_TEST(batches_do_not_matter)
{
    static struct classifier c;
    static struct result whole, part;
    static const int some[] = {3, 4, 9, 17};
    enum { SOME = sizeof some / sizeof *some };

    for (int i = 0; i < SEARCHES; i++)
        for (int norm = 0; norm < SR_NORMS; norm++) {
            const struct sr_attack_opts o = how(i, norm);
            struct sr_err err;
            if (sr_attack_check_search(&o, &err) != SR_OK)
                continue;
            search(&o, 64, N, NULL, NULL, &c, &whole);
            for (int batch = 1; batch < 10; batch += 3) {
                search(&o, batch, N, NULL, NULL, &c, &part);
                for (int k = 0; k < N; k++)
                    same(&whole, &part, k);
            }
            search(&o, 3, SOME, some, NULL, &c, &part);
            for (int k = 0; k < SOME; k++)
                same(&whole, &part, some[k]);
        }
}
END_TEST

/* What is found is what the classifier says; step 0 is the image itself. */
START_TEST(found_is_true)
{
    static struct classifier c;
    static struct result r;
    int broken = 0, held = 0, wrong_at_once = 0;

    for (int i = 0; i < SEARCHES; i++) {
        const struct sr_attack_opts o = how(i, SR_LINF);
        struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
        const struct sr_attack_batch b = test_batch(&f, N, 40);
        float z[N * CLASSES], clean[N * CLASSES];
        search(&o, 7, N, NULL, NULL, &c, &r);
        sr_oracle_logits(&f, N, r.adv, z);
        sr_oracle_logits(&f, N, b.x, clean);
        for (int k = 0; k < N; k++) {
            const bool wrong =
                sr_oracle_wrong(CLASSES, z + k * CLASSES, b.y[k]);
            const bool before =
                sr_oracle_wrong(CLASSES, clean + k * CLASSES, b.y[k]);
            ck_assert_int_eq(r.found[k].stage, wrong ? 3 : -1);
            ck_assert_int_eq(r.found[k].step == 0, before);
            broken += wrong && !before;
            held += !wrong;
            wrong_at_once += before;
        }
    }
    ck_assert_int_gt(broken, 0);
    ck_assert_int_gt(held, 0);
    ck_assert_int_gt(wrong_at_once, 0);
}
END_TEST

/* No call is larger than the oracle's batch, and while images wait none is
 * smaller: with every image taking `each` looks, at most one batch of calls is
 * less than full at the end. */
START_TEST(batches_are_full)
{
    static const float zero[2 * PIXELS];
    static struct classifier c;
    static struct result r;
    enum { BATCH = 6, STEPS = 5 };
    struct sr_oracle f = linear_oracle(&c, PIXELS, 2, zero, NULL);
    struct sr_attack_batch b = test_batch(&f, N, 0);
    const struct sr_attack_opts o = test_attack("apgd-ce-5");
    const struct sr_attack_job job = {
        .o = &o, .b = &b, .n = N, .adv = r.adv, .found = r.found};

    b.y = SR_TAKE(sr_test_arena(), N, int); /* class 0, the first of equals */
    f.batch = BATCH;
    ck_assert(sr_attack_work(&job, &f, sr_test_arena()));
    ck_assert_int_eq(c.largest, BATCH);
    ck_assert_int_eq(c.forwards, N * (STEPS + 2)); /* and x, and the start */
    ck_assert_int_eq(c.calls, (N + BATCH - 1) / BATCH * (STEPS + 2));
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(r.found[i].step, STEPS + 1);
}
END_TEST

/* An image that leaves gives its place to another: a mix of images that are
 * wrong at once and images that hold out costs no empty places. */
START_TEST(places_are_taken_over)
{
    static const float zero[2 * PIXELS];
    static struct classifier c;
    static struct result r;
    enum { BATCH = 5, EACH = 7 }; /* looks at an image that holds out */
    struct sr_oracle f = linear_oracle(&c, PIXELS, 2, zero, NULL);
    const struct sr_attack_batch b = test_batch(&f, N, 0); /* every second */
    const struct sr_attack_opts o = test_attack("apgd-ce-5");
    const struct sr_attack_job job = {
        .o = &o, .b = &b, .n = N, .adv = r.adv, .found = r.found};

    f.batch = BATCH;
    sr_attack_work(&job, &f, sr_test_arena());
    ck_assert_int_eq(c.forwards, N / 2 * EACH + N / 2);
    /* full but for the last EACH calls, in which places may be empty */
    ck_assert_int_le(c.calls, c.forwards / BATCH + EACH);
}
END_TEST

struct count {
    int looks, done, stop_after;
};

static bool look(void *of, int done, int broken)
{
    struct count *count = of;
    ck_assert_int_ge(done, count->done);
    ck_assert_int_le(broken, done);
    count->done = done;
    return ++count->looks < count->stop_after;
}

START_TEST(watches)
{
    static struct classifier c;
    static struct result r;
    const struct sr_attack_opts o = how(0, SR_LINF);
    struct count all = {.stop_after = 100000}, few = {.stop_after = 3};

    ck_assert(search(&o, 7, N, NULL, &(struct sr_watch){&all, look}, &c, &r));
    ck_assert_int_eq(all.done, N);
    ck_assert(!search(&o, 7, N, NULL, &(struct sr_watch){&few, look}, &c, &r));
    ck_assert_int_eq(few.looks, 3);
}
END_TEST

/* Logits that are not finite are wrong ones: the image itself is returned. */
START_TEST(broken_models)
{
    for (int i = 0; i < SEARCHES; i++) {
        static struct classifier c;
        float w[CLASSES * PIXELS], *adv = noise(N * PIXELS, 5);
        for (int k = 0; k < CLASSES * PIXELS; k++)
            w[k] = NAN;
        struct sr_oracle f = linear_oracle(&c, PIXELS, CLASSES, w, NULL);
        const struct sr_attack_batch b = test_batch(&f, N, 0);
        const struct sr_attack_opts o = how(i, SR_L2);
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        ck_assert_mem_eq(adv, b.x, N * PIXELS * sizeof *adv);
        ck_assert_int_eq(c.forwards, N);
    }
}
END_TEST

START_TEST(draws_are_keyed)
{
    const struct sr_attack_opts ce = test_attack("apgd-ce"),
                                dlr = test_attack("apgd-dlr");
    const uint64_t id[2] = {5, 6};
    struct sr_attack_batch b = {.id = id, .seed = 1};
    const uint64_t key = sr_search_key(&ce, &b, 0, 2, 3);

    ck_assert_uint_eq(key, sr_search_key(&ce, &b, 0, 2, 3));
    ck_assert_uint_ne(key, sr_search_key(&dlr, &b, 0, 2, 3));
    ck_assert_uint_ne(key, sr_search_key(&ce, &b, 1, 2, 3));
    ck_assert_uint_ne(key, sr_search_key(&ce, &b, 0, 3, 2));
    b.seed++;
    ck_assert_uint_ne(key, sr_search_key(&ce, &b, 0, 2, 3));
}
END_TEST

SR_SUITE(attack_search)
{
    return sr_suite("attack/search",
                    (const TTest *[]){batches_do_not_matter, found_is_true,
                                      batches_are_full, places_are_taken_over,
                                      watches, broken_models, draws_are_keyed,
                                      NULL});
}
