#include "data/decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h> /* wants size_t and FILE to be there */

#include "data/sniff.h"

/* A progressive file of a few bytes a scan can keep a decoder busy for hours;
 * real ones have about ten scans. */
enum { MOST_SCANS = 500 };

/* The whole decoding, so that nothing set after setjmp lives in a register. */
struct job {
    struct jpeg_decompress_struct info; /* first: a j_common_ptr is a job */
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf out;
    const unsigned char *bytes;
    size_t size;
    struct sr_arena *arena;
    struct sr_picture picture;
    struct sr_err *err;
};

_Noreturn static void stop(j_common_ptr info)
{
    struct job *job = (struct job *)info;
    char why[JMSG_LENGTH_MAX];
    info->err->format_message(info, why);
    sr_fail(job->err, SR_EDATA, "damaged JPEG: %s", why);
    longjmp(job->out, 1);
}

static void stop_at_warnings(j_common_ptr info, int level)
{
    if (level < 0)
        stop(info);
}

static void limit_scans(j_common_ptr info)
{
    struct job *job = (struct job *)info;
    if (job->info.input_scan_number <= MOST_SCANS)
        return;
    sr_fail(job->err, SR_EDATA, "damaged JPEG: more than %d scans", MOST_SCANS);
    longjmp(job->out, 1);
}

static void be_silent(j_common_ptr info) { (void)info; }

/* a b / 255, rounded: exact for bytes. */
static int mul255(int a, int b)
{
    const int t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

/* CMYK as Adobe writes it, upside down: 255 is no ink.  Pillow's rounding. */
static void cmyk_to_rgb(const unsigned char *cmyk, int w, unsigned char *rgb)
{
    for (int x = 0; x < w; x++, cmyk += 4)
        for (int i = 0; i < 3; i++) {
            const int v = cmyk[3] - mul255(255 - cmyk[i], cmyk[3]);
            *rgb++ = (unsigned char)(v < 0 ? 0 : v);
        }
}

static bool is_cmyk(const struct jpeg_decompress_struct *info)
{
    return info->jpeg_color_space == JCS_CMYK ||
           info->jpeg_color_space == JCS_YCCK;
}

static void read_rows(struct job *job)
{
    struct jpeg_decompress_struct *info = &job->info;
    const size_t row = 3 * (size_t)info->output_width;
    unsigned char *cmyk =
        SR_TAKE(job->arena, 4 * info->output_width, unsigned char);
    while (info->output_scanline < info->output_height) {
        unsigned char *rgb = job->picture.pixel + info->output_scanline * row;
        JSAMPROW to = is_cmyk(info) ? cmyk : rgb;
        jpeg_read_scanlines(info, &to, 1);
        if (is_cmyk(info))
            cmyk_to_rgb(cmyk, job->picture.w, rgb);
    }
}

/* False after a failure, which is then in job->err. */
static bool decode(struct job *job)
{
    struct jpeg_decompress_struct *info = &job->info;
    if (setjmp(job->out))
        return false;
    jpeg_create_decompress(info);
    info->progress = &job->progress;
    jpeg_mem_src(info, job->bytes, job->size);
    jpeg_read_header(info, TRUE);
    if (sr_sniff_size(info->image_width, info->image_height, job->err) != SR_OK)
        return false;
    info->out_color_space = is_cmyk(info) ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(info);
    job->picture.grey = info->jpeg_color_space == JCS_GRAYSCALE;
    job->picture.cmyk = is_cmyk(info);
    job->picture.w = (int)info->output_width;
    job->picture.h = (int)info->output_height;
    job->picture.pixel =
        sr_arena_take(job->arena, 3 * info->output_height, info->output_width);
    read_rows(job);
    jpeg_finish_decompress(info);
    return true;
}

enum sr_status sr_decode_jpeg(const unsigned char *bytes, size_t size,
                              struct sr_arena *arena,
                              struct sr_picture *picture, struct sr_err *err)
{
    struct job job = {
        .bytes = bytes,
        .size = size,
        .arena = arena,
        .err = err,
        .progress = {.progress_monitor = limit_scans},
    };
    job.info.err = jpeg_std_error(&job.errors);
    job.errors.error_exit = stop;
    job.errors.emit_message = stop_at_warnings;
    job.errors.output_message = be_silent;
    const bool good = decode(&job);
    jpeg_destroy_decompress(&job.info);
    if (!good)
        return err->status;
    *picture = job.picture;
    return SR_OK;
}
