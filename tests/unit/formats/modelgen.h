/*
 * modelgen.h - snapshots for tests: one that has everything in it, and as many
 * random ones as there are seeds.  The same arguments give the same snapshot.
 */
#ifndef TESTS_MODELGEN_H
#define TESTS_MODELGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/model.h"

/* A complete info with an id, a cluster and times, and nothing counted. */
void modelgen_info(struct snapshot *snapshot);

/* A few groups and topics with ordinary names. */
void modelgen_small(struct snapshot *snapshot);

/* Every field used and every awkward name that there is: spaces, commas,
 * quotes, slashes, newlines, "..", emoji, 200 characters, none, bytes that are
 * not UTF-8, NUL; negative and unstable positions; holes of every kind. */
void modelgen_everything(struct snapshot *snapshot);

/* The small one out of the records of the offsets topic: what each position
 * held last, or as of the end of the capture. */
void modelgen_rescue(struct snapshot *snapshot, bool last_known);

/* Anything that model_check allows. */
void modelgen_random(struct snapshot *snapshot, uint64_t seed);

/* A time index of every topic: of every second partition that many points, and
 * of some others a gap. */
void modelgen_times(struct snapshot *snapshot, size_t points);

/* Two groups whose lines go on over many members, between small ones. */
void modelgen_wide(struct snapshot *snapshot);

/* So many positions and a few more, with names and offsets of the kinds that
 * real clusters have: groups on five topics of twenty partitions, and one on a
 * single topic. */
#define MODELGEN_LARGE_SINGLE "fraud-card-scorer-003333-single"
void modelgen_large(struct snapshot *snapshot, size_t positions);

#endif /* TESTS_MODELGEN_H */
