/*
 * The ways of resolve.h that name one snapshot.
 */
#include "restore/resolve.h"

#include <string.h>

#include "common/env.h"
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
	int64_t by_ms; /* it had ended by then */
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
	captures_free(captures);
	return result;
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
	if (selector_new(request->wanted, &latest.selector, err) != 0)
		return -1;
	result = repo_walk_before(request->repo, cluster, by_ms, &walker, err);
	selector_free(latest.selector);
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
