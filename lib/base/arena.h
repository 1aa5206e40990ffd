/* base/arena.h - memory that is given back all at once.
 *
 * An arena hands out zeroed, 64-byte-aligned pieces and frees them together,
 * so a failing function has nothing to clean up but open files.  There are
 * three lifetimes: a run arena (a whole command), a plan block (one per graph,
 * taken from the run arena), and scratch (mark, take, release).
 *
 * Running out of memory is not a status: sr_arena_take calls the arena's
 * exhausted function, which says so to the user and ends the process.  Sizes
 * that come from a file are checked against the file before they get here.
 *
 * Threads: one arena belongs to one thread at a time.
 */
#ifndef SR_BASE_ARENA_H
#define SR_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct sr_arena;

/* Called with the bytes that could not be had; must not return. */
typedef void sr_exhausted_fn(size_t bytes);

/* A new, empty arena.  `exhausted` NULL: abort(). */
struct sr_arena *sr_arena_new(sr_exhausted_fn *exhausted);

/* Free the arena and everything taken from it.  NULL is allowed. */
void sr_arena_free(struct sr_arena *arena);

/* count * size bytes, zeroed, aligned to 64.  Never NULL, also for 0 bytes;
 * an overflowing product counts as exhausted. */
void *sr_arena_take(struct sr_arena *arena, size_t count, size_t size);

/* A copy of text in the arena. */
char *sr_arena_text(struct sr_arena *arena, const char *text);

/* printf into the arena. */
char *sr_arena_format(struct sr_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A point to return to: everything taken after mark is given back by release.
 * Marks nest.  The arena keeps the memory for what is taken next, so a loop
 * that marks, takes and releases asks the system only in its first round. */
struct sr_mark {
    void *block;
    size_t used;
};
struct sr_mark sr_arena_mark(const struct sr_arena *arena);
void sr_arena_release(struct sr_arena *arena, struct sr_mark mark);

/* How often any arena of this process has asked the system for memory.  The
 * training test fails when it moves between the first and the last step. */
uint64_t sr_arena_allocations(void);

#define SR_TAKE(arena, count, type)                                            \
    ((type *)sr_arena_take((arena), (size_t)(count), sizeof(type)))

#endif
