/* satrun eval --merge: the shares of an evaluation become one report. */
#include <string.h>

#include "base/file.h"
#include "eval/part.h"
#include "eval_tell.h"

/* Which network the shares were about. */
static struct sr_subject subject_of(const json_t *about)
{
    json_t *network = json_object_get(about, "network");
    const char *run = json_string_value(json_object_get(network, "run"));
    const char *weights =
        json_string_value(json_object_get(network, "weights"));
    return (struct sr_subject){
        .weights = weights ? weights : "",
        .run = run && sr_file_is_dir(run) ? run : NULL,
        .checkpoint = json_string_value(json_object_get(network, "checkpoint")),
        .averaged = json_is_true(json_object_get(network, "average")),
    };
}

/* Shares may have been made on several machines: a member `machines` then lists
 * them in the order of the files. */
static json_t *about_of(int n, const struct sr_eval_part *part)
{
    const json_t *first = json_object_get(part[0].about, "machine");
    json_t *about = json_copy((json_t *)part[0].about), *all = json_array();
    bool same = true;

    for (int i = 0; i < n; i++) {
        json_t *machine = json_object_get(part[i].about, "machine");
        same = same && json_equal(first, machine);
        json_array_append(all, machine);
    }
    if (!same)
        json_object_set(about, "machines", all);
    json_decref(all);
    return about;
}

static enum sr_status merge(const struct sr_call *call, const char *per_image,
                            int n, const struct sr_eval_part *part,
                            struct sr_err *err)
{
    struct sr_eval_opts opts;
    struct sr_eval eval;

    SR_TRY(sr_part_merge(n, part, call->arena, &opts, &eval, err));
    for (int i = 0; i < eval.warnings.n; i++)
        sr_log_warn(call->log, "%s", eval.warnings.text[i]);
    json_t *about = about_of(n, part);
    const struct sr_subject subject = subject_of(about);
    const struct sr_eval_told told = {&subject, &opts, &eval, about, per_image};
    const enum sr_status status = sr_eval_tell(call, &told, err);
    json_decref(about);
    return status;
}

enum sr_status sr_eval_merge(const struct sr_call *call, const char *per_image,
                             struct sr_err *err)
{
    const int n = call->words;
    struct sr_eval_part *part = SR_TAKE(call->arena, n, struct sr_eval_part);
    enum sr_status status = SR_OK;
    int open = 0;

    if (n == 0)
        return sr_fail(err, SR_EUSAGE,
                       "--merge needs files: the parts that --shard has left");
    while (status == SR_OK && open < n) {
        status = sr_part_open(call->word[open], &part[open], err);
        open += status == SR_OK;
    }
    if (status == SR_OK)
        status = merge(call, per_image, n, part, err);
    for (int i = 0; i < open; i++)
        sr_part_close(&part[i]);
    return status;
}
