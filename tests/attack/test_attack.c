/* The words, and what must hold of every attack of attack_list.h. */
#include "attack/attack.h"

#include <math.h>

#include "attack/ball.h"
#include "attack/oracles.h"
#include "test.h"

enum { PIXELS = 24, CLASSES = 5, N = 20 };

/* "pgd-6" for a form with numbers, else the name itself. */
static const char *word_of(const struct sr_attack *a)
{
    return a->number ? sr_arena_format(sr_test_arena(), "%s-6", a->name)
                     : a->name;
}

START_TEST(words)
{
    struct sr_attack_opts o = test_attack("pgd-50x10");
    ck_assert_str_eq(o.name, "pgd");
    ck_assert_int_eq(o.steps, 50);
    ck_assert_int_eq(o.restarts, 10);
    ck_assert(o.random_start);
    ck_assert_double_eq(o.step_size, 0.03);

    o = test_attack("fgsm");
    ck_assert_str_eq(o.name, "fgsm");
    ck_assert_int_eq(o.steps, 1);
    ck_assert_double_eq(o.step_size, o.epsilon);
    ck_assert(!o.random_start);
}
END_TEST

/* A word without restarts leaves those the key has set. */
START_TEST(restarts_of_the_key)
{
    struct sr_attack_opts o = test_attack("pgd-10x3");
    struct sr_err err;
    SR_GOOD(sr_attack_parse("pgd-20", (struct sr_src){0}, &o, &err), err);
    ck_assert_int_eq(o.steps, 20);
    ck_assert_int_eq(o.restarts, 3);
}
END_TEST

START_TEST(bad_words)
{
    static const char *const bad[] = {
        "",        "pgd",        "pgd-",       "pgd-0",
        "pgd--5",  "pgd-+5",     "pgd-5x",     "pgd-5x0",
        "pgd-10 ", "pgd-100001", "pgd-5x1001", "pgd-9999999999999999999999",
        "pdg-10",  "fgsm-1",     "PGD-10",     "pgd-1e2",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sr_attack_opts o = test_attack("pgd-7");
        struct sr_err err;
        const struct sr_src at = {"a.yaml", 3, 9};
        SR_BAD(sr_attack_parse(bad[i], at, &o, &err), err, SR_ECONFIG,
               "fgsm, pgd-STEPS[xRESTARTS]");
        ck_assert_int_eq(err.at.line, 3);
        ck_assert_int_eq(o.steps, 7);
    }
}
END_TEST

START_TEST(radius_in_levels)
{
    struct sr_attack_opts o = test_attack("pgd-10");
    struct sr_err err;
    SR_GOOD(sr_attack_check_ball(&o, &err), err);
    o.epsilon = 8;
    SR_BAD(sr_attack_check_ball(&o, &err), err, SR_ECONFIG, "8/255");
    o.norm = SR_L2;
    SR_GOOD(sr_attack_check_ball(&o, &err), err);
}
END_TEST

/* fgsm starts from the image whatever random_start says. */
START_TEST(losses_that_cannot_be_climbed)
{
    struct sr_attack_opts o = test_attack("pgd-10");
    struct sr_err err;
    o.loss = SR_LOSS_KL;
    SR_GOOD(sr_attack_check_loss(&o, &err), err);
    o.targeted = true;
    SR_BAD(sr_attack_check_loss(&o, &err), err, SR_ECONFIG, "targeted");
    o.targeted = false;
    o.random_start = false;
    SR_BAD(sr_attack_check_loss(&o, &err), err, SR_ECONFIG, "random_start");
    o.random_start = true;
    o.name = "fgsm";
    SR_BAD(sr_attack_check_loss(&o, &err), err, SR_ECONFIG, "where fgsm");
}
END_TEST

