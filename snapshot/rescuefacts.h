/*
 * rescuefacts.h - what beside the records tells why a position is gone: how
 * long the brokers keep positions, and which topics there are now.
 */
#ifndef SNAPSHOT_RESCUEFACTS_H
#define SNAPSHOT_RESCUEFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/encoding.h"
#include "common/err.h"
#include "snapshot/ledger.h"
#include "snapshot/nametable.h"

struct cluster;
struct env;

enum rescue_topic_state {
	RESCUE_TOPIC_UNTOLD,  /* nobody was asked, or nobody answered */
	RESCUE_TOPIC_SAME,    /* it is there, by its id */
	RESCUE_TOPIC_THERE,   /* one of that name is there; no ids */
	RESCUE_TOPIC_ANOTHER, /* another one of that name, by ids, or by its
				 first record */
	RESCUE_TOPIC_MISSING, /* none is there, or it is hidden */
};

struct rescue_topic {
	bool is_told;
	bool exists;
	bool has_id;
	uint8_t id[UUID_SIZE];
	int32_t partition; /* of a position gone that has no id, -1: none */
	/* The first record of that partition: -1, none or not known. */
	int64_t first_offset;
	int64_t first_ms;
};

struct rescue_facts {
	struct arena arena;
	struct nametable topics; /* to struct rescue_topic */
	int64_t retention_ms;
	bool retention_known; /* false: Kafka's default is assumed */
};

void rescuefacts_init(struct rescue_facts *facts, uint64_t seed,
    int64_t retention_ms, bool retention_known);
void rescuefacts_release(struct rescue_facts *facts);

/* Say of a topic whether it is there, and its id (NULL: not known). */
void rescuefacts_tell(struct rescue_facts *facts, struct bytes topic,
    bool exists, const uint8_t *id);

/* ... and which its first record is. */
void rescuefacts_tell_first(struct rescue_facts *facts, struct bytes topic,
    int64_t offset, int64_t time_ms);

/* Ask about all topics of positions that are gone, and where commits have no
 * topic ids for a first record.  What does not answer is not told; fails only
 * on interruption. */
int rescuefacts_ask(struct rescue_facts *facts, const struct ledger *ledger,
    struct cluster *cluster, const struct env *env, int64_t timeout_ms,
    struct err *err) MUST_CHECK;

/* Is the topic there that this position, which is gone, stood on? */
enum rescue_topic_state rescuefacts_topic(
    const struct rescue_facts *facts, const struct ledger_spot *spot);

#endif /* SNAPSHOT_RESCUEFACTS_H */
