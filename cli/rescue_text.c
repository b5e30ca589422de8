#include "cli/rescue_text.h"

#include <string.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/restore_line.h"
#include "cli/snapshot_text.h"
#include "cli/table.h"
#include "common/shellword.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "kafka/cluster.h"
#include "snapshot/selector.h"

#define SHOWN_MAX 300

/* --- lines to paste ----------------------------------------------------- */

static void
add_places(
    const struct context *context, unsigned int commands, struct buf *out)
{
	const struct options *options = &context->options;

	restore_line_options(options, commands, out);
	if (!options_is_set(options, OPT_REPO))
		buf_add_text(out, " -r REPO");
}

void
rescue_text_add_snapshot(
    const struct context *context, int64_t at_ms, struct buf *out)
{
	const struct options *options = &context->options;
	const char *segments = options_text(options, OPT_SEGMENTS);
	const char *cluster = options_text(options, OPT_CLUSTER);
	char time[TIME_RFC3339_MAX];

	buf_add_text(out, "tidemark rescue snapshot");
	add_places(context, CMD_RESCUE_SNAPSHOT, out);
	if (segments != NULL) {
		buf_add_text(out, " --segments ");
		shellword_add(out, bytes_of(segments));
	}
	if (options_is_set(options, OPT_PARTITIONS))
		buf_add_format(out, " --partitions %lld",
		    (long long)options_number(options, OPT_PARTITIONS));
	if (cluster != NULL) {
		buf_add_text(out, " --cluster ");
		shellword_add(out, bytes_of(cluster));
	}
	if (at_ms != RESCUE_LAST_KNOWN)
		buf_add_format(out, " --at %s", time_format(at_ms, time));
}

void
rescue_text_add_list(const struct context *context, struct buf *out)
{
	buf_add_text(out, "tidemark list");
	add_places(context, CMD_LIST, out);
}

void
rescue_text_add_restore(
    const struct context *context, const char *id, struct buf *out)
{
	buf_add_text(out, "tidemark restore");
	add_places(context, CMD_RESTORE, out);
	if (!options_is_set(&context->options, OPT_BOOTSTRAP))
		buf_add_text(out, " -b HOST:PORT");
	buf_add_format(out, " --at %s", id);
}

bool
rescue_text_add_group(struct buf *out, struct bytes group)
{
	const struct buf nothing = { 0 };

	return restore_line_add(out, &nothing, group);
}

void
rescue_text_add_topics(
    struct buf *out, const struct rescue_finding *const *findings, size_t count)
{
	for (size_t at = 0; at < count;) {
		const struct bytes topic = findings[at]->spot->topic;
		struct buf spec = { 0 };
		char mark = ':';

		restore_line_pattern(&spec, topic);
		for (;
		     at < count && findings[at]->spot->topic.data == topic.data;
		     at++, mark = ',')
			buf_add_format(&spec, "%c%d", mark,
			    (int)findings[at]->spot->partition);
		buf_add_text(out, " --topic ");
		shellword_add(out, buf_bytes(&spec));
		buf_release(&spec);
	}
}

/* --- how far back ------------------------------------------------------- */

static size_t
count_records(const struct rescue_reading *reading)
{
	return reading->records->counts.record_count;
}

static void
print_partitions(const struct ledger *ledger, struct output *out)
{
	static const char *const titles[] = { ">PARTITION", ">RECORDS",
		">FIRST-OFFSET", ">EXACT-OFFSET", "EXACT-FROM", "LAST", NULL };
	struct table table;

	table_init(&table, titles);
	for (size_t at = 0; at < ledger->partition_count; at++) {
		const struct ledger_partition *partition =
		    &ledger->partitions[at];
		char time[TIME_RFC3339_MAX];

		if (partition->record_count == 0)
			continue;
		table_number(&table, (int64_t)at);
		table_number(&table, (int64_t)partition->record_count);
		table_number(&table, partition->first_offset);
		table_number(&table, partition->exact_offset);
		table_text(&table, "%s",
		    partition->exact_ms == 0
			? "the beginning"
			: time_format(partition->exact_ms, time));
		table_text(&table, "%s", time_format(partition->last_ms, time));
	}
	table_finish(&table, out);
}

/* The partitions that tell everything from the beginning, and the bounds of
 * the others. */
