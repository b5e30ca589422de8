/*
 * kind.h - what reads through a group, as far as its listing, its name, its
 * topics and its metadata show it, and what a restore of its positions does not
 * do there.  Pure.  A guess that is only ever said, never decided by: Flink,
 * for one, looks like any consumer.
 */
#ifndef RESTORE_KIND_H
#define RESTORE_KIND_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/compiler.h"

struct plan_group;

/* The word (kind_text) stands in plans; append, never rename. */
enum group_kind {
	KIND_PLAIN, /* nothing is known that had to be said */
	KIND_SHARE,
	KIND_STREAMS,
	KIND_CONNECT_SINK,    /* of a connector: "connect-NAME" */
	KIND_CONNECT_WORKERS, /* of Connect's workers themselves */
	KIND_SPARK,
	KIND_SIMPLE, /* nobody ever joined it */
	KIND_COUNT,
};

/* Of a group that has its rows; the first above that fits. */
enum group_kind kind_of(const struct plan_group *group);

/* One line for people, "" for a plain one; static storage. */
const char *kind_hint(enum group_kind kind);

const char *kind_text(enum group_kind kind);
bool kind_parse(struct bytes text, enum group_kind *out) MUST_CHECK;

#endif /* RESTORE_KIND_H */
