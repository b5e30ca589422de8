#include "restore/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/log.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "formats/model.h"
#include "restore/captures.h"
#include "snapshot/selector.h"
#include "storage/repo.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

/* Of a selection seen before, by its hash: whether it takes any open group. */
struct known_selection {
	char hash[SNAPSHOT_HASH_MAX];
	/* Borrowed from the brackets' seen; NULL: of snapshots of no one time,
	 * which have hashes of their own. */
	struct selector *takes;
};

/* Begun before the time, ended after: looked at from both sides, but read once
 * unless there are many. */
struct straddler {
	struct snapshot_key key;
	/* NULL: not kept.  The snapshot is the first capture that ended after
	 * the time. */
	struct captures *captures;
	struct snapshot snapshot;
};

#define STRADDLERS_LOADED_MAX 4

struct walk {
	const struct resolve_request *request;
	struct brackets *brackets;
	struct wanted wanted; /* by the brackets' selector */
	char cluster[REPO_CLUSTER_MAX];
	size_t barren; /* snapshots on end that answered nothing */
	size_t opened;
	size_t ended; /* snapshots met that ended by the time */
	/* All is answered, as of floor_ms or later; and one was met that ended
	 * before. */
	bool answered;
	int64_t floor_ms;
	struct straddler *straddling;
	size_t straddling_count, straddling_capacity;
	struct known_selection *known;
	size_t known_count, known_capacity;
};

/* --- opening one ------------------------------------------------------- */

static int
load(struct walk *walk, const struct snapshot_key *key,
    const struct capture_choice *choice, struct captures **out,
    struct snapshot *snapshot, struct err *err)
{
	const struct captures_request request = { walk->request->repo,
		&walk->wanted, walk->request->env };

	if (captures_open(&request, key, choice, out, snapshot, err) != 0)
		return -1;
	walk->opened++;
	return 0;
}

/* A full selection needs no look: it takes everything. */
static bool
is_full(const struct snapshot_key *key)
{
	return strcmp(key->selection_hash, "00000000") == 0;
}

static const struct known_selection *
find_known(const struct walk *walk, const struct snapshot_key *key)
{
	for (size_t i = 0; i < walk->known_count; i++)
		if (strcmp(walk->known[i].hash, key->selection_hash) == 0)
			return &walk->known[i];
	return NULL;
}

static void
add_known(
    struct walk *walk, const struct snapshot_key *key, struct selector *takes)
{
	struct known_selection *added;

	if (is_full(key) || find_known(walk, key) != NULL)
		return;
	walk->known = xgrow(walk->known, walk->known_count,
	    &walk->known_capacity, sizeof(*walk->known));
	added = &walk->known[walk->known_count++];
	memcpy(added->hash, key->selection_hash, SNAPSHOT_HASH_MAX);
	added->takes = takes;
}

static void
remember_selection(struct walk *walk, const struct snapshot_key *key)
{
	const struct brackets *brackets = walk->brackets;

	if (brackets->seen_count > 0)
		add_known(
		    walk, key, brackets->seen[brackets->seen_count - 1]->takes);
}

/* What each position held last tells nothing about any time. */
static bool
is_mixture(struct walk *walk, const struct snapshot_key *key,
    const struct snapshot *snapshot)
{
	if (!snapshot->info.last_known)
		return false;
	log_debug(walk->request->log,
	    "snapshot %s is of no one time: passed over", key->id);
	add_known(walk, key, NULL);
	return true;
}

static bool
is_known_mixture(const struct walk *walk, const struct snapshot_key *key)
{
	const struct known_selection *known = find_known(walk, key);

	return known != NULL && known->takes == NULL;
}

static bool
group_is_open(const struct bracket_group *group, bool high)
{
	if (!high && !group->whole)
		return true;
	for (size_t i = 0; i < group->row_count; i++) {
		const struct bracket *row = &group->rows[i];

		if (high ? row->low.state == SAMPLE_PRESENT &&
			    row->high.state == SAMPLE_UNKNOWN
			 : row->low.state == SAMPLE_UNKNOWN)
			return true;
	}
	return false;
}

