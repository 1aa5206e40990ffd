/* tests/golden.h - numbers that PyTorch computed, and what they were computed
 * from.
 *
 * A pair of files tests/golden/NAME.json and NAME.f32 is written by a script of
 * scripts/; weights and images are drawn by formula on both sides.  What is
 * kept of a tensor is its norm and 24 signed sums: the script make_golden.py
 * says why these are enough to see a relative error of 1e-4. */
#ifndef SR_TESTS_GOLDEN_H
#define SR_TESTS_GOLDEN_H

#include "base/json.h"
#include "graph/op.h"
#include "test.h"

enum { GOLDEN_SIGNS = 24 };

/* Part a of the keys of drawn numbers: see the scripts. */
enum { DRAW_WEIGHTS = 1, DRAW_IMAGES = 2, DRAW_SKETCH = 3, DRAW_DZ = 4 };

/* Half of the 1e-4 that is promised: the estimate of an error has a spread. */
static const double golden_tolerance = 0.5e-4;

/* The files, and a cursor through the numbers. */
struct golden {
    json_t *doc;
    const float *first, *next, *end;
};

/* Open tests/golden/<name>.*; the test fails unless they belong together and to
 * the script as it is. */
void golden_open(const char *name, struct golden *golden);
void golden_close(struct golden *golden);

/* The next count numbers. */
const float *golden_take(struct golden *golden, int count);

struct sr_reals golden_reals(const struct golden *golden, const char *member);

/* make_golden.py's initial(): the number-th tensor of the state_dict. */
void golden_draw_param(const struct sr_param *param, int number, uint64_t seed);

/* pixels [count] of the image with this id. */
void golden_draw_image(size_t count, uint64_t seed, int id, float *pixels);

/* sums[j] = sum_i s_ij t_i; the sign s_ij is bit j of draw i. */
void golden_signed_sums(size_t count, const double *t, int label,
                        double sums[GOLDEN_SIGNS]);

/* Compare t with the next sketch of the file.
 *   what, name  for the message: "resnet20: gradient of fc.weight is off ..."
 *   rounding    an L2 error that is no fault: of the floats t was taken from */
void golden_check_tensor(struct golden *golden, const char *what,
                         const char *name, size_t count, const double *t,
                         int label, double rounding);

/* Compare t with the next count numbers of the file, as they are. */
void golden_check_numbers(struct golden *golden, const char *what, int count,
                          const float *t);

#endif
