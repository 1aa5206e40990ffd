#include "data_survey.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/look.h"
#include "eval/eval.h"

enum { BATCH = 64 };

/* One image of a batch. */
struct seen {
    struct sr_look look;
    double sum[SR_SURVEY_CHANNELS], square[SR_SURVEY_CHANNELS];
    struct sr_err err;
};

struct batch {
    const struct sr_data *data;
    const struct sr_split *split;
    int begin, n;
    struct sr_arena **scratch; /* [threads] */
    struct seen *seen;         /* [BATCH]   */
};

static void add_up(const float *x, size_t floats, size_t c, struct seen *seen)
{
    for (size_t k = 0; k < c; k++)
        seen->sum[k] = seen->square[k] = 0;
    for (size_t i = 0; i < floats; i++) {
        seen->sum[i % c] += x[i];
        seen->square[i % c] += (double)x[i] * x[i];
    }
}

static void look_piece(void *job, int piece, int worker)
{
    const struct batch *b = job;
    const size_t c = (size_t)b->data->c;
    const size_t floats = (size_t)b->data->h * (size_t)b->data->w * c;
    struct sr_arena *scratch = b->scratch[worker];
    struct seen *seen = &b->seen[piece];
    const struct sr_mark before = sr_arena_mark(scratch);
    float *x = SR_TAKE(scratch, floats, float);
    seen->err.status = SR_OK;
    if (sr_look(b->data, b->split, b->begin + piece, scratch, x, &seen->look,
                &seen->err) == SR_OK)
        add_up(x, floats, c, seen);
    sr_arena_release(scratch, before);
}

static void widen(struct sr_spread *spread, long long value, bool first)
{
    if (first || value < spread->min)
        spread->min = value;
    if (first || value > spread->max)
        spread->max = value;
    spread->sum += value;
}

static void count_kind(json_t *kinds, const char *kind)
{
    const json_t *old = json_object_get(kinds, kind);
    json_object_set_new(kinds, kind, json_integer(json_integer_value(old) + 1));
}

static void take_look(struct sr_survey *s, const struct sr_look *look)
{
    const bool first = s->images == s->damaged;
    count_kind(s->kinds, look->kind);
    s->grey += look->grey;
    s->cmyk += look->cmyk;
    s->misnamed += look->misnamed;
    widen(&s->w, look->w, first);
    widen(&s->h, look->h, first);
    widen(&s->bytes, look->bytes, first);
}

static void take_damage(struct sr_survey *s, const struct sr_err *err)
{
    if (s->damaged++ < SR_SURVEY_LISTED)
        json_array_append_new(s->why, json_string(err->text));
}

/* One that could be read. */
static void take_seen(struct sr_survey *s, enum sr_split_name which, int label,
                      const struct seen *seen)
{
    take_look(s, &seen->look);
    for (int k = 0; k < s->data->c && which == SR_TRAIN; k++) {
        s->sum[k] += seen->sum[k];
        s->square[k] += seen->square[k];
    }
    s->sight[s->sights++] =
        (struct sr_sight){seen->look.content, label, which == SR_TEST};
}

static enum sr_status take_batch(struct sr_survey *s, enum sr_split_name which,
                                 const struct batch *b, struct sr_err *err)
{
    for (int i = 0; i < b->n; i++) {
        const struct seen *seen = &b->seen[i];
        if (seen->err.status == SR_OK) {
            take_seen(s, which, b->split->label[b->begin + i], seen);
        } else if (seen->err.status == SR_EDATA) {
            take_damage(s, &seen->err);
        } else {
            *err = seen->err;
            return err->status;
        }
        s->images++;
    }
    return SR_OK;
}

static enum sr_status walk(struct sr_survey *s, enum sr_split_name which,
                           struct sr_par *par, struct batch *b,
                           struct sr_err *err)
{
    b->split = &s->data->split[which];
    for (b->begin = 0; b->begin < b->split->n; b->begin += b->n) {
        const int left = b->split->n - b->begin;
        b->n = left < BATCH ? left : BATCH;
        sr_par_run(par, b->n, look_piece, b);
        SR_TRY(take_batch(s, which, b, err));
        sr_log_progress(s->call->log, sr_split_word((int)which),
                        b->begin + b->n, b->split->n, "");
    }
    sr_log_progress_end(s->call->log);
    return SR_OK;
}

