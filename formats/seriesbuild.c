/*
 * seriesbuild.c - see seriesbuild.h.
 */
#include "formats/seriesbuild.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/limits.h"
#include "formats/seriesread.h"
#include "formats/textlines.h"

#define SHOWN_MAX 128

void
seriesbuild_begin(struct seriesbuild *build)
{
	struct window_series *out = build->out;

	build->left = LIMIT_SERIES;
	out->topics =
	    arena_alloc(&out->arena, build->names->count, sizeof(*out->topics));
}

static void
close_topic(struct seriesbuild *build)
{
	struct window_series *out = build->out;
	struct topic_series *topic;

	if (!build->open)
		return;
	topic = &out->topics[out->topic_count - 1];
	topic->count = build->count;
	topic->partitions =
	    arena_alloc(&out->arena, build->count, sizeof(*topic->partitions));
	if (build->count > 0)
		memcpy(topic->partitions, build->partitions,
		    build->count * sizeof(*topic->partitions));
	build->count = 0;
	build->open = false;
}

static int
open_topic(struct seriesbuild *build, struct err *err)
{
	struct window_series *out = build->out;
	const struct topicline *line = &build->line;
	struct topic_series *topic;

	close_topic(build);
	if (out->topic_count == build->names->count)
		return err_set(err, ERR_CORRUPT, "a topic stands twice");
	topic = &out->topics[out->topic_count++];
	topic->topic = arena_bytes(&out->arena, line->topic);
	topic->has_id = line->has_id;
	memcpy(topic->id, line->id, sizeof(topic->id));
	build->open = true;
	build->next_part = 0;
	return 0;
}

/* The log ends as they come, each the one before and a change. */
struct spreading {
	int64_t *next;
	uint64_t value;
};

/* Matches series_take_fn. */
static void
spread_end(void *context, int64_t number, size_t count)
{
	struct spreading *spreading = context;

	for (size_t i = 0; i < count; i++) {
		spreading->value += (uint64_t)number;
		*spreading->next++ = (int64_t)spreading->value;
	}
}

/* Log starts are told where they changed. */
static int
spread_starts(const struct series_item *item, int64_t first, int64_t *starts,
    struct err *err)
{
	struct series_pairs pairs = series_pairs_begin(item->starts);
	size_t at = item->first;
	bool more = true;

	while (more) {
		if (series_pairs_next(&pairs, -1, INT64_MAX, &more, err) != 0)
			return -1;
		for (;
		     at < item->absent && (!more || at < (size_t)pairs.capture);
		     at++)
			starts[at - item->first] = first;
		first = pairs.number;
	}
	return 0;
}

/* Which captures between them do not have it. */
static int
mark_away(const struct series_item *item, int64_t *ends, struct err *err)
{
	struct captures_runs runs = captures_begin(item->away, item->absent);
	bool more = true;

	while (more) {
		if (captures_next(&runs, &more, err) != 0)
			return -1;
		for (size_t i = runs.from; more && i < runs.end; i++)
			if (i >= item->first)
				ends[i - item->first] = SERIES_AWAY;
	}
	return 0;
}

static int
take_partition(struct seriesbuild *build, size_t at,
    const struct series_item *item, struct err *err)
{
	struct arena *arena = &build->out->arena;
	const size_t count = item->absent - item->first;
	const int64_t end = build->ends.values[at];
	struct spreading spreading;
	struct partition_series *out;

	if (item->kind != SERIES_DELTA)
		return err_set(err, ERR_CORRUPT, "a log end with a predictor");
	if (count > build->left)
		return err_set(err, ERR_UNSUPPORTED,
		    "more than %zu numbers of logs at once", LIMIT_SERIES);
	build->left -= count;
	build->partitions = xgrow(build->partitions, build->count,
	    &build->capacity, sizeof(*build->partitions));
	out = &build->partitions[build->count++];
	*out = (struct partition_series){
		.partition = (int32_t)build->numbers.values[at],
		.first = item->first,
		.absent = item->absent,
		.starts = arena_alloc(arena, count, sizeof(int64_t)),
		.ends = arena_alloc(arena, count, sizeof(int64_t)),
	};
	if (spread_starts(item, build->starts.values[at], out->starts, err) !=
	    0)
		return -1;
	out->ends[0] = end;
	spreading = (struct spreading){ out->ends + 1, (uint64_t)end };
	if (item->numbers.data == NULL)
		spread_end(&spreading, 0, count - 1);
	else if (series_numbers(item->numbers, count - 1, spread_end,
		     &spreading, err) != 0)
		return -1;
	return mark_away(item, out->ends, err);
}

