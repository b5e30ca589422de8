/*
 * frameindex.c - see frameindex.h.
 */
#include "formats/frameindex.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/encoding.h"
#include "common/xalloc.h"
#include "formats/jsonline.h"
#include "formats/limits.h"
#include "formats/textlines.h"

struct bytes
frameindex_key(struct bytes name)
{
	if (name.size > FRAMEINDEX_KEY_MAX)
		name.size = FRAMEINDEX_KEY_MAX;
	return name;
}

void
frameindex_add(struct frameindex *index, const struct frameindex_entry *entry)
{
	struct frameindex_entry *added;

	if (index->count == index->capacity)
		index->entries = xgrow(index->entries, index->count,
		    &index->capacity, sizeof(*index->entries));
	added = &index->entries[index->count++];
	*added = *entry;
	added->member = arena_text(&index->arena, entry->member);
	if (entry->has_first)
		added->first =
		    arena_bytes(&index->arena, frameindex_key(entry->first));
}

void
frameindex_encode(const struct frameindex *index, struct buf *out)
{
	for (size_t i = 0; i < index->count; i++) {
		const struct frameindex_entry *entry = &index->entries[i];
		char hex[SHA256_HEX_MAX];

		hex_encode(entry->sha256, SHA256_SIZE, hex);
		buf_add_format(out,
		    "{\"member\":\"%s\",\"offset\":%zu,\"length\":%zu",
		    entry->member, entry->offset, entry->length);
		if (entry->has_first) {
			buf_add_char(out, ',');
			jsonline_add_name(out, "first", entry->first);
		}
		buf_add_format(out, ",\"sha256\":\"%s\"}\n", hex);
	}
}

static int
decode_entry(const json_t *line, struct arena *arena,
    struct frameindex_entry *out, struct err *err)
{
	struct bytes hex = { 0 };
	int64_t offset = -1;
	int64_t length = -1;

	if (jsonline_get_text(line, "member", arena, &out->member, err) != 0 ||
	    jsonline_get_i64(line, "offset", 0, INT64_MAX / 2, &offset, err) !=
		0 ||
	    jsonline_get_i64(line, "length", 1, INT64_MAX / 2, &length, err) !=
		0 ||
	    jsonline_get_name(
		line, "first", arena, &out->first, &out->has_first, err) != 0 ||
	    jsonline_get_string(line, "sha256", &hex, err) != 0)
		return -1;
	if (out->member == NULL || offset < 0 || length < 0 ||
	    hex.size != (size_t)2 * SHA256_SIZE ||
	    !hex_decode(hex, out->sha256, SHA256_SIZE) ||
	    out->first.size > FRAMEINDEX_KEY_MAX)
		return err_set(err, ERR_CORRUPT,
		    "member, offset, length or sha256 is missing or wrong");
	out->offset = (size_t)offset;
	out->length = (size_t)length;
	return 0;
}

int
frameindex_decode(struct bytes text, struct frameindex *out, struct err *err)
{
	struct textlines lines = { text, 0 };
	struct arena scratch = { 0 };
	int status = 0;

	*out = (struct frameindex){ 0 };
	while (status == 0) {
		struct frameindex_entry entry = { 0 };
		struct bytes line = { 0 };
		json_t *root = NULL;
		bool more = false;

		status = textlines_next(&lines, &line, &more, err);
		if (status != 0 || !more)
			break;
		status = jsonline_parse(line, LIMIT_LINE, &root, err);
		if (status != 0)
			break;
		status = decode_entry(root, &scratch, &entry, err);
		if (status == 0 && out->count >= LIMIT_FRAMES)
			status = err_set(err, ERR_CORRUPT, "too many lines");
		if (status == 0)
			frameindex_add(out, &entry);
		json_decref(root);
		arena_release(&scratch);
	}
	arena_release(&scratch);
	if (status != 0) {
		frameindex_release(out);
		return err_wrap(err, "line %zu", lines.number);
	}
	return 0;
}

struct frameindex_range
frameindex_find(
    const struct frameindex *index, const char *prefix, struct bytes name)
{
	struct frameindex_range found = { 0, 0 };
	const struct bytes key = frameindex_key(name);

	for (size_t i = 0; i < index->count; i++) {
		const struct frameindex_entry *entry = &index->entries[i];
		int order;

		if (!entry->has_first ||
		    !bytes_start_with(
			bytes_of(entry->member), bytes_of(prefix)))
			continue;
		order = bytes_compare(entry->first, key);
		if (order > 0)
			break;
		/* Of the frames that begin before the key only the last may
		 * hold it; of those that begin with it each may. */
		if (order < 0 || found.count == 0)
			found.first = i;
		found.count = i - found.first + 1;
	}
	return found;
}

void
frameindex_release(struct frameindex *index)
{
	arena_release(&index->arena);
	free(index->entries);
	*index = (struct frameindex){ 0 };
}
