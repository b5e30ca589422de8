#include "snapshot/lifebounds.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/selector.h"

static bool
is_told(const char *state)
{
	return strcmp(state, "unknown") != 0;
}

static bool
is_empty(const struct group *group)
{
	return strcmp(group->state, "Empty") == 0;
}

/* --- the newest ----------------------------------------------------------- */

static void
settle(struct lifebounds *bounds, bool *settled)
{
	if (!*settled)
		bounds->open_count--;
	*settled = true;
}

static void
take_exact(struct lifetime_moment *moment, int64_t time_ms)
{
	moment->from_ms = time_ms;
	moment->to_ms = time_ms;
}

static void
begin_position(struct lifebounds *bounds, const struct group *group,
    const struct position *position, struct position_bounds *out)
{
	out->position = position;
	out->commit.from_ms = -1;
	out->commit.to_ms = group->read_end_ms;
	out->expire_ms = position->expire_ms;
	bounds->open_count++;
	if (position->commit_ms < 0)
		return;
	take_exact(&out->commit, position->commit_ms);
	settle(bounds, &out->settled);
}

static void
begin_group(struct lifebounds *bounds, const struct group *group,
    struct group_bounds *out)
{
	size_t count = 0;

	out->group = group;
	out->empty.from_ms = -1;
	out->empty.to_ms = group->read_end_ms;
	bounds->open_count++;
	if (group->state_ms >= 0 && is_empty(group))
		take_exact(&out->empty, group->state_ms);
	if (group->state_ms >= 0 || !is_empty(group) ||
	    lifetime_clock_of(group->type, group->protocol_type) !=
		LIFETIME_CLOCK_EMPTY)
		settle(bounds, &out->settled);
	for (size_t at = 0; at < group->topic_count; at++)
		count += group->topics[at].count;
	out->positions = xcalloc(count, sizeof(*out->positions));
	for (size_t at = 0; at < group->topic_count; at++)
		for (size_t i = 0; i < group->topics[at].count; i++)
			begin_position(bounds, group,
			    &group->topics[at].positions[i],
			    &out->positions[out->count++]);
}

void
lifebounds_init(struct lifebounds *bounds, const struct snapshot *newest)
{
	memset(bounds, 0, sizeof(*bounds));
	bounds->newest = newest;
	bounds->groups = xcalloc(newest->group_count, sizeof(*bounds->groups));
	bounds->count = newest->group_count;
	for (size_t at = 0; at < bounds->count; at++)
		begin_group(bounds, &newest->groups[at], &bounds->groups[at]);
}

void
lifebounds_release(struct lifebounds *bounds)
{
	for (size_t at = 0; at < bounds->count; at++)
		free(bounds->groups[at].positions);
	free(bounds->groups);
	memset(bounds, 0, sizeof(*bounds));
}

/* --- earlier ones ----------------------------------------------------------
 */

/* Of a group that was read: was the topic, or may it have been left out? */
static bool
covers_topic(const struct snapshot *snapshot, const struct selector *selector,
    struct bytes group, struct bytes topic)
{
	if (!selector_takes_topic(selector, topic))
		return false;
	for (size_t at = 0; at < snapshot->hole_count; at++) {
		const struct hole *hole = &snapshot->holes[at];

		if (hole->has_group && hole->has_topic &&
		    bytes_equal(hole->group, group) &&
		    bytes_equal(hole->topic, topic))
			return false;
	}
	return true;
}

/* The same commit as far as it can be seen. */
static bool
is_same(const struct position *one, const struct position *other)
{
	return one->offset == other->offset && one->epoch == other->epoch &&
	    one->metadata_size == other->metadata_size &&
	    (one->metadata_size == 0 ||
		memcmp(one->metadata, other->metadata, one->metadata_size) ==
		    0);
}

static void
take_position(struct lifebounds *bounds, const struct position *earlier,
    int64_t from_ms, int64_t to_ms, struct position_bounds *out)
{
	if (earlier == NULL || !is_same(earlier, out->position)) {
		out->commit.from_ms = from_ms;
		settle(bounds, &out->settled);
		return;
	}
	out->commit.to_ms = to_ms;
	if (out->expire_ms < 0 && earlier->expire_ms >= 0) {
		out->expire_ms = earlier->expire_ms;
		out->inherited = true;
	}
	if (earlier->commit_ms < 0)
		return;
	take_exact(&out->commit, earlier->commit_ms);
	settle(bounds, &out->settled);
}

