/*
 * windowshelf.h - the windows that an agent holds: the open one, and those that
 * are closed and not stored yet.  Pure: what to store next, and what to give up
 * when the repository is away for longer than memory lasts.
 *
 * The open window is stored again, larger, at each flush; its smaller version
 * is removed when the larger one is durable.  Without the right to remove, a
 * window is stored once, when it is closed.
 */
#ifndef SNAPSHOT_WINDOWSHELF_H
#define SNAPSHOT_WINDOWSHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/compiler.h"
#include "common/env.h"
#include "common/err.h"
#include "formats/model.h"
#include "storage/store.h"

struct windowshelf;

struct windowshelf_options {
	int64_t window_ms; /* a window begins at each multiple of it */
	int64_t flush_ms;  /* the open one is stored so often */
	size_t size_limit; /* bytes of memory; more is thinned */
};

struct windowshelf *windowshelf_new(
    const struct windowshelf_options *options) MUST_CHECK RETURNS_NONNULL;
void windowshelf_free(struct windowshelf *shelf);

/*
 * Put a capture where it belongs: into the open window, or into a new one.  The
 * snapshot is copied from, and its id is set to that of its window.  reason
 * says why a window had to be begun before its time; else it is NULL.
 */
void windowshelf_add(
    struct windowshelf *shelf, struct snapshot *capture, const char **reason);

/* No capture is added to the open window any more. */
void windowshelf_close(struct windowshelf *shelf);

/* Would a capture that begins now begin a window? */
bool windowshelf_begins_at(const struct windowshelf *shelf, int64_t now_ms);

/* A version of a window, to be stored. */
struct windowshelf_version {
	struct snapshot_info info;       /* borrows from the window */
	struct buf archive;              /* the caller's */
	char smaller[STORE_KEY_MAX + 1]; /* to be removed after, or "" */
	size_t capture_count;
	bool is_last; /* the window is closed */
};

/*
 * What is to be stored next, the oldest first; false: nothing is due.  The open
 * window is due flush_ms after it was stored last (or begun), or if all is
 * wished for.  Follow it with windowshelf_stored or windowshelf_failed, before
 * the next call.
 */
int windowshelf_next(struct windowshelf *shelf, int64_t now_ms, bool all,
    bool *is_due, struct windowshelf_version *out, struct err *err) MUST_CHECK;

/* That version is in the repository, under this key. */
void windowshelf_stored(struct windowshelf *shelf,
    const struct windowshelf_version *version, const char *key, int64_t now_ms);

/* It is not; it is due again. */
void windowshelf_failed(struct windowshelf *shelf);

/* Whether versions of open windows may be stored: true in the beginning. */
void windowshelf_set_removal(struct windowshelf *shelf, bool may_remove);

/* Other options, and perhaps another repository: the open window is closed, and
 * versions of open windows may be stored. */
void windowshelf_configure(
    struct windowshelf *shelf, const struct windowshelf_options *options);

/* Another size_limit. */
void windowshelf_set_limit(struct windowshelf *shelf, size_t size_limit);

/*
 * Bring memory below the limit: thin the windows that are not stored whole, the
 * oldest first, and at the end lose the oldest.  Call it while the repository
 * is away.  Returns how many captures were given up.
 */
size_t windowshelf_fit(struct windowshelf *shelf);

struct windowshelf_state {
	size_t size;            /* bytes of memory */
	size_t window_count;    /* with the open one */
	size_t closed_count;    /* of them closed and not stored yet */
	size_t capture_count;   /* that are not stored yet */
	int64_t oldest_from_ms; /* begin of the oldest of them, -1: none */
};
struct windowshelf_state windowshelf_state(const struct windowshelf *shelf);

#endif /* SNAPSHOT_WINDOWSHELF_H */
