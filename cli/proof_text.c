/* The seek proof, printed. */
#include "cli/proof_text.h"

#include <inttypes.h>

#include "cli/output.h"
#include "cli/table.h"
#include "common/buf.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/plan.h"
#include "restore/seekproof.h"

/* Up to so many positions are shown one by one. */
#define SHOWN_MAX 20

#define REASON_MAX 400

/* What the summary says of each kind, behind a number of positions. */
static const char *const kind_words[PROOF_KIND_COUNT] = {
	[PROOF_RECORD] = "at a record",
	[PROOF_GAP] = "at a gap",
	[PROOF_END] = "at the end of the log",
	[PROOF_HELD] = "held by an open transaction",
	[PROOF_UNPROVED] = "not proved",
};

static bool
is_plain(const struct proof_row *row)
{
	return (row->kind == PROOF_RECORD || row->kind == PROOF_END) &&
	    row->warning[0] == '\0';
}

static void
add_next(struct table *table, const struct proof_row *row)
{
	char time[TIME_RFC3339_MAX];
	char reason[REASON_MAX];
	const char *when =
	    row->timestamp < 0 ? "no time" : time_format(row->timestamp, time);

	switch (row->kind) {
	case PROOF_RECORD:
		table_text(table, "%s, offset %" PRId64, when, row->offset);
		break;
	case PROOF_GAP:
		table_text(
		    table, "gap: next is %" PRId64 ", %s", row->offset, when);
		break;
	case PROOF_END:
		table_text(
		    table, "at the end of the log, %" PRId64, row->offset);
		break;
	case PROOF_HELD:
		table_text(table, "held by an open transaction at %" PRId64,
		    row->offset);
		break;
	case PROOF_UNPROVED:
		table_text(table, "not proved: %s",
		    utf8_escape_to(
			bytes_of(row->reason), reason, sizeof(reason)));
		break;
	case PROOF_NONE:
	case PROOF_KIND_COUNT:
	default:
		table_text(table, "-");
		break;
	}
}

static void
print_rows(
    const struct plan *plan, const struct seekproof *proof, struct output *out)
{
	static const char *const titles[] = { "GROUP", "TOPIC", ">PARTITION",
		">POSITION", "NEXT RECORD", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < proof->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];

		for (size_t row = 0; row < group->row_count; row++) {
			const struct plan_row *planned = &group->rows[row];
			const struct proof_row *found =
			    &proof->groups[at].rows[row];

			if (found->kind == PROOF_NONE ||
			    (proof->restored > SHOWN_MAX && is_plain(found)))
				continue;
			table_name(&table, group->name);
			table_name(&table, planned->topic);
			table_number(&table, planned->partition);
			table_number(&table, planned->planned.offset);
			add_next(&table, found);
		}
	}
	table_finish(&table, out);
}

static void
print_warnings(
    const struct plan *plan, const struct seekproof *proof, struct output *out)
{
	for (size_t at = 0; at < proof->group_count; at++) {
		const struct plan_group *group = &plan->groups[at];

		for (size_t row = 0; row < group->row_count; row++) {
			const char *warning =
			    proof->groups[at].rows[row].warning;
			struct buf name = { 0 };

			if (warning[0] == '\0')
				continue;
			utf8_escape(&name, group->name);
			buf_add_text(&name, ", topic ");
			utf8_escape(&name, group->rows[row].topic);
			output_text(out,
			    "warning: group %s, partition %d: %s\n",
			    buf_text(&name), (int)group->rows[row].partition,
			    warning);
			buf_release(&name);
		}
	}
}

static void
print_totals(const struct seekproof *proof, struct output *out)
{
	const char *between = "";

	output_text(out, "seek proof: ");
	for (size_t kind = 0; kind < PROOF_KIND_COUNT; kind++) {
		if (proof->counts[kind] == 0)
			continue;
		output_text(out, "%s%zu %s", between, proof->counts[kind],
		    kind_words[kind]);
		between = ", ";
	}
	output_text(out, "\n");
}

void
proof_text_print(
    const struct plan *plan, const struct seekproof *proof, struct output *out)
{
	if (proof->restored == 0)
		return;
	if (proof->too_many) {
		output_text(out,
		    "seek proof: not done: %zu positions, and up to %d are "
		    "read\n",
		    proof->restored, SEEKPROOF_MAX);
		return;
	}
	print_rows(plan, proof, out);
	print_warnings(plan, proof, out);
	print_totals(proof, out);
}

void
proof_text_json_row(
    const struct seekproof *proof, size_t group, size_t row, json_t *line)
{
	const struct proof_row *found;
	json_t *told;

	if (proof == NULL || proof->restored == 0)
		return;
	found = &proof->groups[group].rows[row];
	if (found->kind == PROOF_NONE)
		return;
	told = json_pack("{s:s}", "kind", proof_kind_text(found->kind));
	if (found->kind == PROOF_UNPROVED)
		json_object_set_new(told, "reason", json_text(found->reason));
	else
		json_object_set_new(
		    told, "offset", json_integer(found->offset));
	if (found->timestamp >= 0)
		json_set_time(told, "time", found->timestamp);
	if (found->warning[0] != '\0')
		json_object_set_new(told, "warning", json_text(found->warning));
	json_object_set_new(line, "proof", told);
}

void
proof_text_json_totals(const struct seekproof *proof, json_t *line)
{
	json_t *told;

	if (proof == NULL || proof->restored == 0)
		return;
	told = json_pack("{s:b, s:I}", "too_many", proof->too_many ? 1 : 0,
	    "warnings", (json_int_t)proof->warnings);
	for (size_t kind = PROOF_NONE + 1; kind < PROOF_KIND_COUNT; kind++)
		json_object_set_new(told,
		    proof_kind_text((enum proof_kind)kind),
		    json_integer((json_int_t)proof->counts[kind]));
	json_object_set_new(line, "proof", told);
}
