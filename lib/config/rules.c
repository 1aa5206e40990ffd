#include "config/rules.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "attack/sequence.h"
#include "base/text.h"
#include "model/layers.h"

/* The sentence to print when the rule is broken, or NULL.  From ARENA. */
typedef const char *rule_fn(const struct sr_exp *exp, struct sr_arena *arena);

enum { KEYS = 4 };
struct rule {
    rule_fn *broken;
    const char *key[KEYS]; /* what it reads; the first one written is blamed */
};

static const char *name_rule(const struct sr_exp *exp, struct sr_arena *arena)
{
    const char *name = exp->top.name;
    bool good = isalnum((unsigned char)*name) && strlen(name) <= 100;
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
            good = false;
    if (good)
        return NULL;
    return sr_arena_format(arena,
                           "name: '%s' cannot name a directory; use letters, "
                           "digits, - _ and ., at most 100, a letter or digit "
                           "first",
                           name);
}

static const char *dataset_rule(const struct sr_exp *exp,
                                struct sr_arena *arena)
{
    char known[256];
    if (exp->data.dataset)
        return NULL;
    sr_text_join(known, sizeof known, sr_dataset_name);
    return sr_arena_format(arena, "data.dataset: not given; there are: %s",
                           known);
}

static const char *step_rule(const char *section,
                             const struct sr_attack_opts *o,
                             struct sr_arena *arena)
{
    if (o->epsilon == 0 || o->step_size <= 2 * o->epsilon)
        return NULL;
    return sr_arena_format(arena,
                           "%s.step_size: a step of %g is longer than the "
                           "ball is wide, 2 epsilon = %g",
                           section, o->step_size, 2 * o->epsilon);
}

static const char *attack_step_rule(const struct sr_exp *exp,
                                    struct sr_arena *arena)
{
    return step_rule("attack", &exp->attack, arena);
}

static const char *eval_step_rule(const struct sr_exp *exp,
                                  struct sr_arena *arena)
{
    return step_rule("eval", &exp->eval.how, arena);
}

static const char *ball_rule(const char *section,
                             const struct sr_attack_opts *o,
                             struct sr_arena *arena)
{
    struct sr_err err;
    if (sr_attack_check_ball(o, &err) == SR_OK)
        return NULL;
    return sr_arena_format(arena, "%s.epsilon: %s", section, err.text);
}

static const char *attack_ball_rule(const struct sr_exp *exp,
                                    struct sr_arena *arena)
{
    return ball_rule("attack", &exp->attack, arena);
}

static const char *eval_ball_rule(const struct sr_exp *exp,
                                  struct sr_arena *arena)
{
    return ball_rule("eval", &exp->eval.how, arena);
}

static const char *attack_loss_rule(const struct sr_exp *exp,
                                    struct sr_arena *arena)
{
    struct sr_err err;
    if (sr_attack_check_loss(&exp->attack, &err) == SR_OK)
        return NULL;
    return sr_arena_format(arena, "attack.loss: %s", err.text);
}

static bool is_piecewise(const struct sr_exp *exp)
{
    return strcmp(exp->train.schedule.name, "piecewise") == 0;
}

static const char *milestones_needed_rule(const struct sr_exp *exp,
                                          struct sr_arena *arena)
{
    (void)arena;
    if (!is_piecewise(exp) || exp->train.schedule.milestones.n > 0)
        return NULL;
    return "train.schedule.milestones: a piecewise schedule needs the epochs "
           "at which the rate falls";
}

static const char *milestones_rule(const struct sr_exp *exp,
                                   struct sr_arena *arena)
{
    const struct sr_reals *m = &exp->train.schedule.milestones;
    for (int i = 0; is_piecewise(exp) && i < m->n; i++) {
        if (m->v[i] >= (double)exp->train.epochs)
            return sr_arena_format(arena,
                                   "train.schedule.milestones: epoch %g is "
                                   "never reached by training of %lld epochs; "
                                   "set both, or train.schedule.name=constant",
                                   m->v[i], exp->train.epochs);
        if (i > 0 && m->v[i] <= m->v[i - 1])
            return sr_arena_format(arena,
                                   "train.schedule.milestones: %g after %g; "
                                   "they must rise",
                                   m->v[i], m->v[i - 1]);
    }
    return NULL;
}

static const char *warmup_rule(const struct sr_exp *exp, struct sr_arena *arena)
{
    const double warmup = exp->train.schedule.warmup;
    if (warmup == 0 || warmup < (double)exp->train.epochs)
        return NULL;
    return sr_arena_format(arena,
                           "train.schedule.warmup: %g epochs of warm-up leave "
                           "nothing of the %lld epochs of training",
                           warmup, exp->train.epochs);
}

