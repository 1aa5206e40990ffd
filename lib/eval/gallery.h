/* eval/gallery.h - the images of an evaluation, clean and as attacked, as a
 * file.
 *
 * Layout   safetensors, [n] images in the order of the evaluation:
 *            clean, adversarial              F32 [n][c][h][w], in [0, 1]
 *            labels, indices                 I64 [n]
 *            clean_predictions, predictions  I64 [n], of the evaluated network
 *            broken_by                       I64 [n], counted from 0 in the
 *              metadata's `attacks`, "pgd-10,autoattack/fab-t"; -1: by none
 *            steps                           I64 [n], points looked at by then
 *            distances                       F32 [n], in the metadata's norm
 *          adversarial is what the first attack that breaks the image has made
 *          of it, the image sr_verdict is about, and the clean image where none
 *          does, as in the reference AutoAttack
 * Method   an image goes into the file when it is broken (model/draft.h), so
 *          memory is that of a batch and a killed evaluation goes on with it
 */
#ifndef SR_EVAL_GALLERY_H
#define SR_EVAL_GALLERY_H

#include "eval/eval.h"

struct sr_gallery;

/* The file of opts->keep->images; with what it has where the evaluation,
 * planned and resumed, has been begun already.  From ARENA. Fails: SR_EUSAGE
 * when that cannot be gone on with; SR_ERESOURCE. */
enum sr_status sr_gallery_open(const struct sr_eval_opts *opts,
                               const struct sr_data *data,
                               const struct sr_eval *eval,
                               struct sr_arena *arena,
                               struct sr_gallery **gallery, struct sr_err *err);

/* x [h][w][c] is what has become of image i.  Fails with SR_ERESOURCE. */
enum sr_status sr_gallery_put(struct sr_gallery *gallery, int i, const float *x,
                              struct sr_err *err);

/* What has been put survives a crash of the machine.  Fails with SR_ERESOURCE.
 */
enum sr_status sr_gallery_sync(const struct sr_gallery *gallery,
                               struct sr_err *err);

/* The evaluation is closed (tally.h): complete the file and give it its name.
 * Every image is looked at once more.  Fails: SR_EVERIFY when one is outside
 * its ball or is not what its verdict says; SR_STOPPED; SR_EDATA, SR_ERESOURCE.
 */
enum sr_status sr_gallery_finish(struct sr_gallery *gallery,
                                 struct sr_model *model,
                                 const struct sr_eval *eval, struct sr_log *log,
                                 struct sr_arena *scratch, struct sr_err *err);

void sr_gallery_close(struct sr_gallery *gallery); /* NULL allowed */

/* y [n][c][h][w] = x [n][h][w][c], or back; of images of this data. */
void sr_channels_first(const struct sr_data *data, int n, const float *x,
                       float *y);
void sr_channels_last(const struct sr_data *data, int n, const float *y,
                      float *x);

#endif
