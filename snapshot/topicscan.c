#include "snapshot/topicscan.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/topicask.h"

/* How long one call reads before progress is shown and looked at. */
#define SLICE_MS 200

/* A ledger never forgets a key.  One that is kept is made anew when it has so
 * many times the keys that it began with, and these besides. */
#define KEYS_FACTOR 2
#define KEYS_SLACK 100000

static void
begin_ledger(struct topicscan *scan, const struct env *env)
{
	uint64_t seed;

	env->random(env->context, &seed, sizeof(seed));
	ledger_init(&scan->ledger, seed, INT64_MAX);
}

struct topicscan *
topicscan_new(const struct env *env)
{
	struct topicscan *scan = xcalloc(1, sizeof(*scan));

	begin_ledger(scan, env);
	return scan;
}

/* Back to where nothing was read. */
static void
clear(struct topicscan *scan)
{
	offsets_reader_free(scan->reader);
	ledger_release(&scan->ledger);
	free(scan->readings);
	free(scan->goals);
	free(scan->ends);
	free(scan->asked);
}

void
topicscan_free(struct topicscan *scan)
{
	if (scan == NULL)
		return;
	clear(scan);
	free(scan);
}

static size_t
count_keys(const struct ledger *ledger)
{
	return ledger->spot_count + ledger->groups.count +
	    ledger->members.count;
}

void
topicscan_end(struct capture_state *state)
{
	struct topicscan *scan = state->scan;

	if (scan == state->job->scan) {
		if (scan->key_count == 0 && topicscan_is_complete(state))
			scan->key_count = count_keys(&scan->ledger);
		return;
	}
	offsets_reader_free(scan->reader);
	scan->reader = NULL;
	ledger_release(&scan->ledger);
}

/* Nothing of what was read counts. */
static void
begin_again(struct capture_state *state)
{
	struct topicscan *scan = state->scan;
	size_t i;

	clear(scan);
	memset(scan, 0, sizeof(*scan));
	begin_ledger(scan, state->job->env);
	for (i = 0; i < state->era_count; i++)
		state->eras[i].scanned = 0;
}

/* Take up what earlier captures read. */
static void
go_on(struct capture_state *state)
{
	struct topicscan *scan = state->scan;
	size_t i;

	scan->start_ms = 0;
	scan->end_ms = 0;
	for (i = 0; i < scan->count; i++)
		memset(&scan->goals[i], 0, sizeof(scan->goals[i]));
	if (scan->key_count > 0 &&
	    count_keys(&scan->ledger) >
		KEYS_FACTOR * scan->key_count + KEYS_SLACK) {
		log_info(state->job->log,
		    OFFSETS_TOPIC
		    " has had so many groups and positions that it is read "
		    "anew");
		begin_again(state);
	}
}

void
topicscan_begin(struct capture_state *state)
{
	state->scan = state->job->scan;
	if (state->scan != NULL)
		go_on(state);
	else
		state->scan = topicscan_new(state->job->env);
}

/* For groups given by name only their partitions. */
static void
add_wanted(struct capture_state *state)
{
	struct topicscan *scan = state->scan;
	const bool all = state->scope != SCOPE_NAMED;
	bool *wanted = xcalloc(state->era_count, sizeof(*wanted));
	size_t i;

	for (i = 0; i < state->candidate_count; i++) {
		if (state->candidates[i]->partition >= 0)
			wanted[state->candidates[i]->partition] = true;
	}
	for (i = 0; i < state->era_count; i++) {
		if (all || wanted[i])
			scan->readings[scan->count++].partition = (int32_t)i;
	}
	free(wanted);
}

/* The topic was made again, with another number of partitions: what was read
 * of the old one says nothing. */
static int
open_reader(struct capture_state *state, struct err *err)
{
	struct topicscan *scan = state->scan;

	if (scan->reader != NULL && scan->era_count == state->era_count)
		return 0;
	begin_again(state);
	scan->era_count = state->era_count;
	scan->ledger.topic_partitions = (int32_t)state->era_count;
	scan->readings = xcalloc(state->era_count, sizeof(*scan->readings));
	scan->goals = xcalloc(state->era_count, sizeof(*scan->goals));
	scan->ends = xcalloc(state->era_count, sizeof(*scan->ends));
	scan->asked = xcalloc(state->era_count, sizeof(*scan->asked));
	add_wanted(state);
	return offsets_reader_open(state->job->cluster, scan->readings,
	    scan->count, &scan->reader, err);
}

