#include "data/sniff.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "data/gzip.h"
#include "data/picture.h"

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static uint32_t little32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
           p[0];
}

enum sr_status sr_sniff_size(long long w, long long h, struct sr_err *err)
{
    if (w >= 1 && h >= 1 && w <= SR_PICTURE_SIDE && h <= SR_PICTURE_SIDE &&
        w * h <= SR_PICTURE_PIXELS)
        return SR_OK;
    return sr_fail(err, SR_EDATA,
                   "an image of %lld x %lld pixels; from 1 to %d a side and "
                   "%d in all are read",
                   w, h, SR_PICTURE_SIDE, SR_PICTURE_PIXELS);
}

/* One chunk: length, type, data, CRC of type and data. */
static enum sr_status check_chunk(const unsigned char *bytes, size_t size,
                                  size_t at, struct sr_err *err)
{
    if (size - at < 12 || big32(bytes + at) > size - at - 12)
        return sr_fail(err, SR_EDATA,
                       "truncated PNG: the chunk at byte %zu of %zu goes past "
                       "the end",
                       at, size);
    const size_t length = big32(bytes + at);
    const uint32_t found = sr_gzip_crc(bytes + at + 4, length + 4);
    if (found != big32(bytes + at + 8 + length))
        return sr_fail(err, SR_EDATA,
                       "damaged PNG: the checksum of the chunk at byte %zu "
                       "does not hold",
                       at);
    return SR_OK;
}

static enum sr_status check_png(const unsigned char *bytes, size_t size,
                                struct sr_sniffed *found, struct sr_err *err)
{
    if (size < 33 || memcmp(bytes + 12, "IHDR", 4) != 0)
        return sr_fail(err, SR_EDATA, "a PNG without a header");
    found->w = big32(bytes + 16);
    found->h = big32(bytes + 20);
    SR_TRY(sr_sniff_size(found->w, found->h, err));
    for (size_t at = 8; at < size;) {
        SR_TRY(check_chunk(bytes, size, at, err));
        if (memcmp(bytes + at + 4, "IEND", 4) == 0)
            return SR_OK;
        at += 12 + (size_t)big32(bytes + at);
    }
    return sr_fail(err, SR_EDATA, "truncated PNG: no end chunk in %zu bytes",
                   size);
}

static enum sr_status check_bmp(const unsigned char *bytes, size_t size,
                                struct sr_sniffed *found, struct sr_err *err)
{
    if (size < 54 || little32(bytes + 14) < 40)
        return sr_fail(err, SR_EDATA, "a BMP with a header older than 1990");
    const int64_t h = (int32_t)little32(bytes + 22); /* < 0: from the top */
    found->w = (int32_t)little32(bytes + 18);
    found->h = h < 0 ? -h : h;
    SR_TRY(sr_sniff_size(found->w, found->h, err));

    const uint32_t bits = bytes[28] | (uint32_t)bytes[29] << 8;
    const uint64_t row = ((uint64_t)found->w * bits + 31) / 32 * 4;
    const uint64_t need = little32(bytes + 10) + row * (uint64_t)found->h;
    if (need > size)
        return sr_fail(err, SR_EDATA,
                       "truncated BMP: %zu bytes where %llu are needed", size,
                       (unsigned long long)need);
    return SR_OK;
}

/* The next number of a PNM header; comments run from # to the end of a line. */
static bool pnm_number(const unsigned char *bytes, size_t size, size_t *at,
                       long long *value)
{
    while (*at < size && (isspace(bytes[*at]) || bytes[*at] == '#'))
        if (bytes[(*at)++] == '#')
            while (*at < size && bytes[*at] != '\n')
                ++*at;
    const size_t begin = *at;
    for (*value = 0; *at < size && isdigit(bytes[*at]); ++*at)
        if (*value < 1000000)
            *value = *value * 10 + bytes[*at] - '0';
    return *at > begin && *at < size;
}

static enum sr_status check_pnm(const unsigned char *bytes, size_t size,
                                struct sr_sniffed *found, struct sr_err *err)
{
    long long top;
    size_t at = 2;
    if (!pnm_number(bytes, size, &at, &found->w) ||
        !pnm_number(bytes, size, &at, &found->h) ||
        !pnm_number(bytes, size, &at, &top))
        return sr_fail(err, SR_EDATA, "a PPM or PGM with a damaged header");
    SR_TRY(sr_sniff_size(found->w, found->h, err));
    if (top != 255)
        return sr_fail(err, SR_EDATA,
                       "a PPM or PGM with values up to %lld; 255 is read", top);
    const uint64_t need =
        (uint64_t)(found->w * found->h) * (bytes[1] == '6' ? 3 : 1);
    if (need > size - at - 1)
        return sr_fail(err, SR_EDATA,
                       "truncated PPM or PGM: %zu bytes of pixels where %llu "
                       "are needed",
                       size - at - 1, (unsigned long long)need);
    return SR_OK;
}

