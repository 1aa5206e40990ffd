#include "sweep/expand.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* A key and the values it takes in turn. */
struct axis {
    char *key;
    struct sr_settings values; /* without the key */
};

struct cell {
    char *name;
    struct sr_settings settings;
};

/* The command line, sorted by what its words are. */
struct parts {
    struct sr_settings configs, fixed;
    int axes, cells, evals;
    struct axis *axis;
    struct cell *cell;
    struct sr_settings *eval;
};

/* ---- words ---- */

static void append(struct sr_settings *list, char *word)
{
    list->word[list->n++] = word;
}

static struct sr_settings make_list(struct sr_arena *arena, size_t most)
{
    return (struct sr_settings){.word = SR_TAKE(arena, most + 1, char *)};
}

/* The words between blanks. */
static struct sr_settings split_blanks(struct sr_arena *arena, const char *text)
{
    static const char blanks[] = " \t\n";
    struct sr_settings list = make_list(arena, strlen(text));
    for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
        const size_t length = strcspn(text, blanks);
        append(&list, sr_arena_format(arena, "%.*s", (int)length, text));
        text += length;
    }
    return list;
}

/* Up to the next comma that is not inside brackets. */
static size_t value_length(const char *text)
{
    int depth = 0;
    size_t i = 0;
    for (; text[i] && (text[i] != ',' || depth > 0); i++)
        depth += (text[i] == '[') - (text[i] == ']');
    return i;
}

static struct sr_settings split_values(struct sr_arena *arena, const char *text)
{
    struct sr_settings list = make_list(arena, strlen(text));
    for (;;) {
        const size_t length = value_length(text);
        append(&list, sr_arena_format(arena, "%.*s", (int)length, text));
        if (!text[length])
            return list;
        text += length + 1;
    }
}

static bool same_key(const char *a, const char *b)
{
    const size_t length = strcspn(a, "=");
    return strcspn(b, "=") == length && strncmp(a, b, length) == 0;
}

static const char *find_key(const struct sr_settings *list, const char *word)
{
    for (int i = 0; i < list->n; i++)
        if (same_key(list->word[i], word))
            return list->word[i];
    return NULL;
}

/* "NAME: ..." has its colon before any blank, and a blank or nothing after it.
 * 0: this is no cell. */
static size_t cell_name_length(const char *word)
{
    const size_t length = strcspn(word, ": \t\n");
    const bool ends =
        word[length] == ':' &&
        (!word[length + 1] || isspace((unsigned char)word[length + 1]));
    return ends ? length : 0;
}

/* ---- sorting them ---- */

int sr_job_name_is_good(const char *name)
{
    const size_t length = strlen(name);
    return length > 0 && length <= SR_JOB_NAME_MAX &&
           isalnum((unsigned char)*name) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_.") == length;
}

static enum sr_status bad_name(const char *name, struct sr_err *err)
{
    return sr_fail(err, SR_EUSAGE,
                   "'%s' cannot name a job: up to %d letters, digits, '-', '_' "
                   "and '.', the first a letter or digit",
                   name, SR_JOB_NAME_MAX);
}

static enum sr_status add_setting(struct parts *p, char *word,
                                  struct sr_arena *arena, struct sr_err *err)
{
    const char *equals = strchr(word, '=');
    if (strncmp(word, "name=", 5) == 0)
        return sr_fail(err, SR_EUSAGE,
                       "%s: jobs are called after what differs between them",
                       word);
    struct axis a = {.values = split_values(arena, equals + 1)};
    if (a.values.n == 1) {
        append(&p->fixed, word);
        return SR_OK;
    }
    for (int i = 0; i < a.values.n; i++)
        if (!*a.values.word[i])
            return sr_fail(err, SR_EUSAGE,
                           "%s: value %d of %d is empty; a list is written in "
                           "brackets, [a,b]",
                           word, i + 1, a.values.n);
    a.key = sr_arena_format(arena, "%.*s", (int)(equals - word), word);
    p->axis[p->axes++] = a;
    return SR_OK;
}

static enum sr_status check_cell_settings(const struct cell *cell,
                                          struct sr_err *err)
{
    const struct sr_settings *s = &cell->settings;
    for (int i = 0; i < s->n; i++) {
        const struct sr_settings before = {.n = i, .word = s->word};
        if (!strchr(s->word[i], '='))
            return sr_fail(err, SR_EUSAGE, "%s: '%s' is not key=value",
                           cell->name, s->word[i]);
        if (find_key(&before, s->word[i]))
            return sr_fail(err, SR_EUSAGE, "%s: %s and %s: one key twice",
                           cell->name, find_key(&before, s->word[i]),
                           s->word[i]);
        if (strncmp(s->word[i], "name=", 5) == 0)
            return sr_fail(err, SR_EUSAGE,
                           "%s: %s: a job is called after its cell", cell->name,
                           s->word[i]);
    }
    return SR_OK;
}

