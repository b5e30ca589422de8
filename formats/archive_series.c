/*
 * archive_series.c - the logs of some topics in all captures; see
 * archive_piece.h.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/archive_piece.h"

static int64_t *
copy_number(struct arena *arena, int64_t number)
{
	int64_t *copy = arena_alloc(arena, 1, sizeof(*copy));

	*copy = number;
	return copy;
}

static void
take_topic(
    struct arena *arena, const struct topic *topic, struct topic_series *out)
{
	out->topic = topic->name;
	out->has_id = topic->has_id;
	memcpy(out->id, topic->id, sizeof(out->id));
	out->partitions =
	    arena_alloc(arena, topic->count, sizeof(*out->partitions));
	out->count = topic->count;
	for (size_t i = 0; i < topic->count; i++) {
		const struct log_range *range = &topic->partitions[i];

		out->partitions[i] = (struct partition_series){
			.partition = range->partition,
			.absent = 1,
			.starts = copy_number(arena, range->start),
			.ends = copy_number(arena, range->end),
		};
	}
}

int
archive_decode_series(const struct archive_source *source,
    const struct bytes *topics, size_t topic_count, struct window_series *out,
    struct err *err)
{
	const struct archive_wanted wanted = { .topics = topics,
		.topic_count = topic_count };
	struct snapshot snapshot = { 0 };

	*out = (struct window_series){ 0 };
	if (archive_decode_groups(source, &wanted, &snapshot, err) != 0)
		return -1;
	out->arena = snapshot.arena; /* and what is in it */
	out->info = snapshot.info;
	out->topics = arena_alloc(
	    &out->arena, snapshot.topic_count, sizeof(*out->topics));
	out->topic_count = snapshot.topic_count;
	for (size_t i = 0; i < snapshot.topic_count; i++)
		take_topic(&out->arena, &snapshot.topics[i], &out->topics[i]);
	return 0;
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
