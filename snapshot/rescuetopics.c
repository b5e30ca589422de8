#include "snapshot/rescuetopics.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "snapshot/rescuebuild.h"

/* Of a topic that was deleted since, and whose id is not known. */
static const uint8_t deleted_id[UUID_SIZE];

static struct bytes
address_of(const struct ledger_spot *const *spot)
{
	return (struct bytes){ (const char *)spot, sizeof(*spot) };
}

/* As of one time all positions of a topic stood on the same one. */
static void
note_lost(struct rescue_topics *topics, const struct rescue_findings *findings,
    int64_t at_ms)
{
	for (size_t at = 0; at < findings->count; at++) {
		const struct rescue_finding *finding = &findings->list[at];

		if (finding->why != RESCUE_TOPIC_DELETED ||
		    finding->topic_id != NULL || finding->at_ms <= at_ms)
			continue;
		(void)nametable_add(&topics->lost,
		    topics->by_spot ? address_of(&finding->spot)
				    : finding->spot->topic);
	}
}

void
rescuetopics_init(struct rescue_topics *topics, uint64_t seed,
    const struct rescue_findings *findings, int64_t at_ms, struct arena *into)
{
	*topics = (struct rescue_topics){
		.by_spot = at_ms == RESCUE_LAST_KNOWN,
		.into = into,
	};
	nametable_init(&topics->stands, &topics->arena, seed);
	nametable_init(&topics->lost, &topics->arena, seed);
	if (findings != NULL)
		note_lost(topics, findings, at_ms);
}

void
rescuetopics_release(struct rescue_topics *topics)
{
	for (size_t at = 0; at < topics->stands.capacity; at++) {
		const struct nametable_entry *entry = topics->stands.slots[at];

		if (entry != NULL)
			free(((struct rescue_stand *)entry->value)->partitions);
	}
	nametable_release(&topics->stands);
	nametable_release(&topics->lost);
	arena_release(&topics->arena);
}

/* NULL: which topic it stood on is not known. */
static const uint8_t *
id_of(const struct rescue_topics *topics, const struct ledger_spot *spot)
{
	if (spot->value.topic_id != NULL)
		return spot->value.topic_id;
	return nametable_find(&topics->lost,
		   topics->by_spot ? address_of(&spot) : spot->topic) != NULL
	    ? deleted_id
	    : NULL;
}

static struct rescue_stand *
stand_of(const struct rescue_topics *topics, const struct ledger_spot *spot)
{
	return nametable_find(&topics->stands, spot->topic)->value;
}

void
rescuetopics_see(struct rescue_topics *topics, const struct ledger_spot *spot)
{
	struct nametable_entry *entry =
	    nametable_add(&topics->stands, spot->topic);
	const uint8_t *id = id_of(topics, spot);
	struct rescue_stand *stand = entry->value;

	if (stand == NULL) {
		stand = arena_alloc(&topics->arena, 1, sizeof(*stand));
		stand->commit_ms = INT64_MIN;
		entry->value = stand;
	}
	if (id != NULL && spot->value.commit_ms >= stand->commit_ms) {
		stand->id = id;
		stand->commit_ms = spot->value.commit_ms;
	}
}

bool
rescuetopics_agrees(
    const struct rescue_topics *topics, const struct ledger_spot *spot)
{
	const struct rescue_stand *stand = stand_of(topics, spot);
	const uint8_t *id = id_of(topics, spot);

	return id == NULL || stand->id == NULL ||
	    memcmp(id, stand->id, UUID_SIZE) == 0;
}

struct bytes
rescuetopics_use(struct rescue_topics *topics, const struct ledger_spot *spot)
{
	struct rescue_stand *stand = stand_of(topics, spot);

	if (stand->count == 0)
		stand->stored = arena_bytes(topics->into, spot->topic);
	stand->partitions = xgrow(stand->partitions, stand->count,
	    &stand->capacity, sizeof(*stand->partitions));
	stand->partitions[stand->count++] = spot->partition;
	return stand->stored;
}

static int
compare_partitions(const void *left, const void *right)
{
	const int32_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void
write_stand(
    const struct rescue_stand *stand, struct arena *arena, struct topic *topic)
{
	qsort(stand->partitions, stand->count, sizeof(*stand->partitions),
	    compare_partitions);
	topic->name = stand->stored;
	topic->has_id = stand->id != NULL;
	if (topic->has_id)
		memcpy(topic->id, stand->id, UUID_SIZE);
	topic->partitions =
	    arena_alloc(arena, stand->count, sizeof(*topic->partitions));
	for (size_t at = 0; at < stand->count; at++) {
		if (at > 0 &&
		    stand->partitions[at - 1] == stand->partitions[at])
			continue;
		topic->partitions[topic->count++] =
		    (struct log_range){ .partition = stand->partitions[at],
			    .epoch = -1,
			    .start = -1,
			    .end = -1 };
	}
}

void
rescuetopics_write(const struct rescue_topics *topics, struct snapshot *out)
{
	const struct nametable *table = &topics->stands;

	out->topics =
	    arena_alloc(&out->arena, table->count, sizeof(*out->topics));
	for (size_t at = 0; at < table->capacity; at++) {
		const struct rescue_stand *stand =
		    table->slots[at] != NULL ? table->slots[at]->value : NULL;

		if (stand != NULL && stand->count > 0)
			write_stand(stand, &out->arena,
			    &out->topics[out->topic_count++]);
	}
}
