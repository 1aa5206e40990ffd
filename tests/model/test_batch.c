/* What a network says to an image is the image's own: the same bits in any
 * batch, at any place in it, for any number of images that memory was planned
 * for, and on any number of threads.  Evaluations that are gone on with,
 * divided or looked at again rest on it. */
#include "../engine/engines.h"
#include "models.h"

enum { IMAGES = 7, FEW = 3, CLASSES = 10 };

/* A network of every kind of block, small enough for the slowest instruction
 * set. */
static const struct {
    const char *arch;
    double width;
    int side;
} nets[] = {
    {"sequential", 1, 8},
    {"resnet20", 1, 32},
    {"resnet18_imagenet", 0.25, 64},
    {"resnext50_32x4d", 0.25, 64},
    {"preactresnet18_v2", 0.25, 32},
    {"wrn_28_10_dm", 0.1, 32},
    {"vgg16_bn_cifar", 0.25, 32},
    {"efficientnet_b0", 0.5, 64},
    {"tf_efficientnet_b0", 0.5, 64},
};
enum { NETS = sizeof nets / sizeof *nets };

static struct sr_model *build(int i, const struct sr_engine *e, int batch)
{
    const bool own = strcmp(nets[i].arch, "sequential") == 0;
    const struct sr_activation silu = models_activation("silu");
    const struct sr_problem problem = {
        .h = nets[i].side, .w = nets[i].side, .c = 3, .classes = CLASSES};
    struct sr_model_opts *opts =
        own ? models_all_kinds() : models_opts(nets[i].arch);
    struct sr_model *model;
    struct sr_err err;

    if (!own)
        opts->width = nets[i].width;
    SR_GOOD(sr_model_build(opts, &silu, &problem, batch, SR_WANT_INPUT, e,
                           sr_test_arena(), &model, &err),
            err);
    sr_model_init(model, 1);
    return model;
}

/* All images, and what is asked and answered about them. */
struct answers {
    size_t pixels;
    const float *x, *dz;
    float *z, *gx;
};

static struct answers answers_of(int i, uint64_t noise_of_results)
{
    const size_t pixels = 3 * (size_t)(nets[i].side * nets[i].side);
    return (struct answers){pixels, noise(IMAGES * pixels, 1),
                            noise(IMAGES * CLASSES, 2),
                            noise(IMAGES * CLASSES, noise_of_results),
                            noise(IMAGES * pixels, noise_of_results + 1)};
}

/* From the last image to the first, `n` at a time and last what remains. */
static void ask(struct sr_model *model, int n, const struct answers *a)
{
    const struct sr_pass pass = {.want = SR_WANT_INPUT,
                                 .batchnorm = SR_BN_INFERENCE};
    const size_t pixels = a->pixels;
    float *x = noise((size_t)n * pixels, 7), *gx = noise((size_t)n * pixels, 8);
    float *z = noise((size_t)(n * CLASSES), 9);
    float *dz = noise((size_t)(n * CLASSES), 10);

    for (int done = 0; done < IMAGES; done += n) {
        const int some = IMAGES - done < n ? IMAGES - done : n;
        for (int k = 0; k < some; k++) {
            const size_t i = (size_t)(IMAGES - 1 - done - k), at = (size_t)k;
            memcpy(x + at * pixels, a->x + i * pixels, pixels * sizeof *x);
            memcpy(dz + at * CLASSES, a->dz + i * CLASSES,
                   CLASSES * sizeof *dz);
        }
        sr_model_forward(model, &pass, some, x, z);
        sr_model_backward(model, some, dz, gx);
        for (int k = 0; k < some; k++) {
            const size_t i = (size_t)(IMAGES - 1 - done - k), at = (size_t)k;
            memcpy(a->z + i * CLASSES, z + at * CLASSES, CLASSES * sizeof *z);
            memcpy(a->gx + i * pixels, gx + at * pixels, pixels * sizeof *gx);
        }
    }
}

static void compare(int i, const struct sr_engine *one,
                    const struct sr_engine *two)
{
    const struct sr_mark mark = sr_arena_mark(sr_test_arena());
    const struct answers a = answers_of(i, 3), b = answers_of(i, 5);

    ask(build(i, one, IMAGES), IMAGES, &a);
    ask(build(i, two, FEW), FEW, &b);
    for (int k = 0; k < IMAGES * CLASSES; k++)
        ck_assert_msg(isfinite(a.z[k]) && a.z[k] == b.z[k],
                      "%s, %s: image %d: logit %d is %.9g and %.9g",
                      nets[i].arch, one->kern->isa, k / CLASSES, k % CLASSES,
                      (double)a.z[k], (double)b.z[k]);
    ck_assert_msg(memcmp(a.gx, b.gx, IMAGES * a.pixels * sizeof *a.gx) == 0,
                  "%s, %s: gradients differ", nets[i].arch, one->kern->isa);
    sr_arena_release(sr_test_arena(), mark);
}

static void compare_all(enum sr_conv_way way)
{
    for (int isa = 0; sr_kern_at(isa); isa++) {
        struct sr_engine one = engine_on(isa, 1, way);
        struct sr_engine two = engine_on(isa, 2, way);
        for (int i = 0; i < NETS; i++)
            compare(i, &one, &two);
        sr_engine_close(&one);
        sr_engine_close(&two);
    }
}

START_TEST(an_answer_is_the_image_s_own) { compare_all(SR_CONV_AUTO); }
END_TEST

START_TEST(by_products_of_openblas_too) { compare_all(SR_CONV_IM2COL); }
END_TEST

SR_SUITE(model_batch)
{
    return sr_suite("model/batch",
                    (const TTest *[]){an_answer_is_the_image_s_own,
                                      by_products_of_openblas_too, NULL});
}
