/*
 * The ways of resolve.h that name one snapshot.
 */
#include "restore/resolve.h"

#include <string.h>

#include "common/env.h"
#include "common/timetext.h"
#include "formats/model.h"
#include "restore/captures.h"
#include "restore/containment.h"
#include "snapshot/selector.h"
#include "storage/repo.h"

/* How far the clock of the machine that captured may be ahead of ours. */
#define CLOCK_SLACK_MS INT64_C(86400000)

struct wanted
resolve_wanted(
    const struct resolve_request *request, const struct selector *selector)
{
	return (struct wanted){ .selector = selector,
		.topics = request->topics,
		.topic_count = request->topic_count,
		.log = request->log };
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
	for (size_t i = 0; i < request->name_count; i++)
		brackets_add_name(out, request->names[i]);
	if (brackets_add_low(out, snapshot, &added, err) != 0) {
		brackets_release(out);
		return -1;
	}
	return 0;
}

/* --- latest ------------------------------------------------------------ */

struct latest {
	const struct resolve_request *request;
	int64_t by_ms;                       /* it had ended by then */
	const struct capture_choice *choice; /* NULL: what was found */
	struct snapshot *out;
	struct selector *selector; /* of what is wanted */
	bool found;
};

/* Does a complete snapshot cover all the groups asked for? */
static int
covers_wanted(const struct latest *latest, const struct snapshot *snapshot,
    bool *covers, struct err *err)
{
	struct selector *takes = NULL;

	if (!selector_is_named(latest->selector)) {
		*covers = snapshot->info.scope != SCOPE_NAMED &&
		    containment_of_groups(
			&snapshot->info.selection, latest->request->wanted);
	} else {
		if (selector_new(&snapshot->info.selection, &takes, err) != 0)
			return -1;
		*covers = true;
		for (size_t i = 0; i < selector_named_count(latest->selector);
		     i++)
			if (!selector_takes_group(
				takes, selector_named_at(latest->selector, i)))
				*covers = false;
		selector_free(takes);
	}
	if (!containment_of_topics(
		&snapshot->info.selection, latest->request->wanted))
		*covers = false;
	return 0;
}

static int
take_if_covering(struct latest *latest, struct err *err)
{
	if (covers_wanted(latest, latest->out, &latest->found, err) != 0) {
		snapshot_release(latest->out);
		return -1;
	}
	if (latest->found)
		return 1;
	snapshot_release(latest->out);
	return 0;
}

/* Of a window that went on after the time: the newest complete capture that had
 * ended by then. */
static int
find_complete(struct latest *latest, struct captures *captures, struct err *err)
{
	size_t number = latest->out->info.window.number;

	while (!latest->out->info.complete) {
		if (!captures_complete_before(captures, number, &number))
			return 0;
		snapshot_release(latest->out);
		if (captures_load(captures, number, latest->out, err) != 0)
			return -1;
	}
	return 1;
}

/* Another capture of what was found. */
static int
choose_capture(
    struct latest *latest, struct captures *captures, struct err *err)
{
	const struct capture_choice *choice = latest->choice;
	const struct snapshot_info *info = &latest->out->info;
	struct err why = { 0 };
	size_t number;

	if (choice == NULL)
		return 1;
	if (window_choose(&info->window, choice, &number, &why) != 0) {
		(void)resolve_no_capture(info, choice->at_ms, err);
		snapshot_release(latest->out);
		return -1;
	}
	if (number == info->window.number)
		return 1;
	snapshot_release(latest->out);
	return captures_load(captures, number, latest->out, err) == 0 ? 1 : -1;
}

