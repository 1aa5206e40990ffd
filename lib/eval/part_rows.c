/* Rows as lists, and back; nothing that is read is believed. */
#include "eval/part_rows.h"

#include <math.h>
#include <string.h>

#include "eval/tally.h"

/* A field of a row: whole numbers, or lengths. */
enum kind { INT, LONG, LENGTH };
enum limit { ANY, FLAG, CLASSES, STAGES, STAGE };
struct column {
    const char *name;
    size_t offset;
    enum kind kind;
    enum limit limit; /* of whole numbers: the largest one */
    int least;
};

static const struct column clean_columns[] = {
    {"index", offsetof(struct sr_verdict, index), INT, ANY, 0},
    {"label", offsetof(struct sr_verdict, label), INT, CLASSES, 0},
    {"clean", offsetof(struct sr_verdict, clean), INT, CLASSES, 0},
    {"right", offsetof(struct sr_verdict, right), INT, FLAG, 0},
    {0}};

static const struct column outcome_columns[] = {
    {"stages", offsetof(struct sr_outcome, stages), INT, STAGES, 0},
    {"stage", offsetof(struct sr_outcome, stage), INT, STAGE, -1},
    {"step", offsetof(struct sr_outcome, step), LONG, ANY, 0},
    {"adversarial", offsetof(struct sr_outcome, adversarial), INT, CLASSES, 0},
    {"distance", offsetof(struct sr_outcome, distance), LENGTH, ANY, 0},
    {0}};

/* A place in the array of rows. */
struct cell {
    char *row;
    const struct column *column;
};

static json_t *value_of(const struct cell *cell)
{
    const char *field = cell->row + cell->column->offset;
    int small;
    long long large;
    float length;
    switch (cell->column->kind) {
    case INT: memcpy(&small, field, sizeof small); return json_integer(small);
    case LONG: memcpy(&large, field, sizeof large); return json_integer(large);
    case LENGTH:
        memcpy(&length, field, sizeof length);
        return json_real((double)length);
    }
    return NULL;
}

static void set_value(const struct cell *cell, const json_t *value)
{
    char *field = cell->row + cell->column->offset;
    const int small = (int)json_integer_value(value);
    const long long large = json_integer_value(value);
    const float length = (float)json_number_value(value);
    switch (cell->column->kind) {
    case INT: memcpy(field, &small, sizeof small); break;
    case LONG: memcpy(field, &large, sizeof large); break;
    case LENGTH: memcpy(field, &length, sizeof length); break;
    }
}

/* ---- writing ---- */

static json_t *list_of(const struct column *column, const void *rows,
                       size_t size, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++) {
        const struct cell cell = {(char *)rows + (size_t)i * size, column};
        json_array_append_new(list, value_of(&cell));
    }
    return list;
}

static json_t *lists_of(const struct column *columns, const void *rows,
                        size_t size, int n)
{
    json_t *all = json_object();
    for (const struct column *c = columns; c->name; c++)
        json_object_set_new(all, c->name, list_of(c, rows, size, n));
    return all;
}

static json_t *costs_of(const struct sr_eval_attack *attack)
{
    json_t *list = json_array();
    for (int s = 0; s < attack->stages; s++) {
        const struct sr_eval_stage *stage = &attack->stage[s];
        json_array_append_new(
            list,
            json_pack("{s:s, s:I, s:I, s:f}", "attack", stage->opts.name,
                      "forwards", (json_int_t)stage->forwards, "backwards",
                      (json_int_t)stage->backwards, "seconds", stage->seconds));
    }
    return list;
}

void sr_part_put_rows(const struct sr_eval *eval, json_t *json)
{
    json_t *attacks = json_array(), *looked = json_array();

    for (int a = 0; a < eval->attacks; a++)
        json_array_append_new(
            attacks,
            json_pack("{s:s, s:o, s:o}", "attack", eval->attack[a].word,
                      "stages", costs_of(&eval->attack[a]), "outcome",
                      lists_of(outcome_columns, sr_tally_outcome(eval, a, 0),
                               sizeof(struct sr_outcome), eval->seen)));
    for (int i = 0; i < eval->looked.n; i++)
        json_array_append_new(looked, json_string(eval->looked.text[i]));
    json_object_set_new(json, "clean",
                        lists_of(clean_columns, eval->verdict,
                                 sizeof(struct sr_verdict), eval->seen));
    json_object_set_new(json, "attacks", attacks);
    json_object_set_new(json, "looked", looked);
}

