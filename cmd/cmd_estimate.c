/* satrun estimate: how long training will take, before it is begun. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "document.h"
#include "estimate.h"
#include "report/table.h"
#include "run_place.h"
#include "sweep/job.h"
#include "train/ckpt.h"

struct flags {
    long long steps;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_INT(struct flags, steps, "5", 1, SR_ESTIMATE_STEPS_MAX, "",
           "training steps to time at least, after two to warm up; they go on for a "
           "second and a half"),
    {.key = NULL}
};
/* clang-format on */

/* ---- the table ---- */

static double number(const json_t *object, const char *part, const char *key)
{
    const json_t *in = part ? json_object_get(object, part) : object;
    return json_number_value(json_object_get(in, key));
}

static json_t *span(double seconds)
{
    char text[32];
    sr_clock_span(seconds, text, sizeof text);
    return json_string(text);
}

/* One experiment; columns as people ask for them. */
static json_t *row_of(const json_t *e)
{
    json_t *row = json_object();
    json_object_set(row, "config", json_object_get(e, "config"));
    json_object_set_new(
        row, "parameters",
        json_sprintf("%.2f M", 1e-6 * number(e, NULL, "parameters")));
    json_object_set_new(
        row, "GFLOP/image",
        json_sprintf("%.3f", number(e, NULL, "gflop_per_image")));
    json_object_set_new(
        row, "memory",
        json_sprintf("%s%.0f MB",
                     json_is_true(json_object_get(e, "memory_is_bound"))
                         ? "at most "
                         : "",
                     1e-6 * number(e, NULL, "memory_bytes")));
    json_object_set_new(
        row, "disk",
        json_sprintf("%.0f MB", 1e-6 * number(e, NULL, "disk_bytes")));
    json_object_set_new(
        row, "images/s",
        json_sprintf("%.1f", number(e, "step", "images_per_s")));
    json_object_set_new(row, "epoch", span(number(e, "epoch", "seconds")));
    json_object_set_new(row, "epochs",
                        json_sprintf("%.0f", number(e, "training", "epochs")));
    json_object_set_new(row, "training",
                        span(number(e, "training", "seconds")));
    json_object_set_new(row, "validation",
                        span(number(e, "validation", "seconds")));
    json_object_set_new(row, "evaluation",
                        span(number(e, "evaluation", "seconds")));
    json_object_set_new(row, "in all", span(number(e, NULL, "seconds")));
    if (json_object_get(e, "left"))
        json_object_set_new(row, "left", span(number(e, "left", "seconds")));
    return row;
}

static void print_assumed(const json_t *e)
{
    printf("\nimages/s are those of a whole training step, its attack "
           "included.\nEvaluations are reckoned for %.0f %% of the images "
           "correct and %.0f %% robust; a\nnetwork that is better takes "
           "longer.\n",
           100 * number(e, "assumed", "clean"),
           100 * number(e, "assumed", "robust"));
}

static void print_table(const json_t *list, struct sr_arena *arena)
{
    json_t *table = json_array(), *e;
    double all = 0, left = 0;
    bool any_begun = false;
    size_t i;
    json_array_foreach (list, i, e) {
        const bool begun = json_object_get(e, "left") != NULL;
        json_array_append_new(table, row_of(e));
        all += number(e, NULL, "seconds");
        left += number(e, begun ? "left" : NULL, "seconds");
        any_begun |= begun;
    }
    fputs(sr_table_text(table, SR_TABLE_MD, arena), stdout);
    json_decref(table);
    print_assumed(json_array_get(list, 0));
    if (json_array_size(list) > 1) {
        char text[32], rest[32];
        sr_clock_span(all, text, sizeof text);
        sr_clock_span(left, rest, sizeof rest);
        printf("One after the other: %s%s%s.\n", text,
               any_begun ? "; left: " : "", any_begun ? rest : "");
    }
}

/* ---- the experiments ---- */

