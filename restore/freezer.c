#include "restore/freezer.h"

#include <string.h>

#include "common/env.h"
#include "common/parsenum.h"
#include "common/utf8.h"

/* One broker may take so long to answer; then the next is asked. */
#define REQUEST_MS 5000
/* Between two rounds of reading. */
#define PAUSE_MS 100

static const struct topic_setting lag = { OFFSETS_TOPIC, FREEZE_SETTING };
static const struct topic_setting limit = { OFFSETS_TOPIC, FREEZE_LIMIT };

struct work {
	const struct freezer *freezer;
	int64_t deadline_ms;
	struct freeze_result *out;
};

static int64_t
time_left(const struct work *work)
{
	return work->deadline_ms - env_monotonic_ms(work->freezer->env);
}

/* For one request, at least a little. */
static int64_t
request_ms(const struct work *work)
{
	const int64_t left = time_left(work);

	if (left > REQUEST_MS)
		return REQUEST_MS;
	return left > PAUSE_MS ? left : PAUSE_MS;
}

/* --- reading ----------------------------------------------------------- */

static int
read_value(const struct work *work, int32_t broker, struct freeze_value *out,
    struct err *err)
{
	struct topic_config config;
	int result;

	if (cluster_topic_config(work->freezer->cluster, broker, &lag,
		request_ms(work), &config, err) != 0)
		return -1;
	result =
	    freeze_value_set(out, config.own, buf_bytes(&config.value), err);
	buf_release(&config.value);
	return result;
}

/* One time round the brokers. */
struct round {
	size_t answers;
	struct freeze_value first; /* of the first that answered */
	int32_t first_broker;
	struct freeze_value other; /* of one that does not show the value */
	int32_t other_broker;
	bool differs;
	struct freeze_sight sight;
	struct err trouble; /* of the last that did not answer */
};

static void
note_silent(struct round *round, int32_t broker)
{
	struct freeze_sight *sight = &round->sight;

	if (sight->silent < FREEZER_SILENT_MAX)
		sight->silent_ids[sight->silent] = broker;
	sight->silent++;
}

/* want is NULL where any value will do, if only all show the same. */
static void
note_answer(struct round *round, int32_t broker, const struct freeze_value *now,
    const struct freeze_value *want)
{
	if (round->answers++ == 0) {
		round->first = *now;
		round->first_broker = broker;
	}
	if (freeze_value_equal(now, want != NULL ? want : &round->first)) {
		round->sight.shown++;
		return;
	}
	round->other = *now;
	round->other_broker = broker;
	round->differs = true;
}

static int
go_round(const struct work *work, const struct freeze_value *want,
    struct round *round, struct err *err)
{
	const struct cluster_view *view = work->freezer->view;

	memset(round, 0, sizeof(*round));
	for (size_t at = 0; at < view->broker_count; at++) {
		const int32_t broker = view->brokers[at].id;
		struct freeze_value now;
		struct err trouble = { 0 };

		if (env_interrupted(work->freezer->env))
			return err_set(err, ERR_INTERRUPTED, "interrupted");
		if (read_value(work, broker, &now, &trouble) == 0) {
			note_answer(round, broker, &now, want);
			continue;
		}
		round->trouble = trouble;
		if (trouble.kind != ERR_UNAVAILABLE) {
			*err = trouble;
			return -1;
		}
		note_silent(round, broker);
	}
	return 0;
}

static int
fail_round(const struct round *round, struct err *err)
{
	if (round->answers == 0 && round->trouble.kind != ERR_NONE) {
		*err = round->trouble;
		return -1;
	}
	if (round->answers == 0)
		return err_set(err, ERR_UNAVAILABLE, "no broker is known");
	return err_set(err, ERR_UNAVAILABLE,
	    "broker %d still tells " FREEZE_SETTING " as %s%s",
	    (int)round->other_broker, round->other.text,
	    round->other.own ? "" : " (not set on the topic)");
}

/*
 * Go round until all brokers that answer show the value, and then until all
 * have answered or the time is over: of those that are silent to the end it is
 * said.  Where any value will do, one time must be enough for them.
 */
