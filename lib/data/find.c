/* Where data sets are looked for: SATRUN_DATA and its data/, ./data, the
 * user's data directory of the XDG rules, and Debian's place for data sets. */
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "data/data.h"

enum { PLACES = 5 };

/* Directories in the order they are searched; NULL for those there are not. */
static void list_places(struct sr_arena *arena, const char *place[PLACES])
{
    const char *own = getenv("SATRUN_DATA");
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    place[0] = own && *own ? own : NULL;
    place[1] = place[0] ? sr_file_join(arena, own, "data") : NULL;
    place[2] = "data";
    place[3] = xdg && *xdg ? sr_file_join(arena, xdg, "satrun")
               : home && *home
                   ? sr_file_join(arena, home, ".local/share/satrun")
                   : NULL;
    place[4] = "/usr/share/datasets";
}

/* The first of the row's names that exists in dir; NULL when none does. */
static const char *find_in(const struct sr_dataset *row, const char *dir,
                           struct sr_arena *arena)
{
    for (const char *const *name = row->looked_for; *name; name++) {
        const char *path = sr_file_join(arena, dir, *name);
        if (sr_file_exists(path))
            return path;
    }
    return NULL;
}

static enum sr_status not_found(const struct sr_dataset *row,
                                const char *const place[PLACES],
                                struct sr_err *err)
{
    char text[sizeof err->text] = "";
    for (const char *const *name = row->looked_for; *name; name++)
        sr_text_add(text, sizeof text, "%s%s",
                    name == row->looked_for ? "" : " or ", *name);
    for (int i = 0; i < PLACES; i++)
        if (place[i])
            sr_text_add(text, sizeof text, "%s%s/",
                        place[i] == place[0] || (!place[0] && i == 2) ? " in "
                                                                      : ", ",
                        place[i]);
    return sr_fail(
        err, SR_EDATA, "the data set %s is not here: looked for %s%s; %s",
        row->name, text, place[0] ? "" : " (SATRUN_DATA is not set)", row->get);
}

enum sr_status sr_data_find(const struct sr_dataset *row, const char *path,
                            struct sr_arena *arena, const char **found,
                            struct sr_err *err)
{
    const bool given = path && *path;
    if (!row->looked_for) {
        if (!given)
            return sr_fail(err, SR_ECONFIG,
                           "data.path is not set, and the data set %s has no "
                           "usual place; %s",
                           row->name, row->get);
        *found = path;
        return SR_OK;
    }
    if (given) {
        if (!sr_file_exists(path))
            return sr_fail(err, SR_EDATA, "data.path: there is no %s; %s", path,
                           row->get);
        const char *inside = find_in(row, path, arena);
        *found = inside ? inside : path;
        return SR_OK;
    }
    const char *place[PLACES];
    list_places(arena, place);
    for (int i = 0; i < PLACES; i++)
        if (place[i] && (*found = find_in(row, place[i], arena)))
            return SR_OK;
    return not_found(row, place, err);
}