/* One of those to estimate. */
struct subject {
    const char *config, *label; /* label: what it is called in the table */
    int evals;                  /* made after the run, as a sweep does   */
    const struct sr_settings *eval;
    const char *run; /* where it is made, begun or not; NULL: nowhere yet */
    int step;        /* of it that is made next; see struct sr_job_state  */
};

struct survey {
    const struct sr_call *call;
    json_t *list; /* the estimates so far */
    struct sr_arena *arena;
    int costs; /* of experiments with different keys: each measured once */
    const char **key;
    struct sr_cost *cost;
    int64_t done, all;
    const char *told; /* what was said last of data that is not there */
};

/* The system tells the most memory that the process ever had: what needs less
 * than one before it is known to need at most that. */
static void mark_bound(json_t *list, json_t *result)
{
    const json_t *last = json_array_get(list, json_array_size(list) - 1);
    json_object_set_new(
        result, "memory_is_bound",
        json_boolean(last && number(last, NULL, "memory_bytes") >=
                                 number(result, NULL, "memory_bytes")));
    json_array_append_new(list, result);
}

static struct sr_cost *cost_of(struct survey *v, const struct sr_setup *s)
{
    const char *key = sr_estimate_key(s, v->arena);
    for (int i = 0; i < v->costs; i++)
        if (strcmp(v->key[i], key) == 0)
            return &v->cost[i];
    v->key[v->costs] = key;
    return &v->cost[v->costs++];
}

/* Other settings make another experiment, of which nothing has been done. */
static enum sr_status is_other(const struct survey *v,
                               const struct subject *subject, bool *other,
                               struct sr_err *err)
{
    char own[SR_SHA256_TEXT], wanted[SR_SHA256_TEXT];
    struct sr_call plain = *v->call;
    struct sr_exp *exp;
    plain.overrides = 0;
    SR_TRY(sr_setup_read(&plain, subject->config, &exp, err));
    sr_exp_hash(exp, v->arena, own);
    SR_TRY(sr_setup_read(v->call, subject->config, &exp, err));
    sr_exp_hash(exp, v->arena, wanted);
    *other = strcmp(own, wanted) != 0;
    return SR_OK;
}

/* Is there something to say of what is left?  What stands in the way is told.
 */
static enum sr_status can_go_on(const struct survey *v,
                                const struct subject *subject,
                                const struct sr_setup *s, bool *can,
                                struct sr_err *err)
{
    bool other;
    struct sr_err why;
    SR_TRY(is_other(v, subject, &other, err));
    *can = !other;
    if (other) {
        sr_log_say(v->call->log,
                   "%s: these settings make another experiment of it, reckoned "
                   "from its first step; what the run has done does not count",
                   subject->label);
        return SR_OK;
    }
    if (sr_ckpt_check(sr_file_join(v->arena, subject->run, "checkpoints"),
                      s->exp->train.ema.decay > 0, v->arena, &why) != SR_OK) {
        sr_log_warn(v->call->log, "%s", why.text);
        *can = false;
    }
    return SR_OK;
}

/* What is still to do of an experiment.
 *   evals   seconds of the evaluations after the run's own that are left */
static void add_left(const struct subject *subject, double evals,
                     json_t *result, struct sr_arena *arena)
{
    const struct sr_run_place place = sr_run_place(subject->run, arena);
    const bool run_is_over = place.finished || subject->step > 0;
    const double rest = run_is_over ? 0 : 1 - place.share;
    const double learning = number(result, "training", "seconds") +
                            number(result, "validation", "seconds");
    const double own =
        run_is_over ? 0 : number(result, "evaluation", "seconds");
    json_object_set_new(result, "left",
                        json_pack("{s:f, s:f}", "share_of_training", rest,
                                  "seconds", rest * learning + own + evals));
}

/* The evaluations of a sweep's job, on top of the run's own.
 *   *left   seconds of those that are not made yet */
