#include "snapshot/windowshelf.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/windowbuild.h"

struct shelf_window {
	struct windowbuild *build;
	int64_t from_ms; /* begin of the first capture */
	int64_t last_from_ms;
	char id[ENV_ID_MAX];
	bool is_closed;
	bool is_lent;        /* its version is being stored */
	size_t lent_count;   /* captures in that version, of the build's */
	size_t stored_count; /* the same of the version that is stored */
	int64_t flushed_ms;  /* when it was stored last, or begun */
	char key[STORE_KEY_MAX + 1]; /* of that version, or "" */
};

struct windowshelf {
	struct windowshelf_options options;
	struct shelf_window *windows; /* oldest first */
	size_t count;
	size_t capacity;
	bool may_remove;
};

struct windowshelf *
windowshelf_new(const struct windowshelf_options *options)
{
	struct windowshelf *shelf = xcalloc(1, sizeof(*shelf));

	shelf->options = *options;
	shelf->may_remove = true;
	return shelf;
}

void
windowshelf_free(struct windowshelf *shelf)
{
	size_t i;

	if (shelf == NULL)
		return;
	for (i = 0; i < shelf->count; i++)
		windowbuild_free(shelf->windows[i].build);
	free(shelf->windows);
	free(shelf);
}

/* NULL: none is open. */
static struct shelf_window *
open_window(const struct windowshelf *shelf)
{
	struct shelf_window *last;

	if (shelf->count == 0)
		return NULL;
	last = &shelf->windows[shelf->count - 1];
	return last->is_closed ? NULL : last;
}

static bool
is_whole(const struct shelf_window *window)
{
	return window->stored_count == windowbuild_count(window->build);
}

static void
drop(struct windowshelf *shelf, size_t index)
{
	windowbuild_free(shelf->windows[index].build);
	shelf->count--;
	memmove(&shelf->windows[index], &shelf->windows[index + 1],
	    (shelf->count - index) * sizeof(*shelf->windows));
}

void
windowshelf_close(struct windowshelf *shelf)
{
	struct shelf_window *window = open_window(shelf);

	if (window == NULL)
		return;
	window->is_closed = true;
	if (is_whole(window))
		drop(shelf, shelf->count - 1);
}

bool
windowshelf_begins_at(const struct windowshelf *shelf, int64_t now_ms)
{
	const struct shelf_window *window = open_window(shelf);
	const int64_t length = shelf->options.window_ms;

	return window == NULL || now_ms / length != window->from_ms / length;
}

static void
begin(struct windowshelf *shelf, const struct snapshot *capture)
{
	struct shelf_window *window;

	windowshelf_close(shelf);
	shelf->windows = xgrow(shelf->windows, shelf->count, &shelf->capacity,
	    sizeof(*shelf->windows));
	window = &shelf->windows[shelf->count++];
	*window = (struct shelf_window){
		.build = windowbuild_new(capture),
		.from_ms = capture->info.from_ms,
		.last_from_ms = capture->info.from_ms,
		.flushed_ms = capture->info.from_ms,
	};
	memcpy(window->id, capture->info.id, sizeof(window->id));
}

void
windowshelf_add(
    struct windowshelf *shelf, struct snapshot *capture, const char **reason)
{
	struct shelf_window *window = open_window(shelf);
	enum window_verdict verdict;

	*reason = NULL;
	if (windowshelf_begins_at(shelf, capture->info.from_ms)) {
		begin(shelf, capture);
		return;
	}
	verdict = windowbuild_add(window->build, capture);
	if (verdict != WINDOW_TAKEN) {
		*reason = window_verdict_text(verdict);
		begin(shelf, capture);
		return;
	}
	window->last_from_ms = capture->info.from_ms;
	memcpy(capture->info.id, window->id, sizeof(window->id));
}

static bool
wants_storing(const struct windowshelf *shelf,
    const struct shelf_window *window, int64_t now_ms, bool all)
{
	if (is_whole(window))
		return false;
	if (window->is_closed)
		return true;
	if (!shelf->may_remove)
		return false;
	/* A clock that was set back must not stop it. */
	return all || now_ms < window->flushed_ms ||
	    now_ms - window->flushed_ms >= shelf->options.flush_ms;
}

