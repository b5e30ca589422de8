#include "restore/placing.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "kafka/cluster.h"
#include "restore/lookups.h"
#include "restore/policy.h"
#include "restore/target.h"

void
placing_decide(
    struct plan_row *row, enum plan_action action, enum plan_rule rule)
{
	row->action = action;
	row->rule = rule;
}

void
placing_credit(const struct placing *placing, int gap, struct plan_row *row)
{
	const char *by = placing->policy->by[gap];

	if (by != NULL)
		row->text = arena_format(placing->arena, "%s%sby %s", row->text,
		    row->text[0] != '\0' ? "; " : "", by);
}

void
placing_leave_out(const struct placing *placing, int gap, enum plan_rule rule,
    struct plan_row *row)
{
	placing_decide(row,
	    placing->policy->on[gap] == CHOICE_SKIP ? PLAN_SKIP : PLAN_REFUSE,
	    rule);
	placing_credit(placing, gap, row);
}

bool
placing_stands(const struct plan_value *value)
{
	return value->present && value->offset >= 0;
}

const struct target_position *
placing_begin(const struct placing *placing, struct plan_row *row)
{
	const struct target_position *now =
	    target_find_position(placing->target, row->topic, row->partition);

	row->text = "";
	if (placing->topic->has_id) {
		row->has_topic_id = true;
		memcpy(row->topic_id, placing->topic->id, UUID_SIZE);
	}
	row->low.offset = row->high.offset = -1;
	row->now.epoch = row->planned.epoch = -1;
	if (now == NULL || !now->present || now->error != KAFKA_OK)
		return now;
	row->now.present = true;
	row->now.offset = now->offset;
	row->now.epoch = now->epoch;
	row->now.metadata = now->metadata;
	return now;
}

