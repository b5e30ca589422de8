#include "restore/diff.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "restore/diffrow.h"
#include "restore/diffview.h"
#include "restore/nameset.h"
#include "snapshot/selector.h"

/* What one comparison works with. */
struct comparing {
	struct diffview before, after;
	struct selector *wanted;
	bool groups_asked, topics_asked; /* by patterns */
	struct diff *out;
	size_t group_capacity;
	struct diff_row *rows; /* of the group that is compared */
	size_t row_count, row_capacity;
};

/* --- words ------------------------------------------------------------- */

static const struct {
	const char *text;
	enum diff_level level;
} kinds[] = {
	[DIFF_GROUP_LOST] = { "group-lost", DIFF_IS_HURT },
	[DIFF_POSITION_LOST] = { "position-lost", DIFF_IS_HURT },
	[DIFF_TOPIC_RECREATED] = { "topic-recreated", DIFF_IS_HURT },
	[DIFF_TOPIC_GONE] = { "topic-gone", DIFF_IS_HURT },
	[DIFF_RECORDS_LOST] = { "records-lost", DIFF_IS_HURT },
	[DIFF_BEYOND_END] = { "beyond-log-end", DIFF_IS_HURT },
	[DIFF_GONE_BACK] = { "gone-back", DIFF_IS_HURT },
	[DIFF_JUMPED] = { "jumped", DIFF_IS_SUSPECT },
	[DIFF_UNKNOWN] = { "unknown", DIFF_IS_UNKNOWN },
	[DIFF_GROUP_APPEARED] = { "group-appeared", DIFF_IS_NOTE },
	[DIFF_POSITION_APPEARED] = { "position-appeared", DIFF_IS_NOTE },
	[DIFF_GROUP_ENDED] = { "group-ended", DIFF_IS_NOTE },
	[DIFF_MOVED_ON] = { "moved-on", DIFF_IS_NOTE },
	[DIFF_SAME] = { "same", DIFF_IS_NOTE },
	[DIFF_OUTSIDE] = { "outside", DIFF_IS_NOTE },
};

const char *
diff_kind_text(enum diff_kind kind)
{
	return kinds[kind].text;
}

enum diff_level
diff_level_of(enum diff_kind kind)
{
	return kinds[kind].level;
}

const char *
diff_level_text(enum diff_level level)
{
	static const char *const texts[] = { [DIFF_IS_HURT] = "hurt",
		[DIFF_IS_SUSPECT] = "suspect",
		[DIFF_IS_UNKNOWN] = "unknown",
		[DIFF_IS_NOTE] = "note" };

	return texts[level];
}

static bool
is_listed(enum diff_kind kind)
{
	return kind < DIFF_MOVED_ON;
}

/* --- positions of a group ---------------------------------------------- */

static void
add_row(struct comparing *comparing, struct bytes topic, int32_t partition)
{
	if (!selector_takes_topic(comparing->wanted, topic))
		return;
	comparing->rows = xgrow(comparing->rows, comparing->row_count,
	    &comparing->row_capacity, sizeof(*comparing->rows));
	comparing->rows[comparing->row_count++] =
	    (struct diff_row){ .topic = topic, .partition = partition };
}

static void
add_rows(struct comparing *comparing, const struct diffview_group *from)
{
	const size_t topic_count =
	    from->group == NULL ? 0 : from->group->topic_count;

	for (size_t i = 0; i < topic_count; i++) {
		const struct group_topic *topic = &from->group->topics[i];

		for (size_t j = 0; j < topic->count; j++)
			add_row(comparing, topic->topic,
			    topic->positions[j].partition);
	}
	for (size_t i = 0; i < from->holes.count; i++)
		add_row(comparing, from->holes.holes[i]->topic,
		    from->holes.holes[i]->partition);
}

static int
compare_places(const void *left, const void *right)
{
	const struct diff_row *a = left, *b = right;
	const int order = bytes_compare(a->topic, b->topic);

	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct diff_row *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->records != b->records)
		return a->records > b->records ? -1 : 1;
	return compare_places(a, b);
}

/* Every place that either reading names, each once. */
static void
gather_rows(struct comparing *comparing, const struct diffview_group *before,
    const struct diffview_group *after)
{
	struct diff_row *rows;
	size_t kept = 0;

	comparing->row_count = 0;
	add_rows(comparing, before);
	add_rows(comparing, after);
	rows = comparing->rows;
	if (comparing->row_count > 0)
		qsort(
		    rows, comparing->row_count, sizeof(*rows), compare_places);
	for (size_t i = 0; i < comparing->row_count; i++)
		if (kept == 0 || compare_places(&rows[kept - 1], &rows[i]) != 0)
			rows[kept++] = rows[i];
	comparing->row_count = kept;
}

