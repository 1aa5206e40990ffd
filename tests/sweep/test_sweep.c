#include "test.h"

#include <stdio.h>

#include "base/file.h"
#include "sweep/sweep.h"

static const struct sr_frozen two[] = {
    {"relu-seed0", "last", "seed=0 f=relu", "seed: 0\n"},
    {"silu-seed0", "best", "seed=0\tf=silu\n", "seed: 0\nx: 1\n"},
};

static const char *new_path(const char *name)
{
    return sr_file_join(sr_test_arena(), sr_test_dir(), name);
}

static const char *write_two(void)
{
    static char *limit[] = {(char *)"eval.attack=pgd-50",
                            (char *)"eval.limit=10"};
    static char *all[] = {(char *)"eval.attack=autoattack"};
    const struct sr_settings evals[] = {{2, limit}, {1, all}};
    const char *dir = new_path("a/b/sweep");
    struct sr_err err;
    SR_GOOD(sr_sweep_write(dir, 2, two, 2, evals,
                           json_pack("{s:s}", "made", "now"), &err),
            err);
    return dir;
}

static const char *file_of(const char *dir, const char *name)
{
    return sr_file_join(sr_test_arena(), dir, name);
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

static void overwrite(const char *path, const char *text)
{
    struct sr_err err;
    SR_GOOD(sr_file_write(path, text, strlen(text), &err), err);
}

START_TEST(what_is_written_is_read)
{
    const char *dir = write_two();
    struct sr_sweep *s;
    struct sr_err err;
    char sum[SR_SHA256_TEXT];
    SR_GOOD(sr_sweep_read(file_of(dir, ""), sr_test_arena(), &s, &err), err);
    ck_assert_int_eq(s->jobs, 2);
    ck_assert_str_eq(s->job[0].name, "relu-seed0");
    ck_assert_str_eq(s->job[1].checkpoint, "best");
    ck_assert_str_eq(s->job[1].settings, "seed=0?f=silu?");
    sr_sha256(two[1].config, strlen(two[1].config), sum);
    ck_assert_str_eq(s->job[1].sha256, sum);
    ck_assert_int_eq(s->evals, 2);
    ck_assert_int_eq(s->eval[0].n, 2);
    ck_assert_str_eq(s->eval[0].word[1], "eval.limit=10");
    ck_assert_str_eq(s->eval[1].word[0], "eval.attack=autoattack");
    const char *config =
        sr_sweep_file(s, &s->job[1], "config.yaml", sr_test_arena());
    ck_assert_ptr_nonnull(strstr(config, "/jobs/002-silu-seed0/config.yaml"));
    ck_assert_str_eq(text_of(config), two[1].config);
    ck_assert(sr_file_is_dir(file_of(dir, "runs")));
    SR_GOOD(sr_sweep_check(s, &s->job[1], &err), err);
    overwrite(config, "seed: 3\n");
    SR_BAD(sr_sweep_check(s, &s->job[1], &err), err, SR_ECONFIG,
           "has been changed");
}
END_TEST

START_TEST(nothing_is_written_over)
{
    const char *dir = write_two();
    struct sr_err err;
    SR_BAD(sr_sweep_write(dir, 2, two, 0, NULL, json_object(), &err), err,
           SR_EUSAGE, "it is a sweep");
    const char *other = new_path("other");
    SR_GOOD(sr_file_mkdir(other, &err), err);
    SR_GOOD(sr_sweep_write(other, 2, two, 0, NULL, json_object(), &err), err);
    const char *home = new_path("home");
    SR_GOOD(sr_file_mkdir(home, &err), err);
    overwrite(file_of(home, "precious"), "x");
    SR_BAD(sr_sweep_write(home, 2, two, 0, NULL, json_object(), &err), err,
           SR_EUSAGE, "not empty");
    SR_BAD(sr_sweep_write(file_of(home, "precious"), 2, two, 0, NULL,
                          json_object(), &err),
           err, SR_EUSAGE, "precious is there already");
    SR_BAD(sr_sweep_write(file_of(home, "precious/x"), 2, two, 0, NULL,
                          json_object(), &err),
           err, SR_ERESOURCE, "precious");
}
END_TEST

#define HEAD "job\tname\tcheckpoint\tsha256\tsettings\n"
#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
    const char *text, *says;
    int line;
} broken[] = {
    {"", "not the index", 1},
    {"job\tname\n", "not the index", 1},
    {HEAD, "there is no job", 1},
    {HEAD "1\ta\tlast\t" SUM "\n", "4 fields instead of 5", 2},
    {HEAD "\n", "1 fields instead of 5", 2},
    {HEAD "2\ta\tlast\t" SUM "\t\n", "job '2' where 1 should be", 2},
    {HEAD "1\ta\tlast\t" SUM "\t\n1\tb\tlast\t" SUM "\t\n", "where 2", 3},
    {HEAD "99999999999999999999\ta\tlast\t" SUM "\t\n", "where 1", 2},
    {HEAD "1\t../../x\tlast\t" SUM "\t\n", "'../../x' cannot be the name", 2},
    {HEAD "1\t\tlast\t" SUM "\t\n", "'' cannot be the name", 2},
    {HEAD "1\ta\033[1m\tlast\t" SUM "\t\n", "'a?[1m' cannot be the name", 2},
    {HEAD "1\ta\t../x\t" SUM "\t\n", "checkpoint '../x'", 2},
    {HEAD "1\ta\tlast\tabc\t\n", "'abc' is no SHA-256", 2},
};

