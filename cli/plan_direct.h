/*
 * plan_direct.h - which groups and places a strategy without captures is about,
 * from the options and the groups that the cluster has.
 */
#ifndef CLI_PLAN_DIRECT_H
#define CLI_PLAN_DIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/direct.h"

struct census;
struct plan_choice;
struct selector;

/* All zeroes is an empty one. */
struct plan_direct {
	struct direct direct; /* borrows from the rest, and from the choice */
	struct selector *selector;
	struct bytes *groups;
	struct bytes *topics; /* to be asked for, each once, sorted */
	size_t topic_count;
	struct direct_place *places;
	struct direct_row *rows;
	struct arena names; /* new ones of groups and topics */
};

/* Release it whatever the result.  ERR_USAGE and ERR_NOT_FOUND. */
int plan_direct_init(struct plan_direct *out, const struct plan_choice *choice,
    const struct census *census, struct err *err) MUST_CHECK;

void plan_direct_release(struct plan_direct *direct);

#endif /* CLI_PLAN_DIRECT_H */
