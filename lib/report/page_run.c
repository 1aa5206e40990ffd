/* The section of one run. */
#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/html.h"
#include "report/page.h"
#include "report/row.h"
#include "report/runs.h"

enum { TEXT_LIMIT = 1 << 20, PICTURES = 8 }; /* bytes of a config; a run */

/* ---- values ---- */

/* A scalar as text, from ARENA; "" for anything else. */
static const char *text_of(const json_t *value, struct sr_arena *arena)
{
    if (json_is_string(value))
        return sr_arena_text(arena, json_string_value(value));
    if (json_is_integer(value))
        return sr_arena_format(arena, "%lld",
                               (long long)json_integer_value(value));
    if (json_is_real(value))
        return sr_arena_format(arena, "%.4g", json_real_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    return "";
}

/* ---- how it was measured ---- */

static const char *epsilon_of(const json_t *attack, const char *key,
                              struct sr_arena *arena)
{
    char text[32];
    const json_t *value = json_object_get(attack, key);
    if (!json_is_number(value))
        return "";
    sr_row_epsilon(json_number_value(value), text, sizeof text);
    return sr_arena_text(arena, text);
}

static void put_figure(FILE *out, const json_t *proportion)
{
    fprintf(out, "<td>%.2f %%</td>",
            100 * json_number_value(json_object_get(proportion, "accuracy")));
}

static void put_attack(FILE *out, const json_t *eval, const json_t *attack,
                       struct sr_arena *arena)
{
    static const char *const told[] = {"steps", "restarts", "loss",
                                       "random_start", "keep"};
    fputs("<tr>", out);
    sr_html_tag(out, "td",
                sr_json_text(json_object_get(eval, "network"), "checkpoint"));
    sr_html_tag(out, "td", text_of(json_object_get(eval, "images"), arena));
    sr_html_tag(out, "td", sr_json_text(attack, "attack"));
    sr_html_tag(out, "td", sr_json_text(attack, "norm"));
    sr_html_tag(out, "td", epsilon_of(attack, "epsilon", arena));
    sr_html_tag(out, "td", epsilon_of(attack, "step_size", arena));
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        sr_html_tag(out, "td",
                    text_of(json_object_get(attack, told[i]), arena));
    sr_html_tag(out, "td", sr_json_text(eval, "backward"));
    put_figure(out, json_object_get(attack, "robust"));
    sr_html_tag(out, "td", text_of(json_object_get(attack, "seconds"), arena));
    fputs("</tr>\n", out);
}

static void put_clean(FILE *out, const json_t *eval, struct sr_arena *arena)
{
    fputs("<tr>", out);
    sr_html_tag(out, "td",
                sr_json_text(json_object_get(eval, "network"), "checkpoint"));
    sr_html_tag(out, "td", text_of(json_object_get(eval, "images"), arena));
    fputs("<td>clean</td><td></td><td></td><td></td><td></td><td></td><td></td>"
          "<td></td><td></td><td></td>",
          out);
    put_figure(out, json_object_get(eval, "clean"));
    fputs("<td></td></tr>\n", out);
}

static void put_measured(FILE *out, const json_t *run, struct sr_arena *arena)
{
    json_t *eval, *attack;
    size_t i, k;
    fputs("<h4>How it was measured</h4>\n<div class=\"wide\"><table>\n"
          "<thead><tr><th>checkpoint</th><th>images</th><th>attack</th>"
          "<th>norm</th><th>epsilon</th><th>step</th><th>steps</th>"
          "<th>restarts</th><th>loss</th><th>random start</th><th>keep</th>"
          "<th>slope</th><th>accuracy</th><th>seconds</th></tr></thead>\n"
          "<tbody>\n",
          out);
    json_array_foreach (json_object_get(run, "evals"), i, eval) {
        put_clean(out, eval, arena);
        json_array_foreach (json_object_get(eval, "attacks"), k, attack) {
            put_attack(out, eval, attack, arena);
        }
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_warnings(FILE *out, const json_t *run)
{
    json_t *eval, *warning;
    size_t i, k;
    json_array_foreach (json_object_get(run, "evals"), i, eval) {
        json_array_foreach (json_object_get(eval, "warnings"), k, warning) {
            fputs("<p class=\"warning\">Warning of the evaluation: ", out);
            sr_html_put(out, json_is_string(warning)
                                 ? json_string_value(warning)
                                 : "(no text)");
            fputs("</p>\n", out);
        }
    }
}

/* ---- pictures ---- */

static bool is_picture(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcmp(dot, ".png") == 0 || strcmp(dot, ".svg") == 0);
}

static int put_pictures_in(FILE *out, const char *run, const char *below, int n,
                           struct sr_arena *arena)
{
    const char *dir = *below ? sr_file_join(arena, run, below) : run;
    const char *const *names;
    struct sr_err err;
    int count = 0;
    if (sr_file_list(dir, SR_EDATA, arena, &names, &count, &err) != SR_OK)
        return n;
    for (int i = 0; i < count && n < PICTURES; i++) {
        if (!is_picture(names[i]))
            continue;
        const char *caption = sr_file_join(arena, below, names[i]);
        if (sr_html_figure(out, sr_file_join(arena, dir, names[i]), caption,
                           arena, &err) != SR_OK)
            sr_html_tag(out, "p", err.text);
        n++;
    }
    return n;
}

/* Beside the run's files and one level below, where grids, curves of an audit
 * and the like are put. */
static void put_pictures(FILE *out, const char *path, struct sr_arena *arena)
{
    const char *const *names;
    struct sr_err ignored; /* no list, no pictures */
    int count = 0;
    fputs("<div class=\"pictures\">\n", out);
    int n = put_pictures_in(out, path, "", 0, arena);
    if (sr_file_list(path, SR_EDATA, arena, &names, &count, &ignored) != SR_OK)
        count = 0;
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], "checkpoints") != 0 &&
            sr_file_is_dir(sr_file_join(arena, path, names[i])))
            n = put_pictures_in(out, path, names[i], n, arena);
    fputs("</div>\n", out);
}

