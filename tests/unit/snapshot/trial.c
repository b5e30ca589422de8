#include "tests/unit/snapshot/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/xalloc.h"
#include "snapshot/topicscan.h"

int
trial_setup(void **state)
{
	struct trial *trial = xcalloc(1, sizeof(*trial));

	liar_init(&trial->liar);
	trial->options.timeout_ms = CAPTURE_TIMEOUT_MS;
	trial->options.window = CAPTURE_WINDOW;
	trial->options.writer = "tidemark test";
	trial->options.reason = "";
	*state = trial;
	return 0;
}

int
trial_teardown(void **state)
{
	struct trial *trial = *state;

	snapshot_release(&trial->snapshot);
	snapshot_release(&trial->previous);
	capture_report_release(&trial->report);
	snapshot_release(&trial->indexed);
	topicscan_free(trial->scan);
	cluster_free(&trial->liar.base);
	free(trial);
	return 0;
}

int
trial_run(struct trial *trial)
{
	struct capture_job job = {
		.cluster = &trial->liar.base,
		.options = &trial->options,
		.scan = trial->scan,
		.env = &trial->liar.env,
		.log = &trial->liar.log,
	};
	struct cluster_view view = { 0 };
	struct snapshot snapshot = { 0 };
	int rc;

	snapshot_release(&trial->previous);
	trial->previous = trial->snapshot;
	if (trial->previous.info.id[0] != '\0')
		job.previous = &trial->previous;
	if (trial->indexed.info.from_ms != 0)
		job.indexed = &trial->indexed;
	memset(&trial->err, 0, sizeof(trial->err));
	memset(&trial->snapshot, 0, sizeof(trial->snapshot));
	assert_int_equal(
	    cluster_describe(&trial->liar.base, 1000, &view, &trial->err), 0);
	job.view = &view;
	capture_report_release(&trial->report);
	rc = capture_run(&job, &snapshot, &trial->report, &trial->err);
	cluster_view_release(&view);
	trial->snapshot = snapshot;
	return rc;
}

void
trial_capture(struct trial *trial)
{
	if (trial_run(trial) != 0)
		fail_msg("%s", trial->err.message);
	if (model_check(&trial->snapshot, &trial->err) != 0)
		fail_msg("%s", trial->err.message);
	assert_int_equal(
	    trial->snapshot.info.complete, trial->snapshot.hole_count == 0);
}

const struct group *
trial_group(const struct trial *trial, const char *group)
{
	return model_find_group(&trial->snapshot, bytes_of(group));
}

int64_t
trial_offset(const struct trial *trial, const char *group)
{
	const struct group *found = trial_group(trial, group);
	const struct position *position = NULL;

	if (found != NULL)
		position = group_find_position(found, bytes_of("orders"), 0);
	if (position != NULL)
		return position->offset;
	fail_msg("%s has no position\n%s", group, trial->liar.said);
	return -1;
}

size_t
trial_holes(const struct trial *trial, enum hole_kind kind)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < trial->snapshot.hole_count; i++)
		count += trial->snapshot.holes[i].kind == kind;
	return count;
}

bool
trial_has_hole(
    const struct trial *trial, enum hole_kind kind, const char *group)
{
	size_t i;

	for (i = 0; i < trial->snapshot.hole_count; i++) {
		const struct hole *hole = &trial->snapshot.holes[i];

		if (hole->kind == kind && hole->has_group &&
		    bytes_equal_text(hole->group, group))
			return true;
	}
	return false;
}

bool
trial_has_gone(const struct trial *trial, const char *group, const char *topic,
    int32_t partition)
{
	size_t i;

	for (i = 0; i < trial->snapshot.gone_count; i++) {
		const struct gone *gone = &trial->snapshot.gone[i];

		if (!bytes_equal_text(gone->group, group))
			continue;
		if (topic == NULL && !gone->has_topic)
			return true;
		if (topic != NULL && gone->has_topic &&
		    gone->partition == partition &&
		    bytes_equal_text(gone->topic, topic))
			return true;
	}
	return false;
}

void
trial_is_complete(const struct trial *trial)
{
	if (trial->snapshot.hole_count > 0)
		fail_msg("%zu holes, the first (%s): %s\n%s",
		    trial->snapshot.hole_count,
		    hole_kind_text(trial->snapshot.holes[0].kind),
		    trial->snapshot.holes[0].text, trial->liar.said);
	assert_true(trial->snapshot.info.complete);
}
