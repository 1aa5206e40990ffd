#include "base/text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "test.h"

START_TEST(add_appends_and_never_overruns)
{
    char text[9] = "";
    sr_text_add(text, sizeof text, "%s", "abc");
    sr_text_add(text, sizeof text, "%d", 45);
    ck_assert_str_eq(text, "abc45");
    sr_text_add(text, sizeof text, "%s", "more than fits");
    ck_assert_str_eq(text, "abc45mor");
    sr_text_add(text, sizeof text, "x");
    ck_assert_str_eq(text, "abc45mor");
}
END_TEST

static const char *colours(int i)
{
    static const char *const words[] = {"red", "green", "blue", "turquoise"};
    return i < 4 ? words[i] : NULL;
}

static const char *nothing(int i)
{
    (void)i;
    return NULL;
}

START_TEST(join_lists_all)
{
    char text[64] = "left over";
    sr_text_join(text, sizeof text, colours);
    ck_assert_str_eq(text, "red, green, blue, turquoise");
    sr_text_join(text, 11, colours); /* never a part of a word */
    ck_assert_str_eq(text, "red, ...");
    sr_text_join(text, 28, colours);
    ck_assert_str_eq(text, "red, green, blue, turquoise");
    sr_text_join(text, 27, colours);
    ck_assert_str_eq(text, "red, green, blue, ...");
    sr_text_join(text, sizeof text, nothing);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(distances)
{
    static const struct {
        const char *a, *b;
        int distance;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"relu", "relu", 0},
        {"rleu", "relu", 1},
        /* a swap */ {"relu", "selu", 1},
        {"relu", "elu", 1},
        {"kitten", "sitting", 3},
        {"ca", "abc", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(sr_text_distance(cases[i].a, cases[i].b),
                         cases[i].distance);
        ck_assert_int_eq(sr_text_distance(cases[i].b, cases[i].a),
                         cases[i].distance);
    }
    char word[65];
    memset(word, 'x', 64);
    word[64] = '\0';
    ck_assert_int_eq(sr_text_distance(word, "x"), INT_MAX);
    word[63] = '\0';
    ck_assert_int_eq(sr_text_distance(word, word), 0);
}
END_TEST

START_TEST(nearest_is_a_likely_typo_or_nothing)
{
    ck_assert_str_eq(sr_text_nearest("gren", colours), "green");
    ck_assert_str_eq(sr_text_nearest("rde", colours), "red");
    ck_assert_ptr_null(sr_text_nearest("turkois", colours)); /* 3 edits of 7 */
    ck_assert_str_eq(sr_text_nearest("turkquoisse", colours), "turquoise");
    ck_assert_ptr_null(sr_text_nearest("xy", colours));
    ck_assert_ptr_null(sr_text_nearest("", colours));
    ck_assert_ptr_null(sr_text_nearest("red", nothing));
}
END_TEST

START_TEST(nearer_goes_on_over_several_tables)
{
    struct sr_nearest nearest = {0};
    ck_assert(!sr_text_nearer("blau", "green", &nearest));
    ck_assert_ptr_null(nearest.word);
    ck_assert(sr_text_nearer("blue", "blur", &nearest));
    ck_assert(sr_text_nearer("blue", "blue", &nearest));
    ck_assert(!sr_text_nearer("blue", "glue", &nearest));
    ck_assert_str_eq(nearest.word, "blue");
    ck_assert_int_eq(nearest.distance, 0);
}
END_TEST

START_TEST(whole_numbers)
{
    static const struct {
        const char *text;
        long long value;
    } good[] = {{"0", 0},
                {"-12", -12},
                {"+7", 7},
                {"007", 7},
                {"9223372036854775807", LLONG_MAX},
                {"-9223372036854775808", LLONG_MIN}};
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e3",
                                      "0x10",
                                      "--1",
                                      "+-1",
                                      "- 1",
                                      "a",
                                      "1_0",
                                      "-",
                                      "9223372036854775808"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        long long v = 99;
        ck_assert_msg(sr_text_int(good[i].text, &v), "%s", good[i].text);
        ck_assert_int_eq(v, good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        long long v = 99;
        ck_assert_msg(!sr_text_int(bad[i], &v), "%s", bad[i]);
        ck_assert_int_eq(v, 99);
    }
}
END_TEST

START_TEST(real_numbers)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0.03", 0.03},       {"1e-3", 1e-3},   {"5E-4", 5e-4},
                {"8/255", 8 / 255.0}, {"-1.5/3", -0.5}, {"+2", 2},
                {".5", 0.5},          {"2.", 2},        {"1/1e2", 0.01},
                {"1e308", 1e308}};
    static const char *const bad[] = {
        "",    "nan", "inf",  "-inf", "infinity",     "0x1p3",  "1e400",
        "8/0", "8/",  "/255", "/",    "1/2/3",        "8 /255", " 1",
        "1 ",  "1,5", "1e",   "e5",   "1e308/1e-308", "0/0",    "1/nan",
        "--1", "1-2"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double v = 99;
        ck_assert_msg(sr_text_real(good[i].text, &v), "%s", good[i].text);
        ck_assert_double_eq(v, good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double v = 99;
        ck_assert_msg(!sr_text_real(bad[i], &v), "%s", bad[i]);
        ck_assert_double_eq(v, 99);
    }
}
END_TEST

