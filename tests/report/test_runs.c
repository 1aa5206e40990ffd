#include "report/runs.h"

#include "base/file.h"
#include "report/made.h"
#include "report/notes.h"
#include "test.h"

static json_t *read_runs(int n, char *const *path)
{
    struct sr_err err;
    json_t *runs;
    SR_GOOD(sr_runs_read(n, path, sr_test_arena(), &runs, &err), err);
    return runs;
}

static const char *name_at(const json_t *runs, size_t i)
{
    return sr_json_text(json_array_get(runs, i), "run");
}

/* A directory stands for all runs below it, in the order of their paths, each
 * once whatever leads there. */
START_TEST(a_directory_of_runs)
{
    struct sr_err err;
    char *b = made_run("sweep/jobs/b", "finished", NULL);
    char *home = sr_arena_text(sr_test_arena(), made_home());
    char *paths[] = {sr_arena_format(sr_test_arena(), "%s/", b), home};
    made_run("sweep/jobs/a", "finished", NULL);
    made_run("sweep/.hidden/c", "finished", NULL);
    made_put(b, "deeper/manifest.json", "{}"); /* inside a run */
    SR_GOOD(sr_file_link("jobs/b",
                         sr_file_join(sr_test_arena(), home, "sweep/0-latest"),
                         &err),
            err);
    SR_GOOD(sr_file_link(
                "..", sr_file_join(sr_test_arena(), home, "sweep/loop"), &err),
            err);
    json_t *runs = read_runs(1, paths + 1);
    ck_assert_uint_eq(json_array_size(runs), 2);
    ck_assert_str_eq(name_at(runs, 0), "a");
    ck_assert_str_eq(name_at(runs, 1), "b");
    json_decref(runs);
    runs = read_runs(2, paths);
    ck_assert_uint_eq(json_array_size(runs), 2);
    ck_assert_str_eq(name_at(runs, 0), "b");
    json_decref(runs);
}
END_TEST

START_TEST(what_is_no_run_is_said)
{
    struct sr_err err;
    json_t *runs;
    char *nowhere = "/nowhere";
    char *empty = sr_file_join(sr_test_arena(), made_home(), "empty");
    SR_BAD(sr_runs_read(1, &nowhere, sr_test_arena(), &runs, &err), err,
           SR_EUSAGE, "/nowhere is not a run");
    SR_GOOD(sr_file_mkdir(empty, &err), err);
    SR_BAD(sr_runs_read(1, &empty, sr_test_arena(), &runs, &err), err,
           SR_EUSAGE, "no directory in it has one");
}
END_TEST

/* Each is named with its file; what is whole stays. */
START_TEST(damage_is_told_and_stops_nothing)
{
    static const struct {
        const char *name, *text, *said;
    } bad[] = {
        {"eval/1.json", "{", "1.json: line 1"},
        {"eval/2.json", "{}", "2.json: has no \"schema\""},
        {"eval/3.json", "[]", "3.json: has no \"schema\""},
        {"eval/4.json",
         "{\"schema\": \"satrun.eval/1\", \"split\": \"test\", \"images\": 0}",
         "4.json: \"images\""},
        {"eval/5.json",
         "{\"schema\": \"satrun.eval/1\", \"split\": \"test\", \"images\": 5, "
         "\"clean\": {\"accuracy\": 1.5}}",
         "5.json: clean has no accuracy"},
        {"eval/6.json",
         "{\"schema\": \"satrun.eval/1\", \"split\": \"test\", \"images\": 5, "
         "\"clean\": {\"accuracy\": 0.5}, \"attacks\": [{}]}",
         "6.json: attack 1"},
    };
    enum { BAD = sizeof bad / sizeof *bad };
    char *run = made_run("damaged", "finished", NULL);
    made_put_eval(
        run, (struct made_eval){"0.json", "aaaa", "last", "fgsm", 100, 50, 20});
    for (int i = 0; i < BAD; i++)
        made_put(run, bad[i].name, bad[i].text);
    made_put(run, "eval/other.json", "{\"schema\": \"satrun.other/1\"}");
    json_t *runs = read_runs(1, &run);
    const json_t *one = json_array_get(runs, 0);
    const json_t *problems = json_object_get(one, "problems");
    ck_assert_uint_eq(json_array_size(json_object_get(one, "evals")), 1);
    ck_assert_uint_eq(json_array_size(problems), BAD);
    for (size_t i = 0; i < BAD; i++) {
        const char *said = json_string_value(json_array_get(problems, i));
        ck_assert_msg(strstr(said, bad[i].said) != NULL, "%s: %s", bad[i].said,
                      said);
    }
    json_decref(runs);
}
END_TEST

START_TEST(a_damaged_manifest)
{
    static const char *const texts[] = {"", "[1]", "{\"state\": 1", "null"};
    char *run = made_run("broken", "finished", NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        made_put(run, "manifest.json", texts[i]);
        json_t *runs = read_runs(1, &run);
        const json_t *one = json_array_get(runs, 0);
        ck_assert_uint_eq(json_array_size(json_object_get(one, "problems")), 1);
        ck_assert(!sr_run_is_finished(one));
        ck_assert_uint_eq(json_array_size(json_object_get(one, "evals")), 0);
        json_decref(runs);
    }
}
END_TEST

/* An evaluation of a run on its way is none of the run that has ended: what its
 * checkpoint holds now has another sum. */
START_TEST(stale_evaluations)
{
    static const char *const sums[] = {"bbbb  model.safetensors\n",
                                       "cccc  a\naaaa  model.safetensors\n"};
    char *run = made_run("stale", "finished", NULL);
    made_put_eval(
        run, (struct made_eval){"0.json", "aaaa", "last", "fgsm", 100, 50, 20});
    for (size_t i = 0; i < 2; i++) {
        made_put(run, "checkpoints/last/SHA256SUMS", sums[i]);
        json_t *runs = read_runs(1, &run);
        const json_t *one = json_array_get(runs, 0);
        ck_assert_uint_eq(json_array_size(json_object_get(one, "evals")), i);
        ck_assert_uint_eq(json_array_size(json_object_get(one, "stale")),
                          1 - i);
        json_t *notes = sr_notes_unfinished(runs, sr_test_arena());
        ck_assert_uint_eq(json_array_size(notes), 2 * (1 - i));
        json_decref(notes);
        json_decref(runs);
    }
}
END_TEST

/* Sequential networks of the same settings differ by their layers. */
START_TEST(layers_are_a_setting)
{
    char *run =
        made_run("layers", "finished", "model.arch", "sequential", NULL);
    made_put(run, "config.yaml",
             "model:\n    arch: sequential   # x.yaml:1\n"
             "    layers:      # x.yaml:2\n"
             "      - conv: {out: 8} # x.yaml:3\n"
             "      - activation     # x.yaml:4\n"
             "activation:\n    forward: relu\n");
    json_t *runs = read_runs(1, &run);
    ck_assert_str_eq(
        sr_json_text(json_object_get(json_array_get(runs, 0), "settings"),
                     "model.layers"),
        "- conv: {out: 8} - activation");
    json_decref(runs);
}
END_TEST

SR_SUITE(report_runs)
{
    return sr_suite(
        "report/runs",
        (const TTest *[]){a_directory_of_runs, what_is_no_run_is_said,
                          damage_is_told_and_stops_nothing, a_damaged_manifest,
                          stale_evaluations, layers_are_a_setting, NULL});
}
