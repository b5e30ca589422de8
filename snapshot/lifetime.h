/*
 * lifetime.h - when a committed position will be lost, and by which rule.
 * Pure.
 *
 * Kafka's rule (kafka.md 2, seen on brokers: verified.md 2).  An explicit
 * expiry, which old clients could commit, counts before all else, wherever a
 * position may go at all.  Otherwise it goes offsets.retention.minutes after
 *
 *	classic, empty		the group became empty, with all others; where
 *				its record does not tell when: the commit
 *	classic, consumers	the commit, on topics that no member subscribes
 *	classic, other members	never (Connect; a subscription that cannot be
 *				read; while it rebalances)
 *	simple			the commit, each position for itself
 *	consumer, streams	the commit, on topics that nobody subscribes, or
 *				that are no source: when it is empty on all
 *	share			it has none here
 *
 * What a consumer or streams group holds by its members goes within a second
 * when the last of them leaves, if its time is over by then.  A classic group
 * then begins to count.
 *
 * The broker looks every offsets.retention.check.interval.ms (10 minutes): a
 * position is lost at the first look after its moment.  The group itself goes
 * with its last position.
 */
#ifndef SNAPSHOT_LIFETIME_H
#define SNAPSHOT_LIFETIME_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "formats/model.h"

struct ledger_group;
struct ledger_spot;

/* From when it is counted in a group that nobody is in. */
enum lifetime_clock {
	LIFETIME_CLOCK_NONE, /* a share group */
	LIFETIME_CLOCK_COMMIT,
	LIFETIME_CLOCK_EMPTY,
	LIFETIME_CLOCK_EITHER, /* which of the two cannot be told */
};

/* protocol_type is the model's: "" simple, "unknown". */
enum lifetime_clock lifetime_clock_of(
    enum group_type type, const char *protocol_type);

/* The word (lifetime_rule_text) stands in JSON; append, never rename. */
enum lifetime_rule {
	LIFETIME_UNKNOWN,
	LIFETIME_EXPLICIT, /* as an old client said */
	LIFETIME_COMMIT,   /* counted from its commit */
	LIFETIME_EMPTY,    /* counted from when the group became empty */
	LIFETIME_HELD,     /* not now; by the moment it would go with the last
			    * member */
	LIFETIME_MEMBERS,  /* not as long as somebody is in the group */
	LIFETIME_NONE,     /* of a share group */
	LIFETIME_RULE_COUNT,
};

/* A moment, as far as it is known: not before from_ms, and not after to_ms. */
#define LIFETIME_NEVER INT64_MAX
struct lifetime_moment {
	int64_t from_ms; /* -1: not known */
	int64_t to_ms;   /* LIFETIME_NEVER: not known */
};

struct lifetime {
	enum lifetime_rule rule;
	/* When it is lost; of LIFETIME_HELD from when on it would be.  Of
	 * unknown, members and none nothing. */
	struct lifetime_moment lost;
	/* Of LIFETIME_HELD: whether anybody subscribes the topic cannot be
	 * told; if nobody does it is lost like the others. */
	bool unsure;
};

enum lifetime_subscription {
	LIFETIME_UNSUBSCRIBED,
	LIFETIME_SUBSCRIBED,
	LIFETIME_SUBSCRIPTION_UNKNOWN,
};

/* What the rule is applied to. */
struct lifetime_facts {
	enum group_type type;
	const char *protocol_type;
	bool has_members;
	enum lifetime_subscription subscription; /* with members */
	struct lifetime_moment commit;
	struct lifetime_moment empty; /* when it became so; from_ms -1 and to_ms
				       * never: its record does not tell */
	int64_t expire_ms;            /* explicit, -1: none, or not known */
};

struct lifetime lifetime_of(
    const struct lifetime_facts *facts, int64_t retention_ms);

/* Of a position that is live in a ledger that was finished. */
struct lifetime lifetime_of_spot(const struct ledger_group *group,
    const struct ledger_spot *spot, int64_t retention_ms);

/* True where there is a moment at which it is lost if nothing happens. */
bool lifetime_runs(const struct lifetime *lifetime);

/* "from-commit", "held" and the like; static. */
const char *lifetime_rule_text(enum lifetime_rule rule);

#endif /* SNAPSHOT_LIFETIME_H */
