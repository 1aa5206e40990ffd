/* Which part it is: the head of the file, and whether two are about the same.
 */
#include "eval/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "eval/part_rows.h"

static const char SCHEMA[] = "satrun.part/1";

/* ---- the head ---- */

static bool read_head(const json_t *json, struct sr_eval_part *part)
{
    struct sr_share *share = &part->share;
    json_error_t ignored;
    json_t *about;
    int number, of, whole, classes;

    if (json_unpack_ex((json_t *)json, &ignored, 0, "{s:o, s:[i, i], s:i, s:i}",
                       "about", &about, "share", &number, &of, "whole", &whole,
                       "classes", &classes) != 0 ||
        !json_is_object(about))
        return false;
    part->about = about;
    *share = (struct sr_share){number, of};
    part->whole = whole;
    part->classes = classes;
    return number >= 1 && number <= of && of <= whole && classes >= 1;
}

enum sr_status sr_part_open(const char *path, struct sr_eval_part *part,
                            struct sr_err *err)
{
    struct sr_eval_part made = {.path = path};
    SR_TRY(sr_json_read(path, SR_EDATA, &made.json, err));
    const char *schema =
        json_string_value(json_object_get(made.json, "schema"));
    enum sr_status status = SR_OK;
    if (!schema || strcmp(schema, SCHEMA) != 0)
        status = sr_fail(err, SR_EUSAGE,
                         "%s is no part of an evaluation: its schema is %s, "
                         "expected %s",
                         path, schema ? schema : "missing", SCHEMA);
    else if (!sr_json_unseal(made.json) || !read_head(made.json, &made))
        status = sr_fail(err, SR_EDATA,
                         "%s is damaged: its sum is not what it says", path);
    if (status != SR_OK)
        json_decref(made.json);
    else
        *part = made;
    return status;
}

void sr_part_close(struct sr_eval_part *part)
{
    json_decref(part->json);
    part->json = NULL;
}

/* ---- what it is about ---- */

/* Members of a result that decide its numbers; a dot leads into an object. */
static const char *const decisive[] = {
    "satrun.version",     "satrun.commit",
    "satrun.compiler",    "machine.isa",
    "machine.blas",       "data.dataset",
    "data.sha256",        "data.sample",
    "model.arch",         "seed",
    "model.config",       "network.sha256",
    "network.checkpoint", "network.average",
    "source.sha256",
};

/* Settings of the images, the kernels and the attacks.  Not where something is,
 * on how many threads, or how often training evaluates; and the batch only
 * where an attack's passes take its statistics.  How the weights have come
 * about is nothing to them. */
static bool decides(const json_t *settings, const char *key)
{
    static const char *const rooms[] = {"data.", "engine.", "eval."};
    static const char *const idle[] = {"data.path", "data.test_path",
                                       "data.threads", "engine.threads",
                                       "eval.every"};
    const char *mode =
        json_string_value(json_object_get(settings, "eval.batchnorm"));
    bool ours = false;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        ours = ours || strncmp(key, rooms[i], strlen(rooms[i])) == 0;
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        ours = ours && strcmp(key, idle[i]) != 0;
    if (!ours)
        return false;
    return strcmp(key, "eval.batch_size") != 0 || !mode ||
           strcmp(mode, "inference") != 0;
}

/* What decides the numbers, by name.  The caller owns it. */
static json_t *identity(const json_t *about)
{
    json_t *settings = json_object_get(about, "settings"), *value;
    json_t *all = json_object();
    const char *key;

    for (size_t i = 0; i < sizeof decisive / sizeof *decisive; i++) {
        const json_t *is = sr_json_at(about, decisive[i]);
        json_object_set_new(all, decisive[i],
                            is ? json_deep_copy(is) : json_null());
    }
    json_object_foreach (settings, key, value) {
        if (decides(settings, key))
            json_object_set(all, key, value);
    }
    return all;
}

void sr_part_key(const json_t *about, char text[65])
{
    json_t *all = identity(about);
    sr_json_sum(all, text);
    json_decref(all);
}

static enum sr_status differ(const char *key, const json_t *a, const char *one,
                             const json_t *b, const char *other,
                             struct sr_err *err)
{
    char *left = a ? json_dumps(a, JSON_ENCODE_ANY) : NULL;
    char *right = b ? json_dumps(b, JSON_ENCODE_ANY) : NULL;
    sr_fail(err, SR_EUSAGE,
            "%s and %s are not of the same evaluation: %s is %s and %s", one,
            other, key, left ? left : "missing", right ? right : "missing");
    free(left);
    free(right);
    return err->status;
}

