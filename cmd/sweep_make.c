#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "setup.h"
#include "sweep_verbs.h"

enum { SHOWN_MAX = 20 }; /* different problems; they often return in each job */

struct making {
    const struct sr_call *call;
    struct sr_plan_of_sweep plan;
    struct sr_frozen *frozen;     /* [jobs] */
    char (*hash)[SR_SHA256_TEXT]; /* [jobs] what decides the weights */
    int problems;                 /* different ones */
    const char *shown[SHOWN_MAX];
    const char *absent; /* data that was missed last; NULL: none */
};

/* ---- problems ---- */

/* One mistake in a base config is one in every job: it is told once. */
static void tell(struct making *m, const struct sr_planned *job,
                 const char *text)
{
    for (int i = 0; i < m->problems && i < SHOWN_MAX; i++)
        if (strcmp(m->shown[i], text) == 0)
            return;
    if (m->problems < SHOWN_MAX) {
        m->shown[m->problems] = sr_arena_text(m->call->arena, text);
        fprintf(stderr, "job %s:\n%s", job->name, text);
    }
    if (m->problems == SHOWN_MAX)
        fprintf(stderr, "satrun: these are the first %d problems\n", SHOWN_MAX);
    m->problems++;
}

static void tell_all(struct making *m, const struct sr_planned *job,
                     const struct sr_settings *settings,
                     const struct sr_problems *problems, struct sr_arena *arena)
{
    for (int i = 0; i < problems->n; i++)
        tell(m, job,
             sr_exp_explain(&problems->list[i], settings->n, settings->word,
                            arena));
}

/* ---- a job ---- */

/* The job's settings, its name, and what else. */
static struct sr_settings with(const struct sr_planned *job,
                               const struct sr_settings *more,
                               struct sr_arena *arena)
{
    const int others = more ? more->n : 0;
    struct sr_settings all = {
        .word = SR_TAKE(arena, job->settings.n + 1 + others, char *)};
    for (int i = 0; i < job->settings.n; i++)
        all.word[all.n++] = job->settings.word[i];
    all.word[all.n++] = sr_arena_format(arena, "name=%s", job->name);
    for (int i = 0; i < others; i++)
        all.word[all.n++] = more->word[i];
    return all;
}

/* Read it as training, or with `more` an evaluation, will; NULL when that told
 * problems. */
static struct sr_exp *read_job(struct making *m, const struct sr_planned *job,
                               const struct sr_settings *more,
                               struct sr_arena *arena)
{
    struct sr_exp *exp;
    struct sr_problems problems = {0};
    const struct sr_settings settings = with(job, more, arena);
    sr_exp_read(job->config, settings.n, settings.word, arena, &exp, &problems);
    tell_all(m, job, &settings, &problems, arena);
    return problems.n == 0 ? exp : NULL;
}

static const char *joined(const struct sr_settings *settings,
                          struct sr_arena *arena)
{
    const char *text = "";
    for (int i = 0; i < settings->n; i++)
        text = sr_arena_format(arena, "%s%s%s", text, *text ? " " : "",
                               settings->word[i]);
    return text;
}

static void freeze(struct making *m, int i, const struct sr_exp *exp,
                   struct sr_arena *scratch)
{
    struct sr_arena *keep = m->call->arena;
    const struct sr_planned *job = &m->plan.job[i];
    m->frozen[i] = (struct sr_frozen){
        .name = job->name,
        .checkpoint = exp->train.result == SR_RESULT_LAST ? "last" : "best",
        .settings = sr_arena_text(keep, joined(&job->settings, scratch)),
        .config =
            sr_arena_text(keep, sr_exp_dump(exp, SR_DUMP_ORIGINS, scratch)),
    };
    sr_exp_hash(exp, scratch, m->hash[i]);
}

/* It may be there where the jobs will run. */
static void check_data(struct making *m, const struct sr_planned *job,
                       const struct sr_exp *exp, struct sr_arena *scratch)
{
    struct sr_err err;
    if (sr_data_check_here(&exp->data, scratch, &err) == SR_OK ||
        (m->absent && strcmp(m->absent, err.text) == 0))
        return;
    m->absent = sr_arena_text(m->call->arena, err.text);
    sr_log_warn(m->call->log, "job %s: %s", job->name, m->absent);
}

