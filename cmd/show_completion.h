/* cmd/show_completion.h - what bash needs to complete a command line, from the
 * tables that --help reads.
 */
#ifndef SR_SHOW_COMPLETION_H
#define SR_SHOW_COMPLETION_H

#include "cmd.h"

/* `satrun show completion bash`: a script to source.  Fails with SR_EUSAGE for
 * another shell. */
sr_cmd_fn sr_show_completion;

#endif
