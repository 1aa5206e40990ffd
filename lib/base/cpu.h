/* base/cpu.h - what the machine has: processors and caches.
 *
 * For cutting work into blocks.  Results must never depend on these numbers,
 * or a run could not be repeated on another machine: they may choose between
 * orders of work that give the same bits, and nothing else.
 */
#ifndef SR_BASE_CPU_H
#define SR_BASE_CPU_H

#include <stddef.h>

/* Processors this process may run on, 1..1024. */
int sr_cpu_processors(void);

/* Bytes of data that a core reaches quickly: level 1, level 2, and the level 3
 * that it shares with others. */
struct sr_caches {
    size_t l1, l2, l3;
};

/* Of this machine: what the C library tells, else what the system lists, else
 * the smallest that processors of the last ten years have.  Always
 * 8 KB <= l1 <= l2 <= l3 <= 1 GB.  May cost a millisecond: ask once. */
struct sr_caches sr_cpu_caches(void);

/* What Linux lists in `dir`, /sys/devices/system/cpu/cpu0/cache: a directory
 * index<i> for each cache, with the files level, type and size ("48K").  0 for
 * a cache that is not told of. */
struct sr_caches sr_cpu_listed_caches(const char *dir);

#endif
