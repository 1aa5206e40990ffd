#include "report/png.h"

#include <math.h>

#include "base/file.h"

#ifndef __clang_analyzer__ /* it analyses stb otherwise */
#define STB_IMAGE_WRITE_IMPLEMENTATION
#endif
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

struct file {
    const char *path;
    struct sr_err *err;
    enum sr_status status;
};

void sr_png_bytes(size_t count, const float *x, unsigned char *bytes)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)lrintf(255 * fminf(fmaxf(x[i], 0), 1));
}

/* stb hands over the finished PNG in one piece. */
static void take_png(void *to, void *png, int size)
{
    struct file *file = to;
    file->status = sr_file_write(file->path, png, (size_t)size, file->err);
}

enum sr_status sr_png_write(const char *path, int h, int w, int c,
                            const unsigned char *pixels, struct sr_err *err)
{
    struct file file = {path, err, SR_OK};

    if (!stbi_write_png_to_func(take_png, &file, w, h, c, pixels, w * c))
        return sr_fail(err, SR_ERESOURCE,
                       "cannot write %s: no memory for a picture of %dx%d",
                       path, w, h);
    return file.status;
}
