#include "formats/csvread.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/parsenum.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "formats/limits.h"

#define FIELDS_MAX 4
#define SHOWN_MAX 80

static int
compare_places(const struct csvread_row *a, const struct csvread_row *b)
{
	int order = bytes_compare(a->group, b->group);

	if (order == 0)
		order = bytes_compare(a->topic, b->topic);
	if (order != 0)
		return order;
	return (a->partition > b->partition) - (a->partition < b->partition);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct csvread_row *a = left, *b = right;
	const int order = compare_places(a, b);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* --- one line ---------------------------------------------------------- */

/* A field in quotes, its quote taken already, up to behind the closing one.
 * False: there is none. */
static bool
take_quoted(struct bytes *rest, struct buf *out)
{
	while (rest->size > 0) {
		const char at = rest->data[0];
		const bool twice = rest->size > 1 && rest->data[1] == '"';

		rest->data++;
		rest->size--;
		if (at == '"' && !twice)
			return true;
		if (at == '"') {
			rest->data++;
			rest->size--;
		}
		buf_add(out, &at, 1);
	}
	return false;
}

/* The next field, into the arena; *more is false after the last. */
static bool
take_field(
    struct arena *arena, struct bytes *rest, struct bytes *out, bool *more)
{
	struct buf text = { 0 };
	bool fine = true;

	if (rest->size > 0 && rest->data[0] == '"') {
		rest->data++;
		rest->size--;
		fine = take_quoted(rest, &text);
	} else {
		const char *comma = memchr(rest->data, ',', rest->size);
		const size_t size =
		    comma == NULL ? rest->size : (size_t)(comma - rest->data);

		buf_add(&text, rest->data, size);
		rest->data += size;
		rest->size -= size;
	}
	*more = rest->size > 0;
	fine = fine && (!*more || rest->data[0] == ',');
	if (*more) {
		rest->data++;
		rest->size--;
	}
	*out = arena_bytes(arena, buf_bytes(&text));
	buf_release(&text);
	return fine;
}

/* The fields of a line, at most FIELDS_MAX; 0: they are not well formed. */
static size_t
split(struct arena *arena, struct bytes line, struct bytes fields[FIELDS_MAX])
{
	size_t count = 0;
	bool more = true;

	while (more) {
		if (count == FIELDS_MAX ||
		    !take_field(arena, &line, &fields[count], &more))
			return 0;
		count++;
	}
	return count;
}

static int
refuse(size_t line, const char *what, struct bytes field, struct err *err)
{
	char shown[SHOWN_MAX];

	err_set(err, ERR_USAGE, "line %zu: %s '%s'", line, what,
	    utf8_escape_to(field, shown, sizeof(shown)));
	if (line == 1)
		err_hint(
		    err, "there is no header: the first line is a row already");
	return -1;
}

static int
parse_line(
    struct csvread *csv, struct bytes line, size_t number, struct err *err)
{
	struct csvread_row row = { .line = number };
	struct bytes fields[FIELDS_MAX];
	const size_t count = split(&csv->arena, line, fields);
	const struct bytes *field = fields;

	if (count != 3 && count != 4)
		return err_set(err, ERR_USAGE,
		    "line %zu: topic,partition,offset is wanted, or the same "
		    "with the group before it",
		    number);
	if (number == 1)
		csv->has_groups = count == 4;
	if (csv->has_groups != (count == 4))
		return err_set(err, ERR_USAGE,
		    "line %zu has %zu columns and line 1 has %d", number, count,
		    csv->has_groups ? 4 : 3);
	if (count == 4)
		row.group = *field++;
	row.topic = *field++;
	if (row.group.size > LIMIT_NAME || row.topic.size > LIMIT_NAME)
		return err_set(err, ERR_USAGE,
		    "line %zu: a name is longer than Kafka allows", number);
	if (row.topic.size == 0)
		return err_set(
		    err, ERR_USAGE, "line %zu: the topic is empty", number);
	if (!parse_i32(*field, 0, INT32_MAX, &row.partition))
		return refuse(number, "this is no partition:", *field, err);
	field++;
	if (!parse_i64(*field, 0, INT64_MAX, &row.offset))
		return refuse(
		    number, "this is no offset that can be set:", *field, err);
	csv->rows =
	    xgrow(csv->rows, csv->count, &csv->capacity, sizeof(*csv->rows));
	csv->rows[csv->count++] = row;
	return 0;
}

/* --- the file ---------------------------------------------------------- */

/* Sort, and drop rows that say the same twice. */
static int
settle(struct csvread *csv, struct err *err)
{
	size_t kept = 0;

	if (csv->count > 1)
		qsort(csv->rows, csv->count, sizeof(*csv->rows), compare_rows);
	for (size_t i = 0; i < csv->count; i++) {
		const struct csvread_row *last =
		    kept == 0 ? NULL : &csv->rows[kept - 1];

		if (last == NULL || compare_places(last, &csv->rows[i]) != 0) {
			csv->rows[kept++] = csv->rows[i];
			continue;
		}
		if (last->offset == csv->rows[i].offset)
			continue;
		err_set(err, ERR_USAGE,
		    "lines %zu and %zu give one position two offsets",
		    last->line, csv->rows[i].line);
		err_hint(err, "Kafka's own tool would take the later one");
		return -1;
	}
	csv->count = kept;
	return 0;
}

int
csvread_parse(struct bytes text, struct csvread *out, struct err *err)
{
	size_t number = 0;

	while (text.size > 0 &&
	    (text.data[text.size - 1] == '\n' ||
		text.data[text.size - 1] == '\r'))
		text.size--;
	while (text.size > 0) {
		const char *end = memchr(text.data, '\n', text.size);
		const size_t size =
		    end == NULL ? text.size : (size_t)(end - text.data);
		struct bytes line = { text.data, size };

		if (line.size > 0 && line.data[line.size - 1] == '\r')
			line.size--;
		number++;
		if (line.size == 0)
			return err_set(
			    err, ERR_USAGE, "line %zu is empty", number);
		if (line.size > LIMIT_LINE)
			return err_set(
			    err, ERR_USAGE, "line %zu is too long", number);
		if (parse_line(out, line, number, err) != 0)
			return -1;
		text.data += end == NULL ? size : size + 1;
		text.size -= end == NULL ? size : size + 1;
	}
	return settle(out, err);
}

void
csvread_release(struct csvread *csv)
{
	free(csv->rows);
	arena_release(&csv->arena);
	*csv = (struct csvread){ 0 };
}
