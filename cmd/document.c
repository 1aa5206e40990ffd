#include "document.h"

#include <stdio.h>

#include "base/err.h"

void sr_document_print(const json_t *document)
{
    SR_REQUIRE(document != NULL); /* made of text that is no UTF-8 */
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
}

void sr_document_give(json_t *document)
{
    sr_document_print(document);
    json_decref(document);
}