/* Sorted, and counted; which are listed is up to the caller. */
static void
decide_rows(struct comparing *comparing, const struct diffview_group *before,
    const struct diffview_group *after)
{
	const struct diffrow_input input = {
		.before = { &comparing->before, before },
		.after = { &comparing->after, after },
		.topics_asked = comparing->topics_asked,
	};

	gather_rows(comparing, before, after);
	for (size_t i = 0; i < comparing->row_count; i++) {
		struct diff_row *row = &comparing->rows[i];

		diffrow_compare(&input, &comparing->out->arena, row);
		comparing->out->positions_by_kind[row->kind]++;
	}
	if (comparing->row_count > 0)
		qsort(comparing->rows, comparing->row_count,
		    sizeof(*comparing->rows), compare_rows);
}

/* --- groups ------------------------------------------------------------ */

static size_t
count_present(const struct comparing *comparing, bool after)
{
	size_t count = 0;

	for (size_t i = 0; i < comparing->row_count; i++) {
		const struct diff_row *row = &comparing->rows[i];

		count += after ? row->after.present : row->before.present;
	}
	return count;
}

/* A group that is there in one of the readings, or in both. */
static void
judge_group(const struct comparing *comparing,
    const struct diffview_group *before, const struct diffview_group *after,
    struct diff_group *group)
{
	const enum diff_kind worst =
	    comparing->row_count > 0 ? comparing->rows[0].kind : DIFF_SAME;

	group->kind = worst;
	group->position_count =
	    count_present(comparing, before->state == DIFFVIEW_ABSENT);
	if (before->state == DIFFVIEW_ABSENT &&
	    after->group->type == GROUP_UNKNOWN && comparing->row_count == 0) {
		/* Snapshots leave such a one out: a share group, or nothing. */
		group->kind = DIFF_SAME;
	} else if (before->state == DIFFVIEW_ABSENT) {
		group->kind = DIFF_GROUP_APPEARED;
		group->as_whole = true;
	} else if (after->state == DIFFVIEW_ABSENT && worst <= DIFF_UNKNOWN) {
		group->kind = DIFF_GROUP_LOST;
		group->as_whole = true;
	} else if (after->state == DIFFVIEW_ABSENT && worst != DIFF_OUTSIDE) {
		group->kind = DIFF_GROUP_ENDED;
		group->as_whole = true;
	}
}

static void
keep_group(struct comparing *comparing, struct diff_group *group)
{
	struct diff *out = comparing->out;
	size_t listed = 0;

	out->by_kind[group->kind]++;
	if (!is_listed(group->kind))
		return;
	while (listed < comparing->row_count &&
	    is_listed(comparing->rows[listed].kind))
		listed++;
	group->name = arena_bytes(&out->arena, group->name);
	group->rows = arena_alloc(&out->arena, listed, sizeof(*group->rows));
	group->row_count = listed;
	for (size_t i = 0; i < listed; i++) {
		struct diff_row *row = &group->rows[i];

		*row = comparing->rows[i];
		row->topic = arena_bytes(&out->arena, row->topic);
		if (row->kind == comparing->rows[0].kind && row->records > 0)
			group->records =
			    group->records > INT64_MAX - row->records
			    ? INT64_MAX
			    : group->records + row->records;
	}
	out->groups = xgrow(out->groups, out->group_count,
	    &comparing->group_capacity, sizeof(*out->groups));
	out->groups[out->group_count++] = *group;
}

static bool
is_unknown(
    const struct comparing *comparing, const struct diffview_group *found)
{
	return found->state == DIFFVIEW_UNKNOWN ||
	    (found->state == DIFFVIEW_OUTSIDE && comparing->groups_asked);
}

static bool
is_share(const struct diffview_group *found)
{
	return found->group != NULL && found->group->type == GROUP_SHARE;
}

