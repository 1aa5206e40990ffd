/* eval/tally.h - what an evaluation counts: planned before, derived after.
 *
 * While it runs, an evaluation fills one row per image (sr_verdict: index,
 * label, clean, right) and one per attack and image (sr_outcome).  Everything a
 * report says follows from these rows and from the costs of the stages, so rows
 * of an evaluation that was interrupted, or of its shares, are as good as those
 * of one that was not.
 */
#ifndef SR_EVAL_TALLY_H
#define SR_EVAL_TALLY_H

#include "eval/eval.h"

/* An evaluation of opts->share of `whole` images, nothing done yet.  From
 * ARENA.
 * Fails with SR_EDATA: no images; SR_EUSAGE: fewer than there are shares;
 * SR_ECONFIG as sr_eval_attack_of, or too many attacks. */
enum sr_status sr_tally_plan(const struct sr_eval_opts *opts, int whole,
                             int classes, struct sr_arena *arena,
                             struct sr_eval *eval, struct sr_err *err);

/* How many of so many images a share has, and the position in the split of its
 * image i. */
int sr_share_images(const struct sr_share *share, int whole);
int sr_share_position(const struct sr_share *share, int i);

/* The row of attack a and image i. */
struct sr_outcome *sr_tally_outcome(const struct sr_eval *eval, int a, int i);

/* Has no stage of attack a broken image i, which is correct without it? */
bool sr_tally_stands(const struct sr_eval *eval, int a, int i);

/* From the rows: clean, and of each attack robust and its stages' attacked and
 * broken. */
void sr_tally_count(struct sr_eval *eval);

/* From the rows of a complete evaluation: all of the above, the verdicts, worst
 * and the warnings. */
void sr_tally_close(struct sr_eval *eval, int classes);

/* sr_sanity_order of all images; a share has too few to say. */
enum sr_status sr_tally_check(const struct sr_eval *eval,
                              struct sr_arena *scratch, struct sr_err *err);

#endif
