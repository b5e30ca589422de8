#include "restore/rules.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/duration.h"
#include "common/timetext.h"
#include "formats/model.h"
#include "kafka/cluster.h"
#include "restore/brackets.h"
#include "restore/lookups.h"
#include "restore/placing.h"
#include "restore/plan.h"
#include "restore/policy.h"
#include "restore/target.h"

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

/* Its name when it was captured. */
static struct bytes
old_name(const struct plan_row *row)
{
	return row->renamed ? row->from : row->topic;
}

/* --- what is known ----------------------------------------------------- */

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

/* Where the group stands now says nothing of another one's capture. */
static bool
is_elsewhere(const struct rules_input *input, const struct plan_row *row)
{
	return row->renamed ||
	    (input->brackets->renamed &&
		!bytes_equal(input->group->name, input->group->from));
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
	else if (!is_elsewhere(input, row))
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
	TOPIC_COPY, /* another one, and that was asked for */
};

static enum identity
identify(const struct topic *then, const struct target_topic *now,
    const struct plan_row *row)
{
	const struct log_range *range;
	const struct target_partition *log;

	if (row->renamed)
		return TOPIC_COPY;
	if (then != NULL && then->has_id && now->has_id)
		return memcmp(then->id, now->id, UUID_SIZE) == 0
		    ? TOPIC_SAME
		    : TOPIC_ANOTHER;
	range =
	    then == NULL ? NULL : topic_find_partition(then, row->partition);
	log = target_find_partition(now, row->partition);
	if (range == NULL || log == NULL)
		return TOPIC_SAME_UNPROVEN;
	/* The leader epoch and the log start of a topic never go back. */
	if ((log->epoch >= 0 && range->epoch > log->epoch) ||
	    (log->start >= 0 && range->start > log->start))
		return TOPIC_ANOTHER;
	return TOPIC_SAME_UNPROVEN;
}

/* --- a position that was there ----------------------------------------- */

/* Contract 6: epoch and metadata go only with the number they were captured
 * with, on the topic they were captured on. */
static void
fill_planned(const struct rules_input *input, const struct sample *low,
    struct plan_row *row)
{
	const struct placing *placing = &input->placing;
	const struct topic *then = seen_topic(low->seen, old_name(row));
	const struct target_partition *log =
	    target_find_partition(placing->topic, row->partition);
	enum identity identity;

	row->planned.present = true;
	row->planned.offset = low->offset;
	row->planned.epoch = -1;
	identity = identify(then, placing->topic, row);
	if (identity != TOPIC_SAME) {
		if (low->metadata.size > 0 || low->epoch >= 0)
			row->text = arena_text(placing->arena,
			    identity == TOPIC_COPY
				? "leader epoch and metadata are left out"
				: "no topic ids to compare: leader epoch and "
				  "metadata are left out");
		return;
	}
	row->planned.metadata = low->metadata;
	if (log == NULL || log->epoch < 0 || low->epoch <= log->epoch)
		row->planned.epoch = low->epoch;
	else
		row->text = arena_format(placing->arena,
		    "the captured leader epoch %" PRId32
		    " is above the topic's %" PRId32 ": left out",
		    low->epoch, log->epoch);
}

/*
 * The group went back between the two captures.  Before the time: then it had
 * got to some number up to the later capture's, which is taken, for nothing
 * says that it had not read so far.  After it: it stood at least where the
 * earlier capture saw it, by its own commit.
 */
static struct placing_move
answer_moved_back(const struct rules_input *input, const struct sample *low,
    struct plan_row *row)
{
	const enum moved_back answer = input->placing.policy->moved_back;
	struct placing_move move = { 0 };

	if (!row->moved_back)
		return move;
	if (answer == MOVED_BACK_AFTER) {
		move.rule = RULE_FORWARD_COMMITTED;
		move.forward_allowed = true;
	} else if (answer == MOVED_BACK_BEFORE) {
		row->planned = (struct plan_value){ true, row->high.offset, -1,
			{ NULL, 0 } };
		if (row->high.is_now)
			row->planned = row->now;
	} else {
		move.doubtful = true;
		row->text = arena_format(input->placing.arena,
		    "it went back from %" PRId64 " to %" PRId64
		    " between the captures, before or after the time: say "
		    "which with --moved-back",
		    low->offset, row->high.offset);
	}
	return move;
}

static void
warn_wide(const struct rules_input *input, struct plan_row *row)
{
	char width[DURATION_TEXT_MAX];
	const int64_t width_ms = row->high.time_ms - row->low.time_ms;

	if (!row->high.known ||
	    width_ms <= input->placing.policy->max_bracket_ms)
		return;
	row->text = arena_format(input->placing.arena,
	    "%s%sthe captures are %s apart", row->text,
	    row->text[0] != '\0' ? "; " : "", duration_format(width_ms, width));
}

