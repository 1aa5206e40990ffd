#include "report/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

enum { PICTURE_LIMIT = 4 << 20 }; /* bytes */

/* ---- text ---- */

static void put_letter(FILE *out, char letter)
{
    static const char *const escaped[128] = {['&'] = "&amp;",
                                             ['<'] = "&lt;",
                                             ['>'] = "&gt;",
                                             ['"'] = "&quot;",
                                             ['\''] = "&#39;"};
    const unsigned char c = (unsigned char)letter;
    if (c < 128 && escaped[c])
        fputs(escaped[c], out);
    else
        fputc(letter, out);
}

/* Line by line, as cleaning a text would take its newlines. */
void sr_html_put(FILE *out, const char *text)
{
    char *copy = strdup(text);
    SR_REQUIRE(copy != NULL);
    for (char *part = copy; *part;) {
        const size_t n = strcspn(part, "\n\t");
        const char end = part[n];
        part[n] = '\0';
        sr_text_clean(part);
        for (const char *p = part; *p; p++)
            put_letter(out, *p);
        if (end)
            fputc(end, out);
        part += n + (end != '\0');
    }
    free(copy);
}

void sr_html_tag(FILE *out, const char *tag, const char *text)
{
    fprintf(out, "<%s>", tag);
    sr_html_put(out, text);
    fprintf(out, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* ---- pictures ---- */

static void put_base64(FILE *out, const unsigned char *bytes, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t n = size - i < 3 ? size - i : 3;
        const unsigned a = bytes[i], b = n > 1 ? bytes[i + 1] : 0,
                       c = n > 2 ? bytes[i + 2] : 0;
        fputc(letters[a >> 2], out);
        fputc(letters[(a & 3) << 4 | b >> 4], out);
        fputc(n > 1 ? letters[(b & 15) << 2 | c >> 6] : '=', out);
        fputc(n > 2 ? letters[c & 63] : '=', out);
    }
}

/* An SVG as the source of an <img> runs no script and loads nothing. */
static const struct kind {
    const char *ending, *starts, *type;
} kinds[] = {{".png", "\x89PNG", "image/png"},
             {".svg", "<?xml", "image/svg+xml"},
             {".svg", "<svg", "image/svg+xml"}};

static const struct kind *kind_of(const char *path, const unsigned char *bytes)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot, kinds[i].ending) == 0 &&
            strncmp((const char *)bytes, kinds[i].starts,
                    strlen(kinds[i].starts)) == 0)
            return &kinds[i];
    return NULL;
}

enum sr_status sr_html_figure(FILE *out, const char *path, const char *caption,
                              struct sr_arena *scratch, struct sr_err *err)
{
    unsigned char *bytes;
    size_t size;
    const struct sr_mark before = sr_arena_mark(scratch);
    SR_TRY(sr_file_read(path, PICTURE_LIMIT, SR_EDATA, scratch, &bytes, &size,
                        err));
    const struct kind *kind = kind_of(path, bytes);
    if (!kind) {
        sr_arena_release(scratch, before);
        return sr_fail(err, SR_EDATA, "%s is no PNG or SVG", path);
    }
    fprintf(out, "<figure><img alt=\"");
    sr_html_put(out, caption);
    fprintf(out, "\" src=\"data:%s;base64,", kind->type);
    put_base64(out, bytes, size);
    fputs("\" /><figcaption>", out);
    sr_html_put(out, caption);
    fputs("</figcaption></figure>\n", out);
    sr_arena_release(scratch, before);
    return SR_OK;
}
