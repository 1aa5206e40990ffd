/* satrun - smooth adversarial training on CPUs, from one YAML file.
 *
 * Picks a subcommand from the list in cmd.h, runs it, and turns its status
 * into the exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "base/stop.h"
#include "base/text.h"
#include "cmd.h"
#include "document.h"
#include "engine/engine.h"

static const struct sr_cmd *const commands[] = {
#define SR_CMD(name) &sr_cmd_##name,
    SR_CMD_LIST(SR_CMD)
#undef SR_CMD
};
enum { COMMANDS = sizeof commands / sizeof *commands };

const struct sr_cmd *sr_cmd_at(int i)
{
    return i >= 0 && i < COMMANDS ? commands[i] : NULL;
}

const char *sr_cmd_name(int i)
{
    return sr_cmd_at(i) ? commands[i]->name : NULL;
}

const struct sr_exit sr_exits[] = {
    {SR_OK, "done"},
    {SR_EINTERNAL, "internal failure"},
    {SR_EUSAGE, "command line"},
    {SR_ECONFIG, "config"},
    {SR_EDATA, "data missing or damaged"},
    {SR_EWEIGHTS, "checkpoint or weights"},
    {SR_EDIVERGED, "diverged"},
    {SR_ERESOURCE, "disk, memory or files"},
    {SR_EVERIFY, "a built-in check failed"},
    {SR_STOPPED, "stopped with a checkpoint: the same command continues"},
    {0, NULL},
};

static _Noreturn void exhausted(size_t bytes)
{
    fprintf(stderr,
            "satrun: error: out of memory: the system would not give %.1f MiB;"
            " a smaller batch_size needs less\n",
            (double)bytes / (1 << 20));
    exit(SR_ERESOURCE);
}

static void print_help(FILE *out)
{
    fprintf(out, "satrun - smooth adversarial training on CPUs, from one YAML "
                 "file\n\nUsage: satrun COMMAND ...\n\nCommands:\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out,
            "\nsatrun COMMAND --help explains one; satrun --version says what "
            "this is built from.\n\nExit codes:\n");
    for (const struct sr_exit *e = sr_exits; e->meaning; e++)
        fprintf(out, "  %-10d %s\n", e->code, e->meaning);
}

/* {"openblas": "0.3.21", ...} of "openblas 0.3.21,...". */
static json_t *libraries(struct sr_arena *arena)
{
    json_t *all = json_object();
    char *rest = sr_arena_text(arena, SR_LIBRARIES);
    while (*rest) {
        char *entry = rest, *comma = strchr(rest, ','),
             *space = strchr(rest, ' ');
        rest = comma ? comma + 1 : rest + strlen(rest);
        if (comma)
            *comma = '\0';
        if (!space || (comma && space > comma))
            continue;
        *space = '\0';
        json_object_set_new(all, entry, json_string(space + 1));
    }
    return all;
}

/* A line a member; the libraries on one. */
static void print_lines(const json_t *version)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)version, key, value) {
        if (strcmp(key, "schema") == 0)
            continue;
        if (json_is_string(value))
            printf("%-10s%s\n", strcmp(key, "version") == 0 ? "satrun" : key,
                   json_string_value(value));
        else
            printf("%-10s%s\n", key, SR_LIBRARIES);
    }
}

static enum sr_status print_version(const struct sr_call *call,
                                    struct sr_err *err)
{
    const char *more = call->argc > 2 ? call->argv[2] : "";
    if (call->argc > 3 || (*more && strcmp(more, "--json") != 0))
        return sr_fail(err, SR_EUSAGE, "--version takes --json alone, not %s",
                       call->argv[call->argc > 3 ? 3 : 2]);
    const struct sr_engine_opts opts = {.threads = 1, .conv = SR_CONV_AUTO};
    struct sr_engine engine;
    SR_TRY(sr_engine_open(&opts, &engine, err));
    json_t *version = json_pack(
        "{ss ss ss ss ss ss ss so}", "schema", "satrun.version/1", "version",
        SR_VERSION, "commit", SR_COMMIT, "compiler", "gcc " __VERSION__,
        "flags", SR_FLAGS, "kernels", sr_engine_isa(&engine), "blas",
        sr_engine_blas(), "libraries", libraries(call->arena));
    sr_engine_close(&engine);
    if (*more)
        sr_document_print(version);
    else
        print_lines(version);
    json_decref(version);
    return SR_OK;
}

