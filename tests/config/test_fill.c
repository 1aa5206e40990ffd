#include "test.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "config/fill.h"

/* One field of every type, in two sections. */
struct thing {
    long long count;
    double size;
    bool on;
    int norm;
    const char *act, *label, *path;
    struct sr_ints whole;
    struct sr_reals times;
    struct sr_names names;
    struct sr_wordlist words;
};
struct part {
    struct {
        const char *name;
        double warmup;
    } schedule;
    double alpha;
    struct {
        double forward, attack;
    } alphas;
};
struct whole {
    struct thing thing;
    struct part part;
    int special_calls;
};

static const char *norm_word(int i)
{
    static const char *const words[] = {"linf", "l2", NULL};
    return words[i];
}

static const char *act_word(int i)
{
    static const char *const words[] = {"relu", "silu", "softplus", NULL};
    return words[i];
}

#define PART(K, F, T, D, LO, HI, W)                                            \
    SR_ROW(struct part, K, F, T, D, LO, HI, "", W, "")

/* clang-format off */
static const struct sr_opt thing_rows[] = {
    SR_INT(struct thing, count, "3", 1, 100, "steps", ""),
    SR_REAL(struct thing, size, "8/255", 0, 1, "of the pixel range", ""),
    SR_BOOL(struct thing, on, "false", ""),
    SR_ENUM(struct thing, norm, "linf", norm_word, ""),
    SR_NAME(struct thing, act, "relu", act_word, ""),
    SR_TEXT(struct thing, label, "", ""),
    SR_PATH(struct thing, path, "", ""),
    SR_INTS(struct thing, whole, "", 0, 10, "", ""),
    SR_REALS(struct thing, times, "", 0, 10, "epochs", ""),
    SR_NAMES(struct thing, names, "", act_word, ""),
    SR_WORDS(struct thing, words, "pgd-10", ""),
    {.key = NULL},
};
static const struct sr_opt part_rows[] = {
    PART("schedule.name", schedule.name, SR_OPT_NAME, "relu", 0, 0, act_word),
    PART("schedule.warmup", schedule.warmup, SR_OPT_REAL, "0", 0, 9, NULL),
    PART("alpha", alpha, SR_OPT_REAL, "", 0, 100, NULL),
    PART("alpha.forward", alphas.forward, SR_OPT_REAL, "", 0, 100, NULL),
    PART("alpha.attack", alphas.attack, SR_OPT_REAL, "", 0, 100, NULL),
    {.key = NULL},
};
static const struct sr_section sections[] = {
    {"", thing_rows, offsetof(struct whole, thing)},
    {"part.", part_rows, offsetof(struct whole, part)},
    {NULL, NULL, 0},
};
/* clang-format on */

static struct whole whole;
static struct sr_problems problems;
static struct sr_keys keys;

static void special(void *base, const struct sr_yaml *node,
                    struct sr_arena *arena, struct sr_problems *list)
{
    (void)node, (void)arena, (void)list;
    ((struct whole *)base)->special_calls++;
}

static void begin(void)
{
    memset(&whole, 0x5a, sizeof whole);
    whole.special_calls = 0;
    sr_problems_begin(&problems, sr_test_arena());
    sr_keys_begin(&keys, sections, &whole, sr_test_arena(), &problems);
    keys.special = "part.layers";
    keys.fill_special = special;
}

static const char *fill_more(const char *name, const char *text)
{
    const char *path = sr_test_file(name, text, strlen(text));
    const struct sr_yaml *root = sr_yaml_read(path, sr_test_arena(), &problems);
    ck_assert_ptr_nonnull(root);
    sr_keys_fill(&keys, root, NULL);
    return path;
}

static const char *fill(const char *text)
{
    begin();
    return fill_more("x.yaml", text);
}

/* The one problem says `piece` and stands at line:column. */
static void check_problem(const char *text, const char *piece, int line,
                          int column)
{
    ck_assert_msg(problems.n == 1, "%s: %d problems: %s", text, problems.n,
                  problems.list[0].text);
    const struct sr_err *p = &problems.list[0];
    ck_assert_msg(strstr(p->text, piece), "%s: \"%s\" is not in \"%s\"", text,
                  piece, p->text);
    ck_assert_msg(p->at.line == line && p->at.column == column, "%s: at %d:%d",
                  text, p->at.line, p->at.column);
}

