/* cmd/eval_tell.h - what becomes of an evaluation that is done: a table or JSON
 * on stdout, and files.  The same whether it was just run or merged from
 * shares.
 */
#ifndef SR_EVAL_TELL_H
#define SR_EVAL_TELL_H

#include "base/json.h"
#include "eval_flags.h"

struct sr_eval_told {
    const struct sr_subject *subject;
    const struct sr_eval_opts *opts;
    const struct sr_eval *eval;
    const json_t *about;   /* sr_eval_describe's members          */
    const char *per_image; /* file for a line per image; "": none */
};

/* "best-pgd-10+pgd-50-linf-0.1-3f2a91c0": another evaluation has another name.
 * From ARENA. */
const char *sr_eval_name(const struct sr_subject *subject,
                         const struct sr_eval_opts *opts, const json_t *about,
                         struct sr_arena *arena);

/* The file in the run's directory that has the result.  From ARENA; NULL: the
 * network is no run's, or a share is no result yet. */
const char *sr_eval_result(const struct sr_subject *subject,
                           const struct sr_eval_opts *opts, const json_t *about,
                           struct sr_arena *arena);

/* Write what was asked for.  The result of a run is also written into its
 * directory, but for that of a share, which is no result yet.  Fails with
 * SR_ERESOURCE. */
enum sr_status sr_eval_tell(const struct sr_call *call,
                            const struct sr_eval_told *told,
                            struct sr_err *err);

/* `satrun eval --merge FILE...`: the files are the call's words.  Fails as
 * sr_part_merge and sr_eval_tell. */
enum sr_status sr_eval_merge(const struct sr_call *call, const char *per_image,
                             struct sr_err *err);

#endif
