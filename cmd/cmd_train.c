/* satrun train: the whole experiment, from a config to a robust accuracy. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/clock.h"
#include "base/file.h"
#include "document.h"
#include "eval_flags.h"
#include "provenance.h"
#include "report/row.h"
#include "report/rundir.h"
#include "report/table.h"
#include "setup.h"
#include "train/ckpt.h"
#include "train/train.h"
#include "train_place.h"

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_FLAG(struct sr_train_flags, run, "DIR",
            "the run's directory; left out: runs/NAME-TIME"),
    SR_BOOL(struct sr_train_flags, resume, "false",
            "continue an unfinished run; an error when there is none"),
    SR_BOOL(struct sr_train_flags, new, "false",
            "start a new run even if one of this config is unfinished"),
    SR_BOOL(struct sr_train_flags, keep_latest, "false",
            "leave runs/latest as it is, as jobs of a sweep do"),
    {.key = NULL}
};
/* clang-format on */

static const char FINAL[] = "eval/final.json";
static const char FINAL_PART[] =
    "eval/final.part";               /* of it, until it is there */
static const double PART_EVERY = 30; /* seconds */

/* ---- the run directory's own files ---- */

static enum sr_status append_command(const struct sr_call *call,
                                     const char *path, struct sr_err *err)
{
    char now[32];
    FILE *out = fopen(path, "a");
    if (!out)
        return sr_fail_errno(err, SR_ERESOURCE, "open", path);
    sr_clock_utc(0, now, sizeof now);
    fprintf(out, "%s ", now);
    for (int i = 0; i < call->argc; i++)
        fprintf(out, strpbrk(call->argv[i], " '\"$*[]{}") ? " '%s'" : " %s",
                call->argv[i]);
    fputc('\n', out);
    if (fclose(out) != 0)
        return sr_fail_errno(err, SR_ERESOURCE, "write", path);
    return SR_OK;
}

static json_t *utc(void)
{
    char now[32];
    sr_clock_utc(0, now, sizeof now);
    return json_string(now);
}

static enum sr_status write_manifest(const struct sr_setup *s, bool is_new,
                                     struct sr_rundir *run, struct sr_err *err)
{
    json_t *m = json_object();
    json_object_set_new(m, "name", json_string(s->exp->top.name));
    json_object_set_new(m, "state", json_string("running"));
    json_object_set_new(m, "exit_code", json_null());
    json_object_set_new(m, is_new ? "started" : "continued", utc());
    json_object_set_new(m, "ended", json_null());
    json_object_update_new(m, sr_provenance(s));
    json_object_set_new(m, "settings", sr_settings(s->exp));
    return sr_rundir_note_all(run, m, err);
}

static enum sr_status open_files(const struct sr_call *call,
                                 const struct sr_setup *s, bool is_new,
                                 struct sr_rundir *run, struct sr_err *err)
{
    const struct sr_train_flags *flags = call->flags;
    struct sr_arena *a = s->arena;
    const char *config = sr_exp_dump(s->exp, SR_DUMP_ORIGINS, a);
    /* The manifest first: it is what makes a directory a run. */
    SR_TRY(write_manifest(s, is_new, run, err));
    SR_TRY(sr_log_attach(s->log, sr_rundir_file(run, "log.txt", a), err));
    SR_TRY(sr_file_write(sr_rundir_file(run, "config.yaml", a), config,
                         strlen(config), err));
    SR_TRY(append_command(call, sr_rundir_file(run, "command.txt", a), err));
    if (flags->keep_latest)
        return SR_OK;
    return sr_rundir_set_latest(SR_RUNS, run->path, err);
}

/* How it ended, whichever way it did. */
static enum sr_status close_files(struct sr_rundir *run, enum sr_status status,
                                  struct sr_err *err)
{
    const char *state = status == SR_OK        ? "finished"
                        : status == SR_STOPPED ? "stopped"
                                               : "failed";
    struct sr_err unwritten = {0};
    json_t *m = json_pack("{s:s, s:i, s:o}", "state", state, "exit_code",
                          (int)status, "ended", utc());
    const enum sr_status noted = sr_rundir_note_all(run, m, &unwritten);
    sr_rundir_close(run);
    if (status != SR_OK || noted == SR_OK)
        return status;
    *err = unwritten;
    return noted;
}

/* ---- the experiment ---- */

