/* When groups lose positions: see metrics.h. */
#include "snapshot/ledger.h"
#include "snapshot/lifetime.h"
#include "snapshot/metrics.h"

static int64_t
first_loss_ms(const struct ledger_group *group, int64_t retention_ms)
{
	const struct ledger_spot *spot;
	int64_t first_ms = -1;

	for (spot = group->spots; spot != NULL; spot = spot->next) {
		struct lifetime lifetime;

		if (spot->state != LEDGER_LIVE)
			continue;
		lifetime = lifetime_of_spot(group, spot, retention_ms);
		if (!lifetime_runs(&lifetime) || lifetime.lost.from_ms < 0)
			continue;
		if (first_ms < 0 || lifetime.lost.from_ms < first_ms)
			first_ms = lifetime.lost.from_ms;
	}
	return first_ms;
}

void
metrics_take_expiry(
    struct metrics *metrics, const struct ledger *ledger, int64_t retention_ms)
{
	for (size_t at = 0; at < metrics->group_count; at++) {
		struct metrics_group *group = &metrics->groups[at];
		const struct ledger_group *found =
		    ledger_find(ledger, group->name);

		if (found != NULL)
			group->expiry_ms = first_loss_ms(found, retention_ms);
	}
}
