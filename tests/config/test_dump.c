#include "test.h"

#include <stdio.h>

#include "config/exp.h"

static struct sr_problems problems;

static struct sr_exp *read(const char *name, const char *text)
{
    struct sr_exp *exp;
    const char *path = sr_test_file(name, text, strlen(text));
    sr_exp_read(path, 0, NULL, sr_test_arena(), &exp, &problems);
    ck_assert_msg(problems.n == 0, "%s: %s", text, problems.list[0].text);
    return exp;
}

static const char *hash(const struct sr_exp *exp)
{
    char *text = SR_TAKE(sr_test_arena(), SR_SHA256_TEXT, char);
    sr_exp_hash(exp, sr_test_arena(), text);
    return text;
}

/* What is hard to write down and read again. */
static const char *const hard[] = {
    "data: {dataset: cifar10}\n",
    "data: {dataset: cifar10, path: \"/a b/#c: d\\\"e\\\\\\xe9\"}\n",
    "data: {dataset: cifar10, path: 'null', test_path: '~'}\n",
    "data: {dataset: cifar10, path: 'it''s: [1, 2]'}\n",
    "data: {dataset: cifar10, augment: [flip]}\n"
    "attack: {epsilon: 1/3, step_size: 1e-17}\n"
    "train: {lr: 0.30000000000000004, weight_decay: 5e-324}\n",
    "data: {dataset: mnist}\nmodel: {mean: [0.1307, 1/3], std: [1/7, 2]}\n",
    "data: {dataset: mnist}\nactivation: {forward: softplus, alpha: 20/3}\n",
    "data: {dataset: mnist}\n"
    "activation: {forward: relu, backward: {attack: elu, update: softplus},\n"
    "             alpha: {attack: 0.7}}\n",
    "data: {dataset: mnist}\neval: {attack: [fgsm, pgd-50x10]}\n",
    "data: {dataset: mnist}\nmodel:\n  arch: sequential\n  layers:\n"
    "    - conv: {out: 8, kernel: 3, name: 'odd: name, \"x\"'}\n"
    "    - activation: {forward: relu, backward: {update: softplus},\n"
    "                   alpha: {update: 10/3}}\n"
    "    - activation: {forward: elu, alpha: 2}\n"
    "    - activation\n"
    "    - globalpool: {name: '~'}\n    - flatten: {name: 'null'}\n    - "
    "linear: {out: 10}\n",
};

static void check_round_trip(const char *text)
{
    const struct sr_exp *first = read("first.yaml", text);
    const char *name =
        sr_arena_format(sr_test_arena(), "name: %s\n%s", first->top.name, text);
    first = read("first.yaml", name); /* the name is else that of the file */
    for (enum sr_dump how = SR_DUMP_PLAIN; how <= SR_DUMP_HELP; how++) {
        const char *dump = sr_exp_dump(first, how, sr_test_arena());
        const struct sr_exp *second = read("second.yaml", dump);
        ck_assert_str_eq(sr_exp_dump(second, SR_DUMP_PLAIN, sr_test_arena()),
                         sr_exp_dump(first, SR_DUMP_PLAIN, sr_test_arena()));
        ck_assert_str_eq(hash(second), hash(first));
        ck_assert_double_eq(second->attack.epsilon, first->attack.epsilon);
        ck_assert_double_eq(second->train.lr, first->train.lr);
        ck_assert_double_eq(second->acts.alpha[SR_ROLE_ATTACK],
                            first->acts.alpha[SR_ROLE_ATTACK]);
        ck_assert_mem_eq(&second->train.schedule.milestones,
                         &first->train.schedule.milestones,
                         sizeof first->train.schedule.milestones);
        ck_assert_mem_eq(&second->model.mean, &first->model.mean,
                         sizeof first->model.mean);
        ck_assert_str_eq(second->data.path ? second->data.path : "",
                         first->data.path ? first->data.path : "");
    }
}

START_TEST(a_dump_reads_back_to_the_same)
{
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        check_round_trip(hard[i]);
}
END_TEST

/* Every key of every section is in the dump, set or not, but for numbers that
 * somebody else knows where they are left out. */
START_TEST(a_dump_is_complete)
{
    const struct sr_exp *exp = read("x.yaml", "data: {dataset: mnist}\n");
    const char *dump = sr_exp_dump(exp, SR_DUMP_PLAIN, sr_test_arena());
    for (const struct sr_section *s = sr_sections; s->rows; s++)
        for (const struct sr_opt *row = s->rows; row->key; row++) {
            if (row->type == SR_OPT_REAL && !*row->fallback)
                continue;
            const char *dot = strrchr(row->key, '.');
            const char *line = sr_arena_format(sr_test_arena(),
                                               "%s:", dot ? dot + 1 : row->key);
            ck_assert_msg(strstr(dump, line), "%s%s", s->prefix, row->key);
        }
}
END_TEST

