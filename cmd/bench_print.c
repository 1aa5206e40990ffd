/* The document of `satrun bench` for people: Markdown tables. */
#include <stdio.h>

#include "bench.h"
#include "report/table.h"

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void print_table(json_t *rows, struct sr_arena *arena)
{
    putchar('\n');
    fputs(sr_table_text(rows, SR_TABLE_MD, arena), stdout);
    json_decref(rows);
}

static json_t *per_cent(double share)
{
    return json_sprintf("%.1f %%", 100 * share);
}

static void print_steps(const json_t *document, struct sr_arena *arena)
{
    json_t *rows = json_array(), *step;
    size_t i;
    json_array_foreach (json_object_get(document, "steps"), i, step) {
        json_array_append_new(
            rows,
            json_pack(
                "{s:s, s:o, s:o, s:o, s:o}", "step", text(step, "step"),
                "seconds", json_sprintf("%.4f", number(step, "seconds")),
                "images/s", json_sprintf("%.1f", number(step, "images_per_s")),
                "GFLOP/s", json_sprintf("%.1f", number(step, "gflop_per_s")),
                "of the peak", per_cent(number(step, "share_of_peak"))));
    }
    print_table(rows, arena);
}

static void print_memory(const json_t *memory)
{
    const double mega = 1 << 20;
    printf("\nmemory: at most %.1f MiB in use; the network's values and "
           "gradients %.1f, its weights %.1f, packed %.1f\n",
           number(memory, "peak_bytes") / mega,
           number(memory, "planned_bytes") / mega,
           number(memory, "weights_bytes") / mega,
           number(memory, "packed_bytes") / mega);
}

void sr_bench_print(const json_t *d, struct sr_arena *arena)
{
    printf("%s, %s: batch %.0f, threads %.0f, engine.conv %s\n%s, %s, %s\n"
           "peak: %.1f GFLOP/s\n",
           text(d, "model"), text(d, "activation"), number(d, "batch"),
           number(d, "threads"), text(d, "way"), text(d, "cpu"), text(d, "isa"),
           text(d, "blas"), number(d, "peak_gflop_per_s"));
    print_steps(d, arena);
    print_memory(json_object_get(d, "memory"));
}
