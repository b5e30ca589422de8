/*
 * selection.c - see selection.h and the selection functions of model.h.
 */
#include "formats/selection.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/hash.h"
#include "formats/jsonline.h"

#define SELECTION_LISTS 4

struct pattern_list {
	const char *key;
	const char **patterns;
	size_t count;
};

static void
list_all(const struct selection *from, struct pattern_list out[SELECTION_LISTS])
{
	out[0] =
	    (struct pattern_list){ "groups", from->groups, from->group_count };
	out[1] = (struct pattern_list){ "exclude_groups", from->exclude_groups,
		from->exclude_group_count };
	out[2] =
	    (struct pattern_list){ "topics", from->topics, from->topic_count };
	out[3] = (struct pattern_list){ "exclude_topics", from->exclude_topics,
		from->exclude_topic_count };
}

static int
compare_patterns(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

static size_t
sort_list(const char **patterns, size_t count)
{
	size_t kept = 0;

	if (count == 0)
		return 0;
	qsort(patterns, count, sizeof(*patterns), compare_patterns);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || strcmp(patterns[kept - 1], patterns[i]) != 0)
			patterns[kept++] = patterns[i];
	}
	return kept;
}

void
selection_json(enum scope scope, const struct selection *selection,
    bool last_known, struct buf *out)
{
	struct pattern_list lists[SELECTION_LISTS];

	list_all(selection, lists);
	buf_add_text(out, "{\"scope\":");
	jsonline_add_string(out, bytes_of(scope_text(scope)));
	for (size_t i = 0; i < SELECTION_LISTS; i++) {
		buf_add_format(out, ",\"%s\":[", lists[i].key);
		for (size_t j = 0; j < lists[i].count; j++) {
			if (j > 0)
				buf_add_char(out, ',');
			jsonline_add_element(
			    out, bytes_of(lists[i].patterns[j]));
		}
		buf_add_char(out, ']');
	}
	if (last_known)
		buf_add_text(out, ",\"last_known\":true");
	buf_add_char(out, '}');
}

static void
hash_selection(enum scope scope, const struct selection *selection,
    bool last_known, char hash[SNAPSHOT_HASH_MAX])
{
	struct buf json = { 0 };
	char hex[SHA256_HEX_MAX];

	if (!last_known && scope == SCOPE_CLUSTER &&
	    selection->group_count == 0 &&
	    selection->exclude_group_count == 0 &&
	    selection->topic_count == 0 &&
	    selection->exclude_topic_count == 0) {
		memcpy(hash, "00000000", SNAPSHOT_HASH_MAX);
		return;
	}
	selection_json(scope, selection, last_known, &json);
	memcpy(
	    hash, sha256_hex(json.data, json.size, hex), SNAPSHOT_HASH_MAX - 1);
	hash[SNAPSHOT_HASH_MAX - 1] = '\0';
	buf_release(&json);
}

void
selection_canonical(enum scope scope, struct selection *selection,
    bool last_known, char hash[SNAPSHOT_HASH_MAX])
{
	selection->group_count =
	    sort_list(selection->groups, selection->group_count);
	selection->exclude_group_count = sort_list(
	    selection->exclude_groups, selection->exclude_group_count);
	selection->topic_count =
	    sort_list(selection->topics, selection->topic_count);
	selection->exclude_topic_count = sort_list(
	    selection->exclude_topics, selection->exclude_topic_count);
	hash_selection(scope, selection, last_known, hash);
}

int
selection_check(const struct snapshot_info *info, struct err *err)
{
	struct pattern_list lists[SELECTION_LISTS];
	char expected[SNAPSHOT_HASH_MAX];

	list_all(&info->selection, lists);
	for (size_t i = 0; i < SELECTION_LISTS; i++) {
		for (size_t j = 1; j < lists[i].count; j++) {
			if (strcmp(lists[i].patterns[j - 1],
				lists[i].patterns[j]) >= 0)
				return err_set(err, ERR_CORRUPT,
				    "the selection's %s are not sorted",
				    lists[i].key);
		}
	}
	hash_selection(
	    info->scope, &info->selection, info->last_known, expected);
	if (strcmp(info->selection_hash, expected) != 0)
		return err_set(err, ERR_CORRUPT,
		    "the selection's hash is %s, not %s", expected,
		    info->selection_hash);
	return 0;
}

static const char **
copy_list(struct arena *arena, const char *const *list, size_t count)
{
	const char **copy = arena_alloc(arena, count, sizeof(*copy));

	for (size_t at = 0; at < count; at++)
		copy[at] = arena_text(arena, list[at]);
	return copy;
}

struct selection
selection_copy(struct arena *arena, const struct selection *from)
{
	struct selection copy = *from;

	copy.groups = copy_list(arena, from->groups, from->group_count);
	copy.exclude_groups =
	    copy_list(arena, from->exclude_groups, from->exclude_group_count);
	copy.topics = copy_list(arena, from->topics, from->topic_count);
	copy.exclude_topics =
	    copy_list(arena, from->exclude_topics, from->exclude_topic_count);
	return copy;
}
