/* The file of --metrics-file: see metrics_file.h. */
#include "cli/metrics_file.h"

#include <string.h>

#include "cli/context.h"
#include "common/buf.h"
#include "common/env.h"
#include "common/files.h"
#include "common/utf8.h"
#include "snapshot/metrics.h"

#define FILE_MAX ((size_t)64 << 20)
#define SHOWN_MAX 80
#define LOCK_WAIT_MS 5000

/* Of the series; "reason" is a hole's. */
static const char *const own_labels[] = { "reason", "result", "group" };

static bool
is_taken(struct bytes name, const struct metrics_labels *labels)
{
	for (size_t at = 0; at < sizeof(own_labels) / sizeof(*own_labels); at++)
		if (bytes_equal_text(name, own_labels[at]))
			return true;
	for (size_t at = 0; at < labels->count; at++)
		if (bytes_equal_text(name, labels->labels[at].name))
			return true;
	return false;
}

static int
add_label(struct metrics_labels *out, const char *pair, struct err *err)
{
	const char *equals = strchr(pair, '=');
	char shown[SHOWN_MAX];
	struct bytes name = { pair,
		equals != NULL ? (size_t)(equals - pair) : 0 };

	if (!promtext_is_label(name)) {
		err_set(err, ERR_USAGE, "--metrics-label: '%s' is no label",
		    utf8_escape_to(bytes_of(pair), shown, sizeof(shown)));
		err_hint(err, "NAME=VALUE, such as cluster=prod");
		return -1;
	}
	name = arena_bytes(&out->arena, name);
	if (is_taken(name, out))
		return err_set(err, ERR_USAGE,
		    "--metrics-label: the name %s is taken", name.data);
	out->labels[out->count++] = (struct promtext_label){ name.data,
		bytes_of(arena_text(&out->arena, equals + 1)), false };
	return 0;
}

int
metrics_labels_init(
    const struct context *context, struct metrics_labels *out, struct err *err)
{
	size_t count;
	const char **pairs =
	    options_list(&context->options, OPT_METRICS_LABEL, &count);

	memset(out, 0, sizeof(*out));
	if (count > METRICS_LABELS_MAX)
		return err_set(err, ERR_USAGE,
		    "--metrics-label is given more than %d times",
		    METRICS_LABELS_MAX);
	out->labels = arena_alloc(&out->arena, count, sizeof(*out->labels));
	for (size_t at = 0; at < count; at++)
		if (add_label(out, pairs[at], err) != 0)
			return -1;
	return 0;
}

void
metrics_labels_release(struct metrics_labels *labels)
{
	arena_release(&labels->arena);
	memset(labels, 0, sizeof(*labels));
}

/* What the file has, as text and understood; none has nothing. */
static int
read_file(const char *path, struct buf *text, struct metrics *metrics,
    struct err *err)
{
	struct err why = { 0 };
	char shown[SHOWN_MAX];

	if (file_read(path, FILE_MAX, text, &why) != 0) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (metrics_read(buf_bytes(text), metrics, err) == 0)
		return 0;
	return err_wrap(
	    err, "%s", utf8_escape_to(bytes_of(path), shown, sizeof(shown)));
}

/* The file, between reading and replacing it. */
struct change {
	int lock; /* -1: none */
	struct buf before, after;
};

/*
 * Fails when somebody else does not give it free.  Where folders cannot be
 * locked it goes on alone: better a change that is lost than none at all.
 */
static int
change_begin(struct change *change, const char *path, const struct env *env,
    struct err *err)
{
	struct err why = { 0 };

	*change = (struct change){ .lock = -1 };
	if (folder_lock(path, env, LOCK_WAIT_MS, &change->lock, &why) == 0 ||
	    why.kind != ERR_UNAVAILABLE)
		return 0;
	*err = why;
	return -1;
}

static void
change_end(struct change *change)
{
	if (change->lock >= 0)
		folder_unlock(change->lock);
	buf_release(&change->before);
	buf_release(&change->after);
}

int
metrics_file_update(const char *path, const struct metrics *found,
    const struct metrics_labels *labels, const struct env *env, struct err *err)
{
	struct metrics metrics;
	struct change change;
	int result = -1;

	metrics_init(&metrics);
	if (change_begin(&change, path, env, err) == 0 &&
	    read_file(path, &change.before, &metrics, err) == 0) {
		metrics_merge(&metrics, found);
		metrics_render(&metrics, labels->labels, labels->count,
		    env_now_ms(env), &change.after);
		promtext_keep(buf_bytes(&change.before), METRICS_EXPIRING,
		    false, &change.after);
		result = file_replace(path, buf_bytes(&change.after), err);
	}
	change_end(&change);
	metrics_release(&metrics);
	return result;
}

int
metrics_file_put_expiring(const char *path, struct bytes expiring,
    const struct env *env, struct err *err)
{
	struct metrics metrics;
	struct change change;
	int result = -1;

	metrics_init(&metrics);
	if (change_begin(&change, path, env, err) == 0 &&
	    read_file(path, &change.before, &metrics, err) == 0) {
		promtext_keep(buf_bytes(&change.before), METRICS_EXPIRING, true,
		    &change.after);
		buf_add_bytes(&change.after, expiring);
		result = file_replace(path, buf_bytes(&change.after), err);
	}
	change_end(&change);
	metrics_release(&metrics);
	return result;
}