START_TEST(a_damaged_index_is_told_at_its_line)
{
    const char *dir = write_two();
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct sr_sweep *s;
        struct sr_err err;
        overwrite(file_of(dir, "index.tsv"), broken[i].text);
        SR_BAD(sr_sweep_read(dir, sr_test_arena(), &s, &err), err, SR_ECONFIG,
               broken[i].says);
        ck_assert_int_eq(err.at.line, broken[i].line);
    }
    struct sr_sweep *s;
    struct sr_err err;
    static const char zero[] = HEAD "1\ta\tlast\t" SUM "\tx\0y\n2\t";
    SR_GOOD(sr_file_write(file_of(dir, "index.tsv"), zero, sizeof zero, &err),
            err);
    SR_BAD(sr_sweep_read(dir, sr_test_arena(), &s, &err), err, SR_ECONFIG,
           "zero byte");
}
END_TEST

START_TEST(a_damaged_description_is_told)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{\"schema\": \"satrun.sweep/2\", \"evaluations\": []}",
        "{\"schema\": \"satrun.sweep/1\"}",
        "{\"schema\": \"satrun.sweep/1\", \"evaluations\": {}}",
        "{\"schema\": \"satrun.sweep/1\", \"evaluations\": [[]]}",
        "{\"schema\": \"satrun.sweep/1\", \"evaluations\": [7]}",
        "{\"schema\": \"satrun.sweep/1\", \"evaluations\": [[\"--out\"]]}",
    };
    const char *dir = write_two();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sr_sweep *s;
        struct sr_err err;
        overwrite(file_of(dir, "sweep.json"), texts[i]);
        SR_BAD(sr_sweep_read(dir, sr_test_arena(), &s, &err), err, SR_ECONFIG,
               "sweep.json");
    }
}
END_TEST

START_TEST(jobs_are_found_by_number_and_name)
{
    struct sr_sweep *s;
    struct sr_job *job;
    struct sr_err err;
    SR_GOOD(sr_sweep_read(write_two(), sr_test_arena(), &s, &err), err);
    SR_GOOD(sr_sweep_find(s, "2", &job, &err), err);
    ck_assert_ptr_eq(job, &s->job[1]);
    SR_GOOD(sr_sweep_find(s, "relu-seed0", &job, &err), err);
    ck_assert_ptr_eq(job, &s->job[0]);
    SR_BAD(sr_sweep_find(s, "3", &job, &err), err, SR_EUSAGE, "no job 3");
    SR_BAD(sr_sweep_find(s, "x", &job, &err), err, SR_EUSAGE, "no job x");
    SR_BAD(sr_sweep_read(sr_test_dir(), sr_test_arena(), &s, &err), err,
           SR_EUSAGE, "is not a sweep");
}
END_TEST

SR_SUITE(sweep_sweep)
{
    return sr_suite("sweep/sweep",
                    (const TTest *[]){what_is_written_is_read,
                                      nothing_is_written_over,
                                      a_damaged_index_is_told_at_its_line,
                                      a_damaged_description_is_told,
                                      jobs_are_found_by_number_and_name, NULL});
}
