/*
 * modelcheck.c - model_check: the rules that every snapshot obeys.
 */
#include <string.h>

#include "common/timetext.h"
#include "common/utf8.h"
#include "formats/limits.h"
#include "formats/model.h"
#include "formats/modelorder.h"
#include "formats/selection.h"
#include "formats/window.h"

#define SHOWN_MAX 128

static int
refuse_name(
    const char *what, struct bytes name, const char *why, struct err *err)
{
	char shown[SHOWN_MAX];

	return err_set(err, ERR_CORRUPT, "%s '%s' %s", what,
	    utf8_escape_to(name, shown, sizeof(shown)), why);
}

static bool
is_hex(const char *text, size_t size)
{
	return strlen(text) == size && strspn(text, "0123456789abcdef") == size;
}

static bool
is_time(int64_t time_ms)
{
	return time_ms >= 0 && time_ms <= TIME_LAST_MS;
}

/* A time, or -1 for none. */
static bool
is_optional_time(int64_t time_ms)
{
	return time_ms >= -1 && time_ms <= TIME_LAST_MS;
}

int64_t
model_time(int64_t time_ms)
{
	return is_time(time_ms) ? time_ms : -1;
}

/* A rescue is of one time, which then is the capture's, or of all of them. */
static int
check_source(const struct snapshot_info *info, struct err *err)
{
	const bool is_rescue = info->source == SOURCE_RESCUE;
	const bool has_time = info->as_of_ms != -1;

	if (!is_rescue && (has_time || info->last_known))
		return err_set(err, ERR_CORRUPT,
		    "as_of or last_known of what is no rescue");
	if (is_rescue && has_time == info->last_known)
		return err_set(err, ERR_CORRUPT,
		    "a rescue has either as_of or last_known");
	if (has_time && info->as_of_ms != info->to_ms)
		return err_set(
		    err, ERR_CORRUPT, "as_of is not the end of the capture");
	return 0;
}

static int
check_info(const struct snapshot_info *info, struct err *err)
{
	if (!is_hex(info->id, ENV_ID_MAX - 1))
		return err_set(err, ERR_CORRUPT,
		    "the snapshot's id is not %d hex digits", ENV_ID_MAX - 1);
	if (info->previous[0] != '\0' &&
	    !is_hex(info->previous, ENV_ID_MAX - 1))
		return err_set(err, ERR_CORRUPT,
		    "the previous snapshot's id is not %d hex digits",
		    ENV_ID_MAX - 1);
	if (window_check(info, err) != 0)
		return -1;
	if (!utf8_valid(bytes_of(info->cluster_id)) ||
	    !utf8_valid(bytes_of(info->writer)))
		return err_set(err, ERR_CORRUPT,
		    "the cluster id or the writer is not UTF-8");
	if (info->reason != NULL && strlen(info->reason) > LIMIT_TEXT)
		return err_set(err, ERR_CORRUPT,
		    "the reason is longer than %zu bytes", LIMIT_TEXT);
	if (check_source(info, err) != 0)
		return -1;
	return selection_check(info, err);
}

static int
check_positions(const struct group_topic *topic, struct err *err)
{
	if (topic->topic.size > LIMIT_NAME)
		return refuse_name(
		    "topic", topic->topic, "has too long a name", err);
	if (topic->count == 0)
		return refuse_name(
		    "topic", topic->topic, "has no position", err);
	for (size_t i = 0; i < topic->count; i++) {
		const struct position *position = &topic->positions[i];

		if (position->partition < 0 || position->epoch < -1)
			return refuse_name("topic", topic->topic,
			    "has a partition or epoch below its range", err);
		if (i > 0 && position[-1].partition >= position->partition)
			return refuse_name("topic", topic->topic,
			    "has a partition twice or out of order", err);
		if (!is_optional_time(position->commit_ms) ||
		    !is_optional_time(position->expire_ms))
			return refuse_name("topic", topic->topic,
			    "has a commit or expiry time out of range", err);
		if (position->metadata_size > LIMIT_METADATA)
			return refuse_name("topic", topic->topic,
			    "has a position with too long metadata", err);
	}
	return 0;
}

