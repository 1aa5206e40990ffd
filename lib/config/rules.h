/* config/rules.h - what no single row can say: rules between settings.
 *
 * A rule is told only when every key it reads holds a value that its row has
 * accepted, so one mistake is not reported twice.
 */
#ifndef SR_CONFIG_RULES_H
#define SR_CONFIG_RULES_H

#include "config/exp.h"

/* Check all rules, add what is broken to problems, and resolve the activation.
 *   path   of the config, for problems that no written line is to blame for;
 *          NULL allowed */
void sr_rules_check(struct sr_exp *exp, const char *path,
                    struct sr_arena *arena, struct sr_problems *problems);

#endif
