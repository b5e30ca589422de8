/*
 * topicbuild.c - see topicbuild.h.
 */
#include "formats/topicbuild.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

#define SHOWN_MAX 128

static void
close_topic(struct topicbuild *build)
{
	struct snapshot *snapshot = build->snapshot;
	struct topic *topic;

	if (!build->open)
		return;
	topic = &snapshot->topics[snapshot->topic_count - 1];
	topic->count = build->count;
	if (topic->count > 0) {
		topic->partitions = arena_alloc(
		    &snapshot->arena, topic->count, sizeof(*topic->partitions));
		memcpy(topic->partitions, build->ranges,
		    topic->count * sizeof(*topic->partitions));
	}
	build->count = 0;
	build->open = false;
}

static int
open_topic(struct topicbuild *build, struct err *err)
{
	struct snapshot *snapshot = build->snapshot;
	const struct topicline *line = &build->line;
	struct topic *topic;

	if (snapshot->topic_count == build->limit)
		return err_set(
		    err, ERR_CORRUPT, "more topics than the manifest counts");
	topic = &snapshot->topics[snapshot->topic_count++];
	topic->name = arena_bytes(&snapshot->arena, line->topic);
	topic->has_id = line->has_id;
	memcpy(topic->id, line->id, sizeof(topic->id));
	build->open = true;
	build->next_part = 0;
	return 0;
}

static int
take_ranges(struct topicbuild *build, struct err *err)
{
	const struct topicline *line = &build->line;
	size_t count;

	if (!columns_parse(
		line->partitions, 0, INT32_MAX, &build->partitions) ||
	    !columns_parse(line->starts, -1, INT64_MAX, &build->starts) ||
	    !columns_parse(line->ends, -1, INT64_MAX, &build->ends) ||
	    !columns_parse(line->epochs, -1, INT32_MAX, &build->epochs))
		return err_set(err, ERR_CORRUPT, "a column is malformed");
	count = build->partitions.count;
	if (build->starts.count != count || build->ends.count != count ||
	    (line->epochs.data != NULL && build->epochs.count != count))
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	while (build->capacity - build->count < count)
		build->ranges = xgrow(build->ranges, build->capacity,
		    &build->capacity, sizeof(*build->ranges));
	for (size_t i = 0; i < count; i++)
		build->ranges[build->count++] = (struct log_range){
			.partition = (int32_t)build->partitions.values[i],
			.start = build->starts.values[i],
			.end = build->ends.values[i],
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
	topicline_release(&build->line);
	columns_release(&build->partitions);
	columns_release(&build->starts);
	columns_release(&build->ends);
	columns_release(&build->epochs);
	*build = (struct topicbuild){ 0 };
}
