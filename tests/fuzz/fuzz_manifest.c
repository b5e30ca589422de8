/*
 * Fuzzes MANIFEST.json.  What decodes encodes to text that decodes and encodes
 * to the same text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "formats/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

static int
decode_encode(struct bytes text, struct buf *out)
{
	struct snapshot_info info = { 0 };
	struct manifest_links links = { 0 };
	struct arena arena = { 0 };
	struct err err = { 0 };
	int result = manifest_decode(text, &arena, &info, &links, &err);

	if (result == 0)
		result = manifest_encode(&info, &links, out, &err);
	arena_release(&arena);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = { 0 };
	struct buf second = { 0 };

	if (decode_encode((struct bytes){ (const char *)data, size }, &first) ==
	    0) {
		require(decode_encode(buf_bytes(&first), &second) == 0);
		require(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	}
	buf_release(&first);
	buf_release(&second);
	return 0;
}