START_TEST(comments_say_where_values_come_from)
{
    struct sr_exp *exp;
    const char *text = "data: {dataset: mnist}\nseed: 4\n"
                       "activation: {forward: softplus, alpha: 5}\n";
    const char *path = sr_test_file("x.yaml", text, strlen(text));
    char *set[] = {"train.epochs=3", "attack.epsilon=2/255"};
    sr_exp_read(path, 2, set, sr_test_arena(), &exp, &problems);
    ck_assert_int_eq(problems.n, 0);
    const char *dump = sr_exp_dump(exp, SR_DUMP_ORIGINS, sr_test_arena());

    const char *const want[] = {
        sr_arena_format(sr_test_arena(), "seed: 4%38s %s:2\n", "#", path),
        "    epochs: 3                               # argument 1\n",
        "    epsilon: 2/255                          # argument 2\n",
        "    momentum: 0.9                           # default\n",
        "        attack: softplus                    # as forward\n",
        sr_arena_format(sr_test_arena(), "        update: 5%28s %s:3\n", "#",
                        path),
        "name: x                                     # the file's name\n",
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_msg(strstr(dump, want[i]), "no line %s", want[i]);
}
END_TEST

START_TEST(the_hash_is_of_what_decides_the_weights)
{
#define BASE "data: {dataset: mnist}\n"
    const char *base = hash(read("x.yaml", BASE));
    static const char *const same[] = {
        "name: other\n" BASE,
        BASE "engine: {threads: 3}\n",
        BASE "eval: {attack: fgsm, epsilon: 0.5}\n",
        BASE "train: {log_every: 7, checkpoint_every: 3}\n",
        BASE "attack: {epsilon: 16/510}\n", /* the same double as 8/255 */
    };
    static const char *const other[] = {
        "seed: 2\n" BASE,
        "data: {dataset: fashion-mnist}\n",
        BASE "attack: {epsilon: 8.0000001/255}\n",
        BASE "activation: {forward: silu}\n",
        BASE "activation: {backward: {update: softplus}}\n",
        BASE "train: {epochs: 31}\n",
        BASE "engine: {conv: im2col}\n",
        BASE
        "model: {arch: sequential, layers: [flatten, linear: {out: 10}]}\n",
        BASE
        "model: {arch: sequential, layers: [flatten, linear: {out: 11}]}\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_msg(strcmp(hash(read("x.yaml", same[i])), base) == 0, "%s",
                      same[i]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(strcmp(hash(read("x.yaml", other[i])), base) != 0, "%s",
                      other[i]);
        /* Patience ends a run by what validation finds. */
#define ENDS BASE "train: {patience: 3}\n"
    const char *ends = hash(read("x.yaml", ENDS));
    ck_assert_str_ne(hash(read("x.yaml", ENDS "eval: {attack: fgsm}\n")), ends);
    ck_assert_str_ne(hash(read("x.yaml", ENDS "eval: {every: 2}\n")), ends);
    ck_assert_str_eq(hash(read("x.yaml", ENDS "eval: {batch_size: 7}\n")),
                     ends);
    const size_t last = sizeof other / sizeof *other - 1;
    ck_assert_str_ne(hash(read("x.yaml", other[last])),
                     hash(read("x.yaml", other[last - 1])));
}
END_TEST

static const char *network(const char *text)
{
    char *sum = SR_TAKE(sr_test_arena(), SR_SHA256_TEXT, char);
    sr_exp_hash_network(read("x.yaml", text), sr_test_arena(), sum);
    return sum;
}

START_TEST(the_hash_of_the_network_is_of_what_it_computes)
{
#define NET(out)                                                               \
    "model: {arch: sequential, layers: [flatten, linear: {out: " out "}]}\n"
    const char *base = network(BASE NET("10"));
    static const char *const same[] = {
        BASE NET("10") "train: {lr: 0.3}\n",
        "seed: 2\n" BASE NET("10"),
        "data: {dataset: mnist, path: elsewhere}\n" NET("10"),
    };
    static const char *const other[] = {
        BASE NET("11"),
        BASE,
        BASE NET("10") "activation: {forward: silu}\n",
        BASE NET("10") "activation: {backward: {attack: silu}}\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_msg(strcmp(network(same[i]), base) == 0, "%s", same[i]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(strcmp(network(other[i]), base) != 0, "%s", other[i]);
}
END_TEST

SR_SUITE(config_dump)
{
    return sr_suite(
        "config/dump",
        (const TTest *[]){a_dump_reads_back_to_the_same, a_dump_is_complete,
                          comments_say_where_values_come_from,
                          the_hash_of_the_network_is_of_what_it_computes,
                          the_hash_is_of_what_decides_the_weights, NULL});
}
