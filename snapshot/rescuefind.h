/*
 * rescuefind.h - which positions are no longer what they were: those that are
 * gone, with what they held last, when they went, and why as far as that can
 * be told; and those that were overwritten.  Pure.
 *
 * A removal is a tombstone, which does not say who wrote it.  Told apart by:
 *
 *	expiry		it came when the time of the position was over, by the
 *			rule of its kind of group (lifetime.h)
 *	topic deleted	its time was not over; the topic is not there now, or
 *			is another one by its id, or without ids by its first
 *			record; other groups lost theirs at the same moment
 *	group deleted	its time was not over; the group's own record went at
 *			the same moment, or all that it had
 *	removed		its time was not over, and the group has stayed
 *
 * Where two of these fit, is_sure is false and the text names the other one.
 */
#ifndef SNAPSHOT_RESCUEFIND_H
#define SNAPSHOT_RESCUEFIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "snapshot/ledger.h"
#include "snapshot/rescuefacts.h"
#include "snapshot/rescuewatch.h"

/* What happened within this time happened at the same moment. */
#define RESCUE_MOMENT_MS 1000

/* The word (rescue_why_text) stands in JSON; append, never rename. */
enum rescue_why {
	RESCUE_EXPLICIT_EXPIRY, /* as an old client said */
	RESCUE_EXPIRED,
	RESCUE_GROUP_DELETED,
	RESCUE_TOPIC_DELETED,
	RESCUE_REMOVED,
	RESCUE_UNTOLD,
	RESCUE_UNREADABLE, /* a record that cannot be decoded hides it */
	/* Overwritten: */
	RESCUE_SET_BACK,
	RESCUE_JUMPED,
	RESCUE_BEGUN_ANEW, /* it was gone, and began elsewhere */
	RESCUE_WHY_COUNT,
};

struct rescue_finding {
	const struct ledger_spot *spot;
	enum rescue_why why;
	bool is_sure;
	const char *text; /* what speaks for it, one line */
	int64_t at_ms;    /* when it went, or was overwritten; -1: not known */
	/* What it held before; has_value false: compacted away. */
	bool has_value;
	int64_t offset;
	int32_t epoch;
	int64_t commit_ms;
	const uint8_t *topic_id; /* NULL: not said */
	/* Of one that was overwritten: by what.  Else -1. */
	int64_t new_offset;
};

struct rescue_findings {
	struct arena arena;
	struct rescue_finding *list; /* newest first */
	size_t count;
	size_t capacity;
};

/* All there are in a ledger of all records, which was finished and is borrowed.
 * watch may be NULL: then nothing of what was overwritten. */
void rescuefind_run(const struct ledger *ledger,
    const struct rescue_watch *watch, const struct rescue_facts *facts,
    struct rescue_findings *out);
void rescue_findings_release(struct rescue_findings *findings);

/* Gone, not overwritten. */
bool rescue_is_lost(enum rescue_why why);

/* "expired", "group-deleted" and the like; static. */
const char *rescue_why_text(enum rescue_why why);

#endif /* SNAPSHOT_RESCUEFIND_H */
