#include "args.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "config/exp.h"
#include "opt_text.h"

static const char *progress_word(int i)
{
    static const char *const words[] = {"auto", "bar", "plain", "none", NULL};
    return words[i];
}

/* clang-format off */
const struct sr_opt sr_args_common[] = {
    SR_ROW(struct sr_common, "threads", threads, SR_OPT_TEXT, "", 0, 0, "N",
           NULL, "worker threads, 0 for all; short for engine.threads=N"),
    SR_ENUM(struct sr_common, progress, "auto", progress_word,
            "how progress is shown on stderr"),
    SR_BOOL(struct sr_common, json, "false",
            "print exactly one JSON document on stdout"),
    SR_BOOL(struct sr_common, quiet, "false",
            "say nothing on stderr but warnings and errors"),
    {.key = NULL}
};
/* clang-format on */

/* The state of one parse. */
struct parse {
    struct sr_call *call;
    void *flags;
    int argc, next; /* next: the word to look at */
    char **argv;
};

/* Is this `key=value` for a config key, rather than a path with a '=' in it? */
static bool is_override(const char *word)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word)
        return false;
    for (const char *p = word; p < equals; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '.')
            return false;
    return true;
}

/* Does the flag text (length bytes, without --) spell this row's key? */
static bool spells(const char *key, const char *flag, size_t length)
{
    if (strlen(key) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((key[i] == '_' ? '-' : key[i]) != flag[i])
            return false;
    return true;
}

static const struct sr_opt *find_row(const struct sr_opt *rows,
                                     const char *flag, size_t length)
{
    for (; rows && rows->key; rows++)
        if (spells(rows->key, flag, length))
            return rows;
    return NULL;
}

static void nearer(const struct sr_opt *rows, const char *flag,
                   struct sr_nearest *nearest, char *text, size_t size)
{
    for (; rows && rows->key; rows++) {
        char name[64];
        sr_opt_dashed(rows, name, sizeof name);
        if (!sr_text_nearer(flag, name, nearest))
            continue;
        snprintf(text, size, "%s", name);
        nearest->word = text;
    }
}

/* "--csv, --kind": the command's own; a long list is for --help. */
static void list_flags(const struct sr_opt *rows, char *text, size_t size)
{
    const char *between = "";
    text[0] = '\0';
    for (; rows && rows->key; rows++, between = ", ") {
        char name[64];
        sr_opt_dashed(rows, name, sizeof name);
        sr_text_add(text, size, "%s--%s", between, name);
    }
    if (strlen(text) + 1 == size)
        text[0] = '\0';
}

static enum sr_status unknown_flag(const struct sr_cmd *cmd, const char *flag,
                                   struct sr_err *err)
{
    struct sr_nearest nearest = {0};
    char name[64], known[160];
    nearer(cmd->flags, flag, &nearest, name, sizeof name);
    nearer(sr_args_common, flag, &nearest, name, sizeof name);
    list_flags(cmd->overrides ? NULL : cmd->flags, known, sizeof known);
    if (!nearest.word)
        return sr_fail(err, SR_EUSAGE,
                       "unknown flag --%s; %s%s%ssee satrun %s --help%s", flag,
                       *known ? "there are " : "", known, *known ? "; " : "",
                       cmd->name,
                       cmd->overrides ? "; settings have no dashes: "
                                        "train.epochs=3, satrun show keys"
                                      : "");
    return sr_fail(err, SR_EUSAGE, "unknown flag --%s; did you mean --%s?",
                   flag, name);
}

static enum sr_status add_override(struct sr_call *call, char *word,
                                   struct sr_err *err)
{
    if (!call->cmd->overrides)
        return sr_fail(err, SR_EUSAGE,
                       "%s: satrun %s takes no key=value arguments", word,
                       call->cmd->name);
    call->override[call->overrides++] = word;
    return SR_OK;
}

/* Where settings are taken, results are written: as JSON, which names files in
 * UTF-8 alone.  Settings themselves are looked at when they are read. */
static enum sr_status check_text(const struct sr_call *call, const char *text,
                                 struct sr_err *err)
{
    if (!call->cmd->overrides || sr_text_is_clean(text))
        return SR_OK;
    return sr_fail(err, SR_EUSAGE,
                   "'%s' has control characters in it, or bytes that are not "
                   "UTF-8: no result could name it",
                   text);
}

/* The value of the flag at argv[next]: what follows its '=', or the next
 * word; NULL when there is none. */
static char *take_value(struct parse *p, const char *name, char *equals,
                        struct sr_err *err)
{
    if (equals)
        return equals + 1;
    if (p->next + 1 < p->argc)
        return p->argv[++p->next];
    sr_fail(err, SR_EUSAGE, "--%s needs a value", name);
    return NULL;
}

static enum sr_status set_flag(const struct sr_opt *row, void *base,
                               const char *name, const char *value,
                               struct sr_err *err)
{
    char why[512];
    if (!sr_opt_set(row, base, value, why, sizeof why))
        return sr_fail(err, SR_EUSAGE, "--%s: %s", name, why);
    return SR_OK;
}

static enum sr_status parse_set(struct parse *p, char *equals,
                                struct sr_err *err)
{
    char *value = take_value(p, "set", equals, err);
    if (!value)
        return err->status;
    if (!is_override(value))
        return sr_fail(err, SR_EUSAGE, "--set %s: expected key=value", value);
    return add_override(p->call, value, err);
}

static enum sr_status parse_flag(struct parse *p, struct sr_err *err)
{
    const char *flag = p->argv[p->next] + 2;
    char *equals = strchr(p->argv[p->next], '=');
    const size_t length = equals ? (size_t)(equals - flag) : strlen(flag);
    const char *name =
        sr_arena_format(p->call->arena, "%.*s", (int)length, flag);

    if (strcmp(name, "set") == 0)
        return parse_set(p, equals, err);
    void *base = p->flags;
    const struct sr_opt *row = find_row(p->call->cmd->flags, flag, length);
    if (!row) {
        base = &p->call->common;
        row = find_row(sr_args_common, flag, length);
    }
    if (!row)
        return unknown_flag(p->call->cmd, name, err);
    if (row->type == SR_OPT_BOOL)
        return set_flag(row, base, name, equals ? equals + 1 : "true", err);
    const char *value = take_value(p, name, equals, err);
    if (!value)
        return err->status;
    SR_TRY(check_text(p->call, value, err));
    return set_flag(row, base, name, value, err);
}

static enum sr_status parse_words(struct parse *p, struct sr_err *err)
{
    struct sr_call *call = p->call;
    bool flags_over = false;
    for (; p->next < p->argc; p->next++) {
        char *word = p->argv[p->next];
        if (!flags_over && strcmp(word, "--") == 0)
            flags_over = true;
        else if (!flags_over &&
                 (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0))
            call->help = true;
        else if (!flags_over && strncmp(word, "--", 2) == 0)
            SR_TRY(parse_flag(p, err));
        else if (!flags_over && word[0] == '-' && word[1])
            return sr_fail(err, SR_EUSAGE,
                           "unknown flag %s; flags start with two dashes",
                           word);
        else if (is_override(word)) {
            SR_TRY(add_override(call, word, err));
        } else {
            SR_TRY(check_text(call, word, err));
            call->word[call->words++] = word;
        }
    }
    return SR_OK;
}

/* --threads is a config key by another name; put last, it wins. */
static enum sr_status add_threads(struct sr_call *call)
{
    const char *threads = call->common.threads;
    if (threads && *threads && call->cmd->overrides)
        *call = sr_call_with(
            call, sr_arena_format(call->arena, "engine.threads=%s", threads),
            sr_arena_format(call->arena, "--threads %s", threads));
    return SR_OK;
}

static int first_line(const char *text) { return (int)strcspn(text, "\n"); }

static enum sr_status check_verb(const struct sr_call *call, struct sr_err *err)
{
    const struct sr_cmd *cmd = call->cmd;
    char known[256];
    if (!cmd->verbs || call->words == 0)
        return SR_OK;
    const char *word = call->word[0];
    for (int i = 0; cmd->verbs(i); i++)
        if (strcmp(cmd->verbs(i), word) == 0)
            return SR_OK;
    const char *nearest = sr_text_nearest(word, cmd->verbs);
    sr_text_join(known, sizeof known, cmd->verbs);
    if (nearest)
        return sr_fail(err, SR_EUSAGE,
                       "satrun %s has no '%s'; did you mean '%s'? There are: "
                       "%s",
                       cmd->name, word, nearest, known);
    return sr_fail(err, SR_EUSAGE, "satrun %s has no '%s'; there are: %s",
                   cmd->name, word, known);
}

static enum sr_status check_words(const struct sr_call *call,
                                  struct sr_err *err)
{
    const struct sr_cmd *cmd = call->cmd;
    SR_TRY(check_verb(call, err));
    if (call->words < cmd->words_min)
        return sr_fail(err, SR_EUSAGE,
                       "too few arguments; usage: satrun %s %.*s", cmd->name,
                       first_line(cmd->usage), cmd->usage);
    if (call->words > cmd->words_max)
        return sr_fail(err, SR_EUSAGE,
                       "'%s' is one argument too many; usage: satrun %s %.*s",
                       call->word[cmd->words_max], cmd->name,
                       first_line(cmd->usage), cmd->usage);
    return SR_OK;
}

enum sr_status sr_args_parse(int argc, char **argv, struct sr_call *call,
                             struct sr_err *err)
{
    const struct sr_cmd *cmd = call->cmd;
    struct parse p = {.call = call, .argc = argc, .argv = argv};
    p.flags = sr_arena_take(call->arena, 1, cmd->flags_size);
    call->flags = p.flags;
    call->word = SR_TAKE(call->arena, argc, char *);
    call->override = SR_TAKE(call->arena, argc, char *);
    call->spelled = SR_TAKE(call->arena, argc, char *);
    sr_opt_defaults(sr_args_common, &call->common);
    if (cmd->flags)
        sr_opt_defaults(cmd->flags, p.flags);

    SR_TRY(parse_words(&p, err));
    if (call->help)
        return SR_OK;
    SR_TRY(add_threads(call));
    return check_words(call, err);
}

bool sr_call_sets(const struct sr_call *call, const char *key)
{
    const size_t length = strlen(key);
    for (int i = 0; i < call->overrides; i++)
        if (strncmp(call->override[i], key, length) == 0 &&
            call->override[i][length] == '=')
            return true;
    return false;
}

struct sr_call sr_call_with(const struct sr_call *call, const char *word,
                            const char *spelled)
{
    struct sr_call more = *call;
    const int n = more.overrides++;
    more.override = SR_TAKE(call->arena, n + 1, char *);
    more.spelled = SR_TAKE(call->arena, n + 1, char *);
    for (int i = 0; i < n; i++) {
        more.override[i] = call->override[i];
        more.spelled[i] = call->spelled[i];
    }
    more.override[n] = sr_arena_text(call->arena, word);
    more.spelled[n] = spelled ? sr_arena_text(call->arena, spelled) : NULL;
    return more;
}

const char *sr_call_explain(const struct sr_call *call,
                            const struct sr_err *problem)
{
    const struct sr_src at = problem->at;
    const bool is_override =
        !at.path && at.line > 0 && at.line <= call->overrides;
    if (is_override && call->spelled[at.line - 1])
        return sr_arena_format(call->arena, "%s: error: %s\n",
                               call->spelled[at.line - 1], problem->text);
    return sr_exp_explain(problem, call->overrides, call->override,
                          call->arena);
}

static void print_row(const struct sr_opt *row, FILE *out)
{
    char name[64], meta[128], left[256];
    sr_opt_dashed(row, name, sizeof name);
    sr_opt_metavar(row, meta, sizeof meta);
    snprintf(left, sizeof left, "--%s%s%s", name, *meta ? " " : "", meta);
    if (strlen(left) > 26)
        fprintf(out, "  %s\n  %-26s  %s", left, "", row->help);
    else
        fprintf(out, "  %-26s  %s", left, row->help);
    if (*row->fallback && row->type != SR_OPT_BOOL)
        fprintf(out, " [%s]", row->fallback);
    fputc('\n', out);
}

void sr_args_help(const struct sr_cmd *cmd, FILE *out)
{
    fprintf(out, "satrun %s - %s\n\nUsage: satrun %s %s\n", cmd->name,
            cmd->summary, cmd->name, cmd->usage);
    if (*cmd->details)
        fprintf(out, "\n%s\n", cmd->details);
    if (cmd->flags && cmd->flags->key)
        fprintf(out, "\nFlags:\n");
    for (const struct sr_opt *row = cmd->flags; row && row->key; row++)
        print_row(row, out);
    fprintf(out, "\nCommon flags:\n");
    if (cmd->overrides)
        fprintf(out, "  %-26s  %s\n", "--set KEY=VALUE",
                "override a config key; the same as a bare KEY=VALUE");
    for (const struct sr_opt *row = sr_args_common; row->key; row++)
        print_row(row, out);
    fprintf(out, "  %-26s  %s\n\nExamples:\n%s", "--help", "print this",
            cmd->examples);
}
