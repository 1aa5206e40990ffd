/* cmd/opt_text.h - what an option row says of itself: for help texts, lists,
 * the manual and the shell's completion.
 */
#ifndef SR_OPT_TEXT_H
#define SR_OPT_TEXT_H

#include "base/arena.h"
#include "base/opt.h"

/* A row's key as a flag, "step-size" of step_size. */
void sr_opt_dashed(const struct sr_opt *row, char *text, size_t size);

/* What a flag's value is called: "N", "PATH", "auto|bar|plain|none"; "" for a
 * flag without one. */
void sr_opt_metavar(const struct sr_opt *row, char *text, size_t size);

/* "integer", "word", "path" ... */
const char *sr_opt_type_word(const struct sr_opt *row);

/* "relu|silu", "0..1 of the pixel range", or "".  From ARENA. */
const char *sr_opt_allowed(const struct sr_opt *row, struct sr_arena *arena);

#endif
