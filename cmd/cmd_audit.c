/* satrun audit: is a network robust, or does it only hide its gradient? */
#include <stdio.h>
#include <string.h>

#include "audit/check.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "document.h"
#include "eval/part.h"
#include "eval_flags.h"

enum { IMAGES = 500, TEXT_WIDTH = 76 };

struct flags {
    struct sr_eval_flags eval;
    struct sr_wordlist strong;
    struct sr_names slopes;
    long long queries;
    const char *source, *out;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_EVAL_FLAG(struct flags, attack, "WORD,WORD",
                 "the evaluation that is in question; or none"),
    SR_EVAL_FLAGS(struct flags),
    SR_WORDS(struct flags, strong, "apgd-ce,apgd-t",
             "attacks on what all checks leave standing; autoattack takes longer"),
    SR_NAMES(struct flags, slopes, "softplus,silu", sr_act_name,
             "activations whose slopes the attack tries in place of the network's own"),
    SR_INT(struct flags, queries, "1000", 1, 100000, "an image",
           "of the attack that sees logits only"),
    SR_FLAG(struct flags, source, "FILE",
            "weights of a network of the same shape, whose adversarial images to try"),
    SR_FLAG(struct flags, out, "DIR",
            "where result and curves go; a run's are in its audit/ unless told"),
    {.key = NULL}
};
/* clang-format on */

/* ---- the network ---- */

/* What the network of --source is attacked through. */
static enum sr_status open_source(const char *path, struct sr_setup *s,
                                  struct sr_oracle *oracle, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_INFERENCE};
    struct sr_model *source;
    SR_TRY(sr_setup_twin(s, path, &source, err));
    *oracle = sr_model_oracle(source, &pass);
    return SR_OK;
}

/* A slope that is none of the network's roles: the activation's own,
 * everywhere.
 */
static enum sr_status add_slope(const char *name, struct sr_setup *s,
                                struct sr_suspect *suspect, struct sr_err *err)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_INFERENCE,
                                 .role = SR_ROLE_ATTACK};
    const struct sr_src nowhere = {0};
    const struct sr_act *act;
    struct sr_model *twin;
    SR_TRY(sr_act_find(name, nowhere, &act, err));
    if (act->learned)
        return sr_fail(err, SR_EUSAGE,
                       "--slopes: %s learns parameters, which a network "
                       "without it has not; others do not",
                       act->name);
    if (suspect->slopes == SR_AUDIT_SLOPES)
        return sr_fail(err, SR_EUSAGE,
                       "--slopes: %d activations are the most one audit tries",
                       SR_AUDIT_SLOPES - SR_ROLES);
    SR_TRY(sr_setup_sloped(s, act, &twin, err));
    suspect->slope[suspect->slopes++] = (struct sr_slope){
        sr_arena_format(s->arena, "broken with the slope of %s", act->name),
        sr_model_oracle(twin, &pass), false};
    return SR_OK;
}

/* ---- what is printed ---- */

/* The sentence in lines of TEXT_WIDTH, indented. */
static void print_text(const char *text)
{
    size_t column = TEXT_WIDTH;
    for (const char *word = text; *word;) {
        const size_t length = strcspn(word, " ");
        if (column + 1 + length > TEXT_WIDTH) {
            printf("%s    ", word == text ? "" : "\n");
            column = 3;
        } else {
            putchar(' ');
        }
        printf("%.*s", (int)length, word);
        column += 1 + length;
        word += length + (word[length] == ' ');
    }
    putchar('\n');
}

static void print_finding(const struct sr_finding *f)
{
    printf("%-12s %-8s ", f->check->name, sr_ruling_name(f->ruling));
    if (f->images > 0)
        printf("%5d of %d images, %.1f to %.1f %%\n", f->evidence, f->images,
               100 * sr_ruling_least(f->evidence, f->images),
               100 * sr_ruling_most(f->evidence, f->images));
    else
        putchar('\n');
    print_text(f->check->question);
    print_text(f->text);
}

/* "zeros, scale" of the checks that ruled so. */
static const char *names_of(const struct sr_audit *audit, enum sr_ruling ruling,
                            struct sr_arena *arena)
{
    char names[256] = "";
    for (int i = 0; i < audit->checks; i++)
        if (audit->finding[i].ruling == ruling)
            sr_text_add(names, sizeof names, "%s%s", *names ? ", " : "",
                        audit->finding[i].check->name);
    return sr_arena_text(arena, names);
}

/* The check that leaves the most room for masking, where none speaks for it;
 * NULL: none has asked. */
static const struct sr_finding *least_certain(const struct sr_audit *audit)
{
    const struct sr_finding *worst = NULL;
    double most = 0;

    for (int i = 0; i < audit->checks; i++) {
        const struct sr_finding *f = &audit->finding[i];
        const double share = sr_ruling_most(f->evidence, f->images);
        if (f->ruling != SR_RULING_SKIPPED && share > most) {
            worst = f;
            most = share;
        }
    }
    return worst;
}

