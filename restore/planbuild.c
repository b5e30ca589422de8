#include "restore/planbuild.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/cluster.h"
#include "restore/brackets.h"
#include "restore/direct.h"
#include "restore/members.h"
#include "restore/places.h"
#include "restore/planpolicy.h"
#include "restore/policy.h"
#include "restore/rules.h"
#include "restore/target.h"
#include "snapshot/selector.h"

/* --- which rows a group has -------------------------------------------- */

/* All partitions of a topic in which the group had a position: those that
 * came later are a gap, the others stay none and are listed. */
static void
add_partitions(
    struct places *places, const struct target_topic *topic, struct bytes from)
{
	if (topic == NULL)
		return;
	for (size_t i = 0; i < topic->count; i++)
		places_add(
		    places, topic->name, topic->partitions[i].partition, from);
}

/* Every position that was captured, or is there now, and the rest of the
 * partitions of topics that had one.  Under another name nothing speaks for
 * touching what is there now, but for what was captured. */
static void
find_places(const struct building *building, const struct bracket_group *group,
    const struct target_group *now, struct places *places)
{
	const struct brackets *brackets = building->brackets;

	for (size_t i = 0; i < group->row_count; i++) {
		const struct bracket *row = &group->rows[i];

		const struct bytes from =
		    brackets->renamed ? row->from : row->topic;

		places_add(places, row->topic, row->partition, from);
		if (i == 0 ||
		    !bytes_equal(group->rows[i - 1].topic, row->topic))
			add_partitions(places,
			    target_find_topic(building->target, row->topic),
			    from);
	}
	for (size_t i = 0; i < now->position_count && !brackets->renamed; i++)
		if (selector_takes_topic(
			brackets->selector, now->positions[i].topic))
			places_add(places, now->positions[i].topic,
			    now->positions[i].partition,
			    now->positions[i].topic);
	places_settle(places, building->options->topics);
}

