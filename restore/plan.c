#include "restore/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "restore/brackets.h"
#include "restore/members.h"
#include "restore/nameset.h"
#include "restore/rules.h"
#include "restore/target.h"
#include "snapshot/selector.h"

/* --- which rows a group has -------------------------------------------- */

struct place {
	struct bytes topic;
	int32_t partition;
};

struct places {
	struct place *list;
	size_t count, capacity;
};

static void
add_place(struct places *places, struct bytes topic, int32_t partition)
{
	places->list = xgrow(places->list, places->count, &places->capacity,
	    sizeof(*places->list));
	places->list[places->count].topic = topic;
	places->list[places->count].partition = partition;
	places->count++;
}

static int
compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

/* All partitions of a topic in which the group had a position: those that
 * came later are a gap, the others stay none and are listed. */
static void
add_partitions(struct places *places, const struct target_topic *topic)
{
	if (topic == NULL)
		return;
	for (size_t i = 0; i < topic->count; i++)
		add_place(places, topic->name, topic->partitions[i].partition);
}

/* Every position that was captured, or is there now, and the rest of the
 * partitions of topics that had one. */
static void
find_places(const struct brackets *brackets, const struct bracket_group *group,
    const struct target *target, const struct target_group *now,
    struct places *places)
{
	size_t kept = 0;

	for (size_t i = 0; i < group->row_count; i++) {
		const struct bracket *row = &group->rows[i];

		add_place(places, row->topic, row->partition);
		if (i == 0 ||
		    !bytes_equal(group->rows[i - 1].topic, row->topic))
			add_partitions(
			    places, target_find_topic(target, row->topic));
	}
	for (size_t i = 0; i < now->position_count; i++)
		if (selector_takes_topic(
			brackets->selector, now->positions[i].topic))
			add_place(places, now->positions[i].topic,
			    now->positions[i].partition);
	if (places->count > 0)
		qsort(places->list, places->count, sizeof(*places->list),
		    compare_places);
	for (size_t i = 0; i < places->count; i++)
		if (kept == 0 ||
		    compare_places(&places->list[kept - 1], &places->list[i]) !=
			0)
			places->list[kept++] = places->list[i];
	places->count = kept;
}