START_TEST(defaults_without_a_file)
{
    begin();
    ck_assert_int_eq(whole.thing.count, 3);
    ck_assert_double_eq(whole.thing.size, 8 / 255.0);
    ck_assert_str_eq(whole.thing.act, "relu");
    ck_assert_str_eq(whole.thing.words.v[0], "pgd-10");
    ck_assert(isnan(whole.part.alpha));
    ck_assert(sr_origin_is_default(&sr_keys_find(&keys, "size")->origin));
}
END_TEST

START_TEST(every_type_from_yaml)
{
    fill("count: 7\nsize: 1e-3\non: true\nnorm: l2\nact: \"silu\"\n"
         "label: true\nwhole: [1, 2]\ntimes:\n  - 0.5\n  - 1/4\n"
         "names: [silu, relu]\nwords: pgd-50x10\n");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_int_eq(whole.thing.count, 7);
    ck_assert_double_eq(whole.thing.size, 1e-3);
    ck_assert(whole.thing.on);
    ck_assert_int_eq(whole.thing.norm, 1);
    ck_assert_str_eq(whole.thing.act, "silu");
    ck_assert_str_eq(whole.thing.label, "true");
    ck_assert_int_eq(whole.thing.whole.n, 2);
    ck_assert_int_eq(whole.thing.whole.v[1], 2);
    ck_assert_int_eq(whole.thing.times.n, 2);
    ck_assert_double_eq(whole.thing.times.v[1], 0.25);
    ck_assert_str_eq(whole.thing.names.v[0], "silu");
    ck_assert_int_eq(whole.thing.words.n, 1);
    ck_assert_str_eq(whole.thing.words.v[0], "pgd-50x10");

    const struct sr_origin *o = &sr_keys_find(&keys, "size")->origin;
    ck_assert_int_eq(o->at.line, 2);
    ck_assert_int_eq(o->at.column, 7);
    ck_assert_str_eq(o->text, "1e-3");
}
END_TEST

static const struct {
    const char *text, *says;
    int line, column;
} wrong[] = {
    {"count: 1.5\n", "count: '1.5' is not a whole number", 1, 8},
    {"count: 0\n", "count: 0 is outside [1, 100] steps", 1, 8},
    {"count: 101\n", "outside [1, 100]", 1, 8},
    {"count: 1e1\n", "with digits alone", 1, 8},
    {"count: 99999999999999999999\n", "count: ", 1, 8},
    {"count:\n", "count: has no value; it takes a whole number", 1, 7},
    {"count: ''\n", "count: ", 1, 8},
    {"count: [1]\n", "count: takes a whole number, not a list", 1, 8},
    {"count: {a: 1}\n", "count: takes a whole number, not a map", 1, 8},
    {"size: nan\n", "size: 'nan' is not a number", 1, 7},
    {"size: inf\n", "is not a number", 1, 7},
    {"size: 8/0\n", "is not a number", 1, 7},
    {"size: 8\n", "outside [0, 1] of the pixel range", 1, 7},
    {"size: 0x1\n", "is not a number", 1, 7},
    {"size: 1_000\n", "is not a number", 1, 7},
    {"on: yes\n", "'yes' is neither true nor false; write true", 1, 5},
    {"on: off\n", "write false", 1, 5},
    {"on: 1\n", "write true", 1, 5},
    {"on: maybe\n", "neither true nor false", 1, 5},
    {"norm: l3\n", "norm: there is no 'l3'; did you mean 'l2'?", 1, 7},
    {"act: swish\n", "there are: relu, silu, softplus", 1, 6},
    {"act: Relu\n", "did you mean 'relu'?", 1, 6},
    {"whole: [1, 2.5]\n", "whole[1]: '2.5' is not a whole number", 1, 12},
    {"whole: [1, [2]]\n", "whole[1]: a list inside a list", 1, 12},
    {"times: [1, 11]\n", "outside [0, 10] epochs", 1, 12},
    {"names: [relu, sila]\n", "did you mean 'silu'?", 1, 15},
    {"part: 3\n", "part: takes a map of keys: schedule, alpha, layers", 1, 7},
    {"part: [1]\n", "part: takes a map of keys", 1, 7},
    {"part:\n  schedule: [relu]\n", "part.schedule: takes a map of keys", 2,
     13},
    {"part:\n  schedule: lin\n", "part.schedule: there is no 'lin'", 2, 13},
    {"part:\n  alpha: [1]\n", "part.alpha: takes a number, not a list", 2, 10},
    {"cuont: 3\n", "unknown key 'cuont'; did you mean 'count'?", 1, 1},
    {"part:\n  schedule: {nmae: relu}\n",
     "unknown key 'part.schedule.nmae'; did you mean 'part.schedule.name'?", 2,
     14},
    {"part:\n  sched: {name: relu}\n",
     "unknown key 'part.sched'; part has: "
     "schedule, alpha, layers",
     2, 3},
    {"part:\n  layer: 1\n", "did you mean 'part.layers'?", 2, 3},
    {"warmup: 1\n", "did you mean 'part.schedule.warmup'?", 1, 1},
    {"part.alpha: 1\n", "each dot is a level", 1, 1},
    {"part:\n  schedule.name: relu\n", "each dot is a level", 2, 3},
    {"something_else: {a: {b: [c]}}\n",
     "unknown key 'something_else'; the top level has: count", 1, 1},
};

