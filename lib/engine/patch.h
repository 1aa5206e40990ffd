/* engine/patch.h - rectangles of pixels, and images that differ from a known
 * one in nothing else.
 */
#ifndef SR_ENGINE_PATCH_H
#define SR_ENGINE_PATCH_H

/* Rows [top, top + h), columns [left, left + w); h = 0: none. */
struct sr_patch {
    int top, left, h, w;
};

/* An image x asked about, and another, base, of which the network knows what it
 * computed for it. */
struct sr_neighbour {
    const float *x, *base;   /* [h][w][c] */
    struct sr_patch news;    /* x differs from base in here only        */
    struct sr_patch renewed; /* base differs in here only from the base
                                that `kept` is about; at first: all     */
    float *kept;             /* the network's, about base               */
};

#endif
