#include "model/about.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/net.h"

void sr_about_floats(const float *values, int n, char text[SR_ABOUT_SIZE])
{
    text[0] = 0;
    for (int i = 0; i < n; i++)
        sr_text_add(text, SR_ABOUT_SIZE, "%s%.9g", i ? "," : "",
                    (double)values[i]);
}

void sr_about_fill(const struct sr_model *model, struct sr_about *d)
{
    const struct sr_problem *p = &model->problem;
    sr_activation_text(&model->activation, d->activation, SR_ABOUT_SIZE);
    snprintf(d->classes, SR_ABOUT_SIZE, "%d", p->classes);
    snprintf(d->input, SR_ABOUT_SIZE, "%dx%dx%d", p->h, p->w, p->c);
    sr_about_floats(model->mean, p->c, d->mean);
    sr_about_floats(model->std, p->c, d->std);
    const struct sr_meta meta[SR_ABOUT_LINES] = {
        {"format", "pt"},
        {"satrun.activation", d->activation},
        {"satrun.arch", model->net->row->about.name},
        {"satrun.classes", d->classes},
        {"satrun.input", d->input},
        {"satrun.mean", d->mean},
        {"satrun.std", d->std},
    };
    memcpy(d->meta, meta, sizeof meta);
}