static const struct bracket *
find_bracket(const struct bracket_group *group, const struct place *place)
{
	size_t low = 0, high = group->row_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct bracket *row = &group->rows[middle];
		const struct place there = { row->topic, row->partition,
			row->from };
		const int order = places_compare(&there, place);

		if (order == 0)
			return row;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- a group ----------------------------------------------------------- */

static void
copy_members(
    struct plan *plan, const struct target_group *now, struct plan_group *out)
{
	out->member_count = now->member_count;
	out->shown_count = now->member_count < PLAN_MEMBERS_MAX
	    ? now->member_count
	    : PLAN_MEMBERS_MAX;
	out->members =
	    arena_alloc(&plan->arena, out->shown_count, sizeof(*out->members));
	for (size_t i = 0; i < out->shown_count; i++) {
		out->members[i].client_id = arena_bytes(
		    &plan->arena, bytes_of(now->members[i].client_id));
		out->members[i].host =
		    arena_bytes(&plan->arena, bytes_of(now->members[i].host));
	}
}

void
planbuild_refuse(
    struct plan_group *group, enum plan_rule rule, const char *text)
{
	group->refused = rule;
	group->text = text;
}

bool
planbuild_judge(struct building *building, const struct target_group *now,
    struct plan_group *out)
{
	struct arena *arena = &building->plan->arena;

	if (now->positions_error == KAFKA_UNSUPPORTED_NAME)
		planbuild_refuse(out, RULE_NAME_UNSUPPORTED,
		    "a NUL in the name: this library cannot ask for it");
	else if (now->type == GROUP_SHARE)
		planpolicy_refuse_share(building, out);
	else if (now->member_count > 0 && plan_group_has_work(out))
		planbuild_refuse(out, RULE_MEMBERS, members_text(arena, now));
	else if (now->members_error != KAFKA_OK && now->exists &&
	    plan_group_has_work(out))
		planbuild_refuse(out, RULE_MEMBERS_UNKNOWN,
		    arena_format(arena, "who is in it cannot be told: %s",
			kafka_error_name(now->members_error)));
	else
		return false;
	return true;
}

/* The blast radius: more records of a group than was allowed. */
static bool
judge_limits(struct building *building, struct plan_group *out)
{
	const struct policy *policy = building->options->policy;
	struct plan_totals totals = { 0 };

	plan_count_group(out, &totals);
	if (totals.reread <= policy->max_reread &&
	    totals.skip <= policy->max_skip)
		return false;
	planbuild_refuse(out, RULE_LIMIT,
	    totals.reread > policy->max_reread
		? arena_format(&building->plan->arena,
		      "%" PRId64 " records would be read again, and "
		      "--max-reread is %" PRId64,
		      totals.reread, policy->max_reread)
		: arena_format(&building->plan->arena,
		      "%" PRId64 " records would be passed over, and "
		      "--max-skip is %" PRId64,
		      totals.skip, policy->max_skip));
	return true;
}

void
planbuild_notes(struct plan_group *out)
{
	out->kind = kind_of(out);
	out->hint = kind_hint(out->kind);
	out->expiry = expiry_clock_of(out);
}

/* Somebody misses it, as nobody does one that a pattern took out of what a
 * snapshot says was not there. */
static bool
is_named(const struct brackets *brackets, struct bytes name)
{
	if (brackets == NULL || brackets->renamed)
		return true;
	for (size_t i = 0; i < selector_named_count(brackets->selector); i++)
		if (bytes_equal(selector_named_at(brackets->selector, i), name))
			return true;
	return false;
}

/* Neither then nor now. */
static void
judge_nobody(const struct building *building, const struct bracket_group *from,
    struct plan_group *out)
{
	const char *text = from == NULL
	    ? "it does not exist, and no topic was named"
	    : out->renamed ? "the group whose positions it would get was not "
			     "there then"
			   : "neither captured then nor there now";

	if (is_named(building->brackets, out->name))
		planbuild_refuse(out, RULE_NO_SUCH_GROUP, text);
	else
		out->text = text;
}

static void
judge_group(struct building *building, const struct bracket_group *from,
    const struct target_group *now, struct plan_group *out)
{
	const struct brackets *brackets = building->brackets;
	const struct cover *newest =
	    from == NULL ? NULL : brackets_newest(from);

	out->text = "";
	planbuild_notes(out);
	if (from != NULL && newest == NULL &&
	    now->positions_error != KAFKA_UNSUPPORTED_NAME)
		planbuild_refuse(out, RULE_NOT_CAPTURED,
		    brackets->exact
			? "the snapshot did not read this group"
			: "no capture up to the time read this group");
	else if ((newest == NULL || !newest->present) &&
	    (!now->exists || out->renamed) && out->row_count == 0 &&
	    now->positions_error != KAFKA_UNSUPPORTED_NAME)
		judge_nobody(building, from, out);
	else if (!judge_limits(building, out) &&
	    !planbuild_judge(building, now, out) && now->asks_broker)
		out->text = "members of this kind of group are invisible: "
			    "the broker refuses while there are any";
}

void
planbuild_row(struct plan *plan, struct plan_row *row)
{
	row->topic = arena_bytes(&plan->arena, row->topic);
	row->from = arena_bytes(&plan->arena, row->from);
	row->now.metadata = arena_bytes(&plan->arena, row->now.metadata);
	row->planned.metadata =
	    arena_bytes(&plan->arena, row->planned.metadata);
}

struct placing
planbuild_placing(struct building *building, const struct target_group *group)
{
	return (struct placing){ .policy = building->options->policy,
		.lookups = building->options->lookups,
		.target = group,
		.arena = &building->plan->arena };
}

const struct target_topic *
planbuild_topic(const struct building *building, struct bytes name)
{
	static const struct target_topic nothing = {
		.error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION
	};
	const struct target_topic *topic =
	    target_find_topic(building->target, name);

	return topic == NULL ? &nothing : topic;
}

/* Rows with their topic and partition. */
static void
make_rows(struct building *building, const struct places *places,
    struct plan_group *out)
{
	out->rows = arena_alloc(
	    &building->plan->arena, places->count, sizeof(*out->rows));
	out->row_count = places->count;
	for (size_t i = 0; i < places->count; i++) {
		const struct place *place = &places->list[i];

		out->rows[i].topic = place->topic;
		out->rows[i].partition = place->partition;
		if (!bytes_equal(place->from, place->topic)) {
			out->rows[i].renamed = true;
			out->rows[i].from = place->from;
		}
	}
}

static void
build_rows(struct building *building, const struct bracket_group *from,
    const struct target_group *now, struct plan_group *out)
{
	struct rules_input input = { .brackets = building->brackets,
		.group = from,
		.placing = planbuild_placing(building, now),
		.now_ms = building->target->read_ms };
	struct places places = { 0 };

	find_places(building, from, now, &places);
	make_rows(building, &places, out);
	for (size_t i = 0; i < places.count; i++) {
		struct plan_row *row = &out->rows[i];

		input.bracket = find_bracket(from, &places.list[i]);
		input.placing.topic = planbuild_topic(building, row->topic);
		input.placing.policy =
		    planpolicy_for(building, out->name, row->topic);
		rules_decide(&input, row);
		planbuild_row(building->plan, row);
	}
	free(places.list);
}

const struct target_group *
planbuild_group(
    struct building *building, struct bytes name, struct plan_group *out)
{
	/* Groups are all asked for; one that is missing was not. */
	static const struct target_group nobody = { .state = "unknown",
		.protocol_type = "unknown",
		.positions_error = KAFKA_LOCAL_TIMED_OUT };
	struct arena *arena = &building->plan->arena;
	const struct target_group *now =
	    target_find_group(building->target, name);
	const char *by;

	if (now == NULL)
		now = &nobody;
	out->skip_share = planpolicy_skips_share(building, name, &by);
	out->name = arena_bytes(arena, name);
	out->exists = now->exists;
	out->type = now->type;
	out->state = arena_text(arena, now->state);
	out->protocol_type = arena_text(arena, now->protocol_type);
	out->watch = out->exists &&
	    (now->asks_broker || out->protocol_type[0] == '\0' ||
		strcmp(out->protocol_type, "unknown") == 0);
	copy_members(building->plan, now, out);
	return now;
}

static void
note_old_name(struct plan *plan, struct bytes from, struct plan_group *out)
{
	if (bytes_equal(from, out->name))
		return;
	out->renamed = true;
	out->from = arena_bytes(&plan->arena, from);
}

void
planbuild_begin(struct building *building, size_t group_count)
{
	const struct plan_options *options = building->options;
	struct plan *plan = building->plan;

	memset(plan, 0, sizeof(*plan));
	env_id(options->env, plan->id);
	plan->created_ms = building->target->read_ms;
	(void)snprintf(plan->cluster_id, sizeof(plan->cluster_id), "%s",
	    options->cluster_id);
	(void)snprintf(
	    plan->writer, sizeof(plan->writer), "%s", options->writer);
	planpolicy_name(options, plan);
	plan->retention = options->retention;
	plan->groups =
	    arena_alloc(&plan->arena, group_count, sizeof(*plan->groups));
	plan->group_count = group_count;
}

void
plan_build(const struct brackets *brackets, const struct target *target,
    const struct plan_options *options, struct plan *out)
{
	struct building building = { .plan = out,
		.brackets = brackets,
		.target = target,
		.options = options };

	planbuild_begin(&building, brackets->group_count);
	(void)snprintf(out->question, sizeof(out->question), "committed");
	out->has_at = !brackets->exact;
	out->at_ms = brackets->at_ms;
	memcpy(
	    out->snapshot_id, brackets->snapshot_id, sizeof(out->snapshot_id));
	out->names_open = !brackets->names_settled;
	for (size_t i = 0; i < brackets->group_count; i++) {
		const struct bracket_group *from = brackets->groups[i];
		const struct target_group *now =
		    planbuild_group(&building, from->name, &out->groups[i]);

		if (brackets->renamed)
			note_old_name(out, from->from, &out->groups[i]);
		build_rows(&building, from, now, &out->groups[i]);
		judge_group(&building, from, now, &out->groups[i]);
	}
}

/* --- without captures -------------------------------------------------- */

static void
name_question(const struct direct *direct, struct plan *plan)
{
	static const char *const names[] = {
		[STRATEGY_COMMITTED] = "committed",
		[STRATEGY_EARLIEST] = "to-earliest",
		[STRATEGY_LATEST] = "to-latest",
		[STRATEGY_OFFSET] = "to-offset",
		[STRATEGY_SHIFT] = "shift-by",
		[STRATEGY_CURRENT] = "to-current",
		[STRATEGY_FILE] = "from-file",
		[STRATEGY_LOG_TIME] = "log-time",
	};
	const char *name = names[direct->strategy];

	plan->has_at = true;
	plan->at_ms = direct->strategy == STRATEGY_LOG_TIME ? direct->time_ms
							    : plan->created_ms;
	if (direct->strategy == STRATEGY_OFFSET)
		(void)snprintf(plan->question, sizeof(plan->question),
		    "%s %" PRId64, name, direct->number);
	else if (direct->strategy == STRATEGY_SHIFT)
		(void)snprintf(plan->question, sizeof(plan->question),
		    "%s %+" PRId64, name, direct->number);
	else
		(void)snprintf(
		    plan->question, sizeof(plan->question), "%s", name);
}

static void
find_direct_places(const struct building *building, const struct direct *direct,
    const struct target_group *now, struct places *places)
{
	for (size_t i = 0; i < direct->place_count; i++) {
		const struct direct_place *place = &direct->places[i];
		const struct target_topic *topic =
		    target_find_topic(building->target, place->topic);

		if (place->partition >= 0)
			places_add(places, place->topic, place->partition,
			    place->topic);
		else if (topic != NULL && topic->count > 0)
			add_partitions(places, topic, topic->name);
		else
			places_add(places, place->topic, 0, place->topic);
	}
	for (size_t i = 0; i < now->position_count; i++)
		if (selector_takes_topic(
			direct->selector, now->positions[i].topic))
			places_add(places, now->positions[i].topic,
			    now->positions[i].partition,
			    now->positions[i].topic);
	places_settle(places, building->options->topics);
}

static void
build_direct_rows(struct building *building, const struct direct *direct,
    const struct target_group *now, struct plan_group *out)
{
	struct placing placing = planbuild_placing(building, now);
	struct places places = { 0 };
	size_t count = 0;
	const struct direct_row *rows =
	    direct_rows_of(direct, out->name, &count);

	if (direct->strategy == STRATEGY_FILE)
		for (size_t i = 0; i < count; i++)
			places_add(&places, rows[i].topic, rows[i].partition,
			    rows[i].from_group.data == NULL
				? rows[i].topic
				: rows[i].from_topic);
	else
		find_direct_places(building, direct, now, &places);
	if (count > 0 && rows->from_group.data != NULL)
		note_old_name(building->plan, rows->from_group, out);
	make_rows(building, &places, out);
	for (size_t i = 0; i < places.count; i++) {
		struct plan_row *row = &out->rows[i];

		placing.topic = planbuild_topic(building, row->topic);
		placing.policy =
		    planpolicy_for(building, out->name, row->topic);
		direct_decide(direct, &placing,
		    direct->strategy == STRATEGY_FILE ? rows[i].offset
						      : direct->number,
		    row);
		planbuild_row(building->plan, row);
	}
	free(places.list);
}

void
plan_build_direct(const struct direct *direct, const struct target *target,
    const struct plan_options *options, struct plan *out)
{
	struct building building = {
		.plan = out, .target = target, .options = options
	};

	planbuild_begin(&building, direct->group_count);
	name_question(direct, out);
	for (size_t i = 0; i < direct->group_count; i++) {
		const struct target_group *now = planbuild_group(
		    &building, direct->groups[i], &out->groups[i]);

		build_direct_rows(&building, direct, now, &out->groups[i]);
		judge_group(&building, NULL, now, &out->groups[i]);
	}
}
