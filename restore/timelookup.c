#include "restore/timelookup.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "formats/archive_piece.h"
#include "formats/model.h"
#include "storage/repo.h"

#define HOUR_MS INT64_C(3600000)

/* So many snapshots more bound the timestamp of an offset. */
#define BOUND_MAX 4

struct lookup {
	const struct timelookup_request *request;
	struct timeindex *index;
	struct timelookup_report *report;
	char newest[ENV_ID_MAX]; /* the capture that was newest, or "" */
	int64_t at_ms;
	char (*tried)[ENV_ID_MAX]; /* every snapshot that was opened */
	size_t tried_count;
	size_t tried_capacity;
	size_t opened;    /* in this walk */
	bool told;        /* a capture after the time did */
	bool ended;       /* one was met that had ended by the time ... */
	int64_t bound_ms; /* ... and before this, when the answer is bound */
};

/* -------------------------------------------------------------- opening one */

static bool
was_tried(struct lookup *lookup, const char id[ENV_ID_MAX])
{
	for (size_t i = 0; i < lookup->tried_count; i++) {
		if (strcmp(lookup->tried[i], id) == 0)
			return true;
	}
	lookup->tried = xgrow(lookup->tried, lookup->tried_count,
	    &lookup->tried_capacity, sizeof(*lookup->tried));
	memcpy(lookup->tried[lookup->tried_count++], id, ENV_ID_MAX);
	return false;
}

/* Of a window all captures; the capture in memory has the record times. */
static int
take_window(struct lookup *lookup, struct repo_object *object,
    const struct snapshot *moment, struct err *err)
{
	struct window_series series = { 0 };

	if (repo_object_load_series(
		object, &lookup->request->topic, 1, &series, err) != 0)
		return -1;
	timeindex_add_window(lookup->index, &series, moment);
	window_series_release(&series);
	return 0;
}

static int
take_snapshot(
    struct lookup *lookup, const struct snapshot_key *key, struct err *err)
{
	const struct timelookup_request *request = lookup->request;
	const struct archive_wanted wanted = {
		.topics = &request->topic, .topic_count = 1, .with_times = true
	};
	struct repo_object *object = repo_object_new(request->repo, key);
	struct snapshot snapshot = { 0 };
	int result = repo_object_load_groups(object, &wanted, &snapshot, err);

	if (result == 0 && snapshot.info.window.count > 1)
		result = take_window(lookup, object, &snapshot, err);
	else if (result == 0)
		(void)timeindex_add(lookup->index, &snapshot);
	snapshot_release(&snapshot);
	repo_object_free(object);
	return result;
}

/* Read what a snapshot tells of the topic.  A damaged one makes the answer
 * wider, not wrong. */
static int
open_snapshot(
    struct lookup *lookup, const struct snapshot_key *key, struct err *err)
{
	const struct timelookup_request *request = lookup->request;
	struct err why = { 0 };

