/*
 * textlines.c - see textlines.h.
 */
#include "formats/textlines.h"

#include <string.h>

#include "formats/limits.h"

int
textlines_next(
    struct textlines *lines, struct bytes *line, bool *more, struct err *err)
{
	const char *end;

	*more = lines->rest.size > 0;
	if (!*more)
		return 0;
	lines->number++;
	end = memchr(lines->rest.data, '\n', lines->rest.size);
	if (end == NULL)
		return err_set(err, ERR_CORRUPT,
		    "line %zu does not end with a newline", lines->number);
	line->data = lines->rest.data;
	line->size = (size_t)(end - line->data);
	if (line->size >= LIMIT_LINE)
		return err_set(err, ERR_CORRUPT,
		    "line %zu is longer than %zu bytes", lines->number,
		    LIMIT_LINE);
	lines->rest.data += line->size + 1;
	lines->rest.size -= line->size + 1;
	return 0;
}
