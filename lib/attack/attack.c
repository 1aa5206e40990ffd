#include "attack/attack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "attack/attack_list.h"
#include "attack/goal.h"
#include "base/text.h"

enum { STEPS_MAX = 100000, RESTARTS_MAX = 1000 };

static const struct sr_attack *const attacks[] = {
#define SR_ATTACK(x) &sr_attack_##x,
    SR_ATTACK_LIST(SR_ATTACK)
#undef SR_ATTACK
};
enum { NATTACKS = sizeof attacks / sizeof *attacks };

const struct sr_attack *sr_attack_at(int i)
{
    return i < NATTACKS ? attacks[i] : NULL;
}

const char *sr_attack_name(int i)
{
    return i < NATTACKS ? attacks[i]->name : NULL;
}

const char *sr_start_name(int i)
{
    static const char *const words[] = {
        [SR_START_UNIFORM] = "uniform", [SR_START_NORMAL] = "normal"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

const char *sr_keep_name(int i)
{
    static const char *const words[] = {
        [SR_KEEP_LAST] = "last", [SR_KEEP_WORST] = "worst"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

const char *sr_attack_loss_name(int i)
{
    static const char *const words[] = {
        [SR_LOSS_CE] = "ce", [SR_LOSS_MARGIN] = "margin", [SR_LOSS_KL] = "kl"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

const char *sr_bn_mode_name(int i)
{
    static const char *const words[] = {[SR_BN_INFERENCE] = "inference",
                                        [SR_BN_BATCH] = "batch",
                                        [SR_BN_TRAIN] = "train"};
    return i < (int)(sizeof words / sizeof *words) ? words[i] : NULL;
}

/* clang-format off */
const struct sr_opt sr_attack_rows[] = {
    SR_NAME(struct sr_attack_opts, name, "pgd", sr_attack_name,
            "which attack trains the network"),
    SR_ENUM(struct sr_attack_opts, norm, "linf", sr_norm_name,
            "how the size of a perturbation is measured"),
    SR_REAL(struct sr_attack_opts, epsilon, "8/255", 0, 1000,
            "of the pixel range", "radius of the ball"),
    SR_REAL(struct sr_attack_opts, step_size, "2/255", 0, 1000,
            "of the pixel range", "length of one step"),
    SR_INT (struct sr_attack_opts, steps, "10", 1, STEPS_MAX, "",
            "gradient steps from each start"),
    SR_INT (struct sr_attack_opts, restarts, "1", 1, RESTARTS_MAX, "",
            "independent starts; the first that breaks an image ends them"),
    SR_BOOL(struct sr_attack_opts, random_start, "true",
            "start from a random point of the ball, not from the image"),
    SR_ENUM(struct sr_attack_opts, start, "uniform", sr_start_name,
            "how that point is drawn: uniform in the ball, or normal around "
            "the image with start_std"),
    SR_REAL(struct sr_attack_opts, start_std, "0.001", 0, 1,
            "of the pixel range", "normal: standard deviation of each pixel"),
    SR_REAL(struct sr_attack_opts, clean_start, "0", 0, 1, "",
            "probability that a whole batch starts from its images all the "
            "same"),
    SR_BOOL(struct sr_attack_opts, targeted, "false",
            "towards the class after the true one, not away from the true one"),
    SR_ENUM(struct sr_attack_opts, keep, "last", sr_keep_name,
            "the iterate to return: the last, or the one of highest loss"),
    SR_ENUM(struct sr_attack_opts, loss, "ce", sr_attack_loss_name,
            "what the attack climbs: cross-entropy, the logit margin, or the "
            "divergence from the prediction for the image"),
    SR_ENUM(struct sr_attack_opts, batchnorm, "inference", sr_bn_mode_name,
            "statistics of batch normalisation during the attack: the running "
            "ones, the batch's, or the batch's and collected as in training"),
    {0},
};
/* clang-format on */

static bool read_count(const char **text, long long max, long long *count)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return false;
    *count =
        strtoll(*text, &end, 10); /* too long a number becomes the largest */
    *text = end;
    return *count >= 1 && *count <= max;
}

/* "-STEPS[xRESTARTS]", to the end of the word. */
static bool read_numbers(const char *text, struct sr_attack_opts *o)
{
    if (*text++ != '-' || !read_count(&text, STEPS_MAX, &o->steps))
        return false;
    if (*text == 'x') {
        text++;
        if (!read_count(&text, RESTARTS_MAX, &o->restarts))
            return false;
    }
    return *text == '\0';
}

static bool matches(const struct sr_attack *a, const char *word,
                    struct sr_attack_opts *o)
{
    const size_t length = strlen(a->name);

    if (strncmp(word, a->name, length) != 0)
        return false;
    return a->number ? read_numbers(word + length, o) : word[length] == '\0';
}

static const struct sr_attack *find(const char *name)
{
    int i = 0;
    while (i < NATTACKS && strcmp(attacks[i]->name, name) != 0)
        i++;
    SR_REQUIRE(i < NATTACKS);
    return attacks[i];
}

/* The options as the attack they name runs with them. */
static struct sr_attack_opts settled(const struct sr_attack_opts *o)
{
    struct sr_attack_opts s = *o;
    const struct sr_attack *attack = find(o->name);
    if (attack->settle)
        attack->settle(&s);
    return s;
}

static const char *form(int i)
{
    return i < NATTACKS ? attacks[i]->form : NULL;
}

enum sr_status sr_attack_parse(const char *word, struct sr_src at,
                               struct sr_attack_opts *o, struct sr_err *err)
{
    for (int i = 0; i < NATTACKS; i++) {
        struct sr_attack_opts read = *o;
        if (!matches(attacks[i], word, &read))
            continue;
        read.name = attacks[i]->name;
        *o = settled(&read);
        return SR_OK;
    }
    char known[256];
    sr_text_join(known, sizeof known, form);
    return sr_fail_at(err, at,
                      "no attack '%s'; there are: %s (up to %d steps, %d "
                      "restarts)",
                      word, known, STEPS_MAX, RESTARTS_MAX);
}

enum sr_status sr_attack_check_ball(const struct sr_attack_opts *o,
                                    struct sr_err *err)
{
    if (o->norm == SR_LINF && o->epsilon > 1)
        return sr_fail(err, SR_ECONFIG,
                       "epsilon %g is outside [0, 1] of the pixel range for "
                       "norm linf; %g levels of 255 are written %g/255",
                       o->epsilon, o->epsilon, o->epsilon);
    return SR_OK;
}

enum sr_status sr_attack_check_loss(const struct sr_attack_opts *o,
                                    struct sr_err *err)
{
    const struct sr_attack_opts s = settled(o);
    if (s.loss != SR_LOSS_KL)
        return SR_OK;
    if (s.targeted)
        return sr_fail(err, SR_ECONFIG,
                       "kl leads away from a prediction, not towards a class: "
                       "targeted must be false");
    if (!s.random_start)
        return sr_fail(err, SR_ECONFIG,
                       "kl has no slope at the image itself, where %s starts "
                       "without random_start",
                       s.name);
    return SR_OK;
}

/* Images that still take part in the restarts, copied together. */
struct alive {
    struct sr_attack_batch b; /* its x, y and id are the copies below */
    float *x, *adv;
    int *y, *from; /* from: place in the whole batch */
    uint64_t *id;
};

static struct alive everybody(const struct sr_attack_batch *b, size_t pixels,
                              struct sr_arena *scratch)
{
    const size_t count = (size_t)b->n * pixels;
    struct alive s = {.b = *b,
                      .x = SR_TAKE(scratch, count, float),
                      .adv = SR_TAKE(scratch, count, float),
                      .y = SR_TAKE(scratch, b->n, int),
                      .from = SR_TAKE(scratch, b->n, int),
                      .id = SR_TAKE(scratch, b->n, uint64_t)};

    memcpy(s.x, b->x, count * sizeof *s.x);
    memcpy(s.y, b->y, (size_t)b->n * sizeof *s.y);
    memcpy(s.id, b->id, (size_t)b->n * sizeof *s.id);
    for (int i = 0; i < b->n; i++)
        s.from[i] = i;
    s.b.x = s.x;
    s.b.y = s.y;
    s.b.id = s.id;
    return s;
}

static void drop_broken(struct alive *s, const bool *broken, size_t pixels)
{
    int kept = 0;

    for (int i = 0; i < s->b.n; i++) {
        if (broken[s->from[i]])
            continue;
        memmove(s->x + (size_t)kept * pixels, s->x + (size_t)i * pixels,
                pixels * sizeof *s->x);
        s->y[kept] = s->y[i];
        s->id[kept] = s->id[i];
        s->from[kept] = s->from[i];
        kept++;
    }
    s->b.n = kept;
}

/* Take over what the newest restart found: an image that breaks, or a higher
 * loss where none has yet.  The first restart is taken as it is. */
static void collect(const struct alive *s, const struct sr_goal *goal,
                    int classes, size_t pixels, bool *broken, float *best,
                    float *adv)
{
    for (int i = 0; i < s->b.n; i++) {
        const int at = s->from[i];
        const bool breaks = sr_oracle_wrong(
            classes, goal->z + (size_t)i * (size_t)classes, s->y[i]);
        const bool take =
            s->b.restart == 0 ||
            (!broken[at] && (breaks || goal->value[i] > best[at]));
        if (!take)
            continue;
        broken[at] = breaks;
        best[at] = goal->value[i];
        memcpy(adv + (size_t)at * pixels, s->adv + (size_t)i * pixels,
               pixels * sizeof *adv);
    }
}

/* With the batch's own statistics an image's neighbours matter, so then nobody
 * is left out. */
static void run_restarts(const struct sr_attack *attack,
                         const struct sr_attack_opts *o, struct sr_oracle *f,
                         const struct sr_attack_batch *b, float *adv,
                         struct sr_arena *scratch)
{
    const size_t pixels = sr_oracle_pixels(f);
    struct alive s = everybody(b, pixels, scratch);
    bool *broken = SR_TAKE(scratch, b->n, bool);
    float *best = SR_TAKE(scratch, b->n, float);

    for (long long r = 0; r < o->restarts && s.b.n > 0; r++) {
        const struct sr_mark mark = sr_arena_mark(scratch);
        s.b.restart = (uint64_t)r;
        attack->run(o, f, &s.b, s.adv, scratch);

        struct sr_goal goal = sr_goal_of(o, f, &s.b, scratch);
        sr_goal_value(&goal, f, s.adv);
        collect(&s, &goal, f->classes, pixels, broken, best, adv);
        sr_arena_release(scratch, mark);

        if (o->batchnorm == SR_BN_INFERENCE)
            drop_broken(&s, broken, pixels);
    }
}

void sr_attack_run(const struct sr_attack_opts *o, struct sr_oracle *f,
                   const struct sr_attack_batch *b, float *adv,
                   struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const struct sr_attack *attack = find(o->name);
    const struct sr_attack_opts s = settled(o);

    SR_REQUIRE(b->n <= f->batch);
    if (s.restarts == 1)
        attack->run(&s, f, b, adv, scratch);
    else
        run_restarts(attack, &s, f, b, adv, scratch);
    sr_arena_release(scratch, mark);
}