/* One setting the generic tests below run every attack under. */
static const struct {
    const char *why;
    int norm, keep, loss;
    bool targeted;
    long long restarts;
} settings[] = {
    {"as the literature has it", SR_LINF, SR_KEEP_LAST, SR_LOSS_CE, 0, 1},
    {"worst iterate", SR_LINF, SR_KEEP_WORST, SR_LOSS_CE, 0, 1},
    {"margin loss", SR_LINF, SR_KEEP_WORST, SR_LOSS_MARGIN, 0, 1},
    {"targeted", SR_LINF, SR_KEEP_WORST, SR_LOSS_CE, 1, 1},
    {"restarts", SR_LINF, SR_KEEP_LAST, SR_LOSS_CE, 0, 3},
    {"Euclidean", SR_L2, SR_KEEP_LAST, SR_LOSS_CE, 0, 1},
    {"Euclidean, worst, restarts", SR_L2, SR_KEEP_WORST, SR_LOSS_CE, 0, 3},
    {"divergence, normal start", SR_LINF, SR_KEEP_LAST, SR_LOSS_KL, 0, 1},
    {"the same, Euclidean, restarts", SR_L2, SR_KEEP_LAST, SR_LOSS_KL, 0, 2},
    {"sparse", SR_L1, SR_KEEP_LAST, SR_LOSS_CE, 0, 1},
    {"sparse, worst, restarts", SR_L1, SR_KEEP_WORST, SR_LOSS_CE, 0, 2},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static struct sr_attack_opts setting(const struct sr_attack *a, int s)
{
    struct sr_attack_opts o = test_attack(word_of(a));
    o.norm = settings[s].norm;
    o.keep = settings[s].keep;
    o.loss = settings[s].loss;
    o.start = o.loss == SR_LOSS_KL ? SR_START_NORMAL : SR_START_UNIFORM;
    o.targeted = settings[s].targeted;
    o.restarts = settings[s].restarts;
    if (o.norm != SR_LINF) {
        o.epsilon = o.norm == SR_L2 ? 0.5 : 1.2;
        o.step_size = 0.3 * o.epsilon;
    }
    return o;
}

static bool is_lawful(const struct sr_attack *a, int s)
{
    const struct sr_attack_opts o = setting(a, s);
    struct sr_err err;
    return sr_attack_check_search(&o, &err) == SR_OK;
}

/* What an attack makes as large as it can. */
static float height(struct sr_oracle *f, const struct sr_attack *a,
                    struct sr_attack_opts o, const float *x, int y)
{
    if (a->search)
        o.loss = SR_LOSS_MARGIN;
    return test_loss(f, &o, x, y);
}

/* In the ball and in [0, 1]; queries as counted by the classifier itself.  Not
 * below the image: who searches looks at it first, others may start there and
 * keep the worst. */
static void check_attack(const struct sr_attack *a, int s, bool random_start)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 40);
    struct sr_attack_opts o = setting(a, s);
    const struct sr_ball around = sr_ball_of(&o, &f);
    float *adv = noise(N * PIXELS, 9);

    o.random_start = random_start;
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    ck_assert_uint_eq(f.forwards, (uint64_t)c.forwards);
    ck_assert_uint_eq(f.backwards, (uint64_t)c.backwards);
    ck_assert_int_gt(c.forwards, 0);
    for (int i = 0; i < N; i++) {
        const float *x = b.x + i * PIXELS, *found = adv + i * PIXELS;
        ck_assert_msg(sr_ball_excess(&around, x, found) <= 1e-6,
                      "%s, %s: outside", a->name, settings[s].why);
        if (a->search ||
            (o.keep == SR_KEEP_WORST && !random_start && o.restarts == 1))
            ck_assert_msg(height(&f, a, o, found, b.y[i]) >=
                              height(&f, a, o, x, b.y[i]),
                          "%s, %s: below the start", a->name, settings[s].why);
    }
}

START_TEST(every_attack_keeps_its_promises)
{
    for (int i = 0; sr_attack_at(i); i++)
        for (int s = 0; s < SETTINGS; s++)
            for (int start = 0; start < 2; start++)
                if (is_lawful(sr_attack_at(i), s))
                    check_attack(sr_attack_at(i), s, start);
}
END_TEST

START_TEST(epsilon_zero_returns_the_images)
{
    for (int i = 0; sr_attack_at(i); i++)
        for (int s = 0; s < SETTINGS; s++) {
            if (!is_lawful(sr_attack_at(i), s))
                continue;
            static struct classifier c;
            struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
            const struct sr_attack_batch b = test_batch(&f, N, 0);
            struct sr_attack_opts o = setting(sr_attack_at(i), s);
            float *adv = noise(N * PIXELS, 9);
            o.epsilon = 0;
            sr_attack_run(&o, &f, &b, adv, sr_test_arena());
            ck_assert_mem_eq(adv, b.x, N * PIXELS * sizeof *adv);
        }
}
END_TEST

/* Attack b's images `size` at a time. */
static float *in_pieces(const struct sr_attack_opts *o, int size)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    float *adv = noise(N * PIXELS, (uint64_t)size);

    for (int i = 0; i < N; i += size) {
        struct sr_attack_batch piece = b;
        piece.n = N - i < size ? N - i : size;
        piece.x += i * PIXELS;
        piece.y += i;
        piece.id += i;
        sr_attack_run(o, &f, &piece, adv + i * PIXELS, sr_test_arena());
    }
    return adv;
}

START_TEST(neighbours_do_not_matter)
{
    for (int i = 0; sr_attack_at(i); i++)
        for (int s = 0; s < SETTINGS; s++) {
            if (!is_lawful(sr_attack_at(i), s))
                continue;
            const struct sr_attack_opts o = setting(sr_attack_at(i), s);
            const float *whole = in_pieces(&o, N);
            ck_assert_mem_eq(whole, in_pieces(&o, 7),
                             N * PIXELS * sizeof *whole);
            ck_assert_mem_eq(whole, in_pieces(&o, 1),
                             N * PIXELS * sizeof *whole);
        }
}
END_TEST

