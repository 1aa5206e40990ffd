/* attack/sequence.h - attacks one after the other, each only on what the ones
 * before have left standing.
 *
 * A word such as pgd-10 is a sequence of one attack; autoattack and its
 * variants are sequences with a name.
 *
 * Source   Croce and Hein 2020, "Reliable evaluation of adversarial robustness
 *          with an ensemble of diverse parameter-free attacks", sec. 5, and the
 *          three versions of their code (fra31/auto-attack)
 */
#ifndef SR_ATTACK_SEQUENCE_H
#define SR_ATTACK_SEQUENCE_H

#include "attack/attack.h"

enum { SR_STAGES = 6 };

struct sr_sequence {
    int stages;
    struct sr_attack_opts stage[SR_STAGES]; /* as run */
};

/* The i-th sequence that has a name: "autoattack"; NULL past the last. */
const char *sr_sequence_name(int i);

/* "apgd-ce, apgd-t, fab-t, square": the attacks of the i-th. */
void sr_sequence_stages(int i, char *text, size_t size);

/* The sequence a word stands for, everything it leaves open as in `how`.
 * Fails with SR_ECONFIG: for a word that is none, listing those there are. */
enum sr_status sr_sequence_parse(const char *word, struct sr_src at,
                                 const struct sr_attack_opts *how,
                                 struct sr_sequence *sequence,
                                 struct sr_err *err);

#endif
