/*
 * rescuetopics.h - which topic of a name each position stood on, and the topics
 * of a rescue snapshot; for rescuebuild.c only.
 */
#ifndef SNAPSHOT_RESCUETOPICS_H
#define SNAPSHOT_RESCUETOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "snapshot/ledger.h"
#include "snapshot/nametable.h"
#include "snapshot/rescuefind.h"

/* One topic of the snapshot. */
struct rescue_stand {
	struct bytes stored; /* its name in the snapshot */
	const uint8_t *id;   /* of the newest commit that tells, or NULL */
	int64_t commit_ms;   /* of that */
	int32_t *partitions; /* that positions stand on */
	size_t count;
	size_t capacity;
};

struct rescue_topics {
	struct arena arena;
	struct nametable stands; /* by name, to struct rescue_stand */
	struct nametable lost; /* topics deleted since, or positions on such */
	bool by_spot;          /* ... by their address */
	struct arena *into;    /* of the snapshot */
};

/* at_ms is that of the job (rescuebuild.h); findings may be NULL. */
void rescuetopics_init(struct rescue_topics *topics, uint64_t seed,
    const struct rescue_findings *findings, int64_t at_ms, struct arena *into);
void rescuetopics_release(struct rescue_topics *topics);

/* First every position that may be in the snapshot ... */
void rescuetopics_see(
    struct rescue_topics *topics, const struct ledger_spot *spot);

/* ... then whether it stands on the topic that the snapshot means by that
 * name. */
bool rescuetopics_agrees(
    const struct rescue_topics *topics, const struct ledger_spot *spot);

/* It is in the snapshot: the name's copy there. */
struct bytes rescuetopics_use(
    struct rescue_topics *topics, const struct ledger_spot *spot);

void rescuetopics_write(
    const struct rescue_topics *topics, struct snapshot *out);

#endif /* SNAPSHOT_RESCUETOPICS_H */
