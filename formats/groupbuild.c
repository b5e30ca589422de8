/*
 * groupbuild.c - see groupbuild.h.
 */
#include "formats/groupbuild.h"

#include <stdlib.h>
#include <string.h>

#include "common/encoding.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/groupseries.h"
#include "formats/limits.h"

#define SHOWN_MAX 128
#define TYPE_MAX 32

static bool
is_window(const struct groupbuild *build)
{
	return build->snapshot->info.window.count > 1;
}

/* The last topic of the open group is complete: move its positions to where
 * they stay. */
static void
close_topic(struct groupbuild *build)
{
	struct group_topic *topic;

	if (build->topic_count == 0)
		return;
	topic = &build->topics[build->topic_count - 1];
	if (build->position_count == 0) {
		/* Of a window: the capture has none of them. */
		build->topic_count -= topic->count == 0;
		return;
	}
	topic->count = build->position_count;
	topic->positions = arena_alloc(
	    &build->snapshot->arena, topic->count, sizeof(*topic->positions));
	memcpy(topic->positions, build->positions,
	    topic->count * sizeof(*topic->positions));
	build->position_count = 0;
}

static void
close_group(struct groupbuild *build)
{
	struct snapshot *snapshot = build->snapshot;
	struct group *group;

	if (!build->open)
		return;
	close_topic(build);
	build->open = false;
	if (build->is_absent) {
		snapshot->group_count--;
		build->kind_count = build->group_kinds;
		build->topic_count = 0;
		return;
	}
	group = &snapshot->groups[snapshot->group_count - 1];
	group->topic_count = build->topic_count;
	if (group->topic_count > 0) {
		group->topics = arena_alloc(&snapshot->arena,
		    group->topic_count, sizeof(*group->topics));
		memcpy(group->topics, build->topics,
		    group->topic_count * sizeof(*group->topics));
	}
	build->topic_count = 0;
}

/* A text of the group; most groups have the same as the one before. */
static const char *
keep_text(struct groupbuild *build, struct bytes text, const char *last)
{
	if (last != NULL && bytes_equal_text(text, last))
		return last;
	return arena_bytes(&build->snapshot->arena, text).data;
}

static bool
has_nul(struct bytes text)
{
	return text.size > 0 && memchr(text.data, '\0', text.size) != NULL;
}

static int
open_group(struct groupbuild *build, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;
	const struct snapshot_info *info = &snapshot->info;
	const struct groupline *line = &build->line;
	const struct group *last = NULL;
	struct group *group;
	char type[TYPE_MAX];

	if (build->seen == build->limit)
		return err_set(
		    err, ERR_CORRUPT, "more groups than the manifest counts");
	build->seen++;
	if (has_nul(line->state) || has_nul(line->protocol_type))
		return err_set(
		    err, ERR_CORRUPT, "a state or protocol type with NUL");
	if (snapshot->group_count > 0)
		last = &snapshot->groups[snapshot->group_count - 1];
	group = &snapshot->groups[snapshot->group_count++];
	group->name = arena_bytes(&snapshot->arena, line->group);
	type[0] = '\0';
	if (line->type.size > 0 && line->type.size < sizeof(type)) {
		memcpy(type, line->type.data, line->type.size);
		type[line->type.size] = '\0';
	}
	group->type = group_type_parse(type);
	group->state =
	    keep_text(build, line->state, last == NULL ? NULL : last->state);
	group->protocol_type = keep_text(build, line->protocol_type,
	    last == NULL ? NULL : last->protocol_type);
	group->state_ms = line->since;
	group->coordinator = line->coordinator;
	group->read_start_ms = info->from_ms;
	group->read_end_ms = info->to_ms;
	if (line->has_read && !is_window(build)) {
		group->read_start_ms = info->from_ms + line->read_start;
		group->read_end_ms = info->from_ms + line->read_end;
	}
	build->open = true;
	build->next_part = 0;
	build->is_absent = false;
	build->group_kinds = build->kind_count;
	return is_window(build) ? groupseries_take_group(build, group, err) : 0;
}

