/* What lookup found, for people and as JSON. */
#include "cli/lookup_text.h"

#include <inttypes.h>

#include "cli/output.h"
#include "cli/table.h"
#include "common/timetext.h"
#include "common/utf8.h"

#define NAME_SHOWN_MAX 1024

/* The capture that tells what the topic was at last. */
static const struct timeindex_capture *
last_of(const struct lookup_result *result)
{
	return &result->life.captures[result->life.count - 1];
}

static bool
has_index(const struct lookup_result *result)
{
	for (size_t i = 0; i < result->life.count; i++) {
		if (result->life.captures[i].has_index)
			return true;
	}
	return false;
}

/* The answer, or the lower end of it, is not in the log any more. */
static bool
is_removed(const struct lookup_result *result)
{
	const int64_t offset =
	    result->by_time ? result->record_time.low : result->offset;

	return offset >= 0 && offset < last_of(result)->start;
}

/* -------------------------------------------------------------- for people */

static void
add_value(struct table *table, const struct lookup_result *result,
    int64_t value, const char *open)
{
	char text[TIME_RFC3339_MAX];

	if (value < 0)
		table_text(table, "%s", open);
	else if (result->by_time)
		table_text(table, "%" PRId64, value);
	else
		table_text(table, "%s", time_format(value, text));
}

static void
add_answer(struct table *table, const char *kind,
    const struct lookup_result *result, const struct timeindex_answer *answer)
{
	table_text(table, "%s", kind);
	table_text(table, "%s", sureness_text(answer->sure));
	add_value(table, result, answer->low, "-");
	add_value(table, result, answer->high, "-");
	add_value(table, result, answer->estimate, "");
	table_text(
	    table, "%s", answer->low_by != NULL ? answer->low_by->id : "-");
	table_text(
	    table, "%s", answer->high_by != NULL ? answer->high_by->id : "-");
}

static void
print_answers(const struct lookup_result *result, struct output *out)
{
	static const char *const titles[] = { "KIND", "IS", ">FROM", ">TO",
		">ESTIMATE", "SNAPSHOT", "AND", NULL };
	struct table table;

	table_init(&table, titles);
	add_answer(&table, "observed", result, &result->observed);
	add_answer(&table, "record time", result, &result->record_time);
	table_finish(&table, out);
}

static void
print_question(const struct lookup_result *result, struct output *out)
{
	char name[NAME_SHOWN_MAX];
	char time[TIME_RFC3339_MAX];

	(void)utf8_escape_to(result->topic, name, sizeof(name));
	if (result->by_time)
		output_text(out,
		    "%s %" PRId32 " at %s\n\n"
		    "observed: where the log ended then; record time: the "
		    "first record with a\ntimestamp at or after it\n\n",
		    name, result->partition,
		    time_format(result->time_ms, time));
	else
		output_text(out,
		    "%s %" PRId32 " offset %" PRId64 "\n\n"
		    "observed: when that record was written; record time: its "
		    "timestamp (which is\nearlier than the end of a range)\n\n",
		    name, result->partition, result->offset);
}

static void
print_none(const struct lookup_result *result, struct output *out)
{
	const struct timeindex_answer *observed = &result->observed;
	const struct timeindex_answer *record = &result->record_time;
	char time[TIME_RFC3339_MAX];

	if (observed->none && result->by_time)
		output_text(out,
		    "the partition was not there yet: %s has not got it\n",
		    observed->high_by->id);
	if (observed->none && !result->by_time && observed->low_by != NULL)
		output_text(out,
		    "nothing is written there yet by %s: the log ends at "
		    "%" PRId64 "\n",
		    time_format(observed->low_by->from_ms, time),
		    observed->low_by->end);
	if (record->none && result->by_time && record->low_by != NULL)
		output_text(out,
		    "by %s no record has such a timestamp; one that came later "
		    "is at %" PRId64 " or behind\n",
		    time_format(record->low_by->from_ms, time), record->low);
	if (record->found_ms >= 0 && result->by_time)
		output_text(out, "the timestamp of the record is %s\n",
		    time_format(record->found_ms, time));
	if (!has_index(result))
		output_text(out,
		    "no snapshot that was opened has a time index (snapshot "
		    "--index-points)\n");
}

static void
print_lie(const struct timeindex_lie *lie, struct output *out)
{
	char by[TIME_RFC3339_MAX];
	char stamp[TIME_RFC3339_MAX];
	char time[TIME_RFC3339_MAX];

	if (lie->by_ms == 0)
		return;
	output_text(out,
	    "the timestamps of this topic lie by %s: the record at %" PRId64
	    " has one %s%s and was written %s %s\n",
	    duration_format(lie->by_ms, by), lie->offset,
	    lie->below ? "before " : "of ", time_format(lie->stamp_ms, stamp),
	    lie->ahead ? "before" : "after",
	    time_format(lie->ahead ? lie->before_ms : lie->after_ms, time));
}

