#include "restore/touch.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/timetext.h"
#include "kafka/cluster.h"
#include "restore/members.h"
#include "restore/placing.h"
#include "restore/planbuild.h"
#include "restore/target.h"
#include "snapshot/ledger.h"
#include "snapshot/lifetime.h"
#include "snapshot/offsetsscan.h"
#include "snapshot/selector.h"

#define PIN_UNKNOWN "whether an old client pinned it is not known: "

struct touching {
	struct building building;
	const struct touch *touch;
	/* Of the group in hand. */
	const struct ledger_group *records; /* NULL: none are known */
	bool has_members;
	enum lifetime_clock clock;
	const char *doubt; /* why a pin may be there all the same; NULL */
};

/* --- the group -------------------------------------------------------------
 */

static bool
is_readable(const struct ledger_group *records)
{
	return records != NULL && records->state != LEDGER_UNREADABLE;
}

static const struct ledger_group *
records_of(const struct offsets_scan *scan, struct bytes name)
{
	const struct ledger_group *group =
	    scan == NULL ? NULL : ledger_find(&scan->ledger, name);

	return group != NULL &&
		offsetsscan_verdict(scan, (size_t)group->partition) ==
		    OFFSETS_WHOLE
	    ? group
	    : NULL;
}

/* Why the records do not tell who pinned what in the group; NULL: they do. */
static const char *
doubt_of(const struct touch *touch, struct bytes name)
{
	const struct offsets_scan *scan = touch->scan;

	if (scan == NULL)
		return touch->unread;
	/* Where nobody ever committed nothing is pinned. */
	if (scan->count == 0 ||
	    offsetsscan_verdict(scan,
		(size_t)coordinator_partition(name, (int32_t)scan->count)) ==
		OFFSETS_WHOLE)
		return NULL;
	return "not all of its records could be read";
}

/* What the listing cannot tell the records may. */
static void
take_records(struct touching *touching, struct plan_group *out)
{
	const struct ledger_group *records = touching->records;

	/* They were read before the group was: what that told is newer. */
	if (!is_readable(records) ||
	    (out->type != GROUP_UNKNOWN &&
		strcmp(out->protocol_type, "unknown") != 0))
		return;
	if (ledger_group_is_simple(records)) {
		if (records->live_count == 0)
			return;
		out->type = GROUP_CLASSIC;
		out->protocol_type = "";
		return;
	}
	out->type = records->type;
	if (records->type == GROUP_CLASSIC)
		out->protocol_type = arena_text(&touching->building.plan->arena,
		    records->protocol_type.data);
}

/* Old records do not tell when a group became empty: then commits count. */
static enum lifetime_clock
clock_of(const struct touching *touching, const struct plan_group *group)
{
	const enum lifetime_clock clock =
	    lifetime_clock_of(group->type, group->protocol_type);

	return clock == LIFETIME_CLOCK_EMPTY &&
		is_readable(touching->records) &&
		touching->records->state_ms < 0
	    ? LIFETIME_CLOCK_COMMIT
	    : clock;
}

static bool
has_members(const struct touching *touching, const struct target_group *now)
{
	const struct ledger_group *records = touching->records;

	return now->member_count > 0 ||
	    (is_readable(records) && records->state == LEDGER_LIVE &&
		!ledger_group_is_empty(records) && now->asks_broker);
}

/* --- a row -----------------------------------------------------------------
 */

static const struct ledger_spot *
find_spot(const struct touching *touching, const struct plan_row *row)
{
	return touching->records == NULL
	    ? NULL
	    : ledger_find_spot(&touching->touch->scan->ledger,
		  touching->records, row->topic, row->partition);
}

static const struct ledger_spot *
spot_of(const struct touching *touching, const struct plan_row *row)
{
	const struct ledger_spot *spot = find_spot(touching, row);

	return spot != NULL && spot->state == LEDGER_LIVE ? spot : NULL;
}

static bool
is_undecodable(const struct touching *touching, const struct plan_row *row)
{
	const struct ledger_spot *spot = find_spot(touching, row);

	return spot != NULL && spot->state == LEDGER_UNREADABLE;
}

/* When it is lost if nothing is done; -1: that is not known. */
static int64_t
lost_ms(const struct touching *touching, const struct plan_row *row)
{
	const struct ledger_spot *spot = spot_of(touching, row);
	struct lifetime lifetime;

	if (spot == NULL)
		return -1;
	lifetime = lifetime_of_spot(
	    touching->records, spot, touching->building.options->retention.ms);
	return lifetime_runs(&lifetime) ? lifetime.lost.from_ms : -1;
}

static const char *
futile_text(const struct touching *touching, const struct plan_row *row)
{
	const struct plan *plan = touching->building.plan;
	const int64_t lost = lost_ms(touching, row);
	char time[TIME_RFC3339_MAX];

	if (lost >= 0)
		return arena_format(&touching->building.plan->arena,
		    "it lives until %s, counted from when the group became "
		    "empty; a consumer that joins stops that clock",
		    time_format(lost, time));
	return arena_format(&touching->building.plan->arena,
	    "it lives until %s at the latest, counted from when the group "
	    "became empty: when that was only " OFFSETS_TOPIC " tells",
	    time_format(
		expiry_end_ms(&plan->retention, plan->created_ms), time));
}

