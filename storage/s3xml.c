/*
 * s3xml.c - see s3xml.h.
 */
#include "storage/s3xml.h"

#include <stdlib.h>
#include <string.h>

#include "common/parsenum.h"
#include "common/xalloc.h"
#include "storage/xmlwalk.h"

/* ------------------------------------------------------------------ errors */

struct error_reading {
	struct arena *arena;
	struct s3_error *error;
};

/* Matches xmlwalk_fn. */
static const char *
take_error(const char *path, const char *text, void *context)
{
	const struct error_reading *reading = context;
	struct s3_error *error = reading->error;
	static const char *const paths[] = { "/Error/Code", "/Error/Message",
		"/Error/Region", "/Error/RequestId" };
	const char **const fields[] = { &error->code, &error->message,
		&error->region, &error->request_id };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (strcmp(path, paths[i]) == 0)
			*fields[i] = arena_text(reading->arena, text);
	}
	return NULL;
}

bool
s3xml_error(struct bytes text, struct arena *arena, struct s3_error *out)
{
	struct error_reading reading = { arena, out };

	*out = (struct s3_error){ "", "", "", "" };
	if (xmlwalk(text, "Error", take_error, &reading) == NULL)
		return true;
	*out = (struct s3_error){ "", "", "", "" };
	return false;
}

/* ----------------------------------------------------------------- listings */

struct reading {
	struct arena *arena;
	struct s3_page *page;
	struct s3_entry entry; /* under construction */
	bool has_size;
	bool truncated;
	size_t entry_limit;
};

static const char *
add_entry(struct reading *reading)
{
	struct s3_page *page = reading->page;

	if (reading->entry.key == NULL || reading->entry.key[0] == '\0' ||
	    (!reading->entry.is_prefix && !reading->has_size))
		return "an entry lacks its key or its size";
	if (page->count == reading->entry_limit)
		return "it has more entries than were asked for";
	page->entries = xgrow(page->entries, page->count, &page->capacity,
	    sizeof(*page->entries));
	page->entries[page->count++] = reading->entry;
	reading->entry = (struct s3_entry){ 0 };
	reading->has_size = false;
	return NULL;
}

static const char *
take_size(struct reading *reading, const char *text)
{
	int64_t size;

	if (!parse_i64(bytes_of(text), 0, INT64_MAX, &size))
		return "a size in it is no number";
	reading->entry.size = (uint64_t)size;
	reading->has_size = true;
	return NULL;
}

/* Matches xmlwalk_fn. */
static const char *
take_listing(const char *path, const char *text, void *context)
{
	struct reading *reading = context;
	const char *place = path + strlen("/ListBucketResult");

	if (strcmp(place, "/Contents/Key") == 0 ||
	    strcmp(place, "/CommonPrefixes/Prefix") == 0)
		reading->entry.key = arena_text(reading->arena, text);
	else if (strcmp(place, "/Contents/Size") == 0)
		return take_size(reading, text);
	else if (strcmp(place, "/Contents") == 0)
		return add_entry(reading);
	else if (strcmp(place, "/IsTruncated") == 0)
		reading->truncated = strcmp(text, "true") == 0;
	else if (strcmp(place, "/NextContinuationToken") == 0)
		reading->page->next = arena_text(reading->arena, text);
	if (strcmp(place, "/CommonPrefixes") != 0)
		return NULL;
	reading->entry.is_prefix = true;
	return add_entry(reading);
}

static int
compare_entries(const void *left, const void *right)
{
	const struct s3_entry *a = left;
	const struct s3_entry *b = right;

	return strcmp(a->key, b->key);
}

/* Objects and prefixes are each in order by themselves; one list is made of
 * both.  What was not in order by itself is the server's fault. */
static const char *
merge(struct s3_page *page)
{
	const struct s3_entry *last[2] = { NULL, NULL };

	for (size_t i = 0; i < page->count; i++) {
		const struct s3_entry *entry = &page->entries[i];
		const struct s3_entry **before = &last[entry->is_prefix];

		if (*before != NULL && strcmp((*before)->key, entry->key) >= 0)
			return "it is not in order";
		*before = entry;
	}
	if (page->count > 1)
		qsort(page->entries, page->count, sizeof(*page->entries),
		    compare_entries);
	return NULL;
}

int
s3xml_page(struct bytes text, size_t entry_limit, struct arena *arena,
    struct s3_page *out, struct err *err)
{
	struct reading reading = {
		.arena = arena, .page = out, .entry_limit = entry_limit
	};
	const char *why;

	*out = (struct s3_page){ 0 };
	why = xmlwalk(text, "ListBucketResult", take_listing, &reading);
	if (why == NULL)
		why = merge(out);
	if (!reading.truncated)
		out->next = NULL;
	else if (why == NULL && (out->next == NULL || out->next[0] == '\0'))
		why = "it is not the last and does not name the next";
	if (why == NULL)
		return 0;
	s3_page_release(out);
	return err_set(
	    err, ERR_CORRUPT, "the server's listing cannot be read: %s", why);
}

void
s3_page_release(struct s3_page *page)
{
	free(page->entries);
	*page = (struct s3_page){ 0 };
}