/* Are the test images others than the training images? */
static bool own_images(const struct sr_data *data, enum sr_split_name which)
{
    return which != SR_TEST ||
           data->split[SR_TEST].images != data->split[SR_TRAIN].images;
}

static enum sr_status walk_all(struct sr_survey *s, struct sr_par *par,
                               struct sr_err *err)
{
    const int threads = sr_par_threads(par);
    struct batch b = {.data = s->data};
    b.seen = SR_TAKE(s->call->arena, BATCH, struct seen);
    b.scratch = SR_TAKE(s->call->arena, threads, struct sr_arena *);
    for (int i = 0; i < threads; i++)
        b.scratch[i] = sr_arena_new(NULL);
    enum sr_status status = SR_OK;
    for (int i = 0; i < SR_SPLITS && status == SR_OK; i++)
        if (own_images(s->data, (enum sr_split_name)i))
            status = walk(s, (enum sr_split_name)i, par, &b, err);
    for (int i = 0; i < threads; i++)
        sr_arena_free(b.scratch[i]);
    return status;
}

enum sr_status sr_data_survey(const struct sr_call *call, struct sr_data *data,
                              int threads, struct sr_survey *s,
                              struct sr_err *err)
{
    struct sr_par *par;
    int images = 0;
    *s = (struct sr_survey){.call = call, .data = data};
    for (int i = 0; i < SR_SPLITS; i++)
        images += data->split[i].n;
    s->sight = SR_TAKE(call->arena, images, struct sr_sight);
    s->why = json_array();
    s->kinds = json_object();
    SR_TRY(sr_par_open(threads, &par, err));
    const enum sr_status status = walk_all(s, par, err);
    sr_par_close(par);
    return status;
}

/* ---- what is there twice ---- */

static int by_content(const void *left, const void *right)
{
    const struct sr_sight *a = left, *b = right;
    if (a->content != b->content)
        return a->content < b->content ? -1 : 1;
    return a->test != b->test ? a->test - b->test
                              : (a->label > b->label) - (a->label < b->label);
}

/* Training images come before test images of the same content. */
struct sr_repeats sr_survey_repeats(struct sr_survey *s)
{
    struct sr_repeats found = {0};
    qsort(s->sight, (size_t)s->sights, sizeof *s->sight, by_content);
    const struct sr_sight *first = s->sight;
    for (int i = 1; i < s->sights; i++) {
        const struct sr_sight *it = &s->sight[i];
        if (it->content != first->content) {
            first = it;
            continue;
        }
        found.images++;
        found.other_label += it->label != first->label;
        found.leaked += it->test && !first->test;
    }
    return found;
}

/* ---- telling ---- */

static double mean_of(const struct sr_survey *s, const struct sr_spread *spread)
{
    const int read = s->images - s->damaged;
    return read > 0 ? (double)spread->sum / read : 0;
}

static json_t *spread_json(const struct sr_survey *s,
                           const struct sr_spread *spread)
{
    return json_pack("{sI sf sI}", "min", (json_int_t)spread->min, "mean",
                     mean_of(s, spread), "max", (json_int_t)spread->max);
}

json_t *sr_survey_json(const struct sr_survey *s)
{
    json_t *json =
        json_pack("{sO si si si so so}", "kinds", s->kinds, "grey", s->grey,
                  "cmyk", s->cmyk, "misnamed", s->misnamed, "width",
                  spread_json(s, &s->w), "height", spread_json(s, &s->h));
    if (s->bytes.sum > 0)
        json_object_set_new(json, "file_bytes", spread_json(s, &s->bytes));
    return json;
}

static void print_spread(const struct sr_survey *s, const char *what,
                         const struct sr_spread *spread)
{
    printf("  %-10s %lld to %lld, mean %.1f\n", what, spread->min, spread->max,
           mean_of(s, spread));
}

void sr_survey_print(const struct sr_survey *s)
{
    const char *kind;
    json_t *count;
    if (s->bytes.sum == 0)
        return;
    printf("as stored:");
    json_object_foreach (s->kinds, kind, count) {
        printf(" %lld %s,", (long long)json_integer_value(count), kind);
    }
    printf(" of these %d grey, %d CMYK, %d named as another kind\n", s->grey,
           s->cmyk, s->misnamed);
    print_spread(s, "width", &s->w);
    print_spread(s, "height", &s->h);
    print_spread(s, "file bytes", &s->bytes);
}
