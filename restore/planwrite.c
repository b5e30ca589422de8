/* Writing a plan: see plancodec.h. */
#include <inttypes.h>

#include "common/buf.h"
#include "common/encoding.h"
#include "common/hash.h"
#include "common/timetext.h"
#include "formats/jsonline.h"
#include "restore/plan.h"
#include "restore/plancodec.h"

static void
add_key(struct buf *out, const char *key)
{
	buf_add_format(out, ",\"%s\":", key);
}

static void
add_text(struct buf *out, const char *key, const char *text)
{
	buf_add_char(out, ',');
	jsonline_add_name(out, key, bytes_of(text));
}

static void
add_name(struct buf *out, const char *key, struct bytes name)
{
	buf_add_char(out, ',');
	jsonline_add_name(out, key, name);
}

static void
add_bool(struct buf *out, const char *key, bool value)
{
	add_key(out, key);
	buf_add_text(out, value ? "true" : "false");
}

static void
add_number(struct buf *out, const char *key, int64_t value)
{
	add_key(out, key);
	buf_add_i64(out, value);
}

static void
add_time(struct buf *out, const char *key, int64_t time_ms)
{
	char text[TIME_RFC3339_MAX];

	if (time_ms < 0 || time_ms > TIME_LAST_MS)
		add_number(out, key, time_ms);
	else
		add_text(out, key, time_format(time_ms, text));
}

static void
add_header(struct buf *out, const struct plan *plan)
{
	buf_add_format(out, "{\"plan\":%d", PLANCODEC_VERSION);
	add_text(out, "id", plan->id);
	add_time(out, "created", plan->created_ms);
	add_text(out, "cluster", plan->cluster_id);
	add_text(out, "question", plan->question);
	add_time(out, "at", plan->at_ms);
	if (!plan->has_at)
		add_text(out, "snapshot", plan->snapshot_id);
	if (plan->undoes[0] != '\0')
		add_text(out, "undoes", plan->undoes);
	if (plan->recorded_ms != 0)
		add_time(out, "recorded", plan->recorded_ms);
	add_text(out, "policy", plan->policy);
	add_text(out, "writer", plan->writer);
	add_bool(out, "names_open", plan->names_open);
	add_bool(out, "skip_share_groups", plan->skip_share_groups);
	add_number(out, "retention_ms", plan->retention.ms);
	add_bool(out, "retention_known", plan->retention.known);
	buf_add_text(out, "}\n");
}

static void
add_members(struct buf *out, const struct plan_group *group)
{
	add_key(out, "members");
	buf_add_char(out, '[');
	for (size_t i = 0; i < group->shown_count; i++) {
		buf_add_text(out, i == 0 ? "{" : ",{");
		jsonline_add_name(
		    out, "client_id", group->members[i].client_id);
		add_name(out, "host", group->members[i].host);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void
add_group(
    struct buf *out, const struct plan *plan, const struct plan_group *group)
{
	buf_add_char(out, '{');
	jsonline_add_name(out, "group", group->name);
	if (group->renamed)
		add_name(out, "from_group", group->from);
	add_bool(out, "exists", group->exists);
	add_bool(out, "watch", group->watch);
	add_text(out, "type", group_type_text(group->type));
	add_text(out, "state", group->state);
	add_text(out, "protocol_type", group->protocol_type);
	add_number(out, "member_count", (int64_t)group->member_count);
	add_members(out, group);
	add_text(out, "refused", plan_rule_text(group->refused));
	add_text(out, "text", group->text);
	if (group->remove)
		add_bool(out, "remove", true);
	if (group->skip_share != plan->skip_share_groups)
		add_bool(out, "skip_share_group", group->skip_share);
	add_text(out, "kind", kind_text(group->kind));
	add_text(out, "hint", group->hint);
	add_text(out, "expiry", expiry_text(group->expiry));
	add_number(out, "rows", (int64_t)group->row_count);
	buf_add_text(out, "}\n");
}

static void
add_value(struct buf *out, const char *key, const struct plan_value *value)
{
	add_key(out, key);
	if (!value->present) {
		buf_add_text(out, "null");
		return;
	}
	buf_add_format(out, "{\"offset\":%" PRId64 ",\"epoch\":%" PRId32,
	    value->offset, value->epoch);
	add_name(out, "metadata", value->metadata);
	buf_add_char(out, '}');
}

static void
add_end(struct buf *out, const char *key, const struct plan_end *end)
{
	add_key(out, key);
	if (!end->known) {
		buf_add_text(out, "null");
		return;
	}
	buf_add_char(out, '{');
	jsonline_add_name(
	    out, "snapshot", bytes_of(end->is_now ? "now" : end->snapshot_id));
	add_time(out, "time", end->time_ms);
	if (end->present)
		add_number(out, "offset", end->offset);
	buf_add_char(out, '}');
}

static void
add_row(
    struct buf *out, const struct plan_group *group, const struct plan_row *row)
{
	char id[UUID_TEXT_MAX];

	buf_add_char(out, '{');
	jsonline_add_name(out, "group", group->name);
	add_name(out, "topic", row->topic);
	if (row->renamed)
		add_name(out, "from_topic", row->from);
	add_number(out, "partition", row->partition);
	if (row->has_topic_id) {
		uuid_format(row->topic_id, id);
		add_text(out, "topic_id", id);
	}
	add_value(out, "now", &row->now);
	add_value(out, "planned", &row->planned);
	add_text(out, "action", plan_action_text(row->action));
	add_text(out, "rule", plan_rule_text(row->rule));
	add_number(out, "reread", row->reread);
	add_number(out, "skip", row->skip);
	add_bool(out, "moved_back", row->moved_back);
	add_end(out, "low", &row->low);
	add_end(out, "high", &row->high);
	add_text(out, "text", row->text);
	buf_add_text(out, "}\n");
}

void
plancodec_encode(const struct plan *plan, struct buf *out)
{
	const size_t start = out->size;
	char hash[SHA256_HEX_MAX];
	size_t rows = 0;

	add_header(out, plan);
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct plan_group *group = &plan->groups[i];

		add_group(out, plan, group);
		for (size_t j = 0; j < group->row_count; j++)
			add_row(out, group, &group->rows[j]);
		rows += group->row_count;
	}
	(void)sha256_hex(out->data + start, out->size - start, hash);
	buf_add_format(out,
	    "{\"end\":true,\"groups\":%zu,\"rows\":%zu,\"sha256\":\"%s\"}\n",
	    plan->group_count, rows, hash);
}