	if (was_tried(lookup, key->id))
		return 0;
	if (env_interrupted(request->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	log_debug(request->log, "opening snapshot %s", key->id);
	lookup->opened++;
	lookup->report->opened++;
	if (take_snapshot(lookup, key, &why) == 0)
		return 0;
	if (why.kind != ERR_CORRUPT) {
		*err = why;
		return -1;
	}
	lookup->report->damaged++;
	log_warn(request->log, "passed over: %s", why.message);
	return 0;
}

static const struct timeindex_capture *
capture_of(const struct lookup *lookup, const char *id)
{
	return timeindex_find(lookup->index, id);
}

/* Give up this walk? */
static bool
is_enough(struct lookup *lookup)
{
	if (lookup->opened < TIMELOOKUP_OPEN_MAX)
		return false;
	lookup->report->gave_up = true;
	return true;
}

static int
visit_newest(const struct snapshot_key *key, void *context, struct err *err)
{
	struct lookup *lookup = context;

	if (is_enough(lookup))
		return 1;
	if (open_snapshot(lookup, key, err) != 0)
		return -1;
	if (capture_of(lookup, key->id) == NULL)
		return 0;
	memcpy(lookup->newest, key->id, sizeof(lookup->newest));
	return 1;
}

static int
find_newest(struct lookup *lookup, struct err *err)
{
	const struct repo_walker walker = { visit_newest, NULL, lookup };
	const int result = repo_walk_before(lookup->request->repo,
	    lookup->request->cluster, INT64_MAX, &walker, err);

	lookup->opened = 0;
	return result;
}

/* ------------------------------------------------------------ around a time */

/* Does a point of the topic as it was then bound the answer from below? */
static bool
is_bound_below(const struct timeindex_life *life, int64_t at_ms)
{
	return timeindex_first_from(life, at_ms).low >= 0;
}

/* Windows that were open at the time have captures on both sides of it.  What
 * had ended by then may have begun after them. */
static int
visit_straddling(const struct snapshot_key *key, void *context, struct err *err)
{
	struct lookup *lookup = context;
	const struct timeindex_capture *capture;

	if (key->to_ms <= lookup->at_ms) {
		lookup->ended = true;
		return 0;
	}
	if (is_enough(lookup))
		return 1;
	if (open_snapshot(lookup, key, err) != 0)
		return -1;
	capture = capture_of(lookup, key->id);
	lookup->told |= capture != NULL && capture->end >= 0 &&
	    capture->from_ms >= lookup->at_ms;
	return 0;
}

/* A window is of one day, but for how long its last capture took. */
static bool
straddling_is_over(int64_t before_ms, void *context)
{
	const struct lookup *lookup = context;

	return lookup->ended && lookup->at_ms >= before_ms + HOUR_MS;
}

static int
visit_before(const struct snapshot_key *key, void *context, struct err *err)
{
	struct lookup *lookup = context;
	const struct timeindex_capture *low_by;
	struct timeindex_life life;

	if (timeindex_life_at(lookup->index, lookup->at_ms, &life)) {
		low_by = timeindex_end_at(&life, lookup->at_ms).low_by;
		if (life.before != NULL)
			return 1;
		/* One that began earlier may have ended later. */
		if (low_by != NULL && is_bound_below(&life, lookup->at_ms) &&
		    key->to_ms <= low_by->to_ms) {
			lookup->bound_ms = low_by->to_ms;
			return 0;
		}
	}
	if (is_enough(lookup))
		return 1;
	return open_snapshot(lookup, key, err);
}

static bool
before_is_over(int64_t before_ms, void *context)
{
	const struct lookup *lookup = context;

	return lookup->bound_ms >= before_ms + HOUR_MS;
}

/* Nothing was written between a capture after the time and the newest one, so
 * none between them knows more. */
static bool
is_at_rest(const struct lookup *lookup, const struct timeindex_life *life)
{
	const struct timeindex_capture *newest =
	    capture_of(lookup, lookup->newest);
	const struct timeindex_capture *after =
	    timeindex_end_at(life, lookup->at_ms).high_by;

	return newest != NULL && after != NULL && !after->absent &&
	    strcmp(after->id, newest->id) != 0 &&
	    timeindex_same_topic(after, newest) && after->end == newest->end;
}

/* An upper bound is as narrow as can be if the walk came to it before that one:
 * what was opened for other reasons may be far behind. */
static bool
is_bound(const struct timeindex_capture *by, const struct snapshot_key *key)
{
	return by != NULL && by->from_ms < key->from_ms;
}

/* Is the answer as narrow as snapshots from that one on can make it? */
static bool
is_bound_above(const struct lookup *lookup, const struct snapshot_key *key)
{
	const struct timeindex_capture *after;
	struct timeindex_answer first;
	struct timeindex_life life;

	if (!timeindex_life_at(lookup->index, lookup->at_ms, &life))
		return false;
	if (life.next != NULL && life.next->from_ms < key->from_ms)
		return true;
	/* A window that was open at the time told one that is farther. */
	after = timeindex_end_at(&life, lookup->at_ms).high_by;
	if (after != NULL && after->from_ms >= key->from_ms)
		return false;
	first = timeindex_first_from(&life, lookup->at_ms);
	return first.sure == SURE_EXACT || is_at_rest(lookup, &life) ||
	    is_bound(first.high_by, key);
}

static int
visit_after(const struct snapshot_key *key, void *context, struct err *err)
{
	struct lookup *lookup = context;
	const struct timeindex_capture *capture;

	if (strcmp(key->id, lookup->newest) == 0 ||
	    (lookup->told && is_bound_above(lookup, key)) || is_enough(lookup))
		return 1;
	if (open_snapshot(lookup, key, err) != 0)
		return -1;
	capture = capture_of(lookup, key->id);
	lookup->told |= capture != NULL && capture->end >= 0;
	return 0;
}

int
timelookup_time(const struct timelookup_request *request, int64_t at_ms,
    struct timeindex *index, struct timelookup_report *report, struct err *err)
{
	struct lookup lookup = { .request = request,
		.index = index,
		.report = report,
		.at_ms = at_ms,
		.bound_ms = INT64_MIN };
	const struct repo_walker after = { visit_after, NULL, &lookup };
	const struct repo_walker before = { visit_before, before_is_over,
		&lookup };
	const struct repo_walker around = { visit_straddling,
		straddling_is_over, &lookup };
	int result;

	*report = (struct timelookup_report){ 0 };
	result = find_newest(&lookup, err);
	if (result == 0)
		result = repo_walk_before(
		    request->repo, request->cluster, at_ms, &around, err);
	if (result == 0)
		result = repo_walk_after(
		    request->repo, request->cluster, at_ms, &after, err);
	lookup.opened = 0;
	if (result == 0)
		result = repo_walk_before(
		    request->repo, request->cluster, at_ms, &before, err);
	free(lookup.tried);
	return result;
}

/* ------------------------------------------------------------- of an offset */

/* The nearest snapshot from at down to low that tells of the topic; or NULL. */
static int
open_downward(struct lookup *lookup, const struct snapshot_keys *keys,
    size_t low, size_t *at, const struct timeindex_capture **out,
    struct err *err)
{
	size_t tries = 0;

	*out = NULL;
	for (size_t i = *at + 1; i > low && tries < TIMELOOKUP_OPEN_MAX;
	     i--, tries++) {
		if (open_snapshot(lookup, &keys->keys[i - 1], err) != 0)
			return -1;
		*out = capture_of(lookup, keys->keys[i - 1].id);
		if (*out != NULL && (*out)->end >= 0) {
			*at = i - 1;
			return 0;
		}
		*out = NULL;
	}
	lookup->report->gave_up |= tries == TIMELOOKUP_OPEN_MAX;
	return 0;
}

/* Was the offset written, in the topic as it is now? */
static bool
is_written(const struct lookup *lookup, const struct timeindex_capture *capture,
    int64_t offset)
{
	const struct timeindex_capture *newest =
	    capture_of(lookup, lookup->newest);

	return newest != NULL && timeindex_same_topic(capture, newest) &&
	    capture->end > offset;
}

/* Go to the first snapshot by which the offset was written. */
static int
bisect(struct lookup *lookup, const struct snapshot_keys *keys, int64_t offset,
    size_t *out, struct err *err)
{
	size_t low = 0;
	size_t high = keys->count;

	while (low < high) {
		const struct timeindex_capture *capture;
		const size_t middle = low + (high - low) / 2;
		size_t at = middle;

		if (open_downward(lookup, keys, low, &at, &capture, err) != 0)
			return -1;
		if (capture != NULL && is_written(lookup, capture, offset))
			high = at;
		else
			low = middle + 1;
	}
	*out = high;
	return 0;
}

/* Its grid may end before the record's timestamp: the first answer of the next
 * that has any bounds that. */
static int
open_bound(struct lookup *lookup, const struct snapshot_keys *keys, size_t from,
    int64_t offset, struct err *err)
{
	for (size_t i = from; i < keys->count && i < from + BOUND_MAX; i++) {
		struct timeindex_life life;

		if (timeindex_life_at(lookup->index, INT64_MAX, &life) &&
		    is_bound(timeindex_stamped(&life, offset).high_by,
			&keys->keys[i]))
			return 0;
		if (open_snapshot(lookup, &keys->keys[i], err) != 0)
			return -1;
	}
	return 0;
}

int
timelookup_offset(const struct timelookup_request *request, int64_t offset,
    struct timeindex *index, struct timelookup_report *report, struct err *err)
{
	const struct repo_query query = { request->cluster, 0, 0 };
	struct lookup lookup = {
		.request = request, .index = index, .report = report
	};
	struct snapshot_keys keys = { 0 };
	size_t found = 0;
	int result;

	*report = (struct timelookup_report){ 0 };
	result = find_newest(&lookup, err);
	if (result == 0)
		result = repo_list(request->repo, &query, &keys, err);
	/* The oldest may tell that the topic was another one. */
	if (result == 0 && keys.count > 0)
		result = open_snapshot(&lookup, &keys.keys[0], err);
	if (result == 0)
		result = bisect(&lookup, &keys, offset, &found, err);
	if (result == 0)
		result = open_bound(&lookup, &keys, found, offset, err);
	snapshot_keys_release(&keys);
	free(lookup.tried);
	return result;
}
