/*
 * err.h - the one way a function in this program reports failure.
 *
 * A function that can fail returns int, 0 for success and -1 for failure, and
 * takes a struct err * as its last parameter.  On failure it has filled that
 * struct in; on success it has not touched it, so calls can be chained and the
 * first failure wins.  Nobody below cli/ prints an error or exits: the struct
 * travels up, each level that knows something the level below did not adds a
 * prefix with err_wrap(), and main() prints it once.
 *
 * The struct is fixed-size and lives on the caller's stack, so reporting an
 * error never allocates and needs no release call.  All zeroes means no error:
 *	struct err err = { 0 };
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include "common/compiler.h"

#define ERR_MESSAGE_MAX 1024
#define ERR_HINT_MAX 1024

/*
 * What the caller can do about a failure, not where it came from.  Each kind
 * maps to one process exit status (err_exit_status), which is documented
 * behaviour of the command line: append, never renumber.
 */
enum err_kind {
	ERR_NONE = 0,
	ERR_USAGE,       /* the command line or configuration is wrong */
	ERR_NOT_FOUND,   /* the named snapshot, group or object is absent */
	ERR_EXISTS,      /* refusing to overwrite something that is there */
	ERR_CORRUPT,     /* stored bytes fail a checksum or a format rule */
	ERR_UNSUPPORTED, /* a newer format, or a feature this build lacks */
	ERR_REFUSED,     /* a safety rule or a policy forbids the change */
	ERR_CHANGED,     /* the cluster is no longer what the plan saw */
	ERR_DENIED,      /* authentication or authorization was refused */
	ERR_UNAVAILABLE, /* a remote end failed in a way that may pass */
	ERR_IO,          /* the local operating system refused */
	ERR_NO_REPO,     /* no repository where one was named */
	ERR_INTERRUPTED, /* SIGINT or SIGTERM asked us to stop */
};

struct err {
	enum err_kind kind;
	char message[ERR_MESSAGE_MAX];
	char hint[ERR_HINT_MAX]; /* empty, or what the operator could try */
};

/*
 * Record a failure and return -1, so that a caller can write
 *	return err_set(err, ERR_CORRUPT, "...");
 * err_set_errno appends the text of the given errno value and is ERR_IO.
 */
int err_set(struct err *err, enum err_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);
int err_set_errno(struct err *err, int errnum, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Prefix the recorded message with context ("context: message"); return -1. */
int err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Attach a suggestion for the operator; a later hint replaces an earlier. */
void err_hint(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* True when trying the same call again later could succeed. */
bool err_is_transient(const struct err *err);

/*
 * The process exit status documented for this kind of failure: 1 failed,
 * 2 usage, 4 refused, 5 changed, 10 no repository, 20 integrity,
 * 130 interrupted (design section 6).
 */
int err_exit_status(const struct err *err);

#endif /* COMMON_ERR_H */
