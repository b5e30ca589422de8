/* Reading a plan: see plancodec.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "common/hash.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/jsonline.h"
#include "restore/fields.h"
#include "restore/plan.h"
#include "restore/plancodec.h"

struct reader {
	struct plan *plan;
	const char *at, *end; /* what is not read yet; the last line is */
	size_t line;
	size_t rows;
	size_t group_capacity;
};

static int
need_rule(
    const json_t *object, const char *key, enum plan_rule *out, struct err *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value) ||
	    !plan_rule_parse(bytes_of(json_string_value(value)), out))
		return fields_wrong(key, err);
	return 0;
}

/* --- parts of a row ---------------------------------------------------- */

static int
read_value(json_t *row, const char *key, struct arena *arena,
    struct plan_value *out, struct err *err)
{
	static const char *const keys[] = { "offset", "epoch", "metadata",
		NULL };
	json_t *value = json_object_get(row, key);

	out->epoch = -1;
	if (json_is_null(value))
		return 0;
	if (!json_is_object(value))
		return fields_wrong(key, err);
	out->present = true;
	if (fields_check(value, keys, err) != 0 ||
	    fields_i64(value, "offset", INT64_MIN, &out->offset, err) != 0 ||
	    fields_i32(value, "epoch", INT32_MIN, &out->epoch, err) != 0 ||
	    fields_name(value, "metadata", arena, &out->metadata, err) != 0)
		return err_wrap(err, "\"%s\"", key);
	return 0;
}

static int
read_end(json_t *row, const char *key, struct arena *arena,
    struct plan_end *out, struct err *err)
{
	static const char *const keys[] = { "snapshot", "time", "offset",
		NULL };
	json_t *value = json_object_get(row, key);
	const struct field_array id = { out->snapshot_id,
		sizeof(out->snapshot_id) };

	out->offset = -1;
	if (json_is_null(value))
		return 0;
	if (!json_is_object(value))
		return fields_wrong(key, err);
	out->known = true;
	if (fields_check(value, keys, err) != 0 ||
	    fields_array(value, "snapshot", arena, id, err) != 0 ||
	    fields_time(value, "time", &out->time_ms, err) != 0)
		return err_wrap(err, "\"%s\"", key);
	if (strcmp(out->snapshot_id, "now") == 0) {
		out->is_now = true;
		out->snapshot_id[0] = '\0';
	}
	out->present = json_object_get(value, "offset") != NULL;
	if (out->present &&
	    fields_i64(value, "offset", INT64_MIN, &out->offset, err) != 0)
		return err_wrap(err, "\"%s\"", key);
	return 0;
}

/* Texts are shown as they stand, so nothing in them may paint: what the escape
 * would change, other than doubling a backslash, was not written by us. */
static int
check_plain(const char *key, const char *text, struct err *err)
{
	struct buf escaped = { 0 };
	size_t expected = strlen(text);
	bool plain;

	for (const char *at = text; *at != '\0'; at++)
		expected += *at == '\\';
	utf8_escape(&escaped, bytes_of(text));
	plain = escaped.size == expected;
	buf_release(&escaped);
	return plain ? 0 : fields_wrong(key, err);
}

/* What would be written obeys the contract, whoever wrote the file. */
static int
check_row(const struct plan_row *row, struct err *err)
{
	if (row->action == PLAN_REMOVE)
		return row->planned.present
		    ? err_set(
			  err, ERR_CORRUPT, "a row to be removed has an offset")
		    : 0;
	if (!plan_row_is_work(row))
		return 0;
	/* Of an undo, also that there is none as there was none before. */
	if (row->action == PLAN_SAME && row->rule == RULE_UNDO &&
	    !row->planned.present)
		return 0;
	if (!row->planned.present || row->planned.offset < 0)
		return err_set(err, ERR_CORRUPT,
		    "a row to be written has no offset, or a negative one");
	if (row->planned.epoch < -1)
		return fields_wrong("epoch", err);
	return 0;
}

static int
read_row_head(
    json_t *object, struct arena *arena, struct plan_row *row, struct err *err)
{
	const json_t *action = json_object_get(object, "action");
	const json_t *id = json_object_get(object, "topic_id");

	if (fields_name(object, "topic", arena, &row->topic, err) != 0 ||
	    fields_i32(object, "partition", 0, &row->partition, err) != 0 ||
	    need_rule(object, "rule", &row->rule, err) != 0)
		return -1;
	if (!json_is_string(action) ||
	    !plan_action_parse(
		bytes_of(json_string_value(action)), &row->action))
		return fields_wrong("action", err);
	if (id == NULL)
		return 0;
	row->has_topic_id = true;
	if (!json_is_string(id) ||
	    !uuid_parse(bytes_of(json_string_value(id)), row->topic_id))
		return fields_wrong("topic_id", err);
	return 0;
}

