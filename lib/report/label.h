/* report/label.h - what a row of several runs is called.
 */
#ifndef SR_REPORT_LABEL_H
#define SR_REPORT_LABEL_H

#include "base/json.h"

/* Give each row [group.h] of several runs its name in "run": what the runs'
 * names share, without numbers of seeds, jobs and times; where they share
 * nothing, or another experiment would be called the same, with the settings in
 * which rows differ: "split-both", "relu (epochs 3)", "alpha 10". */
void sr_label_groups(json_t *rows);

#endif
