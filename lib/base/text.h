/* base/text.h - the small text jobs of error messages.
 */
#ifndef SR_BASE_TEXT_H
#define SR_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/opt.h"

/* Append printf output to text, never past size; text stays terminated. */
void sr_text_add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put '?' for control characters and bytes that are no UTF-8: names in hostile
 * files must not reach a terminal, and JSON takes no others. */
void sr_text_clean(char *text);
bool sr_text_is_clean(const char *text); /* would that change nothing? */

bool sr_text_ends_in(const char *text, const char *ending);

/* The next line of *rest, its end cut off (LF or CR LF), and *rest moved behind
 * it; NULL at the end of the text. */
char *sr_text_line(char **rest);

/* "a, b, c" of all words; "a, b, ..." where they do not fit. */
void sr_text_join(char *text, size_t size, sr_words_fn *words);

/* The word nearest to `name` by edit distance (Levenshtein 1966, swaps of
 * neighbours count as one), if it is near enough to be a likely typo: at most
 * 1 edit up to 4 letters, 2 up to 8, 3 above.  NULL when none is. */
const char *sr_text_nearest(const char *name, sr_words_fn *words);

/* The same for words that are not in one table: start from {0}, try them all.
 * True when `word` is near enough and nearer than what *nearest held; it is
 * then what *nearest holds (borrowed). */
struct sr_nearest {
    const char *word;
    int distance;
};
bool sr_text_nearer(const char *name, const char *word,
                    struct sr_nearest *nearest);

/* Edit distance as above; strings of up to 63 letters, longer ones count as
 * infinitely far. */
int sr_text_distance(const char *a, const char *b);

/* A whole decimal integer / a real number or a fraction a/b of two reals; the
 * complete text must be used.  nan and inf are refused. */
bool sr_text_int(const char *text, long long *value);
bool sr_text_real(const char *text, double *value);

#endif
