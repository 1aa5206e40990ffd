#include "golden.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/rng.h"

static void check_file(const json_t *doc, const char *path, const char *member)
{
    char text[SR_SHA256_TEXT];
    struct sr_err err;
    SR_GOOD(sr_sha256_file(path, SR_EDATA, text, &err), err);
    ck_assert_msg(
        strcmp(text, json_string_value(json_object_get(doc, member))) == 0,
        "%s is not what its numbers in tests/golden/ were made with: make "
        "golden",
        path);
}

void golden_open(const char *name, struct golden *golden)
{
    struct sr_arena *arena = sr_test_arena();
    const char *numbers = sr_arena_format(arena, "tests/golden/%s.f32", name);
    struct sr_err err;
    unsigned char *bytes;
    size_t size;

    SR_GOOD(sr_json_read(sr_arena_format(arena, "tests/golden/%s.json", name),
                         SR_EDATA, &golden->doc, &err),
            err);
    const json_t *doc = golden->doc;
    check_file(doc, json_string_value(json_object_get(doc, "script")),
               "script_sha256");
    check_file(doc, numbers, "numbers_sha256");
    ck_assert_int_eq((int)json_integer_value(json_object_get(doc, "signs")),
                     GOLDEN_SIGNS);
    SR_GOOD(
        sr_file_read(numbers, 1 << 20, SR_EDATA, arena, &bytes, &size, &err),
        err);
    golden->first = golden->next = (const float *)(const void *)bytes;
    golden->end = golden->first + size / sizeof(float);
}

void golden_close(struct golden *golden) { json_decref(golden->doc); }

const float *golden_take(struct golden *golden, int count)
{
    const float *p = golden->next;
    ck_assert_int_le(count, (int)(golden->end - p));
    golden->next += count;
    return p;
}

struct sr_reals golden_reals(const struct golden *golden, const char *member)
{
    const json_t *list = json_object_get(golden->doc, member);
    struct sr_reals r = {.n = (int)json_array_size(list)};
    for (int i = 0; i < r.n; i++)
        r.v[i] = json_real_value(json_array_get(list, (size_t)i));
    return r;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

void golden_draw_param(const struct sr_param *p, int number, uint64_t seed)
{
    const uint64_t key =
        sr_rng_key(seed, SR_RNG_TEST, DRAW_WEIGHTS, (uint64_t)number, 0);
    const bool is_weight = p->rank > 1;
    const bool is_var = ends_with(p->name, "running_var");
    const bool is_gamma = !is_weight && ends_with(p->name, ".weight");
    const float bound = sqrtf(6.0f / (float)(p->count / (size_t)p->shape[0]));

    for (size_t i = 0; i < p->count; i++) {
        const float u = sr_rng_uniform(key, i), v = 2 * u - 1;
        p->value[i] = is_weight  ? bound * v
                      : is_var   ? 0.5f + u
                      : is_gamma ? 0.25f + 0.5f * u
                                 : 0.25f * v;
    }
}

void golden_draw_image(size_t count, uint64_t seed, int id, float *pixels)
{
    const uint64_t key =
        sr_rng_key(seed, SR_RNG_TEST, DRAW_IMAGES, (uint64_t)id, 0);
    for (size_t j = 0; j < count; j++)
        pixels[j] = sr_rng_uniform(key, j);
}

void golden_signed_sums(size_t count, const double *t, int label,
                        double sums[GOLDEN_SIGNS])
{
    const uint64_t key =
        sr_rng_key(0, SR_RNG_TEST, DRAW_SKETCH, (uint64_t)label, 0);
    memset(sums, 0, GOLDEN_SIGNS * sizeof *sums);
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = sr_rng_bits(key, i);
        for (int j = 0; j < GOLDEN_SIGNS; j++)
            sums[j] += bits >> j & 1 ? t[i] : -t[i];
    }
}

void golden_check_tensor(struct golden *golden, const char *what,
                         const char *name, size_t count, const double *t,
                         int label, double rounding)
{
    const float *want = golden_take(golden, 1 + GOLDEN_SIGNS);
    double sums[GOLDEN_SIGNS], square = 0;

    golden_signed_sums(count, t, label, sums);
    for (int j = 0; j < GOLDEN_SIGNS; j++)
        square += (sums[j] - want[1 + j]) * (sums[j] - want[1 + j]);
    const double error = sqrt(square / GOLDEN_SIGNS);
    ck_assert_msg(error <= golden_tolerance * want[0] + rounding,
                  "%s of %s is off by %.2g of its norm %.3g", what, name,
                  error / want[0], want[0]);
}

void golden_check_numbers(struct golden *golden, const char *what, int count,
                          const float *t)
{
    const float *want = golden_take(golden, count);
    double error = 0, norm = 0;
    for (int i = 0; i < count; i++) {
        error += pow((double)t[i] - want[i], 2);
        norm += pow(want[i], 2);
    }
    ck_assert_msg(error <= pow(golden_tolerance, 2) * norm,
                  "%s are off by %.2g of their norm", what, sqrt(error / norm));
}
