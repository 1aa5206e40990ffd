/* audit/check_list.h - every check, one row each, in the order they are made.
 *
 * SR_CHECK(x) is sr_check_x of audit/check_x.c.
 */
#ifndef SR_AUDIT_CHECK_LIST_H
#define SR_AUDIT_CHECK_LIST_H

#include "audit/check.h"

#define SR_CHECK_LIST(SR_CHECK)                                                \
    SR_CHECK(steps)                                                            \
    SR_CHECK(loss)                                                             \
    SR_CHECK(restarts)                                                         \
    SR_CHECK(radius)                                                           \
    SR_CHECK(zeros)                                                            \
    SR_CHECK(cosine)                                                           \
    SR_CHECK(noise)                                                            \
    SR_CHECK(scale)                                                            \
    SR_CHECK(temperature)                                                      \
    SR_CHECK(slopes)                                                           \
    SR_CHECK(blackbox)                                                         \
    SR_CHECK(transfer)                                                         \
    SR_CHECK(gap)

#define SR_CHECK(x) extern const struct sr_check sr_check_##x;
SR_CHECK_LIST(SR_CHECK)
#undef SR_CHECK

#endif
