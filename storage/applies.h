/*
 * applies.h - what the repository keeps of changes to a cluster: of each apply
 * one object before its first change, and one when it ended.
 *
 *	applies/<cluster>/2026/11/25/<plan-id>-<time>-<random>-<event>.jsonl
 *
 * Immutable, each with a name of its own, so that two applies of one plan never
 * write to one key.  What is in them is restore/record.h's.
 */
#ifndef STORAGE_APPLIES_H
#define STORAGE_APPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "storage/store.h"

struct buf;
struct repo;

enum apply_event {
	APPLY_BEGAN,
	APPLY_FINISHED, /* everything was done, or refused for good */
	APPLY_STOPPED,  /* interrupted, or given up: it can be gone on with */
	APPLY_UNDONE,   /* by another plan */
	APPLY_EVENT_COUNT,
};

struct apply_key {
	char key[STORE_KEY_MAX + 1];
	char plan_id[ENV_ID_MAX];
	int64_t at_ms;
	enum apply_event event;
};

/* All zeroes is an empty one. */
struct apply_keys {
	struct apply_key *keys; /* oldest first */
	size_t count, capacity;
};

/* Those of a cluster's folder.  Objects of another form are passed over. */
int applies_list(struct repo *repo, const char *cluster, struct apply_keys *out,
    struct err *err) MUST_CHECK;
void apply_keys_release(struct apply_keys *keys);

/* Fill in the key for an event now; env gives the random part. */
void apply_key_make(const char *cluster_id, const char *plan_id,
    enum apply_event event, const struct env *env, struct apply_key *out);

int applies_put(struct repo *repo, const struct apply_key *key,
    struct bytes content, struct err *err) MUST_CHECK;
int applies_get(struct repo *repo, const struct apply_key *key,
    size_t size_limit, struct buf *out, struct err *err) MUST_CHECK;

bool apply_key_parse(const char *key, struct apply_key *out) MUST_CHECK;

#endif /* STORAGE_APPLIES_H */
