#include "restore/applycheck.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "kafka/cluster.h"
#include "restore/apply.h"
#include "restore/commits.h"
#include "restore/members.h"
#include "restore/plan.h"
#include "restore/target.h"

static bool
is_work(const struct apply_row *row)
{
	return row->outcome == APPLY_UNTOUCHED;
}

bool
applycheck_has_work(const struct apply_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (is_work(&group->rows[i]))
			return true;
	return false;
}

struct target_waits
applycheck_waits(struct arena *arena, const struct plan_group *plan,
    const struct apply_group *group)
{
	struct group_partition *partitions =
	    arena_alloc(arena, group->row_count, sizeof(*partitions));
	struct target_waits waits = { partitions, 0 };

	for (size_t i = 0; i < group->row_count; i++) {
		if (!is_work(&group->rows[i]))
			continue;
		partitions[waits.count].topic = plan->rows[i].topic;
		partitions[waits.count++].partition = plan->rows[i].partition;
	}
	return waits;
}

/* Give every row that was to be written this outcome. */
static void
set_all(struct apply_group *group, enum apply_outcome outcome)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (is_work(&group->rows[i]))
			group->rows[i].outcome = outcome;
}

static void
refuse(struct apply_group *group, enum plan_rule rule, const char *text)
{
	set_all(group, APPLY_REFUSED);
	group->refused = rule;
	group->text = text;
}

void
applycheck_members(struct arena *arena, const struct target_group *now,
    struct apply_group *group)
{
	if (now->member_count > 0)
		refuse(group, RULE_MEMBERS, members_text(arena, now));
	else if (now->members_error != KAFKA_OK)
		refuse(group, RULE_MEMBERS_UNKNOWN,
		    arena_format(arena, "who is in it cannot be told: %s",
			kafka_error_name(now->members_error)));
}

/* --- is the cluster what the plan saw? --------------------------------- */

static void
found(struct arena *arena, struct apply_row *row,
    const struct target_position *position)
{
	row->found_known = position == NULL || position->error == KAFKA_OK;
	memset(&row->found, 0, sizeof(row->found));
	row->found.epoch = -1;
	if (position == NULL || !position->present ||
	    position->error != KAFKA_OK)
		return;
	row->found.present = true;
	row->found.offset = position->offset;
	row->found.epoch = position->epoch;
	row->found.metadata = arena_bytes(arena, position->metadata);
}

/* Where the plan saw it, where it stood before an earlier apply, or where it is
 * to stand. */
static bool
is_expected(const struct applycheck *check, size_t row,
    const struct target_position *position)
{
	const struct plan_row *plan = &check->plan->rows[row];
	const struct plan_row *before =
	    check->before == NULL ? NULL : &check->before->rows[row];

	return commits_match(position, &plan->now, true) ||
	    commits_match(position, &plan->planned, true) ||
	    (before != NULL && plan_row_changes(before) &&
		commits_match(position, &before->now, true));
}

/* It stands elsewhere than the plan saw it; that it moves while we look is
 * another matter. */
static bool
is_forced(const struct applycheck *check, const struct plan_row *plan,
    const struct apply_row *earlier, const struct target_position *position)
{
	if (!check->force_stale || plan_row_is_touch(plan))
		return false;
	return !check->plan->watch ||
	    (earlier->found_known &&
		commits_match(position, &earlier->found, true));
}

static const char *
where_text(
    struct arena *arena, const char *lead, const struct plan_value *value)
{
	if (!value->present)
		return arena_format(arena, "%s: no position", lead);
	return arena_format(arena, "%s: %" PRId64, lead, value->offset);
}

static bool
check_positions(const struct applycheck *check, const struct target_group *now,
    struct apply_group *group)
{
	struct arena *arena = check->arena;
	const struct plan_group *plan = check->plan;
	bool moved = false, touched = false;

