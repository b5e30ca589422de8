#include "cli/freeze_text.h"

#include <string.h>

#include "cli/context.h"
#include "cli/restore_line.h"
#include "common/shellword.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "restore/freezer.h"

#define SHOWN_MAX 80
/* Brokers of the cluster that a line begins with. */
#define LINE_BROKERS 3
#define GROWS                                                              \
	"Until thaw the cleaner removes nothing from the topic: it grows " \
	"with every commit.\n"

/* --- lines to paste ---------------------------------------------------- */

/* What was given, else some of the brokers that there are. */
static void
add_bootstrap(const struct freeze_report *report, struct buf *out)
{
	const char *given =
	    options_text(&report->context->options, OPT_BOOTSTRAP);
	const struct cluster_view *view = report->view;
	struct buf list = { 0 };

	for (size_t at = 0;
	     given == NULL && at < view->broker_count && at < LINE_BROKERS;
	     at++)
		buf_add_format(&list, "%s%s:%d", at > 0 ? "," : "",
		    view->brokers[at].host, (int)view->brokers[at].port);
	shellword_add(out, given != NULL ? bytes_of(given) : buf_bytes(&list));
	buf_release(&list);
}

static void
add_configs(
    const struct freeze_report *report, const char *what, struct buf *out)
{
	buf_add_text(out, "kafka-configs --bootstrap-server ");
	add_bootstrap(report, out);
	buf_add_format(out,
	    " --entity-type topics --entity-name " OFFSETS_TOPIC " %s", what);
}

/* The line that sets this, or takes away what is set. */
static void
add_setting(const struct freeze_report *report,
    const struct freeze_value *value, struct buf *out)
{
	add_configs(report, "--alter ", out);
	if (value->own)
		buf_add_format(
		    out, "--add-config " FREEZE_SETTING "=%s", value->text);
	else
		buf_add_text(out, "--delete-config " FREEZE_SETTING);
}

static void
add_tidemark(
    const struct freeze_report *report, const char *words, struct buf *out)
{
	const struct options *options = &report->context->options;
	const char *file = options_text(options, OPT_RECORD);

	buf_add_text(out, "tidemark rescue thaw");
	restore_line_options(options, CMD_RESCUE_FREEZE | CMD_RESCUE_THAW, out);
	if (file != NULL) {
		buf_add_text(out, " --record ");
		shellword_add(out, bytes_of(file));
	}
	buf_add_text(out, words);
}

/* --- for people -------------------------------------------------------- */

static void
print_value(struct output *out, const char *lead,
    const struct freeze_value *value, const char *tail)
{
	if (value->own)
		output_text(out, "%s%s%s\n", lead, value->text, tail);
	else
		output_text(out, "%sunset: the broker's default is %s%s\n",
		    lead, value->text, tail);
}

static void
print_line(struct output *out, const char *lead, const struct buf *line)
{
	output_text(out, "%s: %s\n", lead, buf_text(line));
}

static void
print_setting(const struct freeze_report *report, const char *lead,
    const struct freeze_value *value)
{
	struct buf line = { 0 };

	add_setting(report, value, &line);
	print_line(&report->context->out, lead, &line);
	buf_release(&line);
}

static void
print_tidemark(
    const struct freeze_report *report, const char *lead, const char *words)
{
	struct buf line = { 0 };

	add_tidemark(report, words, &line);
	print_line(&report->context->out, lead, &line);
	buf_release(&line);
}

static void
print_sight(const struct freeze_report *report)
{
	const struct freeze_sight *sight = &report->result->sight;
	struct output *out = &report->context->out;

	output_text(out, "read back: %zu of %zu broker%s show it\n",
	    sight->shown, report->view->broker_count,
	    output_plural(report->view->broker_count));
	if (sight->silent == 0)
		return;
	output_text(out, "not known of those that did not answer:");
	for (size_t at = 0; at < sight->silent && at < FREEZER_SILENT_MAX; at++)
		output_text(out, " %d", (int)sight->silent_ids[at]);
	output_text(
	    out, "%s\n", sight->silent > FREEZER_SILENT_MAX ? " ..." : "");
}

