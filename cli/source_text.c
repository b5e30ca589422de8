#include "cli/source_text.h"

#include "cli/output.h"
#include "cli/table.h"
#include "snapshot/ledger.h"

/* People are shown so many; --json has them all. */
#define SHOWN_MAX 20

static const char *
difference_text(enum difference_kind kind)
{
	switch (kind) {
	case DIFFERENCE_ONLY_API:
		return "only-api";
	case DIFFERENCE_ONLY_TOPIC:
		return "only-topic";
	case DIFFERENCE_OFFSET:
	default:
		return "differs";
	}
}

static void
add_offset(struct table *table, int64_t offset)
{
	if (offset == -1)
		table_text(table, "-");
	else
		table_number(table, offset);
}

static void
print_differences(const struct source_report *report, struct output *out)
{
	static const char *const titles[] = { "DIFFERENCE", "GROUP", "TOPIC",
		">PARTITION", ">API", ">OFFSETS-TOPIC", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < report->difference_count && at < SHOWN_MAX;
	     at++) {
		const struct source_difference *each = &report->differences[at];

		table_text(&table, "%s", difference_text(each->kind));
		table_name(&table, each->group);
		table_name(&table, each->topic);
		table_number(&table, each->partition);
		add_offset(&table, each->api_offset);
		add_offset(&table, each->topic_offset);
	}
	if (report->difference_count > 0)
		output_text(out,
		    "\nthe two sources differ (%zu), and not because something "
		    "moved:\n",
		    report->difference_count);
	table_finish(&table, out);
	if (report->difference_count > SHOWN_MAX)
		output_text(out, "... and %zu more (--json)\n",
		    report->difference_count - SHOWN_MAX);
}

static void
print_oddities(const struct source_report *report, struct output *out)
{
	for (size_t at = 0; at < report->oddity_count && at < SHOWN_MAX; at++) {
		const struct ledger_oddity *each = &report->oddities[at];

		output_text(out,
		    "cannot decode the record at offset %lld of offsets "
		    "partition %d (type %d, value version %d): %s\n",
		    (long long)each->offset, (int)each->partition,
		    (int)each->type, (int)each->version,
		    offsetsrecord_verdict_text(each->verdict));
	}
	if (report->oddity_count > SHOWN_MAX)
		output_text(out, "... and %zu more (--json)\n",
		    report->oddity_count - SHOWN_MAX);
}

static void
print_counts(const struct snapshot_info *info,
    const struct source_report *report, struct output *out)
{
	const struct snapshot_compare *compare = &info->compare;

	if (info->source == SOURCE_BOTH)
		output_text(out,
		    "the two sources agree on %zu position%s, %zu moved "
		    "meanwhile\n",
		    compare->agreed_count, output_plural(compare->agreed_count),
		    compare->moving_count);
	if (report->asked_count > 0)
		output_text(out,
		    "%zu partition%s of the offsets topic could not be read to "
		    "the end: the coordinators were asked there\n",
		    report->asked_count, output_plural(report->asked_count));
}

void
source_print(const struct snapshot_info *info,
    const struct source_choice *choice, const struct source_report *report,
    struct output *out)
{
	output_text(out, "source: %s", snapshot_source_text(info->source));
	if (info->source != SOURCE_API)
		output_text(out, ", %zu record%s", info->scan.record_count,
		    output_plural(info->scan.record_count));
	if (choice->reason[0] != '\0')
		output_text(out, " (%s)", choice->reason);
	output_text(out, "\n");
	print_counts(info, report, out);
	print_oddities(report, out);
	print_differences(report, out);
}

static json_t *
oddities_json(const struct source_report *report)
{
	json_t *list = json_array();

	for (size_t at = 0; at < report->oddity_count; at++) {
		const struct ledger_oddity *each = &report->oddities[at];

		json_array_append_new(list,
		    json_pack("{s:i, s:I, s:i, s:i, s:s}", "partition",
			(int)each->partition, "offset",
			(json_int_t)each->offset, "type", (int)each->type,
			"version", (int)each->version, "text",
			offsetsrecord_verdict_text(each->verdict)));
	}
	return list;
}

static json_t *
offset_json(int64_t offset)
{
	return offset == -1 ? json_null() : json_integer(offset);
}

static json_t *
differences_json(const struct source_report *report)
{
	json_t *list = json_array();

	for (size_t at = 0; at < report->difference_count; at++) {
		const struct source_difference *each = &report->differences[at];
		json_t *line = json_pack("{s:s, s:i, s:o, s:o}", "kind",
		    difference_text(each->kind), "partition",
		    (int)each->partition, "api_offset",
		    offset_json(each->api_offset), "topic_offset",
		    offset_json(each->topic_offset));

		json_set_name(line, "group", each->group);
		json_set_name(line, "topic", each->topic);
		json_array_append_new(list, line);
	}
	return list;
}

void
source_json_add(const struct source_choice *choice,
    const struct source_report *report, json_t *result)
{
	json_object_set_new(
	    result, "source_reason", json_string(choice->reason));
	json_object_set_new(result, "asked_partitions",
	    json_integer((json_int_t)report->asked_count));
	json_object_set_new(result, "oddities", oddities_json(report));
	json_object_set_new(result, "differences", differences_json(report));
}
