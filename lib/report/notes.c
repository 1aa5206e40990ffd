#include "report/notes.h"

#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/layout.h"
#include "report/open_jobs.h"
#include "report/rundir.h"
#include "report/runs.h"
#include "report/setting.h"

enum { LOG_LIMIT = 1 << 26, SENTENCE = 2048 }; /* bytes; of a log, a note */

/* ---- what all rows share ---- */

static bool is_shared(const json_t *rows, const char *key)
{
    json_t *row, *first = NULL;
    size_t i;
    json_array_foreach (rows, i, row) {
        json_t *value = json_object_get(row, key);
        if (i == 0)
            first = value;
        if (!value || !json_equal(value, first))
            return false;
    }
    return first != NULL;
}

/* The value of a setting as people see it, where all rows have it; NULL
 * otherwise.  The caller owns it. */
static json_t *shared_value(const json_t *rows, const char *key)
{
    json_t *first = sr_setting_value(json_array_get(rows, 0), key), *row;
    bool shared = first != NULL;
    size_t i;
    json_array_foreach (rows, i, row) {
        json_t *value = sr_setting_value(row, key);
        shared = shared && value && json_equal(value, first);
        json_decref(value);
    }
    if (shared)
        return first;
    json_decref(first);
    return NULL;
}

/* A slope that is the forward function's own needs no word. */
static bool is_split(const json_t *row, const char *key)
{
    const json_t *settings = json_object_get(row, "settings");
    return strncmp(key, "activation.backward.", 20) != 0 ||
           strcmp(sr_json_text(settings, key),
                  sr_json_text(settings, "activation.forward")) != 0;
}

/* "seed": "0" or "seeds": "0, 1" where all rows have the same ones. */
static void add_seeds(json_t *common, const json_t *rows)
{
    const json_t *seeds = json_object_get(json_array_get(rows, 0), "seeds");
    char text[256] = "";
    json_t *seed;
    size_t i;
    if (!is_shared(rows, "seeds"))
        return;
    json_array_foreach (seeds, i, seed) {
        sr_text_add(text, sizeof text, "%s%s", i ? ", " : "",
                    json_string_value(seed));
    }
    sr_text_clean(text); /* a letter may have been cut */
    if (*text)
        json_object_set_new(common,
                            json_array_size(seeds) > 1 ? "seeds" : "seed",
                            json_string(text));
}

json_t *sr_notes_common(const json_t *rows)
{
    static const char *const facts[] = {"data", "images", "checkpoint"};
    static const char *const keys[] = {"model.arch",
                                       "activation.forward",
                                       "activation.backward.attack",
                                       "activation.backward.update",
                                       "train.method",
                                       "attack.name",
                                       "attack.norm",
                                       "attack.epsilon",
                                       "attack.step_size",
                                       "attack.steps",
                                       "train.epochs",
                                       "train.batch_size",
                                       "train.lr"};
    json_t *common = json_object();
    const json_t *first = json_array_get(rows, 0);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (is_shared(rows, facts[i]))
            json_object_set(common, facts[i], json_object_get(first, facts[i]));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *value = shared_value(rows, keys[i]);
        if (value && is_split(first, keys[i]))
            json_object_set(common, sr_setting_title(keys[i]), value);
        json_decref(value);
    }
    add_seeds(common, rows);
    return common;
}

static void add_common(json_t *notes, const json_t *common)
{
    char all[1024] = "In all rows: ";
    json_t *value;
    const char *title, *between = "";
    if (json_object_size(common) == 0)
        return;
    json_object_foreach ((json_t *)common, title, value) {
        if (json_is_string(value))
            sr_text_add(all, sizeof all, "%s%s %s", between, title,
                        json_string_value(value));
        else
            sr_text_add(all, sizeof all, "%s%s %lld", between, title,
                        (long long)json_integer_value(value));
        between = ", ";
    }
    sr_text_add(all, sizeof all, ".");
    sr_text_clean(all); /* a letter may have been cut */
    json_array_append_new(notes, json_string(all));
}

/* ---- how to read the figures ---- */

/* What is to be explained, and where it occurs. */
struct seen {
    bool single, several, best, overlaps, partial;
};

static void look_at(const json_t *row, struct seen *seen)
{
    const char *title;
    json_t *figure;
    json_object_foreach (json_object_get(row, "figures"), title, figure) {
        const bool several = json_object_get(figure, "sd") != NULL;
        seen->several |= several;
        seen->single |= !several;
        seen->best |= json_is_true(json_object_get(figure, "best"));
        seen->overlaps |=
            json_is_true(json_object_get(figure, "overlaps_best"));
        seen->partial |= json_object_get(figure, "of") != NULL;
    }
}

