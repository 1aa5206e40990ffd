#include "test.h"

#include <stdio.h>

#include "base/file.h"
#include "report/events.h"
#include "report/made.h"
#include "report/metrics.h"
#include "report/rundir.h"

/* The records that TensorFlow's own writer makes of the same. */
static const char VERSION[] = "1800000000000000a37f4b2209000000000000f03f1a0d"
                              "627261696e2e4576656e743a3286bf577a";
static const char LOSS[] =
    "200000000000000029eda95009000000000000004010072a130a110a0a"
    "747261696e2f6c6f7373150000003f9e1bfae5";

static void check_bytes(const struct sr_event *e, const char *expected)
{
    char text[2 * SR_EVENT_MAX + 1] = "";
    for (size_t i = 0; i < e->size; i++)
        snprintf(text + 2 * i, 3, "%02x", e->bytes[i]);
    ck_assert_str_eq(text, expected);
}

START_TEST(records_are_those_of_tensorflow)
{
    struct sr_event e;
    memset(&e, 0xa5, sizeof e);
    sr_event_version(1, &e);
    check_bytes(&e, VERSION);
    sr_event_scalar(2, 7, "train/loss", 0.5F, &e);
    check_bytes(&e, LOSS);
}
END_TEST

START_TEST(long_tags_and_steps_fit)
{
    struct sr_event e;
    char tag[1000];
    memset(tag, 'x', sizeof tag - 1);
    tag[sizeof tag - 1] = '\0';
    sr_event_scalar(1e300, INT64_MIN, tag, -0.0F, &e);
    ck_assert_uint_le(e.size, SR_EVENT_MAX);
}
END_TEST

/* A step of 300 is ac 02 as a varint. */
START_TEST(steps_are_varints)
{
    struct sr_event e;
    sr_event_scalar(0, 300, "a", 1, &e);
    ck_assert_int_eq(e.bytes[12 + 9], 0x10);
    ck_assert_int_eq(e.bytes[12 + 10], 0xac);
    ck_assert_int_eq(e.bytes[12 + 11], 0x02);
}
END_TEST

/* The only event file of the directory, and how often it says `text`. */
static int count(const char *directory, const char *text)
{
    const char *const *names;
    unsigned char *bytes;
    size_t size;
    struct sr_err err;
    struct sr_arena *a = sr_test_arena();
    int n, found = 0;
    SR_GOOD(sr_file_list(directory, SR_EDATA, a, &names, &n, &err), err);
    ck_assert_int_eq(n, 1);
    SR_GOOD(sr_file_read(sr_file_join(a, directory, names[0]), 1 << 20,
                         SR_EDATA, a, &bytes, &size, &err),
            err);
    for (size_t i = 0; i + strlen(text) <= size; i++)
        found += memcmp(bytes + i, text, strlen(text)) == 0;
    return found;
}

static void add(struct sr_rundir *run, int step)
{
    struct sr_err err;
    SR_GOOD(sr_rundir_metric(run,
                             json_pack("{s:s, s:i, s:f, s:{s:f}}", "kind",
                                       "epoch", "step", step, "lr", 0.5,
                                       "train", "loss", 2.0),
                             &err),
            err);
}

/* What came after the checkpoint is written anew, and is there once. */
START_TEST(a_resumed_run_has_each_step_once)
{
    struct sr_arena *a = sr_test_arena();
    struct sr_err err, skipped;
    struct sr_rundir run;
    const char *path = sr_file_join(a, sr_test_dir(), "run");
    SR_GOOD(sr_rundir_open(path, a, &run, &err), err);
    SR_GOOD(sr_rundir_note_all(&run, json_object(), &err), err);
    SR_GOOD(sr_rundir_tensorboard(&run, a, &skipped, &err), err);
    add(&run, 1);
    const int64_t saved = sr_rundir_metrics_size(&run);
    add(&run, 2);
    const char *tb = sr_rundir_file(&run, "tb", a);
    ck_assert_int_eq(count(tb, "epoch/lr"), 2);
    ck_assert_int_eq(count(tb, "epoch/train/loss"), 2);
    ck_assert_int_eq(count(tb, "epoch/time"), 0);
    sr_rundir_close(&run);

    SR_GOOD(sr_rundir_open(path, a, &run, &err), err);
    SR_GOOD(sr_rundir_metrics_cut(&run, saved, &err), err);
    SR_GOOD(sr_rundir_tensorboard(&run, a, &skipped, &err), err);
    ck_assert_int_eq(count(tb, "epoch/lr"), 1);
    add(&run, 2);
    ck_assert_int_eq(count(tb, "epoch/lr"), 2);
    ck_assert_int_eq(count(tb, "brain.Event:2"), 1);
    ck_assert_str_eq(skipped.text, "");
    sr_rundir_close(&run);

    made_put(path, "metrics.jsonl", "nonsense\n");
    SR_GOOD(sr_rundir_open(path, a, &run, &err), err);
    SR_GOOD(sr_rundir_tensorboard(&run, a, &skipped, &err), err);
    ck_assert_ptr_nonnull(strstr(skipped.text, "metrics.jsonl:1: "));
    sr_rundir_close(&run);
}
END_TEST

START_TEST(files_of_others_stay)
{
    struct sr_arena *a = sr_test_arena();
    struct sr_err err;
    struct sr_events *events;
    json_t *rows = json_array();
    const char *other =
        sr_test_file("events.out.tfevents.1000000000.other", "x", 1);
    const char *dir = sr_file_dir(a, other);
    SR_GOOD(sr_events_open(dir, rows, a, &events, &err), err);
    sr_events_close(events);
    ck_assert(sr_file_exists(other));
    SR_BAD(sr_events_open("/proc/self", rows, a, &events, &err), err,
           SR_ERESOURCE, "cannot open /proc/self/events.out");
    json_decref(rows);
}
END_TEST

SR_SUITE(report_events)
{
    return sr_suite("report/events",
                    (const TTest *[]){records_are_those_of_tensorflow,
                                      long_tags_and_steps_fit,
                                      steps_are_varints,
                                      a_resumed_run_has_each_step_once,
                                      files_of_others_stay, NULL});
}
