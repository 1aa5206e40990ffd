#include "show_completion.h"

#include <stdio.h>
#include <string.h>

#include "args.h"
#include "attack/sequence.h"
#include "base/text.h"
#include "config/exp.h"
#include "opt_text.h"

/* The script: lists as functions, which are written below, and this, which
 * knows where in the line the cursor is.  bash breaks words at '=', and what is
 * put into COMPREPLY takes the place of the part behind the last one; the line
 * itself is looked at, so that the words are satrun's. */
static const char engine[] =
    "_satrun()\n"
    "{\n"
    "    local line=${COMP_LINE:0:COMP_POINT} cur before words head all\n"
    "    head='' all=''\n"
    "    cur=${line##*[[:space:]]}\n"
    "    before=${line%\"$cur\"}\n"
    "    read -ra words <<<\"$before\"\n"
    "    local command=${words[1]} prev=${words[-1]}\n"
    "    if ((${#words[@]} < 2)); then\n"
    "        all=$(_satrun_commands)\n"
    "    elif [[ $cur == --*=* ]]; then\n"
    "        head=${cur%%=*}=\n"
    "        all=$(_satrun_flag_values \"$command\" \"${cur%%=*}\")\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        all=$(_satrun_flags \"$command\")\n"
    "    elif [[ $cur == *=* ]]; then\n"
    "        head=${cur%%=*}=\n"
    "        all=$(_satrun_values \"${cur%%=*}\") || all=@\n"
    "    elif [[ $prev == --* ]] &&\n"
    "        all=$(_satrun_flag_values \"$command\" \"$prev\"); then\n"
    "        :\n"
    "    elif ((${#words[@]} == 2)) && all=$(_satrun_verbs \"$command\"); "
    "then\n"
    "        :\n"
    "    else\n"
    "        all=@\n"
    "        [[ -n $cur ]] && _satrun_takes_keys \"$command\" &&\n"
    "            all=\"@ $(_satrun_keys)\"\n"
    "    fi\n"
    "    local value=${cur#\"$head\"} found=() word\n"
    "    if [[ $all == @* ]]; then\n"
    "        all=${all#@}\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t found < <(compgen -f -- \"$value\")\n"
    "    fi\n"
    "    [[ $value == *[,[]* ]] && head+=${value%\"${value##*[,[]}\"}\n"
    "    value=${value##*[,[]}\n"
    "    while read -r word; do\n"
    "        [[ -n $word ]] && found+=(\"$head$word\")\n"
    "    done < <(compgen -W \"$all\" -- \"$value\")\n"
    "    [[ ${#found[@]} -eq 1 && ${found[0]} == *= ]] &&\n"
    "        compopt -o nospace 2>/dev/null\n"
    "    if [[ $cur == *=* && $COMP_WORDBREAKS == *=* ]]; then\n"
    "        found=(\"${found[@]#\"${cur%%=*}=\"}\")\n"
    "    fi\n"
    "    COMPREPLY=(\"${found[@]}\")\n"
    "}\n"
    "complete -F _satrun satrun ./satrun\n";

/* What attack words begin with: pgd-10 is pgd and a number. */
static void print_attacks(void)
{
    const struct sr_attack *a;
    for (int i = 0; (a = sr_attack_at(i)); i++)
        printf(" %s%s", a->name, a->number == SR_NUMBER_NEEDED ? "-" : "");
    for (int i = 0; sr_sequence_name(i); i++)
        printf(" %s", sr_sequence_name(i));
}

/* The words a value may be, @ for a file, nothing where there is no list. */
static void print_values(const struct sr_opt *row)
{
    fputs("echo '", stdout);
    if (row->words)
        for (int i = 0; row->words(i); i++)
            printf(" %s", row->words(i));
    else if (row->type == SR_OPT_BOOL)
        fputs(" true false", stdout);
    else if (row->type == SR_OPT_WORDS || strncmp(row->unit, "WORD", 4) == 0)
        print_attacks();
    else if (row->type == SR_OPT_TEXT && strchr(row->unit, '|'))
        for (const char *p = row->unit; *p; p++)
            putchar(*p == '|' ? ' ' : *p);
    else if (row->type == SR_OPT_PATH || strncmp(row->unit, "FILE", 4) == 0 ||
             strcmp(row->unit, "DIR") == 0)
        putchar('@');
    fputs("' ;;\n", stdout);
}

