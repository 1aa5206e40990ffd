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

/* A third, and sums that decimal digits cannot say exactly. */
START_TEST(what_is_saved_comes_back_to_the_bit)
{
    struct sr_ckpt c = open_ckpt();
    struct sr_train_state state = state_at(2, 5, 45), found;
    struct sr_err err;
    bool any;
    const size_t n = c.model->trainable;
    state.best =
        (struct sr_best){2, 0.1 + 0.2, 1.0 / 7, "step-00000040-epoch-002"};
    save(&c, &state);

    float *momentum = c.momentum;
    float *values = SR_TAKE(sr_test_arena(), n, float);
    memcpy(values, c.model->values, n * sizeof *values);
    memset(c.model->values, 0, n * sizeof *values);
    c.momentum = noise(n, 22);
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert(any);
    ck_assert_int_eq(memcmp(momentum, c.momentum, n * sizeof *values), 0);
    ck_assert_int_eq(memcmp(values, c.model->values, n * sizeof *values), 0);
    ck_assert_int_eq(found.epoch, 2);
    ck_assert_int_eq(found.step, 5);
    ck_assert_int_eq(found.steps, 45);
    ck_assert_int_eq(found.metrics_bytes, 123456);
    ck_assert(found.loss_sum == state.loss_sum);
    ck_assert_int_eq(found.correct, 7);
    ck_assert_int_eq(found.seen, 12);
    ck_assert_int_eq(found.best.epoch, 2);
    ck_assert(found.best.clean == state.best.clean);
    ck_assert(found.best.robust == state.best.robust);
    ck_assert_str_eq(found.best.name, state.best.name);
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
    struct sr_ckpt c = open_ckpt();
    struct sr_ema_opts opts = {.decay = 0.9};
    struct sr_average average;
    struct sr_train_state state = state_at(0, 1, 1), found;
    struct sr_err err;
    bool any;
    sr_average_begin(&average, &opts, 1, c.model, sr_test_arena());
    c.average = &average;
    const size_t bytes = average.count * sizeof(float);
    float *value = noise(average.count, 23);
    for (size_t i = 0; i < average.count; i++)
        value[i] = fabsf(value[i]); /* variances are not negative */
    memcpy(average.values, value, bytes);
    const float weight = c.model->param[0].value[0];
    save(&c, &state);
    ck_assert_mem_eq(average.values, value, bytes);
    ck_assert_float_eq(c.model->param[0].value[0], weight);

    memset(average.values, 0, bytes);
    c.model->param[0].value[0] = 7;
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert_mem_eq(average.values, value, bytes);
    ck_assert_float_eq(c.model->param[0].value[0], weight);

    state.steps = 2;
    save(&c, &state);
    flip_byte(inside(&c, "step-00000002/ema.safetensors"), 2000);
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert_int_eq((int)found.steps, 1);
}
END_TEST

/* So does the perturbation of free training; a checkpoint without it is not one
 * of this run, nor is one with it of a run without. */
START_TEST(the_perturbation_is_saved_too)
{
    enum { BATCH = 2, PIXELS = BATCH * 8 * 8 * 3 };
    struct sr_ckpt c = open_ckpt();
    const struct sr_train_state state = state_at(0, 1, 1);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    float *value = noise(PIXELS, 24), *got = noise(PIXELS, 25);
    c.batch = BATCH;
    c.perturbation = value;
    save(&c, &state);
    c.perturbation = got;
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert_mem_eq(value, got, PIXELS * sizeof *value);
    c.perturbation = NULL;
    SR_BAD(sr_ckpt_load(&c, config, &found, &any, &err), err, SR_EWEIGHTS,
           "tensors, but the run has");

    const struct sr_train_state later = state_at(0, 2, 2);
    save(&c, &later);
    c.perturbation = got;
    SR_BAD(sr_ckpt_load(&c, config, &found, &any, &err), err, SR_EWEIGHTS,
           "the state of perturbation is missing");
}
END_TEST

START_TEST(nothing_there_is_no_failure)
{
    const struct sr_ckpt c = open_ckpt();
    struct sr_train_state found;
    struct sr_err err;
    bool any = true;
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert(!any);
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
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state before = state_at(0, 10, 10);
    const struct sr_train_state after = state_at(1, 0, 10);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    save(&c, &after);
    save(&c, &before);
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert_int_eq(found.epoch, 1);
    ck_assert_int_eq(found.step, 0);
}
END_TEST