static const char *nesterov_rule(const struct sr_exp *exp,
                                 struct sr_arena *arena)
{
    (void)arena;
    if (!exp->train.nesterov || exp->train.momentum > 0)
        return NULL;
    return "train.nesterov: looks ahead along the momentum, but train.momentum "
           "is 0";
}

static const char *patience_rule(const struct sr_exp *exp,
                                 struct sr_arena *arena)
{
    const long long patience = exp->train.patience, every = exp->eval.every;
    if (patience == 0 || (every > 0 && patience >= every))
        return NULL;
    return sr_arena_format(arena,
                           "train.patience: in %lld epochs there is no "
                           "validation, eval.every is %lld",
                           patience, every);
}

static const char *result_rule(const struct sr_exp *exp, struct sr_arena *arena)
{
    (void)arena;
    if (exp->train.result == SR_RESULT_LAST || exp->eval.every > 0)
        return NULL;
    return "train.result: no checkpoint is the best without validation, and "
           "eval.every is 0";
}

static const char *normalisation_rule(const struct sr_exp *exp,
                                      struct sr_arena *arena)
{
    const struct sr_reals *mean = &exp->model.mean, *std = &exp->model.std;
    if (mean->n == std->n)
        return NULL;
    return sr_arena_format(arena,
                           "model.mean has %d values and model.std %d; both "
                           "take one for each channel",
                           mean->n, std->n);
}

static const char *start_rule(const struct sr_exp *exp, struct sr_arena *arena)
{
    const struct sr_load_opts *how = &exp->model.load;
    if (*exp->model.weights || !(how->partial || how->reset_head))
        return NULL;
    return sr_arena_format(arena,
                           "model.%s: there are no model.weights to load",
                           how->partial ? "partial" : "reset_head");
}

static const char *validation_rule(const struct sr_exp *exp,
                                   struct sr_arena *arena)
{
    (void)arena;
    if (exp->eval.split != SR_VALIDATION || exp->data.validation > 0)
        return NULL;
    return "eval.split: no images are held out for validation; give "
           "data.validation a share such as 0.1";
}

/* clang-format off */
static const struct rule rules[] = {
    { name_rule,              { "name" } },
    { dataset_rule,           { "data.dataset" } },
    { attack_step_rule,       { "attack.step_size", "attack.epsilon" } },
    { eval_step_rule,         { "eval.step_size", "eval.epsilon" } },
    { attack_ball_rule,       { "attack.epsilon", "attack.norm" } },
    { eval_ball_rule,         { "eval.epsilon", "eval.norm" } },
    { attack_loss_rule,       { "attack.loss", "attack.random_start", "attack.targeted", "attack.name" } },
    { milestones_needed_rule, { "train.schedule.name", "train.schedule.milestones" } },
    { milestones_rule,        { "train.schedule.milestones", "train.epochs" } },
    { warmup_rule,            { "train.schedule.warmup", "train.epochs" } },
    { nesterov_rule,          { "train.nesterov", "train.momentum" } },
    { patience_rule,          { "train.patience", "eval.every" } },
    { result_rule,            { "train.result", "eval.every" } },
    { normalisation_rule,     { "model.mean", "model.std" } },
    { start_rule,             { "model.partial", "model.reset_head" } },
    { validation_rule,        { "eval.split", "data.validation" } },
};

/* Whom to blame for an activation that does not resolve, when its sentence
 * names nobody. */
static const char *const activation_keys[] = {
    "activation.alpha.attack",    "activation.alpha.update",
    "activation.alpha.forward",   "activation.alpha",
    "activation.backward.attack", "activation.backward.update",
    "activation.forward",
};

/* The size of a network. */
static const char *const size_keys[] = {
    "model.depth",       "model.blocks", "model.groups",
    "model.group_width", "model.width",  "model.depth_factor",
    "model.dropout",     "model.drop_connect", "model.arch",
};

/* What a method of training may not go together with. */
static const char *const method_keys[] = {
    "train.label_smoothing", "attack.norm",
    "attack.loss",           "attack.batchnorm",
    "activation.backward.attack", "activation.backward.update",
    "train.method",
};

/* Whom to blame for a loss that an attack of eval.attack cannot climb, and for
 * what one that goes image by image cannot be run with. */
static const char *const eval_loss_keys[] = {"eval.loss", "eval.random_start",
    "eval.targeted"};
static const char *const eval_search_keys[] = {"eval.batchnorm",
    "eval.targeted", "eval.norm", "eval.attack"};
