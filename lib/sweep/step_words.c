#include "sweep/step_words.h"

enum { MOST = 12 }; /* words beside those of the evaluation */

/* A list of words that grows; there is room for all. */
struct words {
    struct sr_arena *arena;
    char **argv;
    int n;
};

static void add(struct words *w, const char *word)
{
    w->argv[w->n++] = sr_arena_text(w->arena, word);
}

static void add_training(struct words *w, const struct sr_step_of_job *s)
{
    add(w, "train");
    add(w, sr_sweep_file(s->sweep, s->job, "config.yaml", w->arena));
    add(w, "--run");
    add(w, sr_sweep_run(s->sweep, s->job, w->arena));
    add(w, "--keep-latest");
}

static void add_evaluation(struct words *w, const struct sr_step_of_job *s)
{
    const struct sr_settings *eval = &s->sweep->eval[s->step - 1];
    add(w, "eval");
    add(w, sr_sweep_run(s->sweep, s->job, w->arena));
    add(w, "--checkpoint");
    add(w, s->job->checkpoint);
    for (int i = 0; i < eval->n; i++)
        add(w, eval->word[i]);
}

char **sr_step_words(const struct sr_step_of_job *s, struct sr_arena *arena)
{
    SR_REQUIRE(s->step >= 0 && s->step <= s->sweep->evals);
    const int most = MOST + (s->step > 0 ? s->sweep->eval[s->step - 1].n : 0);
    struct words w = {.arena = arena, .argv = SR_TAKE(arena, most, char *)};
    add(&w, s->program);
    if (s->step == 0)
        add_training(&w, s);
    else
        add_evaluation(&w, s);
    add(&w, "--threads");
    add(&w, sr_arena_format(arena, "%d", s->threads));
    add(&w, "--progress");
    add(&w, "plain");
    return w.argv;
}