/* Any byte of any file, every 307th for the sake of time: it is noticed, and
 * the checkpoint before is used. */
START_TEST(a_flipped_bit_is_noticed)
{
    static const char *const files[] = {
        "model.safetensors", "optim.safetensors", "state.json", "SHA256SUMS"};
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state older = state_at(0, 1, 1);
    const struct sr_train_state newer = state_at(0, 2, 2);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    int tried = 0;
    save(&c, &older);
    for (int f = 0; f < 4; f++) {
        save(&c, &newer);
        const char *path = sr_arena_format(
            sr_test_arena(), "%s/step-00000002/%s", c.dir, files[f]);
        const int64_t size = sr_file_size(path);
        for (int64_t at = f; at < size; at += 307, tried++) {
            flip_byte(path, (size_t)at);
            SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
            ck_assert_msg(any && found.steps == 1, "%s byte %lld", files[f],
                          (long long)at);
            ck_assert(sr_file_is_dir(inside(&c, "damaged-step-00000002")));
            save(&c, &newer);
        }
    }
    ck_assert_int_ge(tried, 20);
}
END_TEST

START_TEST(only_damaged_ones_are_an_error)
{
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state state = state_at(0, 3, 3);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    save(&c, &state);
    ck_assert_int_eq(unlink(inside(&c, "step-00000003/SHA256SUMS")), 0);
    /* The second time nothing but what was set aside is left. */
    for (int call = 0; call < 2; call++)
        SR_BAD(sr_ckpt_load(&c, config, &found, &any, &err), err, SR_EWEIGHTS,
               "to start over from the first step");
}
END_TEST

START_TEST(an_intact_one_is_used_beside_one_set_aside)
{
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state state = state_at(0, 3, 3);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    save(&c, &state);
    SR_GOOD(sr_file_mkdir(inside(&c, "damaged-step-00000004"), &err), err);
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert(any);
    ck_assert_int_eq(found.steps, 3);
}
END_TEST

START_TEST(other_settings_are_refused)
{
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state state = state_at(0, 3, 3);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    save(&c, &state);
    SR_BAD(sr_ckpt_load(&c, "another hash", &found, &any, &err), err,
           SR_ECONFIG, "other settings");
}
END_TEST

START_TEST(half_written_ones_are_cleared)
{
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state state = state_at(0, 3, 3);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    save(&c, &state);
    SR_GOOD(sr_file_mkdir(inside(&c, "step-00000009.tmp"), &err), err);
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert_int_eq(found.steps, 3);
    ck_assert(!sr_file_exists(inside(&c, "step-00000009.tmp")));
}
END_TEST

START_TEST(weights_that_are_not_finite_are_not_saved)
{
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state good = state_at(0, 1, 1);
    const struct sr_train_state bad = state_at(0, 2, 2);
    struct sr_err err;
    save(&c, &good);
    c.model->param[1].value[0] = NAN;
    SR_BAD(sr_ckpt_save(&c, &bad, &err), err, SR_EDIVERGED,
           c.model->param[1].name);
    ck_assert_str_eq(target(&c, "last"), "step-00000001");
    ck_assert(!sr_file_exists(inside(&c, "step-00000002")));
}
END_TEST

/* Files may have 600 bytes: the model's is the first that does not fit. */
START_TEST(a_full_disk_leaves_the_old_one)
{
    const struct sr_ckpt c = open_ckpt();
    const struct sr_train_state good = state_at(0, 1, 1);
    const struct sr_train_state late = state_at(0, 2, 2);
    struct sr_train_state found;
    struct sr_err err;
    bool any;
    save(&c, &good);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    const struct rlimit tight = {600, old.rlim_max};
    const int limited = setrlimit(RLIMIT_FSIZE, &tight);
    const enum sr_status status = sr_ckpt_save(&c, &late, &err);
    setrlimit(RLIMIT_FSIZE, &old); /* before Check writes to its own file */
    ck_assert_int_eq(limited, 0);
    SR_BAD(status, err, SR_ERESOURCE, "not saved");
    ck_assert(!sr_file_exists(inside(&c, "step-00000002.tmp")));
    SR_GOOD(sr_ckpt_load(&c, config, &found, &any, &err), err);
    ck_assert_int_eq(found.steps, 1);
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
            only_damaged_ones_are_an_error,
            an_intact_one_is_used_beside_one_set_aside,
            other_settings_are_refused, half_written_ones_are_cleared,
            weights_that_are_not_finite_are_not_saved,
            a_full_disk_leaves_the_old_one, NULL});
}
