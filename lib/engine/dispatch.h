/* engine/dispatch.h - which table of inner loops this process uses.
 */
#ifndef SR_ENGINE_DISPATCH_H
#define SR_ENGINE_DISPATCH_H

#include "base/err.h"
#include "engine/kern/kern.h"

/* The i-th table this CPU can run, from the least to the most demanding; NULL
 * past the last. */
const struct sr_kern *sr_kern_at(int i);

/* The best table the CPU has, up to the set called limit (NULL: no limit).
 * Fails with SR_ECONFIG for a name that is not in SR_ISA_LIST, listing those
 * that are. */
enum sr_status sr_kern_choose(const char *limit, const struct sr_kern **kern,
                              struct sr_err *err);

#endif
