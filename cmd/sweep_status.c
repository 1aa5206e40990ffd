#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "document.h"
#include "report/row.h"
#include "report/runs.h"
#include "report/table.h"
#include "run_place.h"
#include "sweep_verbs.h"

/* "died": the one who ran it is gone, whoever comes next goes on with it. */
static const char *const died = "died";

/* Its state.json says nothing that could be read. */
static const char *const damaged = "damaged";

/* ---- one job ---- */

static const char *word_for(const struct sr_job_state *state, double age)
{
    if (state->phase == SR_JOB_RUNNING && !sr_job_is_alive(state, age))
        return died;
    return sr_job_phase_name((int)state->phase);
}

/* Of figures for the same attack the one of most images holds. */
static void keep_surest(json_t *found, const char *column, const json_t *row,
                        const json_t *proportion)
{
    const json_t *images = json_object_get(row, "images");
    const json_t *have = json_object_get(found, column);
    if (!json_object_get(proportion, "accuracy") ||
        json_integer_value(json_object_get(have, "images")) >=
            json_integer_value(images))
        return;
    json_t *copy = json_deep_copy(proportion);
    json_object_set_new(copy, "images", json_deep_copy(images));
    json_object_set_new(found, column, copy);
}

/* {"clean": {...}, "pgd-50 linf 8/255": {...}}: what the report says of it. */
static json_t *results_of(char *run, struct sr_arena *arena)
{
    struct sr_err ignored; /* `satrun report` tells what is wrong */
    json_t *runs, *row, *value, *found = json_object();
    const char *column;
    size_t i;
    if (sr_runs_read(1, &run, arena, &runs, &ignored) != SR_OK)
        return found;
    json_t *rows = sr_rows_of_runs(runs);
    json_array_foreach (rows, i, row) {
        json_object_foreach (json_object_get(row, "figures"), column, value) {
            keep_surest(found, column, row, value);
        }
    }
    json_decref(rows);
    json_decref(runs);
    return found;
}

static void add_progress(json_t *row, const struct sr_job_state *state,
                         const char *run, struct sr_arena *arena)
{
    if (state->step > 0 || state->phase == SR_JOB_WAITING)
        return;
    const struct sr_run_place place = sr_run_place(run, arena);
    if (place.epochs == 0)
        return;
    json_object_set_new(row, "epoch", json_integer(place.epoch));
    json_object_set_new(row, "epochs", json_integer(place.epochs));
    json_object_set_new(row, "progress", json_real(place.share));
}

/* A config that is not the frozen one: what has run was, what is still to run
 * will be refused. */
static enum sr_status check_config(const struct sr_sweep *sweep,
                                   const struct sr_job *job, json_t *row,
                                   struct sr_err *err)
{
    const enum sr_status status = sr_sweep_check(sweep, job, err);
    if (status != SR_OK)
        json_object_set_new(row, "config_changed", json_string(err->text));
    return status;
}

/* A job that cannot be read has a row all the same, with the reason in it. */
static enum sr_status describe(const struct sr_sweep *sweep,
                               const struct sr_job *job, struct sr_arena *arena,
                               json_t *list, struct sr_err *err)
{
    struct sr_job_state state;
    double age;
    char *run = sr_sweep_run(sweep, job, arena);
    const enum sr_status status = sr_job_read(sweep, job, &state, &age, err);
    if (status != SR_OK) {
        state = (struct sr_job_state){.exit_code = (int)status};
        snprintf(state.error, sizeof state.error, "%.*s",
                 (int)sizeof state.error - 1, err->text);
        age = 0;
    }
    json_t *row =
        json_pack("{s:i, s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:f, s:s}", "job",
                  job->number, "name", job->name, "state",
                  status == SR_OK ? word_for(&state, age) : damaged, "step",
                  state.step, "steps", 1 + sweep->evals, "exit_code",
                  state.exit_code, "signal", state.signal, "error", state.error,
                  "seconds", sr_job_seconds(&state), "run", run);
    SR_REQUIRE(row != NULL);
    if (state.phase == SR_JOB_RUNNING)
        json_object_set_new(row, "heartbeat_seconds", json_real(age));
    if (state.phase == SR_JOB_DONE)
        json_object_set_new(row, "results", results_of(run, arena));
    else
        add_progress(row, &state, run, arena);
    json_array_append_new(list, row);
    return status == SR_OK ? check_config(sweep, job, row, err) : status;
}

