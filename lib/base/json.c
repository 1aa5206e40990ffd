#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"

enum { FILE_LIMIT = 1 << 28 }; /* bytes; states and results are far smaller */

enum sr_status sr_json_parse(const char *text, size_t size, const char *what,
                             enum sr_status status, json_t **json,
                             struct sr_err *err)
{
    json_error_t why;
    json_t *made = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    if (!made)
        return sr_fail(err, status, "%s: line %d, column %d: not JSON: %s",
                       what, why.line, why.column, why.text);
    *json = made;
    return SR_OK;
}

enum sr_status sr_json_read(const char *path, enum sr_status status,
                            json_t **json, struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    unsigned char *bytes;
    size_t size;
    enum sr_status got =
        sr_file_read(path, FILE_LIMIT, status, arena, &bytes, &size, err);
    if (got == SR_OK)
        got = sr_json_parse((const char *)bytes, size, path, status, json, err);
    sr_arena_free(arena);
    return got;
}

enum sr_status sr_json_write(const char *path, const json_t *json,
                             struct sr_err *err)
{
    const size_t flags = JSON_INDENT(2);
    const size_t size = json_dumpb(json, NULL, 0, flags);
    if (size == 0)
        return sr_fail(err, SR_EINTERNAL, "%s: cannot be written as JSON",
                       path);
    struct sr_arena *arena = sr_arena_new(NULL);
    char *text = SR_TAKE(arena, size + 1, char);
    json_dumpb(json, text, size, flags);
    text[size] = '\n';
    const enum sr_status done = sr_file_write(path, text, size + 1, err);
    sr_arena_free(arena);
    return done;
}

json_t *sr_json_foreign(const char *text)
{
    char *copy = strdup(text);
    SR_REQUIRE(copy != NULL);
    sr_text_clean(copy);
    json_t *string = json_string(copy);
    free(copy);
    return string;
}

json_t *sr_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

const char *sr_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const json_t *sr_json_at(const json_t *object, const char *path)
{
    const char *dot = strchr(path, '.');
    char head[32];
    if (!dot)
        return json_object_get(object, path);
    snprintf(head, sizeof head, "%.*s", (int)(dot - path), path);
    return json_object_get(json_object_get(object, head), dot + 1);
}

void sr_json_sum(const json_t *json, char text[SR_SHA256_TEXT])
{
    char *all = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    SR_REQUIRE(all != NULL);
    sr_sha256(all, strlen(all), text);
    free(all);
}

void sr_json_seal(json_t *object)
{
    char sum[SR_SHA256_TEXT];
    sr_json_sum(object, sum);
    json_object_set_new(object, "sha256", json_string(sum));
}

bool sr_json_unseal(json_t *object)
{
    char sum[SR_SHA256_TEXT], said[SR_SHA256_TEXT] = "";
    const char *text = sr_json_text(object, "sha256");
    if (strlen(text) < sizeof said)
        memcpy(said, text, strlen(text));
    json_object_del(object, "sha256");
    sr_json_sum(object, sum);
    return strcmp(said, sum) == 0;
}
