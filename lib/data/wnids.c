#include "data/wnids.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool sr_wnid_is(const char *text, const char *end)
{
    if (text[0] != 'n')
        return false;
    for (int i = 1; i < SR_WNID; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return strcmp(text + SR_WNID, end) == 0;
}

void sr_wnids_add(struct sr_wnids *w, const char *id, struct sr_arena *arena)
{
    if (w->n == w->room) {
        w->room = w->room ? 2 * w->room : 1024;
        const char **larger = SR_TAKE(arena, w->room, const char *);
        for (int i = 0; i < w->n; i++)
            larger[i] = w->name[i];
        w->name = larger;
    }
    w->name[w->n++] = sr_arena_format(arena, "%.*s", SR_WNID, id);
}

struct ranked {
    const char *name;
    int class;
};

static int by_name(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    return strcmp(a->name, b->name);
}

enum sr_status sr_wnids_end(struct sr_wnids *w, bool rank, const char *where,
                            struct sr_arena *arena, struct sr_err *err)
{
    struct ranked *r = SR_TAKE(arena, w->n, struct ranked);
    for (int i = 0; i < w->n; i++)
        r[i] = (struct ranked){w->name[i], i};
    qsort(r, (size_t)w->n, sizeof *r, by_name);
    w->sorted = SR_TAKE(arena, w->n, int);
    for (int i = 0; i < w->n; i++) {
        if (i > 0 && strcmp(r[i].name, r[i - 1].name) == 0)
            return sr_fail(err, SR_EDATA, "%s has the class %s twice", where,
                           r[i].name);
        w->sorted[i] = rank ? i : r[i].class;
    }
    for (int i = 0; rank && i < w->n; i++)
        w->name[i] = r[i].name;
    return SR_OK;
}

int sr_wnids_find(const struct sr_wnids *w, const char *id)
{
    for (int low = 0, high = w->n; low < high;) {
        const int middle = (low + high) / 2, class = w->sorted[middle];
        const int order = strcmp(id, w->name[class]);
        if (order == 0)
            return class;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}
