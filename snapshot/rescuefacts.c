#include "snapshot/rescuefacts.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/xalloc.h"
#include "kafka/cluster.h"

#define WINDOW 500

/* What is asked is a courtesy: it must not hold up a rescue for long. */
#define CALL_MAX_MS 10000

void
rescuefacts_init(struct rescue_facts *facts, uint64_t seed,
    int64_t retention_ms, bool retention_known)
{
	*facts = (struct rescue_facts){
		.retention_ms = retention_ms,
		.retention_known = retention_known,
	};
	nametable_init(&facts->topics, &facts->arena, seed);
}

void
rescuefacts_release(struct rescue_facts *facts)
{
	nametable_release(&facts->topics);
	arena_release(&facts->arena);
}

static struct rescue_topic *
topic_of(struct rescue_facts *facts, struct bytes name)
{
	struct nametable_entry *entry = nametable_add(&facts->topics, name);
	struct rescue_topic *topic = entry->value;

	if (topic == NULL) {
		topic = arena_alloc(&facts->arena, 1, sizeof(*topic));
		topic->partition = -1;
		topic->first_offset = -1;
		topic->first_ms = -1;
		entry->value = topic;
	}
	return topic;
}

void
rescuefacts_tell(struct rescue_facts *facts, struct bytes topic, bool exists,
    const uint8_t *id)
{
	struct rescue_topic *told = topic_of(facts, topic);

	told->is_told = true;
	told->exists = exists;
	told->has_id = id != NULL;
	if (id != NULL)
		memcpy(told->id, id, UUID_SIZE);
}

void
rescuefacts_tell_first(struct rescue_facts *facts, struct bytes topic,
    int64_t offset, int64_t time_ms)
{
	struct rescue_topic *told = topic_of(facts, topic);

	told->first_offset = offset;
	told->first_ms = time_ms;
}

/* --- asking ------------------------------------------------------------- */

static void
take_topic(void *context, const struct topic_answer *answer)
{
	struct rescue_facts *facts = context;

	if (answer->error == KAFKA_OK)
		rescuefacts_tell(facts, answer->name, true,
		    answer->has_id ? answer->id : NULL);
	else if (answer->error == KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
		rescuefacts_tell(facts, answer->name, false, NULL);
}

static void
take_first(void *context, const struct log_answer *answer)
{
	struct rescue_facts *facts = context;

	if (answer->error == KAFKA_OK && answer->offset >= 0)
		rescuefacts_tell_first(facts, answer->request->topic,
		    answer->offset, answer->timestamp);
}

/* Every topic that a position has gone from, each once. */
static void
gather(struct rescue_facts *facts, const struct ledger *ledger)
{
	for (size_t at = 0; at < ledger->group_count; at++)
		for (const struct ledger_spot *spot = ledger->list[at]->spots;
		     spot != NULL; spot = spot->next) {
			struct rescue_topic *topic;

			if (spot->state != LEDGER_GONE)
				continue;
			topic = topic_of(facts, spot->topic);
			if (spot->value.topic_id == NULL)
				topic->partition = spot->partition;
		}
}

/* True when a call that failed has to end it all. */
static bool
ends_all(int rc, const struct err *failed, struct err *err)
{
	if (rc == 0 || failed->kind != ERR_INTERRUPTED)
		return false;
	*err = *failed;
	return true;
}

static int
ask_topics(struct rescue_facts *facts, struct cluster *cluster,
    int64_t timeout_ms, struct err *err)
{
	struct bytes *names = xcalloc(facts->topics.count, sizeof(*names));
	struct err failed = { 0 };
	size_t count = 0;
	int rc = 0;

	for (size_t at = 0; at < facts->topics.capacity; at++)
		if (facts->topics.slots[at] != NULL)
			names[count++] = facts->topics.slots[at]->name;
	if (count > 0)
		rc = cluster_describe_topics(cluster, names, count, timeout_ms,
		    take_topic, facts, &failed);
	free(names);
	return ends_all(rc, &failed, err) ? -1 : 0;
}

static int
ask_firsts(struct rescue_facts *facts, struct cluster *cluster,
    const struct env *env, int64_t timeout_ms, struct err *err)
{
	struct log_request *requests =
	    xcalloc(facts->topics.count, sizeof(*requests));
	const struct call_limits limits = {
		.window = WINDOW,
		.timeout_ms = timeout_ms,
		.deadline_ms = env_monotonic_ms(env) + timeout_ms,
	};
	struct err failed = { 0 };
	size_t count = 0;
	int rc = 0;

	for (size_t at = 0; at < facts->topics.capacity; at++) {
		const struct nametable_entry *entry = facts->topics.slots[at];
		const struct rescue_topic *topic =
		    entry == NULL ? NULL : entry->value;

		if (topic == NULL || !topic->exists || topic->partition < 0)
			continue;
		requests[count].topic = entry->name;
		requests[count++].partition = topic->partition;
	}
	if (count > 0)
		rc = cluster_list_offsets(cluster, requests, count, &limits,
		    take_first, facts, &failed);
	free(requests);
	return ends_all(rc, &failed, err) ? -1 : 0;
}

int
rescuefacts_ask(struct rescue_facts *facts, const struct ledger *ledger,
    struct cluster *cluster, const struct env *env, int64_t timeout_ms,
    struct err *err)
{
	const int64_t part_ms =
	    timeout_ms < CALL_MAX_MS ? timeout_ms : CALL_MAX_MS;

	gather(facts, ledger);
	if (ask_topics(facts, cluster, part_ms, err) != 0)
		return -1;
	return ask_firsts(facts, cluster, env, part_ms, err);
}

/* --- the answer --------------------------------------------------------- */

/* Its very first record came later: it was made later.  Where records before
 * it may have been deleted, or it is older by what its producer said, nothing
 * is shown. */
static enum rescue_topic_state
judge_first(const struct rescue_topic *told, const struct ledger_spot *spot)
{
	return told->first_offset == 0 && told->first_ms > spot->gone_ms
	    ? RESCUE_TOPIC_ANOTHER
	    : RESCUE_TOPIC_THERE;
}

enum rescue_topic_state
rescuefacts_topic(
    const struct rescue_facts *facts, const struct ledger_spot *spot)
{
	const struct nametable_entry *entry =
	    nametable_find(&facts->topics, spot->topic);
	const struct rescue_topic *told = entry == NULL ? NULL : entry->value;

	if (told == NULL || !told->is_told)
		return RESCUE_TOPIC_UNTOLD;
	if (!told->exists)
		return RESCUE_TOPIC_MISSING;
	if (!told->has_id || spot->value.topic_id == NULL)
		return judge_first(told, spot);
	return memcmp(told->id, spot->value.topic_id, UUID_SIZE) == 0
	    ? RESCUE_TOPIC_SAME
	    : RESCUE_TOPIC_ANOTHER;
}
