/*
 * The metrics in Prometheus' text format, written and read: see metrics.h.
 * Names and types are promises to those who alert on them; help may change.
 */
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/metrics.h"

#define PREFIX "tidemark_"

struct family {
	const char *name;
	const char *help;
	bool is_seconds;
};

static const struct family families[METRICS_VALUE_COUNT] = {
	[METRICS_LAST_RUN] = { PREFIX "last_run_timestamp_seconds",
	    "When a snapshot was last tried.", true },
	[METRICS_LAST_SUCCESS] = { PREFIX "last_success_timestamp_seconds",
	    "When a complete snapshot was last stored.", true },
	[METRICS_LAST_RUN_SUCCESS] = { PREFIX "last_run_success",
	    "1: the last try stored a complete snapshot.", false },
	[METRICS_LAST_RUN_STATUS] = { PREFIX "last_run_exit_status",
	    "Exit status of the last try: 0 complete, 3 partial.", false },
	[METRICS_CAPTURE_DURATION] = { PREFIX "capture_duration_seconds",
	    "How long the last capture took.", true },
	[METRICS_SNAPSHOT_TIME] = { PREFIX "snapshot_timestamp_seconds",
	    "When the newest snapshot had been captured.", true },
	[METRICS_SNAPSHOT_COMPLETE] = { PREFIX "snapshot_complete",
	    "1: the newest snapshot has no hole.", false },
	[METRICS_GROUPS] = { PREFIX "groups", "Groups in the newest snapshot.",
	    false },
	[METRICS_POSITIONS] = { PREFIX "positions",
	    "Positions in the newest snapshot.", false },
	[METRICS_INTERVAL] = { PREFIX "interval_seconds",
	    "How far apart captures begin, as the rate allows.", true },
	[METRICS_FOLLOWS] = { PREFIX "follows_offsets_topic",
	    "1: captures read the offsets topic; 0: they poll.", false },
	[METRICS_DIFFERING] = { PREFIX "cross_check_differences",
	    "Positions that coordinators had otherwise at the last check.",
	    false },
	[METRICS_KEPT_BYTES] = { PREFIX "kept_bytes",
	    "Memory of windows that are open or not stored.", false },
	[METRICS_KEPT_CAPTURES] = { PREFIX "kept_captures",
	    "Captures that are not stored yet.", false },
	[METRICS_CAPTURES] = { PREFIX "captures_total", "Captures made.",
	    false },
	[METRICS_FAILED_CAPTURES] = { PREFIX "failed_captures_total",
	    "Captures that could not be made.", false },
	[METRICS_THINNED_CAPTURES] = { PREFIX "thinned_captures_total",
	    "Captures given up because memory was full.", false },
	[METRICS_LATE_CAPTURES] = { PREFIX "late_captures_total",
	    "Captures that began late or were left out.", false },
	[METRICS_WRITTEN_BYTES] = { PREFIX "written_bytes_total",
	    "Bytes of archives stored.", false },
	[METRICS_REPOSITORY_ERRORS] = { PREFIX "repository_errors_total",
	    "Times that the repository could not be read or written.", false },
};

static const char age_name[] = PREFIX "snapshot_age_seconds";
static const char holes_name[] = PREFIX "holes";
static const char restores_name[] = PREFIX "restores_total";
static const char lag_name[] = PREFIX "group_lag";
static const char expiry_name[] = PREFIX "group_first_loss_timestamp_seconds";

static const char *const restore_texts[METRICS_RESTORE_COUNT] = {
	[METRICS_RESTORE_DONE] = "done",
	[METRICS_RESTORE_PARTIAL] = "partial",
	[METRICS_RESTORE_REFUSED] = "refused",
	[METRICS_RESTORE_FAILED] = "failed",
};

/* ------------------------------------------------------------- writing */

/* The operator's labels, and room for one more. */
struct render {
	struct buf *out;
	struct promtext_label *labels;
	size_t label_count;
};

static void
add_head(const struct render *render, const char *name, bool is_counter,
    const char *help)
{
	promtext_add_family(render->out, name,
	    is_counter ? PROMTEXT_COUNTER : PROMTEXT_GAUGE, help);
}