	for (size_t i = 0; i < group->row_count; i++) {
		struct apply_row *row = &group->rows[i];
		const struct plan_row *want = &plan->rows[i];
		const struct apply_row earlier = *row;
		const struct target_position *position;

		if (!is_work(row))
			continue;
		position =
		    target_find_position(now, want->topic, want->partition);
		found(arena, row, position);
		if (position != NULL && position->error != KAFKA_OK) {
			refuse(group,
			    position->error == KAFKA_UNSTABLE_OFFSET_COMMIT
				? RULE_OPEN_TRANSACTION
				: RULE_NOW_UNKNOWN,
			    arena_text(
				arena, kafka_error_name(position->error)));
			return false;
		}
		if (is_expected(check, i, position) ||
		    is_forced(check, want, &earlier, position))
			continue;
		moved = true;
		touched |= plan_row_is_touch(want);
		row->text =
		    where_text(arena, "it moved since the plan", &row->found);
	}
	if (!moved)
		return true;
	if (plan->watch && check->was_watched && touched) {
		set_all(group, APPLY_SKIPPED);
		group->text = "its positions move: a consumer is at work, and "
			      "it is left alone";
	} else if (plan->watch && check->was_watched) {
		refuse(group, RULE_SIMPLE_MOVED,
		    "its positions move: a consumer that assigns by hand is "
		    "at work, or somebody else is");
	} else {
		set_all(group, APPLY_CHANGED);
		group->text = "it does not stand where the plan saw it: make "
			      "a new plan, or --force-stale";
	}
	return false;
}

static const char *
topic_trouble(struct arena *arena, const struct plan_row *plan,
    const struct target *target)
{
	const struct target_topic *topic =
	    target_find_topic(target, plan->topic);
	const struct target_partition *log;

	if (topic == NULL || topic->error != KAFKA_OK)
		return arena_format(arena, "topic: %s",
		    kafka_error_name(topic == NULL
			    ? KAFKA_UNKNOWN_TOPIC_OR_PARTITION
			    : topic->error));
	if (plan->has_topic_id != topic->has_id ||
	    memcmp(plan->topic_id, topic->id, UUID_SIZE) != 0)
		return "the topic was made anew since the plan";
	log = target_find_partition(topic, plan->partition);
	if (log == NULL)
		return "the partition is gone";
	if (log->start < 0 || log->end < 0)
		return arena_format(
		    arena, "log range: %s", kafka_error_name(log->error));
	/* What was there before is put back, and what is there kept, wherever
	 * that is. */
	if (plan->rule == RULE_UNDO || plan->rule == RULE_STALE ||
	    plan_row_is_touch(plan))
		return NULL;
	if (plan->planned.offset < log->start ||
	    plan->planned.offset > log->end)
		return arena_format(arena,
		    "the log is from %" PRId64 " to %" PRId64 " by now",
		    log->start, log->end);
	return NULL;
}

void
applycheck_group(const struct applycheck *check, const struct target *target,
    struct apply_group *group)
{
	struct arena *arena = check->arena;
	const struct plan_group *plan = check->plan;
	const struct target_group *now = target_find_group(target, plan->name);

	if (now == NULL || now->positions_error != KAFKA_OK) {
		refuse(group, RULE_NOW_UNKNOWN,
		    arena_format(arena, "where it stands cannot be told: %s",
			kafka_error_name(now == NULL ? KAFKA_LOCAL_TIMED_OUT
						     : now->positions_error)));
		return;
	}
	if (now->type == GROUP_SHARE) {
		refuse(group, RULE_SHARE_GROUP,
		    "a share group keeps its positions elsewhere");
		return;
	}
	applycheck_members(arena, now, group);
	if (!applycheck_has_work(group) || !check_positions(check, now, group))
		return;
	for (size_t i = 0; i < group->row_count; i++) {
		struct apply_row *row = &group->rows[i];
		const char *trouble;

		if (!is_work(row))
			continue;
		if (!plan->rows[i].planned.present)
			continue;
		trouble = topic_trouble(arena, &plan->rows[i], target);
		if (trouble == NULL)
			continue;
		row->outcome = APPLY_CHANGED;
		row->text = trouble;
	}
}

void
applycheck_baseline(struct arena *arena, const struct plan_group *plan,
    const struct target_group *now, struct apply_group *group)
{
	if (now->positions_error != KAFKA_OK)
		return;
	for (size_t i = 0; i < group->row_count; i++)
		if (is_work(&group->rows[i]))
			found(arena, &group->rows[i],
			    target_find_position(now, plan->rows[i].topic,
				plan->rows[i].partition));
}

bool
applycheck_removes_all(
    const struct plan_group *plan, const struct target_group *now)
{
	size_t left = 0;

	if (now == NULL || now->positions_error != KAFKA_OK)
		return false;
	for (size_t i = 0; i < now->position_count; i++)
		left += now->positions[i].present;
	for (size_t i = 0; i < plan->row_count; i++) {
		const struct target_position *position = target_find_position(
		    now, plan->rows[i].topic, plan->rows[i].partition);

		if (plan->rows[i].action == PLAN_REMOVE && position != NULL &&
		    position->present)
			left--;
	}
	return left == 0;
}

/* --- after the commits ------------------------------------------------- */

