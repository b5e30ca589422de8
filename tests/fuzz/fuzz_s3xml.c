/*
 * Fuzzes the documents that S3 answers with.  What is read of a listing is in
 * order and within the limit.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "storage/s3xml.h"

#define ENTRY_LIMIT 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes text = { (const char *)data, size };
	struct arena arena = { 0 };
	struct s3_page page;
	struct s3_error error;
	struct err err = { 0 };

	if (!s3xml_error(text, &arena, &error))
		require(error.code[0] == '\0');
	if (s3xml_page(text, ENTRY_LIMIT, &arena, &page, &err) == 0) {
		require(page.count <= ENTRY_LIMIT);
		for (size_t i = 0; i < page.count; i++) {
			require(page.entries[i].key[0] != '\0');
			if (i > 0)
				require(strcmp(page.entries[i - 1].key,
					    page.entries[i].key) <= 0);
		}
		s3_page_release(&page);
	} else {
		require(err.kind == ERR_CORRUPT);
	}
	arena_release(&arena);
	return 0;
}