static int
read_row(json_t *object, struct arena *arena, const struct plan_group *group,
    struct plan_row *row, struct err *err)
{
	static const char *const keys[] = { "group", "topic", "partition",
		"topic_id", "now", "planned", "action", "rule", "reread",
		"skip", "moved_back", "low", "high", "text", NULL };
	struct bytes name;

	if (fields_check(object, keys, err) != 0 ||
	    fields_name(object, "group", arena, &name, err) != 0 ||
	    read_row_head(object, arena, row, err) != 0 ||
	    read_value(object, "now", arena, &row->now, err) != 0 ||
	    read_value(object, "planned", arena, &row->planned, err) != 0 ||
	    fields_i64(object, "reread", 0, &row->reread, err) != 0 ||
	    fields_i64(object, "skip", 0, &row->skip, err) != 0 ||
	    fields_bool(object, "moved_back", &row->moved_back, err) != 0 ||
	    read_end(object, "low", arena, &row->low, err) != 0 ||
	    read_end(object, "high", arena, &row->high, err) != 0 ||
	    fields_text(object, "text", arena, &row->text, err) != 0)
		return -1;
	if (!bytes_equal(name, group->name))
		return err_set(
		    err, ERR_CORRUPT, "a row of another group stands here");
	if (check_plain("text", row->text, err) != 0)
		return -1;
	return check_row(row, err);
}

/* --- groups ------------------------------------------------------------ */

static int
read_members(json_t *object, struct arena *arena, struct plan_group *group,
    struct err *err)
{
	static const char *const keys[] = { "client_id", "host", NULL };
	const json_t *list = json_object_get(object, "members");
	int64_t count;

	if (fields_i64(object, "member_count", 0, &count, err) != 0)
		return -1;
	group->member_count = (size_t)count;
	if (!json_is_array(list) || json_array_size(list) > PLAN_MEMBERS_MAX)
		return fields_wrong("members", err);
	group->shown_count = json_array_size(list);
	group->members =
	    arena_alloc(arena, group->shown_count, sizeof(*group->members));
	for (size_t i = 0; i < group->shown_count; i++) {
		json_t *member = json_array_get(list, i);

		if (!json_is_object(member))
			return fields_wrong("members", err);
		if (fields_check(member, keys, err) != 0 ||
		    fields_name(member, "client_id", arena,
			&group->members[i].client_id, err) != 0 ||
		    fields_name(member, "host", arena, &group->members[i].host,
			err) != 0)
			return -1;
	}
	return 0;
}

static int
read_group(json_t *object, struct arena *arena, struct plan_group *group,
    size_t *rows, struct err *err)
{
	static const char *const keys[] = { "group", "exists", "watch", "type",
		"state", "protocol_type", "member_count", "members", "refused",
		"text", "rows", "remove", NULL };
	const char *type;
	int64_t count;

	if (fields_check(object, keys, err) != 0 ||
	    fields_name(object, "group", arena, &group->name, err) != 0 ||
	    fields_bool(object, "exists", &group->exists, err) != 0 ||
	    fields_bool(object, "watch", &group->watch, err) != 0 ||
	    fields_text(object, "type", arena, &type, err) != 0 ||
	    fields_text(object, "state", arena, &group->state, err) != 0 ||
	    fields_text(object, "protocol_type", arena, &group->protocol_type,
		err) != 0 ||
	    read_members(object, arena, group, err) != 0 ||
	    need_rule(object, "refused", &group->refused, err) != 0 ||
	    fields_text(object, "text", arena, &group->text, err) != 0 ||
	    (json_object_get(object, "remove") != NULL &&
		fields_bool(object, "remove", &group->remove, err) != 0) ||
	    fields_i64(object, "rows", 0, &count, err) != 0)
		return -1;
	if (check_plain("text", group->text, err) != 0)
		return -1;
	group->type = group_type_parse(type);
	*rows = (size_t)count;
	return 0;
}

/* --- lines ------------------------------------------------------------- */

