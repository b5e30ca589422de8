#include "restore/brackets.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "restore/addition.h"
#include "restore/bracketrow.h"
#include "restore/containment.h"
#include "snapshot/selector.h"

/* --- names ------------------------------------------------------------- */

static size_t
lower_bound(const struct brackets *brackets, struct bytes name)
{
	size_t low = 0, high = brackets->group_count;

	/* Snapshots hand over names in order: the end is the usual place. */
	if (high > 0 &&
	    bytes_compare(brackets->groups[high - 1]->name, name) < 0)
		return high;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (bytes_compare(brackets->groups[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct bracket_group *
brackets_find(const struct brackets *brackets, struct bytes name)
{
	const size_t at = lower_bound(brackets, name);

	if (at < brackets->group_count &&
	    bytes_equal(brackets->groups[at]->name, name))
		return brackets->groups[at];
	return NULL;
}

static void
add_cover(struct bracket_group *group, struct cover cover)
{
	group->covers = xgrow(group->covers, group->cover_count,
	    &group->cover_capacity, sizeof(*group->covers));
	group->covers[group->cover_count++] = cover;
	if (cover.seen->all_topics)
		group->whole = true;
}

/* A name that turns up late was not there in the snapshots looked at before,
 * if they can tell: a group deleted since must not come back. */
static void
add_past_covers(struct brackets *brackets, struct bracket_group *group)
{
	for (size_t i = 0; i < brackets->seen_count; i++) {
		const struct seen *seen = brackets->seen[i];

		if (!seen->low || seen->hides ||
		    (!brackets->exact && seen->to_ms > brackets->at_ms) ||
		    !selector_takes_group(seen->takes, group->name))
			continue;
		add_cover(group, (struct cover){ seen, seen->to_ms, false });
	}
}

void
brackets_add_name(struct brackets *brackets, struct bytes name)
{
	const size_t at = lower_bound(brackets, name);
	struct bracket_group *group;

	if (at < brackets->group_count &&
	    bytes_equal(brackets->groups[at]->name, name))
		return;
	if (!selector_takes_group(brackets->selector, name))
		return;
	group = arena_alloc(&brackets->arena, 1, sizeof(*group));
	group->name = arena_bytes(&brackets->arena, name);
	brackets->groups = xgrow(brackets->groups, brackets->group_count,
	    &brackets->group_capacity, sizeof(*brackets->groups));
	memmove(brackets->groups + at + 1, brackets->groups + at,
	    (brackets->group_count - at) * sizeof(*brackets->groups));
	brackets->groups[at] = group;
	brackets->group_count++;
	add_past_covers(brackets, group);
}

int
brackets_init(struct brackets *out, const struct selection *wanted,
    int64_t at_ms, bool exact, struct err *err)
{
	struct selector *selector = NULL;

	memset(out, 0, sizeof(*out));
	if (selector_new(wanted, &selector, err) != 0)
		return -1;
	out->wanted = wanted;
	out->selector = selector;
	out->at_ms = at_ms;
	out->exact = exact;
	out->names_settled = selector_is_named(selector);
	if (!out->names_settled)
		return 0;
	for (size_t i = 0; i < selector_named_count(selector); i++)
		brackets_add_name(out, selector_named_at(selector, i));
	return 0;
}

void
brackets_release(struct brackets *brackets)
{
	for (size_t i = 0; i < brackets->group_count; i++) {
		free(brackets->groups[i]->rows);
		free(brackets->groups[i]->covers);
	}
	for (size_t i = 0; i < brackets->seen_count; i++)
		selector_free(brackets->seen[i]->takes);
	free(brackets->groups);
	free(brackets->seen);
	selector_free(brackets->selector);
	arena_release(&brackets->arena);
	memset(brackets, 0, sizeof(*brackets));
}

/* --- covers ------------------------------------------------------------ */

const struct cover *
brackets_newest(const struct bracket_group *group)
{
	const struct cover *newest = NULL;

	for (size_t i = 0; i < group->cover_count; i++)
		if (newest == NULL ||
		    group->covers[i].time_ms > newest->time_ms)
			newest = &group->covers[i];
	return newest;
}

const struct cover *
brackets_newest_taking(const struct bracket_group *group, struct bytes topic)
{
	const struct cover *newest = NULL;

	for (size_t i = 0; i < group->cover_count; i++) {
		const struct cover *cover = &group->covers[i];

		if (newest != NULL && cover->time_ms <= newest->time_ms)
			continue;
		if (selector_takes_topic(cover->seen->takes, topic))
			newest = cover;
	}
	return newest;
}

/* --- lower ends -------------------------------------------------------- */

/* A row that no capture held so far, nor had a hole for, was absent in those
 * that took its topic. */
static bool
was_absent_later(struct brackets *brackets, const struct bracket_group *group,
    struct bracket *row, int64_t time_ms)
{
	const struct cover *newest = brackets_newest_taking(group, row->topic);

	if (newest == NULL || newest->time_ms <= time_ms)
		return false;
	row->low =
	    bracketrow_sample(brackets, NULL, newest->seen, newest->time_ms);
	return true;
}

static void
add_low_position(struct brackets *brackets, struct bracket_group *group,
    struct bytes topic, const struct position *position,
    const struct cover *cover)
{
	bool made;
	struct bracket *row =
	    bracketrow_at(brackets, group, topic, position->partition, &made);

	if (made && was_absent_later(brackets, group, row, cover->time_ms))
		return;
	if (row->low.state != SAMPLE_UNKNOWN &&
	    row->low.time_ms >= cover->time_ms)
		return;
	row->low =
	    bracketrow_sample(brackets, position, cover->seen, cover->time_ms);
}

static void
add_low_positions(struct brackets *brackets, struct bracket_group *group,
    const struct group *from, const struct cover *cover, struct hole_list holes)
{
	for (size_t i = 0; i < from->topic_count; i++) {
		const struct group_topic *topic = &from->topics[i];

		if (!selector_takes_topic(brackets->selector, topic->topic))
			continue;
		for (size_t j = 0; j < topic->count; j++)
			if (!addition_is_hole(holes, topic->topic,
				topic->positions[j].partition))
				add_low_position(brackets, group, topic->topic,
				    &topic->positions[j], cover);
	}
}

/* Rows that the snapshot has holes for: known by now, told by others. */
static void
add_low_holes(struct brackets *brackets, struct bracket_group *group,
    struct hole_list list)
{
	for (size_t i = 0; i < list.count; i++) {
		struct bracket *row;
		bool made;

		if (!selector_takes_topic(
			brackets->selector, list.holes[i]->topic))
			continue;
		row = bracketrow_at(brackets, group, list.holes[i]->topic,
		    list.holes[i]->partition, &made);
		if (made)
			(void)was_absent_later(brackets, group, row, INT64_MIN);
	}
}

/* Rows known from other captures that this one read, and that were not there.
 */
static void
add_low_absences(struct brackets *brackets, struct bracket_group *group,
    const struct group *from, const struct cover *cover, struct hole_list holes)
{
	for (size_t i = 0; i < group->row_count; i++) {
		struct bracket *row = &group->rows[i];

		if (row->low.state != SAMPLE_UNKNOWN &&
		    row->low.time_ms >= cover->time_ms)
			continue;
		if (!selector_takes_topic(cover->seen->takes, row->topic) ||
		    addition_is_hole(holes, row->topic, row->partition))
			continue;
		if (from == NULL ||
		    group_find_position(from, row->topic, row->partition) ==
			NULL)
			row->low = bracketrow_sample(
			    brackets, NULL, cover->seen, cover->time_ms);
	}
}

/* False when the snapshot tells nothing about this group's lower ends. */
static bool
add_low_group(struct brackets *brackets, struct bracket_group *group,
    const struct addition *addition)
{
	const struct group *from;
	const struct hole_list holes = addition_holes_of(addition, group->name);
	struct cover cover = { 0 };

	if (!addition_covers(addition, group->name, &from, &cover.time_ms))
		return false;
	if (!brackets->exact && cover.time_ms > brackets->at_ms)
		return false;
	cover.seen = addition->seen;
	cover.present = from != NULL;
	if (from != NULL)
		add_low_positions(brackets, group, from, &cover, holes);
	add_low_holes(brackets, group, holes);
	add_low_absences(brackets, group, from, &cover, holes);
	add_cover(group, cover);
	return true;
}

/* Named holes are names too: the group is there and could not be read. */
static void
add_names(struct brackets *brackets, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->group_count; i++)
		brackets_add_name(brackets, snapshot->groups[i].name);
	for (size_t i = 0; i < snapshot->hole_count; i++)
		if (snapshot->holes[i].has_group)
			brackets_add_name(brackets, snapshot->holes[i].group);
}

/* Whether no group that the patterns mean can be missing from the snapshot
 * without having been missing from the cluster. */
static bool
settles_names(const struct brackets *brackets, const struct snapshot *snapshot)
{
	const struct snapshot_info *info = &snapshot->info;

	if (info->scope == SCOPE_NAMED || !info->complete)
		return false;
	if (!brackets->exact && info->to_ms > brackets->at_ms)
		return false;
	return containment_of_groups(&info->selection, brackets->wanted);
}

static bool
group_low_done(const struct bracket_group *group)
{
	if (!group->whole)
		return false;
	for (size_t i = 0; i < group->row_count; i++)
		if (group->rows[i].low.state == SAMPLE_UNKNOWN)
			return false;
	return true;
}

int
brackets_add_low(struct brackets *brackets, const struct snapshot *snapshot,
    bool *added, struct err *err)
{
	struct addition addition;
	const size_t known = brackets->group_count;

	/* Names first: those that are new here were not in what was seen
	 * before, and this snapshot speaks for itself below. */
	add_names(brackets, snapshot);
	if (addition_init(&addition, brackets, snapshot, true, err) != 0)
		return -1;
	*added = brackets->group_count > known;
	for (size_t i = 0; i < brackets->group_count; i++) {
		struct bracket_group *group = brackets->groups[i];
		const bool open = !group_low_done(group);

		if (add_low_group(brackets, group, &addition) && open)
			*added = true;
	}
	if (brackets->exact)
		memcpy(brackets->snapshot_id, snapshot->info.id,
		    sizeof(brackets->snapshot_id));
	if (!brackets->names_settled && settles_names(brackets, snapshot)) {
		brackets->names_settled = true;
		*added = true;
	}
	addition_release(&addition);
	return 0;
}

bool
brackets_low_done(const struct brackets *brackets)
{
	for (size_t i = 0; i < brackets->group_count; i++)
		if (!group_low_done(brackets->groups[i]))
			return false;
	return true;
}

/* The oldest of what a group's lower ends are as of: where the newest snapshot
 * had a hole, an older one told. */
static int64_t
group_low_floor(const struct bracket_group *group)
{
	const struct cover *newest = brackets_newest(group);
	int64_t floor_ms = newest == NULL ? INT64_MIN : newest->time_ms;

	for (size_t i = 0; i < group->row_count; i++) {
		const struct sample *low = &group->rows[i].low;

		if (low->state != SAMPLE_UNKNOWN && low->time_ms < floor_ms)
			floor_ms = low->time_ms;
	}
	return floor_ms;
}

int64_t
brackets_low_floor(const struct brackets *brackets)
{
	int64_t floor_ms = INT64_MAX;

	for (size_t i = 0; i < brackets->group_count; i++) {
		const int64_t own_ms = group_low_floor(brackets->groups[i]);

		if (own_ms < floor_ms)
			floor_ms = own_ms;
	}
	return floor_ms;
}

/* --- upper ends -------------------------------------------------------- */

static bool
add_high_group(struct brackets *brackets, struct bracket_group *group,
    const struct addition *addition)
{
	const struct hole_list holes = addition_holes_of(addition, group->name);
	const struct group *from;
	int64_t time_ms;
	bool added = false;

	if (!addition_covers(addition, group->name, &from, &time_ms) ||
	    time_ms <= brackets->at_ms)
		return false;
	for (size_t i = 0; i < group->row_count; i++) {
		struct bracket *row = &group->rows[i];

		if (row->low.state != SAMPLE_PRESENT ||
		    (row->high.state != SAMPLE_UNKNOWN &&
			row->high.time_ms <= time_ms))
			continue;
		if (!selector_takes_topic(addition->seen->takes, row->topic) ||
		    addition_is_hole(holes, row->topic, row->partition))
			continue;
		row->high = bracketrow_sample(brackets,
		    from == NULL
			? NULL
			: group_find_position(from, row->topic, row->partition),
		    addition->seen, time_ms);
		added = true;
	}
	return added;
}

int
brackets_add_high(struct brackets *brackets, const struct snapshot *snapshot,
    bool *added, struct err *err)
{
	struct addition addition;

	*added = false;
	if (addition_init(&addition, brackets, snapshot, false, err) != 0)
		return -1;
	for (size_t i = 0; i < brackets->group_count; i++)
		if (add_high_group(brackets, brackets->groups[i], &addition))
			*added = true;
	addition_release(&addition);
	return 0;
}

bool
brackets_high_done(const struct brackets *brackets)
{
	for (size_t i = 0; i < brackets->group_count; i++) {
		const struct bracket_group *group = brackets->groups[i];

		for (size_t j = 0; j < group->row_count; j++)
			if (group->rows[j].low.state == SAMPLE_PRESENT &&
			    group->rows[j].high.state == SAMPLE_UNKNOWN)
				return false;
	}
	return true;
}

int64_t
brackets_high_ceiling(const struct brackets *brackets)
{
	int64_t ceiling_ms = INT64_MIN;

	for (size_t i = 0; i < brackets->group_count; i++) {
		const struct bracket_group *group = brackets->groups[i];

		for (size_t j = 0; j < group->row_count; j++)
			if (group->rows[j].high.state != SAMPLE_UNKNOWN &&
			    group->rows[j].high.time_ms > ceiling_ms)
				ceiling_ms = group->rows[j].high.time_ms;
	}
	return ceiling_ms;
}

/* --- what the last one was good for ------------------------------------- */

static bool
is_told_by(const struct bracket_group *group, const struct seen *seen)
{
	const struct cover *newest = seen->low ? brackets_newest(group) : NULL;

	if (newest != NULL && newest->seen == seen)
		return true;
	for (size_t i = 0; i < group->row_count; i++)
		if (seen->low ? group->rows[i].low.seen == seen
			      : group->rows[i].high.seen == seen)
			return true;
	return false;
}

bool
brackets_last_told(const struct brackets *brackets)
{
	const struct seen *last = brackets->seen_count == 0
	    ? NULL
	    : brackets->seen[brackets->seen_count - 1];

	for (size_t i = 0; last != NULL && i < brackets->group_count; i++)
		if (is_told_by(brackets->groups[i], last))
			return true;
	return false;
}
