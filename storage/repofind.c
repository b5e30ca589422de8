/*
 * repofind.c - the snapshot that a few digits of its id name.
 */
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/utf8.h"
#include "storage/repo.h"
#include "storage/repolist.h"

#define PREFIX_MIN 4
#define SHOWN_MAX 80

/* How many ids a message names. */
#define NAMED_MAX 5

static bool
parse_prefix(const char *text, char out[ENV_ID_MAX])
{
	static const char upper[] = "ABCDEF";
	static const char lower[] = "abcdef";
	const size_t size = strlen(text);

	if (size < PREFIX_MIN || size >= ENV_ID_MAX)
		return false;
	for (size_t i = 0; i <= size; i++) {
		const char *digit = strchr(upper, text[i]);

		out[i] = text[i];
		if (digit != NULL)
			out[i] = lower[digit - upper];
	}
	return strspn(out, "0123456789abcdef") == size;
}

/* Bring different ids to the front, of equal ones the later; returns how many
 * there are. */
static size_t
keep_latest(struct snapshot_keys *keys)
{
	size_t kept = 0;

	for (size_t i = 0; i < keys->count; i++) {
		const struct snapshot_key *key = &keys->keys[i];
		size_t at = 0;

		while (at < kept && strcmp(keys->keys[at].id, key->id) != 0)
			at++;
		if (at == kept || keys->keys[at].to_ms <= key->to_ms)
			keys->keys[at] = *key;
		if (at == kept)
			kept++;
	}
	return kept;
}

static int
fail_several(const struct snapshot_keys *keys, size_t count, const char *prefix,
    struct err *err)
{
	struct buf names = { 0 };

	for (size_t i = 0; i < count && i < NAMED_MAX; i++)
		buf_add_format(
		    &names, "%s%s", i > 0 ? ", " : "", keys->keys[i].id);
	if (count > NAMED_MAX)
		buf_add_format(&names, " and %zu more", count - NAMED_MAX);
	(void)err_set(err, ERR_USAGE, "%zu snapshots begin with %s: %s", count,
	    prefix, buf_text(&names));
	err_hint(err, "give more digits of the one that is meant");
	buf_release(&names);
	return -1;
}

int
repo_find(struct repo *repo, const char *prefix, struct snapshot_key *out,
    struct err *err)
{
	struct snapshot_keys keys = { 0 };
	char shown[SHOWN_MAX];
	char digits[ENV_ID_MAX];
	const struct repolist_query query = { "snapshots/", NULL, INT64_MAX,
		digits };
	int result = -1;
	size_t count;

	if (!parse_prefix(prefix, digits))
		return err_set(err, ERR_USAGE,
		    "\"%s\" is no snapshot id: that is 4 to 16 hexadecimal "
		    "digits",
		    utf8_escape_to(bytes_of(prefix), shown, sizeof(shown)));
	if (repolist_collect(repo, &query, &keys, err) != 0)
		goto out;
	count = keep_latest(&keys);
	if (count == 0) {
		(void)err_set(err, ERR_NOT_FOUND,
		    "repository %s has no snapshot %s", repo_name(repo),
		    digits);
		err_hint(err, "tidemark list shows what there is");
	} else if (count > 1) {
		(void)fail_several(&keys, count, digits, err);
	} else {
		*out = keys.keys[0];
		result = 0;
	}
out:
	snapshot_keys_release(&keys);
	return result;
}
