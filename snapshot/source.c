#include "snapshot/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/xalloc.h"
#include "kafka/offsets_topic.h"
#include "snapshot/selector.h"

/* What is asked to choose may take so long, of the capture's time. */
#define CHOICE_MAX_MS 5000

struct choosing {
	const struct capture_job *job;
	int64_t timeout_ms;
	bool follows; /* its length is no matter */
	struct source_choice *out;
};

static struct choosing
begin(const struct capture_job *job, struct source_choice *out)
{
	const int64_t timeout_ms = job->options->timeout_ms;

	*out = (struct source_choice){ .source = SOURCE_API };
	return (struct choosing){
		.job = job,
		.timeout_ms =
		    timeout_ms < CHOICE_MAX_MS ? timeout_ms : CHOICE_MAX_MS,
		.out = out,
	};
}

static void
choose(const struct choosing *choosing, enum snapshot_source source,
    const char *reason)
{
	struct source_choice *out = choosing->out;

	out->source = source;
	(void)snprintf(out->reason, sizeof(out->reason), "%s", reason);
}

static int
see_topic(
    const struct choosing *choosing, struct offsets_topic *out, struct err *err)
{
	return offsets_topic_see(choosing->job->cluster, choosing->job->view,
	    choosing->timeout_ms, out, err);
}

/* By how many records it is at most; gaps count too.  -1: not all partitions
 * tell. */
static int
measure(const struct choosing *choosing, const struct offsets_topic *topic,
    int64_t *records, struct err *err)
{
	const size_t count = (size_t)topic->count;
	struct offsets_end *ends = xcalloc(count, sizeof(*ends));
	const struct call_limits limits = {
		.window = CAPTURE_WINDOW,
		.timeout_ms = choosing->timeout_ms,
		.deadline_ms =
		    env_monotonic_ms(choosing->job->env) + choosing->timeout_ms,
	};
	int rc;
	size_t i;

	for (i = 0; i < count; i++)
		ends[i].partition = (int32_t)i;
	rc = offsets_topic_ends(
	    choosing->job->cluster, ends, count, &limits, err);
	*records = 0;
	for (i = 0; rc == 0 && i < count; i++) {
		if (ends[i].error != KAFKA_OK) {
			*records = -1;
			break;
		}
		*records += ends[i].high;
	}
	free(ends);
	return rc;
}

static int
choose_by_length(const struct choosing *choosing,
    const struct offsets_topic *topic, struct err *err)
{
	char reason[sizeof(choosing->out->reason)];
	int64_t records;

	if (measure(choosing, topic, &records, err) != 0) {
		if (err->kind == ERR_INTERRUPTED)
			return -1;
		*err = (struct err){ 0 };
		records = -1;
	}
	if (records < 0) {
		choose(choosing, SOURCE_API,
		    "not all partitions of " OFFSETS_TOPIC " answer");
		return 0;
	}
	(void)snprintf(reason, sizeof(reason),
	    OFFSETS_TOPIC " holds %s%" PRId64 " records",
	    records > SOURCE_RECORDS_MAX ? "up to " : "at most ", records);
	choose(choosing,
	    records > SOURCE_RECORDS_MAX ? SOURCE_API : SOURCE_TOPIC, reason);
	return 0;
}

static int
choose_auto(const struct choosing *choosing, struct err *err)
{
	struct offsets_topic topic = { 0 };
	int rc = 0;

	if (see_topic(choosing, &topic, err) != 0) {
		if (err->kind == ERR_INTERRUPTED)
			return -1;
		/* The capture will say what is wrong with the brokers. */
		*err = (struct err){ 0 };
		choose(choosing, SOURCE_API,
		    "no broker tells about " OFFSETS_TOPIC);
		return 0;
	}
	if (topic.state == OFFSETS_TOPIC_ABSENT)
		choose(choosing, SOURCE_API, "nobody ever committed here");
	else if (topic.state == OFFSETS_TOPIC_HIDDEN || !topic.may_read)
		choose(choosing, SOURCE_API,
		    "READ on " OFFSETS_TOPIC " is not allowed");
	else if (choosing->follows)
		choose(choosing, SOURCE_TOPIC, OFFSETS_TOPIC " may be read");
	else
		rc = choose_by_length(choosing, &topic, err);
	offsets_topic_release(&topic);
	return rc;
}

static int
require_read(const struct choosing *choosing, enum snapshot_source source,
    struct err *err)
{
	struct offsets_topic topic = { 0 };

	if (see_topic(choosing, &topic, err) != 0)
		return -1;
	if (topic.state != OFFSETS_TOPIC_ABSENT && !topic.may_read) {
		offsets_topic_release(&topic);
		(void)err_set(err, ERR_DENIED,
		    "READ on topic " OFFSETS_TOPIC " is not allowed");
		err_hint(err,
		    "have it granted, or take --source api, which asks the "
		    "coordinators");
		return -1;
	}
	offsets_topic_release(&topic);
	choose(choosing, source, "");
	return 0;
}

static int
is_named(const struct capture_options *options, bool *out, struct err *err)
{
	struct selector *selector;

	if (selector_new(&options->selection, &selector, err) != 0)
		return -1;
	*out = selector_is_named(selector);
	selector_free(selector);
	return 0;
}

int
source_choose(const struct capture_job *job, enum source_wish wish,
    struct source_choice *out, struct err *err)
{
	const struct capture_options *options = job->options;
	const struct choosing choosing = begin(job, out);
	bool named;

	if (wish == SOURCE_WISH_API)
		return 0;
	if (wish == SOURCE_WISH_TOPIC)
		return require_read(&choosing, SOURCE_TOPIC, err);
	if (wish == SOURCE_WISH_BOTH)
		return require_read(&choosing, SOURCE_BOTH, err);
	if (is_named(options, &named, err) != 0)
		return -1;
	if (named)
		choose(&choosing, SOURCE_API, "groups are given by name");
	else if (options->wish == SCOPE_WISH_VISIBLE)
		choose(&choosing, SOURCE_API, "the scope is visible");
	else
		return choose_auto(&choosing, err);
	return 0;
}

int
source_choose_following(
    const struct capture_job *job, struct source_choice *out, struct err *err)
{
	struct choosing choosing = begin(job, out);

	choosing.follows = true;
	if (job->options->wish == SCOPE_WISH_VISIBLE) {
		choose(&choosing, SOURCE_API, "the scope is visible");
		return 0;
	}
	return choose_auto(&choosing, err);
}
