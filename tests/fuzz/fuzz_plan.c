/*
 * Fuzzes plans.  The last line's hash keeps most inputs out, so it is made
 * right first: what is fuzzed is what a hostile writer of plans could do.
 * What decodes encodes to bytes that decode and encode to the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/hash.h"
#include "restore/plan.h"
#include "restore/plancodec.h"

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
	struct plan plan;
	struct err err = { 0 };

	if (plancodec_decode(text, &plan, &err) != 0)
		return -1;
	plancodec_encode(&plan, out);
	plan_release(&plan);
	return 0;
}

static void
check(struct bytes text)
{
	struct buf first = { 0 };
	struct buf second = { 0 };

	if (decode_encode(text, &first) == 0) {
		require(decode_encode(buf_bytes(&first), &second) == 0);
		require(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	}
	buf_release(&first);
	buf_release(&second);
}

/* The first two bytes tell how many groups and rows the last line claims. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	struct buf sealed = { 0 };
	char hash[SHA256_HEX_MAX];

	check(text);
	if (size < 2)
		return 0;
	text.data += 2;
	text.size -= 2;
	buf_add_bytes(&sealed, text);
	(void)sha256_hex(text.data, text.size, hash);
	buf_add_format(&sealed,
	    "{\"end\":true,\"groups\":%d,\"rows\":%d,\"sha256\":\"%s\"}\n",
	    data[0] % 8, data[1] % 8, hash);
	check(buf_bytes(&sealed));
	buf_release(&sealed);
	return 0;
}
