#include <math.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"

/* clang-format off */
const struct sr_opt sr_activation_rows[] = {
    SR_ROW(struct sr_activation_opts, "forward", forward, SR_OPT_NAME, "relu", 0, 0, "", sr_act_name,
           "what the network computes"),
    SR_ROW(struct sr_activation_opts, "backward.attack", backward.attack, SR_OPT_NAME, "", 0, 0, "", sr_act_name,
           "whose slope the inner maximisation sees; as forward if left out"),
    SR_ROW(struct sr_activation_opts, "backward.update", backward.update, SR_OPT_NAME, "", 0, 0, "", sr_act_name,
           "whose slope the parameter update sees; as forward if left out"),
    SR_ROW(struct sr_activation_opts, "alpha", alpha, SR_OPT_REAL, "", 0, 1e6, "", NULL,
           "sharpness, of every function that has one; its own if left out"),
    SR_ROW(struct sr_activation_opts, "alpha.forward", alphas.forward, SR_OPT_REAL, "", 0, 1e6, "", NULL,
           "sharpness of the forward function alone"),
    SR_ROW(struct sr_activation_opts, "alpha.attack", alphas.attack, SR_OPT_REAL, "", 0, 1e6, "", NULL,
           "sharpness of the attack's slope alone"),
    SR_ROW(struct sr_activation_opts, "alpha.update", alphas.update, SR_OPT_REAL, "", 0, 1e6, "", NULL,
           "sharpness of the update's slope alone"),
    {0},
};
/* clang-format on */

/* One role's part of the options. */
struct part {
    enum sr_role role;
    const char *key; /* of its alpha */
    const char **name;
    double *alpha;
};

static enum sr_status find_act(const struct part *part, const char *forward,
                               struct sr_activation *activation,
                               struct sr_err *err)
{
    const struct sr_src nowhere = {0};
    if (!*part->name)
        *part->name = forward;
    SR_TRY(
        sr_act_find(*part->name, nowhere, &activation->act[part->role], err));
    const struct sr_act *act = activation->act[part->role];
    if (act->learned && act != activation->act[SR_ROLE_FORWARD])
        return sr_fail(err, SR_ECONFIG,
                       "%s learns parameters, so it can be a slope only where "
                       "it is the forward function too, which is %s",
                       act->name, forward);
    return SR_OK;
}

/* An alpha for all roles is for those that have one; an alpha for one role must
 * mean something there. */
static enum sr_status find_alpha(const struct part *part, double common,
                                 struct sr_activation *activation,
                                 struct sr_err *err)
{
    const struct sr_act *act = activation->act[part->role];
    double alpha = *part->alpha;
    if (!act->alphas) {
        if (!isnan(alpha))
            return sr_fail(err, SR_ECONFIG,
                           "activation.%s is %g, but %s takes no alpha",
                           part->key, alpha, act->name);
        return SR_OK;
    }
    if (isnan(alpha))
        alpha = isnan(common) ? act->alpha : common;
    if (!(alpha >= act->alpha_min && alpha <= act->alpha_max))
        return sr_fail(err, SR_ECONFIG, "alpha %g of %s is outside [%g, %g]",
                       alpha, act->name, act->alpha_min, act->alpha_max);
    activation->alpha[part->role] = alpha;
    *part->alpha = alpha;
    return SR_OK;
}

enum sr_status sr_activation_resolve(struct sr_activation_opts *opts,
                                     struct sr_activation *activation,
                                     struct sr_err *err)
{
    struct sr_activation_opts full = *opts;
    struct sr_activation made = {0};
    const struct part parts[] = {
        {SR_ROLE_FORWARD, "alpha.forward", &full.forward, &full.alphas.forward},
        {SR_ROLE_ATTACK, "alpha.attack", &full.backward.attack,
         &full.alphas.attack},
        {SR_ROLE_UPDATE, "alpha.update", &full.backward.update,
         &full.alphas.update},
    };
    SR_REQUIRE(full.forward);
    for (int i = 0; i < SR_ROLES; i++) {
        SR_TRY(find_act(&parts[i], full.forward, &made, err));
        SR_TRY(find_alpha(&parts[i], full.alpha, &made, err));
    }
    full.alpha = NAN;
    *opts = full;
    *activation = made;
    return SR_OK;
}

static void add_act(const struct sr_activation *a, enum sr_role role,
                    char *text, size_t size)
{
    sr_text_add(text, size, "%s", a->act[role]->name);
    if (a->act[role]->alphas)
        sr_text_add(text, size, "(%.9g)", a->alpha[role]);
}

static bool as_forward(const struct sr_activation *a, enum sr_role role)
{
    return a->act[role] == a->act[SR_ROLE_FORWARD] &&
           (!a->act[role]->alphas ||
            fabs(a->alpha[role] - a->alpha[SR_ROLE_FORWARD]) <= 0);
}

void sr_activation_text(const struct sr_activation *activation, char *text,
                        size_t size)
{
    text[0] = 0;
    add_act(activation, SR_ROLE_FORWARD, text, size);
    if (as_forward(activation, SR_ROLE_ATTACK) &&
        as_forward(activation, SR_ROLE_UPDATE))
        return;
    sr_text_add(text, size, ", attack slope ");
    add_act(activation, SR_ROLE_ATTACK, text, size);
    sr_text_add(text, size, ", update slope ");
    add_act(activation, SR_ROLE_UPDATE, text, size);
}
