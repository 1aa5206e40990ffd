/* eval/part_rows.h - the rows of an evaluation inside the JSON of a part.
 */
#ifndef SR_EVAL_PART_ROWS_H
#define SR_EVAL_PART_ROWS_H

#include "eval/part.h"

/* Add the members clean, attacks and looked to json. */
void sr_part_put_rows(const struct sr_eval *eval, json_t *json);

#endif