static int
look(const struct work *work, const struct freeze_value *want,
    struct freeze_value *now, struct err *err)
{
	struct round round;

	for (;;) {
		bool agreed;

		if (go_round(work, want, &round, err) != 0)
			return -1;
		agreed = round.answers > 0 && !round.differs;
		work->out->sight = round.sight;
		if (now != NULL)
			*now = round.first;
		if (agreed && (want == NULL || round.sight.silent == 0))
			return 0;
		if (time_left(work) <= PAUSE_MS)
			return agreed ? 0 : fail_round(&round, err);
		env_sleep_ms(work->freezer->env, PAUSE_MS);
	}
}

static int
read_now(const struct work *work, struct err *err)
{
	if (look(work, NULL, &work->out->now, err) != 0)
		return -1;
	work->out->is_read = true;
	return 0;
}

/* --- changing ---------------------------------------------------------- */

/* "kafka-configs ... --alter ", what is altered stands behind it. */
static void
add_configs(const struct work *work, struct buf *out)
{
	const struct cluster_view *view = work->freezer->view;

	buf_add_text(out, "kafka-configs --bootstrap-server ");
	if (view->broker_count > 0)
		buf_add_format(out, "%s:%d", view->brokers[0].host,
		    (int)view->brokers[0].port);
	else
		buf_add_text(out, "HOST:PORT");
	buf_add_text(out,
	    " --entity-type topics --entity-name " OFFSETS_TOPIC " --alter ");
}

/* How to make room for the freeze, and how to put that back. */
static void
hint_at_limit(const struct work *work, const struct topic_config *config,
    const char *value, struct err *err)
{
	struct buf configs = { 0 };

	add_configs(work, &configs);
	if (config->own)
		err_hint(err,
		    "first: %s--delete-config " FREEZE_LIMIT
		    "; and back after the thaw: %s--add-config " FREEZE_LIMIT
		    "=%s",
		    buf_text(&configs), buf_text(&configs), value);
	else
		err_hint(err,
		    "first: %s--add-config " FREEZE_LIMIT "=" FREEZE_VALUE
		    "; and back after the thaw: %s--delete-config " FREEZE_LIMIT,
		    buf_text(&configs), buf_text(&configs));
	buf_release(&configs);
}

/* The broker refused the value: most likely because of its counterpart. */
static int
explain_refusal(const struct work *work, struct err *err)
{
	struct topic_config config;
	struct err ignored = { 0 };
	char shown[FREEZE_VALUE_MAX];
	int64_t number;

	if (cluster_topic_config(work->freezer->cluster, -1, &limit,
		request_ms(work), &config, &ignored) != 0)
		return -1;
	if (parse_i64(buf_bytes(&config.value), 0, INT64_MAX - 1, &number)) {
		err_set(err, ERR_REFUSED,
		    "the broker refuses it, because " FREEZE_LIMIT
		    " is %s%s, and " FREEZE_SETTING " must not be greater",
		    utf8_escape_to(
			buf_bytes(&config.value), shown, sizeof(shown)),
		    config.own ? " on " OFFSETS_TOPIC : " on the brokers");
		hint_at_limit(work, &config, shown, err);
	}
	buf_release(&config.value);
	return -1;
}

static int
change(const struct work *work, const struct freeze_value *to, bool check_only,
    struct err *err)
{
	const struct topic_change what = {
		.setting = lag,
		.value = to->own ? to->text : NULL,
		.check_only = check_only,
	};
	int code;

