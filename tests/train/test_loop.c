#include "train/trainers.h"

#include "report/rundir.h"

enum { BATCH = 4, EPOCHS = 3 };

/* A run on the ten grey images of the fixtures: two steps an epoch, each twice
 * where batches are replayed. */
struct run {
    struct sr_data_opts data;
    struct sr_train_opts train;
    struct sr_attack_opts attack;
    struct sr_eval_opts eval;
    struct sr_model *model;
    struct sr_training with;
};

static struct run *make_run(const char *method)
{
    struct run *r = SR_TAKE(sr_test_arena(), 1, struct run);
    struct sr_err err;
    sr_opt_defaults(sr_data_rows, &r->data);
    sr_opt_defaults(sr_train_rows, &r->train);
    sr_opt_defaults(sr_attack_rows, &r->attack);
    sr_opt_defaults(sr_eval_rows, &r->eval);
    r->data.dataset = "fashion-mnist";
    r->data.path = "tests/fixtures/fashion-mnist";
    r->train.method = method;
    r->train.replays = 2;
    r->train.batch_size = BATCH;
    r->train.epochs = EPOCHS;
    r->eval.every = 0;
    r->model =
        models_build(models_all_kinds(), "silu",
                     (struct sr_problem){28, 28, 1, 10, {0}, {0}}, BATCH);
    r->with = (struct sr_training){.opts = &r->train,
                                   .attack = &r->attack,
                                   .eval = &r->eval,
                                   .seed = 1,
                                   .model = r->model};
    SR_GOOD(
        sr_data_open(&r->data, 1, NULL, sr_test_arena(), &r->with.data, &err),
        err);
    return r;
}

static void train_whole(struct run *r)
{
    struct sr_rundir dir;
    struct sr_trainer *trainer;
    struct sr_err err;
    SR_GOOD(sr_rundir_open(sr_test_dir(), sr_test_arena(), &dir, &err), err);
    r->with.rundir = &dir;
    r->with.log = sr_log_open(SR_PROGRESS_NONE);
    r->with.config_hash = "x";
    sr_log_quiet(r->with.log);
    SR_GOOD(sr_train_begin(&r->with, sr_test_arena(), &trainer, &err), err);
    while (!sr_train_is_done(trainer))
        SR_GOOD(sr_train_epoch(trainer, &err), err);
    sr_train_end(trainer);
    sr_log_close(r->with.log);
    sr_rundir_close(&dir);
}

static void train_stepwise(struct run *r, int steps)
{
    struct sr_trainer *trainer;
    struct sr_err err;
    SR_GOOD(sr_train_begin(&r->with, sr_test_arena(), &trainer, &err), err);
    for (int i = 0; i < steps; i++)
        SR_GOOD(sr_train_next_step(trainer, &err), err);
    sr_train_end(trainer);
}

/* What is timed is what is done: as many single steps as a run has lead to its
 * weights, over the ends of epochs and through replayed batches. */
START_TEST(single_steps_are_those_of_a_run)
{
    static const struct {
        const char *method;
        int steps;
    } cases[] = {{"adversarial", 2 * EPOCHS}, {"free", 2 * 2 * EPOCHS}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run *whole = make_run(cases[i].method);
        struct run *stepwise = make_run(cases[i].method);
        train_whole(whole);
        train_stepwise(stepwise, cases[i].steps);
        for (int p = 0; p < whole->model->params; p++)
            ck_assert_mem_eq(whole->model->param[p].value,
                             stepwise->model->param[p].value,
                             whole->model->param[p].count * sizeof(float));
    }
}
END_TEST

SR_SUITE(train_loop)
{
    return sr_suite("train/loop",
                    (const TTest *[]){single_steps_are_those_of_a_run, NULL});
}