/* The epoch and the seed change the draws, the step and the batch do not. */
START_TEST(draws_are_keyed)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_opts o = test_attack("pgd-3");
    struct sr_attack_batch b = test_batch(&f, N, 0);
    float *first = noise(N * PIXELS, 1), *again = noise(N * PIXELS, 2);
    const size_t bytes = N * PIXELS * sizeof *first;

    sr_attack_run(&o, &f, &b, first, sr_test_arena());
    b.step = 99;
    sr_attack_run(&o, &f, &b, again, sr_test_arena());
    ck_assert_mem_eq(first, again, bytes);
    b.epoch = 1;
    sr_attack_run(&o, &f, &b, again, sr_test_arena());
    ck_assert_mem_ne(first, again, bytes);
    b.epoch = 0;
    b.seed++;
    sr_attack_run(&o, &f, &b, again, sr_test_arena());
    ck_assert_mem_ne(first, again, bytes);
}
END_TEST

static int robust(long long restarts, bool broken[N])
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    struct sr_attack_batch b = test_batch(&f, N, 0);
    struct sr_attack_opts o = test_attack("pgd-2");
    float *adv = noise(N * PIXELS, 1), z[N * CLASSES];
    int *y = SR_TAKE(sr_test_arena(), N, int), left = 0;

    sr_oracle_logits(&f, N, b.x, z);
    for (int i = 0; i < N; i++) /* so that all are correct to begin with */
        y[i] = sr_argmax(CLASSES, z + i * CLASSES);
    b.y = y;
    o.epsilon = 0.12;
    o.restarts = restarts;
    sr_attack_run(&o, &f, &b, adv, sr_test_arena());
    sr_oracle_logits(&f, N, adv, z);
    for (int i = 0; i < N; i++) {
        broken[i] = sr_oracle_wrong(CLASSES, z + i * CLASSES, y[i]);
        left += !broken[i];
    }
    return left;
}

/* What r starts break, more starts break too; and here some need more. */
START_TEST(restarts_only_help)
{
    bool before[N], after[N];
    const int one = robust(1, before);
    for (long long r = 2; r <= 16; r *= 2) {
        const int left = robust(r, after);
        for (int i = 0; i < N; i++)
            ck_assert(after[i] || !before[i]);
        memcpy(before, after, sizeof before);
        if (r == 16)
            ck_assert_int_lt(left, one);
    }
    ck_assert_int_gt(one, 0);
}
END_TEST

/* steps gradients per start, and one look at the result where it matters:
 * nothing else.  A model without bias at x = 0 with y the first of equal
 * logits ... never breaks when its weights are all zero, so every restart runs
 * on every image. */
START_TEST(queries)
{
    static const struct {
        const char *word;
        int keep, forwards, backwards; /* per image */
    } cases[] = {
        {"fgsm", SR_KEEP_LAST, 1, 1},       {"pgd-4", SR_KEEP_LAST, 4, 4},
        {"pgd-4", SR_KEEP_WORST, 5, 4},     {"pgd-4x3", SR_KEEP_LAST, 15, 12},
        {"pgd-4x3", SR_KEEP_WORST, 18, 12},
    };
    static const float zero[2 * PIXELS];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct classifier c;
        struct sr_oracle f = linear_oracle(&c, PIXELS, 2, zero, NULL);
        struct sr_attack_batch b = test_batch(&f, N, 0);
        struct sr_attack_opts o = test_attack(cases[i].word);
        float *adv = noise(N * PIXELS, 1);
        b.y = SR_TAKE(sr_test_arena(), N, int);
        o.keep = cases[i].keep;
        sr_attack_run(&o, &f, &b, adv, sr_test_arena());
        ck_assert_uint_eq(f.forwards, (uint64_t)(N * cases[i].forwards));
        ck_assert_uint_eq(f.backwards, (uint64_t)(N * cases[i].backwards));
    }
}
END_TEST

/* Scratch is given back, whatever the attack. */
START_TEST(scratch_is_given_back)
{
    static struct classifier c;
    struct sr_oracle f = bent_oracle(&c, PIXELS, CLASSES);
    const struct sr_attack_batch b = test_batch(&f, N, 0);
    float *adv = noise(N * PIXELS, 1);

    for (int i = 0; sr_attack_at(i); i++)
        for (int s = 0; s < SETTINGS; s++) {
            if (!is_lawful(sr_attack_at(i), s))
                continue;
            const struct sr_attack_opts o = setting(sr_attack_at(i), s);
            struct sr_arena *arena = sr_test_arena();
            const struct sr_mark before = sr_arena_mark(arena);
            sr_attack_run(&o, &f, &b, adv, arena);
            const struct sr_mark after = sr_arena_mark(arena);
            ck_assert_uint_eq(before.used, after.used);
        }
}
END_TEST

SR_SUITE(attack_attack)
{
    return sr_suite(
        "attack/attack",
        (const TTest *[]){
            words, restarts_of_the_key, bad_words, radius_in_levels,
            losses_that_cannot_be_climbed, every_attack_keeps_its_promises,
            epsilon_zero_returns_the_images, neighbours_do_not_matter,
            draws_are_keyed, restarts_only_help, queries, scratch_is_given_back,
            NULL});
}
