#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "report/rundir.h"

/* In the test's own directory; every test is a process. */
static char *inside(const char *name)
{
    static const char *dir;
    if (!dir)
        dir = sr_test_dir();
    return sr_file_join(sr_test_arena(), dir, name);
}

static void make_run(const char *path, const char *name, const char *config,
                     const char *state)
{
    struct sr_rundir run;
    struct sr_err err;
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    SR_GOOD(sr_rundir_note_all(&run,
                               json_pack("{s:s, s:s, s:s}", "name", name,
                                         "config", config, "state", state),
                               &err),
            err);
    sr_rundir_close(&run);
}

static char *text_of(const char *path)
{
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    SR_GOOD(sr_file_read(path, 1 << 20, SR_EDATA, sr_test_arena(), &bytes,
                         &size, &err),
            err);
    return (char *)bytes;
}

START_TEST(one_process_at_a_time)
{
    struct sr_rundir run;
    struct sr_err err;
    const char *path = inside("locked");
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    struct sr_rundir other;
    SR_BAD(sr_rundir_open(path, sr_test_arena(), &other, &err), err, SR_EUSAGE,
           "another process");
    sr_rundir_close(&run);
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &other, &err), err);
    sr_rundir_close(&other);
}
END_TEST

START_TEST(the_lock_dies_with_its_process)
{
    const char *path = inside("killed");
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct sr_rundir run;
        struct sr_err err;
        const bool good =
            sr_rundir_open(path, sr_test_arena(), &run, &err) == SR_OK;
        if (write(ready[1], good ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    char answer;
    ck_assert_int_eq((int)read(ready[0], &answer, 1), 1);
    ck_assert_int_eq(answer, 'y');
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);

    struct sr_rundir run;
    struct sr_err err;
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    sr_rundir_close(&run);
}
END_TEST

/* Nobody's files may be cleared away as if they were ours. */
START_TEST(a_directory_of_something_else_is_refused)
{
    struct sr_rundir run;
    struct sr_err err;
    const char *path = inside("home");
    SR_GOOD(sr_file_mkdir(path, &err), err);
    const char *precious = inside("home/precious.tmp");
    SR_GOOD(sr_file_write(precious, "x", 1, &err), err);
    SR_BAD(sr_rundir_open(path, sr_test_arena(), &run, &err), err, SR_EUSAGE,
           "precious.tmp");
    ck_assert(sr_file_exists(precious));
}
END_TEST

START_TEST(half_written_files_are_cleared)
{
    struct sr_rundir run;
    struct sr_err err;
    const char *path = inside("half/");
    make_run(path, "half", "c", "running");
    SR_GOOD(sr_file_mkdir(inside("half/x.tmp"), &err), err);
    SR_GOOD(sr_file_write(inside("half/config.yaml.1.tmp"), "x", 1, &err), err);
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    ck_assert(!sr_file_exists(inside("half/x.tmp")));
    ck_assert(!sr_file_exists(inside("half/config.yaml.1.tmp")));
    ck_assert(sr_file_exists(inside("half/manifest.json")));
    sr_rundir_close(&run);
}
END_TEST

/* metrics.jsonl without the times, which are checked to be there. */
static char *lines_of(const char *path)
{
    char *text = text_of(path), *to = text;
    for (const char *p = text; *p;) {
        const size_t member = strncmp(p, ",\"time\":1", 9) == 0 ? 18 : 0;
        p += member;
        *to++ = *p++;
    }
    *to = '\0';
    return text;
}

START_TEST(metrics_are_lines_and_can_be_cut)
{
    struct sr_rundir run;
    struct sr_err err;
    const char *path = inside("metrics");
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    SR_GOOD(sr_rundir_metric(&run, json_pack("{s:i}", "a", 1), &err), err);
    const int64_t size = sr_rundir_metrics_size(&run);
    SR_GOOD(sr_rundir_metric(&run, json_pack("{s:i}", "b", 2), &err), err);
    const char *file = inside("metrics/metrics.jsonl");
    ck_assert_str_eq(lines_of(file), "{\"a\":1}\n{\"b\":2}\n");
    SR_GOOD(sr_rundir_metrics_cut(&run, size, &err), err);
    ck_assert_str_eq(lines_of(file), "{\"a\":1}\n");
    SR_GOOD(sr_rundir_metric(&run, json_pack("{s:i}", "c", 3), &err), err);
    ck_assert_str_eq(lines_of(file), "{\"a\":1}\n{\"c\":3}\n");
    sr_rundir_close(&run);
}
END_TEST

START_TEST(a_torn_line_does_not_take_the_next_with_it)
{
    struct sr_rundir run;
    struct sr_err err;
    const char *path = inside("torn"), *file = inside("torn/metrics.jsonl");
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    sr_rundir_close(&run);
    SR_GOOD(sr_file_write(file, "{\"a\":1}\n{\"b", 11, &err), err);
    SR_GOOD(sr_rundir_open(path, sr_test_arena(), &run, &err), err);
    SR_GOOD(sr_rundir_metric(&run, json_pack("{s:i}", "c", 3), &err), err);
    ck_assert_str_eq(lines_of(file), "{\"a\":1}\n{\"b\n{\"c\":3}\n");
    sr_rundir_close(&run);
}
END_TEST

START_TEST(the_newest_unfinished_run_is_found)
{
    struct sr_arena *a = sr_test_arena();
    const char *root = inside("runs");
    ck_assert_ptr_null(sr_rundir_find_unfinished(root, "x", "c", a));
    make_run(inside("runs/x-1"), "x", "c", "finished");
    make_run(inside("runs/x-2"), "x", "c", "stopped");
    make_run(inside("runs/x-3"), "x", "other", "running");
    make_run(inside("runs/x-y-4"), "x-y", "c", "running");
    ck_assert_str_eq(sr_rundir_find_unfinished(root, "x", "c", a),
                     inside("runs/x-2"));
    make_run(inside("runs/x-0"), "x", "c", "failed");
    ck_assert_str_eq(sr_rundir_find_unfinished(root, "x", "c", a),
                     inside("runs/x-0"));
    ck_assert_str_eq(sr_rundir_find_unfinished(root, "x", NULL, a),
                     inside("runs/x-0"));
}
END_TEST

static const char *target_of(const char *link)
{
    static char target[4096];
    const ssize_t n = readlink(link, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    return target;
}

/* Beside it by name, so that a directory of runs can be moved; never a link to
 * itself, which leads nowhere. */
START_TEST(latest_is_a_link)
{
    struct sr_err err;
    const char *link = inside("l/latest");
    make_run(inside("l/a"), "a", "c", "running");
    make_run(inside("elsewhere"), "b", "c", "running");
    SR_GOOD(sr_rundir_set_latest(inside("l"), inside("l/a"), &err), err);
    ck_assert_str_eq(target_of(link), "a");
    SR_GOOD(sr_rundir_set_latest(inside("l"), link, &err), err);
    ck_assert_str_eq(target_of(link), "a");
    SR_GOOD(sr_rundir_set_latest(inside("l"), inside("elsewhere"), &err), err);
    ck_assert_int_eq(target_of(link)[0], '/');
    ck_assert(sr_file_exists(inside("l/latest/manifest.json")));
}
END_TEST

START_TEST(new_paths_are_new)
{
    struct sr_err err;
    const char *first = sr_rundir_new_path(sr_test_dir(), "n", sr_test_arena());
    SR_GOOD(sr_file_mkdir(first, &err), err);
    const char *second =
        sr_rundir_new_path(sr_test_dir(), "n", sr_test_arena());
    ck_assert_str_ne(first, second);
    ck_assert(!sr_file_exists(second));
}
END_TEST

START_TEST(a_run_that_is_none_is_said_to_be_none)
{
    char *path;
    struct sr_err err;
    SR_BAD(sr_rundir_find(sr_test_dir(), sr_test_arena(), &path, &err), err,
           SR_EUSAGE, "is not a run");
    make_run(inside("r"), "r", "c", "running");
    SR_GOOD(sr_rundir_find(inside("r"), sr_test_arena(), &path, &err), err);
    ck_assert_str_eq(path, inside("r"));
}
END_TEST

SR_SUITE(report_rundir)
{
    return sr_suite(
        "report/rundir",
        (const TTest *[]){
            one_process_at_a_time, the_lock_dies_with_its_process,
            a_directory_of_something_else_is_refused,
            half_written_files_are_cleared, metrics_are_lines_and_can_be_cut,
            a_torn_line_does_not_take_the_next_with_it,
            the_newest_unfinished_run_is_found, latest_is_a_link,
            new_paths_are_new, a_run_that_is_none_is_said_to_be_none, NULL});
}
