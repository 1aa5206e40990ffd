#define _DEFAULT_SOURCE /* madvise */
#include "base/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
enum { GAP = 64 }; /* poisoned bytes between neighbours */
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { ALIGN = 64, BLOCK = 1 << 20 };

struct block {
    struct block *before;
    size_t capacity, used; /* bytes in and taken from data */
    size_t most;           /* of used so far: what lies behind is still zero */
    unsigned char *data;   /* ALIGN-aligned, inside this allocation */
};

struct sr_arena {
    struct block *last;
    struct block *spare; /* released, to be used again before asking for more */
    sr_exhausted_fn *exhausted;
};

static atomic_uint_fast64_t allocations;

uint64_t sr_arena_allocations(void) { return atomic_load(&allocations); }

static size_t round_up(size_t n) { return (n + ALIGN - 1) / ALIGN * ALIGN; }

static void no_memory(const struct sr_arena *arena, size_t bytes)
{
    if (arena && arena->exhausted)
        arena->exhausted(bytes);
    sr_broken("out of memory", __FILE__, __LINE__);
}

struct sr_arena *sr_arena_new(sr_exhausted_fn *exhausted)
{
    struct sr_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        no_memory(&(struct sr_arena){.exhausted = exhausted}, sizeof *arena);
    arena->exhausted = exhausted;
    return arena;
}

void sr_arena_free(struct sr_arena *arena)
{
    if (!arena)
        return;
    sr_arena_release(arena, (struct sr_mark){NULL, 0});
    while (arena->spare) {
        struct block *b = arena->spare;
        arena->spare = b->before;
        UNPOISON(b->data, b->capacity);
        free(b);
    }
    free(arena);
}

/* Long passes over memory miss the processor's table of pages less often when
 * pages are large: 2 to 4 % of a training step.  A hint; where it is not taken
 * nothing changes. */
static void ask_for_large_pages(unsigned char *data, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t large = (uintptr_t)1 << 21;
    const uintptr_t first = ((uintptr_t)data + large - 1) & ~(large - 1);
    const uintptr_t end = ((uintptr_t)data + bytes) & ~(large - 1);
    if (first < end)
        madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
    (void)data, (void)bytes;
#endif
}

/* calloc gives large blocks as pages the system has not even provided yet:
 * what a run never touches costs nothing. */
static struct block *new_block(struct sr_arena *arena, size_t bytes)
{
    const size_t capacity = bytes > BLOCK ? bytes : BLOCK;
    struct block *b = calloc(1, sizeof *b + ALIGN + capacity);
    if (!b)
        no_memory(arena, capacity);
    atomic_fetch_add(&allocations, 1);
    const uintptr_t first = (uintptr_t)(b + 1);
    b->data = (unsigned char *)(b + 1) + (round_up(first) - first);
    b->capacity = capacity;
    ask_for_large_pages(b->data, capacity);
    POISON(b->data, capacity);
    return b;
}

/* The first spare block with enough room, taken off the list; or NULL. */
static struct block *reuse_block(struct sr_arena *arena, size_t bytes)
{
    struct block **at = &arena->spare;
    while (*at && (*at)->capacity < bytes)
        at = &(*at)->before;
    struct block *b = *at;
    if (b)
        *at = b->before;
    return b;
}

static struct block *add_block(struct sr_arena *arena, size_t bytes)
{
    struct block *b = reuse_block(arena, bytes);
    if (!b)
        b = new_block(arena, bytes);
    b->before = arena->last;
    b->used = 0;
    arena->last = b;
    return b;
}

void *sr_arena_take(struct sr_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        no_memory(arena, SIZE_MAX);

    const size_t taken = round_up(bytes ? bytes : 1) + GAP;
    struct block *b = arena->last;
    if (!b || b->capacity - b->used < taken)
        b = add_block(arena, taken);
    unsigned char *p = b->data + b->used;
    const size_t before = b->most > b->used ? b->most - b->used : 0;
    UNPOISON(p, bytes);
    memset(p, 0, before < bytes ? before : bytes);
    b->used += taken;
    if (b->most < b->used)
        b->most = b->used;
    return p;
}

char *sr_arena_text(struct sr_arena *arena, const char *text)
{
    const size_t bytes = strlen(text) + 1;
    return memcpy(sr_arena_take(arena, bytes, 1), text, bytes);
}

char *sr_arena_format(struct sr_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    SR_REQUIRE(length >= 0);
    char *text = sr_arena_take(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

struct sr_mark sr_arena_mark(const struct sr_arena *arena)
{
    return (struct sr_mark){arena->last, arena->last ? arena->last->used : 0};
}

void sr_arena_release(struct sr_arena *arena, struct sr_mark mark)
{
    while (arena->last != mark.block) {
        struct block *b = arena->last;
        SR_REQUIRE(b != NULL);
        arena->last = b->before;
        POISON(b->data, b->used);
        b->before = arena->spare;
        arena->spare = b;
    }
    if (!arena->last)
        return;
    POISON(arena->last->data + mark.used, arena->last->used - mark.used);
    arena->last->used = mark.used;
}
