#include "cli/rescue_list.h"

#include "cli/context.h"
#include "cli/output.h"
#include "cli/rescue_lines.h"
#include "cli/rescue_text.h"
#include "cli/table.h"
#include "common/encoding.h"
#include "common/timetext.h"
#include "snapshot/selector.h"

static void
add_time(struct table *table, int64_t time_ms)
{
	char text[TIME_RFC3339_MAX];

	table_text(table, "%s", time_ms < 0 ? "?" : time_format(time_ms, text));
}

/* "75", or "75 -> 200" of what was overwritten. */
static void
add_value(struct table *table, const struct rescue_finding *finding)
{
	if (!finding->has_value)
		table_text(table, "?");
	else if (rescue_is_lost(finding->why))
		table_number(table, finding->offset);
	else
		table_text(table, "%lld -> %lld", (long long)finding->offset,
		    (long long)finding->new_offset);
}

static void
add_why(struct table *table, enum rescue_why why, bool is_sure)
{
	table_text(table, "%s%s", rescue_why_text(why), is_sure ? "" : " ?");
}

/* --- for people --------------------------------------------------------- */

static void
print_groups(const struct rescue_lines *lines, struct output *out)
{
	static const char *const titles[] = { "WHEN", "GROUP", ">POSITIONS",
		">KNOWN", ">HELD", "COMMITTED", "WHY", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < lines->count; at++) {
		const struct rescue_line *line = &lines->list[at];

		add_time(&table, line->last_ms);
		table_name(&table, line->group->name);
		table_number(&table, (int64_t)line->count);
		table_number(&table, (int64_t)line->known_count);
		if (line->count == 1)
			add_value(&table, line->findings[0]);
		else if (line->known_count == 0)
			table_text(&table, "?");
		else
			table_text(&table, "...");
		add_time(&table, line->commit_ms);
		add_why(&table, line->why, line->is_sure);
	}
	table_finish(&table, out);
}

static void
print_positions(const struct rescue_list *list, struct output *out)
{
	static const char *const titles[] = { "WHEN", "GROUP", "TOPIC",
		">PARTITION", ">HELD", "COMMITTED", "WHY", "BECAUSE", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < list->count; at++) {
		const struct rescue_finding *finding = list->findings[at];

		add_time(&table, finding->at_ms);
		table_name(&table, finding->spot->group->name);
		table_name(&table, finding->spot->topic);
		table_number(&table, finding->spot->partition);
		add_value(&table, finding);
		add_time(&table, finding->commit_ms);
		add_why(&table, finding->why, finding->is_sure);
		table_text(&table, "%s", finding->text);
	}
	table_finish(&table, out);
}

static void
print_retention(const struct rescue_facts *facts, struct output *out)
{
	char kept[DURATION_TEXT_MAX];

	output_text(out, "positions are kept for %s%s\n",
	    duration_format(facts->retention_ms, kept),
	    facts->retention_known ? ""
				   : ", which is assumed (--retention gives "
				     "it)");
}

/* What the cleaner has taken is not taken for what never was. */
static void
print_unseen(const struct rescue_list *list)
{
	const int64_t exact_ms =
	    rescue_text_exact_ms(list->reading, list->selector);
	char time[TIME_RFC3339_MAX];

	if (exact_ms > 0)
		output_text(&list->context->out,
		    "what was overwritten before %s can no longer be seen: "
		    "the log cleaner was there\n",
		    time_format(exact_ms, time));
}

static void
print_nothing(const struct rescue_list *list)
{
	if (list->missing_count > 0 &&
	    list->missing_count == selector_named_count(list->selector) &&
	    selector_is_named(list->selector))
		output_text(&list->context->out,
		    "nothing is known of what was asked for\n");
	else
		output_text(&list->context->out,
		    "nothing is gone, and nothing was overwritten, as far as "
		    "records are left\n");
}

void
rescue_list_print(const struct rescue_list *list)
{
	struct context *context = list->context;
	struct rescue_lines lines;

	rescue_text_exactness(context, list->reading);
	print_retention(&list->reading->facts, &context->out);
	output_text(&context->out, "\n");
	if (list->count == 0) {
		print_nothing(list);
		print_unseen(list);
		return;
	}
	rescue_lines_make(list->findings, list->count, &lines);
	if (list->by_position)
		print_positions(list, &context->out);
	else
		print_groups(&lines, &context->out);
	print_unseen(list);
	rescue_lines_print(context, &lines);
	rescue_lines_release(&lines);
}

