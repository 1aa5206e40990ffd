#include "report/open_jobs.h"

#include <stdio.h>

#include "base/file.h"
#include "report/made.h"
#include "report/report.h"
#include "report/runs.h"
#include "sweep/job.h"
#include "test.h"

enum { JOBS = 7 };

/* A sweep of seven jobs, none of which has begun. */
static struct sr_sweep *made_sweep(void)
{
    static const char *const name[JOBS] = {"a", "b", "c", "d", "e", "f", "g"};
    struct sr_frozen job[JOBS];
    struct sr_sweep *sweep;
    struct sr_err err;
    const char *dir = sr_file_join(sr_test_arena(), made_home(), "sweep");
    for (int i = 0; i < JOBS; i++)
        job[i] = (struct sr_frozen){name[i], "last", "", "x"};
    SR_GOOD(sr_sweep_write(dir, JOBS, job, 0, NULL, json_object(), &err), err);
    SR_GOOD(sr_sweep_read(dir, sr_test_arena(), &sweep, &err), err);
    return sweep;
}

static void put_state(const struct sr_sweep *sweep, int i,
                      struct sr_job_state state)
{
    struct sr_err err;
    SR_GOOD(sr_job_write(sweep, &sweep->job[i], &state, &err), err);
}

/* The i-th job's run, finished and evaluated. */
static void put_run(int i, const char *name)
{
    char *path =
        sr_arena_format(sr_test_arena(), "sweep/runs/%03d-%s", i, name);
    path = made_run(path, "finished", "seed", "0", NULL);
    made_put_eval(
        path, (struct made_eval){"f.json", name, "last", "fgsm", 100, 50, 20});
}

static char *report_text(char *path, enum sr_report_format format)
{
    static const struct sr_report_opts usual = {false, "", ""};
    struct sr_report report;
    struct sr_err err;
    SR_GOOD(sr_report_make(1, &path, &usual, sr_test_arena(), &report, &err),
            err);
    char *text = sr_report_text(&report, format, sr_test_arena());
    sr_report_close(&report);
    return text;
}

static char *home_of(const struct sr_sweep *sweep)
{
    return sr_arena_text(sr_test_arena(), sweep->dir);
}

/* Each state in its own words, and what to do about it. */
START_TEST(each_state_is_told)
{
    const struct sr_sweep *sweep = made_sweep();
    struct sr_err err;
    put_state(sweep, 0, (struct sr_job_state){.phase = SR_JOB_DONE});
    put_run(1, "a");
    put_state(
        sweep, 1,
        (struct sr_job_state){.phase = SR_JOB_FAILED, .error = "loss is nan"});
    put_state(sweep, 2, (struct sr_job_state){.phase = SR_JOB_INTERRUPTED});
    put_state(sweep, 3, (struct sr_job_state){.phase = SR_JOB_RUNNING});
    put_state(sweep, 4,
              (struct sr_job_state){.phase = SR_JOB_WAITING, .seconds = 5});
    SR_GOOD(sr_file_write(sr_sweep_file(sweep, &sweep->job[5], "state.json",
                                        sr_test_arena()),
                          "{", 1, &err),
            err);
    const char *text = report_text(home_of(sweep), SR_REPORT_MD);
    static const char *const says[] = {
        "| 001-a |",
        "/sweep is not complete: 6 of its 7 jobs are not done. 'satrun sweep "
        "retry ",
        "/sweep' puts back what failed. 'satrun sweep run ",
        "/sweep' works on all that is left.\n\n- failed: 2 b: loss is nan\n"
        "- damaged: 6 f: ",
        "\n- 1 not begun: 7 g\n- 1 put back by a retry, waiting to go on: 5 "
        "e\n- 1 stopped, with a checkpoint to go on from: 3 c\n"
        "- 1 running now: 4 d\n"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(text, says[i]) != NULL, "no %s in\n%s", says[i],
                      text);
}
END_TEST

START_TEST(json_lists_them)
{
    const struct sr_sweep *sweep = made_sweep();
    const char *text = report_text(home_of(sweep), SR_REPORT_JSON);
    struct sr_err err;
    json_t *all;
    SR_GOOD(sr_json_parse(text, strlen(text), "x", SR_EDATA, &all, &err), err);
    const json_t *sweeps = json_object_get(all, "sweeps");
    ck_assert_uint_eq(json_array_size(sweeps), 1);
    const json_t *open = json_object_get(json_array_get(sweeps, 0), "open");
    ck_assert_uint_eq(json_array_size(open), JOBS);
    ck_assert_str_eq(sr_json_text(json_array_get(open, 6), "name"), "g");
    ck_assert_str_eq(sr_json_text(json_array_get(open, 6), "state"), "waiting");
    json_decref(all);
}
END_TEST

