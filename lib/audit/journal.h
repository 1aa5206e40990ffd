/* audit/journal.h - what the attacks of an audit have broken so far, as a file:
 * an audit that was interrupted goes on with it.
 *
 * Layout   {"schema": "satrun.audit-part/1", "key": TEXT, "attacks":
 *          [{"attack": "pgd", "broken": "0110..."}, ...], "sha256": of all
 *          others}; attacks in the order in which the audit asks for them, each
 *          when it is final, with a digit for every image that counts
 * Method   an audit asks the same in the same order every time, so the answer
 *          to its k-th question is the k-th entry.  Whatever decides questions
 *          and answers is in the key.
 */
#ifndef SR_AUDIT_JOURNAL_H
#define SR_AUDIT_JOURNAL_H

#include <stdbool.h>

#include "base/json.h"
#include "base/log.h"

struct sr_journal {
    const char *path, *key; /* borrowed; path NULL: nothing is kept */
    struct sr_log *log;
    json_t *attacks;
    size_t next;  /* entry, the answer to the next question          */
    bool unsaved; /* has it been told that it could not be written?  */
};

/* Take up what is in the file, with a line in the log; what is damaged or of
 * another key is left out with a warning.  Closed by sr_journal_close, which
 * leaves the file. */
struct sr_journal sr_journal_open(const char *path, const char *key,
                                  struct sr_log *log);
void sr_journal_close(struct sr_journal *journal);

/* Is the next answer there?
 *   broken  [n] filled when it is
 * An entry that is of another attack or other images ends what is known. */
bool sr_journal_recall(struct sr_journal *journal, const char *attack, int n,
                       bool *broken);

/* The next answer, at once in the file.  One that cannot be written is warned
 * of, once. */
void sr_journal_note(struct sr_journal *journal, const char *attack, int n,
                     const bool *broken);

#endif
