/* base/stop.h - the wish to stop, as signals tell it.
 */
#ifndef SR_BASE_STOP_H
#define SR_BASE_STOP_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM, SIGUSR1 and SIGXCPU are remembered instead of
 * ending the process; a second SIGINT ends it at once with 130, which the first
 * tells on a terminal.  SIGPIPE and SIGXFSZ are ignored: the write that caused
 * them fails and is reported. */
void sr_stop_watch(void);

/* The same without a word on the first: for a display that ends by SIGINT. */
void sr_stop_watch_silently(void);

/* Has one of them arrived?  Long loops ask at points where they can save. */
bool sr_stop_wanted(void);

/* The signal that arrived, 0 for none. */
int sr_stop_signal(void);

#endif
