/*
 * policy.h - what becomes of a position that cannot simply be put back: the
 * columns of design section 5 as presets, and each gap by itself.
 */
#ifndef RESTORE_POLICY_H
#define RESTORE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"

/* The rows of design section 5 on which presets differ. */
enum gap {
	GAP_TOPIC_MISSING,
	GAP_TOPIC_RECREATED,
	GAP_BELOW_LOG_START,
	GAP_ABOVE_LOG_END,
	GAP_PARTITION_CREATED,
	GAP_PARTITION_MISSING,
	GAP_SHARE_GROUP,
	GAP_FORWARD,  /* past records that nothing shows the group has read */
	GAP_BACKWARD, /* over records that it has read */
	GAP_COUNT,
};

enum gap_choice {
	CHOICE_REFUSE,
	CHOICE_SKIP,
	CHOICE_EARLIEST, /* the log start */
	CHOICE_LATEST,   /* the log end */
	CHOICE_TIME,     /* the first record of about the capture's time */
	CHOICE_ALLOW,
};

/* A group that was set back between the two captures around a time: was that
 * before the time, or after it? */
enum moved_back {
	MOVED_BACK_UNKNOWN,
	MOVED_BACK_BEFORE,
	MOVED_BACK_AFTER,
};

#define POLICY_TEXT_MAX 256
#define POLICY_NO_LIMIT INT64_MAX

struct policy {
	enum gap_choice on[GAP_COUNT];
	bool fixed[GAP_COUNT];     /* said for this run: no rule changes it */
	const char *by[GAP_COUNT]; /* the rule that set it (policyrules.h) or
				    * NULL */
	enum moved_back moved_back;
	int64_t max_bracket_ms; /* a wider one is warned about */
	int64_t max_reread;     /* records of a group */
	int64_t max_skip;
	char text[POLICY_TEXT_MAX]; /* "at-least-once, recreated=latest" */
};

/* How far before a capture's time CHOICE_TIME looks: clocks of producers and of
 * the capturing machine differ. */
#define POLICY_TIME_MARGIN_MS INT64_C(300000)

/* "strict", "at-least-once" or "at-most-once", without limits.  ERR_USAGE. */
int policy_init(
    struct policy *policy, const char *preset, struct err *err) MUST_CHECK;

/* What a preset chooses for each gap.  ERR_USAGE. */
int policy_preset(const char *preset, enum gap_choice out[GAP_COUNT],
    struct err *err) MUST_CHECK;

/* The choice that a word stands for, if the gap can have it.  ERR_USAGE. */
int policy_choice(enum gap gap, const char *word, enum gap_choice *out,
    struct err *err) MUST_CHECK;

/* The word for a gap: "recreated". */
const char *policy_gap_name(enum gap gap);

/* Set one gap by the word for a choice that it can have.  ERR_USAGE. */
int policy_set(struct policy *policy, enum gap gap, const char *choice,
    struct err *err) MUST_CHECK;

/* "before" or "after".  ERR_USAGE. */
int policy_set_moved_back(
    struct policy *policy, const char *text, struct err *err) MUST_CHECK;

#endif /* RESTORE_POLICY_H */
