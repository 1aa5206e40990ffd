#include "test.h"

#include <math.h>

#include "report/spark.h"

static char text[SR_SPARK_BYTES];

START_TEST(levels_go_from_the_least_to_the_greatest)
{
    const double rising[] = {0, 1, 2, 3, 4, 5, 6, 7};
    sr_spark(rising, 8, 60, false, text);
    ck_assert_str_eq(text, "_.,-~=^#");
    sr_spark(rising, 8, 60, true, text);
    ck_assert_str_eq(text, "▁▂▃▄▅▆▇█");
}
END_TEST

/* (0 + 2) / 2 = 1, (4 + 6) / 2 = 5, (8 + 8) / 2 = 8: levels 0, 4, 7 of 7. */
START_TEST(a_letter_is_a_mean)
{
    const double value[] = {0, 2, 4, 6, 8, 8};
    sr_spark(value, 6, 3, false, text);
    ck_assert_str_eq(text, "_~#");
}
END_TEST

START_TEST(nothing_breaks_it)
{
    const double odd[] = {NAN, 1, INFINITY, 1};
    sr_spark(odd, 4, 60, false, text);
    ck_assert_str_eq(text, " _ _");
    sr_spark(odd, 0, 60, false, text);
    ck_assert_str_eq(text, "");
    double many[1000];
    for (int i = 0; i < 1000; i++)
        many[i] = i % 2 ? 1e300 : -1e300;
    sr_spark(many, 1000, 1000, true, text);
    ck_assert_uint_eq(strlen(text), SR_SPARK_BYTES - 1);
}
END_TEST

SR_SUITE(report_spark)
{
    return sr_suite("report/spark",
                    (const TTest *[]){levels_go_from_the_least_to_the_greatest,
                                      a_letter_is_a_mean, nothing_breaks_it,
                                      NULL});
}
