#include <stdio.h>
#include <string.h>

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

static enum sr_status show(const struct sr_call *call, const struct sr_exp *exp,
                           struct sr_err *err)
{
    (void)err;
    const struct flags *flags = call->flags;
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
