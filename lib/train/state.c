#include "train/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const char schema[] = "satrun.checkpoint/1";

enum sr_status sr_train_state_write(const struct sr_train_state *state,
                                    const char *path, struct sr_err *err)
{
    const struct sr_best *best = &state->best;
    json_t *json = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:{s:I, s:f, s:f, "
        "s:s}}",
        "schema", schema, "config", state->config, "epoch",
        (json_int_t)state->epoch, "step", (json_int_t)state->step, "steps",
        (json_int_t)state->steps, "metrics_bytes",
        (json_int_t)state->metrics_bytes, "loss_sum", state->loss_sum,
        "correct", (json_int_t)state->correct, "seen", (json_int_t)state->seen,
        "skipped", (json_int_t)state->skipped, "best", "epoch",
        (json_int_t)best->epoch, "clean", best->clean, "robust", best->robust,
        "checkpoint", best->name);
    SR_REQUIRE(json != NULL);
    const enum sr_status status = sr_json_write(path, json, err);
    json_decref(json);
    return status;
}

/* A text that fits, with its closing zero; texts are the document's. */
static bool copy_text(char *to, size_t size, const char *text)
{
    const size_t length = strlen(text);
    if (length >= size)
        return false;
    memcpy(to, text, length + 1);
    return true;
}

static bool unpack(json_t *json, struct sr_train_state *s, json_error_t *why)
{
    const char *found, *config, *name;
    json_int_t epoch, step, steps, bytes, correct, seen, skipped = 0, best;
    if (json_unpack_ex(
            json, why, 0,
            "{s:s, s:s, s:I, s:I, s:I, s:I, s:F, s:I, s:I, s?I, s:{s:I, s:F, "
            "s:F, s:s}}",
            "schema", &found, "config", &config, "epoch", &epoch, "step", &step,
            "steps", &steps, "metrics_bytes", &bytes, "loss_sum", &s->loss_sum,
            "correct", &correct, "seen", &seen, "skipped", &skipped, "best",
            "epoch", &best, "clean", &s->best.clean, "robust", &s->best.robust,
            "checkpoint", &name) != 0)
        return false;

    snprintf(why->text, sizeof why->text, "not a state of %s", schema);
    s->epoch = epoch, s->step = step, s->steps = steps;
    s->metrics_bytes = bytes, s->correct = correct, s->seen = seen;
    s->skipped = skipped;
    s->best.epoch = best;
    return strcmp(found, schema) == 0 && epoch >= 0 && step >= 0 &&
           steps >= 0 && bytes >= 0 &&
           copy_text(s->config, sizeof s->config, config) &&
           copy_text(s->best.name, sizeof s->best.name, name);
}

enum sr_status sr_train_state_read(const char *path,
                                   struct sr_train_state *state,
                                   struct sr_err *err)
{
    json_t *json;
    json_error_t why;
    struct sr_train_state read = {0};
    SR_TRY(sr_json_read(path, SR_EWEIGHTS, &json, err));
    const bool good = unpack(json, &read, &why);
    json_decref(json);
    if (!good)
        return sr_fail(err, SR_EWEIGHTS, "%s: %s", path, why.text);
    *state = read;
    return SR_OK;
}