/* True: it is kept by an expiry of its own for longer than by a commit now. */
static bool
is_pinned(const struct touching *touching, struct plan_row *row)
{
	const struct plan *plan = touching->building.plan;
	const struct ledger_spot *spot = spot_of(touching, row);
	char time[TIME_RFC3339_MAX];

	if (spot == NULL ||
	    spot->value.expire_ms <=
		expiry_end_ms(&plan->retention, plan->created_ms))
		return false;
	placing_decide(row, PLAN_SKIP, RULE_PINNED);
	row->text = arena_format(&touching->building.plan->arena,
	    "an old client committed it to be kept until %s: a commit would "
	    "end that",
	    time_format(spot->value.expire_ms, time));
	return true;
}

static void
commit_again(const struct touching *touching, struct plan_row *row)
{
	const int64_t lost = lost_ms(touching, row);
	char time[TIME_RFC3339_MAX];

	placing_decide(row, PLAN_COMMIT, RULE_TOUCH);
	if (lost >= 0)
		row->text = arena_format(&touching->building.plan->arena,
		    "it would be lost at %s", time_format(lost, time));
	else if (is_undecodable(touching, row))
		row->text = PIN_UNKNOWN "its record cannot be decoded";
}

static void
decide_clock(const struct touching *touching, struct plan_row *row)
{
	if (touching->has_members) {
		placing_decide(row, PLAN_LEAVE, RULE_MEMBERS);
	} else if (touching->clock == LIFETIME_CLOCK_EMPTY) {
		placing_decide(row, PLAN_SKIP, RULE_FUTILE);
		row->text = futile_text(touching, row);
	} else if (touching->clock == LIFETIME_CLOCK_EITHER) {
		placing_decide(row, PLAN_SKIP, RULE_CLOCK_UNKNOWN);
		row->text = "the type of the group is not told: whether a "
			    "commit helps is not known";
	} else if (!is_pinned(touching, row)) {
		commit_again(touching, row);
	}
}

static void
decide(const struct touching *touching, const struct placing *placing,
    struct plan_row *row)
{
	const struct target_position *now = placing_begin(placing, row);

	row->planned = row->now;
	if (placing_refuse_topic(placing, row) ||
	    placing_refuse_now(placing, now, row))
		return;
	if (!placing_stands(&row->now)) {
		placing_decide(row, PLAN_SKIP, RULE_NEGATIVE);
		row->text = "a negative offset is never written";
		return;
	}
	decide_clock(touching, row);
}

/* --- the plan --------------------------------------------------------------
 */

static void
build_rows(struct touching *touching, const struct target_group *now,
    struct plan_group *out)
{
	struct building *building = &touching->building;
	struct placing placing = planbuild_placing(building, now);

	out->rows = arena_alloc(
	    &building->plan->arena, now->position_count, sizeof(*out->rows));
	for (size_t at = 0; at < now->position_count; at++) {
		const struct target_position *position = &now->positions[at];
		struct plan_row *row = &out->rows[out->row_count];

		if ((!position->present && position->error == KAFKA_OK) ||
		    !selector_takes_topic(
			touching->touch->selector, position->topic))
			continue;
		out->row_count++;
		row->topic = position->topic;
		row->partition = position->partition;
		placing.topic = planbuild_topic(building, row->topic);
		decide(touching, &placing, row);
		planbuild_row(building->plan, row);
	}
}

static void
judge(struct touching *touching, const struct target_group *now,
    struct plan_group *out)
{
	struct arena *arena = &touching->building.plan->arena;

	if (now->positions_error != KAFKA_OK &&
	    now->positions_error != KAFKA_UNSUPPORTED_NAME)
		planbuild_refuse(out, RULE_NOW_UNKNOWN,
		    arena_format(arena, "where it stands cannot be told: %s",
			kafka_error_name(now->positions_error)));
	else if (!now->exists && now->positions_error != KAFKA_UNSUPPORTED_NAME)
		planbuild_refuse(
		    out, RULE_NO_SUCH_GROUP, "there is no such group");
	else if (touching->has_members)
		out->text = now->member_count > 0
		    ? members_text(arena, now)
		    : "it has members, whom only its records show";
	else
		(void)planbuild_judge(&touching->building, now, out);
}

static void
tell_doubt(const struct touching *touching, struct plan_group *out)
{
	bool commits = false;

	for (size_t at = 0; at < out->row_count; at++)
		commits |= out->rows[at].action == PLAN_COMMIT;
	if (touching->doubt == NULL || !commits || out->refused != RULE_NONE)
		return;
	out->text = arena_format(&touching->building.plan->arena,
	    "%s%s" PIN_UNKNOWN "%s", out->text,
	    out->text[0] != '\0' ? "; " : "", touching->doubt);
}

static void
build_group(
    struct touching *touching, struct bytes name, struct plan_group *out)
{
	struct building *building = &touching->building;
	const struct target_group *now = planbuild_group(building, name, out);

	touching->records = records_of(touching->touch->scan, name);
	touching->doubt = doubt_of(touching->touch, name);
	take_records(touching, out);
	touching->has_members = has_members(touching, now);
	touching->clock = clock_of(touching, out);
	out->text = "";
	build_rows(touching, now, out);
	planbuild_notes(out);
	judge(touching, now, out);
	tell_doubt(touching, out);
}

void
plan_build_touch(const struct touch *touch, const struct target *target,
    const struct plan_options *options, struct plan *out)
{
	struct touching touching = {
		.building = { .plan = out,
		    .target = target,
		    .options = options },
		.touch = touch,
	};

	planbuild_begin(&touching.building, touch->group_count);
	(void)snprintf(out->question, sizeof(out->question), TOUCH_QUESTION);
	out->has_at = true;
	out->at_ms = out->created_ms;
	for (size_t at = 0; at < touch->group_count; at++)
		build_group(&touching, touch->groups[at], &out->groups[at]);
}
