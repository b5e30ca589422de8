#include "restore/diffrow.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "formats/model.h"
#include "restore/diff.h"
#include "restore/diffview.h"

static void
decide(struct diff_row *row, enum diff_kind kind, int64_t records)
{
	row->kind = kind;
	row->records = records;
}

static struct diff_value
value_of(const struct diffview_position *found)
{
	if (found->state != DIFFVIEW_THERE)
		return (struct diff_value){ false, -1, -1 };
	return (struct diff_value){ true, found->position->offset,
		found->position->epoch };
}

/* --- the topic --------------------------------------------------------- */

enum identity {
	TOPIC_SAME, /* or nothing speaks against it, without ids */
	TOPIC_ANOTHER,
	TOPIC_GONE,
	TOPIC_UNTOLD,
};

/* The topic of a row in both readings, and the logs of its partition. */
struct logs {
	enum identity identity;
	const struct log_range *before, *after; /* NULL: not known */
};

static const struct log_range *
range_of(const struct topic *topic, int32_t partition)
{
	const struct log_range *range =
	    topic == NULL ? NULL : topic_find_partition(topic, partition);

	return range != NULL && range->start >= 0 && range->end >= 0 ? range
								     : NULL;
}

static enum identity
identify(const struct diffview_topic *before,
    const struct diffview_topic *after, const struct logs *logs)
{
	if (after->is_missing)
		return TOPIC_GONE;
	if (before->topic != NULL && before->topic->has_id &&
	    after->topic != NULL && after->topic->has_id)
		return memcmp(before->topic->id, after->topic->id, UUID_SIZE) ==
			0
		    ? TOPIC_SAME
		    : TOPIC_ANOTHER;
	if (before->is_untold || after->is_untold)
		return TOPIC_UNTOLD;
	if (logs->before == NULL || logs->after == NULL)
		return TOPIC_SAME;
	/* The leader epoch and the log start of a topic never go back. */
	if ((logs->after->epoch >= 0 &&
		logs->before->epoch > logs->after->epoch) ||
	    logs->before->start > logs->after->start)
		return TOPIC_ANOTHER;
	return TOPIC_SAME;
}

static struct logs
find_logs(const struct diffrow_input *input, const struct diff_row *row)
{
	const struct diffview_topic before =
	    diffview_find_topic(input->before.view, row->topic);
	const struct diffview_topic after =
	    diffview_find_topic(input->after.view, row->topic);
	struct logs logs;

	logs.before = range_of(before.topic, row->partition);
	logs.after = range_of(after.topic, row->partition);
	logs.identity = identify(&before, &after, &logs);
	return logs;
}

/* --- the position ------------------------------------------------------ */

static void
compare_lost(const struct diffview_position *after, const struct logs *logs,
    struct arena *arena, struct diff_row *row)
{
	if (logs->identity == TOPIC_GONE) {
		decide(row, DIFF_TOPIC_GONE, -1);
		return;
	}
	if (logs->identity == TOPIC_ANOTHER) {
		decide(row, DIFF_TOPIC_RECREATED, -1);
		return;
	}
	decide(row, DIFF_POSITION_LOST, -1);
	if (after->is_negative)
		row->text = arena_text(arena,
		    "a negative offset stands there, which clients take for "
		    "none");
	else if (logs->identity == TOPIC_UNTOLD)
		row->text = arena_text(
		    arena, "whether the topic is there could not be read");
}

static bool
had_no_members(const struct group *group)
{
	return strcmp(group->state, "Empty") == 0 &&
	    strcmp(group->protocol_type, "") != 0;
}

/* What speaks against a consumer; NULL: nothing does. */
static const char *
suspect_text(const struct diffrow_input *input, const struct diff_row *row)
{
	if (row->after.epoch >= 0)
		return NULL;
	if (row->before.epoch >= 0)
		return "committed without the leader epoch that it had: by a "
		       "tool, not by that consumer";
	if (had_no_members(input->before.group->group) &&
	    had_no_members(input->after.group->group))
		return "the group had no members at either reading";
	return NULL;
}

