#include "restore/captures.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/log.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "formats/model.h"
#include "restore/brackets.h"
#include "snapshot/wanted.h"
#include "storage/repo.h"

struct captures {
	struct captures_request request;
	struct repo_object *object;
	struct capture_time *list; /* as the first load found them */
	size_t count;
};

/* --- opening ------------------------------------------------------------ */

/* A damaged snapshot is not passed over in silence: whatever answers instead of
 * it is the operator's choice. */
static int
hint_damage(const struct snapshot_key *key, struct err *err)
{
	char time[TIME_RFC3339_MAX];

	if (err->kind == ERR_CORRUPT)
		err_hint(err,
		    "it was taken at %s: name another one by its id with "
		    "--at, see tidemark list; what of this one is right: "
		    "tidemark show --salvage %s",
		    time_format(key->from_ms, time), key->id);
	return -1;
}

static int
load(struct captures *captures, const struct capture_choice *choice,
    struct snapshot *out, struct err *err)
{
	const struct captures_request *request = &captures->request;
	const struct snapshot_key *key = repo_object_key(captures->object);
	char start[TIME_RFC3339_MAX];

	if (env_interrupted(request->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	if (wanted_load_at(
		captures->object, request->wanted, choice, out, err) != 0)
		return hint_damage(key, err);
	log_debug(request->wanted->log, "opened snapshot %s as of %s", key->id,
	    time_format(out->info.from_ms, start));
	return 0;
}

int
captures_open(const struct captures_request *request,
    const struct snapshot_key *key, const struct capture_choice *choice,
    struct captures **out, struct snapshot *snapshot, struct err *err)
{
	struct captures *captures = xcalloc(1, sizeof(*captures));
	const struct snapshot_window *window = &snapshot->info.window;

	*out = NULL;
	captures->request = *request;
	captures->object = repo_object_new(request->repo, key);
	if (load(captures, choice, snapshot, err) != 0) {
		captures_free(captures);
		return -1;
	}
	captures->count = window->count;
	captures->list = xcalloc(window->count, sizeof(*captures->list));
	memcpy(captures->list, window->captures,
	    window->count * sizeof(*captures->list));
	*out = captures;
	return 0;
}

void
captures_free(struct captures *captures)
{
	if (captures == NULL)
		return;
	repo_object_free(captures->object);
	free(captures->list);
	free(captures);
}

int
captures_load(struct captures *captures, size_t number, struct snapshot *out,
    struct err *err)
{
	/* By its time: if a larger version of the window has taken the place of
	 * this one, numbers may be others. */
	const struct capture_choice choice = { .how = CAPTURE_BEFORE,
		.at_ms = captures->list[number].end_ms };

	return load(captures, &choice, out, err);
}

bool
captures_complete_before(
    const struct captures *captures, size_t number, size_t *out)
{
	while (number > 0) {
		number--;
		*out = number;
		if (captures->list[number].hole_count == 0)
			return true;
	}
	return false;
}

/* --- going on ------------------------------------------------------------ */

struct search {
	struct captures *captures;
	struct brackets *brackets;
	bool high;
	bool added; /* one of them was of use */
};

/* How many captures are left on that side. */
static size_t
room(const struct search *search, size_t number)
{
	return search->high ? search->captures->count - 1 - number : number;
}

static size_t
away(const struct search *search, size_t number, size_t distance)
{
	return search->high ? number + distance : number - distance;
}

/* Nothing is open, and none of those that are left is nearer to the time than
 * what other snapshots told. */
static bool
is_over(const struct search *search, size_t number)
{
	const struct brackets *brackets = search->brackets;
	const struct capture_time *next;

	if (room(search, number) == 0)
		return true;
	next = &search->captures->list[away(search, number, 1)];
	if (search->high)
		return brackets_high_done(brackets) &&
		    next->start_ms >= brackets_high_ceiling(brackets);
	return brackets_low_done(brackets) &&
	    next->end_ms <= brackets_low_floor(brackets);
}

/* Take a capture; *told: it is now an end of something. */
static int
probe(struct search *search, size_t number, bool *told, struct err *err)
{
	struct snapshot snapshot = { 0 };
	bool added = false;
	int result;

	if (captures_load(search->captures, number, &snapshot, err) != 0)
		return -1;
	result = search->high
	    ? brackets_add_high(search->brackets, &snapshot, &added, err)
	    : brackets_add_low(search->brackets, &snapshot, &added, err);
	snapshot_release(&snapshot);
	search->added |= added;
	*told = result == 0 && brackets_last_told(search->brackets);
	return result;
}

/* The nearest one that tells, between one that does not and one that does. */
static int
narrow(struct search *search, size_t silent, size_t telling, struct err *err)
{
	for (;;) {
		const size_t gap =
		    telling > silent ? telling - silent : silent - telling;
		const size_t middle = away(search, silent, gap / 2);
		bool told;

		if (gap < 2)
			return 0;
		if (probe(search, middle, &told, err) != 0)
			return -1;
		if (told)
			telling = middle;
		else
			silent = middle;
	}
}

/* Go on to the next one that tells; *number is the last one that was looked
 * at. */
static int
leap(struct search *search, size_t *number, struct err *err)
{
	size_t distance = 1;
	size_t at = *number;
	bool told = false;

	while (!told && room(search, at) > 0) {
		const size_t left = room(search, at);
		const size_t silent = at;

		at = away(search, at, distance < left ? distance : left);
		if (probe(search, at, &told, err) != 0 ||
		    (told && narrow(search, silent, at, err) != 0))
			return -1;
		distance *= 2;
	}
	*number = at;
	return 0;
}

static int
run(struct search *search, size_t number, struct err *err)
{
	bool told;

	for (size_t i = 0; i < CAPTURES_STEPS_MAX && !is_over(search, number);
	     i++) {
		number = away(search, number, 1);
		if (probe(search, number, &told, err) != 0)
			return -1;
	}
	while (!is_over(search, number))
		if (leap(search, &number, err) != 0)
			return -1;
	return 0;
}

/* A complete capture, which no hole leaves in doubt, may settle which groups
 * the patterns mean. */
static int
settle_names(struct search *search, size_t number, struct err *err)
{
	const struct captures *captures = search->captures;
	const struct capture_time *taken = &captures->list[number];
	size_t complete;
	bool told;

	if (search->brackets->names_settled ||
	    (taken->hole_count == 0 &&
		taken->end_ms <= search->brackets->at_ms) ||
	    !captures_complete_before(captures, number, &complete))
		return 0;
	return probe(search, complete, &told, err);
}

int
captures_earlier(struct captures *captures, struct brackets *brackets,
    size_t number, bool *added, struct err *err)
{
	struct search search = { captures, brackets, false, false };
	bool told;

	/* The newest that had ended by the time is asked in any case: which
	 * groups there are may not be known before. */
	if (number > 0 && captures->list[number].end_ms > brackets->at_ms &&
	    probe(&search, --number, &told, err) != 0)
		return -1;
	if (run(&search, number, err) != 0 ||
	    settle_names(&search, number, err) != 0)
		return -1;
	*added |= search.added;
	return 0;
}

int
captures_later(struct captures *captures, struct brackets *brackets,
    size_t number, bool *added, struct err *err)
{
	struct search search = { captures, brackets, true, false };
	const int result = run(&search, number, err);

	*added |= search.added;
	return result;
}
