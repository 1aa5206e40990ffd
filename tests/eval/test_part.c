#include "eval/part.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "eval/little.h"
#include "eval/tally.h"
#include "test.h"

enum { N = 20, SHARES = 3 };

static const char ATTACKS[] = "pgd-2,autoattack";

static const char *path_of(const char *name)
{
    return sr_file_join(sr_test_arena(), sr_test_dir(), name);
}

/* What a result says of itself, as far as parts look at it.
 *   place  where the data is */
static json_t *about(const struct sr_eval_opts *opts, const char *place)
{
    json_t *settings = json_object();
    char value[2048];

    for (const struct sr_opt *row = sr_eval_rows; row->key; row++) {
        sr_opt_show(row, opts, value, sizeof value);
        json_object_set_new(
            settings, sr_arena_format(sr_test_arena(), "eval.%s", row->key),
            json_string(value));
    }
    json_object_set_new(settings, "data.path", json_string(place));
    json_object_set_new(settings, "engine.threads", json_string(place));
    json_object_set_new(settings, "engine.conv", json_string("auto"));
    json_object_set_new(settings, "train.lr", json_string("0.1"));
    return json_pack("{s:i, s:{s:s}, s:o}", "seed", 5, "data", "sha256", "da7a",
                     "settings", settings);
}

static struct sr_data *data(void)
{
    static struct sr_data *one;
    if (!one)
        one = little_data(N);
    return one;
}

static struct sr_model *model(void)
{
    static struct sr_model *one;
    if (!one) {
        one = little_net("silu", NULL, NULL, 2, 16);
        little_label(data(), one);
    }
    return one;
}

/* A share that is done, and the file it leaves. */
static struct sr_eval run_share(const char *path, int number, int of)
{
    struct sr_eval_opts opts = little_opts(ATTACKS);
    struct sr_eval_keep *keep =
        SR_TAKE(sr_test_arena(), 1, struct sr_eval_keep);

    model();
    *keep = (struct sr_eval_keep){
        .path = path, .about = about(&opts, path), .seconds = 1e9};
    opts.share = (struct sr_share){number, of};
    opts.keep = keep;
    return little_eval(&opts, data(), model());
}

static char *text_of(const char *path, size_t *size)
{
    unsigned char *bytes;
    struct sr_err err;
    SR_GOOD(sr_file_read(path, 1 << 24, SR_EDATA, sr_test_arena(), &bytes, size,
                         &err),
            err);
    return (char *)bytes;
}

static struct sr_eval_part opened(const char *path)
{
    struct sr_eval_part part;
    struct sr_err err;
    SR_GOOD(sr_part_open(path, &part, &err), err);
    return part;
}

static struct sr_eval planned(void)
{
    const struct sr_eval_opts opts = little_opts(ATTACKS);
    struct sr_eval eval;
    struct sr_err err;
    SR_GOOD(
        sr_tally_plan(&opts, N, LITTLE_CLASSES, sr_test_arena(), &eval, &err),
        err);
    return eval;
}

/* All but the seconds. */
static void same(struct sr_eval *a, struct sr_eval *b)
{
    ck_assert_int_eq(a->images, b->images);
    ck_assert_int_eq(a->clean, b->clean);
    ck_assert_int_eq(a->worst, b->worst);
    for (int i = 0; i < a->images; i++) {
        const struct sr_verdict *v = &a->verdict[i], *w = &b->verdict[i];
        ck_assert_int_eq(v->index, w->index);
        ck_assert_int_eq(v->label, w->label);
        ck_assert_int_eq(v->robust, w->robust);
        ck_assert_int_eq(v->broken_by, w->broken_by);
        ck_assert_int_eq(v->stage, w->stage);
        ck_assert_int_eq(v->step, w->step);
        ck_assert_int_eq(v->adversarial, w->adversarial);
        ck_assert_float_eq(v->distance, w->distance);
    }
    for (int k = 0; k < a->attacks; k++) {
        const struct sr_eval_stage s = sr_eval_total(&a->attack[k]);
        const struct sr_eval_stage t = sr_eval_total(&b->attack[k]);
        ck_assert_int_eq(a->attack[k].robust, b->attack[k].robust);
        ck_assert_int_eq(s.attacked, t.attacked);
        ck_assert_int_eq(s.broken, t.broken);
        ck_assert_uint_eq(s.forwards, t.forwards);
        ck_assert_uint_eq(s.backwards, t.backwards);
    }
}

