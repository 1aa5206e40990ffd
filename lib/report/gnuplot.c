#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, NO_DIRECTORY = 126 }; /* as a shell has it */

/* Between fork and exec only what is safe beside other threads.  What gnuplot
 * has to say of a script is for whoever runs it by hand. */
static _Noreturn void become_gnuplot(const char *dir, const char *script)
{
    if (chdir(dir) != 0)
        _exit(NO_DIRECTORY);
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    execlp("gnuplot", "gnuplot", script, (char *)NULL);
    _exit(NOT_FOUND);
}

enum sr_status sr_gnuplot_run(const char *dir, const char *script, bool *found,
                              struct sr_err *err)
{
    int state = 0;
    const pid_t child = fork();
    if (child < 0)
        return sr_fail_errno(err, SR_ERESOURCE, "start", "gnuplot");
    if (child == 0)
        become_gnuplot(dir, script);
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return sr_fail_errno(err, SR_ERESOURCE, "wait for", "gnuplot");

    const int code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    *found = code != NOT_FOUND;
    if (code == 0 || code == NOT_FOUND)
        return SR_OK;
    return sr_fail(err, SR_ERESOURCE,
                   "gnuplot could not draw %s/%s; "
                   "'gnuplot %s' in that directory says why",
                   dir, script, script);
}
