/* tidemark list --captures: each moment that a window holds. */
#include "cli/list_captures.h"

#include <assert.h>
#include <string.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/duration.h"
#include "common/timetext.h"
#include "formats/archive_piece.h"
#include "storage/repo.h"

struct listing {
	struct context *context;
	struct repo *repo;
	struct table table;
	size_t damaged;
};

static void
begin(struct listing *listing, struct context *context, struct repo *repo)
{
	static const char *const titles[] = { "ID", ">NUMBER", "BEGAN", "ENDED",
		">TOOK", "STATE", ">HOLES", "CLUSTER", NULL };

	*listing = (struct listing){ .context = context, .repo = repo };
	table_init(&listing->table, titles);
}

static void
add_json(const struct snapshot_key *key, const struct snapshot_window *window,
    size_t number, struct output *out)
{
	const struct capture_time *capture = &window->captures[number];
	json_t *line = json_pack("{s:s, s:s, s:s, s:I, s:b, s:I}", "kind",
	    "capture", "id", key->id, "cluster", key->cluster, "number",
	    (json_int_t)number, "complete", capture->hole_count == 0 ? 1 : 0,
	    "holes", (json_int_t)capture->hole_count);

	json_set_time(line, "from", capture->start_ms);
	json_set_time(line, "to", capture->end_ms);
	output_json(out, line);
}

static void
add_capture(struct listing *listing, const struct snapshot_key *key,
    const struct snapshot_window *window, size_t number)
{
	const struct capture_time *capture;
	struct context *context = listing->context;
	struct table *table = &listing->table;
	char text[TIME_RFC3339_MAX];

	assert(window->captures != NULL); /* every window has some */
	capture = &window->captures[number];
	if (options_flag(&context->options, OPT_JSON)) {
		add_json(key, window, number, &context->out);
		return;
	}
	table_text(table, "%s", key->id);
	table_number(table, (int64_t)number + 1);
	table_text(table, "%s", time_format(capture->start_ms, text));
	table_text(table, "%s", time_format(capture->end_ms, text));
	table_text(table, "%s",
	    duration_format(capture->end_ms - capture->start_ms, text));
	table_text(
	    table, "%s", capture->hole_count == 0 ? "complete" : "PARTIAL");
	table_number(table, (int64_t)capture->hole_count);
	table_text(table, "%s", key->cluster);
}

/* Of a window no more than its bookkeeping and holes is read.  1, or 0 for a
 * damaged one, which is passed over, or -1. */
static int
open_window(struct listing *listing, const struct snapshot_key *key,
    struct snapshot *out, struct err *err)
{
	const struct archive_wanted nothing = { 0 };
	struct err why = { 0 };

	if (env_interrupted(&listing->context->env))
		return err_set(err, ERR_INTERRUPTED, "interrupted");
	if (repo_load_groups(listing->repo, key, &nothing, out, &why) == 0)
		return 1;
	if (why.kind != ERR_CORRUPT) {
		*err = why;
		return -1;
	}
	log_warn(&listing->context->log, "passed over: %s", why.message);
	listing->damaged++;
	return 0;
}

static int
finish(struct listing *listing)
{
	table_finish(&listing->table, &listing->context->out);
	return listing->damaged > 0 ? EXIT_INTEGRITY : EXIT_ALL;
}

int
list_captures(struct context *context, struct repo *repo,
    const struct snapshot_keys *keys, struct err *err)
{
	struct listing listing;
	int opened = 1;

	begin(&listing, context, repo);
	for (size_t i = 0; opened >= 0 && i < keys->count; i++) {
		const struct snapshot_key *key = &keys->keys[i];
		struct snapshot snapshot = { 0 };

		opened = open_window(&listing, key, &snapshot, err);
		for (size_t j = 0; j < snapshot.info.window.count; j++)
			add_capture(&listing, key, &snapshot.info.window, j);
		snapshot_release(&snapshot);
	}
	if (opened < 0) {
		table_release(&listing.table);
		return -1;
	}
	return finish(&listing);
}

/* The last capture of a snapshot that had ended by the time. */
static int
add_last(
    struct listing *listing, const struct snapshot_key *key, struct err *err)
{
	struct snapshot snapshot = { 0 };
	const struct snapshot_window *window = &snapshot.info.window;
	const int opened = open_window(listing, key, &snapshot, err);

	if (opened == 1)
		add_capture(listing, key, window, window->count - 1);
	snapshot_release(&snapshot);
	return opened < 0 ? -1 : 0;
}

/* The captures on both sides of the time; before is the snapshot that is asked
 * where no capture of the first had ended by then, or NULL. */
static int
add_around(struct listing *listing, const struct snapshot_key *key,
    const struct snapshot_key *before, int64_t at_ms, struct err *err)
{
	struct snapshot snapshot = { 0 };
	const struct snapshot_window *window = &snapshot.info.window;
	const int opened = open_window(listing, key, &snapshot, err);
	int result = opened < 0 ? -1 : 0;
	size_t number = 0;

	while (
	    number < window->count && window->captures[number].end_ms <= at_ms)
		number++;
	if (result == 0 && number == 0 && before != NULL)
		result = add_last(listing, before, err);
	if (result == 0 && number > 0)
		add_capture(listing, key, window, number - 1);
	if (result == 0 && number < window->count)
		add_capture(listing, key, window, number);
	snapshot_release(&snapshot);
	return result;
}

static bool
is_of_one_cluster(
    const struct snapshot_key *left, const struct snapshot_key *right)
{
	return strcmp(left->cluster, right->cluster) == 0;
}

int
list_captures_around(struct context *context, struct repo *repo,
    const struct snapshot_keys *keys, int64_t at_ms, struct err *err)
{
	struct listing listing;

	begin(&listing, context, repo);
	for (size_t i = 0; i < keys->count; i++) {
		const struct snapshot_key *key = &keys->keys[i];
		const struct snapshot_key *before = NULL;

		if (i + 1 < keys->count && is_of_one_cluster(key, key + 1)) {
			before = key;
			key = &keys->keys[++i];
		}
		if (add_around(&listing, key, before, at_ms, err) != 0) {
			table_release(&listing.table);
			return -1;
		}
	}
	return finish(&listing);
}
