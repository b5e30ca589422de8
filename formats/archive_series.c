/*
 * archive_series.c - the logs of some topics in all captures; see
 * archive_piece.h.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/archive_ranges.h"
#include "formats/seriesbuild.h"

static int
take_topics(struct archive_ranges *ranges, const struct archive_names *names,
    struct window_series *out, struct err *err)
{
	struct seriesbuild build = { .out = out, .names = names };
	int result;

	seriesbuild_begin(&build);
	archive_ranges_want(ranges, MEMBER_TOPICS, names);
	result = archive_ranges_take(ranges, seriesbuild_member, &build, err);
	if (result == 0)
		result = seriesbuild_finish(&build, err);
	seriesbuild_release(&build);
	return result;
}

int
archive_decode_series(const struct archive_source *source,
    const struct bytes *topics, size_t topic_count, struct window_series *out,
    struct err *err)
{
	struct archive_names names = archive_names_of(topics, topic_count);
	struct archive_ranges ranges = { .source = source };
	int result;

	*out = (struct window_series){ 0 };
	result = archive_ranges_open(&ranges, &out->arena, &out->info, err);
	if (result == 0)
		result = take_topics(&ranges, &names, out, err);
	if (result != 0)
		window_series_release(out);
	archive_ranges_release(&ranges);
	free(names.list);
	return result;
}

static int
compare_topics(const void *left, const void *right)
{
	return bytes_compare(((const struct topic_series *)left)->topic,
	    ((const struct topic_series *)right)->topic);
}

static int
compare_partitions(const void *left, const void *right)
{
	const int32_t a = ((const struct partition_series *)left)->partition;
	const int32_t b = ((const struct partition_series *)right)->partition;

	return (a > b) - (a < b);
}

const struct topic_series *
series_find_topic(const struct window_series *series, struct bytes topic)
{
	const struct topic_series key = { .topic = topic };

	if (series->topic_count == 0)
		return NULL;
	return bsearch(&key, series->topics, series->topic_count, sizeof(key),
	    compare_topics);
}

const struct partition_series *
series_find_partition(const struct topic_series *topic, int32_t partition)
{
	const struct partition_series key = { .partition = partition };

	if (topic->count == 0)
		return NULL;
	return bsearch(&key, topic->partitions, topic->count, sizeof(key),
	    compare_partitions);
}

void
window_series_release(struct window_series *series)
{
	arena_release(&series->arena);
	*series = (struct window_series){ 0 };
}
