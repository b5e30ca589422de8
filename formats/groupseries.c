/*
 * groupseries.c - see groupseries.h.
 */
#include "formats/groupseries.h"

#include <jansson.h>
#include <string.h>

#include "common/encoding.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/jsonline.h"
#include "formats/limits.h"
#include "formats/seriesread.h"

#define SHOWN_MAX 128

/* ------------------------------------------------------------------- groups */

/* What a change says; what it does not say stays. */
static int
take_change(struct groupbuild *build, const json_t *change, struct group *group,
    struct err *err)
{
	struct arena *arena = &build->snapshot->arena;
	struct bytes type = { 0 };

	if (jsonline_get_string(change, "type", &type, err) != 0 ||
	    jsonline_get_text(change, "state", arena, &group->state, err) !=
		0 ||
	    jsonline_get_text(change, "protocol_type", arena,
		&group->protocol_type, err) != 0 ||
	    jsonline_get_i32(
		change, "coordinator", -1, &group->coordinator, err) != 0 ||
	    jsonline_get_i64(
		change, "since", -1, TIME_LAST_MS, &group->state_ms, err) != 0)
		return -1;
	if (type.data != NULL)
		group->type = group_type_parse(type.data);
	return 0;
}

int
groupseries_take_group(
    struct groupbuild *build, struct group *group, struct err *err)
{
	const struct groupline *line = &build->line;
	const int64_t number = (int64_t)build->snapshot->info.window.number;
	int64_t before = line->first;

	if (captures_have(line->away, (size_t)number,
		build->snapshot->info.window.count, &build->is_absent,
		err) != 0)
		return -1;
	build->is_absent |= number < line->first ||
	    (line->absent != -1 && number >= line->absent);
	for (size_t i = 0; i < json_array_size(line->changes); i++) {
		const json_t *change = json_array_get(line->changes, i);
		int64_t capture = -1;

		if (!json_is_object(change))
			return err_set(
			    err, ERR_CORRUPT, "a change is not an object");
		if (jsonline_get_i64(change, "capture", before + 1,
			LIMIT_CAPTURES, &capture, err) != 0)
			return -1;
		if (capture == -1)
			return err_set(
			    err, ERR_CORRUPT, "a change of no capture");
		before = capture;
		if (capture <= number &&
		    take_change(build, change, group, err) != 0)
			return -1;
	}
	return 0;
}

/* ---------------------------------------------------------------- positions */

static int
take_text(struct groupbuild *build, const struct series_item *item,
    struct position *position, struct err *err)
{
	struct bytes encoded = { 0 };
	struct bytes decoded = { 0 };

	if (series_text(item->texts, build->snapshot->info.window.number,
		&encoded, err) != 0)
		return -1;
	if (encoded.data == NULL)
		return 0;
	position->metadata = "";
	position->metadata_size = 0;
	if (encoded.size == 0)
		return 0;
	if (encoded.size > (LIMIT_METADATA + 2) / 3 * 4 ||
	    !base64_decode(encoded, &build->snapshot->arena, &decoded))
		return err_set(
		    err, ERR_CORRUPT, "metadata is not base64, or too long");
	position->metadata = decoded.data;
	position->metadata_size = (uint32_t)decoded.size;
	return 0;
}

/* The times are those of the last commit of all captures: an earlier one knows
 * them if it saw that commit. */
static void
forget_times(const struct groupbuild *build, const struct series_item *item,
    bool constant, struct position *position)
{
	const struct snapshot_window *window = &build->snapshot->info.window;
	const int64_t end_ms = window->captures[window->number].end_ms;

	if (window->number + 1 == item->absent ||
	    (constant && position->commit_ms <= end_ms))
		return;
	position->commit_ms = -1;
	position->expire_ms = -1;
}

static int
take_item(struct groupbuild *build, const struct series_item *item,
    struct position *position, struct err *err)
{
	const struct snapshot_window *window = &build->snapshot->info.window;
	int64_t epoch = position->epoch;
	bool constant = true;

	if (series_value(item, position->offset, window->number,
		&position->offset, &constant, err) != 0 ||
	    series_pair(item->epochs, window->number, -1, INT32_MAX, &epoch,
		err) != 0 ||
	    take_text(build, item, position, err) != 0 ||
	    captures_have(item->unstable, window->number, window->count,
		&position->unstable, err) != 0)
		return -1;
	position->epoch = (int32_t)epoch;
	forget_times(build, item, constant, position);
	return 0;
}

