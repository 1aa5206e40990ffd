#include "nets.h"

enum { IMAGES = 4 };

static struct sr_plan plan_of(const struct sr_graph *g, unsigned want,
                              bool batch)
{
    struct sr_plan plan;
    sr_plan_make(g, want, batch, IMAGES, sr_test_arena(), &plan);
    return plan;
}

static int find(const struct sr_graph *g, const char *name)
{
    for (int i = 0; i < g->nodes; i++)
        if (strcmp(g->node[i].name, name) == 0)
            return i;
    ck_abort_msg("no layer %s", name);
}

/* Without a backward an elementwise layer overwrites its input, and what lives
 * at a time is the input of a block and its two branches. */
START_TEST(logits_take_little)
{
    const struct sr_graph *g = nets_residual();
    const struct sr_plan plan = plan_of(g, SR_WANT_LOGITS, false);
    const int conv = find(g, "conv1"), act = find(g, "act1");
    ck_assert_uint_eq(plan.at[act].y, plan.at[conv].y);
    for (int i = 1; i < g->nodes; i++)
        ck_assert_uint_eq(plan.at[i].dy, SR_NOWHERE);

    const size_t first = IMAGES * 7 * 5 * 4, second = IMAGES * 4 * 3 * 8;
    ck_assert_uint_le(plan.scratch, 2 * first + second);
}
END_TEST

/* Backward to the input in inference mode reads no convolution's input and no
 * batch norm's; in batch mode the latter.  An activation's input is read for
 * the gradient of what it learns only. */
START_TEST(only_what_is_read_is_kept)
{
    const struct sr_graph *g = nets_residual();
    const struct sr_plan input = plan_of(g, SR_WANT_INPUT, false);
    const struct sr_plan batch = plan_of(g, SR_WANT_INPUT, true);
    const struct sr_plan weights = plan_of(g, SR_WANT_WEIGHTS, true);
    const int conv = find(g, "a.conv"), bn = find(g, "a.bn"),
              act = find(g, "a.act"), add = find(g, "a.add");
    ck_assert(!input.at[conv].keeps[0] && !input.at[bn].keeps[0]);
    ck_assert(!batch.at[conv].keeps[0] && batch.at[bn].keeps[0]);
    ck_assert(weights.at[conv].keeps[0] && weights.at[bn].keeps[0]);
    ck_assert(!input.at[act].keeps[0] && weights.at[act].keeps[0]);
    ck_assert(!weights.at[add].keeps[0] && !weights.at[add].keeps[1]);
    ck_assert_uint_lt(input.floats, batch.floats);
}
END_TEST

/* The update pass computes no gradient of the first layer's input. */
START_TEST(nothing_behind_the_first_weights)
{
    const struct sr_graph *g = nets_residual();
    const int conv = find(g, "conv1"), normalize = find(g, "normalize");
    const struct sr_plan weights = plan_of(g, SR_WANT_WEIGHTS, true);
    const struct sr_plan both =
        plan_of(g, SR_WANT_WEIGHTS | SR_WANT_INPUT, true);
    ck_assert(!weights.at[conv].wants[0]);
    ck_assert_uint_eq(weights.at[normalize].dy, SR_NOWHERE);
    ck_assert(both.at[conv].wants[0] && both.at[normalize].wants[0]);
}
END_TEST

/* A block's input is used twice: the later layer writes its gradient, the
 * earlier one adds. */
START_TEST(a_value_used_twice)
{
    const struct sr_graph *g = nets_residual();
    const struct sr_plan plan = plan_of(g, SR_WANT_WEIGHTS, true);
    ck_assert_uint_eq(plan.at[find(g, "a.add")].part[1], SR_NOWHERE);
    ck_assert_uint_ne(plan.at[find(g, "a.conv")].part[0], SR_NOWHERE);
}
END_TEST

START_TEST(places_are_aligned_and_inside)
{
    const struct sr_graph *g = nets_residual();
    for (unsigned want = 0; want < SR_WANTS; want++)
        for (int batch = 0; batch < 2; batch++) {
            const struct sr_plan plan = plan_of(g, want, batch);
            for (int i = 1; i < g->nodes; i++) {
                const size_t y = plan.at[i].y;
                ck_assert_uint_eq(y % 16, 0);
                ck_assert_uint_le(y + IMAGES * sr_shape_floats(g->node[i].out),
                                  plan.scratch);
            }
            ck_assert_uint_le(plan.scratch, plan.floats);
        }
}
END_TEST

SR_SUITE(graph_plan)
{
    return sr_suite(
        "graph/plan",
        (const TTest *[]){logits_take_little, only_what_is_read_is_kept,
                          nothing_behind_the_first_weights, a_value_used_twice,
                          places_are_aligned_and_inside, NULL});
}
