/* cmd/attack_files.h - what `satrun attack` leaves behind.
 *
 *   DIR/clean/00012.png DIR/adversarial/00012.png   8 bits a channel
 *   DIR/images.safetensors   exact values, [n][c][h][w] as PyTorch has them
 *   DIR/grid.png   DIR/summary.json
 */
#ifndef SR_ATTACK_FILES_H
#define SR_ATTACK_FILES_H

#include "eval/examples.h"
#include "setup.h"

/* May dir be written: is it new, empty, or of an earlier call?  Asked before
 * the work as well.  Fails with SR_EUSAGE. */
enum sr_status sr_attack_files_check(const char *dir, struct sr_arena *arena,
                                     struct sr_err *err);

/* Write all of them.  `dir` is new or a directory of an earlier call, which is
 * replaced; everything is written beside it first, so it is never half there.
 *   dir      without a slash at its end (sr_file_trim)
 *   summary  of DIR/summary.json; borrowed
 * Fails: SR_EUSAGE when dir holds something else; SR_ERESOURCE. */
enum sr_status sr_attack_files_write(const char *dir,
                                     const struct sr_examples *e,
                                     const struct sr_setup *setup,
                                     const json_t *summary, struct sr_err *err);

/* The grid: clean images, adversarial ones, and the difference, magnified so
 * that the largest one shown fills the range. */
enum sr_status sr_attack_grid_write(const char *path,
                                    const struct sr_examples *e,
                                    const struct sr_setup *setup,
                                    struct sr_err *err);

#endif
