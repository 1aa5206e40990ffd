#include "data/picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/rng.h"
#include "data/tar.h"
#include "samples.h"
#include "test.h"

/* One line of tests/golden/pixels.tsv. */
struct golden {
    char file[64], how[16], sha256[65];
    int resize, crop; /* 0: not done */
};

/* What our own code makes of the bytes, to be compared with the line. */
static void check_golden(const struct golden *g, const unsigned char *bytes,
                         size_t size)
{
    struct sr_arena *arena = sr_test_arena();
    const struct sr_mark mark = sr_arena_mark(arena);
    struct sr_err err;
    struct sr_picture p;
    char found[65];
    SR_GOOD(sr_picture_decode(bytes, size, SR_JPEG_LIBJPEG, arena, &p, &err),
            err);
    unsigned char *pixel = p.pixel;
    size_t count = 3 * (size_t)p.w * (size_t)p.h;
    if (g->resize) {
        SR_GOOD(sr_picture_resize_short(
                    &p, g->resize,
                    strcmp(g->how, "bicubic") == 0 ? SR_BICUBIC : SR_BILINEAR,
                    arena, &p, &err),
                err);
        count = 3 * (size_t)g->crop * (size_t)g->crop;
        pixel = SR_TAKE(arena, count, unsigned char);
        memset(pixel, 0xaa, count);
        sr_picture_crop(&p, g->crop, pixel);
    }
    sr_sha256(pixel, count, found);
    ck_assert_msg(strcmp(found, g->sha256) == 0,
                  "%s, %s, resized to %d, cropped to %d: other pixels than "
                  "Pillow's",
                  g->file, g->how, g->resize, g->crop);
    sr_arena_release(arena, mark);
}

static FILE *open_golden(void)
{
    FILE *f = fopen("tests/golden/pixels.tsv", "r");
    ck_assert_ptr_nonnull(f);
    return f;
}

static bool read_golden(FILE *f, struct golden *g)
{
    return fscanf(f, "%63s %d %d %15s %64s", g->file, &g->resize, &g->crop,
                  g->how, g->sha256) == 5;
}

/* Every kind of file, larger and smaller, crops that need a border. */
START_TEST(small_images_are_pillows)
{
    FILE *f = open_golden();
    struct golden g;
    int lines = 0;
    for (; read_golden(f, &g); lines++) {
        char name[80];
        size_t size;
        if (strchr(g.file, ':')) /* a photo of a shard */
            break;
        snprintf(name, sizeof name, "images/%s", g.file);
        const unsigned char *bytes = fixture(name, &size);
        check_golden(&g, bytes, size);
    }
    fclose(f);
    ck_assert_int_gt(lines, 200);
}
END_TEST

/* The member after the colon, from the shard before it, which is read on. */
static unsigned char *read_member(struct sr_tar *tar, const char *name,
                                  size_t *size)
{
    struct sr_err err;
    struct sr_member member;
    bool more;
    do
        SR_GOOD(sr_tar_next(tar, &member, &more, &err), err);
    while (more && strcmp(member.name, name) != 0);
    ck_assert(more);
    *size = (size_t)member.size;
    unsigned char *bytes = SR_TAKE(sr_test_arena(), *size, unsigned char);
    SR_GOOD(sr_tar_read(tar, bytes, *size, &err), err);
    return bytes;
}

/* Photos as ImageNet has them, prepared as for a published number. */
START_TEST(imagenet_photos_are_pillows)
{
    if (!sr_test_data("data/imagenet-sample"))
        SR_SKIP("no data/imagenet-sample in SATRUN_DATA");
    FILE *f = open_golden();
    struct golden g;
    struct sr_tar *tar = NULL;
    char shard[64] = "", member[64] = "";
    unsigned char *bytes = NULL;
    size_t size = 0;
    int photos = 0, lines = 0;
    while (read_golden(f, &g)) {
        struct sr_err err;
        char *colon = strchr(g.file, ':');
        if (!colon)
            continue;
        *colon = '\0';
        lines++;
        ck_assert(g.resize == 256 && g.crop == 224);
        if (strcmp(shard, g.file) != 0) {
            if (tar)
                sr_tar_close(tar);
            snprintf(shard, sizeof shard, "%s", g.file);
            SR_GOOD(sr_tar_open(
                        sr_test_data(sr_arena_format(
                            sr_test_arena(), "data/imagenet-sample/%s", shard)),
                        sr_test_arena(), &tar, &err),
                    err);
        }
        if (strcmp(member, colon + 1) != 0) {
            snprintf(member, sizeof member, "%s", colon + 1);
            bytes = read_member(tar, member, &size);
            photos++;
        }
        check_golden(&g, bytes, size);
    }
    sr_tar_close(tar);
    fclose(f);
    ck_assert_int_eq(photos, 100);
    ck_assert_int_eq(lines, 200); /* bilinear and bicubic */
}
END_TEST

