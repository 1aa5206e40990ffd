#include "recipes.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

enum { RECIPES_MAX = 200, CONFIG_BYTES = 1 << 20, ABOUT = 400 };

/* Where configs/ may be, seen from the directory of the program. */
static const char *const places[] = {"configs", "../share/satrun/configs"};
enum { PLACES = sizeof places / sizeof *places };

static char *program_dir(struct sr_arena *arena)
{
    char path[4096];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return sr_file_dir(arena, path);
}

const char *sr_recipe_comment(const char *path, struct sr_arena *arena)
{
    unsigned char *bytes;
    size_t size, end = 0;
    struct sr_err ignored; /* the config is read, and its faults told, later */
    if (sr_file_read(path, CONFIG_BYTES, SR_ECONFIG, arena, &bytes, &size,
                     &ignored) != SR_OK)
        return "";
    const char *text = (const char *)bytes;
    while (text[end] == '#') {
        end += strcspn(text + end, "\n");
        end += text[end] == '\n';
    }
    return sr_arena_format(arena, "%.*s", (int)end, text);
}

/* "et al. 2020" goes on, and so does "e.g. this". */
static bool ends_sentence(const char *p)
{
    if (*p == ';')
        return true;
    return (*p == '.' || *p == ':') &&
           (!p[1] || isspace((unsigned char)p[1])) &&
           !islower((unsigned char)p[1 + strspn(p + 1, " ")]) &&
           !isdigit((unsigned char)p[1 + strspn(p + 1, " ")]);
}

/* The first sentence of a comment, on one line. */
static const char *first_sentence(const char *comment, struct sr_arena *arena)
{
    char text[ABOUT];
    size_t n = 0;
    for (const char *p = comment; *p && n + 1 < sizeof text; p++) {
        const char c = *p == '\n' || *p == '#' ? ' ' : *p;
        if (c != ' ' || (n > 0 && text[n - 1] != ' '))
            text[n++] = c;
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    text[n] = '\0';
    for (char *p = text; *p; p++)
        if (ends_sentence(p)) {
            *p = '\0';
            break;
        }
    return sr_arena_text(arena, text);
}

struct finder {
    struct sr_arena *arena;
    struct sr_recipe *list;
    int n;
};

static void add_file(struct finder *f, const char *path, const char *name)
{
    const size_t length = strlen(name);
    if (length < 6 || strcmp(name + length - 5, ".yaml") != 0 ||
        strcmp(name + length - 5 - (length > 8 ? 4 : 0), "base.yaml") == 0 ||
        f->n == RECIPES_MAX)
        return;
    f->list[f->n++] = (struct sr_recipe){
        .name = sr_arena_format(f->arena, "%.*s", (int)length - 5, name),
        .path = path,
        .about = first_sentence(sr_recipe_comment(path, f->arena), f->arena),
    };
}

/* The files of a directory, and of those in it when `inside` is "". */
static void add_directory(struct finder *f, const char *dir, const char *inside)
{
    const char *const *names;
    struct sr_err ignored; /* no such place: another has them */
    int n;
    if (sr_file_list(dir, SR_EUSAGE, f->arena, &names, &n, &ignored) != SR_OK)
        return;
    for (int i = 0; i < n; i++) {
        const char *path = sr_file_join(f->arena, dir, names[i]);
        if (!sr_file_is_dir(path))
            add_file(f, path, sr_file_join(f->arena, inside, names[i]));
        else if (!*inside)
            add_directory(f, path, names[i]);
    }
}

enum sr_status sr_recipes_list(struct sr_arena *arena,
                               const struct sr_recipe **list, int *n,
                               struct sr_err *err)
{
    const char *dir = program_dir(arena);
    struct finder f = {.arena = arena};
    f.list = SR_TAKE(arena, RECIPES_MAX, struct sr_recipe);
    for (int i = 0; i < PLACES && f.n == 0; i++)
        add_directory(&f, sr_file_join(arena, dir, places[i]), "");
    if (f.n == 0)
        return sr_fail(err, SR_EUSAGE,
                       "no ready configs: there are none in %s/%s, where the "
                       "source has them, nor in %s/%s",
                       dir, places[0], dir, places[1]);
    *list = f.list;
    *n = f.n;
    return SR_OK;
}
