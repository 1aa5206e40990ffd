#include "report/resolved.h"

#include "report/made.h"
#include "test.h"

/* As config/dump.c writes it: quotes, fractions, lists with a #, groups, a list
 * of layers, comments. */
static const char resolved[] =
    "name: x                                     # a.yaml:1\n"
    "data:\n"
    "    path: \"a # \\\"b\\\" \\x09\"                   # a.yaml:2\n"
    "    test_path: \"\"                           # default\n"
    "    augment: [crop, \" #\"]                   # default\n"
    "model:\n"
    "    layers:                                 # a.yaml:3\n"
    "      - conv: {out: 16}                     # a.yaml:4\n"
    "      - flatten                             # a.yaml:5\n"
    "attack:\n"
    "    epsilon: 8/255                          # argument 1\n"
    "train:\n"
    "    schedule:\n"
    "        name: cosine                        # default\n";

/* All of it, a key that is not set, and what no manifest of ours has. */
static json_t *settings_of(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:n}", "name",
                     "x", "data.path", "a # \"b\" \t", "data.test_path", "",
                     "data.augment", "[crop, \" #\"]", "attack.epsilon",
                     "0.031372549019607843", "train.schedule.name", "cosine",
                     "train.clip", "", "train.lr", 0.1, "train.seed");
}

static const char *change_of(const char *config)
{
    json_t *settings = settings_of();
    made_put(made_home(), "config.yaml", config);
    const char *change =
        sr_resolved_change(made_home(), settings, sr_test_arena());
    json_decref(settings);
    return change;
}

START_TEST(as_it_was_written)
{
    json_t *settings = settings_of(), *none = json_object();
    ck_assert_ptr_null(
        sr_resolved_change(made_home(), settings, sr_test_arena()));
    const char *change = change_of(resolved);
    ck_assert_msg(!change, "%s", change);
    ck_assert_ptr_null(sr_resolved_change(made_home(), none, sr_test_arena()));
    ck_assert_str_eq(sr_resolved_layers(made_home(), sr_test_arena()),
                     "- conv: {out: 16} - flatten");
    json_decref(settings);
    json_decref(none);
}
END_TEST

/* resolved with the first `was` another text. */
static const char *with(const char *was, const char *is)
{
    const char *at = strstr(resolved, was);
    ck_assert_ptr_nonnull(at);
    return sr_arena_format(sr_test_arena(), "%.*s%s%s", (int)(at - resolved),
                           resolved, is, at + strlen(was));
}

START_TEST(each_edit_is_noticed)
{
    static const struct {
        const char *was, *is, *said;
    } edits[] = {
        {"8/255", "4/255",
         "it says attack.epsilon 4/255, which was 0.031372549019607843"},
        {"8/255", "", "it has no attack.epsilon, which was 0.0313725490196078"},
        {"cosine", "cosines",
         "it says train.schedule.name cosines, which was cosine"},
        {"cosine", "\"\"",
         "it says train.schedule.name \"\", which was cosine"},
        {"\"a #", "\"b #", "it says data.path b # \"b\" \t, which was a # \""},
        {"[crop, ", "[flip, ", "it says data.augment [flip, \", which was ["},
        {"\"\" ", "there ", "it says data.test_path there, which was \"\""},
        {"schedule:", "other:", "it has no train.schedule.name, which was "},
        {"    schedule", "schedule", "it has no train.schedule.name, which "},
        {resolved, "", "it has no name, which was x"},
        {resolved, "- 1\n# 2\n\n::::\n    : \n                              x:",
         "it has no name, which was x"},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        const char *change = change_of(with(edits[i].was, edits[i].is));
        ck_assert_msg(change && strncmp(change, edits[i].said,
                                        strlen(edits[i].said)) == 0,
                      "%zu: %s", i, change);
    }
    ck_assert_ptr_null(change_of(with("8/255", "0.031372549019607843")));
    ck_assert_ptr_null(change_of(with("# a.yaml:1", "# mine")));
}
END_TEST

SR_SUITE(report_resolved)
{
    return sr_suite(
        "report/resolved",
        (const TTest *[]){as_it_was_written, each_edit_is_noticed, NULL});
}