static const char *const files[] = {
    "photo.jpg",   "photo444.jpg", "progressive.jpg", "grey.jpg",
    "cmyk.jpg",    "photo.png",    "grey.png",        "bits.png",
    "palette.png", "alpha.png",    "deep.png",        "ycck.jpg",
    "photo.bmp",   "photo.ppm",    "grey.pgm",        "greyalpha.png"};
enum { FILES = sizeof files / sizeof *files };

/* Decode with memory that is given back. */
static enum sr_status try(const unsigned char *bytes, size_t size,
                          enum sr_jpeg_decoder jpeg, struct sr_err *err)
{
    struct sr_picture p;
    const struct sr_mark mark = sr_arena_mark(sr_test_arena());
    const enum sr_status status =
        sr_picture_decode(bytes, size, jpeg, sr_test_arena(), &p, err);
    sr_arena_release(sr_test_arena(), mark);
    return status;
}

static unsigned char *image_file(int i, size_t *size)
{
    char name[80];
    snprintf(name, sizeof name, "images/%s", files[i]);
    return fixture(name, size);
}

/* A decoder that fills the rest with grey would answer SR_OK somewhere.  The
 * copy is exactly as long as the file claims to be, so that a read past its end
 * is seen by the sanitizers. */
START_TEST(no_truncated_image_is_an_image)
{
    for (int i = 0; i < FILES; i++) {
        size_t size;
        const unsigned char *whole = image_file(i, &size);
        for (size_t n = 0; n < size; n++) {
            struct sr_err err;
            unsigned char *part = malloc(n ? n : 1);
            memcpy(part, whole, n);
            ck_assert_msg(try(part, n, SR_JPEG_LIBJPEG, &err) == SR_EDATA,
                          "%s cut to %zu of %zu bytes", files[i], n, size);
            free(part);
        }
    }
}
END_TEST

/* PNG has checksums, so no flipped bit may pass.  The others may become another
 * image, but nothing may crash. */
START_TEST(flipped_bits_do_not_crash)
{
    for (int i = 0; i < FILES; i++) {
        size_t size;
        unsigned char *bytes = image_file(i, &size);
        const bool png = strstr(files[i], ".png") != NULL;
        for (size_t at = 0; at < size; at++) {
            struct sr_err err;
            bytes[at] ^= (unsigned char)(1 << at % 8);
            const enum sr_status status =
                try(bytes, size, SR_JPEG_LIBJPEG, &err);
            ck_assert_msg(status == SR_EDATA || (!png && status == SR_OK),
                          "%s with byte %zu changed", files[i], at);
            bytes[at] ^= (unsigned char)(1 << at % 8);
        }
    }
}
END_TEST

/* stb_image 2.27 overruns its tables on a JPEG like this. */
START_TEST(impossible_huffman_table)
{
    const char *path = sr_test_data("data/overfull_dht.jpg");
    if (!path)
        SR_SKIP("no data/overfull_dht.jpg in SATRUN_DATA");
    struct sr_err err;
    unsigned char *bytes;
    size_t size;
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    SR_BAD(try(bytes, size, SR_JPEG_LIBJPEG, &err), err, SR_EDATA,
           "damaged JPEG: Bogus Huffman table definition");
    SR_BAD(try(bytes, size, SR_JPEG_STB, &err), err, SR_EDATA,
           "damaged JPEG: an impossible Huffman table");
}
END_TEST

/* A table that begins in one segment and would be read on into the next. */
START_TEST(huffman_table_cut_short)
{
    struct sr_err err;
    const unsigned char jpeg[] = {0xff, 0xd8, 0xff, 0xc4, 0, 7, 0x10, 0, 0,
                                  0,    0,    0xff, 0xd9, 0, 0, 0,    0};
    SR_BAD(try(jpeg, sizeof jpeg, SR_JPEG_STB, &err), err, SR_EDATA,
           "an impossible Huffman table in the segment at byte 2");
}
END_TEST