static void
print_topic(const struct lookup_result *result, struct output *out)
{
	const struct timeindex_life *life = &result->life;
	char from[TIME_RFC3339_MAX];
	char to[TIME_RFC3339_MAX];

	if (life->next != NULL)
		output_text(out,
		    "the topic was made again between %s and %s: these are "
		    "offsets of the older one\n",
		    time_format(last_of(result)->to_ms, from),
		    time_format(life->next->from_ms, to));
	if (life->before != NULL)
		output_text(out,
		    "the topic was made again between %s and %s: nothing of "
		    "before that is taken\n",
		    time_format(life->before->to_ms, from),
		    time_format(life->captures[0].from_ms, to));
	if (is_removed(result))
		output_text(out,
		    "by %s the log begins at %" PRId64
		    ": what was before is removed\n",
		    time_format(last_of(result)->from_ms, from),
		    last_of(result)->start);
}

static void
print_walk(const struct timelookup_report *report, struct output *out)
{
	if (report->gave_up)
		output_text(out,
		    "there are more snapshots than the %zu that were opened: "
		    "the truth may be narrower\n",
		    report->opened);
	if (report->damaged > 0)
		output_text(out,
		    "%zu snapshot%s could not be read: the truth may be "
		    "narrower\n",
		    report->damaged, output_plural(report->damaged));
}

void
lookup_text_print(const struct lookup_result *result, struct output *out)
{
	print_question(result, out);
	print_answers(result, out);
	output_text(out, "\n");
	print_none(result, out);
	print_lie(&result->lie, out);
	print_topic(result, out);
	print_walk(&result->report, out);
}

/* -------------------------------------------------------------------- JSON */

static void
set_value(json_t *object, const char *key, bool is_time, int64_t value)
{
	if (value < 0)
		json_object_set_new(object, key, json_null());
	else if (is_time)
		json_set_time(object, key, value);
	else
		json_object_set_new(object, key, json_integer(value));
}

static json_t *
json_capture(const struct timeindex_capture *capture)
{
	json_t *object;

	if (capture == NULL)
		return json_null();
	object = json_pack("{s:s}", "snapshot", capture->id);
	json_set_time(object, "from", capture->from_ms);
	json_set_time(object, "to", capture->to_ms);
	json_object_set_new(object, "log_start", json_integer(capture->start));
	json_object_set_new(object, "log_end", json_integer(capture->end));
	return object;
}

static json_t *
json_answer(
    const struct lookup_result *result, const struct timeindex_answer *answer)
{
	const bool is_time = !result->by_time;
	json_t *object = json_pack("{s:s}", "is", sureness_text(answer->sure));

	set_value(object, "from", is_time, answer->low);
	set_value(object, "to", is_time, answer->high);
	set_value(object, "estimate", is_time, answer->estimate);
	json_object_set_new(object, "none", json_boolean(answer->none));
	json_object_set_new(object, "from_by", json_capture(answer->low_by));
	json_object_set_new(object, "to_by", json_capture(answer->high_by));
	return object;
}

static json_t *
json_lie(const struct timeindex_lie *lie)
{
	json_t *object;

	if (lie->by_ms == 0)
		return json_null();
	object = json_pack("{s:I, s:b, s:I}", "by_ms", (json_int_t)lie->by_ms,
	    "ahead", lie->ahead ? 1 : 0, "offset", (json_int_t)lie->offset);
	set_value(object, lie->below ? "stamped_before" : "stamped", true,
	    lie->stamp_ms);
	set_value(object, "written_after", true, lie->after_ms);
	set_value(object, "written_before", true, lie->before_ms);
	return object;
}

void
lookup_text_json(const struct lookup_result *result, struct output *out)
{
	const struct timeindex_capture *last = last_of(result);
	json_t *object = json_pack("{s:s}", "kind", "lookup");
	char id[UUID_TEXT_MAX];

	json_set_name(object, "topic", result->topic);
	json_object_set_new(
	    object, "partition", json_integer(result->partition));
	if (result->by_time)
		json_set_time(object, "time", result->time_ms);
	else
		json_object_set_new(
		    object, "offset", json_integer(result->offset));
	uuid_format(last->topic_id, id);
	json_object_set_new(object, "topic_id",
	    last->has_topic_id ? json_string(id) : json_null());
	json_object_set_new(
	    object, "observed", json_answer(result, &result->observed));
	json_object_set_new(
	    object, "record_time", json_answer(result, &result->record_time));
	if (result->by_time)
		set_value(object, "found", true, result->record_time.found_ms);
	json_object_set_new(object, "lie", json_lie(&result->lie));
	json_object_set_new(
	    object, "made_again_by", json_capture(result->life.next));
	json_object_set_new(
	    object, "other_topic_until", json_capture(result->life.before));
	json_object_set_new(
	    object, "removed", json_boolean(is_removed(result)));
	json_object_set_new(object, "last", json_capture(last));
	json_object_set_new(
	    object, "has_index", json_boolean(has_index(result)));
	json_object_set_new(
	    object, "opened", json_integer((json_int_t)result->report.opened));
	json_object_set_new(object, "damaged",
	    json_integer((json_int_t)result->report.damaged));
	json_object_set_new(
	    object, "gave_up", json_boolean(result->report.gave_up));
	output_json(out, object);
}