struct exactness {
	size_t whole, cut;
	int64_t oldest_ms, newest_ms;
};

static struct exactness
exactness_of(const struct ledger *ledger)
{
	struct exactness found = { 0, 0, INT64_MAX, INT64_MIN };

	for (size_t at = 0; at < ledger->partition_count; at++) {
		const struct ledger_partition *partition =
		    &ledger->partitions[at];

		if (partition->record_count == 0)
			continue;
		if (partition->exact_ms == 0) {
			found.whole++;
			continue;
		}
		found.cut++;
		if (partition->exact_ms < found.oldest_ms)
			found.oldest_ms = partition->exact_ms;
		if (partition->exact_ms > found.newest_ms)
			found.newest_ms = partition->exact_ms;
	}
	return found;
}

/* Of when segment files are. */
static void
print_ends(const struct rescue_reading *reading, struct output *out)
{
	char record[TIME_RFC3339_MAX], written[TIME_RFC3339_MAX];

	if (reading->cluster != NULL || reading->last_record_ms < 0)
		return;
	output_text(out,
	    "the last record is of %s; the newest file was written at %s\n",
	    time_format(reading->last_record_ms, record),
	    time_format(reading->written_ms, written));
}

void
rescue_text_exactness(
    struct context *context, const struct rescue_reading *reading)
{
	const struct ledger *ledger = reading->records;
	const struct exactness found = exactness_of(ledger);
	struct output *out = &context->out;
	char oldest[TIME_RFC3339_MAX], newest[TIME_RFC3339_MAX];

	output_text(out,
	    "%zu record%s of " OFFSETS_TOPIC " in %zu partition%s\n",
	    count_records(reading), output_plural(count_records(reading)),
	    found.whole + found.cut, output_plural(found.whole + found.cut));
	if (found.whole > 0)
		output_text(out,
		    "history is exact from the beginning in %zu partition%s\n",
		    found.whole, output_plural(found.whole));
	if (found.cut > 0)
		output_text(out,
		    "history is exact from %s in the best of %zu partition%s "
		    "that were compacted, from %s in the worst\n",
		    time_format(found.oldest_ms, oldest), found.cut,
		    output_plural(found.cut),
		    time_format(found.newest_ms, newest));
	print_ends(reading, out);
	if (options_flag(&context->options, OPT_VERBOSE))
		print_partitions(ledger, out);
	for (size_t at = 0; at < reading->gap_count; at++)
		output_text(out, "not read: %s\n", reading->gaps[at].text);
}

/* Whether a group that was asked for may have its records there. */
static bool
is_asked_for(const struct rescue_reading *reading,
    const struct selector *selector, size_t partition)
{
	if (!selector_is_named(selector) || reading->partition_count <= 0)
		return true;
	for (size_t at = 0; at < selector_named_count(selector); at++)
		if ((size_t)coordinator_partition(
			selector_named_at(selector, at),
			reading->partition_count) == partition)
			return true;
	return false;
}

int64_t
rescue_text_exact_ms(
    const struct rescue_reading *reading, const struct selector *selector)
{
	const struct ledger *ledger = reading->records;
	int64_t exact_ms = 0;

	for (size_t at = 0; at < ledger->partition_count; at++)
		if (ledger->partitions[at].record_count > 0 &&
		    ledger->partitions[at].exact_ms > exact_ms &&
		    is_asked_for(reading, selector, at))
			exact_ms = ledger->partitions[at].exact_ms;
	return exact_ms;
}

size_t
rescue_text_missing(struct context *context,
    const struct rescue_reading *reading, const struct selector *selector)
{
	size_t count = 0;

	for (size_t at = 0; at < selector_named_count(selector); at++) {
		const struct bytes name = selector_named_at(selector, at);
		char shown[SHOWN_MAX];

		if (ledger_find(reading->records, name) != NULL)
			continue;
		count++;
		log_warn(&context->log,
		    "group %s: no record of " OFFSETS_TOPIC
		    " names it; is the name right?",
		    name.size > 0 ? utf8_escape_to(name, shown, sizeof(shown))
				  : "\"\"");
	}
	return count;
}