/* clang-format on */
enum {
    EVAL_SEARCH_KEYS = sizeof eval_search_keys / sizeof *eval_search_keys,
    EVAL_LOSS_KEYS = sizeof eval_loss_keys / sizeof *eval_loss_keys,
    RULES = sizeof rules / sizeof *rules,
    ACTIVATION_KEYS = sizeof activation_keys / sizeof *activation_keys,
    METHOD_KEYS = sizeof method_keys / sizeof *method_keys,
    SIZE_KEYS = sizeof size_keys / sizeof *size_keys
};

struct checker {
    struct sr_exp *exp;
    struct sr_src file; /* for what nobody wrote */
    struct sr_arena *arena;
    struct sr_problems *problems;
};

static const struct sr_origin *origin_of(const struct checker *c,
                                         const char *name)
{
    const struct sr_key *key = sr_keys_find(&c->exp->keys, name);
    SR_REQUIRE(key != NULL);
    return &key->origin;
}

static bool any_is_bad(const struct checker *c, const char *const *key, int n)
{
    for (int i = 0; i < n && key[i]; i++)
        if (origin_of(c, key[i])->bad)
            return true;
    return false;
}

/* Not a default, nor what another setting brings with it. */
static bool was_written(const struct sr_origin *origin)
{
    return origin->at.path || origin->at.line > 0;
}

/* Where the first of the keys that somebody wrote stands. */
static struct sr_src blame(const struct checker *c, const char *const *key,
                           int n)
{
    for (int i = 0; i < n && key[i]; i++)
        if (was_written(origin_of(c, key[i])))
            return origin_of(c, key[i])->at;
    return c->file;
}

static void check_rule(const struct checker *c, const struct rule *rule)
{
    if (any_is_bad(c, rule->key, KEYS))
        return;
    const char *text = rule->broken(c->exp, c->arena);
    if (text)
        sr_problems_add(c->problems, blame(c, rule->key, KEYS), "%s", text);
}

/* Does the sentence name this key, or begin with the value it was given? */
static bool is_meant(const char *text, const char *key,
                     const struct sr_origin *o)
{
    const size_t length = o->text ? strlen(o->text) : 0;
    return !sr_origin_is_default(o) &&
           (strstr(text, key) || (length > 0 && text[length] == ' ' &&
                                  strncmp(text, o->text, length) == 0));
}

static struct sr_src blame_named(const struct checker *c, const char *text)
{
    for (int i = 0; i < ACTIVATION_KEYS; i++) {
        const struct sr_origin *o = origin_of(c, activation_keys[i]);
        if (is_meant(text, activation_keys[i], o))
            return o->at;
    }
    return blame(c, activation_keys, ACTIVATION_KEYS);
}

/* What was left out and is now resolved came from another key. */
static void inherit(const struct checker *c, const char *name, const char *from,
                    const char *note)
{
    struct sr_origin *o = &sr_keys_find(&c->exp->keys, name)->origin;
    if (!sr_origin_is_default(o))
        return;
    *o = *origin_of(c, from);
    if (note)
        *o = (struct sr_origin){.note = note};
}

static bool is_argument(const struct sr_origin *o)
{
    return !o->at.path && o->at.line > 0;
}

/* A function named on the command line does not keep the alpha that a file has
 * for the one it replaces. */
static void forget_alpha(const struct checker *c, const char *function,
                         const char *alpha, double *value)
{
    struct sr_origin *o = &sr_keys_find(&c->exp->keys, alpha)->origin;
    if (!is_argument(origin_of(c, function)) || !o->at.path)
        return;
    *value = NAN;
    *o = (struct sr_origin){0};
}

static void check_activation(const struct checker *c)
{
    struct sr_err err;
    struct sr_activation_opts *a = &c->exp->activation;
    if (any_is_bad(c, activation_keys, ACTIVATION_KEYS))
        return;
    forget_alpha(c, "activation.forward", "activation.alpha.forward",
                 &a->alphas.forward);
    forget_alpha(c, "activation.backward.attack", "activation.alpha.attack",
                 &a->alphas.attack);
    forget_alpha(c, "activation.backward.update", "activation.alpha.update",
                 &a->alphas.update);
    if (sr_activation_resolve(a, &c->exp->acts, &err) != SR_OK) {
        sr_problems_take(c->problems, blame_named(c, err.text), &err);
        return;
    }
    inherit(c, "activation.backward.attack", "activation.forward",
            "as forward");
    inherit(c, "activation.backward.update", "activation.forward",
            "as forward");
    inherit(c, "activation.alpha.forward", "activation.alpha", NULL);
    inherit(c, "activation.alpha.attack", "activation.alpha", NULL);
    inherit(c, "activation.alpha.update", "activation.alpha", NULL);
}

