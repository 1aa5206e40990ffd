#include "attack/attack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "attack/attack_list.h"
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

const struct sr_attack *sr_attack_find(const char *name)
{
    int i = 0;
    while (i < NATTACKS && strcmp(attacks[i]->name, name) != 0)
        i++;
    SR_REQUIRE(i < NATTACKS);
    return attacks[i];
}

const char *sr_attack_name(int i)
{
    for (int k = 0; k < NATTACKS; k++)
        if (attacks[k]->run && i-- == 0)
            return attacks[k]->name;
    return NULL;
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
    static const char *const words[] = {[SR_LOSS_CE] = "ce",
                                        [SR_LOSS_MARGIN] = "margin",
                                        [SR_LOSS_KL] = "kl",
                                        [SR_LOSS_DLR] = "dlr"};
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
    SR_BOOL(struct sr_attack_opts, start_outside, "false",
            "pgd: where that point is outside [0, 1] the first gradient is "
            "taken there, not at the nearest pixel value"),
    SR_REAL(struct sr_attack_opts, clean_start, "0", 0, 1, "",
            "probability that a whole batch starts from its images all the "
            "same"),
    SR_BOOL(struct sr_attack_opts, targeted, "false",
            "towards the class after the true one, not away from the true one"),
    SR_ENUM(struct sr_attack_opts, keep, "last", sr_keep_name,
            "the iterate to return: the last, or the one of highest loss"),
    SR_ENUM(struct sr_attack_opts, loss, "ce", sr_attack_loss_name,
            "what the attack climbs: cross-entropy, the logit margin, the "
            "divergence from the prediction for the image, or the margin over "
            "the spread of the largest logits"),
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
    if (a->number != SR_NUMBER_NEEDED && word[length] == '\0') {
        o->steps = a->steps > 0 ? a->steps : o->steps;
        return true;
    }
    return a->number != SR_NUMBER_NONE && read_numbers(word + length, o);
}

struct sr_attack_opts sr_attack_settled(const struct sr_attack_opts *o)
{
    struct sr_attack_opts s = *o;
    const struct sr_attack *attack = sr_attack_find(o->name);
    if (attack->targets == 0 || s.targets == 0)
        s.targets = attack->targets;
    s.decay = 0;
    if (attack->settle)
        attack->settle(&s);
    return s;
}

/* For a list: numbers only where there must be some. */
static const char *short_form(int i)
{
    if (i >= NATTACKS)
        return NULL;
    return attacks[i]->number == SR_NUMBER_ALLOWED ? attacks[i]->name
                                                   : attacks[i]->form;
}

enum sr_status sr_attack_parse(const char *word, struct sr_src at,
                               struct sr_attack_opts *o, struct sr_err *err)
{
    for (int i = 0; i < NATTACKS; i++) {
        struct sr_attack_opts read = *o;
        if (!matches(attacks[i], word, &read))
            continue;
        read.name = attacks[i]->name;
        *o = sr_attack_settled(&read);
        return SR_OK;
    }
    char known[768];
    sr_text_join(known, sizeof known, short_form);
    return sr_fail_at(err, at,
                      "no attack '%s'; there are: %s (up to %d steps and %d "
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
    const struct sr_attack_opts s = sr_attack_settled(o);
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

enum sr_status sr_attack_check_search(const struct sr_attack_opts *o,
                                      struct sr_err *err)
{
    const struct sr_attack *a = sr_attack_find(o->name);
    if (!a->search)
        return SR_OK;
    if (!a->search[o->norm])
        return sr_fail(err, SR_ECONFIG, "%s is not defined for norm %s",
                       a->name, sr_norm_name(o->norm));
    if (o->batchnorm != SR_BN_INFERENCE)
        return sr_fail(err, SR_ECONFIG,
                       "%s attacks each image on its own, so batchnorm must be "
                       "inference, not %s",
                       a->name, sr_bn_mode_name(o->batchnorm));
    if (o->targeted)
        return sr_fail(err, SR_ECONFIG,
                       "%s leads away from the true class or to targets of its "
                       "own: targeted must be false",
                       a->name);
    return SR_OK;
}

enum sr_status sr_attack_check_classes(const struct sr_attack_opts *o,
                                       int classes, struct sr_err *err)
{
    const struct sr_attack_opts s = sr_attack_settled(o);
    const struct sr_attack *a = sr_attack_find(o->name);
    if (classes < a->classes)
        return sr_fail(err, SR_ECONFIG,
                       "%s compares the %d largest logits, and there are %d "
                       "classes; use %s instead",
                       a->name, a->classes, classes, a->instead);
    if (s.loss == SR_LOSS_DLR && classes < SR_DLR_CLASSES)
        return sr_fail(err, SR_ECONFIG,
                       "loss dlr compares the %d largest logits, and there are "
                       "%d classes; use margin instead",
                       SR_DLR_CLASSES, classes);
    return SR_OK;
}
