#include "train_place.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "provenance.h"
#include "report/rundir.h"

static const char root[] = "runs";

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
        if (sr_exp_decides(key) && strcmp(was, is) != 0)
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

static enum sr_status choose_named(const struct sr_train_flags *flags,
                                   const struct sr_exp *exp, const char *hash,
                                   struct sr_arena *arena,
                                   struct sr_train_place *place,
                                   struct sr_err *err)
{
    json_t *manifest;
    if (place->is_new && flags->resume)
        return sr_fail(err, SR_EUSAGE, "--resume: there is no run in %s",
                       place->path);
    if (place->is_new)
        return SR_OK;
    if (flags->new)
        return sr_fail(err, SR_EUSAGE, "--new: there is a run in %s already",
                       place->path);
    SR_TRY(sr_rundir_manifest(place->path, &manifest, err));
    enum sr_status status = SR_OK;
    const bool differs = strcmp(text_of(manifest, "config"), hash) != 0;
    if (differs && has_weights(place->path, arena))
        status = refuse(place->path, manifest, exp, err);
    place->is_new = differs;
    place->finished =
        !differs && strcmp(text_of(manifest, "state"), "finished") == 0;
    json_decref(manifest);
    return status;
}

/* With --resume and other settings, say what keeps the newest unfinished run of
 * this name from being meant. */
static enum sr_status nothing_to_resume(const struct sr_exp *exp,
                                        struct sr_arena *arena,
                                        struct sr_err *err)
{
    const char *other =
        sr_rundir_find_unfinished(root, exp->top.name, NULL, arena);
    if (!other)
        return sr_fail(err, SR_EUSAGE,
                       "--resume: no unfinished run of %s under %s/",
                       exp->top.name, root);
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
        place->path = sr_rundir_find_unfinished(root, name, hash, s->arena);
    if (place->path) {
        sr_log_say(s->log,
                   "continuing %s, which has the same settings and is not "
                   "finished (--new starts another)",
                   place->path);
        return SR_OK;
    }
    if (flags->resume)
        return nothing_to_resume(s->exp, s->arena, err);
    place->is_new = true;
    place->path = sr_rundir_new_path(root, name, s->arena);
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
    return choose_named(flags, s->exp, hash, s->arena, place, err);
}
