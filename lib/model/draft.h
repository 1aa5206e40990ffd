/* model/draft.h - a file of tensors that is filled piece by piece, in any
 * order, before it is there under its name.
 *
 * For tensors that are too large for memory or take hours to compute: the file
 * is laid out and its room reserved at the start, under its name and ".part".
 * A process that ends early leaves it there, and the next one goes on with it.
 * One at a time: who opens a draft holds its name (sr_lock_name).
 */
#ifndef SR_MODEL_DRAFT_H
#define SR_MODEL_DRAFT_H

#include "model/safetensors.h"

struct sr_draft {
    const char *path, *part; /* the name it gets, and has: from ARENA */
    int file;                /* private: descriptor                   */
    struct sr_layout layout;
};

/* Lay the file out; `bytes` of the tensors are not looked at.  From ARENA.
 *   go_on   with what a draft of the same tensors and metadata has left, under
 *           either name; otherwise what is there under PATH.part is replaced
 * Fails: SR_EUSAGE when there is none to go on with; SR_ERESOURCE, also when
 * the disk has no room for all of it. */
enum sr_status sr_draft_open(const char *path, int n,
                             const struct sr_tensor_out *tensors, int metas,
                             const struct sr_meta *meta, bool go_on,
                             struct sr_arena *arena, struct sr_draft *draft,
                             struct sr_err *err);

/* Write, or read, `size` bytes of tensor i from byte `first` of it on.  What
 * was never written reads as zeros.  Fails with SR_ERESOURCE. */
enum sr_status sr_draft_put(const struct sr_draft *draft, int i, size_t first,
                            const void *bytes, size_t size, struct sr_err *err);
enum sr_status sr_draft_get(const struct sr_draft *draft, int i, size_t first,
                            void *bytes, size_t size, struct sr_err *err);

/* What has been put survives a crash of the machine, as it does when the draft
 * is finished.  Fails with SR_ERESOURCE. */
enum sr_status sr_draft_sync(const struct sr_draft *draft, struct sr_err *err);

/* All is there: give it its name.  Fails with SR_ERESOURCE. */
enum sr_status sr_draft_finish(struct sr_draft *draft, struct sr_err *err);

/* Close the file, finished or not; a second call does nothing. */
void sr_draft_close(struct sr_draft *draft);

#endif
