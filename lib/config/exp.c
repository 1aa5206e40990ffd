#include "config/exp.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "config/layers_fill.h"
#include "config/rules.h"

enum { FILES_MAX = 8 };

/* clang-format off */
static const struct sr_opt top_rows[] = {
    SR_TEXT(struct sr_exp_opts, name, "", "of the run and its directory; the file's name if left out"),
    SR_INT(struct sr_exp_opts, seed, "1", 0, 9007199254740992.0, "", "from which everything random follows"),
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
    chain->device[chain->n] = s.st_dev;
    chain->inode[chain->n] = s.st_ino;
    return false;
}

/* The file that `root` extends; NULL for none, or none that can be read. */
static const char *base_of(struct chain *chain, const char *path,
                           const struct sr_yaml *root, struct sr_arena *arena,
                           struct sr_problems *problems)
{
    const struct sr_yaml *node = sr_yaml_find(root, "extends");
    if (!node)
        return NULL;
    if (node->kind != SR_YAML_SCALAR || !*node->text) {
        sr_problems_add(problems, node->at,
                        "extends: takes the path of one file");
        return NULL;
    }
    const char *base =
        *node->text == '/'
            ? node->text
            : sr_file_join(arena, sr_file_dir(arena, path), node->text);
    if (is_cycle(chain, base)) {
        sr_problems_add(problems, node->at,
                        "extends: %s, which is this file or extends it", base);
        return NULL;
    }
    if (chain->n == FILES_MAX) {
        sr_problems_add(problems, node->at,
                        "extends: more than %d files on top of each other",
                        FILES_MAX);
        return NULL;
    }
    if (!sr_file_exists(base)) {
        sr_problems_add(problems, node->at, "extends: there is no file %s",
                        base);
        return NULL;
    }
    return base;
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
        path = root ? base_of(chain, path, root, arena, problems) : NULL;
    }
}

static void fill_layers(void *whole, const struct sr_yaml *node,
                        struct sr_arena *arena, struct sr_problems *problems)
{
    struct sr_exp *exp = whole;
    exp->model.layers = NULL;
    if (sr_yaml_is_null(node))
        return; /* takes back the list of the file it extends */
    struct sr_layers *layers = SR_TAKE(arena, 1, struct sr_layers);
    sr_layers_fill(layers, node, arena, problems);
    exp->model.layers = layers;
    exp->layers_at = node->key_at;
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
    bool readable = true;
    for (int i = chain.n - 1; i >= 0; i--) {
        if (chain.root[i])
            sr_keys_fill(&e->keys, chain.root[i], "extends");
        else
            readable = false;
    }
    for (int i = 0; i < overrides; i++)
        sr_keys_argument(&e->keys, i, override[i]);
    name_after_file(e, path, arena);
    if (readable)
        sr_rules_check(e, path, arena, problems);
    sr_problems_sort(problems, chain.n, chain.path);
}

static void set_reals(struct sr_exp *exp, const char *name,
                      struct sr_reals *list, int n, const double *values)
{
    if (list->n > 0)
        return;
    list->n = n;
    memcpy(list->v, values, (size_t)n * sizeof *values);
    sr_keys_find(&exp->keys, name)->origin.note = "the data set's own";
}

void sr_exp_normalise(struct sr_exp *exp, int channels, const double *mean,
                      const double *std)
{
    set_reals(exp, "model.mean", &exp->model.mean, channels, mean);
    set_reals(exp, "model.std", &exp->model.std, channels, std);
}
