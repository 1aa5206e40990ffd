/* report/stats.h - what an accuracy says beyond its images and its seeds.
 *
 * An accuracy has two chances in it: which images it was measured on, and which
 * seed the network was trained with.  Runs that differ by their seed alone were
 * measured on the same images, so more seeds do not make more images.
 *
 * Method   images  Wilson's score interval
 *          seeds   Student's t interval of the mean
 *          both    the two joined as the interval of a sum of independent parts
 *                  (MOVER): each side is the root of the sum of the squares.
 *                  Images count as if for one seed alone, which is too wide
 *                  rather than too narrow
 * Source   Wilson 1927; Student 1908; Zou and Donner 2008, Statistics in
 *          Medicine 27, 1693-1702
 * Twin     tests/report/test_stats.c integrates the density of t
 */
#ifndef SR_REPORT_STATS_H
#define SR_REPORT_STATS_H

struct sr_interval {
    double low, high;
};

/* 95 % for a proportion of `correct` in `images`, which is positive; correct
 * need not be whole. */
struct sr_interval sr_stats_wilson(double correct, double images);

/* The 0.975 quantile of Student's t with `freedom` >= 1 degrees, to 2e-4. */
double sr_stats_t(int freedom);

struct sr_spread {
    int n;
    double mean, sd; /* sd: of the sample, n - 1 in the denominator */
    struct sr_interval seeds, images, both; /* 95 %, of the mean     */
};

/* accuracy [n], n >= 2: of networks of n seeds, each on the same images. */
struct sr_spread sr_stats_spread(int n, const double *accuracy, double images);

#endif