static enum sr_status match(json_t *a, const char *one, const json_t *b,
                            const char *other, struct sr_err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach (a, key, value) {
        const json_t *same = json_object_get(b, key);
        if (!json_equal(value, same))
            return differ(key, value, one, same, other, err);
    }
    if (json_object_size(a) != json_object_size(b))
        return sr_fail(err, SR_EUSAGE,
                       "%s and %s do not have the same settings", one, other);
    return SR_OK;
}

enum sr_status sr_part_match(const json_t *a, const char *one, const json_t *b,
                             const char *other, struct sr_err *err)
{
    json_t *left = identity(a), *right = identity(b);
    const enum sr_status status = match(left, one, right, other, err);
    json_decref(left);
    json_decref(right);
    return status;
}

/* ---- writing, going on ---- */

enum sr_status sr_part_write(const struct sr_eval_keep *keep, int classes,
                             const struct sr_eval *eval, struct sr_err *err)
{
    json_t *json =
        json_pack("{s:s, s:O, s:[i, i], s:i, s:i, s:f, s:s?}", "schema", SCHEMA,
                  "about", (json_t *)keep->about, "share", eval->share.number,
                  eval->share.of, "whole", eval->whole, "classes", classes,
                  "seconds", eval->seconds, "images", keep->images);
    SR_REQUIRE(json != NULL);
    sr_part_put_rows(eval, json);
    sr_json_seal(json);
    char *text = json_dumps(json, JSON_COMPACT); /* the order of keys stays */
    SR_REQUIRE(text != NULL);
    json_decref(json);
    const enum sr_status status =
        sr_file_write(keep->path, text, strlen(text), err);
    free(text);
    return status;
}

static enum sr_status take_up(const struct sr_eval_keep *keep,
                              const struct sr_eval_part *part, int classes,
                              struct sr_eval *eval, struct sr_arena *scratch,
                              struct sr_err *err)
{
    const struct sr_share *share = &part->share;
    SR_TRY(sr_part_match(part->about, part->path, keep->about,
                         "this evaluation", err));
    if (share->number != eval->share.number || share->of != eval->share.of ||
        part->whole != eval->whole || part->classes != classes)
        return sr_fail(err, SR_EUSAGE,
                       "%s is of share %d/%d of %d images in %d classes, this "
                       "is share %d/%d of %d in %d",
                       part->path, share->number, share->of, part->whole,
                       part->classes, eval->share.number, eval->share.of,
                       eval->whole, classes);
    return sr_part_fill(part, eval, scratch, err);
}

/* Images are final like everything else: what has not been kept when it was
 * made is not there. */
static enum sr_status check_images(const struct sr_eval_keep *keep,
                                   const struct sr_eval_part *part,
                                   const struct sr_eval *eval,
                                   struct sr_err *err)
{
    const char *has = json_string_value(json_object_get(part->json, "images"));
    if (!keep->images || eval->seen == 0 ||
        (has && strcmp(has, keep->images) == 0))
        return SR_OK;
    return sr_fail(err, SR_EUSAGE,
                   "%s is done in part, and its images are %s%s, not in %s: go "
                   "on as it was begun, or remove it to begin anew",
                   part->path, has ? "in " : "not kept", has ? has : "",
                   keep->images);
}

enum sr_status sr_part_resume(const struct sr_eval_keep *keep, int classes,
                              struct sr_eval *eval, struct sr_log *log,
                              struct sr_arena *scratch, struct sr_err *err)
{
    struct sr_eval_part part;
    struct sr_err why;
    enum sr_status images = SR_OK;
    if (!sr_file_exists(keep->path))
        return SR_OK;
    enum sr_status status = sr_part_open(keep->path, &part, &why);
    if (status == SR_OK) {
        status = take_up(keep, &part, classes, eval, scratch, &why);
        if (status == SR_OK)
            images = check_images(keep, &part, eval, err);
        sr_part_close(&part);
    }
    SR_TRY(images);
    if (status == SR_OK)
        sr_log_say(log, "going on with %s", keep->path);
    else if (!keep->named)
        sr_log_warn(log, "%s; it is begun anew", why.text);
    else
        return sr_fail(err, status, "%s; name another file, or remove this one",
                       why.text);
    return SR_OK;
}
