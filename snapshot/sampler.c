#include "snapshot/sampler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/log.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"
#include "snapshot/indexbase.h"
#include "snapshot/source.h"
#include "snapshot/topicscan.h"

#define FOLLOW_INTERVAL_MS 10000
#define POLL_INTERVAL_MS 60000

/* Later captures have an interval's time, but not less than a broker needs to
 * be found dead. */
#define TIMEOUT_MIN_MS 5000

/* To ask the cluster who it is, of a capture's time. */
#define CONTACT_PART 2

/* So many differences are named in the log. */
#define DIFFERENCES_SHOWN 3
#define NAME_SHOWN_MAX 120

struct sampler {
	struct sampler_options options;
	struct cluster *cluster; /* NULL: not made yet */
	struct cluster_view view;
	struct topicscan *scan; /* while it follows */
	bool is_chosen;
	bool is_prepared; /* chosen just now, for the next capture */
	bool has_captured;
	struct source_choice choice;
	struct snapshot last;    /* the last capture, or what it was given */
	struct snapshot indexed; /* the last with an index (indexbase.h) */
	size_t requests; /* to coordinators, of the last capture that polled */
};

struct sampler *
sampler_new(const struct sampler_options *options)
{
	struct sampler *sampler = xcalloc(1, sizeof(*sampler));

	sampler->options = *options;
	return sampler;
}

void
sampler_free(struct sampler *sampler)
{
	if (sampler == NULL)
		return;
	topicscan_free(sampler->scan);
	snapshot_release(&sampler->last);
	snapshot_release(&sampler->indexed);
	cluster_view_release(&sampler->view);
	cluster_free(sampler->cluster);
	free(sampler);
}

void
sampler_set_before(struct sampler *sampler, struct capture_before *before)
{
	snapshot_release(&sampler->last);
	snapshot_release(&sampler->indexed);
	sampler->last = before->previous;
	sampler->indexed = before->indexed;
	*before = (struct capture_before){ 0 };
}

void
sampler_report_release(struct sampler_report *report)
{
	capture_report_release(&report->capture);
}

static bool
follows(const struct sampler *sampler)
{
	return sampler->choice.source == SOURCE_TOPIC;
}

const char *
sampler_source(const struct sampler *sampler)
{
	return follows(sampler) ? "follow" : "poll";
}

const struct ledger *
sampler_ledger(const struct sampler *sampler)
{
	return sampler->scan != NULL ? &sampler->scan->ledger : NULL;
}

const char *
sampler_reason(const struct sampler *sampler)
{
	return sampler->choice.reason;
}

static int64_t
wished_interval_ms(const struct sampler *sampler)
{
	if (sampler->options.interval_ms > 0)
		return sampler->options.interval_ms;
	return !sampler->is_chosen || follows(sampler) ? FOLLOW_INTERVAL_MS
						       : POLL_INTERVAL_MS;
}

int64_t
sampler_interval_ms(const struct sampler *sampler)
{
	const int64_t wished_ms = wished_interval_ms(sampler);
	const size_t rate = sampler->options.group_rate;
	int64_t allowed_ms;

	if (follows(sampler) || rate == 0)
		return wished_ms;
	allowed_ms = (int64_t)(sampler->requests * 1000 / rate);
	return allowed_ms > wished_ms ? allowed_ms : wished_ms;
}

/* --------------------------------------------------------------- preparing */

static int64_t
timeout_ms(const struct sampler *sampler)
{
	const int64_t most = sampler->options.capture.timeout_ms;
	int64_t least = wished_interval_ms(sampler);

	if (!sampler->has_captured)
		return most;
	if (least < TIMEOUT_MIN_MS)
		least = TIMEOUT_MIN_MS;
	return least < most ? least : most;
}

/* Who the cluster is now. */
static int
contact(struct sampler *sampler, struct err *err)
{
	const struct sampler_options *options = &sampler->options;
	struct cluster_view view = { 0 };

	if (sampler->cluster == NULL)
		return options->open_cluster(
		    options->context, &sampler->cluster, &sampler->view, err);
	if (cluster_describe(sampler->cluster,
		timeout_ms(sampler) / CONTACT_PART, &view, err) != 0)
		return -1;
	if (strcmp(view.cluster_id, sampler->view.cluster_id) != 0) {
		(void)err_set(err, ERR_CHANGED,
		    "these brokers are of cluster %s now, and were of cluster "
		    "%s",
		    view.cluster_id, sampler->view.cluster_id);
		cluster_view_release(&view);
		return -1;
	}
	cluster_view_release(&sampler->view);
	sampler->view = view;
	return 0;
}

static struct capture_job
make_job(const struct sampler *sampler, const struct capture_options *capture)
{
	return (struct capture_job){
		.cluster = sampler->cluster,
		.view = &sampler->view,
		.options = capture,
		.previous =
		    sampler->last.info.id[0] != '\0' ? &sampler->last : NULL,
		.indexed = sampler->indexed.info.from_ms != 0
		    ? &sampler->indexed
		    : NULL,
		.scan = sampler->scan,
		.env = sampler->options.env,
		.log = sampler->options.log,
	};
}

/* The size of the topic is no matter: it is scanned once. */
static int
choose(struct sampler *sampler, struct err *err)
{
	struct capture_options capture = sampler->options.capture;
	const struct capture_job job = make_job(sampler, &capture);
	struct source_choice choice;

	if (sampler->options.wish == SAMPLER_AUTO) {
		if (source_choose_following(&job, &choice, err) != 0)
			return -1;
	} else if (source_choose(&job,
		       sampler->options.wish == SAMPLER_FOLLOW
			   ? SOURCE_WISH_TOPIC
			   : SOURCE_WISH_API,
		       &choice, err) != 0) {
		return -1;
	}
	if (!sampler->is_chosen || choice.source != sampler->choice.source) {
		log_info(sampler->options.log, "source %s%s%s",
		    choice.source == SOURCE_TOPIC ? "follow" : "poll",
		    choice.reason[0] != '\0' ? ": " : "", choice.reason);
		topicscan_free(sampler->scan);
		sampler->scan = NULL;
	}
	sampler->choice = choice;
	sampler->is_chosen = true;
	if (follows(sampler) && sampler->scan == NULL)
		sampler->scan = topicscan_new(sampler->options.env);
	return 0;
}

