#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
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
static void print_json(const struct sr_exp *exp)
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
    json_t *document =
        json_pack("{ss so}", "schema", "satrun.config/1", "keys", keys);
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(document);
}

static enum sr_status show(const struct sr_call *call, const struct sr_exp *exp,
                           struct sr_err *err)
{
    (void)err;
    const struct flags *flags = call->flags;
    if (call->common.json)
        print_json(exp);
    else
        fputs(sr_exp_dump(exp, !flags->plain, call->arena), stdout);
    return SR_OK;
}

static enum sr_status check(const struct sr_call *call,
                            const struct sr_exp *exp, struct sr_err *err)
{
    (void)exp;
    (void)err;
    if (!call->common.quiet)
        fprintf(stderr, "%s: ok\n", call->word[1]);
    return SR_OK;
}

static const struct {
    const char *word;
    enum sr_status (*run)(const struct sr_call *, const struct sr_exp *,
                          struct sr_err *);
} verbs[] = {{"show", show}, {"check", check}};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const char *verb_word(int i) { return i < VERBS ? verbs[i].word : NULL; }

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    for (int i = 0; i < VERBS; i++) {
        if (strcmp(call->word[0], verbs[i].word) != 0)
            continue;
        struct sr_exp *exp;
        SR_TRY(sr_setup_read(call, call->word[1], &exp, err));
        return verbs[i].run(call, exp, err);
    }
    char known[64] = "";
    sr_text_join(known, sizeof known, verb_word);
    return sr_fail(err, SR_EUSAGE, "satrun config has no '%s'; there are: %s",
                   call->word[0], known);
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
    .overrides = true,
    .run = run,
};