/* Another partition count is never mapped by number: records are elsewhere. */
static bool
refuse_count(const struct placing *placing, const struct seen *seen,
    const struct topic *then, struct plan_row *row)
{
	const bool is_told = then != NULL && !seen->is_rescue;

	if (is_told && then->count == placing->topic->count)
		return false;
	placing_decide(row, PLAN_REFUSE, RULE_OTHER_COUNT);
	if (!is_told)
		row->text = arena_text(placing->arena,
		    "the snapshot does not tell how many partitions the topic "
		    "had");
	else
		row->text = arena_format(placing->arena,
		    "the topic had %zu partitions, and this one has %zu",
		    then->count, placing->topic->count);
	return true;
}

static void
decide_present(const struct rules_input *input, const struct sample *low,
    const struct target_position *now, struct plan_row *row)
{
	const struct placing *placing = &input->placing;
	const struct topic *then = seen_topic(low->seen, old_name(row));
	const struct target_partition *log;
	struct placing_move move;

	fill_planned(input, low, row);
	if (placing_refuse_topic(placing, row) ||
	    (row->renamed && refuse_count(placing, low->seen, then, row)))
		return;
	if (identify(then, placing->topic, row) == TOPIC_ANOTHER) {
		row->text = arena_text(placing->arena,
		    "another topic of the same name: the number means "
		    "other records");
		if (!placing_refuse_now(placing, now, row))
			placing_gap(placing, GAP_TOPIC_RECREATED,
			    RULE_TOPIC_RECREATED, row);
		return;
	}
	if (low->offset < 0 &&
	    target_find_partition(placing->topic, row->partition) != NULL) {
		placing_decide(row, PLAN_REFUSE, RULE_NEGATIVE);
		row->text = arena_text(placing->arena,
		    "a negative offset was captured: never written");
		return;
	}
	log = placing_log(placing, row);
	if (log == NULL || placing_refuse_now(placing, now, row))
		return;
	move = answer_moved_back(input, low, row);
	warn_wide(input, row);
	if (!placing_outside(placing, log, low->time_ms, &move, row))
		placing_move(placing, log, &move, row);
}

/* --- a position that was not ------------------------------------------- */

/* Whether a partition was made later a rescue cannot tell; nor, where records
 * are compacted away, whether there was a position. */
static bool
leave_untold(const struct placing *placing, const struct seen *seen,
    const struct topic *then, struct plan_row *row)
{
	const bool was_there =
	    then != NULL && topic_find_partition(then, row->partition) != NULL;

	if (!seen->is_rescue || (!seen->hides && (then == NULL || was_there)))
		return false;
	placing_decide(row, PLAN_LEAVE, RULE_NO_POSITION_THEN);
	row->text = arena_text(placing->arena,
	    seen->hides ? "whether it had one then is not known: records of "
			  "then are compacted away"
			: "whether the partition was there then is not known");
	return true;
}

static void
decide_absent(const struct rules_input *input, const struct sample *low,
    const struct target_position *now, struct plan_row *row)
{
	const struct placing *placing = &input->placing;
	const struct topic *then = seen_topic(low->seen, old_name(row));
	const bool was_there =
	    then != NULL && topic_find_partition(then, row->partition) != NULL;

	if (leave_untold(placing, low->seen, then, row))
		return;
	if (was_there && identify(then, placing->topic, row) != TOPIC_ANOTHER) {
		placing_decide(row, PLAN_LEAVE, RULE_NO_POSITION_THEN);
		return;
	}
	/* Also a group that was not there itself: nothing to put back. */
	if (then == NULL && (now == NULL || !now->present)) {
		placing_decide(row, PLAN_LEAVE, RULE_NO_POSITION_THEN);
		return;
	}
	if (row->renamed && refuse_count(placing, low->seen, then, row))
		return;
	row->text = arena_text(placing->arena,
	    then == NULL    ? "the snapshot does not know the topic: it was "
			      "made, or first read, after it"
		: was_there ? "another topic of the same name"
			    : "the partition was made after the snapshot");
	if (!placing_refuse_topic(placing, row) &&
	    !placing_refuse_now(placing, now, row))
		placing_gap(placing, GAP_PARTITION_CREATED,
		    RULE_PARTITION_CREATED, row);
}

void
rules_decide(const struct rules_input *input, struct plan_row *row)
{
	const struct target_position *now = placing_begin(&input->placing, row);
	const struct sample low = input->bracket != NULL
	    ? input->bracket->low
	    : absent_sample(input, old_name(row));

	fill_bracket(input, &low, row);
	switch (low.state) {
	case SAMPLE_UNKNOWN:
		placing_decide(row, PLAN_REFUSE, RULE_NOT_CAPTURED);
		row->text = arena_text(input->placing.arena,
		    input->brackets->exact
			? "the snapshot has a hole there"
			: "no capture up to the time read it");
		return;
	case SAMPLE_PRESENT:
		decide_present(input, &low, now, row);
		return;
	case SAMPLE_ABSENT:
	default:
		decide_absent(input, &low, now, row);
		return;
	}
}
