#include "opt_text.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"

void sr_opt_dashed(const struct sr_opt *row, char *text, size_t size)
{
    snprintf(text, size, "%s", row->key);
    for (char *p = text; *p; p++)
        if (*p == '_')
            *p = '-';
}

/* "relu|silu" */
static void alternatives(const struct sr_opt *row, char *text, size_t size)
{
    for (int i = 0; row->words(i); i++)
        sr_text_add(text, size, "%s%s", i ? "|" : "", row->words(i));
}

void sr_opt_metavar(const struct sr_opt *row, char *text, size_t size)
{
    static const char *const names[] = {
        [SR_OPT_INT] = "N",           [SR_OPT_REAL] = "X",
        [SR_OPT_TEXT] = "TEXT",       [SR_OPT_NAME] = "NAME",
        [SR_OPT_PATH] = "PATH",       [SR_OPT_INTS] = "N,N",
        [SR_OPT_REALS] = "X,X",       [SR_OPT_NAMES] = "NAME,NAME",
        [SR_OPT_WORDS] = "WORD,WORD",
    };
    text[0] = 0;
    if (row->type == SR_OPT_BOOL)
        return;
    if (row->type == SR_OPT_ENUM) {
        alternatives(row, text, size);
        return;
    }
    const bool own = row->type == SR_OPT_TEXT && *row->unit;
    sr_text_add(text, size, "%s", own ? row->unit : names[row->type]);
}

const char *sr_opt_type_word(const struct sr_opt *row)
{
    static const char *const words[] = {
        [SR_OPT_INT] = "integer",   [SR_OPT_REAL] = "number",
        [SR_OPT_BOOL] = "bool",     [SR_OPT_ENUM] = "word",
        [SR_OPT_NAME] = "word",     [SR_OPT_TEXT] = "text",
        [SR_OPT_PATH] = "path",     [SR_OPT_INTS] = "integers",
        [SR_OPT_REALS] = "numbers", [SR_OPT_NAMES] = "words",
        [SR_OPT_WORDS] = "words",
    };
    return words[row->type];
}

const char *sr_opt_allowed(const struct sr_opt *row, struct sr_arena *arena)
{
    char text[1024] = "";
    if (row->words)
        alternatives(row, text, sizeof text);
    else if (row->min < row->max)
        sr_text_add(text, sizeof text, "%.16g..%.16g%s%s", row->min, row->max,
                    *row->unit ? " " : "", row->unit);
    return sr_arena_text(arena, text);
}