/* ---- all of them ---- */

static double number_in(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

static bool is(const json_t *row, const char *state)
{
    return strcmp(sr_json_text(row, "state"), state) == 0;
}

static int count(const json_t *list, const char *state)
{
    const json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (list, i, row)
        n += is(row, state);
    return n;
}

/* Seconds that a job takes: the mean of those done, or else of those that are
 * far enough in their training to tell; 0: nobody knows. */
static double usual_seconds(const json_t *list)
{
    const json_t *row;
    double sum[2] = {0, 0};
    int n[2] = {0, 0};
    size_t i;
    json_array_foreach (list, i, row) {
        const double share = number_in(row, "progress");
        const bool over = is(row, "done");
        if (!over && share < 0.05)
            continue;
        sum[over] += number_in(row, "seconds") / (over ? 1 : share);
        n[over]++;
    }
    const bool any_over = n[1] > 0;
    return n[any_over] > 0 ? sum[any_over] / n[any_over] : 0;
}

/* Seconds until all are done with as many at once as now; -1: not known. */
static double seconds_left(const json_t *list)
{
    const json_t *row;
    const double usual = usual_seconds(list);
    const int running = count(list, "running");
    double left = 0;
    size_t i;
    json_array_foreach (list, i, row) {
        const double more = usual - number_in(row, "seconds");
        if (!is(row, "done") && !is(row, "failed") && more > 0)
            left += more;
    }
    return usual > 0 ? left / (running > 0 ? running : 1) : -1;
}

static json_t *totals(const json_t *list)
{
    json_t *all = json_object();
    for (int i = 0; sr_job_phase_name(i); i++)
        json_object_set_new(all, sr_job_phase_name(i),
                            json_integer(count(list, sr_job_phase_name(i))));
    json_object_set_new(all, died, json_integer(count(list, died)));
    json_object_set_new(all, damaged, json_integer(count(list, damaged)));
    return all;
}

/* ---- for people ---- */

/* "epoch 3/15, 18 %", "evaluation 1 of 2", "heard of 4s ago". */
static void tell_doing(const json_t *row, char *text, size_t size)
{
    char span[32];
    const int step = (int)number_in(row, "step");
    text[0] = '\0';
    if (is(row, "done") || is(row, "waiting"))
        return;
    if (step > 0)
        sr_text_add(text, size, "evaluation %d of %.0f", step,
                    number_in(row, "steps") - 1);
    else if (number_in(row, "epoch") > 0)
        sr_text_add(text, size, "epoch %.0f/%.0f, %.0f %%",
                    number_in(row, "epoch"), number_in(row, "epochs"),
                    100 * number_in(row, "progress"));
    if (json_object_get(row, "heartbeat_seconds")) {
        sr_clock_span(number_in(row, "heartbeat_seconds"), span, sizeof span);
        sr_text_add(text, size, "%sheard of %s ago", *text ? ", " : "", span);
    }
}

static json_t *shown(const json_t *row)
{
    char doing[96], span[32];
    tell_doing(row, doing, sizeof doing);
    sr_clock_span(number_in(row, "seconds"), span, sizeof span);
    json_t *cells = json_pack(
        "{s:O, s:O, s:O, s:s, s:s}", "job", json_object_get(row, "job"), "name",
        json_object_get(row, "name"), "state", json_object_get(row, "state"),
        "doing", doing, "time", number_in(row, "seconds") > 0 ? span : "");
    json_object_update(cells, json_object_get(row, "results"));
    return cells;
}

/* What is wrong with a job, once: one that has failed because its config was
 * changed says so itself. */
static void print_problems(const json_t *list)
{
    const json_t *row;
    size_t i;
    json_array_foreach (list, i, row) {
        const char *name = sr_json_text(row, "name"),
                   *error = sr_json_text(row, "error"),
                   *changed = sr_json_text(row, "config_changed");
        if (is(row, "failed") && number_in(row, "signal") == 0)
            printf("\n%s failed with exit code %.0f: %s\n", name,
                   number_in(row, "exit_code"), error);
        else if (is(row, "failed") || is(row, damaged))
            printf("\n%s %s: %s\n", name, sr_json_text(row, "state"), error);
        if (*changed && strcmp(changed, error) != 0)
            printf("\n%s: %s\n", name, changed);
    }
}

static int count_diverged(const json_t *list)
{
    const json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (list, i, row)
        n += is(row, "failed") && number_in(row, "exit_code") == SR_EDIVERGED;
    return n;
}

/* What there is to do, if anything. */
static void print_next(const json_t *list, const char *dir)
{
    const int diverged = count_diverged(list);
    const int open =
        count(list, "waiting") + count(list, "interrupted") + count(list, died);
    const int failed = count(list, "failed") - diverged;
    if (open > 0)
        printf("'satrun sweep run %s' works on what is not done.\n", dir);
    if (failed > 0)
        printf("'satrun sweep retry %s' puts failed jobs back, once what "
               "stopped them is mended.\n",
               dir);
    if (diverged > 0)
        printf("What has diverged will again: other settings, a lower train.lr "
               "say, need another sweep.\n");
}

static void print_people(const json_t *list, const char *dir,
                         struct sr_arena *arena)
{
    const json_t *row, *n;
    json_t *table = json_array(), *all = totals(list);
    const char *state, *before = "\n";
    char span[32];
    size_t i;
    json_array_foreach (list, i, row)
        json_array_append_new(table, shown(row));
    fputs(sr_table_text(table, SR_TABLE_MD, arena), stdout);
    print_problems(list);
    json_object_foreach (all, state, n) {
        if (json_integer_value(n) == 0)
            continue;
        printf("%s%d %s", before, (int)json_integer_value(n), state);
        before = ", ";
    }
    const double left = seconds_left(list);
    sr_clock_span(left, span, sizeof span);
    if (left > 0)
        printf("; about %s to go%s", span,
               count(list, "running") > 0 ? "" : " with one job at a time");
    putchar('\n');
    print_next(list, dir);
    json_decref(table);
    json_decref(all);
}

static void print_json(const struct sr_sweep *sweep, json_t *list)
{
    const double left = seconds_left(list);
    json_t *document = json_pack(
        "{s:s, s:s, s:O, s:o, s:o}", "schema", "satrun.sweep.status/1", "dir",
        sweep->dir, "jobs", list, "totals", totals(list), "seconds_left",
        left >= 0 ? json_real(left) : json_null());
    sr_document_give(document);
}

enum sr_status sr_sweep_status(const struct sr_call *call,
                               struct sr_sweep *sweep, struct sr_err *err)
{
    json_t *list = json_array();
    enum sr_status status = SR_OK;
    for (int i = 0; i < sweep->jobs; i++) {
        struct sr_arena *arena = sr_arena_new(NULL);
        struct sr_err own;
        if (describe(sweep, &sweep->job[i], arena, list, &own) != SR_OK &&
            status == SR_OK) {
            *err = own;
            status = own.status;
        }
        sr_arena_free(arena);
    }
    if (call->common.json) {
        print_json(sweep, list);
    } else {
        print_people(list, sweep->dir, call->arena);
        err->text[0] = '\0'; /* is printed */
    }
    json_decref(list);
    return status;
}
