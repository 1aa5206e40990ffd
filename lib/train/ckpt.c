#include "train/ckpt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/vec.h"
#include "train/state.h"

static const char MODEL[] = "model.safetensors";
static const char EMA[] = "ema.safetensors";
static const char OPTIM[] = "optim.safetensors";
static const char STATE[] = "state.json";
static const char SUMS[] = "SHA256SUMS";
static const char *const files[] = {MODEL, EMA, OPTIM, STATE};
enum { FILES = sizeof files / sizeof *files, KEEP = 2 };

/* Is the i-th of files part of a checkpoint? */
static bool has_file(int i, bool average) { return files[i] != EMA || average; }

void sr_ckpt_name(const struct sr_train_state *state, char name[SR_CKPT_NAME])
{
    if (state->step > 0)
        snprintf(name, SR_CKPT_NAME, "step-%08" PRId64, state->steps);
    else
        snprintf(name, SR_CKPT_NAME, "step-%08" PRId64 "-epoch-%03" PRId64,
                 state->steps, state->epoch);
}

size_t sr_ckpt_pixels(const struct sr_ckpt *c)
{
    const struct sr_problem *p = &c->model->problem;
    return c->perturbation ? (size_t)c->batch * (size_t)(p->h * p->w * p->c)
                           : 0;
}

/* The newest KEEP, the best and the one being written, each with weights,
 * average and momentum; what cannot be asked is left to find out. */
double sr_ckpt_most_bytes(const struct sr_ckpt *c)
{
    double floats = (double)c->model->trainable + (double)sr_ckpt_pixels(c) +
                    (c->average ? (double)c->average->count : 0);
    for (int i = 0; i < c->model->params; i++)
        floats += (double)c->model->param[i].count;
    return (KEEP + 2) * sizeof(float) * floats;
}

enum sr_status sr_ckpt_check_room(const struct sr_ckpt *c, struct sr_err *err)
{
    struct statvfs disk;
    if (statvfs(sr_file_dir(c->scratch, c->dir), &disk) != 0)
        return SR_OK;
    const double need = 1.2 * sr_ckpt_most_bytes(c);
    const double free = (double)disk.f_bavail * (double)disk.f_frsize;
    if (free >= need)
        return SR_OK;
    return sr_fail(err, SR_ERESOURCE,
                   "%s: %d checkpoints take %.1f MB, the disk has %.1f MB left",
                   c->dir, KEEP + 2, 1e-6 * need, 1e-6 * free);
}

static bool is_checkpoint(const char *name)
{
    return strncmp(name, "step-", 5) == 0 && !sr_text_ends_in(name, ".tmp");
}

/* ---- writing ---- */

/* Every parameter and buffer: healthy gradients can still overflow a weight. */
static enum sr_status check_finite(const struct sr_ckpt *c, struct sr_err *err)
{
    for (int i = 0; i < c->model->params; i++) {
        const struct sr_param *p = &c->model->param[i];
        if (sr_vec_first_nonfinite(p->count, p->value) < p->count)
            return sr_fail(err, SR_EDIVERGED,
                           "%s has a value that is not finite", p->name);
    }
    const size_t n = c->model->trainable;
    if (sr_vec_first_nonfinite(n, c->momentum) < n)
        return sr_fail(err, SR_EDIVERGED, "the momentum is not finite");
    return SR_OK;
}

static enum sr_status write_sums(const struct sr_ckpt *c, const char *dir,
                                 struct sr_err *err)
{
    char text[FILES * (SR_SHA256_TEXT + 40)] = "";
    for (int i = 0; i < FILES; i++) {
        char sum[SR_SHA256_TEXT];
        if (!has_file(i, c->average != NULL))
            continue;
        SR_TRY(sr_sha256_file(sr_file_join(c->scratch, dir, files[i]),
                              SR_ERESOURCE, sum, err));
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s  %s\n", sum, files[i]);
    }
    return sr_file_write(sr_file_join(c->scratch, dir, SUMS), text,
                         strlen(text), err);
}

