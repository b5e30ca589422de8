/*
 * metrics.h - what is measured, its names, and its form for Prometheus.
 *
 * A run of cron begins with nothing and would end with counters of its own
 * alone: so it reads what the file held before (metrics_read), changes what it
 * knows better, and writes all of it again.  A run that fails thereby keeps the
 * time of the last success and everything about the newest snapshot.
 *
 * What is not known has no series, but counters are there from the first.
 */
#ifndef SNAPSHOT_METRICS_H
#define SNAPSHOT_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "common/promtext.h"
#include "formats/model.h"

/* Times are milliseconds here and seconds in what is written. */
enum metrics_value {
	METRICS_LAST_RUN,          /* when a snapshot was last tried, or ... */
	METRICS_LAST_SUCCESS,      /* ... was stored, and complete */
	METRICS_LAST_RUN_SUCCESS,  /* 1: the last one tried was that */
	METRICS_LAST_RUN_STATUS,   /* exit status */
	METRICS_CAPTURE_DURATION,  /* of the last capture */
	METRICS_SNAPSHOT_TIME,     /* end of the newest snapshot's capture */
	METRICS_SNAPSHOT_COMPLETE, /* 1, or 0: partial */
	METRICS_GROUPS,            /* in it */
	METRICS_POSITIONS,
	/* Of an agent: */
	METRICS_INTERVAL,      /* between two captures, as it is allowed */
	METRICS_FOLLOWS,       /* 1: the offsets topic; 0: it polls */
	METRICS_DIFFERING,     /* positions, of the last cross-check */
	METRICS_KEPT_BYTES,    /* of windows in memory ... */
	METRICS_KEPT_CAPTURES, /* ... and captures not stored yet */
	METRICS_CAPTURES,      /* counters, from here on */
	METRICS_FAILED_CAPTURES,
	METRICS_THINNED_CAPTURES, /* given up for memory */
	METRICS_LATE_CAPTURES,
	METRICS_WRITTEN_BYTES,
	METRICS_REPOSITORY_ERRORS,
	METRICS_VALUE_COUNT,
};
#define METRICS_COUNTERS METRICS_CAPTURES

/* How a restore, an apply or an undo ended. */
enum metrics_restore {
	METRICS_RESTORE_DONE,
	METRICS_RESTORE_PARTIAL, /* positions were skipped */
	METRICS_RESTORE_REFUSED, /* by a rule, or the cluster had changed */
	METRICS_RESTORE_FAILED,
	METRICS_RESTORE_COUNT,
};

/* One series for each group: only where the operator asks for it. */
struct metrics_group {
	struct bytes name;
	bool is_escaped;   /* the name was read from a file */
	int64_t lag;       /* records up to the log ends, -1: not known */
	int64_t expiry_ms; /* when its first position is lost, -1: not known */
};

struct metrics {
	int64_t values[METRICS_VALUE_COUNT];
	bool known[METRICS_VALUE_COUNT];
	int64_t holes[HOLE_KIND_COUNT];
	bool holes_known;
	int64_t restores[METRICS_RESTORE_COUNT];
	struct metrics_group *groups; /* in the order of names */
	size_t group_count;
	struct arena arena; /* of the groups */
};

/* All counters at 0, and nothing else known. */
void metrics_init(struct metrics *metrics);
void metrics_release(struct metrics *metrics);

/* A copy that borrows nothing; out is released first. */
void metrics_copy(const struct metrics *metrics, struct metrics *out);

void metrics_set(struct metrics *metrics, enum metrics_value value, int64_t to);
void metrics_add(
    struct metrics *metrics, enum metrics_value value, int64_t count);

/* A run ended now, with this exit status: 0 alone is a success. */
void metrics_run_ended(struct metrics *metrics, int64_t now_ms, int status);

/* A snapshot was stored: what it has, and what it has not. */
void metrics_take_snapshot(
    struct metrics *metrics, const struct snapshot *snapshot);

/* The lag of each of its groups; one with a position whose log end could not be
 * read is not known. */
void metrics_take_groups(
    struct metrics *metrics, const struct snapshot *snapshot);

/* When each of these groups loses its first position if nothing happens, by a
 * ledger that was finished; what no rule tells is not known. */
struct ledger;
void metrics_take_expiry(
    struct metrics *metrics, const struct ledger *ledger, int64_t retention_ms);

/* Instead of those there are; names are copied, and in order. */
void metrics_set_groups(
    struct metrics *metrics, const struct metrics_group *groups, size_t count);

/* A change of the cluster ended, with this exit status. */
void metrics_restore_ended(struct metrics *metrics, int status);

/*
 * What a run found, over what there was: its counters are added, and what it
 * knows replaces the rest; of the groups, if it knows of a snapshot.
 */
void metrics_merge(struct metrics *metrics, const struct metrics *found);

/*
 * Add all of it in Prometheus' text format, in the same order each time.
 * labels stand at every sample.  now_ms is for the age of the newest snapshot.
 */
void metrics_render(const struct metrics *metrics,
    const struct promtext_label *labels, size_t label_count, int64_t now_ms,
    struct buf *out);

/*
 * Take over what metrics_render wrote, with whatever labels, into metrics that
 * were initialised.  ERR_CORRUPT: it holds something else than metrics of this
 * program, which must not be replaced; metrics are then to be initialised
 * again.  Metrics of this program by names that this version does not know are
 * passed over.
 */
int metrics_read(
    struct bytes text, struct metrics *metrics, struct err *err) MUST_CHECK;

#endif /* SNAPSHOT_METRICS_H */
