#include "test.h"

#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "config/exp.h"
#include "model/layers.h"

#define GOOD "data: {dataset: cifar10}\n"

static struct sr_problems problems;

/* All files of a test lie beside each other. */
static const char *write(const char *name, const char *text)
{
    static const char *dir;
    struct sr_err err;
    if (!dir)
        dir = sr_test_dir();
    const char *path = sr_file_join(sr_test_arena(), dir, name);
    SR_GOOD(sr_file_write(path, text, strlen(text), &err), err);
    return path;
}

static struct sr_exp *read_with(const char *path, int n, char *const *override)
{
    struct sr_exp *exp;
    sr_exp_read(path, n, override, sr_test_arena(), &exp, &problems);
    return exp;
}

static struct sr_exp *read(const char *text)
{
    return read_with(write("x.yaml", text), 0, NULL);
}

static struct sr_exp *read_good(const char *text)
{
    struct sr_exp *exp = read(text);
    ck_assert_msg(problems.n == 0, "%s: %s", text, problems.list[0].text);
    return exp;
}

static void check_problem(const char *text, const char *piece, int line,
                          int column)
{
    ck_assert_msg(problems.n == 1, "%s: %d problems: %s", text, problems.n,
                  problems.list[0].text);
    const struct sr_err *p = &problems.list[0];
    ck_assert_msg(strstr(p->text, piece), "%s: \"%s\" is not in \"%s\"", text,
                  piece, p->text);
    ck_assert_msg(p->at.line == line && p->at.column == column,
                  "%s: at %d:%d: %s", text, p->at.line, p->at.column, p->text);
}

START_TEST(the_sections_are_where_the_design_says)
{
    const struct sr_exp *exp = read_good(
        "name: a-b_c.1\nseed: 7\n"
        "data: {dataset: cifar100, augment: [crop, flip], limit: 10}\n"
        "model: {arch: resnet18}\n"
        "activation:\n  forward: relu\n  backward: {attack: softplus}\n"
        "  alpha: 3\n"
        "attack: {name: fgsm, norm: l2, epsilon: 1/2, step_size: 0.25}\n"
        "train:\n  method: standard\n  weight_decay: 5e-4\n"
        "  schedule: {name: piecewise, milestones: [15, 25]}\n"
        "eval: {attack: [pgd-10, pgd-50x10], epsilon: 4/255, every: 0}\n"
        "engine: {threads: 2, conv: im2col}\n");
    ck_assert_str_eq(exp->top.name, "a-b_c.1");
    ck_assert_int_eq(exp->top.seed, 7);
    ck_assert_str_eq(exp->data.dataset, "cifar100");
    ck_assert_int_eq(exp->data.augment.n, 2);
    ck_assert_str_eq(exp->model.arch, "resnet18");
    ck_assert_str_eq(exp->acts.act[SR_ROLE_FORWARD]->name, "relu");
    ck_assert_str_eq(exp->acts.act[SR_ROLE_ATTACK]->name, "softplus");
    ck_assert_str_eq(exp->acts.act[SR_ROLE_UPDATE]->name, "relu");
    ck_assert_double_eq(exp->acts.alpha[SR_ROLE_ATTACK], 3);
    ck_assert_int_eq(exp->attack.norm, SR_L2);
    ck_assert_double_eq(exp->attack.epsilon, 0.5);
    ck_assert_str_eq(exp->train.method, "standard");
    ck_assert_double_eq(exp->train.weight_decay, 5e-4);
    ck_assert_double_eq(exp->train.schedule.milestones.v[1], 25);
    ck_assert_int_eq(exp->eval.attack.n, 2);
    ck_assert_double_eq(exp->eval.how.epsilon, 4 / 255.0);
    ck_assert_int_eq(exp->eval.every, 0);
    ck_assert_int_eq(exp->engine.threads, 2);
    ck_assert_int_eq(exp->engine.conv, SR_CONV_IM2COL);
}
END_TEST

