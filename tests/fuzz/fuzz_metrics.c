/*
 * Fuzzes the file of metrics that a run finds.  What is taken over is written
 * so that it is read again, and then says the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "snapshot/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

/* Read text, and write what it said. */
static int
turn(struct bytes text, struct buf *out)
{
	const struct promtext_label label = { "cluster", { "a\"", 2 }, false };
	struct metrics metrics;
	struct err err = { 0 };
	int result;

	metrics_init(&metrics);
	result = metrics_read(text, &metrics, &err);
	if (result == 0)
		metrics_render(&metrics, &label, 1, INT64_MAX, out);
	else
		require(err.kind == ERR_CORRUPT);
	metrics_release(&metrics);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = { 0 }, second = { 0 };

	if (turn((struct bytes){ (const char *)data, size }, &first) == 0) {
		require(turn(buf_bytes(&first), &second) == 0);
		require(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	}
	buf_release(&first);
	buf_release(&second);
	return 0;
}