static enum sr_status reckon_evals(struct survey *v,
                                   const struct subject *subject,
                                   const struct sr_setup *s,
                                   const struct sr_cost *cost, double *all,
                                   double *left, struct sr_err *err)
{
    *all = *left = 0;
    for (int i = 0; i < subject->evals; i++) {
        struct sr_call with = *v->call;
        struct sr_exp *exp;
        double seconds;
        with.overrides = subject->eval[i].n;
        with.override = subject->eval[i].word;
        SR_TRY(sr_setup_read(&with, subject->config, &exp, err));
        SR_TRY(sr_estimate_evaluation(s, &exp->eval, cost, &seconds, err));
        *all += seconds;
        *left += i + 1 >= subject->step ? seconds : 0;
    }
    return SR_OK;
}

/* Beside what the training and its own evaluation take. */
static enum sr_status complete(struct survey *v, const struct subject *subject,
                               const struct sr_setup *s,
                               const struct sr_cost *cost, json_t *result,
                               struct sr_err *err)
{
    json_t *evaluation = json_object_get(result, "evaluation");
    double evals, left;
    bool can = false;
    SR_TRY(reckon_evals(v, subject, s, cost, &evals, &left, err));
    if (subject->run)
        SR_TRY(can_go_on(v, subject, s, &can, err));
    if (can)
        add_left(subject, left, result, v->arena);
    json_object_set_new(evaluation, "seconds",
                        json_real(number(evaluation, NULL, "seconds") + evals));
    json_object_set_new(result, "seconds",
                        json_real(number(result, NULL, "seconds") + evals));
    return SR_OK;
}

static enum sr_status estimate_open(struct survey *v,
                                    const struct subject *subject,
                                    const struct sr_setup *s,
                                    struct sr_err *err)
{
    const struct flags *flags = v->call->flags;
    struct sr_cost *cost = cost_of(v, s);
    json_t *result;
    SR_TRY(
        sr_estimate(s, subject->label, (int)flags->steps, cost, &result, err));
    const enum sr_status status = complete(v, subject, s, cost, result, err);
    if (status == SR_OK)
        mark_bound(v->list, result);
    else
        json_decref(result);
    return status;
}

/* Once for all experiments on the same data. */
static void tell_absent(struct survey *v, const char *absent)
{
    if (!absent || (v->told && strcmp(v->told, absent) == 0))
        return;
    sr_log_warn(v->call->log,
                "%s; reckoned for as many images as its publisher counts, "
                "noise in their place: reading and decoding files is left out",
                absent);
    v->told = sr_arena_text(v->arena, absent);
}

static enum sr_status estimate(struct survey *v, const struct subject *subject,
                               struct sr_err *err)
{
    const struct sr_setup_for what = {.config = subject->config,
                                      .wants = SR_WANT_INPUT | SR_WANT_WEIGHTS,
                                      .stand_in = true};
    const struct sr_mark mark = sr_arena_mark(v->call->arena);
    struct sr_setup s;
    sr_log_progress(v->call->log, "estimate", v->done++, v->all,
                    subject->label);
    SR_TRY(sr_setup_open(v->call, &what, &s, err));
    tell_absent(v, s.absent);
    const enum sr_status status = estimate_open(v, subject, &s, err);
    sr_setup_close(&s);
    sr_arena_release(v->call->arena, mark);
    return status;
}

static enum sr_status estimate_jobs(struct survey *v,
                                    const struct sr_sweep *sweep,
                                    struct sr_err *err)
{
    for (int i = 0; i < sweep->jobs; i++) {
        const struct sr_job *job = &sweep->job[i];
        struct sr_job_state state;
        SR_TRY(sr_sweep_check(sweep, job, err));
        SR_TRY(sr_job_read(sweep, job, &state, NULL, err));
        const struct subject subject = {
            .config = sr_sweep_file(sweep, job, "config.yaml", v->arena),
            .label = job->name,
            .evals = sweep->evals,
            .eval = sweep->eval,
            .run = sr_sweep_run(sweep, job, v->arena),
            .step = state.step};
        SR_TRY(estimate(v, &subject, err));
    }
    return SR_OK;
}