/* What the authors of a method do is its default, written down; what a config
 * says wins, and a method that is as all others changes nothing. */
START_TEST(a_method_brings_its_authors_settings)
{
    const struct sr_exp *exp = read_good(GOOD "train: {method: trades}\n");
    ck_assert_int_eq(exp->attack.loss, SR_LOSS_KL);
    ck_assert_int_eq(exp->attack.start, SR_START_NORMAL);
    ck_assert_int_eq(exp->attack.batchnorm, SR_BN_INFERENCE);
    const char *text = sr_exp_dump(exp, SR_DUMP_ORIGINS, sr_test_arena());
    ck_assert_ptr_nonnull(strstr(text, "# as the authors of trades"));

    exp = read_good(GOOD "train: {method: trades}\nattack: {loss: ce}\n");
    ck_assert_int_eq(exp->attack.loss, SR_LOSS_CE);
    ck_assert_int_eq(exp->attack.start, SR_START_NORMAL);

    exp = read_good(GOOD "train: {method: adversarial}\n");
    ck_assert_int_eq(exp->attack.loss, SR_LOSS_CE);
    ck_assert_int_eq(exp->attack.start, SR_START_UNIFORM);
}
END_TEST

START_TEST(a_run_is_called_as_its_file)
{
    ck_assert_str_eq(read_good(GOOD)->top.name, "x");
    char *set[] = {"data.dataset=mnist"};
    ck_assert_str_eq(read_with(NULL, 1, set)->top.name, "run");
    ck_assert_int_eq(problems.n, 0);
}
END_TEST

