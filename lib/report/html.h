/* report/html.h - pieces of a page that needs nothing but itself.
 *
 * Whatever comes from a file goes through sr_html_put: it cannot become markup,
 * in a text as well as in an attribute's quotes.
 */
#ifndef SR_REPORT_HTML_H
#define SR_REPORT_HTML_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

/* text with & < > " ' escaped; control characters but newlines and tabs, and
 * bytes that are no UTF-8, as '?'. */
void sr_html_put(FILE *out, const char *text);

/* "<tag>text</tag>", the text escaped. */
void sr_html_tag(FILE *out, const char *tag, const char *text);

/* <figure> with the picture at path, a .png or .svg of at most 4 MiB, as data
 * inside, and its caption.  Fails with SR_EDATA, having written nothing: not
 * there, too large, or not what its name says. */
enum sr_status sr_html_figure(FILE *out, const char *path, const char *caption,
                              struct sr_arena *scratch, struct sr_err *err);

#endif
