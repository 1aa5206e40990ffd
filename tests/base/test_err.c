#include "base/err.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "test.h"

START_TEST(fail_returns_and_stores)
{
    struct sr_err err = {.status = SR_OK, .at = {"x", 3, 4}};
    ck_assert_int_eq(sr_fail(&err, SR_EDATA, "label %d is not in 0..%d", 12, 9),
                     SR_EDATA);
    ck_assert_int_eq(err.status, SR_EDATA);
    ck_assert_str_eq(err.text, "label 12 is not in 0..9");
    ck_assert_int_eq(err.at.line, 0); /* no place left over */
}
END_TEST

START_TEST(fail_at_keeps_the_place)
{
    struct sr_err err;
    const struct sr_src at = {"a.yaml", 14, 11};
    ck_assert_int_eq(sr_fail_at(&err, at, "step"), SR_ECONFIG);
    ck_assert_str_eq(err.at.path, "a.yaml");
    ck_assert_int_eq(err.at.line, 14);
    ck_assert_int_eq(err.at.column, 11);
}
END_TEST

START_TEST(control_characters_do_not_pass)
{
    struct sr_err err;
    sr_fail(&err, SR_EDATA, "%s", "\033[2Jev\til\n\x7f \xc3\xa9");
    ck_assert_str_eq(err.text, "?[2Jev?il?? \xc3\xa9"); /* UTF-8 stays */
}
END_TEST

START_TEST(long_texts_are_cut_not_overrun)
{
    struct sr_err err;
    char text[4000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    sr_fail(&err, SR_EDATA, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    sr_fail_within(&err, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
}
END_TEST

START_TEST(errno_decides_between_resource_and_the_callers_status)
{
    static const int resource[] = {ENOSPC, EDQUOT, ENOMEM, EMFILE, ENFILE};
    struct sr_err err;
    for (size_t i = 0; i < sizeof resource / sizeof *resource; i++) {
        errno = resource[i];
        ck_assert_int_eq(sr_fail_errno(&err, SR_EDATA, "read", "a"),
                         SR_ERESOURCE);
    }
    errno = ENOENT;
    SR_BAD(sr_fail_errno(&err, SR_EDATA, "open", "a.bin"), err, SR_EDATA,
           "cannot open a.bin: No such file");
}
END_TEST

START_TEST(within_goes_in_front)
{
    struct sr_err err;
    sr_fail(&err, SR_EWEIGHTS, "offset 9 is past the end");
    ck_assert_int_eq(sr_fail_within(&err, "%s, tensor %s", "m", "w"),
                     SR_EWEIGHTS);
    ck_assert_str_eq(err.text, "m, tensor w: offset 9 is past the end");
}
END_TEST

static enum sr_status passes_up(enum sr_status given, int *reached)
{
    SR_TRY(given);
    *reached = 1;
    return SR_OK;
}

START_TEST(try_returns_at_once)
{
    int reached = 0;
    ck_assert_int_eq(passes_up(SR_EVERIFY, &reached), SR_EVERIFY);
    ck_assert_int_eq(reached, 0);
    ck_assert_int_eq(passes_up(SR_OK, &reached), SR_OK);
    ck_assert_int_eq(reached, 1);
}
END_TEST

START_TEST(require_aborts) { SR_REQUIRE(1 + 1 == 3); }
END_TEST

SR_SUITE(base_err)
{
    Suite *suite = sr_suite(
        "base/err",
        (const TTest *[]){fail_returns_and_stores, fail_at_keeps_the_place,
                          control_characters_do_not_pass,
                          long_texts_are_cut_not_overrun,
                          errno_decides_between_resource_and_the_callers_status,
                          within_goes_in_front, try_returns_at_once, NULL});
    sr_suite_signal(suite, require_aborts, SIGABRT);
    return suite;
}
