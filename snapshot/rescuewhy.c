#include "snapshot/rescuewhy.h"

#include "common/duration.h"
#include "snapshot/lifetime.h"

/* --- its time ----------------------------------------------------------- */

/* The group's last record is still that of then. */
static bool
is_of_then(const struct ledger_group *group, const struct ledger_spot *spot)
{
	return group->record_offset >= 0 && group->record_ms <= spot->gone_ms;
}

/*
 * From when its time was counted, -1: not known.  A record from before the
 * tombstone tells the group's kind; where there is none it had only commits,
 * or its record is compacted away, and then the commit is the earliest that it
 * can have been.
 */
static int64_t
base_of(const struct ledger_spot *spot)
{
	const struct ledger_group *group = spot->group;
	const bool is_classic = is_of_then(group, spot) &&
	    group->type == GROUP_CLASSIC && group->protocol_type.size > 0;
	const int64_t commit_ms =
	    spot->value.record_offset >= 0 ? spot->value.commit_ms : -1;

	if (is_classic && group->classic_count == 0 && group->state_ms >= 0 &&
	    lifetime_clock_of(GROUP_CLASSIC, group->protocol_type.data) ==
		LIFETIME_CLOCK_EMPTY)
		return group->state_ms;
	return commit_ms;
}

enum rescue_age
rescuewhy_age(const struct ledger_spot *spot, const struct rescue_facts *facts)
{
	const int64_t base_ms = base_of(spot);

	if (spot->value.record_offset >= 0 && spot->value.expire_ms >= 0)
		return spot->gone_ms >= spot->value.expire_ms
		    ? RESCUE_AGE_EXPLICIT
		    : RESCUE_AGE_YOUNG;
	if (base_ms < 0)
		return RESCUE_AGE_UNKNOWN;
	return spot->gone_ms - base_ms >= facts->retention_ms
	    ? RESCUE_AGE_OVER
	    : RESCUE_AGE_YOUNG;
}

/* --- why ---------------------------------------------------------------- */

static void
decide(struct rescue_finding *finding, enum rescue_why why, bool is_sure,
    const char *text)
{
	finding->why = why;
	finding->is_sure = is_sure;
	finding->text = text;
}

static bool
is_topic_gone(const struct rescue_moment *moment)
{
	return moment->topic == RESCUE_TOPIC_MISSING ||
	    moment->topic == RESCUE_TOPIC_ANOTHER;
}

static void
judge_expired(struct rescue_finding *finding,
    const struct rescue_moment *moment, const struct rescue_facts *facts,
    struct arena *arena)
{
	const struct ledger_spot *spot = finding->spot;
	const int64_t base_ms = base_of(spot);
	const bool from_empty = base_ms == spot->group->state_ms &&
	    base_ms != spot->value.commit_ms;
	char age[DURATION_TEXT_MAX], kept[DURATION_TEXT_MAX];

	if (is_topic_gone(moment) && moment->others_of_topic) {
		decide(finding, RESCUE_TOPIC_DELETED, true,
		    "the topic is gone, and other groups lost theirs of it at "
		    "that moment");
		return;
	}
	decide(finding, RESCUE_EXPIRED,
	    facts->retention_known && !is_topic_gone(moment),
	    arena_format(arena, "%s after %s; positions are kept for %s%s%s",
		duration_format(spot->gone_ms - base_ms, age),
		from_empty ? "the group became empty" : "its commit",
		duration_format(facts->retention_ms, kept),
		facts->retention_known ? "" : " (assumed)",
		is_topic_gone(moment) ? "; its topic is gone, too" : ""));
}

static void
judge_topic(struct rescue_finding *finding, const struct rescue_moment *moment)
{
	const bool is_another = moment->topic == RESCUE_TOPIC_ANOTHER;

	if (moment->others_of_topic)
		decide(finding, RESCUE_TOPIC_DELETED, true,
		    "the topic is gone, and other groups lost theirs of it at "
		    "that moment");
	else if (moment->group_went || moment->is_all)
		decide(finding, RESCUE_TOPIC_DELETED, false,
		    is_another
			? "the topic is another one now; deleting the group "
			  "looks the same"
			: "the topic is gone; deleting the group looks the "
			  "same");
	else
		decide(finding, RESCUE_TOPIC_DELETED, true,
		    is_another
			? "the topic is another one now, and the group stayed"
			: "the topic is gone, and the group stayed");
}

/* Nothing of a topic that is known to be gone. */
static void
judge_removed(
    struct rescue_finding *finding, const struct rescue_moment *moment)
{
	/* One of that name is there, or may be, and it may be another one. */
	const bool maybe_topic =
	    moment->topic != RESCUE_TOPIC_SAME && !moment->has_others;

	if (moment->group_went)
		decide(finding, RESCUE_GROUP_DELETED, !maybe_topic,
		    maybe_topic
			? "the group went at that moment; with no topic "
			  "id to compare, its topic may have been "
			  "deleted"
			: "the group went at that moment, before its "
			  "time");
	else if (moment->is_only)
		decide(finding, RESCUE_REMOVED, false,
		    "it was the only position: it was removed, or the group "
		    "deleted");
	else if (moment->is_all)
		decide(finding, RESCUE_GROUP_DELETED, false,
		    "all positions of the group went at that moment, before "
		    "their time");
	else
		decide(finding, RESCUE_REMOVED, !maybe_topic,
		    maybe_topic ? "before its time, and the group stayed; with "
				  "no topic id to compare, its topic may have "
				  "been deleted"
				: "before its time, and the group stayed");
}

void
rescuewhy_judge(struct rescue_finding *finding,
    const struct rescue_moment *moment, const struct rescue_facts *facts,
    struct arena *arena)
{
	switch (rescuewhy_age(finding->spot, facts)) {
	case RESCUE_AGE_EXPLICIT:
		decide(finding, RESCUE_EXPLICIT_EXPIRY, !is_topic_gone(moment),
		    "after the time that its commit gave");
		return;
	case RESCUE_AGE_OVER:
		judge_expired(finding, moment, facts, arena);
		return;
	case RESCUE_AGE_UNKNOWN:
		if (is_topic_gone(moment) && moment->others_of_topic)
			judge_topic(finding, moment);
		else
			decide(finding, RESCUE_UNTOLD, false,
			    "what it held is compacted away, and with it when "
			    "that was committed");
		return;
	case RESCUE_AGE_YOUNG:
	default:
		if (is_topic_gone(moment) && !moment->has_others)
			judge_topic(finding, moment);
		else
			judge_removed(finding, moment);
		return;
	}
}