static int
check_group(const struct group *group, struct err *err)
{
	const char *const texts[] = { group->state, group->protocol_type };

	if (group->name.size > LIMIT_NAME)
		return refuse_name(
		    "group", group->name, "has too long a name", err);
	for (size_t i = 0; i < 2; i++) {
		if (texts[i] == NULL || strlen(texts[i]) > LIMIT_NAME)
			return refuse_name("group", group->name,
			    "has no state or protocol type, or a long one",
			    err);
	}
	if (group->coordinator < -1 || !is_time(group->read_start_ms) ||
	    !is_time(group->read_end_ms) || !is_optional_time(group->state_ms))
		return refuse_name("group", group->name,
		    "has a coordinator, read or state time out of range", err);
	for (size_t i = 0; i < group->topic_count; i++) {
		const struct group_topic *topic = &group->topics[i];

		if (i > 0 && modelorder_group_topic(topic - 1, topic) >= 0)
			return refuse_name("group", group->name,
			    "has a topic twice or out of order", err);
		if (check_positions(topic, err) != 0) {
			char shown[SHOWN_MAX];

			return err_wrap(err, "group '%s'",
			    utf8_escape_to(group->name, shown, sizeof(shown)));
		}
	}
	return 0;
}

/* Counts them as well: each is passed over once, while it is in the cache. */
static int
check_groups(const struct snapshot *snapshot, struct snapshot_info *counted,
    struct err *err)
{
	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct group *group = &snapshot->groups[i];

		if (i > 0 && modelorder_group(group - 1, group) >= 0)
			return refuse_name("group", group->name,
			    "stands twice or out of order", err);
		if (check_group(group, err) != 0)
			return -1;
		model_count_group(group, counted);
	}
	return 0;
}

static int
check_topic(const struct topic *topic, struct err *err)
{
	if (topic->name.size > LIMIT_NAME)
		return refuse_name(
		    "topic", topic->name, "has too long a name", err);
	for (size_t i = 0; i < topic->count; i++) {
		const struct log_range *range = &topic->partitions[i];

		if (range->partition < 0 || range->epoch < -1 ||
		    range->start < -1 || range->end < -1)
			return refuse_name("topic", topic->name,
			    "has a number below its range", err);
		if (i > 0 && range[-1].partition >= range->partition)
			return refuse_name("topic", topic->name,
			    "has a partition twice or out of order", err);
	}
	return 0;
}

static int
check_topics(const struct snapshot *snapshot, struct err *err)
{
	for (size_t i = 0; i < snapshot->topic_count; i++) {
		const struct topic *topic = &snapshot->topics[i];

		if (i > 0 && modelorder_topic(topic - 1, topic) >= 0)
			return refuse_name("topic", topic->name,
			    "stands twice or out of order", err);
		if (check_topic(topic, err) != 0)
			return -1;
	}
	return 0;
}

static bool
is_point(const struct time_point *point)
{
	/* A record that was found is not older than what was asked for. */
	return point->asked_ms >= 0 && point->offset >= -1 &&
	    (point->found_ms == -1 ||
		(point->offset >= 0 && point->found_ms >= point->asked_ms));
}

static int
check_points(const struct topic_times *times,
    const struct partition_times *partition, struct err *err)
{
	if (partition->count == 0)
		return refuse_name("times: topic", times->topic,
		    "has a partition without points", err);
	for (size_t i = 0; i < partition->count; i++) {
		const struct time_point *point = &partition->points[i];

		if (!is_point(point))
			return refuse_name("times: topic", times->topic,
			    "has a point out of range", err);
		if (i > 0 && modelorder_time_point(point - 1, point) >= 0)
			return refuse_name("times: topic", times->topic,
			    "has a time twice or out of order", err);
	}
	return 0;
}