static void
compare_forward(const struct diffrow_input *input, struct arena *arena,
    struct diff_row *row)
{
	const char *text = suspect_text(input, row);

	decide(row, text != NULL ? DIFF_JUMPED : DIFF_MOVED_ON,
	    row->after.offset - row->before.offset);
	if (text != NULL)
		row->text = arena_text(arena, text);
}

static void
compare_back(const struct logs *logs, struct arena *arena, struct diff_row *row)
{
	decide(row, DIFF_GONE_BACK, row->before.offset - row->after.offset);
	if (logs->after != NULL && row->after.offset < logs->after->start)
		row->text = arena_format(arena,
		    "and the log begins at %" PRId64 ": records are lost",
		    logs->after->start);
}

/* The same topic, two numbers. */
static void
compare_numbers(const struct diffrow_input *input, const struct logs *logs,
    struct arena *arena, struct diff_row *row)
{
	const struct log_range *log = logs->after;
	const int64_t now = row->after.offset;

	/* What was so before is no difference. */
	if (log != NULL && now > log->end &&
	    (now != row->before.offset || logs->before == NULL ||
		now <= logs->before->end)) {
		decide(row, DIFF_BEYOND_END, now - log->end);
		row->text =
		    arena_format(arena, "the log ends at %" PRId64, log->end);
	} else if (now < row->before.offset) {
		compare_back(logs, arena, row);
	} else if (log != NULL && now < log->start &&
	    (logs->before == NULL || log->start > logs->before->start)) {
		decide(row, DIFF_RECORDS_LOST, log->start - now);
		row->text = arena_format(
		    arena, "the log begins at %" PRId64, log->start);
	} else if (now > row->before.offset) {
		compare_forward(input, arena, row);
	} else {
		decide(row, DIFF_SAME, -1);
	}
}

static void
compare_present(const struct diffrow_input *input, const struct logs *logs,
    struct arena *arena, struct diff_row *row)
{
	switch (logs->identity) {
	case TOPIC_GONE:
		decide(row, DIFF_TOPIC_GONE, -1);
		return;
	case TOPIC_ANOTHER:
		decide(row, DIFF_TOPIC_RECREATED, -1);
		return;
	case TOPIC_UNTOLD:
		decide(row, DIFF_UNKNOWN, -1);
		row->text = arena_text(
		    arena, "whether the topic is the same could not be read");
		return;
	case TOPIC_SAME:
	default:
		compare_numbers(input, logs, arena, row);
		return;
	}
}

static bool
is_unknown(const struct diffview_position *found, bool topics_asked)
{
	return found->state == DIFFVIEW_UNKNOWN ||
	    (found->state == DIFFVIEW_OUTSIDE && topics_asked);
}

void
diffrow_compare(const struct diffrow_input *input, struct arena *arena,
    struct diff_row *row)
{
	const struct diffview_position before =
	    diffview_find_position(input->before.view, input->before.group,
		row->topic, row->partition);
	const struct diffview_position after = diffview_find_position(
	    input->after.view, input->after.group, row->topic, row->partition);
	const struct logs logs = find_logs(input, row);

	row->text = "";
	row->before = value_of(&before);
	row->after = value_of(&after);
	if (is_unknown(&before, input->topics_asked)) {
		decide(row, DIFF_UNKNOWN, -1);
		row->text = arena_format(arena, "before: %s", before.text);
	} else if (is_unknown(&after, input->topics_asked)) {
		decide(row, DIFF_UNKNOWN, -1);
		row->text = arena_format(arena, "after: %s", after.text);
	} else if (before.state == DIFFVIEW_OUTSIDE ||
	    after.state == DIFFVIEW_OUTSIDE) {
		decide(row, DIFF_OUTSIDE, -1);
	} else if (row->before.present && row->after.present) {
		compare_present(input, &logs, arena, row);
	} else if (row->before.present) {
		compare_lost(&after, &logs, arena, row);
	} else {
		decide(row,
		    row->after.present ? DIFF_POSITION_APPEARED : DIFF_SAME,
		    -1);
	}
}
