/* Differences, printed. */
#include "cli/diff_text.h"

#include <inttypes.h>
#include <string.h>

#include "cli/context.h"
#include "cli/restore_line.h"
#include "cli/table.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/diff.h"

int
diff_text_status(const struct diff *diff)
{
	return diff_is_partial(diff) ? EXIT_PARTIAL : EXIT_ALL;
}

/* A restore is of use, and can be. */
static bool
has_line(const struct diff_group *group)
{
	const enum diff_level level = diff_level_of(group->kind);

	return (level == DIFF_IS_HURT || level == DIFF_IS_SUSPECT) &&
	    !group->is_share;
}

/* --- for people -------------------------------------------------------- */

/* "snapshot 12ab (2026-11-25T14:00:00Z, complete)" */
static void
add_reading(struct buf *out, const struct snapshot_info *info, bool is_live)
{
	char when[TIME_RFC3339_MAX];
	char cluster[SNAPSHOT_TEXT_MAX * 2];

	(void)time_format(info->from_ms, when);
	if (is_live)
		buf_add_format(out, "cluster %s now (%s)",
		    utf8_escape_to(
			bytes_of(info->cluster_id), cluster, sizeof(cluster)),
		    when);
	else
		buf_add_format(out, "snapshot %s (%s, %s)", info->id, when,
		    info->complete ? "complete" : "PARTIAL");
}

static void
add_value(struct table *table, const struct diff_value *value)
{
	if (value->present)
		table_number(table, value->offset);
	else
		table_text(table, "-");
}

static void
add_records(struct table *table, int64_t records)
{
	if (records >= 0)
		table_number(table, records);
	else
		table_text(table, "-");
}

static void
add_what(struct table *table, enum diff_kind kind, const char *text)
{
	struct buf what = { 0 };

	buf_add_text(&what, diff_kind_text(kind));
	if (text[0] != '\0') {
		buf_add_text(&what, ": ");
		utf8_escape(&what, bytes_of(text));
	}
	table_text(table, "%s", buf_text(&what));
	buf_release(&what);
}

static void
add_whole(struct table *table, const struct diff_group *group)
{
	table_name(table, group->name);
	if (group->kind == DIFF_UNKNOWN)
		table_text(table, "(all of it)");
	else
		table_text(table, "(%zu position%s)", group->position_count,
		    output_plural(group->position_count));
	table_text(table, "-");
	table_text(table, "-");
	table_text(table, "-");
	table_text(table, "-");
	add_what(table, group->kind, group->text);
}

/* Of a group that came or went as a whole only what is more than that. */
static bool
is_shown(const struct diff_group *group, const struct diff_row *row)
{
	return !group->as_whole ||
	    (row->kind != DIFF_POSITION_LOST &&
		row->kind != DIFF_POSITION_APPEARED);
}

static void
print_table(const struct diff *diff, struct output *out)
{
	static const char *const titles[] = { "GROUP", "TOPIC", ">PARTITION",
		">BEFORE", ">AFTER", ">RECORDS", "WHAT", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t i = 0; i < diff->group_count; i++) {
		const struct diff_group *group = &diff->groups[i];

		if (group->as_whole)
			add_whole(&table, group);
		for (size_t j = 0; j < group->row_count; j++) {
			const struct diff_row *row = &group->rows[j];

			if (!is_shown(group, row))
				continue;
			table_name(&table, group->name);
			table_name(&table, row->topic);
			table_number(&table, row->partition);
			add_value(&table, &row->before);
			add_value(&table, &row->after);
			add_records(&table, row->records);
			add_what(&table, row->kind, row->text);
		}
	}
	table_finish(&table, out);
}

/* The line for a group; one that was set back is put forward, past what only
 * its snapshot shows that it has read. */
static bool
add_restore_line(const struct diff_report *report,
    const struct diff_group *group, struct buf *out)
{
	if (!has_line(group) ||
	    !restore_line_add(out, &report->restore, group->name))
		return false;
	for (size_t i = 0; i < group->row_count; i++)
		if (group->rows[i].kind == DIFF_GONE_BACK) {
			buf_add_text(out, " --allow-skip");
			break;
		}
	return true;
}