static void add_note(json_t *notes, bool applies, const char *text)
{
    if (applies)
        json_array_append_new(notes, json_string(text));
}

static void add_legend(json_t *notes, const json_t *rows)
{
    struct seen seen = {0};
    json_t *row;
    size_t i;
    json_array_foreach (rows, i, row) {
        look_at(row, &seen);
    }
    add_note(notes, seen.single,
             "Accuracy in % and, in parentheses, the 95 % interval of Wilson "
             "for the images it was measured on; it holds for that one network "
             "and says nothing of other seeds.");
    add_note(
        notes, seen.several,
        "Over several seeds: mean ± sample standard deviation and, in "
        "parentheses, the 95 % interval of the mean, which joins Student's "
        "t over the seeds with Wilson's over the images (MOVER, Zou and "
        "Donner 2008).");
    add_note(notes, seen.partial,
             "n=1 and the like: not all seeds of the row have this figure.");
    add_note(notes, seen.best,
             "Bold: the highest of its column among finished runs on the same "
             "images.");
    add_note(notes, seen.overlaps,
             "†: its interval overlaps that of the best, so these figures do "
             "not tell which of the two is better.");
}

/* ---- attacks that were not told the same ---- */

static const json_t *how_of(const json_t *row, const char *title)
{
    const json_t *figures = json_object_get(row, "figures");
    return json_object_get(json_object_get(figures, title), "how");
}

/* "step_size, loss": what two rows of a column were told differently. */
static void add_differences(json_t *names, const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)a, key, value) {
        if (b && !json_equal(value, json_object_get(b, key)))
            json_object_set_new(names, key, json_true());
    }
}

static void add_unlike(json_t *notes, const json_t *rows, const char *title)
{
    json_t *names = json_object(), *row, *value;
    const json_t *first = NULL;
    char text[512] = "";
    const char *name;
    size_t i;
    json_array_foreach (rows, i, row) {
        const json_t *how = how_of(row, title);
        add_differences(names, first, how);
        first = first ? first : how;
    }
    json_object_foreach (names, name, value) {
        sr_text_add(text, sizeof text, "%s%s", *text ? ", " : "", name);
    }
    if (*text)
        json_array_append_new(
            notes, json_sprintf("Attention: %s was not the same attack in all "
                                "runs, they differ in its %s.",
                                title, text));
    json_decref(names);
}

json_t *sr_notes_of(const json_t *rows, const json_t *singles,
                    const json_t *common)
{
    json_t *notes = json_array(), *figures = sr_layout_figures(singles), *title;
    size_t i;
    add_common(notes, common);
    add_legend(notes, rows);
    json_array_foreach (figures, i, title) {
        add_unlike(notes, singles, json_string_value(title));
    }
    json_decref(figures);
    return notes;
}

/* ---- what may be taken for something else ---- */

static bool share_one(const json_t *names, const json_t *others)
{
    json_t *name, *other;
    size_t i, k;
    json_array_foreach (names, i, name) {
        json_array_foreach (others, k, other) {
            if (json_equal(name, other))
                return true;
        }
    }
    return false;
}

static void add_names(char *text, const json_t *names)
{
    json_t *name;
    size_t i;
    json_array_foreach (names, i, name) {
        sr_text_add(text, SENTENCE, "%s%s", i ? ", " : "",
                    json_string_value(name));
    }
}

/* Once, however many images they were measured on. */
static void add_once(json_t *notes, const char *text)
{
    json_t *note = json_string(text);
    json_t *one = json_pack("[o]", note);
    if (!share_one(one, notes))
        json_array_append(notes, note);
    json_decref(one);
}

/* By their paths where names do not tell them apart. */
static void add_repeats(json_t *notes, const json_t *row)
{
    const json_t *runs = json_object_get(row, "runs");
    const json_t *others = json_object_get(row, "repeats");
    const bool several = json_array_size(runs) > 1;
    char text[SENTENCE] = "";
    if (!others || (!several && json_array_size(others) < 2))
        return; /* none is part of a mean */
    const bool alike = share_one(runs, others);
    add_names(text, alike ? json_object_get(row, "paths") : runs);
    sr_text_add(text, sizeof text, " %s settings and seed of runs among ",
                several ? "repeat" : "repeats");
    add_names(text, alike ? json_object_get(row, "repeats at") : others);
    sr_text_add(text, sizeof text,
                ": no seed counts twice, so %s a row of %s own. To have "
                "others together, name the runs.",
                several ? "they are" : "it is", several ? "their" : "its");
    sr_text_clean(text); /* a letter may have been cut */
    add_once(notes, text);
}

