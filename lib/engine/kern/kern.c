/* engine/kern/kern.c - built once per row of SR_ISA_LIST with
 *   -DISA=<name> -DVL=<floats per vector> and that set's -m flags.
 *
 * May include nothing but kern.h and the *.h bodies beside it: any other
 * inline function would be compiled for a CPU the caller may not have, and the
 * linker might keep that copy for everybody. */
#include "engine/kern/kern.h"

#include <string.h>

#include "engine/kern/simd.h"
#include "engine/kern/vmath.h"
#include "engine/kern/acts.h"
#include "engine/kern/channels.h"
#include "engine/kern/grouped.h"
#include "engine/kern/move.h"
#include "engine/kern/tiles.h"
#include "engine/kern/dots.h"
#include "engine/kern/winograd.h"
#include "engine/kern/winograd_grad.h"
#include "engine/kern/chains.h"
#include "engine/kern/advance.h"

#define PASTE(a, b) a##b
#define NAME(isa) PASTE(sr_kern_, isa)
#define QUOTE(a) #a
#define TEXT(a) QUOTE(a)

#define PARAM_0(name) NULL
#define PARAM_1(name) name##_param_loop
#define PARAM_2(name) name##_param_loop

// clang-format off
const struct sr_kern NAME(ISA) = {
    .isa = TEXT(ISA),
    .floats = VL,
    .width = VL == 16 ? 4 : 2,
    .tile = {TILE_ROW(1), TILE_ROW(2), TILE_ROW(3), TILE_ROW(4)},
    .dots = {.pixels = VL, .conv = dots},
    .transpose = transpose,
    .fetch = fetch,
    .grouped = grouped,
    .grouped_grad = grouped_grad,
    .wino_input = wino_input,
    .wino_output = wino_output,
    .wino_filter = wino_filter,
    .wino_output_grad = wino_output_grad,
    .wino_filter_grad = wino_filter_grad,
    .wino_products = {WINO_ROW(1), WINO_ROW(2), WINO_ROW(3), WINO_ROW(4)},
    .act = {
#define SR_ACT(name, learned, ...)                                             \
        {name##_value_loop, name##_slope_loop, name##_value_slope_loop,        \
         PARAM_##learned(name)},
        SR_ACT_LIST(SR_ACT)
#undef SR_ACT
    },
    .math = {
#define SR_MATH(name) name##_loop,
        SR_MATH_LIST(SR_MATH)
#undef SR_MATH
    },
    .channel_sums = channel_sums,
    .channel_affine = channel_affine,
    .channel_affine2 = channel_affine2,
    .add = add,
    .multiply = multiply,
    .sign_step = sign_step,
    .gone = gone,
    .advance = advance,
    .chains = ACCS,
    .fma_chains = fma_chains,
};
// clang-format on
