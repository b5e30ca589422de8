/*
 * manifest.c - see manifest.h.
 */
#include "formats/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/encoding.h"
#include "common/timetext.h"
#include "common/utf8.h"
#include "formats/jsonline.h"
#include "formats/limits.h"
#include "formats/manifestsource.h"
#include "formats/manifestwindow.h"

/* No list of patterns is longer. */
#define PATTERNS_MAX 65536

/* What stands in "requires" of a mixture of times. */
#define WORD_LAST_KNOWN "last-known"
/* ... and of several captures. */
#define WORD_SERIES "series"

static void
add_text(struct buf *out, const char *key, const char *text)
{
	buf_add_char(out, ' ');
	jsonline_add_name(out, key, bytes_of(text));
	buf_add_text(out, ",\n");
}

static void
add_hash(struct buf *out, const char *before, const char *key,
    const uint8_t sha256[SHA256_SIZE])
{
	char hex[SHA256_HEX_MAX];

	hex_encode(sha256, SHA256_SIZE, hex);
	buf_add_format(out, "%s\"%s\":\"%s\"", before, key, hex);
}

static void
add_patterns(
    struct buf *out, const char *key, const char **patterns, size_t count)
{
	buf_add_format(out, "\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		jsonline_add_element(out, bytes_of(patterns[i]));
	}
	buf_add_char(out, ']');
}

static void
add_selection(struct buf *out, const struct selection *selection)
{
	buf_add_text(out, " \"selection\":{");
	add_patterns(out, "groups", selection->groups, selection->group_count);
	buf_add_char(out, ',');
	add_patterns(out, "exclude_groups", selection->exclude_groups,
	    selection->exclude_group_count);
	buf_add_char(out, ',');
	add_patterns(out, "topics", selection->topics, selection->topic_count);
	buf_add_char(out, ',');
	add_patterns(out, "exclude_topics", selection->exclude_topics,
	    selection->exclude_topic_count);
	buf_add_text(out, "},\n");
}

static void
add_counts(struct buf *out, const struct snapshot_info *info,
    const struct manifest_links *links)
{
	buf_add_format(out,
	    " \"counts\":{\"groups\":%zu,\"topics\":%zu,\"partitions\":%zu,"
	    "\"positions\":%zu,\"holes\":%zu,\"gone\":%zu,\"negative\":%zu,"
	    "\"unstable\":%zu,\"csv_skipped\":%zu,\"points\":%zu",
	    info->group_count, info->topic_count, info->partition_count,
	    info->position_count, info->hole_count, links->gone_count,
	    info->negative_count, info->unstable_count, info->csv_skipped_count,
	    info->point_count);
	manifestwindow_add_counts(&info->window, out);
	buf_add_text(out, "},\n");
}

/* What a reader must know. */
static void
add_words(struct buf *out, const struct snapshot_info *info)
{
	const bool is_series = info->window.count > 1;

	buf_add_text(out, " \"requires\":[");
	if (info->last_known)
		buf_add_text(out, "\"" WORD_LAST_KNOWN "\"");
	if (is_series)
		buf_add_text(out,
		    info->last_known ? ",\"" WORD_SERIES "\""
				     : "\"" WORD_SERIES "\"");
	buf_add_text(out, "],\n");
}

static void
add_time_index(struct buf *out, const struct snapshot_info *info)
{
	if (info->index_points == 0)
		return;
	buf_add_format(out, " \"time_index\":{\"points\":%zu,\"step\":%" PRId64,
	    info->index_points, info->index_step_ms);
	/* There is only one that it can be of. */
	if (info->window.count > 1)
		buf_add_format(out, ",\"at\":%" PRId64, info->index_ms);
	buf_add_text(out, "},\n");
}

