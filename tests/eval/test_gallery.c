#include "eval/gallery.h"

#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "eval/little.h"
#include "eval/part.h"
#include "model/safetensors.h"
#include "test.h"

enum { N = 40, PIXELS = LITTLE_PIXELS, CLASSES = LITTLE_CLASSES };

static const char *path_of(const char *name)
{
    return sr_file_join(sr_test_arena(), sr_test_dir(), name);
}

/* Everything an evaluation with images needs. */
struct scene {
    struct sr_data *data;
    struct sr_model *model;
    struct sr_eval_opts opts;
    struct sr_eval_keep keep;
};

static struct scene *scene(const char *attacks)
{
    struct scene *s = SR_TAKE(sr_test_arena(), 1, struct scene);

    s->data = little_data(N);
    s->model = little_net("silu", NULL, NULL, 2, 16);
    little_label(s->data, s->model);
    s->opts = little_opts(attacks);
    s->opts.batch_size = 7;
    s->keep = (struct sr_eval_keep){.path = path_of("x.part"),
                                    .about = json_pack("{s:i}", "seed", 5),
                                    .seconds = 1e9,
                                    .images = path_of("x.safetensors")};
    s->opts.keep = &s->keep;
    return s;
}

static enum sr_status run(const struct scene *s, struct sr_eval *eval,
                          struct sr_err *err)
{
    return sr_eval_run(&s->opts, 5, s->data, s->model, little_log(),
                       sr_test_arena(), eval, err);
}

static int64_t *numbers(const struct sr_tensors *file, const char *name)
{
    const struct sr_tensor *t = sr_tensors_find(file, name);
    struct sr_err err;
    ck_assert_ptr_nonnull(t);
    int64_t *v = SR_TAKE(sr_test_arena(), t->count, int64_t);
    SR_GOOD(sr_tensors_bytes(file, t, 0, t->count * 8, v, &err), err);
    return v;
}

static float *floats(const struct sr_tensors *file, const char *name)
{
    const struct sr_tensor *t = sr_tensors_find(file, name);
    struct sr_err err;
    ck_assert_ptr_nonnull(t);
    float *v = SR_TAKE(sr_test_arena(), t->count, float);
    SR_GOOD(sr_tensors_floats(file, t, v, &err), err);
    return v;
}

/* The clean image is the data's, the other one in the ball of 0.1 and [0, 1],
 * and the network says to it what is written: rounding of x + 0.1 is at most
 * 6e-8. */
static void check_image(const struct scene *s, int i, const float *clean,
                        const float *adv, const struct sr_verdict *v,
                        float distance)
{
    const struct sr_split *split = &s->data->split[SR_TEST];
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    struct sr_par *par = sr_model_oracle(s->model, &pass).engine->par;
    float x[PIXELS], z[CLASSES], far = 0;
    struct sr_err err;
    uint64_t id;
    int y;

    SR_GOOD(sr_data_fill(s->data, split, par, 1, &i, NULL, x, &y, &id, &err),
            err);
    for (int j = 0; j < PIXELS; j++) {
        ck_assert_float_eq(clean[j], x[j]); /* one channel: no order */
        far = fmaxf(far, fabsf(adv[j] - x[j]));
        ck_assert(adv[j] >= 0 && adv[j] <= 1);
    }
    ck_assert_float_le(far, 0.1f + 1e-6f);
    ck_assert_float_eq(far, distance);
    ck_assert_float_eq(far, v->distance);
    ck_assert((far == 0) == (v->broken_by < 0));
    sr_model_forward(s->model, &pass, 1, adv, z);
    ck_assert_int_eq(sr_argmax(CLASSES, z), v->adversarial);
}