int
windowshelf_next(struct windowshelf *shelf, int64_t now_ms, bool all,
    bool *is_due, struct windowshelf_version *out, struct err *err)
{
	size_t i;

	*is_due = false;
	for (i = 0; i < shelf->count; i++) {
		struct shelf_window *window = &shelf->windows[i];

		if (!wants_storing(shelf, window, now_ms, all))
			continue;
		memset(out, 0, sizeof(*out));
		if (windowbuild_encode(
			window->build, &out->archive, &out->info, err) != 0) {
			buf_release(&out->archive);
			return -1;
		}
		if (shelf->may_remove)
			memcpy(out->smaller, window->key, sizeof(out->smaller));
		out->capture_count = windowbuild_count(window->build);
		out->is_last = window->is_closed;
		window->is_lent = true;
		window->lent_count = out->capture_count;
		*is_due = true;
		return 0;
	}
	return 0;
}

void
windowshelf_stored(struct windowshelf *shelf,
    const struct windowshelf_version *version, const char *key, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < shelf->count; i++) {
		struct shelf_window *window = &shelf->windows[i];

		if (strcmp(window->id, version->info.id) != 0)
			continue;
		window->is_lent = false;
		window->stored_count = window->lent_count;
		window->flushed_ms = now_ms;
		(void)snprintf(window->key, sizeof(window->key), "%s", key);
		if (window->is_closed && is_whole(window))
			drop(shelf, i);
		return;
	}
}

void
windowshelf_failed(struct windowshelf *shelf)
{
	size_t i;

	for (i = 0; i < shelf->count; i++)
		shelf->windows[i].is_lent = false;
}

void
windowshelf_set_removal(struct windowshelf *shelf, bool may_remove)
{
	shelf->may_remove = may_remove;
}

void
windowshelf_configure(
    struct windowshelf *shelf, const struct windowshelf_options *options)
{
	windowshelf_close(shelf);
	shelf->options = *options;
	shelf->may_remove = true;
}

void
windowshelf_set_limit(struct windowshelf *shelf, size_t size_limit)
{
	shelf->options.size_limit = size_limit;
}

static size_t
size_of(const struct windowshelf *shelf)
{
	size_t size = 0;
	size_t i;

	for (i = 0; i < shelf->count; i++)
		size += windowbuild_memory(shelf->windows[i].build);
	return size;
}

/* How many captures may go: what is stored already must stay, for the next
 * version takes its place; so must the first and the last. */
static size_t
spare_count(const struct shelf_window *window)
{
	const size_t count = windowbuild_count(window->build);
	const size_t fixed =
	    window->stored_count > 0 ? window->stored_count : 1;

	return count > fixed + 1 ? count - fixed - 1 : 0;
}

/* The one that has most to spare; NULL: none has. */
static struct shelf_window *
fullest(const struct windowshelf *shelf)
{
	struct shelf_window *found = NULL;
	size_t most = 0;
	size_t i;

	for (i = 0; i < shelf->count; i++) {
		const size_t count = spare_count(&shelf->windows[i]);

		if (count > most) {
			most = count;
			found = &shelf->windows[i];
		}
	}
	return found;
}

size_t
windowshelf_fit(struct windowshelf *shelf)
{
	size_t lost = 0;

	while (size_of(shelf) > shelf->options.size_limit) {
		struct shelf_window *window = fullest(shelf);

		if (window != NULL) {
			const size_t before = windowbuild_count(window->build);

			window->lent_count = windowbuild_thin(window->build,
			    window->stored_count, window->lent_count);
			lost += before - windowbuild_count(window->build);
		} else if (shelf->count > 2) {
			/* What is lent is borrowed from. */
			drop(shelf, shelf->windows[0].is_lent ? 1 : 0);
			lost++;
		} else {
			break;
		}
	}
	return lost;
}

struct windowshelf_state
windowshelf_state(const struct windowshelf *shelf)
{
	struct windowshelf_state state = {
		.size = size_of(shelf),
		.window_count = shelf->count,
		.oldest_from_ms = -1,
	};
	size_t i;

	for (i = 0; i < shelf->count; i++) {
		const struct shelf_window *window = &shelf->windows[i];

		if (is_whole(window))
			continue;
		state.closed_count += window->is_closed;
		state.capture_count +=
		    windowbuild_count(window->build) - window->stored_count;
		if (state.oldest_from_ms < 0)
			state.oldest_from_ms = window->from_ms;
	}
	return state;
}