int
manifest_encode(const struct snapshot_info *info,
    const struct manifest_links *links, struct buf *out, struct err *err)
{
	const size_t before = out->size;

	buf_add_format(out,
	    "{\"format\":\"%s\",\n \"version\":%d,\n \"min_reader\":%d,\n",
	    MANIFEST_FORMAT, MANIFEST_VERSION, MANIFEST_VERSION);
	add_words(out, info);
	add_text(out, "writer", info->writer);
	add_text(out, "id", info->id);
	add_text(out, "cluster_id", info->cluster_id);
	manifestwindow_add(&info->window, out);
	add_text(out, "scope", scope_text(info->scope));
	buf_add_format(
	    out, " \"complete\":%s,\n", info->complete ? "true" : "false");
	manifestsource_add(info, out);
	add_selection(out, &info->selection);
	add_text(out, "selection_hash", info->selection_hash);
	add_text(out, "previous", info->previous);
	add_text(out, "reason", info->reason == NULL ? "" : info->reason);
	if (info->interval_ms > 0)
		buf_add_format(
		    out, " \"interval\":%" PRId64 ",\n", info->interval_ms);
	add_counts(out, info, links);
	add_time_index(out, info);
	buf_add_format(out, " \"index\":{\"offset\":%zu,\"length\":%zu",
	    links->index_offset, links->index_length);
	add_hash(out, ",", "sha256", links->index_frame);
	add_hash(out, "},\n \"sha256\":{", "SHA256SUMS", links->sums);
	add_hash(out, ",", "INDEX.jsonl", links->index);
	buf_add_text(out, "}}\n");
	if (out->size - before > LIMIT_MANIFEST)
		return err_set(err, ERR_UNSUPPORTED,
		    "MANIFEST.json would be over the limit of %zu bytes",
		    LIMIT_MANIFEST);
	return 0;
}

static int
check_words(const json_t *words, struct err *err)
{
	for (size_t i = 0; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i));
		char shown[SNAPSHOT_TEXT_MAX];

		if (word != NULL &&
		    (strcmp(word, WORD_LAST_KNOWN) == 0 ||
			strcmp(word, WORD_SERIES) == 0))
			continue;
		return err_set(err, ERR_UNSUPPORTED,
		    "the archive needs '%s', which this version does not have",
		    utf8_escape_to(bytes_of(word), shown, sizeof(shown)));
	}
	return 0;
}

/* Refuse what this reader cannot read, before anything else is looked at. */
static int
check_version(const json_t *root, struct err *err)
{
	struct bytes format = { 0 };
	json_t *words;
	int64_t min_reader = 0;

	if (jsonline_get_string(root, "format", &format, err) != 0 ||
	    jsonline_get_i64(
		root, "min_reader", 1, INT64_MAX, &min_reader, err) != 0 ||
	    jsonline_get_array(root, "requires", &words, err) != 0)
		return -1;
	if (!bytes_equal_text(format, MANIFEST_FORMAT) || min_reader == 0)
		return err_set(err, ERR_CORRUPT, "not a tidemark manifest");
	if (min_reader > MANIFEST_VERSION)
		return err_set(err, ERR_UNSUPPORTED,
		    "the archive needs a reader of version %" PRId64
		    ", this one is version %d",
		    min_reader, MANIFEST_VERSION);
	return check_words(words, err);
}

/* A text that goes into an array of the struct. */
static int
get_fixed(const json_t *root, const char *key, char *out, size_t capacity,
    struct err *err)
{
	struct bytes text = { 0 };

	if (jsonline_get_string(root, key, &text, err) != 0)
		return -1;
	if (text.data == NULL)
		return err_set(err, ERR_CORRUPT, "\"%s\" is missing", key);
	if (text.size >= capacity)
		return err_set(err, ERR_CORRUPT, "\"%s\" is too long", key);
	memcpy(out, text.data, text.size);
	out[text.size] = '\0';
	return 0;
}