static void
add_one(const struct render *render, const char *name, bool is_seconds,
    int64_t value)
{
	const struct promtext_series series = { name, render->labels,
		render->label_count };

	if (is_seconds)
		promtext_add_seconds(render->out, &series, value);
	else
		promtext_add_count(render->out, &series, value);
}

/* With a label of its own. */
static void
add_labelled(struct render *render, const char *name, bool is_seconds,
    const struct promtext_label *label, int64_t value)
{
	render->labels[render->label_count++] = *label;
	add_one(render, name, is_seconds, value);
	render->label_count--;
}

static void
add_values(const struct render *render, const struct metrics *metrics)
{
	for (size_t at = 0; at < METRICS_VALUE_COUNT; at++) {
		const struct family *family = &families[at];

		if (!metrics->known[at])
			continue;
		add_head(
		    render, family->name, at >= METRICS_COUNTERS, family->help);
		add_one(render, family->name, family->is_seconds,
		    metrics->values[at]);
	}
}

/* A clock that was set back makes no age below 0. */
static void
add_age(
    const struct render *render, const struct metrics *metrics, int64_t now_ms)
{
	const int64_t then_ms = metrics->values[METRICS_SNAPSHOT_TIME];

	if (!metrics->known[METRICS_SNAPSHOT_TIME])
		return;
	add_head(render, age_name, false,
	    "How old the newest snapshot was when this was written.");
	add_one(
	    render, age_name, true, now_ms > then_ms ? now_ms - then_ms : 0);
}

static void
add_holes(struct render *render, const struct metrics *metrics)
{
	if (!metrics->holes_known)
		return;
	add_head(render, holes_name, false,
	    "What the newest snapshot could not read, by reason.");
	for (size_t kind = 0; kind < HOLE_KIND_COUNT; kind++) {
		const struct promtext_label reason = { "reason",
			bytes_of(hole_kind_text((enum hole_kind)kind)), false };

		add_labelled(
		    render, holes_name, false, &reason, metrics->holes[kind]);
	}
}

static void
add_restores(struct render *render, const struct metrics *metrics)
{
	add_head(render, restores_name, true,
	    "Restores, applies and undos that were to change the cluster.");
	for (size_t at = 0; at < METRICS_RESTORE_COUNT; at++) {
		const struct promtext_label result = { "result",
			bytes_of(restore_texts[at]), false };

		add_labelled(render, restores_name, false, &result,
		    metrics->restores[at]);
	}
}

static int64_t
lag_of(const struct metrics_group *group)
{
	return group->lag;
}

static int64_t
expiry_of(const struct metrics_group *group)
{
	return group->expiry_ms;
}

static void
add_groups(struct render *render, const struct metrics *metrics,
    const struct family *family,
    int64_t (*value_of)(const struct metrics_group *group))
{
	bool has_head = false;

	for (size_t at = 0; at < metrics->group_count; at++) {
		const struct metrics_group *group = &metrics->groups[at];
		const struct promtext_label label = { "group", group->name,
			group->is_escaped };

		if (value_of(group) < 0)
			continue;
		if (!has_head)
			add_head(render, family->name, false, family->help);
		has_head = true;
		add_labelled(render, family->name, family->is_seconds, &label,
		    value_of(group));
	}
}

static const struct family lag_family = { lag_name,
	"Records between the group's positions and the log ends.", false };
static const struct family expiry_family = { expiry_name,
	"When a position of the group is lost first.", true };

void
metrics_render(const struct metrics *metrics,
    const struct promtext_label *labels, size_t label_count, int64_t now_ms,
    struct buf *out)
{
	struct render render = { out, xcalloc(label_count + 1, sizeof(*labels)),
		label_count };

	if (label_count > 0)
		memcpy(render.labels, labels, label_count * sizeof(*labels));
	add_values(&render, metrics);
	add_age(&render, metrics, now_ms);
	add_holes(&render, metrics);
	add_restores(&render, metrics);
	add_groups(&render, metrics, &lag_family, lag_of);
	add_groups(&render, metrics, &expiry_family, expiry_of);
	free(render.labels);
}

/* ------------------------------------------------------------- reading */

