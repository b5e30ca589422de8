/*
 * liarlog.h - the offsets topic of the cluster that lies: the records of each
 * partition, its two ends, and a reader.
 */
#ifndef SNAPSHOT_LIARLOG_H
#define SNAPSHOT_LIARLOG_H

#include "tests/unit/snapshot/liarcluster.h"

/* Append to that partition. */
void liar_append(
    struct liar *liar, int32_t partition, struct bytes key, struct bytes value);

/* What a coordinator writes: a commit of the group on "orders" 0 (in its home
 * partition, also for the groups that the brokers know), its removal, and the
 * record of a classic group without members. */
void liar_write_commit(struct liar *liar, const char *group, int64_t offset);
void liar_write_removal(struct liar *liar, const char *group);
void liar_write_group(struct liar *liar, const char *group);

/* All positions and records of all groups, as they are now. */
void liar_write_all(struct liar *liar);

/* From the next record on an open transaction holds the partition, so long. */
void liar_hold(struct liar *liar, int32_t partition, int64_t until_ms);

/* The topic is made again, empty, with that many partitions. */
void liar_remake(struct liar *liar, int32_t count);

/* For liarcluster.c. */
void liarlog_answer_end(struct liar *liar, struct log_answer *answer);
int liarlog_open(struct cluster *cluster, struct offsets_reading *readings,
    size_t count, struct offsets_reader **out, struct err *err);
void liarlog_release(struct liar *liar);

#endif /* SNAPSHOT_LIARLOG_H */
