#define _DEFAULT_SOURCE /* SIGPIPE's neighbours, and prctl */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { CANNOT_START = 127 }; /* as shells have it */

/* What this process ignores or handles, the program that is executed must not:
 * it would be told nothing of it.  A signal that came since the fork, when all
 * were blocked, comes now. */
static void hear_signals(void)
{
    static const int own[] = {SIGINT,  SIGTERM, SIGUSR1,
                              SIGXCPU, SIGPIPE, SIGXFSZ};
    sigset_t none;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        signal(own[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A parent that is gone by now could not be noticed any more. */
static void end_with(pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
        _exit(CANNOT_START);
}

/* Between fork and exec; only what a signal handler may call, too. */
static _Noreturn void become(char *const *argv, int output, int keep,
                             pid_t parent)
{
    const int nothing = open("/dev/null", O_RDONLY);
    end_with(parent);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(CANNOT_START);
    if (keep >= 0)
        fcntl(keep, F_SETFD, 0);
    hear_signals();
    execv("/proc/self/exe", argv);
    execvp(argv[0], argv);
    static const char text[] = "satrun: error: cannot start itself\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(CANNOT_START);
    _exit(CANNOT_START);
}

enum sr_status sr_child_start(char *const *argv, const char *output, int keep,
                              pid_t *pid, struct sr_err *err)
{
    const pid_t parent = getpid();
    const int file =
        open(output, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        return sr_fail_errno(err, SR_ERESOURCE, "open", output);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    const pid_t made = fork();
    if (made == 0)
        become(argv, file, keep, parent);
    const int code = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(file);
    errno = code;
    if (made < 0)
        return sr_fail_errno(err, SR_ERESOURCE, "start a process for", output);
    *pid = made;
    return SR_OK;
}

bool sr_child_ended(struct sr_ending *ending)
{
    int how;
    const pid_t pid = waitpid(-1, &how, WNOHANG);
    if (pid <= 0)
        return false;
    *ending = (struct sr_ending){
        .pid = pid,
        .code = WIFEXITED(how) ? WEXITSTATUS(how) : -1,
        .signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0,
    };
    return true;
}

void sr_child_stop(pid_t pid) { kill(pid, SIGTERM); }

bool sr_child_is_alive(pid_t pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}
