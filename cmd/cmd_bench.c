/* satrun bench: how fast this machine trains and attacks a network. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "bench.h"
#include "document.h"
#include "engine/peak.h"

struct flags {
    const char *config;
    long long batch, reps;
    bool layers, compare;
};

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_FLAG(struct flags, config, "FILE",
            "the experiment; left out: resnet18 with silu on CIFAR-10's sizes"),
    SR_INT(struct flags, batch, "0", 0, 1 << 20, "images",
           "of a step; 0: the config's train.batch_size"),
    SR_INT(struct flags, reps, "5", 1, SR_BENCH_REPS_MAX, "",
           "how often everything is timed, after warming up; medians are told"),
    SR_BOOL(struct flags, layers, "false",
            "time single layers, too; without --json always"),
    SR_BOOL(struct flags, compare, "false",
            "time the steps again with each way of engine.conv"),
    {.key = NULL}
};
/* clang-format on */

/* What stands for a config that was not given, where the user says nothing. */
static const struct {
    const char *key, *word;
} instead[] = {{"data.dataset", "data.dataset=cifar10"},
               {"activation.forward", "activation.forward=silu"}};
enum { INSTEAD = sizeof instead / sizeof *instead };

static struct sr_call completed(const struct sr_call *call)
{
    const struct flags *flags = call->flags;
    struct sr_call more = *call;
    for (int i = 0; i < INSTEAD && !*flags->config; i++)
        if (!sr_call_sets(call, instead[i].key))
            more = sr_call_with(&more, instead[i].word, NULL);
    return more;
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

/* ---- measuring ---- */

/* One network, opened for measuring, and where the results go. */
typedef enum sr_status measure_fn(const struct sr_call *call,
                                  struct sr_bench *b, json_t *into,
                                  struct sr_err *err);

static enum sr_status measure_steps(const struct sr_call *call,
                                    struct sr_bench *b, json_t *into,
                                    struct sr_err *err)
{
    (void)call;
    json_t *steps;
    SR_TRY(sr_bench_steps(b, &steps, err));
    json_object_set_new(into, "steps", steps);
    return SR_OK;
}

/* The memory is asked for before layers take more of it. */
static enum sr_status measure_all(const struct sr_call *call,
                                  struct sr_bench *b, json_t *into,
                                  struct sr_err *err)
{
    const struct flags *flags = call->flags;
    b->peak = sr_peak_flops(&b->setup.engine);
    json_object_update_new(into, sr_bench_describe(b));
    SR_TRY(measure_steps(call, b, into, err));
    json_object_set_new(into, "memory", sr_bench_memory(&b->setup));
    if (flags->layers || !call->common.json)
        json_object_set_new(into, "layers",
                            sr_bench_layers(b, json_object_get(into, "steps")));
    return SR_OK;
}

/* Memory and threads last as long as the measuring. */
static enum sr_status with_network(const struct sr_call *call,
                                   struct sr_bench *b, measure_fn *measure,
                                   json_t *into, struct sr_err *err)
{
    const struct sr_setup_for what = {
        .config = config_of(call),
        .wants = SR_WANT_INPUT | SR_WANT_WEIGHTS,
        .batch = b->batch,
        .sizes_only = true,
    };
    const struct sr_mark mark = sr_arena_mark(call->arena);
    SR_TRY(sr_setup_open(call, &what, &b->setup, err));
    const enum sr_status status = measure(call, b, into, err);
    sr_setup_close(&b->setup);
    sr_arena_release(call->arena, mark);
    return status;
}

/* The steps once more with every way that can be set. */
static enum sr_status compare(const struct sr_call *call, struct sr_bench *b,
                              json_t *list, struct sr_err *err)
{
    const char *way;
    for (int i = 0; (way = sr_bench_way(i)); i++) {
        const struct sr_call own = sr_call_with(
            call, sr_arena_format(call->arena, "engine.conv=%s", way), NULL);
        json_t *result = json_pack("{s:s}", "way", way);
        json_array_append_new(list, result);
        sr_log_say(call->log, "engine.conv=%s", way);
        SR_TRY(with_network(&own, b, measure_steps, result, err));
    }
    return SR_OK;
}

static enum sr_status fill(const struct sr_call *call, json_t *document,
                           struct sr_err *err)
{
    const struct flags *flags = call->flags;
    struct sr_bench b = {.reps = (int)flags->reps};
    SR_TRY(find_batch(call, &b.batch, err));
    SR_TRY(with_network(call, &b, measure_all, document, err));
    if (!flags->compare)
        return SR_OK;
    json_t *list = json_array();
    json_object_set_new(document, "compare", list);
    return compare(call, &b, list, err);
}

static void tell(const struct sr_call *call, const json_t *document)
{
    if (!call->common.json) {
        sr_bench_print(document, call->arena);
        return;
    }
    sr_document_print(document);
}

static enum sr_status run(const struct sr_call *given, struct sr_err *err)
{
    const struct sr_call call = completed(given);
    json_t *document = json_object();
    const enum sr_status status = fill(&call, document, err);
    if (status == SR_OK)
        tell(&call, document);
    json_decref(document);
    return status;
}

const struct sr_cmd sr_cmd_bench = {
    .name = "bench",
    .summary = "how fast this machine trains and attacks a network",
    .usage = "[--config FILE] [--batch N] [--compare] [key=value...]",
    .details =
        "Times whole steps on noise: forward (batch norm in inference mode), "
        "attack (a step\nof PGD: the same, and the gradient of the images) and "
        "train (forward, the gradient\nof the weights, the update), and sets "
        "them against the fastest this machine can\nmultiply and add, measured "
        "on the spot. Convolutions count as direct ones, two\noperations a "
        "multiply-add. No data set is needed where its name tells its sizes, "
        "nor,\nfor photos, "
        "where data.classes=N is given.",
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
