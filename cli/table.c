/* Tables for people. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "common/xalloc.h"

void
table_init(struct table *table, const char *const *titles)
{
	memset(table, 0, sizeof(*table));
	for (; *titles != NULL; titles++) {
		struct table_column *column =
		    &table->columns[table->column_count++];

		column->right = (*titles)[0] == '>';
		column->title = *titles + column->right;
		column->width = strlen(column->title);
	}
}

static void
add_cell(struct table *table, const char *text)
{
	struct table_column *column =
	    &table->columns[table->cell_count % table->column_count];
	const size_t width = utf8_columns(bytes_of(text));

	if (width > column->width)
		column->width = width;
	table->cells = xgrow(table->cells, table->cell_count,
	    &table->cell_capacity, sizeof(*table->cells));
	table->cells[table->cell_count++] = text;
}

void
table_name(struct table *table, struct bytes name)
{
	struct buf escaped = { 0 };

	utf8_escape(&escaped, name);
	add_cell(table,
	    name.size == 0 ? "\"\""
			   : arena_text(&table->arena, buf_text(&escaped)));
	buf_release(&escaped);
}

void
table_text(struct table *table, const char *format, ...)
{
	struct buf text = { 0 };
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (size >= 0) {
		char *at = buf_reserve(&text, (size_t)size + 1);

		va_start(args, format);
		(void)vsnprintf(at, (size_t)size + 1, format, args);
		va_end(args);
		text.size = (size_t)size;
	}
	add_cell(table, arena_text(&table->arena, buf_text(&text)));
	buf_release(&text);
}

void
table_number(struct table *table, int64_t number)
{
	table_text(table, "%lld", (long long)number);
}

static void
print_cell(const struct table *table, size_t column, const char *text,
    struct buf *line)
{
	const struct table_column *shape = &table->columns[column];
	const size_t width = utf8_columns(bytes_of(text));
	size_t fill = shape->width > width ? shape->width - width : 0;

	if (column > 0)
		buf_add_text(line, "  ");
	if (!shape->right) {
		buf_add_text(line, text);
		if (column + 1 == table->column_count)
			return; /* no spaces at the end of a line */
	}
	for (; fill > 0; fill--)
		buf_add_char(line, ' ');
	if (shape->right)
		buf_add_text(line, text);
}

void
table_finish(struct table *table, struct output *output)
{
	struct buf line = { 0 };

	if (table->cell_count > 0) {
		for (size_t column = 0; column < table->column_count; column++)
			print_cell(
			    table, column, table->columns[column].title, &line);
		output_text(output, "%s\n", buf_text(&line));
	}
	for (size_t cell = 0; cell < table->cell_count;) {
		buf_clear(&line);
		for (size_t column = 0; column < table->column_count; column++)
			print_cell(table, column, table->cells[cell++], &line);
		output_text(output, "%s\n", buf_text(&line));
	}
	buf_release(&line);
	table_release(table);
}

void
table_release(struct table *table)
{
	free(table->cells);
	arena_release(&table->arena);
	memset(table, 0, sizeof(*table));
}
