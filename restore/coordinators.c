#include "restore/coordinators.h"

#include "restore/reach.h"

/* One that is alive answers this at once, so that the next is asked soon;
 * where all are slow, each round gives them more. */
#define METADATA_MS 2000

static int64_t
timeout_of(const struct tries *tries)
{
	const int64_t timeout_ms = METADATA_MS * ((int64_t)tries->attempt + 1);

	return timeout_ms < REACH_REQUEST_MS ? timeout_ms : REACH_REQUEST_MS;
}

int
coordinators_refresh(struct coordinators *coordinators,
    const struct tries *tries, struct err *err)
{
	const struct reach *reach = tries->reach;
	struct offsets_topic topic = { 0 };
	struct err last = { 0 };

	coordinators->trusts_listing = coordinators->reach == NULL;
	coordinators->reach = reach;
	for (size_t i = 0; i < reach->view->broker_count; i++) {
		/* Each time another first one: the one asked last may be the
		 * one that is gone. */
		const size_t at =
		    (i + tries->attempt) % reach->view->broker_count;

		if (reach_check(reach, err) != 0)
			return -1;
		if (cluster_offsets_topic(reach->cluster,
			reach->view->brokers[at].id, timeout_of(tries), &topic,
			&last) == 0) {
			offsets_topic_release(&coordinators->topic);
			coordinators->topic = topic;
			return 0;
		}
		if (last.kind == ERR_INTERRUPTED)
			break;
	}
	if (last.kind == ERR_NONE)
		return err_set(err, ERR_UNAVAILABLE, "no broker is known");
	*err = last;
	return -1;
}

int32_t
coordinators_of(
    const struct coordinators *coordinators, struct bytes group, int32_t listed)
{
	const struct offsets_topic *topic = &coordinators->topic;
	int32_t leader;

	if (topic->state == OFFSETS_TOPIC_SEEN && topic->count > 0) {
		leader =
		    topic->leaders[coordinator_partition(group, topic->count)];
		return leader < 0 ? COORDINATOR_LEADERLESS : leader;
	}
	return coordinators->trusts_listing ? listed : COORDINATOR_UNKNOWN;
}

void
coordinators_release(struct coordinators *coordinators)
{
	offsets_topic_release(&coordinators->topic);
}
