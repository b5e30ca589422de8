/*
 * Fuzzes the lines of times/: what builds and obeys the rules is written to
 * lines that build to the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/limits.h"
#include "formats/model.h"
#include "formats/textlines.h"
#include "formats/timesbuild.h"
#include "formats/timesline.h"

#define TOPICS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int condition)
{
	if (!condition)
		abort();
}

/* Build a snapshot that has nothing but a time index. */
static int
build(struct bytes text, struct snapshot *out)
{
	struct timesbuild lines = { .snapshot = out, .limit = TOPICS_MAX };
	struct textlines rest = { text, 0 };
	struct bytes line = { 0 };
	struct err err = { 0 };
	bool more = true;
	int result = 0;

	*out = (struct snapshot){ 0 };
	out->times = arena_alloc(&out->arena, TOPICS_MAX, sizeof(*out->times));
	while (result == 0 && more) {
		result = textlines_next(&rest, &line, &more, &err);
		if (result == 0 && more)
			result = timesbuild_line(&lines, line, &err);
	}
	timesbuild_finish(&lines);
	timesbuild_release(&lines);
	if (result == 0)
		result = model_check_content(out, &err);
	return result;
}

static void
write_lines(const struct snapshot *snapshot, struct buf *out)
{
	for (size_t i = 0; i < snapshot->times_count; i++) {
		struct timesline_place place = { 0 };
		bool more = true;

		while (more) {
			const size_t before = out->size;

			more = timesline_add(&snapshot->times[i], &place, out);
			require(out->size - before <= LIMIT_LINE);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct snapshot first;
	struct snapshot second;
	struct buf written = { 0 };
	struct buf again = { 0 };

	if (build((struct bytes){ (const char *)data, size }, &first) == 0) {
		write_lines(&first, &written);
		require(build(buf_bytes(&written), &second) == 0);
		write_lines(&second, &again);
		require(bytes_equal(buf_bytes(&written), buf_bytes(&again)));
		snapshot_release(&second);
	}
	snapshot_release(&first);
	buf_release(&written);
	buf_release(&again);
	return 0;
}
