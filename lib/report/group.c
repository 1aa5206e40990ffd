#include "report/group.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure.h"
#include "report/label.h"
#include "report/runs.h"
#include "report/setting.h"
#include "report/stats.h"

/* ---- which belong together ---- */

static json_t *seed_of(const json_t *row)
{
    return json_string(sr_json_text(json_object_get(row, "settings"), "seed"));
}

/* What two rows must share to differ by the seed alone, as one text; from
 * malloc.  A row that is not finished shares with none. */
static char *likeness_of(const json_t *row)
{
    static const char *const facts[] = {"data", "images", "checkpoint",
                                        "evaluated with"};
    json_t *all = json_object(), *value;
    const char *key;
    json_object_foreach (json_object_get(row, "settings"), key, value) {
        if (sr_setting_counts(key) && strcmp(key, "seed") != 0)
            json_object_set(all, key, value);
    }
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        json_object_set(all, facts[i], json_object_get(row, facts[i]));
    if (json_object_get(row, "state"))
        json_object_set(all, "run", json_object_get(row, "run"));
    char *text = json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT);
    SR_REQUIRE(text != NULL);
    json_decref(all);
    return text;
}

static bool has_seed(const json_t *group, const json_t *row)
{
    json_t *seed = seed_of(row), *other;
    bool found = false;
    size_t i;
    json_array_foreach (group, i, other) {
        json_t *its = seed_of(other);
        found = found || json_equal(its, seed);
        json_decref(its);
    }
    json_decref(seed);
    return found;
}

/* The k-th row of one seed goes to the k-th group of its kind. */
static void add_to_group(json_t *groups, json_t *row, struct sr_arena *arena)
{
    char *likeness = likeness_of(row);
    json_t *group;
    const char *key;
    int k = 0;
    do {
        key = sr_arena_format(arena, "%d %s", k++, likeness);
        group = json_object_get(groups, key);
    } while (group && has_seed(group, row));
    if (!group) {
        group = json_array();
        json_object_set_new(groups, key, group);
    }
    json_array_append(group, row);
    free(likeness);
}

/* ---- one row of several ---- */

static json_t *pair(struct sr_interval i)
{
    return json_pack("[f, f]", i.low, i.high);
}

static json_t *spread_json(const struct sr_spread *s, const double *accuracy)
{
    json_t *all = json_array();
    for (int i = 0; i < s->n; i++)
        json_array_append_new(all, json_real(accuracy[i]));
    return json_pack("{s:f, s:f, s:i, s:o, s:o, s:o, s:o}", "accuracy", s->mean,
                     "sd", s->sd, "n", s->n, "accuracies", all, "interval_95",
                     pair(s->both), "interval_95_seeds", pair(s->seeds),
                     "interval_95_images", pair(s->images));
}

static json_t *join_figure(const json_t *group, const char *column,
                           struct sr_arena *arena)
{
    double *accuracy = SR_TAKE(arena, json_array_size(group), double);
    const json_t *figure = NULL, *images = NULL;
    json_t *row;
    size_t i;
    int n = 0;
    json_array_foreach (group, i, row) {
        if (!sr_figure_of(row, column))
            continue;
        figure = sr_figure_of(row, column);
        images = json_object_get(row, "images");
        accuracy[n++] = json_number_value(json_object_get(figure, "accuracy"));
    }
    json_t *joined = json_copy((json_t *)figure);
    if (n > 1) {
        const struct sr_spread s =
            sr_stats_spread(n, accuracy, json_number_value(images));
        json_decref(joined);
        joined = spread_json(&s, accuracy);
    }
    if ((size_t)n < json_array_size(group))
        json_object_set_new(joined, "of", json_sprintf("n=%d", n));
    return joined;
}

static json_t *join_figures(const json_t *group, struct sr_arena *arena)
{
    json_t *figures = json_object(), *row, *figure;
    const char *column;
    size_t i;
    json_array_foreach (group, i, row) {
        json_object_foreach (json_object_get(row, "figures"), column, figure) {
            if (!json_object_get(figures, column))
                json_object_set_new(figures, column,
                                    join_figure(group, column, arena));
        }
    }
    return figures;
}

static json_t *join(const json_t *group, struct sr_arena *arena)
{
    json_t *first = json_array_get(group, 0), *row;
    json_t *all = json_copy(first), *names = json_array();
    json_t *seeds = json_array(), *paths = json_array();
    size_t i;
    json_array_foreach (group, i, row) {
        json_array_append(names, json_object_get(row, "run"));
        json_array_extend(paths, json_object_get(row, "paths"));
        json_array_append_new(seeds, seed_of(row));
    }
    json_object_set_new(all, "runs", names);
    json_object_set_new(all, "paths", paths);
    json_object_set_new(all, "seeds", seeds);
    if (json_array_size(group) == 1)
        return all;
    json_object_set_new(all, "figures", join_figures(group, arena));
    return all;
}

/* The group that had the seeds first: the likeness without the number. */
static const json_t *first_of(const json_t *groups, const char *key,
                              struct sr_arena *arena)
{
    return json_object_get(groups,
                           sr_arena_format(arena, "0%s", strchr(key, ' ')));
}

static json_t *names_of(const json_t *group, const char *key)
{
    json_t *names = json_array(), *row;
    size_t i;
    json_array_foreach (group, i, row) {
        json_array_extend(names, json_object_get(row, key));
    }
    return names;
}

json_t *sr_rows_grouped(const json_t *rows, struct sr_arena *arena)
{
    json_t *groups = json_object(), *made = json_array(), *row, *group;
    const char *key;
    size_t i;
    json_array_foreach (rows, i, row) {
        add_to_group(groups, row, arena);
    }
    json_object_foreach (groups, key, group) {
        json_t *joined = join(group, arena);
        const json_t *first = first_of(groups, key, arena);
        json_array_append_new(made, joined);
        if (first == group)
            continue;
        json_object_set_new(joined, "repeats", names_of(first, "runs"));
        json_object_set_new(joined, "repeats at", names_of(first, "paths"));
    }
    json_decref(groups);
    sr_label_groups(made);
    return made;
}
