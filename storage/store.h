/*
 * store.h - where objects are kept: the storage driver interface.
 *
 * A store maps keys to immutable byte strings.  It knows nothing of Kafka, of
 * snapshots or of their file format; repo.h builds those on top of it.  A new
 * backend is one file that implements struct store_ops and passes the contract
 * test.
 *
 * Promises every driver makes, and the contract test checks:
 *
 *   - An object is seen whole or not at all.  A reader never gets part of a
 *     put, even when the writer is killed half way.
 *   - When put returns 0 the object survives a crash of this machine.
 *   - Nothing is overwritten: a put on a key that is taken is ERR_EXISTS, also
 *     when two writers race, where the driver has STORE_CAN_EXCLUDE.
 *   - list yields keys in ascending byte order, and only whole objects: a
 *     left-over temporary is never listed.
 *   - Transient remote failures come back as ERR_UNAVAILABLE after the
 *     driver's own retries are spent; all other kinds mean "do not retry".
 *
 * Keys are relative paths of one to STORE_KEY_MAX bytes from [A-Za-z0-9._-]
 * and '/', with no empty, "." or ".." component.  The wrappers below refuse
 * any other key with ERR_USAGE and add the store's name to errors.
 */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct buf;
struct env;
struct err;
struct s3_settings;
struct store;

#define STORE_KEY_MAX 512

enum store_feature {
	/* Of racing puts exactly one wins.  Without it a put looks first, and
	 * only names that nobody else chooses are safe. */
	STORE_CAN_EXCLUDE = 1u << 0,
};

/* One line of a listing.  key is valid only during the visit. */
struct store_object {
	const char *key;
	uint64_t size;
	bool is_prefix; /* key is a group of keys, with the '/' behind it */
};

struct store_listing {
	const char *prefix; /* "" for all; need not end at a '/' */
	const char *after;  /* only lines after this text; NULL: all */
	bool by_folder;     /* stop at the next '/' behind prefix */
};

/*
 * Called once for each listed object.  A non-zero return stops the listing
 * and becomes its result; the visitor then fills err itself, or has not and
 * returns 1 to stop without error.
 */
typedef int store_visit_fn(
    const struct store_object *object, void *context, struct err *err);

/* Which part of an object is meant. */
enum store_part {
	STORE_WHOLE, /* all of it; one larger than size is ERR_CORRUPT */
	STORE_RANGE, /* size bytes at from; fewer there are ERR_CORRUPT */
	STORE_END,   /* the last size bytes, or all where it has fewer */
};

struct store_range {
	enum store_part part;
	uint64_t from; /* of STORE_RANGE */
	size_t size;
};

/*
 * What a driver implements.  Every member is set; none is optional.  Drivers
 * name the key in errors, the wrappers below add the store.  get appends the
 * bytes to out and sets *object_size to the size of the whole object; on
 * failure out is as it was.
 */
struct store_ops {
	const char *scheme;
	int (*put)(struct store *store, const char *key, const void *data,
	    size_t size, struct err *err);
	int (*get)(struct store *store, const char *key,
	    const struct store_range *range, struct buf *out,
	    uint64_t *object_size, struct err *err);
	int (*list)(struct store *store, const struct store_listing *listing,
	    store_visit_fn *visit, void *context, struct err *err);
	int (*stat)(struct store *store, const char *key, uint64_t *size,
	    struct err *err);
	int (*remove)(struct store *store, const char *key, struct err *err);
	int (*probe)(struct store *store, bool create, struct err *err);
	void (*free)(struct store *store);
};

/* The common part of every driver's own struct, its first member. */
struct store {
	const struct store_ops *ops;
	char *name; /* for errors: the path or URL as the operator gave it */
	unsigned int features; /* of enum store_feature, known after probe */
};

/*
 * Open the store that a repository argument names: a directory, or
 * s3://bucket/prefix, for which s3 is needed (storage/s3.h; NULL: directories
 * only).  Touches nothing yet.  env and s3 must outlive the store.
 */
int store_open(const char *where, const struct s3_settings *s3,
    const struct env *env, struct store **out, struct err *err) MUST_CHECK;

/* Create an object; ERR_EXISTS if the key is taken. */
int store_put(struct store *store, const char *key, const void *data,
    size_t size, struct err *err) MUST_CHECK;

/*
 * Append the whole object to out, which the caller has initialised.  One
 * larger than size_limit is ERR_CORRUPT and leaves out as it was.  A missing
 * one is ERR_NOT_FOUND.
 */
int store_get(struct store *store, const char *key, size_t size_limit,
    struct buf *out, struct err *err) MUST_CHECK;

/*
 * Append exactly size bytes from byte `from` on: one request.  An object that
 * ends before them is ERR_CORRUPT.  size is more than 0.
 */
int store_get_range(struct store *store, const char *key, uint64_t from,
    size_t size, struct buf *out, struct err *err) MUST_CHECK;

/*
 * Append the last size bytes (more than 0), or the whole object if it has
 * fewer: one request.  *object_size is what the whole has.
 */
int store_get_end(struct store *store, const char *key, size_t size,
    struct buf *out, uint64_t *object_size, struct err *err) MUST_CHECK;

/*
 * Visit the objects that the listing asks for; with by_folder also the groups
 * of keys behind the next '/', one line for each (a directory shows an empty
 * folder too).  What cannot be read is an error, never left out.
 */
int store_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err) MUST_CHECK;

/* The object's size; ERR_NOT_FOUND if it is not there. */
int store_stat(struct store *store, const char *key, uint64_t *size,
    struct err *err) MUST_CHECK;

/* Remove an object.  Removing one that is not there succeeds. */
int store_remove(
    struct store *store, const char *key, struct err *err) MUST_CHECK;

/*
 * Check that the store is there and can be used, and find out what it can do.
 * With create it is made if missing (init); without, a missing store is
 * ERR_NO_REPO.
 */
int store_probe(struct store *store, bool create, struct err *err) MUST_CHECK;

/* Take a feature for given that an earlier probe found, as the caller has kept
 * it: a store that makes no request to open cannot know. */
void store_assume(struct store *store, enum store_feature feature);

/* Is this text a key? */
bool store_key_valid(const char *key) MUST_CHECK;

bool store_has(const struct store *store, enum store_feature feature);

/* Release the store and everything it holds.  NULL is allowed. */
void store_free(struct store *store);

#endif /* STORAGE_STORE_H */
