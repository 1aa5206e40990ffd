#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/rng.h"
#include "main.h"

static struct sr_arena *arena; /* of this test's process */

struct sr_arena *sr_test_arena(void)
{
    if (!arena)
        arena = sr_arena_new(NULL);
    return arena;
}

Suite *sr_suite(const char *name, const TTest *const *tests)
{
    Suite *suite = suite_create(name);
    for (int i = 0; tests[i]; i++) {
        TCase *one = tcase_create(tests[i]->name);
        tcase_set_timeout(one, 240); /* seconds, of a busy machine */
        tcase_add_test(one, tests[i]);
        suite_add_tcase(suite, one);
    }
    return suite;
}

void sr_suite_signal(Suite *suite, const TTest *test, int signal)
{
    TCase *one = tcase_create(test->name);
    tcase_add_test_raise_signal(one, test, signal);
    suite_add_tcase(suite, one);
}

void sr_suite_exit(Suite *suite, const TTest *test, int code)
{
    TCase *one = tcase_create(test->name);
    tcase_add_exit_test(one, test, code);
    suite_add_tcase(suite, one);
}

uint64_t sr_test_seed(void)
{
    const char *seed = getenv("SATRUN_SEED");
    return seed && *seed ? strtoull(seed, NULL, 10) : 1;
}

float *noise(size_t n, uint64_t seed)
{
    const uint64_t key = sr_rng_key(sr_test_seed(), SR_RNG_TEST, seed, 0, 0);
    float *x = SR_TAKE(sr_test_arena(), n, float);
    for (size_t i = 0; i < n; i++)
        x[i] = 2 * sr_rng_uniform(key, i) - 1;
    return x;
}

const char *sr_test_dir(void)
{
    char *dir = sr_arena_format(sr_test_arena(), "%s/XXXXXX", sr_test_root());
    ck_assert_ptr_nonnull(mkdtemp(dir));
    return dir;
}

const char *sr_test_file(const char *name, const void *bytes, size_t size)
{
    struct sr_err err;
    const char *path = sr_file_join(sr_test_arena(), sr_test_dir(), name);
    SR_GOOD(sr_file_write(path, bytes, size, &err), err);
    return path;
}

const char *sr_test_data(const char *path)
{
    static const char *const levels[] = {"", "../"};
    const char *root = getenv("SATRUN_DATA");
    for (size_t i = 0; root && *root && i < 2; i++) {
        const char *found =
            sr_arena_format(sr_test_arena(), "%s/%s%s", root, levels[i], path);
        if (sr_file_exists(found))
            return found;
    }
    return NULL;
}
