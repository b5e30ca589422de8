#include "formats/csvrest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "formats/offsetcsv.h"

static int
compare_lines(const void *left, const void *right)
{
	return bytes_compare(
	    *(const struct bytes *)left, *(const struct bytes *)right);
}

/* The line that text begins with, and what follows it. */
static struct bytes
cut_line(struct bytes *text)
{
	const char *end = memchr(text->data, '\n', text->size);
	const size_t size =
	    end == NULL ? text->size : (size_t)(end - text->data) + 1;
	const struct bytes line = { text->data, size };

	text->data += size;
	text->size -= size;
	return line;
}

static void
learn_known(struct csvrest *rest)
{
	const struct snapshot *snapshot = rest->snapshot;
	struct bytes text;

	for (size_t i = 0; i < snapshot->group_count; i++) {
		const struct group *group = &snapshot->groups[i];

		for (size_t j = 0; j < group->topic_count; j++) {
			size_t next = 0;

			offsetcsv_add_rows(group->name, &group->topics[j],
			    &next, SIZE_MAX, &rest->known);
		}
	}
	text = buf_bytes(&rest->known);
	while (text.size > 0) {
		rest->lines = xgrow(rest->lines, rest->count, &rest->capacity,
		    sizeof(*rest->lines));
		rest->lines[rest->count++] = cut_line(&text);
	}
	if (rest->count > 1)
		qsort(rest->lines, rest->count, sizeof(*rest->lines),
		    compare_lines);
}

static bool
is_known(const struct csvrest *rest, struct bytes line)
{
	return rest->count > 0 &&
	    bsearch(&line, rest->lines, rest->count, sizeof(line),
		compare_lines) != NULL;
}

void
csvrest_member(struct csvrest *rest, struct bytes content)
{
	if (rest->count == 0 && rest->known.size == 0)
		learn_known(rest);
	while (content.size > 0) {
		const struct bytes line = cut_line(&content);

		if (is_known(rest, line))
			continue;
		buf_add(&rest->rows, line.data, line.size);
		rest->row_count++;
	}
}

void
csvrest_release(struct csvrest *rest)
{
	buf_release(&rest->known);
	free(rest->lines);
}
