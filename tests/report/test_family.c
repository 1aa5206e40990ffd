#include "report/family.h"

#include "test.h"

START_TEST(titles_are_taken_apart)
{
    static const struct {
        sr_family_fn *take;
        const char *title;
        double at; /* below 0: there is none */
        const char *name;
    } cases[] = {
        {sr_family_epsilon, "pgd-10 linf 8/255", 8 / 255.0, "pgd-10 linf"},
        {sr_family_epsilon, "fgsm l2 0.5", 0.5, "fgsm l2"},
        {sr_family_epsilon, "pgd-10 linf 8/255 slope: relu", -1, NULL},
        {sr_family_epsilon, "clean", -1, NULL},
        {sr_family_steps, "pgd-10 linf 8/255", 10, "pgd linf 8/255"},
        {sr_family_steps, "pgd-50x10 linf 8/255", -1, NULL},
        {sr_family_steps, "apgd-ce linf 8/255", -1, NULL},
        {sr_family_steps, "pgd-12345678901234567890 linf 1", -1, NULL},
        {sr_family_steps, "pgd-10", -1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sr_family f;
        const bool found = cases[i].take(cases[i].title, &f);
        ck_assert_msg(found == (cases[i].at >= 0), "%s", cases[i].title);
        if (!found)
            continue;
        ck_assert_double_eq(f.at, cases[i].at);
        ck_assert_str_eq(f.name, cases[i].name);
    }
}
END_TEST

SR_SUITE(report_family)
{
    return sr_suite("report/family",
                    (const TTest *[]){titles_are_taken_apart, NULL});
}