static enum sr_status write_average(const struct sr_ckpt *c, const char *path,
                                    struct sr_err *err)
{
    sr_average_swap(c->average, c->model);
    const enum sr_status status = sr_model_save(c->model, path, err);
    sr_average_swap(c->average, c->model);
    return status;
}

static enum sr_status write_files(const struct sr_ckpt *c, const char *dir,
                                  const struct sr_train_state *state,
                                  struct sr_err *err)
{
    struct sr_arena *a = c->scratch;
    SR_TRY(sr_file_mkdir(dir, err));
    SR_TRY(sr_model_save(c->model, sr_file_join(a, dir, MODEL), err));
    if (c->average)
        SR_TRY(write_average(c, sr_file_join(a, dir, EMA), err));
    SR_TRY(sr_optim_write(c, sr_file_join(a, dir, OPTIM), err));
    SR_TRY(sr_train_state_write(state, sr_file_join(a, dir, STATE), err));
    return write_sums(c, dir, err);
}

/* Delete what is neither among the newest KEEP nor the best. */
static enum sr_status prune(const struct sr_ckpt *c, const char *best,
                            struct sr_err *err)
{
    const char *const *names;
    int n, newer = 0;
    SR_TRY(sr_file_list(c->dir, SR_ERESOURCE, c->scratch, &names, &n, err));
    for (int i = n - 1; i >= 0; i--) {
        if (!is_checkpoint(names[i]) || newer++ < KEEP ||
            strcmp(names[i], best) == 0)
            continue;
        SR_TRY(sr_file_remove_tree(sr_file_join(c->scratch, c->dir, names[i]),
                                   err));
    }
    return SR_OK;
}

/* Give a complete NAME.tmp its name and point the links at it. */
static enum sr_status publish(const struct sr_ckpt *c, const char *tmp,
                              const char *name,
                              const struct sr_train_state *state,
                              struct sr_err *err)
{
    struct sr_arena *a = c->scratch;
    SR_TRY(sr_file_rename(tmp, sr_file_join(a, c->dir, name), err));
    SR_TRY(sr_file_link(name, sr_file_join(a, c->dir, "last"), err));
    if (strcmp(state->best.name, name) == 0)
        SR_TRY(sr_file_link(name, sr_file_join(a, c->dir, "best"), err));
    return prune(c, state->best.name, err);
}

static enum sr_status save(const struct sr_ckpt *c,
                           const struct sr_train_state *state,
                           struct sr_err *err)
{
    char name[SR_CKPT_NAME];
    sr_ckpt_name(state, name);
    const char *path = sr_file_join(c->scratch, c->dir, name);
    if (sr_file_exists(path)) /* stopped where it was resumed */
        return SR_OK;

    const char *tmp = sr_arena_format(c->scratch, "%s.tmp", path);
    SR_TRY(sr_file_mkdir(c->dir, err));
    SR_TRY(sr_file_remove_tree(tmp, err));
    const enum sr_status status = write_files(c, tmp, state, err);
    if (status != SR_OK) {
        struct sr_err ignored; /* the first failure is the one to tell */
        sr_file_remove_tree(tmp, &ignored);
        return status;
    }
    return publish(c, tmp, name, state, err);
}

enum sr_status sr_ckpt_save(const struct sr_ckpt *c,
                            const struct sr_train_state *state,
                            struct sr_err *err)
{
    SR_TRY(check_finite(c, err));
    const struct sr_mark mark = sr_arena_mark(c->scratch);
    const enum sr_status status = save(c, state, err);
    sr_arena_release(c->scratch, mark);
    if (status != SR_OK)
        return sr_fail_within(err, "checkpoint at step %" PRId64 " not saved",
                              state->steps);
    return SR_OK;
}

/* ---- what is intact ---- */

/* Is this file of the checkpoint in DIR as its SHA256SUMS, read as `sums`,
 * says?  Fails with SR_EWEIGHTS. */
