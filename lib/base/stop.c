#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A signal handler can reach nothing but static memory. */
static volatile sig_atomic_t arrived, interrupted, on_terminal;

/* write() is among the few things that a handler may do. */
static void say_interrupted(void)
{
    static const char text[] = "\nsatrun: stopping at the next point that can "
                               "be saved; Ctrl-C once more stops at once\n";
    const int before = errno; /* belongs to what was interrupted */
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        errno = before; /* there is nobody to tell */
}

static void remember(int number)
{
    if (number == SIGINT && interrupted)
        _exit(128 + SIGINT);
    if (number == SIGINT && on_terminal)
        say_interrupted();
    interrupted = interrupted || number == SIGINT;
    arrived = number;
}

/* SA_RESTART: a write under way is finished, not torn. */
static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void sr_stop_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1, SIGXCPU};
    on_terminal = isatty(STDERR_FILENO);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        handle(numbers[i], remember);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
}

void sr_stop_watch_silently(void)
{
    sr_stop_watch();
    on_terminal = 0;
}

bool sr_stop_wanted(void) { return arrived != 0; }

int sr_stop_signal(void) { return arrived; }
