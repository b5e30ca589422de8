/*
 * topicbuild.c - see topicbuild.h.
 */
#include "formats/topicbuild.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/seriesread.h"

#define SHOWN_MAX 128

static bool
is_window(const struct topicbuild *build)
{
	return build->snapshot->info.window.count > 1;
}

/* Copy the log ends of the topic that is being closed. */
static void
keep_ends(struct topicbuild *build)
{
	struct first_end *ends =
	    arena_alloc(&build->snapshot->arena, build->count, sizeof(*ends));

	if (build->first_ends == NULL)
		build->first_ends =
		    xcalloc(build->limit, sizeof(struct first_end *));
	if (build->count > 0)
		memcpy(ends, build->ends, build->count * sizeof(*ends));
	build->first_ends[build->snapshot->topic_count - 1] = ends;
}

const struct first_end *
topicbuild_first_ends(const struct topicbuild *build, size_t topic)
{
	return build->first_ends[topic];
}

/* Whether the capture has the topic, and was told its id. */
static int
place_topic(struct topicbuild *build, struct topic *topic, struct err *err)
{
	const struct snapshot_window *window = &build->snapshot->info.window;
	const struct topicline *line = &build->line;
	const int64_t number = (int64_t)window->number;
	bool told = true;

	if (captures_have(line->away, window->number, window->count,
		&build->is_absent, err) != 0)
		return -1;
	build->is_absent |= number < line->first ||
	    (line->absent != -1 && number >= line->absent);
	if (line->told.data != NULL &&
	    captures_have(
		line->told, window->number, window->count, &told, err) != 0)
		return -1;
	topic->has_id &= told;
	if (!topic->has_id)
		memset(topic->id, 0, sizeof(topic->id));
	return 0;
}

static void
close_topic(struct topicbuild *build)
{
	struct snapshot *snapshot = build->snapshot;
	struct topic *topic;

	if (!build->open)
		return;
	build->open = false;
	if (build->is_absent) {
		snapshot->topic_count--;
		build->count = 0;
		return;
	}
	topic = &snapshot->topics[snapshot->topic_count - 1];
	topic->count = build->count;
	if (is_window(build))
		keep_ends(build);
	if (topic->count > 0) {
		topic->partitions = arena_alloc(
		    &snapshot->arena, topic->count, sizeof(*topic->partitions));
		memcpy(topic->partitions, build->ranges,
		    topic->count * sizeof(*topic->partitions));
	}
	build->count = 0;
}

static int
open_topic(struct topicbuild *build, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;
	const struct topicline *line = &build->line;
	struct topic *topic;

	if (build->seen == build->limit)
		return err_set(
		    err, ERR_CORRUPT, "more topics than the manifest counts");
	build->seen++;
	topic = &snapshot->topics[snapshot->topic_count++];
	topic->name = arena_bytes(&snapshot->arena, line->topic);
	topic->has_id = line->has_id;
	memcpy(topic->id, line->id, sizeof(topic->id));
	build->open = true;
	build->next_part = 0;
	build->is_absent = false;
	return is_window(build) ? place_topic(build, topic, err) : 0;
}

/* A partition in the snapshot's capture, if that has it. */
static int
take_item(struct topicbuild *build, size_t at, const struct series_item *item,
    struct err *err)
{
	const size_t number = build->snapshot->info.window.number;
	int64_t end = build->log_ends.values[at];
	int64_t start = build->starts.values[at];
	int64_t epoch =
	    build->line.epochs.data == NULL ? -1 : build->epochs.values[at];
	bool constant;
	bool is_there;