/* NULL in *out at the end of the lines. */
static int
next_line(struct reader *reader, json_t **out, struct err *err)
{
	const char *stop;
	struct bytes line;

	*out = NULL;
	if (reader->at == reader->end)
		return 0;
	stop = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
	reader->line++;
	if (stop == NULL)
		return err_set(err, ERR_CORRUPT, "the line has no end");
	line.data = reader->at;
	line.size = (size_t)(stop - reader->at);
	reader->at = stop + 1;
	return jsonline_parse(line, PLANCODEC_LINE_MAX, out, err);
}

static int
read_rows(struct reader *reader, struct plan_group *group, size_t count,
    struct err *err)
{
	/* No row is shorter than this many bytes: bound before allocating. */
	if (count > (size_t)(reader->end - reader->at) / 64)
		return fields_wrong("rows", err);
	group->rows =
	    arena_alloc(&reader->plan->arena, count, sizeof(*group->rows));
	for (size_t i = 0; i < count; i++) {
		const struct plan_row *last = &group->rows[i - (i > 0)];
		struct plan_row *row = &group->rows[i];
		json_t *object;
		int result, order;

		if (next_line(reader, &object, err) != 0)
			return -1;
		if (object == NULL)
			return err_set(err, ERR_CORRUPT, "rows are missing");
		result =
		    read_row(object, &reader->plan->arena, group, row, err);
		json_decref(object);
		if (result != 0)
			return -1;
		group->row_count++;
		order = bytes_compare(last->topic, row->topic);
		if (i > 0 &&
		    (order > 0 ||
			(order == 0 && last->partition >= row->partition)))
			return err_set(err, ERR_CORRUPT,
			    "the row is out of order, or stands twice");
	}
	reader->rows += count;
	return 0;
}

static int
read_groups(struct reader *reader, struct plan_group **groups, struct err *err)
{
	struct plan *plan = reader->plan;

	for (;;) {
		struct plan_group *group;
		json_t *object;
		size_t rows = 0;
		int result;

		if (next_line(reader, &object, err) != 0)
			return -1;
		if (object == NULL)
			return 0;
		*groups = xgrow(*groups, plan->group_count,
		    &reader->group_capacity, sizeof(**groups));
		group = &(*groups)[plan->group_count++];
		memset(group, 0, sizeof(*group));
		result = read_group(object, &plan->arena, group, &rows, err);
		json_decref(object);
		if (result != 0)
			return -1;
		if (plan->group_count > 1 &&
		    bytes_compare(group[-1].name, group->name) >= 0)
			return err_set(err, ERR_CORRUPT,
			    "the group is out of order, or stands twice");
		if (read_rows(reader, group, rows, err) != 0)
			return -1;
	}
}

/* Keys that the first plans did not have. */
static int
read_later_keys(const json_t *object, struct plan *plan, struct err *err)
{
	if (json_object_get(object, "undoes") != NULL &&
	    fields_array(object, "undoes", &plan->arena,
		(struct field_array){ plan->undoes, sizeof(plan->undoes) },
		err) != 0)
		return -1;
	return json_object_get(object, "skip_share_groups") == NULL
	    ? 0
	    : fields_bool(
		  object, "skip_share_groups", &plan->skip_share_groups, err);
}

static int
read_header(struct reader *reader, struct err *err)
{
	static const char *const keys[] = { "plan", "id", "created", "cluster",
		"question", "at", "snapshot", "policy", "writer", "names_open",
		"skip_share_groups", "undoes", NULL };
	struct plan *plan = reader->plan;
	struct arena *arena = &plan->arena;
	json_t *object;
	int64_t version;
	int result = -1;

	if (next_line(reader, &object, err) != 0)
		return -1;
	if (object == NULL)
		return err_set(err, ERR_CORRUPT, "the file is empty");
	if (fields_i64(object, "plan", 1, &version, err) != 0)
		goto out;
	if (version > PLANCODEC_VERSION) {
		(void)err_set(err, ERR_UNSUPPORTED,
		    "a plan of version %" PRId64
		    ", and this program reads up to %d",
		    version, PLANCODEC_VERSION);
		goto out;
	}
	plan->has_at = json_object_get(object, "snapshot") == NULL;
	if (fields_check(object, keys, err) != 0 ||
	    fields_array(object, "id", arena,
		(struct field_array){ plan->id, sizeof(plan->id) }, err) != 0 ||
	    fields_time(object, "created", &plan->created_ms, err) != 0 ||
	    fields_array(object, "cluster", arena,
		(struct field_array){
		    plan->cluster_id, sizeof(plan->cluster_id) },
		err) != 0 ||
	    fields_array(object, "question", arena,
		(struct field_array){ plan->question, sizeof(plan->question) },
		err) != 0 ||
	    fields_time(object, "at", &plan->at_ms, err) != 0 ||
	    (!plan->has_at &&
		fields_array(object, "snapshot", arena,
		    (struct field_array){
			plan->snapshot_id, sizeof(plan->snapshot_id) },
		    err) != 0) ||
	    fields_array(object, "policy", arena,
		(struct field_array){ plan->policy, sizeof(plan->policy) },
		err) != 0 ||
	    fields_array(object, "writer", arena,
		(struct field_array){ plan->writer, sizeof(plan->writer) },
		err) != 0 ||
	    fields_bool(object, "names_open", &plan->names_open, err) != 0 ||
	    read_later_keys(object, plan, err) != 0 ||
	    check_plain("id", plan->id, err) != 0 ||
	    check_plain("cluster", plan->cluster_id, err) != 0)
		goto out;
	result = 0;
out:
	json_decref(object);
	return result;
}