static void print_result(const struct sr_call *call, json_t *result)
{
    if (call->common.json) {
        sr_document_print(result);
        return;
    }
    json_t *rows_found = json_array(), *row = json_object();
    json_t *evals = json_pack("[O]", result);
    json_array_append_new(rows_found, row);
    sr_row_add_evals(row, evals);
    json_decref(evals);
    fputs(sr_table_text(rows_found, SR_TABLE_MD, call->arena), stdout);
    json_decref(rows_found);
}

/* What the final evaluation is about: the last weights, which no test image
 * chose, or the best (train.result); where they are averaged, the average. */
static enum sr_status take_result(const struct sr_call *call,
                                  const struct sr_setup *s,
                                  const struct sr_rundir *run,
                                  struct sr_subject *subject,
                                  struct sr_err *err)
{
    const bool averaged = s->exp->train.ema.decay > 0;
    const bool last = s->exp->train.result == SR_RESULT_LAST;
    const char *checkpoint = last ? "last" : "best";
    *subject = (struct sr_subject){
        .run = run->path,
        .config = call->word[0],
        .weights = sr_eval_weights(run->path, checkpoint, averaged, s->arena),
        .checkpoint = checkpoint,
        .averaged = averaged,
    };
    if (last && !averaged) /* the model has them */
        return SR_OK;
    SR_TRY(sr_ckpt_check_file(subject->weights, s->arena, err));
    return sr_model_load(s->model, subject->weights, NULL, s->log, err);
}

/* A network that answers with one class, say, whatever it sees. */
static void warn_of_collapse(const struct sr_setup *s,
                             const struct sr_eval *eval)
{
    const double guessed = (double)eval->images / s->data->classes;
    if (eval->clean <= 1.1 * guessed)
        sr_log_warn(s->log,
                    "training has collapsed: %.1f %% is no more than guessing "
                    "one of %d classes; a lower train.lr, a warm-up or a "
                    "smaller attack.epsilon may help",
                    100.0 * eval->clean / eval->images, s->data->classes);
}

/* The evaluation, or what is left of it when an earlier call was stopped
 * meanwhile. */
static enum sr_status run_final(const struct sr_setup *s,
                                const struct sr_rundir *run,
                                const json_t *about, struct sr_eval *eval,
                                struct sr_err *err)
{
    const struct sr_eval_keep keep = {
        .path = sr_rundir_file(run, FINAL_PART, s->arena),
        .about = about,
        .seconds = PART_EVERY};
    struct sr_eval_opts opts = s->exp->eval;

    opts.keep = &keep;
    opts.board = true;
    SR_TRY(sr_file_mkdir(sr_file_dir(s->arena, keep.path), err));
    const enum sr_status status =
        sr_eval_run(&opts, (uint64_t)s->exp->top.seed, s->data, s->model,
                    s->log, s->arena, eval, err);
    if (status == SR_STOPPED)
        return sr_fail(err, SR_STOPPED,
                       "training is done and saved, the final evaluation was "
                       "interrupted: the same command goes on with it");
    return status;
}

static enum sr_status finish(const struct sr_call *call,
                             const struct sr_setup *s,
                             const struct sr_rundir *run, json_t *about,
                             struct sr_err *err)
{
    struct sr_eval eval;
    SR_TRY(run_final(s, run, about, &eval, err));
    warn_of_collapse(s, &eval);
    json_t *result = sr_eval_json(&s->exp->eval, &eval);
    json_object_update(result, about);
    const enum sr_status status =
        sr_json_write(sr_rundir_file(run, FINAL, s->arena), result, err);
    if (status == SR_OK) {
        remove(sr_rundir_file(run, FINAL_PART, s->arena));
        print_result(call, result);
    }
    json_decref(result);
    return status;
}

static enum sr_status evaluate(const struct sr_call *call,
                               const struct sr_setup *s,
                               const struct sr_rundir *run, struct sr_err *err)
{
    struct sr_subject subject;
    SR_TRY(take_result(call, s, run, &subject, err));
    json_t *about = json_object();
    enum sr_status status = sr_eval_describe(&subject, s, about, err);
    if (status == SR_OK)
        status = finish(call, s, run, about, err);
    json_decref(about);
    return status;
}

