#include "attack/sequence.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct part {
    const char *attack;
    int restarts, targets, eot; /* targets 0: the attack's own */
};

/* l1: where L1 has other parts. */
struct named {
    const char *name;
    struct part part[SR_STAGES], l1[SR_STAGES];
};

/* clang-format off */
static const struct named sequences[] = {
    {.name = "autoattack",
     .part = {{"apgd-ce", 1, 0, 1}, {"apgd-t", 1, 0, 1}, {"fab-t", 1, 0, 1},
              {"square", 1, 0, 1}},
     .l1   = {{"apgd-ce", 5, 0, 1}, {"apgd-t", 1, 5, 1}, {"fab-t", 1, 0, 1},
              {"square", 1, 0, 1}}},
    {.name = "autoattack-plus",
     .part = {{"apgd-ce", 5, 0, 1}, {"apgd-dlr", 5, 0, 1}, {"fab", 5, 0, 1},
              {"square", 1, 0, 1}, {"apgd-t", 1, 0, 1}, {"fab-t", 1, 0, 1}}},
    {.name = "autoattack-rand",
     .part = {{"apgd-ce", 1, 0, 20}, {"apgd-dlr", 1, 0, 20}}},
};
/* clang-format on */
enum { SEQUENCES = sizeof sequences / sizeof *sequences };

const char *sr_sequence_name(int i)
{
    return i < SEQUENCES ? sequences[i].name : NULL;
}

void sr_sequence_stages(int i, char *text, size_t size)
{
    *text = '\0';
    for (int k = 0; k < SR_STAGES && sequences[i].part[k].attack; k++)
        sr_text_add(text, size, "%s%s", k ? ", " : "",
                    sequences[i].part[k].attack);
}

static enum sr_status compose(const struct part *part, struct sr_src at,
                              const struct sr_attack_opts *how,
                              struct sr_sequence *sequence, struct sr_err *err)
{
    struct sr_sequence made = {0};
    for (int i = 0; i < SR_STAGES && part[i].attack; i++) {
        struct sr_attack_opts *o = &made.stage[made.stages++];
        *o = *how;
        o->restarts = part[i].restarts;
        o->targets = part[i].targets;
        o->eot = part[i].eot;
        SR_TRY(sr_attack_parse(part[i].attack, at, o, err));
    }
    *sequence = made;
    return SR_OK;
}

/* The names a word can begin with. */
static const char *name_at(int i)
{
    const struct sr_attack *a = sr_attack_at(i);
    for (int n = 0; !a && n <= i; n++)
        if (!sr_attack_at(n))
            return sr_sequence_name(i - n);
    return a ? a->name : NULL;
}

/* "; did you mean 'pgd-20'?" of pgd20, pdg-20 and the like. */
static void add_hint(const char *word, char *text, size_t size)
{
    char name[SR_WORD_SIZE];
    const size_t numbers = strcspn(word, "0123456789");
    snprintf(name, sizeof name, "%.*s",
             (int)(numbers - (numbers > 0 && word[numbers - 1] == '-')), word);
    const char *nearest = sr_text_nearest(name, name_at);
    if (!nearest)
        return;
    const struct sr_attack *a = NULL;
    for (int i = 0; sr_attack_at(i) && !a; i++)
        if (strcmp(sr_attack_at(i)->name, nearest) == 0)
            a = sr_attack_at(i);
    const bool counts = a && a->number != SR_NUMBER_NONE;
    const bool needs = a && a->number == SR_NUMBER_NEEDED;
    const char *steps = word[numbers] ? word + numbers : needs ? "10" : "";
    char meant[2 * SR_WORD_SIZE];
    snprintf(meant, sizeof meant, "%s%s%s", nearest,
             counts && *steps ? "-" : "", counts ? steps : "");
    if (strcmp(meant, word) != 0) /* its number is the mistake */
        sr_text_add(text, size, "; did you mean '%s'?", meant);
}

enum sr_status sr_sequence_parse(const char *word, struct sr_src at,
                                 const struct sr_attack_opts *how,
                                 struct sr_sequence *sequence,
                                 struct sr_err *err)
{
    for (int i = 0; i < SEQUENCES; i++) {
        const bool own = how->norm == SR_L1 && sequences[i].l1[0].attack;
        if (strcmp(word, sequences[i].name) == 0)
            return compose(own ? sequences[i].l1 : sequences[i].part, at, how,
                           sequence, err);
    }
    struct sr_sequence one = {.stages = 1, .stage = {*how}};
    const enum sr_status status = sr_attack_parse(word, at, one.stage, err);
    if (status == SR_OK) {
        *sequence = one;
        return SR_OK;
    }
    for (int i = 0; i < SEQUENCES; i++)
        sr_text_add(err->text, sizeof err->text, ", %s", sequences[i].name);
    add_hint(word, err->text, sizeof err->text);
    return status;
}
