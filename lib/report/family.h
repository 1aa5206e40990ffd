/* report/family.h - figures of one attack with several radii or numbers of
 * steps.
 *
 * A figure's title taken apart: "pgd-10 linf 8/255" has the radius 8/255 and
 * 10 steps, of the families "pgd-10 linf" and "pgd linf 8/255".
 */
#ifndef SR_REPORT_FAMILY_H
#define SR_REPORT_FAMILY_H

#include <stdbool.h>

struct sr_family {
    double at;
    char name[96];
};

/* False for a title without it, and f is then anything. */
typedef bool sr_family_fn(const char *title, struct sr_family *f);
sr_family_fn sr_family_epsilon, sr_family_steps;

#endif