START_TEST(every_mistake_is_named_where_it_is)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fill(wrong[i].text);
        check_problem(wrong[i].text, wrong[i].says, wrong[i].line,
                      wrong[i].column);
    }
}
END_TEST

START_TEST(a_refused_value_changes_nothing_and_is_marked)
{
    fill("count: 0\nact: nope\n");
    ck_assert_int_eq(whole.thing.count, 3);
    ck_assert_str_eq(whole.thing.act, "relu");
    ck_assert(sr_keys_find(&keys, "count")->origin.bad);
    ck_assert(!sr_keys_find(&keys, "size")->origin.bad);
}
END_TEST

START_TEST(a_list_may_have_32_elements)
{
    char text[300] = "whole: [0";
    for (int i = 1; i < 33; i++)
        strcat(text, ",1");
    strcat(text, "]\n");
    fill(text);
    check_problem("33 elements", "whole[32]: more than the 32", 1, 73);
}
END_TEST

START_TEST(a_word_for_a_group_is_its_name)
{
    fill("part: {schedule: silu}\n");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_str_eq(whole.part.schedule.name, "silu");
}
END_TEST

START_TEST(a_group_without_keys_is_empty)
{
    fill("part:\n#  alpha: 3\ncount: 4\n");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_int_eq(whole.thing.count, 4);
}
END_TEST

/* `alpha: 10` is for all roles, whatever another file gave each of them. */
START_TEST(a_scalar_takes_back_its_group)
{
    fill("part: {alpha: {forward: 3, attack: 4}}\n");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_double_eq(whole.part.alphas.forward, 3);
    ck_assert(isnan(whole.part.alpha));
    fill_more("y.yaml", "part: {alpha: 10}\n");
    ck_assert_double_eq(whole.part.alpha, 10);
    ck_assert(isnan(whole.part.alphas.forward));
    ck_assert(sr_origin_is_default(
        &sr_keys_find(&keys, "part.alpha.forward")->origin));
    fill_more("z.yaml", "part: {alpha: {attack: 5}}\n");
    ck_assert_double_eq(whole.part.alpha, 10);
    ck_assert_double_eq(whole.part.alphas.attack, 5);
}
END_TEST

START_TEST(the_later_file_wins_and_lists_are_replaced)
{
    fill("count: 5\nwhole: [1, 2, 3]\nsize: 0.5\n");
    const char *path = fill_more("y.yaml", "\nwhole: [9]\ncount: 6\n");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_int_eq(whole.thing.count, 6);
    ck_assert_int_eq(whole.thing.whole.n, 1);
    ck_assert_double_eq(whole.thing.size, 0.5);
    ck_assert_str_eq(sr_keys_find(&keys, "count")->origin.at.path, path);
}
END_TEST

START_TEST(paths_are_relative_to_their_file)
{
    const char *file = fill("path: data/x.tar\n");
    const int dir = (int)(strrchr(file, '/') - file);
    ck_assert_str_eq(
        whole.thing.path,
        sr_arena_format(sr_test_arena(), "%.*s/data/x.tar", dir, file));

    fill("path: /absolute/x\n");
    ck_assert_str_eq(whole.thing.path, "/absolute/x");

    char cwd[4096];
    ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
    begin();
    sr_keys_argument(&keys, 0, "path=x.tar");
    ck_assert_str_eq(whole.thing.path,
                     sr_arena_format(sr_test_arena(), "%s/x.tar", cwd));
}
END_TEST

