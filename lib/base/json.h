/* base/json.h - JSON through jansson; the only door to it.
 *
 * Rooms use jansson's own calls on what these hand out.  Files are read
 * strictly: duplicate keys, trailing text and bad UTF-8 are errors.
 */
#ifndef SR_BASE_JSON_H
#define SR_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/err.h"

/* Parse `size` bytes; `what` names the source in the message.  The caller
 * owns *json (json_decref).  Fails with `status`, naming line and column. */
enum sr_status sr_json_parse(const char *text, size_t size, const char *what,
                             enum sr_status status, json_t **json,
                             struct sr_err *err);

enum sr_status sr_json_read(const char *path, enum sr_status status,
                            json_t **json, struct sr_err *err);

/* Write atomically (sr_file_write), indented by two, keys in insertion order,
 * with a final newline. */
enum sr_status sr_json_write(const char *path, const json_t *json,
                             struct sr_err *err);

/* Member of an object as text, "" when it is none; and the member at a path
 * such as "machine.cpu", of two keys at most, NULL when there is none.
 * Borrowed. */
const char *sr_json_text(const json_t *object, const char *key);
const json_t *sr_json_at(const json_t *object, const char *path);

/* Text of any bytes as a string, sr_text_clean'ed: json_string refuses what is
 * no UTF-8, and a NULL in json_pack drops all of it. */
json_t *sr_json_foreign(const char *text);

/* A real, or null when it is not finite: JSON has no NaN. */
json_t *sr_json_real(double value);

/* SHA-256 of a document, compact and with sorted keys. */
void sr_json_sum(const json_t *json, char text[SR_SHA256_TEXT]);

/* Give an object the member sha256, the sum of all others; and: take it out
 * again.  Was it right? */
void sr_json_seal(json_t *object);
bool sr_json_unseal(json_t *object);

#endif