static void check_job(struct making *m, int i, struct sr_arena *scratch)
{
    const struct sr_planned *job = &m->plan.job[i];
    const struct sr_exp *exp = read_job(m, job, NULL, scratch);
    struct sr_err unfit;
    if (!exp)
        return;
    freeze(m, i, exp, scratch);
    for (int e = 0; e < m->plan.evals; e++)
        read_job(m, job, &m->plan.eval[e], scratch);
    if (sr_setup_check_network(exp, scratch, NULL, &unfit) != SR_OK)
        tell(m, job, sr_exp_explain(&unfit, 0, NULL, scratch));
    else
        check_data(m, job, exp, scratch);
}

/* ---- all of them ---- */

/* Two jobs that train the same weights would differ in nothing but name. */
static enum sr_status check_different(const struct making *m,
                                      struct sr_err *err)
{
    for (int i = 0; i < m->plan.jobs; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(m->hash[i], m->hash[k]) == 0)
                return sr_fail(err, SR_ECONFIG,
                               "jobs %s and %s train the same weights: nothing "
                               "that decides them differs",
                               m->frozen[k].name, m->frozen[i].name);
    return SR_OK;
}

static enum sr_status check_jobs(struct making *m, struct sr_err *err)
{
    m->frozen = SR_TAKE(m->call->arena, m->plan.jobs, struct sr_frozen);
    m->hash =
        sr_arena_take(m->call->arena, (size_t)m->plan.jobs, sizeof *m->hash);
    for (int i = 0; i < m->plan.jobs; i++) {
        struct sr_arena *scratch = sr_arena_new(NULL);
        check_job(m, i, scratch);
        sr_arena_free(scratch);
    }
    if (m->problems > 0)
        return sr_fail(err, SR_ECONFIG, "%s", "");
    return check_different(m, err);
}

/* Where the sweep comes from. */
static json_t *about(const struct sr_call *call)
{
    char now[32], cwd[4096];
    json_t *command = json_array();
    sr_clock_utc(0, now, sizeof now);
    if (!getcwd(cwd, sizeof cwd))
        snprintf(cwd, sizeof cwd, "unknown");
    sr_text_clean(cwd);
    for (int i = 0; i < call->argc; i++) {
        char *word = sr_arena_text(call->arena, call->argv[i]);
        sr_text_clean(word);
        json_array_append_new(command, json_string(word));
    }
    return json_pack("{s:s, s:{s:s, s:s}, s:s, s:o}", "made", now, "satrun",
                     "version", SR_VERSION, "commit", SR_COMMIT, "directory",
                     cwd, "command", command);
}

static void say_made(const struct making *m, const char *out)
{
    char more[32] = "";
    if (m->plan.evals > 0)
        snprintf(more, sizeof more, " and %d more", m->plan.evals);
    sr_log_say(m->call->log,
               "%s has %d job%s, each a training with its config's "
               "evaluation%s; 'satrun sweep run %s' works on %s",
               out, m->plan.jobs, m->plan.jobs == 1 ? "" : "s", more, out,
               m->plan.jobs == 1 ? "it" : "them");
}

enum sr_status sr_sweep_make(const struct sr_call *call, struct sr_err *err)
{
    const struct sr_sweep_flags *flags = call->flags;
    const struct sr_settings words = {call->words - 1, call->word + 1},
                             settings = {call->overrides, call->override};
    struct making m = {.call = call};
    if (!*flags->out)
        return sr_fail(err, SR_EUSAGE,
                       "sweep make: where to? --out DIR says it");
    SR_TRY(sr_sweep_expand(&words, &settings, call->arena, &m.plan, err));
    SR_TRY(check_jobs(&m, err));
    SR_TRY(sr_sweep_write(flags->out, m.plan.jobs, m.frozen, m.plan.evals,
                          m.plan.eval, about(call), err));
    say_made(&m, flags->out);
    return SR_OK;
}