/* ---- the command ---- */

static bool is_run(const char *dir, struct sr_arena *arena)
{
    return sr_file_exists(sr_file_join(arena, dir, "manifest.json"));
}

static enum sr_status estimate_word(struct survey *v, const char *word,
                                    struct sr_err *err)
{
    struct subject subject = {.config = word, .label = word};
    if (is_run(word, v->arena)) {
        subject.run = word;
        subject.config = sr_file_join(v->arena, word, "config.yaml");
    }
    return estimate(v, &subject, err);
}

/* The sweeps among the words, NULL where it is a config or a run; counts jobs.
 */
static enum sr_status find_sweeps(struct survey *v, struct sr_sweep **sweep,
                                  struct sr_err *err)
{
    for (int i = 0; i < v->call->words; i++) {
        if (sr_file_is_dir(v->call->word[i]) &&
            !is_run(v->call->word[i], v->arena))
            SR_TRY(sr_sweep_read(v->call->word[i], v->arena, &sweep[i], err));
        v->all += sweep[i] ? sweep[i]->jobs : 1;
    }
    v->key = SR_TAKE(v->arena, v->all, const char *);
    v->cost = SR_TAKE(v->arena, v->all, struct sr_cost);
    return SR_OK;
}

static enum sr_status estimate_all(struct survey *v, struct sr_err *err)
{
    struct sr_sweep **sweep =
        SR_TAKE(v->arena, v->call->words, struct sr_sweep *);
    SR_TRY(find_sweeps(v, sweep, err));
    for (int i = 0; i < v->call->words; i++) {
        if (sweep[i])
            SR_TRY(estimate_jobs(v, sweep[i], err));
        else
            SR_TRY(estimate_word(v, v->call->word[i], err));
    }
    return SR_OK;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    json_t *list = json_array();
    struct survey v = {.call = call, .list = list, .arena = sr_arena_new(NULL)};
    const enum sr_status status = estimate_all(&v, err);
    sr_log_progress_end(call->log);
    sr_arena_free(v.arena);
    if (status == SR_OK && call->common.json) {
        json_t *document =
            json_array_size(list) == 1
                ? json_incref(json_array_get(list, 0))
                : json_pack("{s:s, s:O}", "schema", "satrun.estimates/1",
                            "experiments", list);
        sr_document_give(document);
    } else if (status == SR_OK) {
        print_table(list, call->arena);
    }
    json_decref(list);
    return status;
}

const struct sr_cmd sr_cmd_estimate = {
    .name = "estimate",
    .summary = "how long training will take, and how much room it needs",
    .usage = "CONFIG|RUN|SWEEP... [key=value...]",
    .details =
        "Takes a few training steps on the experiment's own images and reckons "
        "up: memory,\ndisk for checkpoints, time of an epoch, of the training "
        "with its validations, and of\nthe evaluation at the end. Nothing is "
        "written. Overrides hold for every config. Of a\nrun and of a sweep's "
        "jobs, which are reckoned up with their evaluations, it tells what\nis "
        "left to do, too, unless overrides make other experiments of them. "
        "What costs the\nsame is measured once. Where the data set's files "
        "are not there, noise takes the\nplace of its images.",
    .examples = "  satrun estimate configs/cifar10/fast_resnet20_silu.yaml\n"
                "  satrun estimate configs/paper/*.yaml --threads 1\n"
                "  satrun estimate my.yaml model.width=2 --json\n"
                "  satrun estimate runs/latest\n"
                "  satrun estimate runs/split\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 1,
    .words_max = 1000000,
    .overrides = true,
    .run = run,
};
