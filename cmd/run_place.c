#include "run_place.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "report/rundir.h"

enum { METRICS_BYTES_MAX = 1 << 28 };

static long long whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void follow_line(const json_t *line, long long *per_epoch,
                        struct sr_run_place *place, long long *step)
{
    *step = whole(line, "step");
    place->epoch = whole(line, "epoch");
    if (strcmp(sr_json_text(line, "kind"), "epoch") == 0 && place->epoch > 0)
        *per_epoch = *step / place->epoch;
}

static void follow_metrics(const char *path, struct sr_run_place *place,
                           struct sr_arena *arena)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err ignored; /* nothing has been written yet */
    long long step = 0, per_epoch = 0;
    if (sr_file_read(path, METRICS_BYTES_MAX, SR_ERESOURCE, arena, &bytes,
                     &size, &ignored) != SR_OK)
        return;
    char *rest = (char *)bytes, *text;
    while ((text = sr_text_line(&rest))) {
        json_t *line = json_loads(text, 0, NULL);
        if (json_is_object(line))
            follow_line(line, &per_epoch, place, &step);
        json_decref(line);
    }
    if (per_epoch > 0 && place->epochs > 0)
        place->share = (double)step / (double)(per_epoch * place->epochs);
    else if (place->epochs > 0 && place->epoch > 0)
        place->share = (double)(place->epoch - 1) / (double)place->epochs;
    place->share = fmin(fmax(place->share, 0), 1); /* lines may be damaged */
}

struct sr_run_place sr_run_place(const char *run, struct sr_arena *arena)
{
    struct sr_run_place place = {0};
    struct sr_err ignored; /* no run yet */
    json_t *manifest;
    long long epochs = 0;
    if (sr_rundir_manifest(run, &manifest, &ignored) != SR_OK)
        return place;
    const char *text =
        sr_json_text(json_object_get(manifest, "settings"), "train.epochs");
    if (sr_text_int(text, &epochs))
        place.epochs = epochs;
    place.finished = strcmp(sr_json_text(manifest, "state"), "finished") == 0;
    json_decref(manifest);
    follow_metrics(sr_file_join(arena, run, "metrics.jsonl"), &place, arena);
    return place;
}
