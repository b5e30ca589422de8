#include "snapshot/rescuefind.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "snapshot/rescuewhy.h"

/* A position that is gone, and what is known of the moment. */
struct loss {
	const struct ledger_spot *spot;
	enum rescue_age age;
	struct rescue_moment moment;
};

struct finding_all {
	const struct rescue_facts *facts;
	struct arena arena;
	struct nametable oldest; /* of topics: when the oldest live position was
				  * committed, int64_t */
	struct loss *losses;
	size_t count;
	size_t capacity;
	struct rescue_findings *out;
};

static const char *const texts[RESCUE_WHY_COUNT] = {
	[RESCUE_EXPLICIT_EXPIRY] = "explicit-expiry",
	[RESCUE_EXPIRED] = "expired",
	[RESCUE_GROUP_DELETED] = "group-deleted",
	[RESCUE_TOPIC_DELETED] = "topic-deleted",
	[RESCUE_REMOVED] = "removed",
	[RESCUE_UNTOLD] = "unknown",
	[RESCUE_UNREADABLE] = "unreadable",
	[RESCUE_SET_BACK] = "set-back",
	[RESCUE_JUMPED] = "jumped",
	[RESCUE_BEGUN_ANEW] = "begun-anew",
};

const char *
rescue_why_text(enum rescue_why why)
{
	return texts[why];
}

bool
rescue_is_lost(enum rescue_why why)
{
	return why < RESCUE_SET_BACK;
}

/* --- moments ------------------------------------------------------------ */

