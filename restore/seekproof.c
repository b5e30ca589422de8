#include "restore/seekproof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/timetext.h"
#include "common/xalloc.h"
#include "restore/plan.h"
#include "restore/reach.h"

/* A consumer has connections to make before it can read. */
#define PEEK_MS 15000

/* What the header says of contradictions, in a line. */
#define OUT_OF_ORDER                                                            \
	"the log has changed since it was looked up, or its records stand out " \
	"of time order"

static const char *const kind_texts[PROOF_KIND_COUNT] = {
	[PROOF_NONE] = "none",
	[PROOF_RECORD] = "record",
	[PROOF_GAP] = "gap",
	[PROOF_END] = "end",
	[PROOF_HELD] = "held",
	[PROOF_UNPROVED] = "not-proved",
};

const char *
proof_kind_text(enum proof_kind kind)
{
	return kind_texts[kind];
}

/* --- judging ----------------------------------------------------------- */

static bool
answers_log_time(const struct plan *plan)
{
	return strcmp(plan->question, "log-time") == 0;
}

static enum proof_kind
proof_kind_of(const struct plan_row *row, const struct proof_found *next)
{
	if (!next->answered || next->error != KAFKA_OK)
		return PROOF_UNPROVED;
	switch (next->kind) {
	case PEEK_RECORD:
		return next->offset == row->planned.offset ? PROOF_RECORD
							   : PROOF_GAP;
	case PEEK_HELD:
		return PROOF_HELD;
	case PEEK_END:
	default:
		return PROOF_END;
	}
}

static const char *
reason_of(const struct proof_found *next)
{
	if (!next->answered)
		return "it was not read";
	if (next->error == KAFKA_LOCAL_TIMED_OUT)
		return "no answer in time";
	return kafka_error_name(next->error);
}

/* The log end stands for a time that no record had reached: what has been
 * written since may be of any. */
static bool
is_too_old(const struct plan *plan, const struct plan_row *row,
    const struct proof_row *proof)
{
	return (proof->kind == PROOF_RECORD || proof->kind == PROOF_GAP) &&
	    row->rule != RULE_NO_RECORD && proof->timestamp >= 0 &&
	    proof->timestamp < plan->at_ms;
}

/* Only the record right before it: where that place is empty, or before the
 * log's start, nothing is known of an older one. */
static bool
is_too_new(const struct plan *plan, const struct plan_row *row,
    const struct proof_found *before)
{
	return before->answered && before->error == KAFKA_OK &&
	    before->kind == PEEK_RECORD &&
	    before->offset == row->planned.offset - 1 &&
	    before->timestamp >= plan->at_ms;
}

static const char *
warning_of(struct arena *arena, const struct plan *plan,
    const struct plan_row *row, const struct proof_found *before,
    const struct proof_row *proof)
{
	char time[TIME_RFC3339_MAX];
	char asked[TIME_RFC3339_MAX];

	(void)time_format(plan->at_ms, asked);
	if (is_too_old(plan, row, proof))
		return arena_format(arena,
		    "the record at %" PRId64
		    " is of %s, older than %s: " OUT_OF_ORDER,
		    proof->offset, time_format(proof->timestamp, time), asked);
	if (before != NULL && is_too_new(plan, row, before))
		return arena_format(arena,
		    "the record before it, at %" PRId64 ", is of %s, not older "
		    "than %s: " OUT_OF_ORDER,
		    before->offset, time_format(before->timestamp, time),
		    asked);
	return "";
}

void
seekproof_judge(struct arena *arena, const struct plan *plan,
    const struct plan_row *row, const struct proof_found *next,
    const struct proof_found *before, struct proof_row *out)
{
	*out = (struct proof_row){
		.kind = proof_kind_of(row, next),
		.offset = -1,
		.timestamp = -1,
		.reason = "",
		.warning = "",
	};
	if (out->kind == PROOF_UNPROVED) {
		out->reason = arena_text(arena, reason_of(next));
		return;
	}
	out->offset = next->offset;
	if (next->kind == PEEK_RECORD)
		out->timestamp = next->timestamp;
	if (answers_log_time(plan))
		out->warning = warning_of(arena, plan, row, before, out);
}

/* --- reading ----------------------------------------------------------- */

/* A position to be proved, with what was found at it and before it. */
struct subject {
	const struct plan_row *row;
	struct proof_row *proof;
	struct proof_found next, before;
};

struct proving {
	const struct reach *reach;
	const struct plan *plan;
	struct seekproof *out;
	struct subject *subjects;
	size_t count;
	struct peek_request *requests;
	struct proof_found **places; /* where each request's answer goes */
	size_t request_count;
	size_t answered;
};

/* What an undo took away has no next record. */
static bool
is_proved(const struct plan_row *row, const struct apply_row *ended)
{
	return ended->outcome == APPLY_DONE && row->planned.present;
}

