/*
 * topicread.h - the id and the log ranges of each topic that a position stands
 * on.
 */
#ifndef SNAPSHOT_TOPICREAD_H
#define SNAPSHOT_TOPICREAD_H

#include "common/compiler.h"
#include "common/err.h"

struct capture_state;

/*
 * Read what is known of every topic that is used, all of its partitions: first
 * where the logs start, then where they end, so that a start is never behind
 * its end.  Retries until the deadline; what is then not known has an error in
 * its struct topic_state.  Fails only when the capture must end.
 */
int topicread_run(struct capture_state *state, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_TOPICREAD_H */
