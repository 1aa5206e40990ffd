/* satrun sweep: many experiments as one directory. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "base/cpu.h"
#include "base/lock.h"
#include "base/text.h"
#include "sweep/runner.h"
#include "sweep_verbs.h"

enum { AT_ONCE_MAX = 1024, RETRIES_MAX = 1000 };

/* clang-format off */
static const struct sr_opt rows[] = {
    SR_FLAG(struct sr_sweep_flags, out, "DIR",
            "make: the sweep's directory, which must not be there yet"),
    SR_INT(struct sr_sweep_flags, jobs, "1", 1, AT_ONCE_MAX, "",
           "run: so many at once, sharing the processors"),
    SR_INT(struct sr_sweep_flags, retries, "2", 0, RETRIES_MAX, "",
           "run: further tries of a job that crashed or found no room"),
    SR_FLAG(struct sr_sweep_flags, job, "JOB",
            "run: this one alone, by its number or name"),
    {.key = NULL}
};
/* clang-format on */

/* ---- run ---- */

/* --threads is for each job; left out, the jobs share the processors. */
static enum sr_status threads_of(const struct sr_call *call, int at_once,
                                 int *threads, struct sr_err *err)
{
    const char *text = call->common.threads;
    const int share = sr_cpu_processors() / at_once;
    long long wanted = 0;
    if (text && *text && (!sr_text_int(text, &wanted) || wanted < 0))
        return sr_fail(err, SR_EUSAGE, "--threads: '%s' is no number", text);
    *threads = wanted > 0 ? (int)wanted : share > 0 ? share : 1;
    return SR_OK;
}

static enum sr_status work(const struct sr_call *call, struct sr_sweep *sweep,
                           struct sr_err *err)
{
    const struct sr_sweep_flags *flags = call->flags;
    struct sr_runner_opts opts = {.at_once = (int)flags->jobs,
                                  .retries = (int)flags->retries,
                                  .program = call->argv[0]};
    if (*flags->job)
        SR_TRY(sr_sweep_find(sweep, flags->job, &opts.only, err));
    if (opts.at_once > sweep->jobs)
        opts.at_once = sweep->jobs;
    if (opts.only)
        opts.at_once = 1;
    SR_TRY(threads_of(call, opts.at_once, &opts.threads, err));
    return sr_sweep_work(sweep, &opts, call->log, err);
}

/* ---- retry ---- */

/* Why a job that is locked stays as it is; NULL: it need not. */
static const char *keeps_it(const struct sr_sweep *sweep,
                            const struct sr_job *job,
                            const struct sr_job_state *state, bool named,
                            struct sr_err *why)
{
    if (state->phase != SR_JOB_FAILED)
        return named ? "it has not failed" : "";
    if (sr_sweep_check(sweep, job, why) != SR_OK) /* it would fail again */
        return why->text;
    return NULL;
}

/* Its run stays, and so it goes on from its last checkpoint.
 *   named   the user asked for this one: if it stays, that is told */
static enum sr_status put_back(const struct sr_call *call,
                               const struct sr_sweep *sweep,
                               const struct sr_job *job, bool named, int *n,
                               struct sr_err *err)
{
    struct sr_job_state state;
    struct sr_err why;
    int lock;
    SR_TRY(sr_job_claim(sweep, job, &lock, &state, err));
    const char *reason = lock < 0 ? (named ? "it is being worked on" : "")
                                  : keeps_it(sweep, job, &state, named, &why);
    enum sr_status status = SR_OK;
    if (!reason) {
        struct sr_job_state again = {.phase = SR_JOB_WAITING,
                                     .step = state.step,
                                     .seconds = state.seconds};
        status = sr_job_write(sweep, job, &again, err);
        *n += status == SR_OK;
    } else if (*reason) {
        sr_log_warn(call->log, "%s is left as it is: %s", job->name, reason);
    }
    if (lock >= 0)
        sr_lock_release(lock);
    return status;
}

static enum sr_status retry(const struct sr_call *call, struct sr_sweep *sweep,
                            struct sr_err *err)
{
    int n = 0;
    for (int i = 2; i < call->words; i++) {
        struct sr_job *job;
        SR_TRY(sr_sweep_find(sweep, call->word[i], &job, err));
        SR_TRY(put_back(call, sweep, job, true, &n, err));
    }
    for (int i = 0; call->words == 2 && i < sweep->jobs; i++)
        SR_TRY(put_back(call, sweep, &sweep->job[i], false, &n, err));
    if (n == 0)
        sr_log_say(call->log, "no job put back");
    else
        sr_log_say(call->log,
                   "%d job%s put back; 'satrun sweep run %s' works on %s", n,
                   n == 1 ? "" : "s", sweep->dir, n == 1 ? "it" : "them");
    return SR_OK;
}

