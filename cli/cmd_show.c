/* tidemark show: what one snapshot holds. */
#include <inttypes.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/snapshot_ref.h"
#include "cli/snapshot_text.h"
#include "cli/table.h"
#include "cli/window_text.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "formats/archive_salvage.h"
#include "snapshot/selector.h"
#include "snapshot/wanted.h"

/* What one call shows: all groups, or those that were asked for. */
struct view {
	const struct snapshot *snapshot;
	const struct selector *selector;
	bool chosen; /* --group was given */
	/* Of a damaged archive: what its manifest says that it held. */
	bool is_salvaged;
	/* What of the groups shown is known, so that there is a column. */
	bool has_commits;
	bool has_since;
};

/* A time, or null where it is -1. */
static void
json_add_ms(json_t *line, const char *key, int64_t time_ms)
{
	json_object_set_new(
	    line, key, time_ms == -1 ? json_null() : json_integer(time_ms));
}

static void
json_add_position(const struct view *view, const struct group *group,
    const struct group_topic *topic, const struct position *position,
    struct output *out)
{
	json_t *line = json_pack("{s:s}", "kind", "position");

	json_set_name(line, "group", group->name);
	json_set_name(line, "topic", topic->topic);
	json_object_set_new(
	    line, "partition", json_integer(position->partition));
	json_object_set_new(line, "offset", json_integer(position->offset));
	json_object_set_new(line, "epoch", json_integer(position->epoch));
	json_set_name(line, "metadata",
	    (struct bytes){ position->metadata, position->metadata_size });
	json_add_ms(line, "commit_ms", position->commit_ms);
	json_add_ms(line, "expire_ms", position->expire_ms);
	if (position->unstable)
		json_object_set_new(line, "unstable", json_true());
	snapshot_json_range(
	    view->snapshot, topic->topic, position->partition, line);
	output_json(out, line);
}

static void
json_add_group(
    const struct view *view, const struct group *group, struct output *out)
{
	json_t *line = json_pack("{s:s}", "kind", "group");

	json_set_name(line, "group", group->name);
	json_object_set_new(
	    line, "type", json_string(group_type_text(group->type)));
	json_object_set_new(line, "state", json_text(group->state));
	json_add_ms(line, "state_ms", group->state_ms);
	json_object_set_new(
	    line, "protocol_type", json_text(group->protocol_type));
	json_object_set_new(
	    line, "coordinator", json_integer(group->coordinator));
	if (view->snapshot->info.id[0] != '\0') {
		json_set_time(line, "read_start", group->read_start_ms);
		json_set_time(line, "read_end", group->read_end_ms);
	}
	output_json(out, line);
	for (size_t at = 0; at < group->topic_count; at++) {
		const struct group_topic *topic = &group->topics[at];

		for (size_t row = 0; row < topic->count; row++)
			json_add_position(
			    view, group, topic, &topic->positions[row], out);
	}
}

static void
print_json(const struct view *view, struct output *out)
{
	const struct snapshot *snapshot = view->snapshot;

	/* Only a salvaged one may lack it. */
	if (snapshot->info.id[0] != '\0')
		output_json(out, snapshot_json_info(&snapshot->info));
	for (size_t index = 0; index < snapshot->hole_count; index++)
		output_json(out, snapshot_json_hole(&snapshot->holes[index]));
	for (size_t index = 0; index < snapshot->gone_count; index++)
		output_json(out, snapshot_json_gone(&snapshot->gone[index]));
	for (size_t index = 0; index < snapshot->group_count; index++) {
		if (selector_takes_group(
			view->selector, snapshot->groups[index].name))
			json_add_group(view, &snapshot->groups[index], out);
	}
}

static size_t
count_positions(const struct group *group)
{
	size_t count = 0;

	for (size_t at = 0; at < group->topic_count; at++)
		count += group->topics[at].count;
	return count;
}

static size_t
count_all(const struct snapshot *snapshot)
{
	size_t count = 0;

	for (size_t index = 0; index < snapshot->group_count; index++)
		count += count_positions(&snapshot->groups[index]);
	return count;
}