bool
placing_refuse_topic(const struct placing *placing, struct plan_row *row)
{
	const struct target_topic *topic = placing->topic;

	if (topic->error == KAFKA_OK)
		return false;
	row->text = arena_format(placing->arena, "topic: %s%s",
	    kafka_error_name(topic->error),
	    kafka_right_needed(topic->error, KAFKA_TO_LOOK));
	if (kafka_error_is_denied(topic->error))
		placing_decide(row, PLAN_REFUSE, RULE_TOPIC_DENIED);
	else if (topic->error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
		placing_leave_out(
		    placing, GAP_TOPIC_MISSING, RULE_TOPIC_MISSING, row);
	else
		placing_decide(row, PLAN_REFUSE, RULE_LOG_UNKNOWN);
	return true;
}

const struct target_partition *
placing_log(const struct placing *placing, struct plan_row *row)
{
	const struct target_partition *log =
	    target_find_partition(placing->topic, row->partition);

	if (log == NULL) {
		placing_leave_out(placing, GAP_PARTITION_MISSING,
		    RULE_PARTITION_MISSING, row);
		return NULL;
	}
	if (log->start >= 0 && log->end >= 0)
		return log;
	placing_decide(row, PLAN_REFUSE, RULE_LOG_UNKNOWN);
	row->text = arena_format(
	    placing->arena, "log range: %s", kafka_error_name(log->error));
	return NULL;
}

bool
placing_refuse_now(const struct placing *placing,
    const struct target_position *now, struct plan_row *row)
{
	const int error = placing->target->positions_error != KAFKA_OK
	    ? placing->target->positions_error
	    : now != NULL ? now->error
			  : KAFKA_OK;

	if (error == KAFKA_OK)
		return false;
	placing_decide(row, PLAN_REFUSE,
	    error == KAFKA_UNSTABLE_OFFSET_COMMIT ? RULE_OPEN_TRANSACTION
						  : RULE_NOW_UNKNOWN);
	row->text = arena_format(placing->arena,
	    "where the group stands now: %s%s", kafka_error_name(error),
	    kafka_right_needed(error, KAFKA_TO_LOOK));
	return true;
}

/* --- where the number cannot be put ------------------------------------ */

static void
set_planned(struct plan_row *row, int64_t offset, int32_t epoch)
{
	row->planned = (struct plan_value){ true, offset, epoch, { NULL, 0 } };
}

/* The first record of about that time: an estimate, asked of the target. */
static void
put_by_time(const struct placing *placing, const struct target_partition *log,
    int64_t time_ms, struct plan_row *row)
{
	const struct placing_move move = { .rule = RULE_ABOVE_LOG_END };
	const int64_t from_ms = time_ms < POLICY_TIME_MARGIN_MS
	    ? 0
	    : time_ms - POLICY_TIME_MARGIN_MS;
	const struct lookup *found =
	    lookups_find(placing->lookups, row->topic, row->partition, from_ms);

	lookups_add(placing->lookups, row->topic, row->partition, from_ms);
	if (found == NULL || !found->answered) {
		placing_decide(row, PLAN_REFUSE, RULE_LOG_UNKNOWN);
		row->text = arena_format(placing->arena, "by time: %s",
		    kafka_error_name(
			found == NULL ? KAFKA_LOCAL_TIMED_OUT : found->error));
		return;
	}
	row->text = arena_format(placing->arena, "%s; estimate: %s", row->text,
	    found->offset < 0
		? "nothing was written since about then, so the log end"
		: "the first record of about the capture's time");
	placing_credit(placing, GAP_ABOVE_LOG_END, row);
	set_planned(row, found->offset < 0 ? log->end : found->offset,
	    found->offset < 0 ? log->epoch : found->epoch);
	placing_move(placing, log, &move, row);
}

void
placing_gap(const struct placing *placing, int gap, enum plan_rule rule,
    struct plan_row *row)
{
	const enum gap_choice choice = placing->policy->on[gap];
	const struct placing_move move = { .rule = rule,
		.forward_allowed = true };
	const struct target_partition *log;

	if (choice != CHOICE_EARLIEST && choice != CHOICE_LATEST) {
		placing_leave_out(placing, gap, rule, row);
		return;
	}
	log = placing_log(placing, row);
	if (log == NULL)
		return;
	/* Contract 6: that is the epoch of the log's end, not of its start. */
	if (choice == CHOICE_EARLIEST)
		set_planned(row, log->start, -1);
	else
		set_planned(row, log->end, log->epoch);
	row->text = arena_format(placing->arena, "%s%s%s", row->text,
	    row->text[0] != '\0' ? "; " : "",
	    choice == CHOICE_EARLIEST ? "to the log start" : "to the log end");
	placing_credit(placing, gap, row);
	placing_move(placing, log, &move, row);
}

bool
placing_outside(const struct placing *placing,
    const struct target_partition *log, int64_t time_ms,
    const struct placing_move *asked, struct plan_row *row)
{
	const int64_t offset = row->planned.offset;

	if (offset < log->start) {
		row->text = arena_format(placing->arena,
		    "the log begins at %" PRId64 ": %" PRId64
		    " records are gone",
		    log->start, log->start - (offset > 0 ? offset : 0));
		placing_gap(
		    placing, GAP_BELOW_LOG_START, RULE_BELOW_LOG_START, row);
		return true;
	}
	if (offset <= log->end)
		return false;
	row->text =
	    arena_format(placing->arena, "the log ends at %" PRId64 "%s",
		log->end, time_ms >= 0 ? ": it was cut back" : "");
	if (placing->policy->on[GAP_ABOVE_LOG_END] != CHOICE_TIME) {
		placing_gap(
		    placing, GAP_ABOVE_LOG_END, RULE_ABOVE_LOG_END, row);
	} else if (time_ms < 0) {
		const struct placing_move move = { .rule = RULE_ABOVE_LOG_END,
			.forward_allowed = asked->forward_allowed,
			.doubtful = !asked->forward_allowed &&
			    !placing_stands(&row->now) };

		set_planned(row, log->end, log->epoch);
		placing_credit(placing, GAP_ABOVE_LOG_END, row);
		placing_move(placing, log, &move, row);
	} else {
		put_by_time(placing, log, time_ms, row);
	}
	return true;
}

/* --- in which direction ------------------------------------------------ */

static void
move_forward(const struct placing *placing, const struct placing_move *move,
    struct plan_row *row)
{
	const bool asked = row->skip == 0 || move->forward_allowed;

	if (asked || placing->policy->on[GAP_FORWARD] == CHOICE_ALLOW) {
		placing_decide(row, PLAN_COMMIT,
		    move->rule != RULE_NONE ? move->rule
					    : RULE_FORWARD_ALLOWED);
		if (!asked)
			placing_credit(placing, GAP_FORWARD, row);
		return;
	}
	placing_decide(row, PLAN_REFUSE, RULE_FORWARD);
	row->text = arena_format(placing->arena,
	    "%s%swould pass over %" PRId64 " records (--allow-skip)", row->text,
	    row->text[0] != '\0' ? "; " : "", row->skip);
	placing_credit(placing, GAP_FORWARD, row);
}

static bool
refuse_doubt(const struct placing *placing, const struct placing_move *move,
    struct plan_row *row)
{
	if (!move->doubtful || placing->policy->on[GAP_FORWARD] == CHOICE_ALLOW)
		return false;
	placing_decide(row, PLAN_REFUSE, RULE_FORWARD);
	row->text = arena_format(placing->arena,
	    "%s%sit may not have read "
	    "so far (--allow-skip)",
	    row->text, row->text[0] != '\0' ? "; " : "");
	placing_credit(placing, GAP_FORWARD, row);
	return true;
}

static void
move_backward(const struct placing *placing, const struct placing_move *move,
    struct plan_row *row)
{
	if (placing->policy->on[GAP_BACKWARD] == CHOICE_ALLOW) {
		placing_decide(row, PLAN_COMMIT,
		    move->rule != RULE_NONE ? move->rule : RULE_BACKWARD);
		return;
	}
	placing_decide(row, PLAN_REFUSE, RULE_BACKWARD);
	row->text = arena_format(placing->arena,
	    "%s%swould read %" PRId64 " records again (--allow-rewind)",
	    row->text, row->text[0] != '\0' ? "; " : "", row->reread);
	placing_credit(placing, GAP_BACKWARD, row);
}

static void
stay(const struct placing *placing, const struct placing_move *move,
    struct plan_row *row)
{
	/* Only a captured number brings metadata of its own. */
	if (move->rule != RULE_NONE || !row->low.known)
		row->planned = row->now;
	if (bytes_equal(row->now.metadata, row->planned.metadata)) {
		placing_decide(row, PLAN_SAME,
		    move->rule != RULE_NONE ? move->rule : RULE_SAME);
		return;
	}
	placing_decide(row, PLAN_COMMIT, RULE_METADATA);
	row->text = arena_text(
	    placing->arena, "the offset stands, its metadata is another");
}

void
placing_move(const struct placing *placing, const struct target_partition *log,
    const struct placing_move *move, struct plan_row *row)
{
	const int64_t planned = row->planned.offset;
	const int64_t now = row->now.offset;

	if (!placing_stands(&row->now)) {
		if (refuse_doubt(placing, move, row))
			return;
		placing_decide(row, PLAN_COMMIT,
		    move->rule != RULE_NONE ? move->rule
					    : RULE_NO_POSITION_NOW);
		if (row->now.present)
			row->text = arena_text(placing->arena,
			    "a negative offset stands there, which clients "
			    "take for none");
	} else if (now < planned) {
		/* Below the log start there is nothing to pass over. */
		row->skip = planned - (now > log->start ? now : log->start);
		if (row->skip < 0)
			row->skip = 0;
		move_forward(placing, move, row);
	} else if (now > planned) {
		row->reread = now - planned;
		if (!refuse_doubt(placing, move, row))
			move_backward(placing, move, row);
	} else {
		stay(placing, move, row);
	}
}