static const struct {
    const char *text, *says;
    int line, column;
} broken[] = {
    {"name: -x\n" GOOD, "name: '-x' cannot name a directory", 1, 7},
    {"name: a b\n" GOOD, "cannot name a directory", 1, 7},
    {"name: ../x\n" GOOD, "cannot name a directory", 1, 7},
    {"seed: 1\n", "data.dataset: not given; there are: cifar10", 0, 0},
    {GOOD "attack: {step_size: 20/255}\n",
     "a step of 0.0784314 is longer than the ball is wide, 2 epsilon = "
     "0.0627451",
     2, 21},
    {GOOD "attack: {epsilon: 1/255, step_size: 2.1/255}\n", "a step of", 2, 37},
    {GOOD "attack:\n  epsilon: 0.5/255\n", "a step of", 3, 12},
    {GOOD "attack: {norm: linf, epsilon: 2, step_size: 1}\n",
     "attack.epsilon: epsilon 2 is outside [0, 1]", 2, 31},
    {GOOD "eval: {epsilon: 0.001}\n", "eval.step_size: a step of", 2, 17},
    {GOOD "eval: {norm: linf, epsilon: 8}\n", "eval.epsilon: epsilon 8", 2, 29},
    {GOOD "attack: {loss: kl, targeted: true}\n",
     "attack.loss: kl leads away from a prediction", 2, 16},
    {GOOD "attack: {random_start: false}\neval: {loss: kl, attack: fgsm}\n",
     "eval.loss: kl has no slope at the image itself, where fgsm starts", 3,
     14},
    {GOOD "attack: {random_start: false, loss: kl}\n",
     "attack.loss: kl has no slope at the image itself, where pgd starts", 2,
     37},
    {GOOD "train: {method: trades}\nattack: {random_start: false}\n",
     "attack.loss: kl has no slope at the image itself, where pgd starts", 3,
     24},
    {GOOD "train: {method: mart, label_smoothing: 0.1}\n",
     "train.label_smoothing: mart has no smoothed form", 2, 40},
    {GOOD "train: {method: free}\nattack: {norm: l2}\n",
     "attack.norm: free training is defined for linf", 3, 16},
    {GOOD "train: {method: free}\nattack: {loss: margin}\n",
     "attack.loss: free training attacks with the loss it trains", 3, 16},
    {GOOD "train: {method: free}\nattack: {batchnorm: inference}\n",
     "attack.batchnorm: free training has one pass", 3, 21},
    {GOOD "train: {method: free}\nactivation: {backward: {update: silu}}\n",
     "activation.backward.attack: free training has one pass", 2, 17},
    {GOOD "train: {patience: 3}\neval: {every: 4}\n",
     "train.patience: in 3 epochs there is no validation, eval.every is 4", 2,
     19},
    {GOOD "eval: {every: 0}\ntrain: {result: best}\n",
     "train.result: no checkpoint is the best", 3, 17},
    {GOOD "eval:\n  attack: pgd-x\n", "no attack 'pgd-x'; there are: fgsm", 3,
     11},
    {GOOD "eval:\n  attack:\n    - pgd-10\n    - bad\n", "no attack 'bad'", 5,
     7},
    {GOOD "eval: {split: validation}\n", "no images are held out", 2, 15},
    {GOOD "train:\n  schedule: piecewise\n",
     "train.schedule.milestones: a piecewise schedule needs", 3, 13},
    {GOOD "train:\n  epochs: 10\n  schedule:\n    name: piecewise\n"
          "    milestones: [5, 10]\n",
     "epoch 10 is never reached by training of 10 epochs", 6, 17},
    {GOOD "train:\n  schedule: {name: piecewise, milestones: [5, 5]}\n",
     "5 after 5; they must rise", 3, 43},
    {GOOD "train: {epochs: 2, schedule: {warmup: 2}}\n",
     "2 epochs of warm-up leave nothing of the 2", 2, 39},
    {GOOD "train: {nesterov: true, momentum: 0}\n", "train.momentum is 0", 2,
     19},
    {GOOD "model: {mean: [0.5, 0.5, 0.5]}\n",
     "model.mean has 3 values and model.std 0", 2, 15},
    {GOOD "model: {arch: resnet20, depth: 21}\n",
     "model.depth: resnet20 has 6 n + 2 layers", 2, 32},
    {GOOD "model: {arch: resnet50, blocks: [3, 4], width: 2}\n",
     "model.blocks: 2 numbers for the 4 stages of resnet50", 2, 33},
    {GOOD "model: {groups: 2}\n", "model.groups: resnet18 does not take it", 2,
     17},
    {GOOD "model: {reset_head: true}\n",
     "model.reset_head: there are no model.weights to load", 2, 21},
    {GOOD "model: {arch: sequential}\n",
     "sequential needs the list model.layers", 2, 15},
    {GOOD "model: {arch: sequential, layers: []}\n",
     "sequential needs the list model.layers", 2, 27},
    {GOOD "model: {arch: resnet18, layers: [flatten]}\n",
     "only arch: sequential is built from a list; model.arch is resnet18", 2,
     25},
    {GOOD "model: {arch: sequential, layers: flatten}\n",
     "model.layers: takes a list of layers", 2, 35},
    {GOOD "activation: {forward: softplus, alpha: 1e5}\n", "softplus", 2, 40},
    {GOOD "activation: {forward: relu, backward: {attack: psilu}}\n", "psilu",
     2, 48},
    {GOOD "activation: {forward: relu, alpha: {forward: 3}}\n",
     "activation.alpha.forward is 3, but relu takes no alpha", 2, 46},
    {"extends: 3\n" GOOD, "there is no file", 1, 10},
    {"extends: [a]\n" GOOD, "takes the path of one file", 1, 10},
    {"extends: ''\n" GOOD, "takes the path of one file", 1, 10},
    {"extends: x.yaml\n" GOOD, "which is this file or extends it", 1, 10},
    {"extends: ./x.yaml\n" GOOD, "which is this file or extends it", 1, 10},
};

START_TEST(rules_between_settings)
{
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        read(broken[i].text);
        check_problem(broken[i].text, broken[i].says, broken[i].line,
                      broken[i].column);
    }
}
END_TEST

