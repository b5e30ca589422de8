#include "restore/planreadrow.h"

#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/encoding.h"
#include "common/utf8.h"
#include "restore/fields.h"
#include "restore/plan.h"

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

int
planread_plain(const char *key, const char *text, struct err *err)
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
	/* Of an undo whatever was there before: nothing is written. */
	if (row->action == PLAN_SAME && row->rule == RULE_UNDO)
		return 0;
	if (!row->planned.present || row->planned.offset < 0)
		return err_set(err, ERR_CORRUPT,
		    "a row to be written has no offset, or a negative one");
	if (row->planned.epoch < -1)
		return fields_wrong("epoch", err);
	return 0;
}

/* Where it has another name than what it comes from. */
static int
read_from(const json_t *object, const char *key, struct arena *arena,
    bool *renamed, struct bytes *out, struct err *err)
{
	struct buf encoded = { 0 };

	buf_add_format(&encoded, "%s_b64", key);
	*renamed = json_object_get(object, key) != NULL ||
	    json_object_get(object, buf_text(&encoded)) != NULL;
	buf_release(&encoded);
	return *renamed ? fields_name(object, key, arena, out, err) : 0;
}

static int
read_row_head(
    json_t *object, struct arena *arena, struct plan_row *row, struct err *err)
{
	const json_t *action = json_object_get(object, "action");
	const json_t *id = json_object_get(object, "topic_id");

	if (fields_name(object, "topic", arena, &row->topic, err) != 0 ||
	    read_from(object, "from_topic", arena, &row->renamed, &row->from,
		err) != 0 ||
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

int
planread_row(json_t *object, struct arena *arena,
    const struct plan_group *group, struct plan_row *row, struct err *err)
{
	static const char *const keys[] = { "group", "topic", "from_topic",
		"partition", "topic_id", "now", "planned", "action", "rule",
		"reread", "skip", "moved_back", "low", "high", "text", NULL };
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
	if (planread_plain("text", row->text, err) != 0)
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

/* A plan from before there were kinds has none. */
static int
read_kind(json_t *object, struct arena *arena, struct plan_group *group,
    struct err *err)
{
	const json_t *kind = json_object_get(object, "kind");

	group->hint = "";
	if (kind == NULL)
		return 0;
	if (!json_is_string(kind) ||
	    !kind_parse(bytes_of(json_string_value(kind)), &group->kind))
		return fields_wrong("kind", err);
	if (fields_text(object, "hint", arena, &group->hint, err) != 0)
		return -1;
	return planread_plain("hint", group->hint, err);
}

static int
read_expiry(const json_t *object, struct plan_group *group, struct err *err)
{
	const json_t *clock = json_object_get(object, "expiry");

	if (clock == NULL)
		return 0;
	if (!json_is_string(clock) ||
	    !expiry_parse(bytes_of(json_string_value(clock)), &group->expiry))
		return fields_wrong("expiry", err);
	return 0;
}

int
planread_group(json_t *object, struct arena *arena, struct plan_group *group,
    size_t *rows, struct err *err)
{
	static const char *const keys[] = { "group", "from_group", "exists",
		"watch", "type", "state", "protocol_type", "member_count",
		"members", "refused", "text", "kind", "hint", "expiry", "rows",
		"remove", "skip_share_group", NULL };
	const char *type;
	int64_t count;

	if (fields_check(object, keys, err) != 0 ||
	    fields_name(object, "group", arena, &group->name, err) != 0 ||
	    read_from(object, "from_group", arena, &group->renamed,
		&group->from, err) != 0 ||
	    fields_bool(object, "exists", &group->exists, err) != 0 ||
	    fields_bool(object, "watch", &group->watch, err) != 0 ||
	    fields_text(object, "type", arena, &type, err) != 0 ||
	    fields_text(object, "state", arena, &group->state, err) != 0 ||
	    fields_text(object, "protocol_type", arena, &group->protocol_type,
		err) != 0 ||
	    read_members(object, arena, group, err) != 0 ||
	    need_rule(object, "refused", &group->refused, err) != 0 ||
	    fields_text(object, "text", arena, &group->text, err) != 0 ||
	    read_kind(object, arena, group, err) != 0 ||
	    read_expiry(object, group, err) != 0 ||
	    (json_object_get(object, "remove") != NULL &&
		fields_bool(object, "remove", &group->remove, err) != 0) ||
	    (json_object_get(object, "skip_share_group") != NULL &&
		fields_bool(object, "skip_share_group", &group->skip_share,
		    err) != 0) ||
	    fields_i64(object, "rows", 0, &count, err) != 0)
		return -1;
	if (planread_plain("text", group->text, err) != 0)
		return -1;
	group->type = group_type_parse(type);
	*rows = (size_t)count;
	return 0;
}
