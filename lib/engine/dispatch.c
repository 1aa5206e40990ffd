#include "engine/dispatch.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* Rows run from the least to the most demanding set. */
static const struct sr_kern *const rows[] = {
#define SR_ISA(name) &sr_kern_##name,
    SR_ISA_LIST(SR_ISA)
#undef SR_ISA
};
enum { ROWS = sizeof rows / sizeof *rows };

static const char *isa_name(int i) { return i < ROWS ? rows[i]->isa : NULL; }

/* Every feature of the Makefile's line for the set.  The builtin also asks
 * whether the operating system saves the registers. */
static bool cpu_has(const char *isa)
{
#ifdef __x86_64__
    if (strcmp(isa, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(isa, "avx512") == 0)
        return cpu_has("avx2") && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#endif
    return strcmp(isa, "base") == 0;
}

const struct sr_kern *sr_kern_at(int i)
{
    for (int row = 0; row < ROWS; row++)
        if (cpu_has(rows[row]->isa) && i-- == 0)
            return rows[row];
    return NULL;
}

enum sr_status sr_kern_choose(const char *limit, const struct sr_kern **kern,
                              struct sr_err *err)
{
    bool known = limit == NULL;
    const struct sr_kern *best = rows[0];
    for (int i = 0; i < ROWS; i++) {
        if (cpu_has(rows[i]->isa))
            best = rows[i];
        if (limit && strcmp(rows[i]->isa, limit) == 0) {
            known = true;
            break;
        }
    }
    if (!known) {
        char names[128];
        sr_text_join(names, sizeof names, isa_name);
        return sr_fail(err, SR_ECONFIG,
                       "SATRUN_ISA: no instruction set '%s'; there are: %s",
                       limit, names);
    }
    *kern = best;
    return SR_OK;
}
