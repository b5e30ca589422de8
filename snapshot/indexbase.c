#include "snapshot/indexbase.h"

#include <string.h>

#include "formats/model.h"

static void
copy_topic(struct arena *arena, const struct topic *from, struct topic *to)
{
	*to = *from;
	to->name = arena_bytes(arena, from->name);
	to->partitions =
	    arena_alloc(arena, from->count, sizeof(*to->partitions));
	if (from->count > 0)
		memcpy(to->partitions, from->partitions,
		    from->count * sizeof(*to->partitions));
}

static void
copy_gaps(
    struct arena *arena, const struct topic_times *from, struct topic_times *to)
{
	to->topic = arena_bytes(arena, from->topic);
	to->gap_count = from->gap_count;
	to->gaps = arena_alloc(arena, from->gap_count, sizeof(*to->gaps));
	memcpy(to->gaps, from->gaps, from->gap_count * sizeof(*to->gaps));
}

void
indexbase_take(struct snapshot *base, const struct snapshot *from)
{
	struct arena *arena = &base->arena;
	size_t i;

	snapshot_release(base);
	base->info.from_ms = from->info.from_ms;
	base->info.index_points = from->info.index_points;
	base->info.index_step_ms = from->info.index_step_ms;
	base->info.index_ms = from->info.index_ms;
	base->topic_count = from->topic_count;
	base->topics =
	    arena_alloc(arena, from->topic_count, sizeof(*base->topics));
	for (i = 0; i < from->topic_count; i++)
		copy_topic(arena, &from->topics[i], &base->topics[i]);
	base->times =
	    arena_alloc(arena, from->times_count, sizeof(*base->times));
	for (i = 0; i < from->times_count; i++) {
		if (from->times[i].gap_count > 0)
			copy_gaps(arena, &from->times[i],
			    &base->times[base->times_count++]);
	}
}
