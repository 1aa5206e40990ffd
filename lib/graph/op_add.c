/* Sum of two values: a unit of one part. */
#include "graph/op_list.h"
#include "graph/unit.h"

static enum sr_status shape(struct sr_node *node, struct sr_err *err)
{
    const struct sr_shape a = node->in[0], b = node->in[1];
    if (a.h != b.h || a.w != b.w || a.c != b.c)
        return sr_fail(err, SR_ECONFIG,
                       "%dx%d pixels of %d channels cannot be added to %dx%d "
                       "pixels of %d",
                       a.h, a.w, a.c, b.h, b.w, b.c);
    node->out = a;
    node->parts = SR_PART_ADD;
    return SR_OK;
}

const struct sr_op sr_op_add = {
    .name = "add",
    .inputs = 2,
    .in_place = true,
    .shape = shape,
    .saved = sr_unit_saved,
    .scratch = sr_unit_scratch,
    .forward = sr_unit_forward,
    .backward = sr_unit_backward,
};