static void
take_state(struct lifebounds *bounds, const struct group *earlier,
    struct group_bounds *out)
{
	if (out->settled || !is_told(earlier->state))
		return;
	if (!is_empty(earlier)) {
		out->empty.from_ms = earlier->read_start_ms;
		settle(bounds, &out->settled);
		return;
	}
	out->empty.to_ms = earlier->read_end_ms;
	if (earlier->state_ms < 0)
		return;
	take_exact(&out->empty, earlier->state_ms);
	settle(bounds, &out->settled);
}

/* It was read, and was not there. */
static void
take_absence(
    struct lifebounds *bounds, int64_t from_ms, struct group_bounds *out)
{
	for (size_t at = 0; at < out->count; at++)
		if (!out->positions[at].settled)
			take_position(
			    bounds, NULL, from_ms, -1, &out->positions[at]);
	if (out->settled)
		return;
	out->empty.from_ms = from_ms;
	settle(bounds, &out->settled);
}

static void
take_group(struct lifebounds *bounds, const struct snapshot *earlier,
    const struct selector *selector, struct group_bounds *out)
{
	const struct group *group = model_find_group(earlier, out->group->name);
	size_t at = 0;

	if (group == NULL) {
		take_absence(bounds, earlier->info.from_ms, out);
		return;
	}
	take_state(bounds, group, out);
	for (size_t i = 0; i < out->group->topic_count; i++) {
		const struct group_topic *topic = &out->group->topics[i];
		const bool covered = covers_topic(
		    earlier, selector, out->group->name, topic->topic);

		for (size_t j = 0; j < topic->count; j++, at++) {
			const struct position *found = group_find_position(
			    group, topic->topic, topic->positions[j].partition);

			if (!out->positions[at].settled &&
			    (found != NULL || covered))
				take_position(bounds, found,
				    group->read_start_ms, group->read_end_ms,
				    &out->positions[at]);
		}
	}
}

void
lifebounds_take(struct lifebounds *bounds, const struct snapshot *earlier,
    const struct selector *selector)
{
	/* Of another time than it was made, or of none. */
	if (earlier->info.source == SOURCE_RESCUE)
		return;
	for (size_t at = 0; at < bounds->count && bounds->open_count > 0;
	     at++) {
		struct group_bounds *group = &bounds->groups[at];

		if (model_covers(earlier, group->group->name,
			selector_takes_group(selector, group->group->name)))
			take_group(bounds, earlier, selector, group);
	}
}

/* --- the result ------------------------------------------------------------
 */

/* Who is in a group that nobody tells the state of? */
static bool
is_open(const struct group *group)
{
	return !is_told(group->state) && group->type != GROUP_SHARE &&
	    lifetime_clock_of(group->type, group->protocol_type) !=
	    LIFETIME_CLOCK_NONE;
}

/* It has not been lost so far. */
static void
hold_against_now(
    struct lifetime_moment *lost, int64_t retention_ms, int64_t now_ms)
{
	if (lost->from_ms < now_ms)
		lost->from_ms = now_ms;
	if (lost->to_ms < now_ms)
		lost->to_ms = now_ms + retention_ms;
}

/* The same number is not the same commit: an expiry may have gone with it. */
static struct lifetime
doubt_expiry(const struct lifetime_facts *facts, int64_t retention_ms)
{
	struct lifetime_facts without = *facts;
	struct lifetime lifetime = lifetime_of(facts, retention_ms);
	struct lifetime ordinary;

	without.expire_ms = -1;
	ordinary = lifetime_of(&without, retention_ms);
	if ((lifetime_runs(&ordinary) || ordinary.rule == LIFETIME_HELD) &&
	    ordinary.lost.from_ms < lifetime.lost.from_ms)
		lifetime.lost.from_ms = ordinary.lost.from_ms;
	return lifetime;
}

struct lifetime
lifebounds_of(const struct group_bounds *group,
    const struct position_bounds *position, int64_t retention_ms,
    int64_t now_ms)
{
	const struct lifetime_facts facts = {
		.type = group->group->type,
		.protocol_type = group->group->protocol_type,
		.has_members = !is_empty(group->group),
		.subscription = LIFETIME_SUBSCRIPTION_UNKNOWN,
		.commit = position->commit,
		.empty = group->empty,
		.expire_ms = position->expire_ms,
	};
	struct lifetime lifetime;

	if (is_open(group->group))
		return (struct lifetime){ .rule = LIFETIME_UNKNOWN,
			.lost = { -1, LIFETIME_NEVER } };
	lifetime = position->inherited ? doubt_expiry(&facts, retention_ms)
				       : lifetime_of(&facts, retention_ms);
	if (lifetime_runs(&lifetime))
		hold_against_now(&lifetime.lost, retention_ms, now_ms);
	return lifetime;
}
