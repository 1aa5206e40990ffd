/* An evaluation as JSON and CSV. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "eval/eval.h"
#include "report/stats.h"

void sr_eval_interval(int correct, int images, double *low, double *high)
{
    const struct sr_interval both = sr_stats_wilson(correct, images);
    *low = both.low;
    *high = both.high;
}

static json_t *proportion(int correct, int images)
{
    double low, high;
    sr_eval_interval(correct, images, &low, &high);
    return json_pack("{s:i, s:f, s:[f, f]}", "correct", correct, "accuracy",
                     (double)correct / images, "interval_95", low, high);
}

static json_t *settings(const struct sr_attack_opts *o)
{
    return json_pack(
        "{s:f, s:I, s:I, s:b, s:b, s:s, s:s, s:s, s:I}", "step_size",
        o->step_size, "steps", (json_int_t)o->steps, "restarts",
        (json_int_t)o->restarts, "random_start", o->random_start, "targeted",
        o->targeted, "keep", sr_keep_name(o->keep), "loss",
        sr_attack_loss_name(o->loss), "batchnorm",
        sr_bn_mode_name(o->batchnorm), "targets", (json_int_t)o->targets);
}

static json_t *cost(const struct sr_eval_stage *s)
{
    return json_pack("{s:i, s:i, s:f, s:I, s:I}", "attacked", s->attacked,
                     "broken", s->broken, "seconds", s->seconds, "forwards",
                     (json_int_t)s->forwards, "backwards",
                     (json_int_t)s->backwards);
}

static json_t *stages(const struct sr_eval_attack *a)
{
    json_t *list = json_array();
    for (int i = 0; i < a->stages; i++) {
        json_t *stage = json_pack("{s:s}", "attack", a->stage[i].opts.name);
        json_object_update_new(stage, settings(&a->stage[i].opts));
        json_object_update_new(stage, cost(&a->stage[i]));
        json_array_append_new(list, stage);
    }
    return list;
}

json_t *sr_eval_attack_json(const struct sr_eval_attack *a, int images)
{
    const struct sr_attack_opts *o = &a->stage[0].opts;
    const struct sr_eval_stage total = sr_eval_total(a);
    json_t *all = json_pack("{s:s, s:s, s:f}", "attack", a->word, "norm",
                            sr_norm_name(o->norm), "epsilon", o->epsilon);

    if (a->stages == 1)
        json_object_update_new(all, settings(o));
    json_object_set_new(all, "robust", proportion(a->robust, images));
    json_object_update_new(all, cost(&total));
    if (a->stages > 1)
        json_object_set_new(all, "stages", stages(a));
    return all;
}

static json_t *warnings(const struct sr_warnings *w)
{
    json_t *list = json_array();
    for (int i = 0; i < w->n; i++)
        json_array_append_new(list, json_string(w->text[i]));
    return list;
}

json_t *sr_eval_json(const struct sr_eval_opts *opts,
                     const struct sr_eval *eval)
{
    json_t *attacks = json_array();

    for (int a = 0; a < eval->attacks; a++)
        json_array_append_new(
            attacks, sr_eval_attack_json(&eval->attack[a], eval->images));
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:s, s:I, s:b, s:f}",
                     "schema", "satrun.eval/1", "images", eval->images, "split",
                     sr_split_word(opts->split), "clean",
                     proportion(eval->clean, eval->images), "attacks", attacks,
                     "worst_case", proportion(eval->worst, eval->images),
                     "warnings", warnings(&eval->warnings), "backward",
                     sr_backward_name(opts->backward), "batch_size",
                     (json_int_t)opts->batch_size, "sanity", opts->sanity,
                     "seconds", eval->seconds);
}

static void write_line(const struct sr_eval *eval, const struct sr_verdict *v,
                       FILE *out)
{
    const struct sr_eval_attack *a =
        v->broken_by >= 0 ? &eval->attack[v->broken_by] : NULL;
    fprintf(out, "%d,%d,%d,%d,%s,%d,%.7g,", v->index, v->label, v->clean,
            v->robust,
            a           ? a->word
            : v->robust ? ""
                        : "clean",
            v->adversarial, (double)v->distance);
    if (a)
        fprintf(out, "%s,%lld\n", a->stage[v->stage].opts.name, v->step);
    else
        fputs(",\n", out);
}

static void write_lines(const struct sr_eval *eval, FILE *out)
{
    fprintf(out, "index,label,clean,robust,broken_by,adversarial,distance,"
                 "attack,step\n");
    for (int i = 0; i < eval->images; i++)
        write_line(eval, &eval->verdict[i], out);
}

enum sr_status sr_eval_write_csv(const struct sr_eval *eval, const char *path,
                                 struct sr_err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return sr_fail_errno(err, SR_ERESOURCE, "write", path);
    write_lines(eval, out);
    const bool failed = ferror(out) != 0;
    const enum sr_status status =
        fclose(out) != 0 || failed
            ? sr_fail_errno(err, SR_ERESOURCE, "write", path)
            : sr_file_write(path, text, size, err);
    free(text);
    return status;
}
