#include "restore/bracketrow.h"

#include <string.h>

#include "common/xalloc.h"
#include "restore/brackets.h"

struct sample
bracketrow_sample(struct brackets *brackets, const struct position *position,
    const struct seen *seen, int64_t time_ms)
{
	struct sample sample = { 0 };

	sample.seen = seen;
	sample.time_ms = time_ms;
	if (position == NULL) {
		sample.state = SAMPLE_ABSENT;
		return sample;
	}
	sample.state = SAMPLE_PRESENT;
	sample.offset = position->offset;
	sample.epoch = position->epoch;
	sample.unstable = position->unstable;
	sample.metadata = arena_bytes(&brackets->arena,
	    (struct bytes){ position->metadata, position->metadata_size });
	return sample;
}

static int
compare_row(const struct bracket *row, struct bytes topic, int32_t partition)
{
	const int order = bytes_compare(row->topic, topic);

	if (order != 0)
		return order;
	return (row->partition > partition) - (row->partition < partition);
}

struct bracket *
bracketrow_at(struct brackets *brackets, struct bracket_group *group,
    struct bytes topic, int32_t partition, bool *made)
{
	size_t low = 0, high = group->row_count;
	struct bracket *row;

	if (high > 0 &&
	    compare_row(&group->rows[high - 1], topic, partition) < 0)
		low = high;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare_row(&group->rows[middle], topic, partition) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*made = low == group->row_count ||
	    compare_row(&group->rows[low], topic, partition) != 0;
	if (!*made)
		return &group->rows[low];
	group->rows = xgrow(group->rows, group->row_count, &group->row_capacity,
	    sizeof(*group->rows));
	row = &group->rows[low];
	memmove(row + 1, row, (group->row_count - low) * sizeof(*row));
	memset(row, 0, sizeof(*row));
	/* Rows of one topic stand together and share its name. */
	if (low > 0 && bytes_equal(group->rows[low - 1].topic, topic))
		row->topic = group->rows[low - 1].topic;
	else
		row->topic = arena_bytes(&brackets->arena, topic);
	row->partition = partition;
	group->row_count++;
	return row;
}
