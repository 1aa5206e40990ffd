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

/* Nothing where there are no rows. */
static void print_table(const char *about, json_t *rows, struct sr_arena *arena)
{
    if (json_array_size(rows) > 0)
        printf("\n%s\n%s", about, sr_table_text(rows, SR_TABLE_MD, arena));
    json_decref(rows);
}

/* ---- whole steps ---- */

static json_t *step_row(const json_t *step)
{
    json_t *row = json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "step", text(step, "step"), "seconds",
        json_sprintf("%.4f", number(step, "seconds")), "images/s",
        json_sprintf("%.1f", number(step, "images_per_s")), "GFLOP/s",
        json_sprintf("%.1f", number(step, "gflop_per_s")), "of the peak",
        json_sprintf("%.1f %%", 100 * number(step, "share_of_peak")));
    if (!json_object_get(step, "other_seconds"))
        return row;
    json_object_set_new(
        row, "convolutions",
        json_sprintf("%.4f", number(step, "convolution_seconds")));
    const double other = number(step, "other_seconds");
    json_object_set_new(row, "everything else",
                        other > 0 ? json_sprintf("%.4f", other)
                                  : json_string("(noise)")); /* other load */
    return row;
}

static void print_steps(const json_t *document, struct sr_arena *arena)
{
    json_t *rows = json_array(), *step;
    size_t i;
    json_array_foreach (json_object_get(document, "steps"), i, step) {
        json_array_append_new(rows, step_row(step));
    }
    print_table("Steps; convolutions and everything else in seconds:\n", rows,
                arena);
}

/* A column for each step. */
static json_t *way_row(const json_t *way)
{
    json_t *row = json_pack("{s:s}", "engine.conv", text(way, "way")), *step;
    size_t i;
    json_array_foreach (json_object_get(way, "steps"), i, step) {
        json_object_set_new(row, text(step, "step"),
                            json_sprintf("%9.1f %6.1f %%",
                                         number(step, "images_per_s"),
                                         100 * number(step, "share_of_peak")));
    }
    return row;
}

static void print_ways(const json_t *document, struct sr_arena *arena)
{
    json_t *rows = json_array(), *way;
    size_t i;
    json_array_foreach (json_object_get(document, "compare"), i, way) {
        json_array_append_new(rows, way_row(way));
    }
    print_table("Ways of convolution; images/s, share of the peak:\n", rows,
                arena);
}

/* ---- layers ---- */

/* "32x32x64 -> 128, 3x3 / 2": rows, columns and channels of the input, channels
 * of the output, the filter and its stride. */
static json_t *shape_of(const json_t *layer)
{
    char groups[32] = "", stride[32] = "";
    if (number(layer, "groups") > 1)
        snprintf(groups, sizeof groups, " in %.0f groups",
                 number(layer, "groups"));
    if (number(layer, "stride") > 1)
        snprintf(stride, sizeof stride, " / %.0f", number(layer, "stride"));
    return json_sprintf("%.0fx%.0fx%.0f -> %.0f%s, %.0fx%.0f%s",
                        number(layer, "h"), number(layer, "w"),
                        number(layer, "c_in"), number(layer, "c_out"), groups,
                        number(layer, "kh"), number(layer, "kw"), stride);
}

static json_t *layer_row(const json_t *layer)
{
    json_t *passes = json_object_get(layer, "passes"), *pass;
    size_t i;
    json_t *row = json_pack(
        "{s:s, s:o, s:o, s:s, s:o}", "layer", text(layer, "name"), "times",
        json_sprintf("%.0f", number(layer, "count")), "shape", shape_of(layer),
        "way", text(layer, "way"), "MB",
        json_sprintf("%.1f", number(json_array_get(passes, 0), "bytes") / 1e6));
    json_array_foreach (passes, i, pass) {
        json_object_set_new(row, text(pass, "pass"),
                            json_sprintf("%9.3f %7.1f %6.1f %%",
                                         1e3 * number(pass, "seconds"),
                                         number(pass, "gflop_per_s"),
                                         100 * number(pass, "share_of_peak")));
    }
    return row;
}

static void print_layers(const json_t *document, struct sr_arena *arena)
{
    json_t *rows = json_array(), *layer;
    size_t i;
    json_array_foreach (json_object_get(document, "layers"), i, layer) {
        json_array_append_new(rows, layer_row(layer));
    }
    print_table("Convolutions, one of each shape; milliseconds, GFLOP/s, share "
                "of the peak; MB: x, y and\nthe weights, each read or written "
                "once:\n",
                rows, arena);
}

/* ---- the rest ---- */

static void print_memory(const json_t *memory)
{
    const double mega = 1 << 20;
    printf("\nMemory: at most %.1f MiB in use; the network's values and "
           "gradients %.1f, its weights\n%.1f, packed %.1f\n",
           number(memory, "peak_bytes") / mega,
           number(memory, "planned_bytes") / mega,
           number(memory, "weights_bytes") / mega,
           number(memory, "packed_bytes") / mega);
}

void sr_bench_print(const json_t *d, struct sr_arena *arena)
{
    const json_t *memory = json_object_get(d, "memory");
    printf("%s, %s: batch %.0f, threads %.0f, engine.conv %s\n%s, %s, %s\n"
           "Peak: %.1f GFLOP/s, %.1f GB/s\n",
           text(d, "model"), text(d, "activation"), number(d, "batch"),
           number(d, "threads"), text(d, "way"), text(d, "cpu"), text(d, "isa"),
           text(d, "blas"), number(d, "peak_gflop_per_s"),
           number(memory, "gb_per_s"));
    print_steps(d, arena);
    print_layers(d, arena);
    print_ways(d, arena);
    print_memory(memory);
}