static struct era *
era_at(const struct capture_state *state, size_t index)
{
	return &state->eras[state->scan->readings[index].partition];
}

/* Ask for the ends of the partitions that are scanned, or of the others. */
static int
ask_ends(
    struct capture_state *state, bool scanned, size_t *count, struct err *err)
{
	struct topicscan *scan = state->scan;
	const struct call_limits limits = capturestate_limits(
	    state, CAPTURE_WINDOW, capturestate_request_ms(state));
	size_t i;

	*count = 0;
	for (i = 0; i < scan->count && limits.timeout_ms > 0; i++) {
		const struct era *era = era_at(state, i);

		if (era->since == 0 || era->leader < 0 ||
		    capturestate_is_scanned(era) != scanned)
			continue;
		scan->ends[*count].partition = scan->readings[i].partition;
		scan->asked[(*count)++] = i;
	}
	if (*count == 0 ||
	    offsets_topic_ends(
		state->job->cluster, scan->ends, *count, &limits, err) == 0)
		return 0;
	*count = 0;
	return capturestate_forgive(state, err);
}

/* A log that ends before what was read of it is another one: the topic was made
 * again, or an election that was not clean has cut it. */
static bool
is_another_log(const struct capture_state *state, size_t count)
{
	const struct topicscan *scan = state->scan;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct offsets_end *end = &scan->ends[i];

		if (end->error != KAFKA_OK ||
		    end->epoch != state->eras[end->partition].epoch ||
		    end->high >= scan->readings[scan->asked[i]].next)
			continue;
		log_info(state->job->log,
		    OFFSETS_TOPIC
		    " partition %d is shorter than what was read of it; "
		    "all is read again",
		    (int)end->partition);
		return true;
	}
	return false;
}

/* A reader that is past the end, or in another history, stays there. */
static bool
is_lost(const struct topicscan *scan)
{
	size_t i;

	for (i = 0; i < scan->count; i++) {
		if (scan->readings[i].error == KAFKA_OFFSET_OUT_OF_RANGE)
			return true;
	}
	return false;
}

/* Where reading has to come to now: as far as committed records go. */
static void
set_stop(struct capture_state *state, size_t index, uint64_t step)
{
	struct topicscan *scan = state->scan;
	const struct offsets_end *end = &scan->ends[index];
	struct offsets_reading *reading = &scan->readings[scan->asked[index]];
	struct scan_goal *goal = &scan->goals[scan->asked[index]];
	struct era *era = &state->eras[end->partition];

	reading->error = KAFKA_OK;
	era->scan_error = end->error;
	if (end->error != KAFKA_OK || end->epoch != era->epoch)
		return;
	if (goal->step <= era->since || goal->epoch != era->epoch) {
		goal->step = step;
		goal->epoch = end->epoch;
		goal->high = end->high;
		goal->mark = end->stable < end->high ? end->stable : end->high;
	}
	reading->stop = end->stable < end->high ? end->stable : end->high;
}

/* Read to the stops, as long as it goes on. */
static int
read_on(struct capture_state *state, struct err *err)
{
	struct topicscan *scan = state->scan;
	const struct env *env = state->job->env;
	int64_t moved_ms = env_monotonic_ms(env);
	int64_t before = -1;
	int64_t done, total;

	while (offsets_readings_measure(
		   scan->readings, scan->count, &done, &total) &&
	    capturestate_left_ms(state) > 0) {
		const int64_t now_ms = env_monotonic_ms(env);

		capturestate_progress(
		    state, "records", (size_t)done, (size_t)total);
		if (done > before)
			moved_ms = now_ms;
		else if (now_ms - moved_ms >= state->request_ms)
			break;
		before = done;
		if (offsets_reader_read(scan->reader, now_ms + SLICE_MS,
			ledger_take, &scan->ledger, err) != 0)
			return -1;
	}
	scan->end_ms = env_now_ms(env);
	return 0;
}

