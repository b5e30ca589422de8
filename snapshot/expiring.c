#include "snapshot/expiring.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/ledger.h"
#include "snapshot/ledgermodel.h"
#include "snapshot/lifebounds.h"
#include "snapshot/selector.h"

struct filling {
	const struct expiring_query *query;
	struct expiring *out;
	size_t capacity;
};

static int64_t
limit_ms(const struct expiring_query *query)
{
	return query->within_ms < INT64_MAX - query->now_ms
	    ? query->now_ms + query->within_ms
	    : INT64_MAX;
}

static void
add(struct filling *filling, struct expiring_position *position)
{
	struct expiring *out = filling->out;
	const struct lifetime *lifetime = &position->lifetime;
	const bool is_soon = lifetime->lost.from_ms >= 0 &&
	    lifetime->lost.from_ms <= limit_ms(filling->query);

	position->is_within = is_soon && lifetime_runs(lifetime);
	position->is_at_risk = is_soon && lifetime->rule == LIFETIME_HELD;
	out->within_count += position->is_within;
	out->risk_count += position->is_at_risk;
	out->unknown_count += lifetime->rule == LIFETIME_UNKNOWN;
	out->positions = xgrow(out->positions, out->count, &filling->capacity,
	    sizeof(*out->positions));
	out->positions[out->count++] = *position;
}

/* --- order -----------------------------------------------------------------
 */

static int64_t
moment_of(const struct expiring_position *position)
{
	return lifetime_runs(&position->lifetime) &&
		position->lifetime.lost.from_ms >= 0
	    ? position->lifetime.lost.from_ms
	    : INT64_MAX;
}

static int
compare(const void *left, const void *right)
{
	const struct expiring_position *a = left, *b = right;
	int order =
	    (moment_of(a) > moment_of(b)) - (moment_of(a) < moment_of(b));

	if (order == 0)
		order = bytes_compare(a->group, b->group);
	if (order == 0)
		order = bytes_compare(a->topic, b->topic);
	if (order == 0)
		order = (a->partition > b->partition) -
		    (a->partition < b->partition);
	return order;
}

static void
finish(struct expiring *out)
{
	if (out->count > 1)
		qsort(out->positions, out->count, sizeof(*out->positions),
		    compare);
}

/* --- the two sources -------------------------------------------------------
 */

static size_t
add_ledger_group(struct filling *filling, const struct ledger_group *group)
{
	const struct expiring_query *query = filling->query;
	const size_t before = filling->out->within_count;
	const char *state = ledgermodel_state(group);

	for (const struct ledger_spot *spot = group->spots; spot != NULL;
	     spot = spot->next) {
		struct expiring_position position = {
			.group = group->name,
			.topic = spot->topic,
			.partition = spot->partition,
			.type = ledgermodel_type(group),
			.state = state != NULL ? state : "unknown",
			.offset = spot->value.offset,
			.commit = { spot->value.commit_ms,
			    spot->value.commit_ms },
		};

		/* What cannot be decoded is there all the same. */
		if ((spot->state != LEDGER_LIVE &&
			spot->state != LEDGER_UNREADABLE) ||
		    !selector_takes_topic(query->selector, spot->topic))
			continue;
		position.lifetime =
		    lifetime_of_spot(group, spot, query->retention_ms);
		add(filling, &position);
	}
	return filling->out->within_count - before;
}

void
expiring_of_ledger(const struct ledger *ledger,
    const struct expiring_query *query, struct expiring *out)
{
	struct filling filling = { query, out, 0 };

	memset(out, 0, sizeof(*out));
	for (size_t at = 0; at < ledger->group_count; at++)
		if (selector_takes_group(
			query->selector, ledger->list[at]->name))
			out->within_group_count +=
			    add_ledger_group(&filling, ledger->list[at]) > 0;
	finish(out);
}

static size_t
add_bounds_group(struct filling *filling, const struct group_bounds *bounds)
{
	const struct expiring_query *query = filling->query;
	const struct group *group = bounds->group;
	const size_t before = filling->out->within_count;
	size_t at = 0;

	for (size_t i = 0; i < group->topic_count; i++)
		for (size_t j = 0; j < group->topics[i].count; j++, at++) {
			const struct position_bounds *bound =
			    &bounds->positions[at];
			struct expiring_position position = {
				.group = group->name,
				.topic = group->topics[i].topic,
				.partition = bound->position->partition,
				.type = group->type,
				.state = group->state,
				.offset = bound->position->offset,
				.commit = bound->commit,
				.lifetime = lifebounds_of(bounds, bound,
				    query->retention_ms, query->now_ms),
			};

			add(filling, &position);
		}
	return filling->out->within_count - before;
}

void
expiring_of_bounds(const struct lifebounds *bounds,
    const struct expiring_query *query, struct expiring *out)
{
	struct filling filling = { query, out, 0 };

	memset(out, 0, sizeof(*out));
	for (size_t at = 0; at < bounds->count; at++)
		out->within_group_count +=
		    add_bounds_group(&filling, &bounds->groups[at]) > 0;
	finish(out);
}

void
expiring_release(struct expiring *expiring)
{
	free(expiring->positions);
	memset(expiring, 0, sizeof(*expiring));
}