/* "freeze 0123456789abcdef of 2026-11-25T14:05:00.000Z" */
static void
print_record(const struct freeze_report *report)
{
	const struct freeze_record *record = &report->result->record;
	char at[TIME_RFC3339_MAX];

	output_text(&report->context->out, "freeze %s of %s", record->id,
	    time_format(record->at_ms, at));
}

static void
print_outlook(const struct freeze_report *report)
{
	const struct freeze_value frozen = freeze_value_frozen();
	const struct freeze_result *result = report->result;
	struct output *out = &report->context->out;

	if (result->freeze == FREEZE_GO_ON) {
		print_record(report);
		output_text(out, " was stopped before it set this\n");
	}
	output_text(out, GROWS);
	print_setting(report, "the same by hand", &frozen);
	print_setting(report, "and back", &result->now);
	output_text(out, "nothing was changed: --execute does it\n");
}

/* Frozen, and what was before is not known here. */
static void
print_by_others(const struct freeze_report *report)
{
	const struct freeze_value unset = { 0 };
	struct output *out = &report->context->out;

	print_sight(report);
	output_text(out,
	    "to thaw it: rescue thaw with -r or --record FILE of whoever froze "
	    "it, where the value before is recorded\n");
	print_setting(report, "or by hand", &unset);
	output_text(out,
	    "(or, if the topic had a value of its own before, --add-config "
	    "with that)\n");
}

static void
print_frozen(const struct freeze_report *report)
{
	struct output *out = &report->context->out;

	output_text(out, "frozen\n");
	print_sight(report);
	output_text(out, GROWS);
	print_tidemark(report, "to thaw it", " --execute");
}

static void
print_freeze(const struct freeze_report *report)
{
	const struct freeze_result *result = report->result;
	const struct freeze_value *before = &result->record.before;
	struct output *out = &report->context->out;

	switch (result->freeze) {
	case FREEZE_IS_FROZEN:
		output_text(out, "frozen already, by ");
		print_record(report);
		output_text(out, ": nothing was changed\n");
		print_sight(report);
		print_value(
		    out, "what was before stays recorded: ", before, "");
		print_tidemark(report, "to thaw it", " --execute");
		break;
	case FREEZE_BY_OTHERS:
		output_text(out,
		    "set like that already, and not by a freeze that is "
		    "recorded here: nothing was changed\n");
		print_by_others(report);
		break;
	case FREEZE_CHANGED:
		print_record(report);
		output_text(out,
		    " is not thawed, and somebody has changed the value "
		    "since: nothing was changed\n");
		print_value(out, "before that freeze: ", before, "");
		print_tidemark(
		    report, "to put that back", " --execute --force-stale");
		output_text(out,
		    "or freeze --force-stale begins with the value of now\n");
		break;
	case FREEZE_BEGIN:
	case FREEZE_GO_ON:
	case FREEZE_ANEW:
	default:
		if (result->changed)
			print_frozen(report);
		else
			print_outlook(report);
		break;
	}
}

static void
print_thaw(const struct freeze_report *report)
{
	const struct freeze_result *result = report->result;
	const struct freeze_value *before = &result->record.before;
	struct context *context = report->context;
	struct output *out = &context->out;

	if (result->thaw == THAW_BY_OTHERS) {
		output_text(out,
		    "frozen, by somebody whose record is not here: nothing "
		    "was changed\n");
		print_by_others(report);
		return;
	}
	print_value(out, "  before  ", before, "");
	print_record(report);
	if (result->thaw == THAW_CHANGED) {
		output_text(out,
		    ": somebody has changed the value since: nothing was "
		    "changed\n");
		print_tidemark(report, "to put it back anyway",
		    " --execute --force-stale");
		return;
	}
	if (result->thaw == THAW_WAS_SO)
		output_text(out, ": what was before is there already\n");
	else
		output_text(out, "%s\n",
		    result->changed ? ": put back" : " is to be put back");
	if (options_flag(&context->options, OPT_EXECUTE)) {
		output_text(out, "thawed\n");
		print_sight(report);
		return;
	}
	if (result->thaw == THAW_PUT_BACK)
		print_setting(report, "the same by hand", before);
	output_text(out, "nothing was changed: --execute does it\n");
}