/* That nothing was seen says as much as could have been seen. */
static void print_no_sign(const struct sr_audit *audit)
{
    const struct sr_finding *f = least_certain(audit);

    if (!f) {
        puts("No verdict: there was no image to ask about.");
        return;
    }
    const double most = 100 * sr_ruling_most(f->evidence, f->images);
    if (audit->ruling == SR_RULING_UNSURE)
        printf("No verdict: %d images are too few to see masking. Check %s "
               "alone leaves\n%.1f to %.1f %% of them open; --limit says how "
               "many are asked.\n",
               f->images, f->check->name,
               100 * sr_ruling_least(f->evidence, f->images), most);
    else
        printf("No sign of gradient masking: no check leaves room for more "
               "than %.1f %% of the images.\n",
               most);
}

static void print_summary(const struct sr_audit *audit,
                          const struct sr_setup *s)
{
    const char *masked = names_of(audit, SR_RULING_MASKED, s->arena);
    const char *suspect = names_of(audit, SR_RULING_SUSPECT, s->arena);
    const double percent = 100.0 / audit->images;

    printf("\n%.2f %% are correct without an attack, %.2f %% under the "
           "evaluation's, %.2f %% under\nall that this audit tried.\n",
           percent * audit->clean, percent * audit->own,
           percent * audit->standing);
    if (*masked)
        printf("MASKED: the gradient attack fails where other ways succeed "
               "(%s).\nIts robust accuracy is not one.\n",
               masked);
    if (*suspect)
        printf("Suspect: %s. Look at the numbers before you report one.\n",
               suspect);
    if (!*masked && !*suspect)
        print_no_sign(audit);
}

static void print_table(const struct sr_subject *subject,
                        const struct sr_audit *audit, const struct sr_setup *s)
{
    const struct sr_eval_opts *o = &s->exp->eval;

    printf("%s, %d images of the %s split of %s, %d correct\n",
           s->exp->top.name, audit->images, sr_split_word(o->split),
           s->exp->data.dataset, audit->clean);
    printf("weights: %s\n", subject->weights);
    printf("%s, epsilon %s, slope: %s\n\n", sr_norm_name(o->how.norm),
           sr_eval_levels(o->how.epsilon, s->arena),
           sr_backward_name(o->backward));
    printf("%-12s %-8s %s\n", "check", "verdict",
           "evidence against it, share at 99.9 % confidence");
    for (int i = 0; i < audit->checks; i++)
        print_finding(&audit->finding[i]);
    print_summary(audit, s);
}

/* ---- files ---- */

static enum sr_status write_files(const struct flags *flags,
                                  const struct sr_subject *subject,
                                  const struct sr_setup *s,
                                  const struct sr_audit *audit,
                                  const json_t *result, struct sr_err *err)
{
    const struct sr_plot plot = sr_audit_plot(audit);
    const char *dir = flags->out;
    bool drawn = false;

    if (!*dir && !subject->run)
        return SR_OK;
    if (!*dir)
        dir = sr_file_join(s->arena, subject->run, "audit");
    const char *picture = sr_file_join(s->arena, dir, "curves.svg");
    SR_TRY(sr_file_mkdir(dir, err));
    SR_TRY(
        sr_json_write(sr_file_join(s->arena, dir, "audit.json"), result, err));
    SR_TRY(sr_plot_write(&plot, picture, s->arena, &drawn, err));
    sr_log_say(s->log, "written: %s/audit.json, curves.%s", dir,
               drawn ? "svg" : "csv and curves.gp, for gnuplot to draw");
    return SR_OK;
}

static enum sr_status tell(const struct sr_call *call,
                           const struct sr_subject *subject,
                           const struct sr_setup *s,
                           const struct sr_audit *audit, json_t *result,
                           struct sr_err *err)
{
    SR_TRY(write_files(call->flags, subject, s, audit, result, err));
    if (call->common.json)
        sr_document_print(result);
    else
        print_table(subject, audit, s);
    return SR_OK;
}

/* ---- what is done until all is ---- */

/* All that decides what the attacks find. */
static enum sr_status key_of(const struct flags *flags,
                             const struct sr_setup *s, const json_t *about,
                             int images, const char **key, struct sr_err *err)
{
    char all[4096], sum[SR_SHA256_TEXT];
    sr_part_key(about, sum);
    snprintf(all, sizeof all, "%s %d images, %lld queries", sum, images,
             flags->queries);
    for (int i = 0; i < flags->strong.n; i++)
        sr_text_add(all, sizeof all, " %s", flags->strong.v[i]);
    for (int i = 0; i < flags->slopes.n; i++)
        sr_text_add(all, sizeof all, " slope of %s", flags->slopes.v[i]);
    if (*flags->source) {
        SR_TRY(sr_sha256_file(flags->source, SR_EWEIGHTS, sum, err));
        sr_text_add(all, sizeof all, " source %s", sum);
    }
    sr_sha256(all, strlen(all), sum);
    *key = sr_arena_text(s->arena, sum);
    return SR_OK;
}