static void
note_held(struct capture_state *state, int32_t partition)
{
	struct era *era = &state->eras[partition];
	const int64_t now_ms = env_monotonic_ms(state->job->env);

	if (era->held_since_ms == 0)
		era->held_since_ms = now_ms > 0 ? now_ms : 1;
	if (now_ms - era->held_since_ms >= state->patience_ms)
		topicask_instead(
		    state, partition, "an open transaction holds it");
	else
		state->report->retry_count++;
}

/* How far has a partition come? */
static void
judge(struct capture_state *state, size_t index)
{
	struct topicscan *scan = state->scan;
	const struct offsets_reading *reading = &scan->readings[index];
	struct scan_goal *goal = &scan->goals[index];
	struct era *era = era_at(state, index);

	if (reading->error != KAFKA_OK)
		era->scan_error = reading->error;
	if (era->scan_error != KAFKA_OK || goal->step <= era->since ||
	    goal->epoch != era->epoch || reading->next < reading->stop)
		return;
	if (reading->next < goal->high) {
		note_held(state, reading->partition);
		return;
	}
	era->held_since_ms = 0;
	era->scanned = goal->step;
	goal->is_blurred = false;
	era->asked = false; /* the transaction has ended after all */
}

int
topicscan_update(struct capture_state *state, struct err *err)
{
	struct topicscan *scan = state->scan;
	int64_t done, total;
	uint64_t step;
	size_t count;
	size_t i;

	if (state->era_count == 0)
		return 0;
	if (open_reader(state, err) != 0)
		return -1;
	step = capturestate_step(state);
	if (scan->start_ms == 0)
		scan->start_ms = env_now_ms(state->job->env);
	if (ask_ends(state, false, &count, err) != 0)
		return -1;
	if (is_another_log(state, count)) {
		begin_again(state);
		return 0;
	}
	for (i = 0; i < count; i++)
		set_stop(state, i, step);
	if (offsets_readings_measure(
		scan->readings, scan->count, &done, &total))
		ledger_reserve(&scan->ledger, (size_t)(total - done));
	if (read_on(state, err) != 0)
		return -1;
	if (is_lost(scan)) {
		begin_again(state);
		return 0;
	}
	for (i = 0; i < count; i++)
		judge(state, scan->asked[i]);
	topicask_where_needed(state);
	return 0;
}

int
topicscan_follow(struct capture_state *state, struct err *err)
{
	struct topicscan *scan = state->scan;
	size_t count;
	size_t i;

	if (state->era_count == 0 || scan->reader == NULL)
		return 0;
	/* Until it is known to be otherwise. */
	for (i = 0; i < scan->count; i++)
		scan->goals[i].is_blurred = true;
	if (ask_ends(state, true, &count, err) != 0)
		return -1;
	if (is_another_log(state, count)) {
		begin_again(state);
		return 0;
	}
	for (i = 0; i < count; i++)
		set_stop(state, i, 0);
	if (read_on(state, err) != 0)
		return -1;
	for (i = 0; i < count; i++) {
		const struct offsets_end *end = &scan->ends[i];
		const struct offsets_reading *reading =
		    &scan->readings[scan->asked[i]];

		scan->goals[scan->asked[i]].is_blurred =
		    end->error != KAFKA_OK ||
		    end->epoch != state->eras[end->partition].epoch ||
		    reading->next < end->high;
	}
	topicask_where_needed(state);
	return 0;
}

const struct scan_goal *
topicscan_goal(const struct topicscan *scan, int32_t partition)
{
	size_t low = 0;
	size_t high = scan->count;

	while (low + 1 < high) {
		const size_t middle = low + (high - low) / 2;

		if (scan->readings[middle].partition <= partition)
			low = middle;
		else
			high = middle;
	}
	return &scan->goals[low];
}

bool
topicscan_is_complete(const struct capture_state *state)
{
	const struct topicscan *scan = state->scan;
	size_t i;

	if (!state->told || state->agreed != state->viewed)
		return false;
	if (state->era_count == 0)
		return true;
	if (scan->reader == NULL || scan->era_count != state->era_count)
		return false;
	for (i = 0; i < scan->count; i++) {
		const struct era *era = era_at(state, i);

		if (era->leader < 0 || era->confirmed != state->viewed)
			return false;
		if (!capturestate_is_scanned(era) && !era->asked)
			return false;
	}
	return true;
}
