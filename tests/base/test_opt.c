#include "base/opt.h"

#include <float.h>
#include <math.h>
#include <signal.h>

#include "base/rng.h"
#include "test.h"

static const char *shapes(int i)
{
    static const char *const words[] = {"round", "square", "star"};
    return i < 3 ? words[i] : NULL;
}

struct all {
    long long whole;
    double real, unset;
    bool flag;
    int shape;
    const char *name, *no_name, *text, *path;
    struct {
        double factor;
    } schedule;
    struct sr_ints ints;
    struct sr_reals reals;
    struct sr_names names;
    struct sr_wordlist words;
};

static const struct sr_opt rows[] = {
    SR_INT(struct all, whole, "3", -5, 10, "epochs", "a count"),
    SR_REAL(struct all, real, "8/255", 0, 1, "of the pixel range", "a radius"),
    SR_REAL(struct all, unset, "", 0, 1, "", "not set: as real"),
    SR_BOOL(struct all, flag, "true", "a switch"),
    SR_ENUM(struct all, shape, "square", shapes, "a choice"),
    SR_NAME(struct all, name, "star", shapes, "a choice by name"),
    SR_NAME(struct all, no_name, "", shapes, "not set: as name"),
    SR_TEXT(struct all, text, "a: b", "any text"),
    SR_PATH(struct all, path, "", "a file"),
    SR_REAL(struct all, schedule.factor, "1e-1", 0, 1, "", "one level down"),
    SR_INTS(struct all, ints, "[15, 25]", 1, 100, "epochs", "whole numbers"),
    SR_REALS(struct all, reals, "0.5,8/255", 0, 1, "", "numbers"),
    SR_NAMES(struct all, names, "", shapes, "names"),
    SR_WORDS(struct all, words, "pgd-10", "words"),
    {0},
};

static const struct sr_opt *row(const char *key)
{
    const struct sr_opt *r = rows;
    while (strcmp(r->key, key) != 0)
        r++;
    return r;
}

static struct all defaults(void)
{
    struct all all;
    memset(&all, 0x5a, sizeof all);
    sr_opt_defaults(rows, &all);
    return all;
}

START_TEST(defaults_fill_every_field)
{
    const struct all all = defaults();
    ck_assert_int_eq(all.whole, 3);
    ck_assert_double_eq(all.real, 8 / 255.0);
    ck_assert(isnan(all.unset));
    ck_assert(all.flag);
    ck_assert_int_eq(all.shape, 1);
    ck_assert_str_eq(all.name, "star");
    ck_assert_ptr_null(all.no_name);
    ck_assert_str_eq(all.text, "a: b");
    ck_assert_str_eq(all.path, "");
    ck_assert_double_eq(all.schedule.factor, 0.1);
    ck_assert_int_eq(all.ints.n, 2);
    ck_assert_int_eq(all.ints.v[1], 25);
    ck_assert_int_eq(all.reals.n, 2);
    ck_assert_double_eq(all.reals.v[1], 8 / 255.0);
    ck_assert_int_eq(all.names.n, 0);
    ck_assert_int_eq(all.words.n, 1);
    ck_assert_str_eq(all.words.v[0], "pgd-10");
}
END_TEST

static const struct {
    const char *key, *text, *shown;
} good[] = {
    {"whole", "-5", "-5"},
    {"whole", "+10", "10"},
    {"real", "0", "0"},
    {"real", "1", "1"},
    {"real", "1e-3", "0.001"},
    {"real", "1/3", "0.3333333333333333"},
    {"real", "5e-5", "5e-05"},
    {"real", "0.1", "0.1"},
    {"unset", "", ""},
    {"unset", "0.25", "0.25"},
    {"flag", "false", "false"},
    {"shape", "star", "star"},
    {"name", "round", "round"},
    {"no_name", "", ""},
    {"text", " [odd], 'text' ", " [odd], 'text' "},
    {"text", "", ""},
    {"path", "/a/b c", "/a/b c"},
    {"schedule.factor", "0.5", "0.5"},
    {"ints", "[]", "[]"},
    {"ints", "", "[]"},
    {"ints", "[7]", "[7]"},
    {"ints", " 1,2 , 3 ", "[1, 2, 3]"},
    {"reals", "[1e-3, 8/255]", "[0.001, 0.03137254901960784]"},
    {"names", "star, round", "[star, round]"},
    {"words", "[fgsm, pgd-50x10]", "[fgsm, pgd-50x10]"},
};

START_TEST(what_is_set_is_shown_and_can_be_set_again)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct all all = defaults();
        char why[512], shown[512], again[512];
        const struct sr_opt *r = row(good[i].key);
        ck_assert_msg(sr_opt_set(r, &all, good[i].text, why, sizeof why),
                      "%s: %s: %s", good[i].key, good[i].text, why);
        sr_opt_show(r, &all, shown, sizeof shown);
        ck_assert_str_eq(shown, good[i].shown);

        struct all other = defaults();
        ck_assert(sr_opt_set(r, &other, shown, why, sizeof why));
        sr_opt_show(r, &other, again, sizeof again);
        ck_assert_str_eq(again, shown);
    }
}
END_TEST

