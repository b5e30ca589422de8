#include "restore/freeze.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/hash.h"
#include "common/parsenum.h"
#include "common/timetext.h"
#include "formats/jsonline.h"
#include "kafka/cluster.h"
#include "restore/fields.h"

#define FORMAT "tidemark-freeze"
#define VERSION 1

static const char *const end_words[] = {
	[FREEZE_END_PUT_BACK] = "put-back",
	[FREEZE_END_WAS_SO] = "was-so",
	[FREEZE_END_SUPERSEDED] = "superseded",
};

/* --- values ------------------------------------------------------------ */

int
freeze_value_set(
    struct freeze_value *out, bool own, struct bytes text, struct err *err)
{
	int64_t number;

	if (text.size >= sizeof(out->text) ||
	    !parse_i64(text, 0, INT64_MAX, &number))
		return err_set(err, ERR_UNSUPPORTED,
		    FREEZE_SETTING " of " OFFSETS_TOPIC
				   " is no number of milliseconds");
	*out = (struct freeze_value){ .own = own };
	memcpy(out->text, text.data, text.size);
	return 0;
}

bool
freeze_value_equal(
    const struct freeze_value *left, const struct freeze_value *right)
{
	return left->own == right->own &&
	    (!left->own || strcmp(left->text, right->text) == 0);
}

struct freeze_value
freeze_value_frozen(void)
{
	return (struct freeze_value){ true, FREEZE_VALUE };
}

/* --- records ----------------------------------------------------------- */

int
freeze_record_make(const char *cluster_id, const struct freeze_value *before,
    const struct env *env, struct freeze_record *out, struct err *err)
{
	*out = (struct freeze_record){ .before = *before,
		.at_ms = env_now_ms(env) };
	env_id(env, out->id);
	if (strlen(cluster_id) >= sizeof(out->cluster_id))
		return err_set(
		    err, ERR_UNSUPPORTED, "the cluster's id is too long");
	memcpy(out->cluster_id, cluster_id, strlen(cluster_id) + 1);
	return 0;
}

/* "before_set":true,"before":"0" */
static void
add_value(struct buf *out, const char *key, const struct freeze_value *value)
{
	buf_add_format(out, ",\"%s_set\":%s,\"%s\":\"%s\"", key,
	    value->own ? "true" : "false", key, value->text);
}

static void
add_time(struct buf *out, const char *key, int64_t at_ms)
{
	char text[TIME_RFC3339_MAX];

	buf_add_format(out, ",\"%s\":\"%s\"", key, time_format(at_ms, text));
}

/* Everything is in it but what closes it. */
static void
add_hash(struct buf *out)
{
	char hash[SHA256_HEX_MAX];

	sha256_hex(out->data, out->size, hash);
	buf_add_format(out, ",\"sha256\":\"%s\"}\n", hash);
}

void
freeze_record_encode(const struct freeze_record *record, struct buf *out)
{
	struct buf line = { 0 };

	buf_add_format(&line,
	    "{\"format\":\"" FORMAT "\",\"version\":%d,\"id\":\"%s\"", VERSION,
	    record->id);
	add_time(&line, "at", record->at_ms);
	buf_add_char(&line, ',');
	jsonline_add_name(&line, "cluster", bytes_of(record->cluster_id));
	buf_add_text(&line,
	    ",\"topic\":\"" OFFSETS_TOPIC "\",\"setting\":\"" FREEZE_SETTING
	    "\",\"value\":\"" FREEZE_VALUE "\"");
	add_value(&line, "before", &record->before);
	add_hash(&line);
	buf_add_bytes(out, buf_bytes(&line));
	buf_release(&line);
}

void
freeze_end_encode(const struct freeze_record *record, enum freeze_end end,
    const struct freeze_value *found, int64_t at_ms, struct buf *out)
{
	struct buf line = { 0 };

	buf_add_format(&line,
	    "{\"format\":\"tidemark-thaw\",\"version\":%d,\"freeze\":\"%s\"",
	    VERSION, record->id);
	add_time(&line, "at", at_ms);
	buf_add_char(&line, ',');
	jsonline_add_name(&line, "cluster", bytes_of(record->cluster_id));
	buf_add_format(&line, ",\"end\":\"%s\"", end_words[end]);
	add_value(&line, "found", found);
	add_hash(&line);
	buf_add_bytes(out, buf_bytes(&line));
	buf_release(&line);
}

