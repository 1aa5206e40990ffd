/* cmd/cmd.h - a subcommand, and the list of them.
 *
 * To add one: write cmd/cmd_<name>.c, which defines `const struct sr_cmd
 * sr_cmd_<name>`, and put <name> into the list below.  Its help text, its
 * usage errors and its place in `satrun --help` follow from the struct.
 *
 * stdout is for data, stderr for talk.  Only cmd/ prints and exits.
 */
#ifndef SR_CMD_H
#define SR_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/opt.h"

#define SR_CMD_LIST(SR_CMD)                                                    \
    SR_CMD(init)                                                               \
    SR_CMD(train)                                                              \
    SR_CMD(eval)                                                               \
    SR_CMD(attack)                                                             \
    SR_CMD(audit)                                                              \
    SR_CMD(sweep)                                                              \
    SR_CMD(report)                                                             \
    SR_CMD(metrics)                                                            \
    SR_CMD(watch)                                                              \
    SR_CMD(weights)                                                            \
    SR_CMD(data)                                                               \
    SR_CMD(bench)                                                              \
    SR_CMD(estimate)                                                           \
    SR_CMD(config)                                                             \
    SR_CMD(show)

/* The flags every subcommand understands. */
struct sr_common {
    const char *threads; /* NULL or "": as the config says; see args.c */
    int progress;        /* enum sr_progress                           */
    bool json;           /* exactly one JSON document on stdout        */
    bool quiet;          /* no talk on stderr but warnings and errors  */
};

/* One call of a subcommand: its command line, taken apart. */
struct sr_call {
    const struct sr_cmd *cmd;
    struct sr_common common;
    const void *flags; /* the struct that cmd->flags fills            */
    int words;         /* positional words ...                        */
    char **word;
    int overrides; /* ... and the key=value ones, in their order  */
    char **override;
    char **spelled; /* how the user wrote each of these, "--epsilon 8"; NULL:
                       as it stands                                        */
    bool help;      /* --help was asked for; nothing else counts   */
    int argc;       /* the whole command line, for command.txt     */
    char **argv;
    struct sr_arena *arena; /* lives as long as the process */
    struct sr_log *log;
};

/* Do it.  On failure *err describes it for main to print; a failure whose text
 * is empty has been told already (a config's list of problems). */
typedef enum sr_status sr_cmd_fn(const struct sr_call *call,
                                 struct sr_err *err);

struct sr_cmd {
    const char *name;
    const char *summary;  /* one line, for `satrun --help`                 */
    const char *usage;    /* what follows the name: "CONFIG [key=value...]" */
    const char *details;  /* a paragraph for `satrun NAME --help`, or ""   */
    const char *examples; /* command lines, each ended by a newline        */

    const struct sr_opt *flags; /* rows of its own flags, NULL for none;
                                   a bool is a flag without a value, keys
                                   a_b are written --a-b                   */
    size_t flags_size;          /* of the struct the rows fill             */
    int words_min, words_max;   /* positional words                        */
    sr_words_fn *verbs;         /* what the first of them is one of; NULL:
                                   anything                                */
    bool overrides;             /* does it take key=value?                 */
    const char *saves;          /* the verb that saves what is done when it is
                                   told to stop (base/stop.h), "" for all; NULL:
                                   a signal ends it                        */
    sr_cmd_fn *run;
};

#define SR_CMD(name) extern const struct sr_cmd sr_cmd_##name;
SR_CMD_LIST(SR_CMD)
#undef SR_CMD

/* The exit codes and what they mean, ended by meaning NULL. */
struct sr_exit {
    int code; /* enum sr_status, or what a signal makes of it */
    const char *meaning;
};
extern const struct sr_exit sr_exits[];

const struct sr_cmd *sr_cmd_at(int i); /* NULL past the last */
const char *sr_cmd_name(int i);        /* an sr_words_fn     */

#endif
