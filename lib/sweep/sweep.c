#include "sweep/sweep.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

enum { INDEX_BYTES_MAX = 1 << 24, FIELDS = 5 };

static const char INDEX[] = "index.tsv", ABOUT[] = "sweep.json",
                  SCHEMA[] = "satrun.sweep/1",
                  HEAD[] = "job\tname\tcheckpoint\tsha256\tsettings";

/* ---- places ---- */

static char *place(const char *dir, const char *kind, int number,
                   const char *name, struct sr_arena *arena)
{
    return sr_arena_format(arena, "%s/%s/%03d-%s", dir, kind, number, name);
}

char *sr_sweep_file(const struct sr_sweep *sweep, const struct sr_job *job,
                    const char *file, struct sr_arena *arena)
{
    return sr_file_join(
        arena, place(sweep->dir, "jobs", job->number, job->name, arena), file);
}

char *sr_sweep_run(const struct sr_sweep *sweep, const struct sr_job *job,
                   struct sr_arena *arena)
{
    return place(sweep->dir, "runs", job->number, job->name, arena);
}

/* ---- writing ---- */

static json_t *evals_json(int evals, const struct sr_settings *eval)
{
    json_t *list = json_array();
    for (int i = 0; i < evals; i++) {
        json_t *words = json_array();
        for (int k = 0; k < eval[i].n; k++)
            json_array_append_new(words, json_string(eval[i].word[k]));
        json_array_append_new(list, words);
    }
    return list;
}

static enum sr_status write_about(const char *dir, json_t *about, int evals,
                                  const struct sr_settings *eval,
                                  struct sr_arena *arena, struct sr_err *err)
{
    json_t *all = json_pack("{s:s}", "schema", SCHEMA);
    json_object_update(all, about);
    json_object_set_new(all, "evaluations", evals_json(evals, eval));
    const enum sr_status status =
        sr_json_write(sr_file_join(arena, dir, ABOUT), all, err);
    json_decref(all);
    return status;
}

/* Tabs and the like would be the end of a field. */
static char *one_field(const char *text, struct sr_arena *arena)
{
    char *clean = sr_arena_text(arena, text);
    sr_text_clean(clean);
    return clean;
}

static enum sr_status write_jobs(const char *dir, int jobs,
                                 const struct sr_frozen *job,
                                 struct sr_arena *arena, struct sr_err *err)
{
    size_t size = sizeof HEAD + 1;
    for (int i = 0; i < jobs; i++)
        size += strlen(job[i].settings) + SR_JOB_NAME_MAX + 128;
    char *index = SR_TAKE(arena, size, char);
    size_t used = (size_t)snprintf(index, size, "%s\n", HEAD);
    for (int i = 0; i < jobs; i++) {
        char sum[SR_SHA256_TEXT];
        const size_t length = strlen(job[i].config);
        const char *home = place(dir, "jobs", i + 1, job[i].name, arena);
        SR_TRY(sr_file_mkdir(home, err));
        SR_TRY(sr_file_write(sr_file_join(arena, home, "config.yaml"),
                             job[i].config, length, err));
        sr_sha256(job[i].config, length, sum);
        used +=
            (size_t)snprintf(index + used, size - used, "%d\t%s\t%s\t%s\t%s\n",
                             i + 1, job[i].name, job[i].checkpoint, sum,
                             one_field(job[i].settings, arena));
        SR_REQUIRE(used < size);
    }
    return sr_file_write(sr_file_join(arena, dir, INDEX), index, used, err);
}

/* An empty directory is as good as none: rename replaces it. */
static enum sr_status check_free(const char *dir, struct sr_arena *arena,
                                 struct sr_err *err)
{
    const char *const *names;
    int n = 0;
    if (sr_file_is_dir(dir))
        SR_TRY(sr_file_list(dir, SR_ERESOURCE, arena, &names, &n, err));
    else if (!sr_file_exists(dir))
        return SR_OK;
    else
        n = 1;
    if (n == 0)
        return SR_OK;
    const bool sweep = sr_file_exists(sr_file_join(arena, dir, INDEX));
    return sr_fail(err, SR_EUSAGE, "%s is there already%s", dir,
                   sweep ? ", and it is a sweep: 'satrun sweep run' goes on "
                           "with it; for other jobs take another directory"
                         : " and not empty; take another directory");
}

