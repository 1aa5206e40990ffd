/* cmd/data_survey.h - all images of an open data set, looked at once.
 */
#ifndef SR_DATA_SURVEY_H
#define SR_DATA_SURVEY_H

#include "base/json.h"
#include "cmd.h"
#include "data/data.h"

enum { SR_SURVEY_LISTED = 20, SR_SURVEY_CHANNELS = 4 };

/* Smallest and largest of something, and its sum. */
struct sr_spread {
    long long min, max, sum;
};

/* An image by what it shows. */
struct sr_sight {
    uint64_t content;
    int label;
    bool test;
};

struct sr_survey {
    const struct sr_call *call;
    struct sr_data *data;
    int images, damaged; /* looked at; of these                        */
    json_t *why;         /* sentences about the first SR_SURVEY_LISTED */
    json_t *kinds;       /* {"JPEG": 95, ...}                          */
    int grey, cmyk, misnamed;
    struct sr_spread w, h, bytes;
    /* Of the training images as a network gets them, by channel. */
    double sum[SR_SURVEY_CHANNELS], square[SR_SURVEY_CHANNELS];
    struct sr_sight *sight; /* [sights]: of what is not damaged */
    int sights;
};

/* Look at everything with so many threads; at test images that are the training
 * images only once.  Damaged images are counted.  From the call's arena;
 * json_decref of why and kinds is the caller's, also after a failure.  Fails
 * with SR_ERESOURCE. */
enum sr_status sr_data_survey(const struct sr_call *call, struct sr_data *data,
                              int threads, struct sr_survey *survey,
                              struct sr_err *err);

/* What is there more than once.  Sorts the sights. */
struct sr_repeats {
    int images;      /* that show what an earlier one shows          */
    int other_label; /* of those, with another label                 */
    int leaked;      /* test images that are training images as well */
};
struct sr_repeats sr_survey_repeats(struct sr_survey *survey);

/* {"kinds", "grey", "cmyk", "misnamed", "width": {"min", "mean", "max"},
 * "height", "file_bytes"}; the last only of photos.  The caller owns it. */
json_t *sr_survey_json(const struct sr_survey *survey);

/* The same in a line or two on stdout. */
void sr_survey_print(const struct sr_survey *survey);

#endif