static bool
is_selected(const struct selection *selection)
{
	return selection->group_count > 0 ||
	    selection->exclude_group_count > 0 || selection->topic_count > 0 ||
	    selection->exclude_topic_count > 0;
}

/* Of a mixture of times nothing may be missing; complete it is not. */
static const char *
completeness(const struct snapshot_info *info)
{
	if (info->last_known && info->hole_count == 0)
		return "of no one time";
	return info->complete ? "complete" : "PARTIAL";
}

static void
print_header(const struct view *view, struct output *out)
{
	const struct snapshot_info *info = &view->snapshot->info;
	char from[TIME_RFC3339_MAX];
	char cluster[SNAPSHOT_TEXT_MAX * 2];
	struct buf reason = { 0 };

	output_text(out,
	    "snapshot  %s\ntaken     %s\ncluster   %s\nscope     %s%s, %s%s\n"
	    "%s     %zu group%s, %zu position%s, %zu topic%s\n",
	    info->id, time_format(info->from_ms, from),
	    utf8_escape_to(
		bytes_of(info->cluster_id), cluster, sizeof(cluster)),
	    scope_text(info->scope),
	    is_selected(&info->selection) ? " (a selection)" : "",
	    completeness(info), view->is_salvaged ? " when it was taken" : "",
	    view->is_salvaged ? "held " : "holds", info->group_count,
	    output_plural(info->group_count), info->position_count,
	    output_plural(info->position_count), info->topic_count,
	    output_plural(info->topic_count));
	window_text_print(&info->window, out);
	snapshot_print_source(info, out);
	if (view->is_salvaged)
		output_text(out,
		    "DAMAGED   readable are %zu group%s and %zu position%s\n",
		    view->snapshot->group_count,
		    output_plural(view->snapshot->group_count),
		    count_all(view->snapshot),
		    output_plural(count_all(view->snapshot)));
	if (info->reason[0] != '\0') {
		utf8_escape(&reason, bytes_of(info->reason));
		output_text(out, "reason    %s\n", buf_text(&reason));
		buf_release(&reason);
	}
	output_text(out, "\n");
}

static void
print_groups(const struct view *view, struct output *out)
{
	static const char *const titles[] = { "GROUP", "TYPE", "STATE",
		"PROTOCOL", ">TOPICS", ">POSITIONS", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t index = 0; index < view->snapshot->group_count; index++) {
		const struct group *group = &view->snapshot->groups[index];

		table_name(&table, group->name);
		table_text(&table, "%s", group_type_text(group->type));
		table_name(&table, bytes_of(group->state));
		table_name(&table,
		    bytes_of(group->protocol_type[0] == '\0'
			    ? "(simple)"
			    : group->protocol_type));
		table_number(&table, (int64_t)group->topic_count);
		table_number(&table, (int64_t)count_positions(group));
	}
	table_finish(&table, out);
}

static void
add_time(struct table *table, int64_t time_ms)
{
	char text[TIME_RFC3339_MAX];

	table_text(
	    table, "%s", time_ms == -1 ? "?" : time_format(time_ms, text));
}

static void
add_position(struct table *table, const struct view *view,
    const struct group *group, const struct group_topic *at,
    const struct position *position)
{
	const struct topic *topic = model_find_topic(view->snapshot, at->topic);
	const struct log_range *range = topic == NULL
	    ? NULL
	    : topic_find_partition(topic, position->partition);

	table_name(table, group->name);
	table_name(table, at->topic);
	table_number(table, position->partition);
	table_text(table, "%" PRId64 "%s", position->offset,
	    position->unstable ? " (unstable)" : "");
	if (range == NULL || range->start < 0 || range->end < 0) {
		table_text(table, "?");
		table_text(table, "?");
		table_text(table, "?");
	} else {
		table_number(table, range->start);
		table_number(table, range->end);
		/* Brokers store any number; what is negative has no lag. */
		if (position->offset < 0)
			table_text(table, "-");
		else
			table_number(table, range->end - position->offset);
	}
	table_text(table, "%s", position->metadata_size > 0 ? "yes" : "");
	if (view->has_commits)
		add_time(table, position->commit_ms);
	if (view->has_since) {
		table_name(table, bytes_of(group->state));
		add_time(table, group->state_ms);
	}
}

