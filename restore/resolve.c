#include "restore/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "common/env.h"
#include "common/log.h"
#include "common/timetext.h"
#include "common/xalloc.h"
#include "formats/model.h"
#include "restore/containment.h"
#include "snapshot/selector.h"
#include "storage/repo.h"

#define DAY_MS INT64_C(86400000)

/* How far the clock of the machine that captured may be ahead of ours. */
#define CLOCK_SLACK_MS DAY_MS

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
	struct snapshot snapshot; /* all zeroes if not loaded */
	bool loaded;
};

#define STRADDLERS_LOADED_MAX 4

struct walk {
	const struct resolve_request *request;
	struct brackets *brackets;
	char cluster[REPO_CLUSTER_MAX];
	size_t barren; /* snapshots on end that answered nothing */
	size_t opened;
	size_t ended; /* snapshots met that ended by the time */
	struct straddler *straddling;
	size_t straddling_count, straddling_capacity;
	struct known_selection *known;
	size_t known_count, known_capacity;
};

/* --- opening one ------------------------------------------------------- */

struct wanted
resolve_wanted(
    const struct resolve_request *request, const struct selector *selector)
{
	return (struct wanted){ .selector = selector,
		.topics = request->topics,
		.topic_count = request->topic_count,
		.log = request->log };
}

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
load(struct walk *walk, const struct snapshot_key *key, struct snapshot *out,
    struct err *err)
{
	const struct wanted wanted =
	    resolve_wanted(walk->request, walk->brackets->selector);

