/* data/sniff.h - what the bytes of an image file say of themselves.
 *
 * Names lie (an ImageNet photo called .JPEG is a PNG), and the decoder behind
 * most formats checks neither sums nor lengths.  So every file is looked
 * through here before a decoder sees it.
 */
#ifndef SR_DATA_SNIFF_H
#define SR_DATA_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "data/picture.h"

struct sr_sniffed {
    enum sr_image_kind kind;
    long long w, h; /* of all but JPEG; 0 there: its decoder says */
};

/* Fill *found; and check, of all but JPEG, that the size is within the limits
 * of picture.h, that all the bytes it needs are there, and that checksums hold.
 * Fails with SR_EDATA. */
enum sr_status sr_sniff(const unsigned char *bytes, size_t size,
                        struct sr_sniffed *found, struct sr_err *err);

/* "JPEG", "PNG", "BMP", "PPM". */
const char *sr_sniff_kind(enum sr_image_kind kind);

/* Does the name end like that of a file of this kind? */
bool sr_sniff_named(const char *name, enum sr_image_kind kind);

/* Are the Huffman tables of a JPEG possible ones?  The decoder that
 * data.jpeg: stb asks for writes past its own when they are not. */
enum sr_status sr_sniff_jpeg_tables(const unsigned char *bytes, size_t size,
                                    struct sr_err *err);

/* Fails when w x h pixels are none or more than picture.h allows. */
enum sr_status sr_sniff_size(long long w, long long h, struct sr_err *err);

#endif