static const char *const allowed[] = {
    GOOD "attack: {epsilon: 0}\n",        /* a sanity check needs it */
    GOOD "attack: {step_size: 10/255}\n", /* Wong et al. 2020        */
    GOOD "attack: {norm: l2, epsilon: 2, step_size: 0.5}\n",
    GOOD "train: {schedule: cosine}\n",
    GOOD "train:\n  schedule:\n    milestones: [99]\n", /* not piecewise   */
    GOOD "activation: {forward: psilu}\n",
    GOOD "train:\n",
};

START_TEST(what_looks_odd_and_is_allowed)
{
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        read_good(allowed[i]);
}
END_TEST

/* A refused value must not lead to a second complaint by a rule. */
START_TEST(one_mistake_is_told_once)
{
    read(GOOD "attack: {epsilon: x, step_size: 0.5}\n");
    check_problem("epsilon", "attack.epsilon: 'x' is not a number", 2, 19);
    read(GOOD "activation: {forward: silly, alpha: 1e5}\n");
    check_problem("forward", "did you mean 'silu'?", 2, 23);
    read("data: {dataset: cifar}\n");
    ck_assert_int_eq(problems.n, 1);
}
END_TEST

START_TEST(a_file_extends_another)
{
    write("base.yaml",
          "name: base\nseed: 3\n" GOOD "attack: {steps: 4, epsilon: 0.1}\n");
    write("middle.yaml", "extends: base.yaml\nattack: {steps: 5}\n");
    const char *path =
        write("top.yaml", "extends: middle.yaml\nname: top\nseed: 9\n");
    char *set[] = {"seed=11"};
    const struct sr_exp *exp = read_with(path, 1, set);
    ck_assert_msg(problems.n == 0, "%s", problems.list[0].text);
    ck_assert_str_eq(exp->top.name, "top");
    ck_assert_int_eq(exp->top.seed, 11);
    ck_assert_int_eq(exp->attack.steps, 5);
    ck_assert_double_eq(exp->attack.epsilon, 0.1);

    const struct sr_key *steps = sr_keys_find(&exp->keys, "attack.steps");
    ck_assert_ptr_nonnull(strstr(steps->origin.at.path, "middle.yaml"));
    ck_assert_int_eq(steps->origin.at.line, 2);
}
END_TEST

START_TEST(problems_of_all_files_come_out)
{
    write("base.yaml", "seed: x\n" GOOD);
    const char *path = write("top.yaml", "extends: base.yaml\nepocs: 3\n");
    char *set[] = {"attack.steps=y"};
    read_with(path, 1, set);
    ck_assert_int_eq(problems.n, 3);
    ck_assert_ptr_nonnull(strstr(problems.list[0].at.path, "top.yaml"));
    ck_assert_ptr_nonnull(strstr(problems.list[1].at.path, "base.yaml"));
    ck_assert_ptr_null(problems.list[2].at.path);
}
END_TEST

START_TEST(files_that_extend_each_other_in_a_circle)
{
    write("b.yaml", "extends: a.yaml\n");
    const char *path = write("a.yaml", "extends: b.yaml\n" GOOD);
    read_with(path, 0, NULL);
    check_problem("circle", "which is this file or extends it", 1, 10);
    ck_assert_ptr_nonnull(strstr(problems.list[0].at.path, "b.yaml"));
}
END_TEST

START_TEST(eight_files_on_top_of_each_other)
{
    char name[32], text[64];
    write("c0.yaml", GOOD);
    for (int i = 1; i <= 8; i++) {
        snprintf(name, sizeof name, "c%d.yaml", i);
        snprintf(text, sizeof text, "extends: c%d.yaml\n", i - 1);
        const char *path = write(name, text);
        read_with(path, 0, NULL);
        ck_assert_int_eq(problems.n > 0, i == 8);
    }
    ck_assert_ptr_nonnull(strstr(problems.list[0].text, "more than 8 files"));
}
END_TEST

