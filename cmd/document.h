/* cmd/document.h - the JSON document that a command prints under --json. */
#ifndef SR_DOCUMENT_H
#define SR_DOCUMENT_H

#include "base/json.h"

/* Onto stdout, indented, with a newline behind it.  It stays the caller's. */
void sr_document_print(const json_t *document);

/* The same, and its end: takes the caller's reference. */
void sr_document_give(json_t *document);

#endif
