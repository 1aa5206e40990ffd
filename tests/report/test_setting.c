#include "report/setting.h"

#include "report/runs.h"
#include "test.h"

/* A row with settings and nothing else; the words are key, value, ... as JSON.
 */
static json_t *row_of(const char *settings)
{
    struct sr_err err;
    json_t *json;
    SR_GOOD(
        sr_json_parse(settings, strlen(settings), "x", SR_EDATA, &json, &err),
        err);
    return json_pack("{s:o}", "settings", json);
}

/* "activation,epochs": the titles of the settings that differ. */
static const char *differing(const char *a, const char *b)
{
    json_t *rows = json_pack("[o, o]", row_of(a), row_of(b));
    json_t *columns = sr_settings_differing(rows), *column;
    const char *titles = "";
    size_t i;
    json_array_foreach (columns, i, column) {
        titles = sr_arena_format(sr_test_arena(), "%s%s%s", titles,
                                 i ? "," : "", sr_json_text(column, "title"));
    }
    json_decref(columns);
    json_decref(rows);
    return titles;
}

START_TEST(what_changes_no_network)
{
    static const char *const idle[] = {"name", "data.path", "engine.threads",
                                       "eval.attack", "logging.tensorboard"};
    static const char *const counts[] = {"seed", "train.lr", "attack.steps",
                                         "evaluation", "data.limit"};
    for (int i = 0; i < 5; i++) {
        ck_assert(!sr_setting_counts(idle[i]));
        ck_assert(sr_setting_counts(counts[i]));
    }
}
END_TEST

/* The best known first; a title that two keys have is no title. */
START_TEST(which_differ)
{
    ck_assert_str_eq(differing("{\"train.lr\": \"1\", \"train.epochs\": \"2\", "
                               "\"activation.forward\": \"relu\"}",
                               "{\"train.lr\": \"2\", \"train.epochs\": \"3\", "
                               "\"activation.forward\": \"silu\"}"),
                     "activation,epochs,lr");
    ck_assert_str_eq(differing("{\"a.size\": \"1\", \"b.size\": \"1\"}",
                               "{\"a.size\": \"2\", \"b.size\": \"2\"}"),
                     "a.size,b.size");
    ck_assert_str_eq(differing("{\"seed\": \"1\", \"name\": \"a\", \"x.y\": "
                               "\"1\"}",
                               "{\"seed\": \"2\", \"name\": \"b\"}"),
                     "y");
}
END_TEST

/* A slope that is everywhere the forward function's own says nothing. */
START_TEST(slopes)
{
    ck_assert_str_eq(differing("{\"activation.forward\": \"relu\", "
                               "\"activation.backward.attack\": \"relu\"}",
                               "{\"activation.forward\": \"silu\", "
                               "\"activation.backward.attack\": \"silu\"}"),
                     "activation");
    ck_assert_str_eq(differing("{\"activation.forward\": \"relu\", "
                               "\"activation.backward.attack\": \"relu\"}",
                               "{\"activation.forward\": \"relu\", "
                               "\"activation.backward.attack\": \"silu\"}"),
                     "attacker");
}
END_TEST

START_TEST(values_for_people)
{
    static const struct {
        const char *key, *is;
    } cases[] = {{"attack.epsilon", "8/255"},
                 {"attack.step_size", "0.1"},
                 {"activation.forward", "softplus(10)"},
                 {"train.lr", "0.03137254901960784"}};
    json_t *row = row_of("{\"attack.epsilon\": \"0.03137254901960784\", "
                         "\"attack.step_size\": \"0.1\", "
                         "\"activation.forward\": \"softplus\", "
                         "\"activation.alpha.forward\": \"10\", "
                         "\"train.lr\": \"0.03137254901960784\", "
                         "\"empty\": \"\"}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *value = sr_setting_value(row, cases[i].key);
        ck_assert_str_eq(json_string_value(value), cases[i].is);
        json_decref(value);
    }
    ck_assert_ptr_null(sr_setting_value(row, "empty"));
    ck_assert_ptr_null(sr_setting_value(row, "no.such"));
    json_decref(row);
}
END_TEST

/* A key before a title; what no row has is none. */
START_TEST(words_of_users)
{
    json_t *rows =
        json_pack("[o, o]", row_of("{\"train.epochs\": \"1\"}"),
                  row_of("{\"model.width\": \"1\", \"epochs\": \"2\"}"));
    ck_assert_str_eq(sr_setting_find(rows, "train.epochs"), "train.epochs");
    ck_assert_str_eq(sr_setting_find(rows, "epochs"), "train.epochs");
    ck_assert_str_eq(sr_setting_find(rows, "width"), "model.width");
    ck_assert_ptr_null(sr_setting_find(rows, "depth"));
    json_decref(rows);
}
END_TEST

SR_SUITE(report_setting)
{
    return sr_suite("report/setting",
                    (const TTest *[]){what_changes_no_network, which_differ,
                                      slopes, values_for_people, words_of_users,
                                      NULL});
}
