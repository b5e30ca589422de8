/*
 * logworld.h - one partition whose records are known, when each was written and
 * how it is stamped; and the snapshots that captures of it make.
 */
#ifndef RESTORE_LOGWORLD_H
#define RESTORE_LOGWORLD_H

#include <stddef.h>
#include <stdint.h>

#include "formats/model.h"

#define LOGWORLD_BEGIN INT64_C(1700000000000)
#define LOGWORLD_TOPIC "orders"
#define LOGWORLD_MAX 4096
#define LOGWORLD_STEP_MS INT64_C(900000)

struct logworld {
	int64_t written[LOGWORLD_MAX]; /* ascending */
	int64_t stamped[LOGWORLD_MAX];
	int64_t count;
	int64_t start; /* below it nothing is left, at any time */
	uint8_t topic_id;
};

/* A record that is stamped when it is written, but for that difference. */
void logworld_write(
    struct logworld *world, int64_t written_ms, int64_t skew_ms);

/* How many there were at a time. */
int64_t logworld_end(const struct logworld *world, int64_t at_ms);

/* What a broker that has so many answers; *found_ms may be NULL. */
int64_t logworld_first_from(const struct logworld *world, int64_t end,
    int64_t time_ms, int64_t *found_ms);

/* The snapshot of a capture at that time, whose previous one was at since_ms
 * (0: none, all of the log is asked); its id is number in hex. */
void logworld_snapshot(const struct logworld *world, size_t number,
    int64_t at_ms, int64_t since_ms, struct snapshot *out);

#endif /* RESTORE_LOGWORLD_H */