static enum sr_status place_of(const struct flags *flags,
                               const struct sr_subject *subject,
                               const struct sr_setup *s, const char **dir,
                               struct sr_err *err)
{
    if (!*flags->out && !subject->run)
        return sr_file_cache(s->arena, dir, err);
    *dir = *flags->out ? flags->out
                       : sr_file_join(s->arena, subject->run, "audit");
    return sr_file_mkdir(*dir, err);
}

/* That nothing can be kept is no reason not to audit. */
static void plan_keep(const struct flags *flags,
                      const struct sr_subject *subject,
                      const struct sr_setup *s, const json_t *about, int images,
                      struct sr_audit_opts *opts)
{
    const char *dir;
    struct sr_err why;
    enum sr_status status = key_of(flags, s, about, images, &opts->key, &why);
    if (status == SR_OK)
        status = place_of(flags, subject, s, &dir, &why);
    if (status == SR_OK)
        opts->keep =
            sr_arena_format(s->arena, "%s/audit-%.8s.part", dir, opts->key);
    else
        sr_log_warn(s->log, "what is done will not be kept: %s", why.text);
}

/* ---- the story ---- */

/* The network as the flags want it to be attacked, and the images. */
static enum sr_status prepare(const struct flags *flags, struct sr_setup *s,
                              struct sr_suspect *suspect, struct sr_err *err)
{
    if (*flags->source) {
        suspect->transfer = SR_TAKE(s->arena, 1, struct sr_oracle);
        SR_TRY(open_source(flags->source, s, suspect->transfer, err));
    }
    for (int i = 0; i < flags->slopes.n; i++)
        SR_TRY(add_slope(flags->slopes.v[i], s, suspect, err));
    return sr_audit_images(&s->exp->eval, (uint64_t)s->exp->top.seed, s->data,
                           s->arena, suspect, err);
}

/* Of what the result will be about, to the result. */
static enum sr_status audit_as(const struct sr_call *call,
                               const struct sr_subject *subject,
                               struct sr_setup *s, const json_t *about,
                               struct sr_audit *found, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_suspect suspect = sr_audit_suspect(&s->exp->eval, s->model);
    struct sr_audit_opts opts = {.eval = &s->exp->eval,
                                 .strong = flags->strong,
                                 .queries = flags->queries};
    SR_TRY(prepare(flags, s, &suspect, err));
    plan_keep(flags, subject, s, about, suspect.batch.n, &opts);
    SR_TRY(sr_audit_run(&opts, &suspect, s->log, s->arena, found, err));
    json_t *result = sr_audit_json(&opts, found);
    json_object_update_missing(result, (json_t *)about);
    const enum sr_status status = tell(call, subject, s, found, result, err);
    json_decref(result);
    if (status == SR_OK && opts.keep)
        remove(opts.keep); /* it has served */
    return status;
}

static enum sr_status audit(const struct sr_call *call,
                            const struct sr_subject *subject,
                            struct sr_setup *s, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_eval_opts *eval = &s->exp->eval;
    struct sr_audit found = {.checks = 0};
    json_t *about = json_object();
    if (eval->limit == 0 && !*flags->eval.limit)
        eval->limit = IMAGES;
    enum sr_status status = sr_eval_describe(subject, s, about, err);
    if (status == SR_OK)
        status = audit_as(call, subject, s, about, &found, err);
    json_decref(about);
    SR_TRY(status);
    if (found.ruling != SR_RULING_MASKED)
        return SR_OK;
    return sr_fail(err, SR_EVERIFY, "the network hides its gradient: %s",
                   names_of(&found, SR_RULING_MASKED, s->arena));
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;
    return sr_eval_with(call, &flags->eval, audit, err);
}

const struct sr_cmd sr_cmd_audit = {
    .name = "audit",
    .summary = "is it robust, or does it only hide its gradient?",
    .usage = "[RUN] [--limit N] [--source FILE] [key=value...]\n"
             "       satrun audit --config FILE --weights FILE ...",
    .details =
        "Attacks the first 500 images of the split (or eval.limit, --limit) in "
        "many ways and\ncompares: where the gradient attack fails and another "
        "way succeeds, the gradient is\nmasked. Each check has a verdict: "
        "pass, unsure (too few images to say), suspect,\nmasked or skipped. "
        "The exit code is 0, or 8 when a check says masked. Of a run,\nthe "
        "result goes into its directory: audit/audit.json, and the curves as\n"
        "audit/curves.svg. Interrupted, the same command goes on after the "
        "attacks that are done.",
    .examples = "  satrun audit\n"
                "  satrun audit runs/latest --epsilon 8/255 --limit 1000\n"
                "  satrun audit --config c.yaml --weights w.safetensors "
                "--strong autoattack --out audit\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 1,
    .overrides = true,
    .saves = "",
    .run = run,
};
