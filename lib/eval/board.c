#include "eval/board.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

bool sr_board_helps(const struct sr_eval *eval)
{
    return eval->attacks > 1 ||
           (eval->attacks == 1 && eval->attack[0].stages > 1);
}

/* "812", "12.3k", "4.56M". */
static const char *short_count(uint64_t count, char text[16])
{
    static const char units[] = " kMGT";
    double value = (double)count;
    int unit = 0;

    while (value >= 999.5 && units[unit + 1]) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        snprintf(text, 16, "%d", (int)count);
    else
        snprintf(text, 16, "%.3g%c", value, units[unit]);
    return text;
}

static const char *images(int done, int total, char text[32])
{
    snprintf(text, 32, "%d/%d", done, total);
    return text;
}

static const char *span(double seconds, char text[32])
{
    sr_clock_span(seconds, text, 32);
    return text;
}

enum state { WAITS, RUNS, DONE };

static enum state state_of(const struct sr_board_now *now, int a, int s)
{
    if (a == now->a && s == now->s)
        return RUNS;
    return a < now->a || (a == now->a && s < now->s) ? DONE : WAITS;
}

/* `robust`: images that are correct after all stages of the attack before. */
static void add_stage(char *text, size_t size, const char *name,
                      enum state state, const struct sr_eval_stage *stage,
                      const struct sr_board_now *now, int robust)
{
    const int left = state == RUNS ? now->left : 0;
    char of[32], g[16], f[16], since[32], until[32] = "";

    if (state == WAITS) {
        sr_text_add(text, size, "%s\n", name);
        return;
    }
    if (state == RUNS)
        span(now->seconds_left, until);
    sr_text_add(
        text, size, "%-16s %11s %7d %7d %8s %8s %8s %8s\n", name,
        images(stage->attacked, stage->attacked + left, of), stage->broken,
        robust - stage->broken, short_count(stage->backwards, g),
        short_count(stage->forwards, f), span(stage->seconds, since), until);
}

static void add_attack(char *text, size_t size, const struct sr_eval *eval,
                       int a, const struct sr_board_now *now)
{
    const struct sr_eval_attack *attack = &eval->attack[a];
    int robust = eval->clean;

    if (attack->stages > 1)
        sr_text_add(text, size, "%s\n", attack->word);
    for (int s = 0; s < attack->stages; s++) {
        const enum state state = state_of(now, a, s);
        const struct sr_eval_stage *stage =
            state == RUNS ? &now->stage : &attack->stage[s];
        char name[64];
        if (attack->stages > 1)
            snprintf(name, sizeof name, "  %s", stage->opts.name);
        else
            snprintf(name, sizeof name, "%s", attack->word);
        add_stage(text, size, name, state, stage, now, robust);
        robust -= stage->broken;
    }
}

void sr_board_fill(const struct sr_eval *eval, const struct sr_board_now *now,
                   char *text, size_t size)
{
    char of[32];

    text[0] = '\0';
    sr_text_add(text, size, "%-16s %11s %7s %7s %8s %8s %8s %8s\n", "",
                "images", "broken", "robust", "gradient", "forward", "elapsed",
                "left");
    sr_text_add(text, size, "%-16s %11s %7s %7d\n", "clean",
                images(eval->seen, eval->images, of), "", eval->clean);
    for (int a = 0; a < eval->attacks; a++)
        add_attack(text, size, eval, a, now);
}

typedef void say_fn(struct sr_log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void sr_board_tell(struct sr_log *log, const struct sr_eval *eval, int a, int s,
                   bool noted)
{
    const struct sr_eval_attack *attack = &eval->attack[a];
    const struct sr_eval_stage *stage = &attack->stage[s];
    say_fn *const say = noted ? sr_log_note : sr_log_say;

    if (attack->stages == 1)
        return;
    if (s == 0)
        say(log, "%-14s %8s %8s %8s %10s %10s", attack->word, "attacked",
            "broken", "robust", "accuracy", "seconds");
    const int robust = stage->attacked - stage->broken;
    say(log, "  %-12s %8d %8d %8d %8.2f %% %10.1f", stage->opts.name,
        stage->attacked, stage->broken, robust, 100.0 * robust / eval->images,
        stage->seconds);
}