/* ---- the verbs ---- */

static const struct {
    const char *word;
    sr_sweep_verb_fn *fn; /* NULL: make, for which there is no sweep yet */
    int words_max;        /* the verb's own included                     */
    const char *flags;    /* of the rows above                           */
} verbs[] = {
    {"make", NULL, 1000000, "out"},
    {"run", work, 2, "jobs retries job"},
    {"status", sr_sweep_status, 2, ""},
    {"retry", retry, 1000000, ""},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static const char *verb_word(int i) { return i < VERBS ? verbs[i].word : NULL; }

static bool takes(const char *flags, const char *key)
{
    const size_t length = strlen(key);
    for (; *flags; flags += strspn(flags, " ")) {
        const size_t word = strcspn(flags, " ");
        if (word == length && strncmp(flags, key, length) == 0)
            return true;
        flags += word;
    }
    return false;
}

/* Everything that was written has a meaning for this verb. */
static enum sr_status check_words(const struct sr_call *call, int verb,
                                  struct sr_err *err)
{
    char value[64];
    const char *word = verbs[verb].word;
    const bool own_threads = call->common.threads && *call->common.threads;
    if (call->words < 2)
        return sr_fail(err, SR_EUSAGE, "satrun sweep %s needs %s", word,
                       verbs[verb].fn ? "the directory of a sweep"
                                      : "a config");
    if (call->words > verbs[verb].words_max)
        return sr_fail(err, SR_EUSAGE, "satrun sweep %s takes no '%s'", word,
                       call->word[verbs[verb].words_max]);
    if (verbs[verb].fn && call->overrides > own_threads)
        return sr_fail(err, SR_EUSAGE,
                       "%s: the settings of a sweep's jobs are frozen",
                       call->override[0]);
    for (const struct sr_opt *row = rows; row->key; row++) {
        sr_opt_show(row, call->flags, value, sizeof value);
        if (strcmp(value, row->fallback) != 0 &&
            !takes(verbs[verb].flags, row->key))
            return sr_fail(err, SR_EUSAGE, "satrun sweep %s takes no --%s",
                           word, row->key);
    }
    return SR_OK;
}

static enum sr_status run(const struct sr_call *call, struct sr_err *err)
{
    int verb = 0;
    while (strcmp(call->word[0], verbs[verb].word) != 0) /* one of them it is */
        verb++;
    SR_TRY(check_words(call, verb, err));
    if (!verbs[verb].fn)
        return sr_sweep_make(call, err);
    struct sr_sweep *sweep;
    SR_TRY(sr_sweep_read(call->word[1], call->arena, &sweep, err));
    return verbs[verb].fn(call, sweep, err);
}

const struct sr_cmd sr_cmd_sweep = {
    .name = "sweep",
    .summary = "many experiments: freeze, run, look, try again",
    .usage = "make CONFIG... [key=v1,v2 ...] [\"NAME: key=value ...\" ...] "
             "--out DIR\n"
             "       satrun sweep run|status|retry DIR ...",
    .details =
        "make freezes the config of every job into DIR: key=v1,v2 varies a "
        "key (a list is\nwritten [a,b]), \"NAME: key=value ...\" is a cell of "
        "settings that belong together, and\n\"eval: ATTACK key=value ...\" "
        "an evaluation of each job, its keys those of eval.\nrun takes jobs "
        "that nobody works on, trains and evaluates them; started once more "
        "it\n"
        "goes on where it was, started twice the two share the work, also from "
        "several machines.\nCtrl-C or SIGTERM saves what runs and exits with "
        "75. retry puts failed jobs back.",
    .examples =
        "  satrun sweep make configs/smoke.yaml activation.forward=relu,silu "
        "seed=0,1,2 --out runs/acts\n"
        "  satrun sweep make my.yaml seed=0,1 \"both: "
        "activation.backward.attack=softplus "
        "activation.backward.update=softplus\" \\\n"
        "      \"neither:\" \"eval: pgd-50 limit=1000\" --out runs/split\n"
        "  satrun sweep run runs/acts --jobs 2\n"
        "  satrun sweep status runs/acts\n"
        "  satrun report runs/acts\n",
    .flags = rows,
    .flags_size = sizeof(struct sr_sweep_flags),
    .words_min = 1,
    .words_max = 1000000,
    .verbs = verb_word,
    .overrides = true,
    .saves = "run",
    .run = run,
};
