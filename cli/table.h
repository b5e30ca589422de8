/*
 * table.h - a table for people: columns as wide as their content, numbers to
 * the right, two spaces between, a header line.  Names are escaped here, so
 * that no group or topic paints on the terminal.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/bytes.h"
#include "common/compiler.h"

struct output;

#define TABLE_COLUMNS_MAX 16

struct table_column {
	const char *title;
	size_t width; /* in terminal columns, grows with the cells */
	int right;    /* numbers stand to the right */
};

struct table {
	struct arena arena;
	struct table_column columns[TABLE_COLUMNS_MAX];
	size_t column_count;
	const char **cells; /* row after row */
	size_t cell_count;
	size_t cell_capacity;
};

/* titles: NULL-terminated; one that begins with '>' is a column of numbers. */
void table_init(struct table *table, const char *const *titles);

/* Cells are added from left to right, row after row. */
void table_name(struct table *table, struct bytes name); /* escaped */
void table_text(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
void table_number(struct table *table, int64_t number);

/* Print and release.  Nothing is printed for a table without rows. */
void table_finish(struct table *table, struct output *output);
void table_release(struct table *table);

#endif /* CLI_TABLE_H */
