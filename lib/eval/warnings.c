#include "eval/warnings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/loss.h"
#include "engine/vec.h"

enum { REPEATS = 4 };

static const double same_logits = 1e-4; /* of logits of length 1      */
static const double sums_to_one = 1e-5;
static const double square_share = 0.002; /* of all images            */

__attribute__((format(printf, 2, 3))) static void add(struct sr_warnings *w,
                                                      const char *format, ...)
{
    va_list args;
    if (w->n == SR_WARNINGS)
        return;
    va_start(args, format);
    vsnprintf(w->text[w->n++], sizeof w->text[0], format, args);
    va_end(args);
}

static bool is_probability(int classes, const float *z)
{
    double sum = 0;
    for (int k = 0; k < classes; k++) {
        if (!((double)z[k] > -sums_to_one && (double)z[k] < 1 + sums_to_one))
            return false;
        sum += (double)z[k];
    }
    return fabs(sum - 1) < sums_to_one;
}

void sr_warn_outputs(struct sr_warnings *w, const struct sr_look *look)
{
    for (int i = 0; i < look->n; i++)
        if (!is_probability(look->classes,
                            look->z + (size_t)i * (size_t)look->classes))
            return;
    add(w, "the outputs are probabilities, not logits: where they saturate, "
           "gradients vanish and the network looks robust");
}

static double apart(int classes, const float *a, const float *b)
{
    const double la = sr_vec_norm2((size_t)classes, a);
    const double lb = sr_vec_norm2((size_t)classes, b);
    double sum = 0;
    for (int k = 0; k < classes; k++) {
        const double d = (double)a[k] / la - (double)b[k] / lb;
        sum += d * d;
    }
    return sqrt(sum);
}

void sr_warn_random(struct sr_warnings *w, const struct sr_look *look,
                    struct sr_oracle *f, struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const size_t classes = (size_t)look->classes;
    float *again = SR_TAKE(scratch, (size_t)look->n * classes, float);
    double most = 0;

    for (int r = 0; r < REPEATS; r++) {
        sr_oracle_logits(f, look->n, look->x, again);
        for (int i = 0; i < look->n; i++) {
            const size_t row = (size_t)i * classes;
            most = fmax(most, apart(look->classes, look->z + row, again + row));
        }
    }
    if (most > same_logits)
        add(w,
            "the network draws at random (its logits differ by %.2g from one "
            "look to the next): use autoattack-rand",
            most);
    sr_arena_release(scratch, mark);
}

void sr_warn_slopes(struct sr_warnings *w, const struct sr_look *look,
                    struct sr_oracle *f, struct sr_arena *scratch)
{
    const struct sr_mark mark = sr_arena_mark(scratch);
    const size_t pixels = sr_oracle_pixels(f), classes = (size_t)look->classes;
    const bool few = look->classes < SR_DLR_CLASSES;
    float *dz = SR_TAKE(scratch, (size_t)look->n * classes, float);
    float *g = SR_TAKE(scratch, (size_t)look->n * pixels, float);
    int right = 0, flat = 0;

    sr_loss(few ? SR_LOSS_MARGIN : SR_LOSS_DLR, look->n, look->classes, look->z,
            look->y, NULL, dz);
    sr_oracle_backward(f, look->n, dz, g);
    for (int i = 0; i < look->n; i++) {
        if (sr_oracle_wrong(look->classes, look->z + (size_t)i * classes,
                            look->y[i]))
            continue;
        right++;
        flat += sr_vec_norm_max(pixels, g + (size_t)i * pixels) == 0;
    }
    if (flat > 0)
        add(w,
            "the gradient is exactly zero at %d of %d images: attacks that "
            "follow it are blind there",
            flat, right);
    sr_arena_release(scratch, mark);
}

void sr_warn_left_out(struct sr_warnings *w,
                      const struct sr_eval_attack *attack, int classes)
{
    for (int i = 0; i < SR_STAGES && attack->left_out[i]; i++)
        add(w, "%s runs without %s, which is not defined for %d classes",
            attack->word, attack->left_out[i], classes);
}

void sr_warn_again(struct sr_warnings *w, const struct sr_warnings *before)
{
    for (int i = 0; i < before->n; i++)
        add(w, "%s", before->text[i]);
}

void sr_warn_square(struct sr_warnings *w, const struct sr_eval_attack *attack,
                    int images)
{
    for (int s = 1; s < attack->stages; s++) {
        const struct sr_eval_stage *stage = &attack->stage[s];
        if (strcmp(stage->opts.name, "square") == 0 &&
            stage->broken > square_share * images)
            add(w,
                "square breaks %d images (%.2g %%) that the attacks by "
                "gradient before it did not: the gradient may be masked, or "
                "the attacks too short",
                stage->broken, 100.0 * stage->broken / images);
    }
}
