/* data/truth.h - of which class ILSVRC2012's validation images are.
 *
 * The images are numbered from 1; their archive says nothing else of them.
 * Three kinds of file do, looked for in this order:
 *
 *   LOC_val_solution.csv    Kaggle's: "ILSVRC2012_val_00000001,n01751748 ..."
 *   imagenet_2012_validation_synset_labels.txt
 *                           a WordNet id a line, for image 1, 2, ...
 *   the development kit     ILSVRC2012_validation_ground_truth.txt, a class
 *                           number a line, and meta.mat, which says what
 *                           WordNet id has the number: in
 * ILSVRC2012_devkit_t12/ data/, in ILSVRC2012_devkit_t12.tar.gz, or beside the
 * images
 */
#ifndef SR_DATA_TRUTH_H
#define SR_DATA_TRUTH_H

#include "data/index.h"

struct sr_truth {
    const char *path; /* what was found */
    int n;
    const char **wnid; /* [n] of image 1, 2, ... */
};

/* Look in dir and read.  The files found become sources of the maker, and what
 * *truth points to lives as long as it.
 * Fails with SR_EDATA: there is none of them; lines that are something else. */
enum sr_status sr_truth_read(const char *dir, struct sr_maker *maker,
                             struct sr_truth *truth, struct sr_err *err);

/* 1.. of "ILSVRC2012_val_00000001" followed by `end`; 0: it is not so named. */
int sr_truth_number(const char *name, const char *end);

#endif