/* A function that prints something for some of its first arguments, and fails
 * for others. */
static void begin_cases(const char *function, const char *on)
{
    printf("%s()\n{\n    case %s in\n", function, on);
}
static void end_cases(void) { printf("    *) return 1 ;;\n    esac\n}\n"); }

static void print_commands(void)
{
    printf("_satrun_commands()\n{\n    echo '--help --version help");
    for (int i = 0; sr_cmd_name(i); i++)
        printf(" %s", sr_cmd_name(i));
    printf("'\n}\n");
}

static void print_flag_names(const struct sr_opt *rows)
{
    char name[64];
    for (; rows && rows->key; rows++) {
        sr_opt_dashed(rows, name, sizeof name);
        printf(" --%s", name);
    }
}

static void print_flag_values(const char *command, const struct sr_opt *rows)
{
    char name[64];
    for (; rows && rows->key; rows++) {
        if (rows->type == SR_OPT_BOOL)
            continue;
        sr_opt_dashed(rows, name, sizeof name);
        printf("    %s:--%s) ", command, name);
        print_values(rows);
    }
}

static void print_flags(void)
{
    const struct sr_cmd *cmd;
    begin_cases("_satrun_flags", "$1");
    for (int i = 0; (cmd = sr_cmd_at(i)); i++) {
        printf("    %s) echo '", cmd->name);
        print_flag_names(cmd->flags);
        print_flag_names(sr_args_common);
        printf("%s --help' ;;\n", cmd->overrides ? " --set" : "");
    }
    end_cases();
    begin_cases("_satrun_flag_values", "$1:$2");
    for (int i = 0; (cmd = sr_cmd_at(i)); i++)
        print_flag_values(cmd->name, cmd->flags);
    print_flag_values("*", sr_args_common);
    printf("    *:--set) _satrun_keys ;;\n");
    end_cases();
}

static void print_verbs(void)
{
    const struct sr_cmd *cmd;
    begin_cases("_satrun_verbs", "$1");
    for (int i = 0; (cmd = sr_cmd_at(i)); i++) {
        if (!cmd->verbs)
            continue;
        printf("    %s) echo '", cmd->name);
        for (int v = 0; cmd->verbs(v); v++)
            printf(" %s", cmd->verbs(v));
        printf("' ;;\n");
    }
    printf("    help) _satrun_commands ;;\n");
    end_cases();
    begin_cases("_satrun_takes_keys", "$1");
    for (int i = 0; (cmd = sr_cmd_at(i)); i++)
        if (cmd->overrides)
            printf("    %s) ;;\n", cmd->name);
    end_cases();
}

/* The name of a group sets its row `name`: train.schedule=cosine. */
static void print_pattern(const char *prefix, const char *key)
{
    const size_t length = strlen(key);
    const bool names = length > 4 && strcmp(key + length - 5, ".name") == 0;
    printf("    %s%s", prefix, key);
    if (names)
        printf("|%s%.*s", prefix, (int)length - 5, key);
    else if (*prefix && strcmp(key, "name") == 0)
        printf("|%.*s", (int)strlen(prefix) - 1, prefix);
    fputs(") ", stdout);
}

static void print_keys(void)
{
    printf("_satrun_keys()\n{\n    echo '");
    for (const struct sr_section *s = sr_sections; s->rows; s++)
        for (const struct sr_opt *row = s->rows; row->key; row++)
            printf(" %s%s=", s->prefix, row->key);
    printf("'\n}\n");
    begin_cases("_satrun_values", "$1");
    for (const struct sr_section *s = sr_sections; s->rows; s++)
        for (const struct sr_opt *row = s->rows; row->key; row++) {
            print_pattern(s->prefix, row->key);
            print_values(row);
        }
    end_cases();
}

enum sr_status sr_show_completion(const struct sr_call *call,
                                  struct sr_err *err)
{
    if (call->words != 2 || strcmp(call->word[1], "bash") != 0)
        return sr_fail(err, SR_EUSAGE,
                       "satrun show completion takes the shell's name: bash");
    printf("# bash completion for satrun %s, from satrun show completion "
           "bash\n# shellcheck shell=bash\n",
           SR_VERSION);
    print_commands();
    print_flags();
    print_verbs();
    print_keys();
    fputs(engine, stdout);
    return SR_OK;
}
