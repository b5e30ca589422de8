#include "snapshot/timeread.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "snapshot/capturestate.h"
#include "snapshot/timegrid.h"

#define RETRY_BASE_MS 50
#define RETRY_CAP_MS 1000
#define TRIES_MAX 5

/* Of the capture's whole time, what the index may take. */
#define TIME_PART 4

/* What many partitions may take beyond the time for one request. */
#define PARTITIONS_PER_MS 10

/* Where the first record cannot be found: Kafka's default retention. */
#define ASSUMED_LOG_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

#define NAME_SHOWN_MAX 120
#define NO_GAP (-1)

/* A partition on its way through its grid. */
struct cursor {
	const struct topic *topic;
	int32_t partition;
	bool done;
	bool answered;  /* in this round, with or without an error */
	bool first;     /* all of the log: the first record comes first */
	bool wants_max; /* the greatest timestamp is asked for now ... */
	bool has_max;   /* ... or was, to check a "none" */
	int64_t max_ms; /* -1: no record has one */
	int64_t at_ms;  /* asked for now, or next */
	int64_t gap_ms; /* since when nothing is known, NO_GAP */
	unsigned int tries;
	struct timegrid grid;
	struct time_point *points;
	size_t count;
	size_t capacity;
};

struct reading {
	struct capture_state *state;
	struct index_report *report;
	const struct snapshot *previous; /* with an index, or NULL */
	struct cursor *cursors;          /* by topic and partition */
	size_t count;
	size_t capacity;
	size_t done_count;
	struct log_request *requests;
	struct cursor **targets; /* by request */
	size_t request_count;
	size_t progress; /* answers of use in this round */
	int64_t now_ms;
	int64_t deadline_ms; /* monotonic */
};

/* ------------------------------------------------------------ what to ask */

static bool
is_same_topic(const struct topic *left, const struct topic *right)
{
	return left->has_id == right->has_id &&
	    memcmp(left->id, right->id, sizeof(left->id)) == 0;
}

/* From which time on the index lacks what is in the log; *unchanged tells that
 * there is nothing new. */
static int64_t
since_when(const struct reading *reading, const struct topic *topic,
    const struct log_range *range, bool *unchanged)
{
	const struct snapshot *previous = reading->previous;
	const struct topic *before =
	    previous == NULL ? NULL : model_find_topic(previous, topic->name);
	const struct log_range *old;
	const struct topic_times *times;
	int64_t since_ms;

	*unchanged = false;
	if (before == NULL || !is_same_topic(before, topic))
		return 0;
	old = topic_find_partition(before, range->partition);
	if (old == NULL)
		return 0;
	times = model_find_times(previous, topic->name);
	if (times != NULL && times_find_gap(times, range->partition, &since_ms))
		return since_ms;
	/* A log that was cut back is another one. */
	if (old->end < 0 || (range->end >= 0 && range->end < old->end))
		return 0;
	/* Of a later capture than the index is, it does not tell when the log
	 * ended there. */
	*unchanged = range->end == old->end &&
	    previous->info.from_ms <= previous->info.index_ms;
	return previous->info.index_ms;
}

static void
add_cursor(struct reading *reading, const struct topic *topic,
    const struct log_range *range)
{
	const struct capture_options *options = reading->state->job->options;
	bool unchanged;
	const int64_t since_ms = since_when(reading, topic, range, &unchanged);

	if (range->end >= 0 && (unchanged || range->start >= range->end))
		return;
	reading->cursors = xgrow(reading->cursors, reading->count,
	    &reading->capacity, sizeof(*reading->cursors));
	reading->cursors[reading->count++] = (struct cursor){
		.topic = topic,
		.partition = range->partition,
		.done = range->end < 0, /* which is a hole already */
		.first = since_ms == 0,
		.at_ms = since_ms,
		.gap_ms = since_ms,
		.grid = timegrid_later(since_ms, reading->now_ms,
		    options->index_step_ms, options->index_points),
	};
	reading->done_count += range->end < 0;
}

static void
collect_cursors(struct reading *reading, const struct snapshot *out)
{
	for (size_t i = 0; i < out->topic_count; i++) {
		const struct topic *topic = &out->topics[i];

		for (size_t j = 0; j < topic->count; j++)
			add_cursor(reading, topic, &topic->partitions[j]);
	}
	reading->requests = xcalloc(reading->count, sizeof(*reading->requests));
	reading->targets = xcalloc(reading->count, sizeof(*reading->targets));
}

/* ---------------------------------------------------------------- answers */

static void
end_cursor(struct reading *reading, struct cursor *cursor)
{
	cursor->done = true;
	reading->done_count++;
}

/* Go on to the first time of the grid after that one, if there is one. */
static void
go_on(struct reading *reading, struct cursor *cursor, int64_t after_ms)
{
	if (timegrid_next(&cursor->grid, after_ms, &cursor->at_ms)) {
		cursor->gap_ms = cursor->at_ms;
		return;
	}
	cursor->gap_ms = NO_GAP;
	end_cursor(reading, cursor);
}