static void
begin(struct proving *proving, const struct apply_result *result)
{
	struct seekproof *out = proving->out;
	const struct plan *plan = proving->plan;

	out->groups =
	    arena_alloc(&out->arena, plan->group_count, sizeof(*out->groups));
	out->group_count = plan->group_count;
	for (size_t at = 0; at < plan->group_count; at++) {
		struct proof_group *group = &out->groups[at];

		group->row_count = plan->groups[at].row_count;
		group->rows = arena_alloc(
		    &out->arena, group->row_count, sizeof(*group->rows));
		for (size_t row = 0; row < group->row_count; row++) {
			group->rows[row].reason = "";
			group->rows[row].warning = "";
			if (is_proved(&plan->groups[at].rows[row],
				&result->groups[at].rows[row]))
				out->restored++;
		}
	}
	out->too_many = out->restored > SEEKPROOF_MAX;
}

static void
gather_subjects(struct proving *proving, const struct apply_result *result)
{
	const struct plan *plan = proving->plan;

	proving->subjects =
	    xcalloc(proving->out->restored, sizeof(*proving->subjects));
	for (size_t at = 0; at < plan->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];

		for (size_t row = 0; row < group->row_count; row++) {
			struct subject *subject =
			    &proving->subjects[proving->count];

			if (!is_proved(&group->rows[row],
				&result->groups[at].rows[row]))
				continue;
			subject->row = &group->rows[row];
			subject->proof = &proving->out->groups[at].rows[row];
			proving->count++;
		}
	}
}

static void
ask(struct proving *proving, const struct plan_row *row, int64_t offset,
    struct proof_found *place)
{
	const size_t at = proving->request_count++;

	proving->requests[at] = (struct peek_request){
		.topic = row->topic,
		.partition = row->partition,
		.offset = offset,
	};
	proving->places[at] = place;
}

static void
gather_requests(struct proving *proving)
{
	const bool looks_back = answers_log_time(proving->plan);

	proving->requests =
	    xcalloc(proving->count * 2, sizeof(*proving->requests));
	proving->places =
	    xcalloc(proving->count * 2, sizeof(struct proof_found *));
	for (size_t at = 0; at < proving->count; at++) {
		struct subject *subject = &proving->subjects[at];
		const int64_t offset = subject->row->planned.offset;

		ask(proving, subject->row, offset, &subject->next);
		if (looks_back && offset > 0)
			ask(proving, subject->row, offset - 1,
			    &subject->before);
	}
}

static void
take(void *context, const struct peek_answer *answer)
{
	struct proving *proving = context;

	*proving->places[answer->request - proving->requests] =
	    (struct proof_found){
		    .answered = true,
		    .error = answer->error,
		    .kind = answer->kind,
		    .offset = answer->offset,
		    .timestamp = answer->timestamp,
	    };
	proving->answered++;
	reach_progress(proving->reach, "seek proof", proving->answered,
	    proving->request_count);
}

/* What kept it from being read, if anything did: what was found is kept. */
static int
read_all(struct proving *proving, struct err *trouble)
{
	const struct tries tries = reach_begin(proving->reach);
	struct call_limits limits = reach_limits(&tries);

	limits.timeout_ms = PEEK_MS;
	reach_progress(proving->reach, "seek proof", 0, proving->request_count);
	return cluster_peek(proving->reach->cluster, proving->requests,
	    proving->request_count, &limits, take, proving, trouble);
}

static void
judge_all(struct proving *proving, const char *trouble)
{
	struct seekproof *out = proving->out;

	for (size_t at = 0; at < proving->count; at++) {
		const struct subject *subject = &proving->subjects[at];
		struct proof_row *proof = subject->proof;

		seekproof_judge(&out->arena, proving->plan, subject->row,
		    &subject->next, &subject->before, proof);
		if (!subject->next.answered && trouble != NULL)
			proof->reason = arena_text(&out->arena, trouble);
		out->counts[proof->kind]++;
		if (proof->warning[0] != '\0')
			out->warnings++;
	}
}

void
seekproof_run(const struct reach *reach, const struct plan *plan,
    const struct apply_result *result, struct seekproof *out)
{
	struct proving proving = { .reach = reach, .plan = plan, .out = out };
	struct err trouble = { 0 };

	*out = (struct seekproof){ 0 };
	begin(&proving, result);
	if (out->too_many || out->restored == 0)
		return;
	gather_subjects(&proving, result);
	gather_requests(&proving);
	if (read_all(&proving, &trouble) == 0)
		judge_all(&proving, NULL);
	else
		judge_all(&proving, trouble.message);
	free(proving.places);
	free(proving.requests);
	free(proving.subjects);
}

void
seekproof_release(struct seekproof *proof)
{
	arena_release(&proof->arena);
	*proof = (struct seekproof){ 0 };
}
