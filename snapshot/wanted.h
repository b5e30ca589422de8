/*
 * wanted.h - loading what a selection asks for: of groups given by exact name
 * only their part of the snapshot is read.
 */
#ifndef SNAPSHOT_WANTED_H
#define SNAPSHOT_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct capture_choice;
struct log;
struct repo;
struct repo_object;
struct selector;
struct snapshot;
struct snapshot_key;

struct wanted {
	const struct selector *selector;
	/* Topics besides those that the groups had positions in; NULL: none. */
	const struct bytes *topics;
	size_t topic_count;
	bool with_gone; /* also what is gone since the snapshot before */
	const struct log *log;
};

/* As repo_load, or repo_load_groups where that is enough; a damaged seek table
 * is logged. */
int wanted_load(struct repo *repo, const struct snapshot_key *key,
    const struct wanted *wanted, struct snapshot *out,
    struct err *err) MUST_CHECK;

/* The same of the capture that is chosen, of an object that may be read
 * again. */
int wanted_load_at(struct repo_object *object, const struct wanted *wanted,
    const struct capture_choice *choice, struct snapshot *out,
    struct err *err) MUST_CHECK;

/* Say it where a snapshot was read in spite of a damaged seek table. */
void wanted_warn(
    const struct snapshot *snapshot, const char *name, const struct log *log);

#endif /* SNAPSHOT_WANTED_H */
