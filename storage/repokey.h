/*
 * repokey.h - what the parts of the repository share about keys.
 */
#ifndef STORAGE_REPOKEY_H
#define STORAGE_REPOKEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct snapshot_key;

#define REPO_CLUSTER_ID_MAX 64 /* longer ids become "x-" and their hash */

/* Is this the name of a cluster's folder? */
bool repo_cluster_valid(const char *folder) MUST_CHECK;

/*
 * The folder of a day, with '/', and the beginning of the keys of windows that
 * begin at that very millisecond.  Times that no key can hold are moved to the
 * nearest that can.  out has room for STORE_KEY_MAX + 1.
 */
void repo_key_day(const char *cluster, int64_t at_ms, char *out);
void repo_key_moment(const char *cluster, int64_t at_ms, char *out);

/* Are these two versions of one window?  In a listing they are neighbours, the
 * later <to> behind. */
bool repo_key_same_window(const struct snapshot_key *left,
    const struct snapshot_key *right) MUST_CHECK;

#endif /* STORAGE_REPOKEY_H */