/* ---- reading ---- */

struct reader {
    const struct sr_eval_part *part;
    struct sr_err *err;
};

static enum sr_status refuse(const struct reader *r, const char *what, int i)
{
    return sr_fail(r->err, SR_EDATA,
                   "%s is damaged: entry %d of '%s' is missing or out of range",
                   r->part->path, i, what);
}

/* The largest value of a column. */
static long long most(const struct reader *r, const struct column *column,
                      int stages)
{
    const long long limits[] = {[ANY] = column->kind == LONG ? INT64_C(1) << 53
                                                             : INT32_MAX,
                                [FLAG] = 1,
                                [CLASSES] = r->part->classes - 1,
                                [STAGES] = stages,
                                [STAGE] = stages - 1};
    return limits[column->limit];
}

static bool is_good(const struct column *column, const json_t *value,
                    long long least, long long limit)
{
    const json_int_t whole = json_integer_value(value);
    const double length = json_number_value(value);
    if (column->kind != LENGTH)
        return json_is_integer(value) && whole >= least && whole <= limit;
    return json_is_number(value) && length >= 0 && length <= 1e30;
}

static enum sr_status read_lists(const struct reader *r,
                                 const struct column *columns,
                                 const json_t *lists, int stages, void *rows,
                                 size_t size, int n)
{
    for (const struct column *c = columns; c->name; c++) {
        const json_t *list = json_object_get(lists, c->name);
        if (!json_is_array(list) || json_array_size(list) != (size_t)n)
            return refuse(r, c->name, 0);
        for (int i = 0; i < n; i++) {
            const json_t *value = json_array_get(list, (size_t)i);
            const struct cell cell = {(char *)rows + (size_t)i * size, c};
            if (!is_good(c, value, c->least, most(r, c, stages)))
                return refuse(r, c->name, i);
            set_value(&cell, value);
        }
    }
    return SR_OK;
}

/* Has an image been attacked that need not be, or on after it was broken? */
static bool makes_sense(const struct sr_verdict *v, const struct sr_outcome *o)
{
    if (!v->right)
        return o->stages == 0 && o->stage < 0;
    return o->stage < 0 || o->stages == o->stage + 1;
}

static enum sr_status read_costs(const struct reader *r, const json_t *list,
                                 struct sr_eval_attack *attack)
{
    if (json_array_size(list) != (size_t)attack->stages)
        return refuse(r, "stages", 0);
    for (int s = 0; s < attack->stages; s++) {
        struct sr_eval_stage *stage = &attack->stage[s];
        json_int_t forwards, backwards;
        double seconds;
        const char *name;
        if (json_unpack(json_array_get(list, (size_t)s), "{s:s, s:I, s:I, s:F}",
                        "attack", &name, "forwards", &forwards, "backwards",
                        &backwards, "seconds", &seconds) != 0 ||
            strcmp(name, stage->opts.name) != 0 || forwards < 0 ||
            backwards < 0 || !(seconds >= 0))
            return refuse(r, "stages", s);
        stage->forwards += (uint64_t)forwards;
        stage->backwards += (uint64_t)backwards;
        stage->seconds += seconds;
    }
    return SR_OK;
}

/* What a part says, before it goes to its places. */
struct said {
    int n;                      /* images seen            */
    struct sr_verdict *verdict; /* [n]                    */
    struct sr_outcome *outcome; /* [n] of one attack      */
};

/* Where image i of the part is in the evaluation. */
static int place(const struct sr_eval_part *part, const struct sr_eval *eval,
                 int i)
{
    return eval->share.of == 1 ? sr_share_position(&part->share, i) : i;
}