/* --- as JSON ----------------------------------------------------------- */

static json_t *
value_json(const struct freeze_value *value)
{
	return json_pack(
	    "{s:b, s:s}", "set", value->own ? 1 : 0, "value", value->text);
}

static const char *
step_word(const struct freeze_report *report)
{
	static const char *const freezes[] = {
		[FREEZE_BEGIN] = "begin",
		[FREEZE_GO_ON] = "go-on",
		[FREEZE_IS_FROZEN] = "is-frozen",
		[FREEZE_BY_OTHERS] = "by-others",
		[FREEZE_CHANGED] = "changed",
		[FREEZE_ANEW] = "anew",
	};
	static const char *const thaws[] = {
		[THAW_PUT_BACK] = "put-back",
		[THAW_WAS_SO] = "was-so",
		[THAW_CHANGED] = "changed",
		[THAW_BY_OTHERS] = "by-others",
	};

	return report->thaw ? thaws[report->result->thaw]
			    : freezes[report->result->freeze];
}

static void
set_line(json_t *object, const char *key, const struct freeze_report *report,
    const struct freeze_value *value)
{
	struct buf line = { 0 };

	add_setting(report, value, &line);
	json_object_set_new(object, key, json_text(buf_text(&line)));
	buf_release(&line);
}

static json_t *
begin_json(const struct freeze_report *report)
{
	const struct freeze_result *result = report->result;
	json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "kind",
	    report->thaw ? "thaw" : "freeze", "topic", OFFSETS_TOPIC, "setting",
	    FREEZE_SETTING, "value", FREEZE_VALUE);

	json_set_name(object, "cluster", bytes_of(report->view->cluster_id));
	if (result->is_read)
		json_object_set_new(object, "now", value_json(&result->now));
	if (result->state == FREEZELOG_OPEN) {
		json_object_set_new(
		    object, "record", json_string(result->record.id));
		json_set_time(object, "recorded", result->record.at_ms);
		json_object_set_new(
		    object, "before", value_json(&result->record.before));
	}
	return object;
}

static void
print_json(const struct freeze_report *report)
{
	const struct freeze_value frozen = freeze_value_frozen();
	const struct freeze_result *result = report->result;
	const struct freeze_sight *sight = &result->sight;
	json_t *object = begin_json(report);
	json_t *silent = json_array();

	for (size_t at = 0; at < sight->silent && at < FREEZER_SILENT_MAX; at++)
		json_array_append_new(
		    silent, json_integer(sight->silent_ids[at]));
	json_object_set_new(object, "step", json_string(step_word(report)));
	json_object_set_new(object, "changed", json_boolean(result->changed));
	json_object_set_new(object, "brokers",
	    json_integer((json_int_t)report->view->broker_count));
	json_object_set_new(
	    object, "shown", json_integer((json_int_t)sight->shown));
	json_object_set_new(object, "silent", silent);
	set_line(object, "command", report,
	    report->thaw ? &result->record.before : &frozen);
	json_object_set_new(object, "status", json_integer(report->status));
	output_json(&report->context->out, object);
}

