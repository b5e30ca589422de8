/*
 * repolist.h - listings of snapshot keys, for the parts of the repository.
 */
#ifndef STORAGE_REPOLIST_H
#define STORAGE_REPOLIST_H

#include <stdint.h>

#include "common/compiler.h"
#include "storage/repo.h"

struct repolist_query {
	const char *prefix;
	const char *after;    /* as in struct store_listing */
	int64_t to_ms;        /* stop behind windows that begin later */
	const char *id_begin; /* only ids that begin so; NULL: all */
};

/*
 * Add the keys that the query finds to out, in the order of the listing, of
 * each window only its latest version.  The caller releases out, also on
 * failure.
 */
int repolist_collect(struct repo *repo, const struct repolist_query *query,
    struct snapshot_keys *out, struct err *err) MUST_CHECK;

/*
 * The numbered folders right below prefix ("2026/", "11/"): which of the
 * numbers below 64 there are, as bits, and the greatest below limit, or -1.
 */
struct repolist_numbers {
	uint64_t bits;
	int below;
};
int repolist_numbers(struct repo *repo, const char *prefix, int limit,
    struct repolist_numbers *out, struct err *err) MUST_CHECK;

#endif /* STORAGE_REPOLIST_H */