static int
compare_numbers(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

static int
compare_by_group(const void *left, const void *right)
{
	const struct loss *a = left, *b = right;
	const int order =
	    bytes_compare(a->spot->group->name, b->spot->group->name);

	if (order != 0)
		return order;
	return compare_numbers(a->spot->gone_ms, b->spot->gone_ms);
}

static int
compare_by_topic(const void *left, const void *right)
{
	const struct loss *a = left, *b = right;
	const int order = bytes_compare(a->spot->topic, b->spot->topic);

	if (order != 0)
		return order;
	return compare_numbers(a->spot->gone_ms, b->spot->gone_ms);
}

static bool
has_stayed(const struct loss *loss)
{
	return loss->moment.topic != RESCUE_TOPIC_MISSING &&
	    loss->moment.topic != RESCUE_TOPIC_ANOTHER;
}

/* Two topics that stayed among them, or one: which. */
struct stayed {
	const char *topic;
	bool is_more;
};

static struct stayed
stayed_topics(const struct loss *losses, size_t count)
{
	struct stayed stayed = { NULL, false };

	for (size_t at = 0; at < count; at++) {
		const char *topic = losses[at].spot->topic.data;

		if (!has_stayed(&losses[at]))
			continue;
		stayed.is_more |= stayed.topic != NULL && stayed.topic != topic;
		stayed.topic = topic;
	}
	return stayed;
}

/* What a group lost at one moment; last: nothing of it went later. */
static void
describe_moment(struct loss *losses, size_t count, bool last)
{
	const struct ledger_group *group = losses->spot->group;
	const int64_t first_ms = losses->spot->gone_ms;
	const int64_t last_ms = losses[count - 1].spot->gone_ms;
	const struct stayed stayed = stayed_topics(losses, count);

	for (size_t at = 0; at < count; at++) {
		struct rescue_moment *moment = &losses[at].moment;

		moment->group_went = group->gone_ms >= 0 &&
		    group->gone_ms >= first_ms - RESCUE_MOMENT_MS &&
		    group->gone_ms <= last_ms + RESCUE_MOMENT_MS;
		moment->is_all = last && group->live_count == 0;
		moment->is_only = moment->is_all && group->spot_count == 1;
		moment->has_others = stayed.is_more ||
		    (stayed.topic != NULL &&
			stayed.topic != losses[at].spot->topic.data);
	}
}

static void
find_moments(struct finding_all *finding)
{
	struct loss *losses = finding->losses;
	size_t begin = 0;

	qsort(losses, finding->count, sizeof(*losses), compare_by_group);
	for (size_t at = 1; at <= finding->count; at++) {
		const bool other_group = at == finding->count ||
		    losses[at].spot->group != losses[begin].spot->group;

		if (!other_group &&
		    losses[at].spot->gone_ms - losses[at - 1].spot->gone_ms <=
			RESCUE_MOMENT_MS)
			continue;
		describe_moment(&losses[begin], at - begin, other_group);
		begin = at;
	}
}

/* Looking on from one loss: the nearest of another group before its time. */
static bool
has_company(const struct loss *loss, const struct loss *nearest)
{
	int64_t apart;

	if (nearest == NULL ||
	    nearest->spot->topic.data != loss->spot->topic.data)
		return false;
	apart = loss->spot->gone_ms - nearest->spot->gone_ms;
	return apart >= -RESCUE_MOMENT_MS && apart <= RESCUE_MOMENT_MS;
}

/* One way through the losses of each topic in the order of time. */
static void
look_along(struct loss *losses, size_t count, bool backward)
{
	const struct loss *last = NULL;  /* the last before its time ... */
	const struct loss *other = NULL; /* ... and that of another group */

	for (size_t step = 0; step < count; step++) {
		struct loss *loss = &losses[backward ? count - 1 - step : step];
		const bool is_same =
		    last != NULL && last->spot->group == loss->spot->group;

		loss->moment.others_of_topic |=
		    has_company(loss, is_same ? other : last);
		if (loss->age != RESCUE_AGE_YOUNG)
			continue;
		if (!is_same)
			other = last;
		last = loss;
	}
}

/* When the oldest position of the topic was committed that is live. */
static int64_t
oldest_live(const struct finding_all *finding, struct bytes topic)
{
	const struct nametable_entry *entry =
	    nametable_find(&finding->oldest, topic);

	return entry == NULL ? INT64_MAX : *(const int64_t *)entry->value;
}

/*
 * A topic that is deleted takes every position with it, so one that is older
 * than the moment and outlived it shows that the topic was not deleted then.
 * The losses of each topic, from the last back: those later than the moment
 * have been passed.
 */
static void
find_survivors(struct finding_all *finding)
{
	int64_t oldest_ms = INT64_MAX;
	size_t passed = finding->count; /* from here on later than the moment */

	for (size_t at = finding->count; at > 0; at--) {
		struct loss *loss = &finding->losses[at - 1];
		const struct ledger_spot *spot = loss->spot;

		if (at == finding->count ||
		    loss[1].spot->topic.data != spot->topic.data) {
			oldest_ms = oldest_live(finding, spot->topic);
			passed = at;
		}
		for (; passed > at &&
		     finding->losses[passed - 1].spot->gone_ms >
			 spot->gone_ms + RESCUE_MOMENT_MS;
		     passed--) {
			const struct ledger_value *value =
			    &finding->losses[passed - 1].spot->value;

			if (value->record_offset >= 0 &&
			    value->commit_ms < oldest_ms)
				oldest_ms = value->commit_ms;
		}
		if (oldest_ms < spot->gone_ms - RESCUE_MOMENT_MS)
			loss->moment.topic = RESCUE_TOPIC_SAME;
	}
}

/* The losses of each topic in the order of time. */
static void
sort_by_topic(struct finding_all *finding)
{
	qsort(finding->losses, finding->count, sizeof(*finding->losses),
	    compare_by_topic);
}

static void
find_company(struct finding_all *finding)
{
	sort_by_topic(finding);
	look_along(finding->losses, finding->count, false);
	look_along(finding->losses, finding->count, true);
}

/* --- findings ----------------------------------------------------------- */

static struct rescue_finding *
add(struct rescue_findings *findings, const struct ledger_spot *spot)
{
	struct rescue_finding *finding;

	findings->list = xgrow(findings->list, findings->count,
	    &findings->capacity, sizeof(*findings->list));
	finding = &findings->list[findings->count++];
	*finding = (struct rescue_finding){
		.spot = spot,
		.text = "",
		.at_ms = spot->gone_ms,
		.has_value = spot->value.record_offset >= 0,
		.offset = -1,
		.epoch = -1,
		.commit_ms = -1,
		.new_offset = -1,
	};
	if (!finding->has_value)
		return finding;
	finding->offset = spot->value.offset;
	finding->epoch = spot->value.epoch;
	finding->commit_ms = spot->value.commit_ms;
	finding->topic_id = spot->value.topic_id;
	return finding;
}

static void
add_unreadable(struct rescue_findings *out, const struct ledger_spot *spot)
{
	struct rescue_finding *finding = add(out, spot);

	finding->why = RESCUE_UNREADABLE;
	finding->is_sure = true;
	finding->at_ms = -1;
	finding->text = "its last record cannot be decoded";
}

static void
add_move(struct rescue_findings *out, const struct rescue_move *move)
{
	static const struct {
		enum rescue_why why;
		const char *text;
	} kinds[] = {
		[RESCUE_MOVE_NONE] = { RESCUE_UNTOLD, "" },
		[RESCUE_MOVE_BACK] = { RESCUE_SET_BACK, "to a smaller number" },
		[RESCUE_MOVE_NO_EPOCH] = { RESCUE_JUMPED,
		    "without the leader epoch that it had: by a tool, not by "
		    "that consumer" },
		[RESCUE_MOVE_NOBODY] = { RESCUE_JUMPED,
		    "nobody was in the group then" },
		[RESCUE_MOVE_ANEW] = { RESCUE_BEGUN_ANEW,
		    "it had been removed before, and began elsewhere" },
	};
	struct rescue_finding *finding = add(out, move->spot);

	finding->why = kinds[move->kind].why;
	finding->text = kinds[move->kind].text;
	finding->is_sure = move->kind != RESCUE_MOVE_NO_EPOCH &&
	    move->kind != RESCUE_MOVE_NOBODY;
	finding->at_ms =
	    move->kind == RESCUE_MOVE_ANEW ? move->gone_ms : move->move_ms;
	finding->has_value = true;
	finding->offset = move->from_offset;
	finding->epoch = move->from_epoch;
	finding->commit_ms = move->from_ms;
	finding->topic_id = move->from_topic_id;
	finding->new_offset = move->to_offset;
}

static void
add_loss(struct finding_all *finding, const struct ledger_spot *spot)
{
	finding->losses = xgrow(finding->losses, finding->count,
	    &finding->capacity, sizeof(*finding->losses));
	finding->losses[finding->count++] = (struct loss){
		.spot = spot,
		.age = rescuewhy_age(spot, finding->facts),
		.moment.topic = rescuefacts_topic(finding->facts, spot),
	};
}

static void
note_live(struct finding_all *finding, const struct ledger_spot *spot)
{
	struct nametable_entry *entry =
	    nametable_add(&finding->oldest, spot->topic);
	int64_t *oldest_ms = entry->value;

	if (oldest_ms == NULL) {
		oldest_ms = arena_alloc(&finding->arena, 1, sizeof(*oldest_ms));
		*oldest_ms = INT64_MAX;
		entry->value = oldest_ms;
	}
	if (spot->value.commit_ms < *oldest_ms)
		*oldest_ms = spot->value.commit_ms;
}

static void
gather(struct finding_all *finding, const struct ledger *ledger,
    const struct rescue_watch *watch)
{
	for (size_t at = 0; at < ledger->group_count; at++)
		for (const struct ledger_spot *spot = ledger->list[at]->spots;
		     spot != NULL; spot = spot->next) {
			const struct rescue_move *move = watch == NULL
			    ? NULL
			    : rescuewatch_move(watch, spot);

			if (spot->state == LEDGER_LIVE)
				note_live(finding, spot);
			if (spot->state == LEDGER_GONE)
				add_loss(finding, spot);
			else if (spot->state == LEDGER_UNREADABLE)
				add_unreadable(finding->out, spot);
			if (move != NULL && spot->state == LEDGER_LIVE)
				add_move(finding->out, move);
		}
}

static int
compare_findings(const void *left, const void *right)
{
	const struct rescue_finding *a = left, *b = right;
	int order = compare_numbers(b->at_ms, a->at_ms);

	if (order == 0)
		order =
		    bytes_compare(a->spot->group->name, b->spot->group->name);
	if (order == 0)
		order = bytes_compare(a->spot->topic, b->spot->topic);
	if (order == 0)
		order = compare_numbers(a->spot->partition, b->spot->partition);
	return order;
}

void
rescuefind_run(const struct ledger *ledger, const struct rescue_watch *watch,
    const struct rescue_facts *facts, struct rescue_findings *out)
{
	struct finding_all finding = { .facts = facts, .out = out };

	*out = (struct rescue_findings){ 0 };
	nametable_init(&finding.oldest, &finding.arena, ledger->groups.seed);
	gather(&finding, ledger, watch);
	if (finding.count > 0) {
		sort_by_topic(&finding);
		find_survivors(&finding);
		find_moments(&finding);
		find_company(&finding);
	}
	for (size_t at = 0; at < finding.count; at++)
		rescuewhy_judge(add(out, finding.losses[at].spot),
		    &finding.losses[at].moment, facts, &out->arena);
	if (out->count > 0)
		qsort(out->list, out->count, sizeof(*out->list),
		    compare_findings);
	free(finding.losses);
	nametable_release(&finding.oldest);
	arena_release(&finding.arena);
}

void
rescue_findings_release(struct rescue_findings *findings)
{
	free(findings->list);
	arena_release(&findings->arena);
	*findings = (struct rescue_findings){ 0 };
}
