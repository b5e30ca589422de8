#include "restore/direct.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/timetext.h"
#include "kafka/cluster.h"
#include "restore/lookups.h"
#include "restore/policy.h"
#include "restore/target.h"

const struct direct_row *
direct_rows_of(const struct direct *direct, struct bytes group, size_t *count)
{
	size_t low = 0, high = direct->row_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (bytes_compare(direct->rows[middle].group, group) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < direct->row_count &&
	    bytes_equal(direct->rows[low + *count].group, group))
		(*count)++;
	return direct->rows + low;
}

/* A number with no capture behind it has no metadata; its epoch is what
 * ListOffsets gave for it, or none (contract 6). */
static void
set_planned(struct plan_row *row, int64_t offset, int32_t epoch)
{
	row->planned = (struct plan_value){ true, offset, epoch, { NULL, 0 } };
}

static void
place_number(const struct placing *placing, const struct target_partition *log,
    bool forward_allowed, struct plan_row *row)
{
	const struct placing_move move = { .forward_allowed = forward_allowed };

	if (row->planned.offset < 0 && row->planned.offset >= log->start) {
		placing_decide(row, PLAN_REFUSE, RULE_NOT_A_NUMBER);
		return;
	}
	if (!placing_outside(placing, log, -1, &move, row))
		placing_move(placing, log, &move, row);
}

static void
shift(const struct direct *direct, const struct placing *placing,
    const struct target_partition *log, struct plan_row *row)
{
	const int64_t by = direct->number;

	if (!placing_stands(&row->now)) {
		placing_decide(row, PLAN_REFUSE, RULE_NO_POSITION_HERE);
		row->text = "there is no position to shift";
		return;
	}
	if (by > 0 && row->now.offset > INT64_MAX - by) {
		placing_decide(row, PLAN_REFUSE, RULE_NOT_A_NUMBER);
		row->text = "beyond what an offset can be";
		return;
	}
	set_planned(row, row->now.offset + by, -1);
	place_number(placing, log, by > 0, row);
}

/* Kafka's own tool takes the log end where there is no position, which passes
 * over records that nobody has read. */
static void
keep(const struct placing *placing, const struct target_partition *log,
    struct plan_row *row)
{
	if (!placing_stands(&row->now)) {
		placing_decide(row, PLAN_LEAVE, RULE_NO_POSITION_HERE);
		return;
	}
	row->planned = row->now;
	place_number(placing, log, false, row);
}

/* --- by time ----------------------------------------------------------- */

/*
 * A broker searches only one segment, so after DeleteRecords it may find
 * nothing although records of that time are there (kafka.md 3).  The record
 * with the largest timestamp shows it; one that was appended after the log end
 * was read does not count.
 */
static bool
is_hole(const struct direct *direct, const struct target_partition *log,
    const struct lookup *newest)
{
	return newest != NULL && newest->answered &&
	    newest->timestamp >= direct->time_ms &&
	    newest->offset >= log->start && newest->offset < log->end;
}

static void
place_hole(const struct placing *placing, const struct target_partition *log,
    struct plan_row *row)
{
	const struct placing_move move = { .rule = RULE_TIME_HOLE };

	row->text = "the broker finds no record of that time, but has later "
		    "ones: records were deleted";
	if (placing->policy->on[GAP_BELOW_LOG_START] == CHOICE_REFUSE) {
		placing_decide(row, PLAN_REFUSE, RULE_TIME_HOLE);
		placing_credit(placing, GAP_BELOW_LOG_START, row);
		return;
	}
	row->text = "the broker finds no record of that time, but has later "
		    "ones (records were deleted): to the log start";
	placing_credit(placing, GAP_BELOW_LOG_START, row);
	set_planned(row, log->start, -1);
	placing_move(placing, log, &move, row);
}

static void
place_found(const struct placing *placing, const struct target_partition *log,
    const struct lookup *found, struct plan_row *row)
{
	const struct placing_move move = { 0 };
	char time[TIME_RFC3339_MAX];

	if (found->timestamp >= 0 && found->timestamp <= TIME_LAST_MS)
		row->text =
		    arena_format(placing->arena, "the first record is of %s",
			time_format(found->timestamp, time));
	set_planned(row, found->offset, found->epoch);
	if (!placing_outside(placing, log, -1, &move, row))
		placing_move(placing, log, &move, row);
}

static void
by_time(const struct direct *direct, const struct placing *placing,
    const struct target_partition *log, struct plan_row *row)
{
	const struct placing_move none = { .rule = RULE_NO_RECORD };
	const struct lookup *found = lookups_find(
	    placing->lookups, row->topic, row->partition, direct->time_ms);

	lookups_add(
	    placing->lookups, row->topic, row->partition, direct->time_ms);
	lookups_add(placing->lookups, row->topic, row->partition, LOG_GREATEST);
	if (found == NULL || !found->answered) {
		placing_decide(row, PLAN_REFUSE, RULE_LOG_UNKNOWN);
		row->text = arena_format(placing->arena, "by time: %s",
		    kafka_error_name(
			found == NULL ? KAFKA_LOCAL_TIMED_OUT : found->error));
		return;
	}
	/* What was appended since the log end was read does not count. */
	if (found->offset >= 0 && found->offset < log->end) {
		place_found(placing, log, found, row);
		return;
	}
	if (found->offset < 0 &&
	    is_hole(direct, log,
		lookups_find(placing->lookups, row->topic, row->partition,
		    LOG_GREATEST))) {
		place_hole(placing, log, row);
		return;
	}
	set_planned(row, log->end, log->epoch);
	placing_move(placing, log, &none, row);
}

void
direct_decide(const struct direct *direct, const struct placing *placing,
    int64_t wanted, struct plan_row *row)
{
	const struct target_position *now = placing_begin(placing, row);
	const struct placing_move allowed = { .forward_allowed = true };
	const struct target_partition *log;

	if (placing_refuse_topic(placing, row))
		return;
	log = placing_log(placing, row);
	if (log == NULL || placing_refuse_now(placing, now, row))
		return;
	switch (direct->strategy) {
	case STRATEGY_EARLIEST:
		set_planned(row, log->start, -1);
		placing_move(placing, log, &allowed, row);
		return;
	case STRATEGY_LATEST:
		set_planned(row, log->end, log->epoch);
		placing_move(placing, log, &allowed, row);
		return;
	case STRATEGY_SHIFT:
		shift(direct, placing, log, row);
		return;
	case STRATEGY_CURRENT:
		keep(placing, log, row);
		return;
	case STRATEGY_LOG_TIME:
		by_time(direct, placing, log, row);
		return;
	case STRATEGY_OFFSET:
	case STRATEGY_FILE:
	case STRATEGY_COMMITTED:
	default:
		set_planned(row, wanted, -1);
		place_number(placing, log, false, row);
		return;
	}
}