/* Within a few levels of libjpeg's, which is why it has to be asked for: 3 is
 * the most seen on photos, smooth chroma of a small image allows more. */
START_TEST(stb_decodes_jpeg_when_asked)
{
    struct sr_err err;
    struct sr_picture a, b;
    size_t size;
    const unsigned char *bytes = fixture("images/photo444.jpg", &size);
    SR_GOOD(sr_picture_decode(bytes, size, SR_JPEG_LIBJPEG, sr_test_arena(), &a,
                              &err),
            err);
    SR_GOOD(
        sr_picture_decode(bytes, size, SR_JPEG_STB, sr_test_arena(), &b, &err),
        err);
    ck_assert_int_eq(a.w, b.w);
    ck_assert_int_eq(a.h, b.h);
    for (int i = 0; i < 3 * a.w * a.h; i++)
        ck_assert_int_le(abs(a.pixel[i] - b.pixel[i]), 4);
}
END_TEST

/* Sizes are refused before memory is asked for. */
START_TEST(sizes_beyond_the_limits)
{
    struct sr_err err;
    size_t size;
    unsigned char *png = fixture("images/photo.png", &size);
    memcpy(png + 16, "\x00\x01\x00\x00\x00\x00\x00\x01", 8);
    SR_BAD(try(png, size, SR_JPEG_LIBJPEG, &err), err, SR_EDATA,
           "an image of 65536 x 1 pixels");

    unsigned char *bmp = fixture("images/photo.bmp", &size);
    memcpy(bmp + 18, "\xff\xff\xff\x7f\xff\xff\xff\x7f", 8);
    SR_BAD(try(bmp, size, SR_JPEG_LIBJPEG, &err), err, SR_EDATA,
           "an image of 2147483647 x 2147483647");

    const char ppm[] = "P6\n# a comment\n16384 16384 255\n";
    SR_BAD(try((const unsigned char *)ppm, sizeof ppm, SR_JPEG_LIBJPEG, &err),
           err, SR_EDATA, "an image of 16384 x 16384");

    unsigned char *jpeg = fixture("images/photo.jpg", &size);
    unsigned char *sof = jpeg;
    while (sof[0] != 0xff || sof[1] != 0xc0)
        sof++;
    memcpy(sof + 5, "\xff\xdc\xff\xdc", 4);
    SR_BAD(try(jpeg, size, SR_JPEG_LIBJPEG, &err), err, SR_EDATA,
           "an image of 65500 x 65500");

    struct sr_picture thin = {.w = 1, .h = 16384}, out;
    SR_BAD(sr_picture_resize_short(&thin, 4096, SR_BILINEAR, sr_test_arena(),
                                   &out, &err),
           err, SR_EDATA, "short side of 4096");
}
END_TEST

/* A PNG of one pixel whose data inflates to 16 MB of zeros.  Its decoder would
 * follow it; what it is given ends at about 1 MB. */
START_TEST(a_small_file_does_not_inflate_without_end)
{
    struct sr_err err;
    size_t size;
    const unsigned char *png = fixture("bombs/inflates.png", &size);
    SR_BAD(try(png, size, SR_JPEG_LIBJPEG, &err), err, SR_EDATA,
           "damaged image: outofmem");
}
END_TEST

START_TEST(other_files_are_named_by_their_bytes)
{
    struct sr_err err;
    SR_BAD(try((const unsigned char *)"GIF89a", 6, SR_JPEG_LIBJPEG, &err), err,
           SR_EDATA, "it starts with the bytes 47 49 46 38");
    SR_BAD(try((const unsigned char *)"", 0, SR_JPEG_LIBJPEG, &err), err,
           SR_EDATA, "0 bytes are not an image");
}
END_TEST

SR_SUITE(data_picture)
{
    return sr_suite(
        "data/picture",
        (const TTest *[]){small_images_are_pillows, imagenet_photos_are_pillows,
                          no_truncated_image_is_an_image,
                          flipped_bits_do_not_crash, impossible_huffman_table,
                          huffman_table_cut_short, stb_decodes_jpeg_when_asked,
                          sizes_beyond_the_limits,
                          a_small_file_does_not_inflate_without_end,
                          other_files_are_named_by_their_bytes, NULL});
}