static int
visit_latest(const struct snapshot_key *key, void *context, struct err *err)
{
	struct latest *latest = context;
	const bool is_over = key->to_ms <= latest->by_ms;
	const struct wanted wanted =
	    resolve_wanted(latest->request, latest->selector);
	const struct captures_request request = { latest->request->repo,
		&wanted, latest->request->env };
	const struct capture_choice choice = { .how = is_over ? CAPTURE_LAST
							      : CAPTURE_BEFORE,
		.at_ms = latest->by_ms };
	struct captures *captures;
	struct err why = { 0 };
	int result;

	if (is_over && !key->complete)
		return 0;
	if (captures_open(
		&request, key, &choice, &captures, latest->out, &why) != 0) {
		/* All of its captures ended later. */
		if (!is_over && why.kind == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	result = find_complete(latest, captures, err);
	if (result == 1)
		result = take_if_covering(latest, err);
	else
		snapshot_release(latest->out);
	if (result == 1)
		result = choose_capture(latest, captures, err);
	captures_free(captures);
	return result;
}

static int
run_latest(struct latest *latest, struct err *err)
{
	const struct resolve_request *request = latest->request;
	const struct repo_walker walker = { visit_latest, NULL, latest };
	char cluster[REPO_CLUSTER_MAX];
	int result;

	repo_cluster(request->cluster_id, cluster);
	if (selector_new(request->wanted, &latest->selector, err) != 0)
		return -1;
	result = repo_walk_before(
	    request->repo, cluster, latest->by_ms, &walker, err);
	selector_free(latest->selector);
	if (result != 0)
		return -1;
	if (latest->found)
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
resolve_newest(const struct resolve_request *request, int64_t by_ms,
    struct snapshot *out, struct err *err)
{
	struct latest latest = {
		.request = request, .by_ms = by_ms, .out = out
	};

	return run_latest(&latest, err);
}

int
resolve_no_capture(
    const struct snapshot_info *info, int64_t by_ms, struct err *err)
{
	const struct snapshot_window *window = &info->window;
	char by[TIME_RFC3339_MAX];
	char first[TIME_RFC3339_MAX];
	char last[TIME_RFC3339_MAX];

	(void)err_set(err, ERR_NOT_FOUND,
	    "snapshot %s has no capture that had ended by %s: its %zu ended "
	    "from %s to %s",
	    info->id, time_format(by_ms, by), window->count,
	    time_format(window->captures[0].end_ms, first),
	    time_format(window->to_ms, last));
	err_hint(err, "tidemark list --at TIME shows the snapshots around it");
	return -1;
}

int
resolve_latest(const struct resolve_request *request,
    const struct capture_choice *choice, struct snapshot *out, struct err *err)
{
	struct latest latest = { .request = request,
		.by_ms = env_now_ms(request->env) + CLOCK_SLACK_MS,
		.choice = choice,
		.out = out };

	return run_latest(&latest, err);
}

/* --- what a text means ------------------------------------------------- */

#define SUFFIX ".tar.zst"

static bool
has_suffix(const char *text, size_t size)
{
	const size_t suffix = sizeof(SUFFIX) - 1;

	return size > suffix &&
	    memcmp(text + size - suffix, SUFFIX, suffix) == 0;
}

const char *
resolve_time_of(const char *text)
{
	const char *at = strrchr(text, '@');

	/* A path may have one in it. */
	if (at == NULL || strchr(at, '/') != NULL ||
	    has_suffix(text, strlen(text)))
		return NULL;
	return at;
}

static bool
is_all(const char *text, size_t size, const char *set)
{
	for (size_t i = 0; i < size; i++)
		if (strchr(set, text[i]) == NULL)
			return false;
	return true;
}

enum resolve_meaning
resolve_meaning_of(const char *text)
{
	const char *at = resolve_time_of(text);
	const size_t size = at == NULL ? strlen(text) : (size_t)(at - text);
	const bool is_digits = is_all(text, size, "0123456789");

	if (size == strlen("latest") && memcmp(text, "latest", size) == 0)
		return RESOLVE_IS_LATEST;
	if (memchr(text, '/', size) != NULL || has_suffix(text, size))
		return RESOLVE_IS_PATH;
	/* 10 digits would be seconds, which time_parse refuses with a reason;
	 * 12 to 14 are milliseconds of our times. */
	if (at == NULL && is_digits &&
	    (size == 10 || (size >= 12 && size <= 14)))
		return RESOLVE_IS_TIME;
	if (size >= 4 && size < ENV_ID_MAX &&
	    is_all(text, size, "0123456789abcdefABCDEF"))
		return RESOLVE_IS_ID;
	return RESOLVE_IS_TIME;
}