static int
take_partitions(struct seriesbuild *build, struct err *err)
{
	const struct topicline *line = &build->line;
	const size_t capture_count = build->out->info.window.count;
	/* Of one capture alone nothing is said. */
	const struct bytes text =
	    capture_count > 1 ? line->series : (struct bytes){ 0 };
	struct series_list list = series_begin(text, capture_count);

	if (!columns_parse(line->partitions, 0, INT32_MAX, &build->numbers) ||
	    !columns_parse(line->starts, -1, INT64_MAX, &build->starts) ||
	    !columns_parse(line->ends, -1, INT64_MAX, &build->ends))
		return err_set(err, ERR_CORRUPT, "a column is malformed");
	if (build->starts.count != build->numbers.count ||
	    build->ends.count != build->numbers.count)
		return err_set(
		    err, ERR_CORRUPT, "columns are not equally long");
	for (size_t i = 0; i < build->numbers.count; i++) {
		struct series_item item;

		if (series_next(&list, &item, err) != 0 ||
		    take_partition(build, i, &item, err) != 0)
			return -1;
	}
	return series_end(&list, err);
}

static int
take_line(struct seriesbuild *build, struct err *err)
{
	const struct window_series *out = build->out;
	const struct topicline *line = &build->line;

	if (line->part == 0) {
		if (open_topic(build, err) != 0)
			return -1;
	} else if (!build->open || line->part != build->next_part ||
	    !bytes_equal(
		line->topic, out->topics[out->topic_count - 1].topic)) {
		return err_set(err, ERR_CORRUPT,
		    "part of a topic that does not go on here");
	}
	build->next_part++;
	return take_partitions(build, err);
}

int
seriesbuild_member(
    void *context, enum member_kind kind, struct bytes content, struct err *err)
{
	struct seriesbuild *build = context;
	struct textlines lines = { content, 0 };
	char shown[SHOWN_MAX];
	bool more = true;

	if (kind != MEMBER_TOPICS)
		return 0;
	while (more) {
		struct bytes line = { 0 };

		if (textlines_next(&lines, &line, &more, err) != 0)
			return -1;
		if (!more)
			break;
		if (topicline_parse(line, &build->line, err) != 0)
			return -1;
		if (!archive_names_have(build->names, build->line.topic)) {
			close_topic(build);
			continue;
		}
		if (take_line(build, err) != 0)
			return err_wrap(err, "topic '%s'",
			    utf8_escape_to(
				build->line.topic, shown, sizeof(shown)));
	}
	return 0;
}

/* What is looked for by name or number must be in order. */
static bool
is_sorted(const struct window_series *series)
{
	for (size_t i = 0; i < series->topic_count; i++) {
		const struct topic_series *topic = &series->topics[i];

		if (i > 0 && bytes_compare(topic[-1].topic, topic->topic) >= 0)
			return false;
		for (size_t j = 1; j < topic->count; j++) {
			if (topic->partitions[j - 1].partition >=
			    topic->partitions[j].partition)
				return false;
		}
	}
	return true;
}

int
seriesbuild_finish(struct seriesbuild *build, struct err *err)
{
	close_topic(build);
	if (!is_sorted(build->out))
		return err_set(err, ERR_CORRUPT,
		    "a topic or partition stands twice or out of order");
	return 0;
}

void
seriesbuild_release(struct seriesbuild *build)
{
	free(build->partitions);
	topicline_release(&build->line);
	columns_release(&build->numbers);
	columns_release(&build->starts);
	columns_release(&build->ends);
}