/* ---- where it comes from ---- */

static void put_provenance(FILE *out, const json_t *run, struct sr_arena *arena)
{
    static const struct {
        const char *title, *path;
    } facts[] = {{"state", "state"},
                 {"started", "started"},
                 {"ended", "ended"},
                 {"satrun", "satrun.version"},
                 {"commit", "satrun.commit"},
                 {"compiler", "satrun.compiler"},
                 {"CPU", "machine.cpu"},
                 {"instruction set", "machine.isa"},
                 {"BLAS", "machine.blas"},
                 {"threads", "machine.threads"},
                 {"data set", "data.dataset"},
                 {"data SHA-256", "data.sha256"},
                 {"network", "model.arch"},
                 {"parameters", "model.parameters"},
                 {"seed", "seed"},
                 {"config SHA-256", "config"}};
    const json_t *manifest = json_object_get(run, "manifest");
    fputs(
        "<h4>Where it comes from</h4>\n<div class=\"wide\"><table>\n<tbody>\n",
        out);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const char *text = text_of(sr_json_at(manifest, facts[i].path), arena);
        if (!*text)
            continue;
        fprintf(out, "<tr><th scope=\"row\">%s</th>", facts[i].title);
        sr_html_tag(out, "td", text);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

/* A file of the run as it is, folded. */
static void put_file(FILE *out, const char *path, const char *name,
                     struct sr_arena *arena)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err ignored; /* a run that has no such file shows none */
    if (sr_file_read(sr_file_join(arena, path, name), TEXT_LIMIT, SR_EDATA,
                     arena, &bytes, &size, &ignored) != SR_OK)
        return;
    fputs("<details><summary>", out);
    sr_html_put(out, name);
    fputs("</summary>\n", out);
    sr_html_tag(out, "pre", (const char *)bytes);
    fputs("</details>\n", out);
}

void sr_page_put_run(FILE *out, const json_t *run, struct sr_arena *arena)
{
    const struct sr_mark before = sr_arena_mark(arena);
    const char *path = sr_json_text(run, "path");
    const char *state = sr_json_text(json_object_get(run, "manifest"), "state");
    json_t *problem;
    size_t i;
    fputs("<details class=\"run\"><summary><b>", out);
    sr_html_put(out, sr_json_text(run, "run"));
    fputs("</b> ", out);
    sr_html_put(out, *state ? state : "unknown");
    fputs("</summary>\n", out);
    json_array_foreach (json_object_get(run, "problems"), i, problem) {
        sr_html_tag(out, "p class=\"warning\"", json_string_value(problem));
    }
    put_warnings(out, run);
    if (json_array_size(json_object_get(run, "evals")) > 0)
        put_measured(out, run, arena);
    put_pictures(out, path, arena);
    put_provenance(out, run, arena);
    put_file(out, path, "command.txt", arena);
    put_file(out, path, "config.yaml", arena);
    fputs("</details>\n", out);
    sr_arena_release(arena, before);
}
