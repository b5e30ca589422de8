#include "snapshot/rescueholes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/timetext.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "snapshot/rescuebuild.h"

static struct hole *
add_hole(struct rescue_holes *holes, enum hole_kind kind, int32_t partition,
    const char *text)
{
	struct snapshot *out = holes->out;
	struct hole *hole;

	out->holes = xgrow(
	    out->holes, out->hole_count, &holes->capacity, sizeof(*out->holes));
	hole = &out->holes[out->hole_count++];
	*hole = (struct hole){
		.kind = kind,
		.partition = partition,
		.broker = -1,
		.text = text,
	};
	return hole;
}

static void
add_spot_hole(struct rescue_holes *holes, enum hole_kind kind,
    const struct ledger_spot *spot, const char *text)
{
	struct arena *arena = &holes->out->arena;
	struct hole *hole = add_hole(holes, kind, spot->partition, text);

	hole->has_group = true;
	hole->group = arena_bytes(arena, spot->group->name);
	hole->has_topic = true;
	hole->topic = arena_bytes(arena, spot->topic);
}

/* "stood at 17, committed at ..." of the last value, where there is one. */
static const char *
last_value(struct rescue_holes *holes, const struct ledger_spot *spot)
{
	char time[TIME_RFC3339_MAX];

	if (spot->value.record_offset < 0)
		return "what it held before is not known";
	return arena_format(&holes->out->arena,
	    "before that it held %" PRId64 ", committed at %s",
	    spot->value.offset, time_format(spot->value.commit_ms, time));
}

void
rescueholes_bound(struct rescue_holes *holes, const struct ledger_spot *spot)
{
	const struct ledger_partition *partition =
	    &holes->ledger->partitions[spot->group->partition];
	struct arena *arena = &holes->out->arena;
	char later[TIME_RFC3339_MAX], exact[TIME_RFC3339_MAX];
	const char *what = spot->value.offset < 0
	    ? arena_text(arena, "its first record since is its removal")
	    : arena_format(arena,
		  "it stood at or before %" PRId64
		  " unless it was set back: the first that is "
		  "left",
		  spot->value.offset);

	add_spot_hole(holes, HOLE_BOUND, spot,
	    arena_format(arena,
		"%s, at %s; history of " OFFSETS_TOPIC "-%" PRId32
		" is exact from %s",
		what, time_format(spot->value.commit_ms, later),
		spot->group->partition,
		time_format(partition->exact_ms, exact)));
}

void
rescueholes_unreadable(
    struct rescue_holes *holes, const struct ledger_spot *spot)
{
	add_spot_hole(holes, HOLE_UNREADABLE, spot,
	    arena_format(&holes->out->arena,
		"record %" PRId64 " of " OFFSETS_TOPIC "-%" PRId32
		" cannot be decoded; %s",
		spot->gone_offset, spot->group->partition,
		last_value(holes, spot)));
}

void
rescueholes_compacted(
    struct rescue_holes *holes, const struct ledger_spot *spot)
{
	char time[TIME_RFC3339_MAX];

	add_spot_hole(holes, HOLE_BOUND, spot,
	    arena_format(&holes->out->arena,
		"it was removed at %s, and what it held is compacted away",
		time_format(spot->gone_ms, time)));
}

void
rescueholes_elsewhere(
    struct rescue_holes *holes, const struct ledger_spot *spot)
{
	char time[TIME_RFC3339_MAX];

	add_spot_hole(holes, HOLE_POSITION, spot,
	    arena_format(&holes->out->arena,
		"it stood at %" PRId64 ", committed at %s, on an earlier topic "
		"of this name, which is gone",
		spot->value.offset, time_format(spot->value.commit_ms, time)));
}

void
rescueholes_stray(struct rescue_holes *holes, const struct ledger_group *group)
{
	struct arena *arena = &holes->out->arena;
	struct hole *hole = add_hole(holes, HOLE_GROUP, group->partition,
	    arena_text(arena,
		OFFSETS_TOPIC
		" was given more partitions, and one of before has records of "
		"it that are not taken"));

	hole->has_group = true;
	hole->group = arena_bytes(arena, group->name);
}

void
rescueholes_gap(struct rescue_holes *holes, const struct rescue_gap *gap)
{
	add_hole(holes, gap->kind, gap->partition,
	    arena_text(&holes->out->arena, gap->text))
	    ->error = gap->error;
}

void
rescueholes_history(struct rescue_holes *holes, int32_t partition)
{
	char time[TIME_RFC3339_MAX];

	(void)add_hole(holes, HOLE_HISTORY, partition,
	    arena_format(&holes->out->arena,
		"compacted since then: history is exact from %s; what was "
		"removed before may be missing",
		time_format(
		    holes->ledger->partitions[partition].exact_ms, time)));
}

void
rescueholes_broken_key(
    struct rescue_holes *holes, const struct ledger_oddity *oddity)
{
	(void)add_hole(holes, HOLE_UNREADABLE, oddity->partition,
	    arena_format(&holes->out->arena, "record %" PRId64 ": %s",
		oddity->offset, offsetsrecord_verdict_text(oddity->verdict)));
}

void
rescueholes_broken_keys(
    struct rescue_holes *holes, int32_t partition, size_t count)
{
	(void)add_hole(holes, HOLE_UNREADABLE, partition,
	    arena_format(&holes->out->arena, "%zu more records: %s", count,
		offsetsrecord_verdict_text(OFFSETS_RECORD_BROKEN_KEY)));
}

void
rescueholes_settle(struct rescue_holes *holes)
{
	struct snapshot *out = holes->out;
	struct hole *list = out->holes;

	out->holes = arena_alloc(&out->arena, out->hole_count, sizeof(*list));
	if (out->hole_count > 0)
		memcpy(out->holes, list, out->hole_count * sizeof(*list));
	free(list);
}
