#include "snapshot/ledgermodel.h"

struct position
ledgermodel_position(const struct ledger_spot *spot)
{
	return (struct position){
		.partition = spot->partition,
		.offset = spot->value.offset,
		.epoch = spot->value.epoch < -1 ? -1 : spot->value.epoch,
		.metadata =
		    spot->value.metadata != NULL ? spot->value.metadata : "",
		.metadata_size = spot->value.metadata_size,
		.commit_ms = model_time(spot->value.commit_ms),
		.expire_ms = model_time(spot->value.expire_ms),
	};
}

enum group_type
ledgermodel_type(const struct ledger_group *group)
{
	if (group->state == LEDGER_UNREADABLE)
		return GROUP_UNKNOWN;
	return ledger_group_is_simple(group) ? GROUP_CLASSIC : group->type;
}

static const char *
recorded_protocol_type(const struct ledger_group *group)
{
	if (group->type == GROUP_CLASSIC)
		return group->protocol_type.data;
	return group->type == GROUP_CONSUMER ? "consumer"
					     : group_type_text(group->type);
}

const char *
ledgermodel_protocol_type(const struct ledger_group *group)
{
	if (group->state == LEDGER_UNREADABLE)
		return NULL;
	return ledger_group_is_simple(group) ? ""
					     : recorded_protocol_type(group);
}

const char *
ledgermodel_last_protocol_type(const struct ledger_group *group)
{
	if (group->record_offset < 0 && group->key_types == 0)
		return "";
	return recorded_protocol_type(group);
}

const char *
ledgermodel_state(const struct ledger_group *group)
{
	if (group->state == LEDGER_UNREADABLE)
		return NULL;
	if (ledger_group_is_simple(group) || ledger_group_is_empty(group))
		return "Empty";
	/* Its record is written when a rebalance is over. */
	return group->type == GROUP_CLASSIC ? "Stable" : NULL;
}

int64_t
ledgermodel_state_ms(const struct ledger_group *group)
{
	if (ledger_group_is_simple(group) || ledgermodel_state(group) == NULL)
		return -1;
	return model_time(group->state_ms);
}
