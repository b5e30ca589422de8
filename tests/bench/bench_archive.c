/*
 * Speed and size of the archive codec without a cluster: one capture of 100,000
 * and of 1,000,000 positions, on one core.  Names and offsets are of the kinds
 * that real clusters have; the same numbers in every run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common/xalloc.h"
#include "formats/archive.h"

#define PARTITIONS 20
#define TOPICS_OF_GROUP 5
#define START_MS INT64_C(1764079500000)

static uint64_t seed = 1;

/* A number below limit: xorshift64. */
static uint64_t
chance(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

static void
make_topics(struct snapshot *snapshot, size_t count)
{
	snapshot->topic_count = count;
	snapshot->topics =
	    arena_alloc(&snapshot->arena, count, sizeof(struct topic));
	for (size_t i = 0; i < count; i++) {
		struct topic *topic = &snapshot->topics[i];

		topic->name = bytes_of(arena_format(
		    &snapshot->arena, "payments.order-%06zu.created.v1", i));
		topic->has_id = true;
		for (size_t at = 0; at < UUID_SIZE; at++)
			topic->id[at] = (uint8_t)chance(256);
		topic->count = PARTITIONS;
		topic->partitions = arena_alloc(
		    &snapshot->arena, PARTITIONS, sizeof(struct log_range));
		for (int32_t at = 0; at < PARTITIONS; at++) {
			topic->partitions[at].partition = at;
			topic->partitions[at].epoch = (int32_t)chance(20);
			topic->partitions[at].end = (int64_t)chance(1U << 30);
		}
	}
}

static void
make_positions(struct snapshot *snapshot, struct group_topic *topic,
    const struct topic *log)
{
	topic->topic = log->name;
	topic->count = PARTITIONS;
	topic->positions =
	    arena_alloc(&snapshot->arena, PARTITIONS, sizeof(struct position));
	for (int32_t at = 0; at < PARTITIONS; at++) {
		struct position *position = &topic->positions[at];
		const int64_t end = log->partitions[at].end;
		const int64_t lag = chance(5) == 0 ? (int64_t)chance(64) : 0;

		position->partition = at;
		position->epoch = log->partitions[at].epoch;
		position->offset = end > lag ? end - lag : 0;
		position->metadata = "";
	}
}

static void
make_snapshot(struct snapshot *snapshot, size_t positions)
{
	const size_t groups = positions / (PARTITIONS * TOPICS_OF_GROUP);

	memset(snapshot, 0, sizeof(*snapshot));
	make_topics(snapshot, groups / 2 + TOPICS_OF_GROUP);
	snapshot->group_count = groups;
	snapshot->groups =
	    arena_alloc(&snapshot->arena, groups, sizeof(struct group));
	for (size_t i = 0; i < groups; i++) {
		struct group *group = &snapshot->groups[i];

		group->name = bytes_of(arena_format(
		    &snapshot->arena, "fraud-card-scorer-%06zu-consumer", i));
		group->type = GROUP_CLASSIC;
		group->state = "Empty";
		group->protocol_type = "consumer";
		group->coordinator = 1;
		group->read_start_ms = START_MS + (int64_t)chance(500);
		group->read_end_ms = group->read_start_ms + 2;
		group->topic_count = TOPICS_OF_GROUP;
		group->topics = arena_alloc(&snapshot->arena, TOPICS_OF_GROUP,
		    sizeof(struct group_topic));
		for (size_t at = 0; at < TOPICS_OF_GROUP; at++)
			make_positions(snapshot, &group->topics[at],
			    &snapshot->topics[i / 2 + at]);
	}
	(void)snprintf(
	    snapshot->info.id, sizeof(snapshot->info.id), "00000000000000aa");
	(void)snprintf(snapshot->info.cluster_id,
	    sizeof(snapshot->info.cluster_id), "bench");
	(void)snprintf(snapshot->info.writer, sizeof(snapshot->info.writer),
	    "tidemark bench");
	(void)snprintf(snapshot->info.selection_hash,
	    sizeof(snapshot->info.selection_hash), "00000000");
	snapshot->info.reason = "";
	snapshot->info.from_ms = START_MS;
	snapshot->info.to_ms = START_MS + 1000;
	model_sort(snapshot);
	model_count(snapshot);
}

static double
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
bench(size_t positions)
{
	struct snapshot snapshot;
	struct snapshot decoded = { 0 };
	struct buf archive = { 0 };
	struct rusage usage;
	struct err err = { 0 };
	double begin;
	double written;
	double read;

	make_snapshot(&snapshot, positions);
	begin = seconds();
	if (archive_encode(&snapshot, &archive, &err) != 0)
		exit(1);
	written = seconds() - begin;
	snapshot_release(&snapshot);
	begin = seconds();
	if (archive_decode(buf_bytes(&archive), &decoded, &err) != 0)
		exit(1);
	read = seconds() - begin;
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%9zu positions: write %5.2f M/s (3), read %5.2f M/s (5), "
		     "%5.2f B/position (14), %ld MB\n",
	    positions, (double)positions / written / 1e6,
	    (double)positions / read / 1e6,
	    (double)archive.size / (double)positions, usage.ru_maxrss / 1024);
	snapshot_release(&decoded);
	buf_release(&archive);
}

int
main(void)
{
	bench(100000);
	bench(1000000);
	return 0;
}
