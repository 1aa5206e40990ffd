#include "engine/conv_grad.h"

void sr_grad_inputs(const struct sr_kern_tile *kern, struct sr_grad_tile t,
                    int len, int lanes, float *sums)
{
    for (int k = 0, size = 0; k < len; k += kern->inputs[size]) {
        while (kern->inputs[size] > len - k)
            size++;
        t.sum = sums + (ptrdiff_t)k * lanes;
        kern->grad[size](&t);
        t.x += t.images > 0 ? kern->inputs[size] : 0;
    }
}

void sr_grad_add_square(const struct sr_kern *kern, const float *const *from,
                        int weights, int outs, float *dw, size_t filter)
{
    float rows[SR_MAX_FLOATS][SR_MAX_FLOATS];
    float *to[SR_MAX_FLOATS];
    for (int o = 0; o < kern->floats; o++)
        to[o] = rows[o];
    kern->transpose(from, to);
    for (int o = 0; o < outs; o++, dw += filter)
        kern->add((size_t)weights, dw, rows[o], dw);
}
