#include "base/clock.h"

#include <math.h>
#include <stdio.h>

#include "test.h"

START_TEST(seconds_pass_and_never_return)
{
    const double first = sr_clock_seconds();
    double last = first;
    while (last - first < 0.01) {
        const double now = sr_clock_seconds();
        ck_assert_double_ge(now, last);
        last = now;
    }
}
END_TEST

START_TEST(utc_in_two_forms)
{
    char text[32];
    int at[6], end = 0;
    sr_clock_utc(0, text, sizeof text);
    ck_assert_int_eq(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", at, at + 1,
                            at + 2, at + 3, at + 4, at + 5, &end),
                     6);
    ck_assert_int_eq(end, 20);
    sr_clock_utc(1, text, sizeof text);
    ck_assert_uint_eq(strlen(text), 16);
    ck_assert_int_eq(text[8], 'T');
    ck_assert_int_eq(text[15], 'Z');
    sr_clock_utc(0, text, 5);
    ck_assert_str_eq(text, "");
}
END_TEST

/* Of the calendar: leap days and ends of years; fractions are cut, nothing is
 * before 1970. */
START_TEST(utc_of_seconds)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {0.9, "1970-01-01T00:00:00Z"},
        {-1, ""},
        {951782400, "2000-02-29T00:00:00Z"},
        {951868799.5, "2000-02-29T23:59:59Z"},
        {1767225599, "2025-12-31T23:59:59Z"},
        {4102444800, "2100-01-01T00:00:00Z"},
        {NAN, ""},
        {INFINITY, ""},
        {-INFINITY, ""},
        {1e300, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        sr_clock_utc_of(cases[i].seconds, text, sizeof text);
        ck_assert_str_eq(text, cases[i].text);
    }
    char small[20];
    sr_clock_utc_of(0, small, sizeof small);
    ck_assert_str_eq(small, "");
}
END_TEST

START_TEST(spans)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0s"},         {59.9, "59s"},   {60, "1m00s"},     {185, "3m05s"},
        {3599, "59m59s"},  {8040, "2h14m"}, {86399, "23h59m"}, {86400, "1d00h"},
        {273600, "3d04h"}, {-1, "?"},       {NAN, "?"},        {INFINITY, "?"},
        {1e300, "?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        sr_clock_span(cases[i].seconds, text, sizeof text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

SR_SUITE(base_clock)
{
    return sr_suite("base/clock",
                    (const TTest *[]){seconds_pass_and_never_return,
                                      utc_in_two_forms, utc_of_seconds, spans,
                                      NULL});
}