/* The grid of a whole log, now that its first record is known, or that it
 * cannot be. */
static void
lay_grid(struct reading *reading, struct cursor *cursor, int64_t first_ms)
{
	const size_t points = reading->state->job->options->index_points;

	if (!cursor->first)
		return;
	cursor->first = false;
	cursor->grid = timegrid_first(
	    first_ms >= 0 ? first_ms : reading->now_ms - ASSUMED_LOG_MS,
	    reading->now_ms, points);
}

static void
add_point(struct cursor *cursor, struct time_point point)
{
	cursor->points = xgrow(cursor->points, cursor->count, &cursor->capacity,
	    sizeof(*cursor->points));
	cursor->points[cursor->count++] = point;
}

static void
take_found(struct reading *reading, struct cursor *cursor,
    const struct log_answer *answer)
{
	/* What cannot be the timestamp that was asked for is not one. */
	const int64_t found_ms =
	    answer->timestamp >= cursor->at_ms ? answer->timestamp : -1;

	add_point(cursor,
	    (struct time_point){ cursor->at_ms, answer->offset, found_ms });
	lay_grid(reading, cursor, found_ms);
	go_on(reading, cursor,
	    found_ms > cursor->at_ms ? found_ms : cursor->at_ms);
}

/* No record is at or after that time. */
static void
end_at_none(struct reading *reading, struct cursor *cursor, int64_t from_ms)
{
	/* Records that were found a moment ago are gone by now. */
	while (cursor->count > 0 &&
	    cursor->points[cursor->count - 1].asked_ms >= from_ms)
		cursor->count--;
	add_point(cursor, (struct time_point){ from_ms, -1, -1 });
	cursor->gap_ms = NO_GAP;
	end_cursor(reading, cursor);
}

/* "None" is checked by the greatest timestamp, and asked again if that is not
 * smaller: records may have come meanwhile. */
static void
take_none(struct reading *reading, struct cursor *cursor)
{
	if (!cursor->has_max) {
		cursor->wants_max = true;
		return;
	}
	if (cursor->max_ms < cursor->at_ms) {
		end_at_none(reading, cursor, cursor->at_ms);
		return;
	}
	reading->report->disbelieved_count++;
	lay_grid(reading, cursor, -1);
	go_on(reading, cursor, cursor->at_ms);
}

static void
take_max(struct reading *reading, struct cursor *cursor, int64_t max_ms)
{
	cursor->wants_max = false;
	cursor->has_max = true;
	cursor->max_ms = max_ms;
	/* Then the answer is none from just behind it on: where the log grew,
	 * that tells how late the new records' timestamps are at least. */
	if (max_ms < cursor->at_ms)
		end_at_none(reading, cursor, max_ms < 0 ? 0 : max_ms + 1);
}

static void
fail_cursor(struct reading *reading, struct cursor *cursor, int error)
{
	const struct log *log = reading->state->job->log;
	char shown[NAME_SHOWN_MAX];

	if (kafka_error_is_retriable(error) && ++cursor->tries < TRIES_MAX) {
		reading->state->report->retry_count++;
		return;
	}
	log_debug(log, "time index: topic '%s', partition %d: %s",
	    utf8_escape_to(cursor->topic->name, shown, sizeof(shown)),
	    (int)cursor->partition, kafka_error_name(error));
	end_cursor(reading, cursor);
}

static void
take_answer(void *context, const struct log_answer *answer)
{
	struct reading *reading = context;
	struct cursor *cursor =
	    reading->targets[answer->request - reading->requests];

	cursor->answered = true;
	if (answer->error != KAFKA_OK) {
		fail_cursor(reading, cursor, answer->error);
		return;
	}
	cursor->tries = 0;
	reading->progress++;
	if (cursor->wants_max)
		take_max(reading, cursor, answer->timestamp);
	else if (answer->offset >= 0)
		take_found(reading, cursor, answer);
	else
		take_none(reading, cursor);
}

/* ------------------------------------------------------------------ rounds */

/* The next question of each partition; one may stand in a request once only. */
static void
collect_requests(struct reading *reading)
{
	reading->request_count = 0;
	reading->progress = 0;
	for (size_t i = 0; i < reading->count; i++) {
		struct cursor *cursor = &reading->cursors[i];

		if (cursor->done)
			continue;
		cursor->answered = false;
		reading->targets[reading->request_count] = cursor;
		reading->requests[reading->request_count++] =
		    (struct log_request){
			    .topic = cursor->topic->name,
			    .partition = cursor->partition,
			    .time = cursor->wants_max ? LOG_GREATEST
						      : cursor->at_ms,
		    };
	}
	reading->report->question_count += reading->request_count;
	reading->report->request_count +=
	    (reading->request_count + LOG_CHUNK - 1) / LOG_CHUNK;
}

static int64_t
left_ms(const struct reading *reading)
{
	const int64_t left =
	    reading->deadline_ms - env_monotonic_ms(reading->state->job->env);

	return left > 0 ? left : 0;
}

