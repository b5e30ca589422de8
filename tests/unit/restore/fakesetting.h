/*
 * fakesetting.h - the one setting of the offsets topic that the fake cluster
 * has, min.compaction.lag.ms, as two brokers tell it that learn of a change at
 * different times.
 */
#ifndef RESTORE_FAKESETTING_H
#define RESTORE_FAKESETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "kafka/cluster.h"

#define FAKESETTING_BROKERS 2
#define FAKESETTING_MAX 24

/* An empty value: not set on the topic, where "0" holds. */
struct fakesetting {
	char value[FAKESETTING_MAX]; /* as the controller has it */
	char told[FAKESETTING_BROKERS][FAKESETTING_MAX]; /* by broker - 1 */
	size_t sleeps_to_learn; /* until the brokers tell what it has */
	bool second_never_learns;
	bool second_is_silent;
	const char *limit; /* max.compaction.lag.ms, NULL: none */
	bool limit_is_own;

	enum err_kind read_error;
	enum err_kind check_error;
	/* The change itself: lost before it was made, or its answer was. */
	bool loses_request;
	bool loses_answer;

	size_t reads, checks, changes;
};

int fakesetting_read(struct fakesetting *fake, int32_t broker,
    const struct topic_setting *setting, struct topic_config *out,
    struct err *err);
int fakesetting_change(struct fakesetting *fake,
    const struct topic_change *change, int *code, struct err *err);

/* Time passes. */
void fakesetting_tick(struct fakesetting *fake);

/* Set by somebody else, and told by every broker. */
void fakesetting_set(struct fakesetting *fake, const char *value);

#endif /* RESTORE_FAKESETTING_H */