/* What people type who know it from elsewhere. */
static const char *elsewhere(const char *name)
{
    static const char *const words[][2] = {
        {"man", "satrun show man"},
        {"manual", "satrun show man"},
        {"completion", "satrun show completion bash"},
        {"version", "satrun --version"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], name) == 0)
            return words[i][1];
    return NULL;
}

static enum sr_status find_command(const char *name, const struct sr_cmd **cmd,
                                   struct sr_err *err)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0) {
            *cmd = commands[i];
            return SR_OK;
        }
    char known[256] = "";
    const char *other = elsewhere(name);
    if (other)
        return sr_fail(err, SR_EUSAGE, "no command '%s'; it is: %s", name,
                       other);
    sr_text_join(known, sizeof known, sr_cmd_name);
    const char *nearest = sr_text_nearest(name, sr_cmd_name);
    if (nearest)
        return sr_fail(err, SR_EUSAGE,
                       "no command '%s'; did you mean '%s'? There are: %s",
                       name, nearest, known);
    return sr_fail(err, SR_EUSAGE, "no command '%s'; there are: %s", name,
                   known);
}

static void print_error(const struct sr_call *call, const struct sr_err *err)
{
    if (!*err->text)
        return;
    if (err->at.path || err->at.line > 0)
        fputs(sr_call_explain(call, err), stderr);
    else
        fprintf(stderr, "satrun: %s: %s\n",
                err->status == SR_STOPPED ? "stopped" : "error", err->text);
}

static bool saves(const struct sr_call *call)
{
    const char *verb = call->cmd->saves;
    return verb && (!*verb || strcmp(call->word[0], verb) == 0);
}

static enum sr_status run_command(struct sr_call *call, struct sr_err *err)
{
    SR_TRY(sr_args_parse(call->argc - 2, call->argv + 2, call, err));
    if (call->help) {
        sr_args_help(call->cmd, stdout);
        return SR_OK;
    }
    if (saves(call)) /* a signal may come before there is anything to save */
        sr_stop_watch();
    call->log = sr_log_open((enum sr_progress)call->common.progress);
    if (call->common.quiet)
        sr_log_quiet(call->log);
    const enum sr_status status = call->cmd->run(call, err);
    sr_log_close(call->log);
    return status;
}

/* `satrun`, `satrun --help`, `satrun --version`, `satrun help NAME`. */
static enum sr_status run_word(struct sr_call *call, struct sr_err *err)
{
    const char *word = call->argc > 1 ? call->argv[1] : NULL;
    if (!word) {
        print_help(stderr);
        return SR_EUSAGE;
    }
    if (strcmp(word, "--version") == 0)
        return print_version(call, err);
    const bool help = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
                      strcmp(word, "help") == 0;
    if (help && call->argc == 2) {
        print_help(stdout);
        return SR_OK;
    }
    SR_TRY(find_command(call->argv[help ? 2 : 1], &call->cmd, err));
    if (!help)
        return run_command(call, err);
    sr_args_help(call->cmd, stdout);
    return SR_OK;
}

int main(int argc, char **argv)
{
    struct sr_err err = {0};
    struct sr_call call = {.argc = argc, .argv = argv};
    call.arena = sr_arena_new(exhausted);

    enum sr_status status = run_word(&call, &err);
    if (status != SR_OK)
        print_error(&call, &err);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == SR_OK)
        status = sr_fail_errno(&err, SR_ERESOURCE, "write", "standard output"),
        print_error(&call, &err);
    sr_arena_free(call.arena);
    return (int)status;
}