START_TEST(what_the_verdicts_are_about)
{
    const struct scene *s = scene("pgd-1,autoattack");
    const char *const stages[] = {"pgd-1", "autoattack/apgd-ce"};
    struct sr_tensors file;
    struct sr_eval e;
    struct sr_err err;
    int by[2] = {0}, whole = 0;

    SR_GOOD(run(s, &e, &err), err);
    SR_GOOD(sr_tensors_open(s->keep.images, sr_test_arena(), &file, &err), err);
    const float *clean = floats(&file, "clean");
    const float *adv = floats(&file, "adversarial");
    const float *distance = floats(&file, "distances");
    const int64_t *broken_by = numbers(&file, "broken_by");
    for (int i = 0; i < N; i++) {
        const struct sr_verdict *v = &e.verdict[i];
        check_image(s, i, clean + i * PIXELS, adv + i * PIXELS, v, distance[i]);
        ck_assert_int_eq(numbers(&file, "labels")[i], v->label);
        ck_assert_int_eq(numbers(&file, "indices")[i], v->index);
        ck_assert_int_eq(numbers(&file, "clean_predictions")[i], v->clean);
        ck_assert_int_eq(numbers(&file, "predictions")[i], v->adversarial);
        ck_assert_int_eq(numbers(&file, "steps")[i], v->step);
        ck_assert_int_eq(broken_by[i],
                         v->broken_by < 1 ? v->broken_by : 1 + v->stage);
        if (broken_by[i] == 0 || broken_by[i] == 1)
            by[broken_by[i]]++;
        whole += v->broken_by < 0;
    }
    ck_assert_int_gt(whole, 0); /* all that is compared is there */
    ck_assert_int_gt(by[0], 0);
    ck_assert_int_gt(by[1], 0);
    const char *legend = sr_tensors_meta(&file, "attacks");
    ck_assert_int_eq(strncmp(legend, stages[0], 5), 0);
    ck_assert_ptr_eq(strstr(legend, stages[1]), legend + 6);
    sr_tensors_close(&file);
}
END_TEST

/* A part that knows the first images alone, as after a kill. */
static void forget(const struct scene *s, struct sr_eval *e, int seen)
{
    struct sr_err err;
    e->seen = seen;
    SR_GOOD(sr_part_write(&s->keep, CLASSES, e, &err), err);
}

static const unsigned char *bytes_of(const char *path, size_t *size)
{
    unsigned char *bytes;
    struct sr_err err;
    SR_GOOD(sr_file_read(path, 1 << 24, SR_EDATA, sr_test_arena(), &bytes, size,
                         &err),
            err);
    return bytes;
}

START_TEST(goes_on_to_the_same_file)
{
    const struct scene *s = scene("pgd-3");
    struct sr_eval e;
    struct sr_err err;
    size_t size, again;

    SR_GOOD(run(s, &e, &err), err);
    const unsigned char *want = bytes_of(s->keep.images, &size);
    for (int seen = 0; seen <= N; seen += 8) {
        forget(s, &e, seen);
        SR_GOOD(run(s, &e, &err), err);
        const unsigned char *got = bytes_of(s->keep.images, &again);
        ck_assert_uint_eq(again, size);
        ck_assert_int_eq(memcmp(want, got, size), 0);
    }
}
END_TEST

START_TEST(shares_have_their_own)
{
    struct scene *s = scene("fgsm");
    struct sr_tensors file;
    struct sr_eval e;
    struct sr_err err;

    s->opts.share = (struct sr_share){2, 3};
    SR_GOOD(run(s, &e, &err), err);
    SR_GOOD(sr_tensors_open(s->keep.images, sr_test_arena(), &file, &err), err);
    ck_assert_int_eq((int)sr_tensors_find(&file, "clean")->shape[0], 13);
    for (int i = 0; i < 13; i++) {
        ck_assert_int_eq(numbers(&file, "indices")[i],
                         s->data->split[SR_TEST].index[1 + 3 * i]);
        check_image(s, 1 + 3 * i, floats(&file, "clean") + i * PIXELS,
                    floats(&file, "adversarial") + i * PIXELS, &e.verdict[i],
                    floats(&file, "distances")[i]);
    }
    sr_tensors_close(&file);
}
END_TEST

