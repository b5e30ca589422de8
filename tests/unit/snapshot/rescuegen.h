/*
 * rescuegen.h - a book of records of __consumer_offsets, for the tests of
 * rescue: two ledgers of the same records, one of all and one as of a time,
 * with a watch on the first.
 */
#ifndef SNAPSHOT_RESCUEGEN_H
#define SNAPSHOT_RESCUEGEN_H

#include <stdint.h>

#include "common/arena.h"
#include "common/env.h"
#include "snapshot/ledger.h"
#include "snapshot/rescuebuild.h"
#include "snapshot/rescuefacts.h"
#include "snapshot/rescuefind.h"
#include "snapshot/rescuewatch.h"

/* The first record's time; recordgen's groups entered their state then. */
#define RESCUEGEN_START INT64_C(1700000000000)
#define RESCUEGEN_HOUR INT64_C(3600000)
/* How long positions are kept. */
#define RESCUEGEN_KEPT (24 * RESCUEGEN_HOUR)
#define RESCUEGEN_PARTITIONS 8

struct rescuegen {
	struct arena arena;
	struct ledger all, then;
	struct rescue_watch watch;
	struct rescue_facts facts;
	struct rescue_findings findings;
	struct env env;
	int32_t partition; /* of the records; -1: where their group belongs */
	int64_t next[RESCUEGEN_PARTITIONS];
	int64_t now_ms; /* the time of the next record, and the clock */
};

/* until_ms is that of then. */
void rescuegen_init(struct rescuegen *book, int64_t until_ms);
void rescuegen_release(struct rescuegen *book);

/* Of "orders" unless there is a slash: "topic/3". */
void rescuegen_commit(struct rescuegen *book, const char *group,
    const char *place, int64_t offset, int32_t epoch);
/* ... of a topic whose id is all of this byte; 0: none. */
void rescuegen_commit_id(struct rescuegen *book, const char *group,
    const char *place, int64_t offset, uint8_t id);
void rescuegen_bury(
    struct rescuegen *book, const char *group, const char *place);
/* A record that cannot be decoded. */
void rescuegen_break(
    struct rescuegen *book, const char *group, const char *place);
/* A classic group of consumers, with so many members. */
void rescuegen_classic(
    struct rescuegen *book, const char *group, size_t member_count);
void rescuegen_bury_group(struct rescuegen *book, const char *group);

/* The cleaner was there: offsets that nothing stands at any more. */
void rescuegen_gap(struct rescuegen *book, const char *group);

/* The only finding, or the one of that group; fails the test otherwise. */
const struct rescue_finding *rescuegen_find(
    struct rescuegen *book, const char *group);
/* How many there are. */
size_t rescuegen_count(struct rescuegen *book);

/* A snapshot as of the time of then, or what is last known. */
struct rescue_job rescuegen_job(struct rescuegen *book, int64_t at_ms);

#endif /* SNAPSHOT_RESCUEGEN_H */