json_t *sr_notes_warnings(const json_t *rows, const json_t *runs)
{
    json_t *notes = json_array(), *item;
    size_t i;
    json_array_foreach (rows, i, item) {
        add_repeats(notes, item);
    }
    json_array_foreach (runs, i, item) {
        json_array_extend(notes, json_object_get(item, "doubts"));
    }
    return notes;
}

/* ---- runs without a result ---- */

static long long epochs_done(const json_t *run)
{
    const json_t *epochs = json_object_get(run, "epochs");
    const size_t n = json_array_size(epochs);
    return n > 0 ? json_integer_value(
                       json_object_get(json_array_get(epochs, n - 1), "epoch"))
                 : 0;
}

/* The last line of log.txt without its time, which says why a run failed. */
static const char *last_words(const char *path, struct sr_arena *arena)
{
    struct sr_err ignored;
    unsigned char *bytes;
    size_t size;
    char *line, *last = NULL;
    if (sr_file_read(sr_file_join(arena, path, "log.txt"), LOG_LIMIT, SR_EDATA,
                     arena, &bytes, &size, &ignored) != SR_OK)
        return "";
    char *rest = (char *)bytes;
    while ((line = sr_text_line(&rest)))
        last = *line ? line : last;
    if (!last)
        return "";
    sr_text_clean(last);
    return strlen(last) > 21 && last[20] == ' ' ? last + 21 : last;
}

/* A manifest may say anything, and people read it on a terminal. */
static const char *clean(const char *text, struct sr_arena *arena)
{
    char *own = sr_arena_text(arena, text);
    sr_text_clean(own);
    return own;
}

/*   failure  of the sweep's job that the run is of; NULL: none */
static json_t *what_of(const json_t *run, const char *state,
                       const char *failure, struct sr_arena *arena)
{
    const char *path = sr_json_text(run, "path");
    const char *of =
        sr_json_text(json_object_get(run, "settings"), "train.epochs");
    if (sr_run_is_finished(run))
        return json_string("not evaluated on test images");
    const char *words = failure                        ? clean(failure, arena)
                        : strcmp(state, "failed") == 0 ? last_words(path, arena)
                                                       : "";
    if (strcmp(state, "running") == 0 && !sr_rundir_is_held(path))
        words = "its process is gone";
    return json_sprintf("%lld of %s epochs%s%s", epochs_done(run),
                        *of ? clean(of, arena) : "?", *words ? ": " : "",
                        words);
}

static json_t *note_of(const json_t *run, const char *state, json_t *what,
                       struct sr_arena *arena)
{
    return json_pack("{s:s, s:O, s:s, s:o}", "run",
                     clean(sr_json_text(run, "run"), arena), "path",
                     json_object_get(run, "path"), "state",
                     *state ? clean(state, arena) : "unknown", "what", what);
}

static void add_stale(json_t *list, const json_t *run, const char *state,
                      struct sr_arena *arena)
{
    json_t *name;
    size_t i;
    json_array_foreach (json_object_get(run, "stale"), i, name) {
        const char *text = clean(json_string_value(name), arena);
        json_array_append_new(
            list, note_of(run, state,
                          json_sprintf("eval/%s is left out: it is of weights "
                                       "that the run has trained on since; "
                                       "evaluate again",
                                       text),
                          arena));
    }
}

/* A job may have failed without its run: before it went on, for instance. */
static void add_open(json_t *list, const json_t *run, const char *state,
                     struct sr_arena *arena)
{
    const char *failure =
        sr_open_jobs_failure(sr_json_text(run, "path"), arena);
    const char *told = failure ? "failed" : state;
    json_array_append_new(
        list, note_of(run, told, what_of(run, told, failure, arena), arena));
}

json_t *sr_notes_unfinished(const json_t *runs, struct sr_arena *arena)
{
    json_t *list = json_array(), *run;
    size_t i;
    json_array_foreach (runs, i, run) {
        const json_t *manifest = json_object_get(run, "manifest");
        const char *state = sr_json_text(manifest, "state");
        add_stale(list, run, state, arena);
        if (sr_run_is_finished(run) &&
            json_array_size(json_object_get(run, "evals")) > 0)
            continue;
        add_open(list, run, state, arena);
    }
    return list;
}

json_t *sr_notes_damaged(const json_t *runs)
{
    json_t *all = json_array(), *run;
    size_t i;
    json_array_foreach (runs, i, run) {
        json_array_extend(all, json_object_get(run, "problems"));
    }
    return all;
}
