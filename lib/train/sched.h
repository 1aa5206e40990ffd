/* train/sched.h - the learning rate as a pure function of the step.
 *
 * No schedule keeps state, so a resumed run has nothing to restore and a
 * schedule can be tabulated without training.
 *
 * Method   with S steps in the run, E in an epoch, W = warmup * E and, behind
 *          the warm-up, t = step - W of T = S - W:
 *            warm-up    from + (lr - from) (step + 1) / W     while step < W
 *            constant   lr
 *            piecewise  lr factor^(milestones m with m E <= step)
 *            cosine     final + (lr - final) (1 + cos(pi t / T)) / 2
 *            linear     lr + (final - lr) t / T
 *            one-cycle  lr / start_factor, up to lr at t = peak_at T - 1, down
 *                       to lr / start_factor / final_factor at t = T - 1
 *            cyclic     `cycles` times from final up to lr, at peak_at of the
 *                       cycle, and back
 * Source   PyTorch's MultiStepLR, CosineAnnealingLR, OneCycleLR and CyclicLR
 *          ("triangular"), advanced once a step; warm-up as in Goyal et al.
 * 2017
 */
#ifndef SR_TRAIN_SCHED_H
#define SR_TRAIN_SCHED_H

/* An sr_words_fn: the schedules there are.  sr_train_lr is in train.h. */
const char *sr_schedule_name(int i);

#endif
