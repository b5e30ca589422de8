/*
 * When a position is lost: every row of the table in kafka.md 2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snapshot/ledger.h"
#include "snapshot/lifetime.h"

#define KEPT 1000 /* the retention */
#define COMMITTED 50
#define EMPTIED 70
#define PINNED 5000

enum who {
	NOBODY,
	READER,   /* subscribes topic "t" */
	OTHER,    /* subscribes another one */
	SECRETIVE /* what it subscribes cannot be read */
};

struct row {
	const char *name;
	const char *protocol_type; /* of a classic one */
	enum group_type type;
	enum ledger_state state; /* of its record */
	enum who who;
	enum lifetime_rule rule;
	int64_t state_ms;
	int64_t expire_ms;
	int64_t lost_ms; /* -1: no moment */
	bool unsure;
};

#define NEVER (-1)

static const struct row rows[] = {
	{ "classic, empty", "consumer", GROUP_CLASSIC, LEDGER_LIVE, NOBODY,
	    LIFETIME_EMPTY, EMPTIED, -1, EMPTIED + KEPT, false },
	{ "Connect, empty", "connect", GROUP_CLASSIC, LEDGER_LIVE, NOBODY,
	    LIFETIME_EMPTY, EMPTIED, -1, EMPTIED + KEPT, false },
	{ "classic, empty, of an old record", "consumer", GROUP_CLASSIC,
	    LEDGER_LIVE, NOBODY, LIFETIME_EMPTY, -1, -1, COMMITTED + KEPT,
	    false },
	{ "classic, empty, pinned", "consumer", GROUP_CLASSIC, LEDGER_LIVE,
	    NOBODY, LIFETIME_EXPLICIT, EMPTIED, PINNED, PINNED, false },
	{ "classic, subscribed", "consumer", GROUP_CLASSIC, LEDGER_LIVE, READER,
	    LIFETIME_MEMBERS, EMPTIED, -1, NEVER, false },
	{ "classic, subscribed, pinned", "consumer", GROUP_CLASSIC, LEDGER_LIVE,
	    READER, LIFETIME_HELD, EMPTIED, PINNED, PINNED, false },
	{ "classic, not subscribed", "consumer", GROUP_CLASSIC, LEDGER_LIVE,
	    OTHER, LIFETIME_COMMIT, EMPTIED, -1, COMMITTED + KEPT, false },
	{ "classic, not subscribed, pinned", "consumer", GROUP_CLASSIC,
	    LEDGER_LIVE, OTHER, LIFETIME_EXPLICIT, EMPTIED, PINNED, PINNED,
	    false },
	{ "classic, subscription unreadable", "consumer", GROUP_CLASSIC,
	    LEDGER_LIVE, SECRETIVE, LIFETIME_MEMBERS, EMPTIED, -1, NEVER,
	    false },
	{ "Connect, with members", "connect", GROUP_CLASSIC, LEDGER_LIVE, OTHER,
	    LIFETIME_MEMBERS, EMPTIED, -1, NEVER, false },
	{ "Connect, with members, pinned", "connect", GROUP_CLASSIC,
	    LEDGER_LIVE, OTHER, LIFETIME_MEMBERS, EMPTIED, PINNED, NEVER,
	    false },
	{ "simple, no record", NULL, GROUP_UNKNOWN, LEDGER_UNSEEN, NOBODY,
	    LIFETIME_COMMIT, -1, -1, COMMITTED + KEPT, false },
	{ "simple, record without a protocol", "", GROUP_CLASSIC, LEDGER_LIVE,
	    NOBODY, LIFETIME_COMMIT, EMPTIED, -1, COMMITTED + KEPT, false },
	{ "simple, its record was removed", "consumer", GROUP_CLASSIC,
	    LEDGER_GONE, NOBODY, LIFETIME_COMMIT, EMPTIED, -1, COMMITTED + KEPT,
	    false },
	{ "simple, pinned", NULL, GROUP_UNKNOWN, LEDGER_UNSEEN, NOBODY,
	    LIFETIME_EXPLICIT, -1, PINNED, PINNED, false },
	{ "consumer, empty", NULL, GROUP_CONSUMER, LEDGER_LIVE, NOBODY,
	    LIFETIME_COMMIT, -1, -1, COMMITTED + KEPT, false },
	{ "consumer, subscribed", NULL, GROUP_CONSUMER, LEDGER_LIVE, READER,
	    LIFETIME_HELD, -1, -1, COMMITTED + KEPT, false },
	{ "consumer, subscribed, pinned", NULL, GROUP_CONSUMER, LEDGER_LIVE,
	    READER, LIFETIME_HELD, -1, PINNED, PINNED, false },
	{ "consumer, not subscribed", NULL, GROUP_CONSUMER, LEDGER_LIVE, OTHER,
	    LIFETIME_COMMIT, -1, -1, COMMITTED + KEPT, false },
	{ "consumer, by a regular expression", NULL, GROUP_CONSUMER,
	    LEDGER_LIVE, SECRETIVE, LIFETIME_HELD, -1, -1, COMMITTED + KEPT,
	    true },
	{ "streams, empty", NULL, GROUP_STREAMS, LEDGER_LIVE, NOBODY,
	    LIFETIME_COMMIT, -1, -1, COMMITTED + KEPT, false },
	{ "streams, a source", NULL, GROUP_STREAMS, LEDGER_LIVE, READER,
	    LIFETIME_HELD, -1, -1, COMMITTED + KEPT, false },
	{ "streams, no source", NULL, GROUP_STREAMS, LEDGER_LIVE, OTHER,
	    LIFETIME_COMMIT, -1, -1, COMMITTED + KEPT, false },
	{ "streams, sources unknown", NULL, GROUP_STREAMS, LEDGER_LIVE,
	    SECRETIVE, LIFETIME_HELD, -1, -1, COMMITTED + KEPT, true },
	{ "share", NULL, GROUP_SHARE, LEDGER_LIVE, NOBODY, LIFETIME_NONE, -1,
	    -1, NEVER, false },
	{ "share, with members", NULL, GROUP_SHARE, LEDGER_LIVE, OTHER,
	    LIFETIME_NONE, -1, -1, NEVER, false },
	{ "a record that cannot be read", "consumer", GROUP_CLASSIC,
	    LEDGER_UNREADABLE, NOBODY, LIFETIME_UNKNOWN, EMPTIED, -1, NEVER,
	    false },
};