void
rescue_list_print_history(const struct rescue_list *list)
{
	static const char *const titles[] = { "WHEN", "GROUP", "TOPIC",
		">PARTITION", ">OFFSET", ">EPOCH", NULL };
	const struct rescue_watch *watch = &list->reading->watch;
	struct table table;

	rescue_text_exactness(list->context, list->reading);
	output_text(&list->context->out, "\n");
	table_init(&table, titles);
	for (size_t at = 0; at < watch->commit_count; at++) {
		const struct rescue_commit *commit = &watch->commits[at];

		if (commit->record_ms < list->since_ms)
			continue;
		add_time(&table, commit->record_ms);
		table_name(&table, commit->spot->group->name);
		table_name(&table, commit->spot->topic);
		table_number(&table, commit->spot->partition);
		if (commit->is_tombstone)
			table_text(&table, "removed");
		else if (commit->is_unreadable)
			table_text(&table, "unreadable");
		else
			table_number(&table, commit->offset);
		if (commit->epoch >= 0)
			table_number(&table, commit->epoch);
		else
			table_text(&table, "-");
	}
	table_finish(&table, &list->context->out);
}

/* --- JSON --------------------------------------------------------------- */

static void
set_time(json_t *object, const char *key, int64_t time_ms)
{
	if (time_ms < 0)
		json_object_set_new(object, key, json_null());
	else
		json_set_time(object, key, time_ms);
}

static json_t *
place_json(const char *kind, const struct ledger_spot *spot)
{
	json_t *line = json_pack("{s:s}", "kind", kind);

	json_set_name(line, "group", spot->group->name);
	json_set_name(line, "topic", spot->topic);
	json_object_set_new(line, "partition", json_integer(spot->partition));
	return line;
}

/* The groups by exact name that no record names. */
static json_t *
missing_json(const struct rescue_list *list)
{
	json_t *names = json_array();

	for (size_t at = 0; at < selector_named_count(list->selector); at++) {
		const struct bytes name = selector_named_at(list->selector, at);
		json_t *group = json_object();

		if (ledger_find(list->reading->records, name) != NULL) {
			json_decref(group);
			continue;
		}
		json_set_name(group, "group", name);
		json_array_append_new(names, group);
	}
	return names;
}

static void
print_header(const struct rescue_list *list)
{
	const int64_t exact_ms =
	    rescue_text_exact_ms(list->reading, list->selector);
	const struct rescue_facts *facts = &list->reading->facts;
	json_t *line = json_pack("{s:s, s:s, s:I, s:b}", "kind", "rescue",
	    "cluster", list->reading->cluster_id, "retention_ms",
	    (json_int_t)facts->retention_ms, "retention_known",
	    facts->retention_known ? 1 : 0);

	rescue_json_exactness(list->reading, line);
	if (exact_ms > 0)
		json_set_time(line, "overwritten_seen_from", exact_ms);
	else
		json_object_set_new(line, "overwritten_seen_from", json_null());
	json_object_set_new(line, "not_found", missing_json(list));
	output_json(&list->context->out, line);
}

static void
print_finding(const struct rescue_finding *finding, struct output *out)
{
	const bool is_lost = rescue_is_lost(finding->why);
	json_t *line =
	    place_json(is_lost ? "lost" : "overwritten", finding->spot);
	char id[UUID_TEXT_MAX] = "";

	set_time(line, "when", finding->at_ms);
	json_object_set_new(
	    line, "why", json_string(rescue_why_text(finding->why)));
	json_object_set_new(line, "sure", json_boolean(finding->is_sure));
	json_object_set_new(line, "text", json_text(finding->text));
	json_object_set_new(line, "offset",
	    finding->has_value ? json_integer(finding->offset) : json_null());
	json_object_set_new(line, "epoch",
	    finding->has_value ? json_integer(finding->epoch) : json_null());
	set_time(line, "committed", finding->commit_ms);
	if (finding->topic_id != NULL)
		uuid_format(finding->topic_id, id);
	json_object_set_new(line, "topic_id",
	    finding->topic_id != NULL ? json_string(id) : json_null());
	if (!is_lost)
		json_object_set_new(
		    line, "new_offset", json_integer(finding->new_offset));
	output_json(out, line);
}

void
rescue_list_json(const struct rescue_list *list)
{
	print_header(list);
	for (size_t at = 0; at < list->count; at++)
		print_finding(list->findings[at], &list->context->out);
}

static void
print_commit(const struct rescue_commit *commit, struct output *out)
{
	const bool is_value = !commit->is_tombstone && !commit->is_unreadable;
	const char *kind = commit->is_tombstone ? "removal" : "unreadable";
	json_t *line = place_json(is_value ? "commit" : kind, commit->spot);

	set_time(line, "when", commit->record_ms);
	json_object_set_new(line, "record_offset",
	    json_integer((json_int_t)commit->record_offset));
	if (is_value) {
		set_time(line, "committed", commit->commit_ms);
		json_object_set_new(
		    line, "offset", json_integer(commit->offset));
		json_object_set_new(line, "epoch", json_integer(commit->epoch));
		json_set_name(line, "metadata", commit->metadata);
	}
	output_json(out, line);
}

void
rescue_list_json_history(const struct rescue_list *list)
{
	const struct rescue_watch *watch = &list->reading->watch;

	print_header(list);
	for (size_t at = 0; at < watch->commit_count; at++)
		if (watch->commits[at].record_ms >= list->since_ms)
			print_commit(&watch->commits[at], &list->context->out);
}
