/*
 * direct.h - strategies that need no snapshot: each position goes where the
 * log, its own number, a time or a file says.  Kafka's own names for them.
 * Pure.
 */
#ifndef RESTORE_DIRECT_H
#define RESTORE_DIRECT_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "restore/placing.h"

struct selector;

enum strategy {
	STRATEGY_COMMITTED, /* not direct: by captures */
	STRATEGY_EARLIEST,
	STRATEGY_LATEST,
	STRATEGY_OFFSET,
	STRATEGY_SHIFT,
	STRATEGY_CURRENT,
	STRATEGY_FILE,
	STRATEGY_LOG_TIME,
};

/* A topic with one partition, or with all that the target has (-1). */
struct direct_place {
	struct bytes topic;
	int32_t partition;
};

/* What a file says, sorted by group, topic and partition, each once. */
struct direct_row {
	struct bytes group;
	struct bytes topic;
	int32_t partition;
	int64_t offset;
	/* What the file calls them, if that is another name (remap.h). */
	struct bytes from_group;
	struct bytes from_topic;
};

struct direct {
	enum strategy strategy;
	int64_t number;             /* of offset and shift */
	int64_t time_ms;            /* of log-time */
	const struct bytes *groups; /* by name, each once */
	size_t group_count;
	/* Besides those where each group stands now. */
	const struct direct_place *places;
	size_t place_count;
	const struct direct_row *rows; /* of a file: the only places then */
	size_t row_count;
	const struct selector *selector;
};

/* The rows of a file that are about that group; *count of them. */
const struct direct_row *direct_rows_of(
    const struct direct *direct, struct bytes group, size_t *count);

/* Fill in a row that has its topic and partition.  wanted is the file's. */
void direct_decide(const struct direct *direct, const struct placing *placing,
    int64_t wanted, struct plan_row *row);

#endif /* RESTORE_DIRECT_H */
