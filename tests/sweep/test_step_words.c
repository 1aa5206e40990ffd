#include "test.h"

#include "sweep/step_words.h"

static struct sr_sweep *sweep(void)
{
    static char *words[] = {(char *)"eval.attack=pgd-50",
                            (char *)"eval.limit=10"};
    static struct sr_settings eval = {2, words};
    static struct sr_job job = {
        .number = 7, .name = "a-seed0", .checkpoint = "last"};
    static struct sr_sweep one = {
        .dir = "d", .jobs = 1, .job = &job, .evals = 1, .eval = &eval};
    return &one;
}

static void check_step(int step, const char *const *want)
{
    const struct sr_step_of_job of = {.sweep = sweep(),
                                      .job = sweep()->job,
                                      .step = step,
                                      .threads = 3,
                                      .program = (char *)"./satrun"};
    char **argv = sr_step_words(&of, sr_test_arena());
    int n = 0;
    for (; want[n]; n++)
        ck_assert_str_eq(argv[n], want[n]);
    ck_assert_ptr_null(argv[n]);
}

START_TEST(a_training_and_an_evaluation)
{
    check_step(0, (const char *const[]){
                      "./satrun", "train", "d/jobs/007-a-seed0/config.yaml",
                      "--run", "d/runs/007-a-seed0", "--keep-latest",
                      "--threads", "3", "--progress", "plain", NULL});
    check_step(1, (const char *const[]){
                      "./satrun", "eval", "d/runs/007-a-seed0", "--checkpoint",
                      "last", "eval.attack=pgd-50", "eval.limit=10",
                      "--threads", "3", "--progress", "plain", NULL});
}
END_TEST

SR_SUITE(sweep_step_words)
{
    return sr_suite("sweep/step_words",
                    (const TTest *[]){a_training_and_an_evaluation, NULL});
}