/* What stays: ASCII and each length of UTF-8, first and last of it.  What does
 * not: control characters, lone bytes, overlong forms, surrogates, numbers past
 * the last, sequences cut short. */
START_TEST(clean_leaves_text_alone)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {" ~az", " ~az"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf"},
        {"\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf"},
        {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
         "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"\x1b[1m\n\x7f", "?[1m\?\?"},
        {"\x80-\xbf-\xff", "?-?-?"},
        {"\xc0\xaf-\xc1\xbf", "\?\?-\?\?"},
        {"\xe0\x9f\xbf", "\?\?\?"},
        {"\xed\xa0\x80", "\?\?\?"},
        {"\xf0\x8f\xbf\xbf", "\?\?\?\?"},
        {"\xf4\x90\x80\x80", "\?\?\?\?"},
        {"\xf5\x80\x80\x80", "\?\?\?\?"},
        {"a\xc3", "a?"},
        {"a\xe2\x82", "a\?\?"},
        {"a\xf0\x9f\x98", "a\?\?\?"},
        {"\xc3(", "?("},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[16];
        snprintf(text, sizeof text, "%s", cases[i].text);
        const bool clean = sr_text_is_clean(text);
        sr_text_clean(text);
        ck_assert_str_eq(text, cases[i].want);
        ck_assert_int_eq(clean, strcmp(text, cases[i].text) == 0);
    }
}
END_TEST

START_TEST(lines)
{
    char text[] = "one\ntwo\r\n\n\r\nlast\rs";
    static const char *const want[] = {"one", "two", "", "", "last\rs"};
    char *rest = text, *line;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        line = sr_text_line(&rest);
        ck_assert_ptr_nonnull(line);
        ck_assert_str_eq(line, want[i]);
    }
    ck_assert_ptr_null(sr_text_line(&rest));
    char ended[] = "a\n", none[] = "";
    rest = ended;
    ck_assert_str_eq(sr_text_line(&rest), "a");
    ck_assert_ptr_null(sr_text_line(&rest));
    rest = none;
    ck_assert_ptr_null(sr_text_line(&rest));
}
END_TEST

START_TEST(ends)
{
    ck_assert(sr_text_ends_in("a.json", ".json"));
    ck_assert(sr_text_ends_in("a", "a") && sr_text_ends_in("", ""));
    ck_assert(!sr_text_ends_in("a.json.tmp", ".json"));
    ck_assert(!sr_text_ends_in("son", ".json"));
}
END_TEST

SR_SUITE(base_text)
{
    return sr_suite(
        "base/text",
        (const TTest *[]){add_appends_and_never_overruns, join_lists_all,
                          distances, nearest_is_a_likely_typo_or_nothing,
                          nearer_goes_on_over_several_tables, whole_numbers,
                          real_numbers, clean_leaves_text_alone, lines, ends,
                          NULL});
}
