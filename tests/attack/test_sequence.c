#include "attack/sequence.h"

#include "attack/oracles.h"
#include "test.h"

/* The parts, restarts, targets and budgets of the three versions of
 * fra31/auto-attack. */
START_TEST(autoattack)
{
    static const struct {
        const char *word;
        int norm, stages;
        struct {
            const char *name;
            int steps, restarts, targets, eot;
        } stage[SR_STAGES];
    } cases[] = {
        {"autoattack",
         SR_LINF,
         4,
         {{"apgd-ce", 100, 1, 0, 1},
          {"apgd-t", 100, 1, 9, 1},
          {"fab-t", 100, 1, 9, 1},
          {"square", 5000, 1, 0, 1}}},
        {"autoattack",
         SR_L1,
         4,
         {{"apgd-ce", 100, 5, 0, 1},
          {"apgd-t", 100, 1, 5, 1},
          {"fab-t", 100, 1, 9, 1},
          {"square", 5000, 1, 0, 1}}},
        {"autoattack-plus",
         SR_L2,
         6,
         {{"apgd-ce", 100, 5, 0, 1},
          {"apgd-dlr", 100, 5, 0, 1},
          {"fab", 100, 5, 0, 1},
          {"square", 5000, 1, 0, 1},
          {"apgd-t", 100, 1, 9, 1},
          {"fab-t", 100, 1, 9, 1}}},
        {"autoattack-rand",
         SR_L2,
         2,
         {{"apgd-ce", 100, 1, 0, 20}, {"apgd-dlr", 100, 1, 0, 20}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_attack_opts how = test_attack("pgd-7x3");
        struct sr_sequence s;
        struct sr_err err;
        how.norm = cases[i].norm;
        SR_GOOD(sr_sequence_parse(cases[i].word, (struct sr_src){0}, &how, &s,
                                  &err),
                err);
        ck_assert_int_eq(s.stages, cases[i].stages);
        for (int k = 0; k < s.stages; k++) {
            ck_assert_str_eq(s.stage[k].name, cases[i].stage[k].name);
            ck_assert_int_eq(s.stage[k].steps, cases[i].stage[k].steps);
            ck_assert_int_eq(s.stage[k].restarts, cases[i].stage[k].restarts);
            ck_assert_int_eq(s.stage[k].targets, cases[i].stage[k].targets);
            ck_assert_int_eq(s.stage[k].eot, cases[i].stage[k].eot);
            ck_assert_int_eq(s.stage[k].norm, cases[i].norm);
            ck_assert_double_eq(s.stage[k].epsilon, how.epsilon);
        }
    }
}
END_TEST

START_TEST(one_attack)
{
    const struct sr_attack_opts how = test_attack("fgsm");
    struct sr_sequence s;
    struct sr_err err;
    SR_GOOD(sr_sequence_parse("pgd-50x10", (struct sr_src){0}, &how, &s, &err),
            err);
    ck_assert_int_eq(s.stages, 1);
    ck_assert_str_eq(s.stage[0].name, "pgd");
    ck_assert_int_eq(s.stage[0].steps, 50);
    ck_assert_int_eq(s.stage[0].restarts, 10);
}
END_TEST

START_TEST(names)
{
    char text[128];
    ck_assert_str_eq(sr_sequence_name(0), "autoattack");
    ck_assert_ptr_null(sr_sequence_name(3));
    sr_sequence_stages(0, text, sizeof text);
    ck_assert_str_eq(text, "apgd-ce, apgd-t, fab-t, square");
}
END_TEST

START_TEST(unknown)
{
    static const char *const bad[] = {"autoatack", "autoattack-", "auto", ""};
    const struct sr_attack_opts how = test_attack("pgd-7");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sr_sequence s = {.stages = 77};
        struct sr_err err;
        const struct sr_src at = {"a.yaml", 3, 9};
        SR_BAD(sr_sequence_parse(bad[i], at, &how, &s, &err), err, SR_ECONFIG,
               "autoattack, autoattack-plus, autoattack-rand");
        ck_assert_int_eq(s.stages, 77);
        ck_assert_int_eq(err.at.line, 3);
    }
}
END_TEST

SR_SUITE(attack_sequence)
{
    return sr_suite("attack/sequence", (const TTest *[]){autoattack, one_attack,
                                                         names, unknown, NULL});
}
