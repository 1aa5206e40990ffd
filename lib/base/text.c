#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 63, FAR = INT_MAX };

void sr_text_add(char *text, size_t size, const char *format, ...)
{
    const size_t used = strlen(text);
    if (used + 1 >= size)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

/* Bytes of the UTF-8 character at p, 1 to 4; 0: there is none.  Overlong forms,
 * surrogates and numbers past 10ffff are none. */
static int utf8_length(const unsigned char *p)
{
    static const struct {
        unsigned char first, last; /* of the leading byte         */
        unsigned char bytes;
        unsigned char low, high; /* of the byte that follows it */
    } forms[] = {{0x20, 0x7e, 1, 0, 0xff},    {0xc2, 0xdf, 2, 0x80, 0xbf},
                 {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
                 {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
                 {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf},
                 {0xf4, 0xf4, 4, 0x80, 0x8f}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last)
            continue;
        if (forms[i].bytes > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
            return 0;
        for (int k = 2; k < forms[i].bytes; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return forms[i].bytes;
    }
    return 0;
}

bool sr_text_is_clean(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    int length = 1;
    while (*p && (length = utf8_length(p)) > 0)
        p += length;
    return length > 0;
}

void sr_text_clean(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p;) {
        const int length = utf8_length(p);
        if (length == 0)
            *p = '?';
        p += length ? length : 1;
    }
}

bool sr_text_ends_in(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

char *sr_text_line(char **rest)
{
    char *line = *rest;
    if (!*line)
        return NULL;
    char *end = line + strcspn(line, "\n");
    *rest = *end ? end + 1 : end;
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

void sr_text_join(char *text, size_t size, sr_words_fn *words)
{
    text[0] = '\0';
    for (int i = 0; words(i); i++) {
        const size_t left = size - strlen(text), end = sizeof ", ...";
        if (strlen(words(i)) + 2 + (words(i + 1) ? end : 1) > left) {
            sr_text_add(text, size, "%s...", i ? ", " : "");
            return;
        }
        sr_text_add(text, size, "%s%s", i ? ", " : "", words(i));
    }
}

static int least(int a, int b) { return a < b ? a : b; }

/* Row i of the table holds the distances of a's first i letters to every
 * beginning of b; a swap looks two rows back. */
int sr_text_distance(const char *a, const char *b)
{
    const size_t na = strlen(a), nb = strlen(b);
    if (na > WORD_MAX || nb > WORD_MAX)
        return FAR;

    int d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= na; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= nb; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        for (size_t j = 1; j <= nb; j++) {
            const int other = a[i - 1] != b[j - 1];
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + other);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[na][nb];
}

bool sr_text_nearer(const char *name, const char *word,
                    struct sr_nearest *nearest)
{
    const size_t length = strlen(name);
    const int limit = length <= 4 ? 1 : length <= 8 ? 2 : 3;
    const int far = sr_text_distance(name, word);
    if (far > limit || (nearest->word && far >= nearest->distance))
        return false;
    *nearest = (struct sr_nearest){word, far};
    return true;
}

const char *sr_text_nearest(const char *name, sr_words_fn *words)
{
    struct sr_nearest nearest = {0};
    for (int i = 0; words(i); i++)
        sr_text_nearer(name, words(i), &nearest);
    return nearest.word;
}

bool sr_text_int(const char *text, long long *value)
{
    if (!isdigit((unsigned char)text[*text == '-' || *text == '+']))
        return false;
    char *end;
    errno = 0;
    const long long v = strtoll(text, &end, 10);
    if (*end || errno)
        return false;
    *value = v;
    return true;
}

/* strtod also reads spaces, hexadecimal, nan and inf; none of them is a number
 * in a config. */
static bool real_until(const char *text, char stop, const char **end,
                       double *value)
{
    const size_t plain = strspn(text, "0123456789+-.eE");
    char *rest;
    *value = strtod(text, &rest);
    *end = rest;
    return rest != text && rest == text + plain && *rest == stop &&
           isfinite(*value);
}

bool sr_text_real(const char *text, double *value)
{
    double over, under = 1;
    const char *end;
    if (strchr(text, '/')) {
        if (!real_until(text, '/', &end, &over) ||
            !real_until(end + 1, '\0', &end, &under))
            return false;
    } else if (!real_until(text, '\0', &end, &over)) {
        return false;
    }
    if (!isfinite(over / under))
        return false;
    *value = over / under;
    return true;
}
