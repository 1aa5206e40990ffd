/* report/report.h - from directories of runs to a table and what it needs to be
 * read rightly.
 *
 * Nothing is dropped without a word: runs that are not finished or were never
 * evaluated are listed with their state, jobs of a sweep that are not done with
 * how to run them, damaged files with what is wrong.
 */
#ifndef SR_REPORT_REPORT_H
#define SR_REPORT_REPORT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct sr_report_opts {
    bool no_group;       /* each run a row, whatever it differs by */
    const char *columns; /* as layout.h has it; "" is the usual    */
    const char *sort;    /* a column; "" is by images, then as given */
};

struct sr_report {
    json_t *runs;       /* runs.h                                        */
    json_t *singles;    /* row.h: one row a run, network and use         */
    json_t *rows;       /* group.h: those of the table, sorted, marked   */
    json_t *columns;    /* layout.h                                      */
    json_t *lines;      /* layout.h: the table                           */
    json_t *common;     /* {title: value} that all rows share            */
    json_t *notes;      /* sentences below the table, warnings included  */
    json_t *warnings;   /* those that CSV's readers must know, too       */
    json_t *unfinished; /* {"run", "path", "state", "what"} each         */
    json_t *sweeps;     /* open_jobs.h                                   */
    json_t *damaged;    /* sentences                                     */
};

/* Read the runs at path[n] [runs.h] and make everything of them.
 * Fails: SR_EUSAGE as runs.h and layout.h; SR_ERESOURCE.  What is damaged is no
 * failure. */
enum sr_status sr_report_make(int n, char *const *path,
                              const struct sr_report_opts *opts,
                              struct sr_arena *arena, struct sr_report *report,
                              struct sr_err *err);
void sr_report_close(struct sr_report *report);

enum sr_report_format {
    SR_REPORT_MD,
    SR_REPORT_CSV,
    SR_REPORT_LATEX,
    SR_REPORT_JSON,
};
const char *sr_report_format_name(int i); /* an sr_words_fn */

/* The report as text, from ARENA.  Markdown has everything; LaTeX the notes
 * below its tabular and the rest as comments; CSV is the table alone; JSON is
 * {"schema": "satrun.report/2", "rows": [...], ...}, a row being a line of the
 * table and "runs", "seeds", "images" and "data", too. */
char *sr_report_text(const struct sr_report *report,
                     enum sr_report_format format, struct sr_arena *arena);

#endif