	if (env_interrupted(walk->request->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	log_debug(walk->request->log, "opening snapshot %s", key->id);
	if (wanted_load(walk->request->repo, key, &wanted, out, err) != 0)
		return hint_damage(key, err);
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

/* 1: nothing older can change the answer. */
static int
before_is_done(const struct walk *walk, const struct snapshot_key *key)
{
	const struct brackets *brackets = walk->brackets;

	if (!brackets_low_done(brackets))
		return walk->barren >= RESOLVE_BARREN_MAX;
	/* One that began earlier may still have read a group later. */
	if (walk->opened > 0 && key->to_ms > brackets_low_floor(brackets))
		return 0;
	return brackets->names_settled || walk->barren >= RESOLVE_NAMES_MAX;
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
 * what was loaded, if snapshot is not NULL. */
static void
note_before(struct walk *walk, const struct snapshot_key *key,
    struct snapshot *snapshot)
{
	struct straddler *straddler;

	if (key->to_ms <= walk->brackets->at_ms) {
		walk->ended++;
	} else {
		straddler = add_straddler(walk, key);
		if (snapshot != NULL &&
		    walk->straddling_count <= STRADDLERS_LOADED_MAX) {
			straddler->snapshot = *snapshot;
			straddler->loaded = true;
			return;
		}
	}
	if (snapshot != NULL)
		snapshot_release(snapshot);
}

static int
visit_before(const struct snapshot_key *key, void *context, struct err *err)
{
	struct walk *walk = context;
	struct snapshot snapshot = { 0 };
	bool added = false;
	int result;

	if (before_is_done(walk, key))
		return 1;
	if (is_known_mixture(walk, key))
		return 0;
	if (takes_nothing_open(walk, key, false)) {
		note_before(walk, key, NULL);
		return 0;
	}
	if (load(walk, key, &snapshot, err) != 0)
		return -1;
	if (is_mixture(walk, key, &snapshot)) {
		snapshot_release(&snapshot);
		return 0;
	}
	result = brackets_add_low(walk->brackets, &snapshot, &added, err);
	if (result == 0) {
		walk->barren = added ? 0 : walk->barren + 1;
		remember_selection(walk, key);
	}
	note_before(walk, key, &snapshot);
	return result;
}

/* Done going back.  No capture is thought to take longer than a day. */
static bool
before_is_over(int64_t before_ms, void *context)
{
	const struct walk *walk = context;

	return walk->opened > 0 && brackets_low_done(walk->brackets) &&
	    walk->brackets->names_settled &&
	    brackets_low_floor(walk->brackets) >= before_ms + DAY_MS;
}

/* --- after it ---------------------------------------------------------- */

static int
take_high(struct walk *walk, const struct snapshot_key *key,
    const struct snapshot *snapshot, struct err *err)
{
	bool added = false;

	if (brackets_add_high(walk->brackets, snapshot, &added, err) != 0)
		return -1;
	walk->barren = added ? 0 : walk->barren + 1;
	remember_selection(walk, key);
	return 0;
}

static int
add_high(struct walk *walk, const struct snapshot_key *key, struct err *err)
{
	struct snapshot snapshot = { 0 };
	int result;

	if (is_known_mixture(walk, key) || takes_nothing_open(walk, key, true))
		return 0;
	if (load(walk, key, &snapshot, err) != 0)
		return -1;
	result = is_mixture(walk, key, &snapshot)
	    ? 0
	    : take_high(walk, key, &snapshot, err);
	snapshot_release(&snapshot);
	return result;
}

static int
add_straddlers(struct walk *walk, struct err *err)
{
	for (size_t i = walk->straddling_count; i > 0; i--) {
		const struct straddler *straddler = &walk->straddling[i - 1];

		if ((straddler->loaded
			    ? take_high(walk, &straddler->key,
				  &straddler->snapshot, err)
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
		    time_format(keys.keys[0].to_ms, from),
		    time_format(keys.keys[keys.count - 1].to_ms, to));
		err_hint(err,
		    "a snapshot answers from the end of its read "
		    "on: --at %s or later",
		    from);
	}
	snapshot_keys_release(&keys);
	return -1;
}

/* --- the three ways ---------------------------------------------------- */

static void
add_names(const struct resolve_request *request, struct brackets *brackets)
{
	for (size_t i = 0; i < request->name_count; i++)
		brackets_add_name(brackets, request->names[i]);
}

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
	add_names(request, out);
	result = walk_both_ways(&walk, at_ms, err);
	for (size_t i = 0; i < walk.straddling_count; i++)
		snapshot_release(&walk.straddling[i].snapshot);
	free(walk.straddling);
	free(walk.known);
	if (result != 0)
		brackets_release(out);
	return result;
}

int
resolve_snapshot(const struct resolve_request *request,
    const struct snapshot *snapshot, struct brackets *out, struct err *err)
{
	bool added;

	if (strcmp(snapshot->info.cluster_id, request->cluster_id) != 0) {
		(void)err_set(err, ERR_REFUSED,
		    "snapshot %s is of cluster %s, and this is cluster %s: "
		    "offsets mean other records here",
		    snapshot->info.id, snapshot->info.cluster_id,
		    request->cluster_id);
		err_hint(err,
		    "name a snapshot of this cluster, or the "
		    "brokers of the other one");
		return -1;
	}
	if (brackets_init(
		out, request->wanted, snapshot->info.to_ms, true, err) != 0)
		return -1;
	add_names(request, out);
	if (brackets_add_low(out, snapshot, &added, err) != 0) {
		brackets_release(out);
		return -1;
	}
	return 0;
}

/* --- latest ------------------------------------------------------------ */

struct latest {
	const struct resolve_request *request;
	int64_t by_ms; /* it had ended by then */
	struct snapshot *out;
	struct selector *wanted;
	bool found;
};

/* Does a complete snapshot cover all the groups asked for? */
static int
covers_wanted(const struct latest *latest, const struct snapshot *snapshot,
    bool *covers, struct err *err)
{
	struct selector *takes = NULL;

	if (!selector_is_named(latest->wanted)) {
		*covers = snapshot->info.scope != SCOPE_NAMED &&
		    containment_of_groups(
			&snapshot->info.selection, latest->request->wanted);
	} else {
		if (selector_new(&snapshot->info.selection, &takes, err) != 0)
			return -1;
		*covers = true;
		for (size_t i = 0; i < selector_named_count(latest->wanted);
		     i++)
			if (!selector_takes_group(
				takes, selector_named_at(latest->wanted, i)))
				*covers = false;
		selector_free(takes);
	}
	if (!containment_of_topics(
		&snapshot->info.selection, latest->request->wanted))
		*covers = false;
	return 0;
}

static int
visit_latest(const struct snapshot_key *key, void *context, struct err *err)
{
	struct latest *latest = context;
	const struct wanted wanted =
	    resolve_wanted(latest->request, latest->wanted);

	if (!key->complete || key->to_ms > latest->by_ms)
		return 0;
	if (env_interrupted(latest->request->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	log_debug(latest->request->log, "opening snapshot %s", key->id);
	if (wanted_load(
		latest->request->repo, key, &wanted, latest->out, err) != 0)
		return hint_damage(key, err);
	if (covers_wanted(latest, latest->out, &latest->found, err) == 0) {
		if (latest->found)
			return 1;
		snapshot_release(latest->out);
		return 0;
	}
	snapshot_release(latest->out);
	return -1;
}

int
resolve_newest(const struct resolve_request *request, int64_t by_ms,
    struct snapshot *out, struct err *err)
{
	struct latest latest = { request, by_ms, out, NULL, false };
	const struct repo_walker walker = { visit_latest, NULL, &latest };
	char cluster[REPO_CLUSTER_MAX];
	int result;

	repo_cluster(request->cluster_id, cluster);
	if (selector_new(request->wanted, &latest.wanted, err) != 0)
		return -1;
	result = repo_walk_before(request->repo, cluster, by_ms, &walker, err);
	selector_free(latest.wanted);
	if (result != 0)
		return -1;
	if (latest.found)
		return 0;
	(void)err_set(err, ERR_REFUSED,
	    "%s holds no complete snapshot of cluster %s that covers these "
	    "groups",
	    repo_name(request->repo), request->cluster_id);
	err_hint(err,
	    "name a partial one by its id: tidemark list shows "
	    "them");
	return -1;
}

int
resolve_latest(const struct resolve_request *request, struct snapshot *out,
    struct err *err)
{
	return resolve_newest(
	    request, env_now_ms(request->env) + CLOCK_SLACK_MS, out, err);
}

/* --- what a text means ------------------------------------------------- */

enum resolve_meaning
resolve_meaning_of(const char *text)
{
	const size_t size = strlen(text);
	const size_t hex = strspn(text, "0123456789abcdefABCDEF");
	const size_t digits = strspn(text, "0123456789");
	static const char suffix[] = ".tar.zst";
	const size_t suffix_size = sizeof(suffix) - 1;

	if (strcmp(text, "latest") == 0)
		return RESOLVE_IS_LATEST;
	if (strchr(text, '/') != NULL ||
	    (size > suffix_size &&
		strcmp(text + size - suffix_size, suffix) == 0))
		return RESOLVE_IS_PATH;
	/* 10 digits would be seconds, which time_parse refuses with a reason;
	 * 12 to 14 are milliseconds of our times. */
	if (digits == size && (size == 10 || (size >= 12 && size <= 14)))
		return RESOLVE_IS_TIME;
	if (hex == size && size >= 4 && size < ENV_ID_MAX)
		return RESOLVE_IS_ID;
	return RESOLVE_IS_TIME;
}
