#include "attack_files.h"

#include <string.h>

#include "base/file.h"
#include "eval/gallery.h"
#include "model/safetensors.h"
#include "report/png.h"

static enum sr_status write_png(const char *dir, const char *kind,
                                const struct sr_data *data, int index,
                                const float *x, struct sr_arena *arena,
                                struct sr_err *err)
{
    const size_t pixels = (size_t)data->h * (size_t)data->w * (size_t)data->c;
    const struct sr_mark mark = sr_arena_mark(arena);
    unsigned char *bytes = SR_TAKE(arena, pixels, unsigned char);
    const char *path =
        sr_arena_format(arena, "%s/%s/%05d.png", dir, kind, index);

    sr_png_bytes(pixels, x, bytes);
    const enum sr_status status =
        sr_png_write(path, data->h, data->w, data->c, bytes, err);
    sr_arena_release(arena, mark);
    return status;
}

static enum sr_status write_pngs(const char *dir, const char *kind,
                                 const struct sr_examples *e, const float *x,
                                 const struct sr_setup *s, struct sr_err *err)
{
    SR_TRY(sr_file_mkdir(sr_file_join(s->arena, dir, kind), err));
    for (int i = 0; i < e->n; i++)
        SR_TRY(write_png(dir, kind, s->data, e->index[i],
                         x + (size_t)i * e->pixels, s->arena, err));
    return SR_OK;
}

static float *channels_first(const struct sr_examples *e, const float *x,
                             const struct sr_data *data, struct sr_arena *arena)
{
    float *y = SR_TAKE(arena, (size_t)e->n * e->pixels, float);
    sr_channels_first(data, e->n, x, y);
    return y;
}

static int64_t *classes_of(const struct sr_saying *says, int n,
                           struct sr_arena *arena)
{
    int64_t *v = SR_TAKE(arena, n, int64_t);
    for (int i = 0; i < n; i++)
        v[i] = says[i].class;
    return v;
}

static int64_t *widened(const int *v, int n, struct sr_arena *arena)
{
    int64_t *wide = SR_TAKE(arena, n, int64_t);
    for (int i = 0; i < n; i++)
        wide[i] = v[i];
    return wide;
}

static struct sr_tensor_out images(const char *name,
                                   const struct sr_examples *e, const float *x,
                                   const struct sr_setup *s)
{
    return (struct sr_tensor_out){name,
                                  SR_DTYPE_F32,
                                  4,
                                  {e->n, s->data->c, s->data->h, s->data->w},
                                  channels_first(e, x, s->data, s->arena)};
}

static struct sr_tensor_out whole(const char *name, int n, const int64_t *v)
{
    return (struct sr_tensor_out){name, SR_DTYPE_I64, 1, {n}, v};
}

static enum sr_status write_tensors(const char *path,
                                    const struct sr_examples *e,
                                    const struct sr_setup *s,
                                    struct sr_err *err)
{
    struct sr_arena *a = s->arena;
    const struct sr_mark mark = sr_arena_mark(a);
    const struct sr_tensor_out tensors[] = {
        images("clean", e, e->clean, s),
        images("adversarial", e, e->adversarial, s),
        whole("labels", e->n, widened(e->label, e->n, a)),
        whole("indices", e->n, widened(e->index, e->n, a)),
        whole("clean_predictions", e->n, classes_of(e->before, e->n, a)),
        whole("predictions", e->n, classes_of(e->after, e->n, a)),
    };
    const struct sr_meta meta[] = {
        {"attack", e->attack.word},
        {"norm", sr_norm_name(e->attack.stage[0].opts.norm)},
        {"epsilon",
         sr_arena_format(a, "%.17g", e->attack.stage[0].opts.epsilon)},
        {"dataset", s->exp->data.dataset},
    };
    const enum sr_status status =
        sr_tensors_write(path, sizeof tensors / sizeof *tensors, tensors,
                         sizeof meta / sizeof *meta, meta, err);
    sr_arena_release(a, mark);
    return status;
}

static enum sr_status write_into(const char *dir, const struct sr_examples *e,
                                 const struct sr_setup *s,
                                 const json_t *summary, struct sr_err *err)
{
    struct sr_arena *a = s->arena;

    SR_TRY(sr_file_mkdir(dir, err));
    SR_TRY(write_pngs(dir, "clean", e, e->clean, s, err));
    SR_TRY(write_pngs(dir, "adversarial", e, e->adversarial, s, err));
    SR_TRY(
        write_tensors(sr_file_join(a, dir, "images.safetensors"), e, s, err));
    SR_TRY(sr_attack_grid_write(sr_file_join(a, dir, "grid.png"), e, s, err));
    return sr_json_write(sr_file_join(a, dir, "summary.json"), summary, err);
}

enum sr_status sr_attack_files_check(const char *dir, struct sr_arena *arena,
                                     struct sr_err *err)
{
    const char *const *names;
    int n = 0;

    if (sr_file_is_dir(dir))
        SR_TRY(sr_file_list(dir, SR_EUSAGE, arena, &names, &n, err));
    else if (sr_file_exists(dir))
        return sr_fail(err, SR_EUSAGE, "%s is there already and no directory",
                       dir);
    if (n > 0 &&
        (!sr_file_exists(sr_file_join(arena, dir, "images.safetensors")) ||
         !sr_file_exists(sr_file_join(arena, dir, "summary.json"))))
        return sr_fail(err, SR_EUSAGE,
                       "%s is there already and is not what satrun attack "
                       "writes; name another directory",
                       dir);
    return SR_OK;
}

/* Make way for dir: remove what an earlier call has written, nothing else. */
static enum sr_status clear(const char *dir, struct sr_arena *arena,
                            struct sr_err *err)
{
    SR_TRY(sr_attack_files_check(dir, arena, err));
    return sr_file_remove_tree(dir, err);
}

enum sr_status sr_attack_files_write(const char *dir,
                                     const struct sr_examples *e,
                                     const struct sr_setup *setup,
                                     const json_t *summary, struct sr_err *err)
{
    const char *beside = sr_arena_format(setup->arena, "%s.tmp", dir);
    struct sr_err ignored;

    SR_TRY(sr_file_remove_tree(beside, err));
    SR_TRY(sr_file_mkdir(beside, err));
    enum sr_status status = write_into(beside, e, setup, summary, err);
    if (status == SR_OK)
        status = clear(dir, setup->arena, err);
    if (status == SR_OK)
        status = sr_file_rename(beside, dir, err);
    if (status != SR_OK)
        sr_file_remove_tree(beside, &ignored);
    return status;
}