int
sampler_prepare(
    struct sampler *sampler, struct sampler_identity *out, struct err *err)
{
	struct capture_options *capture = &sampler->options.capture;
	enum scope scope;

	if (contact(sampler, err) != 0 || choose(sampler, err) != 0)
		return -1;
	capture->source = sampler->choice.source;
	if (capture_scope(&sampler->view, capture, &scope, err) != 0)
		return -1;
	selection_canonical(
	    scope, &capture->selection, false, out->selection_hash);
	out->cluster_id = sampler->view.cluster_id;
	sampler->is_prepared = true;
	return 0;
}

/* --------------------------------------------------------------- capturing */

static bool
index_is_due(const struct sampler *sampler)
{
	const int64_t then_ms = sampler->indexed.info.from_ms;
	const int64_t now_ms = env_now_ms(sampler->options.env);

	return then_ms == 0 || now_ms < then_ms ||
	    now_ms - then_ms >= sampler->options.capture.index_step_ms;
}

static int
take(struct sampler *sampler, enum snapshot_source source, struct snapshot *out,
    struct capture_report *report, struct err *err)
{
	struct capture_options options = sampler->options.capture;
	struct capture_job job;

	options.source = source;
	options.timeout_ms = timeout_ms(sampler);
	if (source != SOURCE_TOPIC)
		options.group_rate = sampler->options.group_rate;
	if (!index_is_due(sampler))
		options.index_points = 0;
	job = make_job(sampler, &options);
	capture_report_release(report);
	if (capture_run(&job, out, report, err) != 0)
		return -1;
	return 0;
}

static void
name_differences(
    const struct sampler *sampler, const struct source_report *report)
{
	char group[NAME_SHOWN_MAX], topic[NAME_SHOWN_MAX];
	size_t i;

	for (i = 0; i < report->difference_count && i < DIFFERENCES_SHOWN;
	     i++) {
		const struct source_difference *difference =
		    &report->differences[i];

		log_warn(sampler->options.log,
		    "cross-check: group '%s', topic '%s', partition %d: %lld "
		    "by its coordinator, %lld by the offsets topic",
		    utf8_escape_to(difference->group, group, sizeof(group)),
		    utf8_escape_to(difference->topic, topic, sizeof(topic)),
		    (int)difference->partition,
		    (long long)difference->api_offset,
		    (long long)difference->topic_offset);
	}
}

/* The two sources, side by side; what comes of it is a capture of the topic.
 * Its holes may be those of the coordinators: then it is not taken. */
static int
cross_check(struct sampler *sampler, struct snapshot *out,
    struct sampler_report *report, struct err *err)
{
	const struct snapshot_compare *compare = &report->capture.scan.compare;
	struct sampler_check *check = &report->check;

	if (take(sampler, SOURCE_BOTH, out, &report->capture, err) != 0)
		return -1;
	check->was_made = true;
	check->agreed_count = compare->agreed_count + compare->moving_count;
	check->differing_count = compare->only_api_count +
	    compare->only_topic_count + compare->differing_count;
	if (check->differing_count > 0) {
		log_warn(sampler->options.log,
		    "cross-check: %zu of %zu positions are otherwise by their "
		    "coordinators; the offsets topic is scanned anew",
		    check->differing_count,
		    check->differing_count + check->agreed_count);
		name_differences(sampler, &report->capture.scan);
		topicscan_free(sampler->scan);
		sampler->scan = topicscan_new(sampler->options.env);
	} else if (out->info.complete) {
		out->info.source = SOURCE_TOPIC;
		out->info.compare = (struct snapshot_compare){ 0 };
		return 0;
	}
	snapshot_release(out);
	return take(sampler, SOURCE_TOPIC, out, &report->capture, err);
}

/* Without DESCRIBE on the cluster coordinators hide groups. */
static bool
may_check(const struct sampler *sampler)
{
	return follows(sampler) && sampler->options.wish == SAMPLER_AUTO &&
	    sampler->view.may_describe;
}

static void
keep(struct sampler *sampler, struct snapshot *taken,
    const struct capture_report *report)
{
	if (taken->info.index_points > 0)
		indexbase_take(&sampler->indexed, taken);
	if (!follows(sampler))
		sampler->requests = report->request_count;
	taken->info.interval_ms = sampler_interval_ms(sampler);
	snapshot_release(&sampler->last);
	sampler->last = *taken;
}

int
sampler_run(struct sampler *sampler, bool chooses, struct snapshot **out,
    struct sampler_report *report, struct err *err)
{
	struct snapshot taken = { 0 };
	int rc;

	memset(report, 0, sizeof(*report));
	chooses = chooses || !sampler->is_chosen;
	if (contact(sampler, err) != 0)
		return -1;
	if (chooses && !sampler->is_prepared && choose(sampler, err) != 0)
		return -1;
	sampler->is_prepared = false;
	if (chooses && may_check(sampler))
		rc = cross_check(sampler, &taken, report, err);
	else
		rc = take(sampler, sampler->choice.source, &taken,
		    &report->capture, err);
	if (rc != 0)
		return -1;
	sampler->has_captured = true;
	keep(sampler, &taken, &report->capture);
	*out = &sampler->last;
	return 0;
}
