/*
 * sampler.h - one capture after the other, of one selection, for an agent: from
 * which source, and what one capture has from those before it.
 *
 * follow	the offsets topic is scanned once and then read on: a capture
 *		asks the coordinators nothing, but for the groups of partitions
 *		that an open transaction holds (topicscan.h)
 * poll		each group is asked of its coordinator, at most so many in a
 *		second; the interval may then be longer than wished for
 *
 * Where both may be used, a follower asks the coordinators once in a while and
 * compares; if they differ, the topic is scanned anew.
 */
#ifndef SNAPSHOT_SAMPLER_H
#define SNAPSHOT_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "snapshot/capture.h"

struct env;
struct log;
struct sampler;

enum sampler_wish {
	SAMPLER_AUTO, /* follow where the topic may be read, and cross-check */
	SAMPLER_FOLLOW,
	SAMPLER_POLL,
};

struct sampler_options {
	enum sampler_wish wish;
	/* Of each capture; timeout_ms is that of the first, which may have much
	 * to read, and source and group_rate are set by the sampler.  The lists
	 * of the selection are put into canonical order. */
	struct capture_options capture;
	int64_t interval_ms; /* wished for; 0: by the source */
	size_t group_rate;   /* of polling */
	const struct env *env;
	const struct log *log;
	/* Makes the cluster; called again after it failed. */
	int (*open_cluster)(void *context, struct cluster **out,
	    struct cluster_view *view, struct err *err);
	void *context;
};

/* The options are copied, what they point to is borrowed. */
struct sampler *sampler_new(
    const struct sampler_options *options) MUST_CHECK RETURNS_NONNULL;
void sampler_free(struct sampler *sampler);

/* Of what captures will be, so that their previous one can be found. */
struct sampler_identity {
	const char *cluster_id; /* borrowed */
	char selection_hash[SNAPSHOT_HASH_MAX];
};

/* What came before them, in a repository; empty where there is nothing. */
struct capture_before {
	struct snapshot previous; /* the last capture */
	struct snapshot indexed;  /* the last with an index (indexbase.h) */
};

/* Find the cluster and choose the source, before the first capture. */
int sampler_prepare(struct sampler *sampler, struct sampler_identity *out,
    struct err *err) MUST_CHECK;

/* What the first capture is compared with; it is taken over. */
void sampler_set_before(struct sampler *sampler, struct capture_before *before);

/* What came of the coordinators' answers beside the topic's records. */
struct sampler_check {
	bool was_made;
	size_t agreed_count;    /* moving ones too */
	size_t differing_count; /* in either source only, or another number */
};

struct sampler_report {
	struct capture_report capture;
	struct sampler_check check;
};

/*
 * Capture.  With chooses the source is chosen anew and cross-checked, as at the
 * begin of each window; the first capture always does.  The snapshot is the
 * sampler's, until the next call; its id may be set to that of its window, for
 * the next capture to name as the previous one.
 *
 * Fails when nothing could be captured: then the next call may do better,
 * unless the error is not one that passes (ERR_USAGE, ERR_DENIED).
 */
int sampler_run(struct sampler *sampler, bool chooses, struct snapshot **out,
    struct sampler_report *report, struct err *err) MUST_CHECK;
void sampler_report_release(struct sampler_report *report);

/* What the offsets topic says, finished, until the next call; NULL: it polls.
 */
struct ledger;
const struct ledger *sampler_ledger(const struct sampler *sampler);

/* The source in force, and why; "follow" or "poll". */
const char *sampler_source(const struct sampler *sampler);
const char *sampler_reason(const struct sampler *sampler);

/* How far apart captures are to begin: as wished for, or longer where the rate
 * allows no more. */
int64_t sampler_interval_ms(const struct sampler *sampler);

#endif /* SNAPSHOT_SAMPLER_H */