static const struct bracket *
find_bracket(const struct bracket_group *group, const struct place *place)
{
	size_t low = 0, high = group->row_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct bracket *row = &group->rows[middle];
		const struct place there = { row->topic, row->partition };
		const int order = compare_places(&there, place);

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

static void
refuse_group(struct plan_group *group, enum plan_rule rule, const char *text)
{
	group->refused = rule;
	group->text = text;
}

static void
judge_group(struct plan *plan, const struct brackets *brackets,
    const struct bracket_group *from, const struct target_group *now,
    struct plan_group *out)
{
	const struct cover *newest = brackets_newest(from);

	out->text = "";
	if (now->positions_error == KAFKA_UNSUPPORTED_NAME)
		refuse_group(out, RULE_NAME_UNSUPPORTED,
		    "a NUL in the name: this library cannot ask for it");
	else if (newest == NULL)
		refuse_group(out, RULE_NOT_CAPTURED,
		    brackets->exact
			? "the snapshot did not read this group"
			: "no capture up to the time read this group");
	else if (!newest->present && !now->exists && out->row_count == 0)
		refuse_group(out, RULE_NO_SUCH_GROUP,
		    "neither captured then nor there now");
	else if (now->type == GROUP_SHARE)
		refuse_group(out, RULE_SHARE_GROUP,
		    "a share group keeps its positions elsewhere");
	else if (now->member_count > 0 && plan_group_has_work(out))
		refuse_group(
		    out, RULE_MEMBERS, members_text(&plan->arena, now));
	else if (now->members_error != KAFKA_OK && now->exists &&
	    plan_group_has_work(out))
		refuse_group(out, RULE_MEMBERS_UNKNOWN,
		    arena_format(&plan->arena,
			"who is in it cannot be told: %s",
			kafka_error_name(now->members_error)));
	else if (now->asks_broker)
		out->text = "members of this kind of group are invisible: "
			    "the broker refuses while there are any";
}

static void
copy_row(struct plan *plan, struct plan_row *row)
{
	row->topic = arena_bytes(&plan->arena, row->topic);
	row->now.metadata = arena_bytes(&plan->arena, row->now.metadata);
	row->planned.metadata =
	    arena_bytes(&plan->arena, row->planned.metadata);
}

static void
build_rows(struct plan *plan, struct rules_input *input,
    const struct target *target, struct plan_group *out)
{
	/* A topic that was not asked about is one that could not be. */
	static const struct target_topic nothing = {
		.error = KAFKA_UNKNOWN_TOPIC_OR_PARTITION
	};
	struct places places = { 0 };

	find_places(
	    input->brackets, input->group, target, input->target, &places);
	out->rows = arena_alloc(&plan->arena, places.count, sizeof(*out->rows));
	out->row_count = places.count;
	for (size_t i = 0; i < places.count; i++) {
		struct plan_row *row = &out->rows[i];

		row->topic = places.list[i].topic;
		row->partition = places.list[i].partition;
		input->bracket = find_bracket(input->group, &places.list[i]);
		input->topic = target_find_topic(target, row->topic);
		if (input->topic == NULL)
			input->topic = &nothing;
		rules_decide(input, &plan->arena, row);
		copy_row(plan, row);
	}
	free(places.list);
}

static void
build_group(struct plan *plan, const struct brackets *brackets,
    const struct bracket_group *from, const struct target *target,
    struct plan_group *out)
{
	/* Groups are all asked for; one that is missing was not. */
	static const struct target_group nobody = { .state = "unknown",
		.protocol_type = "unknown",
		.positions_error = KAFKA_LOCAL_TIMED_OUT };
	struct rules_input input = { 0 };

	input.brackets = brackets;
	input.group = from;
	input.target = target_find_group(target, from->name);
	if (input.target == NULL)
		input.target = &nobody;
	input.now_ms = target->read_ms;
	out->name = arena_bytes(&plan->arena, from->name);
	out->exists = input.target->exists;
	out->type = input.target->type;
	out->state = arena_text(&plan->arena, input.target->state);
	out->protocol_type =
	    arena_text(&plan->arena, input.target->protocol_type);
	out->watch = out->exists &&
	    (input.target->asks_broker || out->protocol_type[0] == '\0' ||
		strcmp(out->protocol_type, "unknown") == 0);
	copy_members(plan, input.target, out);
	build_rows(plan, &input, target, out);
	judge_group(plan, brackets, from, input.target, out);
}

void
plan_build(const struct brackets *brackets, const struct target *target,
    const struct plan_options *options, struct plan *out)
{
	memset(out, 0, sizeof(*out));
	env_id(options->env, out->id);
	out->created_ms = target->read_ms;
	(void)snprintf(out->cluster_id, sizeof(out->cluster_id), "%s",
	    options->cluster_id);
	(void)snprintf(
	    out->question, sizeof(out->question), "%s", PLAN_QUESTION);
	(void)snprintf(out->policy, sizeof(out->policy), "%s", PLAN_POLICY);
	(void)snprintf(out->writer, sizeof(out->writer), "%s", options->writer);
	out->has_at = !brackets->exact;
	out->at_ms = brackets->at_ms;
	memcpy(
	    out->snapshot_id, brackets->snapshot_id, sizeof(out->snapshot_id));
	out->names_open = !brackets->names_settled;
	out->groups = arena_alloc(
	    &out->arena, brackets->group_count, sizeof(*out->groups));
	out->group_count = brackets->group_count;
	for (size_t i = 0; i < brackets->group_count; i++)
		build_group(out, brackets, brackets->groups[i], target,
		    &out->groups[i]);
}

void
plan_release(struct plan *plan)
{
	arena_release(&plan->arena);
	memset(plan, 0, sizeof(*plan));
}

/* --- topics to ask for ------------------------------------------------- */

struct bytes *
plan_topics(const struct brackets *brackets, size_t *count)
{
	struct nameset topics = { 0 };

	for (size_t i = 0; i < brackets->group_count; i++)
		for (size_t j = 0; j < brackets->groups[i]->row_count; j++)
			nameset_add(
			    &topics, brackets->groups[i]->rows[j].topic);
	nameset_settle(&topics);
	*count = topics.count;
	return topics.names;
}

/* --- what it comes to -------------------------------------------------- */

void
plan_count_group(const struct plan_group *group, struct plan_totals *out)
{
	out->groups++;
	out->rows += group->row_count;
	if (group->refused != RULE_NONE)
		out->refused_groups++;
	for (size_t i = 0; i < group->row_count; i++) {
		const struct plan_row *row = &group->rows[i];

		out->moved_back += row->moved_back;
		out->commits += row->action == PLAN_COMMIT;
		out->same += row->action == PLAN_SAME;
		out->left += row->action == PLAN_LEAVE;
		out->skipped += row->action == PLAN_SKIP;
		out->refused += row->action == PLAN_REFUSE;
		if (row->action == PLAN_COMMIT) {
			out->reread += row->reread;
			out->skip += row->skip;
		}
	}
}

void
plan_count(const struct plan *plan, struct plan_totals *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < plan->group_count; i++)
		plan_count_group(&plan->groups[i], out);
}

int
plan_exit_status(const struct plan *plan)
{
	struct plan_totals totals;

	plan_count(plan, &totals);
	if (totals.refused_groups > 0 || totals.refused > 0)
		return 4;
	return totals.skipped > 0 || plan->names_open ? 3 : 0;
}

bool
plan_group_has_work(const struct plan_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (group->rows[i].action == PLAN_COMMIT ||
		    group->rows[i].action == PLAN_SAME)
			return true;
	return false;
}