START_TEST(round_trip)
{
    const char *path = path_of("x.part");
    struct sr_eval want = run_share(path, 1, 1), got = planned();
    struct sr_eval_part part = opened(path);
    struct sr_err err;

    ck_assert_int_eq(part.share.number, 1);
    ck_assert_int_eq(part.share.of, 1);
    ck_assert_int_eq(part.whole, N);
    ck_assert_int_eq(part.classes, LITTLE_CLASSES);
    SR_GOOD(sr_part_fill(&part, &got, sr_test_arena(), &err), err);
    sr_part_close(&part);
    ck_assert_int_eq(got.seen, N);
    ck_assert_double_eq(got.seconds, want.seconds);
    sr_tally_close(&got, LITTLE_CLASSES);
    same(&want, &got);
}
END_TEST

/* Whichever byte is another one: refused in one sentence, or of no effect. */
START_TEST(every_byte)
{
    const char *path = path_of("x.part"), *bad = path_of("bad.part");
    struct sr_eval want = run_share(path, 1, 2);
    struct sr_err err;
    size_t size;
    char *text = text_of(path, &size);
    int refused = 0;

    ck_assert_int_eq(want.images, N / 2);
    for (size_t i = 0; i < size; i++) {
        struct sr_eval got = planned();
        struct sr_eval_part part;
        FILE *out = fopen(bad, "wb"); /* no fsync for each of thousands */
        text[i] ^= 1;
        ck_assert_uint_eq(fwrite(text, 1, size, out), size);
        fclose(out);
        text[i] ^= 1;
        if (sr_part_open(bad, &part, &err) == SR_OK) {
            SR_GOOD(sr_part_fill(&part, &got, sr_test_arena(), &err), err);
            sr_part_close(&part);
            ck_assert_int_eq(got.seen, N / 2);
            continue;
        }
        refused++;
        ck_assert(err.status == SR_EDATA || strstr(err.text, "its schema is"));
        ck_assert_ptr_nonnull(strstr(err.text, "bad.part"));
    }
    ck_assert_int_ge(refused, (int)size - 16);
}
END_TEST

START_TEST(every_length)
{
    const char *path = path_of("x.part"), *bad = path_of("bad.part");
    struct sr_eval_part part;
    struct sr_err err;
    size_t size;

    run_share(path, 1, 2);
    char *text = text_of(path, &size);
    for (size_t i = 0; i < size; i += 7) {
        FILE *out = fopen(bad, "wb");
        ck_assert_uint_eq(fwrite(text, 1, i, out), i);
        fclose(out);
        SR_BAD(sr_part_open(bad, &part, &err), err, SR_EDATA, "bad.part");
    }
}
END_TEST

/* Write a part back with a sum that is right. */
static const char *forged(json_t *json)
{
    char sum[SR_SHA256_TEXT];
    const char *path = path_of("forged.part");
    struct sr_err err;

    json_object_del(json, "sha256");
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    sr_sha256(text, strlen(text), sum);
    free(text);
    json_object_set_new(json, "sha256", json_string(sum));
    text = json_dumps(json, JSON_COMPACT);
    SR_GOOD(sr_file_write(path, text, strlen(text), &err), err);
    free(text);
    return path;
}

/* The value at a path of keys and numbers, "attacks/0/outcome/stage/3". */
static void put_at(json_t *json, const char *where, const char *value)
{
    const char *slash;
    json_t *made = json_loads(value, JSON_DECODE_ANY, NULL);
    char key[32];

    ck_assert_ptr_nonnull(made);
    for (; (slash = strchr(where, '/')); where = slash + 1) {
        snprintf(key, sizeof key, "%.*s", (int)(slash - where), where);
        json = json_is_array(json)
                   ? json_array_get(json, strtoul(key, NULL, 10))
                   : json_object_get(json, key);
        ck_assert_ptr_nonnull(json);
    }
    if (json_is_array(json))
        ck_assert_int_eq(
            json_array_set_new(json, strtoul(where, NULL, 10), made), 0);
    else
        ck_assert_int_eq(json_object_set_new(json, where, made), 0);
}

