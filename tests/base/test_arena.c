#include "base/arena.h"

#include <signal.h>
#include <stdlib.h>

#include "test.h"

static int is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return 0;
    return 1;
}

static const size_t sizes[] = {
    0, 1, 63, 64, 65, 1000, 4096, 1 << 20, (1 << 20) + 1, 3 << 20, 7};
enum { NSIZES = sizeof sizes / sizeof *sizes };

START_TEST(pieces_are_zeroed_aligned_and_apart)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    for (int round = 0; round < 2; round++) {
        const struct sr_mark mark = sr_arena_mark(arena);
        unsigned char *p[NSIZES];
        for (int i = 0; i < NSIZES; i++) {
            p[i] = sr_arena_take(arena, sizes[i], 1);
            ck_assert_ptr_nonnull(p[i]);
            ck_assert_uint_eq((uintptr_t)p[i] % 64, 0);
            ck_assert(is_zero(p[i], sizes[i]));
            memset(p[i], i + 1, sizes[i]); /* dirt for the next round */
        }
        for (int i = 0; i < NSIZES; i++)
            for (size_t j = 0; j < sizes[i]; j++)
                if (p[i][j] != i + 1)
                    ck_abort_msg("piece %d was overwritten at %zu", i, j);
        sr_arena_release(arena, mark);
    }
    sr_arena_free(arena);
}
END_TEST

START_TEST(marks_nest)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    char *kept = sr_arena_text(arena, "kept");
    const struct sr_mark outer = sr_arena_mark(arena);
    char *a = sr_arena_take(arena, 100, 1);
    const struct sr_mark inner = sr_arena_mark(arena);
    char *b = sr_arena_take(arena, 5 << 20, 1);
    sr_arena_release(arena, inner);
    ck_assert_ptr_ne(b, a);
    sr_arena_take(arena, 1, 1);
    sr_arena_release(arena, outer);
    ck_assert_ptr_eq(sr_arena_take(arena, 100, 1), a); /* the same place */
    ck_assert_str_eq(kept, "kept");
    sr_arena_free(arena);
    sr_arena_free(NULL);
}
END_TEST

/* A training step takes and releases; the second step must find everything
 * the first one asked the system for. */
START_TEST(a_second_round_allocates_nothing)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    uint64_t after_first = 0;
    for (int step = 0; step < 5; step++) {
        const struct sr_mark mark = sr_arena_mark(arena);
        for (int i = 0; i < NSIZES; i++)
            sr_arena_take(arena, sizes[i], 1);
        sr_arena_release(arena, mark);
        if (step == 0)
            after_first = sr_arena_allocations();
    }
    ck_assert_uint_gt(after_first, 0);
    ck_assert_uint_eq(sr_arena_allocations(), after_first);
    sr_arena_free(arena);
}
END_TEST

START_TEST(texts_and_formats)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    char *long_one = sr_arena_format(arena, "%0*d", 3 << 20, 7);
    ck_assert_uint_eq(strlen(long_one), 3 << 20);
    ck_assert_str_eq(sr_arena_format(arena, "%s-%d", "a", 1), "a-1");
    ck_assert_str_eq(sr_arena_text(arena, ""), "");
    sr_arena_free(arena);
}
END_TEST

static void exhausted(size_t bytes) { exit(bytes == SIZE_MAX ? 7 : 8); }

START_TEST(an_overflowing_product_is_exhaustion)
{
    struct sr_arena *arena = sr_arena_new(exhausted);
    sr_arena_take(arena, SIZE_MAX / 4, 8);
}
END_TEST

START_TEST(more_than_there_is_is_exhaustion)
{
    struct sr_arena *arena = sr_arena_new(exhausted);
    sr_arena_take(arena, SIZE_MAX / 4, 1);
}
END_TEST

START_TEST(without_a_function_exhaustion_aborts)
{
    sr_arena_take(sr_arena_new(NULL), SIZE_MAX, 2);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

START_TEST(neighbours_and_released_memory_are_poisoned)
{
    struct sr_arena *arena = sr_arena_new(NULL);
    const struct sr_mark mark = sr_arena_mark(arena);
    char *p = sr_arena_take(arena, 100, 1);
    ck_assert(!__asan_address_is_poisoned(p + 99));
    ck_assert(__asan_address_is_poisoned(p + 100));
    ck_assert(__asan_address_is_poisoned(p + 128 + 63));
    ck_assert(__asan_address_is_poisoned(p + 128 + 64));
    sr_arena_take(arena, 1, 1);
    ck_assert(!__asan_address_is_poisoned(p + 128 + 64));
    sr_arena_release(arena, mark);
    ck_assert(__asan_address_is_poisoned(p));
    sr_arena_free(arena);
}
END_TEST
#define POISON_TESTS neighbours_and_released_memory_are_poisoned,
#else
#define POISON_TESTS
#endif

SR_SUITE(base_arena)
{
    Suite *suite =
        sr_suite("base/arena",
                 (const TTest *[]){pieces_are_zeroed_aligned_and_apart,
                                   marks_nest, a_second_round_allocates_nothing,
                                   texts_and_formats, POISON_TESTS NULL});
    sr_suite_exit(suite, an_overflowing_product_is_exhaustion, 7);
    sr_suite_exit(suite, more_than_there_is_is_exhaustion, 8);
    sr_suite_signal(suite, without_a_function_exhaustion_aborts, SIGABRT);
    return suite;
}
