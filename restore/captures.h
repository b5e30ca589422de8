/*
 * captures.h - one snapshot of a repository while brackets take from its
 * captures what they tell.  It may be a window of thousands: they are opened
 * one at a time, and no more of them than what is still open needs.
 *
 * The capture next to the time usually answers.  Where it does not, because of
 * holes, its neighbours are opened one by one, and after CAPTURES_STEPS_MAX of
 * them in leaps that double, back to the nearest capture that told more.  That
 * finds the nearest of all where a hole that is long has no gaps.
 */
#ifndef RESTORE_CAPTURES_H
#define RESTORE_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/err.h"
#include "formats/window.h"

struct brackets;
struct captures;
struct env;
struct repo;
struct snapshot;
struct snapshot_key;
struct wanted;

#define CAPTURES_STEPS_MAX 8

struct captures_request {
	struct repo *repo;
	const struct wanted *wanted; /* whose log is told; it must stay */
	const struct env *env;
};

/*
 * Open a snapshot and load the capture that is chosen.  A damaged one is not
 * passed over: the error says how to go on.  On failure both are NULL or empty.
 */
int captures_open(const struct captures_request *request,
    const struct snapshot_key *key, const struct capture_choice *choice,
    struct captures **out, struct snapshot *snapshot,
    struct err *err) MUST_CHECK;
void captures_free(struct captures *captures);

/* Load another one by its number. */
int captures_load(struct captures *captures, size_t number,
    struct snapshot *out, struct err *err) MUST_CHECK;

/* The newest complete one before the one of that number; false: none. */
bool captures_complete_before(
    const struct captures *captures, size_t number, size_t *out) MUST_CHECK;

/*
 * Go on with the captures before the one of that number for the lower ends that
 * are open, or with those after it for the upper ends.  *added becomes true
 * when one of them was of use, and else stays.
 */
int captures_earlier(struct captures *captures, struct brackets *brackets,
    size_t number, bool *added, struct err *err) MUST_CHECK;
int captures_later(struct captures *captures, struct brackets *brackets,
    size_t number, bool *added, struct err *err) MUST_CHECK;

#endif /* RESTORE_CAPTURES_H */