/* Whether the key's selection is known to take no group that is open. */
static bool
takes_nothing_open(
    const struct walk *walk, const struct snapshot_key *key, bool high)
{
	const struct brackets *brackets = walk->brackets;
	const struct known_selection *known = find_known(walk, key);

	if (known == NULL || (!high && !brackets->names_settled))
		return false;
	for (size_t i = 0; i < brackets->group_count; i++)
		if (group_is_open(brackets->groups[i], high) &&
		    selector_takes_group(
			known->takes, brackets->groups[i]->name))
			return false;
	return true;
}

/* --- up to the time ---------------------------------------------------- */

enum standing {
	OPEN_IT,
	PASS_IT,
	END_OF_WALK
};

/* Order is by the begin, and one that began earlier may still have read a group
 * later, so only those are passed that ended too early. */
static enum standing
standing_before(struct walk *walk, const struct snapshot_key *key)
{
	const struct brackets *brackets = walk->brackets;

	if (walk->answered)
		return key->to_ms > walk->floor_ms ? OPEN_IT : PASS_IT;
	if (!brackets_low_done(brackets))
		return walk->barren >= RESOLVE_BARREN_MAX ? END_OF_WALK
							  : OPEN_IT;
	walk->floor_ms = brackets_low_floor(brackets);
	if (walk->opened > 0 && key->to_ms > walk->floor_ms)
		return OPEN_IT;
	if (!brackets->names_settled && walk->barren < RESOLVE_NAMES_MAX)
		return OPEN_IT;
	if (walk->opened == 0)
		return END_OF_WALK;
	walk->answered = true;
	return PASS_IT;
}

static struct straddler *
add_straddler(struct walk *walk, const struct snapshot_key *key)
{
	struct straddler *added;

	walk->straddling = xgrow(walk->straddling, walk->straddling_count,
	    &walk->straddling_capacity, sizeof(*walk->straddling));
	added = &walk->straddling[walk->straddling_count++];
	*added = (struct straddler){ .key = *key };
	return added;
}

/* Count it, and keep it for the other side if it straddles the time.  It owns
 * what was loaded, if captures is not NULL. */
static void
note_before(struct walk *walk, const struct snapshot_key *key,
    struct captures *captures, struct snapshot *snapshot)
{
	struct straddler *straddler;

	if (key->to_ms <= walk->brackets->at_ms ||
	    (captures != NULL && snapshot->info.window.number > 0))
		walk->ended++;
	if (key->to_ms > walk->brackets->at_ms) {
		straddler = add_straddler(walk, key);
		if (captures != NULL &&
		    walk->straddling_count <= STRADDLERS_LOADED_MAX) {
			straddler->captures = captures;
			straddler->snapshot = *snapshot;
			return;
		}
	}
	if (captures != NULL)
		snapshot_release(snapshot);
	captures_free(captures);
}

/* What the capture tells, and those before it. */
static int
take_low(struct walk *walk, const struct snapshot_key *key,
    struct captures *captures, const struct snapshot *snapshot, struct err *err)
{
	bool added = false;

	/* Of a window the first capture that ended after the time may also have
	 * begun after it. */
	if ((snapshot->info.from_ms <= walk->brackets->at_ms &&
		brackets_add_low(walk->brackets, snapshot, &added, err) != 0) ||
	    captures_earlier(captures, walk->brackets,
		snapshot->info.window.number, &added, err) != 0)
		return -1;
	walk->barren = added ? 0 : walk->barren + 1;
	walk->answered = false;
	remember_selection(walk, key);
	return 0;
}

