/*
 * freezes.h - what the repository keeps of freezes of the offsets topic: one
 * object before the setting is changed, and one when it was put back.
 *
 *	freezes/<cluster>/<time>-<id>.json
 *	freezes/<cluster>/<time>-<id>-thawed-<random>.json
 *
 * Immutable; <time> is that of the freeze in both.  What is in them is
 * restore/freeze.h's.
 */
#ifndef STORAGE_FREEZES_H
#define STORAGE_FREEZES_H

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

struct freeze_key {
	char key[STORE_KEY_MAX + 1];
	char id[ENV_ID_MAX];
	int64_t at_ms;
	bool thawed; /* it tells the end, not the freeze itself */
};

/* All zeroes is an empty one. */
struct freeze_keys {
	struct freeze_key *keys; /* oldest freeze first */
	size_t count, capacity;
};

/* Those of a cluster's folder.  Objects of another form are passed over. */
int freezes_list(struct repo *repo, const char *cluster,
    struct freeze_keys *out, struct err *err) MUST_CHECK;
void freeze_keys_release(struct freeze_keys *keys);

/* The keys of a freeze, and of its end; env gives the random part. */
void freeze_key_make(const char *cluster_id, const char *id, int64_t at_ms,
    struct freeze_key *out);
void freeze_key_make_thawed(const char *cluster_id, const char *id,
    int64_t at_ms, const struct env *env, struct freeze_key *out);

int freezes_put(struct repo *repo, const struct freeze_key *key,
    struct bytes content, struct err *err) MUST_CHECK;
int freezes_get(struct repo *repo, const struct freeze_key *key,
    size_t size_limit, struct buf *out, struct err *err) MUST_CHECK;

bool freeze_key_parse(const char *key, struct freeze_key *out) MUST_CHECK;

#endif /* STORAGE_FREEZES_H */