static enum sr_status write_all(const char *dir, int jobs,
                                const struct sr_frozen *job, int evals,
                                const struct sr_settings *eval, json_t *about,
                                struct sr_arena *arena, struct sr_err *err)
{
    dir = sr_file_trim(arena, dir);
    char *beside = sr_arena_format(arena, "%s.%ld.tmp", dir, (long)getpid());
    SR_TRY(check_free(dir, arena, err));
    SR_TRY(sr_file_remove_tree(beside, err));
    SR_TRY(sr_file_mkdir(sr_arena_format(arena, "%s/runs", beside), err));
    enum sr_status status = write_about(beside, about, evals, eval, arena, err);
    if (status == SR_OK)
        status = write_jobs(beside, jobs, job, arena, err);
    if (status == SR_OK)
        status = sr_file_rename(beside, dir, err);
    if (status != SR_OK) {
        struct sr_err ignored; /* the failure before it is what to tell */
        sr_file_remove_tree(beside, &ignored);
    }
    return status;
}

enum sr_status sr_sweep_write(const char *dir, int jobs,
                              const struct sr_frozen *job, int evals,
                              const struct sr_settings *eval, json_t *about,
                              struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status =
        write_all(dir, jobs, job, evals, eval, about, arena, err);
    json_decref(about);
    sr_arena_free(arena);
    return status;
}

/* ---- reading ---- */

/* The fields of a line, the last one with all that is left; how many. */
static int split_line(char *line, char *field[FIELDS])
{
    int n = 0;
    while (n < FIELDS - 1) {
        char *end = line + strcspn(line, "\t");
        field[n++] = line;
        if (!*end)
            return n;
        *end = '\0';
        line = end + 1;
    }
    field[n++] = line;
    return n;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == SR_SHA256_TEXT - 1 &&
           strspn(text, "0123456789abcdef") == SR_SHA256_TEXT - 1;
}

static enum sr_status read_job(char *line, struct sr_src at, struct sr_job *job,
                               struct sr_err *err)
{
    char *field[FIELDS];
    long long number;
    const int fields = split_line(line, field);
    if (fields != FIELDS)
        return sr_fail_at(err, at, "%d fields instead of %d", fields, FIELDS);
    if (!sr_text_int(field[0], &number) || number != at.line - 1)
        return sr_fail_at(err, at, "job '%s' where %d should be", field[0],
                          at.line - 1);
    if (!sr_job_name_is_good(field[1]))
        return sr_fail_at(err, at, "'%s' cannot be the name of a job",
                          field[1]);
    if (strcmp(field[2], "last") != 0 && strcmp(field[2], "best") != 0)
        return sr_fail_at(err, at, "checkpoint '%s' instead of last or best",
                          field[2]);
    if (!is_sha256(field[3]))
        return sr_fail_at(err, at, "'%s' is no SHA-256", field[3]);
    sr_text_clean(field[4]);
    *job = (struct sr_job){.number = (int)number,
                           .name = field[1],
                           .checkpoint = field[2],
                           .settings = field[4]};
    memcpy(job->sha256, field[3], sizeof job->sha256);
    return SR_OK;
}