static int
check_head(const json_t *root, struct arena *arena, struct err *err)
{
	const char *format;
	int64_t version;

	if (fields_text(root, "format", arena, &format, err) != 0 ||
	    fields_i64(root, "version", 1, &version, err) != 0)
		return -1;
	if (strcmp(format, FORMAT) != 0)
		return err_set(
		    err, ERR_CORRUPT, "this is no record of a freeze");
	if (version > VERSION)
		return err_set(err, ERR_UNSUPPORTED,
		    "the record has version %lld: a newer tidemark is needed",
		    (long long)version);
	return 0;
}

static int
check_id(const char *id, struct err *err)
{
	if (strlen(id) == ENV_ID_MAX - 1 &&
	    strspn(id, "0123456789abcdef") == ENV_ID_MAX - 1)
		return 0;
	return fields_wrong("id", err);
}

static int
read_before(const json_t *root, struct arena *arena, struct freeze_value *out,
    struct err *err)
{
	const char *text;
	bool own;

	if (fields_bool(root, "before_set", &own, err) != 0 ||
	    fields_text(root, "before", arena, &text, err) != 0)
		return -1;
	if (freeze_value_set(out, own, bytes_of(text), err) != 0)
		return fields_wrong("before", err);
	return 0;
}

static int
read_fields(const json_t *root, struct arena *arena, struct freeze_record *out,
    struct err *err)
{
	const struct freeze_value frozen = freeze_value_frozen();

	if (check_head(root, arena, err) != 0 ||
	    fields_array(root, "id", arena,
		(struct field_array){ out->id, sizeof(out->id) }, err) != 0 ||
	    check_id(out->id, err) != 0 ||
	    fields_time(root, "at", &out->at_ms, err) != 0 ||
	    fields_array(root, "cluster", arena,
		(struct field_array){
		    out->cluster_id, sizeof(out->cluster_id) },
		err) != 0 ||
	    read_before(root, arena, &out->before, err) != 0)
		return -1;
	if (out->at_ms < 0 || out->at_ms > TIME_LAST_MS)
		return fields_wrong("at", err);
	/* Nobody records what is frozen already. */
	if (freeze_value_equal(&out->before, &frozen))
		return fields_wrong("before", err);
	return 0;
}

/* Is it what we would have written, with everything else that is in it? */
static int
check_bytes(
    struct bytes text, const struct freeze_record *record, struct err *err)
{
	struct buf again = { 0 };
	bool same;

	freeze_record_encode(record, &again);
	same = bytes_equal(text, buf_bytes(&again));
	buf_release(&again);
	return same
	    ? 0
	    : err_set(err, ERR_CORRUPT, "the record of the freeze was changed");
}

int
freeze_record_decode(
    struct bytes text, struct freeze_record *out, struct err *err)
{
	struct arena arena = { 0 };
	json_t *root;
	int result = -1;

	*out = (struct freeze_record){ 0 };
	if (jsonline_parse(text, FREEZE_SIZE_MAX, &root, err) != 0)
		return -1;
	if (read_fields(root, &arena, out, err) == 0)
		result = check_bytes(text, out, err);
	json_decref(root);
	arena_release(&arena);
	return result;
}

/* --- what is to be done ------------------------------------------------ */

enum freeze_step
freeze_decide(const struct freeze_record *open, const struct freeze_value *now,
    bool force_stale)
{
	const struct freeze_value frozen = freeze_value_frozen();

	if (freeze_value_equal(now, &frozen))
		return open != NULL ? FREEZE_IS_FROZEN : FREEZE_BY_OTHERS;
	if (open == NULL)
		return FREEZE_BEGIN;
	if (freeze_value_equal(now, &open->before))
		return FREEZE_GO_ON;
	return force_stale ? FREEZE_ANEW : FREEZE_CHANGED;
}

enum thaw_step
thaw_decide(const struct freeze_record *open, const struct freeze_value *now,
    bool force_stale)
{
	const struct freeze_value frozen = freeze_value_frozen();

	if (freeze_value_equal(now, &open->before))
		return THAW_WAS_SO;
	if (freeze_value_equal(now, &frozen) || force_stale)
		return THAW_PUT_BACK;
	return THAW_CHANGED;
}
