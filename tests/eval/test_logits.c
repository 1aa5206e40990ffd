#include "eval/logits.h"

#include "base/file.h"
#include "eval/little.h"
#include "model/safetensors.h"
#include "test.h"

enum { N = 20, LIMIT = 13 };

static const char *path_of(const char *name)
{
    return sr_file_join(sr_test_arena(), sr_test_dir(), name);
}

/* For a linear network the logits are W x, and x is what the data says. */
START_TEST(logits_are_the_networks)
{
    struct sr_data *data = little_data(N);
    const float *w = noise(LITTLE_CLASSES * LITTLE_PIXELS, 1);
    struct sr_model *model = little_linear(w, 16);
    const struct sr_pass pass = {.want = SR_WANT_LOGITS};
    struct sr_eval_opts opts = little_opts("[]");
    struct sr_tensors file;
    struct sr_err err;
    const char *path = path_of("z");
    float z[LIMIT * LITTLE_CLASSES], x[LITTLE_PIXELS];
    int64_t label[LIMIT], index[LIMIT];

    opts.limit = LIMIT;
    opts.batch_size = 5; /* the last one is not full */
    SR_GOOD(sr_eval_logits(&opts, data, model, sr_test_arena(), path, &err),
            err);
    SR_GOOD(sr_tensors_open(path, sr_test_arena(), &file, &err), err);
    const struct sr_tensor *logits = sr_tensors_find(&file, "logits");
    ck_assert_int_eq((int)logits->shape[0], LIMIT);
    ck_assert_int_eq((int)logits->shape[1], LITTLE_CLASSES);
    SR_GOOD(sr_tensors_floats(&file, logits, z, &err), err);
    SR_GOOD(sr_tensors_bytes(&file, sr_tensors_find(&file, "labels"), 0,
                             sizeof label, label, &err),
            err);
    SR_GOOD(sr_tensors_bytes(&file, sr_tensors_find(&file, "indices"), 0,
                             sizeof index, index, &err),
            err);
    struct sr_par *par = sr_model_oracle(model, &pass).engine->par;
    for (int i = 0; i < LIMIT; i++) {
        int y;
        uint64_t id;
        SR_GOOD(sr_data_fill(data, &data->split[SR_TEST], par, 1, &i, NULL, x,
                             &y, &id, &err),
                err);
        ck_assert_int_eq((int)label[i], y);
        ck_assert_int_eq((int)index[i], data->split[SR_TEST].index[i]);
        for (int k = 0; k < LITTLE_CLASSES; k++) {
            double want = 0;
            for (int j = 0; j < LITTLE_PIXELS; j++) /* all grey: one order */
                want += (double)w[k * LITTLE_PIXELS + j] * (double)x[j];
            ck_assert_double_eq_tol((double)z[i * LITTLE_CLASSES + k], want,
                                    1e-5);
        }
    }
    sr_tensors_close(&file);
}
END_TEST

START_TEST(where_nothing_can_be_written)
{
    struct sr_data *data = little_data(4);
    struct sr_model *model = little_net("silu", NULL, NULL, 2, 4);
    const struct sr_eval_opts opts = little_opts("[]");
    struct sr_err err;
    SR_BAD(sr_eval_logits(&opts, data, model, sr_test_arena(),
                          path_of("no/such/z"), &err),
           err, SR_ERESOURCE, "no/such");
}
END_TEST

SR_SUITE(eval_logits)
{
    return sr_suite("eval/logits",
                    (const TTest *[]){logits_are_the_networks,
                                      where_nothing_can_be_written, NULL});
}
