#include "report/notes.h"

#include <stdlib.h>

#include "report/runs.h"
#include "test.h"

/* A row on 100 images with one figure. */
static json_t *row_of(const char *activation, const char *slope,
                      const char *figure)
{
    struct sr_err err;
    json_t *made;
    SR_GOOD(sr_json_parse(figure, strlen(figure), "x", SR_EDATA, &made, &err),
            err);
    json_t *row = json_pack("{s:s, s:i, s:[s], s:{s:s, s:s, s:s}, s:{s:o}}",
                            "data", "toys", "images", 100, "seeds", "7",
                            "settings", "activation.forward", activation,
                            "activation.backward.attack", slope, "train.epochs",
                            "3", "figures", "fgsm", made);
    ck_assert_ptr_nonnull(row);
    return row;
}

/* What all rows share: a slope of its own is told, the function's own is not.
 */
START_TEST(what_is_common)
{
    json_t *rows = json_pack("[o, o]", row_of("relu", "relu", "{}"),
                             row_of("relu", "relu", "{}"));
    json_t *common = sr_notes_common(rows);
    ck_assert_str_eq(sr_json_text(common, "data"), "toys");
    ck_assert_str_eq(sr_json_text(common, "activation"), "relu");
    ck_assert_str_eq(sr_json_text(common, "epochs"), "3");
    ck_assert_str_eq(sr_json_text(common, "seed"), "7");
    ck_assert_ptr_null(json_object_get(common, "attacker"));
    json_decref(common);
    json_decref(rows);

    rows = json_pack("[o, o]", row_of("relu", "softplus", "{}"),
                     row_of("silu", "softplus", "{}"));
    common = sr_notes_common(rows);
    ck_assert_ptr_null(json_object_get(common, "activation"));
    ck_assert_str_eq(sr_json_text(common, "attacker"), "softplus");
    json_decref(common);
    json_decref(rows);
}
END_TEST

/* Each sign in the table is explained, and none that is not there. */
START_TEST(signs_are_explained)
{
    static const struct {
        const char *figure, *note;
    } signs[] = {{"{\"accuracy\": 0.5}", "Accuracy in %"},
                 {"{\"accuracy\": 0.5, \"sd\": 0.1}", "Over several seeds: "},
                 {"{\"accuracy\": 0.5, \"best\": true}", "Bold: "},
                 {"{\"accuracy\": 0.5, \"overlaps_best\": true}", "†: "},
                 {"{\"accuracy\": 0.5, \"of\": \"n=1\"}", "n=1 and the like"}};
    enum { SIGNS = sizeof signs / sizeof *signs };
    for (int i = 0; i < SIGNS; i++) {
        json_t *rows = json_pack("[o]", row_of("a", "a", signs[i].figure));
        json_t *none = json_object();
        json_t *notes = sr_notes_of(rows, rows, none), *note;
        char *all = json_dumps(notes, 0);
        size_t k;
        int found = 0;
        json_array_foreach (notes, k, note) {
            for (int j = 0; j < SIGNS; j++)
                if (strncmp(json_string_value(note), signs[j].note,
                            strlen(signs[j].note)) == 0)
                    found |= 1 << j;
        }
        /* a figure is of one seed or of several, whatever else it bears */
        ck_assert_msg(found == (i == 1 ? 2 : 1 | 1 << i), "%d: %s", i, all);
        free(all);
        json_decref(notes);
        json_decref(none);
        json_decref(rows);
    }
}
END_TEST

START_TEST(problems_are_collected)
{
    json_t *runs = json_pack("[{s:[s, s]}, {s:[]}, {s:[s]}]", "problems", "a",
                             "b", "problems", "problems", "c");
    json_t *all = sr_notes_damaged(runs);
    ck_assert_uint_eq(json_array_size(all), 3);
    ck_assert_str_eq(json_string_value(json_array_get(all, 2)), "c");
    json_decref(all);
    json_decref(runs);
}
END_TEST

SR_SUITE(report_notes)
{
    return sr_suite("report/notes",
                    (const TTest *[]){what_is_common, signs_are_explained,
                                      problems_are_collected, NULL});
}