/* Found from its runs, too; not where some of them were picked, nor when all is
 * done. */
START_TEST(picked_runs_are_no_sweep)
{
    const struct sr_sweep *sweep = made_sweep();
    put_run(1, "a");
    put_run(2, "b");
    char *runs = sr_file_join(sr_test_arena(), sweep->dir, "runs");
    char *one = sr_file_join(sr_test_arena(), runs, "001-a");
    ck_assert_ptr_nonnull(
        strstr(report_text(runs, SR_REPORT_MD), "- 7 not begun: 1 a, 2 b, "));
    ck_assert_ptr_null(strstr(report_text(one, SR_REPORT_MD), "not complete"));
    for (int i = 0; i < JOBS; i++)
        put_state(sweep, i, (struct sr_job_state){.phase = SR_JOB_DONE});
    ck_assert_ptr_null(strstr(report_text(runs, SR_REPORT_MD), "not complete"));
}
END_TEST

/* Names that are no UTF-8, of a directory or in the index: JSON takes none, and
 * the sweep is named with what is wrong rather than left out. */
START_TEST(a_name_of_no_text)
{
    const struct sr_sweep *sweep = made_sweep();
    const char *line = "1\t\xff\tlast\tx\tx\n";
    json_t *runs = json_array(), *problems = json_array(), *list;
    char *dir = home_of(sweep);
    made_put(dir, "index.tsv", line);
    list = sr_open_jobs(1, &dir, runs, sr_test_arena(), problems);
    ck_assert_uint_eq(json_array_size(list), 0);
    ck_assert_ptr_nonnull(strstr(json_string_value(json_array_get(problems, 0)),
                                 "index.tsv:1: "));
    json_decref(list);

    char *odd = sr_file_join(sr_test_arena(), made_home(),
                             "sw\xff"
                             "eep");
    ck_assert_int_eq(rename(dir, odd), 0);
    list = sr_open_jobs(1, &odd, runs, sr_test_arena(), problems);
    ck_assert_uint_eq(json_array_size(list), 0);
    ck_assert_uint_eq(json_array_size(problems), 2);
    ck_assert_ptr_nonnull(strstr(json_string_value(json_array_get(problems, 1)),
                                 "/sw?eep: a path "));
    json_decref(list);
    json_decref(runs);
    json_decref(problems);
}
END_TEST

/* A run that was stopped, of a job that has failed since, has failed. */
START_TEST(why_a_job_failed)
{
    const struct sr_sweep *sweep = made_sweep();
    const char *path = made_run("sweep/runs/002-b", "stopped", NULL);
    char *real = sr_sweep_run(sweep, &sweep->job[1], sr_test_arena());
    ck_assert_ptr_null(sr_open_jobs_failure(real, sr_test_arena()));
    put_state(
        sweep, 1,
        (struct sr_job_state){.phase = SR_JOB_FAILED, .error = "changed"});
    ck_assert_str_eq(sr_open_jobs_failure(real, sr_test_arena()), "changed");
    ck_assert_ptr_null(sr_open_jobs_failure("/nowhere", sr_test_arena()));
    const char *text =
        report_text(sr_arena_text(sr_test_arena(), path), SR_REPORT_MD);
    ck_assert_ptr_nonnull(
        strstr(text, "- 002-b: failed, 0 of 3 epochs: changed\n"));
}
END_TEST

/* One that cannot be read is damaged, and said to be. */
START_TEST(a_damaged_sweep)
{
    const struct sr_sweep *sweep = made_sweep();
    put_run(1, "a");
    made_put(sweep->dir, "index.tsv", "nothing\n");
    const char *text = report_text(home_of(sweep), SR_REPORT_MD);
    ck_assert_ptr_nonnull(strstr(text, "| 001-a |"));
    ck_assert_ptr_nonnull(strstr(text, "Damaged:\n\n- "));
    ck_assert_ptr_nonnull(strstr(text, "/sweep/index.tsv:1: "));
}
END_TEST

SR_SUITE(report_open_jobs)
{
    return sr_suite("report/open_jobs",
                    (const TTest *[]){each_state_is_told, json_lists_them,
                                      picked_runs_are_no_sweep,
                                      a_name_of_no_text, why_a_job_failed,
                                      a_damaged_sweep, NULL});
}
