#define _XOPEN_SOURCE 700 /* setrlimit's RLIMIT_FSIZE */
#include "train/trainers.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"

static const char config[] = "the hash of some settings";

/* A model, its momentum, and a place for checkpoints. */
static struct sr_ckpt open_ckpt(void)
{
    static struct sr_log *log;
    struct sr_model *model = models_small();
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* warnings */
    log = sr_log_open(SR_PROGRESS_NONE);
    return (struct sr_ckpt){
        .dir = sr_file_join(sr_test_arena(), sr_test_dir(), "checkpoints"),
        .model = model,
        .momentum = noise(model->trainable, 21),
        .log = log,
        .scratch = sr_test_arena(),
    };
}

static struct sr_train_state state_at(int64_t epoch, int64_t step,
                                      int64_t steps)
{
    struct sr_train_state s = {.epoch = epoch,
                               .step = step,
                               .steps = steps,
                               .metrics_bytes = 123456,
                               .loss_sum = 1.0 / 3,
                               .correct = 7,
                               .seen = 12};
    snprintf(s.config, sizeof s.config, "%s", config);
    return s;
}

static char *inside(const struct sr_ckpt *c, const char *name)
{
    return sr_file_join(sr_test_arena(), c->dir, name);
}

static void save(const struct sr_ckpt *c, const struct sr_train_state *state)
{
    struct sr_err err;
    SR_GOOD(sr_ckpt_save(c, state, &err), err);
}

/* A place for checkpoints, and what was loaded from it last. */
struct run {
    struct sr_ckpt c;
    struct sr_train_state found;
    struct sr_err err;
    bool any;
};

/* With a checkpoint of this step of the first epoch, 0 for none. */
static struct run run_at(int64_t step)
{
    struct run r = {.c = open_ckpt()};
    const struct sr_train_state state = state_at(0, step, step);
    if (step > 0)
        save(&r.c, &state);
    return r;
}

static void save_step(const struct run *r, int64_t step)
{
    const struct sr_train_state state = state_at(0, step, step);
    save(&r->c, &state);
}

static enum sr_status load(struct run *r)
{
    return sr_ckpt_load(&r->c, config, &r->found, &r->any, &r->err);
}

static void goes_on_from(struct run *r, int64_t steps)
{
    SR_GOOD(load(r), r->err);
    ck_assert(r->any);
    ck_assert_int_eq(r->found.steps, steps);
}

/* A third, and sums that decimal digits cannot say exactly. */
START_TEST(what_is_saved_comes_back_to_the_bit)
{
    struct run r = run_at(0);
    struct sr_train_state state = state_at(2, 5, 45);
    const size_t n = r.c.model->trainable;
    state.best =
        (struct sr_best){2, 0.1 + 0.2, 1.0 / 7, "step-00000040-epoch-002"};
    save(&r.c, &state);

    float *momentum = r.c.momentum;
    float *values = SR_TAKE(sr_test_arena(), n, float);
    memcpy(values, r.c.model->values, n * sizeof *values);
    memset(r.c.model->values, 0, n * sizeof *values);
    r.c.momentum = noise(n, 22);
    goes_on_from(&r, 45);
    ck_assert_mem_eq(momentum, r.c.momentum, n * sizeof *values);
    ck_assert_mem_eq(values, r.c.model->values, n * sizeof *values);
    ck_assert_int_eq(r.found.epoch, 2);
    ck_assert_int_eq(r.found.step, 5);
    ck_assert_int_eq(r.found.metrics_bytes, 123456);
    ck_assert(r.found.loss_sum == state.loss_sum);
    ck_assert_int_eq(r.found.correct, 7);
    ck_assert_int_eq(r.found.seen, 12);
    ck_assert_int_eq(r.found.best.epoch, 2);
    ck_assert(r.found.best.clean == state.best.clean);
    ck_assert(r.found.best.robust == state.best.robust);
    ck_assert_str_eq(r.found.best.name, state.best.name);
}
END_TEST

