/*
 * resolve.h - from a point in time, or a snapshot, to the brackets of the
 * groups asked for: which snapshots of the repository are opened, and when to
 * stop.
 *
 * Snapshots are opened one at a time, newest first up to the time and oldest
 * first after it, until nothing is open any more.  Normally that is one on each
 * side.  What keeps the walk from opening a whole repository:
 *
 *   - A snapshot that covers the group and has it not is the answer: the group
 *     had no positions then.  Only snapshots that could not tell are passed.
 *   - Snapshots of a selection that takes none of the groups still open are not
 *     opened again: the selection's hash is in the key.
 *   - What each position held last is of no one time and answers nothing: of
 *     each hash of such a selection one snapshot is opened, to find that out.
 *   - After RESOLVE_BARREN_MAX snapshots on end that answered nothing for a
 *     group still open, it counts as never captured; after RESOLVE_NAMES_MAX
 *     of them with only the question open whether the patterns mean further
 *     groups, that question stays open (brackets.names_settled is false).
 *     Older ones can still be named by id.
 */
#ifndef RESTORE_RESOLVE_H
#define RESTORE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"
#include "restore/brackets.h"
#include "snapshot/wanted.h"

struct capture_choice;
struct env;
struct log;
struct repo;
struct snapshot;
struct snapshot_key;

#define RESOLVE_BARREN_MAX 64
#define RESOLVE_NAMES_MAX 8

struct resolve_request {
	struct repo *repo;
	const char *cluster_id; /* the Kafka cluster's own */
	const struct selection *wanted;
	const struct bytes *names; /* of groups that exist now */
	size_t name_count;
	/* That the groups have positions in now.  Of groups given by exact name
	 * only a part of each snapshot is read, and what it says of these
	 * topics is needed too. */
	const struct bytes *topics;
	size_t topic_count;
	const struct env *env;
	const struct log *log; /* which snapshots are opened; may be NULL */
};

/*
 * Brackets around a time.  Before the first snapshot of the cluster, or
 * without any: ERR_REFUSED that names the range there is.
 */
int resolve_time(const struct resolve_request *request, int64_t at_ms,
    struct brackets *out, struct err *err) MUST_CHECK;

/* Exactly this capture: what it does not tell is told by no other.  One of
 * another cluster is ERR_REFUSED (contract 5). */
int resolve_snapshot(const struct resolve_request *request,
    const struct snapshot *snapshot, struct brackets *out,
    struct err *err) MUST_CHECK;

/*
 * The newest complete snapshot of the cluster that covers the groups asked
 * for, loaded as of the capture that is chosen.  ERR_REFUSED when there is
 * none, ERR_NOT_FOUND when it has no such capture.
 */
int resolve_latest(const struct resolve_request *request,
    const struct capture_choice *choice, struct snapshot *out,
    struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND: no capture of that window had ended by then.  info is of any
 * of them. */
int resolve_no_capture(
    const struct snapshot_info *info, int64_t by_ms, struct err *err);

/* The same, of captures that had ended by a time. */
int resolve_newest(const struct resolve_request *request, int64_t by_ms,
    struct snapshot *out, struct err *err) MUST_CHECK;

/* What has to be loaded of a snapshot to resolve by it. */
struct wanted resolve_wanted(
    const struct resolve_request *request, const struct selector *selector);

/* The '@' of SNAPSHOT@TIME, which is the newest capture of that window that had
 * ended by the time; NULL where the text has no time. */
const char *resolve_time_of(const char *text);

/* What the text after --at means, a time behind the snapshot left aside. */
enum resolve_meaning {
	RESOLVE_IS_TIME,
	RESOLVE_IS_LATEST,
	RESOLVE_IS_ID,   /* 4 to 16 hex digits, and no epoch milliseconds */
	RESOLVE_IS_PATH, /* it has a slash, or ends in .tar.zst */
};
enum resolve_meaning resolve_meaning_of(const char *text);

#endif /* RESTORE_RESOLVE_H */
