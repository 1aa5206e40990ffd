#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "base/json.h"
#include "document.h"
#include "setup.h"

struct flags {
    bool plain;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_BOOL(struct flags, plain, "false",
            "show: without the comments that say where a value came from"),
    {.key = NULL}
};
/* clang-format on */

static json_t *origin_text(const struct sr_origin *o)
{
    if (o->note)
        return json_string(o->note);
    if (o->at.path)
        return json_sprintf("%s:%d", o->at.path, o->at.line);
    if (o->at.line)
        return json_sprintf("argument %d", o->at.line);
    return json_string("default");
}

/* {"attack.steps": {"value": "10", "origin": "c.yaml:7"}, ...}: values as one
 * would write them. */
static json_t *keys_json(const struct sr_exp *exp)
{
    json_t *keys = json_object();
    for (int i = 0; i < exp->keys.n; i++) {
        const struct sr_key *key = &exp->keys.list[i];
        char value[8192];
        sr_opt_show(key->row, key->base, value, sizeof value);
        json_object_set_new(keys, key->name,
                            json_pack("{ss so}", "value", value, "origin",
                                      origin_text(&key->origin)));
    }
    return keys;
}

static enum sr_status show(const struct sr_call *call, struct sr_err *err)
{
    struct sr_exp *exp;
    const struct flags *flags = call->flags;
    SR_TRY(sr_setup_read(call, call->word[1], &exp, err));
    if (call->common.json)
        sr_document_give(json_pack("{ss so}", "schema", "satrun.config/1",
                                   "keys", keys_json(exp)));
    else
        fputs(sr_exp_dump(exp, flags->plain ? SR_DUMP_PLAIN : SR_DUMP_ORIGINS,
                          call->arena),
              stdout);
    return SR_OK;
}

static json_t *problems_json(const struct sr_problems *problems)
{
    json_t *list = json_array();
    for (int i = 0; i < problems->n; i++) {
        const struct sr_err *p = &problems->list[i];
        json_array_append_new(list,
                              json_pack("{ss? si si ss}", "path", p->at.path,
                                        "line", p->at.line, "column",
                                        p->at.column, "problem", p->text));
    }
    return list;
}

static void say_checked(const struct sr_call *call, const struct sr_exp *exp,
                        const struct sr_model *outline)
{
    sr_log_say(call->log,
               "%s: ok: its keys, the rules between them%s; neither images "
               "nor weights were opened",
               call->word[1], outline ? " and how the layers fit" : "");
    if (!outline)
        sr_log_say(call->log,
                   "%s: only the files of %s tell the size of its input",
                   exp->model.arch, exp->data.dataset);
    else
        sr_log_say(call->log,
                   "%s with %s: %zu parameters, %.3g million multiply-adds an "
                   "image, input %dx%dx%d, %d classes; satrun estimate tells "
                   "memory and time",
                   exp->model.arch, exp->activation.forward,
                   sr_model_parameters(outline), 1e-6 * sr_model_macs(outline),
                   outline->problem.h, outline->problem.w, outline->problem.c,
                   outline->problem.classes);
}

static enum sr_status check(const struct sr_call *call, struct sr_err *err)
{
    struct sr_exp *exp;
    struct sr_problems problems;
    struct sr_model *outline;
    if (!call->common.json) {
        SR_TRY(sr_setup_read(call, call->word[1], &exp, err));
        SR_TRY(sr_setup_check_network(exp, call->arena, &outline, err));
        sr_advise(exp, call->log);
        say_checked(call, exp, outline);
        return SR_OK;
    }
    sr_exp_read(call->word[1], call->overrides, call->override, call->arena,
                &exp, &problems);
    if (problems.n == 0 &&
        sr_setup_check_network(exp, call->arena, &outline, err) != SR_OK)
        sr_problems_take(&problems, err->at, err);
    sr_document_give(json_pack("{ss ss so}", "schema", "satrun.check/1",
                               "config", call->word[1], "problems",
                               problems_json(&problems)));
    return problems.n ? sr_fail(err, SR_ECONFIG, "%s", "") : SR_OK;
}

static const struct {
    const char *word;
    sr_cmd_fn *run;
} verbs[] = {{"show", show}, {"check", check}};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const char *verb_word(int i) { return i < VERBS ? verbs[i].word : NULL; }

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    int i = 0;
    while (strcmp(call->word[0], verbs[i].word) != 0)
        i++;
    return verbs[i].run(call, err);
}

const struct sr_cmd sr_cmd_config = {
    .name = "config",
    .summary = "show the effective config of a file, or check it",
    .usage = "show|check FILE [key=value ...] [flags]",
    .details = "show prints every setting, defaults included, as YAML that "
               "reads back to the same\nexperiment. check says what is wrong "
               "with a file: every problem, with its place.",
    .examples = "  satrun config check configs/smoke.yaml\n"
                "  satrun config show configs/smoke.yaml attack.steps=20\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 2,
    .words_max = 2,
    .verbs = verb_word,
    .overrides = true,
    .run = run,
};
