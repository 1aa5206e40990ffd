/* engine/im2col.h - patches of an image as rows of a matrix, and back.
 *
 * Layout   x   [h][w][c_in], of which the channels of one group are used
 *          col [oh ow][kh kw c_in/groups]
 * Source   Chellapilla et al. 2006; col2im is the transpose of im2col
 */
#ifndef SR_ENGINE_IM2COL_H
#define SR_ENGINE_IM2COL_H

#include "engine/conv.h"

/* Fill col with the patches of one image; zeros where a patch leaves it. */
void sr_im2col(const struct sr_conv *g, int group, const float *x, float *col);

/* Add the rows of col to the pixels they came from. */
void sr_col2im(const struct sr_conv *g, int group, const float *col, float *x);

#endif
