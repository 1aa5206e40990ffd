#include "model/size.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

enum { PER_BLOCK = 6 }; /* three stages of blocks of two convolutions */

int sr_size_stages(const struct sr_size *size)
{
    int n = 0;
    while (n < SR_STAGES && size->blocks[n])
        n++;
    return n;
}

static int depth_of(const struct sr_size *size)
{
    return PER_BLOCK * size->blocks[0] + size->rest;
}

static enum sr_status set_depth(const char *arch, long long depth,
                                struct sr_size *size, struct sr_err *err)
{
    if (!size->rest)
        return sr_fail(err, SR_ECONFIG, "model.depth: %s does not take it%s",
                       arch, size->blocks[0] ? "; it takes model.blocks" : "");
    const int n = (int)(depth - size->rest) / PER_BLOCK;
    if (n < 1 || PER_BLOCK * n + size->rest != depth)
        return sr_fail(err, SR_ECONFIG,
                       "model.depth: %s has 6 n + %d layers, such as %d or %d, "
                       "not %lld",
                       arch, size->rest, depth_of(size),
                       depth_of(size) + PER_BLOCK, depth);
    for (int i = 0; i < sr_size_stages(size); i++)
        size->blocks[i] = n;
    return SR_OK;
}

/* One number is for all stages. */
static enum sr_status set_blocks(const char *arch, const struct sr_ints *blocks,
                                 struct sr_size *size, struct sr_err *err)
{
    const int stages = sr_size_stages(size);
    if (stages == 0 || size->rest)
        return sr_fail(err, SR_ECONFIG, "model.blocks: %s does not take it%s",
                       arch, size->rest ? "; it takes model.depth" : "");
    if (blocks->n != 1 && blocks->n != stages)
        return sr_fail(err, SR_ECONFIG,
                       "model.blocks: %d numbers for the %d stages of %s",
                       blocks->n, stages, arch);
    for (int i = 0; i < stages; i++)
        size->blocks[i] = (int)blocks->v[blocks->n == 1 ? 0 : i];
    return SR_OK;
}

static enum sr_status set_groups(const char *arch,
                                 const struct sr_model_opts *opts,
                                 struct sr_size *size, struct sr_err *err)
{
    if (!size->group_width)
        return sr_fail(err, SR_ECONFIG,
                       "model.%s: %s does not take it, as it has no "
                       "bottlenecks",
                       opts->groups ? "groups" : "group_width", arch);
    if (opts->groups)
        size->groups = (int)opts->groups;
    if (opts->group_width)
        size->group_width = (int)opts->group_width;
    return SR_OK;
}

/* A factor or a share: of a network whose row has none the key is an error. */
static enum sr_status set_real(const char *arch, const char *key, double given,
                               double *number, struct sr_err *err)
{
    if (isnan(given))
        return SR_OK;
    if (*number == 0)
        return sr_fail(err, SR_ECONFIG, "model.%s: %s does not take it", key,
                       arch);
    *number = given;
    return SR_OK;
}

/* torch.nn.BatchNorm2d's, where neither the row nor the user says otherwise. */
static void set_bnorm(const struct sr_model_opts *opts, struct sr_size *size)
{
    if (!isnan(opts->bn_eps))
        size->bn_eps = opts->bn_eps;
    else if (size->bn_eps == 0)
        size->bn_eps = 1e-5;
    if (!isnan(opts->bn_momentum))
        size->bn_momentum = opts->bn_momentum;
    else if (size->bn_momentum == 0)
        size->bn_momentum = 0.1;
}

enum sr_status sr_size_resolve(const char *arch, const struct sr_size *own,
                               const struct sr_model_opts *opts,
                               struct sr_size *size, struct sr_err *err)
{
    struct sr_size made = *own;
    if (opts->depth)
        SR_TRY(set_depth(arch, opts->depth, &made, err));
    if (opts->blocks.n)
        SR_TRY(set_blocks(arch, &opts->blocks, &made, err));
    if (opts->groups || opts->group_width)
        SR_TRY(set_groups(arch, opts, &made, err));
    SR_TRY(set_real(arch, "width", opts->width, &made.width, err));
    SR_TRY(set_real(arch, "depth_factor", opts->depth_factor,
                    &made.depth_factor, err));
    SR_TRY(set_real(arch, "dropout", opts->dropout, &made.dropout, err));
    SR_TRY(set_real(arch, "drop_connect", opts->drop_connect,
                    &made.drop_connect, err));
    set_bnorm(opts, &made);
    *size = made;
    return SR_OK;
}

void sr_size_text(const struct sr_size *size, char *text, size_t bytes)
{
    text[0] = 0;
    if (size->rest)
        sr_text_add(text, bytes, "depth=%d ", depth_of(size));
    else
        for (int i = 0; i < sr_size_stages(size); i++)
            sr_text_add(text, bytes, "%s%d%s", i ? "," : "blocks=[",
                        size->blocks[i],
                        i + 1 < sr_size_stages(size) ? "" : "] ");
    const struct {
        const char *key;
        double number;
    } reals[] = {
        {"width", size->width},     {"depth_factor", size->depth_factor},
        {"dropout", size->dropout}, {"drop_connect", size->drop_connect},
        {"bn_eps", size->bn_eps},   {"bn_momentum", size->bn_momentum},
    };
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (reals[i].number > 0)
            sr_text_add(text, bytes, "%s=%g ", reals[i].key, reals[i].number);
    if (size->group_width)
        sr_text_add(text, bytes, "groups=%d group_width=%d ", size->groups,
                    size->group_width);
    const size_t length = strlen(text);
    if (length > 0)
        text[length - 1] = 0;
}