/* "eval.limit=100" for "limit=100". */
static enum sr_status add_eval(struct parts *p, struct sr_settings *words,
                               struct sr_arena *arena, struct sr_err *err)
{
    if (words->n == 0 || strchr(words->word[0], '='))
        return sr_fail(err, SR_EUSAGE,
                       "eval: names no attack; write for instance \"eval: "
                       "pgd-50 limit=1000\"");
    for (int i = 0; i < words->n; i++) {
        const char *word = words->word[i];
        if (i > 0 && !strchr(word, '='))
            return sr_fail(err, SR_EUSAGE,
                           "eval: '%s' is not key=value; several attacks are "
                           "written with commas",
                           word);
        words->word[i] = sr_arena_format(
            arena, i == 0 ? "eval.attack=%s" : "eval.%s",
            i > 0 && strncmp(word, "eval.", 5) == 0 ? word + 5 : word);
    }
    p->eval[p->evals++] = *words;
    return SR_OK;
}

static enum sr_status add_word(struct parts *p, char *word,
                               struct sr_arena *arena, struct sr_err *err)
{
    const size_t length = cell_name_length(word);
    if (length == 0) {
        append(&p->configs, word);
        return SR_OK;
    }
    struct cell cell = {.name =
                            sr_arena_format(arena, "%.*s", (int)length, word),
                        .settings = split_blanks(arena, word + length + 1)};
    if (strcmp(cell.name, "eval") == 0)
        return add_eval(p, &cell.settings, arena, err);
    if (!sr_job_name_is_good(cell.name))
        return bad_name(cell.name, err);
    SR_TRY(check_cell_settings(&cell, err));
    p->cell[p->cells++] = cell;
    return SR_OK;
}

/* What is varied cannot be set elsewhere, or names would tell lies. */
static enum sr_status check_axes(const struct parts *p, struct sr_err *err)
{
    for (int a = 0; a < p->axes; a++) {
        const char *key = p->axis[a].key;
        for (int b = 0; b < a; b++)
            if (strcmp(p->axis[b].key, key) == 0)
                return sr_fail(err, SR_EUSAGE, "%s is varied twice", key);
        if (find_key(&p->fixed, key))
            return sr_fail(err, SR_EUSAGE, "%s is varied and set: %s", key,
                           find_key(&p->fixed, key));
        for (int c = 0; c < p->cells; c++)
            if (find_key(&p->cell[c].settings, key))
                return sr_fail(
                    err, SR_EUSAGE, "%s is varied and set in the cell %s: %s",
                    key, p->cell[c].name, find_key(&p->cell[c].settings, key));
    }
    for (int i = 1; i < p->fixed.n; i++) {
        const struct sr_settings before = {.n = i, .word = p->fixed.word};
        if (find_key(&before, p->fixed.word[i]))
            return sr_fail(err, SR_EUSAGE, "%s and %s: one key twice",
                           find_key(&before, p->fixed.word[i]),
                           p->fixed.word[i]);
    }
    return SR_OK;
}

static enum sr_status sort_words(const struct sr_settings *words,
                                 const struct sr_settings *settings,
                                 struct sr_arena *arena, struct parts *p,
                                 struct sr_err *err)
{
    *p = (struct parts){
        .configs = make_list(arena, (size_t)words->n),
        .fixed = make_list(arena, (size_t)settings->n),
        .axis = SR_TAKE(arena, settings->n, struct axis),
        .cell = SR_TAKE(arena, words->n, struct cell),
        .eval = SR_TAKE(arena, words->n, struct sr_settings),
    };
    for (int i = 0; i < words->n; i++)
        SR_TRY(add_word(p, words->word[i], arena, err));
    for (int i = 0; i < settings->n; i++)
        SR_TRY(add_setting(p, settings->word[i], arena, err));
    if (p->configs.n == 0)
        return sr_fail(err, SR_EUSAGE, "a sweep stands on a config: name one");
    return check_axes(p, err);
}

/* ---- names ---- */

/* A name being put together of parts with '-' between them; what a directory
 * cannot be called becomes '_', and brackets go. */
struct name {
    char text[2 * SR_JOB_NAME_MAX];
};

static void add_part(struct name *name, const char *part)
{
    const size_t used = strlen(name->text);
    sr_text_add(name->text, sizeof name->text, "%s%s", used ? "-" : "", part);
    char *to = name->text + used;
    for (const char *p = to; *p; p++)
        if (!strchr("[]", *p))
            *to++ = isalnum((unsigned char)*p) || strchr("-_.", *p) ? *p : '_';
    *to = '\0';
}