	if (item->kind != SERIES_DELTA)
		return err_set(err, ERR_CORRUPT, "a log end with a predictor");
	if (series_has(item, number, &is_there, err) != 0)
		return -1;
	if (!is_there)
		return 0;
	build->ends[build->count] = (struct first_end){ end, item->first == 0 };
	if (series_value(item, end, number, &end, &constant, err) != 0 ||
	    series_pair(item->starts, number, -1, INT64_MAX, &start, err) !=
		0 ||
	    series_pair(item->epochs, number, -1, INT32_MAX, &epoch, err) != 0)
		return -1;
	build->ranges[build->count++] = (struct log_range){
		.partition = (int32_t)build->partitions.values[at],
		.start = start,
		.end = end,
		.epoch = (int32_t)epoch,
	};
	return 0;
}

static int
take_series(struct topicbuild *build, struct err *err)
{
	const size_t count = build->partitions.count;
	struct series_list list = series_begin(
	    build->line.series, build->snapshot->info.window.count);

	if (build->end_capacity < build->capacity) {
		build->end_capacity = build->capacity;
		build->ends = xreallocarray(
		    build->ends, build->end_capacity, sizeof(*build->ends));
	}
	for (size_t i = 0; i < count; i++) {
		struct series_item item;

		if (series_next(&list, &item, err) != 0 ||
		    take_item(build, i, &item, err) != 0)
			return -1;
	}
	return series_end(&list, err);
}

static int
take_ranges(struct topicbuild *build, struct err *err)
{
	const struct topicline *line = &build->line;
	size_t count;

	if (!columns_parse(
		line->partitions, 0, INT32_MAX, &build->partitions) ||
	    !columns_parse(line->starts, -1, INT64_MAX, &build->starts) ||
	    !columns_parse(line->ends, -1, INT64_MAX, &build->log_ends) ||
	    !columns_parse(line->epochs, -1, INT32_MAX, &build->epochs))
		return err_set(err, ERR_CORRUPT, "a column is malformed");
	count = build->partitions.count;
	if (build->starts.count != count || build->log_ends.count != count ||
	    (line->epochs.data != NULL && build->epochs.count != count))
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	while (build->capacity - build->count < count)
		build->ranges = xgrow(build->ranges, build->capacity,
		    &build->capacity, sizeof(*build->ranges));
	if (is_window(build))
		return take_series(build, err);
	for (size_t i = 0; i < count; i++)
		build->ranges[build->count++] = (struct log_range){
			.partition = (int32_t)build->partitions.values[i],
			.start = build->starts.values[i],
			.end = build->log_ends.values[i],
			.epoch = line->epochs.data == NULL
			    ? -1
			    : (int32_t)build->epochs.values[i],
		};
	return 0;
}

static int
take_line(struct topicbuild *build, struct err *err)
{
	const struct topicline *line = &build->line;
	const struct snapshot *snapshot = build->snapshot;

	if (line->part == 0) {
		close_topic(build);
		if (open_topic(build, err) != 0)
			return -1;
	} else if (!build->open || line->part != build->next_part ||
	    !bytes_equal(line->topic,
		snapshot->topics[snapshot->topic_count - 1].name)) {
		return err_set(err, ERR_CORRUPT,
		    "part of a topic that does not go on here");
	}
	build->next_part++;
	return take_ranges(build, err);
}

int
topicbuild_line(struct topicbuild *build, struct bytes text, struct err *err)
{
	char shown[SHOWN_MAX];

	if (topicline_parse(text, &build->line, err) != 0)
		return -1;
	if (build->takes != NULL &&
	    !build->takes(build->context, build->line.topic)) {
		close_topic(build);
		return 0;
	}
	if (take_line(build, err) != 0)
		return err_wrap(err, "topic '%s'",
		    utf8_escape_to(build->line.topic, shown, sizeof(shown)));
	return 0;
}

void
topicbuild_finish(struct topicbuild *build)
{
	close_topic(build);
}

void
topicbuild_release(struct topicbuild *build)
{
	free(build->ranges);
	free(build->ends);
	free(build->first_ends);
	topicline_release(&build->line);
	columns_release(&build->partitions);
	columns_release(&build->starts);
	columns_release(&build->log_ends);
	columns_release(&build->epochs);
	*build = (struct topicbuild){ 0 };
}
