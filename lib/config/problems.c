#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>

void sr_problems_begin(struct sr_problems *problems, struct sr_arena *arena)
{
    problems->n = 0;
    problems->list = SR_TAKE(arena, SR_PROBLEMS_MAX, struct sr_err);
}

void sr_problems_take(struct sr_problems *problems, struct sr_src at,
                      const struct sr_err *err)
{
    if (problems->n == SR_PROBLEMS_MAX)
        return;
    struct sr_err *new = &problems->list[problems->n++];
    *new = *err;
    if (new->at.line == 0 && !new->at.path)
        new->at = at;
}

void sr_problems_add(struct sr_problems *problems, struct sr_src at,
                     const char *format, ...)
{
    struct sr_err err;
    char text[sizeof err.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sr_fail_at(&err, at, "%s", text);
    sr_problems_take(problems, at, &err);
}

/* The position of a path; files for an argument, and for no place at all. */
static int rank(struct sr_src at, int files, const char *const *paths)
{
    int i = 0;
    while (i < files && paths[i] != at.path)
        i++;
    return i;
}

static int is_before(const struct sr_err *a, const struct sr_err *b, int files,
                     const char *const *paths)
{
    const int ra = rank(a->at, files, paths), rb = rank(b->at, files, paths);
    if (ra != rb)
        return ra < rb;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line;
    return a->at.column < b->at.column;
}

/* Insertion: stable, and there are at most SR_PROBLEMS_MAX. */
void sr_problems_sort(struct sr_problems *problems, int files,
                      const char *const *paths)
{
    struct sr_err *list = problems->list;
    for (int i = 1; i < problems->n; i++) {
        const struct sr_err moved = list[i];
        int k = i;
        for (; k > 0 && is_before(&moved, &list[k - 1], files, paths); k--)
            list[k] = list[k - 1];
        list[k] = moved;
    }
}
