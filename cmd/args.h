/* cmd/args.h - a command line taken apart by rows, and its help text.
 *
 * Flags are rows of base/opt.h, so the same table checks values and prints
 * --help.  `--flag value` and `--flag=value` are the same; `--` ends the
 * flags.  A word such as attack.steps=10 is an override of a config key
 * wherever it stands; `--set attack.steps=10` says the same, `--threads 2` is
 * short for engine.threads=2.
 */
#ifndef SR_ARGS_H
#define SR_ARGS_H

#include <stdio.h>

#include "cmd.h"

/* A flag that takes any text.  META is what --help calls its value. */
#define SR_FLAG(S, F, META, HELP)                                              \
    SR_ROW(S, #F, F, SR_OPT_TEXT, "", 0, 0, META, NULL, HELP)

/* The rows of struct sr_common: flags of every subcommand. */
extern const struct sr_opt sr_args_common[];

/* Take apart argv[0..argc-1], the words after the subcommand's name, and fill
 * call->common, flags, words, overrides and help.  From call->arena.
 * Fails with SR_EUSAGE: an unknown flag (with the nearest known one), a value
 * missing, wrong or given to a flag that takes none, too few or too many
 * words, a first word that is no verb of the command's. */
enum sr_status sr_args_parse(int argc, char **argv, struct sr_call *call,
                             struct sr_err *err);

/* Is this config key overridden on the command line? */
bool sr_call_sets(const struct sr_call *call, const char *key);

/* The call with one more override, "key=value", behind the user's own, which
 * error messages count; they call this one as it is spelled ("--epsilon 8"),
 * NULL as it stands.
 * From call->arena. */
struct sr_call sr_call_with(const struct sr_call *call, const char *word,
                            const char *spelled);

/* A problem of a config as text, an override in it as the user wrote it.  From
 * call->arena. */
const char *sr_call_explain(const struct sr_call *call,
                            const struct sr_err *problem);

/* `satrun NAME --help`. */
void sr_args_help(const struct sr_cmd *cmd, FILE *out);

#endif
