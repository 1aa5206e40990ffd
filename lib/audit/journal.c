#include "audit/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const char SCHEMA[] = "satrun.audit-part/1";

/* ---- reading ---- */

static enum sr_status look(const struct sr_journal *j, json_t *json,
                           struct sr_err *err)
{
    if (strcmp(sr_json_text(json, "schema"), SCHEMA) != 0 ||
        !sr_json_unseal(json) ||
        !json_is_array(json_object_get(json, "attacks")))
        return sr_fail(err, SR_EDATA, "%s is damaged", j->path);
    if (strcmp(sr_json_text(json, "key"), j->key) != 0)
        return sr_fail(err, SR_EDATA, "%s is of another audit", j->path);
    return SR_OK;
}

/* Entries are taken over whole; each is looked at when it is asked for. */
static enum sr_status take_up(struct sr_journal *j, struct sr_err *err)
{
    json_t *json;
    SR_TRY(sr_json_read(j->path, SR_EDATA, &json, err));
    const enum sr_status status = look(j, json, err);
    if (status == SR_OK)
        json_array_extend(j->attacks, json_object_get(json, "attacks"));
    json_decref(json);
    return status;
}

struct sr_journal sr_journal_open(const char *path, const char *key,
                                  struct sr_log *log)
{
    struct sr_journal j = {
        .path = path, .key = key, .log = log, .attacks = json_array()};
    struct sr_err why;
    if (!path || !sr_file_exists(path))
        return j;
    if (take_up(&j, &why) != SR_OK)
        sr_log_warn(log, "%s; the audit is begun anew", why.text);
    else
        sr_log_say(log, "going on with %s: %zu attacks are done", path,
                   json_array_size(j.attacks));
    return j;
}

void sr_journal_close(struct sr_journal *journal)
{
    json_decref(journal->attacks);
    journal->attacks = NULL;
}

static bool read_entry(const json_t *entry, const char *attack, int n,
                       bool *broken)
{
    const char *digit = sr_json_text(entry, "broken");
    if (strcmp(sr_json_text(entry, "attack"), attack) != 0 ||
        strlen(digit) != (size_t)n || strspn(digit, "01") != (size_t)n)
        return false;
    for (int i = 0; i < n; i++)
        broken[i] = digit[i] == '1';
    return true;
}

bool sr_journal_recall(struct sr_journal *journal, const char *attack, int n,
                       bool *broken)
{
    const json_t *entry = json_array_get(journal->attacks, journal->next);
    if (entry && read_entry(entry, attack, n, broken)) {
        journal->next++;
        return true;
    }
    while (json_array_size(journal->attacks) > journal->next)
        json_array_remove(journal->attacks, journal->next);
    return false;
}

/* ---- writing ---- */

static void save(struct sr_journal *j)
{
    struct sr_err why;
    json_t *json = json_pack("{s:s, s:s, s:O}", "schema", SCHEMA, "key", j->key,
                             "attacks", j->attacks);
    SR_REQUIRE(json != NULL);
    sr_json_seal(json);
    if (sr_json_write(j->path, json, &why) != SR_OK && !j->unsaved) {
        sr_log_warn(j->log, "what is done is not saved: %s", why.text);
        j->unsaved = true;
    }
    json_decref(json);
}

void sr_journal_note(struct sr_journal *journal, const char *attack, int n,
                     const bool *broken)
{
    if (!journal->path)
        return;
    char *digit = calloc((size_t)n + 1, 1);
    SR_REQUIRE(digit != NULL);
    for (int i = 0; i < n; i++)
        digit[i] = broken[i] ? '1' : '0';
    json_array_append_new(journal->attacks, json_pack("{s:s, s:s}", "attack",
                                                      attack, "broken", digit));
    free(digit);
    journal->next++;
    save(journal);
}
