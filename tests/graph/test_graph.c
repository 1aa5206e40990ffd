#include "nets.h"

static enum sr_status append(struct sr_graph *g, const struct sr_op *op, int a,
                             int b, struct sr_node node, struct sr_err *err)
{
    int value;
    node.op = op;
    node.name = "odd";
    node.input[0] = a;
    node.input[1] = b;
    return sr_graph_append(g, &node, &value, err);
}

/* Errors name the layer and both sizes that do not fit. */
START_TEST(sizes_that_do_not_fit)
{
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){8, 8, 3},
                                      sr_test_arena());
    struct sr_err err;
    const int small =
        nets_append(g, &sr_op_conv, "small", 0, 0, nets_conv(3, 3, 2, 1, 0));
    SR_BAD(append(g, &sr_op_add, 0, small, (struct sr_node){0}, &err), err,
           SR_ECONFIG,
           "layer odd: 8x8 pixels of 3 channels cannot be added to 4x4 pixels "
           "of 3");
    SR_BAD(append(g, &sr_op_linear, 0, 0, nets_conv(3, 1, 1, 0, 1), &err), err,
           SR_ECONFIG, "layer odd: a linear layer takes a flat input, not 8x8");
    SR_BAD(append(g, &sr_op_conv, 0, 0, nets_conv(3, 11, 1, 1, 0), &err), err,
           SR_ECONFIG, "layer odd: ");
    SR_BAD(append(g, &sr_op_shortcut, 0, 0,
                  (struct sr_node){.u.shortcut = {2, 4}}, &err),
           err, SR_ECONFIG, "3 channels cannot be padded evenly to 4");
    ck_assert_int_eq(g->nodes, 2);
}
END_TEST

START_TEST(names_are_unique)
{
    struct sr_graph *g = sr_graph_new(nets_engine(), (struct sr_shape){4, 4, 3},
                                      sr_test_arena());
    struct sr_err err;
    nets_append(g, &sr_op_conv, "odd", 0, 0, nets_conv(3, 3, 1, 1, 0));
    SR_BAD(append(g, &sr_op_conv, 1, 0, nets_conv(3, 3, 1, 1, 0), &err), err,
           SR_ECONFIG, "there are two tensors named odd.weight");
}
END_TEST

/* Weights a process could not hold are refused, not overflowed. */
START_TEST(absurd_sizes)
{
    struct sr_graph *g = sr_graph_new(
        nets_engine(), (struct sr_shape){1024, 1024, 1}, sr_test_arena());
    struct sr_err err;
    SR_BAD(
        append(g, &sr_op_conv, 0, 0, nets_conv(1 << 20, 1024, 1, 0, 0), &err),
        err, SR_ECONFIG, "layer odd: odd.weight of 1099511627776 numbers");
}
END_TEST

/* Parameters lie one behind the other, in order, without gaps; buffers apart.
 */
START_TEST(one_piece)
{
    const struct sr_graph *g = nets_residual();
    size_t at = 0;
    for (int i = 0; i < g->params; i++) {
        const struct sr_param *p = &g->param[i];
        if (p->kind == SR_PARAM_BUFFER) {
            ck_assert_ptr_null(p->grad);
            continue;
        }
        ck_assert_ptr_eq(p->value, g->values + at);
        ck_assert_ptr_eq(p->grad, g->grads + at);
        at += p->count;
    }
    ck_assert_uint_eq(at, g->trainable);
    ck_assert_str_eq(g->param[0].name, "conv1.weight");
    ck_assert_str_eq(g->param[g->params - 1].name, "linear.bias");
}
END_TEST

START_TEST(multiply_adds)
{
    const double a = 7 * 5 * 4 * 27, b = 7 * 5 * 4 * 36, c = 4 * 3 * 8 * 36;
    ck_assert_double_eq(sr_graph_macs(nets_residual()), a + b + c + 8 * 6);
}
END_TEST

SR_SUITE(graph_graph)
{
    return sr_suite("graph/graph",
                    (const TTest *[]){sizes_that_do_not_fit, names_are_unique,
                                      absurd_sizes, one_piece, multiply_adds,
                                      NULL});
}
