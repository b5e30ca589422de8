#include "restore/rules.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "formats/model.h"
#include "kafka/cluster.h"
#include "restore/brackets.h"
#include "restore/plan.h"
#include "restore/target.h"

static void
decide(struct plan_row *row, enum plan_action action, enum plan_rule rule)
{
	row->action = action;
	row->rule = rule;
}

static const struct topic *
seen_topic(const struct seen *seen, struct bytes name)
{
	size_t low = 0, high = seen->topic_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order =
		    bytes_compare(seen->topics[middle].name, name);

		if (order == 0)
			return &seen->topics[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* --- what is known ----------------------------------------------------- */

/* A client takes a negative committed offset for none at all. */
static bool
stands_somewhere(const struct plan_value *value)
{
	return value->present && value->offset >= 0;
}

static const struct target_position *
fill_now(const struct rules_input *input, struct plan_row *row)
{
	const struct target_position *now =
	    target_find_position(input->target, row->topic, row->partition);

	row->now.epoch = row->planned.epoch = -1;
	if (now == NULL || !now->present || now->error != KAFKA_OK)
		return now;
	row->now.present = true;
	row->now.offset = now->offset;
	row->now.epoch = now->epoch;
	row->now.metadata = now->metadata;
	return now;
}

static struct plan_end
end_of(const struct sample *sample)
{
	struct plan_end end = { 0 };

	end.offset = -1;
	if (sample->state == SAMPLE_UNKNOWN)
		return end;
	end.known = true;
	end.present = sample->state == SAMPLE_PRESENT;
	if (end.present)
		end.offset = sample->offset;
	end.time_ms = sample->time_ms;
	memcpy(end.snapshot_id, sample->seen->id, sizeof(end.snapshot_id));
	return end;
}

static struct plan_end
end_now(const struct rules_input *input, const struct plan_row *row)
{
	struct plan_end end = { 0 };

	end.known = true;
	end.is_now = true;
	end.present = row->now.present;
	end.offset = row->now.present ? row->now.offset : -1;
	end.time_ms = input->now_ms;
	return end;
}

/* The lower end of a position that no capture held: the newest one that read
 * the group and took the topic. */
static struct sample
absent_sample(const struct rules_input *input, struct bytes topic)
{
	const struct cover *newest =
	    brackets_newest_taking(input->group, topic);
	struct sample sample = { 0 };

	if (newest == NULL)
		return sample;
	sample.state = SAMPLE_ABSENT;
	sample.seen = newest->seen;
	sample.time_ms = newest->time_ms;
	return sample;
}

static void
fill_bracket(const struct rules_input *input, const struct sample *low,
    struct plan_row *row)
{
	const struct bracket *bracket = input->bracket;

	row->low = end_of(low);
	row->high.offset = -1;
	if (input->brackets->exact || low->state == SAMPLE_UNKNOWN)
		return;
	if (bracket != NULL && bracket->high.state != SAMPLE_UNKNOWN)
		row->high = end_of(&bracket->high);
	else
		row->high = end_now(input, row);
	row->moved_back = row->low.present && row->high.present &&
	    row->high.offset >= 0 && row->high.offset < row->low.offset;
}

/* --- the topic --------------------------------------------------------- */

/*
 * Whether the topic on the target is the one of the capture.  By ids where
 * both have one; else by log range and leader epoch, which can only show that
 * it is another one.
 */
enum identity {
	TOPIC_SAME,
	TOPIC_SAME_UNPROVEN, /* nothing speaks against it, and no ids */
	TOPIC_ANOTHER,
};

static enum identity
identify(
    const struct topic *then, const struct target_topic *now, int32_t partition)
{
	const struct log_range *range;
	const struct target_partition *log;

	if (then != NULL && then->has_id && now->has_id)
		return memcmp(then->id, now->id, UUID_SIZE) == 0
		    ? TOPIC_SAME
		    : TOPIC_ANOTHER;
	range = then == NULL ? NULL : topic_find_partition(then, partition);
	log = target_find_partition(now, partition);
	if (range == NULL || log == NULL)
		return TOPIC_SAME_UNPROVEN;
	/* The leader epoch and the log start of a topic never go back. */
	if ((log->epoch >= 0 && range->epoch > log->epoch) ||
	    (log->start >= 0 && range->start > log->start))
		return TOPIC_ANOTHER;
	return TOPIC_SAME_UNPROVEN;
}

static bool
refuse_topic(
    const struct rules_input *input, struct arena *arena, struct plan_row *row)
{
	const struct target_topic *topic = input->topic;

	if (topic->error == KAFKA_OK)
		return false;
	if (kafka_error_is_denied(topic->error))
		decide(row, PLAN_REFUSE, RULE_TOPIC_DENIED);
	else if (topic->error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
		decide(row, PLAN_REFUSE, RULE_TOPIC_MISSING);
	else
		decide(row, PLAN_REFUSE, RULE_LOG_UNKNOWN);
	row->text =
	    arena_format(arena, "topic: %s", kafka_error_name(topic->error));
	return true;
}

/* --- a position that was there ----------------------------------------- */

/* Contract 6: epoch and metadata go only with the number they were captured
 * with, on the topic they were captured on. */
static void
fill_planned(const struct rules_input *input, const struct sample *low,
    struct arena *arena, struct plan_row *row)
{
	const struct topic *then = seen_topic(low->seen, row->topic);
	const struct target_partition *log =
	    target_find_partition(input->topic, row->partition);

	row->planned.present = true;
	row->planned.offset = low->offset;
	row->planned.epoch = -1;
	if (identify(then, input->topic, row->partition) != TOPIC_SAME) {
		if (low->metadata.size > 0 || low->epoch >= 0)
			row->text = arena_text(arena,
			    "no topic ids to compare: leader epoch and "
			    "metadata are left out");
		return;
	}
	row->planned.metadata = low->metadata;
	if (log == NULL || log->epoch < 0 || low->epoch <= log->epoch)
		row->planned.epoch = low->epoch;
	else
		row->text = arena_format(arena,
		    "the captured leader epoch %" PRId32
		    " is above the topic's %" PRId32 ": left out",
		    low->epoch, log->epoch);
}

/* Contract 4: no offset outside the log without a decision. */
static bool
refuse_range(const struct target_partition *log, struct arena *arena,
    struct plan_row *row)
{
	const int64_t offset = row->planned.offset;

	if (log->start < 0 || log->end < 0) {
		decide(row, PLAN_REFUSE, RULE_LOG_UNKNOWN);
		row->text = arena_format(
		    arena, "log range: %s", kafka_error_name(log->error));
		return true;
	}
	if (offset < log->start) {
		decide(row, PLAN_REFUSE, RULE_BELOW_LOG_START);
		row->text = arena_format(arena,
		    "the log begins at %" PRId64 ": %" PRId64
		    " records are gone",
		    log->start, log->start - offset);
		return true;
	}
	if (offset > log->end) {
		decide(row, PLAN_REFUSE, RULE_ABOVE_LOG_END);
		row->text = arena_format(arena,
		    "the log ends at %" PRId64 ": it was cut back", log->end);
		return true;
	}
	return false;
}

static bool
refuse_now(const struct rules_input *input, const struct target_position *now,
    struct arena *arena, struct plan_row *row)
{
	const int error = input->target->positions_error != KAFKA_OK
	    ? input->target->positions_error
	    : now != NULL ? now->error
			  : KAFKA_OK;

	if (error == KAFKA_OK)
		return false;
	decide(row, PLAN_REFUSE,
	    error == KAFKA_UNSTABLE_OFFSET_COMMIT ? RULE_OPEN_TRANSACTION
						  : RULE_NOW_UNKNOWN);
	row->text = arena_format(
	    arena, "where the group stands now: %s", kafka_error_name(error));
	return true;
}

/* Between where the group stands and where it is to stand. */
static void
decide_move(struct arena *arena, struct plan_row *row)
{
	const int64_t planned = row->planned.offset;

	if (stands_somewhere(&row->now)) {
		if (row->now.offset > planned)
			row->reread = row->now.offset - planned;
		else
			row->skip = planned - row->now.offset;
	}
	if (row->moved_back) {
		decide(row, PLAN_REFUSE, RULE_FORWARD);
		row->text = arena_format(arena,
		    "moved back: the next capture has %" PRId64
		    "; whether before or after the time is not known",
		    row->high.offset);
	} else if (!stands_somewhere(&row->now)) {
		decide(row, PLAN_COMMIT, RULE_NO_POSITION_NOW);
		if (row->now.present)
			row->text = arena_text(arena,
			    "a negative offset stands there, which clients "
			    "take for none");
	} else if (row->now.offset < planned) {
		decide(row, PLAN_REFUSE, RULE_FORWARD);
		row->text = arena_format(
		    arena, "would pass over %" PRId64 " records", row->skip);
	} else if (row->now.offset > planned) {
		decide(row, PLAN_COMMIT, RULE_BACKWARD);
	} else if (bytes_equal(row->now.metadata, row->planned.metadata)) {
		decide(row, PLAN_SAME, RULE_SAME);
	} else {
		decide(row, PLAN_COMMIT, RULE_METADATA);
		row->text = arena_text(
		    arena, "the offset stands, its metadata is another");
	}
}

static void
decide_present(const struct rules_input *input, const struct sample *low,
    const struct target_position *now, struct arena *arena,
    struct plan_row *row)
{
	const struct target_partition *log;
	const struct topic *then = seen_topic(low->seen, row->topic);

	fill_planned(input, low, arena, row);
	if (refuse_topic(input, arena, row))
		return;
	if (identify(then, input->topic, row->partition) == TOPIC_ANOTHER) {
		decide(row, PLAN_REFUSE, RULE_TOPIC_RECREATED);
		row->text = arena_text(arena,
		    "another topic of the same name: the number means "
		    "other records");
		return;
	}
	log = target_find_partition(input->topic, row->partition);
	if (log == NULL) {
		decide(row, PLAN_REFUSE, RULE_PARTITION_MISSING);
		return;
	}
	if (low->offset < 0) {
		decide(row, PLAN_REFUSE, RULE_NEGATIVE);
		row->text = arena_text(
		    arena, "a negative offset was captured: never written");
		return;
	}
	if (refuse_range(log, arena, row) || refuse_now(input, now, arena, row))
		return;
	decide_move(arena, row);
}

/* --- a position that was not ------------------------------------------- */

static void
decide_absent(const struct rules_input *input, const struct sample *low,
    const struct target_position *now, struct arena *arena,
    struct plan_row *row)
{
	const struct topic *then = seen_topic(low->seen, row->topic);

	if (then != NULL &&
	    topic_find_partition(then, row->partition) != NULL &&
	    identify(then, input->topic, row->partition) != TOPIC_ANOTHER) {
		decide(row, PLAN_LEAVE, RULE_NO_POSITION_THEN);
		return;
	}
	/* Also a group that was not there itself: nothing to put back. */
	if (then == NULL && (now == NULL || !now->present)) {
		decide(row, PLAN_LEAVE, RULE_NO_POSITION_THEN);
		return;
	}
	decide(row, PLAN_REFUSE, RULE_PARTITION_CREATED);
	row->text = arena_text(arena,
	    then == NULL
		? "the snapshot does not know the topic: it was made, or "
		  "first read, after it"
		: "the partition was made after the snapshot");
}

void
rules_decide(
    const struct rules_input *input, struct arena *arena, struct plan_row *row)
{
	const struct target_position *now = fill_now(input, row);
	const struct sample low = input->bracket != NULL
	    ? input->bracket->low
	    : absent_sample(input, row->topic);

	row->text = "";
	if (input->topic->has_id) {
		row->has_topic_id = true;
		memcpy(row->topic_id, input->topic->id, UUID_SIZE);
	}
	fill_bracket(input, &low, row);
	switch (low.state) {
	case SAMPLE_UNKNOWN:
		decide(row, PLAN_REFUSE, RULE_NOT_CAPTURED);
		row->text = arena_text(arena,
		    input->brackets->exact
			? "the snapshot has a hole there"
			: "no capture up to the time read it");
		return;
	case SAMPLE_PRESENT:
		decide_present(input, &low, now, arena, row);
		return;
	case SAMPLE_ABSENT:
	default:
		decide_absent(input, &low, now, arena, row);
		return;
	}
}
