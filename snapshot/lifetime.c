#include "snapshot/lifetime.h"

#include <string.h>

#include "snapshot/ledger.h"

static const char *const texts[LIFETIME_RULE_COUNT] = {
	[LIFETIME_UNKNOWN] = "unknown",
	[LIFETIME_EXPLICIT] = "explicit",
	[LIFETIME_COMMIT] = "from-commit",
	[LIFETIME_EMPTY] = "from-empty",
	[LIFETIME_HELD] = "held",
	[LIFETIME_MEMBERS] = "has-members",
	[LIFETIME_NONE] = "none",
};

static const struct lifetime_moment no_moment = { -1, LIFETIME_NEVER };

const char *
lifetime_rule_text(enum lifetime_rule rule)
{
	return texts[rule];
}

static enum lifetime_clock
classic_clock(const char *protocol_type)
{
	if (strcmp(protocol_type, "unknown") == 0)
		return LIFETIME_CLOCK_EITHER;
	return protocol_type[0] == '\0' ? LIFETIME_CLOCK_COMMIT
					: LIFETIME_CLOCK_EMPTY;
}

enum lifetime_clock
lifetime_clock_of(enum group_type type, const char *protocol_type)
{
	switch (type) {
	case GROUP_CLASSIC:
		return classic_clock(protocol_type);
	case GROUP_CONSUMER:
	case GROUP_STREAMS:
		return LIFETIME_CLOCK_COMMIT;
	case GROUP_SHARE:
		return LIFETIME_CLOCK_NONE;
	case GROUP_UNKNOWN:
	default:
		return LIFETIME_CLOCK_EITHER;
	}
}

static int64_t
later(int64_t time_ms, int64_t by_ms)
{
	return time_ms < LIFETIME_NEVER - by_ms ? time_ms + by_ms
						: LIFETIME_NEVER;
}

/* After that moment, or when an old client said. */
static struct lifetime
counted(const struct lifetime_facts *facts, enum lifetime_rule rule,
    const struct lifetime_moment *base, int64_t retention_ms)
{
	struct lifetime lifetime = { rule, no_moment, false };

	if (facts->expire_ms >= 0) {
		if (rule != LIFETIME_HELD)
			lifetime.rule = LIFETIME_EXPLICIT;
		lifetime.lost.from_ms = facts->expire_ms;
		lifetime.lost.to_ms = facts->expire_ms;
		return lifetime;
	}
	if (base->from_ms >= 0)
		lifetime.lost.from_ms = later(base->from_ms, retention_ms);
	lifetime.lost.to_ms = later(base->to_ms, retention_ms);
	return lifetime;
}

static struct lifetime
of_empty(const struct lifetime_facts *facts, int64_t retention_ms)
{
	const bool told =
	    facts->empty.from_ms >= 0 || facts->empty.to_ms != LIFETIME_NEVER;

	switch (lifetime_clock_of(facts->type, facts->protocol_type)) {
	case LIFETIME_CLOCK_COMMIT:
		return counted(
		    facts, LIFETIME_COMMIT, &facts->commit, retention_ms);
	case LIFETIME_CLOCK_EMPTY:
		return counted(facts, LIFETIME_EMPTY,
		    told ? &facts->empty : &facts->commit, retention_ms);
	case LIFETIME_CLOCK_NONE:
		return (struct lifetime){ LIFETIME_NONE, no_moment, false };
	case LIFETIME_CLOCK_EITHER:
	default:
		return (struct lifetime){ LIFETIME_UNKNOWN, no_moment, false };
	}
}

static struct lifetime
of_classic(const struct lifetime_facts *facts, int64_t retention_ms)
{
	const struct lifetime stays = { LIFETIME_MEMBERS, no_moment, false };

	if (strcmp(facts->protocol_type, "consumer") != 0)
		return stays;
	if (facts->subscription == LIFETIME_UNSUBSCRIBED)
		return counted(
		    facts, LIFETIME_COMMIT, &facts->commit, retention_ms);
	/* A moment that has passed is not looked at before they leave. */
	if (facts->expire_ms >= 0)
		return counted(
		    facts, LIFETIME_HELD, &facts->commit, retention_ms);
	return stays;
}