static void
print_lines(const struct diff_report *report, struct output *out)
{
	const struct diff *diff = report->diff;
	bool any = false;

	for (size_t i = 0; i < diff->group_count; i++) {
		struct buf line = { 0 };

		if (add_restore_line(report, &diff->groups[i], &line)) {
			if (!any)
				output_text(out,
				    "\nto put them back, worst first: each "
				    "line shows a plan and changes nothing; "
				    "with\n--execute behind it, it is carried "
				    "out\n\n");
			any = true;
			output_text(out, "%s\n", buf_text(&line));
		}
		buf_release(&line);
	}
}

static void
print_hiding(const struct diff_report *report, struct output *out)
{
	if (report->diff->before_hides)
		output_text(out,
		    "the earlier reading has holes that name no group: others "
		    "may have been lost unseen\n");
	if (report->diff->after_hides)
		output_text(out,
		    "the later reading has holes that name no group: others "
		    "may have appeared unseen\n");
}

static void
print_totals(const struct diff *diff, struct output *out)
{
	const size_t hurt = diff_count(diff, DIFF_IS_HURT);
	const size_t quiet =
	    diff->by_kind[DIFF_MOVED_ON] + diff->by_kind[DIFF_SAME];
	const size_t unknown = diff->positions_by_kind[DIFF_UNKNOWN];

	output_text(out,
	    "%zu group%s: %zu hurt, %zu to be looked at, %zu not known, %zu "
	    "appeared or ended; %zu moved on, %zu as before\n",
	    quiet + diff->group_count, output_plural(quiet + diff->group_count),
	    hurt, diff_count(diff, DIFF_IS_SUSPECT),
	    diff_count(diff, DIFF_IS_UNKNOWN), diff_count(diff, DIFF_IS_NOTE),
	    diff->by_kind[DIFF_MOVED_ON], diff->by_kind[DIFF_SAME]);
	if (unknown > 0)
		output_text(out,
		    "%zu position%s of groups that were read: not known\n",
		    unknown, output_plural(unknown));
	if (diff->by_kind[DIFF_OUTSIDE] > 0)
		output_text(out,
		    "%zu group%s left out by the selection of a snapshot\n",
		    diff->by_kind[DIFF_OUTSIDE],
		    diff->by_kind[DIFF_OUTSIDE] == 1 ? " is" : "s are");
}

void
diff_text_print(const struct diff_report *report, struct output *out)
{
	const struct diff *diff = report->diff;
	struct buf before = { 0 };
	struct buf after = { 0 };

	add_reading(&before, report->before, false);
	add_reading(&after, report->after, report->is_live);
	if (diff->group_count == 0 && !diff_is_partial(diff) &&
	    diff->by_kind[DIFF_MOVED_ON] == 0 &&
	    diff->by_kind[DIFF_OUTSIDE] == 0) {
		output_text(out,
		    "no difference between %s and %s: %zu group%s, %zu "
		    "position%s\n",
		    buf_text(&before), buf_text(&after),
		    diff->by_kind[DIFF_SAME],
		    output_plural(diff->by_kind[DIFF_SAME]),
		    diff->positions_by_kind[DIFF_SAME],
		    output_plural(diff->positions_by_kind[DIFF_SAME]));
	} else {
		output_text(out, "before  %s\nafter   %s\n\n",
		    buf_text(&before), buf_text(&after));
		print_table(diff, out);
		print_lines(report, out);
		output_text(out, "%s", diff->group_count > 0 ? "\n" : "");
		print_hiding(report, out);
		print_totals(diff, out);
	}
	buf_release(&before);
	buf_release(&after);
}

/* --- JSON Lines -------------------------------------------------------- */

