#include <stdio.h>

#include "base/clock.h"
#include "data_verbs.h"
#include "document.h"

/* Enough images for a steady figure, few enough for a short wait. */
enum { MOST_IMAGES = 256, ROUNDS = 5 };

/* What is timed: the first images of the training set as one batch. */
struct bench {
    const struct sr_call *call;
    struct sr_data *data;
    struct sr_par *par;
    int n, *pos, *y;
    float *x;
    uint64_t *id;
    double best[2]; /* seconds a batch: without and with random changes */
};

static enum sr_status fill(const struct bench *b,
                           const struct sr_augment *augment, double *seconds,
                           struct sr_err *err)
{
    const double begin = sr_clock_seconds();
    SR_TRY(sr_data_fill(b->data, &b->data->split[SR_TRAIN], b->par, b->n,
                        b->pos, augment, b->x, b->y, b->id, err));
    *seconds = sr_clock_seconds() - begin;
    return SR_OK;
}

/* The first round reads files from the disk and does not count. */
static enum sr_status measure(struct bench *b, struct sr_err *err)
{
    for (int round = 0; round <= ROUNDS; round++)
        for (int k = 0; k < 2; k++) {
            const struct sr_augment augment = {.epoch = (uint64_t)round};
            double took;
            SR_TRY(fill(b, k ? &augment : NULL, &took, err));
            if (round == 1 || (round > 1 && took < b->best[k]))
                b->best[k] = took;
            sr_log_progress(b->call->log, "rounds", round, ROUNDS, "");
        }
    sr_log_progress_end(b->call->log);
    return SR_OK;
}

static json_t *speed(const struct bench *b, const char *step, double seconds)
{
    const double rate = b->n / seconds;
    return json_pack("{ss sf sf sf}", "step", step, "seconds", seconds,
                     "images_per_s", rate, "images_per_s_and_thread",
                     rate / sr_par_threads(b->par));
}

static json_t *document_of(const struct bench *b)
{
    json_t *document = sr_data_head("satrun.data.bench/1", b->data);
    json_object_set_new(document, "images", json_integer(b->n));
    json_object_set_new(document, "threads",
                        json_integer(sr_par_threads(b->par)));
    json_object_set_new(document, "steps",
                        json_pack("[oo]", speed(b, "evaluation", b->best[0]),
                                  speed(b, "training", b->best[1])));
    return document;
}

static void print(const struct bench *b, const json_t *document)
{
    size_t i;
    json_t *step;
    printf("%s: %s\n%d images of %d x %d x %d, %d threads\n",
           b->data->opts->dataset, b->data->path, b->n, b->data->h, b->data->w,
           b->data->c, sr_par_threads(b->par));
    printf("%-12s %12s %18s\n", "", "images/s", "of one thread");
    json_array_foreach (json_object_get(document, "steps"), i, step) {
        printf(
            "%-12s %12.1f %18.1f\n",
            json_string_value(json_object_get(step, "step")),
            json_real_value(json_object_get(step, "images_per_s")),
            json_real_value(json_object_get(step, "images_per_s_and_thread")));
    }
}

static void make_batch(struct bench *b)
{
    struct sr_arena *arena = b->call->arena;
    const struct sr_data *data = b->data;
    const int all = data->split[SR_TRAIN].n;
    b->n = all < MOST_IMAGES ? all : MOST_IMAGES;
    const size_t floats = (size_t)data->h * (size_t)data->w * (size_t)data->c;
    b->pos = SR_TAKE(arena, b->n, int);
    b->y = SR_TAKE(arena, b->n, int);
    b->id = SR_TAKE(arena, b->n, uint64_t);
    b->x = SR_TAKE(arena, (size_t)b->n * floats, float);
    for (int i = 0; i < b->n; i++)
        b->pos[i] = i;
}

enum sr_status sr_data_bench(const struct sr_call *call,
                             const struct sr_exp *exp, struct sr_data *data,
                             struct sr_err *err)
{
    struct bench b = {.call = call, .data = data};
    SR_TRY(sr_par_open((int)exp->engine.threads, &b.par, err));
    make_batch(&b);
    const enum sr_status status = measure(&b, err);
    if (status == SR_OK) {
        json_t *document = document_of(&b);
        if (!call->common.json)
            print(&b, document);
        else
            sr_document_print(document);
        json_decref(document);
    }
    sr_par_close(b.par);
    return status;
}