/* Which columns there is something to say in. */
static void
find_columns(struct view *view)
{
	const struct snapshot *snapshot = view->snapshot;

	for (size_t index = 0; index < snapshot->group_count; index++) {
		const struct group *group = &snapshot->groups[index];

		if (!selector_takes_group(view->selector, group->name))
			continue;
		view->has_since |= group->state_ms != -1;
		for (size_t at = 0; at < group->topic_count; at++)
			for (size_t row = 0; row < group->topics[at].count;
			     row++)
				view->has_commits |= group->topics[at]
							 .positions[row]
							 .commit_ms != -1;
	}
}

static void
print_positions(const struct view *view, struct output *out)
{
	static const char *const always[] = { "GROUP", "TOPIC", ">PARTITION",
		">OFFSET", ">LOG-START", ">LOG-END", ">LAG", "METADATA" };
	const char *titles[TABLE_COLUMNS_MAX + 1] = { NULL };
	size_t count = sizeof(always) / sizeof(always[0]);
	struct table table;

	memcpy(titles, always, sizeof(always));
	if (view->has_commits)
		titles[count++] = "COMMITTED";
	if (view->has_since) {
		titles[count++] = "STATE";
		titles[count] = "SINCE";
	}
	table_init(&table, titles);
	for (size_t index = 0; index < view->snapshot->group_count; index++) {
		const struct group *group = &view->snapshot->groups[index];

		if (!selector_takes_group(view->selector, group->name))
			continue;
		for (size_t at = 0; at < group->topic_count; at++) {
			const struct group_topic *topic = &group->topics[at];

			for (size_t row = 0; row < topic->count; row++)
				add_position(&table, view, group, topic,
				    &topic->positions[row]);
		}
	}
	table_finish(&table, out);
}

static void
print_people(const struct view *view, struct output *out)
{
	if (view->snapshot->info.id[0] != '\0')
		print_header(view, out);
	else /* it was salvaged without */
		output_text(out,
		    "The manifest is lost: when this was taken, of which "
		    "cluster, and how much it\nheld is not known.\n\n");
	if (view->chosen)
		print_positions(view, out);
	else
		print_groups(view, out);
	snapshot_print_holes(view->snapshot, out);
	snapshot_print_gone(view->snapshot, out);
}

/* A group that was named and is not there is an error, not an empty table. */
static int
check_found(
    const struct context *context, const struct view *view, struct err *err)
{
	if (!view->chosen)
		return 0;
	for (size_t index = 0; index < view->snapshot->group_count; index++) {
		if (selector_takes_group(
			view->selector, view->snapshot->groups[index].name))
			return 0;
	}
	err_set(err, ERR_NOT_FOUND, "no group of snapshot %s matches --group",
	    view->snapshot->info.id);
	if (view->snapshot->info.complete)
		err_hint(err, "tidemark show %s lists the groups it holds",
		    view->snapshot->info.id);
	else
		err_hint(err,
		    "it is partial: one that could not be read lacks, too; "
		    "tidemark show %s names the holes",
		    context->options.arguments[0]);
	return -1;
}

static void
show(struct context *context, struct view *view)
{
	find_columns(view);
	if (options_flag(&context->options, OPT_JSON))
		print_json(view, &context->out);
	else
		print_people(view, &context->out);
}

/* What of a damaged archive cannot be read, or not be believed. */
static void
print_lost(const struct salvage *salvage, bool as_json, struct output *out)
{
	const struct archive_report *report = &salvage->report;

	if (!as_json && report->count > 0)
		output_text(out, "\nlost or damaged:\n");
	for (size_t index = 0; index < report->count; index++) {
		const struct archive_finding *finding =
		    &report->findings[index];

		if (as_json)
			output_json(out,
			    json_pack("{s:s, s:s, s:s}", "kind", "lost",
				"member", finding->member, "text",
				finding->text));
		else
			output_text(
			    out, "  %s: %s\n", finding->member, finding->text);
	}
}