/* --- the last line ----------------------------------------------------- */

struct trailer {
	int64_t groups, rows;
};

/* Find the last line, check it, and leave what is before it to be read. */
static int
read_trailer(struct reader *reader, struct bytes text, struct trailer *out,
    struct err *err)
{
	static const char *const keys[] = { "end", "groups", "rows", "sha256",
		NULL };
	size_t start = text.size > 0 ? text.size - 1 : 0;
	char expected[SHA256_HEX_MAX] = "";
	char found[SHA256_HEX_MAX];
	json_t *object = NULL;
	struct arena arena = { 0 };
	bool end = false;
	int result = -1;

	if (!bytes_start_with(text, bytes_of("{\"plan\":")))
		return err_set(err, ERR_CORRUPT,
		    "the file does not begin as a plan of tidemark");
	if (text.data[start] != '\n')
		return err_set(err, ERR_CORRUPT,
		    "the last line is missing: the file was cut short");
	while (start > 0 && text.data[start - 1] != '\n')
		start--;
	if (jsonline_parse(
		(struct bytes){ text.data + start, text.size - 1 - start },
		PLANCODEC_LINE_MAX, &object, err) != 0)
		return -1;
	if (fields_bool(object, "end", &end, err) != 0 || !end) {
		(void)err_set(err, ERR_CORRUPT,
		    "the last line is missing: the file was cut short");
		goto out;
	}
	if (fields_check(object, keys, err) != 0 ||
	    fields_i64(object, "groups", 0, &out->groups, err) != 0 ||
	    fields_i64(object, "rows", 0, &out->rows, err) != 0 ||
	    fields_array(object, "sha256", &arena,
		(struct field_array){ expected, sizeof(expected) }, err) != 0)
		goto out;
	if (strcmp(sha256_hex(text.data, start, found), expected) != 0) {
		(void)err_set(err, ERR_CORRUPT,
		    "the hash in the last line is another: the plan was "
		    "changed after it was made");
		goto out;
	}
	reader->at = text.data;
	reader->end = text.data + start;
	result = 0;
out:
	json_decref(object);
	arena_release(&arena);
	return result;
}

int
plancodec_decode(struct bytes text, struct plan *out, struct err *err)
{
	struct reader reader = { 0 };
	struct trailer trailer = { 0 };
	struct plan_group *groups = NULL;
	int result = -1;

	memset(out, 0, sizeof(*out));
	reader.plan = out;
	if (text.size > PLANCODEC_SIZE_MAX)
		return err_set(err, ERR_CORRUPT, "the plan is too large");
	if (read_trailer(&reader, text, &trailer, err) != 0)
		return err_wrap(err, "plan");
	if (read_header(&reader, err) != 0 ||
	    read_groups(&reader, &groups, err) != 0) {
		(void)err_wrap(err, "plan, line %zu", reader.line);
		goto out;
	}
	if (trailer.groups != (int64_t)out->group_count ||
	    trailer.rows != (int64_t)reader.rows) {
		(void)err_set(err, ERR_CORRUPT,
		    "plan: the counts in the last line are others");
		goto out;
	}
	out->groups =
	    arena_alloc(&out->arena, out->group_count, sizeof(*out->groups));
	if (groups != NULL)
		memcpy(out->groups, groups,
		    out->group_count * sizeof(*out->groups));
	result = 0;
out:
	free(groups);
	if (result != 0)
		plan_release(out);
	return result;
}
