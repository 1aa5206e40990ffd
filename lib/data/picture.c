#include "data/picture.h"

#include "data/decode.h"
#include "data/sniff.h"

enum sr_status sr_picture_decode(const unsigned char *bytes, size_t size,
                                 enum sr_jpeg_decoder jpeg,
                                 struct sr_arena *arena,
                                 struct sr_picture *picture, struct sr_err *err)
{
    struct sr_sniffed found;
    SR_TRY(sr_sniff(bytes, size, &found, err));
    if (found.kind != SR_IMAGE_JPEG) {
        SR_TRY(
            sr_decode_stb(bytes, size, found.w * found.h, arena, picture, err));
    } else if (jpeg == SR_JPEG_LIBJPEG) {
        SR_TRY(sr_decode_jpeg(bytes, size, arena, picture, err));
    } else {
        SR_TRY(sr_sniff_jpeg_tables(bytes, size, err));
        SR_TRY(
            sr_decode_stb(bytes, size, SR_PICTURE_PIXELS, arena, picture, err));
    }
    picture->kind = found.kind;
    return SR_OK;
}