static int
run_round(struct reading *reading, struct err *err)
{
	struct capture_state *state = reading->state;
	struct call_limits limits =
	    capturestate_limits(state, CAPTURE_WINDOW, left_ms(reading));

	collect_requests(reading);
	limits.timeout_ms +=
	    (int64_t)reading->request_count / PARTITIONS_PER_MS;
	if (cluster_list_offsets(state->job->cluster, reading->requests,
		reading->request_count, &limits, take_answer, reading,
		err) != 0 &&
	    capturestate_forgive(state, err) != 0)
		return -1;
	for (size_t i = 0; i < reading->request_count; i++) {
		if (!reading->targets[i]->answered)
			fail_cursor(reading, reading->targets[i],
			    KAFKA_LOCAL_TIMED_OUT);
	}
	if (env_interrupted(state->job->env))
		return err_set(
		    err, ERR_INTERRUPTED, "the capture was interrupted");
	capturestate_progress(
	    state, "times", reading->done_count, reading->count);
	return 0;
}

/* Wait a little where nothing went on. */
static void
pause_rounds(struct reading *reading, unsigned int *attempt)
{
	const struct env *env = reading->state->job->env;
	const int64_t left = left_ms(reading);
	int64_t pause;

	if (reading->progress > 0) {
		*attempt = 0;
		return;
	}
	pause = env_backoff_ms(env, (*attempt)++, RETRY_BASE_MS, RETRY_CAP_MS);
	env_sleep_ms(env, pause < left ? pause : left);
}

static int
run_rounds(struct reading *reading, struct err *err)
{
	unsigned int attempt = 0;

	while (reading->done_count < reading->count && left_ms(reading) > 0) {
		if (run_round(reading, err) != 0)
			return -1;
		pause_rounds(reading, &attempt);
	}
	return 0;
}

/* ------------------------------------------------------------------ result */

static void
write_partition(struct reading *reading, struct cursor *cursor,
    struct arena *arena, struct topic_times *times)
{
	struct index_report *report = reading->report;
	struct partition_times *partition;

	if (cursor->gap_ms != NO_GAP) {
		times->gaps[times->gap_count++] =
		    (struct time_gap){ cursor->partition, cursor->gap_ms };
		report->failed_count++;
	}
	if (cursor->count == 0)
		return;
	report->point_count += cursor->count;
	partition = &times->partitions[times->count++];
	partition->partition = cursor->partition;
	partition->count = cursor->count;
	partition->points =
	    arena_alloc(arena, cursor->count, sizeof(*partition->points));
	memcpy(partition->points, cursor->points,
	    cursor->count * sizeof(*partition->points));
	free(cursor->points); /* never all of them twice in memory */
	cursor->points = NULL;
}

/* The cursors from first on that are of one topic; returns how many. */
static size_t
write_topic(struct reading *reading, size_t first, struct snapshot *out)
{
	const struct topic *topic = reading->cursors[first].topic;
	struct topic_times *times = &out->times[out->times_count];
	size_t count = 0;

	while (first + count < reading->count &&
	    reading->cursors[first + count].topic == topic)
		count++;
	times->topic = topic->name;
	times->partitions =
	    arena_alloc(&out->arena, count, sizeof(*times->partitions));
	times->gaps = arena_alloc(&out->arena, count, sizeof(*times->gaps));
	for (size_t i = 0; i < count; i++)
		write_partition(
		    reading, &reading->cursors[first + i], &out->arena, times);
	out->times_count += times->count > 0 || times->gap_count > 0;
	return count;
}

static void
write_times(struct reading *reading, struct snapshot *out)
{
	size_t at = 0;

	out->times =
	    arena_alloc(&out->arena, out->topic_count, sizeof(*out->times));
	while (at < reading->count)
		at += write_topic(reading, at, out);
	if (reading->report->failed_count > 0)
		log_warn(reading->state->job->log,
		    "time index: %zu of %zu partitions did not answer all "
		    "that was asked; the next snapshot asks again",
		    reading->report->failed_count,
		    reading->report->partition_count);
}

static void
release_reading(struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		free(reading->cursors[i].points);
	free(reading->cursors);
	free(reading->requests);
	free(reading->targets);
}

int
timeread_run(struct capture_state *state, struct snapshot *out, struct err *err)
{
	const struct capture_job *job = state->job;
	const int64_t begin_ms = env_monotonic_ms(job->env);
	struct reading reading = {
		.state = state,
		.report = &state->report->index,
		.previous = job->indexed != NULL ? job->indexed : job->previous,
		.now_ms = env_now_ms(job->env),
		.deadline_ms = begin_ms + job->options->timeout_ms / TIME_PART,
	};
	int rc;

	if (job->options->index_points == 0)
		return 0;
	if (reading.previous != NULL &&
	    reading.previous->info.index_points == 0)
		reading.previous = NULL;
	collect_cursors(&reading, out);
	reading.report->partition_count = reading.count;
	rc = run_rounds(&reading, err);
	if (rc == 0)
		write_times(&reading, out);
	reading.report->duration_ms = env_monotonic_ms(job->env) - begin_ms;
	release_reading(&reading);
	return rc;
}