void
freeze_text_print(const struct freeze_report *report)
{
	const struct freeze_value frozen = freeze_value_frozen();
	const struct freeze_value *now = &report->result->now;
	struct output *out = &report->context->out;
	char cluster[SHOWN_MAX];

	if (options_flag(&report->context->options, OPT_JSON)) {
		print_json(report);
		return;
	}
	output_text(out,
	    "cluster %s, topic " OFFSETS_TOPIC ", " FREEZE_SETTING "\n",
	    utf8_escape_to(
		bytes_of(report->view->cluster_id), cluster, sizeof(cluster)));
	print_value(out, "  now     ", now,
	    freeze_value_equal(now, &frozen) ? ": frozen" : ": not frozen");
	output_text(out, "  freeze  sets " FREEZE_VALUE "\n");
	if (report->thaw)
		print_thaw(report);
	else
		print_freeze(report);
}

/* --- the request ------------------------------------------------------- */

/* What stood there before the freeze, as far as it is known. */
static const struct freeze_value *
value_before(const struct freeze_result *result)
{
	if (result->state == FREEZELOG_OPEN)
		return &result->record.before;
	return result->is_read ? &result->now : NULL;
}

static void
add_why(const struct freeze_report *report, struct buf *out)
{
	char cluster[SHOWN_MAX];

	buf_add_format(out,
	    "Request to those who run the Kafka cluster %s\n\n"
	    "Topic    " OFFSETS_TOPIC "\nSetting  " FREEZE_SETTING "\n",
	    utf8_escape_to(
		bytes_of(report->view->cluster_id), cluster, sizeof(cluster)));
	if (report->thaw) {
		buf_add_text(out,
		    "Value    what it was before " FREEZE_VALUE "\n\n"
		    "Why: positions of consumer groups were recovered from this "
		    "topic, and the log\ncleaner was kept away from it.  It may "
		    "clean again: until then the topic grows.\n\n");
		return;
	}
	buf_add_text(out,
	    "Value    " FREEZE_VALUE "\n\n"
	    "Why: positions of consumer groups were lost.  The topic still "
	    "holds them, until\nthe log cleaner comes.  With this value the "
	    "cleaner leaves every record there.  No\nrecord is changed and no "
	    "client notices; the topic grows with every commit until\nthe "
	    "setting is put back, which we shall ask for.\n\n");
}

static void
add_put_back(const struct freeze_report *report, struct buf *out)
{
	const struct freeze_value *before = value_before(report->result);
	const struct freeze_value unset = { 0 };

	buf_add_text(out, "To put it back:\n  ");
	add_setting(report, before != NULL ? before : &unset, out);
	buf_add_char(out, '\n');
	if (before != NULL)
		return;
	buf_add_text(
	    out, "or, if the topic showed a value of its own before:\n  ");
	add_configs(
	    report, "--alter --add-config " FREEZE_SETTING "=VALUE", out);
	buf_add_char(out, '\n');
}

static void
add_request(const struct freeze_report *report, struct buf *out)
{
	const struct freeze_value frozen = freeze_value_frozen();

	add_why(report, out);
	if (!report->thaw) {
		buf_add_text(
		    out, "To see what is set now, which please note:\n  ");
		add_configs(report, "--describe", out);
		buf_add_text(out, "\nTo set it:\n  ");
		add_setting(report, &frozen, out);
		buf_add_char(out, '\n');
	}
	add_put_back(report, out);
	buf_add_text(out,
	    "\nOr grant us DESCRIBE_CONFIGS and ALTER_CONFIGS on this topic; "
	    "then tidemark does\nboth, keeps a record, and reads it back.\n");
}

void
freeze_text_request(
    const struct freeze_report *report, const struct err *denied)
{
	struct output *out = &report->context->out;
	struct buf text = { 0 };
	json_t *object;

	add_request(report, &text);
	if (options_flag(&report->context->options, OPT_JSON)) {
		object = begin_json(report);
		json_object_set_new(
		    object, "denied", json_text(denied->message));
		json_object_set_new(
		    object, "request", json_text(buf_text(&text)));
		output_json(out, object);
	} else {
		output_bytes(out, buf_bytes(&text));
	}
	buf_release(&text);
}
