/* report/setting.h - which settings tell runs apart, and what they are called.
 *
 * A config has a hundred keys; a table has the few whose values differ.  Keys
 * that change no result (names, paths, threads, logging) never count, nor does
 * eval.*, which every figure names for itself.
 */
#ifndef SR_REPORT_SETTING_H
#define SR_REPORT_SETTING_H

#include <stdbool.h>

#include "base/json.h"

/* Can this key change a trained network?  The seed can. */
bool sr_setting_counts(const char *key);

/* *columns: an array of {"key", "title"} of the settings in which rows [as
 * row.h] differ, the best known first; the seed is none of them.  Titles are
 * unique: "activation", "attacker", "update", "epochs", the key's last part, or
 * the key.  The slope of attacker and update is left out where it is the
 * forward function's in every row, and a sharpness whose function has a column:
 * that says "softplus(10)".  The caller owns it. */
json_t *sr_settings_differing(const json_t *rows);

/* The key a user's word means, a key or a title; NULL when no row has it.
 * Borrowed from rows. */
const char *sr_setting_find(const json_t *rows, const char *word);

/* What a key is called: a fixed short name or its last part. */
const char *sr_setting_title(const char *key);

/* A row's value of a key for people: radii and steps as 8/255, functions with
 * their sharpness as softplus(10).  The caller owns it; NULL when the row has
 * none or it is empty. */
json_t *sr_setting_value(const json_t *row, const char *key);

#endif
