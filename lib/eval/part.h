/* eval/part.h - a part of an evaluation as a file: as far as it has come when
 * it was interrupted, or one share of its images.
 *
 * Layout   one JSON object:
 *            schema   "satrun.part/1"
 *            sha256   of all other members, compact, keys sorted
 *            about    as the result has it: network, data, seed, settings, ...
 *            share [number, of], whole, classes, looked [texts], seconds
 *            images   the file that has the images of all that follows
 *                     (gallery.h), or null
 *            clean    {index, label, clean, right}: a list each, an entry for
 *                     every image whose clean class is known, in their order
 *            attacks  [{attack, stages: [{attack, forwards, backwards,
 *                     seconds}], outcome: {stages, stage, step, adversarial,
 *                     distance}}]: lists as of clean, see struct sr_outcome
 * Method   an image's entries are final once they are there, so a part is never
 *          wrong, only incomplete
 */
#ifndef SR_EVAL_PART_H
#define SR_EVAL_PART_H

#include "eval/eval.h"

struct sr_eval_part {
    const char *path; /* borrowed */
    json_t *json;
    const json_t *about; /* of json */
    struct sr_share share;
    int whole, classes;
};

/* Read the head of a part; the sum is right then.  The caller owns *part
 * (sr_part_close).  Fails, naming the file: SR_EUSAGE when it is no part,
 * SR_EDATA when it cannot be read or is damaged. */
enum sr_status sr_part_open(const char *path, struct sr_eval_part *part,
                            struct sr_err *err);
void sr_part_close(struct sr_eval_part *part);

/* Are these two about the same numbers?  What decides them are the program,
 * the instruction set, the networks, the data (of photos names, sizes, labels
 * and a sample of the pixels, sr_data_sample), the seed and the settings, not
 * paths, threads, or the batch where it is without effect.  Fails with
 * SR_EUSAGE, naming what differs; a and b are called `one` and `other`. */
enum sr_status sr_part_match(const json_t *a, const char *one, const json_t *b,
                             const char *other, struct sr_err *err);

/* A sum over what sr_part_match compares. */
void sr_part_key(const json_t *about, char text[65]);

/* The rows and costs of a part into a planned evaluation (tally.h) of the same
 * share or of all: there they go to their places, and costs are added.
 * Fails with SR_EDATA, naming the entry; eval is as it was then. */
enum sr_status sr_part_fill(const struct sr_eval_part *part,
                            struct sr_eval *eval, struct sr_arena *scratch,
                            struct sr_err *err);

/* Write keep->path.  Atomic.  Fails with SR_ERESOURCE. */
enum sr_status sr_part_write(const struct sr_eval_keep *keep, int classes,
                             const struct sr_eval *eval, struct sr_err *err);

/* Take what keep->path has, if it is there, into a planned evaluation.
 * Fails with SR_EUSAGE when the user named a file that is damaged or is not of
 * this evaluation; where he did not, that is a warning, and the file will be
 * replaced.  The same when images are wanted that were not kept so far. */
enum sr_status sr_part_resume(const struct sr_eval_keep *keep, int classes,
                              struct sr_eval *eval, struct sr_log *log,
                              struct sr_arena *scratch, struct sr_err *err);

/* Parts that are the shares of one evaluation, in any order, become it.
 * From ARENA: *opts as they were run with, *about of the first share, borrowed
 * from it, and the evaluation, closed.
 * Fails with SR_EUSAGE, naming the file or the share: another evaluation's,
 * missing, doubled, not complete; SR_EVERIFY as sr_eval_run. */
enum sr_status sr_part_merge(int n, const struct sr_eval_part *part,
                             struct sr_arena *arena, struct sr_eval_opts *opts,
                             struct sr_eval *eval, struct sr_err *err);

#endif
