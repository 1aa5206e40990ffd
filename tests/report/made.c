#include "report/made.h"

#include <stdarg.h>

#include "base/file.h"
#include "report/rundir.h"
#include "report/stats.h"
#include "test.h"

const char *made_home(void)
{
    static const char *dir;
    if (!dir)
        dir = sr_test_dir();
    return dir;
}

char *made_run(const char *name, const char *state, ...)
{
    struct sr_rundir run;
    struct sr_err err;
    char *path = sr_file_join(sr_test_arena(), made_home(), name);
    json_t *settings =
        json_pack("{s:s, s:s}", "name", name, "train.epochs", "3");
    va_list words;
    const char *key;
    va_start(words, state);
    while ((key = va_arg(words, const char *)))
        json_object_set_new(settings, key,
                            json_string(va_arg(words, const char *)));
    va_end(words);
    json_t *manifest = json_pack("{s:s, s:s, s:o}", "state", state, "config",
                                 "c", "settings", settings);
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    SR_GOOD(sr_rundir_note_all(&run, manifest, &err), err);
    sr_rundir_close(&run);
    return path;
}

static json_t *proportion(int correct, int images)
{
    const struct sr_interval i = sr_stats_wilson(correct, images);
    return json_pack("{s:i, s:f, s:[f, f]}", "correct", correct, "accuracy",
                     (double)correct / images, "interval_95", i.low, i.high);
}

json_t *made_eval_json(struct made_eval e)
{
    json_t *eval = json_pack(
        "{s:s, s:i, s:s, s:s, s:o, s:[{s:s, s:s, s:f, s:f, s:o}], s:o, "
        "s:{s:s, s:s}, s:{s:s, s:s}, s:[]}",
        "schema", "satrun.eval/1", "images", e.images, "split", "test",
        "config", "c", "clean", proportion(e.clean, e.images), "attacks",
        "attack", e.attack, "norm", "linf", "epsilon", 8 / 255.0, "step_size",
        0.01, "robust", proportion(e.robust, e.images), "worst_case",
        proportion(e.robust, e.images), "network", "checkpoint", e.checkpoint,
        "sha256", e.weights, "data", "dataset", "toys", "sha256", "0123456789",
        "warnings");
    ck_assert_ptr_nonnull(eval);
    return eval;
}

void made_put_eval(const char *run, struct made_eval e)
{
    struct sr_err err;
    const char *dir = sr_file_join(sr_test_arena(), run, "eval");
    json_t *eval = made_eval_json(e);
    SR_GOOD(sr_file_mkdir(dir, &err), err);
    SR_GOOD(
        sr_json_write(sr_file_join(sr_test_arena(), dir, e.file), eval, &err),
        err);
    json_decref(eval);
}

void made_put(const char *run, const char *name, const char *text)
{
    struct sr_err err;
    const char *path = sr_file_join(sr_test_arena(), run, name);
    SR_GOOD(sr_file_mkdir(sr_file_dir(sr_test_arena(), path), &err), err);
    SR_GOOD(sr_file_write(path, text, strlen(text), &err), err);
}
