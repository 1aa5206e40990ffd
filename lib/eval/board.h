/* eval/board.h - the table on a terminal while an evaluation runs: a row for
 * every attack of the list and every one of a sequence, as far as it is.
 */
#ifndef SR_EVAL_BOARD_H
#define SR_EVAL_BOARD_H

#include "eval/eval.h"

/* The stage under way. */
struct sr_board_now {
    int a, s; /* attack and stage; a -1: the clean pass, a of the attacks'
                 number: all are done */
    int left; /* images that have not been through it  */
    struct sr_eval_stage stage; /* its counts and costs up to now      */
    double seconds_left;        /* NaN: not known                      */
};

/* Is there so much to tell that a line cannot: more than one row? */
bool sr_board_helps(const struct sr_eval *eval);

/* Fill text with the table.  Counts of the stages before `now` are those of
 * eval. */
void sr_board_fill(const struct sr_eval *eval, const struct sr_board_now *now,
                   char *text, size_t size);

/* The same as lines that follow each other: that of stage s of attack a, when
 * it is done, if the attack is a sequence.
 *   noted  for the log file alone: the table stands on the terminal */
void sr_board_tell(struct sr_log *log, const struct sr_eval *eval, int a, int s,
                   bool noted);

#endif