static int count_lines(const char *text)
{
    int n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

static enum sr_status read_index(struct sr_sweep *s, struct sr_arena *arena,
                                 struct sr_err *err)
{
    unsigned char *bytes;
    size_t size;
    struct sr_src at = {
        .path = sr_file_join(arena, s->dir, INDEX), .line = 1, .column = 1};
    SR_TRY(sr_file_read(at.path, INDEX_BYTES_MAX, SR_EUSAGE, arena, &bytes,
                        &size, err));
    char *rest = (char *)bytes, *line = sr_text_line(&rest);
    if (!line || strcmp(line, HEAD) != 0)
        return sr_fail_at(err, at, "this is not the index of a sweep");
    s->job = SR_TAKE(arena, count_lines(rest) + 1, struct sr_job);
    while ((line = sr_text_line(&rest))) {
        at.line++;
        SR_TRY(read_job(line, at, &s->job[s->jobs], err));
        s->jobs++;
    }
    if (rest != (char *)bytes + size)
        return sr_fail_at(err, at, "a zero byte ends the index here");
    if (s->jobs == 0)
        return sr_fail_at(err, at, "there is no job");
    return SR_OK;
}

static enum sr_status read_eval(const json_t *words, struct sr_arena *arena,
                                struct sr_settings *eval)
{
    const size_t n = json_array_size(words);
    eval->word = SR_TAKE(arena, n + 1, char *);
    for (size_t i = 0; i < n; i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (!word || strncmp(word, "eval.", 5) != 0 || !strchr(word, '='))
            return SR_ECONFIG;
        eval->word[eval->n++] = sr_arena_text(arena, word);
    }
    return n > 0 ? SR_OK : SR_ECONFIG;
}

static enum sr_status read_evals(struct sr_sweep *s, const json_t *about,
                                 const char *path, struct sr_arena *arena,
                                 struct sr_err *err)
{
    const json_t *list = json_object_get(about, "evaluations");
    const char *schema = json_string_value(json_object_get(about, "schema"));
    if (!schema || strcmp(schema, SCHEMA) != 0 || !json_is_array(list))
        return sr_fail(err, SR_ECONFIG, "%s: not a \"%s\" with \"evaluations\"",
                       path, SCHEMA);
    s->evals = (int)json_array_size(list);
    s->eval = SR_TAKE(arena, s->evals, struct sr_settings);
    for (int i = 0; i < s->evals; i++)
        if (read_eval(json_array_get(list, (size_t)i), arena, &s->eval[i]) !=
            SR_OK)
            return sr_fail(err, SR_ECONFIG,
                           "%s: evaluation %d is not a list of "
                           "\"eval.key=value\"",
                           path, i + 1);
    return SR_OK;
}

enum sr_status sr_sweep_read(const char *dir, struct sr_arena *arena,
                             struct sr_sweep **sweep, struct sr_err *err)
{
    struct sr_sweep *s = SR_TAKE(arena, 1, struct sr_sweep);
    json_t *about;
    s->dir = sr_file_trim(arena, dir);
    const char *path = sr_file_join(arena, s->dir, ABOUT);
    if (!sr_text_is_clean(dir)) /* JSON could not name it */
        return sr_fail(err, SR_EUSAGE, "%s: a path that is no UTF-8", dir);
    if (!sr_file_exists(sr_file_join(arena, s->dir, INDEX)))
        return sr_fail(err, SR_EUSAGE,
                       "%s is not a sweep: it has no %s; 'satrun sweep make' "
                       "makes one",
                       s->dir, INDEX);
    SR_TRY(read_index(s, arena, err));
    SR_TRY(sr_json_read(path, SR_ECONFIG, &about, err));
    const enum sr_status status = read_evals(s, about, path, arena, err);
    json_decref(about);
    if (status == SR_OK)
        *sweep = s;
    return status;
}

enum sr_status sr_sweep_find(const struct sr_sweep *sweep, const char *word,
                             struct sr_job **job, struct sr_err *err)
{
    long long number = 0;
    const bool counted = sr_text_int(word, &number);
    for (int i = 0; i < sweep->jobs; i++)
        if (counted ? sweep->job[i].number == number
                    : strcmp(sweep->job[i].name, word) == 0) {
            *job = &sweep->job[i];
            return SR_OK;
        }
    return sr_fail(err, SR_EUSAGE, "%s has no job %s; its %d jobs are in %s/%s",
                   sweep->dir, word, sweep->jobs, sweep->dir, INDEX);
}

static enum sr_status check_sum(const char *path, const char *frozen,
                                struct sr_err *err)
{
    char sum[SR_SHA256_TEXT];
    SR_TRY(sr_sha256_file(path, SR_ECONFIG, sum, err));
    if (strcmp(sum, frozen) != 0)
        return sr_fail(err, SR_ECONFIG,
                       "%s has been changed since the sweep was made: its "
                       "SHA-256 was %.12s, is %.12s; undo that, or make "
                       "another sweep of other settings",
                       path, frozen, sum);
    return SR_OK;
}

enum sr_status sr_sweep_check(const struct sr_sweep *sweep,
                              const struct sr_job *job, struct sr_err *err)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const enum sr_status status = check_sum(
        sr_sweep_file(sweep, job, "config.yaml", arena), job->sha256, err);
    sr_arena_free(arena);
    return status;
}
