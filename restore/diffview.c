#include "restore/diffview.h"

#include <stdlib.h>

#include "formats/model.h"
#include "kafka/cluster.h"
#include "restore/diff.h"
#include "snapshot/selector.h"

static const struct group no_positions = { .state = "unknown",
	.protocol_type = "unknown" };

static bool
has_name(const struct bytes *names, size_t count, struct bytes name)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = bytes_compare(names[middle], name);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void
find_topic_holes(struct diffview *view)
{
	const struct snapshot *snapshot = view->side->snapshot;

	for (size_t i = 0; i < snapshot->hole_count; i++) {
		const struct hole *hole = &snapshot->holes[i];

		if (hole->kind != HOLE_TOPIC || hole->partition >= 0)
			continue;
		nameset_add(&view->untold, hole->topic);
		if (kafka_error_is_denied(hole->error))
			nameset_add(&view->hidden, hole->topic);
	}
	nameset_settle(&view->untold);
	nameset_settle(&view->hidden);
}

int
diffview_init(
    struct diffview *out, const struct diff_side *side, struct err *err)
{
	*out = (struct diffview){ .side = side };
	if (selector_new(&side->snapshot->info.selection, &out->takes, err) !=
	    0)
		return err_wrap(err, "snapshot %s", side->snapshot->info.id);
	hole_index_init(&out->holes, side->snapshot);
	find_topic_holes(out);
	return 0;
}

void
diffview_release(struct diffview *view)
{
	selector_free(view->takes);
	hole_index_release(&view->holes);
	free(view->untold.names);
	free(view->hidden.names);
	*view = (struct diffview){ 0 };
}

bool
diffview_hides(const struct diffview *view)
{
	const struct snapshot *snapshot = view->side->snapshot;

	for (size_t i = 0; i < snapshot->hole_count; i++)
		if (snapshot->holes[i].kind != HOLE_TOPIC &&
		    !snapshot->holes[i].has_group)
			return true;
	return false;
}

/* --- groups ------------------------------------------------------------ */

/* The hole that hides a group: its own, else the first that names none. */
static const struct hole *
hiding_hole(const struct snapshot *snapshot, struct bytes name)
{
	const struct hole *general = NULL;

	for (size_t i = 0; i < snapshot->hole_count; i++) {
		const struct hole *hole = &snapshot->holes[i];

		if (hole->kind == HOLE_TOPIC)
			continue;
		if (hole->has_group && bytes_equal(hole->group, name))
			return hole;
		if (!hole->has_group && general == NULL)
			general = hole;
	}
	return general;
}

static void
set_unknown(
    const struct diffview *view, struct bytes name, struct diffview_group *out)
{
	const struct snapshot *snapshot = view->side->snapshot;
	const struct hole *hole = hiding_hole(snapshot, name);

	if (view->side->asked && (hole == NULL || !hole->has_group)) {
		out->state = DIFFVIEW_THERE;
		out->group = &no_positions;
		out->is_unlisted = true;
		return;
	}
	out->state = DIFFVIEW_UNKNOWN;
	if (hole != NULL)
		out->text = hole->text;
	else
		out->text = "what its user may not see cannot be excluded";
}

struct diffview_group
diffview_find_group(const struct diffview *view, struct bytes name)
{
	const struct snapshot *snapshot = view->side->snapshot;
	const bool selected = selector_takes_group(view->takes, name);
	struct diffview_group out = { .text = "" };

	out.group = model_find_group(snapshot, name);
	out.holes = hole_index_of(&view->holes, name);
	if (model_covers(snapshot, name, selected)) {
		out.state =
		    out.group != NULL ? DIFFVIEW_THERE : DIFFVIEW_ABSENT;
	} else if (out.group == NULL && !selected) {
		out.state = DIFFVIEW_OUTSIDE;
		out.text = "its selection leaves the group out";
	} else {
		set_unknown(view, name, &out);
	}
	return out;
}

/* --- positions --------------------------------------------------------- */

/* Of a group that is there Kafka leaves out what is hidden, without an error
 * (verified.md 1). */
static const char *
hiding_text(const struct diffview *view, struct bytes topic)
{
	if (has_name(view->hidden.names, view->hidden.count, topic))
		return "the topic, and positions in it, are hidden";
	if (view->may_hide_topics &&
	    model_find_topic(view->side->snapshot, topic) == NULL &&
	    !has_name(view->untold.names, view->untold.count, topic))
		return "it does not have the topic, which is gone or was "
		       "hidden from its user";
	return NULL;
}

struct diffview_position
diffview_find_position(const struct diffview *view,
    const struct diffview_group *group, struct bytes topic, int32_t partition)
{
	const struct hole *hole =
	    hole_list_find(group->holes, topic, partition);
	struct diffview_position out = { .text = "" };
	const char *hidden;

	if (!selector_takes_topic(view->takes, topic)) {
		out.state = DIFFVIEW_OUTSIDE;
		out.text = "its selection leaves the topic out";
		return out;
	}
	if (hole != NULL) {
		out.state = DIFFVIEW_UNKNOWN;
		out.text = hole->text;
		return out;
	}
	if (group->group != NULL)
		out.position =
		    group_find_position(group->group, topic, partition);
	if (out.position != NULL && out.position->offset >= 0)
		return out;
	out.is_negative = out.position != NULL;
	out.position = NULL;
	out.state = DIFFVIEW_ABSENT;
	hidden = hiding_text(view, topic);
	if (group->state == DIFFVIEW_THERE && !out.is_negative &&
	    hidden != NULL) {
		out.state = DIFFVIEW_UNKNOWN;
		out.text = hidden;
	}
	return out;
}

/* --- topics ------------------------------------------------------------ */

struct diffview_topic
diffview_find_topic(const struct diffview *view, struct bytes topic)
{
	const struct diff_side *side = view->side;

	return (struct diffview_topic){
		.is_missing =
		    has_name(side->missing, side->missing_count, topic),
		.is_untold =
		    has_name(view->untold.names, view->untold.count, topic),
		.topic = model_find_topic(side->snapshot, topic),
	};
}
