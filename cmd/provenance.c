#include "provenance.h"

#include <stdio.h>
#include <string.h>

/* The CPU's own name; "unknown" where the system does not say. */
static void cpu_name(char *text, size_t size)
{
    char line[256];
    snprintf(text, size, "unknown");
    FILE *in = fopen("/proc/cpuinfo", "r");
    if (!in)
        return;
    while (fgets(line, sizeof line, in)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        snprintf(text, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    fclose(in);
}

static json_t *software(void)
{
    return json_pack("{s:s, s:s, s:s}", "version", SR_VERSION, "commit",
                     SR_COMMIT, "compiler", "gcc " __VERSION__);
}

json_t *sr_machine(const struct sr_engine *engine)
{
    char cpu[128];
    cpu_name(cpu, sizeof cpu);
    return json_pack("{s:s, s:s, s:s, s:i}", "isa", sr_engine_isa(engine),
                     "blas", sr_engine_blas(), "cpu", cpu, "threads",
                     sr_par_threads(engine->par));
}

static json_t *data(const struct sr_setup *s)
{
    const struct sr_split *split = s->data->split;
    return json_pack("{s:s, s:s, s:{s:i, s:i, s:i}}", "dataset",
                     s->exp->data.dataset, "sha256", s->data->hash, "images",
                     "train", split[SR_TRAIN].n, "validation",
                     split[SR_VALIDATION].n, "test", split[SR_TEST].n);
}

/* How many convolutions are computed in which way. */
static json_t *ways(const struct sr_setup *s)
{
    json_t *all = json_object();
    struct sr_model_conv conv;
    for (int i = 0; (conv = sr_model_conv_at(s->model, i)).g; i++) {
        const char *way = sr_conv_way_name(&s->engine, conv.g);
        const json_t *count = json_object_get(all, way);
        json_object_set_new(all, way,
                            json_integer(json_integer_value(count) + 1));
    }
    return all;
}

json_t *sr_provenance(const struct sr_setup *s)
{
    char hash[65], network[65];
    sr_exp_hash(s->exp, s->arena, hash);
    sr_exp_hash_network(s->exp, s->arena, network);
    json_t *all =
        json_pack("{s:o, s:o, s:o, s:{s:s, s:I, s:o, s:s}, s:I, s:s}", "satrun",
                  software(), "machine", sr_machine(&s->engine), "data",
                  data(s), "model", "arch", s->exp->model.arch, "parameters",
                  (json_int_t)sr_model_parameters(s->model), "convolutions",
                  ways(s), "config", network, "seed",
                  (json_int_t)s->exp->top.seed, "config", hash);
    SR_REQUIRE(all != NULL);
    return all;
}

json_t *sr_settings(const struct sr_exp *exp)
{
    char key[128], value[1024];
    json_t *all = json_object();
    for (const struct sr_section *s = sr_sections; s->rows; s++)
        for (const struct sr_opt *row = s->rows; row->key; row++) {
            snprintf(key, sizeof key, "%s%s", s->prefix, row->key);
            sr_opt_show(row, (const char *)exp + s->offset, value,
                        sizeof value);
            json_object_set_new(all, key, json_string(value));
        }
    return all;
}