static const struct {
    const char *key, *text, *why;
} bad[] = {
    {"whole", "11", "11 is outside [-5, 10] epochs"},
    {"whole", "-6", "-6 is outside [-5, 10] epochs"},
    {"whole", "1.5", "'1.5' is not a whole number"},
    {"whole", "1e1", "digits alone"},
    {"whole", "", "'' is not a whole number"},
    {"whole", "99999999999999999999", "99999999999999999999"},
    {"real", "1.5", "1.5 is outside [0, 1] of the pixel range"},
    {"real", "-1/255", "-1/255 is outside [0, 1] of the pixel range"},
    {"real", "nan", "'nan' is not a number"},
    {"real", "inf", "'inf' is not a number"},
    {"real", "-inf", "'-inf' is not a number"},
    {"real", "8/0", "'8/0' is not a number"},
    {"real", "", "'' is not a number"},
    {"real", "[1]", "'[1]' is not a number"},
    {"flag", "yes", "'yes' is neither true nor false"},
    {"flag", "True", "'True' is neither true nor false"},
    {"flag", "1", "'1' is neither true nor false"},
    {"shape", "sqaure", "did you mean 'square'?"},
    {"shape", "triangle", "there are: round, square, star"},
    {"name", "", "there is no ''"},
    {"no_name", "stars", "did you mean 'star'?"},
    {"ints", "[1, 2", "one bracket without the other"},
    {"ints", "1, 2]", "one bracket without the other"},
    {"ints", "[1,,2]", "an element of the list is empty"},
    {"ints", "1,", "an element of the list is empty"},
    {"ints", "[1, 2.5]", "'2.5' is not a whole number"},
    {"ints", "[0]", "0 is outside [1, 100] epochs"},
    {"ints", "[[1]]", "'[1]' is not a whole number"},
    {"reals", "[0.5, nan]", "'nan' is not a number"},
    {"reals", "[0.5, 2]", "2 is outside [0, 1]"},
    {"names", "star, moon", "there is no 'moon'"},
    {"words", "[a-word-longer-than-a-field-of-a-list-has-room-for]",
     "a-word-longer"},
};

START_TEST(what_is_refused_says_why_and_stores_nothing)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct all all = defaults();
        const struct all before = all;
        char why[512] = "";
        ck_assert_msg(
            !sr_opt_set(row(bad[i].key), &all, bad[i].text, why, sizeof why),
            "%s: %s was taken", bad[i].key, bad[i].text);
        ck_assert_msg(strstr(why, bad[i].why), "%s: %s: \"%s\"", bad[i].key,
                      bad[i].text, why);
        ck_assert_mem_eq(&all, &before, sizeof all);
    }
}
END_TEST

START_TEST(long_texts_do_not_overrun_the_reason)
{
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    for (const struct sr_opt *r = rows; r->key; r++) {
        struct all all = defaults();
        char why[512];
        if (!sr_opt_set(r, &all, text, why, sizeof why))
            ck_assert_uint_lt(strlen(why), sizeof why);
    }
}
END_TEST

START_TEST(append_adds_up_to_the_limit)
{
    struct all all = defaults();
    char why[512] = "";
    all.ints.n = 0;
    for (int i = 0; i < SR_LIST_MAX; i++)
        ck_assert(sr_opt_append(row("ints"), &all, "7", why, sizeof why));
    ck_assert_int_eq(all.ints.n, SR_LIST_MAX);
    ck_assert_int_eq(all.ints.v[SR_LIST_MAX - 1], 7);
    ck_assert(!sr_opt_append(row("ints"), &all, "7", why, sizeof why));
    ck_assert_ptr_nonnull(strstr(why, "32"));
    ck_assert_int_eq(all.ints.n, SR_LIST_MAX);

    all.ints.n = 1;
    ck_assert(!sr_opt_append(row("ints"), &all, "x", why, sizeof why));
    ck_assert_int_eq(all.ints.n, 1);
}
END_TEST

/* The fewest digits that read back to the same double: none is lost, and a
 * shorter text reads as another number. */
START_TEST(reals_survive_being_shown)
{
    static const struct sr_opt any =
        SR_REAL(struct all, real, "0", -DBL_MAX, DBL_MAX, "", "any");
    const uint64_t key = sr_rng_key(sr_test_seed(), SR_RNG_TEST, 0, 0, 0);
    for (uint64_t i = 0; i < 2000; i++) {
        struct all all = defaults(), again = defaults();
        char text[64], why[512];
        const int scale = (int)sr_rng_below(key, 3 * i, 600) - 300;
        all.real = ldexp(sr_rng_uniform(key, 3 * i + 1) - 0.5, scale) *
                   (1 + sr_rng_uniform(key, 3 * i + 2));
        sr_opt_show(&any, &all, text, sizeof text);
        ck_assert_msg(sr_opt_set(&any, &again, text, why, sizeof why), "%s",
                      why);
        ck_assert_double_eq(again.real, all.real);
    }
}
END_TEST

START_TEST(a_default_its_row_refuses_is_our_mistake)
{
    static const struct sr_opt wrong[] = {
        SR_REAL(struct all, real, "2", 0, 1, "", "out of range"), {0}};
    struct all all;
    sr_opt_defaults(wrong, &all);
}
END_TEST

SR_SUITE(base_opt)
{
    Suite *suite =
        sr_suite("base/opt",
                 (const TTest *[]){defaults_fill_every_field,
                                   what_is_set_is_shown_and_can_be_set_again,
                                   what_is_refused_says_why_and_stores_nothing,
                                   long_texts_do_not_overrun_the_reason,
                                   append_adds_up_to_the_limit,
                                   reals_survive_being_shown, NULL});
    sr_suite_signal(suite, a_default_its_row_refuses_is_our_mistake, SIGABRT);
    return suite;
}
