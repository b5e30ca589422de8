#include "snapshot/topicask.h"

#include "snapshot/topicscan.h"

static bool
has_doubtful_group(const struct ledger *ledger, int32_t partition)
{
	const struct nametable *groups = &ledger->groups;
	size_t i;

	for (i = 0; ledger->counts.stray_count > 0 && i < groups->capacity;
	     i++) {
		const struct ledger_group *group =
		    groups->slots[i] != NULL ? groups->slots[i]->value : NULL;

		if (group != NULL && group->partition == partition &&
		    ledger_group_is_doubtful(group))
			return true;
	}
	return false;
}

/* Why the records do not tell all of a partition; NULL: they do. */
static const char *
why_to_ask(const struct ledger *ledger, int32_t partition)
{
	if ((size_t)partition < ledger->partition_count &&
	    ledger->partitions[partition].hidden_count > 0)
		return "it has a record that cannot be decoded";
	if (has_doubtful_group(ledger, partition))
		return "other partitions have records of its groups";
	return NULL;
}

static bool
may_be_there(const struct ledger_group *group)
{
	const struct ledger_spot *spot = group->spots;

	if (group->state == LEDGER_LIVE || group->state == LEDGER_UNREADABLE ||
	    ledger_group_is_doubtful(group))
		return true;
	while (spot != NULL && spot->state != LEDGER_LIVE &&
	    spot->state != LEDGER_UNREADABLE)
		spot = spot->next;
	return spot != NULL;
}

void
topicask_instead(
    struct capture_state *state, int32_t partition, const char *why)
{
	struct ledger *ledger = &state->scan->ledger;
	struct era *era = &state->eras[partition];
	size_t i;

	if (era->asked)
		return;
	era->asked = true;
	log_info(state->job->log,
	    OFFSETS_TOPIC
	    " partition %d: %s; its groups are asked of their coordinator",
	    (int)partition, why);
	ledger_finish(ledger);
	for (i = 0; i < ledger->group_count; i++) {
		const struct ledger_group *group = ledger->list[i];

		if (group->partition == partition && may_be_there(group) &&
		    selector_takes_group(state->selector, group->name))
			(void)capturestate_candidate(state, group->name);
	}
}

void
topicask_where_needed(struct capture_state *state)
{
	const struct topicscan *scan = state->scan;
	size_t i;

	for (i = 0; i < scan->count; i++) {
		const int32_t partition = scan->readings[i].partition;
		const char *why;

		if (!capturestate_is_scanned(&state->eras[partition]))
			continue;
		why = why_to_ask(&scan->ledger, partition);
		if (why != NULL)
			topicask_instead(state, partition, why);
	}
}