static json_t *
reading_json(const struct snapshot_info *info, bool is_live)
{
	json_t *object = json_pack("{s:b}", "live", is_live ? 1 : 0);

	json_object_set_new(object, "cluster", json_text(info->cluster_id));
	if (!is_live)
		json_object_set_new(object, "id", json_string(info->id));
	json_set_time(object, "from", info->from_ms);
	json_set_time(object, "to", info->to_ms);
	json_object_set_new(object, "complete", json_boolean(info->complete));
	return object;
}

static json_t *
value_json(const struct diff_value *value)
{
	if (!value->present)
		return json_null();
	return json_pack("{s:I, s:i}", "offset", (json_int_t)value->offset,
	    "epoch", (int)value->epoch);
}

static void
set_kind(json_t *line, enum diff_kind kind)
{
	json_object_set_new(line, "what", json_string(diff_kind_text(kind)));
	json_object_set_new(
	    line, "level", json_string(diff_level_text(diff_level_of(kind))));
}

static void
set_line(const struct diff_report *report, const struct diff_group *group,
    json_t *line)
{
	struct buf text = { 0 };

	if (add_restore_line(report, group, &text))
		json_object_set_new(
		    line, "restore", json_text(buf_text(&text)));
	buf_release(&text);
}

static json_t *
row_json(const struct diff_group *group, const struct diff_row *row)
{
	json_t *line = json_pack("{s:s}", "kind", "position");

	json_set_name(line, "group", group->name);
	json_set_name(line, "topic", row->topic);
	json_object_set_new(line, "partition", json_integer(row->partition));
	set_kind(line, row->kind);
	json_object_set_new(line, "before", value_json(&row->before));
	json_object_set_new(line, "after", value_json(&row->after));
	if (row->records >= 0)
		json_object_set_new(
		    line, "records", json_integer(row->records));
	json_object_set_new(line, "text", json_text(row->text));
	return line;
}

static void
print_group_json(const struct diff_report *report,
    const struct diff_group *group, struct output *out)
{
	json_t *line = json_pack("{s:s}", "kind", "group");

	json_set_name(line, "group", group->name);
	set_kind(line, group->kind);
	json_object_set_new(line, "as_whole", json_boolean(group->as_whole));
	json_object_set_new(
	    line, "positions", json_integer((json_int_t)group->position_count));
	json_object_set_new(line, "records", json_integer(group->records));
	json_object_set_new(line, "text", json_text(group->text));
	set_line(report, group, line);
	output_json(out, line);
	for (size_t i = 0; i < group->row_count; i++)
		output_json(out, row_json(group, &group->rows[i]));
}

static json_t *
counts_json(const size_t counts[DIFF_KIND_COUNT])
{
	json_t *object = json_object();

	for (size_t kind = 0; kind < DIFF_KIND_COUNT; kind++)
		if (counts[kind] > 0)
			json_object_set_new(object,
			    diff_kind_text((enum diff_kind)kind),
			    json_integer((json_int_t)counts[kind]));
	return object;
}

void
diff_text_json(const struct diff_report *report, struct output *out)
{
	const struct diff *diff = report->diff;

	output_json(out,
	    json_pack("{s:s, s:o, s:o}", "kind", "diff", "before",
		reading_json(report->before, false), "after",
		reading_json(report->after, report->is_live)));
	for (size_t i = 0; i < diff->group_count; i++)
		print_group_json(report, &diff->groups[i], out);
	output_json(out,
	    json_pack("{s:s, s:i, s:i, s:i, s:o, s:o, s:b, s:b, s:i}", "kind",
		"total", "hurt", (int)diff_count(diff, DIFF_IS_HURT), "suspect",
		(int)diff_count(diff, DIFF_IS_SUSPECT), "unknown",
		(int)diff_count(diff, DIFF_IS_UNKNOWN), "groups",
		counts_json(diff->by_kind), "positions",
		counts_json(diff->positions_by_kind), "before_hides",
		diff->before_hides ? 1 : 0, "after_hides",
		diff->after_hides ? 1 : 0, "status", diff_text_status(diff)));
}
