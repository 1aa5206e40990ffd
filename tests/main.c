/* Runs every suite, or the rooms and files named: run_tests [room[/file]]...
 *
 * The last line is "N passed, N failed, N skipped"; exit 1 when a test failed,
 * 2 when a name fits no suite. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "main.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "sweep/fake_job.h"
#include "test.h"

#define SR_TEST_SUITE(room, file) Suite *sr_suite_##room##_##file(void);
#include "suites.h"
#undef SR_TEST_SUITE

static const struct {
    const char *room, *name;
    Suite *(*make)(void);
} suites[] = {
#define SR_TEST_SUITE(room, file)                                              \
    {#room, #room "/" #file, sr_suite_##room##_##file},
#include "suites.h"
#undef SR_TEST_SUITE
};
enum { NSUITES = sizeof suites / sizeof *suites };

static char root[] = "/tmp/satrun-tests-XXXXXX";
static int *skipped; /* shared with the process of each test */

const char *sr_test_root(void) { return root; }

void sr_test_skip(const char *file, const char *test, const char *reason)
{
    printf("skipped: %s: %s: %s\n", file, test, reason);
    __atomic_add_fetch(skipped, 1, __ATOMIC_SEQ_CST);
}

static bool is_called(int suite, const char *name)
{
    return strcmp(suites[suite].room, name) == 0 ||
           strcmp(suites[suite].name, name) == 0;
}

/* Add what `name` means, NULL for all; false when it means nothing. */
static bool add(SRunner *runner, const char *name)
{
    bool found = false;
    for (int i = 0; i < NSUITES; i++) {
        if (name && !is_called(i, name))
            continue;
        srunner_add_suite(runner, suites[i].make());
        found = true;
    }
    return found;
}

static void list_suites(const char *unknown)
{
    fprintf(stderr, "no test '%s'; there are:", unknown);
    for (int i = 0; i < NSUITES; i++)
        fprintf(stderr, " %s", suites[i].name);
    fprintf(stderr, "\n");
}

/* For whoever adds up several runs: "passed failed skipped" to the end of the
 * file SATRUN_TALLY. */
static void tally(int passed, int failed)
{
    const char *path = getenv("SATRUN_TALLY");
    FILE *file = path && *path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%d %d %d\n", passed, failed, *skipped);
    fclose(file);
}

static int run(SRunner *runner)
{
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    const int passed = srunner_ntests_run(runner) - failed - *skipped;
    if (failed > 0) {
        const char *isa = getenv("SATRUN_ISA");
        printf("run with SATRUN_ISA=%s SATRUN_SEED=%llu\n", isa ? isa : "",
               (unsigned long long)sr_test_seed());
    }
    tally(passed, failed);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, *skipped);
    return failed > 0;
}

int main(int argc, char **argv)
{
    if (sr_fake_job_is(argc, argv))
        return sr_fake_job(argv);
    skipped = mmap(NULL, sizeof *skipped, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    SR_REQUIRE(skipped != MAP_FAILED && mkdtemp(root) != NULL);
    setenv("XDG_CACHE_HOME", root, 1); /* the user's own is left alone */
    setvbuf(stdout, NULL, _IOLBF, 0);

    SRunner *runner = srunner_create(NULL);
    int code = 0;
    if (argc == 1)
        add(runner, NULL);
    for (int i = 1; i < argc && code == 0; i++) {
        if (!add(runner, argv[i])) {
            list_suites(argv[i]);
            code = 2;
        }
    }
    if (code == 0)
        code = run(runner);
    srunner_free(runner);
    struct sr_err err;
    if (sr_file_remove_tree(root, &err) != SR_OK)
        fprintf(stderr, "%s\n", err.text);
    return code;
}
