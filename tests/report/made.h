/* tests/report/made.h - run directories made by hand. */
#ifndef SR_TESTS_REPORT_MADE_H
#define SR_TESTS_REPORT_MADE_H

#include "base/json.h"

/* A directory that all of a test's runs are in. */
const char *made_home(void);

/* <home>/<name> with a manifest of this state and these settings, whose words
 * are key, value, key, value, ..., NULL; train.epochs is 3 on top. */
char *made_run(const char *name, const char *state, ...);

/* An evaluation of `images` test images, clean and under one attack within linf
 * 8/255, in the run's eval/<file>; its weights are called `weights`. */
struct made_eval {
    const char *file, *weights, *checkpoint, *attack;
    int images, clean, robust;
};
void made_put_eval(const char *run, struct made_eval eval);

/* The same as JSON. */
json_t *made_eval_json(struct made_eval eval);

/* Write text to <run>/<name>. */
void made_put(const char *run, const char *name, const char *text);

#endif