static int
note_kind(
    struct groupbuild *build, const struct series_item *item, struct err *err)
{
	int64_t kind = item->kind;

	if (kind != SERIES_DELTA && item->first != 0)
		return err_set(err, ERR_CORRUPT,
		    "a predictor that is not of the first capture");
	/* In that the offset itself stands there. */
	if (build->snapshot->info.window.number == item->first ||
	    item->numbers.data == NULL)
		kind = SERIES_DELTA;
	build->kinds = xgrow(build->kinds, build->kind_count,
	    &build->kind_capacity, sizeof(*build->kinds));
	build->kinds[build->kind_count++] = (uint8_t)kind;
	return 0;
}

int
groupseries_take(struct groupbuild *build, struct bytes series, size_t count,
    struct err *err)
{
	const struct snapshot_window *window = &build->snapshot->info.window;
	struct series_list list = series_begin(series, window->count);
	struct position *positions =
	    build->positions + (build->position_count - count);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct series_item item;
		bool is_there = false;

		if (series_next(&list, &item, err) != 0 ||
		    series_has(&item, window->number, &is_there, err) != 0)
			return -1;
		if (!is_there)
			continue;
		if (take_item(build, &item, &positions[i], err) != 0 ||
		    note_kind(build, &item, err) != 0)
			return -1;
		positions[kept++] = positions[i];
	}
	build->position_count -= count - kept;
	return series_end(&list, err);
}

/* ---------------------------------------------------------------- log ends */

struct resolving {
	const struct snapshot *snapshot;
	const struct topicbuild *topics;
	const uint8_t *kinds; /* of the next positions */
	const struct topic *topic;
};

/* Add the log ends; false if they are not there. */
static bool
add_ends(const struct resolving *resolving, enum series_kind kind,
    struct position *position)
{
	const struct topic *topic = resolving->topic;
	const struct log_range *range = topic == NULL
	    ? NULL
	    : topic_find_partition(topic, position->partition);
	const struct first_end *first;
	uint64_t offset = (uint64_t)position->offset;

	if (range == NULL)
		return false;
	offset += (uint64_t)range->end;
	if (kind == SERIES_LAG_CHANGE) {
		first = &topicbuild_first_ends(resolving->topics,
		    (size_t)(topic - resolving->snapshot->topics))[range -
		    topic->partitions];
		if (!first->is_known)
			return false;
		offset -= (uint64_t)first->end;
	}
	position->offset = (int64_t)offset;
	return true;
}

/* Returns how many positions of the topic were dropped. */
static size_t
resolve_topic(struct resolving *resolving, struct group_topic *topic)
{
	const size_t count = topic->count;
	bool has_topic = false;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const enum series_kind kind =
		    (enum series_kind) * resolving->kinds++;

		if (kind != SERIES_DELTA && !has_topic) {
			resolving->topic =
			    model_find_topic(resolving->snapshot, topic->topic);
			has_topic = true;
		}
		if (kind == SERIES_DELTA ||
		    add_ends(resolving, kind, &topic->positions[i]))
			topic->positions[kept++] = topic->positions[i];
	}
	topic->count = kept;
	return count - kept;
}

/* Without the topics that have no position left. */
static void
drop_topics(struct group *group)
{
	size_t kept = 0;

	for (size_t i = 0; i < group->topic_count; i++) {
		if (group->topics[i].count > 0)
			group->topics[kept++] = group->topics[i];
	}
	group->topic_count = kept;
}

int
groupseries_resolve(struct groupbuild *build, const struct topicbuild *topics,
    bool drop, size_t *dropped, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;
	struct resolving resolving = { snapshot, topics, build->kinds, NULL };
	char shown[SHOWN_MAX];

	if (snapshot->info.window.count <= 1)
		return 0;
	for (size_t i = 0; i < snapshot->group_count; i++) {
		struct group *group = &snapshot->groups[i];
		size_t count = 0;

		for (size_t j = 0; j < group->topic_count; j++)
			count += resolve_topic(&resolving, &group->topics[j]);
		if (count > 0 && !drop)
			return err_set(err, ERR_CORRUPT,
			    "group '%s': told by log ends that are not there",
			    utf8_escape_to(group->name, shown, sizeof(shown)));
		*dropped += count;
		if (count > 0)
			drop_topics(group);
	}
	return 0;
}
