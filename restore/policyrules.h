/*
 * policyrules.h - another policy for some groups or topics: the sections
 * [policy "group:PATTERN"] and [policy "topic:PATTERN"] of the configuration.
 * Pure.
 *
 * Every rule that matches counts, in their order, so of two that set the same
 * gap the later wins.  What was said for this run (policy.fixed) no rule
 * changes.  Names are those on the target cluster.
 */
#ifndef RESTORE_POLICYRULES_H
#define RESTORE_POLICYRULES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/policy.h"

struct pattern;

struct policyrule {
	const char *name; /* for people, escaped: [policy "topic:orders-*"] */
	bool is_topic;    /* its pattern means topics, else groups */
	struct pattern *pattern;
	bool sets[GAP_COUNT];
	enum gap_choice on[GAP_COUNT];
};

/* All zeroes is none. */
struct policyrules {
	struct arena arena;
	struct policyrule *list;
	size_t count;
	size_t capacity;
};

/* Begin a rule; whom is "group:PATTERN" or "topic:PATTERN".  ERR_USAGE. */
int policyrules_add(
    struct policyrules *rules, const char *whom, struct err *err) MUST_CHECK;

/* "preset" or "on-GAP" of the rule that was begun last; which of the two stands
 * first makes no difference.  ERR_USAGE; ERR_NOT_FOUND: there is no such key.
 */
int policyrules_set(struct policyrules *rules, const char *key,
    const char *value, struct err *err) MUST_CHECK;

/* The keys that a rule takes, NULL behind the last. */
extern const char *const policyrules_keys[];

/* The policy for a group as a whole. */
void policyrules_for_group(const struct policyrules *rules,
    const struct policy *base, struct bytes group, struct policy *out);

/* The policy for a group's positions in a topic.  It borrows from the rules. */
void policyrules_for(const struct policyrules *rules, const struct policy *base,
    struct bytes group, struct bytes topic, struct policy *out);

void policyrules_release(struct policyrules *rules);

#endif /* RESTORE_POLICYRULES_H */
