#include "test.h"

#include <math.h>

#include "train/sched.h"
#include "train/train.h"

/* An epoch is 4 steps in all of these. */
enum { PER_EPOCH = 4 };

static struct sr_train_opts options(const char *schedule, double lr)
{
    struct sr_train_opts o;
    sr_opt_defaults(sr_train_rows, &o);
    o.schedule.name = schedule;
    o.lr = lr;
    return o;
}

/* Rates are short formulas in double: a few roundings apart at most. */
static void check_rates(const struct sr_train_opts *o, int n,
                        const double *want)
{
    for (int i = 0; i < n; i++)
        ck_assert_double_eq_tol(sr_train_lr(o, i, n, PER_EPOCH), want[i],
                                1e-11 * o->lr);
}

START_TEST(constant_is_constant)
{
    const struct sr_train_opts o = options("constant", 0.3);
    const double want[] = {0.3, 0.3, 0.3};
    check_rates(&o, 3, want);
}
END_TEST

/* torch.optim.lr_scheduler.MultiStepLR, milestones 2 and 4 steps. */
START_TEST(piecewise_falls_at_milestones)
{
    struct sr_train_opts o = options("piecewise", 0.2);
    o.schedule.milestones = (struct sr_reals){.n = 2, .v = {0.5, 1}};
    const double want[] = {0.2, 0.2, 0.02, 0.02, 0.002, 0.002};
    check_rates(&o, 6, want);
}
END_TEST

/* CosineAnnealingLR(T_max=8, eta_min=0.01) of PyTorch 1.13. */
START_TEST(cosine_is_pytorchs)
{
    struct sr_train_opts o = options("cosine", 0.2);
    o.schedule.final = 0.01;
    const double want[] = {
        0.2,   0.192768555589,  0.172175144213,  0.141354926075,
        0.105, 0.0686450739253, 0.0378248557873, 0.0172314444114};
    check_rates(&o, 8, want);
}
END_TEST

START_TEST(linear_reaches_final_after_the_last_step)
{
    struct sr_train_opts o = options("linear", 1);
    o.schedule.final = 0.5;
    const double want[] = {1, 0.9, 0.8, 0.7, 0.6};
    check_rates(&o, 5, want);
}
END_TEST

/* OneCycleLR(max_lr=.2, total_steps=10, pct_start=.3, div_factor=100,
 * final_div_factor=100, anneal_strategy='linear') of PyTorch 1.13. */
START_TEST(linear_one_cycle_is_pytorchs)
{
    struct sr_train_opts o = options("one-cycle", 0.2);
    o.schedule.peak_at = 0.3;
    o.schedule.start_factor = o.schedule.final_factor = 100;
    o.schedule.anneal = SR_ANNEAL_LINEAR;
    const double want[] = {0.002,
                           0.101,
                           0.2,
                           0.171431428571,
                           0.142862857143,
                           0.114294285714,
                           0.0857257142857,
                           0.0571571428571,
                           0.0285885714286,
                           2e-05};
    check_rates(&o, 10, want);
}
END_TEST

/* The same with pct_start=.45, whose peak falls between two steps, and
 * PyTorch's defaults 25, 1e4 and 'cos', which are ours too. */
START_TEST(cosine_one_cycle_is_pytorchs)
{
    struct sr_train_opts o = options("one-cycle", 0.2);
    o.schedule.peak_at = 0.45;
    const double want[] = {0.008,          0.0441449790216, 0.12536200966,
                           0.190493011319, 0.195949313564,  0.16548621145,
                           0.114231826901, 0.0584590648658, 0.0158753832183,
                           8e-07};
    check_rates(&o, 10, want);
}
END_TEST

START_TEST(warmup_rises_and_the_rest_starts_after_it)
{
    struct sr_train_opts o = options("linear", 1);
    o.schedule.warmup = 1;
    const double want[] = {0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25};
    check_rates(&o, 8, want);
}
END_TEST

START_TEST(warmup_rises_from_a_rate)
{
    struct sr_train_opts o = options("constant", 0.5);
    o.schedule.warmup = 1;
    o.schedule.warmup_from = 0.1;
    const double want[] = {0.2, 0.3, 0.4, 0.5, 0.5, 0.5};
    check_rates(&o, 6, want);
}
END_TEST

/* CyclicLR(base_lr=0, max_lr=.2, step_size_up=4, step_size_down=4), and
 * CyclicLR(base_lr=.01, max_lr=.2, step_size_up=1, step_size_down=3) run
 * through twice, of PyTorch 1.13. */
START_TEST(cyclic_is_pytorchs)
{
    struct sr_train_opts o = options("cyclic", 0.2);
    o.schedule.peak_at = 0.5;
    const double want[] = {0, 0.05, 0.1, 0.15, 0.2, 0.15, 0.1, 0.05};
    check_rates(&o, 8, want);

    o.schedule.final = 0.01;
    o.schedule.peak_at = 0.25;
    o.schedule.cycles = 2;
    const double twice[] = {0.01, 0.2, 0.136666666667, 0.0733333333333,
                            0.01, 0.2, 0.136666666667, 0.0733333333333};
    check_rates(&o, 8, twice);
}
END_TEST

/* One step in all: no schedule may divide by zero. */
START_TEST(a_single_step_has_a_finite_rate)
{
    for (int i = 0; sr_schedule_name(i); i++) {
        const struct sr_train_opts o = options(sr_schedule_name(i), 0.1);
        ck_assert(isfinite(sr_train_lr(&o, 0, 1, 1)));
    }
}
END_TEST

SR_SUITE(train_sched)
{
    return sr_suite(
        "train/sched",
        (const TTest *[]){
            constant_is_constant, piecewise_falls_at_milestones,
            cosine_is_pytorchs, linear_reaches_final_after_the_last_step,
            linear_one_cycle_is_pytorchs, cosine_one_cycle_is_pytorchs,
            warmup_rises_and_the_rest_starts_after_it, warmup_rises_from_a_rate,
            cyclic_is_pytorchs, a_single_step_has_a_finite_rate, NULL});
}
