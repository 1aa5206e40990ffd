#include "config/exp.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "config/layers_fill.h"
#include "config/rules.h"
#include "train/objective.h"

enum { FILES_MAX = 8 };

/* clang-format off */
static const struct sr_opt top_rows[] = {
    SR_TEXT(struct sr_exp_opts, name, "", "of the run and its directory; the file's name if left out"),
    SR_INT(struct sr_exp_opts, seed, "1", 0, 9e15, "", "from which everything random follows"),
    {.key = NULL}
};

const struct sr_section sr_sections[] = {
    { "",            top_rows,           offsetof(struct sr_exp, top)        },
    { "data.",       sr_data_rows,       offsetof(struct sr_exp, data)       },
    { "model.",      sr_model_rows,      offsetof(struct sr_exp, model)      },
    { "activation.", sr_activation_rows, offsetof(struct sr_exp, activation) },
    { "attack.",     sr_attack_rows,     offsetof(struct sr_exp, attack)     },
    { "train.",      sr_train_rows,      offsetof(struct sr_exp, train)      },
    { "eval.",       sr_eval_rows,       offsetof(struct sr_exp, eval)       },
    { "engine.",     sr_engine_rows,     offsetof(struct sr_exp, engine)     },
    { "logging.",    sr_logging_rows,    offsetof(struct sr_exp, logging)    },
    { NULL,          NULL,               0                                   },
};
/* clang-format on */

/* A file and what it extends, outermost first. */
struct chain {
    int n;
    const char *path[FILES_MAX];
    const struct sr_yaml *root[FILES_MAX];
    dev_t device[FILES_MAX];
    ino_t inode[FILES_MAX];
    bool broken; /* a part of the settings is not known */
};

/* Has the chain met this file under any name?  Remembers it for the next. */
static bool is_cycle(struct chain *chain, const char *path)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return false; /* reading it will say why */
    for (int i = 0; i < chain->n; i++)
        if (chain->device[i] == s.st_dev && chain->inode[i] == s.st_ino)
            return true;
    if (chain->n < FILES_MAX) {
        chain->device[chain->n] = s.st_dev;
        chain->inode[chain->n] = s.st_ino;
    }
    return false;
}

/* Why `base` cannot be the next file of the chain, or NULL.  From ARENA. */
static const char *unfit(struct chain *chain, const char *base,
                         struct sr_arena *arena)
{
    if (!sr_file_exists(base))
        return sr_arena_format(arena, "there is no file %s", base);
    if (is_cycle(chain, base))
        return sr_arena_format(arena, "%s, which is this file or extends it",
                               base);
    if (chain->n == FILES_MAX)
        return sr_arena_format(arena, "more than %d files on top of each other",
                               FILES_MAX);
    return NULL;
}

/* The file that `root` extends; NULL for none, or none that can be read. */
static const char *base_of(struct chain *chain, const char *path,
                           const struct sr_yaml *root, struct sr_arena *arena,
                           struct sr_problems *problems)
{
    const struct sr_yaml *node = sr_yaml_find(root, "extends");
    if (!node)
        return NULL;
    const char *base = NULL, *why = "takes the path of one file";
    if (node->kind == SR_YAML_SCALAR && *node->text) {
        base = sr_file_join(arena, sr_file_dir(arena, path), node->text);
        why = unfit(chain, base, arena);
    }
    if (!why)
        return base;
    chain->broken = true;
    sr_problems_add(problems, node->at, "extends: %s", why);
    return NULL;
}

static void read_chain(struct chain *chain, const char *path,
                       struct sr_arena *arena, struct sr_problems *problems)
{
    if (path)
        is_cycle(chain, path);
    while (path) {
        const struct sr_yaml *root = sr_yaml_read(path, arena, problems);
        chain->path[chain->n] = path;
        chain->root[chain->n++] = root;
        if (!root)
            chain->broken = true;
        path = root ? base_of(chain, path, root, arena, problems) : NULL;
    }
}

static void fill_layers(void *whole, const struct sr_yaml *node,
                        struct sr_arena *arena, struct sr_problems *problems)
{
    struct sr_exp *exp = whole;
    exp->model.layers = NULL;
    exp->layers_at = (struct sr_src){0};
    if (sr_yaml_is_null(node))
        return; /* takes back the list of the file it extends */
    exp->layers_at = node->key_at;
    exp->model.layers = sr_layers_fill(node, arena, problems);
}

/* A run without a name is called as its file is. */
static void name_after_file(struct sr_exp *exp, const char *path,
                            struct sr_arena *arena)
{
    struct sr_key *key = sr_keys_find(&exp->keys, "name");
    if (*exp->top.name || key->origin.bad)
        return;
    const char *slash = path ? strrchr(path, '/') : NULL;
    char *name = sr_arena_text(arena, slash ? slash + 1 : path ? path : "run");
    name[strcspn(name, ".")] = '\0';
    exp->top.name = *name ? name : "run";
    if (path)
        key->origin.note = "the file's name";
}

/* What the config leaves open is as the authors of its method have it. */
static void settle_method(struct sr_exp *exp, struct sr_arena *arena)
{
    const struct sr_objective *method = sr_objective_find(exp->train.method);
    const struct {
        const char *key, *word;
    } usual[] = {
        {"attack.loss", method->loss},
        {"attack.start", method->start},
        {"attack.batchnorm", method->batchnorm},
    };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        struct sr_key *key = sr_keys_find(&exp->keys, usual[i].key);
        char why[512];
        if (!sr_origin_is_default(&key->origin) || key->origin.bad ||
            strcmp(key->row->fallback, usual[i].word) == 0)
            continue;
        SR_REQUIRE(
            sr_opt_set(key->row, key->base, usual[i].word, why, sizeof why));
        key->origin.note =
            sr_arena_format(arena, "as the authors of %s", method->name);
    }
}

void sr_exp_read(const char *path, int overrides, char *const *override,
                 struct sr_arena *arena, struct sr_exp **exp,
                 struct sr_problems *problems)
{
    struct sr_exp *e = SR_TAKE(arena, 1, struct sr_exp);
    struct chain chain = {0};
    *exp = e;
    sr_problems_begin(problems, arena);
    sr_keys_begin(&e->keys, sr_sections, e, arena, problems);
    e->keys.special = "model.layers";
    e->keys.fill_special = fill_layers;

    read_chain(&chain, path, arena, problems);
    for (int i = chain.n - 1; i >= 0; i--)
        if (chain.root[i])
            sr_keys_fill(&e->keys, chain.root[i], "extends");
    for (int i = 0; i < overrides; i++)
        sr_keys_argument(&e->keys, i, override[i]);
    name_after_file(e, path, arena);
    if (!chain.broken) {
        settle_method(e, arena);
        sr_rules_check(e, path, arena, problems);
    }
    sr_problems_sort(problems, chain.n, chain.path);
}

void sr_exp_normalise(struct sr_exp *exp, int channels, const double *mean,
                      const double *std)
{
    struct sr_reals *m = &exp->model.mean, *s = &exp->model.std;
    const bool none = std[0] == 0; /* x goes in as it is */
    if (m->n > 0)
        return; /* and s->n too, says a rule */
    m->n = s->n = channels;
    for (int i = 0; i < channels; i++) {
        m->v[i] = none ? 0 : mean[i];
        s->v[i] = none ? 1 : std[i];
    }
    const char *note =
        none ? "none: the data set has no usual one" : "the data set's own";
    sr_keys_find(&exp->keys, "model.mean")->origin.note = note;
    sr_keys_find(&exp->keys, "model.std")->origin.note = note;
}
