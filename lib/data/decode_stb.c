/* stb_image, held tight: only the formats that sniff.c knows, no files, memory
 * from the arena up to a cap, and its own assertions end the call instead of
 * the process. */
#include "data/decode.h"

#include <limits.h>
#include <setjmp.h>
#include <stddef.h>
#include <string.h>

/* Bytes it may take: per byte of the file (joined and inflated pieces), per
 * pixel (8 inflated, twice while a buffer grows, 8 unfiltered, 8 as RGB), and
 * for its tables. */
enum { PER_BYTE = 4, PER_PIXEL = 32, TABLES = 1 << 20 };

/* stb_image hands no context to its memory functions, so the call at hand has
 * to be found by thread. */
struct call {
    jmp_buf out;
    struct sr_arena *arena;
    size_t left; /* bytes */
};
static _Thread_local struct call *current;

static void *take(size_t size)
{
    if (size > current->left)
        return NULL;
    current->left -= size;
    return sr_arena_take(current->arena, size, 1);
}

static void *take_more(void *old, size_t old_size, size_t size)
{
    void *p = take(size);
    if (p && old)
        memcpy(p, old, old_size < size ? old_size : size);
    return p;
}

#define STBI_MALLOC(size) take(size)
#define STBI_REALLOC_SIZED(p, old, size) take_more(p, old, size)
#define STBI_FREE(p) ((void)(p)) /* the arena's */
#define STBI_ASSERT(x) ((x) ? (void)0 : longjmp(current->out, 1))
#define STBI_MAX_DIMENSIONS 16384 /* SR_PICTURE_SIDE */
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
/* Of its functions, one is called; the warnings about the others come at the
 * end of the file. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

/* NULL when an assertion failed. */
static unsigned char *load(struct call *call, const unsigned char *bytes,
                           int size, struct sr_picture *p, int *channels)
{
    if (setjmp(call->out))
        return NULL;
    return stbi_load_from_memory(bytes, size, &p->w, &p->h, channels, 3);
}

enum sr_status sr_decode_stb(const unsigned char *bytes, size_t size,
                             long long pixels, struct sr_arena *arena,
                             struct sr_picture *picture, struct sr_err *err)
{
    struct call call = {.arena = arena};
    struct sr_picture p = {0};
    int channels = 0;
    if (size > INT_MAX)
        return sr_fail(err, SR_EDATA, "an image file of %zu bytes", size);
    call.left = PER_BYTE * size + PER_PIXEL * (size_t)pixels + TABLES;
    current = &call;
    stbi__g_failure_reason = NULL;
    p.pixel = load(&call, bytes, (int)size, &p, &channels);
    current = NULL;
    if (!p.pixel)
        return sr_fail(err, SR_EDATA, "damaged image: %s",
                       stbi_failure_reason() ? stbi_failure_reason()
                                             : "contradicts itself");
    p.grey = channels == 1 || channels == 2;
    *picture = p;
    return SR_OK;
}
