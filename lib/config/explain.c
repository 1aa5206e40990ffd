#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "config/exp.h"

enum { FILE_BYTES_MAX = 1 << 20, LINE_MAX_SHOWN = 160 };

/* Line `number` of the file, or NULL. */
static const char *source_line(const char *path, int number,
                               struct sr_arena *arena)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    if (sr_file_read(path, FILE_BYTES_MAX, SR_ECONFIG, arena, &bytes, &size,
                     &err) != SR_OK)
        return NULL;
    const char *line = (const char *)bytes;
    for (int i = 1; i < number; i++) {
        line += strcspn(line, "\n");
        if (!*line++)
            return NULL;
    }
    return sr_arena_format(arena, "%.*s", (int)strcspn(line, "\r\n"), line);
}

/* What a terminal must not be sent becomes '?', tabs one space, so that the
 * caret stays under its letter. */
static void make_printable(char *line)
{
    for (unsigned char *p = (unsigned char *)line; *p; p++)
        if (*p < 32 || *p == 127)
            *p = *p == '\t' ? ' ' : '?';
}

/* "   14 |     step: 1.5" and the caret below.  Letters, not bytes, are
 * counted, as columns are. */
static char *with_caret(const char *head, const char *number, const char *line,
                        int column, struct sr_arena *arena)
{
    char shown[LINE_MAX_SHOWN + 1];
    snprintf(shown, sizeof shown, "%s", line);
    make_printable(shown);
    if (column > LINE_MAX_SHOWN)
        column = LINE_MAX_SHOWN;
    return sr_arena_format(arena, "%s\n%5s | %s\n%5s | %*s\n", head, number,
                           shown, "", column, "^");
}

static char *explain_argument(const struct sr_err *p, const char *argument,
                              struct sr_arena *arena)
{
    const char *head =
        sr_arena_format(arena, "argument %d: error: %s", p->at.line, p->text);
    return with_caret(head, "", argument, p->at.column, arena);
}

char *sr_exp_explain(const struct sr_err *problem, int overrides,
                     char *const *override, struct sr_arena *arena)
{
    const struct sr_src at = problem->at;
    if (!at.path && at.line >= 1 && at.line <= overrides)
        return explain_argument(problem, override[at.line - 1], arena);
    if (!at.path)
        return sr_arena_format(arena, "satrun: error: %s\n", problem->text);
    if (at.line == 0)
        return sr_arena_format(arena, "%s: error: %s\n", at.path,
                               problem->text);

    const char *head = sr_arena_format(arena, "%s:%d:%d: error: %s", at.path,
                                       at.line, at.column, problem->text);
    const char *line = source_line(at.path, at.line, arena);
    if (!line)
        return sr_arena_format(arena, "%s\n", head);
    return with_caret(head, sr_arena_format(arena, "%d", at.line), line,
                      at.column, arena);
}