static int
get_patterns(const json_t *selection, const char *key, struct arena *arena,
    const char ***out, size_t *count, struct err *err)
{
	json_t *patterns;

	if (jsonline_get_array(selection, key, &patterns, err) != 0)
		return -1;
	*count = json_array_size(patterns);
	if (*count > PATTERNS_MAX)
		return err_set(err, ERR_CORRUPT, "too many \"%s\"", key);
	if (*count == 0)
		return 0;
	*out = arena_alloc(arena, *count, sizeof(**out));
	for (size_t i = 0; i < *count; i++) {
		if (jsonline_get_element(json_array_get(patterns, i), arena,
			&(*out)[i], err) != 0)
			return -1;
	}
	return 0;
}

static int
get_selection(const json_t *root, struct arena *arena, struct selection *out,
    struct err *err)
{
	json_t *selection;

	if (jsonline_get_object(root, "selection", &selection, err) != 0)
		return -1;
	if (selection == NULL)
		return err_set(err, ERR_CORRUPT, "\"selection\" is missing");
	if (get_patterns(selection, "groups", arena, &out->groups,
		&out->group_count, err) != 0 ||
	    get_patterns(selection, "exclude_groups", arena,
		&out->exclude_groups, &out->exclude_group_count, err) != 0 ||
	    get_patterns(selection, "topics", arena, &out->topics,
		&out->topic_count, err) != 0 ||
	    get_patterns(selection, "exclude_topics", arena,
		&out->exclude_topics, &out->exclude_topic_count, err) != 0)
		return -1;
	return 0;
}

/* Archives of before the time index say nothing of it. */
static int
get_time_index(const json_t *root, struct snapshot_info *info, struct err *err)
{
	json_t *index;
	int64_t points = 0;

	info->index_ms = -1;
	if (jsonline_get_object(root, "time_index", &index, err) != 0)
		return -1;
	if (index == NULL)
		return 0;
	if (jsonline_get_i64(index, "points", 1, UINT32_MAX, &points, err) !=
		0 ||
	    jsonline_get_i64(
		index, "step", 1, INT64_MAX, &info->index_step_ms, err) != 0 ||
	    jsonline_get_i64(
		index, "at", 0, TIME_LAST_MS, &info->index_ms, err) != 0)
		return -1;
	if (points == 0 || info->index_step_ms == 0)
		return err_set(
		    err, ERR_CORRUPT, "\"time_index\" is incomplete");
	info->index_points = (size_t)points;
	if (info->window.count == 1)
		info->index_ms = info->window.captures[0].start_ms;
	else if (info->index_ms < info->window.captures[0].start_ms)
		return err_set(err, ERR_CORRUPT,
		    "\"time_index\" is from before the captures");
	return 0;
}

static int
get_counts(const json_t *root, struct snapshot_info *info,
    struct manifest_links *links, struct err *err)
{
	json_t *counts;
	int64_t points = 0;

	if (jsonline_get_object(root, "counts", &counts, err) != 0)
		return -1;
	if (counts == NULL)
		return err_set(err, ERR_CORRUPT, "\"counts\" is missing");
	if (jsonline_need_count(
		counts, "groups", UINT32_MAX, &info->group_count, err) != 0 ||
	    jsonline_need_count(
		counts, "topics", UINT32_MAX, &info->topic_count, err) != 0 ||
	    jsonline_need_count(counts, "partitions", UINT32_MAX,
		&info->partition_count, err) != 0 ||
	    jsonline_need_count(counts, "positions", UINT32_MAX,
		&info->position_count, err) != 0 ||
	    jsonline_need_count(
		counts, "holes", UINT32_MAX, &info->hole_count, err) != 0 ||
	    jsonline_need_count(
		counts, "gone", UINT32_MAX, &links->gone_count, err) != 0 ||
	    jsonline_need_count(counts, "negative", UINT32_MAX,
		&info->negative_count, err) != 0 ||
	    jsonline_need_count(counts, "unstable", UINT32_MAX,
		&info->unstable_count, err) != 0 ||
	    jsonline_need_count(counts, "csv_skipped", UINT32_MAX,
		&info->csv_skipped_count, err) != 0 ||
	    jsonline_get_i64(counts, "points", 0, INT64_MAX, &points, err) != 0)
		return -1;
	info->point_count = (size_t)points;
	return manifestwindow_get_counts(counts, info, err);
}

