/* A model dressed as what an attack may know of it. */
#include "model/net.h"

static void forward(void *model, int n, const float *x, float *z)
{
    const struct sr_view *view = model;
    sr_model_forward(view->model, &view->pass, n, x, z);
}

static void backward(void *model, int n, const float *dz, float *gx)
{
    const struct sr_view *view = model;
    sr_model_backward(view->model, n, dz, gx);
}

static void near(void *model, int n, const struct sr_neighbour *image, float *z)
{
    const struct sr_view *view = model;
    sr_model_forward_near(view->model, &view->pass, n, image, z);
}

static struct sr_view *view_of(struct sr_net *net, const struct sr_pass *pass)
{
    int i = (int)pass->want;
    i = i * SR_BN_MODES + (int)pass->batchnorm;
    return &net->view[i * SR_ROLES + (int)pass->role];
}

struct sr_oracle sr_model_oracle(struct sr_model *model,
                                 const struct sr_pass *pass)
{
    SR_REQUIRE(pass->want == SR_WANT_INPUT || pass->want == SR_WANT_LOGITS);
    struct sr_view *view = view_of(model->net, pass);
    *view = (struct sr_view){model, *pass};
    const bool is_near = sr_model_has_near(model, pass);
    return (struct sr_oracle){
        .engine = model->net->graph->engine,
        .h = model->problem.h,
        .w = model->problem.w,
        .c = model->problem.c,
        .classes = model->problem.classes,
        .batch = model->batch,
        .model = view,
        .forward = forward,
        .backward = backward,
        .near = is_near ? near : NULL,
        .kept_floats = is_near ? model->net->run.near.kept_floats : 0,
    };
}
