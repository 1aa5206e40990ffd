#include "base/json.h"

#include <math.h>

#include "base/file.h"
#include "test.h"

static struct sr_err err;

static enum sr_status parse(const char *text, size_t size, json_t **json)
{
    return sr_json_parse(text, size, "w.safetensors", SR_EWEIGHTS, json, &err);
}

START_TEST(good_documents)
{
    json_t *json;
    const char text[] = "{\"b\": 9007199254740993, \"a\": [1.5, null]}";
    SR_GOOD(parse(text, sizeof text - 1, &json), err);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "b")),
                     9007199254740993); /* 2^53 + 1: integers stay integers */
    json_decref(json);
}
END_TEST

START_TEST(bad_documents)
{
    static const char *const bad[] = {
        "",
        "{",
        "{\"a\": 1, \"a\": 2}",          /* the same key twice  */
        "{\"a\": 1} x",                  /* trailing text       */
        "{\"a\": 1}{}",                  /* two documents       */
        "{\"a\": NaN}",                  /* no number           */
        "{\"a\": 1e999}",                /* overflows           */
        "{\"a\": 99999999999999999999}", /* overflows           */
        "{\"a\": \"\xff\"}",             /* no UTF-8            */
        "{\"a\": \"\\u0000\"}",          /* a zero in a string  */
        "{\"a\\u0000b\": 1}",            /* a zero in a key     */
        "{'a': 1}",
        "{\"a\": 1,}",
        "{\"a\": 01}",
        "{\"a\": +1}",
        "3",
        "\"text\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json_t *json = (json_t *)bad;
        ck_assert_msg(parse(bad[i], strlen(bad[i]), &json) == SR_EWEIGHTS, "%s",
                      bad[i]);
        ck_assert_ptr_eq(json, (json_t *)bad);
        ck_assert_ptr_nonnull(strstr(err.text, "w.safetensors: line 1"));
    }
    json_t *json;
    SR_BAD(parse("{}\0{}", 5, &json), err, SR_EWEIGHTS, "column");
    SR_BAD(parse("{\n \"a\" 1}", 9, &json), err, SR_EWEIGHTS, "line 2");
}
END_TEST

START_TEST(depth_is_an_error_not_a_crash)
{
    enum { DEEP = 1 << 20 };
    char *text = SR_TAKE(sr_test_arena(), DEEP, char);
    memset(text, '[', DEEP);
    json_t *json;
    SR_BAD(parse(text, DEEP, &json), err, SR_EWEIGHTS, "depth");
}
END_TEST

START_TEST(what_is_written_is_read)
{
    const char *path = sr_file_join(sr_test_arena(), sr_test_dir(), "a.json");
    json_t *json = json_pack("{s:f, s:[i, i], s:o}", "z", 0.1, "a", 1, 2, "n",
                             sr_json_real(NAN));
    ck_assert_ptr_nonnull(json);
    SR_GOOD(sr_json_write(path, json, &err), err);

    unsigned char *bytes;
    size_t size;
    SR_GOOD(sr_file_read(path, 1000, SR_EDATA, sr_test_arena(), &bytes, &size,
                         &err),
            err);
    ck_assert_str_eq((char *)bytes, "{\n  \"z\": 0.10000000000000001,\n"
                                    "  \"a\": [\n    1,\n    2\n  ],\n"
                                    "  \"n\": null\n}\n");
    json_t *again;
    SR_GOOD(sr_json_read(path, SR_EDATA, &again, &err), err);
    ck_assert(json_equal(json, again));
    json_decref(json);
    json_decref(again);
}
END_TEST

START_TEST(a_missing_file_and_a_damaged_one)
{
    json_t *json;
    SR_BAD(sr_json_read("/nonexistent", SR_EDATA, &json, &err), err, SR_EDATA,
           "/nonexistent");
    const char *path = sr_test_file("a.json", "{\"a\": ", 6);
    SR_BAD(sr_json_read(path, SR_EWEIGHTS, &json, &err), err, SR_EWEIGHTS,
           path);
}
END_TEST

START_TEST(reals_that_json_cannot_hold_are_null)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        json_t *json = sr_json_real(odd[i]);
        ck_assert(json_is_null(json));
        json_decref(json);
    }
    json_t *json = sr_json_real(-0.5);
    ck_assert_double_eq(json_real_value(json), -0.5);
    json_decref(json);
}
END_TEST

SR_SUITE(base_json)
{
    return sr_suite("base/json",
                    (const TTest *[]){
                        good_documents, bad_documents,
                        depth_is_an_error_not_a_crash, what_is_written_is_read,
                        a_missing_file_and_a_damaged_one,
                        reals_that_json_cannot_hold_are_null, NULL});
}