/* A group that has both, a lag and an expiry, is there twice, which comes to
 * the same when it is written. */
struct reading {
	struct metrics *metrics;
	struct arena arena;
	struct metrics_group *groups;
	size_t count, capacity;
};

static int
no_value(const struct promtext_sample *sample, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "%.*s has no value of its kind",
	    (int)sample->name.size, sample->name.data);
}

static int
take_value(const struct promtext_sample *sample, size_t at,
    struct metrics *metrics, struct err *err)
{
	int64_t value;

	if (!(families[at].is_seconds ? promtext_seconds_of(sample, &value)
				      : promtext_count_of(sample, &value)) ||
	    value < 0)
		return no_value(sample, err);
	metrics_set(metrics, (enum metrics_value)at, value);
	return 0;
}

/* A reason that this version does not know is passed over. */
static int
take_hole(const struct promtext_sample *sample, struct metrics *metrics,
    struct err *err)
{
	const struct bytes reason = promtext_label_of(sample, "reason");
	int64_t value;

	if (!promtext_count_of(sample, &value) || value < 0)
		return no_value(sample, err);
	for (size_t kind = 0; kind < HOLE_KIND_COUNT; kind++)
		if (bytes_equal_text(
			reason, hole_kind_text((enum hole_kind)kind)))
			metrics->holes[kind] = value;
	metrics->holes_known = true;
	return 0;
}

static int
take_restore(const struct promtext_sample *sample, struct metrics *metrics,
    struct err *err)
{
	const struct bytes result = promtext_label_of(sample, "result");
	int64_t value;

	if (!promtext_count_of(sample, &value) || value < 0)
		return no_value(sample, err);
	for (size_t at = 0; at < METRICS_RESTORE_COUNT; at++)
		if (bytes_equal_text(result, restore_texts[at]))
			metrics->restores[at] = value;
	return 0;
}

static struct metrics_group *
make_group(struct reading *reading, struct bytes name)
{
	struct metrics_group *group;

	reading->groups = xgrow(reading->groups, reading->count,
	    &reading->capacity, sizeof(*reading->groups));
	group = &reading->groups[reading->count++];
	*group = (struct metrics_group){
		.name = arena_bytes(&reading->arena, name),
		.is_escaped = true,
		.lag = -1,
		.expiry_ms = -1,
	};
	return group;
}

static int
take_group(const struct promtext_sample *sample, bool is_lag,
    struct reading *reading, struct err *err)
{
	const struct bytes name = promtext_label_of(sample, "group");
	struct metrics_group *group;
	int64_t value;

	if (!(is_lag ? promtext_count_of(sample, &value)
		     : promtext_seconds_of(sample, &value)) ||
	    value < 0 || name.data == NULL)
		return no_value(sample, err);
	group = make_group(reading, name);
	if (is_lag)
		group->lag = value;
	else
		group->expiry_ms = value;
	return 0;
}

static int
take_sample(
    const struct promtext_sample *sample, void *context, struct err *err)
{
	struct reading *reading = context;
	const struct bytes name = sample->name;

	if (!bytes_start_with(name, bytes_of(PREFIX)))
		return err_set(err, ERR_CORRUPT, "%.*s is not tidemark's",
		    (int)name.size, name.data);
	for (size_t at = 0; at < METRICS_VALUE_COUNT; at++)
		if (bytes_equal_text(name, families[at].name))
			return take_value(sample, at, reading->metrics, err);
	if (bytes_equal_text(name, holes_name))
		return take_hole(sample, reading->metrics, err);
	if (bytes_equal_text(name, restores_name))
		return take_restore(sample, reading->metrics, err);
	if (bytes_equal_text(name, lag_name) ||
	    bytes_equal_text(name, expiry_name))
		return take_group(
		    sample, bytes_equal_text(name, lag_name), reading, err);
	return 0;
}

int
metrics_read(struct bytes text, struct metrics *metrics, struct err *err)
{
	struct reading reading = { .metrics = metrics };
	int result = promtext_read(text, take_sample, &reading, err);

	if (result == 0)
		metrics_set_groups(metrics, reading.groups, reading.count);
	free(reading.groups);
	arena_release(&reading.arena);
	return result;
}
