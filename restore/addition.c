#include "restore/addition.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/model.h"
#include "restore/brackets.h"
#include "restore/containment.h"
#include "snapshot/selector.h"

static int
compare_holes(const void *left, const void *right)
{
	const struct hole *const *a = left, *const *b = right;

	return bytes_compare((*a)->group, (*b)->group);
}

static void
find_holes(struct addition *addition)
{
	const struct snapshot *snapshot = addition->snapshot;

	addition->holes = xcalloc(snapshot->hole_count, sizeof(struct hole *));
	for (size_t i = 0; i < snapshot->hole_count; i++) {
		const struct hole *hole = &snapshot->holes[i];

		if (hole->has_group && hole->has_topic)
			addition->holes[addition->hole_count++] = hole;
	}
	if (addition->hole_count > 0)
		qsort(addition->holes, addition->hole_count,
		    sizeof(struct hole *), compare_holes);
}

static void
copy_topics(struct brackets *brackets, struct seen *seen,
    const struct snapshot *snapshot)
{
	seen->topics = arena_alloc(
	    &brackets->arena, snapshot->topic_count, sizeof(*seen->topics));
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		const struct topic *from = &snapshot->topics[i];
		struct topic *topic = &seen->topics[seen->topic_count];

		if (!selector_takes_topic(brackets->selector, from->name))
			continue;
		*topic = *from;
		topic->name = arena_bytes(&brackets->arena, from->name);
		topic->partitions = arena_alloc(
		    &brackets->arena, from->count, sizeof(*topic->partitions));
		if (from->count > 0)
			memcpy(topic->partitions, from->partitions,
			    from->count * sizeof(*topic->partitions));
		seen->topic_count++;
	}
}

/* Whether a group that the snapshot names nowhere may have been there. */
static bool
hides_names(const struct snapshot *snapshot)
{
	static const char probe[] = "\0any other name";
	const struct bytes name = { probe, sizeof(probe) - 1 };

	return !model_covers(snapshot, name, true);
}

int
addition_init(struct addition *addition, struct brackets *brackets,
    const struct snapshot *snapshot, bool low, struct err *err)
{
	const struct snapshot_info *info = &snapshot->info;
	struct selector *takes = NULL;
	struct seen *seen;

	if (selector_new(&info->selection, &takes, err) != 0)
		return err_wrap(err, "snapshot %s", info->id);
	seen = arena_alloc(&brackets->arena, 1, sizeof(*seen));
	memcpy(seen->id, info->id, sizeof(seen->id));
	seen->from_ms = info->from_ms;
	seen->to_ms = info->to_ms;
	seen->complete = info->complete;
	seen->low = low;
	seen->hides = hides_names(snapshot);
	seen->all_topics =
	    containment_of_topics(&info->selection, brackets->wanted);
	seen->takes = takes;
	copy_topics(brackets, seen, snapshot);
	brackets->seen = xgrow(brackets->seen, brackets->seen_count,
	    &brackets->seen_capacity, sizeof(struct seen *));
	brackets->seen[brackets->seen_count++] = seen;
	addition->snapshot = snapshot;
	addition->seen = seen;
	addition->hole_count = 0;
	find_holes(addition);
	return 0;
}

void
addition_release(struct addition *addition)
{
	free(addition->holes);
	addition->holes = NULL;
}

bool
addition_covers(const struct addition *addition, struct bytes name,
    const struct group **group, int64_t *time_ms)
{
	const struct snapshot *snapshot = addition->snapshot;

	*group = model_find_group(snapshot, name);
	*time_ms =
	    *group != NULL ? (*group)->read_end_ms : snapshot->info.to_ms;
	return model_covers(
	    snapshot, name, selector_takes_group(addition->seen->takes, name));
}

struct hole_list
addition_holes_of(const struct addition *addition, struct bytes group)
{
	struct hole_list list = { 0 };
	size_t low = 0, high = addition->hole_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (bytes_compare(addition->holes[middle]->group, group) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	list.holes = addition->holes + low;
	while (low + list.count < addition->hole_count &&
	    bytes_equal(list.holes[list.count]->group, group))
		list.count++;
	return list;
}

bool
addition_is_hole(struct hole_list list, struct bytes topic, int32_t partition)
{
	for (size_t i = 0; i < list.count; i++)
		if (list.holes[i]->partition == partition &&
		    bytes_equal(list.holes[i]->topic, topic))
			return true;
	return false;
}