static void
compare_group(struct comparing *comparing, struct bytes name)
{
	const struct diffview_group before =
	    diffview_find_group(&comparing->before, name);
	const struct diffview_group after =
	    diffview_find_group(&comparing->after, name);
	struct arena *arena = &comparing->out->arena;
	struct diff_group group = { .name = name, .text = "" };

	comparing->row_count = 0;
	group.kind = DIFF_UNKNOWN;
	group.as_whole = true;
	group.is_share = is_share(&before) || is_share(&after);
	if (is_unknown(comparing, &before)) {
		group.text = arena_format(arena, "before: %s", before.text);
	} else if (is_unknown(comparing, &after)) {
		group.text = arena_format(arena, "after: %s", after.text);
	} else if (before.state == DIFFVIEW_OUTSIDE ||
	    after.state == DIFFVIEW_OUTSIDE) {
		group.kind = DIFF_OUTSIDE;
	} else if (before.state == DIFFVIEW_ABSENT &&
	    (after.state == DIFFVIEW_ABSENT || after.is_unlisted)) {
		group.text = "there is no such group, neither before nor after";
	} else {
		group.as_whole = false;
		decide_rows(comparing, &before, &after);
		judge_group(comparing, &before, &after, &group);
	}
	keep_group(comparing, &group);
}

static int
compare_groups(const void *left, const void *right)
{
	const struct diff_group *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->records != b->records)
		return a->records > b->records ? -1 : 1;
	if (a->position_count != b->position_count)
		return a->position_count > b->position_count ? -1 : 1;
	return bytes_compare(a->name, b->name);
}

/* --- all of it --------------------------------------------------------- */

static void
add_name(struct comparing *comparing, struct nameset *names, struct bytes name)
{
	if (selector_takes_group(comparing->wanted, name))
		nameset_add(names, name);
}

/* Named holes are names too: the group is there and could not be read. */
static void
add_names(struct comparing *comparing, const struct snapshot *snapshot,
    struct nameset *names)
{
	for (size_t i = 0; i < snapshot->group_count; i++)
		add_name(comparing, names, snapshot->groups[i].name);
	for (size_t i = 0; i < snapshot->hole_count; i++)
		if (snapshot->holes[i].has_group)
			add_name(comparing, names, snapshot->holes[i].group);
}

static void
compare_all(struct comparing *comparing)
{
	struct diff *out = comparing->out;
	const bool named = selector_is_named(comparing->wanted);
	struct nameset names = { 0 };

	add_names(comparing, comparing->before.side->snapshot, &names);
	add_names(comparing, comparing->after.side->snapshot, &names);
	for (size_t i = 0; named && i < selector_named_count(comparing->wanted);
	     i++)
		nameset_add(&names, selector_named_at(comparing->wanted, i));
	nameset_settle(&names);
	for (size_t i = 0; i < names.count; i++)
		compare_group(comparing, names.names[i]);
	free(names.names);
	if (out->group_count > 0)
		qsort(out->groups, out->group_count, sizeof(*out->groups),
		    compare_groups);
	out->before_hides = !named && diffview_hides(&comparing->before);
	out->after_hides = !named && diffview_hides(&comparing->after);
}

/* A snapshot asks by name for the positions of the one before it, and the
 * cluster now was asked for those of the other side. */
static bool
knows_positions(const struct diff_side *before, const struct diff_side *after)
{
	return after->asked ||
	    strcmp(after->snapshot->info.previous, before->snapshot->info.id) ==
	    0 ||
	    strcmp(after->snapshot->info.id, before->snapshot->info.id) == 0;
}

int
diff_build(const struct diff_side *before, const struct diff_side *after,
    const struct selection *wanted, struct diff *out, struct err *err)
{
	struct comparing comparing = { .out = out };
	int result = -1;

	*out = (struct diff){ 0 };
	comparing.groups_asked = wanted->group_count > 0;
	comparing.topics_asked = wanted->topic_count > 0;
	if (selector_new(wanted, &comparing.wanted, err) == 0 &&
	    diffview_init(&comparing.before, before, err) == 0 &&
	    diffview_init(&comparing.after, after, err) == 0) {
		comparing.after.may_hide_topics =
		    !knows_positions(before, after);
		compare_all(&comparing);
		result = 0;
	}
	diffview_release(&comparing.before);
	diffview_release(&comparing.after);
	selector_free(comparing.wanted);
	free(comparing.rows);
	return result;
}

void
diff_release(struct diff *diff)
{
	free(diff->groups);
	arena_release(&diff->arena);
	*diff = (struct diff){ 0 };
}

bool
diff_is_partial(const struct diff *diff)
{
	return diff->by_kind[DIFF_UNKNOWN] > 0 ||
	    diff->positions_by_kind[DIFF_UNKNOWN] > 0 || diff->before_hides ||
	    diff->after_hides;
}

size_t
diff_count(const struct diff *diff, enum diff_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < diff->group_count; i++)
		count += diff_level_of(diff->groups[i].kind) == level;
	return count;
}