/* clang-format off */
static const struct {
    const char *where, *value, *says;
} lies[] = {
    { "share",                        "[2, 1]",      "damaged" },
    { "share",                        "[0, 1]",      "damaged" },
    { "share",                        "[1, 30]",     "damaged" },
    { "share",                        "{}",          "damaged" },
    { "classes",                      "0",           "damaged" },
    { "about",                        "[]",          "damaged" },
    { "clean",                        "null",        "'index'" },
    { "clean/index",                  "[1, 2]",      "'label'" },
    { "clean/label/4",                "3",           "entry 4 of 'label'" },
    { "clean/label/4",                "-1",          "entry 4 of 'label'" },
    { "clean/label/4",                "\"1\"",       "entry 4 of 'label'" },
    { "clean/label/4",                "1.0",         "entry 4 of 'label'" },
    { "clean/clean/0",                "3",           "entry 0 of 'clean'" },
    { "clean/index/19",               "4294967296",  "entry 19 of 'index'" },
    { "clean/right/19",               "2",           "entry 19 of 'right'" },
    { "attacks",                      "[]",          "'attacks'" },
    { "attacks/0/attack",             "\"pgd-3\"",   "entry 0 of 'attacks'" },
    { "attacks/1/stages",             "[]",          "'stages'" },
    { "attacks/1/stages/0/attack",    "\"square\"",  "entry 0 of 'stages'" },
    { "attacks/1/stages/0/forwards",  "-1",          "entry 0 of 'stages'" },
    { "attacks/1/stages/0/seconds",   "-1",          "entry 0 of 'stages'" },
    { "attacks/0/outcome/stages/3",   "2",           "entry 3 of 'stages'" },
    { "attacks/0/outcome/stage/3",    "1",           "entry 3 of 'stage'" },
    { "attacks/0/outcome/stage/3",    "-2",          "entry 3 of 'stage'" },
    { "attacks/0/outcome/step/3",     "-1",          "entry 3 of 'step'" },
    { "attacks/0/outcome/distance/3", "-0.5",        "entry 3 of 'distance'" },
    { "attacks/0/outcome/distance/3", "1e300",       "entry 3 of 'distance'" },
    { "attacks/0/outcome/adversarial", "[]",         "'adversarial'" },
    { "clean/right/3",                "0",           "entry 3 of 'outcome'" },
    { "looked",                       "[1]",         "'looked'" },
    { "looked",           "[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]", "'looked'" },
    { "seconds",                      "-1",          "'seconds'" },
};
/* clang-format on */

/* The sum says who has written it, not that it is true. */
START_TEST(lies_are_found)
{
    const char *path = path_of("x.part");
    struct sr_err err;

    run_share(path, 1, 1);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct sr_eval_part part = opened(path);
        struct sr_eval got = planned();
        put_at(part.json, lies[i].where, lies[i].value);
        const char *bad = forged(part.json);
        sr_part_close(&part);
        enum sr_status status = sr_part_open(bad, &part, &err);
        if (status == SR_OK) {
            status = sr_part_fill(&part, &got, sr_test_arena(), &err);
            sr_part_close(&part);
        }
        ck_assert_msg(status == SR_EDATA, "%s is %s: taken", lies[i].where,
                      lies[i].value);
        ck_assert_msg(strstr(err.text, lies[i].says), "%s: %s", lies[i].where,
                      err.text);
        ck_assert_ptr_nonnull(strstr(err.text, "forged.part"));
        ck_assert_int_eq(got.seen, 0); /* as it was */
        for (int k = 0; k < N; k++)
            ck_assert_int_eq(sr_tally_outcome(&got, 0, k)->stage, -1);
    }
}
END_TEST

START_TEST(foreign_files)
{
    static const struct {
        const char *text;
        enum sr_status status;
        const char *says;
    } cases[] = {
        {"", SR_EDATA, "other"},
        {"no JSON", SR_EDATA, "other"},
        {"[]", SR_EUSAGE, "its schema is missing, expected satrun.part/1"},
        {"{\"schema\": 1}", SR_EUSAGE, "its schema is missing"},
        {"{\"schema\": \"satrun.eval/1\"}", SR_EUSAGE,
         "its schema is satrun.eval/1, expected satrun.part/1"},
        {"{\"schema\": \"satrun.part/1\"}", SR_EDATA, "is damaged"}};
    struct sr_eval_part part;
    struct sr_err err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path =
            sr_test_file("other", cases[i].text, strlen(cases[i].text));
        SR_BAD(sr_part_open(path, &part, &err), err, cases[i].status,
               cases[i].says);
    }
    SR_BAD(sr_part_open(path_of("nothing"), &part, &err), err, SR_EDATA,
           "nothing");
    SR_BAD(sr_part_open(sr_test_dir(), &part, &err), err, SR_EDATA, "");
}
END_TEST

