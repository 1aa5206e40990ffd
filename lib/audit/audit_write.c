/* An audit as JSON and as curves. */
#include "audit/check.h"

static json_t *curve_of(const struct sr_panel *panel)
{
    const struct sr_curve *c = &panel->curve[0];
    json_t *x = json_array(), *y = json_array();
    for (size_t i = 0; i < c->n; i++) {
        json_array_append_new(x, sr_json_real(c->x[i]));
        json_array_append_new(y, sr_json_real(c->y[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "title", panel->title,
                     "x_label", panel->x_label, "y_label", panel->y_label, "x",
                     x, "y", y);
}

static json_t *finding_json(const struct sr_finding *f)
{
    json_t *numbers = json_object();
    for (int i = 0; i < f->numbers; i++)
        json_object_set_new(numbers, f->number[i].name,
                            sr_json_real(f->number[i].value));
    const double share = f->images > 0 ? (double)f->evidence / f->images : 0;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:s, s:o, s:o}", "check",
        f->check->name, "verdict", sr_ruling_name(f->ruling), "question",
        f->check->question, "source", f->check->source, "images", f->images,
        "evidence", f->evidence, "share", share, "share_at_least",
        sr_ruling_least(f->evidence, f->images), "share_at_most",
        sr_ruling_most(f->evidence, f->images), "text", f->text, "numbers",
        numbers, "curve", f->panel ? curve_of(f->panel) : json_null());
}

static json_t *correct_json(int correct, int images)
{
    double low, high;
    sr_eval_interval(correct, images, &low, &high);
    return json_pack("{s:i, s:f, s:[f, f]}", "correct", correct, "accuracy",
                     (double)correct / images, "interval_95", low, high);
}

static json_t *words_json(const struct sr_wordlist *list)
{
    json_t *words = json_array();
    for (int i = 0; i < list->n; i++)
        json_array_append_new(words, json_string(list->v[i]));
    return words;
}

json_t *sr_audit_json(const struct sr_audit_opts *opts,
                      const struct sr_audit *audit)
{
    const struct sr_eval_opts *eval = opts->eval;
    json_t *findings = json_array();

    for (int i = 0; i < audit->checks; i++)
        json_array_append_new(findings, finding_json(&audit->finding[i]));
    json_t *all = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:f, s:s}", "schema", "satrun.audit/1",
        "verdict", sr_ruling_name(audit->ruling), "images", audit->images,
        "split", sr_split_word(eval->split), "norm",
        sr_norm_name(eval->how.norm), "epsilon", eval->how.epsilon, "backward",
        sr_backward_name(eval->backward));
    json_object_set_new(all, "clean",
                        correct_json(audit->clean, audit->images));
    json_object_set_new(all, "evaluation",
                        json_pack("{s:o, s:o}", "attacks",
                                  words_json(&eval->attack), "robust",
                                  correct_json(audit->own, audit->images)));
    json_object_set_new(
        all, "audit",
        json_pack("{s:o, s:o}", "attacks", words_json(&audit->strong), "robust",
                  correct_json(audit->standing, audit->images)));
    json_object_set_new(
        all, "limits",
        json_pack("{s:f, s:f, s:f}", "suspect", SR_RULING_SUSPECT_SHARE,
                  "masked", SR_RULING_MASKED_SHARE, "error", SR_RULING_ERROR));
    json_object_set_new(all, "checks", findings);
    json_object_set_new(all, "seconds", json_real(audit->seconds));
    return all;
}

struct sr_plot sr_audit_plot(const struct sr_audit *audit)
{
    struct sr_plot plot = {0};
    for (int i = 0; i < audit->checks; i++)
        if (audit->finding[i].panel && plot.panels < SR_PLOT_PANELS)
            plot.panel[plot.panels++] = *audit->finding[i].panel;
    return plot;
}
