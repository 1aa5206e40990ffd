#include "train_place.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "provenance.h"
#include "report/rundir.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* "train.lr was 0.1, is 0.2" for every setting that decides the weights. */
static void describe_changes(const json_t *before, const struct sr_exp *exp,
                             char *text, size_t size)
{
    json_t *now = sr_settings(exp), *value;
    const char *key;
    json_object_foreach (now, key, value) {
        const char *was = text_of(before, key), *is = json_string_value(value);
        if (sr_exp_decides(exp, key) && strcmp(was, is) != 0)
            sr_text_add(text, size, "%s%s was %s, is %s", *text ? "; " : "",
                        key, *was ? was : "not set", *is ? is : "not set");
    }
    json_decref(now);
}

static enum sr_status refuse(const char *path, const json_t *manifest,
                             const struct sr_exp *exp, struct sr_err *err)
{
    char changes[640] = "";
    describe_changes(json_object_get(manifest, "settings"), exp, changes,
                     sizeof changes);
    return sr_fail(err, SR_ECONFIG,
                   "%s was made with other settings: %s; undo that, or start "
                   "another run",
                   path, *changes ? changes : "model.layers differ");
}

/* A run that came to an end before its first checkpoint, by a mistake in its
 * settings say, leaves nothing that other settings could spoil. */
static bool has_weights(const char *path, struct sr_arena *arena)
{
    return sr_file_exists(sr_file_join(arena, path, "checkpoints"));
}

/* The same settings on other data are another run; on other kernels they may
 * end in other last digits. */
static enum sr_status check_surroundings(const char *path,
                                         const json_t *manifest,
                                         const struct sr_setup *s,
                                         struct sr_err *err)
{
    const char *data = text_of(json_object_get(manifest, "data"), "sha256");
    const char *isa = text_of(json_object_get(manifest, "machine"), "isa");
    if (strcmp(data, s->data->hash) != 0)
        return sr_fail(err, SR_EDATA,
                       "%s was trained on other images so far: their SHA-256 "
                       "was %.12s, that of %s is %.12s",
                       path, data, s->exp->data.dataset, s->data->hash);
    if (strcmp(isa, sr_engine_isa(&s->engine)) != 0)
        sr_log_warn(s->log,
                    "%s was computed with %s kernels so far, now with %s: its "
                    "weights may differ in the last digits from those of an "
                    "undisturbed run",
                    path, isa, sr_engine_isa(&s->engine));
    return SR_OK;
}

/* May the run that is there go on with these settings? */
static enum sr_status check_run(const struct sr_setup *s, const char *hash,
                                struct sr_train_place *place,
                                struct sr_err *err)
{
    json_t *manifest;
    SR_TRY(sr_rundir_manifest(place->path, &manifest, err));
    enum sr_status status = SR_OK;
    place->is_new = strcmp(text_of(manifest, "config"), hash) != 0;
    place->finished =
        !place->is_new && strcmp(text_of(manifest, "state"), "finished") == 0;
    if (place->is_new && has_weights(place->path, s->arena))
        status = refuse(place->path, manifest, s->exp, err);
    else if (!place->is_new && !place->finished)
        status = check_surroundings(place->path, manifest, s, err);
    json_decref(manifest);
    return status;
}

static enum sr_status choose_named(const struct sr_train_flags *flags,
                                   const struct sr_setup *s, const char *hash,
                                   struct sr_train_place *place,
                                   struct sr_err *err)
{
    if (place->is_new && flags->resume)
        return sr_fail(err, SR_EUSAGE, "--resume: there is no run in %s",
                       place->path);
    if (place->is_new) {
        const char *above = sr_file_dir(s->arena, place->path);
        sr_log_say(s->log, "new run: %s%s%s", place->path,
                   sr_file_exists(above) ? "" : ", and so is ",
                   sr_file_exists(above) ? "" : above);
        return SR_OK;
    }
    if (flags->new)
        return sr_fail(err, SR_EUSAGE, "--new: there is a run in %s already",
                       place->path);
    return check_run(s, hash, place, err);
}

/* With --resume and other settings, say what keeps the newest unfinished run of
 * this name from being meant. */
static enum sr_status nothing_to_resume(const struct sr_exp *exp,
                                        struct sr_arena *arena,
                                        struct sr_err *err)
{
    const char *other =
        sr_rundir_find_unfinished(SR_RUNS, exp->top.name, NULL, arena);
    if (!other)
        return sr_fail(err, SR_EUSAGE,
                       "--resume: no unfinished run of %s under %s/",
                       exp->top.name, SR_RUNS);
    json_t *manifest;
    SR_TRY(sr_rundir_manifest(other, &manifest, err));
    const enum sr_status status = refuse(other, manifest, exp, err);
    json_decref(manifest);
    return status;
}

static enum sr_status choose_found(const struct sr_train_flags *flags,
                                   const struct sr_setup *s, const char *hash,
                                   struct sr_train_place *place,
                                   struct sr_err *err)
{
    const char *name = s->exp->top.name;
    if (!flags->new)
        place->path = sr_rundir_find_unfinished(SR_RUNS, name, hash, s->arena);
    if (place->path) {
        sr_log_say(s->log,
                   "continuing %s, which has the same settings and is not "
                   "finished (--new starts another)",
                   place->path);
        return check_run(s, hash, place, err);
    }
    if (flags->resume)
        return nothing_to_resume(s->exp, s->arena, err);
    place->is_new = true;
    place->path = sr_rundir_new_path(SR_RUNS, name, s->arena);
    const char *before = sr_rundir_find_finished(SR_RUNS, name, hash, s->arena);
    if (before)
        sr_log_say(s->log, "%s has finished with the same settings already",
                   before);
    sr_log_say(s->log, "new run: %s", place->path);
    return SR_OK;
}

enum sr_status sr_train_place_choose(const struct sr_train_flags *flags,
                                     const struct sr_setup *s,
                                     struct sr_train_place *place,
                                     struct sr_err *err)
{
    char hash[65];
    sr_exp_hash(s->exp, s->arena, hash);
    *place = (struct sr_train_place){0};
    if (flags->resume && flags->new)
        return sr_fail(err, SR_EUSAGE, "--resume and --new contradict");
    if (!flags->run || !*flags->run)
        return choose_found(flags, s, hash, place, err);

    place->path = flags->run;
    place->is_new =
        !sr_file_exists(sr_file_join(s->arena, flags->run, "manifest.json"));
    return choose_named(flags, s, hash, place, err);
}
