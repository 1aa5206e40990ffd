/* attack/attack_list.h - every attack, one row each.
 *
 * SR_ATTACK(x) is the descriptor sr_attack_x of attack/x.c, or of the file of
 * the algorithm that x is a variant of.  Words of configs
 * and of the command line, help, and the generic test of tests/attack read
 * this list: a new attack is its file, its row here, and its own test.
 */
#ifndef SR_ATTACK_ATTACK_LIST_H
#define SR_ATTACK_ATTACK_LIST_H

#include "attack/attack.h"

#define SR_ATTACK_LIST(SR_ATTACK)                                              \
    SR_ATTACK(fgsm)                                                            \
    SR_ATTACK(pgd)                                                             \
    SR_ATTACK(mim)                                                             \
    SR_ATTACK(cw)                                                              \
    SR_ATTACK(cw_l2)                                                           \
    SR_ATTACK(deepfool)                                                        \
    SR_ATTACK(apgd_ce)                                                         \
    SR_ATTACK(apgd_dlr)                                                        \
    SR_ATTACK(apgd_t)                                                          \
    SR_ATTACK(fab)                                                             \
    SR_ATTACK(fab_t)                                                           \
    SR_ATTACK(square)                                                          \
    SR_ATTACK(hopskipjump)                                                     \
    SR_ATTACK(noise)

#define SR_ATTACK(x) extern const struct sr_attack sr_attack_##x;
SR_ATTACK_LIST(SR_ATTACK)
#undef SR_ATTACK

#endif
