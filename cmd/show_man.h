/* cmd/show_man.h - the manual, from the tables that --help reads.
 *
 * satrun.1, satrun-COMMAND.1 for every command, satrun-config.5 for the keys of
 * a config, in the language of man(7).
 */
#ifndef SR_SHOW_MAN_H
#define SR_SHOW_MAN_H

#include "cmd.h"

/* `satrun show man [PAGE]`: the names of the pages, or one of them.  Fails with
 * SR_EUSAGE for a page there is not. */
sr_cmd_fn sr_show_man;

#endif
