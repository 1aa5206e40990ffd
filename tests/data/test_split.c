#include <stdlib.h>

#include "samples.h"
#include "test.h"

/* fixtures/idx: ten images, labels 0 1 2 0 1 2 0 1 2 0. */
static struct sr_data_opts ten(double validation)
{
    struct sr_data_opts opts = sample_opts("idx");
    opts.validation = validation;
    return opts;
}

/* A share of 0.3 of 4, 3 and 3 images is 1.2, 0.9 and 0.9: one of each. */
START_TEST(validation_has_the_same_share_of_each_class)
{
    const struct sr_data_opts opts = ten(0.3);
    const struct sr_data *data = open_good(&opts);
    const struct sr_split *train = &data->split[SR_TRAIN];
    const struct sr_split *held = &data->split[SR_VALIDATION];
    int in[10] = {0}, per_class[3] = {0};
    ck_assert_int_eq(train->n, 7);
    ck_assert_int_eq(held->n, 3);
    for (int i = 0; i < held->n; i++)
        per_class[held->label[i]]++;
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(per_class[k], 1);
    for (int i = 0; i < train->n; i++)
        in[train->index[i]]++;
    for (int i = 0; i < held->n; i++)
        in[held->index[i]]++;
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(in[i], 1);
    for (int i = 1; i < train->n; i++)
        ck_assert_int_lt(train->index[i - 1], train->index[i]);
}
END_TEST

/* Three of 4 x 3 x 3 = 36 choices; twenty seeds must not agree. */
START_TEST(the_seed_chooses)
{
    const struct sr_data_opts opts = ten(0.3);
    struct sr_err err;
    bool differ = false;
    int first[3];
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sr_data *data;
        SR_GOOD(sr_data_open(&opts, seed, NULL, sr_test_arena(), &data, &err),
                err);
        const int *index = data->split[SR_VALIDATION].index;
        if (seed == 0)
            memcpy(first, index, sizeof first);
        differ = differ || memcmp(first, index, sizeof first) != 0;
    }
    ck_assert(differ);
}
END_TEST

START_TEST(shares_that_leave_nothing)
{
    struct sr_data_opts opts = ten(0.1); /* 0.4, 0.3, 0.3 images */
    expect_bad_data(&opts, SR_ECONFIG, "less than half an image");
    opts.limit = 1;
    opts.validation = 0.9;
    expect_bad_data(&opts, SR_ECONFIG, "leaves none to train on");
}
END_TEST

START_TEST(limit_takes_the_first)
{
    struct sr_data_opts opts = ten(0);
    opts.limit = 4;
    const struct sr_data *data = open_good(&opts);
    ck_assert_int_eq(data->split[SR_TRAIN].n, 4);
    ck_assert_int_eq(data->split[SR_TRAIN].index[3], 3);
    ck_assert_int_eq(data->split[SR_VALIDATION].n, 0);
    ck_assert_int_eq(data->split[SR_TEST].n, 10);
    opts.limit = 11;
    ck_assert_int_eq(open_good(&opts)->split[SR_TRAIN].n, 10);
}
END_TEST

/* Each of 4 images is at each place in a quarter of 4000 epochs: 1000 with a
 * deviation of 27; six of them are 164. */
START_TEST(orders_are_fair_permutations)
{
    const struct sr_split split = {.n = 4};
    int count[4][4] = {0};
    for (uint64_t epoch = 0; epoch < 4000; epoch++) {
        int order[4], seen = 0;
        sr_data_order(&split, 5, epoch, order);
        for (int i = 0; i < 4; i++) {
            seen |= 1 << order[i];
            count[i][order[i]]++;
        }
        ck_assert_int_eq(seen, 15);
    }
    for (int i = 0; i < 16; i++)
        ck_assert_int_lt(abs((&count[0][0])[i] - 1000), 164);
}
END_TEST

SR_SUITE(data_split)
{
    return sr_suite(
        "data/split",
        (const TTest *[]){validation_has_the_same_share_of_each_class,
                          the_seed_chooses, shares_that_leave_nothing,
                          limit_takes_the_first, orders_are_fair_permutations,
                          NULL});
}