/* Groups whose own lines are lost, by what stands of them in offsets/. */
static void
print_rows(const struct salvage *salvage, bool as_json, struct output *out)
{
	struct bytes rest = buf_bytes(&salvage->rows);

	if (!as_json && rest.size > 0)
		output_text(out,
		    "\nonly in offsets/, without epoch and metadata "
		    "(group,topic,partition,offset): %zu\n",
		    salvage->row_count);
	while (rest.size > 0) {
		const char *end = memchr(rest.data, '\n', rest.size);
		const size_t size =
		    end == NULL ? rest.size : (size_t)(end - rest.data);

		if (as_json) {
			json_t *line = json_pack("{s:s}", "kind", "row");

			json_set_name(
			    line, "csv", (struct bytes){ rest.data, size });
			output_json(out, line);
		} else {
			output_text(out, "%.*s\n", (int)size, rest.data);
		}
		rest.data += size + (end != NULL);
		rest.size -= size + (end != NULL);
	}
}

/* The archive may be damaged anywhere: all that is still right is shown, and
 * what is not is named. */
static int
salvage(struct context *context, struct repo *repo,
    const struct snapshot_ref *ref, struct view *view, struct err *err)
{
	const bool as_json = options_flag(&context->options, OPT_JSON);
	struct buf bytes = { 0 };
	struct salvage salvage;
	int result;

	if (snapshot_ref_read(repo, ref, &bytes, err) != 0) {
		buf_release(&bytes);
		return -1;
	}
	archive_salvage(buf_bytes(&bytes), &salvage);
	buf_release(&bytes);
	if (salvage.frame_count == 0) {
		salvage_release(&salvage);
		return err_set(err, ERR_CORRUPT,
		    "%s: nothing in it is a part of a tidemark archive",
		    context->options.arguments[0]);
	}
	view->snapshot = &salvage.snapshot;
	view->is_salvaged = salvage.report.count > 0;
	show(context, view);
	print_rows(&salvage, as_json, &context->out);
	print_lost(&salvage, as_json, &context->out);
	result = salvage.report.count > 0 ? EXIT_INTEGRITY : EXIT_ALL;
	view->snapshot = NULL;
	salvage_release(&salvage);
	return result;
}

static int
find_and_show(struct context *context, struct view *view, struct err *err)
{
	const struct wanted wanted = { .selector = view->selector,
		.with_gone = true,
		.log = &context->log };
	struct repo *repo = NULL;
	struct snapshot_ref ref;
	struct snapshot snapshot = { 0 };
	char cluster[REPO_CLUSTER_MAX];
	int result = -1;

	if (snapshot_ref_find(context, &repo, context->options.arguments[0],
		snapshot_ref_cluster(context, cluster), &ref, err) != 0)
		goto out;
	if (options_flag(&context->options, OPT_SALVAGE)) {
		result = salvage(context, repo, &ref, view, err);
		goto out;
	}
	if (snapshot_ref_load(repo, &ref, &wanted, &snapshot, err) != 0) {
		if (err->kind == ERR_CORRUPT)
			err_hint(err,
			    "tidemark show --salvage shows what of it is "
			    "right");
		goto out;
	}
	view->snapshot = &snapshot;
	if (check_found(context, view, err) != 0)
		goto out;
	show(context, view);
	result = EXIT_ALL;
out:
	view->snapshot = NULL;
	snapshot_release(&snapshot);
	repo_free(repo);
	return result;
}

int
cmd_show(struct context *context, struct err *err)
{
	struct selection selection = { 0 };
	struct selector *selector = NULL;
	struct view view = { 0 };
	int result;

	if (context_need_arguments(context, 1, 1, "one snapshot", err) != 0)
		return -1;
	context_selection(context, &selection);
	if (selector_new(&selection, &selector, err) != 0)
		return -1;
	view.selector = selector;
	view.chosen = selection.group_count > 0;
	result = find_and_show(context, &view, err);
	selector_free(selector);
	return result;
}