/* Make the topic of columns the last one of the open group. */
static void
open_topic(struct groupbuild *build, struct bytes name, bool may_go_on)
{
	struct group_topic *topic;

	if (may_go_on && build->topic_count > 0 &&
	    bytes_equal(build->topics[build->topic_count - 1].topic, name))
		return;
	close_topic(build);
	if (build->topic_count == build->topic_capacity)
		build->topics = xgrow(build->topics, build->topic_count,
		    &build->topic_capacity, sizeof(*build->topics));
	topic = &build->topics[build->topic_count++];
	*topic = (struct group_topic){ .topic = arena_bytes(
					   &build->snapshot->arena, name) };
}

/* One for each partition, unless it was left out. */
static bool
is_column(const struct groupbuild *build, struct bytes text,
    const struct columns *column)
{
	return text.data == NULL || column->count == build->partitions.count;
}

static int
parse_numbers(struct groupbuild *build, const struct groupline_topic *columns,
    struct err *err)
{
	if (!columns_parse(
		columns->partitions, 0, INT32_MAX, &build->partitions) ||
	    !columns_parse(
		columns->offsets, INT64_MIN, INT64_MAX, &build->offsets) ||
	    !columns_parse(columns->epochs, -1, INT32_MAX, &build->epochs) ||
	    !columns_parse(
		columns->commits, -1, TIME_LAST_MS, &build->commits) ||
	    !columns_parse(
		columns->expires, -1, TIME_LAST_MS, &build->expires) ||
	    !columns_parse(columns->unstable, 0, INT32_MAX, &build->unstable))
		return err_set(err, ERR_CORRUPT, "a column is malformed");
	if (build->offsets.count != build->partitions.count ||
	    !is_column(build, columns->epochs, &build->epochs) ||
	    !is_column(build, columns->commits, &build->commits) ||
	    !is_column(build, columns->expires, &build->expires))
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	return 0;
}

/* Decode the array of base64 strings; there is one for each position. */
static int
decode_metadata(struct groupbuild *build, struct bytes text,
    struct position *positions, size_t count, struct err *err)
{
	const char *at = text.data + 1; /* behind the bracket */
	const char *const end = text.data + text.size - 1;

	for (size_t i = 0; i < count; i++) {
		struct bytes encoded = { 0 };
		struct bytes decoded = { 0 };
		const char *quote;

		/* The text is "[" string { "," string } "]". */
		if (at >= end)
			return err_set(
			    err, ERR_CORRUPT, "columns are not equally long");
		encoded.data = at + 1;
		quote = memchr(encoded.data, '"', (size_t)(end - encoded.data));
		if (quote == NULL)
			return err_set(
			    err, ERR_CORRUPT, "metadata is malformed");
		encoded.size = (size_t)(quote - encoded.data);
		at = quote + 2;
		if (encoded.size == 0)
			continue;
		if (encoded.size > (LIMIT_METADATA + 2) / 3 * 4 ||
		    !base64_decode(encoded, &build->snapshot->arena, &decoded))
			return err_set(err, ERR_CORRUPT,
			    "metadata is not base64, or too long");
		positions[i].metadata = decoded.data;
		positions[i].metadata_size = (uint32_t)decoded.size;
	}
	if (at < end)
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	return 0;
}

/* Mark the positions of the partitions in the unstable column, which has them
 * in order. */
static int
mark_unstable(const struct columns *unstable, struct position *positions,
    size_t count, struct err *err)
{
	size_t marked = 0;

	for (size_t i = 0; i < count && marked < unstable->count; i++) {
		if (positions[i].partition != unstable->values[marked])
			continue;
		positions[i].unstable = true;
		marked++;
	}
	if (marked < unstable->count)
		return err_set(err, ERR_CORRUPT,
		    "an unstable partition that is not there");
	return 0;
}

/* Room for count more positions of the last topic: where they stay, if it has
 * no others. */
