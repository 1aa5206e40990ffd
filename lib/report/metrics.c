#include "report/metrics.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/rundir.h"

enum { LEVELS = 4, NAME = 256 };

/* A hostile file may be nested as deep as it likes: the levels are counted. */
static void flatten(json_t *flat, const char *prefix, const json_t *group,
                    int levels)
{
    char name[NAME];
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)group, key, value) {
        snprintf(name, sizeof name, "%s%s", prefix, key);
        if (!json_is_object(value))
            json_object_set(flat, name, value);
        else if (levels > 1 && strlen(name) + 1 < sizeof name) {
            sr_text_add(name, sizeof name, ".");
            flatten(flat, name, value, levels - 1);
        }
    }
}

json_t *sr_metrics_flat(const json_t *line)
{
    json_t *flat = json_object();
    flatten(flat, "", line, LEVELS);
    return flat;
}

static enum sr_status add_line(json_t *rows, const char *text, size_t size,
                               const char *path, size_t number,
                               struct sr_err *err)
{
    json_t *line;
    if (sr_json_parse(text, size, path, SR_EDATA, &line, err) != SR_OK)
        return sr_fail(err, SR_EDATA, "%s:%zu: the line is not JSON", path,
                       number);
    const bool good = json_is_object(line);
    if (good)
        json_array_append_new(rows, sr_metrics_flat(line));
    json_decref(line);
    if (good)
        return SR_OK;
    return sr_fail(err, SR_EDATA,
                   "%s:%zu: expected an object such as {\"loss\": 1}", path,
                   number);
}

/* What is told of damage: the first line, and how many more. */
struct damage {
    struct sr_err first;
    size_t lines;
};

static void note(struct damage *damage, const struct sr_err *bad)
{
    if (damage->lines++ == 0)
        damage->first = *bad;
}

/* A run that is being written, or was killed while it did, ends in the middle
 * of a line; one that has come to its end does not. */
static bool is_finished(const char *run)
{
    struct sr_err ignored; /* nobody knows: then it may be going on */
    json_t *manifest;
    if (sr_rundir_manifest(run, &manifest, &ignored) != SR_OK)
        return false;
    const bool finished =
        strcmp(sr_json_text(manifest, "state"), "finished") == 0;
    json_decref(manifest);
    return finished;
}

/* A line that is damaged takes no other with it. */
static enum sr_status read_lines(FILE *in, const char *path, bool finished,
                                 json_t *rows, struct damage *damage,
                                 struct sr_err *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    for (size_t n = 1; (size = getline(&line, &room, in)) > 0; n++) {
        struct sr_err bad;
        const bool whole = line[size - 1] == '\n';
        if (whole && add_line(rows, line, (size_t)size, path, n, &bad) != SR_OK)
            note(damage, &bad);
        if (!whole && finished) {
            sr_fail(&bad, SR_EDATA, "%s:%zu: the line has no end", path, n);
            note(damage, &bad);
        }
    }
    free(line);
    if (ferror(in))
        return sr_fail_errno(err, SR_ERESOURCE, "read", path);
    return SR_OK;
}

static enum sr_status read_file(const char *path, bool finished, json_t **rows,
                                struct damage *damage, struct sr_err *err)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return sr_fail_errno(err, errno == ENOENT ? SR_EUSAGE : SR_ERESOURCE,
                             "open", path);
    json_t *found = json_array();
    const enum sr_status status =
        read_lines(in, path, finished, found, damage, err);
    fclose(in);
    if (status == SR_OK)
        *rows = found;
    else
        json_decref(found);
    return status;
}

enum sr_status sr_metrics_read(const char *run, json_t **rows,
                               struct sr_err *skipped, struct sr_err *err)
{
    struct damage damage = {0};
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status =
        read_file(sr_file_join(arena, run, "metrics.jsonl"), is_finished(run),
                  rows, &damage, err);
    sr_arena_free(arena);
    if (damage.lines > 1)
        sr_text_add(damage.first.text, sizeof damage.first.text,
                    ", and %zu more of its lines are damaged",
                    damage.lines - 1);
    sr_text_clean(damage.first.text); /* a letter may have been cut */
    if (skipped)
        *skipped = damage.first;
    return status;
}