/* What is about to happen, in one line. */
static void say_what(const struct sr_setup *s)
{
    sr_log_say(s->log,
               "%s with %s, %zu parameters, on %d images of %d classes of %s; "
               "%s, "
               "%d threads, %.0f MB for the network and its batch",
               s->exp->model.arch, s->exp->activation.forward,
               sr_model_parameters(s->model), s->data->split[SR_TRAIN].n,
               s->data->classes, s->exp->data.dataset,
               sr_engine_isa(&s->engine), sr_par_threads(s->engine.par),
               1e-6 * (double)sr_model_block_bytes(s->model));
}

static enum sr_status write_events(const struct sr_setup *s,
                                   struct sr_rundir *run, struct sr_err *err)
{
    struct sr_err skipped;
    SR_TRY(sr_rundir_tensorboard(run, s->arena, &skipped, err));
    if (*skipped.text)
        sr_log_warn(s->log, "%s; left out of the event files", skipped.text);
    return SR_OK;
}

static enum sr_status experiment(const struct sr_call *call,
                                 const struct sr_setup *s,
                                 struct sr_rundir *run, struct sr_err *err)
{
    char hash[65];
    sr_exp_hash(s->exp, s->arena, hash);
    const struct sr_training training = {
        .opts = &s->exp->train,
        .attack = &s->exp->attack,
        .eval = &s->exp->eval,
        .seed = (uint64_t)s->exp->top.seed,
        .data = s->data,
        .model = s->model,
        .rundir = run,
        .log = s->log,
        .config_hash = hash,
    };
    struct sr_trainer *trainer;
    say_what(s);
    SR_TRY(sr_train_begin(&training, s->arena, &trainer, err));
    enum sr_status status = SR_OK;
    if (s->exp->logging.tensorboard)
        status = write_events(s, run, err);
    while (status == SR_OK && !sr_train_is_done(trainer))
        status = sr_train_epoch(trainer, err);
    sr_train_end(trainer);
    SR_TRY(status);
    return evaluate(call, s, run, err);
}

/* The same command once more, after the end: the same answer. */
static enum sr_status tell_again(const struct sr_call *call,
                                 const struct sr_setup *s, const char *path,
                                 struct sr_err *err)
{
    json_t *result;
    sr_log_say(s->log, "%s is finished: nothing to do", path);
    SR_TRY(sr_json_read(sr_file_join(s->arena, path, FINAL), SR_ERESOURCE,
                        &result, err));
    print_result(call, result);
    json_decref(result);
    return SR_OK;
}

static enum sr_status train(const struct sr_call *call,
                            const struct sr_setup *s, struct sr_err *err)
{
    struct sr_train_place place;
    struct sr_rundir run;
    SR_TRY(sr_train_check(&s->exp->train, s->data, err));
    SR_TRY(sr_train_place_choose(call->flags, s, &place, err));
    if (place.finished)
        return tell_again(call, s, place.path, err);
    SR_TRY(sr_rundir_open(place.path, s->arena, &run, err));
    enum sr_status status = open_files(call, s, place.is_new, &run, err);
    if (status == SR_OK)
        status = experiment(call, s, &run, err);
    if (status == SR_OK)
        sr_log_say(s->log,
                   "finished: %s has the checkpoints, metrics.jsonl, log.txt "
                   "and eval/final.json",
                   run.path);
    else
        sr_log_note(s->log, "%s", err->text);
    return close_files(&run, status, err);
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    const struct sr_setup_for what = {
        .config = call->word[0],
        .wants = SR_WANT_INPUT | SR_WANT_WEIGHTS,
    };
    struct sr_setup s;
    SR_TRY(sr_setup_open(call, &what, &s, err));
    const enum sr_status status = train(call, &s, err);
    sr_setup_close(&s);
    return status;
}

const struct sr_cmd sr_cmd_train = {
    .name = "train",
    .summary = "train a network as a config says, then evaluate it",
    .usage = "CONFIG [key=value ...] [flags]",
    .details =
        "The same command continues an unfinished run of the same settings "
        "where it\nwas, to the same weights. Ctrl-C or SIGTERM saves a "
        "checkpoint and exits with 75.",
    .examples = "  satrun train configs/smoke.yaml\n"
                "  satrun train configs/smoke.yaml activation.forward=gelu "
                "--new\n"
                "  satrun train configs/smoke.yaml --run runs/mine --resume\n",
    .flags = rows,
    .flags_size = sizeof(struct sr_train_flags),
    .words_min = 1,
    .words_max = 1,
    .overrides = true,
    .saves = "",
    .run = run,
};
