/* satrun attack: adversarial images to look at and to use elsewhere. */
#include <math.h>
#include <stdio.h>

#include "attack_files.h"
#include "base/file.h"
#include "document.h"
#include "eval_flags.h"

struct flags {
    struct sr_eval_flags eval;
    const char *out, *grid;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_EVAL_FLAG(struct flags, attack, "WORD", "the attack: pgd-10, fgsm"),
    SR_FLAG(struct flags, out, "DIR", "where everything goes; is made"),
    SR_FLAG(struct flags, grid, "FILE.png",
            "a second copy of the picture DIR/grid.png"),
    SR_EVAL_FLAGS(struct flags),
    {.key = NULL}
};
/* clang-format on */

static json_t *distances(const struct sr_examples *e)
{
    double sum = 0, largest = 0;
    for (int i = 0; i < e->n; i++) {
        sum += e->distance[i];
        largest = fmax(largest, e->distance[i]);
    }
    return json_pack("{s:f, s:f}", "mean", sum / e->n, "largest", largest);
}

static int right_before(const struct sr_examples *e)
{
    int right = 0;
    for (int i = 0; i < e->n; i++)
        right += e->before[i].right;
    return right;
}

static json_t *summary_of(const struct sr_examples *e, const struct sr_setup *s)
{
    const int clean = right_before(e);
    return json_pack(
        "{s:s, s:i, s:s, s:{s:i, s:f}, s:o, s:o}", "schema", "satrun.attack/1",
        "images", e->n, "split", sr_split_word(s->exp->eval.split), "clean",
        "correct", clean, "accuracy", (double)clean / e->n, "attack",
        sr_eval_attack_json(&e->attack, e->n), "distance", distances(e));
}

static void print_summary(const struct sr_examples *e, const struct sr_setup *s,
                          const char *out)
{
    const struct sr_attack_opts *o = &e->attack.stage[0].opts;
    const int clean = right_before(e);

    printf("%s: %s, %s, epsilon %s, step %s\n", s->exp->top.name,
           e->attack.word, sr_norm_name(o->norm),
           sr_eval_levels(o->epsilon, s->arena),
           sr_eval_levels(o->step_size, s->arena));
    printf("%d images of the %s split of %s: %d correct before, %d after\n",
           e->n, sr_split_word(s->exp->eval.split), s->exp->data.dataset, clean,
           e->attack.robust);
    printf("%s/grid.png             what the attack did to some of them\n"
           "%s/clean, adversarial   PNG files, rounded to 8 bits a channel\n"
           "%s/images.safetensors   exact values, labels, predictions\n"
           "%s/summary.json\n",
           out, out, out, out);
}

static enum sr_status tell(const struct sr_call *call,
                           const struct sr_examples *e,
                           const struct sr_setup *s, const json_t *summary,
                           struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const char *out = sr_file_trim(s->arena, flags->out);

    SR_TRY(sr_attack_files_write(out, e, s, summary, err));
    if (*flags->grid)
        SR_TRY(sr_attack_grid_write(flags->grid, e, s, err));
    if (call->common.json)
        sr_document_print(summary);
    else
        print_summary(e, s, out);
    return SR_OK;
}

static enum sr_status attack(const struct sr_call *call,
                             const struct sr_subject *subject,
                             struct sr_setup *s, struct sr_err *err)
{
    struct sr_examples e;

    SR_TRY(sr_eval_examples(&s->exp->eval, (uint64_t)s->exp->top.seed, s->data,
                            s->model, s->log, s->arena, &e, err));
    json_t *summary = summary_of(&e, s);
    enum sr_status status = sr_eval_describe(subject, s, summary, err);
    if (status == SR_OK)
        status = tell(call, &e, s, summary, err);
    json_decref(summary);
    return status;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct flags *flags = call->flags;

    if (!*flags->out)
        return sr_fail(err, SR_EUSAGE,
                       "--out DIR is missing: where are the images to go?");
    SR_TRY(sr_attack_files_check(flags->out, call->arena, err));
    return sr_eval_with(call, &flags->eval, attack, err);
}

const struct sr_cmd sr_cmd_attack = {
    .name = "attack",
    .summary = "write adversarial images of a network",
    .usage = "[RUN] --attack WORD --out DIR [--limit N] [key=value...]\n"
             "       satrun attack --config FILE --weights FILE ...",
    .details = "Attacks the first images of the test split and writes them, "
               "clean and adversarial,\nas PNG and safetensors, with a "
               "picture of some of them and a summary. DIR is\nreplaced when "
               "an earlier call has written it.",
    .examples =
        "  satrun attack --attack pgd-10 --limit 64 --out images\n"
        "  satrun attack runs/latest --attack fgsm --epsilon 4/255 --limit 16 "
        "--out images --grid grid.png\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 1,
    .overrides = true,
    .saves = "",
    .run = run,
};