static int
visit_before(const struct snapshot_key *key, void *context, struct err *err)
{
	struct walk *walk = context;
	struct capture_choice choice = { .how = CAPTURE_LAST };
	struct captures *captures = NULL;
	struct snapshot snapshot = { 0 };
	int result;

	switch (standing_before(walk, key)) {
	case END_OF_WALK:
		return 1;
	case PASS_IT:
		return 0;
	case OPEN_IT:
	default:
		break;
	}
	if (is_known_mixture(walk, key))
		return 0;
	if (takes_nothing_open(walk, key, false)) {
		note_before(walk, key, NULL, NULL);
		return 0;
	}
	if (key->to_ms > walk->brackets->at_ms)
		choice = (struct capture_choice){ .how = CAPTURE_AFTER,
			.at_ms = walk->brackets->at_ms };
	if (load(walk, key, &choice, &captures, &snapshot, err) != 0)
		return -1;
	if (is_mixture(walk, key, &snapshot)) {
		snapshot_release(&snapshot);
		captures_free(captures);
		return 0;
	}
	result = take_low(walk, key, captures, &snapshot, err);
	note_before(walk, key, captures, &snapshot);
	return result;
}

/* Done going back.  No capture is thought to take longer than a day; and none
 * longer than an hour where another one ended in between, since no capture of a
 * window begins on a later day than the first. */
static bool
before_is_over(int64_t before_ms, void *context)
{
	const struct walk *walk = context;

	if (walk->answered && walk->floor_ms >= before_ms + HOUR_MS)
		return true;
	return walk->opened > 0 && brackets_low_done(walk->brackets) &&
	    walk->brackets->names_settled &&
	    brackets_low_floor(walk->brackets) >= before_ms + DAY_MS;
}

/* --- after it ---------------------------------------------------------- */

/* What the capture tells, and those after it. */
static int
take_high(struct walk *walk, const struct snapshot_key *key,
    struct captures *captures, const struct snapshot *snapshot, struct err *err)
{
	bool added = false;

	if (brackets_add_high(walk->brackets, snapshot, &added, err) != 0 ||
	    captures_later(captures, walk->brackets,
		snapshot->info.window.number, &added, err) != 0)
		return -1;
	walk->barren = added ? 0 : walk->barren + 1;
	remember_selection(walk, key);
	return 0;
}

static int
add_high(struct walk *walk, const struct snapshot_key *key, struct err *err)
{
	const struct capture_choice choice = { .how = CAPTURE_AFTER,
		.at_ms = walk->brackets->at_ms };
	struct captures *captures = NULL;
	struct snapshot snapshot = { 0 };
	int result;

	if (is_known_mixture(walk, key) || takes_nothing_open(walk, key, true))
		return 0;
	if (load(walk, key, &choice, &captures, &snapshot, err) != 0)
		return -1;
	result = is_mixture(walk, key, &snapshot)
	    ? 0
	    : take_high(walk, key, captures, &snapshot, err);
	snapshot_release(&snapshot);
	captures_free(captures);
	return result;
}

static int
add_straddlers(struct walk *walk, struct err *err)
{
	for (size_t i = walk->straddling_count; i > 0; i--) {
		const struct straddler *straddler = &walk->straddling[i - 1];

		if ((straddler->captures != NULL
			    ? take_high(walk, &straddler->key,
				  straddler->captures, &straddler->snapshot,
				  err)
			    : add_high(walk, &straddler->key, err)) != 0)
			return -1;
	}
	return 0;
}

static int
visit_after(const struct snapshot_key *key, void *context, struct err *err)
{
	struct walk *walk = context;

	if (brackets_high_done(walk->brackets) &&
	    key->from_ms > brackets_high_ceiling(walk->brackets))
		return 1;
	/* What is open then gets the position now as its upper end: wider, and
	 * still true. */
	if (walk->barren >= RESOLVE_BARREN_MAX)
		return 1;
	return add_high(walk, key, err);
}

/* --- errors that say what there is ------------------------------------- */