/* Shares made on different machines, in any order. */
static void run_shares(struct sr_eval_part part[SHARES])
{
    for (int i = 0; i < SHARES; i++) {
        const char *path = path_of("share.part");
        run_share(path, i + 1, SHARES);
        part[SHARES - 1 - i] = opened(path);
    }
}

START_TEST(shares_become_the_whole)
{
    struct sr_eval want = run_share(path_of("x.part"), 1, 1), got;
    struct sr_eval_part part[SHARES];
    struct sr_eval_opts opts;
    struct sr_err err;

    run_shares(part);
    SR_GOOD(sr_part_merge(SHARES, part, sr_test_arena(), &opts, &got, &err),
            err);
    same(&want, &got);
    ck_assert_int_eq(opts.attack.n, 2);
    ck_assert_str_eq(opts.attack.v[1], "autoattack");
    ck_assert_double_eq(opts.how.epsilon, 0.1);
    ck_assert_int_eq(opts.share.of, 1);
}
END_TEST

START_TEST(what_does_not_belong_together)
{
    struct sr_eval_part part[SHARES];
    struct sr_eval_opts opts;
    struct sr_eval eval;
    struct sr_err err;

    run_shares(part);
    SR_BAD(sr_part_merge(SHARES - 1, part, sr_test_arena(), &opts, &eval, &err),
           err, SR_EUSAGE, "share 1/3 is missing");
    const struct sr_eval_part first = part[0];
    part[0] = part[1];
    SR_BAD(sr_part_merge(SHARES, part, sr_test_arena(), &opts, &eval, &err),
           err, SR_EUSAGE, "are both share 2/3");
    part[0] = first;
    json_t *settings = json_object_get(part[1].about, "settings");
    json_object_set_new(settings, "engine.conv", json_string("im2col"));
    SR_BAD(sr_part_merge(SHARES, part, sr_test_arena(), &opts, &eval, &err),
           err, SR_EUSAGE, "engine.conv is \"auto\" and \"im2col\"");
    json_object_set_new(settings, "engine.conv", json_string("auto"));
    json_object_set_new(settings, "train.lr", json_string("0.3"));
    SR_GOOD(sr_part_merge(SHARES, part, sr_test_arena(), &opts, &eval, &err),
            err); /* the weights have their own sum */
    json_object_del(json_object_get(part[0].about, "settings"), "eval.keep");
    SR_BAD(sr_part_merge(SHARES, part, sr_test_arena(), &opts, &eval, &err),
           err, SR_EUSAGE, "not");
    for (int i = 1; i < SHARES; i++)
        json_object_del(json_object_get(part[i].about, "settings"),
                        "eval.keep");
    SR_BAD(sr_part_merge(SHARES, part, sr_test_arena(), &opts, &eval, &err),
           err, SR_EUSAGE, "does not say what eval.keep was");
}
END_TEST

/* What is kept to go on from may be lost, a result may not. */
START_TEST(a_result_that_cannot_be_written)
{
    struct sr_eval_opts opts = little_opts("fgsm");
    struct sr_eval_keep keep = {.path = path_of("no/such/x.part"),
                                .about = about(&opts, "here"),
                                .seconds = 1e9};
    struct sr_eval eval;
    struct sr_err err;

    model();
    opts.keep = &keep;
    SR_GOOD(sr_eval_run(&opts, 5, data(), model(), little_log(),
                        sr_test_arena(), &eval, &err),
            err);
    keep.is_result = true;
    SR_BAD(sr_eval_run(&opts, 5, data(), model(), little_log(), sr_test_arena(),
                       &eval, &err),
           err, SR_ERESOURCE, "no/such/x.part");
}
END_TEST

START_TEST(keys_are_of_what_decides)
{
    const struct sr_eval_opts opts = little_opts("fgsm");
    json_t *a = about(&opts, "here"), *b = about(&opts, "there");
    char one[65], other[65];

    sr_part_key(a, one);
    sr_part_key(b, other);
    ck_assert_str_eq(one, other);
    json_object_set_new(json_object_get(b, "data"), "sha256",
                        json_string("others"));
    sr_part_key(b, other);
    ck_assert_str_ne(one, other);
    json_decref(a);
    json_decref(b);
}
END_TEST

SR_SUITE(eval_part)
{
    return sr_suite(
        "eval/part",
        (const TTest *[]){
            round_trip, every_byte, every_length, lies_are_found, foreign_files,
            shares_become_the_whole, what_does_not_belong_together,
            a_result_that_cannot_be_written, keys_are_of_what_decides, NULL});
}
