/* Building what undoes a plan: see plan_build_undo. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "kafka/cluster.h"
#include "restore/commits.h"
#include "restore/placing.h"
#include "restore/plan.h"
#include "restore/planbuild.h"
#include "restore/target.h"

struct undoing {
	struct building building;
	bool force_stale;
};

static const char *
place_text(struct arena *arena, const struct plan_value *value)
{
	return value->present ? arena_format(arena, "%" PRId64, value->offset)
			      : "none";
}

/* What was there before: on the topic that it was there on, and no number that
 * is never written. */
static bool
refuse_before(const struct placing *placing, const struct plan_row *from,
    struct plan_row *row)
{
	const struct target_topic *topic = placing->topic;

	if (!row->planned.present)
		return false;
	if (topic->error == KAFKA_OK && from->has_topic_id && topic->has_id &&
	    memcmp(from->topic_id, topic->id, UUID_SIZE) != 0) {
		placing_decide(row, PLAN_REFUSE, RULE_TOPIC_RECREATED);
		row->text = "another topic of the same name";
		return true;
	}
	if (row->planned.offset < 0) {
		placing_decide(row, PLAN_REFUSE, RULE_NEGATIVE);
		row->text = "a negative offset was there: never written";
		return true;
	}
	return placing_refuse_topic(placing, row);
}

static void
count_records(struct plan_row *row)
{
	if (!placing_stands(&row->now) || !row->planned.present)
		return;
	if (row->now.offset > row->planned.offset)
		row->reread = row->now.offset - row->planned.offset;
	else
		row->skip = row->planned.offset - row->now.offset;
}

/* True: somebody moved it since. */
static bool
decide(const struct undoing *undoing, const struct placing *placing,
    const struct plan_row *from, struct plan_row *row)
{
	const struct target_position *now = placing_begin(placing, row);
	bool stale;

	row->planned = from->now;
	if (placing_refuse_now(placing, now, row))
		return false;
	if (commits_match(now, &row->planned, false)) {
		placing_decide(row, PLAN_SAME, RULE_UNDO);
		return false;
	}
	if (refuse_before(placing, from, row))
		return false;
	stale = !commits_match(now, &from->planned, false);
	if (stale && !undoing->force_stale) {
		placing_decide(row, PLAN_REFUSE, RULE_STALE);
		row->text = arena_format(placing->arena,
		    "it was put to %s, and stands at %s by now",
		    place_text(placing->arena, &from->planned),
		    place_text(placing->arena, &row->now));
		return true;
	}
	count_records(row);
	placing_decide(row, row->planned.present ? PLAN_COMMIT : PLAN_REMOVE,
	    stale ? RULE_STALE : RULE_UNDO);
	return false;
}

static size_t
count_changes(const struct plan_group *group)
{
	size_t count = 0;

	for (size_t i = 0; i < group->row_count; i++)
		count += plan_row_changes(&group->rows[i]);
	return count;
}

static void
build_group(struct undoing *undoing, const struct plan_group *from,
    struct plan_group *out)
{
	struct building *building = &undoing->building;
	const struct target_group *now =
	    planbuild_group(building, from->name, out);
	struct placing placing = planbuild_placing(building, now);
	bool stale = false;

	out->text = "";
	planbuild_notes(out);
	out->remove = !from->exists;
	out->rows = arena_alloc(
	    &building->plan->arena, count_changes(from), sizeof(*out->rows));
	for (size_t i = 0; i < from->row_count; i++) {
		struct plan_row *row = &out->rows[out->row_count];

		if (!plan_row_changes(&from->rows[i]))
			continue;
		out->row_count++;
		row->topic = from->rows[i].topic;
		row->partition = from->rows[i].partition;
		placing.topic = planbuild_topic(building, row->topic);
		stale |= decide(undoing, &placing, &from->rows[i], row);
		planbuild_row(building->plan, row);
	}
	if (stale)
		planbuild_refuse(out, RULE_STALE,
		    "it moved since it was restored: --force-stale puts it "
		    "back all the same");
	else
		(void)planbuild_judge(building, now, out);
}

void
plan_build_undo(const struct plan *record, const struct target *target,
    const struct plan_options *options, bool force_stale, struct plan *out)
{
	struct undoing undoing = { .building = { .plan = out,
				       .target = target,
				       .options = options },
		.force_stale = force_stale };
	size_t count = 0;

	for (size_t i = 0; i < record->group_count; i++)
		count += count_changes(&record->groups[i]) > 0;
	planbuild_begin(&undoing.building, count);
	(void)snprintf(
	    out->question, sizeof(out->question), "undo %s", record->id);
	memcpy(out->undoes, record->id, sizeof(out->undoes));
	out->has_at = true;
	out->at_ms = out->created_ms;
	count = 0;
	for (size_t i = 0; i < record->group_count; i++)
		if (count_changes(&record->groups[i]) > 0)
			build_group(&undoing, &record->groups[i],
			    &out->groups[count++]);
}
