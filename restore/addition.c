#include "restore/addition.h"

#include <string.h>

#include "common/xalloc.h"
#include "formats/model.h"
#include "restore/brackets.h"
#include "restore/containment.h"
#include "snapshot/selector.h"

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
	seen->is_rescue = info->source == SOURCE_RESCUE;
	seen->all_topics =
	    containment_of_topics(&info->selection, brackets->wanted);
	seen->takes = takes;
	copy_topics(brackets, seen, snapshot);
	brackets->seen = xgrow(brackets->seen, brackets->seen_count,
	    &brackets->seen_capacity, sizeof(struct seen *));
	brackets->seen[brackets->seen_count++] = seen;
	addition->snapshot = snapshot;
	addition->seen = seen;
	hole_index_init(&addition->holes, snapshot);
	return 0;
}

void
addition_release(struct addition *addition)
{
	hole_index_release(&addition->holes);
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
	return hole_index_of(&addition->holes, group);
}

bool
addition_is_hole(struct hole_list list, struct bytes topic, int32_t partition)
{
	return hole_list_find(list, topic, partition) != NULL;
}
