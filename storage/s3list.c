/*
 * s3list.c - listing a bucket (ListObjectsV2), page by page.
 *
 * S3's start-after compares keys, ours whole lines: with a delimiter a folder
 * can come of keys behind the text although the folder's own line is before
 * it.  So lines are compared here once more.
 */
#include <string.h>

#include "common/buf.h"
#include "storage/s3parts.h"

#define PAGE_ENTRIES 1000
#define PAGE_ENTRIES_TEXT "1000"

/* Keys of 1,024 bytes, each byte escaped, and what XML adds. */
#define PAGE_SIZE_MAX ((size_t)16 << 20)

#define PARAMETERS_MAX 6

/* A server may filter a page until nothing is left of it, but not for ever. */
#define EMPTY_PAGES_MAX 100

struct walk {
	struct s3 *s3;
	const struct store_listing *listing;
	store_visit_fn *visit;
	void *context;
	struct buf prefix; /* with the store's own */
	struct buf after;  /* empty: from the beginning */
	struct buf token;  /* of the next page */
	char last[STORE_KEY_MAX + 2];
	unsigned int empty_pages; /* on end */
};

static void
add_parameter(struct sigv4_parameter *parameters, size_t *count,
    const char *name, const char *value)
{
	parameters[(*count)++] =
	    (struct sigv4_parameter){ bytes_of(name), bytes_of(value) };
}

static int
read_page(struct walk *walk, struct arena *arena, struct s3_page *page,
    struct err *err)
{
	struct sigv4_parameter parameters[PARAMETERS_MAX];
	struct s3_call call = { .method = "GET",
		.parameters = parameters,
		.size_limit = PAGE_SIZE_MAX };
	struct http_answer answer = { 0 };
	struct s3_trouble trouble;
	size_t *count = &call.parameter_count;
	int result = -1;

	add_parameter(parameters, count, "list-type", "2");
	add_parameter(parameters, count, "max-keys", PAGE_ENTRIES_TEXT);
	if (walk->prefix.size > 0)
		add_parameter(
		    parameters, count, "prefix", buf_text(&walk->prefix));
	if (walk->listing->by_folder)
		add_parameter(parameters, count, "delimiter", "/");
	if (walk->token.size > 0)
		add_parameter(parameters, count, "continuation-token",
		    buf_text(&walk->token));
	else if (walk->after.size > 0)
		add_parameter(
		    parameters, count, "start-after", buf_text(&walk->after));
	switch (s3_exchange(walk->s3, &call, &answer, &trouble, err)) {
	case S3_DONE:
		result = s3xml_page(
		    buf_bytes(&answer.body), PAGE_ENTRIES, arena, page, err);
		if (result != 0)
			(void)s3_wrap(walk->s3, &call, err);
		break;
	case S3_ANSWER:
		(void)s3_fail(walk->s3, &call, &trouble, err);
		break;
	case S3_AGAIN:
	case S3_FAILED:
		break;
	}
	s3_trouble_release(&trouble);
	http_answer_release(&answer);
	return result;
}

/* Is this a key, or the folder of one?  Others are not ours to show. */
static bool
is_line(const char *text, bool is_prefix)
{
	char copy[STORE_KEY_MAX + 2];
	const size_t size = strlen(text);

	if (size >= sizeof(copy))
		return false;
	memcpy(copy, text, size + 1);
	if (is_prefix && size > 0)
		copy[size - 1] = '\0';
	return store_key_valid(copy);
}

static int
visit_entry(struct walk *walk, const struct s3_entry *entry, struct err *err)
{
	const char *own = walk->s3->place.prefix;
	struct store_object object = { .size = entry->size,
		.is_prefix = entry->is_prefix };

	if (strncmp(entry->key, own, strlen(own)) != 0 ||
	    strncmp(entry->key, buf_text(&walk->prefix), walk->prefix.size) !=
		0)
		return err_set(err, ERR_CORRUPT,
		    "the server lists keys outside of what was asked for");
	object.key = entry->key + strlen(own);
	if (!is_line(object.key, entry->is_prefix) ||
	    (walk->listing->after != NULL &&
		strcmp(object.key, walk->listing->after) <= 0))
		return 0;
	if (strcmp(object.key, walk->last) <= 0)
		return err_set(err, ERR_CORRUPT,
		    "the server does not list in order: %s after %s",
		    object.key, walk->last);
	memcpy(walk->last, object.key, strlen(object.key) + 1);
	return walk->visit(&object, walk->context, err);
}

/* 1: there are further pages. */
static int
visit_page(struct walk *walk, bool *more, struct err *err)
{
	struct arena arena = { 0 };
	struct s3_page page = { 0 };
	int result = read_page(walk, &arena, &page, err);

	buf_clear(&walk->token);
	if (result == 0 && page.next != NULL)
		buf_add_text(&walk->token, page.next);
	*more = page.next != NULL;
	walk->empty_pages = page.count == 0 ? walk->empty_pages + 1 : 0;
	if (result == 0 && walk->empty_pages > EMPTY_PAGES_MAX)
		result = err_set(err, ERR_CORRUPT,
		    "the server's listing does not come to an end");
	for (size_t i = 0; result == 0 && i < page.count; i++)
		result = visit_entry(walk, &page.entries[i], err);
	s3_page_release(&page);
	arena_release(&arena);
	return result;
}

int
s3_list(struct store *store, const struct store_listing *listing,
    store_visit_fn *visit, void *context, struct err *err)
{
	struct s3 *s3 = s3_of(store);
	struct walk walk = {
		.s3 = s3, .listing = listing, .visit = visit, .context = context
	};
	bool more = true;
	int result = 0;

	buf_add_format(&walk.prefix, "%s%s", s3->place.prefix, listing->prefix);
	if (listing->after != NULL && listing->after[0] != '\0')
		buf_add_format(
		    &walk.after, "%s%s", s3->place.prefix, listing->after);
	while (result == 0 && more)
		result = visit_page(&walk, &more, err);
	buf_release(&walk.prefix);
	buf_release(&walk.after);
	buf_release(&walk.token);
	return result;
}
