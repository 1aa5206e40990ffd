/* tests/test.h - what every test file starts from.
 *
 * tests/<room>/test_<file>.c tests lib/<room>/<file>.c and ends with
 *
 *     SR_SUITE(base_arena)
 *     {
 *         return sr_suite("base/arena",
 *                         (const TTest *[]){zeroed, aligned, NULL});
 *     }
 *
 * where zeroed and aligned are START_TESTs.  The Makefile lists the suites from
 * the file names, so nothing else has to be touched; a suite that is missing or
 * misnamed does not link.  Each test runs in a process of its own.
 */
#ifndef SR_TESTS_TEST_H
#define SR_TESTS_TEST_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

/* The head of the function that makes the suite of test_<file>.c. */
#define SR_SUITE(room_file)                                                    \
    Suite *sr_suite_##room_file(void);                                         \
    Suite *sr_suite_##room_file(void)

/* A suite of `tests`, which end with NULL; each may take 60 seconds.  Run one
 * alone with CK_RUN_CASE=<its name>. */
Suite *sr_suite(const char *name, const TTest *const *tests);

/* Add a test that must end by `signal`, or by exit(code). */
void sr_suite_signal(Suite *suite, const TTest *test, int signal);
void sr_suite_exit(Suite *suite, const TTest *test, int code);

/* Leave the test, counted as skipped. */
#define SR_SKIP(reason)                                                        \
    do {                                                                       \
        sr_test_skip(__FILE__, __func__, reason);                              \
        return;                                                                \
    } while (0)
void sr_test_skip(const char *file, const char *test, const char *reason);

/* The call succeeds, or the test fails with the sentence in err. */
#define SR_GOOD(call, err)                                                     \
    ck_assert_msg((call) == SR_OK, "%s: %s", #call, (err).text)

/* The call fails with this status and `piece` is part of the sentence. */
#define SR_BAD(call, err, expected, piece)                                     \
    do {                                                                       \
        ck_assert_int_eq((call), (expected));                                  \
        ck_assert_int_eq((err).status, (expected));                            \
        ck_assert_msg(strstr((err).text, (piece)), "\"%s\" is not in \"%s\"",  \
                      (piece), (err).text);                                    \
    } while (0)

/* Memory that lives as long as the test. */
struct sr_arena *sr_test_arena(void);

/* n floats, uniform in [-1, 1), a function of (SATRUN_SEED, seed), 64-byte
 * aligned, living as long as the test.  Inputs are noise, and so are outputs
 * and scratch before a call: what it must overwrite, it must overwrite. */
float *noise(size_t n, uint64_t seed);

/* Environment SATRUN_SEED, 1 when it is not set; printed when a test fails. */
uint64_t sr_test_seed(void);

/* A new, empty directory, removed after the last test. */
const char *sr_test_dir(void);

/* "<dir>/<name>" of sr_test_dir() holding these bytes. */
const char *sr_test_file(const char *name, const void *bytes, size_t size);

/* Where the file or directory is that real data comes from:
 * $SATRUN_DATA/<path> or $SATRUN_DATA/../<path>, so that SATRUN_DATA may be the
 * directory that holds data/, models/ and golden/, or data/ itself.  NULL when
 * it is not there: the test then skips. */
const char *sr_test_data(const char *path);

#endif
