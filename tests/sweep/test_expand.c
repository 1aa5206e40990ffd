#include "test.h"

#include <stdio.h>

#include "sweep/expand.h"

/* Words apart by '|'. */
static struct sr_settings words(const char *text)
{
    struct sr_settings list = {
        .word = SR_TAKE(sr_test_arena(), strlen(text) + 1, char *)};
    while (*text) {
        const size_t length = strcspn(text, "|");
        list.word[list.n++] =
            sr_arena_format(sr_test_arena(), "%.*s", (int)length, text);
        text += length + (text[length] == '|');
    }
    return list;
}

static enum sr_status expand(const char *free_words, const char *settings,
                             struct sr_plan_of_sweep *plan, struct sr_err *err)
{
    const struct sr_settings w = words(free_words), s = words(settings);
    return sr_sweep_expand(&w, &s, sr_test_arena(), plan, err);
}

static struct sr_plan_of_sweep good(const char *free_words,
                                    const char *settings)
{
    struct sr_plan_of_sweep plan;
    struct sr_err err;
    SR_GOOD(expand(free_words, settings, &plan, &err), err);
    return plan;
}

static void check_job(const struct sr_planned *job, const char *name,
                      const char *settings)
{
    const struct sr_settings want = words(settings);
    ck_assert_str_eq(job->name, name);
    ck_assert_int_eq(job->settings.n, want.n);
    for (int i = 0; i < want.n; i++)
        ck_assert_str_eq(job->settings.word[i], want.word[i]);
}

/* Every value with every other once; the first key slowest, cells fastest, so
 * that the first seed's comparison is complete first. */
START_TEST(a_product_of_keys_and_cells)
{
    const struct sr_plan_of_sweep plan =
        good("c.yaml|both: a.update=x  a.alpha=10|neither:|eval: pgd-50 "
             "limit=9",
             "train.epochs=8|seed=0,1");
    ck_assert_int_eq(plan.jobs, 4);
    check_job(&plan.job[0], "both-seed0",
              "train.epochs=8|seed=0|a.update=x|a.alpha=10");
    check_job(&plan.job[1], "neither-seed0", "train.epochs=8|seed=0");
    check_job(&plan.job[2], "both-seed1",
              "train.epochs=8|seed=1|a.update=x|a.alpha=10");
    check_job(&plan.job[3], "neither-seed1", "train.epochs=8|seed=1");
    ck_assert_int_eq(plan.evals, 1);
    ck_assert_int_eq(plan.eval[0].n, 2);
    ck_assert_str_eq(plan.eval[0].word[0], "eval.attack=pgd-50");
    ck_assert_str_eq(plan.eval[0].word[1], "eval.limit=9");
}
END_TEST

START_TEST(names_say_what_differs)
{
    struct sr_plan_of_sweep plan =
        good("d/a.b.yaml|c.yaml", "f=relu,silu|train.nesterov=true,false|x.eps="
                                  "4/255,8/255");
    ck_assert_int_eq(plan.jobs, 16);
    check_job(&plan.job[0], "a.b-relu-nesterov_true-eps4_255",
              "f=relu|train.nesterov=true|x.eps=4/255");
    check_job(&plan.job[15], "c-silu-nesterov_false-eps8_255",
              "f=silu|train.nesterov=false|x.eps=8/255");
    ck_assert_str_eq(plan.job[15].config, "c.yaml");
    plan = good("c.yaml", "m=[15,25],[20,30]");
    ck_assert_int_eq(plan.jobs, 2);
    check_job(&plan.job[0], "m15_25", "m=[15,25]");
    plan = good("d/c.yaml", "m=[15,25]");
    ck_assert_int_eq(plan.jobs, 1);
    check_job(&plan.job[0], "c", "m=[15,25]");
}
END_TEST

static const struct {
    const char *words, *settings, *says;
} bad[] = {
    {"", "seed=0,1", "a sweep stands on a config"},
    {"c.yaml", "seed=0,,1", "value 2 of 3 is empty"},
    {"c.yaml", "seed=0,1,", "value 3 of 3 is empty"},
    {"c.yaml", "seed=0,1|seed=2,3", "seed is varied twice"},
    {"c.yaml", "seed=0,1|seed=2", "seed is varied and set: seed=2"},
    {"c.yaml", "seed=0|seed=2", "one key twice"},
    {"c.yaml|a: seed=3", "seed=0,1", "set in the cell a"},
    {"c.yaml|a: x=3 x=4", "", "one key twice"},
    {"c.yaml|a: x", "", "'x' is not key=value"},
    {"c.yaml|a:|a: x=1", "", "jobs 1 and 2 would both be called a"},
    {"c.yaml|a/b: x=1", "", "'a/b' cannot name a job"},
    {"c.yaml|..: x=1", "", "cannot name a job"},
    {"c.yaml", "name=x", "called after what differs"},
    {"c.yaml|a: name=x", "", "called after its cell"},
    {"c.yaml|eval:", "", "names no attack"},
    {"c.yaml|eval: limit=3", "", "names no attack"},
    {"c.yaml|eval: pgd-1 pgd-2", "", "'pgd-2' is not key=value"},
};

START_TEST(what_is_not_clear_is_refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sr_plan_of_sweep plan;
        struct sr_err err = {0};
        SR_BAD(expand(bad[i].words, bad[i].settings, &plan, &err), err,
               SR_EUSAGE, bad[i].says);
    }
}
END_TEST

/* 10^6 jobs, and products that do not fit an int. */
START_TEST(too_many_are_told_of)
{
    char text[4096] = "";
    struct sr_plan_of_sweep plan;
    struct sr_err err;
    for (int i = 0; i < 40; i++) {
        char one[64];
        snprintf(one, sizeof one, "%sk%d=0,1,2,3,4,5,6,7,8,9", i ? "|" : "", i);
        strcat(text, one);
    }
    SR_BAD(expand("c.yaml", text, &plan, &err), err, SR_EUSAGE,
           "more than 9999 jobs");
}
END_TEST

START_TEST(a_name_is_a_name_of_a_directory)
{
    char name[SR_JOB_NAME_MAX + 2];
    memset(name, 'x', sizeof name);
    name[SR_JOB_NAME_MAX + 1] = '\0';
    ck_assert(!sr_job_name_is_good(name));
    name[SR_JOB_NAME_MAX] = '\0';
    ck_assert(sr_job_name_is_good(name));
    ck_assert(sr_job_name_is_good("a-b_c.1"));
    ck_assert(!sr_job_name_is_good(""));
    ck_assert(!sr_job_name_is_good("-a"));
    ck_assert(!sr_job_name_is_good(".."));
    ck_assert(!sr_job_name_is_good("a/b"));
    ck_assert(!sr_job_name_is_good("a b"));
    ck_assert(!sr_job_name_is_good("a\xff"));
}
END_TEST

SR_SUITE(sweep_expand)
{
    return sr_suite(
        "sweep/expand",
        (const TTest *[]){a_product_of_keys_and_cells, names_say_what_differs,
                          what_is_not_clear_is_refused, too_many_are_told_of,
                          a_name_is_a_name_of_a_directory, NULL});
}