static struct position *
make_room(struct groupbuild *build, size_t count, bool is_whole)
{
	struct group_topic *topic = &build->topics[build->topic_count - 1];
	struct position *room;

	if (is_whole && build->position_count == 0) {
		topic->positions = arena_alloc(
		    &build->snapshot->arena, count, sizeof(*topic->positions));
		topic->count = count;
		return topic->positions;
	}
	while (build->position_capacity - build->position_count < count)
		build->positions =
		    xgrow(build->positions, build->position_capacity,
			&build->position_capacity, sizeof(*build->positions));
	room = build->positions + build->position_count;
	build->position_count += count;
	return room;
}

/* Append the positions of one topic's columns; is_whole: the topic has no
 * others behind them. */
static int
take_positions(struct groupbuild *build, const struct groupline_topic *columns,
    bool is_whole, struct err *err)
{
	struct position *added;
	bool has_epochs;
	size_t count;

	if (parse_numbers(build, columns, err) != 0)
		return -1;
	has_epochs = columns->epochs.data != NULL;
	count = build->partitions.count;
	if (count == 0)
		return err_set(err, ERR_CORRUPT, "a topic without positions");
	added = make_room(build, count, is_whole && !is_window(build));
	build->positions_seen += count;
	build->has_series |= columns->series.data != NULL;
	for (size_t i = 0; i < count; i++)
		added[i] = (struct position){
			.partition = (int32_t)build->partitions.values[i],
			.offset = build->offsets.values[i],
			.epoch =
			    has_epochs ? (int32_t)build->epochs.values[i] : -1,
			.metadata = "",
			.commit_ms = -1,
			.expire_ms = -1,
		};
	for (size_t i = 0; i < build->commits.count; i++)
		added[i].commit_ms = build->commits.values[i];
	for (size_t i = 0; i < build->expires.count; i++)
		added[i].expire_ms = build->expires.values[i];
	if (columns->metadata.data != NULL &&
	    decode_metadata(build, columns->metadata, added, count, err) != 0)
		return -1;
	if (mark_unstable(&build->unstable, added, count, err) != 0)
		return -1;
	return is_window(build)
	    ? groupseries_take(build, columns->series, count, err)
	    : 0;
}

static int
take_line(struct groupbuild *build, struct err *err)
{
	const struct groupline *line = &build->line;

	if (line->part == 0) {
		close_group(build);
		if (open_group(build, err) != 0)
			return -1;
	} else if (!build->open || line->part != build->next_part ||
	    !bytes_equal(line->group,
		build->snapshot->groups[build->snapshot->group_count - 1]
		    .name)) {
		return err_set(err, ERR_CORRUPT,
		    "part of a group that does not go on here");
	}
	build->next_part++;
	for (size_t i = 0; i < line->count; i++) {
		open_topic(
		    build, line->topics[i].topic, i == 0 && line->part > 0);
		/* Only the last one may go on in a further line. */
		if (take_positions(
			build, &line->topics[i], i + 1 < line->count, err) != 0)
			return -1;
	}
	return 0;
}

int
groupbuild_line(struct groupbuild *build, struct bytes text, struct err *err)
{
	char shown[SHOWN_MAX];

	if (groupline_parse(text, &build->line, err) != 0)
		return -1;
	if (build->takes != NULL &&
	    !build->takes(build->context, build->line.group)) {
		close_group(build);
		return 0;
	}
	if (take_line(build, err) != 0)
		return err_wrap(err, "group '%s'",
		    utf8_escape_to(build->line.group, shown, sizeof(shown)));
	return 0;
}

void
groupbuild_finish(struct groupbuild *build)
{
	close_group(build);
}

void
groupbuild_release(struct groupbuild *build)
{
	free(build->topics);
	free(build->positions);
	free(build->kinds);
	groupline_release(&build->line);
	columns_release(&build->partitions);
	columns_release(&build->offsets);
	columns_release(&build->epochs);
	columns_release(&build->commits);
	columns_release(&build->expires);
	columns_release(&build->unstable);
	*build = (struct groupbuild){ 0 };
}