static int
get_hash(const json_t *object, const char *key, uint8_t out[SHA256_SIZE],
    struct err *err)
{
	struct bytes hex = { 0 };

	if (jsonline_get_string(object, key, &hex, err) != 0)
		return -1;
	if (hex.size != (size_t)SHA256_SIZE * 2 ||
	    !hex_decode(hex, out, SHA256_SIZE))
		return err_set(err, ERR_CORRUPT,
		    "the hash \"%s\" is missing or malformed", key);
	return 0;
}

static int
get_links(const json_t *root, struct manifest_links *links, struct err *err)
{
	json_t *index;
	json_t *hashes;
	int64_t offset = -1;
	int64_t length = -1;

	if (jsonline_get_object(root, "index", &index, err) != 0 ||
	    jsonline_get_object(root, "sha256", &hashes, err) != 0)
		return -1;
	if (index == NULL || hashes == NULL)
		return err_set(
		    err, ERR_CORRUPT, "\"index\" or \"sha256\" is missing");
	if (jsonline_get_i64(index, "offset", 0, INT64_MAX / 2, &offset, err) !=
		0 ||
	    jsonline_get_i64(index, "length", 0, INT64_MAX / 2, &length, err) !=
		0 ||
	    get_hash(index, "sha256", links->index_frame, err) != 0 ||
	    get_hash(hashes, "SHA256SUMS", links->sums, err) != 0 ||
	    get_hash(hashes, "INDEX.jsonl", links->index, err) != 0)
		return -1;
	if (offset < 0 || length < 0)
		return err_set(
		    err, ERR_CORRUPT, "the place of the index is missing");
	links->index_offset = (size_t)offset;
	links->index_length = (size_t)length;
	return 0;
}

static int
get_scope(const json_t *root, struct snapshot_info *info, struct err *err)
{
	char word[SNAPSHOT_TEXT_MAX];

	if (get_fixed(root, "scope", word, sizeof(word), err) != 0)
		return -1;
	if (!scope_parse(word, &info->scope))
		return err_set(err, ERR_UNSUPPORTED,
		    "the archive's scope is not known to this version");
	return jsonline_get_bool(root, "complete", &info->complete, err);
}

int
manifest_decode(struct bytes text, struct arena *arena,
    struct snapshot_info *info, struct manifest_links *links, struct err *err)
{
	json_t *root = NULL;
	int status = -1;

	if (jsonline_parse(text, LIMIT_MANIFEST, &root, err) != 0)
		return -1;
	info->reason = "";
	if (check_version(root, err) == 0 &&
	    get_fixed(
		root, "writer", info->writer, sizeof(info->writer), err) == 0 &&
	    get_fixed(root, "id", info->id, sizeof(info->id), err) == 0 &&
	    get_fixed(root, "cluster_id", info->cluster_id,
		sizeof(info->cluster_id), err) == 0 &&
	    manifestwindow_get(root, arena, &info->window, err) == 0 &&
	    get_scope(root, info, err) == 0 &&
	    manifestsource_get(root, info, err) == 0 &&
	    get_selection(root, arena, &info->selection, err) == 0 &&
	    get_fixed(root, "selection_hash", info->selection_hash,
		sizeof(info->selection_hash), err) == 0 &&
	    get_fixed(root, "previous", info->previous, sizeof(info->previous),
		err) == 0 &&
	    jsonline_get_text(root, "reason", arena, &info->reason, err) == 0 &&
	    get_counts(root, info, links, err) == 0 &&
	    get_time_index(root, info, err) == 0 &&
	    jsonline_get_i64(root, "interval", 1, TIME_LAST_MS,
		&info->interval_ms, err) == 0 &&
	    get_links(root, links, err) == 0) {
		manifestwindow_finish(info);
		status = 0;
	}
	json_decref(root);
	return status;
}
