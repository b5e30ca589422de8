/*
 * s3xml.h - the two XML documents that S3 answers with, within the limits of
 * xmlwalk.h.  Unknown elements are passed over.
 */
#ifndef STORAGE_S3XML_H
#define STORAGE_S3XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"
#include "common/err.h"

/* <Error>: what is not there is "". */
struct s3_error {
	const char *code;    /* NoSuchKey */
	const char *message; /* of the server's own, to be escaped for people */
	const char *region;  /* the right one, where the error is about that */
	const char *request_id;
};

/* False if text is no such document.  Texts are the arena's. */
bool s3xml_error(struct bytes text, struct arena *arena, struct s3_error *out);

struct s3_entry {
	const char *key; /* or the common prefix */
	uint64_t size;
	bool is_prefix;
};

/* One page of ListObjectsV2; keys and prefixes merged into byte order. */
struct s3_page {
	struct s3_entry *entries;
	size_t count;
	size_t capacity;
	const char *next; /* continuation token, NULL on the last page */
};

/*
 * Read <ListBucketResult>.  ERR_CORRUPT for anything else, for a truncated page
 * without a token, a size that is no number, a key without end, more entries
 * than entry_limit, or lines that are not in ascending order.
 */
int s3xml_page(struct bytes text, size_t entry_limit, struct arena *arena,
    struct s3_page *out, struct err *err) MUST_CHECK;
void s3_page_release(struct s3_page *page);

#endif /* STORAGE_S3XML_H */
