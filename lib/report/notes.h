/* report/notes.h - what a table of results does not say by itself.
 */
#ifndef SR_REPORT_NOTES_H
#define SR_REPORT_NOTES_H

#include "base/arena.h"
#include "base/json.h"

/* {title: value} of what all rows [group.h] share and a reader asks for: data,
 * images, network, activation, epochs ...  The caller owns it. */
json_t *sr_notes_common(const json_t *rows);

/* Sentences on how to read the figures of the rows, and a warning for each
 * column whose attack was not told the same in all of singles [row.h].  The
 * caller owns them. */
json_t *sr_notes_of(const json_t *rows, const json_t *singles,
                    const json_t *common);

/* Sentences on what may be taken for something else: a run that repeats a seed
 * of others that are one row [of rows, group.h], doubts about runs [runs.h].
 * The caller owns them. */
json_t *sr_notes_warnings(const json_t *rows, const json_t *runs);

/* The runs that are not finished, or finished and without a figure on test
 * images: {"run", "path", "state", "what"}.  The caller owns it. */
json_t *sr_notes_unfinished(const json_t *runs, struct sr_arena *arena);

/* Every problem of every run, in one array.  The caller owns it. */
json_t *sr_notes_damaged(const json_t *runs);

#endif