static struct lifetime
of_modern(const struct lifetime_facts *facts, int64_t retention_ms)
{
	struct lifetime lifetime;

	if (facts->subscription == LIFETIME_UNSUBSCRIBED)
		return counted(
		    facts, LIFETIME_COMMIT, &facts->commit, retention_ms);
	lifetime = counted(facts, LIFETIME_HELD, &facts->commit, retention_ms);
	lifetime.unsure = facts->subscription == LIFETIME_SUBSCRIPTION_UNKNOWN;
	return lifetime;
}

struct lifetime
lifetime_of(const struct lifetime_facts *facts, int64_t retention_ms)
{
	if (!facts->has_members)
		return of_empty(facts, retention_ms);
	switch (facts->type) {
	case GROUP_CLASSIC:
		return of_classic(facts, retention_ms);
	case GROUP_CONSUMER:
	case GROUP_STREAMS:
		return of_modern(facts, retention_ms);
	case GROUP_SHARE:
		return (struct lifetime){ LIFETIME_NONE, no_moment, false };
	case GROUP_UNKNOWN:
	default:
		return (struct lifetime){ LIFETIME_UNKNOWN, no_moment, false };
	}
}

bool
lifetime_runs(const struct lifetime *lifetime)
{
	return lifetime->rule == LIFETIME_EXPLICIT ||
	    lifetime->rule == LIFETIME_COMMIT ||
	    lifetime->rule == LIFETIME_EMPTY;
}

/* --- of the records ------------------------------------------------------ */

static bool
has_topic(const struct bytes *topics, size_t count, struct bytes topic)
{
	for (size_t at = 0; at < count; at++)
		if (bytes_equal(topics[at], topic))
			return true;
	return false;
}

static enum lifetime_subscription
subscription_of_sources(const struct ledger_group *group, struct bytes topic)
{
	if (!group->has_sources)
		return LIFETIME_SUBSCRIPTION_UNKNOWN;
	if (has_topic(group->sources, group->source_count, topic))
		return LIFETIME_SUBSCRIBED;
	return group->sources_may_have_more ? LIFETIME_SUBSCRIPTION_UNKNOWN
					    : LIFETIME_UNSUBSCRIBED;
}

static enum lifetime_subscription
subscription_of(const struct ledger_group *group, struct bytes topic)
{
	enum lifetime_subscription found = LIFETIME_UNSUBSCRIBED;

	if (group->type == GROUP_STREAMS)
		return subscription_of_sources(group, topic);
	for (const struct ledger_member *member = ledger_group_members(group);
	     member != NULL; member = member->next) {
		if (!member->live)
			continue;
		if (has_topic(member->topics, member->topic_count, topic))
			return LIFETIME_SUBSCRIBED;
		if (member->may_have_more)
			found = LIFETIME_SUBSCRIPTION_UNKNOWN;
	}
	return found;
}

/* Records of members can be there without a group's own. */
static bool
has_members(const struct ledger_group *group)
{
	return group->state == LEDGER_LIVE && !ledger_group_is_empty(group);
}

static struct lifetime_moment
exactly(int64_t time_ms)
{
	return time_ms < 0 ? no_moment
			   : (struct lifetime_moment){ time_ms, time_ms };
}

struct lifetime
lifetime_of_spot(const struct ledger_group *group,
    const struct ledger_spot *spot, int64_t retention_ms)
{
	struct lifetime_facts facts = {
		.type = group->type,
		.protocol_type = "unknown",
		.has_members = has_members(group),
		.commit = exactly(spot->value.commit_ms),
		.empty = exactly(group->state_ms),
		.expire_ms = spot->value.expire_ms,
	};

	if (group->state == LEDGER_UNREADABLE || spot->state != LEDGER_LIVE)
		return (struct lifetime){ LIFETIME_UNKNOWN, no_moment, false };
	if (ledger_group_is_simple(group)) {
		facts.type = GROUP_CLASSIC;
		facts.protocol_type = "";
		facts.has_members = false;
	} else if (group->type == GROUP_CLASSIC) {
		facts.protocol_type = group->protocol_type.data;
	}
	if (facts.has_members)
		facts.subscription = subscription_of(group, spot->topic);
	return lifetime_of(&facts, retention_ms);
}
