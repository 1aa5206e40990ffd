/* cmd/advice.h - what a config allows and hardly anybody means.
 */
#ifndef SR_ADVICE_H
#define SR_ADVICE_H

#include "base/log.h"
#include "config/exp.h"

/* Warn of it: an alpha that no function takes, a radius that fits another norm,
 * adversarial training without a ball, more threads than processors. */
void sr_advise(const struct sr_exp *exp, struct sr_log *log);

#endif