/* Those that were met on the way, and others of their kind. */
static void
drop_mixtures(const struct walk *walk, struct snapshot_keys *keys)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count; i++)
		if (!is_known_mixture(walk, &keys->keys[i]))
			keys->keys[kept++] = keys->keys[i];
	keys->count = kept;
}

/* When the first capture of the first snapshot had ended: from then on there
 * are answers.  A later moment where that cannot be read. */
static int64_t
first_end(struct walk *walk, const struct snapshot_key *first)
{
	const struct capture_choice choice = { .how = CAPTURE_NUMBER };
	struct captures *captures = NULL;
	struct snapshot snapshot = { 0 };
	int64_t end_ms = first->to_ms;
	struct err why = { 0 };

	if (load(walk, first, &choice, &captures, &snapshot, &why) == 0)
		end_ms = snapshot.info.to_ms;
	snapshot_release(&snapshot);
	captures_free(captures);
	return end_ms;
}

static int
refuse_range(struct walk *walk, int64_t at_ms, struct err *err)
{
	const struct repo_query query = { walk->cluster, 0, 0 };
	struct snapshot_keys keys = { 0 };

	if (repo_list(walk->request->repo, &query, &keys, err) != 0)
		return -1;
	drop_mixtures(walk, &keys);
	if (keys.count == 0) {
		(void)err_set(err, ERR_REFUSED,
		    "%s holds no snapshot of cluster %s",
		    repo_name(walk->request->repo), walk->request->cluster_id);
	} else {
		char at[TIME_RFC3339_MAX];
		char from[TIME_RFC3339_MAX];
		char to[TIME_RFC3339_MAX];

		(void)err_set(err, ERR_REFUSED,
		    "%s is before the first snapshot of this cluster; there "
		    "are %zu, which ended from %s to %s",
		    time_format(at_ms, at), keys.count,
		    time_format(first_end(walk, &keys.keys[0]), from),
		    time_format(keys.keys[keys.count - 1].to_ms, to));
		err_hint(err,
		    "a snapshot answers from the end of its read "
		    "on: --at %s or later",
		    from);
	}
	snapshot_keys_release(&keys);
	return -1;
}

/* --- both ways --------------------------------------------------------- */

static bool
has_cover(const struct brackets *brackets)
{
	for (size_t i = 0; i < brackets->group_count; i++)
		if (brackets->groups[i]->cover_count > 0)
			return true;
	return false;
}

static int
walk_both_ways(struct walk *walk, int64_t at_ms, struct err *err)
{
	const struct repo_walker backward = { visit_before, before_is_over,
		walk };
	const struct repo_walker forward = { visit_after, NULL, walk };
	struct repo *repo = walk->request->repo;

	if (repo_walk_before(repo, walk->cluster, at_ms, &backward, err) != 0)
		return -1;
	if (walk->ended == 0 && !has_cover(walk->brackets))
		return refuse_range(walk, at_ms, err);
	walk->barren = 0;
	if (add_straddlers(walk, err) != 0)
		return -1;
	walk->barren = 0;
	return repo_walk_after(repo, walk->cluster, at_ms, &forward, err);
}

int
resolve_time(const struct resolve_request *request, int64_t at_ms,
    struct brackets *out, struct err *err)
{
	struct walk walk = { 0 };
	int result;

	walk.request = request;
	walk.brackets = out;
	repo_cluster(request->cluster_id, walk.cluster);
	if (brackets_init(out, request->wanted, at_ms, false, err) != 0)
		return -1;
	walk.wanted = resolve_wanted(request, out->selector);
	for (size_t i = 0; i < request->name_count; i++)
		brackets_add_name(out, request->names[i]);
	result = walk_both_ways(&walk, at_ms, err);
	for (size_t i = 0; i < walk.straddling_count; i++) {
		snapshot_release(&walk.straddling[i].snapshot);
		captures_free(walk.straddling[i].captures);
	}
	free(walk.straddling);
	free(walk.known);
	if (result != 0)
		brackets_release(out);
	return result;
}