START_TEST(what_cannot_be_gone_on_with)
{
    struct scene *s = scene("pgd-3");
    struct sr_eval e;
    struct sr_err err;

    SR_GOOD(run(s, &e, &err), err);
    const char *images = s->keep.images;
    remove(images);
    SR_BAD(run(s, &e, &err), err, SR_EUSAGE, "the images are gone");
    SR_GOOD(sr_file_write(images, "another's", 9, &err), err);
    SR_BAD(run(s, &e, &err), err, SR_EUSAGE, "the images are gone");
    ck_assert_int_eq((int)sr_file_size(images), 9); /* left alone */
    s->keep.images = path_of("y.safetensors");
    SR_BAD(run(s, &e, &err), err, SR_EUSAGE, "not in");
    s->keep.images = NULL;
    SR_GOOD(run(s, &e, &err), err);
    s->keep.images = images;
    SR_BAD(run(s, &e, &err), err, SR_EUSAGE, "not kept");
}
END_TEST

/* An image that is no longer what it was is found, whichever way: outside its
 * ball, or seen as another class. */
START_TEST(every_image_is_looked_at)
{
    const struct scene *s = scene("pgd-3");
    struct sr_tensors file;
    struct sr_eval e;
    struct sr_err err;
    size_t size;
    int broken = 0;

    SR_GOOD(run(s, &e, &err), err);
    while (e.verdict[broken].broken_by < 0)
        broken++;
    SR_GOOD(sr_tensors_open(s->keep.images, sr_test_arena(), &file, &err), err);
    const float *clean = floats(&file, "clean") + broken * PIXELS;
    const int64_t at = file.data +
                       sr_tensors_find(&file, "adversarial")->begin +
                       4 * broken * PIXELS;
    sr_tensors_close(&file);
    unsigned char *bytes = (unsigned char *)bytes_of(s->keep.images, &size);
    memcpy(bytes + at, clean, PIXELS * sizeof *clean);
    SR_GOOD(sr_file_write(s->keep.images, bytes, size, &err), err);
    SR_BAD(run(s, &e, &err), err, SR_EVERIFY, "is predicted as");
    memset(bytes + at, 0, PIXELS * sizeof *clean);
    const char *part =
        sr_arena_format(sr_test_arena(), "%s.part", s->keep.images);
    SR_GOOD(sr_file_write(part, bytes, size, &err), err);
    SR_BAD(run(s, &e, &err), err, SR_EVERIFY, "outside its linf ball");
}
END_TEST

START_TEST(where_nothing_can_be_written)
{
    struct scene *s = scene("fgsm");
    struct sr_eval e;
    struct sr_err err;
    s->keep.images = path_of("no/such/file");
    SR_BAD(run(s, &e, &err), err, SR_ERESOURCE, "no/such/file.part");
}
END_TEST

/* y [c][h][w] of x [h][w][c], and back, for two images. */
START_TEST(channels)
{
    const struct sr_data data = {.h = 3, .w = 2, .c = 4};
    const float *x = noise(2 * 24, 1);
    float *y = noise(2 * 24, 2), *back = noise(2 * 24, 3);

    sr_channels_first(&data, 2, x, y);
    sr_channels_last(&data, 2, y, back);
    for (int i = 0; i < 2; i++)
        for (int h = 0; h < 3; h++)
            for (int w = 0; w < 2; w++)
                for (int c = 0; c < 4; c++)
                    ck_assert_float_eq(y[((i * 4 + c) * 3 + h) * 2 + w],
                                       x[((i * 3 + h) * 2 + w) * 4 + c]);
    ck_assert_int_eq(memcmp(x, back, 2 * 24 * sizeof *x), 0);
}
END_TEST

SR_SUITE(eval_gallery)
{
    return sr_suite(
        "eval/gallery",
        (const TTest *[]){what_the_verdicts_are_about, goes_on_to_the_same_file,
                          shares_have_their_own, what_cannot_be_gone_on_with,
                          every_image_is_looked_at,
                          where_nothing_can_be_written, channels, NULL});
}