static enum sr_status read_attack(const struct reader *r, int a,
                                  const struct said *said, struct sr_eval *eval)
{
    const json_t *attack =
        json_array_get(json_object_get(r->part->json, "attacks"), (size_t)a);
    const char *word = json_string_value(json_object_get(attack, "attack"));

    if (!word || strcmp(word, eval->attack[a].word) != 0)
        return refuse(r, "attacks", a);
    SR_TRY(read_costs(r, json_object_get(attack, "stages"), &eval->attack[a]));
    SR_TRY(read_lists(r, outcome_columns, json_object_get(attack, "outcome"),
                      eval->attack[a].stages, said->outcome,
                      sizeof *said->outcome, said->n));
    for (int i = 0; i < said->n; i++) {
        if (!makes_sense(&said->verdict[i], &said->outcome[i]))
            return refuse(r, "outcome", i);
        *sr_tally_outcome(eval, a, place(r->part, eval, i)) = said->outcome[i];
    }
    return SR_OK;
}

/* As many as any list of images has. */
static enum sr_status read_seen(const struct reader *r,
                                struct sr_arena *scratch, struct said *said)
{
    const struct sr_share *share = &r->part->share;
    const json_t *clean = json_object_get(r->part->json, "clean");
    const size_t n = json_array_size(json_object_get(clean, "index"));
    const int most = sr_share_images(share, r->part->whole);

    if (n > (size_t)most)
        return refuse(r, "index", most);
    said->n = (int)n;
    said->verdict = SR_TAKE(scratch, n, struct sr_verdict);
    said->outcome = SR_TAKE(scratch, n, struct sr_outcome);
    return read_lists(r, clean_columns, clean, 0, said->verdict,
                      sizeof *said->verdict, said->n);
}

static enum sr_status read_looked(const struct reader *r,
                                  struct sr_warnings *looked)
{
    const json_t *list = json_object_get(r->part->json, "looked");
    struct sr_warnings made = {0};

    if (json_array_size(list) > SR_WARNINGS)
        return refuse(r, "looked", SR_WARNINGS);
    for (; made.n < (int)json_array_size(list); made.n++) {
        const char *text =
            json_string_value(json_array_get(list, (size_t)made.n));
        if (!text)
            return refuse(r, "looked", made.n);
        snprintf(made.text[made.n], sizeof made.text[0], "%s", text);
    }
    *looked = made;
    return SR_OK;
}

static enum sr_status read_all(const struct reader *r, struct sr_eval *eval,
                               struct sr_arena *scratch)
{
    struct said said = {0};
    SR_TRY(read_seen(r, scratch, &said));
    for (int i = 0; i < said.n; i++)
        eval->verdict[place(r->part, eval, i)] = said.verdict[i];
    for (int a = 0; a < eval->attacks; a++)
        SR_TRY(read_attack(r, a, &said, eval));
    if (eval->seen == 0) /* the same in all shares */
        SR_TRY(read_looked(r, &eval->looked));
    const double seconds =
        json_number_value(json_object_get(r->part->json, "seconds"));
    if (!(seconds >= 0))
        return refuse(r, "seconds", 0);
    eval->seconds += seconds;
    eval->seen += said.n;
    return SR_OK;
}

enum sr_status sr_part_fill(const struct sr_eval_part *part,
                            struct sr_eval *eval, struct sr_arena *scratch,
                            struct sr_err *err)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const size_t n = (size_t)eval->images, rows = n * (size_t)eval->attacks;
    struct sr_eval made = *eval;
    const struct reader r = {part, err};

    made.verdict = SR_TAKE(scratch, n, struct sr_verdict);
    made.outcome = SR_TAKE(scratch, rows, struct sr_outcome);
    memcpy(made.verdict, eval->verdict, n * sizeof *made.verdict);
    memcpy(made.outcome, eval->outcome, rows * sizeof *made.outcome);
    const enum sr_status status = read_all(&r, &made, scratch);
    if (status == SR_OK) {
        memcpy(eval->verdict, made.verdict, n * sizeof *made.verdict);
        memcpy(eval->outcome, made.outcome, rows * sizeof *made.outcome);
        made.verdict = eval->verdict;
        made.outcome = eval->outcome;
        *eval = made;
    }
    sr_arena_release(scratch, mark);
    return status;
}