/* libjpeg looks through its files itself. */
static enum sr_status check_jpeg(const unsigned char *bytes, size_t size,
                                 struct sr_sniffed *found, struct sr_err *err)
{
    (void)bytes, (void)size, (void)found, (void)err;
    return SR_OK;
}

static const struct {
    const char *magic;
    size_t length;
    enum sr_image_kind kind;
    enum sr_status (*check)(const unsigned char *bytes, size_t size,
                            struct sr_sniffed *found, struct sr_err *err);
} kinds[] = {
    {"\xff\xd8\xff", 3, SR_IMAGE_JPEG, check_jpeg},
    {"\x89PNG\r\n\x1a\n", 8, SR_IMAGE_PNG, check_png},
    {"BM", 2, SR_IMAGE_BMP, check_bmp},
    {"P6", 2, SR_IMAGE_PNM, check_pnm},
    {"P5", 2, SR_IMAGE_PNM, check_pnm},
};

enum sr_status sr_sniff(const unsigned char *bytes, size_t size,
                        struct sr_sniffed *found, struct sr_err *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].length &&
            memcmp(bytes, kinds[i].magic, kinds[i].length) == 0) {
            *found = (struct sr_sniffed){.kind = kinds[i].kind};
            return kinds[i].check(bytes, size, found, err);
        }
    if (size < 4)
        return sr_fail(err, SR_EDATA, "%zu bytes are not an image", size);
    return sr_fail(err, SR_EDATA,
                   "not a JPEG, PNG, BMP, PPM or PGM image: it starts with the "
                   "bytes %02x %02x %02x %02x",
                   bytes[0], bytes[1], bytes[2], bytes[3]);
}

const char *sr_sniff_kind(enum sr_image_kind kind)
{
    static const char *const names[] = {
        [SR_IMAGE_JPEG] = "JPEG",
        [SR_IMAGE_PNG] = "PNG",
        [SR_IMAGE_BMP] = "BMP",
        [SR_IMAGE_PNM] = "PPM",
    };
    return names[kind];
}

bool sr_sniff_named(const char *name, enum sr_image_kind kind)
{
    static const struct {
        const char *end;
        enum sr_image_kind kind;
    } ends[] = {
        {".jpg", SR_IMAGE_JPEG}, {".jpeg", SR_IMAGE_JPEG},
        {".png", SR_IMAGE_PNG},  {".bmp", SR_IMAGE_BMP},
        {".ppm", SR_IMAGE_PNM},  {".pgm", SR_IMAGE_PNM},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot, ends[i].end) == 0)
            return ends[i].kind == kind;
    return false;
}

/* Huffman codes of lengths 1..16: there are 2^length of each length, less
 * those whose beginnings are shorter codes. */
static bool possible_table(const unsigned char counts[16])
{
    int codes = 0, room = 1;
    for (int i = 0; i < 16; i++) {
        room = room * 2 - counts[i];
        codes += counts[i];
        if (room < 0)
            return false;
    }
    return codes <= 256;
}

/* The tables of one DHT segment, which have to fill it. */
static enum sr_status check_tables(const unsigned char *p, size_t size,
                                   size_t at, struct sr_err *err)
{
    while (size > 0) {
        size_t values = 0;
        for (size_t i = 1; i < 17 && i < size; i++)
            values += p[i];
        if (size < 17 || values > size - 17 || !possible_table(p + 1))
            return sr_fail(err, SR_EDATA,
                           "damaged JPEG: an impossible Huffman table in the "
                           "segment at byte %zu",
                           at);
        p += 17 + values;
        size -= 17 + values;
    }
    return SR_OK;
}

/* Markers have no length before RST7 and EOI; fills are ff. */
static bool has_length(unsigned char marker)
{
    return marker != 0x00 && marker != 0x01 && marker != 0xff &&
           !(marker >= 0xd0 && marker <= 0xd9);
}

/* Before the first scan (SOS, ff da) segments are passed by their lengths.
 * After it every "ff c4" counts: in the coded data the byte after ff is 00 or a
 * restart mark, so whoever meets this pair takes it for a table. */
enum sr_status sr_sniff_jpeg_tables(const unsigned char *bytes, size_t size,
                                    struct sr_err *err)
{
    bool scan = false;
    for (size_t at = 2; at + 4 < size;) {
        const unsigned char marker = bytes[at + 1];
        if (bytes[at] != 0xff || !has_length(marker) ||
            (scan && marker != 0xc4)) {
            at++;
            continue;
        }
        const size_t length =
            (size_t)bytes[at + 2] << 8 | (size_t)bytes[at + 3];
        if (length < 2 || length > size - at - 2)
            return sr_fail(err, SR_EDATA,
                           "truncated JPEG: the segment at byte %zu of %zu "
                           "goes past the end",
                           at, size);
        if (marker == 0xc4)
            SR_TRY(check_tables(bytes + at + 4, length - 2, at, err));
        at += scan ? 1 : 2 + length;
        scan = scan || marker == 0xda;
    }
    return SR_OK;
}