static enum sr_status check_sum(const char *dir, const char *file,
                                const char *sums, struct sr_arena *scratch,
                                struct sr_err *err)
{
    char sum[SR_SHA256_TEXT], line[SR_SHA256_TEXT + 40];
    const char *path = sr_file_join(scratch, dir, file);
    if (!sr_file_exists(path))
        return sr_fail(err, SR_EWEIGHTS, "%s is missing", file);
    SR_TRY(sr_sha256_file(path, SR_EWEIGHTS, sum, err));
    snprintf(line, sizeof line, "%s  %s\n", sum, file);
    if (!strstr(sums, line))
        return sr_fail(err, SR_EWEIGHTS, "%s is not as %s says", file, SUMS);
    return SR_OK;
}

static enum sr_status read_sums(const char *dir, struct sr_arena *scratch,
                                const char **sums, struct sr_err *err)
{
    unsigned char *text;
    size_t size;
    const char *path = sr_file_join(scratch, dir, SUMS);
    if (!sr_file_exists(path))
        return sr_fail(err, SR_EWEIGHTS, "%s is missing", SUMS);
    SR_TRY(sr_file_read(path, 4096, SR_EWEIGHTS, scratch, &text, &size, err));
    *sums = (const char *)text;
    return SR_OK;
}

static enum sr_status check_sums(const char *dir, bool average,
                                 struct sr_arena *scratch, struct sr_err *err)
{
    const char *sums = "";
    SR_TRY(read_sums(dir, scratch, &sums, err));
    for (int i = 0; i < FILES; i++)
        if (has_file(i, average))
            SR_TRY(check_sum(dir, files[i], sums, scratch, err));
    return SR_OK;
}

enum sr_status sr_ckpt_check_file(const char *path, struct sr_arena *scratch,
                                  struct sr_err *err)
{
    const char *sums = "", *dir = sr_file_dir(scratch, path);
    enum sr_status status = read_sums(dir, scratch, &sums, err);
    if (status == SR_OK)
        status = check_sum(dir, sr_file_name(path), sums, scratch, err);
    return status == SR_OK ? SR_OK : sr_fail_within(err, "%s is damaged", dir);
}

static const char ASIDE[] = "damaged-";

static bool is_aside(const char *name)
{
    return strncmp(name, ASIDE, sizeof ASIDE - 1) == 0;
}

/* Hours of work are not begun anew unasked. */
static enum sr_status none_intact(const char *dir, int n, const char *damaged,
                                  struct sr_err *err)
{
    return sr_fail(err, SR_EWEIGHTS,
                   "%s: %s intact: %s; bring a copy back, or, to start over "
                   "from the first step, move that directory away",
                   dir,
                   n == 1 ? "the only checkpoint is not" : "no checkpoint is",
                   damaged);
}

/* The newest intact one of a directory's sorted names; -1 where there is none,
 * damaged or not. */
static enum sr_status find_intact(const char *dir, bool average,
                                  const char *const *names, int n,
                                  struct sr_arena *scratch, int *found,
                                  struct sr_err *err)
{
    char damaged[700] = "";
    int count = 0;
    for (int i = n - 1; i >= 0; i--) {
        const char *why = "set aside earlier";
        if (!is_checkpoint(names[i]) && !is_aside(names[i]))
            continue;
        if (is_checkpoint(names[i])) {
            if (check_sums(sr_file_join(scratch, dir, names[i]), average,
                           scratch, err) == SR_OK) {
                *found = i;
                return SR_OK;
            }
            why = err->text;
        }
        sr_text_add(damaged, sizeof damaged, "%s%s (%s)", count++ ? ", " : "",
                    names[i], why);
    }
    *found = -1;
    return count == 0 ? SR_OK : none_intact(dir, count, damaged, err);
}

enum sr_status sr_ckpt_check(const char *dir, bool average,
                             struct sr_arena *scratch, struct sr_err *err)
{
    const char *const *names;
    int n, found;
    if (!sr_file_is_dir(dir))
        return SR_OK;
    SR_TRY(sr_file_list(dir, SR_ERESOURCE, scratch, &names, &n, err));
    return find_intact(dir, average, names, n, scratch, &found, err);
}

/* ---- reading ---- */