void
rescue_json_exactness(const struct rescue_reading *reading, json_t *object)
{
	const struct ledger *ledger = reading->records;
	json_t *list = json_array();
	json_t *gaps = json_array();

	for (size_t at = 0; at < ledger->partition_count; at++) {
		const struct ledger_partition *partition =
		    &ledger->partitions[at];
		json_t *line;

		if (partition->record_count == 0)
			continue;
		line = json_pack("{s:I, s:I, s:I, s:I}", "partition",
		    (json_int_t)at, "records",
		    (json_int_t)partition->record_count, "first_offset",
		    (json_int_t)partition->first_offset, "exact_offset",
		    (json_int_t)partition->exact_offset);
		if (partition->exact_ms == 0)
			json_object_set_new(line, "exact_from", json_null());
		else
			json_set_time(line, "exact_from", partition->exact_ms);
		json_set_time(line, "last", partition->last_ms);
		json_array_append_new(list, line);
	}
	for (size_t at = 0; at < reading->gap_count; at++)
		json_array_append_new(gaps,
		    json_pack("{s:s, s:i, s:o}", "hole",
			hole_kind_text(reading->gaps[at].kind), "partition",
			(int)reading->gaps[at].partition, "text",
			json_text(reading->gaps[at].text)));
	json_object_set_new(object, "records",
	    json_integer((json_int_t)count_records(reading)));
	json_object_set_new(object, "partitions", list);
	if (reading->cluster == NULL) {
		json_set_time(object, "last_record", reading->last_record_ms);
		json_set_time(object, "files_written", reading->written_ms);
	}
	json_object_set_new(object, "not_read", gaps);
}

/* --- the snapshot ------------------------------------------------------- */

static void
print_json(struct context *context, const struct rescue_result *result)
{
	const struct snapshot *snapshot = result->snapshot;
	json_t *line = snapshot_json_info(&snapshot->info);
	json_t *holes = json_array();

	for (size_t at = 0; at < snapshot->hole_count; at++)
		json_array_append_new(
		    holes, snapshot_json_hole(&snapshot->holes[at]));
	json_object_set_new(line, "holes", holes);
	json_object_set_new(line, "key",
	    result->is_stored ? json_string(result->key.key) : json_null());
	json_object_set_new(line, "size",
	    json_integer(result->is_stored ? (json_int_t)result->key.size : 0));
	rescue_json_exactness(result->reading, line);
	output_json(&context->out, line);
}

static void
print_restore(struct context *context, const char *id)
{
	struct buf line = { 0 };

	rescue_text_add_restore(context, id, &line);
	output_text(&context->out,
	    "\nwhat it would bring back, group by group (nothing is changed "
	    "without --execute):\n  %s --group GROUP\n",
	    buf_text(&line));
	buf_release(&line);
}

static void
print_people(struct context *context, const struct rescue_result *result)
{
	const struct snapshot *snapshot = result->snapshot;
	const struct snapshot_info *info = &snapshot->info;
	struct output *out = &context->out;
	char shown[SHOWN_MAX];
	char time[TIME_RFC3339_MAX];

	rescue_text_exactness(context, result->reading);
	output_text(out, "snapshot %s of cluster %s: %s, ", info->id,
	    utf8_escape_to(bytes_of(info->cluster_id), shown, sizeof(shown)),
	    snapshot->hole_count > 0 ? "PARTIAL"
		: info->last_known   ? "all that is known"
				     : "complete");
	if (info->last_known)
		output_text(out, "each position as it was last\n");
	else
		output_text(
		    out, "as of %s\n", time_format(info->as_of_ms, time));
	output_text(out, "%zu group%s, %zu position%s, %zu topic%s\n",
	    info->group_count, output_plural(info->group_count),
	    info->position_count, output_plural(info->position_count),
	    info->topic_count, output_plural(info->topic_count));
	snapshot_print_holes(snapshot, out);
	if (!result->is_stored) {
		output_text(out, "nothing stored (--dry-run)\n");
		return;
	}
	output_text(out, "stored %s (%llu bytes)\n", result->key.key,
	    (unsigned long long)result->key.size);
	print_restore(context, info->id);
}

void
rescue_text_snapshot(
    struct context *context, const struct rescue_result *result)
{
	if (options_flag(&context->options, OPT_JSON))
		print_json(context, result);
	else
		print_people(context, result);
}