START_TEST(arguments_set_keys)
{
    begin();
    sr_keys_argument(&keys, 0, "count=9");
    sr_keys_argument(&keys, 1, "whole=[4,5]");
    sr_keys_argument(&keys, 2, "part.schedule=silu");
    sr_keys_argument(&keys, 3, "label=a=b");
    sr_keys_argument(&keys, 4, "words=fgsm,pgd-20");
    sr_keys_argument(&keys, 5, "part.alpha=");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_int_eq(whole.thing.count, 9);
    ck_assert_int_eq(whole.thing.whole.n, 2);
    ck_assert_str_eq(whole.part.schedule.name, "silu");
    ck_assert_str_eq(whole.thing.label, "a=b");
    ck_assert_int_eq(whole.thing.words.n, 2);
    ck_assert(isnan(whole.part.alpha));
    ck_assert_int_eq(sr_keys_find(&keys, "whole")->origin.at.line, 2);
    ck_assert_ptr_null(sr_keys_find(&keys, "whole")->origin.at.path);
}
END_TEST

static const struct {
    const char *word, *says;
    int column;
} bad_arguments[] = {
    {"count=x", "count: 'x' is not a whole number", 7},
    {"count=", "count: '' is not a whole number", 7},
    {"cuont=3", "unknown key 'cuont'; did you mean 'count'?", 1},
    {"part=x", "part: takes a map of keys", 6},
    {"part.schedul.name=x", "unknown key 'part.schedul.name'", 1},
    {"part.layers=[]", "part.layers can only be given in a file", 1},
    {"on=yes", "write true", 4},
    {"=3", "unknown key ''", 1},
    {"count", "expected key=value", 1},
    {"whole=[1", "one bracket without the other", 7},
    {"path=/caf\xe9", "path: '/caf?' has control characters in it", 6},
    {"label=a\tb", "label: 'a?b' has control characters in it", 7},
};

START_TEST(wrong_arguments_are_located)
{
    for (size_t i = 0; i < sizeof bad_arguments / sizeof *bad_arguments; i++) {
        begin();
        sr_keys_argument(&keys, 4, bad_arguments[i].word);
        check_problem(bad_arguments[i].word, bad_arguments[i].says, 5,
                      bad_arguments[i].column);
        ck_assert_ptr_null(problems.list[0].at.path);
    }
}
END_TEST

START_TEST(what_rows_cannot_describe_goes_to_its_reader)
{
    fill("part:\n  layers: [a, {b: c}]\n  alpha: 2\n");
    ck_assert_int_eq(problems.n, 0);
    ck_assert_int_eq(whole.special_calls, 1);
    ck_assert_double_eq(whole.part.alpha, 2);
}
END_TEST

/* Thousands of unknown keys end in a full list, not in a long wait. */
START_TEST(the_list_of_problems_is_limited)
{
    char *text = SR_TAKE(sr_test_arena(), 100000, char);
    size_t used = 0;
    for (int i = 0; i < 4000; i++)
        used += (size_t)sprintf(text + used, "key_%d: 1\n", i);
    fill(text);
    ck_assert_int_eq(problems.n, SR_PROBLEMS_MAX);
}
END_TEST

START_TEST(problems_are_sorted_by_place)
{
    static const char *const paths[] = {"a.yaml", "b.yaml"};
    begin();
    sr_problems_add(&problems, (struct sr_src){NULL, 1, 1}, "argument");
    sr_problems_add(&problems, (struct sr_src){paths[1], 1, 1}, "base");
    sr_problems_add(&problems, (struct sr_src){paths[0], 9, 2}, "third");
    sr_problems_add(&problems, (struct sr_src){paths[0], 9, 1}, "second");
    sr_problems_add(&problems, (struct sr_src){paths[0], 2, 7}, "first");
    sr_problems_sort(&problems, 2, paths);
    static const char *const want[] = {"first", "second", "third", "base",
                                       "argument"};
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(problems.list[i].text, want[i]);
}
END_TEST

SR_SUITE(config_fill)
{
    return sr_suite(
        "config/fill",
        (const TTest *[]){
            defaults_without_a_file, every_type_from_yaml,
            every_mistake_is_named_where_it_is,
            a_refused_value_changes_nothing_and_is_marked,
            a_list_may_have_32_elements, a_word_for_a_group_is_its_name,
            a_group_without_keys_is_empty, a_scalar_takes_back_its_group,
            the_later_file_wins_and_lists_are_replaced,
            paths_are_relative_to_their_file, arguments_set_keys,
            wrong_arguments_are_located,
            what_rows_cannot_describe_goes_to_its_reader,
            the_list_of_problems_is_limited, problems_are_sorted_by_place,
            NULL});
}
