#include "sweep/fake_job.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/stop.h"
#include "test.h"

enum { IN_VAIN = 9, NAPS = 1000 }; /* of 10 ms */

struct fake {
    struct sr_arena *arena;
    const char *run; /* its directory; those of the others are beside it */
    int n, times;
};

static void nap(void)
{
    const struct timespec span = {.tv_nsec = 10000000};
    nanosleep(&span, NULL);
}

static int count_names(const struct fake *f, const char *dir)
{
    const char *const *names;
    struct sr_err err;
    int n;
    return sr_file_list(dir, SR_EDATA, f->arena, &names, &n, &err) == SR_OK ? n
                                                                            : 0;
}

static int end_by_signal(const struct fake *f)
{
    signal(f->n, SIG_DFL);
    raise(f->n);
    return IN_VAIN;
}

static int end_with(const struct fake *f) { return f->n; }

/* A file for each time. */
static int fail_at_first(const struct fake *f)
{
    struct sr_err err;
    const int before = count_names(f, f->run);
    const char *path = sr_arena_format(f->arena, "%s/%d", f->run, before);
    if (sr_file_write(path, "", 0, &err) != SR_OK)
        return IN_VAIN;
    return before < f->times ? f->n : 0;
}

static int wait_for_stop(const struct fake *f)
{
    (void)f;
    sr_stop_watch();
    for (int i = 0; i < NAPS && !sr_stop_wanted(); i++)
        nap();
    return sr_stop_wanted() ? SR_STOPPED : IN_VAIN;
}

static int meet(const struct fake *f)
{
    const char *all = sr_file_dir(f->arena, f->run);
    for (int i = 0; i < NAPS / 5; i++, nap())
        if (count_names(f, all) >= f->n)
            return 0;
    return IN_VAIN;
}

static int be_alone(const struct fake *f)
{
    struct sr_err err;
    int lock;
    const char *path =
        sr_arena_format(f->arena, "%s.lock", sr_file_dir(f->arena, f->run));
    if (sr_lock_try(path, &lock, &err) != SR_OK || lock < 0)
        return IN_VAIN;
    nap();
    sr_lock_release(lock);
    return 0;
}

static const struct {
    const char *word;
    int (*fn)(const struct fake *f);
} acts[] = {
    {"exit", end_with},      {"signal", end_by_signal},
    {"fail", fail_at_first}, {"wait", wait_for_stop},
    {"meet", meet},          {"alone", be_alone},
};

bool sr_fake_job_is(int argc, char **argv)
{
    return (argc > 4 && strcmp(argv[1], "train") == 0) ||
           (argc > 2 && strcmp(argv[1], "eval") == 0);
}

int sr_fake_job(char **argv)
{
    char word[16] = "";
    struct fake f = {.arena = sr_arena_new(NULL)};
    struct sr_err err;
    if (strcmp(argv[1], "eval") == 0)
        return 0;
    FILE *in = fopen(argv[2], "r");
    f.run = argv[4];
    if (!in || fscanf(in, "%15s %d %d", word, &f.n, &f.times) < 1 ||
        sr_file_mkdir(f.run, &err) != SR_OK)
        return IN_VAIN;
    fclose(in);
    printf("satrun: error: the fake was told to %s %d\n", word, f.n);
    fflush(stdout);
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].word, word) == 0)
            return acts[i].fn(&f);
    return IN_VAIN;
}