/* The links of a run that was killed between a rename and its links. */
static enum sr_status mend_links(const struct sr_ckpt *c, const char *name,
                                 const char *best, struct sr_err *err)
{
    struct sr_arena *a = c->scratch;
    if (*best && sr_file_is_dir(sr_file_join(a, c->dir, best)))
        SR_TRY(sr_file_link(best, sr_file_join(a, c->dir, "best"), err));
    return sr_file_link(name, sr_file_join(a, c->dir, "last"), err);
}

static enum sr_status load_from(const struct sr_ckpt *c, const char *config,
                                const char *name, struct sr_train_state *state,
                                struct sr_err *err)
{
    struct sr_arena *a = c->scratch;
    const char *dir = sr_file_join(a, c->dir, name);
    struct sr_train_state found;
    SR_TRY(sr_train_state_read(sr_file_join(a, dir, STATE), &found, err));
    if (strcmp(found.config, config) != 0)
        return sr_fail(err, SR_ECONFIG,
                       "%s was made with other settings (config hash %.12s, "
                       "now %.12s)",
                       dir, found.config, config);
    if (c->average) {
        SR_TRY(sr_model_load(c->model, sr_file_join(a, dir, EMA), NULL, c->log,
                             err));
        sr_average_reset(c->average, c->model);
    }
    SR_TRY(sr_model_load(c->model, sr_file_join(a, dir, MODEL), NULL, c->log,
                         err));
    SR_TRY(sr_optim_read(c, sr_file_join(a, dir, OPTIM), err));
    *state = found;
    return mend_links(c, name, found.best.name, err);
}

static enum sr_status remove_half_written(const struct sr_ckpt *c,
                                          const char *const *names, int n,
                                          struct sr_err *err)
{
    for (int i = 0; i < n; i++)
        if (sr_text_ends_in(names[i], ".tmp"))
            SR_TRY(sr_file_remove_tree(
                sr_file_join(c->scratch, c->dir, names[i]), err));
    return SR_OK;
}

/* What is newer than the one that is used is damaged: out of the way, but not
 * deleted, for someone may want to look at it. */
static enum sr_status set_aside(const struct sr_ckpt *c,
                                const char *const *names, int n, int used,
                                struct sr_err *err)
{
    for (int i = n - 1; i > used; i--) {
        struct sr_err why;
        const char *path = sr_file_join(c->scratch, c->dir, names[i]);
        if (!is_checkpoint(names[i]))
            continue;
        check_sums(path, c->average != NULL, c->scratch, &why);
        const char *aside =
            sr_arena_format(c->scratch, "%s/%s%s", c->dir, ASIDE, names[i]);
        sr_log_warn(c->log,
                    "checkpoint %s is damaged: %s; set aside as %s%s, going on "
                    "from %s",
                    names[i], why.text, ASIDE, names[i], names[used]);
        SR_TRY(sr_file_remove_tree(aside, err));
        SR_TRY(sr_file_rename(path, aside, err));
    }
    return SR_OK;
}

static enum sr_status load(const struct sr_ckpt *c, const char *config,
                           struct sr_train_state *state, bool *found,
                           struct sr_err *err)
{
    const char *const *names;
    int n, newest;
    *found = false;
    if (!sr_file_is_dir(c->dir))
        return SR_OK;
    SR_TRY(sr_file_list(c->dir, SR_ERESOURCE, c->scratch, &names, &n, err));
    SR_TRY(remove_half_written(c, names, n, err));
    SR_TRY(find_intact(c->dir, c->average != NULL, names, n, c->scratch,
                       &newest, err));
    if (newest < 0)
        return SR_OK;
    SR_TRY(set_aside(c, names, n, newest, err));
    *found = true;
    return load_from(c, config, names[newest], state, err);
}

enum sr_status sr_ckpt_load(const struct sr_ckpt *c, const char *config,
                            struct sr_train_state *state, bool *found,
                            struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(c->scratch);
    const enum sr_status status = load(c, config, state, found, err);
    sr_arena_release(c->scratch, mark);
    return status;
}