START_TEST(a_base_that_is_no_yaml)
{
    write("base.yaml", "a: [\n");
    read_with(write("top.yaml", "extends: base.yaml\nseed: 1\n"), 0, NULL);
    check_problem("base", "not YAML", 2, 1);
}
END_TEST

START_TEST(alpha_for_all_or_for_each)
{
    const struct sr_exp *exp =
        read_good(GOOD "activation:\n  forward: softplus\n"
                       "  alpha: {forward: 2, attack: 3}\n");
    ck_assert_double_eq(exp->acts.alpha[SR_ROLE_FORWARD], 2);
    ck_assert_double_eq(exp->acts.alpha[SR_ROLE_ATTACK], 3);
    ck_assert_double_eq(exp->acts.alpha[SR_ROLE_UPDATE], 10); /* its own */
}
END_TEST

/* A function of the command line does not inherit the alpha of the one it
 * replaces; an alpha of the command line it keeps. */
START_TEST(a_function_replaced_takes_its_alpha_along)
{
    const char *path =
        write("x.yaml", GOOD "activation:\n  forward: softplus\n"
                             "  backward: {attack: softplus, update: elu}\n"
                             "  alpha: {forward: 2, attack: 3, update: 4}\n");
    char *const words[] = {
        "activation.backward.attack=relu", "activation.backward.update=celu",
        "activation.forward=elu", "activation.alpha.forward=5"};
    const struct sr_exp *exp = read_with(path, 4, words);
    ck_assert_int_eq(problems.n, 0);
    ck_assert_str_eq(exp->acts.act[SR_ROLE_ATTACK]->name, "relu");
    ck_assert_double_eq(exp->acts.alpha[SR_ROLE_FORWARD], 5);
    ck_assert_double_eq(exp->acts.alpha[SR_ROLE_UPDATE], 1); /* its own */

    char *const both[] = {"activation.backward.attack=relu",
                          "activation.alpha.attack=3"};
    read_with(path, 2, both);
    ck_assert_int_eq(problems.n, 1);
    ck_assert_ptr_nonnull(strstr(problems.list[0].text, "takes no alpha"));
}
END_TEST

#define SEQUENTIAL GOOD "model:\n  arch: sequential\n  layers:\n"

START_TEST(layers_are_filled_by_their_rows)
{
    const struct sr_exp *exp = read_good(
        SEQUENTIAL
        "    - conv: {out: 16, kernel: 3, padding: 1, name: conv1}\n"
        "    - activation\n"
        "    - activation:\n        forward: silu\n"
        "        backward: {attack: softplus}\n        alpha: {attack: 4}\n"
        "    - batchnorm:\n"
        "    - linear: {out: 10, bias: false}\n");
    const struct sr_layers *layers = exp->model.layers;
    ck_assert_int_eq(layers->n, 5);
    const struct sr_layer *l = layers->layer;
    ck_assert_str_eq(l[0].kind->name, "conv");
    ck_assert_int_eq(l[0].out, 16);
    ck_assert_int_eq(l[0].stride, 1); /* default */
    ck_assert(l[0].bias);
    ck_assert_str_eq(l[0].name, "conv1");
    ck_assert_int_eq(l[0].at.line, 5);
    ck_assert_str_eq(l[1].kind->name, "activation");
    ck_assert_ptr_null(l[1].activation.forward);
    ck_assert_str_eq(l[2].activation.backward.attack, "softplus");
    ck_assert_double_eq(l[2].activation.alphas.attack, 4);
    ck_assert(isnan(l[2].activation.alpha));
    ck_assert_str_eq(l[3].kind->name, "batchnorm");
    ck_assert(!l[4].bias);
}
END_TEST

