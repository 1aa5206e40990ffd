#include "show_man.h"

#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/text.h"
#include "config/exp.h"
#include "model/layers.h"
#include "opt_text.h"

/* ---- text as man(7) wants it ---- */

/* Dashes are dashes rather than hyphens, and no line is taken for a request. */
static void print_escaped(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
        if (*text == '\n' && (text[1] == '.' || text[1] == '\''))
            fputs("\\&", stdout);
    }
}

/* An empty line ends a paragraph. */
static void print_paragraphs(const char *text, struct sr_arena *arena)
{
    char *rest = sr_arena_text(arena, text);
    const char *line;
    while ((line = sr_text_line(&rest))) {
        print_escaped(*line ? line : "");
        fputs(*line ? "\n" : ".PP\n", stdout);
    }
}

static void print_as_is(const char *text)
{
    fputs(".nf\n", stdout);
    print_escaped(text);
    fputs(".fi\n", stdout);
}

/* "satrun\-train" */
static void print_title(const char *name, int section)
{
    printf(".TH ");
    for (const char *p = name; *p; p++)
        putchar(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    printf(" %d \"\" \"satrun %s\" \"satrun\"\n.ad l\n.SH NAME\n", section,
           SR_VERSION);
    print_escaped(name);
    fputs(" \\- ", stdout);
}

static void print_flag(const struct sr_opt *row)
{
    char name[64], meta[128];
    sr_opt_dashed(row, name, sizeof name);
    sr_opt_metavar(row, meta, sizeof meta);
    fputs(".TP\n\\fB\\-\\-", stdout);
    print_escaped(name);
    fputs("\\fR", stdout);
    if (*meta) {
        fputs(" \\fI", stdout);
        print_escaped(meta);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    print_escaped(row->help);
    if (*row->fallback && row->type != SR_OPT_BOOL) {
        fputs(" [", stdout);
        print_escaped(row->fallback);
        putchar(']');
    }
    putchar('\n');
}

static void print_flags(const char *title, const struct sr_opt *rows)
{
    if (!rows || !rows->key)
        return;
    printf(".SH %s\n", title);
    for (; rows->key; rows++)
        print_flag(rows);
}

static void print_exits(void)
{
    fputs(".SH EXIT STATUS\n", stdout);
    for (const struct sr_exit *e = sr_exits; e->meaning; e++)
        printf(".TP\n.B %d\n%s\n", e->code, e->meaning);
}

/* ---- the pages ---- */

static void page_of_program(void)
{
    static const struct {
        const char *name, *help;
    } environment[] = {
        {"SATRUN_DATA", "where data sets are looked for first"},
        {"SATRUN_ISA", "the most that kernels may use: base, avx2, avx512"},
        {"NO_COLOR", "no colours, whatever its value"},
        {"XDG_CACHE_HOME", "where lists of images are kept, in satrun/"},
    };
    const struct sr_cmd *cmd;
    print_title("satrun", 1);
    fputs("smooth adversarial training on CPUs, from one YAML file\n"
          ".SH SYNOPSIS\n.B satrun\n.I COMMAND ...\n.SH COMMANDS\n",
          stdout);
    for (int i = 0; (cmd = sr_cmd_at(i)); i++) {
        printf(".TP\n.BR satrun\\-%s (1)\n", cmd->name);
        print_escaped(cmd->summary);
        putchar('\n');
    }
    print_exits();
    fputs(".SH ENVIRONMENT\n", stdout);
    for (size_t i = 0; i < sizeof environment / sizeof *environment; i++) {
        printf(".TP\n.B %s\n", environment[i].name);
        print_escaped(environment[i].help);
        putchar('\n');
    }
    fputs(
        ".SH FILES\n.TP\n.I runs/NAME\\-TIME/\nwhat a run leaves: its config, "
        "log, metrics, checkpoints and evaluations\n.TP\n.I runs/latest\nthe "
        "newest run, which commands mean when they are told none\n"
        ".SH SEE ALSO\n.BR satrun\\-config (5)\n",
        stdout);
}

static void page_of_command(const struct sr_cmd *cmd, struct sr_arena *arena)
{
    print_title(sr_arena_format(arena, "satrun-%s", cmd->name), 1);
    print_escaped(cmd->summary);
    fputs("\n.SH SYNOPSIS\n", stdout);
    print_as_is(
        sr_arena_format(arena, "       satrun %s %s\n", cmd->name, cmd->usage));
    fputs(".SH DESCRIPTION\n", stdout);
    print_paragraphs(*cmd->details ? cmd->details : cmd->summary, arena);
    print_flags("FLAGS", cmd->flags);
    print_flags("COMMON FLAGS", sr_args_common);
    fputs(".SH EXAMPLES\n", stdout);
    print_as_is(cmd->examples);
    fputs(".SH SEE ALSO\n.BR satrun (1),\n.BR satrun\\-config (5)\n", stdout);
}

/* "word, silu; relu|silu|..." under the key's name. */
static void print_key(const char *prefix, const struct sr_opt *row,
                      struct sr_arena *arena)
{
    const char *allowed = sr_opt_allowed(row, arena);
    fputs(".TP\n.B ", stdout);
    print_escaped(sr_arena_format(arena, "%s%s", prefix, row->key));
    putchar('\n');
    print_escaped(row->help);
    fputs("\n.br\n", stdout);
    print_escaped(sr_opt_type_word(row));
    fputs(*row->fallback ? ", default " : ", not set by default", stdout);
    print_escaped(row->fallback);
    if (*allowed) {
        fputs(": ", stdout);
        /* No word of a list fits a line: any bar may end one. */
        for (const char *p = allowed; *p; p += strcspn(p, "|")) {
            if (*p == '|')
                fputs("|\\:", stdout), p++;
            print_escaped(
                sr_arena_format(arena, "%.*s", (int)strcspn(p, "|"), p));
        }
    }
    putchar('\n');
}

static void page_of_config(struct sr_arena *arena)
{
    print_title("satrun-config", 5);
    fputs(
        "the keys of an experiment\n.SH DESCRIPTION\n"
        "An experiment is a YAML file: a map of sections and of the keys name\n"
        "and seed.\nA key left out has its default; one that does not exist is "
        "an error.\n.B extends: FILE\nreads another file first.\n"
        ".B section.key=value\non the command line wins over files.\nThe key "
        "decides the type: 1e\\-3, 0.001 and 1/1000 are the same number.\n",
        stdout);
    for (const struct sr_section *s = sr_sections; s->rows; s++) {
        printf(".SH %s\n", *s->prefix ? "" : "TOP LEVEL");
        if (*s->prefix)
            printf("%.*s\n", (int)strlen(s->prefix) - 1, s->prefix);
        for (const struct sr_opt *row = s->rows; row->key; row++)
            print_key(s->prefix, row, arena);
    }
    fputs(".SH LAYERS\nmodel.layers, for model.arch sequential, is a list of "
          "these, each with its keys:\n.B \\- conv: {out: 16, kernel: 3}\n",
          stdout);
    const struct sr_layer_kind *kind;
    for (int i = 0; (kind = sr_layer_kind_at(i)); i++)
        for (const struct sr_opt *row = kind->rows; row->key; row++)
            print_key(sr_arena_format(arena, "%s.", kind->name), row, arena);
    fputs(".SH SEE ALSO\n.BR satrun (1),\n.BR satrun\\-train (1)\n", stdout);
}

/* The i-th page: 0 and 1 the program and the keys, then the commands. */
static const char *page_name(int i, struct sr_arena *arena)
{
    if (i < 2)
        return i == 0 ? "satrun.1" : "satrun-config.5";
    const struct sr_cmd *cmd = sr_cmd_at(i - 2);
    return cmd ? sr_arena_format(arena, "satrun-%s.1", cmd->name) : NULL;
}

static void print_page(int i, struct sr_arena *arena)
{
    if (i == 0)
        page_of_program();
    else if (i == 1)
        page_of_config(arena);
    else
        page_of_command(sr_cmd_at(i - 2), arena);
}

enum sr_status sr_show_man(const struct sr_call *call, struct sr_err *err)
{
    const char *wanted = call->words > 1 ? call->word[1] : NULL, *name;
    for (int i = 0; (name = page_name(i, call->arena)); i++) {
        if (!wanted)
            puts(name);
        else if (strcmp(name, wanted) == 0) {
            print_page(i, call->arena);
            return SR_OK;
        }
    }
    if (!wanted)
        return SR_OK;
    return sr_fail(err, SR_EUSAGE,
                   "the manual has no page '%s'; satrun show man lists them",
                   wanted);
}