/* Add a sentence that begins with one of the keys, at its place; nobody wrote
 * it: at that of the last key. */
static void add_named(const struct checker *c, const char *const *key, int n,
                      struct sr_err *err)
{
    struct sr_src at = blame(c, key + n - 1, 1);
    for (int i = 0; i < n; i++)
        if (strncmp(err->text, key[i], strcspn(err->text, ":")) == 0 &&
            was_written(origin_of(c, key[i])))
            at = origin_of(c, key[i])->at;
    sr_problems_take(c->problems, at, err);
}

static void check_size(const struct checker *c)
{
    struct sr_err err;
    if (!any_is_bad(c, size_keys, SIZE_KEYS) &&
        sr_model_check(&c->exp->model, &err) != SR_OK)
        add_named(c, size_keys, SIZE_KEYS, &err);
}

static void check_method(const struct checker *c)
{
    struct sr_err err;
    const struct sr_exp *exp = c->exp;
    if (!any_is_bad(c, method_keys, METHOD_KEYS) &&
        sr_train_check_method(&exp->train, &exp->attack, &exp->acts, &err) !=
            SR_OK)
        add_named(c, method_keys, METHOD_KEYS, &err);
}

/* The i-th word of eval.attack where it stands. */
static struct sr_src word_place(const struct sr_origin *origin, int i)
{
    const struct sr_yaml *node = origin->node ? origin->node->child : NULL;
    for (int k = 0; node && k < i; k++)
        node = node->sibling;
    return node ? node->at : origin->at;
}

/* One attack of eval.attack, which may be of a sequence. */
static void check_stage(const struct checker *c, const struct sr_attack_opts *o)
{
    struct sr_err err;
    if (!any_is_bad(c, eval_loss_keys, EVAL_LOSS_KEYS) &&
        sr_attack_check_loss(o, &err) != SR_OK)
        sr_problems_add(c->problems, blame(c, eval_loss_keys, EVAL_LOSS_KEYS),
                        "eval.loss: %s", err.text);
    if (!any_is_bad(c, eval_search_keys, EVAL_SEARCH_KEYS) &&
        sr_attack_check_search(o, &err) != SR_OK)
        sr_problems_add(c->problems,
                        blame(c, eval_search_keys, EVAL_SEARCH_KEYS),
                        "eval.attack: %s", err.text);
}

static void check_attack_words(const struct checker *c)
{
    const struct sr_origin *origin = origin_of(c, "eval.attack");
    const struct sr_wordlist *words = &c->exp->eval.attack;
    if (origin->bad)
        return;
    for (int i = 0; i < words->n; i++) {
        struct sr_sequence sequence;
        struct sr_err err;
        const struct sr_src at = word_place(origin, i);
        if (sr_sequence_parse(words->v[i], at, &c->exp->eval.how, &sequence,
                              &err) != SR_OK)
            sr_problems_take(c->problems, at, &err);
        else
            for (int s = 0; s < sequence.stages; s++)
                check_stage(c, &sequence.stage[s]);
    }
    if (words->n > SR_EVAL_ATTACKS)
        sr_problems_add(c->problems, origin->at,
                        "eval.attack: more than %d attacks", SR_EVAL_ATTACKS);
}

static void check_layers(const struct checker *c)
{
    const struct sr_layers *layers = c->exp->model.layers;
    const struct sr_src layers_at = c->exp->layers_at;
    const struct sr_origin *arch = origin_of(c, "model.arch");
    if (arch->bad || (layers_at.path && !layers))
        return; /* what was given has been refused */
    const bool sequential = strcmp(c->exp->model.arch, "sequential") == 0;
    if (sequential && (!layers || layers->n == 0))
        sr_problems_add(c->problems, layers ? layers_at : arch->at,
                        "model.arch: sequential needs the list model.layers");
    if (!sequential && layers)
        sr_problems_add(c->problems, layers_at,
                        "model.layers: only arch: sequential is built from a "
                        "list; model.arch is %s",
                        c->exp->model.arch);
}

void sr_rules_check(struct sr_exp *exp, const char *path,
                    struct sr_arena *arena, struct sr_problems *problems)
{
    const struct checker c = {exp, {path, 0, 0}, arena, problems};
    for (int i = 0; i < RULES; i++)
        check_rule(&c, &rules[i]);
    check_activation(&c);
    check_size(&c);
    check_method(&c);
    check_attack_words(&c);
    check_layers(&c);
}