/* What "same" is about: its leader epoch is left as it is. */
static bool
value_equal(const struct plan_row *plan, const struct plan_value *left,
    const struct plan_value *right)
{
	if (left->present != right->present)
		return false;
	return !left->present ||
	    (left->offset == right->offset &&
		(plan->action == PLAN_SAME || left->epoch == right->epoch) &&
		bytes_equal(left->metadata, right->metadata));
}

bool
applycheck_is_written(const struct plan_row *plan, const struct apply_row *row)
{
	return is_work(row) &&
	    (plan_row_is_touch(plan) ||
		!(row->found_known &&
		    value_equal(plan, &row->found, &plan->planned)));
}

void
applycheck_stopped(const struct plan_group *from, const struct commit_job *job,
    struct apply_group *group)
{
	const bool is_share = job->stop_error == KAFKA_GROUP_ID_NOT_FOUND;
	const bool skipped = is_share && from->skip_share;
	const bool refusal =
	    job->stop_error == KAFKA_UNKNOWN_MEMBER_ID || is_share;

	if (!job->stopped)
		return;
	for (size_t i = 0; i < job->count; i++)
		if (job->states[i] == COMMIT_TAKEN ||
		    job->states[i] == COMMIT_DOUBTED)
			return;
	if (job->moved || !refusal)
		return;
	for (size_t i = 0; i < job->count; i++)
		group->rows[job->plan_rows[i] - from->rows].outcome =
		    skipped ? APPLY_SKIPPED : APPLY_REFUSED;
	group->refused = skipped ? RULE_SHARE_SKIPPED
	    : is_share           ? RULE_SHARE_GROUP
				 : RULE_MEMBERS;
	group->text = is_share
	    ? "the broker has no consumer group of this name: it is a share "
	      "group"
	    : "a member joined: the broker refused the commit whole";
}

static void
read_back_row(struct arena *arena, const struct plan_row *plan,
    const struct target_position *position, struct apply_row *row)
{
	const enum apply_outcome before = row->outcome;

	found(arena, row, position);
	if (!row->found_known) {
		if (before != APPLY_FAILED)
			row->text = arena_format(arena, "read-back: %s",
			    kafka_error_name(position->error));
		return;
	}
	if (value_equal(plan, &row->found, &plan->planned)) {
		/* It stood there before: only an answer shows a commit. */
		if (plan_row_is_touch(plan) && before != APPLY_UNREAD)
			return;
		row->outcome = APPLY_DONE;
		row->text = "";
		return;
	}
	/* What failed, or was never sent, has its reason already. */
	if (before == APPLY_FAILED ||
	    (before == APPLY_UNTOUCHED && plan->action != PLAN_SAME))
		return;
	row->outcome = APPLY_FAILED;
	row->text = where_text(
	    arena, "read back, and it is not as planned", &row->found);
	if (row->found.present && row->found.offset == plan->planned.offset)
		row->text = arena_format(arena,
		    "read back: the offset is right, leader epoch %" PRId32
		    " or metadata is not",
		    row->found.epoch);
}

void
applycheck_read_back(struct arena *arena, const struct plan_group *plan,
    const struct target_group *now, struct apply_group *group)
{
	for (size_t i = 0; i < group->row_count; i++) {
		struct apply_row *row = &group->rows[i];
		const struct plan_row *want = &plan->rows[i];

		if (row->outcome != APPLY_UNTOUCHED &&
		    row->outcome != APPLY_UNREAD &&
		    row->outcome != APPLY_DOUBT && row->outcome != APPLY_FAILED)
			continue;
		if (now->positions_error == KAFKA_OK)
			read_back_row(arena, want,
			    target_find_position(
				now, want->topic, want->partition),
			    row);
		else if (row->outcome != APPLY_FAILED)
			row->text = arena_format(arena, "read-back: %s",
			    kafka_error_name(now->positions_error));
	}
}

void
applycheck_would(struct apply_group *group)
{
	set_all(group, APPLY_WOULD);
}

void
applycheck_finish(
    const struct plan_group *plan, struct apply_group *group, size_t *outcomes)
{
	bool written = false, missing = false;

	for (size_t i = 0; i < group->row_count; i++) {
		const enum apply_outcome outcome = group->rows[i].outcome;

		outcomes[outcome]++;
		if (!plan_row_changes(&plan->rows[i]))
			continue;
		written |= outcome == APPLY_DONE || outcome == APPLY_UNREAD ||
		    outcome == APPLY_DOUBT;
		missing |= outcome == APPLY_UNTOUCHED ||
		    outcome == APPLY_FAILED || outcome == APPLY_DOUBT;
	}
	group->half_done = written && missing;
}
