/*
 * windowstore.h - the repository on a thread of its own, so that one that is
 * slow or away does not stop the captures.  It takes one window at a time:
 * stores it, then removes its smaller version.
 *
 * The repository is opened by the thread, when the first window comes, and
 * again until that succeeds.
 */
#ifndef SNAPSHOT_WINDOWSTORE_H
#define SNAPSHOT_WINDOWSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "storage/repo.h"

struct env;
struct log;
struct windowstore;

/* What came of a window. */
struct windowstore_result {
	bool is_stored;
	struct err err;          /* why not */
	struct snapshot_key key; /* of what was stored */
	/* The smaller version could not be removed: why.  It stays for prune,
	 * and no reader minds it. */
	bool has_leftover;
	struct err removal_err;
	/* Nothing may be removed from the repository; told with the first. */
	bool may_not_remove;
};

struct windowstore_options {
	/* Interrupted when there is no time left for storing; that of the
	 * repository may be sooner.  Borrowed, as the rest. */
	const struct env *env;
	const struct log *log; /* written to by both threads */
	int (*open)(void *context, struct repo **out, struct err *err);
	/* Called on the thread before and after what no window needs to be
	 * stored, a removal: it may be interrupted sooner.  May be NULL. */
	void (*removing)(void *context, bool begins);
	/* Called on the thread, when it begins and after each window, whose
	 * result can be fetched before: what they wait for makes no window
	 * less stored.  May be NULL. */
	void (*begun)(void *context);
	void (*told)(void *context, const struct windowstore_result *result,
	    bool is_complete);
	void *context;
};

int windowstore_start(const struct windowstore_options *options,
    struct windowstore **out, struct err *err) MUST_CHECK;

/*
 * Wait for what it is doing, for so long, and end.  False: it is stuck, and
 * still uses all that it was given.  NULL is allowed.
 */
bool windowstore_stop(struct windowstore *store, int64_t wait_ms) MUST_CHECK;

/* Is there a window that it has not given back? */
bool windowstore_is_busy(struct windowstore *store);

/* Would windowstore_stop end at once? */
bool windowstore_is_idle(struct windowstore *store);

/*
 * Give it a window, when it is not busy.  The archive is taken; of info only
 * what the key and the selection's text need is looked at, and must stay until
 * the result has been fetched.  smaller is a key, or "".
 */
void windowstore_put(struct windowstore *store,
    const struct snapshot_info *info, struct buf *archive, const char *smaller);

/* What came of the last window; false: nothing yet. */
bool windowstore_fetch(
    struct windowstore *store, struct windowstore_result *out) MUST_CHECK;

#endif /* SNAPSHOT_WINDOWSTORE_H */
