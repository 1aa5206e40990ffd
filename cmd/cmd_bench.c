/* satrun bench: how fast this machine trains and attacks a network. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "args.h"
#include "bench.h"
#include "engine/peak.h"
#include "provenance.h"

struct flags {
    const char *config;
    long long batch, reps;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_FLAG(struct flags, config, "FILE",
            "the experiment; left out: resnet18 with silu on CIFAR-10's sizes"),
    SR_INT(struct flags, batch, "0", 0, 1 << 20, "images",
           "of a step; 0: the config's train.batch_size"),
    SR_INT(struct flags, reps, "5", 1, SR_BENCH_REPS_MAX, "",
           "how often everything is timed, after warming up; medians are told"),
    {.key = NULL}
};
/* clang-format on */

/* What stands for a config that was not given, where the user says nothing. */
static const char *const instead[] = {"data.dataset=cifar10",
                                      "activation.forward=silu"};
enum { INSTEAD = sizeof instead / sizeof *instead };

static bool sets(const struct sr_call *call, const char *word)
{
    const size_t key = strcspn(word, "=") + 1;
    for (int i = 0; i < call->overrides; i++)
        if (strncmp(call->override[i], word, key) == 0)
            return true;
    return false;
}

/* The call with these overrides, behind the user's, which errors count. */
static struct sr_call completed(const struct sr_call *call)
{
    const struct flags *flags = call->flags;
    struct sr_call own = *call;
    if (*flags->config)
        return own;
    own.override = SR_TAKE(call->arena, call->overrides + INSTEAD, char *);
    for (int i = 0; i < call->overrides; i++)
        own.override[i] = call->override[i];
    for (int i = 0; i < INSTEAD; i++)
        if (!sets(call, instead[i]))
            own.override[own.overrides++] =
                sr_arena_text(call->arena, instead[i]);
    return own;
}

static const char *config_of(const struct sr_call *call)
{
    const struct flags *flags = call->flags;
    return *flags->config ? flags->config : NULL;
}

static enum sr_status find_batch(const struct sr_call *call, int *batch,
                                 struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_exp *exp;
    SR_TRY(sr_setup_read(call, config_of(call), &exp, err));
    *batch = (int)(flags->batch ? flags->batch : exp->train.batch_size);
    return SR_OK;
}

/* "indirect": what engine.conv says. */
static const char *way_word(const struct sr_exp *exp)
{
    const struct sr_opt *row = sr_engine_rows;
    while (strcmp(row->key, "conv") != 0)
        row++;
    return row->words(exp->engine.conv);
}

static json_t *describe(const struct sr_bench *b)
{
    const struct sr_setup *s = b->setup;
    char activation[256];
    sr_activation_text(&s->exp->acts, activation, sizeof activation);
    json_t *document =
        json_pack("{s:s, s:f, s:s, s:s, s:s, s:i, s:i}", "schema",
                  "satrun.bench/1", "peak_gflop_per_s", b->peak / 1e9, "model",
                  s->exp->model.arch, "activation", activation, "way",
                  way_word(s->exp), "batch", b->batch, "reps", b->reps);
    json_object_update_new(document, sr_machine(&s->engine));
    return document;
}

/* Of the process so far, and of what it is known to hold. */
static json_t *memory_of(const struct sr_model *model)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return json_pack("{s:I, s:I, s:I, s:I}", "peak_bytes",
                     (json_int_t)usage.ru_maxrss * 1024, "planned_bytes",
                     (json_int_t)sr_model_block_bytes(model), "weights_bytes",
                     (json_int_t)(sr_model_parameters(model) * sizeof(float)),
                     "packed_bytes", (json_int_t)sr_model_packed_bytes(model));
}

static enum sr_status measure(const struct sr_bench *b, json_t *document,
                              struct sr_err *err)
{
    json_t *steps;
    SR_TRY(sr_bench_steps(b, &steps, err));
    json_object_set_new(document, "steps", steps);
    json_object_set_new(document, "memory", memory_of(b->setup->model));
    return SR_OK;
}

static void tell(const struct sr_call *call, const json_t *document)
{
    if (!call->common.json) {
        sr_bench_print(document, call->arena);
        return;
    }
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
}

static enum sr_status bench(const struct sr_call *call,
                            const struct sr_setup *setup, int batch,
                            struct sr_err *err)
{
    const struct flags *flags = call->flags;
    const struct sr_bench b = {
        .setup = setup,
        .batch = batch,
        .reps = (int)flags->reps,
        .peak = sr_peak_flops(&setup->engine),
    };
    json_t *document = describe(&b);
    const enum sr_status status = measure(&b, document, err);
    if (status == SR_OK)
        tell(call, document);
    json_decref(document);
    return status;
}

static enum sr_status run(const struct sr_call *given, struct sr_err *err)
{
    const struct sr_call call = completed(given);
    struct sr_setup_for what = {
        .config = config_of(&call),
        .wants = SR_WANT_INPUT | SR_WANT_WEIGHTS,
        .sizes_only = true,
    };
    struct sr_setup setup;
    SR_TRY(find_batch(&call, &what.batch, err));
    SR_TRY(sr_setup_open(&call, &what, &setup, err));
    const enum sr_status status = bench(&call, &setup, what.batch, err);
    sr_setup_close(&setup);
    return status;
}

const struct sr_cmd sr_cmd_bench = {
    .name = "bench",
    .summary = "how fast this machine trains and attacks a network",
    .usage = "[--config FILE] [--batch N] [--threads N] [key=value...]",
    .details =
        "Times whole steps on noise: forward (batch norm in inference mode), "
        "attack (a step\nof PGD: the same, and the gradient of the images) and "
        "train (forward, the gradient\nof the weights, the update), and sets "
        "them against the fastest this machine can\nmultiply and add, measured "
        "on the spot. Convolutions count as direct ones, two\noperations a "
        "multiply-add. No data set is needed where its name tells its sizes.",
    .examples =
        "  satrun bench --threads 2\n"
        "  satrun bench --config configs/cifar10/resnet20.yaml --batch 128 "
        "--json\n"
        "  SATRUN_ISA=avx2 satrun bench activation.forward=relu\n",
    .flags = rows,
    .flags_size = sizeof(struct flags),
    .words_min = 0,
    .words_max = 0,
    .overrides = true,
    .run = run,
};