static void
add_member(const struct row *row, struct bytes *topics,
    struct ledger_member *member, struct ledger_group *group)
{
	*topics = bytes_of(row->who == READER ? "t" : "other");
	member->live = true;
	member->topics = topics;
	member->topic_count = row->type == GROUP_STREAMS ? 0 : 1;
	member->may_have_more =
	    row->who == SECRETIVE && row->type != GROUP_STREAMS;
	group->has_sources = row->who != SECRETIVE;
	group->sources = topics;
	group->source_count = 1;
	if (row->type == GROUP_CLASSIC) {
		group->classic = member;
		group->classic_count = 1;
	} else {
		group->members = member;
		group->member_count = 1;
	}
}

static struct lifetime
apply(const struct row *row, int64_t retention_ms)
{
	struct ledger_group group = {
		.type = row->type,
		.state = row->state,
		.state_ms = row->state_ms,
		.protocol_type = row->protocol_type == NULL
		    ? (struct bytes){ NULL, 0 }
		    : bytes_of(row->protocol_type),
	};
	const struct ledger_spot spot = {
		.topic = bytes_of("t"),
		.state = LEDGER_LIVE,
		.value = { .commit_ms = COMMITTED,
		    .expire_ms = row->expire_ms },
	};
	/* One that has left is there still, and does not count. */
	struct ledger_member member = { 0 };
	struct ledger_member dead = { .may_have_more = true };
	struct bytes topics;

	if (row->who != NOBODY)
		add_member(row, &topics, &member, &group);
	if (row->type == GROUP_CONSUMER) {
		dead.next = group.members;
		group.members = &dead;
	}
	return lifetime_of_spot(&group, &spot, retention_ms);
}

static void
each_type_of_group_has_its_rule(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(rows) / sizeof(rows[0]); at++) {
		const struct row *row = &rows[at];
		const struct lifetime found = apply(row, KEPT);
		const bool wrong = found.rule != row->rule ||
		    found.lost.from_ms != row->lost_ms ||
		    found.lost.to_ms !=
			(row->lost_ms < 0 ? LIFETIME_NEVER : row->lost_ms) ||
		    found.unsure != row->unsure;

		if (wrong)
			fail_msg("%s: %s, %lld to %lld%s", row->name,
			    lifetime_rule_text(found.rule),
			    (long long)found.lost.from_ms,
			    (long long)found.lost.to_ms,
			    found.unsure ? ", unsure" : "");
	}
}

static void
only_what_will_be_lost_by_itself_has_a_clock_that_runs(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(rows) / sizeof(rows[0]); at++) {
		const struct lifetime found = apply(&rows[at], KEPT);

		assert_int_equal(lifetime_runs(&found),
		    rows[at].rule != LIFETIME_HELD && rows[at].lost_ms >= 0);
	}
}

static void
a_retention_beyond_time_ends_never(void **state)
{
	const struct lifetime found = apply(&rows[0], INT64_MAX);

	(void)state;
	assert_int_equal(found.lost.from_ms, LIFETIME_NEVER);
	assert_int_equal(found.lost.to_ms, LIFETIME_NEVER);
}

static void
both_ends_of_what_is_known_go_on_to_the_moment(void **state)
{
	struct lifetime_facts facts = {
		.type = GROUP_CLASSIC,
		.protocol_type = "consumer",
		.commit = { 1, 2 },
		.empty = { -1, 30 },
		.expire_ms = -1,
	};
	struct lifetime found = lifetime_of(&facts, KEPT);

	(void)state;
	assert_int_equal(found.rule, LIFETIME_EMPTY);
	assert_int_equal(found.lost.from_ms, -1);
	assert_int_equal(found.lost.to_ms, 30 + KEPT);
	facts.protocol_type = "";
	found = lifetime_of(&facts, KEPT);
	assert_int_equal(found.rule, LIFETIME_COMMIT);
	assert_int_equal(found.lost.from_ms, 1 + KEPT);
	assert_int_equal(found.lost.to_ms, 2 + KEPT);
	facts.protocol_type = "unknown";
	found = lifetime_of(&facts, KEPT);
	assert_int_equal(found.rule, LIFETIME_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_of_group_has_its_rule),
		cmocka_unit_test(
		    only_what_will_be_lost_by_itself_has_a_clock_that_runs),
		cmocka_unit_test(a_retention_beyond_time_ends_never),
		cmocka_unit_test(
		    both_ends_of_what_is_known_go_on_to_the_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
