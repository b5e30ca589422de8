#include "snapshot/offsetsscan.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/env.h"
#include "common/log.h"
#include "common/xalloc.h"

/* How long one call reads before progress is shown and looked at. */
#define SLICE_MS 200

/* One request may take this long, and no record come so long. */
#define REQUEST_MAX_MS 5000

/* What an open transaction, or a leader that is being chosen, is given. */
#define PATIENCE_MAX_MS 5000
#define PATIENCE_PART 10
#define PAUSE_MS 200

#define WINDOW 500

struct scanning {
	const struct offsets_scan_job *job;
	struct offsets_scan *scan;
	struct offsets_reader *reader;
	int64_t begin_ms; /* monotonic, as the next */
	int64_t deadline_ms;
	int64_t patience_ms;
	struct offsets_end *asked; /* scratch */
};

static int64_t
min_of(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static int64_t
left_ms(const struct scanning *scanning)
{
	const int64_t left =
	    scanning->deadline_ms - env_monotonic_ms(scanning->job->env);

	return left > 0 ? left : 0;
}

static int64_t
request_ms(const struct scanning *scanning)
{
	return min_of(left_ms(scanning), REQUEST_MAX_MS);
}

static struct call_limits
limits_of(const struct scanning *scanning)
{
	const int64_t timeout_ms = request_ms(scanning);

	return (struct call_limits){
		.window = WINDOW,
		.timeout_ms = timeout_ms,
		.deadline_ms =
		    env_monotonic_ms(scanning->job->env) + timeout_ms,
	};
}

static int
deny(struct err *err)
{
	(void)err_set(
	    err, ERR_DENIED, "READ on topic " OFFSETS_TOPIC " is not allowed");
	err_hint(err, "have READ on topic " OFFSETS_TOPIC " granted");
	return -1;
}

/* --- the ends ----------------------------------------------------------- */

static void
take_leaders(struct scanning *scanning, const struct offsets_topic *topic)
{
	struct offsets_scan *scan = scanning->scan;

	if (scan->count == 0) {
		const size_t count = (size_t)topic->count;

		scan->readings = xcalloc(count, sizeof(*scan->readings));
		scan->ends = xcalloc(count, sizeof(*scan->ends));
		scan->leaderless = xcalloc(count, sizeof(*scan->leaderless));
		scan->moved = xcalloc(count, sizeof(*scan->moved));
		scan->leaders = xcalloc(count, sizeof(*scan->leaders));
		scanning->asked = xcalloc(count, sizeof(*scanning->asked));
		scan->count = count;
		scan->ledger.topic_partitions = topic->count;
		if (scanning->job->also != NULL)
			scanning->job->also->topic_partitions = topic->count;
		for (size_t at = 0; at < count; at++) {
			scan->readings[at].partition = (int32_t)at;
			scan->ends[at].partition = (int32_t)at;
			scan->ends[at].high = -1;
		}
	}
	for (size_t at = 0; at < scan->count; at++) {
		scan->leaders[at] =
		    at < (size_t)topic->count ? topic->leaders[at] : -1;
		scan->leaderless[at] = scan->leaders[at] < 0;
	}
}

static int
see(struct scanning *scanning, struct err *err)
{
	const struct offsets_scan_job *job = scanning->job;
	struct offsets_topic topic = { 0 };
	int rc = 0;

	if (offsets_topic_see(job->cluster, job->view, request_ms(scanning),
		&topic, err) != 0)
		return -1;
	if (topic.state == OFFSETS_TOPIC_HIDDEN ||
	    (topic.state == OFFSETS_TOPIC_SEEN && !topic.may_read))
		rc = deny(err);
	else if (topic.state == OFFSETS_TOPIC_SEEN)
		take_leaders(scanning, &topic);
	offsets_topic_release(&topic);
	return rc;
}

/* A record that is committed may be read; what stands behind has to wait. */
static void
take_end(struct offsets_scan *scan, const struct offsets_end *told)
{
	struct offsets_end *end = &scan->ends[told->partition];
	struct offsets_reading *reading = &scan->readings[told->partition];

	end->error = told->error;
	if (told->error != KAFKA_OK)
		return;
	reading->error = KAFKA_OK;
	end->epoch = told->epoch;
	end->stable = told->stable;
	if (end->high < 0)
		end->high = told->high;
	reading->stop = min_of(end->stable, end->high);
}

/* The ends of what has not been read up to its end. */
static int
ask_ends(struct scanning *scanning, struct err *err)
{
	struct offsets_scan *scan = scanning->scan;
	const struct call_limits limits = limits_of(scanning);
	size_t count = 0;

	for (size_t at = 0; at < scan->count; at++)
		if (!scan->leaderless[at] &&
		    offsetsscan_verdict(scan, at) != OFFSETS_WHOLE)
			scanning->asked[count++].partition = (int32_t)at;
	if (count == 0 || limits.timeout_ms == 0)
		return 0;
	if (offsets_topic_ends(scanning->job->cluster, scanning->asked, count,
		&limits, err) != 0)
		return -1;
	for (size_t at = 0; at < count; at++)
		take_end(scan, &scanning->asked[at]);
	return 0;
}

/* --- reading ------------------------------------------------------------ */

static void
take(void *context, const struct log_record *record)
{
	struct scanning *scanning = context;

	ledger_take(&scanning->scan->ledger, record);
	if (scanning->job->also != NULL)
		ledger_take(scanning->job->also, record);
}

static int
read_on(struct scanning *scanning, struct err *err)
{
	const struct offsets_scan_job *job = scanning->job;
	struct offsets_scan *scan = scanning->scan;
	int64_t moved_ms = env_monotonic_ms(job->env);
	int64_t before = -1;
	int64_t done, total;

	while (offsets_readings_measure(
		   scan->readings, scan->count, &done, &total) &&
	    left_ms(scanning) > 0) {
		const int64_t now_ms = env_monotonic_ms(job->env);

		if (job->progress != NULL)
			job->progress(job->progress_context, "records",
			    (size_t)done, (size_t)total);
		if (done > before)
			moved_ms = now_ms;
		else if (now_ms - moved_ms >= REQUEST_MAX_MS)
			break;
		before = done;
		if (offsets_reader_read(scanning->reader,
			min_of(now_ms + SLICE_MS, scanning->deadline_ms), take,
			scanning, err) != 0)
			return -1;
	}
	return 0;
}

/* Whether it may help to look again: a leader is chosen, a transaction ends. */
static bool
is_hopeful(const struct scanning *scanning)
{
	const struct offsets_scan *scan = scanning->scan;
	bool hopeful = false;

	for (size_t at = 0; at < scan->count; at++) {
		const enum offsets_verdict verdict =
		    offsetsscan_verdict(scan, at);
		const int error = scan->ends[at].error;

		hopeful |= verdict == OFFSETS_LEADERLESS ||
		    verdict == OFFSETS_HELD ||
		    (verdict == OFFSETS_FAILED && error != KAFKA_OK &&
			kafka_error_is_retriable(error));
	}
	return hopeful &&
	    env_monotonic_ms(scanning->job->env) - scanning->begin_ms <
	    scanning->patience_ms;
}

static int
check_interrupted(const struct scanning *scanning, struct err *err)
{
	if (!env_interrupted(scanning->job->env))
		return 0;
	return err_set(
	    err, ERR_INTERRUPTED, "reading " OFFSETS_TOPIC " was interrupted");
}

/* --- whether the leaders stayed ----------------------------------------- */

/* What another broker tells, if there is one; nothing where none answers. */
static int
see_again(struct scanning *scanning, struct offsets_topic *out, struct err *err)
{
	const struct cluster_view *view = scanning->job->view;

	for (size_t at = view->broker_count; at-- > 0;) {
		const int64_t timeout_ms = request_ms(scanning);
		struct err cause = { 0 };

		if (timeout_ms == 0)
			return 0;
		if (cluster_offsets_topic(scanning->job->cluster,
			view->brokers[at].id, timeout_ms, out, &cause) == 0)
			return 0;
		offsets_topic_release(out);
		*out = (struct offsets_topic){ 0 };
		if (cause.kind == ERR_INTERRUPTED) {
			*err = cause;
			return -1;
		}
	}
	return 0;
}

/* The ends of all that was read, into asked; an error where none was told. */
static int
ask_again(struct scanning *scanning, struct err *err)
{
	struct offsets_scan *scan = scanning->scan;
	const struct call_limits limits = limits_of(scanning);

	for (size_t at = 0; at < scan->count; at++)
		scanning->asked[at] = (struct offsets_end){
			.partition = (int32_t)at,
			.error = KAFKA_LOCAL_TIMED_OUT,
		};
	if (limits.timeout_ms == 0)
		return 0;
	return offsets_topic_ends(
	    scanning->job->cluster, scanning->asked, scan->count, &limits, err);
}

/* Mark what is not as it was; false: all is. */
static bool
mark_moved(struct scanning *scanning, const struct offsets_topic *topic)
{
	struct offsets_scan *scan = scanning->scan;
	bool any = false;

	for (size_t at = 0; at < scan->count; at++) {
		const struct offsets_end *told = &scanning->asked[at];

		scan->moved[at] = false;
		if (offsetsscan_verdict(scan, at) != OFFSETS_WHOLE)
			continue;
		scan->moved[at] = at >= (size_t)topic->count ||
		    topic->leaders[at] != scan->leaders[at] ||
		    told->error != KAFKA_OK ||
		    told->epoch != scan->ends[at].epoch ||
		    told->high < scan->readings[at].next;
		any |= scan->moved[at];
	}
	return any;
}

static int
look_again(struct scanning *scanning, bool *moved, struct err *err)
{
	struct offsets_topic topic = { 0 };
	int rc = see_again(scanning, &topic, err);

	if (rc == 0)
		rc = ask_again(scanning, err);
	if (rc == 0)
		*moved = mark_moved(scanning, &topic);
	offsets_topic_release(&topic);
	return rc;
}

/* What has moved is read on to where its leader now has its end. */
static void
go_on(struct scanning *scanning)
{
	struct offsets_scan *scan = scanning->scan;

	for (size_t at = 0; at < scan->count; at++) {
		const struct offsets_end *told = &scanning->asked[at];

		if (!scan->moved[at] || told->error != KAFKA_OK ||
		    told->high < scan->readings[at].next)
			continue;
		scan->moved[at] = false;
		scan->ends[at].high = told->high;
		take_end(scan, told);
	}
}

static int
confirm(struct scanning *scanning, struct err *err)
{
	bool moved = false;

	if (look_again(scanning, &moved, err) != 0)
		return -1;
	if (!moved || left_ms(scanning) == 0)
		return 0;
	env_sleep_ms(scanning->job->env, PAUSE_MS);
	if (see(scanning, err) != 0)
		return -1;
	go_on(scanning);
	if (read_on(scanning, err) != 0 ||
	    check_interrupted(scanning, err) != 0)
		return -1;
	return look_again(scanning, &moved, err);
}

static int
scan_all(struct scanning *scanning, struct err *err)
{
	struct offsets_scan *scan = scanning->scan;
	const struct offsets_scan_job *job = scanning->job;

	if (see(scanning, err) != 0)
		return -1;
	if (scan->count == 0)
		return 0;
	if (offsets_reader_open(job->cluster, scan->readings, scan->count,
		&scanning->reader, err) != 0)
		return -1;
	for (;;) {
		if (ask_ends(scanning, err) != 0 ||
		    read_on(scanning, err) != 0 ||
		    check_interrupted(scanning, err) != 0)
			return -1;
		if (!is_hopeful(scanning))
			return confirm(scanning, err);
		env_sleep_ms(job->env, PAUSE_MS);
		if (see(scanning, err) != 0)
			return -1;
	}
}

/* That nothing may be read shows as late as here where the broker does not
 * tell rights. */
static int
check_denied(const struct offsets_scan *scan, struct err *err)
{
	for (size_t at = 0; at < scan->count; at++)
		if (kafka_error_is_denied(scan->readings[at].error) ||
		    kafka_error_is_denied(scan->ends[at].error))
			return deny(err);
	return 0;
}

int
offsetsscan_run(const struct offsets_scan_job *job, struct offsets_scan *out,
    struct err *err)
{
	struct scanning scanning = { .job = job, .scan = out };
	uint64_t seed;
	int rc;

	memset(out, 0, sizeof(*out));
	job->env->random(job->env->context, &seed, sizeof(seed));
	ledger_init(&out->ledger, seed, job->until_ms);
	out->ledger.changed = job->changed;
	out->ledger.changed_context = job->changed_context;
	scanning.begin_ms = env_monotonic_ms(job->env);
	scanning.deadline_ms = scanning.begin_ms + job->timeout_ms;
	scanning.patience_ms =
	    min_of(job->timeout_ms / PATIENCE_PART, PATIENCE_MAX_MS);
	out->start_ms = env_now_ms(job->env);
	rc = scan_all(&scanning, err);
	out->end_ms = env_now_ms(job->env);
	offsets_reader_free(scanning.reader);
	free(scanning.asked);
	ledger_finish(&out->ledger);
	if (job->also != NULL)
		ledger_finish(job->also);
	if (rc == 0)
		rc = check_denied(out, err);
	for (size_t at = 0; rc == 0 && at < out->count; at++) {
		struct buf text = { 0 };

		if (offsetsscan_verdict(out, at) == OFFSETS_WHOLE)
			continue;
		offsetsscan_add_trouble(&text, out, at);
		log_debug(job->log, OFFSETS_TOPIC " %s", buf_text(&text));
		buf_release(&text);
	}
	return rc;
}

void
offsetsscan_release(struct offsets_scan *scan)
{
	ledger_release(&scan->ledger);
	free(scan->readings);
	free(scan->ends);
	free(scan->leaderless);
	free(scan->moved);
	free(scan->leaders);
	memset(scan, 0, sizeof(*scan));
}

/* --- the result --------------------------------------------------------- */

enum offsets_verdict
offsetsscan_verdict(const struct offsets_scan *scan, size_t partition)
{
	const struct offsets_end *end = &scan->ends[partition];
	const struct offsets_reading *reading = &scan->readings[partition];

	if (end->high >= 0 && reading->next >= end->high)
		return scan->moved[partition] ? OFFSETS_MOVED : OFFSETS_WHOLE;
	if (scan->leaderless[partition])
		return OFFSETS_LEADERLESS;
	if (reading->error != KAFKA_OK || end->error != KAFKA_OK)
		return OFFSETS_FAILED;
	if (end->high >= 0 && reading->next >= end->stable)
		return OFFSETS_HELD;
	return OFFSETS_LATE;
}

bool
offsetsscan_is_whole(const struct offsets_scan *scan)
{
	for (size_t at = 0; at < scan->count; at++)
		if (offsetsscan_verdict(scan, at) != OFFSETS_WHOLE)
			return false;
	return true;
}

void
offsetsscan_add_trouble(
    struct buf *out, const struct offsets_scan *scan, size_t partition)
{
	const int error = scan->readings[partition].error != KAFKA_OK
	    ? scan->readings[partition].error
	    : scan->ends[partition].error;

	buf_add_format(out, "partition %zu ", partition);
	switch (offsetsscan_verdict(scan, partition)) {
	case OFFSETS_LEADERLESS:
		buf_add_text(out, "has no leader");
		break;
	case OFFSETS_HELD:
		buf_add_text(out, "is held by an open transaction");
		break;
	case OFFSETS_FAILED:
		buf_add_format(
		    out, "cannot be read: %s", kafka_error_name(error));
		break;
	case OFFSETS_LATE:
		buf_add_text(out, "was not read in time");
		break;
	case OFFSETS_MOVED:
		buf_add_text(out, "did not stay with one leader");
		break;
	case OFFSETS_WHOLE:
	default:
		buf_add_text(out, "was read");
		break;
	}
}
