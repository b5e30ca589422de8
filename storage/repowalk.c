/*
 * repowalk.c - the snapshots around a moment, found by their keys alone.
 *
 * Forward is one listing that begins at the moment.  Backward no store can
 * list, so days are walked: the day itself, the one before, and so on while
 * they hold something; over a gap the folders of the month, the year and all
 * years are looked at, one request each, and remembered.
 */
#include <string.h>

#include "common/err.h"
#include "common/timetext.h"
#include "storage/repo.h"
#include "storage/repokey.h"
#include "storage/repolist.h"

#define DAY_MS INT64_C(86400000)

/* Above every month and day, for "the last one of". */
#define NUMBER_END 63

struct days {
	struct repo *repo;
	const char *cluster;
	int year, month, day;
	int64_t start_ms; /* of the last day that was guessed; 0: none */
	bool guessing;    /* the day before is tried unseen */
	bool has_days;    /* days is known for this month */
	bool has_months;  /* months is known for this year */
	uint64_t days;    /* as in struct repolist_numbers */
	uint64_t months;
};

/* The greatest number in bits that is below limit, or -1. */
static int
greatest_below(uint64_t bits, int limit)
{
	for (int i = limit - 1; i >= 0; i--) {
		if ((bits >> i & 1) != 0)
			return i;
	}
	return -1;
}

static void
days_set(struct days *days, int64_t at_ms)
{
	char text[TIME_KEY_MAX];

	days->start_ms = at_ms / DAY_MS * DAY_MS;
	(void)time_format_key(days->start_ms, text);
	days->year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 +
	    (text[2] - '0') * 10 + (text[3] - '0');
	days->month = (text[4] - '0') * 10 + (text[5] - '0');
	days->day = (text[6] - '0') * 10 + (text[7] - '0');
}

/* Read the folders of a level: depth 0 is all years, 1 a year, 2 a month. */
static int
days_read(const struct days *days, int depth, struct repolist_numbers *out,
    struct err *err)
{
	char prefix[STORE_KEY_MAX + 1];
	size_t size;

	size = (size_t)snprintf(
	    prefix, sizeof(prefix), "snapshots/%s/", days->cluster);
	if (depth > 0)
		size += (size_t)snprintf(
		    prefix + size, sizeof(prefix) - size, "%04d/", days->year);
	if (depth > 1)
		(void)snprintf(
		    prefix + size, sizeof(prefix) - size, "%02d/", days->month);
	return repolist_numbers(days->repo, prefix, days->year, out, err);
}

/* Go to the last day of the last month before the one we are in; the days of
 * that month are not known yet.  1, 0 when there is none, -1. */
static int
days_leave_month(struct days *days, struct err *err)
{
	struct repolist_numbers found = { 0 };

	for (;;) {
		if (!days->has_months && days_read(days, 1, &found, err) != 0)
			return -1;
		if (!days->has_months)
			days->months = found.bits;
		days->has_months = true;
		days->month = greatest_below(days->months, days->month);
		if (days->month >= 0)
			break;
		days->month = 0;
		if (days_read(days, 0, &found, err) != 0)
			return -1;
		if (found.below < 0)
			return 0;
		days->year = found.below;
		days->month = NUMBER_END;
		days->has_months = false;
	}
	days->day = NUMBER_END;
	days->has_days = false;
	return 1;
}

/* Go to the last day before this one that may hold something.  1, 0 when
 * there is none, -1. */
static int
days_step(struct days *days, struct err *err)
{
	struct repolist_numbers found = { 0 };
	int result = 1;

	if (days->guessing) {
		if (days->start_ms < DAY_MS)
			return 0;
		days_set(days, days->start_ms - DAY_MS);
		return 1;
	}
	while (result == 1) {
		if (!days->has_days && days_read(days, 2, &found, err) != 0)
			return -1;
		if (!days->has_days)
			days->days = found.bits;
		days->has_days = true;
		days->day = greatest_below(days->days, days->day);
		if (days->day >= 0)
			return 1;
		result = days_leave_month(days, err);
	}
	return result;
}