static const struct {
    const char *text, *says;
    int line, column;
} bad_layers[] = {
    {"    - convv: {out: 1}\n", "no layer 'convv'; did you mean 'conv'?", 5, 7},
    {"    - dropout\n", "no layer 'dropout'; there are: conv, batchnorm", 5, 7},
    {"    - conv: {out: 1, kernal: 3}\n",
     "unknown key 'model.layers[0].conv.kernal'; did you mean 'kernel'?", 5,
     22},
    {"    - flatten\n    - linear: {out: x}\n",
     "model.layers[1].linear.out: 'x' is not a whole number", 6, 21},
    {"    - conv: {stride: 0}\n", "outside [1, 1048576] pixels", 5, 22},
    {"    - conv: 3\n", "model.layers[0].conv: takes a map of keys", 5, 13},
    {"    - {conv: {out: 1}, flatten: }\n", "a layer is one word", 5, 7},
    {"    - [conv]\n", "a layer is one word", 5, 7},
    {"    - activation: {forward: rleu}\n", "did you mean 'relu'?", 5, 29},
    {"    - activation: {backward: softplus}\n", "takes a map of keys", 5, 30},
};

START_TEST(mistakes_in_layers_are_located)
{
    for (size_t i = 0; i < sizeof bad_layers / sizeof *bad_layers; i++) {
        const char *text = sr_arena_format(sr_test_arena(), "%s%s", SEQUENTIAL,
                                           bad_layers[i].text);
        read(text);
        check_problem(text, bad_layers[i].says, bad_layers[i].line,
                      bad_layers[i].column);
    }
}
END_TEST

START_TEST(a_derived_file_drops_the_layers)
{
    write("base.yaml", SEQUENTIAL "    - flatten\n    - linear: {out: 10}\n");
    const char *path = write(
        "top.yaml", "extends: base.yaml\nmodel: {arch: resnet20, layers: }\n");
    const struct sr_exp *exp = read_with(path, 0, NULL);
    ck_assert_msg(problems.n == 0, "%s", problems.list[0].text);
    ck_assert_ptr_null(exp->model.layers);
}
END_TEST

START_TEST(normalisation_of_the_data_is_recorded)
{
    const double mean[] = {0.25, 0.5, 1 / 3.0}, std[] = {0.5, 0.25, 0.125};
    struct sr_exp *exp = read_good(GOOD);
    sr_exp_normalise(exp, 3, mean, std);
    ck_assert_int_eq(exp->model.std.n, 3);
    ck_assert_double_eq(exp->model.mean.v[2], 1 / 3.0);
    const char *dump = sr_exp_dump(exp, SR_DUMP_ORIGINS, sr_test_arena());
    ck_assert_ptr_nonnull(
        strstr(dump, "mean: [0.25, 0.5, 0.3333333333333333]"));
    ck_assert_ptr_nonnull(strstr(dump, "# the data set's own"));

    exp = read_good(GOOD "model: {mean: [0], std: [1]}\n");
    sr_exp_normalise(exp, 3, mean, std);
    ck_assert_int_eq(exp->model.mean.n, 1);

    exp = read_good(GOOD);
    sr_exp_normalise(exp, 3, mean, (double[3]){0});
    ck_assert_double_eq(exp->model.mean.v[2], 0);
    ck_assert_double_eq(exp->model.std.v[2], 1);
}
END_TEST

SR_SUITE(config_exp)
{
    return sr_suite("config/exp",
                    (const TTest *[]){
                        the_sections_are_where_the_design_says,
                        a_method_brings_its_authors_settings,
                        a_run_is_called_as_its_file, rules_between_settings,
                        what_looks_odd_and_is_allowed, one_mistake_is_told_once,
                        a_file_extends_another, problems_of_all_files_come_out,
                        files_that_extend_each_other_in_a_circle,
                        eight_files_on_top_of_each_other,
                        a_base_that_is_no_yaml, alpha_for_all_or_for_each,
                        a_function_replaced_takes_its_alpha_along,
                        layers_are_filled_by_their_rows,
                        mistakes_in_layers_are_located,
                        a_derived_file_drops_the_layers,
                        normalisation_of_the_data_is_recorded, NULL});
}
