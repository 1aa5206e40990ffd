#include "report/events.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

/* clang-format off */
const struct sr_opt sr_logging_rows[] = {
    SR_BOOL(struct sr_logging_opts, tensorboard, "false",
            "write the run's tb/ as well: event files for TensorBoard"),
    {.key = NULL}
};
/* clang-format on */

/* What our files end with: others in the directory are not ours to remove. */
static const char OWN[] = ".satrun";

struct sr_events {
    FILE *out;
    const char *path;
};

/* ---- records ---- */

static uint32_t masked_crc(const unsigned char *bytes, size_t n)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static void put(struct sr_event *e, const void *bytes, size_t n)
{
    SR_REQUIRE(e->size + n <= sizeof e->bytes);
    memcpy(e->bytes + e->size, bytes, n);
    e->size += n;
}

static void put_little_endian(struct sr_event *e, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        put(e, &(unsigned char){(unsigned char)(value >> 8 * i)}, 1);
}

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static void put_varint(struct sr_event *e, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(e, &(unsigned char){(unsigned char)(value | 0x80)}, 1);
    put(e, &(unsigned char){(unsigned char)value}, 1);
}

/* A field's number and how it is written. */
enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
static void put_tag(struct sr_event *e, unsigned field, enum wire wire)
{
    put_varint(e, field << 3 | wire);
}

static void put_message(struct sr_event *e, unsigned field, const void *bytes,
                        size_t n)
{
    put_tag(e, field, BYTES);
    put_varint(e, n);
    put(e, bytes, n);
}

static void put_wall(struct sr_event *e, double wall)
{
    uint64_t bits;
    memcpy(&bits, &wall, sizeof bits);
    put_tag(e, 1, FIXED64);
    put_little_endian(e, bits, 8);
}

/* Length and checksums around the data. */
static void frame(const struct sr_event *data, struct sr_event *event)
{
    event->size = 0;
    put_little_endian(event, data->size, 8);
    put_little_endian(event, masked_crc(event->bytes, 8), 4);
    put(event, data->bytes, data->size);
    put_little_endian(event, masked_crc(data->bytes, data->size), 4);
}

void sr_event_version(double wall, struct sr_event *event)
{
    static const char version[] = "brain.Event:2";
    struct sr_event data = {0};
    put_wall(&data, wall);
    put_message(&data, 3, version, strlen(version));
    frame(&data, event);
}

void sr_event_start(double wall, struct sr_event *event)
{
    struct sr_event data = {0}, session = {0};
    put_tag(&session, 1, VARINT);
    put_varint(&session, 1); /* START */
    put_wall(&data, wall);
    put_message(&data, 7, session.bytes, session.size);
    frame(&data, event);
}

void sr_event_scalar(double wall, int64_t step, const char *tag, float value,
                     struct sr_event *event)
{
    struct sr_event data = {0}, summary = {0}, scalar = {0};
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_message(&scalar, 1, tag, strnlen(tag, 200));
    put_tag(&scalar, 2, FIXED32);
    put_little_endian(&scalar, bits, 4);
    put_message(&summary, 1, scalar.bytes, scalar.size);

    put_wall(&data, wall);
    put_tag(&data, 2, VARINT);
    put_varint(&data, (uint64_t)step);
    put_message(&data, 5, summary.bytes, summary.size);
    frame(&data, event);
}

/* ---- files ---- */

static enum sr_status remove_own(const char *directory, struct sr_arena *arena,
                                 struct sr_err *err)
{
    const char *const *names;
    int n;
    SR_TRY(sr_file_list(directory, SR_ERESOURCE, arena, &names, &n, err));
    for (int i = 0; i < n; i++) {
        const char *path = sr_file_join(arena, directory, names[i]);
        const size_t length = strlen(names[i]), end = strlen(OWN);
        if (strncmp(names[i], "events.out.tfevents.", 20) != 0 ||
            length < end || strcmp(names[i] + length - end, OWN) != 0)
            continue;
        if (unlink(path) != 0)
            return sr_fail_errno(err, SR_ERESOURCE, "remove", path);
    }
    return SR_OK;
}

static enum sr_status write_out(struct sr_events *e, struct sr_err *err)
{
    if (fflush(e->out) != 0 || ferror(e->out))
        return sr_fail_errno(err, SR_ERESOURCE, "write", e->path);
    return SR_OK;
}

/* A number of the row that is worth a curve. */
static bool is_scalar(const char *key, const json_t *value)
{
    return json_is_number(value) && strcmp(key, "step") != 0 &&
           strcmp(key, "epoch") != 0 && strcmp(key, "time") != 0;
}

static void add_row(struct sr_events *e, const json_t *row)
{
    const char *kind = json_string_value(json_object_get(row, "kind"));
    const double wall = json_number_value(json_object_get(row, "time"));
    const int64_t step = json_integer_value(json_object_get(row, "step"));
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)row, key, value) {
        struct sr_event event;
        char tag[256];
        if (!is_scalar(key, value))
            continue;
        snprintf(tag, sizeof tag, "%s/%s", kind ? kind : "run", key);
        for (char *p = tag; *p; p++)
            if (*p == '.')
                *p = '/';
        sr_event_scalar(wall, step, tag, (float)json_number_value(value),
                        &event);
        fwrite(event.bytes, 1, event.size, e->out);
    }
}

static void begin(struct sr_events *e, const json_t *rows)
{
    const double now = (double)time(NULL);
    struct sr_event event;
    json_t *row;
    size_t i;
    sr_event_version(now, &event);
    fwrite(event.bytes, 1, event.size, e->out);
    sr_event_start(now, &event);
    fwrite(event.bytes, 1, event.size, e->out);
    json_array_foreach (rows, i, row) {
        add_row(e, row);
    }
}

/* "events.out.tfevents.<seconds>.<host>.satrun" */
static char *new_path(const char *directory, struct sr_arena *arena)
{
    char host[65] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        snprintf(host, sizeof host, "unknown");
    return sr_arena_format(arena, "%s/events.out.tfevents.%010lld.%s%s",
                           directory, (long long)time(NULL), host, OWN);
}

enum sr_status sr_events_open(const char *directory, const json_t *rows,
                              struct sr_arena *arena, struct sr_events **events,
                              struct sr_err *err)
{
    SR_TRY(sr_file_mkdir(directory, err));
    SR_TRY(remove_own(directory, arena, err));
    struct sr_events *e = SR_TAKE(arena, 1, struct sr_events);
    e->path = new_path(directory, arena);
    e->out = fopen(e->path, "we");
    if (!e->out)
        return sr_fail_errno(err, SR_ERESOURCE, "open", e->path);
    begin(e, rows);
    const enum sr_status status = write_out(e, err);
    if (status == SR_OK)
        *events = e;
    else
        fclose(e->out);
    return status;
}

enum sr_status sr_events_add(struct sr_events *events, const json_t *row,
                             struct sr_err *err)
{
    add_row(events, row);
    return write_out(events, err);
}

void sr_events_close(struct sr_events *events)
{
    if (events)
        fclose(events->out);
}
