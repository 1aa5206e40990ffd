/* Writing down what a check has found. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/check.h"

void sr_finding_rule(struct sr_finding *f, int evidence, int images)
{
    f->evidence = evidence;
    f->images = images;
    f->ruling = sr_ruling_of(evidence, images);
}

void sr_finding_number(struct sr_finding *f, const char *name, double value)
{
    SR_REQUIRE(f->numbers < SR_FINDING_NUMBERS);
    f->number[f->numbers++] = (struct sr_measure){name, value};
}

void sr_finding_say(struct sr_finding *f, const char *format, ...)
{
    const size_t used = strlen(f->text);
    va_list args;
    va_start(args, format);
    vsnprintf(f->text + used, sizeof f->text - used, format, args);
    va_end(args);
}

void sr_finding_curve(const struct sr_inquiry *q, struct sr_finding *f,
                      struct sr_panel panel, const char *name, size_t n,
                      const double *x, const double *y)
{
    struct sr_panel *own = SR_TAKE(q->arena, 1, struct sr_panel);
    struct sr_curve *curve = SR_TAKE(q->arena, 1, struct sr_curve);
    double *both = SR_TAKE(q->arena, 2 * n, double);

    memcpy(both, x, n * sizeof *x);
    memcpy(both + n, y, n * sizeof *y);
    *curve = (struct sr_curve){.name = name, .n = n, .x = both, .y = both + n};
    *own = panel;
    own->curves = 1;
    own->curve = curve;
    f->panel = own;
}

void sr_finding_against_plain(const struct sr_inquiry *q, struct sr_finding *f,
                              const char *other, const bool *broken)
{
    int more = 0;
    for (int i = 0; i < q->n; i++)
        more += broken[i] && !q->plain[i];
    sr_finding_rule(f, more, q->n);
    sr_finding_number(f, "broken by plain PGD", sr_inquiry_count(q, q->plain));
    sr_finding_number(f, "broken beyond that", more);
    sr_finding_say(f, "%s breaks %d of the %d images that plain PGD leaves.",
                   other, more, q->n - sr_inquiry_count(q, q->plain));
}