	if (env_interrupted(work->freezer->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	if (cluster_topic_change(work->freezer->cluster, &what,
		request_ms(work), &code, err) == 0) {
		work->out->changed = work->out->changed || !check_only;
		return 0;
	}
	if (code == KAFKA_INVALID_CONFIG)
		return explain_refusal(work, err);
	if (!check_only && err->kind == ERR_UNAVAILABLE)
		err_hint(err,
		    "it may be changed or not: the same command again "
		    "goes on from the record");
	return -1;
}

/* Set it, and see it. */
static int
change_and_look(
    const struct work *work, const struct freeze_value *to, struct err *err)
{
	if (change(work, to, false, err) != 0)
		return -1;
	if (look(work, to, NULL, err) == 0)
		return 0;
	err_wrap(err, "it was changed, but not seen");
	err_hint(err, "the same command again looks again");
	return -1;
}

/* --- freezing ---------------------------------------------------------- */

/* The record first; one that is superseded ends once the new one is there. */
static int
keep_record(
    const struct work *work, const struct freeze_record *open, struct err *err)
{
	const struct freezer *freezer = work->freezer;
	struct freeze_result *out = work->out;
	const struct freeze_record old =
	    open != NULL ? *open : (struct freeze_record){ 0 };

	if (out->freeze == FREEZE_GO_ON)
		return 0;
	if (freeze_record_make(freezer->view->cluster_id, &out->now,
		freezer->env, &out->record, err) != 0 ||
	    freezelog_add(freezer->log, &out->record, err) != 0)
		return -1;
	out->recorded = true;
	out->state = FREEZELOG_OPEN;
	if (open == NULL)
		return 0;
	return freezelog_end(
	    freezer->log, &old, FREEZE_END_SUPERSEDED, &out->now, err);
}

static bool
is_freeze_work(enum freeze_step step)
{
	return step == FREEZE_BEGIN || step == FREEZE_GO_ON ||
	    step == FREEZE_ANEW;
}

static struct work
begin(const struct freezer *freezer, struct freeze_result *out)
{
	*out = (struct freeze_result){ 0 };
	return (struct work){
		.freezer = freezer,
		.deadline_ms =
		    env_monotonic_ms(freezer->env) + freezer->timeout_ms,
		.out = out,
	};
}

int
freezer_freeze(
    const struct freezer *freezer, struct freeze_result *out, struct err *err)
{
	const struct work work = begin(freezer, out);
	const struct freeze_value frozen = freeze_value_frozen();
	const struct freeze_record *open = NULL;

	if (read_now(&work, err) != 0 ||
	    freezelog_find(freezer->log, &out->state, &out->record, err) != 0)
		return -1;
	if (out->state == FREEZELOG_OPEN)
		open = &out->record;
	out->freeze = freeze_decide(open, &out->now, freezer->force_stale);
	if (!is_freeze_work(out->freeze))
		return 0;
	if (change(&work, &frozen, true, err) != 0)
		return -1;
	if (!freezer->execute)
		return 0;
	if (keep_record(&work, open, err) != 0)
		return -1;
	return change_and_look(&work, &frozen, err);
}

/* --- thawing ----------------------------------------------------------- */

/* Nothing is recorded: what the brokers tell decides whether all is well. */
static int
thaw_unrecorded(struct freeze_result *out, struct err *err)
{
	const struct freeze_value frozen = freeze_value_frozen();

	if (freeze_value_equal(&out->now, &frozen)) {
		out->thaw = THAW_BY_OTHERS;
		return 0;
	}
	return err_set(err, ERR_NOT_FOUND,
	    out->state == FREEZELOG_THAWED
		? "nothing to thaw: what was frozen is thawed already"
		: "nothing to thaw: no freeze of this cluster is recorded "
		  "there, and it is not frozen");
}

int
freezer_thaw(
    const struct freezer *freezer, struct freeze_result *out, struct err *err)
{
	const struct work work = begin(freezer, out);
	const struct freeze_value *before = &out->record.before;

	if (freezelog_find(freezer->log, &out->state, &out->record, err) != 0 ||
	    read_now(&work, err) != 0)
		return -1;
	if (out->state != FREEZELOG_OPEN)
		return thaw_unrecorded(out, err);
	out->thaw = thaw_decide(&out->record, &out->now, freezer->force_stale);
	if (out->thaw == THAW_CHANGED)
		return 0;
	if (out->thaw == THAW_PUT_BACK && change(&work, before, true, err) != 0)
		return -1;
	if (!freezer->execute)
		return 0;
	if (out->thaw == THAW_PUT_BACK &&
	    change_and_look(&work, before, err) != 0)
		return -1;
	return freezelog_end(freezer->log, &out->record,
	    out->thaw == THAW_PUT_BACK ? FREEZE_END_PUT_BACK
				       : FREEZE_END_WAS_SO,
	    &out->now, err);
}