/* Show one day's snapshots, newest first, and find out whether going on
 * unseen is worth it. */
static int
visit_day(struct days *days, int64_t at_ms, const struct repo_walker *walker,
    struct err *err)
{
	struct snapshot_keys keys = { 0 };
	char prefix[STORE_KEY_MAX + 1];
	const struct repolist_query query = { prefix, NULL, INT64_MAX, NULL };
	int result;

	(void)snprintf(prefix, sizeof(prefix), "snapshots/%s/%04d/%02d/%02d/",
	    days->cluster, days->year, days->month, days->day);
	result = repolist_collect(days->repo, &query, &keys, err);
	if (result == 0 && keys.count == 0)
		days->guessing = false;
	for (size_t i = keys.count; result == 0 && i > 0; i--) {
		if (keys.keys[i - 1].from_ms <= at_ms)
			result = walker->visit(
			    &keys.keys[i - 1], walker->context, err);
	}
	snapshot_keys_release(&keys);
	return result;
}

/* May what began before that day not matter any more? */
static bool
is_done(const struct days *days, const struct repo_walker *walker)
{
	char text[TIME_KEY_MAX + 32];
	int64_t start_ms;

	(void)snprintf(text, sizeof(text), "%04d%02d%02dT000000000Z",
	    days->year, days->month, days->day);
	return walker->done != NULL &&
	    time_parse_key(bytes_of(text), &start_ms) &&
	    walker->done(start_ms, walker->context);
}

int
repo_walk_before(struct repo *repo, const char *cluster, int64_t at_ms,
    const struct repo_walker *walker, struct err *err)
{
	struct days days = { .repo = repo, .cluster = cluster };
	int result;

	if (at_ms < 0 || !repo_cluster_valid(cluster))
		return 0;
	days.guessing = at_ms <= TIME_LAST_MS;
	if (days.guessing) {
		days_set(&days, at_ms);
		result = 1;
	} else {
		/* The newest of all: nothing to guess from. */
		days.year = 10000;
		days.has_months = true;
		days.has_days = true;
		result = days_step(&days, err);
	}
	while (result == 1) {
		result = visit_day(&days, at_ms, walker, err);
		if (result != 0 || is_done(&days, walker))
			break;
		result = days_step(&days, err);
	}
	return result < 0 ? -1 : 0;
}

/* The latest version of a window is known when the next window comes. */
struct forward {
	int64_t at_ms;
	struct snapshot_key held;
	bool has_held;
	const struct repo_walker *walker;
};

/* Matches store_visit_fn. */
static int
take_forward(const struct store_object *object, void *context, struct err *err)
{
	struct forward *forward = context;
	struct snapshot_key key;
	int result = 0;

	if (!repo_key_parse(object->key, &key) || key.from_ms <= forward->at_ms)
		return 0;
	key.size = object->size;
	if (forward->has_held && !repo_key_same_window(&forward->held, &key))
		result = forward->walker->visit(
		    &forward->held, forward->walker->context, err);
	forward->held = key;
	forward->has_held = result == 0;
	return result;
}

int
repo_walk_after(struct repo *repo, const char *cluster, int64_t at_ms,
    const struct repo_walker *walker, struct err *err)
{
	char prefix[STORE_KEY_MAX + 1];
	char after[STORE_KEY_MAX + 1];
	const struct store_listing listing = { prefix, after, false };
	struct forward forward = { .at_ms = at_ms, .walker = walker };
	int result;

	if (at_ms >= TIME_LAST_MS || !repo_cluster_valid(cluster))
		return 0;
	(void)snprintf(prefix, sizeof(prefix), "snapshots/%s/", cluster);
	repo_key_moment(cluster, at_ms < 0 ? 0 : at_ms, after);
	result =
	    store_list(repo_store(repo), &listing, take_forward, &forward, err);
	if (result == 0 && forward.has_held)
		result = walker->visit(&forward.held, walker->context, err);
	return result < 0 ? -1 : 0;
}
