/* audit/check.h - a check, and what it may ask.
 *
 * A check is a file check_<name>.c with a row in check_list.h.  It sees the
 * inquiry: the images that are classified correctly, what the plain gradient
 * attack has done to them, and a way to attack them otherwise.
 *
 * The plain gradient attack, PGD on the cross-entropy with the slope of the
 * network's own evaluation, is what the checks measure others against: 100
 * steps of epsilon / 4, and 10 starts of 20 such steps.
 */
#ifndef SR_AUDIT_CHECK_H
#define SR_AUDIT_CHECK_H

#include "audit/audit.h"
#include "audit/journal.h"
#include "audit/trail.h"

struct sr_inquiry {
    const struct sr_audit_opts *opts;
    struct sr_suspect *suspect;
    struct sr_log *log;
    struct sr_arena *arena;    /* what is taken stays until the audit's end */
    struct sr_wordlist strong; /* of opts->strong, what is defined for the
                                  classes there are                      */
    const char *what;          /* name of the check, for the progress line  */
    int images;                /* of the suspect                            */

    int n; /* correct ones, to which all arrays below belong */
    size_t pixels;
    struct sr_attack_batch batch; /* [n], copied together        */
    struct sr_slope *own;         /* of the suspect: the first of its own */

    struct sr_journal journal;
    struct sr_trail trail; /* the 100 steps */
    bool *single, *many;   /* broken by 1 start, by 10 starts          */
    bool *plain;           /* broken by any point of all that          */
    bool *standing;        /* broken by nothing yet, in this radius    */
    int own_correct;       /* under the evaluation's attacks; the gap check
                              counts them                              */
};

struct sr_check {
    const char *name;
    const char *question; /* in plain words, to be answered by yes */
    const char *source;
    enum sr_status (*look)(struct sr_inquiry *q, struct sr_finding *f,
                           struct sr_err *err);
};

/* PGD of these steps and starts as the plain attack has them. */
struct sr_attack_opts sr_inquiry_pgd(const struct sr_inquiry *q, int steps,
                                     int starts);

/* The attack of a word, in the radius of the evaluation.  Fails as
 * sr_eval_attack_of. */
enum sr_status sr_inquiry_word(const struct sr_inquiry *q, const char *word,
                               struct sr_attack_opts *o, struct sr_err *err);

/* Attack the images that `without` does not name (NULL: all) through f.
 *   broken  [n] filled: true for those that the judge then gets wrong
 * Fails: SR_EVERIFY, SR_STOPPED. */
enum sr_status sr_inquiry_attack(struct sr_inquiry *q, struct sr_oracle *f,
                                 const struct sr_attack_opts *o,
                                 const bool *without, bool *broken,
                                 struct sr_err *err);

/* SR_STOPPED, and what to do. */
enum sr_status sr_inquiry_stopped(const struct sr_inquiry *q,
                                  struct sr_err *err);

/* Gradient of a loss at x [n][pixels]. */
void sr_inquiry_gradient(struct sr_inquiry *q, struct sr_oracle *f,
                         enum sr_loss loss, const float *x, float *g);

int sr_inquiry_count(const struct sr_inquiry *q, const bool *flag);
bool *sr_inquiry_flags(const struct sr_inquiry *q); /* [n], false; from arena */

/* Per cent of all images, correct or not. */
double sr_inquiry_percent(const struct sr_inquiry *q, int count);

/* ---- writing a finding ---- */

/* `evidence` of `images` speak against the network. */
void sr_finding_rule(struct sr_finding *f, int evidence, int images);
void sr_finding_number(struct sr_finding *f, const char *name, double value);
void sr_finding_say(struct sr_finding *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The one curve of a finding. */
void sr_finding_curve(const struct sr_inquiry *q, struct sr_finding *f,
                      struct sr_panel panel, const char *name, size_t n,
                      const double *x, const double *y);

/* What many checks are about: images that the plain attack does not break and
 * another does.  Fills ruling, evidence, numbers and sentence.
 *   other    its name in a sentence
 *   broken   [n] what it has broken */
void sr_finding_against_plain(const struct sr_inquiry *q, struct sr_finding *f,
                              const char *other, const bool *broken);

#endif
