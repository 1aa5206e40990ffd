#define _GNU_SOURCE /* sched_getaffinity */
#include "base/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PROCESSORS = 1024 };

int sr_cpu_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN); /* over 1024 of them */
    return online < 1                ? 1
           : online > MAX_PROCESSORS ? MAX_PROCESSORS
                                     : (int)online;
}

/* The first word of the file dir/index<i>/name, "" when there is none. */
static void read_word(const char *dir, int i, const char *name, char word[16])
{
    char path[256];
    word[0] = '\0';
    snprintf(path, sizeof path, "%s/index%d/%s", dir, i, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return;
    if (fscanf(f, "%15s", word) != 1)
        word[0] = '\0';
    fclose(f);
}

static size_t bytes_of(const char *size)
{
    unsigned number = 0;
    char unit = '\0';
    if (sscanf(size, "%9u%c", &number, &unit) < 1)
        return 0;
    return (size_t)number << (unit == 'M' ? 20 : unit == 'K' ? 10 : 0);
}

struct sr_caches sr_cpu_listed_caches(const char *dir)
{
    enum { MOST = 16 }; /* caches a core has */
    struct sr_caches caches = {0, 0, 0};
    for (int i = 0; i < MOST; i++) {
        char level[16], type[16], size[16];
        read_word(dir, i, "level", level);
        read_word(dir, i, "type", type);
        read_word(dir, i, "size", size);
        if (strcmp(type, "Instruction") == 0)
            continue;
        if (strcmp(level, "1") == 0)
            caches.l1 = bytes_of(size);
        else if (strcmp(level, "2") == 0)
            caches.l2 = bytes_of(size);
        else if (strcmp(level, "3") == 0)
            caches.l3 = bytes_of(size);
    }
    return caches;
}

static size_t told(int name)
{
    const long bytes = name < 0 ? 0 : sysconf(name);
    return bytes > 0 ? (size_t)bytes : 0;
}

/* The first of the three that is not 0, within [least, most]. */
static size_t first_of(size_t a, size_t b, size_t c, size_t least, size_t most)
{
    const size_t bytes = a > 0 ? a : b > 0 ? b : c;
    return bytes < least ? least : bytes > most ? most : bytes;
}

struct sr_caches sr_cpu_caches(void)
{
#ifdef _SC_LEVEL1_DCACHE_SIZE
    const struct sr_caches lib = {told(_SC_LEVEL1_DCACHE_SIZE),
                                  told(_SC_LEVEL2_CACHE_SIZE),
                                  told(_SC_LEVEL3_CACHE_SIZE)};
#else
    const struct sr_caches lib = {0, 0, 0};
#endif
    const struct sr_caches list =
        sr_cpu_listed_caches("/sys/devices/system/cpu/cpu0/cache");
    const size_t kb = 1 << 10, gb = 1 << 30;
    const size_t l1 = first_of(lib.l1, list.l1, 32 * kb, 8 * kb, gb);
    const size_t l2 = first_of(lib.l2, list.l2, 256 * kb, l1, gb);
    return (struct sr_caches){l1, l2,
                              first_of(lib.l3, list.l3, 8 * l2, l2, gb)};
}
