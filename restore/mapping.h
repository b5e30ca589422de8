/*
 * mapping.h - other names for groups and topics, as the operator gives them:
 * "OLD=NEW", where a backslash takes the next character as it is ("a\=b=c"), or
 * as sed has it "s/EXPRESSION/REPLACEMENT/": a POSIX extended expression whose
 * first match in the name is replaced; \1 to \9 stand for its groups and & for
 * all of it.  Of several the first that fits a name renames it.  Pure.
 */
#ifndef RESTORE_MAPPING_H
#define RESTORE_MAPPING_H

#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

struct mapping_rule;

struct mapping_rules {
	const char *option; /* for messages: "--map-group" */
	struct mapping_rule *list;
	size_t count;
};

/* All zeroes is an empty one, which renames nothing. */
struct mapping {
	struct mapping_rules groups;
	struct mapping_rules topics;
};

/* Release it whatever the result.  ERR_USAGE. */
int mapping_parse(struct mapping_rules *out, const char *option,
    const char *const *texts, size_t count, struct err *err) MUST_CHECK;
void mapping_release(struct mapping *mapping);

/* The new name of a name, in the arena, or the name itself.  ERR_USAGE where
 * it would be none, or one that Kafka cannot have. */
int mapping_name(const struct mapping_rules *rules, struct bytes name,
    struct arena *arena, struct bytes *out, struct err *err) MUST_CHECK;

/* A rule that has fitted no name yet is likely a slip, and the group that was
 * meant would be moved itself: ERR_REFUSED that names it. */
int mapping_check_used(
    const struct mapping_rules *rules, struct err *err) MUST_CHECK;

#endif /* RESTORE_MAPPING_H */