static void flip_byte(const char *path, size_t at)
{
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, (long)at, SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, (long)at, SEEK_SET);
    fputc(byte ^ 1, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* The average comes back beside the weights, and its file is one of those that
 * are checked. */
START_TEST(the_average_is_saved_too)
{
    struct run r = run_at(0);
    struct sr_model *model = r.c.model;
    struct sr_ema_opts opts = {.decay = 0.9};
    struct sr_average average;
    sr_average_begin(&average, &opts, 1, model, sr_test_arena());
    r.c.average = &average;
    const size_t bytes = average.count * sizeof(float);
    float *value = noise(average.count, 23);
    for (size_t i = 0; i < average.count; i++)
        value[i] = fabsf(value[i]); /* variances are not negative */
    memcpy(average.values, value, bytes);
    const float weight = model->param[0].value[0];
    save_step(&r, 1);
    ck_assert_mem_eq(average.values, value, bytes);
    ck_assert_float_eq(model->param[0].value[0], weight);

    memset(average.values, 0, bytes);
    model->param[0].value[0] = 7;
    goes_on_from(&r, 1);
    ck_assert_mem_eq(average.values, value, bytes);
    ck_assert_float_eq(model->param[0].value[0], weight);

    save_step(&r, 2);
    flip_byte(inside(&r.c, "step-00000002/ema.safetensors"), 2000);
    goes_on_from(&r, 1);
}
END_TEST

/* So does the perturbation of free training; a checkpoint without it is not one
 * of this run, nor is one with it of a run without. */
START_TEST(the_perturbation_is_saved_too)
{
    enum { BATCH = 2, PIXELS = BATCH * 8 * 8 * 3 };
    struct run r = run_at(0);
    float *value = noise(PIXELS, 24), *got = noise(PIXELS, 25);
    r.c.batch = BATCH;
    r.c.perturbation = value;
    save_step(&r, 1);
    r.c.perturbation = got;
    goes_on_from(&r, 1);
    ck_assert_mem_eq(value, got, PIXELS * sizeof *value);
    r.c.perturbation = NULL;
    SR_BAD(load(&r), r.err, SR_EWEIGHTS, "tensors, but the run has");

    save_step(&r, 2);
    r.c.perturbation = got;
    SR_BAD(load(&r), r.err, SR_EWEIGHTS,
           "the state of perturbation is missing");
}
END_TEST

START_TEST(nothing_there_is_no_failure)
{
    struct run r = run_at(0);
    r.any = true;
    SR_GOOD(load(&r), r.err);
    ck_assert(!r.any);
    SR_GOOD(sr_ckpt_check(r.c.dir, false, sr_test_arena(), &r.err), r.err);
}
END_TEST

static const char *target(const struct sr_ckpt *c, const char *link)
{
    static char name[SR_CKPT_NAME];
    const ssize_t n = readlink(inside(c, link), name, sizeof name - 1);
    name[n > 0 ? n : 0] = '\0';
    return name;
}

START_TEST(the_newest_two_and_the_best_are_kept)
{
    const struct sr_ckpt c = open_ckpt();
    struct sr_best best = {0};
    for (int epoch = 1; epoch <= 5; epoch++) {
        struct sr_train_state state = state_at(epoch, 0, 10 * epoch);
        if (epoch == 2) {
            best.epoch = epoch;
            sr_ckpt_name(&state, best.name);
        }
        state.best = best;
        save(&c, &state);
    }
    ck_assert(!sr_file_exists(inside(&c, "step-00000010-epoch-001")));
    ck_assert(sr_file_exists(inside(&c, "step-00000020-epoch-002")));
    ck_assert(!sr_file_exists(inside(&c, "step-00000030-epoch-003")));
    ck_assert(sr_file_exists(inside(&c, "step-00000040-epoch-004")));
    ck_assert(sr_file_exists(inside(&c, "step-00000050-epoch-005")));
    ck_assert_str_eq(target(&c, "last"), "step-00000050-epoch-005");
    ck_assert_str_eq(target(&c, "best"), "step-00000020-epoch-002");
}
END_TEST

/* The end of an epoch comes after its last step, which may have been saved when
 * the validation was interrupted. */
START_TEST(an_epochs_end_is_newer_than_its_last_step)
{
    struct run r = run_at(0);
    const struct sr_train_state after = state_at(1, 0, 10);
    save(&r.c, &after);
    save_step(&r, 10);
    goes_on_from(&r, 10);
    ck_assert_int_eq(r.found.epoch, 1);
    ck_assert_int_eq(r.found.step, 0);
}
END_TEST

/* Any byte of any file, every 307th for the sake of time: it is noticed, and
 * the checkpoint before is used. */
START_TEST(a_flipped_bit_is_noticed)
{
    static const char *const files[] = {
        "model.safetensors", "optim.safetensors", "state.json", "SHA256SUMS"};
    struct run r = run_at(1);
    int tried = 0;
    for (int f = 0; f < 4; f++) {
        save_step(&r, 2);
        const char *path = sr_arena_format(
            sr_test_arena(), "%s/step-00000002/%s", r.c.dir, files[f]);
        const int64_t size = sr_file_size(path);
        for (int64_t at = f; at < size; at += 307, tried++) {
            flip_byte(path, (size_t)at);
            SR_GOOD(load(&r), r.err);
            ck_assert_msg(r.any && r.found.steps == 1, "%s byte %lld", files[f],
                          (long long)at);
            ck_assert(sr_file_is_dir(inside(&r.c, "damaged-step-00000002")));
            save_step(&r, 2);
        }
    }
    ck_assert_int_ge(tried, 20);
}
END_TEST

/* What is wrong with each is told, as often as it is asked: nothing is changed,
 * so that whoever brings a copy back finds all as it was. */
START_TEST(only_damaged_ones_are_an_error)
{
    static const char *const told[] = {
        "no checkpoint is intact: step-00000004 (SHA256SUMS is missing), ",
        "step-00000003 (model.safetensors is not as SHA256SUMS says); ",
        "to start over from the first step"};
    struct run r = run_at(3);
    save_step(&r, 4);
    ck_assert_int_eq(unlink(inside(&r.c, "step-00000004/SHA256SUMS")), 0);
    flip_byte(inside(&r.c, "step-00000003/model.safetensors"), 1000);
    for (int call = 0; call < 2; call++)
        for (int i = 0; i < 3; i++)
            SR_BAD(load(&r), r.err, SR_EWEIGHTS, told[i]);
    SR_BAD(sr_ckpt_check(r.c.dir, false, sr_test_arena(), &r.err), r.err,
           SR_EWEIGHTS, told[0]);
    ck_assert_str_eq(target(&r.c, "last"), "step-00000004");
    flip_byte(inside(&r.c, "step-00000003/model.safetensors"), 1000);
    goes_on_from(&r, 3);
}
END_TEST

START_TEST(one_set_aside_earlier_is_none)
{
    struct run r = run_at(0);
    SR_GOOD(sr_file_mkdir(inside(&r.c, "damaged-step-00000004"), &r.err),
            r.err);
    SR_BAD(load(&r), r.err, SR_EWEIGHTS,
           "the only checkpoint is not intact: damaged-step-00000004 (set "
           "aside earlier)");
    save_step(&r, 3);
    goes_on_from(&r, 3);
}
END_TEST

/* One file of it, as an evaluation wants it. */
START_TEST(a_file_is_checked_alone)
{
    const struct run r = run_at(3);
    struct sr_err err;
    const char *path = inside(&r.c, "last/model.safetensors");
    SR_GOOD(sr_ckpt_check_file(path, sr_test_arena(), &err), err);
    flip_byte(inside(&r.c, "last/state.json"), 20);
    SR_GOOD(sr_ckpt_check_file(path, sr_test_arena(), &err), err);
    flip_byte(path, 1000);
    SR_BAD(sr_ckpt_check_file(path, sr_test_arena(), &err), err, SR_EWEIGHTS,
           "last is damaged: model.safetensors is not as SHA256SUMS says");
}
END_TEST

START_TEST(other_settings_are_refused)
{
    struct run r = run_at(3);
    SR_BAD(sr_ckpt_load(&r.c, "another hash", &r.found, &r.any, &r.err), r.err,
           SR_ECONFIG, "other settings");
}
END_TEST

START_TEST(half_written_ones_are_cleared)
{
    struct run r = run_at(3);
    SR_GOOD(sr_file_mkdir(inside(&r.c, "step-00000009.tmp"), &r.err), r.err);
    goes_on_from(&r, 3);
    ck_assert(!sr_file_exists(inside(&r.c, "step-00000009.tmp")));
}
END_TEST

START_TEST(weights_that_are_not_finite_are_not_saved)
{
    struct run r = run_at(1);
    const struct sr_train_state bad = state_at(0, 2, 2);
    r.c.model->param[1].value[0] = NAN;
    SR_BAD(sr_ckpt_save(&r.c, &bad, &r.err), r.err, SR_EDIVERGED,
           r.c.model->param[1].name);
    ck_assert_str_eq(target(&r.c, "last"), "step-00000001");
    ck_assert(!sr_file_exists(inside(&r.c, "step-00000002")));
}
END_TEST

/* Files may have 600 bytes: the model's is the first that does not fit. */
START_TEST(a_full_disk_leaves_the_old_one)
{
    struct run r = run_at(1);
    const struct sr_train_state late = state_at(0, 2, 2);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    const struct rlimit tight = {600, old.rlim_max};
    const int limited = setrlimit(RLIMIT_FSIZE, &tight);
    const enum sr_status status = sr_ckpt_save(&r.c, &late, &r.err);
    setrlimit(RLIMIT_FSIZE, &old); /* before Check writes to its own file */
    ck_assert_int_eq(limited, 0);
    SR_BAD(status, r.err, SR_ERESOURCE, "not saved");
    ck_assert(!sr_file_exists(inside(&r.c, "step-00000002.tmp")));
    goes_on_from(&r, 1);
}
END_TEST

SR_SUITE(train_ckpt)
{
    return sr_suite(
        "train/ckpt",
        (const TTest *[]){
            what_is_saved_comes_back_to_the_bit, the_average_is_saved_too,
            the_perturbation_is_saved_too, nothing_there_is_no_failure,
            the_newest_two_and_the_best_are_kept,
            an_epochs_end_is_newer_than_its_last_step, a_flipped_bit_is_noticed,
            only_damaged_ones_are_an_error, one_set_aside_earlier_is_none,
            a_file_is_checked_alone, other_settings_are_refused,
            half_written_ones_are_cleared,
            weights_that_are_not_finite_are_not_saved,
            a_full_disk_leaves_the_old_one, NULL});
}