static int
check_topic_times(const struct topic_times *times, struct err *err)
{
	if (times->topic.size > LIMIT_NAME)
		return refuse_name(
		    "times: topic", times->topic, "has too long a name", err);
	for (size_t i = 0; i < times->count; i++) {
		const struct partition_times *partition = &times->partitions[i];

		if (partition->partition < 0 ||
		    (i > 0 &&
			modelorder_partition_times(partition - 1, partition) >=
			    0))
			return refuse_name("times: topic", times->topic,
			    "has a partition twice or out of order", err);
		if (check_points(times, partition, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < times->gap_count; i++) {
		const struct time_gap *gap = &times->gaps[i];

		if (gap->partition < 0 || gap->since_ms < 0 ||
		    (i > 0 && modelorder_time_gap(gap - 1, gap) >= 0))
			return refuse_name("times: topic", times->topic,
			    "has a gap twice or out of order", err);
	}
	return 0;
}

static int
check_times(const struct snapshot *snapshot, struct err *err)
{
	for (size_t i = 0; i < snapshot->times_count; i++) {
		const struct topic_times *times = &snapshot->times[i];

		if (i > 0 && modelorder_times(times - 1, times) >= 0)
			return refuse_name("times: topic", times->topic,
			    "stands twice or out of order", err);
		if (check_topic_times(times, err) != 0)
			return -1;
	}
	return 0;
}

/* The index is of topics that are in the snapshot.  Not so of what is left of a
 * damaged one. */
static int
check_times_topics(const struct snapshot *snapshot, struct err *err)
{
	for (size_t i = 0; i < snapshot->times_count; i++) {
		if (model_find_topic(snapshot, snapshot->times[i].topic) ==
		    NULL)
			return refuse_name("times: topic",
			    snapshot->times[i].topic, "is not in topics/", err);
	}
	return 0;
}

static int
check_holes(const struct snapshot *snapshot, struct err *err)
{
	for (size_t i = 0; i < snapshot->hole_count; i++) {
		const struct hole *hole = &snapshot->holes[i];

		if (hole->text == NULL || strlen(hole->text) > LIMIT_TEXT ||
		    (hole->has_group && hole->group.size > LIMIT_NAME) ||
		    (hole->has_topic && hole->topic.size > LIMIT_NAME) ||
		    hole->partition < -1 || hole->broker < -1)
			return err_set(err, ERR_CORRUPT,
			    "hole %zu has a value out of range", i);
		if (i > 0 && modelorder_hole(hole - 1, hole) >= 0)
			return err_set(err, ERR_CORRUPT,
			    "hole %zu stands twice or out of order", i);
	}
	return 0;
}

static int
check_gone(const struct snapshot *snapshot, struct err *err)
{
	for (size_t i = 0; i < snapshot->gone_count; i++) {
		const struct gone *gone = &snapshot->gone[i];
		const bool partition_fits = gone->has_topic
		    ? gone->partition >= 0
		    : gone->partition == -1;

		if (gone->group.size > LIMIT_NAME ||
		    (gone->has_topic && gone->topic.size > LIMIT_NAME) ||
		    !partition_fits)
			return refuse_name("gone: group", gone->group,
			    "has a value out of range", err);
		if (i > 0 && modelorder_gone(gone - 1, gone) >= 0)
			return refuse_name("gone: group", gone->group,
			    "stands twice or out of order", err);
	}
	return 0;
}

static int
check_counts(const struct snapshot_info *info, const struct snapshot_info *real,
    struct err *err)
{
	if (info->complete != real->complete)
		return err_set(err, ERR_CORRUPT,
		    "complete disagrees with the %zu holes%s", real->hole_count,
		    info->last_known ? " and last_known" : "");
#define CHECK_COUNT(what)                                       \
	if (info->what##_count != real->what##_count)           \
	return err_set(err, ERR_CORRUPT,                        \
	    "the count \"" #what "\" is %zu but there are %zu", \
	    info->what##_count, real->what##_count)
	CHECK_COUNT(group);
	CHECK_COUNT(topic);
	CHECK_COUNT(partition);
	CHECK_COUNT(position);
	CHECK_COUNT(hole);
	CHECK_COUNT(negative);
	CHECK_COUNT(unstable);
	CHECK_COUNT(csv_skipped);
	CHECK_COUNT(point);
#undef CHECK_COUNT
	return 0;
}

static int
check_and_count(const struct snapshot *snapshot, struct snapshot_info *counted,
    struct err *err)
{
	if (check_groups(snapshot, counted, err) != 0 ||
	    check_topics(snapshot, err) != 0 ||
	    check_times(snapshot, err) != 0 ||
	    check_holes(snapshot, err) != 0 || check_gone(snapshot, err) != 0)
		return -1;
	return 0;
}

int
model_check_content(const struct snapshot *snapshot, struct err *err)
{
	struct snapshot_info ignored = { 0 };

	return check_and_count(snapshot, &ignored, err);
}

int
model_check(const struct snapshot *snapshot, struct err *err)
{
	struct snapshot counted = *snapshot;

	model_count_begin(&counted);
	if (check_info(&snapshot->info, err) != 0 ||
	    check_and_count(snapshot, &counted.info, err) != 0 ||
	    check_times_topics(snapshot, err) != 0)
		return -1;
	/* A piece has not all that was counted. */
	if (snapshot->is_piece)
		return 0;
	return check_counts(&snapshot->info, &counted.info, err);
}