/* "cifar" of "configs/cifar.yaml". */
static void add_config(struct name *name, struct sr_arena *arena,
                       const char *path)
{
    const char *slash = strrchr(path, '/');
    char *file = sr_arena_text(arena, slash ? slash + 1 : path);
    char *end = strrchr(file, '.');
    if (end && end > file)
        *end = '\0';
    add_part(name, file);
}

/* A word says what it is, a number or a truth value needs its key: silu,
 * alpha10, nesterov_true. */
static void add_value(struct name *name, struct sr_arena *arena,
                      const char *key, const char *value)
{
    const char *dot = strrchr(key, '.');
    const char *last = dot ? dot + 1 : key;
    const bool truth =
        strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    if (isalpha((unsigned char)*value) && !truth)
        add_part(name, value);
    else
        add_part(name,
                 sr_arena_format(arena, truth ? "%s_%s" : "%s%s", last, value));
}

/* ---- the product ---- */

static int64_t count_jobs(const struct parts *p)
{
    int64_t n = (int64_t)p->configs.n * (p->cells > 0 ? p->cells : 1);
    for (int a = 0; a < p->axes && n <= SR_SWEEP_JOBS_MAX; a++)
        n *= p->axis[a].values.n;
    return n;
}

/* Which of each is job i's: cells go round fastest, the first axis slowest. */
static void take_apart(const struct parts *p, int i, int *cell, int *config,
                       int *value)
{
    const int cells = p->cells > 0 ? p->cells : 1;
    *cell = i % cells;
    i /= cells;
    *config = i % p->configs.n;
    i /= p->configs.n;
    for (int a = p->axes - 1; a >= 0; a--) {
        value[a] = i % p->axis[a].values.n;
        i /= p->axis[a].values.n;
    }
}

static void settle_job(const struct parts *p, int i, struct sr_arena *arena,
                       struct sr_planned *job)
{
    struct name name = {""};
    const struct cell *cell = NULL;
    int c, f;
    int *value = SR_TAKE(arena, p->axes, int);
    take_apart(p, i, &c, &f, value);
    if (p->cells > 0)
        cell = &p->cell[c];
    job->config = p->configs.word[f];
    job->settings = make_list(
        arena, (size_t)(p->fixed.n + p->axes + (cell ? cell->settings.n : 0)));
    if (p->configs.n > 1 || (!cell && p->axes == 0))
        add_config(&name, arena, job->config);
    for (int k = 0; k < p->fixed.n; k++)
        append(&job->settings, p->fixed.word[k]);
    if (cell)
        add_part(&name, cell->name);
    for (int a = 0; a < p->axes; a++) {
        const char *v = p->axis[a].values.word[value[a]];
        append(&job->settings,
               sr_arena_format(arena, "%s=%s", p->axis[a].key, v));
        add_value(&name, arena, p->axis[a].key, v);
    }
    for (int k = 0; cell && k < cell->settings.n; k++)
        append(&job->settings, cell->settings.word[k]);
    job->name = sr_arena_text(arena, name.text);
}

static enum sr_status check_name(const struct sr_plan_of_sweep *plan, int i,
                                 struct sr_err *err)
{
    const char *name = plan->job[i].name;
    if (!sr_job_name_is_good(name))
        return bad_name(name, err);
    for (int k = 0; k < i; k++)
        if (strcmp(plan->job[k].name, name) == 0)
            return sr_fail(err, SR_EUSAGE,
                           "jobs %d and %d would both be called %s", k + 1,
                           i + 1, name);
    return SR_OK;
}

enum sr_status sr_sweep_expand(const struct sr_settings *words,
                               const struct sr_settings *settings,
                               struct sr_arena *arena,
                               struct sr_plan_of_sweep *plan,
                               struct sr_err *err)
{
    struct parts p;
    SR_TRY(sort_words(words, settings, arena, &p, err));
    const int64_t jobs = count_jobs(&p);
    if (jobs > SR_SWEEP_JOBS_MAX)
        return sr_fail(err, SR_EUSAGE, "these are more than %d jobs",
                       SR_SWEEP_JOBS_MAX);
    struct sr_plan_of_sweep made = {
        .jobs = (int)jobs,
        .job = SR_TAKE(arena, jobs, struct sr_planned),
        .evals = p.evals,
        .eval = p.eval,
    };
    for (int i = 0; i < made.jobs; i++) {
        settle_job(&p, i, arena, &made.job[i]);
        SR_TRY(check_name(&made, i, err));
    }
    *plan = made;
    return SR_OK;
}
