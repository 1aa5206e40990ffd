#include "advice.h"

#include <string.h>

#include "base/cpu.h"

static bool was_written(const struct sr_exp *exp, const char *name)
{
    const struct sr_origin *o = &sr_keys_find(&exp->keys, name)->origin;
    return o->at.path || o->at.line > 0;
}

static void advise_threads(const struct sr_exp *exp, struct sr_log *log)
{
    const int processors = sr_cpu_processors();
    if (exp->engine.threads > processors)
        sr_log_warn(log,
                    "engine.threads: %lld threads on %d processors take turns: "
                    "%d would be as fast or faster",
                    exp->engine.threads, processors, processors);
}

static void advise_alpha(const struct sr_exp *exp, struct sr_log *log)
{
    for (int role = 0; role < SR_ROLES; role++)
        if (exp->acts.act[role]->alphas)
            return;
    if (was_written(exp, "activation.alpha"))
        sr_log_warn(log, "activation.alpha: has no effect, as %s takes none",
                    exp->acts.act[SR_ROLE_FORWARD]->name);
}

/* Radii of L2 and L1 are lengths over all pixels of an image: 0.5 and 12 are
 * usual on CIFAR-10, where the L-inf ball of 8/255 reaches 1.7 and 96. */
static void advise_radius(const char *section, const struct sr_attack_opts *o,
                          struct sr_log *log)
{
    static const double small[SR_NORMS] = {[SR_L2] = 0.07, [SR_L1] = 0.5};
    static const char *const usual[SR_NORMS] = {
        [SR_L2] = "0.5", [SR_L1] = "12"};
    if (o->epsilon > 0 && o->epsilon < small[o->norm])
        sr_log_warn(log,
                    "%s.epsilon: %.4g is a usual radius of linf, but tiny in "
                    "%s, where it is a length over the whole image (%s on "
                    "CIFAR-10)",
                    section, o->epsilon, sr_norm_name(o->norm), usual[o->norm]);
}

static void advise_training(const struct sr_exp *exp, struct sr_log *log)
{
    const bool attacks = strcmp(exp->train.method, "standard") != 0;
    if (attacks && exp->attack.epsilon == 0)
        sr_log_warn(log,
                    "attack.epsilon: 0, so train.method %s sees clean images "
                    "alone",
                    exp->train.method);
    if (attacks)
        advise_radius("attack", &exp->attack, log);
}

void sr_advise(const struct sr_exp *exp, struct sr_log *log)
{
    advise_threads(exp, log);
    advise_alpha(exp, log);
    advise_training(exp, log);
    if (exp->eval.attack.n > 0)
        advise_radius("eval", &exp->eval.how, log);
}
